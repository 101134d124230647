{{ config(
    materialized='incremental',
    meta={
        'subject': 'special_group_lists', 'inputs': 'int_special_groups__fingerprinted',
        'keeps_known_quarters_only': true,
    },
) }}
{%- set quarters = stale_quarters() %}

with

-- Once marked as a minor's, a spell stays out, whatever a later list says of it.
minors as (

    select correction_number
    from ({{ current_rows('stg_justice__community_corrections') }})
    where is_minor

),

rehabilitation as (

    select
        'community_rehabilitation' as group_code,
        register_number as spell_number,
        quarter,
        known_round,
        superseded_round,
        person_id,
        is_identified,
        start_date,
        end_date as reported_end_date,
        relapse_date,
        has_plan,
        contacts_due_count,
        cast(null as integer) as contacts_held_count,
        committee_code
    from ({{ resolved_known_rows('stg_drug_control__rehabilitation_register') }})
    -- Only the year of birth is known here: who may have been under 18 on the first day is left out.
    where extract(year from start_date) - birth_year > 18

),

corrections as (

    select
        'community_corrections' as group_code,
        correction_number as spell_number,
        quarter,
        known_round,
        superseded_round,
        person_id,
        is_identified,
        start_date,
        end_date as reported_end_date,
        cast(null as date) as relapse_date,
        has_plan,
        contacts_due_count,
        contacts_held_count,
        committee_code
    from ({{ resolved_known_rows('stg_justice__community_corrections') }})
    where correction_number not in (select correction_number from minors)
        and extract(year from start_date) - birth_year >= 18

),

listed as (

    select *
    from (
        select * from rehabilitation
        union all
        select * from corrections
        {{ contracted_group_rows() }}
    )
    where {{ in_quarters('quarter', quarters) }}

),

ruled as (

    select
        listed.*,
        quarters.start_date as quarter_start_date,
        quarters.end_date as quarter_end_date,
        groups.is_plan_required,
        -- The clean years count from the first day or the last relapse; the day before the anniversary is the last.
        cast(
            case when listed.relapse_date <= quarters.end_date then listed.relapse_date else listed.start_date end
            + to_years(groups.clean_year_count) - interval 1 day as date
        ) as clean_end_date,
        case listed.group_code
            when 'community_corrections' then 'term_ended'
            when 'community_rehabilitation' then 'reported'
            else 'removed_from_list'
        end as reported_end_reason_code
    from listed
    inner join {{ ref('int_quarters__known') }} as quarters on listed.quarter = quarters.quarter
    inner join {{ ref('special_groups') }} as groups on listed.group_code = groups.group_code

),

ended as (

    select
        *,
        least(reported_end_date, clean_end_date) as end_date,
        case
            when clean_end_date < coalesce(reported_end_date, {{ far_future() }}) then 'clean_years_completed'
            when reported_end_date is not null then reported_end_reason_code
        end as end_reason_code
    from ruled

),

located as (

    {{ located('ended', 'unlocated.quarter_end_date') }}

),

numbered as (

    select
        *,
        md5(group_code || '|' || spell_number) as spell_id,
        row_number() over (
            partition by group_code, spell_number, quarter, known_round order by committee_code, end_date
        ) as place
    from located

)

select
    numbered.spell_id,
    numbered.group_code,
    numbered.quarter,
    numbered.known_round,
    numbered.superseded_round,
    numbered.person_id,
    numbered.is_identified,
    numbered.located_committee_code as committee_code,
    numbered.located_sub_district_code as sub_district_code,
    numbered.start_date,
    numbered.end_date,
    numbered.end_reason_code,
    numbered.start_date <= numbered.quarter_end_date
    and coalesce(numbered.end_date, {{ far_future() }}) >= numbered.quarter_start_date as is_in_force,
    numbered.has_plan,
    numbered.is_plan_required,
    numbered.contacts_due_count,
    numbered.contacts_held_count,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from numbered
inner join {{ ref('int_special_groups__fingerprinted') }} as inputs
    on numbered.quarter = inputs.quarter and inputs.subject_code = 'special_group_lists'
where numbered.place = 1
