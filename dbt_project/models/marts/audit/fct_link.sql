{{ config(materialized='amended') }}

select
    delivery_id,
    row_number,
    round as known_round,
    lead(round) over (partition by delivery_id, row_number order by round) as superseded_round,
    extract,
    quarter,
    record_pseudonym,
    person_id,
    is_held,
    rule_code,
    status_code as link_status_code
from {{ ref('stg_identity__links') }}
where quarter in (select quarter from {{ ref('int_quarters__known') }})
