{{ config(materialized='amended') }}

with

decided as (

    select *
    from {{ ref('stg_identity__links') }}
    where quarter in (select quarter from {{ ref('int_quarters__known') }})

),

-- Hardly any record is decided on in more than one round: the others need not be put in order.
reviewed as (

    select delivery_id, row_number
    from decided
    group by delivery_id, row_number
    having count(*) > 1

),

superseded as (

    select
        decided.delivery_id,
        decided.row_number,
        decided.round,
        lead(decided.round) over (
            partition by decided.delivery_id, decided.row_number order by decided.round
        ) as superseded_round
    from decided
    inner join reviewed
        on decided.delivery_id = reviewed.delivery_id and decided.row_number = reviewed.row_number

)

select
    decided.delivery_id,
    decided.row_number,
    decided.round as known_round,
    superseded.superseded_round,
    decided.extract,
    decided.quarter,
    decided.record_pseudonym,
    decided.person_id,
    decided.is_held,
    decided.rule_code,
    decided.status_code as link_status_code
from decided
left join superseded
    on decided.delivery_id = superseded.delivery_id
    and decided.row_number = superseded.row_number
    and decided.round = superseded.round
