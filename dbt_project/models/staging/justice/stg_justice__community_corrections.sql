with

source as (

    {{ raw_rows('justice', 'community_corrections') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        correction_number,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        birth_year,
        sex_code,
        ---------- codes
        correction_type_code,
        committee_code,
        ---------- times
        start_date,
        end_date,
        ---------- amounts
        contacts_due_count,
        contacts_held_count,
        ---------- flags
        cast(is_minor as boolean) as is_minor,
        cast(has_plan as boolean) as has_plan

    from source

)

select * from renamed
