{{ config(materialized='incremental', meta={'subject': 'residence'}) }}
{%- set quarters = stale_quarters() %}

with

counted as (

    select
        quarter,
        committee_code,
        compound_code,
        count(*) as dwelling_count,
        count(case when is_rented then 1 end) as rented_count,
        count(case when is_rented and is_rental_registered then 1 end) as rented_and_registered_count
    from {{ ref('int_dwellings__located') }}
    where {{ in_quarters('quarter', quarters) }} and committee_code is not null
    group by quarter, committee_code, compound_code

)

select
    counted.*,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from counted
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on counted.quarter = inputs.quarter and inputs.subject_code = 'residence'
