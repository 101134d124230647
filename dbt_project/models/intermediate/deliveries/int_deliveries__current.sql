{{ config(materialized='table') }}

with

-- Withdrawing and reinstating a delivery follow each other in turn, each with a record of its own.
withdrawn as (

    select delivery_id
    from {{ ref('stg_ledger__deliveries') }}
    where verdict in ('withdrawn', 'reinstated')
    group by delivery_id
    having count(*) % 2 = 1

),

accepted as (

    select
        delivery_id,
        extract,
        period,
        quarter,
        round,
        version,
        coalesce(precedence, '') as precedence,
        rows_accepted_count
    from {{ ref('stg_ledger__deliveries') }}
    where verdict = 'accepted'
        and quarter in (select quarter from {{ ref('int_quarters__known') }})
        and delivery_id not in (select delivery_id from withdrawn)

),

numbered as (

    select
        *,
        row_number() over (
            partition by extract, period order by precedence desc, round desc, version desc, delivery_id desc
        ) as place
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
