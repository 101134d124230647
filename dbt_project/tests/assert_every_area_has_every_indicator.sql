{# An area without a figure says so by its status; it is never left out. #}
select
    areas.quarter,
    areas.area_code,
    indicators.indicator_code
from {{ ref('fct_population_quarter') }} as areas
cross join {{ ref('dim_indicator') }} as indicators
left join {{ ref('fct_indicator_quarter') }} as figures
    on areas.quarter = figures.quarter
    and areas.area_code = figures.area_code
    and indicators.indicator_code = figures.indicator_code
where figures.indicator_code is null
