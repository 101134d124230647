{{ config(materialized='table') }}

with

records as (

    select
        delivery_id,
        extract,
        period,
        quarter,
        round,
        version,
        coalesce(precedence, '') as precedence,
        rows_accepted_count,
        raw_sha256,
        verdict
    from {{ ref('stg_ledger__deliveries') }}
    where verdict in ('accepted', 'withdrawn', 'reinstated')
        and quarter in (select quarter from {{ ref('int_quarters__known') }})

),

-- What was in force of a period changes only in rounds in which something of it came or was decided.
moments as (

    select distinct extract, period, round as known_round
    from records

),

-- Withdrawing and reinstating a delivery follow each other in turn, each with a record of its own.
withdrawn as (

    select
        moments.extract,
        moments.period,
        moments.known_round,
        decisions.delivery_id
    from moments
    inner join records as decisions
        on moments.extract = decisions.extract
        and moments.period = decisions.period
        and decisions.round <= moments.known_round
        and decisions.verdict <> 'accepted'
    group by moments.extract, moments.period, moments.known_round, decisions.delivery_id
    having count(*) % 2 = 1

),

numbered as (

    select
        moments.known_round,
        accepted.*,
        row_number() over (
            partition by moments.extract, moments.period, moments.known_round
            order by accepted.precedence desc, accepted.round desc, accepted.version desc, accepted.delivery_id desc
        ) as place
    from moments
    inner join records as accepted
        on moments.extract = accepted.extract
        and moments.period = accepted.period
        and accepted.round <= moments.known_round
        and accepted.verdict = 'accepted'
    left join withdrawn
        on moments.extract = withdrawn.extract
        and moments.period = withdrawn.period
        and moments.known_round = withdrawn.known_round
        and accepted.delivery_id = withdrawn.delivery_id
    where withdrawn.delivery_id is null

),

in_force as (

    select
        moments.extract,
        moments.period,
        moments.known_round,
        first.delivery_id,
        first.quarter,
        first.round,
        first.version,
        first.rows_accepted_count,
        first.raw_sha256,
        lag(first.delivery_id) over (
            partition by moments.extract, moments.period order by moments.known_round
        ) as delivery_id_before
    from moments
    left join numbered as first
        on moments.extract = first.extract
        and moments.period = first.period
        and moments.known_round = first.known_round
        and first.place = 1

),

changed as (

    select
        *,
        lead(known_round) over (partition by extract, period order by known_round) as superseded_round
    from in_force
    where delivery_id is distinct from delivery_id_before

)

select
    delivery_id,
    extract,
    period,
    quarter,
    round,
    version,
    rows_accepted_count,
    raw_sha256,
    known_round,
    superseded_round
from changed
where delivery_id is not null
