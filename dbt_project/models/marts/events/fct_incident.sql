{{ config(
    materialized='amended',
    meta={'reach': {'of': 'int_incidents__located', 'part': 'quarter', 'record': ['quarter']}},
) }}

select
    incident_id,
    incident_type_code,
    incident_date,
    quarter,
    committee_code,
    sub_district_code,
    compound_code,
    is_counted,
    is_alarm_type,
    is_cleared,
    injured_count,
    death_count,
    direct_loss_yuan
from {{ ref('int_incidents__located') }}
{{ within_reach() }}
