{%- set measures = [
    ('alarm_calls', "count(case when incident_type_code = 'alarm_110' and is_alarm_type then 1 end)"),
    ('criminal_cases', "count(case when extract = 'police.cases' then 1 end)"),
    ('residential_burglaries', "count(case when incident_type_code = 'residential_burglary' then 1 end)"),
    ('vehicle_thefts', "count(case when incident_type_code = 'vehicle_theft' then 1 end)"),
    ('telecom_frauds', "count(case when incident_type_code = 'telecom_fraud' then 1 end)"),
    ('cleared_cases', "count(case when cleared_date <= end_date then 1 end)"),
    ('fires', "count(case when incident_type_code = 'fire' then 1 end)"),
    ('fire_loss', "sum(case when incident_type_code = 'fire' then direct_loss_yuan end)"),
    ('road_accidents', "count(case when incident_type_code = 'road_accident' then 1 end)"),
    ('road_deaths', "sum(case when incident_type_code = 'road_accident' then death_count end)"),
] -%}

with

incidents as (

    select
        quarters.quarter,
        quarters.end_date,
        split_part(incidents.incident_id, ':', 1) as extract,
        incidents.incident_type_code,
        incidents.is_alarm_type,
        incidents.cleared_date,
        incidents.death_count,
        incidents.direct_loss_yuan
    from {{ ref('int_incidents__located') }} as incidents
    inner join {{ ref('int_quarters__known') }} as quarters on incidents.quarter = quarters.quarter
    where incidents.is_counted

),

totals as (

    select
        quarter
        {%- for measure, sum in measures %},
        {{ sum }} as {{ measure }}
        {%- endfor %}
    from incidents
    group by quarter

),

measured as (

    {% for measure, _ in measures -%}
    select quarter, '{{ measure }}' as measure_code, cast({{ measure }} as decimal(18, 2)) as amount
    from totals
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Only quarters for which the extract is complete have a figure; a month that is missing is not a fall.
by_quarter as (

    select
        {{ quarter_index('delivered.quarter') }} as quarter_index,
        highlights.highlight_code,
        highlights.window_quarter_count,
        coalesce(measured.amount, 0) as amount
    from {{ ref('highlights') }} as highlights
    inner join {{ ref('int_extracts__delivered') }} as delivered
        on highlights.extract = delivered.extract and delivered.is_complete
    left join measured
        on delivered.quarter = measured.quarter and highlights.measure_code = measured.measure_code

),

-- Summed as decimals: a sum of doubles depends on the order of its parts, which differs from run to run.
rolled as (

    select
        quarters.quarter_index,
        by_quarter.highlight_code,
        cast(sum(by_quarter.amount) as double) as amount
    from {{ ref('int_quarters__known') }} as quarters
    inner join by_quarter
        on quarters.quarter_index - by_quarter.quarter_index between 0 and by_quarter.window_quarter_count - 1
    group by quarters.quarter_index, by_quarter.highlight_code, by_quarter.window_quarter_count
    having count(*) = by_quarter.window_quarter_count

)

select
    quarters.quarter,
    highlights.highlight_code,
    highlights.name_zh,
    highlights.name_en,
    highlights.unit_zh,
    highlights.unit_en,
    this_year.amount as current_value,
    last_year.amount as year_ago_value,
    case when last_year.amount > 0 then this_year.amount / last_year.amount - 1 end as change_share
from {{ ref('int_quarters__known') }} as quarters
inner join rolled as this_year on quarters.quarter_index = this_year.quarter_index
inner join {{ ref('highlights') }} as highlights on this_year.highlight_code = highlights.highlight_code
left join rolled as last_year
    on quarters.quarter_index - 4 = last_year.quarter_index and this_year.highlight_code = last_year.highlight_code
