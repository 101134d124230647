select
    {{ spell_columns() | join(',\n    ') }},
    known_quarter,
    known_round
from {{ ref('int_special_groups__spells') }}
where superseded_round is null
