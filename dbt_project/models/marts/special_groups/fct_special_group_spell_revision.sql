select
    {{ spell_columns() | join(',\n    ') }},
    known_quarter,
    known_round,
    superseded_round
from {{ ref('int_special_groups__spells') }}
