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

compared as (

    select
        *,
        counted_person_id is distinct from lag(counted_person_id) over (
            partition by delivery_id, row_number order by round
        ) as is_other_person,
        row_number() over (partition by delivery_id, row_number order by round desc) as place
    from decided

),

dated as (

    select
        *,
        max(case when is_other_person then round end) over (partition by delivery_id, row_number) as known_round
    from compared

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
from dated
where place = 1
