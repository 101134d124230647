with

seen as (

    select
        person_id,
        min(quarter) as first_seen_quarter
    from {{ ref('int_residence__decided') }}
    where quarter <= {{ known_run_quarter() }}
    group by person_id

)

select
    persons.person_id,
    persons.sex_code,
    persons.birth_year,
    persons.category_code,
    persons.is_identified,
    seen.first_seen_quarter,
    persons.quarter as last_seen_quarter
from {{ ref('int_residence__decided') }} as persons
inner join seen on persons.person_id = seen.person_id
where persons.quarter = {{ known_run_quarter() }}
