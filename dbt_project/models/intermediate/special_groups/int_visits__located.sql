{{ config(materialized='incremental', meta={'subject': 'visits', 'keeps_known_quarters_only': true}) }}
{%- set quarters = stale_quarters() %}

with

visits as (

    select
        visit_number,
        md5('community_rehabilitation|' || register_number) as spell_id,
        visit_date,
        visit_due_date,
        visitor_role_code,
        committee_code as reported_committee_code,
        quarter
    from ({{ current_rows('stg_drug_control__visits') }})
    where {{ in_quarters('quarter', quarters) }}

),

located as (

    {{ located('visits', 'unlocated.visit_date', committee='reported_committee_code') }}

)

select
    md5('visit|' || located.visit_number) as contact_id,
    located.spell_id,
    located.visit_date as contact_date,
    located.visit_due_date as due_date,
    located.visitor_role_code,
    located.visit_date <= located.visit_due_date as is_on_time,
    located.located_committee_code as committee_code,
    located.located_sub_district_code as sub_district_code,
    located.quarter,
    {{ stored_fingerprint('inputs.input_fingerprint') }} as input_fingerprint
from located
inner join {{ ref('int_quarters__fingerprinted') }} as inputs
    on located.quarter = inputs.quarter and inputs.subject_code = 'visits'
