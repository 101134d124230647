with

source as (

    {{ raw_rows('governance', 'areas') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        area_code,
        ---------- codes
        area_level_code,
        area_name,
        area_name_en,
        parent_code,
        grid_code,
        predecessor_code,
        ---------- numbers
        daytime_count,
        ---------- times
        valid_from_date,
        valid_to_date

    from source

)

select * from renamed
