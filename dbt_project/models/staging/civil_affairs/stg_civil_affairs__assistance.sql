with

source as (

    {{ raw_rows('civil_affairs', 'assistance') }}

),

renamed as (

    select
        ---------- delivery
        delivery_id,
        row_number,
        quarter,
        ---------- ids
        payment_number,
        ---------- person
        person_pseudonym,
        identity_quality_code,
        ---------- codes
        assistance_type_code,
        committee_code,
        ---------- times
        payment_date,
        ---------- amounts
        amount_yuan

    from source

)

select * from renamed
