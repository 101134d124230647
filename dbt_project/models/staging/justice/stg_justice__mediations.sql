with

source as (

    {{ raw_rows('justice', 'mediations') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        mediation_number,
        ---------- codes
        committee_code,
        dispute_type_code,
        mediation_outcome_code,
        ---------- times
        accepted_date,
        closed_date,
        reopened_date

    from source

)

select * from renamed
