with

source as (

    {{ raw_rows('police', 'security_devices') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        entrance_code,
        ---------- codes
        compound_code,
        committee_code,
        ---------- times
        audit_date,
        ---------- flags
        cast(has_working_camera as boolean) as has_working_camera,
        cast(has_working_access_control as boolean) as has_working_access_control

    from source

)

select * from renamed
