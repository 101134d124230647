{{ config(materialized='incremental', meta={'subject': 'residence'}) }}
{%- set quarters = stale_quarters() %}

with

newcomers as (

    select
        residents.quarter,
        residents.committee_code,
        dwellings.compound_code,
        quarters.end_date,
        {{ working_days_between('residents.arrival_date', 'residents.registration_date') }} <= 3 as is_timely
    from ({{ current_rows('stg_population__migrant_residents') }}) as residents
    inner join {{ ref('int_quarters__known') }} as quarters
        on residents.quarter = quarters.quarter
        and residents.arrival_date between quarters.start_date and quarters.end_date
    left join {{ ref('int_dwellings__located') }} as dwellings
        on residents.dwelling_code = dwellings.dwelling_code
        and residents.quarter = dwellings.quarter
        -- Said of both, so that no other quarter's dwellings are read.
        and {{ in_quarters('dwellings.quarter', quarters) }}
    where {{ in_quarters('residents.quarter', quarters) }}

),

located as (

    {{ located('newcomers', 'unlocated.end_date', compound='compound_code') }}

),

counted as (

    select
        quarter,
        located_committee_code as committee_code,
        count(*) as newcomer_count,
        count(case when is_timely then 1 end) as timely_newcomer_count
    from located
    where located_committee_code is not null
    group by quarter, located_committee_code

)

select
    counted.*,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from counted
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on counted.quarter = inputs.quarter and inputs.subject_code = 'residence'
