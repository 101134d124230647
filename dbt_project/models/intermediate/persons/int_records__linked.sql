{{ config(materialized='table') }}

with

-- Only what the policy or a reviewer accepted is somebody's; all else stands for a person of its own.
decided as (

    select
        *,
        status_code in ('automatic', 'accepted') as is_linked,
        case when status_code in ('automatic', 'accepted') then person_id else record_pseudonym end as counted_person_id
    from {{ ref('stg_identity__links') }}
    where quarter in (select quarter from {{ ref('int_quarters__known') }})

),

-- Hardly any record is decided on in more than one round.
reviewed as (

    select delivery_id, row_number
    from decided
    group by delivery_id, row_number
    having count(*) > 1

),

compared as (

    select
        decided.*,
        decided.counted_person_id is distinct from lag(decided.counted_person_id) over (
            partition by decided.delivery_id, decided.row_number order by decided.round
        ) as is_other_person,
        row_number() over (partition by decided.delivery_id, decided.row_number order by decided.round desc) as place
    from decided
    inner join reviewed
        on decided.delivery_id = reviewed.delivery_id and decided.row_number = reviewed.row_number

),

dated as (

    select
        *,
        max(case when is_other_person then round end) over (partition by delivery_id, row_number) as known_round
    from compared

),

latest as (

    select * exclude (is_other_person, place)
    from dated
    where place = 1

    union all

    select
        decided.*,
        case when decided.counted_person_id is not null then decided.round end as known_round
    from decided
    left join reviewed
        on decided.delivery_id = reviewed.delivery_id and decided.row_number = reviewed.row_number
    where reviewed.delivery_id is null

)

select
    extract,
    quarter,
    delivery_id,
    row_number,
    record_pseudonym,
    counted_person_id as person_id,
    is_linked,
    known_round
from latest
