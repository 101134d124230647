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
   the days after changes nothing. Codes are written ahead of the map by a quarter at most: a committee set up later than
   in the quarter after the last round that sent one of the `extracts`, a query, for a quarter stands in none of its rows.
   Without this every new committee would open all quarters. #}
{% macro maps_of_every_day(extracts) -%}
    select
        quarters.quarter,
        md5(string_agg(
            concat_ws(
                '>', places.place_code, places.committee_code, places.sub_district_code, places.valid_from_date,
                least(places.valid_to_date, quarters.end_date)
            ), ',' order by places.place_code, places.valid_from_date, places.committee_code
        )) as placements
    from {{ ref('int_quarters__known') }} as quarters
    left join (
        select quarter, max(known_round) as last_round
        from {{ ref('int_deliveries__known') }}
        where extract in ({{ extracts }})
        group by quarter
    ) as sent on quarters.quarter = sent.quarter
    inner join (
        select *, max(valid_to_date) over (partition by place_code, is_written_early) as last_date
        from {{ ref('int_areas__placed') }}
    ) as places on places.valid_from_date <= quarters.end_date
    where not places.is_written_early
        or places.last_date < {{ quarter_end(quarter_plus('greatest(quarters.quarter, sent.last_round)', 1)) }}
    group by quarters.quarter
{%- endmacro %}
