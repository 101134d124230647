"""dbt's doc blocks: the meaning of every field, once, for sources and hand-written models alike.

Belongs here: one block a field, named ``field_<name>``. Does not belong here: descriptions of models.
"""

from __future__ import annotations

from ingestion.contracts.registry import Registry
from ingestion.schema import (
    BIRTH_YEAR,
    DELIVERY_ID,
    IDENTITY_QUALITY_CODE,
    PERSON_PSEUDONYM,
    QUARTER,
    ROW_NUMBER,
)

_HEADER = (
    "<!-- generated from ingestion/contracts/fields/ by python -m ingestion.codegen — edit the contract's fields -->\n"
)


def doc_blocks(registry: Registry) -> str:
    """All blocks in the order of the fields, those that ingestion adds first."""
    added = (DELIVERY_ID, ROW_NUMBER, PERSON_PSEUDONYM, IDENTITY_QUALITY_CODE, BIRTH_YEAR, QUARTER)
    described = {column.name: (column.zh, column.en, column.unit) for column in added}
    described |= {name: (meaning.zh, meaning.en, meaning.unit) for name, meaning in registry.fields.items()}
    blocks = []
    for name, (zh, en, unit) in described.items():
        measured = f" [{unit}]" if unit else ""
        blocks.append(f"{{% docs field_{name} %}}\n{zh} / {en}{measured}\n{{% enddocs %}}\n")
    return _HEADER + "\n" + "\n".join(blocks)
