with

resources as (

    select
        quarter,
        committee_code,
        sum(case when resource_code = 'active_volunteers' then amount end) as active_volunteers,
        sum(case when resource_code = 'community_officers' then amount end) as community_officers,
        sum(case when resource_code = 'entrances' then amount end) as entrances,
        sum(case when resource_code = 'working_entrances' then amount end) as working_entrances
    from {{ ref('int_prevention_resources__counted') }}
    group by quarter, committee_code

),

committees as (

    select
        committees.quarter,
        committees.committee_code,
        committees.resident_count,
        coalesce(resources.active_volunteers, 0) as active_volunteers,
        coalesce(resources.community_officers, 0) as community_officers,
        coalesce(resources.entrances, 0) as entrances,
        coalesce(resources.working_entrances, 0) as working_entrances
    from {{ ref('int_committees__populated') }} as committees
    left join resources
        on committees.quarter = resources.quarter and committees.committee_code = resources.committee_code

),

requests as (

    select
        requests.quarter,
        requests.committee_code,
        requests.request_date,
        requests.first_contact_date,
        quarters.end_date
    from ({{ current_rows('stg_governance__psychological_service') }}) as requests
    inner join {{ ref('int_quarters__known') }} as quarters on requests.quarter = quarters.quarter

),

located_requests as (

    {{ located('requests', 'unlocated.end_date') }}

),

youths as (

    select
        youths.quarter,
        youths.committee_code,
        youths.listed_count,
        youths.served_count,
        quarters.end_date
    from ({{ current_rows('stg_youth_league__youth_services') }}) as youths
    inner join {{ ref('int_quarters__known') }} as quarters on youths.quarter = quarters.quarter

),

located_youths as (

    {{ located('youths', 'unlocated.end_date') }}

)

select quarter, committee_code, 'C1' as indicator_code, active_volunteers as numerator, resident_count as denominator
from committees

union all

select quarter, committee_code, 'C2', resident_count, community_officers
from committees

union all

select quarter, committee_code, 'C3', working_entrances, entrances
from committees

union all

select quarter, quarter_committee_code, 'C4', count(case when is_successful then 1 end), count(*)
from {{ ref('int_mediations__located') }}
group by quarter, quarter_committee_code

union all

select
    quarter,
    located_committee_code,
    'C5',
    count(case when {{ days_between('request_date', 'first_contact_date') }} <= 7 then 1 end),
    count(*)
from located_requests
group by quarter, located_committee_code

union all

select quarter, located_committee_code, 'C6', sum(served_count), sum(listed_count)
from located_youths
group by quarter, located_committee_code
