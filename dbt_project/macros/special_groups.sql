{# Words about special groups that several models share. #}

{# What is said of a spell, whatever it is known since. #}
{% macro spell_columns() -%}
    {{ return([
        'spell_id', 'group_code', 'person_id', 'is_identified', 'committee_code', 'sub_district_code', 'start_date',
        'end_date', 'end_reason_code', 'has_plan',
    ]) }}
{%- endmacro %}

{# Every list of a special group that was ever in force, and between which rounds it was. #}
{% macro lists_of_groups() -%}
    select
        groups.group_code,
        deliveries.delivery_id,
        deliveries.quarter,
        deliveries.known_round,
        deliveries.superseded_round,
        deliveries.raw_sha256
    from {{ ref('int_deliveries__known') }} as deliveries
    inner join {{ ref('special_groups') }} as groups on deliveries.extract = groups.extract
{%- endmacro %}

{# The rounds in which a list of such lists came or was decided on: what was known of its group changes in no other. #}
{% macro moments_of_groups(lists) -%}
    select group_code, known_round from {{ lists }}
    union
    select group_code, superseded_round from {{ lists }} where superseded_round is not null
{%- endmacro %}
