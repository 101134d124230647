{{ config(
    materialized='incremental',
    meta={'subject': 'prevention_resources', 'keeps_known_quarters_only': true},
) }}
{%- set quarters = stale_quarters() %}

with

volunteers as (

    select
        activities.activity_number,
        activities.volunteer_number,
        activities.committee_code,
        activities.quarter,
        quarters.end_date
    from ({{ current_rows('stg_governance__volunteers') }}) as activities
    inner join {{ ref('int_quarters__known') }} as quarters on activities.quarter = quarters.quarter
    where {{ in_quarters('activities.quarter', quarters) }}

),

located_volunteers as (

    {{ located('volunteers', 'unlocated.end_date') }}

),

-- Posts held on the last day of the quarter.
officers as (

    select
        posts.committee_code,
        posts.full_time_share,
        posts.quarter,
        quarters.end_date
    from ({{ current_rows('stg_police__community_officers') }}) as posts
    inner join {{ ref('int_quarters__known') }} as quarters
        on posts.quarter = quarters.quarter
        and quarters.end_date between posts.post_start_date and coalesce(posts.post_end_date, {{ far_future() }})
    where {{ in_quarters('posts.quarter', quarters) }}

),

located_officers as (

    {{ located('officers', 'unlocated.end_date') }}

),

entrances as (

    select
        devices.compound_code,
        devices.committee_code,
        devices.has_working_camera and devices.has_working_access_control as is_working,
        devices.quarter,
        quarters.end_date
    from ({{ current_rows('stg_police__security_devices') }}) as devices
    inner join {{ ref('int_quarters__known') }} as quarters on devices.quarter = quarters.quarter
    where {{ in_quarters('devices.quarter', quarters) }}

),

located_entrances as (

    {{ located('entrances', 'unlocated.end_date', compound='compound_code') }}

),

counted as (

    select
        quarter,
        located_committee_code as committee_code,
        'active_volunteers' as resource_code,
        cast(count(distinct volunteer_number) as decimal(18, 2)) as amount
    from located_volunteers
    group by quarter, located_committee_code

    union all

    select quarter, located_committee_code, 'volunteer_activities', count(*)
    from located_volunteers
    group by quarter, located_committee_code

    union all

    select quarter, located_committee_code, 'community_officers', sum(full_time_share)
    from located_officers
    group by quarter, located_committee_code

    union all

    select quarter, located_committee_code, 'entrances', count(*)
    from located_entrances
    group by quarter, located_committee_code

    union all

    select quarter, located_committee_code, 'working_entrances', count(case when is_working then 1 end)
    from located_entrances
    group by quarter, located_committee_code

)

select
    committees.quarter,
    committees.committee_code,
    committees.sub_district_code,
    counted.resource_code,
    counted.amount,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from counted
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on counted.quarter = inputs.quarter and inputs.subject_code = 'prevention_resources'
inner join {{ ref('int_areas__nested') }} as committees
    on counted.quarter = committees.quarter
    and counted.committee_code = committees.committee_code
    and committees.area_level_code = 'committee'
