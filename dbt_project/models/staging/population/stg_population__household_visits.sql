with

source as (

    {{ raw_rows('population', 'household_visits') }}

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
        sex_code,
        ---------- codes
        residence_finding_code,
        dwelling_code,
        committee_code,
        ---------- times
        found_date

    from source

)

select * from renamed
