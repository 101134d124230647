{{ config(
    materialized='incremental',
    meta={
        'subject': 'special_group_coverage', 'inputs': 'int_special_groups__fingerprinted',
        'keeps_known_quarters_only': true,
    },
) }}
{%- set quarters = stale_quarters() %}

with

-- Persons meet the service systems inside this query only; what leaves it are counts of areas.
persons as (

    select
        group_code,
        quarter,
        person_id,
        committee_code
    from {{ ref('int_special_groups__served') }}
    where {{ in_quarters('quarter', quarters) }}
        and is_identified and is_persons_latest and committee_code is not null

),

insured as (

    select distinct quarter, person_id
    from ({{ resolved_rows('stg_medical_insurance__enrolments') }})
    where {{ in_quarters('quarter', quarters) }} and is_identified
        and person_id in (select person_id from persons)

),

supported as (

    select distinct quarter, person_id
    from ({{ resolved_rows('stg_civil_affairs__assistance') }})
    where {{ in_quarters('quarter', quarters) }} and is_identified
        and person_id in (select person_id from persons)

),

advised as (

    select distinct quarter, person_id
    from ({{ resolved_rows('stg_family_planning__services') }})
    where {{ in_quarters('quarter', quarters) }} and is_identified
        and person_id in (select person_id from persons)

),

employed as (

    select quarter, person_id
    from ({{ resolved_rows('stg_labour__employment') }})
    where {{ in_quarters('quarter', quarters) }} and is_identified
        and person_id in (select person_id from persons)
        and employment_type_code in ('1', '2')
        and start_date <= {{ quarter_end('quarter') }}
        and coalesce(end_date, {{ far_future() }}) >= {{ quarter_start('quarter') }}

    union

    select quarter, person_id
    from ({{ resolved_rows('stg_social_security__contributions') }})
    where {{ in_quarters('quarter', quarters) }} and is_identified
        and person_id in (select person_id from persons)
        and contribution_type_code = '1' and contribution_month_count > 0

),

counted as (

    select
        persons.quarter,
        persons.group_code,
        persons.committee_code,
        count(insured.person_id) as insured_count,
        count(supported.person_id) as supported_count,
        count(advised.person_id) as family_planning_count,
        count(employed.person_id) as employed_count
    from persons
    left join insured on persons.person_id = insured.person_id and persons.quarter = insured.quarter
    left join supported on persons.person_id = supported.person_id and persons.quarter = supported.quarter
    left join advised on persons.person_id = advised.person_id and persons.quarter = advised.quarter
    left join employed on persons.person_id = employed.person_id and persons.quarter = employed.quarter
    group by persons.quarter, persons.group_code, persons.committee_code

)

select
    counted.*,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from counted
inner join {{ ref('int_special_groups__fingerprinted') }} as inputs
    on counted.quarter = inputs.quarter and inputs.subject_code = 'special_group_coverage'
