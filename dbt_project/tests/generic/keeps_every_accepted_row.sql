{# As many rows as ingestion accepted in the current deliveries of the extracts: what comes in comes out. #}
{% test keeps_every_accepted_row(model, extracts) %}
with

accepted as (

    select coalesce(sum(rows_accepted_count), 0) as row_count
    from {{ ref('int_deliveries__current') }}
    where extract in ('{{ extracts | join("', '") }}')

),

kept as (

    select count(*) as row_count
    from {{ model }}

)

select
    accepted.row_count as accepted_row_count,
    kept.row_count as kept_row_count
from accepted
cross join kept
where accepted.row_count <> kept.row_count
{% endtest %}
