select
    person_id,
    quarter,
    category_code,
    committee_code,
    sub_district_code,
    compound_code,
    dwelling_code,
    is_registered,
    is_resident,
    is_present,
    is_registered_but_absent,
    residence_evidence_share,
    evidence_source_count,
    verified_date,
    winning_source_code,
    runner_up_source_code,
    runner_up_committee_code,
    residence_reason_code,
    known_round
from {{ ref('int_residence__decided') }}
where quarter = {{ known_run_quarter() }}
