with

source as (

    {{ raw_rows('health', 'mental_disorder_services') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        sub_district_code,
        ---------- amounts
        registered_count,
        consented_count,
        followed_up_count

    from source

)

select * from renamed
