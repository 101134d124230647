"""Loading one file: its rows as they were judged go to raw, vault and quarantine.

Belongs here: keeping what a delivery holds. Does not belong here: judging it (``judging``), whether the file is to be
read, and its record (``intake``).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ingestion import ledger
from ingestion.contracts.models import Contract
from ingestion.judging import judge
from ingestion.ledger import Delivery
from ingestion.promotion import DeliveryFiles
from ingestion.workbench import Workbench
from warehouse.files import sha256_file
from warehouse.layout import Layout
from warehouse.quarters import Quarter


def load(
    layout: Layout, base: Delivery, contract: Contract, path: Path, accepted: list[Delivery], bench: Workbench
) -> Delivery:
    """Read the file into raw, vault and quarantine, and return ``base`` with the account of its rows.

    ``accepted`` are the extract's accepted deliveries so far. Raises FileRefused, and then nothing of the file stays.
    """
    with DeliveryFiles(layout, contract, base.quarter, base.delivery_id) as files:
        account = judge(contract, base.delivery_id, base.period, path, bench, files)
    earlier = [record for record in accepted if record.period == base.period]
    superseded = ledger.current_deliveries(earlier, Quarter.parse(base.round)).get((base.extract, base.period))
    return dataclasses.replace(
        base,
        **{field.name: getattr(account, field.name) for field in dataclasses.fields(account)},
        verdict="accepted",
        version=len(earlier) + 1,
        supersedes=superseded.delivery_id if superseded else None,
        raw_path=str(files.raw_path.relative_to(layout.home)),
        raw_sha256=sha256_file(files.raw_path),
        key_id=bench.key_id if contract.person else None,
    )
