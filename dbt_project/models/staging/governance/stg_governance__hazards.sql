with

source as (

    {{ raw_rows('governance', 'hazards') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        hazard_number,
        ---------- codes
        hazard_type_code,
        committee_code,
        compound_code,
        ---------- times
        found_date,
        due_date,
        closed_date

    from source

)

select * from renamed
