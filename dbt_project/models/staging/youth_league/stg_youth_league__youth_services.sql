with

source as (

    {{ raw_rows('youth_league', 'youth_services') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        committee_code,
        ---------- amounts
        listed_count,
        served_count

    from source

)

select * from renamed
