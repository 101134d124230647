with

source as (

    {{ raw_rows('civil_affairs', 'elderly_living_alone') }}

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
        birth_year,
        sex_code,
        ---------- codes
        dwelling_code,
        committee_code,
        contact_agreement_code,
        ---------- times
        listed_date,
        removed_date,
        ---------- amounts
        contacts_due_count,
        contacts_held_count

    from source

)

select * from renamed
