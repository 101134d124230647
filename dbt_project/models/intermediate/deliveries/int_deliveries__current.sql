{{ config(materialized='table') }}

with

accepted as (

    select
        delivery_id,
        extract,
        period,
        quarter,
        round,
        version,
        rows_accepted_count
    from {{ ref('stg_ledger__deliveries') }}
    where verdict = 'accepted'
        and quarter in (select quarter from {{ ref('int_quarters__known') }})

),

numbered as (

    select
        *,
        row_number() over (partition by extract, period order by round desc, version desc, delivery_id desc) as place
    from accepted

)

select
    delivery_id,
    extract,
    period,
    quarter,
    round,
    version,
    rows_accepted_count
from numbered
where place = 1
