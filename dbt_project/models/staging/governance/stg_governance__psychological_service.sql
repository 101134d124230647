with

source as (

    {{ raw_rows('governance', 'psychological_service') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        request_number,
        ---------- codes
        request_source_code,
        committee_code,
        ---------- times
        request_date,
        first_contact_date

    from source

)

select * from renamed
