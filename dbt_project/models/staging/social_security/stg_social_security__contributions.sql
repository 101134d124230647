with

source as (

    {{ raw_rows('social_security', 'contributions') }}

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
        contribution_type_code,
        committee_code,
        ---------- amounts
        contribution_month_count

    from source

)

select * from renamed
