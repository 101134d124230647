{%- set measures = [
    ('B1', "incident_type_code = 'alarm_110' and is_alarm_type", 'resident_count'),
    ('B2', "incident_type_code = 'residential_burglary'", 'household_count'),
    ('B3', "incident_type_code = 'vehicle_theft'", 'resident_count'),
    ('B4', "incident_type_code = 'telecom_fraud'", 'resident_count'),
] -%}

with

incidents as (

    select
        quarter,
        quarter_committee_code as committee_code
        {%- for indicator, condition, _ in measures %},
        count(case when {{ condition }} then 1 end) as {{ indicator | lower }}_count
        {%- endfor %}
    from {{ ref('int_incidents__located') }}
    where is_counted
    group by quarter, quarter_committee_code

)

{% for indicator, _, denominator in measures -%}
select
    committees.quarter,
    committees.committee_code,
    '{{ indicator }}' as indicator_code,
    coalesce(incidents.{{ indicator | lower }}_count, 0) as numerator,
    committees.{{ denominator }} as denominator
from {{ ref('int_committees__populated') }} as committees
left join incidents
    on committees.quarter = incidents.quarter and committees.committee_code = incidents.committee_code
{{ 'union all' if not loop.last }}
{% endfor %}
