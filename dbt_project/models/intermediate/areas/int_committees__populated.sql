{{ config(materialized='table') }}

{%- set measures = [
    'resident_count', 'registered_count', 'present_count', 'migrant_count', 'overseas_count',
    'registered_but_absent_count', 'household_count', 'aged_60_plus_count', 'unidentified_count',
    'on_register_count', 'verified_count',
] -%}

with

committees as (

    select quarter, committee_code, sub_district_code
    from {{ ref('int_areas__nested') }}
    where area_level_code = 'committee'

),

population as (

    select
        quarter,
        committee_code,
        {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_population__counted') }}
    group by quarter, committee_code

),

dwellings as (

    select
        quarter,
        committee_code,
        sum(dwelling_count) as dwelling_count,
        sum(rented_count) as rented_count,
        sum(rented_and_registered_count) as rented_and_registered_count
    from {{ ref('int_dwellings__counted') }}
    group by quarter, committee_code

),

compounds as (

    select
        quarters.quarter,
        areas.parent_code as committee_code,
        count(*) as compound_count
    from {{ ref('int_areas__dated') }} as areas
    inner join {{ ref('int_quarters__known') }} as quarters
        on quarters.end_date between areas.valid_from_date and coalesce(areas.valid_to_date, {{ far_future() }})
    where areas.area_level_code = 'compound'
    group by quarters.quarter, areas.parent_code

),

-- Whoever is there by day is no resident of any register: an estimate of the quarter's own area list, where it has one.
daytime as (

    select
        quarters.quarter,
        areas.area_code as committee_code,
        max(areas.daytime_count) as daytime_count
    from ({{ current_rows('stg_governance__areas') }}) as areas
    inner join {{ ref('int_quarters__known') }} as quarters
        on areas.quarter = quarters.quarter
        and quarters.end_date between areas.valid_from_date and coalesce(areas.valid_to_date, {{ far_future() }})
    where areas.daytime_count is not null
    group by quarters.quarter, areas.area_code

)

select
    committees.quarter,
    committees.committee_code,
    committees.sub_district_code,
    {%- for measure in measures %}
    cast(coalesce(population.{{ measure }}, 0) as integer) as {{ measure }},
    {%- endfor %}
    cast(coalesce(dwellings.dwelling_count, 0) as integer) as dwelling_count,
    cast(coalesce(dwellings.rented_count, 0) as integer) as rented_count,
    cast(coalesce(dwellings.rented_and_registered_count, 0) as integer) as rented_and_registered_count,
    cast(coalesce(compounds.compound_count, 0) as integer) as compound_count,
    cast(daytime.daytime_count as integer) as daytime_count
from committees
left join population
    on committees.quarter = population.quarter and committees.committee_code = population.committee_code
left join dwellings
    on committees.quarter = dwellings.quarter and committees.committee_code = dwellings.committee_code
left join compounds
    on committees.quarter = compounds.quarter and committees.committee_code = compounds.committee_code
left join daytime
    on committees.quarter = daytime.quarter and committees.committee_code = daytime.committee_code
