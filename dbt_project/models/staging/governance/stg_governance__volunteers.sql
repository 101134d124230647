with

source as (

    {{ raw_rows('governance', 'volunteers') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        activity_number,
        volunteer_number,
        ---------- codes
        committee_code,
        activity_type_code,
        ---------- times
        activity_date,
        ---------- amounts
        hour_count

    from source

)

select * from renamed
