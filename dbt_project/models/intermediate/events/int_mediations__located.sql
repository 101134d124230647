{{ config(materialized='table') }}

with

mediations as (

    select
        mediations.*,
        quarters.end_date
    from ({{ current_rows('stg_justice__mediations') }}) as mediations
    inner join {{ ref('int_quarters__known') }} as quarters on mediations.quarter = quarters.quarter

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
    mediation_id,
    closed_date,
    quarter,
    committee_code,
    sub_district_code,
    located_committee_code as quarter_committee_code,
    dispute_type_code,
    is_agreed,
    is_reopened_within_30_days,
    is_agreed and not is_reopened_within_30_days as is_successful
from located_on_last_day
