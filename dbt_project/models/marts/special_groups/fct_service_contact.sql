select
    contact_id,
    group_code,
    spell_id,
    person_id,
    contact_date,
    due_date,
    visitor_role_code,
    is_on_time,
    committee_code,
    sub_district_code,
    quarter
from {{ ref('int_visits__matched') }}
