with

source as (

    {{ raw_rows('family_planning', 'services') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        service_number,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        ---------- codes
        family_planning_service_code,
        committee_code,
        ---------- times
        service_date

    from source

)

select * from renamed
