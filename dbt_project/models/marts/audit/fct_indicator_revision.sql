select
    area_code,
    quarter,
    indicator_code,
    revision_number,
    area_level_code,
    known_round,
    numerator,
    denominator,
    value,
    status_code,
    false as is_first_known_here
from {{ ref('stg_releases__indicator_revisions') }}
where quarter in (select quarter from {{ ref('int_quarters__known') }})

union all

select
    area_code,
    quarter,
    indicator_code,
    revision_number,
    area_level_code,
    known_round,
    numerator,
    denominator,
    value,
    status_code,
    true as is_first_known_here
from {{ ref('int_indicators__revised') }}
