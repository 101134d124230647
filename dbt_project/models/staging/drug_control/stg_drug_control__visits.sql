with

source as (

    {{ raw_rows('drug_control', 'visits') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        visit_number,
        register_number,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        ---------- codes
        visitor_role_code,
        committee_code,
        ---------- times
        visit_date,
        visit_due_date

    from source

)

select * from renamed
