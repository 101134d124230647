with

source as (

    {{ raw_rows('population', 'dwellings') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        dwelling_code,
        ---------- codes
        compound_code,
        committee_code,
        occupancy_code,
        ---------- times
        rental_registration_expiry_date,
        safety_check_date

    from source

)

select * from renamed
