"""Judging one file by its contract: the way of its rows through readers and parsing, and the account of every row.

Belongs here: what a file's rows come to, whoever asks: intake, which keeps them, or a department that checks its file
before sending it. Does not belong here: keeping anything (``loading``), or what the file's name says (``discovery``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Full, Queue
from threading import Event
from typing import TYPE_CHECKING, Protocol

from ingestion.contracts.models import Contract
from ingestion.coverage import Coverage
from ingestion.ledger import NOT_HELD
from ingestion.parsing.batches import BatchParser, DividedBatch
from ingestion.parsing.quarantine import quarantined_misfits
from ingestion.readers import open_rows
from ingestion.readers.rows import Misfit, SentRows
from ingestion.reasons import FileRefused
from ingestion.workbench import Bench

if TYPE_CHECKING:
    import pyarrow as pa

#: Batches that are parsed beside one another.
_PARSERS = 2
#: A file with a larger share of its rows outside the period is another period's file.
_WRONG_PERIOD_SHARE = 0.5
#: Where spreadsheets of either generation end.
_ROW_LIMITS = frozenset({65_536, 1_048_576})


class Receiver(Protocol):
    """Takes what becomes of the rows, batch by batch in the file's order."""

    def write(self, batch: DividedBatch) -> None: ...

    def write_quarantined(self, rows: pa.Table) -> None: ...


class Screen(Protocol):
    """Holds back rows that would not be held; ``not_held_count`` is how many it has held back so far."""

    not_held_count: int

    def batch(self, batch: DividedBatch) -> DividedBatch: ...

    def quarantined(self, rows: pa.Table) -> pa.Table: ...


@dataclass(frozen=True, kw_only=True)
class RowAccount:
    """What became of a file's rows; the names are those of the ledger record."""

    rows_read_count: int
    rows_accepted_count: int
    rows_quarantined_count: int
    rows_accounted_count: int
    accounted: dict[str, int]
    quarantined_by_reason: dict[str, int]
    identity_quality: dict[str, int]
    refused_headers: list[str]
    notices: list[str]
    months_covered: list[str]
    areas_covered: list[str]
    committee_count: int


def judge(
    contract: Contract,
    delivery_id: str,
    period: str,
    path: Path,
    bench: Bench,
    receiver: Receiver,
    not_held_count: int = 0,
    screen: Screen | None = None,
) -> RowAccount:
    """Read the file at ``path`` as a delivery of ``period`` and hand its rows to ``receiver``.

    not_held_count: so many rows of data that came with the file are blank in the copy at ``path``.
    screen: holds back rows before the receiver has them; intake takes them out afterwards instead.
    Raises FileRefused when the file is refused whole, possibly after rows were handed on.
    """
    sent = open_rows(path, contract)
    parser = BatchParser(contract, delivery_id, period, sent, bench)
    accounted = Counter(sent.header.accounted)
    by_reason: Counter[str] = Counter()
    coverage = Coverage(contract)
    data_rows = outside_period = 0

    def set_aside(misfits: list[Misfit]) -> int:
        """Quarantine those that are data; how many they are."""
        nonlocal accounted, by_reason
        accounted += Counter(misfit.kind for misfit in misfits if misfit.kind)
        rows = quarantined_misfits(delivery_id, misfits, sent.header)
        if screen:
            rows = screen.quarantined(rows)
        receiver.write_quarantined(rows)
        by_reason += first_reasons(rows)
        return rows.num_rows

    for rows, parsed, misfits in _parsed_ahead(parser, sent):
        data_rows += set_aside(misfits)
        if rows is None or parsed is None:
            continue
        batch = parser.divide(rows, parsed)
        outside_period += batch.outside_period_count
        if screen:
            batch = screen.batch(batch)
        receiver.write(batch)
        accounted += batch.accounted
        by_reason += first_reasons(batch.quarantined)
        data_rows += batch.raw.num_rows + batch.quarantined.num_rows
        coverage.add(batch.raw)
    data_rows += set_aside(sent.take_misfits())
    accounted.subtract({"blank": not_held_count})
    accounted[NOT_HELD] = not_held_count + (screen.not_held_count if screen else 0)
    data_rows += accounted[NOT_HELD]
    if not data_rows:
        raise FileRefused("empty")
    if outside_period > _WRONG_PERIOD_SHARE * data_rows:
        raise FileRefused(
            "wrong_period",
            detail_zh=f"{data_rows} 行中有 {outside_period} 行的日期不在 {period} 内",
            detail_en=f"{outside_period} of {data_rows} rows have their day outside {period}",
        )
    read_rows = coverage.row_count + sum(by_reason.values()) + sum(accounted.values())
    cut_off = bool(_ROW_LIMITS & {data_rows, read_rows})
    return RowAccount(
        rows_read_count=read_rows,
        rows_accepted_count=coverage.row_count,
        rows_quarantined_count=sum(by_reason.values()),
        rows_accounted_count=sum(accounted.values()),
        accounted=_nonzero(accounted),
        quarantined_by_reason=_nonzero(by_reason),
        identity_quality=coverage.identity_quality,
        refused_headers=list(sent.header.refused),
        notices=sorted([*sent.notices, *["possible_truncation"] * cut_off]),
        months_covered=coverage.months,
        areas_covered=coverage.areas,
        committee_count=coverage.committee_count,
    )


def refuse_without_rows(account: RowAccount) -> None:
    """Raises FileRefused ``no_acceptable_row`` when a file has rows and every one of them was set aside: it would
    take the place of a good delivery and hold nothing. It is no part of judging, for of a delivery that was accepted
    once all sound rows may have been taken out since."""
    if not account.rows_accepted_count:
        counts = sorted(account.quarantined_by_reason.items(), key=lambda item: (-item[1], item[0]))
        raise FileRefused(
            "no_acceptable_row",
            rows=account.rows_quarantined_count,
            reasons="、".join(f"{reason} {count}" for reason, count in counts),
        )


def _parsed_ahead(
    parser: BatchParser, sent: SentRows
) -> Iterator[tuple[pa.Table | None, pa.Table | None, list[Misfit]]]:
    """The file's batches with what they parse to and the misfits met before or among them, in order; the next ones are
    read and parsed while one is written. Many misfits may come without a batch."""
    ready: Queue[tuple[pa.Table | None, Future | None, list[Misfit]] | None] = Queue(maxsize=_PARSERS)
    stopped = Event()

    def hand_on(item: tuple[pa.Table | None, Future | None, list[Misfit]] | None) -> None:
        while not stopped.is_set():
            with suppress(Full):
                return ready.put(item, timeout=0.1)

    def read() -> None:
        sent.hand_on = lambda misfits: hand_on((None, None, misfits))
        try:
            for rows in sent.batches:
                hand_on((rows, pool.submit(parser.parse, rows), sent.take_misfits()))
                if stopped.is_set():
                    return
        finally:
            hand_on(None)

    with ThreadPoolExecutor(max_workers=_PARSERS + 1, thread_name_prefix="read") as pool:
        reading = pool.submit(read)
        try:
            while item := ready.get():
                rows, parsed, misfits = item
                yield rows, parsed and parsed.result(), misfits
            reading.result()
        finally:
            # Where writing failed, nobody takes the batches any more.
            stopped.set()


def first_reasons(quarantined: pa.Table) -> Counter[str]:
    """Rows by the first of their reasons, the one that is counted."""
    import pyarrow.compute as pc

    if not quarantined.num_rows:
        return Counter()
    first = pc.struct_field(pc.list_element(quarantined["reasons"], 0), "reason_code")
    return Counter({pair["values"]: pair["counts"] for pair in pc.value_counts(first).to_pylist()})


def _nonzero(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}
