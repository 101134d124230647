with

source as (

    {{ raw_rows('governance', 'hotline_tickets') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        ticket_number,
        ---------- codes
        ticket_type_code,
        committee_code,
        ---------- times
        received_date,
        due_date,
        closed_date,
        ---------- flags
        cast(is_followed_up as boolean) as is_followed_up

    from source

)

select * from renamed
