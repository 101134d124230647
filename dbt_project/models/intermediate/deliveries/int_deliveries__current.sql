select
    delivery_id,
    extract,
    period,
    quarter,
    round,
    version,
    rows_accepted_count,
    raw_sha256,
    known_round
from {{ ref('int_deliveries__known') }}
where superseded_round is null
