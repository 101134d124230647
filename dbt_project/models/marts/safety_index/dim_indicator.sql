select
    indicator_code,
    series_code,
    dimension_code,
    dimension_name_zh,
    dimension_name_en,
    name_zh,
    name_en,
    polarity_code,
    unit_zh,
    unit_en,
    weight,
    value_multiplier,
    window_quarter_count,
    published_level_code,
    is_special_group,
    display_order
from {{ ref('indicators') }}
