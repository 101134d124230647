{# No two rows of one key are valid on the same day; otherwise a join by day would count twice. #}
{% test periods_do_not_overlap(model, key, valid_from, valid_to) %}
select
    earlier.{{ key }},
    earlier.{{ valid_from }} as earlier_from,
    later.{{ valid_from }} as later_from
from {{ model }} as earlier
inner join {{ model }} as later
    on earlier.{{ key }} = later.{{ key }}
    and earlier.{{ valid_from }} < later.{{ valid_from }}
    and coalesce(earlier.{{ valid_to }}, {{ far_future() }}) >= later.{{ valid_from }}
{% endtest %}
