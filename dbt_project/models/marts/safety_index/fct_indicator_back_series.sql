{{ config(materialized='amended') }}

with

moved as (

    select
        crosswalk.current_area_code as area_code,
        reported.quarter,
        reported.indicator_code,
        reported.area_level_code,
        reported.numerator,
        reported.denominator,
        reported.value,
        reported.status_code,
        reported.window_quarter_count,
        crosswalk.dwelling_share
    from {{ ref('fct_indicator_quarter') }} as reported
    inner join {{ ref('dim_area_crosswalk') }} as crosswalk
        on reported.quarter = crosswalk.quarter and reported.area_code = crosswalk.area_code

),

-- What was passed down is the parent's figure and is not added up; of two parents' it is their mean. Parts are added up as decimals: the last digits of a
-- sum of doubles depend on which thread is first, and a release made again would differ from the first.
summed as (

    select
        area_code,
        quarter,
        indicator_code,
        area_level_code,
        count(*) = 1 and min(dwelling_share) = 1 as is_unchanged,
        {%- for part in ['numerator', 'denominator'] %}
        {%- set moved_sum = 'cast(sum(cast(' ~ part ~ ' * dwelling_share as decimal(30, 12))) as double)' %}
        case
            when min(status_code) = 'passed_down' and min({{ part }}) = max({{ part }}) then max({{ part }})
            when min(status_code) = 'passed_down'
                then {{ moved_sum }} / cast(sum(cast(dwelling_share as decimal(30, 12))) as double)
            else {{ moved_sum }}
        end as {{ part }},
        {%- endfor %}
        max(value) as value,
        max(case when status_code = 'missing' then 1 else 0 end) = 1 as is_missing,
        min(status_code) as status_code,
        max(window_quarter_count) as window_quarter_count
    from moved
    group by area_code, quarter, indicator_code, area_level_code

),

areas as (

    select distinct area_code, parent_code
    from {{ ref('int_areas__nested') }}
    where quarter = {{ known_run_quarter() }}

)

select
    summed.area_code,
    summed.quarter,
    summed.indicator_code,
    summed.area_level_code,
    areas.parent_code,
    case when not summed.is_missing then summed.numerator end as numerator,
    case when not summed.is_missing then summed.denominator end as denominator,
    case
        when summed.is_unchanged then summed.value
        when not summed.is_missing and summed.denominator > 0
            then summed.numerator / summed.denominator * indicators.value_multiplier
    end as value,
    case
        when summed.is_missing then 'missing'
        when summed.denominator = 0 then 'not_applicable'
        when summed.status_code = 'passed_down' then 'passed_down'
        else 'observed'
    end as status_code,
    summed.window_quarter_count
from summed
inner join areas on summed.area_code = areas.area_code
inner join {{ ref('indicators') }} as indicators on summed.indicator_code = indicators.indicator_code
