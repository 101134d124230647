select
    extract,
    quarter,
    delivery_id,
    row_number,
    record_pseudonym,
    counted_person_id as person_id,
    is_linked,
    counted_since_round as known_round
from {{ ref('int_links__decided') }}
where superseded_round is null
