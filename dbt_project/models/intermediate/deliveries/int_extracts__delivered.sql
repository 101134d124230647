with

counted as (

    select
        quarter,
        extract,
        count(distinct period) as period_count,
        min(period) not like '%Q%' as is_monthly
    from {{ ref('int_deliveries__current') }}
    group by quarter, extract

)

select
    quarter,
    extract,
    period_count,
    period_count = case when is_monthly then 3 else 1 end as is_complete
from counted
