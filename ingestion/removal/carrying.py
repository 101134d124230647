"""Carrying out removals: what is held of a delivery is made again from a copy of its file without the rows.

Belongs here: taking rows out of archive, raw, vault and quarantine, and letting go of deliveries past their time; all
of it can be stopped anywhere and begun again. Does not belong here: which rows (``finding``), orders (``orders``).
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingestion import archive
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.identity.forgetting import forget, linked_rows
from ingestion.ledger import Delivery, list_records, write_record
from ingestion.loading import load_again
from ingestion.reasons import FileRefused
from ingestion.removal.blanking import write_without_rows
from ingestion.removal.finding import RowFinder
from ingestion.removal.orders import Order, carried_out_orders, read_orders, write_order
from ingestion.removal.refused import let_go_of_refused, refused_and_concerned
from ingestion.workbench import Workbench
from warehouse.build_database import build_database_files
from warehouse.files import UNFINISHED, sha256_file, write_json
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

_NO_ROWS = {"rows_read_count": 0, "rows_accepted_count": 0, "rows_quarantined_count": 0, "rows_accounted_count": 0}
_NOTHING = _NO_ROWS | {"accounted": {}, "quarantined_by_reason": {}, "identity_quality": {}}


@dataclass
class Removed:
    """What was taken out. ``orders`` are those that were carried out, and ``persons`` whose rows went."""

    orders: list[Order] = field(default_factory=list)
    persons: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    expired_quarters: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.orders or self.changed or self.expired)


def without_removed_rows(
    layout: Layout, record: Delivery, contract: Contract, keys: Keys, bench: Workbench
) -> Delivery:
    """``record`` of a delivery just read, made again if the file has rows that may not be held.

    A minor's record found here is ordered to be sealed, so that lists which do not call it so give it up as well.
    """
    if record.verdict != "accepted" or not (contract.person or contract.sealing):
        return record
    finder = RowFinder(bench, contract, read_orders(layout, keys), keys)
    if not finder.has_work:
        return record
    minors = finder.records_of_minors(layout.home / str(record.raw_path))
    if minors:
        day = Quarter.parse(record.quarter).end_date
        write_order(layout, "seal", "record", minors, "minor", day, keys)
    concerned = _found(layout, record, contract, finder, bench)
    return _take_out(layout, concerned, bench) if concerned else record


def carry_out(
    layout: Layout,
    keys: Keys,
    on: dt.date | None = None,
    from_releases: Callable[[Removed], None] = lambda removed: None,
) -> Removed:
    """Take out of everything that is held what orders and retention ask for, and has not been taken out yet.

    ``on`` is the day by which deliveries are past their time; by default the last day of the newest round.
    ``from_releases`` takes the same persons out of what was released; it comes first, while the rows still tell whose
    they are. When rows go that were built upon, the build database goes too: models keep what they decided, and the
    file keeps freed blocks.
    """
    done = carried_out_orders(layout)
    orders, records = read_orders(layout, keys), list_records(layout)
    removed = Removed(orders=[order for order in orders if order.order_id not in done])
    overdue = past_their_time(records, on)
    removed.expired = [record.record_id for record in overdue]
    removed.expired_quarters = {record.quarter for record in overdue if registry().contract(record.extract).person}
    if removed.orders:
        with Workbench(layout, keys) as bench:
            concerned = list(_concerned(layout, records, removed.orders, keys, bench))
            removed.persons = {person for one in concerned for person in one.persons}
            removed.changed = [one.record.record_id for one in concerned]
            from_releases(removed)
            _forget_what_was_built(layout, removed)
            for one in concerned:
                # Of a file that is just being taken in nobody has a reply yet; of these somebody may.
                _drop_replies(layout, one.contract.department)
                write_record(layout, _take_out(layout, one, bench))
        # Before the bytes go, which are the sign that there is something left to do.
        for record in refused_and_concerned(records, removed.orders):
            _drop_replies(layout, record.department)
    elif overdue:
        from_releases(removed)
        _forget_what_was_built(layout, removed)
    # Replies to files that were refused after an order show no cell of theirs.
    let_go_of_refused(layout, records, orders)
    if removed:
        # Before deliveries past their time are let go: their records still say so to a run that begins again.
        forget(
            layout,
            keys,
            removed.persons | _erased(removed.orders),
            {name for name, contract in registry().contracts.items() if _is_concerned(removed.orders, contract)},
            {record.delivery_id for record in overdue},
        )
    # Records of which rows were taken out are others by now.
    for record in past_their_time(list_records(layout), on) if removed.changed else overdue:
        _let_go(layout, record)
    if removed:
        write_json(layout.removals, {"orders": sorted(done | {order.order_id for order in removed.orders})})
    return removed


def _forget_what_was_built(layout: Layout, removed: Removed) -> None:
    """Before the rows go: a removal that is stopped and begun again finds none by which it would know."""
    if removed.changed or removed.expired:
        for path in build_database_files(layout):
            path.unlink()


def _is_concerned(orders: Iterable[Order], contract: Contract) -> bool:
    return any(order.concerns(contract) for order in orders)


def _erased(orders: Iterable[Order]) -> set[str]:
    return {one for order in orders if order.kind == "erase" for one in order.pseudonyms}


def past_their_time(records: Iterable[Delivery], on: dt.date | None = None) -> list[Delivery]:
    """Accepted deliveries whose contract's retention, counted from the end of their quarter, is over."""
    records = list(records)
    if on is None:
        on = max((Quarter.parse(record.round).end_date for record in records), default=dt.date.min)
    return [
        record
        for record in records
        if record.verdict == "accepted" and kept_until(registry().contract(record.extract), record.quarter) < on
    ]


def kept_until(contract: Contract, quarter: str) -> dt.date:
    """The last day on which a delivery about ``quarter`` may be held."""
    end = Quarter.parse(quarter).end_date
    return Quarter(end.year + contract.retention_years, Quarter.parse(quarter).number).end_date


def _let_go(layout: Layout, record: Delivery) -> None:
    """Delete everything of a delivery but its record, which then says ``expired`` and counts no rows."""
    contract = registry().contract(record.extract)
    for path in _files_of(layout, record, contract):
        path.unlink(missing_ok=True)
    _drop_replies(layout, contract.department)
    kept = archive.archived_path(layout, record.file_sha256)
    archive.replace(layout, record.file_sha256, None, "expired")
    kept.unlink(missing_ok=True)
    write_record(layout, _holding_nothing(record))


def _holding_nothing(record: Delivery) -> Delivery:
    return record.changed(verdict="expired", raw_path=None, raw_sha256=None, **_NOTHING)


@dataclass(frozen=True)
class _Concerned:
    """A delivery with rows that may not be held: their numbers in the file, and whose they are."""

    record: Delivery
    contract: Contract
    rows: set[int]
    persons: set[str]


def _concerned(
    layout: Layout, records: Iterable[Delivery], orders: Sequence[Order], keys: Keys, bench: Workbench
) -> Iterator[_Concerned]:
    records = [record for record in records if record.verdict == "accepted"]
    linked = linked_rows(layout, _erased(orders))
    for contract in registry().contracts.values():
        if _is_concerned(orders, contract):
            finder = RowFinder(bench, contract, orders, keys)
            for record in records:
                also = linked.get(record.delivery_id, set())
                if record.extract == contract.extract and (
                    found := _found(layout, record, contract, finder, bench, also)
                ):
                    yield found


def _found(
    layout: Layout,
    record: Delivery,
    contract: Contract,
    finder: RowFinder,
    bench: Workbench,
    also: Iterable[int] = (),
) -> _Concerned | None:
    """``also``: rows that are linked to a person who must be forgotten, whatever their number says."""
    raw, _, quarantine = _files_of(layout, record, contract)
    rows = finder.rows_of(raw, quarantine, Quarter.parse(record.round).end_date).union(also)
    # Stopped after the rows went and before the record said so: it is read again.
    was_stopped = archive.is_replaced(layout, record.file_sha256) and (
        not raw.exists() or sha256_file(raw) != record.raw_sha256
    )
    if not rows and not was_stopped:
        return None
    return _Concerned(record, contract, rows, _persons_of(bench, raw, rows))


def _take_out(layout: Layout, concerned: _Concerned, bench: Workbench) -> Delivery:
    """Blank the rows in the archived file and make everything that is held of the delivery again from it."""
    path = archive.archived_path(layout, concerned.record.file_sha256)
    if concerned.rows:
        scratch = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}removal-", dir=layout.vault))
        try:
            write_without_rows(path, scratch / "file", concerned.contract, concerned.rows)
            archive.replace(layout, path.name, scratch / "file", "rows removed", concerned.rows)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return _read_again(layout, concerned.record, concerned.contract, bench)


def _read_again(layout: Layout, record: Delivery, contract: Contract, bench: Workbench) -> Delivery:
    """The record with the account of what is left. A file that is refused by now keeps its record and holds nothing."""
    path = archive.archived_path(layout, record.file_sha256)
    not_held = archive.rows_not_held(layout, record.file_sha256)
    try:
        return load_again(layout, record, contract, path, bench, len(not_held))
    except FileRefused:
        for left in _files_of(layout, record, contract):
            left.unlink(missing_ok=True)
        return _holding_nothing(record)


def _persons_of(bench: Workbench, raw: Path, rows: set[int]) -> set[str]:
    if not raw.exists() or not rows:
        return set()
    found = bench.connection.execute(
        "select distinct cast(person_pseudonym as varchar) from read_parquet($raw) where row_number in "
        "(select unnest($rows))",
        {"raw": str(raw), "rows": sorted(rows)},
    ).fetchall()
    return {pseudonym for (pseudonym,) in found}


def _files_of(layout: Layout, record: Delivery, contract: Contract) -> list[Path]:
    inside = Path(contract.department) / contract.name / f"quarter={record.quarter}" / f"{record.delivery_id}.parquet"
    return [layout.raw / inside, layout.vault / inside, layout.quarantine / inside]


def _drop_replies(layout: Layout, department: str) -> None:
    """Replies to a department hold its own rows; they are written again when they are asked for."""
    shutil.rmtree(layout.replies(department), ignore_errors=True)
