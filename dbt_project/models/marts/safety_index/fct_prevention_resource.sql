select
    committee_code,
    quarter,
    resource_code,
    sub_district_code,
    amount
from {{ ref('int_prevention_resources__counted') }}
