select
    mediation_id,
    closed_date,
    quarter,
    committee_code,
    sub_district_code,
    dispute_type_code,
    is_agreed,
    is_reopened_within_30_days,
    is_successful
from {{ ref('int_mediations__located') }}
