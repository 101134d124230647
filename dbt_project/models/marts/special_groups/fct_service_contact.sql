-- A visit whose spell is not among the spells known here (a wrong number, or a record that is left out) stays out.
select
    visits.contact_id,
    spells.group_code,
    visits.spell_id,
    spells.person_id,
    visits.contact_date,
    visits.due_date,
    visits.visitor_role_code,
    visits.is_on_time,
    visits.committee_code,
    visits.sub_district_code,
    visits.quarter
from {{ ref('int_visits__located') }} as visits
inner join {{ ref('int_special_groups__spells') }} as spells
    on visits.spell_id = spells.spell_id and spells.superseded_round is null
