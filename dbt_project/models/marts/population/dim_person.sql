select
    person_id,
    sex_code,
    birth_year,
    category_code,
    is_identified,
    first_seen_quarter,
    quarter as last_seen_quarter
from {{ ref('int_residence__decided') }}
where quarter = {{ known_run_quarter() }}
