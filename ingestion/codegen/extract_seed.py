"""The extracts as a seed, from which dbt learns what is due from whom, and when.

Belongs here: one line an extract. Does not belong here: whether it came (the ledger knows).
"""

from __future__ import annotations

import csv
import io

from ingestion.contracts.registry import Registry

_COLUMNS = ("extract", "department", "rhythm_code", "due_day_count", "title_zh", "title_en")


def extract_seed(registry: Registry) -> str:
    """The seed's text, in the order of the contracts."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for contract in registry.contracts.values():
        delivery, title = contract.delivery, contract.title
        writer.writerow((contract.extract, contract.department, delivery.rhythm, delivery.due_days, title.zh, title.en))
    return text.getvalue()
