{{ config(materialized='table') }}

with

latest_quarters as (

    select
        groups.group_code,
        max(delivered.quarter) as quarter
    from {{ ref('int_extracts__delivered') }} as delivered
    inner join {{ ref('special_groups') }} as groups on delivered.extract = groups.extract
    group by groups.group_code

),

numbered as (

    select
        *,
        row_number() over (partition by spell_id order by quarter desc) as place
    from {{ ref('int_special_groups__listed') }}

),

-- A spell that the newest list no longer has ended with the last quarter that had it.
ended as (

    select
        listed.*,
        case
            when listed.quarter < latest_quarters.quarter
                and coalesce(listed.end_date, {{ far_future() }}) > {{ quarter_end('listed.quarter') }}
                then {{ quarter_end('listed.quarter') }}
        end as unlisted_end_date
    from numbered as listed
    inner join latest_quarters on listed.group_code = latest_quarters.group_code
    where listed.place = 1

),

known as (

    select
        ended.*,
        run.end_date as run_end_date,
        coalesce(ended.unlisted_end_date, ended.end_date) as known_end_date,
        case when ended.unlisted_end_date is not null then 'not_listed' else ended.end_reason_code end
            as known_end_reason_code
    from ended
    cross join {{ ref('int_quarters__known') }} as run
    where run.is_run_quarter

)

select
    spell_id,
    group_code,
    person_id,
    is_identified,
    committee_code,
    sub_district_code,
    start_date,
    case when known_end_date <= run_end_date then known_end_date end as end_date,
    case when known_end_date <= run_end_date then known_end_reason_code end as end_reason_code,
    has_plan,
    quarter as known_quarter
from known
