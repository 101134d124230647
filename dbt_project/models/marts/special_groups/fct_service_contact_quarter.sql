select
    contacts.group_code,
    areas.area_code,
    areas.quarter,
    contacts.contact_role_code,
    areas.area_level_code,
    cast(sum(contacts.contacts_due_count) as integer) as contacts_due_count,
    cast(sum(contacts.contacts_held_count) as integer) as contacts_held_count,
    cast(sum(contacts.contacts_on_time_count) as integer) as contacts_on_time_count
from {{ ref('int_areas__nested') }} as areas
inner join {{ ref('int_special_groups__contacted') }} as contacts
    on areas.quarter = contacts.quarter and areas.committee_code = contacts.committee_code
group by contacts.group_code, areas.area_code, areas.quarter, contacts.contact_role_code, areas.area_level_code
having sum(contacts.contacts_due_count) + sum(contacts.contacts_held_count) > 0
