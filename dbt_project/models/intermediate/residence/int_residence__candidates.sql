with

register_rows as (

    select
        persons.*,
        quarters.end_date,
        persons.standing_code in ('died', 'left') and coalesce(persons.status_date, quarters.end_date) <= quarters.end_date
            as has_ended
    from {{ ref('int_persons__resolved') }} as persons
    inner join {{ ref('int_quarters__known') }} as quarters on persons.quarter = quarters.quarter
    where persons.source_code in (
        'population.registered_residents', 'population.migrant_residents', 'population.overseas_residents'
    )

),

judged as (

    select
        *,
        not has_ended and case source_code
            when 'population.registered_residents' then true
            when 'population.migrant_residents'
                then expiry_date + {{ var('permit_grace_day_count') }} >= end_date
            else expiry_date >= end_date
        end as is_in_force,
        case
            when source_code = 'population.registered_residents' and lives_where_registered
                then 'registered_and_present'
            when source_code = 'population.registered_residents' then 'registered_but_absent'
            when source_code = 'population.migrant_residents' then 'stay_in_force'
            else 'accommodation_in_force'
        end as sign_code
    from register_rows

),

by_dwelling as (

    select
        judged.*,
        dwellings.compound_code
    from judged
    left join {{ ref('int_dwellings__located') }} as dwellings
        on judged.dwelling_code = dwellings.dwelling_code and judged.quarter = dwellings.quarter

),

located as (

    {{ located('by_dwelling', 'unlocated.end_date', compound='compound_code') }}

)

select
    located.quarter,
    located.person_id,
    located.is_identified,
    located.sex_code,
    located.birth_year,
    located.source_code,
    located.sign_code,
    case when located.is_in_force then signs.weight else 0 end as strength_share,
    located.is_in_force,
    located.is_in_force and located.lives_where_registered as is_explicit,
    located.is_in_force and located.lives_where_registered
    and coalesce(located.expiry_date >= located.end_date, true) as is_valid_on_last_day,
    located.has_ended and located.standing_code = 'died' as has_died,
    located.has_ended and located.standing_code = 'left' as has_left,
    located.located_committee_code as committee_code,
    located.compound_code,
    located.dwelling_code,
    located.verified_date,
    coalesce(greatest(located.verified_date, located.registration_date), located.registration_date) as updated_date,
    located.row_number
from located
inner join {{ ref('residence_evidence') }} as signs
    on located.source_code = signs.source_code and located.sign_code = signs.sign_code
