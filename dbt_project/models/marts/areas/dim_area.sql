select
    area_code,
    valid_from_date,
    valid_to_date,
    area_level_code,
    area_name,
    area_name_en,
    parent_code,
    sub_district_code,
    grid_code,
    predecessor_code
from {{ ref('int_areas__dated') }}
