{{ config(
    materialized='incremental',
    meta={'subject': 'incidents', 'keeps_known_quarters_only': true},
) }}
{%- set quarters = stale_quarters() %}

with

alarms as (

    select
        'police.alarms_110' as extract,
        alarm_number as event_number,
        alarm_category_code as category_code,
        cast(alarm_at as date) as incident_date,
        quarter,
        committee_code,
        compound_code,
        alarm_disposal_code = '1' and repeated_alarm_number is null as is_counted,
        cast(null as date) as cleared_date,
        false as is_cleared,
        0 as injured_count,
        0 as death_count,
        cast(0 as decimal(18, 2)) as direct_loss_yuan
    from ({{ current_rows('stg_police__alarms_110') }})
    where {{ in_quarters('quarter', quarters) }}

),

-- A case belongs to the quarter in which it was recorded, and to the place where it happened on its day.
cases as (

    select
        'police.cases' as extract,
        case_number as event_number,
        case_type_code as category_code,
        coalesce(occurred_date, recorded_date) as incident_date,
        quarter,
        committee_code,
        compound_code,
        case_status_code <> '3' as is_counted,
        case when case_status_code = '2' then coalesce(cleared_date, recorded_date) end as cleared_date,
        case_status_code = '2' as is_cleared,
        0 as injured_count,
        0 as death_count,
        cast(0 as decimal(18, 2)) as direct_loss_yuan
    from ({{ current_rows('stg_police__cases') }})
    where {{ in_quarters('quarter', quarters) }}

),

accidents as (

    select
        'police.traffic_accidents' as extract,
        accident_number as event_number,
        cast(null as varchar) as category_code,
        cast(occurred_at as date) as incident_date,
        quarter,
        committee_code,
        cast(null as varchar) as compound_code,
        true as is_counted,
        cast(null as date) as cleared_date,
        false as is_cleared,
        injured_count,
        death_count,
        coalesce(direct_loss_yuan, 0) as direct_loss_yuan
    from ({{ current_rows('stg_police__traffic_accidents') }})
    where {{ in_quarters('quarter', quarters) }}

),

fires as (

    select
        'fire.fires' as extract,
        fire_number as event_number,
        cast(null as varchar) as category_code,
        cast(occurred_at as date) as incident_date,
        quarter,
        committee_code,
        compound_code,
        is_confirmed as is_counted,
        cast(null as date) as cleared_date,
        false as is_cleared,
        injured_count,
        death_count,
        direct_loss_yuan
    from ({{ current_rows('stg_fire__fires') }})
    where {{ in_quarters('quarter', quarters) }}

),

incidents as (

    select * from alarms
    union all
    select * from cases
    union all
    select * from accidents
    union all
    select * from fires

),

located_on_its_day as (

    {{ located('incidents', 'unlocated.incident_date', compound='compound_code') }}

),

with_last_day as (

    select
        events.extract,
        events.event_number,
        events.category_code,
        events.incident_date,
        events.quarter,
        events.committee_code,
        events.compound_code,
        events.is_counted,
        events.cleared_date,
        events.is_cleared,
        events.injured_count,
        events.death_count,
        events.direct_loss_yuan,
        events.located_committee_code as committee_code_on_its_day,
        events.located_sub_district_code as sub_district_code_on_its_day,
        quarters.end_date
    from located_on_its_day as events
    inner join {{ ref('int_quarters__known') }} as quarters on events.quarter = quarters.quarter

),

located_on_last_day as (

    {{ located('with_last_day', 'unlocated.end_date', compound='compound_code') }}

)

select
    located.extract || ':' || located.event_number as incident_id,
    case located.extract
        when 'fire.fires' then 'fire'
        when 'police.traffic_accidents' then 'road_accident'
        else types.incident_type_code
    end as incident_type_code,
    located.incident_date,
    located.quarter,
    located.committee_code_on_its_day as committee_code,
    located.sub_district_code_on_its_day as sub_district_code,
    located.compound_code,
    located.located_committee_code as quarter_committee_code,
    located.is_counted,
    coalesce(types.is_alarm_type, false) as is_alarm_type,
    coalesce(types.is_preventable, false) as is_preventable,
    located.is_cleared,
    located.cleared_date,
    located.injured_count,
    located.death_count,
    located.direct_loss_yuan,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from located_on_last_day as located
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on located.quarter = inputs.quarter and inputs.subject_code = 'incidents'
left join {{ ref('incident_types') }} as types
    on located.extract = types.extract and located.category_code = types.source_category_code
