{{ config(
    materialized='amended',
    contract={'enforced': true},
    meta={'reach': {
        'of': 'stg_identity__links',
        'known_quarters_only': true,
        'renamed': {'known_round': 'round', 'link_status_code': 'status_code'},
        'part': 'known_round',
        'record': ['delivery_id', 'row_number'],
        'derived': ['superseded_round', 'is_linked', 'counted_person_id', 'counted_since_round'],
    }},
) }}

with

-- Only what the policy or a reviewer accepted is somebody's; all else stands for a person of its own.
decided as (

    select
        *,
        status_code in ('automatic', 'accepted') as is_linked,
        case when status_code in ('automatic', 'accepted') then person_id else record_pseudonym end as counted_person_id
    from {{ ref('stg_identity__links') }}
    {{ within_reach() }}
    where quarter in (select quarter from {{ ref('int_quarters__known') }})

),

compared as (

    select
        *,
        lead(round) over (partition by delivery_id, row_number order by round) as superseded_round,
        counted_person_id is distinct from lag(counted_person_id) over (
            partition by delivery_id, row_number order by round
        ) as is_other_person
    from decided

)

select
    delivery_id,
    row_number,
    round as known_round,
    superseded_round,
    extract,
    quarter,
    record_pseudonym,
    person_id,
    is_held,
    rule_code,
    status_code as link_status_code,
    is_linked,
    counted_person_id,
    max(case when is_other_person then round end) over (
        partition by delivery_id, row_number order by round
    ) as counted_since_round
from compared
