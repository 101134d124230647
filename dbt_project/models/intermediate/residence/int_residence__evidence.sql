with

-- A row without a usable number is nobody's sign.
service_rows as (

    select
        quarter,
        source_code,
        person_id,
        committee_code,
        activity_date,
        row_number
    from {{ ref('int_persons__resolved') }}
    where source_code in ('labour.employment', 'social_security.contributions', 'medical_insurance.enrolments')
        and is_identified

),

-- Spelt out as pairs, so that only the files of quarters that are reached are opened.
reached as (

    select
        quarters.quarter,
        earlier.quarter as event_quarter
    from {{ ref('int_quarters__known') }} as quarters
    inner join {{ ref('int_quarters__known') }} as earlier
        on quarters.quarter_index - earlier.quarter_index between 0 and {{ var('evidence_reach_quarter_count') }}

),

-- Events speak for their own quarter and the few after it; registers of those in force speak for theirs.
event_rows as (

    select
        reached.quarter,
        persons.source_code,
        persons.person_id,
        max_by(persons.committee_code, (persons.activity_date, persons.committee_code)) as committee_code,
        max(persons.activity_date) as activity_date,
        0 as row_number
    from {{ ref('int_persons__resolved') }} as persons
    inner join reached on persons.quarter = reached.event_quarter
    where persons.source_code in ('civil_affairs.assistance', 'family_planning.services')
        and persons.is_identified
    group by reached.quarter, persons.source_code, persons.person_id

),

dated as (

    select
        evidence.*,
        quarters.end_date
    from (
        select * from service_rows
        union all
        select * from event_rows
    ) as evidence
    inner join {{ ref('int_quarters__known') }} as quarters on evidence.quarter = quarters.quarter

),

located as (

    {{ located('dated', 'unlocated.end_date') }}

)

-- A sign must say where: an address elsewhere, or none, does not show that someone lives here.
select
    located.quarter,
    located.person_id,
    located.source_code,
    signs.sign_code,
    {{ decayed('signs.value', 'signs.half_life_month_count', days_between('located.activity_date', 'located.end_date')) }}
        as strength_share,
    located.located_committee_code as committee_code,
    located.activity_date,
    located.row_number
from located
inner join {{ ref('residence_rules') }} as signs
    on located.source_code = signs.source_code and signs.rule_code = 'weight'
where located.located_committee_code is not null
