{{ config(materialized='table') }}

with

-- A visit whose spell is not among the spells known here (a minor's, or a wrong number) stays out.
visits as (

    select
        visits.visit_number,
        spells.spell_id,
        spells.group_code,
        spells.person_id,
        visits.visit_date,
        visits.visit_due_date,
        visits.visitor_role_code,
        visits.committee_code as reported_committee_code,
        visits.quarter
    from ({{ current_rows('stg_drug_control__visits') }}) as visits
    inner join {{ ref('int_special_groups__spells') }} as spells
        on md5('community_rehabilitation|' || visits.register_number) = spells.spell_id
        and spells.superseded_round is null

),

located as (

    {{ located('visits', 'unlocated.visit_date', committee='reported_committee_code') }}

)

select
    md5('visit|' || visit_number) as contact_id,
    group_code,
    spell_id,
    person_id,
    visit_date as contact_date,
    visit_due_date as due_date,
    visitor_role_code,
    visit_date <= visit_due_date as is_on_time,
    located_committee_code as committee_code,
    located_sub_district_code as sub_district_code,
    quarter
from located
