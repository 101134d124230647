{# All arithmetic on quarters. A quarter is text like 2017Q1, so that its alphabetical order is its order in time. #}

{# The quarter of the run, from the environment. There is no default: a run always says which quarter it is for. #}
{% macro run_quarter() -%}
    {%- set quarter = env_var('PINGAN_QUARTER') -%}
    {%- if not modules.re.fullmatch('[0-9]{4}Q[1-4]', quarter) -%}
        {{ exceptions.raise_compiler_error("PINGAN_QUARTER is '" ~ quarter ~ "'; write it like 2017Q1") }}
    {%- endif -%}
    '{{ quarter }}'
{%- endmacro %}

{% macro quarter_of(day) -%}
    (cast(extract(year from {{ day }}) as varchar) || 'Q' || cast(extract(quarter from {{ day }}) as varchar))
{%- endmacro %}

{# Quarters counted from the year 0, so that a difference of two is a number of quarters. #}
{% macro quarter_index(quarter) -%}
    (cast(substr({{ quarter }}, 1, 4) as integer) * 4 + cast(substr({{ quarter }}, 6, 1) as integer) - 1)
{%- endmacro %}

{% macro quarter_start(quarter) -%}
    make_date(
        cast(substr({{ quarter }}, 1, 4) as integer), cast(substr({{ quarter }}, 6, 1) as integer) * 3 - 2, 1
    )
{%- endmacro %}

{# The last day of the quarter, included. #}
{% macro quarter_end(quarter) -%}
    cast({{ quarter_start(quarter) }} + interval 3 month - interval 1 day as date)
{%- endmacro %}

{% macro quarter_plus(quarter, quarters) -%}
    (
        cast(cast(floor(({{ quarter_index(quarter) }} + {{ quarters }}) / 4.0) as integer) as varchar) || 'Q'
        || cast(({{ quarter_index(quarter) }} + {{ quarters }}) % 4 + 1 as varchar)
    )
{%- endmacro %}

{% macro year_of_quarter(quarter) -%}
    cast(substr({{ quarter }}, 1, 4) as integer)
{%- endmacro %}
