select
    spell_id,
    group_code,
    person_id,
    is_identified,
    committee_code,
    sub_district_code,
    start_date,
    end_date,
    end_reason_code,
    has_plan,
    known_quarter,
    known_round,
    superseded_round
from {{ ref('int_special_groups__spells') }}
