with

source as (

    {{ raw_rows('fire', 'fires') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        fire_number,
        ---------- codes
        committee_code,
        compound_code,
        ---------- times
        occurred_at,
        ---------- amounts
        injured_count,
        death_count,
        direct_loss_yuan,
        ---------- flags
        cast(is_confirmed as boolean) as is_confirmed

    from source

)

select * from renamed
