with

source as (

    {{ raw_rows('police', 'cases') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        case_number,
        ---------- codes
        case_type_code,
        committee_code,
        compound_code,
        case_status_code,
        ---------- times
        occurred_date,
        recorded_date,
        cleared_date

    from source

)

select * from renamed
