with

source as (

    {{ raw_rows('releases', 'indicator_revisions') }}

),

renamed as (

    select
        area_code,
        quarter,
        indicator_code,
        revision_number,
        area_level_code,
        known_round,
        numerator,
        denominator,
        value,
        status_code

    from source

)

select * from renamed
