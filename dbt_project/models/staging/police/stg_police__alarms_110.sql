with

source as (

    {{ raw_rows('police', 'alarms_110') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        alarm_number,
        repeated_alarm_number,
        ---------- codes
        alarm_category_code,
        alarm_disposal_code,
        committee_code,
        compound_code,
        ---------- times
        alarm_at

    from source

)

select * from renamed
