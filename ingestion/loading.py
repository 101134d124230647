"""Loading one file: its rows as they were judged go to raw, vault and quarantine.

Belongs here: keeping what a delivery holds, beside what came before it. Does not belong here: judging its rows
(``judging``), whether the file is to be read, and its record (``intake``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ingestion import archive, ledger, suspicion
from ingestion.comparison import Difference, StoredRows, compare, count_rows, share_of_other_keys
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.judging import RowAccount, judge, refuse_without_rows
from ingestion.ledger import Delivery
from ingestion.manifests import Manifest, SentManifest
from ingestion.promotion import DeliveryFiles
from ingestion.workbench import Workbench
from warehouse.files import sha256_file
from warehouse.layout import Layout


@dataclass
class Loaded:
    """A delivery whose rows are judged and written under temporary names: ``record`` has the account of them, and
    ``files`` are still to be shown or dropped."""

    record: Delivery
    files: DeliveryFiles


def load(
    layout: Layout,
    accepted: Delivery,
    contract: Contract,
    path: Path,
    records: list[Delivery],
    manifest: SentManifest,
    bench: Workbench,
) -> Loaded:
    """Read the file for raw, vault and quarantine.

    ``accepted`` is the record that it gets if all is well; ``records`` are the extract's other ones, and the rows of
    those in force can be read. Raises FileRefused, and then nothing of the file stays.
    """
    current = ledger.current_deliveries(records)
    in_force = current.get((accepted.extract, accepted.period))
    supersedes = in_force is not None and in_force.precedence < accepted.precedence
    difference = None
    with ExitStack() as undoing:
        files = undoing.enter_context(
            DeliveryFiles(layout, contract, accepted.quarter, accepted.delivery_id, bench.vault.cipher)
        )
        agreed, not_held = _as_agreed(contract, accepted), len(archive.rows_not_held(layout, accepted.file_sha256))
        account = judge(agreed, accepted.delivery_id, accepted.period, path, bench, files, not_held)
        manifest.check_rows(account.rows_accepted_count + account.rows_quarantined_count + not_held)
        refuse_without_rows(account)
        rows = files.finish()
        refuse_another_district(layout, account.areas_covered, records, manifest)
        if rows and in_force and supersedes:
            difference = _difference(layout, contract, in_force, rows, manifest.content, bench)
        elif rows and not in_force:
            _refuse_repeated(layout, contract, accepted, current.values(), rows, manifest.content, bench)
        record = _with_account(layout, accepted, account, files, bench.key_id if contract.person else None).changed(
            supersedes=in_force.delivery_id if in_force and supersedes else None,
            outranked_by=in_force.delivery_id if in_force and not supersedes else None,
            rows_added_count=difference and difference.added_count,
            rows_removed_count=difference and difference.removed_count,
            rows_changed_count=difference and difference.changed_count,
        )
        undoing.pop_all()
    return Loaded(record, files)


def load_again(
    layout: Layout, record: Delivery, contract: Contract, path: Path, bench: Workbench, not_held_count: int = 0
) -> Delivery:
    """Read an accepted delivery's file once more, to replace rows that were lost; what was decided on it stands.

    not_held_count: so many rows that came with the file are blank in the copy at ``path``. Raises FileRefused.
    """
    with DeliveryFiles(layout, contract, record.quarter, record.delivery_id, bench.vault.cipher) as files:
        agreed = _as_agreed(contract, record)
        account = judge(agreed, record.delivery_id, record.period, path, bench, files, not_held_count)
        if not_held_count:
            # The copy without the rows has lost what a workbook carries beside them.
            account = dataclasses.replace(account, notices=record.notices)
        files.finish()
        return _with_account(layout, record, account, files, bench.key_id if contract.person else None)


def _as_agreed(contract: Contract, delivery: Delivery) -> Contract:
    """The contract with the headers that were in use between the delivery's quarter and its round."""
    return contract.as_of(delivery.quarter, delivery.round)


def _with_account(
    layout: Layout, record: Delivery, account: RowAccount, files: DeliveryFiles, key_id: str | None
) -> Delivery:
    return record.changed(
        **{field.name: getattr(account, field.name) for field in dataclasses.fields(account)},
        raw_path=str(files.raw_path.relative_to(layout.home)),
        raw_sha256=sha256_file(files.unfinished_raw),
        key_id=key_id,
    )


def refuse_another_district(
    layout: Layout, areas_covered: list[str], records: list[Delivery], manifest: SentManifest
) -> None:
    """Raises FileRefused when none of the areas is one that an accepted delivery or area list has spoken of."""
    if "another_district" in manifest.content.confirms or not areas_covered:
        return
    known = [record for record in records if record.verdict == "accepted"]
    for contract in registry().area_lists:
        known += [record for record in ledger.list_records(layout, contract.extract) if record.verdict == "accepted"]
    suspicion.refuse_another_district(areas_covered, {area for record in known for area in record.areas_covered})


def _difference(
    layout: Layout, contract: Contract, superseded: Delivery, rows: StoredRows, manifest: Manifest, bench: Workbench
) -> Difference:
    before = _stored_rows(layout, superseded)
    if before.vault:
        bench.vault.opened([superseded])
    difference = compare(bench.connection, bench.vault.cipher, contract, before, rows)
    if "not_whole" not in manifest.confirms:
        suspicion.refuse_partial(difference, superseded)
    return difference


def _refuse_repeated(
    layout: Layout,
    contract: Contract,
    accepted: Delivery,
    current: Iterable[Delivery],
    rows: StoredRows,
    manifest: Manifest,
    bench: Workbench,
) -> None:
    """Compare a snapshot with that of the period before. Events carry their days, which tell their period."""
    before = max((one for one in current if one.period < accepted.period), key=lambda one: one.period, default=None)
    may_repeat = contract.delivery.may_stay_the_same or "repeated_content" in manifest.confirms
    if before is None or may_repeat or contract.delivery.kind != "snapshot":
        return
    raw_before, raw_now = StoredRows(_stored_rows(layout, before).raw, None), StoredRows(rows.raw, None)
    if not suspicion.may_be_repeated(count_rows(raw_now), count_rows(raw_before)):
        return
    if (
        share_of_other_keys(bench.connection, bench.vault.cipher, contract, raw_before, raw_now)
        <= suspicion.REPEATED_MAX_SHARE
    ):
        suspicion.refuse_repeated(compare(bench.connection, bench.vault.cipher, contract, raw_before, raw_now), before)


def _stored_rows(layout: Layout, delivery: Delivery) -> StoredRows:
    raw = layout.home / str(delivery.raw_path)
    vault = layout.vault / raw.relative_to(layout.raw)
    return StoredRows(raw, vault if vault.exists() else None)
