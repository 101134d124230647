{{ config(
    materialized='incremental',
    meta={
        'subject': 'special_group_contacts', 'inputs': 'int_special_groups__fingerprinted',
        'keeps_known_quarters_only': true,
    },
) }}
{%- set quarters = stale_quarters() %}

with

visits as (

    select
        spell_id,
        quarter,
        count(*) as on_time_count
    from {{ ref('int_visits__located') }}
    where is_on_time and {{ in_quarters('quarter', quarters) }}
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
    where listed.is_in_force and listed.superseded_round is null and {{ in_quarters('listed.quarter', quarters) }}

)

select
    served.spell_id,
    served.group_code,
    served.quarter,
    served.person_id,
    served.is_identified,
    served.committee_code,
    served.sub_district_code,
    served.has_plan,
    served.contacts_due_count,
    cast(served.contacts_on_time_count as integer) as contacts_on_time_count,
    cast(case when served.has_plan or not served.is_plan_required then served.contacts_on_time_count else 0 end as integer)
        as contacts_in_place_count,
    served.contacts_on_time_count = served.contacts_due_count as is_contacted_as_agreed,
    served.is_persons_latest,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from served
inner join {{ ref('int_special_groups__fingerprinted') }} as inputs
    on served.quarter = inputs.quarter and inputs.subject_code = 'special_group_contacts'
