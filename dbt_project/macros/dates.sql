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

{% macro days_after(day, days) -%}
    cast({{ day }} + to_days({{ days }}) as date)
{%- endmacro %}

{# The first day of a month of the quarter, counted from 0. #}
{% macro month_start(quarter, month_number) -%}
    cast({{ quarter_start(quarter) }} + to_months({{ month_number }}) as date)
{%- endmacro %}

{# The last day of a month of the quarter, included. #}
{% macro month_end(quarter, month_number) -%}
    cast({{ quarter_start(quarter) }} + to_months({{ month_number }} + 1) - interval 1 day as date)
{%- endmacro %}

{# A month of the quarter as periods are written: 201701. #}
{% macro month_of_quarter(quarter, month_number) -%}
    strftime({{ month_start(quarter, month_number) }}, '%Y%m')
{%- endmacro %}
