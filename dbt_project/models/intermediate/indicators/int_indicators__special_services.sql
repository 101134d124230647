with

contacts as (

    select
        quarter,
        sub_district_code,
        case group_code when 'community_rehabilitation' then 'A3' else 'A4' end as indicator_code,
        sum(contacts_in_place_count) as numerator,
        sum(contacts_due_count) as denominator
    from {{ ref('int_special_groups__served') }}
    where group_code in ('community_rehabilitation', 'community_corrections')
    group by quarter, sub_district_code, group_code

),

mental_disorder as (

    select
        quarter,
        sub_district_code,
        'A5' as indicator_code,
        sum(followed_up_count) as numerator,
        sum(consented_count) as denominator
    from ({{ current_rows('stg_health__mental_disorder_services') }})
    group by quarter, sub_district_code

)

select * from contacts
union all
select * from mental_disorder
