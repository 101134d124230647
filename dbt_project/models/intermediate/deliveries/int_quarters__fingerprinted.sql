{# A table, since every model that is kept by quarter asks it three times. What the quarter-by-quarter models read: an
   extract counts for its own quarter and for `reach` quarters after it. #}
{{ config(materialized='table') }}
{%- set registers = [
    'population.registered_residents', 'population.migrant_residents', 'population.overseas_residents',
    'population.household_visits', 'population.dwellings',
] -%}
{%- set services = [
    'labour.employment', 'social_security.contributions', 'medical_insurance.enrolments',
] -%}
{%- set service_events = ['civil_affairs.assistance', 'family_planning.services'] -%}
{%- set groups = [
    'drug_control.rehabilitation_register', 'justice.community_corrections',
] + contracted_group_extracts() -%}
{%- set kept_by_quarter = {
    'incidents': ['police.alarms_110', 'police.cases', 'police.traffic_accidents', 'fire.fires'],
    'mediations': ['justice.mediations'],
    'visits': ['drug_control.visits'],
    'prevention_resources': [
        'governance.volunteers', 'police.community_officers', 'police.security_devices',
    ],
} -%}
{%- set inputs = [] -%}
{%- for extract in registers + services %}{% do inputs.append(('residence', extract, 0)) %}{% endfor -%}
{%- for extract in service_events %}
    {%- do inputs.append(('residence', extract, var('evidence_reach_quarter_count'))) -%}
{% endfor -%}
{%- for extract in groups + services + service_events %}
    {%- do inputs.append(('special_groups', extract, 0)) -%}
{% endfor -%}
{%- for subject, extracts in kept_by_quarter.items() %}
    {%- for extract in extracts %}{% do inputs.append((subject, extract, 0)) %}{% endfor -%}
{% endfor -%}

with

inputs (subject_code, extract, reach_quarter_count) as (

    values
    {%- for subject, extract, reach in inputs %}
    ('{{ subject }}', '{{ extract }}', {{ reach }}){{ ',' if not loop.last }}
    {%- endfor %}

),

-- Whose a delivery's rows are, where their number alone does not say it.
linked as (

    {{ links_of_deliveries() }}

),

delivered as (

    select
        quarters.quarter,
        inputs.subject_code,
        string_agg(
            concat_ws('=', deliveries.delivery_id, deliveries.raw_sha256) || coalesce('>' || linked.links, ''),
            ',' order by deliveries.delivery_id
        ) as delivery_ids,
        max(greatest(deliveries.known_round, coalesce(linked.known_round, deliveries.known_round))) as known_round
    from {{ ref('int_deliveries__current') }} as deliveries
    inner join inputs on deliveries.extract = inputs.extract
    left join linked on deliveries.delivery_id = linked.delivery_id
    inner join {{ ref('int_quarters__known') }} as quarters
        on quarters.quarter_index - {{ quarter_index('deliveries.quarter') }} between 0 and inputs.reach_quarter_count
    group by quarters.quarter, inputs.subject_code

),

-- The geography of residence is that of the quarter's last day. By content, so that an unchanged map sent again changes
-- nothing; codes that were not yet in use are left out, so that a committee set up later does not reopen the quarters
-- before it, which would decide a whole population again.
geography_of_last_day as (

    select
        quarters.quarter,
        string_agg(
            concat_ws('>', places.place_code, places.committee_code, places.sub_district_code),
            ',' order by places.place_code, places.committee_code
        ) as placements
    from {{ ref('int_quarters__known') }} as quarters
    inner join {{ ref('int_areas__placed') }} as places
        on quarters.end_date between places.valid_from_date and places.valid_to_date
    where not places.is_written_early
    group by quarters.quarter

),

-- What happens lies where it lay on its day.
geography_of_every_day as (

    {{ maps_of_every_day("select extract from inputs where subject_code <> 'residence'") }}

),

areas as (

    {{ areas_of_last_day() }}

),

behind as (

    select
        delivered.subject_code,
        delivered.quarter,
        delivered.known_round,
        delivered.quarter
        || case when delivered.known_round > delivered.quarter then '@' || delivered.known_round else '' end
        || '|' || delivered.delivery_ids || '|' || coalesce(
            case
                when delivered.subject_code = 'residence' then geography_of_last_day.placements
                else geography_of_every_day.placements
            end, ''
        ) || '|' || coalesce(areas.areas, '') as inputs
    from delivered
    left join geography_of_last_day on delivered.quarter = geography_of_last_day.quarter
    left join geography_of_every_day on delivered.quarter = geography_of_every_day.quarter
    left join areas on delivered.quarter = areas.quarter

)

-- Residence remembers the quarter before, so what is behind a quarter is behind all later ones, too.
select
    subject_code,
    quarter,
    case subject_code
        when 'residence' then max(known_round) over (partition by subject_code order by quarter)
        else known_round
    end as known_round,
    md5(
        case subject_code
            when 'residence' then string_agg(inputs, ';') over (partition by subject_code order by quarter)
            else inputs
        end
    ) as input_fingerprint
from behind
