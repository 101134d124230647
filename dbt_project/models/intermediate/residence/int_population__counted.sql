{{ config(materialized='incremental', meta={'subject': 'residence'}) }}
{%- set quarters = stale_quarters() %}

with

persons as (

    select
        *,
        category_code <> 'other' as is_on_register
    from {{ ref('int_residence__decided') }}
    where {{ in_quarters('quarter', quarters) }}

),

residents as (

    select
        persons.quarter,
        persons.committee_code,
        persons.compound_code,
        count(*) as resident_count,
        count(case when persons.is_present then 1 end) as present_count,
        count(case when persons.category_code = 'migrant' then 1 end) as migrant_count,
        count(case when persons.category_code = 'overseas' then 1 end) as overseas_count,
        0 as registered_count,
        0 as registered_but_absent_count,
        count(distinct persons.dwelling_code) as household_count,
        count(case when {{ year_of_quarter('persons.quarter') }} - persons.birth_year >= 60 then 1 end)
            as aged_60_plus_count,
        count(case when not persons.is_identified then 1 end) as unidentified_count,
        count(case when persons.is_on_register then 1 end) as on_register_count,
        count(
            case
                when persons.is_on_register
                    and persons.verified_date > quarters.end_date - interval 12 month
                    and persons.verified_date <= quarters.end_date
                    then 1
            end
        ) as verified_count
    from persons
    inner join {{ ref('int_quarters__known') }} as quarters on persons.quarter = quarters.quarter
    where persons.is_resident and persons.committee_code is not null
    group by persons.quarter, persons.committee_code, persons.compound_code

),

-- The registered belong where they are registered, wherever they live.
registered as (

    select
        quarter,
        registered_committee_code as committee_code,
        cast(null as varchar) as compound_code,
        0 as resident_count,
        0 as present_count,
        0 as migrant_count,
        0 as overseas_count,
        count(*) as registered_count,
        count(case when is_registered_but_absent then 1 end) as registered_but_absent_count,
        0 as household_count,
        0 as aged_60_plus_count,
        0 as unidentified_count,
        0 as on_register_count,
        0 as verified_count
    from persons
    where is_registered and registered_committee_code is not null
    group by quarter, registered_committee_code

),

counted as (

    select * from residents
    union all
    select * from registered

)

select
    counted.*,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from counted
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on counted.quarter = inputs.quarter and inputs.subject_code = 'residence'
