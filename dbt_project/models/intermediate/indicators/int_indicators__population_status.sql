with

verified as (

    select
        quarter,
        committee_code,
        'A1' as indicator_code,
        verified_count as numerator,
        on_register_count as denominator
    from {{ ref('int_committees__populated') }}

),

registered_in_time as (

    select
        committees.quarter,
        committees.committee_code,
        'A2' as indicator_code,
        committees.rented_and_registered_count + coalesce(newcomers.timely_newcomer_count, 0) as numerator,
        committees.rented_count + coalesce(newcomers.newcomer_count, 0) as denominator
    from {{ ref('int_committees__populated') }} as committees
    left join {{ ref('int_newcomers__counted') }} as newcomers
        on committees.quarter = newcomers.quarter and committees.committee_code = newcomers.committee_code

),

elderly as (

    select
        quarter,
        committee_code,
        'A6' as indicator_code,
        count(case when is_contacted_as_agreed then 1 end) as numerator,
        count(*) as denominator
    from {{ ref('int_special_groups__served') }}
    where group_code = 'elderly_living_alone' and is_persons_latest
    group by quarter, committee_code

)

select * from verified
union all
select * from registered_in_time
union all
select * from elderly
