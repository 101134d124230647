-- What was due and held on time is told by role once, and no contact is lost between the two marts.
with

by_role as (

    select
        group_code,
        area_code,
        quarter,
        sum(contacts_due_count) as contacts_due_count,
        sum(contacts_on_time_count) as contacts_on_time_count
    from {{ ref('fct_service_contact_quarter') }}
    group by group_code, area_code, quarter

)

select
    groups.group_code,
    groups.area_code,
    groups.quarter
from {{ ref('fct_special_group_quarter') }} as groups
left join by_role
    on groups.group_code = by_role.group_code
    and groups.area_code = by_role.area_code
    and groups.quarter = by_role.quarter
where groups.contacts_due_count <> coalesce(by_role.contacts_due_count, 0)
    or groups.contacts_on_time_count <> coalesce(by_role.contacts_on_time_count, 0)
