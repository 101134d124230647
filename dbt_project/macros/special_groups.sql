{# Words about special groups that several models share. #}

{# What is said of a spell, whatever it is known since. #}
{% macro spell_columns() -%}
    {{ return([
        'spell_id', 'group_code', 'person_id', 'is_identified', 'committee_code', 'sub_district_code', 'start_date',
        'end_date', 'end_reason_code', 'has_plan',
    ]) }}
{%- endmacro %}
