{# Rows come from int_residence__decided, which puts them here before it replaces a quarter. They outlive the project's
   lists of codes, so codes are text here. #}
{{ config(materialized='history') }}

select
    decided.quarter,
    decided.person_id,
    true as was_known,
    decided.known_round,
    decided.known_round as superseded_round,
    decided.* exclude (quarter, person_id, first_seen_quarter, known_round, input_fingerprint) replace (
        cast(decided.sex_code as varchar) as sex_code,
        cast(decided.category_code as varchar) as category_code,
        cast(decided.winning_source_code as varchar) as winning_source_code,
        cast(decided.runner_up_source_code as varchar) as runner_up_source_code,
        cast(decided.residence_reason_code as varchar) as residence_reason_code
    )
from {{ ref('int_residence__decided') }} as decided
where false
