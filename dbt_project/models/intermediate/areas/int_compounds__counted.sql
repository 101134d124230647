{{ config(materialized='table') }}

with

compounds as (

    select
        quarters.quarter,
        quarters.quarter_index,
        areas.area_code as compound_code,
        areas.parent_code as committee_code,
        areas.sub_district_code
    from {{ ref('int_areas__dated') }} as areas
    inner join {{ ref('int_quarters__known') }} as quarters
        on quarters.end_date between areas.valid_from_date and coalesce(areas.valid_to_date, {{ far_future() }})
    where areas.area_level_code = 'compound'

),

residents as (

    select
        quarter,
        compound_code,
        sum(resident_count) as resident_count,
        sum(household_count) as household_count
    from {{ ref('int_population__counted') }}
    where compound_code is not null
    group by quarter, compound_code

),

dwellings as (

    select
        quarter,
        compound_code,
        sum(dwelling_count) as dwelling_count
    from {{ ref('int_dwellings__counted') }}
    where compound_code is not null
    group by quarter, compound_code

),

burglaries as (

    select
        quarter,
        {{ quarter_index('quarter') }} as quarter_index,
        compound_code,
        count(*) as burglary_count
    from {{ ref('int_incidents__located') }}
    where incident_type_code = 'residential_burglary' and is_counted and compound_code is not null
    group by quarter, compound_code

),

windows as (

    select
        quarters.quarter,
        count(*) as window_quarter_count
    from {{ ref('int_quarters__known') }} as quarters
    inner join {{ ref('int_extracts__delivered') }} as delivered
        on delivered.extract = 'police.cases' and delivered.is_complete
        and quarters.quarter_index - {{ quarter_index('delivered.quarter') }} between 0 and 3
    group by quarters.quarter

),

burglaries_in_window as (

    select
        compounds.quarter,
        compounds.compound_code,
        sum(burglaries.burglary_count) as burglary_4q_count
    from compounds
    inner join burglaries
        on compounds.compound_code = burglaries.compound_code
        and compounds.quarter_index - burglaries.quarter_index between 0 and 3
    group by compounds.quarter, compounds.compound_code

)

select
    compounds.quarter,
    compounds.compound_code,
    compounds.committee_code,
    compounds.sub_district_code,
    cast(coalesce(dwellings.dwelling_count, 0) as integer) as dwelling_count,
    cast(coalesce(residents.household_count, 0) as integer) as household_count,
    cast(coalesce(residents.resident_count, 0) as integer) as resident_count,
    cast(coalesce(burglaries.burglary_count, 0) as integer) as burglary_count,
    cast(coalesce(burglaries_in_window.burglary_4q_count, 0) as integer) as burglary_4q_count,
    coalesce(burglaries_in_window.burglary_4q_count, 0) = 0 as is_zero_burglary,
    cast(coalesce(windows.window_quarter_count, 0) as integer) as window_quarter_count
from compounds
left join dwellings
    on compounds.quarter = dwellings.quarter and compounds.compound_code = dwellings.compound_code
left join residents
    on compounds.quarter = residents.quarter and compounds.compound_code = residents.compound_code
left join burglaries
    on compounds.quarter = burglaries.quarter and compounds.compound_code = burglaries.compound_code
left join burglaries_in_window
    on compounds.quarter = burglaries_in_window.quarter
    and compounds.compound_code = burglaries_in_window.compound_code
left join windows on compounds.quarter = windows.quarter
