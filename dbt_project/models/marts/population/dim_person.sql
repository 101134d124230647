with

run as (

    select quarter
    from {{ ref('int_quarters__known') }}
    where is_run_quarter

),

persons as (

    select
        person_id,
        sex_code,
        birth_year,
        category_code,
        is_identified
    from {{ ref('int_residence__decided') }}
    where quarter in (select quarter from run)

),

seen as (

    select
        person_id,
        min(quarter) as first_seen_quarter,
        max(quarter) as last_seen_quarter
    from {{ ref('int_residence__decided') }}
    where quarter <= (select quarter from run)
        and person_id in (select person_id from persons)
    group by person_id

)

select
    persons.person_id,
    persons.sex_code,
    persons.birth_year,
    persons.category_code,
    persons.is_identified,
    seen.first_seen_quarter,
    seen.last_seen_quarter
from persons
inner join seen on persons.person_id = seen.person_id
