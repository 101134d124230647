{# Where something lies on a day: through its compound where it has one that is known, else by its committee code. #}
{% macro located(relation, day, compound=none, committee='committee_code') -%}
    select
        unlocated.*,
        {%- if compound %}
        coalesce(by_compound.committee_code, by_committee.committee_code) as located_committee_code,
        coalesce(by_compound.sub_district_code, by_committee.sub_district_code) as located_sub_district_code
        {%- else %}
        by_committee.committee_code as located_committee_code,
        by_committee.sub_district_code as located_sub_district_code
        {%- endif %}
    from {{ relation }} as unlocated
    {%- if compound %}
    left join {{ ref('int_areas__placed') }} as by_compound
        on unlocated.{{ compound }} = by_compound.place_code
        and {{ day }} between by_compound.valid_from_date and by_compound.valid_to_date
    {%- endif %}
    left join {{ ref('int_areas__placed') }} as by_committee
        on unlocated.{{ committee }} = by_committee.place_code
        and {{ day }} between by_committee.valid_from_date and by_committee.valid_to_date
{%- endmacro %}
