with

source as (

    {{ raw_rows('police', 'community_officers') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        post_code,
        committee_code,
        ---------- times
        post_start_date,
        post_end_date,
        ---------- amounts
        full_time_share

    from source

)

select * from renamed
