select
    compound_code,
    quarter,
    committee_code,
    sub_district_code,
    dwelling_count,
    household_count,
    resident_count,
    burglary_count,
    burglary_4q_count,
    is_zero_burglary,
    window_quarter_count
from {{ ref('int_compounds__counted') }}
