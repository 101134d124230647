"""The fingerprint of an extract's declaration: its contract, the fields and the code lists that it uses.

Belongs here: telling whether a file was read by today's contract. Does not belong here: the contracts.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry


def contract_sha256(contract: Contract) -> str:
    """sha256 over everything that the reading of a file depends on and that is declared."""
    return _of_extract(contract.extract)


@cache
def _of_extract(extract: str) -> str:
    declared = registry()
    contract = declared.contract(extract)
    fields = {name: declared.fields[name] for name in contract.columns}
    content = {
        "contract": contract.model_dump(mode="json"),
        "fields": {name: meaning.model_dump(mode="json") for name, meaning in fields.items()},
        "codes": {
            meaning.codes: {code: names.model_dump() for code, names in declared.code_lists[meaning.codes].items()}
            for meaning in fields.values()
            if meaning.codes
        },
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
