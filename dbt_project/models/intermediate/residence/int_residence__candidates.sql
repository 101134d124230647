with

register_rows as (

    select
        persons.*,
        quarters.end_date,
        persons.standing_code in ('died', 'left') and persons.source_code <> 'population.household_visits'
        and coalesce(persons.status_date, quarters.end_date) <= quarters.end_date as has_ended
    from {{ ref('int_persons__resolved') }} as persons
    inner join {{ ref('int_quarters__known') }} as quarters on persons.quarter = quarters.quarter
    where persons.source_code in (
        'population.registered_residents', 'population.migrant_residents', 'population.overseas_residents'
    )
    -- A finding about nobody in particular says nothing: a register or a service has that person, too.
    or (persons.source_code = 'population.household_visits' and persons.is_identified)

),

judged as (

    select
        *,
        not has_ended and case source_code
            when 'population.registered_residents' then true
            when 'population.migrant_residents'
                then expiry_date + cast({{ residence_rule('grace', 'stay_in_force') }} as integer) >= end_date
            when 'population.overseas_residents' then expiry_date >= end_date
            else lives_where_registered
        end as is_in_force,
        case source_code
            when 'population.registered_residents'
                then case when lives_where_registered then 'registered_and_present' else 'registered_but_absent' end
            when 'population.migrant_residents' then 'stay_in_force'
            when 'population.overseas_residents' then 'accommodation_in_force'
            else 'met_at_home'
        end as sign_code
    from register_rows

),

-- Through the dwelling where it is on the register, else by the committee code as written.
located as (

    select
        judged.*,
        dwellings.compound_code,
        coalesce(dwellings.committee_code, places.committee_code) as located_committee_code
    from judged
    left join {{ ref('int_dwellings__located') }} as dwellings
        on judged.dwelling_code = dwellings.dwelling_code and judged.quarter = dwellings.quarter
    left join {{ ref('int_areas__placed') }} as places
        on judged.committee_code = places.place_code
        and judged.end_date between places.valid_from_date and places.valid_to_date

)

select
    located.quarter,
    located.person_id,
    located.is_identified,
    located.sex_code,
    located.birth_year,
    located.source_code,
    {{ register_category('located.source_code') }} as category_code,
    located.sign_code,
    case
        when located.is_in_force
            then {{ decayed('signs.value', 'signs.half_life_month_count', days_between('located.activity_date', 'located.end_date')) }}
        else 0
    end as strength_share,
    located.is_in_force,
    located.is_in_force and located.lives_where_registered as is_explicit,
    located.is_in_force and located.lives_where_registered
    and coalesce(located.expiry_date >= located.end_date, true) as is_valid_on_last_day,
    located.has_ended and located.standing_code = 'died' as has_died,
    located.has_ended and located.standing_code = 'left' as has_left,
    case when located.source_code = 'population.household_visits' then located.standing_code end as finding_code,
    located.located_committee_code as committee_code,
    located.compound_code,
    located.dwelling_code,
    located.verified_date,
    located.registration_date,
    coalesce(located.status_date, located.end_date) as status_date,
    coalesce(greatest(located.verified_date, located.registration_date), located.registration_date, located.activity_date)
        as updated_date,
    located.row_number
from located
inner join {{ ref('residence_rules') }} as signs
    on located.source_code = signs.source_code and located.sign_code = signs.sign_code and signs.rule_code = 'weight'
