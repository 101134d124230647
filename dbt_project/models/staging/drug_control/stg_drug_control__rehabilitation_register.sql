with

source as (

    {{ raw_rows('drug_control', 'rehabilitation_register') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        register_number,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        birth_year,
        sex_code,
        ---------- codes
        rehabilitation_type_code,
        committee_code,
        ---------- times
        start_date,
        end_date,
        relapse_date,
        ---------- amounts
        contacts_due_count,
        ---------- flags
        cast(has_plan as boolean) as has_plan

    from source

)

select * from renamed
