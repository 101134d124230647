with

incidents as (

    select
        quarter,
        quarter_committee_code as committee_code,
        count(case when incident_type_code = 'road_accident' and injured_count + death_count > 0 then 1 end)
            as injury_accident_count,
        count(case when incident_type_code = 'fire' then 1 end) as fire_count
    from {{ ref('int_incidents__located') }}
    where is_counted
    group by quarter, quarter_committee_code

),

committees as (

    select
        committees.quarter,
        committees.committee_code,
        committees.resident_count,
        committees.household_count,
        coalesce(incidents.injury_accident_count, 0) as injury_accident_count,
        coalesce(incidents.fire_count, 0) as fire_count
    from {{ ref('int_committees__populated') }} as committees
    left join incidents
        on committees.quarter = incidents.quarter and committees.committee_code = incidents.committee_code

),

hazards as (

    select
        hazards.quarter,
        hazards.committee_code,
        hazards.compound_code,
        coalesce(hazards.closed_date <= hazards.due_date, false) as is_in_time,
        quarters.end_date
    from ({{ current_rows('stg_governance__hazards') }}) as hazards
    inner join {{ ref('int_quarters__known') }} as quarters on hazards.quarter = quarters.quarter

),

located_hazards as (

    {{ located('hazards', 'unlocated.end_date', compound='compound_code') }}

),

tickets as (

    select
        tickets.quarter,
        tickets.committee_code,
        coalesce(tickets.closed_date <= tickets.due_date and tickets.is_followed_up, false) as is_in_time,
        quarters.end_date
    from ({{ current_rows('stg_governance__hotline_tickets') }}) as tickets
    inner join {{ ref('int_quarters__known') }} as quarters on tickets.quarter = quarters.quarter

),

located_tickets as (

    {{ located('tickets', 'unlocated.end_date') }}

)

select
    quarter,
    committee_code,
    'D1' as indicator_code,
    injury_accident_count as numerator,
    resident_count as denominator
from committees

union all

select quarter, committee_code, 'D2', fire_count, household_count
from committees

union all

select quarter, located_committee_code, 'D3', count(case when is_in_time then 1 end), count(*)
from located_hazards
group by quarter, located_committee_code

union all

select quarter, located_committee_code, 'D4', count(case when is_in_time then 1 end), count(*)
from located_tickets
group by quarter, located_committee_code
