{{ config(
    materialized='incremental',
    meta={
        'subject': 'special_group_contacts', 'inputs': 'int_special_groups__fingerprinted',
        'keeps_known_quarters_only': true,
    },
) }}
{%- set quarters = stale_quarters() %}

with

served as (

    select
        spell_id,
        group_code,
        quarter,
        committee_code,
        contacts_due_count,
        contacts_on_time_count
    from {{ ref('int_special_groups__served') }}
    where {{ in_quarters('quarter', quarters) }}

),

-- Visits on time come first: as many of them count as were due, the others are held beside what was due.
visits as (

    select
        spell_id,
        quarter,
        visitor_role_code,
        is_on_time,
        row_number() over (
            partition by spell_id, quarter order by is_on_time desc, due_date, contact_id
        ) as place
    from {{ ref('int_visits__located') }}
    where {{ in_quarters('quarter', quarters) }}

),

by_role as (

    select
        served.group_code,
        served.quarter,
        served.committee_code,
        served.spell_id,
        visits.visitor_role_code as contact_role_code,
        count(case when visits.place <= served.contacts_due_count then 1 end) as contacts_due_count,
        count(*) as contacts_held_count,
        count(case when visits.is_on_time and visits.place <= served.contacts_due_count then 1 end)
            as contacts_on_time_count
    from served
    inner join visits on served.spell_id = visits.spell_id and served.quarter = visits.quarter
    where served.group_code = 'community_rehabilitation'
    group by served.group_code, served.quarter, served.committee_code, served.spell_id, visits.visitor_role_code

),

-- What was due and stands in no line of the log was held by nobody.
by_nobody as (

    select
        served.group_code,
        served.quarter,
        served.committee_code,
        served.spell_id,
        'nobody' as contact_role_code,
        max(served.contacts_due_count) - coalesce(sum(by_role.contacts_due_count), 0) as contacts_due_count,
        0 as contacts_held_count,
        0 as contacts_on_time_count
    from served
    left join by_role on served.spell_id = by_role.spell_id and served.quarter = by_role.quarter
    where served.group_code = 'community_rehabilitation'
    group by served.group_code, served.quarter, served.committee_code, served.spell_id

),

-- The other groups' registers report how many contacts were held on time, and not by whom.
reported as (

    select
        group_code,
        quarter,
        committee_code,
        spell_id,
        'not_told' as contact_role_code,
        contacts_due_count,
        contacts_on_time_count as contacts_held_count,
        contacts_on_time_count
    from served
    where group_code <> 'community_rehabilitation'

),

told as (

    select * from by_role
    union all
    select * from by_nobody
    union all
    select * from reported

),

counted as (

    select
        group_code,
        quarter,
        committee_code,
        contact_role_code,
        cast(sum(contacts_due_count) as integer) as contacts_due_count,
        cast(sum(contacts_held_count) as integer) as contacts_held_count,
        cast(sum(contacts_on_time_count) as integer) as contacts_on_time_count
    from told
    group by group_code, quarter, committee_code, contact_role_code

)

select
    counted.*,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from counted
inner join {{ ref('int_special_groups__fingerprinted') }} as inputs
    on counted.quarter = inputs.quarter and inputs.subject_code = 'special_group_contacts'
