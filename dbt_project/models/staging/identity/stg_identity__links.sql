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
        -- A file that an erased person was taken out of has them as text.
        cast(record_pseudonym as uuid) as record_pseudonym,
        cast(person_id as uuid) as person_id,
        is_held,
        rule_code,
        status_code

    from source

)

select * from renamed
