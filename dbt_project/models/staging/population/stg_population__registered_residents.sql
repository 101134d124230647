with

source as (

    {{ raw_rows('population', 'registered_residents') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        household_number,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        birth_year,
        sex_code,
        ---------- codes
        household_relation_code,
        residence_match_code,
        dwelling_code,
        committee_code,
        registered_status_code,
        ---------- times
        registration_date,
        verified_date,
        status_date

    from source

)

select * from renamed
