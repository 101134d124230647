select
    quarter,
    committee_code,
    'B6' as indicator_code,
    count(case when is_zero_burglary then 1 end) as numerator,
    count(*) as denominator,
    max(window_quarter_count) as window_quarter_count
from {{ ref('int_compounds__counted') }}
group by quarter, committee_code
