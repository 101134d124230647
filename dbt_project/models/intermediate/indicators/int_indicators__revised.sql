with

numbered as (

    select
        *,
        row_number() over (partition by area_code, quarter, indicator_code order by revision_number desc) as place
    from {{ ref('stg_releases__indicator_revisions') }}

),

latest as (

    select * from numbered
    where place = 1

),

known as (

    select max(round) as known_round
    from {{ ref('stg_ledger__deliveries') }}

)

-- What has no figure yet, and what is now known otherwise. Releases keep these rows; none of them is ever changed.
select
    figures.area_code,
    figures.quarter,
    figures.indicator_code,
    cast(coalesce(latest.revision_number, 0) + 1 as integer) as revision_number,
    figures.area_level_code,
    greatest(known.known_round, figures.quarter) as known_round,
    figures.numerator,
    figures.denominator,
    figures.value,
    figures.status_code
from {{ ref('int_indicators__rolled_up') }} as figures
cross join known
left join latest
    on figures.area_code = latest.area_code
    and figures.quarter = latest.quarter
    and figures.indicator_code = latest.indicator_code
where latest.area_code is null
    or figures.status_code <> latest.status_code
    or coalesce(figures.numerator, -1) <> coalesce(latest.numerator, -1)
    or coalesce(figures.denominator, -1) <> coalesce(latest.denominator, -1)
