{{ config(materialized='amended') }}

select
    area_code,
    quarter,
    indicator_code,
    area_level_code,
    parent_code,
    numerator,
    denominator,
    value,
    status_code,
    window_quarter_count
from {{ ref('int_indicators__rolled_up') }}
