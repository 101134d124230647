with

registered as (

    select
        quarter, delivery_id, row_number, person_pseudonym, {{ is_identified() }} as is_identified,
        sex_code, birth_year, committee_code, dwelling_code,
        case registered_status_code when '2' then 'died' when '3' then 'left' else 'staying' end as standing_code,
        status_date,
        coalesce(residence_match_code = '01', false) as lives_where_registered,
        registration_date,
        verified_date,
        cast(null as date) as expiry_date,
        cast(null as date) as activity_date
    from ({{ current_rows('stg_population__registered_residents') }})

),

migrant as (

    select
        quarter, delivery_id, row_number, person_pseudonym, {{ is_identified() }} as is_identified,
        sex_code, birth_year, committee_code, dwelling_code,
        case stay_status_code when '2' then 'left' else 'staying' end as standing_code,
        status_date,
        true as lives_where_registered,
        registration_date,
        verified_date,
        permit_expiry_date as expiry_date,
        cast(null as date) as activity_date
    from ({{ current_rows('stg_population__migrant_residents') }})

),

overseas as (

    select
        quarter, delivery_id, row_number, person_pseudonym, {{ is_identified() }} as is_identified,
        sex_code, birth_year, committee_code, dwelling_code,
        case stay_status_code when '2' then 'left' else 'staying' end as standing_code,
        status_date,
        true as lives_where_registered,
        registration_date,
        verified_date,
        permit_expiry_date as expiry_date,
        cast(null as date) as activity_date
    from ({{ current_rows('stg_population__overseas_residents') }})

),

-- What population coordinators found at the door, where it differs from the registers.
visits as (

    select
        quarter, delivery_id, row_number, person_pseudonym, {{ is_identified() }} as is_identified,
        sex_code, birth_year, committee_code, dwelling_code,
        case residence_finding_code
            when '1' then 'lives_here'
            when '2' then 'not_here'
            when '3' then 'left'
            when '4' then 'died'
            when '5' then 'institution'
        end as standing_code,
        found_date as status_date,
        residence_finding_code = '1' as lives_where_registered,
        cast(null as date) as registration_date,
        cast(null as date) as verified_date,
        cast(null as date) as expiry_date,
        found_date as activity_date
    from ({{ current_rows('stg_population__household_visits') }})

),

-- What the service systems say of a person: that something happened here on a day, and the committee of residence.
employment as (

    select
        quarter, delivery_id, row_number, person_pseudonym, identity_quality_code, committee_code,
        least(coalesce(end_date, {{ quarter_end('quarter') }}), {{ quarter_end('quarter') }}) as activity_date
    from ({{ current_rows('stg_labour__employment') }})
    where employment_type_code in ('1', '2') and start_date <= {{ quarter_end('quarter') }}

),

contributions as (

    select
        quarter, delivery_id, row_number, person_pseudonym, identity_quality_code, committee_code,
        {{ quarter_end('quarter') }} as activity_date
    from ({{ current_rows('stg_social_security__contributions') }})
    where contribution_month_count > 0

),

enrolments as (

    select
        quarter, delivery_id, row_number, person_pseudonym, identity_quality_code, committee_code,
        last_activity_date as activity_date
    from ({{ current_rows('stg_medical_insurance__enrolments') }})
    where last_activity_date is not null

),

assistance as (

    select
        quarter, delivery_id, row_number, person_pseudonym, identity_quality_code, committee_code,
        payment_date as activity_date
    from ({{ current_rows('stg_civil_affairs__assistance') }})

),

family_planning as (

    select
        quarter, delivery_id, row_number, person_pseudonym, identity_quality_code, committee_code,
        service_date as activity_date
    from ({{ current_rows('stg_family_planning__services') }})

),

rows_of_registers as (

    select 'population.registered_residents' as source_code, * from registered
    union all
    select 'population.migrant_residents' as source_code, * from migrant
    union all
    select 'population.overseas_residents' as source_code, * from overseas
    union all
    select 'population.household_visits' as source_code, * from visits

),

rows_of_services as (

    {% for source, relation in {
        'labour.employment': 'employment',
        'social_security.contributions': 'contributions',
        'medical_insurance.enrolments': 'enrolments',
        'civil_affairs.assistance': 'assistance',
        'family_planning.services': 'family_planning',
    }.items() -%}
    select '{{ source }}' as source_code, * from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

everyone as (

    select
        source_code, quarter, delivery_id, row_number, person_pseudonym, is_identified,
        sex_code, birth_year, committee_code, dwelling_code, standing_code, status_date,
        lives_where_registered, registration_date, verified_date, expiry_date, activity_date
    from rows_of_registers

    union all

    select
        source_code, quarter, delivery_id, row_number, person_pseudonym, {{ is_identified() }} as is_identified,
        cast(null as varchar) as sex_code, cast(null as smallint) as birth_year,
        committee_code, cast(null as varchar) as dwelling_code,
        cast(null as varchar) as standing_code, cast(null as date) as status_date,
        cast(null as boolean) as lives_where_registered, cast(null as date) as registration_date,
        cast(null as date) as verified_date, cast(null as date) as expiry_date, activity_date
    from rows_of_services

)

-- The one place that says whose a row is: the owner of its valid number, unless it was found to be somebody else's.
select
    everyone.source_code,
    everyone.quarter,
    everyone.delivery_id,
    everyone.row_number,
    everyone.person_pseudonym,
    coalesce(links.person_id, everyone.person_pseudonym) as person_id,
    coalesce(links.is_linked, everyone.is_identified) as is_identified,
    everyone.sex_code,
    everyone.birth_year,
    everyone.committee_code,
    everyone.dwelling_code,
    everyone.standing_code,
    everyone.status_date,
    everyone.lives_where_registered,
    everyone.registration_date,
    everyone.verified_date,
    everyone.expiry_date,
    everyone.activity_date
from everyone
{{ with_links('everyone') }}
