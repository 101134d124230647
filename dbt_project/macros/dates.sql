{# Days, months and working days between two dates. #}

{% macro days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{# Monday-to-Friday days from a fixed Monday up to and including the day; public holidays count as working days. #}
{% macro working_days_up_to(day) -%}
    {%- set days = "date_diff('day', date '1900-01-01', " ~ day ~ ")" -%}
    (5 * cast(floor({{ days }} / 7.0) as integer) + least({{ days }} % 7 + 1, 5))
{%- endmacro %}

{# Working days after the first date, up to and including the second. #}
{% macro working_days_between(first, second) -%}
    ({{ working_days_up_to(second) }} - {{ working_days_up_to(first) }})
{%- endmacro %}

{# The last day that stands for "still in force" where a period of validity has no end. #}
{% macro far_future() -%}
    date '9999-12-31'
{%- endmacro %}

{# What is left of a sign's weight after its age, by half-life; without one the weight does not decay. #}
{% macro decayed(weight, half_life_month_count, age_day_count) -%}
    {{ weight }} * power(0.5, coalesce(greatest({{ age_day_count }}, 0) / 30.4375 / {{ half_life_month_count }}, 0))
{%- endmacro %}
