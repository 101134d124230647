with

source as (

    {{ raw_rows('identity', 'links') }}

),

-- How sure a decision was stays in the restricted zone: nothing here grades a person's row.
renamed as (

    select
        round,
        extract,
        quarter,
        delivery_id,
        row_number,
        record_pseudonym,
        person_id,
        is_held,
        rule_code,
        status_code

    from source

)

select * from renamed
