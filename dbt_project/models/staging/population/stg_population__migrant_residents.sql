with

source as (

    {{ raw_rows('population', 'migrant_residents') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        birth_year,
        sex_code,
        ---------- codes
        origin_area_code,
        residence_purpose_code,
        dwelling_code,
        committee_code,
        stay_status_code,
        ---------- times
        arrival_date,
        registration_date,
        permit_expiry_date,
        verified_date,
        status_date

    from source

)

select * from renamed
