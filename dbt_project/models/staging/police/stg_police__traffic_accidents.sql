with

source as (

    {{ raw_rows('police', 'traffic_accidents') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        accident_number,
        ---------- codes
        committee_code,
        ---------- times
        occurred_at,
        ---------- amounts
        injured_count,
        death_count,
        direct_loss_yuan

    from source

)

select * from renamed
