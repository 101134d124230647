{# The ledger says how many rows each delivery has; a raw file that is missing or cut short says otherwise. #}
{%- set staged = [
    'stg_civil_affairs__assistance',
    'stg_drug_control__rehabilitation_register',
    'stg_drug_control__visits',
    'stg_family_planning__services',
    'stg_fire__fires',
    'stg_governance__areas',
    'stg_governance__hazards',
    'stg_governance__hotline_tickets',
    'stg_governance__psychological_service',
    'stg_governance__volunteers',
    'stg_health__mental_disorder_services',
    'stg_justice__community_corrections',
    'stg_justice__mediations',
    'stg_labour__employment',
    'stg_medical_insurance__enrolments',
    'stg_police__alarms_110',
    'stg_police__cases',
    'stg_police__community_officers',
    'stg_police__security_devices',
    'stg_police__traffic_accidents',
    'stg_population__dwellings',
    'stg_population__household_visits',
    'stg_population__migrant_residents',
    'stg_population__overseas_residents',
    'stg_population__registered_residents',
    'stg_social_security__contributions',
    'stg_youth_league__youth_services',
] + contracted_group_models() -%}

with

staged as (

    {% for name in staged -%}
    select delivery_id, count(*) as row_count
    from {{ ref(name) }}
    where quarter = {{ known_run_quarter() }}
    group by delivery_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    deliveries.delivery_id,
    deliveries.rows_accepted_count,
    staged.row_count
from {{ ref('int_deliveries__current') }} as deliveries
left join staged on deliveries.delivery_id = staged.delivery_id
where deliveries.quarter = {{ known_run_quarter() }}
    and deliveries.rows_accepted_count <> coalesce(staged.row_count, 0)
