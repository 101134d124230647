{{ config(materialized='table') }}

with

committees as (

    select
        area_code,
        sub_district_code,
        predecessor_code,
        valid_from_date,
        coalesce(valid_to_date, {{ far_future() }}) as valid_to_date
    from {{ ref('int_areas__dated') }}
    where area_level_code = 'committee'

),

compounds as (

    select
        area_code as place_code,
        valid_from_date,
        coalesce(valid_to_date, {{ far_future() }}) as valid_to_date,
        parent_code as committee_code,
        sub_district_code
    from {{ ref('int_areas__dated') }}
    where area_level_code = 'compound'

),

lifetimes as (

    select
        area_code,
        min(valid_from_date) as first_date,
        max(valid_to_date) as last_date
    from committees
    group by area_code

),

-- A department that still writes the code of a committee that has ended: its first successor, by code.
successors as (

    select
        ended.area_code as place_code,
        successors.valid_from_date,
        successors.valid_to_date,
        successors.area_code as committee_code,
        successors.sub_district_code,
        row_number() over (
            partition by ended.area_code, successors.valid_from_date order by successors.area_code
        ) as place
    from lifetimes as ended
    inner join committees as successors
        on ended.area_code = successors.predecessor_code and successors.valid_from_date > ended.last_date

),

-- A department that writes the code of a committee for a day before it was set up: the one it was split from.
predecessors as (

    select
        started.area_code as place_code,
        predecessors.valid_from_date,
        least(predecessors.valid_to_date, cast(lifetimes.first_date - interval 1 day as date)) as valid_to_date,
        predecessors.area_code as committee_code,
        predecessors.sub_district_code
    from committees as started
    inner join lifetimes
        on started.area_code = lifetimes.area_code and started.valid_from_date = lifetimes.first_date
    inner join committees as predecessors
        on started.predecessor_code = predecessors.area_code
        and predecessors.valid_from_date < lifetimes.first_date

)

select place_code, valid_from_date, valid_to_date, committee_code, sub_district_code, false as is_written_early
from compounds

union all

select area_code, valid_from_date, valid_to_date, area_code, sub_district_code, false
from committees

union all

select place_code, valid_from_date, valid_to_date, committee_code, sub_district_code, false
from successors
where place = 1

union all

select place_code, valid_from_date, valid_to_date, committee_code, sub_district_code, true
from predecessors
