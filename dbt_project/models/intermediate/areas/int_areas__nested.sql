{{ config(materialized='table') }}

with

areas_on_last_day as (

    select
        quarters.quarter,
        areas.area_code,
        areas.area_level_code,
        areas.parent_code,
        areas.sub_district_code
    from {{ ref('int_areas__dated') }} as areas
    inner join {{ ref('int_quarters__known') }} as quarters
        on quarters.end_date between areas.valid_from_date and coalesce(areas.valid_to_date, {{ far_future() }})
    where areas.area_level_code in ('district', 'sub_district', 'committee')

),

committees as (

    select
        committees.quarter,
        committees.area_code as committee_code,
        committees.sub_district_code,
        sub_districts.parent_code as district_code
    from areas_on_last_day as committees
    inner join areas_on_last_day as sub_districts
        on committees.quarter = sub_districts.quarter and committees.sub_district_code = sub_districts.area_code
    where committees.area_level_code = 'committee'

)

select
    quarter,
    committee_code,
    sub_district_code,
    committee_code as area_code,
    'committee' as area_level_code,
    sub_district_code as parent_code
from committees

union all

select
    quarter,
    committee_code,
    sub_district_code,
    sub_district_code as area_code,
    'sub_district' as area_level_code,
    district_code as parent_code
from committees

union all

select
    quarter,
    committee_code,
    sub_district_code,
    district_code as area_code,
    'district' as area_level_code,
    null as parent_code
from committees
