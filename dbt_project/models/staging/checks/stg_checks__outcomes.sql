with

source as (

    {{ raw_rows('checks', 'outcomes') }}

),

renamed as (

    select
        quarter,
        subject,
        check_name,
        passed,
        severity_code,
        observed,
        expected,
        remedy_zh,
        remedy_en

    from source

)

select * from renamed
