{{ config(materialized='table') }}

with

visits as (

    select
        spell_id,
        quarter,
        count(*) as on_time_count
    from {{ ref('int_visits__matched') }}
    where is_on_time
    group by spell_id, quarter

),

-- Rehabilitation contacts are counted from the visit log, the others as their registers report them. More visits
-- than were due do not make up for another person's missing ones.
served as (

    select
        listed.spell_id,
        listed.group_code,
        listed.quarter,
        listed.person_id,
        listed.is_identified,
        listed.committee_code,
        listed.sub_district_code,
        listed.has_plan,
        listed.is_plan_required,
        listed.contacts_due_count,
        least(
            listed.contacts_due_count,
            case listed.group_code
                when 'community_rehabilitation' then coalesce(visits.on_time_count, 0)
                else listed.contacts_held_count
            end
        ) as contacts_on_time_count,
        row_number() over (
            partition by listed.group_code, listed.quarter, listed.person_id
            order by listed.start_date desc, listed.spell_id
        ) = 1 as is_persons_latest
    from {{ ref('int_special_groups__listed') }} as listed
    left join visits on listed.spell_id = visits.spell_id and listed.quarter = visits.quarter
    where listed.is_in_force and listed.superseded_round is null

)

select
    spell_id,
    group_code,
    quarter,
    person_id,
    is_identified,
    committee_code,
    sub_district_code,
    has_plan,
    contacts_due_count,
    cast(contacts_on_time_count as integer) as contacts_on_time_count,
    cast(case when has_plan or not is_plan_required then contacts_on_time_count else 0 end as integer)
        as contacts_in_place_count,
    contacts_on_time_count = contacts_due_count as is_contacted_as_agreed,
    is_persons_latest
from served
