with

source as (

    {{ raw_rows('population', 'overseas_residents') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        document_type_code,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        birth_year,
        nationality_code,
        sex_code,
        ---------- codes
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
