{{ config(materialized='table') }}

{%- set committee_families = ['population_status', 'public_order', 'prevention', 'environment'] -%}

with

committee_rows as (

    {% for family in committee_families -%}
    select
        quarter, committee_code, indicator_code, numerator, denominator, cast(null as bigint) as window_quarter_count
    from {{ ref('int_indicators__' ~ family) }}
    union all
    {% endfor -%}
    select quarter, committee_code, indicator_code, numerator, denominator, window_quarter_count
    from {{ ref('int_indicators__zero_burglary') }}

),

sub_district_rows as (

    select
        quarter, sub_district_code, indicator_code, numerator, denominator, cast(null as bigint) as window_quarter_count
    from {{ ref('int_indicators__special_services') }}
    union all
    select quarter, sub_district_code, indicator_code, numerator, denominator, window_quarter_count
    from {{ ref('int_indicators__clearance') }}

),

sub_district_areas as (

    select distinct quarter, sub_district_code, area_code
    from {{ ref('int_areas__nested') }}
    where area_level_code in ('district', 'sub_district')

),

committees as (

    select quarter, sub_district_code, area_code
    from {{ ref('int_areas__nested') }}
    where area_level_code = 'committee'

),

-- Every area has the sum over what lies in it, so that its value is a ratio of sums.
summed as (

    select
        areas.quarter,
        areas.area_code,
        reported.indicator_code,
        false as is_passed_down,
        sum(reported.numerator) as numerator,
        sum(reported.denominator) as denominator,
        max(reported.window_quarter_count) as window_quarter_count
    from committee_rows as reported
    inner join {{ ref('int_areas__nested') }} as areas
        on reported.quarter = areas.quarter and reported.committee_code = areas.committee_code
    group by areas.quarter, areas.area_code, reported.indicator_code

    union all

    select
        areas.quarter,
        areas.area_code,
        reported.indicator_code,
        false as is_passed_down,
        sum(reported.numerator) as numerator,
        sum(reported.denominator) as denominator,
        max(reported.window_quarter_count) as window_quarter_count
    from sub_district_rows as reported
    inner join sub_district_areas as areas
        on reported.quarter = areas.quarter and reported.sub_district_code = areas.sub_district_code
    group by areas.quarter, areas.area_code, reported.indicator_code

    union all

    select
        committees.quarter,
        committees.area_code,
        reported.indicator_code,
        true as is_passed_down,
        reported.numerator,
        reported.denominator,
        reported.window_quarter_count
    from sub_district_rows as reported
    inner join committees
        on reported.quarter = committees.quarter and reported.sub_district_code = committees.sub_district_code

),

-- An indicator is missing in a quarter for which one of its extracts is.
completeness as (

    select
        quarters.quarter,
        required.indicator_code,
        bool_and(coalesce(delivered.is_complete, false)) as is_complete
    from {{ ref('int_quarters__known') }} as quarters
    cross join {{ ref('indicator_extracts') }} as required
    left join {{ ref('int_extracts__delivered') }} as delivered
        on quarters.quarter = delivered.quarter and required.extract = delivered.extract
    group by quarters.quarter, required.indicator_code

),

areas as (

    select distinct
        areas.quarter,
        quarters.quarter_index,
        areas.area_code,
        areas.area_level_code,
        areas.parent_code
    from {{ ref('int_areas__nested') }} as areas
    inner join {{ ref('int_quarters__known') }} as quarters on areas.quarter = quarters.quarter

),

own_quarter as (

    select
        areas.quarter,
        areas.quarter_index,
        areas.area_code,
        areas.area_level_code,
        areas.parent_code,
        indicators.indicator_code,
        indicators.value_multiplier,
        indicators.window_quarter_count as declared_window_quarter_count,
        summed.window_quarter_count as family_window_quarter_count,
        coalesce(summed.numerator, 0) as numerator,
        coalesce(summed.denominator, 0) as denominator,
        coalesce(summed.is_passed_down, false) as is_passed_down,
        completeness.is_complete
    from areas
    cross join {{ ref('indicators') }} as indicators
    inner join completeness
        on areas.quarter = completeness.quarter and indicators.indicator_code = completeness.indicator_code
    left join summed
        on areas.quarter = summed.quarter
        and areas.area_code = summed.area_code
        and indicators.indicator_code = summed.indicator_code

),

-- Families that look back by themselves bring their window with them; for the others it is summed here. A row for each
-- quarter of the window, so that they are met by their number and not all compared with all.
looking_back as (

    select
        *,
        unnest(range(
            case when indicator_code in ('B5', 'B6') then 1 else declared_window_quarter_count end
        )) as quarters_back
    from own_quarter

),

windowed as (

    select
        last_quarter.quarter,
        last_quarter.area_code,
        last_quarter.area_level_code,
        last_quarter.parent_code,
        last_quarter.indicator_code,
        last_quarter.value_multiplier,
        last_quarter.is_passed_down,
        last_quarter.is_complete,
        sum(each_quarter.numerator) as numerator,
        sum(each_quarter.denominator) as denominator,
        coalesce(max(last_quarter.family_window_quarter_count), count(*)) as window_quarter_count
    from looking_back as last_quarter
    inner join own_quarter as each_quarter
        on last_quarter.area_code = each_quarter.area_code
        and last_quarter.indicator_code = each_quarter.indicator_code
        and last_quarter.quarter_index - last_quarter.quarters_back = each_quarter.quarter_index
        and (each_quarter.is_complete or each_quarter.quarter = last_quarter.quarter)
    group by
        last_quarter.quarter,
        last_quarter.area_code,
        last_quarter.area_level_code,
        last_quarter.parent_code,
        last_quarter.indicator_code,
        last_quarter.value_multiplier,
        last_quarter.is_passed_down,
        last_quarter.is_complete

)

select
    area_code,
    quarter,
    indicator_code,
    area_level_code,
    parent_code,
    case when is_complete then cast(numerator as double) end as numerator,
    case when is_complete then cast(denominator as double) end as denominator,
    case
        when is_complete and denominator > 0
            then cast(numerator as double) / cast(denominator as double) * value_multiplier
    end as value,
    case
        when not is_complete then 'missing'
        when denominator = 0 then 'not_applicable'
        when is_passed_down then 'passed_down'
        else 'observed'
    end as status_code,
    cast(window_quarter_count as integer) as window_quarter_count
from windowed
