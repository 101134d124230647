with

run_quarter as (

    select quarter, end_date
    from {{ ref('int_quarters__known') }}
    where quarter = {{ known_run_quarter() }}

),

places as (

    select
        places.place_code,
        places.committee_code
    from {{ ref('int_areas__placed') }} as places
    inner join run_quarter on run_quarter.end_date between places.valid_from_date and places.valid_to_date

),

committees as (

    select quarter, committee_code
    from {{ ref('int_areas__nested') }}
    where area_level_code = 'committee'

),

-- Where the dwellings of a committee lie on today's map: through their compound, else through its own code.
spread as (

    select
        committees.quarter,
        committees.committee_code,
        coalesce(by_compound.committee_code, by_committee.committee_code) as current_committee_code,
        coalesce(sum(dwellings.dwelling_count), 0) as dwelling_count
    from committees
    left join {{ ref('int_dwellings__counted') }} as dwellings
        on committees.quarter = dwellings.quarter and committees.committee_code = dwellings.committee_code
    left join places as by_compound on dwellings.compound_code = by_compound.place_code
    left join places as by_committee on committees.committee_code = by_committee.place_code
    group by
        committees.quarter,
        committees.committee_code,
        coalesce(by_compound.committee_code, by_committee.committee_code)

),

-- A committee without dwellings counts as one, so that it has somewhere to go; so do the areas above it.
lifted as (

    select
        spread.quarter,
        old.area_level_code,
        old.area_code,
        current_areas.area_code as current_area_code,
        sum(case when spread.dwelling_count = 0 then 0.001 else spread.dwelling_count end) as dwelling_count
    from spread
    inner join {{ ref('int_areas__nested') }} as old
        on spread.quarter = old.quarter and spread.committee_code = old.committee_code
    cross join run_quarter
    inner join {{ ref('int_areas__nested') }} as current_areas
        on current_areas.quarter = run_quarter.quarter
        and spread.current_committee_code = current_areas.committee_code
        and old.area_level_code = current_areas.area_level_code
    group by spread.quarter, old.area_level_code, old.area_code, current_areas.area_code

)

select
    quarter,
    area_code,
    current_area_code,
    area_level_code,
    cast(dwelling_count as double)
    / cast(sum(dwelling_count) over (partition by quarter, area_code) as double) as dwelling_share
from lifted
