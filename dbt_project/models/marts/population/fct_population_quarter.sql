{%- set measures = [
    'resident_count', 'registered_count', 'present_count', 'migrant_count', 'overseas_count',
    'registered_but_absent_count', 'household_count', 'dwelling_count', 'compound_count', 'aged_60_plus_count',
    'unidentified_count',
] -%}

select
    areas.area_code,
    areas.quarter,
    areas.area_level_code,
    areas.parent_code,
    {%- for measure in measures %}
    cast(sum(committees.{{ measure }}) as integer) as {{ measure }},
    {%- endfor %}
    -- Known of an area when it is known of every committee in it.
    case
        when count(committees.daytime_count) = count(*) then cast(sum(committees.daytime_count) as integer)
    end as daytime_count
from {{ ref('int_areas__nested') }} as areas
inner join {{ ref('int_committees__populated') }} as committees
    on areas.quarter = committees.quarter and areas.committee_code = committees.committee_code
group by areas.area_code, areas.quarter, areas.area_level_code, areas.parent_code
