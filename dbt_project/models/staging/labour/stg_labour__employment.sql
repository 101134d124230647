with

source as (

    {{ raw_rows('labour', 'employment') }}

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
        employment_type_code,
        committee_code,
        ---------- times
        start_date,
        end_date

    from source

)

select * from renamed
