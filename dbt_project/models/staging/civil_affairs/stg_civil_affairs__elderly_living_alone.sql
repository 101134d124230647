{# generated from the contracts by python -m ingestion.codegen — edit the contract #}
with

source as (

    {{ raw_rows('civil_affairs', 'elderly_living_alone') }}

),

renamed as (

    select
        delivery_id,
        row_number,
        person_pseudonym,
        identity_quality_code,
        birth_year,
        sex_code,
        dwelling_code,
        committee_code,
        listed_date,
        removed_date,
        contact_agreement_code,
        contacts_due_count,
        contacts_held_count,
        quarter

    from source

)

select * from renamed
