{# Rows come from int_residence__decided, which puts them here before it replaces a quarter. #}
{{ config(materialized='history') }}

select
    decided.quarter,
    decided.person_id,
    true as was_known,
    decided.known_round,
    decided.known_round as superseded_round,
    decided.* exclude (quarter, person_id, first_seen_quarter, known_round, input_fingerprint)
from {{ ref('int_residence__decided') }} as decided
where false
