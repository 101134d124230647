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

{# By quarter, the committees that count on its last day: those whose sub-district is in force, too. #}
{% macro areas_of_last_day() -%}
    select
        quarter,
        md5(string_agg(
            concat_ws('>', committee_code, sub_district_code, parent_code), ',' order by committee_code, parent_code
        )) as areas
    from {{ ref('int_areas__nested') }}
    where area_level_code <> 'district'
    group by quarter
{%- endmacro %}

{# By quarter, what the map said of every day up to its end, by every code that a department may write; what it says of
   the days after changes nothing. Codes are written ahead by a quarter at most: what was sent before can't name a
   committee that was set up later, and what is sent again opens its quarter by itself. Without this every new committee
   would open all quarters. #}
{% macro maps_of_every_day() -%}
    select
        quarters.quarter,
        md5(string_agg(
            concat_ws(
                '>', places.place_code, places.committee_code, places.sub_district_code, places.valid_from_date,
                least(places.valid_to_date, quarters.end_date)
            ), ',' order by places.place_code, places.valid_from_date, places.committee_code
        )) as placements
    from {{ ref('int_quarters__known') }} as quarters
    inner join {{ ref('int_areas__placed') }} as places on places.valid_from_date <= quarters.end_date
    where not places.is_written_early or places.valid_to_date < {{ quarter_end(quarter_plus('quarters.quarter', 1)) }}
    group by quarters.quarter
{%- endmacro %}
