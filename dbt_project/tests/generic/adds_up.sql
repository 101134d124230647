{# Every area has the sum of the areas that lie in it, in every quarter. #}
{% test adds_up(model, measures) %}
with

parts as (

    select
        quarter,
        parent_code as area_code
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ model }}
    where parent_code is not null
    group by quarter, parent_code

)

select
    wholes.quarter,
    wholes.area_code
from {{ model }} as wholes
left join parts on wholes.quarter = parts.quarter and wholes.area_code = parts.area_code
where wholes.area_level_code <> 'committee'
    and (
        parts.area_code is null
        {%- for measure in measures %}
        or wholes.{{ measure }} <> parts.{{ measure }}
        {%- endfor %}
    )
{% endtest %}
