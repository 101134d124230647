with

served as (

    select
        group_code,
        quarter,
        committee_code,
        count(case when is_persons_latest then 1 end) as person_count,
        sum(contacts_due_count) as contacts_due_count,
        sum(contacts_on_time_count) as contacts_on_time_count,
        count(case when is_persons_latest and has_plan then 1 end) as with_plan_count
    from {{ ref('int_special_groups__served') }}
    group by group_code, quarter, committee_code

)

select
    groups.group_code,
    areas.area_code,
    areas.quarter,
    areas.area_level_code,
    cast(sum(coalesce(served.person_count, 0)) as integer) as person_count,
    cast(sum(coalesce(served.contacts_due_count, 0)) as integer) as contacts_due_count,
    cast(sum(coalesce(served.contacts_on_time_count, 0)) as integer) as contacts_on_time_count,
    cast(sum(coalesce(served.with_plan_count, 0)) as integer) as with_plan_count,
    cast(sum(coalesce(covered.insured_count, 0)) as integer) as insured_count,
    cast(sum(coalesce(covered.supported_count, 0)) as integer) as supported_count,
    cast(sum(coalesce(covered.family_planning_count, 0)) as integer) as family_planning_count,
    cast(sum(coalesce(covered.employed_count, 0)) as integer) as employed_count
from {{ ref('int_areas__nested') }} as areas
cross join {{ ref('special_groups') }} as groups
left join served
    on areas.quarter = served.quarter
    and areas.committee_code = served.committee_code
    and groups.group_code = served.group_code
left join {{ ref('int_special_groups__covered') }} as covered
    on areas.quarter = covered.quarter
    and areas.committee_code = covered.committee_code
    and groups.group_code = covered.group_code
group by groups.group_code, areas.area_code, areas.quarter, areas.area_level_code
