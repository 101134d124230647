{# generated from the contracts by python -m ingestion.codegen — edit the contract #}

{% macro contracted_group_rows() -%}
    union all

    select
        'elderly_living_alone' as group_code,
        cast(person_id as varchar) || '|' || cast(listed_date as varchar) as spell_number,
        quarter,
        known_round,
        superseded_round,
        person_id,
        is_identified,
        listed_date as start_date,
        removed_date as reported_end_date,
        cast(null as date) as relapse_date,
        cast(null as boolean) as has_plan,
        contacts_due_count as contacts_due_count,
        contacts_held_count as contacts_held_count,
        committee_code
    from ({{ resolved_known_rows('stg_civil_affairs__elderly_living_alone') }})

{%- endmacro %}

{% macro contracted_group_models() -%}{{ return(["stg_civil_affairs__elderly_living_alone"]) }}{%- endmacro %}

{% macro contracted_group_extracts() -%}{{ return(["civil_affairs.elderly_living_alone"]) }}{%- endmacro %}
