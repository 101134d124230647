{{ config(
    materialized='incremental',
    meta={'subject': 'mediations', 'keeps_known_quarters_only': true},
) }}
{%- set quarters = stale_quarters() %}

with

mediations as (

    select
        mediations.*,
        quarters.end_date
    from ({{ current_rows('stg_justice__mediations') }}) as mediations
    inner join {{ ref('int_quarters__known') }} as quarters on mediations.quarter = quarters.quarter
    where {{ in_quarters('mediations.quarter', quarters) }}

),

judged as (

    select
        mediation_number as mediation_id,
        closed_date,
        quarter,
        end_date,
        committee_code as reported_committee_code,
        dispute_type_code,
        mediation_outcome_code = '1' as is_agreed,
        coalesce({{ days_between('closed_date', 'reopened_date') }} <= 30, false) as is_reopened_within_30_days
    from mediations

),

located_on_its_day as (

    {{ located('judged', 'unlocated.closed_date', committee='reported_committee_code') }}

),

both_days as (

    select
        mediation_id,
        closed_date,
        quarter,
        end_date,
        reported_committee_code,
        located_committee_code as committee_code,
        located_sub_district_code as sub_district_code,
        dispute_type_code,
        is_agreed,
        is_reopened_within_30_days
    from located_on_its_day

),

located_on_last_day as (

    {{ located('both_days', 'unlocated.end_date', committee='reported_committee_code') }}

)

select
    located.mediation_id,
    located.closed_date,
    located.quarter,
    located.committee_code,
    located.sub_district_code,
    located.located_committee_code as quarter_committee_code,
    located.dispute_type_code,
    located.is_agreed,
    located.is_reopened_within_30_days,
    located.is_agreed and not located.is_reopened_within_30_days as is_successful,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from located_on_last_day as located
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on located.quarter = inputs.quarter and inputs.subject_code = 'mediations'
