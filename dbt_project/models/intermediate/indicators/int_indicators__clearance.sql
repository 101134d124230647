with

quarters as (

    select
        quarters.quarter,
        quarters.quarter_index,
        quarters.end_date,
        count(delivered.quarter) as window_quarter_count
    from {{ ref('int_quarters__known') }} as quarters
    left join {{ ref('int_extracts__delivered') }} as delivered
        on delivered.extract = 'police.cases' and delivered.is_complete
        and quarters.quarter_index - {{ quarter_index('delivered.quarter') }} between 0 and 3
    group by quarters.quarter, quarters.quarter_index, quarters.end_date

),

cases as (

    select
        {{ quarter_index('incidents.quarter') }} as quarter_index,
        areas.sub_district_code,
        incidents.cleared_date
    from {{ ref('int_incidents__located') }} as incidents
    inner join {{ ref('int_areas__nested') }} as areas
        on incidents.quarter = areas.quarter
        and incidents.quarter_committee_code = areas.committee_code
        and areas.area_level_code = 'committee'
    where incidents.is_preventable and incidents.is_counted

)

-- Cleared by the quarter's last day, so that a quarter is not flattered by what was cleared long after it.
select
    quarters.quarter,
    cases.sub_district_code,
    'B5' as indicator_code,
    count(case when cases.cleared_date <= quarters.end_date then 1 end) as numerator,
    count(*) as denominator,
    quarters.window_quarter_count
from quarters
inner join cases on quarters.quarter_index - cases.quarter_index between 0 and 3
group by quarters.quarter, cases.sub_district_code, quarters.window_quarter_count
