with

source as (

    {{ raw_rows('medical_insurance', 'enrolments') }}

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
        ---------- codes
        enrolment_type_code,
        committee_code,
        ---------- times
        last_activity_date

    from source

)

select * from renamed
