"""The ledger: one record for every file that came, written last, with the verdict and the account of its rows.

Belongs here: the record, its place, reading it back, which delivery is current, the conservation of rows.
Does not belong here: how verdicts are reached (``intake``) or what they are called (``reasons``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from warehouse.files import UNFINISHED, read_json, write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter

#: ``withdrawn`` and ``reinstated`` are no verdicts on a file but later decisions on a delivery, recorded beside it;
#: ``expired`` takes the place of ``accepted`` when nothing of a delivery may be held any more.
Verdict = Literal["accepted", "refused", "duplicate", "withdrawn", "reinstated", "expired"]
DECISIONS = ("withdrawn", "reinstated")
#: Rows that came with the file and may not be held (``removal``); they are blank in its archived copy.
NOT_HELD = "not_held"
#: Kinds of rows that are neither accepted nor quarantined, each recognised by rule and counted.
ACCOUNTED_KINDS = ("header", "title", "note", "total", "signature", "blank", NOT_HELD)


@dataclass(frozen=True)
class Described:
    """What a column of the record is in SQL, and its meaning in both languages."""

    sql_type: str
    zh: str
    en: str


class ConservationError(RuntimeError):
    """Rows were lost or invented between a file and its zones. A fault of this program, never of the file."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A ledger record. The counts of rows are the file's records, header and notes included.

    A refused, duplicate or expired delivery has nothing loaded, and all its counts are 0.
    """

    delivery_id: Annotated[
        str, Described("VARCHAR", "交付编号", "Extract, period and first 12 hex digits of the file's sha256.")
    ]
    record_id: Annotated[str, Described("VARCHAR", "台账编号", "Name of this record; a repeated delivery has several.")]
    department: Annotated[str, Described("VARCHAR", "部门", "Department that sent the file.")]
    extract: Annotated[str, Described("VARCHAR", "数据集", "Extract, written department.extract.")]
    period: Annotated[str, Described("VARCHAR", "所属期", "Month or quarter that the file is about, from its name.")]
    quarter: Annotated[str, Described("VARCHAR", "季度", "Quarter that the period belongs to.")]
    round: Annotated[str, Described("VARCHAR", "批次", "Quarter in whose round the file came.")]
    received_date: Annotated[
        str | None,
        Described(
            "DATE", "收到日期", "Day on which the landed file was last changed, by China's time, when first read."
        ),
    ] = None
    file_name: Annotated[str, Described("VARCHAR", "文件名", "Name of the file, long runs of digits masked.")]
    file_sha256: Annotated[str, Described("VARCHAR", "文件摘要", "sha256 of the file.")]
    file_byte_count: Annotated[int, Described("BIGINT", "文件大小", "Size of the file in bytes.")]
    version: Annotated[
        int, Described("INTEGER", "版本", "Number of the version for its extract and period; 0 if not accepted.")
    ] = 0
    sequence: Annotated[
        int | None, Described("INTEGER", "序号", "Number that the sender's manifest gives this version of the period.")
    ] = None
    precedence: Annotated[
        str,
        Described(
            "VARCHAR", "先后", "Of the accepted deliveries of a period, the one whose text here sorts last is in force."
        ),
    ] = ""
    verdict: Annotated[
        Verdict,
        Described(
            "VARCHAR",
            "结论",
            "accepted, refused or duplicate; withdrawn and reinstated are later decisions on a delivery, "
            "expired says that nothing of it may be held.",
        ),
    ]
    reason_code: Annotated[str | None, Described("VARCHAR", "原因代码", "Why it was refused.")] = None
    reason_zh: Annotated[str | None, Described("VARCHAR", "原因（中文）", "The reason and the remedy in Chinese.")] = (
        None
    )
    reason_en: Annotated[str | None, Described("VARCHAR", "原因（英文）", "The reason and the remedy in English.")] = (
        None
    )
    supersedes: Annotated[str | None, Described("VARCHAR", "替代", "Delivery whose place this one takes.")] = None
    outranked_by: Annotated[
        str | None,
        Described("VARCHAR", "未取代", "Delivery in force when this one came, whose place it does not take."),
    ] = None
    rows_added_count: Annotated[
        int | None,
        Described("BIGINT", "新增行数", "Rows whose key the superseded delivery does not have; empty without one."),
    ] = None
    rows_removed_count: Annotated[
        int | None, Described("BIGINT", "减少行数", "Rows of the superseded delivery whose key this one does not have.")
    ] = None
    rows_changed_count: Annotated[
        int | None, Described("BIGINT", "变更行数", "Rows with a key of the superseded delivery and other content.")
    ] = None
    manifest_sha256: Annotated[
        str | None, Described("VARCHAR", "清单摘要", "sha256 of the manifest beside the file; empty without one.")
    ] = None
    rows_read_count: Annotated[
        int, Described("BIGINT", "读取行数", "Records in the file, header and notes included.")
    ] = 0
    rows_accepted_count: Annotated[int, Described("BIGINT", "接收行数", "Rows that went to raw.")] = 0
    rows_quarantined_count: Annotated[int, Described("BIGINT", "隔离行数", "Rows that went to quarantine.")] = 0
    rows_accounted_count: Annotated[
        int,
        Described("BIGINT", "其他行数", "Rows neither accepted nor quarantined: titles, notes, totals, rows not held."),
    ] = 0
    accounted: Annotated[
        dict[str, int],
        Described("MAP(VARCHAR, BIGINT)", "其他行分类", "Rows neither accepted nor quarantined, by kind."),
    ] = field(default_factory=dict)
    quarantined_by_reason: Annotated[
        dict[str, int], Described("MAP(VARCHAR, BIGINT)", "隔离原因", "Quarantined rows by their first reason.")
    ] = field(default_factory=dict)
    identity_quality: Annotated[
        dict[str, int],
        Described("MAP(VARCHAR, BIGINT)", "证件号码质量", "Accepted rows by the quality of their document number."),
    ] = field(default_factory=dict)
    refused_headers: Annotated[
        list[str], Described("VARCHAR[]", "拒收列", "Columns that are known, not wanted and dropped.")
    ] = field(default_factory=list)
    notices: Annotated[
        list[str], Described("VARCHAR[]", "提示", "What the sender should look at again; it cost no row.")
    ] = field(default_factory=list)
    months_covered: Annotated[list[str], Described("VARCHAR[]", "覆盖月份", "Months of the accepted events.")] = field(
        default_factory=list
    )
    areas_covered: Annotated[list[str], Described("VARCHAR[]", "覆盖街道镇", "Sub-districts of the accepted rows.")] = (
        field(default_factory=list)
    )
    committee_count: Annotated[
        int, Described("INTEGER", "覆盖居委会数", "Residents' committees of the accepted rows.")
    ] = 0
    raw_path: Annotated[str | None, Described("VARCHAR", "入库文件", "Raw file, seen from the warehouse's folder.")] = (
        None
    )
    raw_sha256: Annotated[str | None, Described("VARCHAR", "入库摘要", "sha256 of the raw file.")] = None
    contract_sha256: Annotated[
        str, Described("VARCHAR", "契约摘要", "sha256 of the declarations that the file was read by.")
    ] = ""
    key_id: Annotated[str | None, Described("VARCHAR", "密钥编号", "Key of the pseudonyms in the raw file.")] = None

    @property
    def rows_not_held_count(self) -> int:
        """Rows of data that came with the file and may not be held."""
        return self.accounted.get(NOT_HELD, 0)

    def changed(self, **fields: Any) -> Delivery:
        return replace(self, **fields)

    def check_conservation(self) -> None:
        """Raises ConservationError unless read = accepted + quarantined + accounted, in total and by kind."""
        parts = self.rows_accepted_count + self.rows_quarantined_count + self.rows_accounted_count
        by_kind = sum(self.accounted.values()) == self.rows_accounted_count
        by_kind = by_kind and all(count >= 0 for count in self.accounted.values())
        by_reason = sum(self.quarantined_by_reason.values()) == self.rows_quarantined_count
        by_quality = not self.identity_quality or sum(self.identity_quality.values()) == self.rows_accepted_count
        if self.rows_read_count != parts or not (by_kind and by_reason and by_quality):
            raise ConservationError(
                f"{self.record_id}: {self.rows_read_count} rows read, but {self.rows_accepted_count} accepted, "
                f"{self.rows_quarantined_count} quarantined {self.quarantined_by_reason}, "
                f"{self.rows_accounted_count} accounted {self.accounted}, quality {self.identity_quality}"
            )


def record_columns() -> list[tuple[str, Described]]:
    """The record's columns with SQL type and description, for what is generated from them."""
    hints = get_type_hints(Delivery, include_extras=True)
    return [(column.name, hints[column.name].__metadata__[0]) for column in fields(Delivery)]


def record_path(layout: Layout, round_quarter: Quarter | str, record_id: str) -> Path:
    return layout.ledger / str(round_quarter) / f"{record_id}.json"


def write_record(layout: Layout, delivery: Delivery) -> None:
    """Commit a delivery. Everything that it names must stand already."""
    delivery.check_conservation()
    write_json(record_path(layout, delivery.round, delivery.record_id), asdict(delivery))


def read_record(path: Path) -> Delivery:
    """Raises ValueError, naming the file, when it is no ledger record."""
    status = path.stat()
    return _record(path, (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


@lru_cache(maxsize=1 << 14)
def _record(path: Path, _state: tuple[int, ...]) -> Delivery:
    # A run asks for the whole ledger a dozen times, and every round adds to it. Records are written anew and never
    # into, so that one that changed is another file; and nobody writes into what is returned, which others have too.
    try:
        return Delivery(**read_json(path))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is no ledger record: {error}") from error


def list_records(layout: Layout, extract: str | None = None, rounds_to: Quarter | None = None) -> list[Delivery]:
    """All records, of one extract if named, of rounds up to ``rounds_to``; by round, then by name."""
    pattern = f"{extract}-*.json" if extract else "*.json"
    paths = [
        path
        for path in layout.ledger.glob(f"*/{pattern}")
        if not path.name.startswith(UNFINISHED) and (rounds_to is None or Quarter.parse(path.parent.name) <= rounds_to)
    ]
    return [read_record(path) for path in sorted(paths)]


def withdrawn_deliveries(records: Iterable[Delivery]) -> set[str]:
    """Deliveries that were withdrawn and not reinstated since. The two decisions follow each other in turn."""
    decisions = Counter(record.delivery_id for record in records if record.verdict in DECISIONS)
    return {delivery_id for delivery_id, count in decisions.items() if count % 2}


def precedence_of(sequence: int | None, round_quarter: Quarter, note: str, file_name: str, version: int) -> str:
    """Text that sorts like the order in which the deliveries of a period take each other's place.

    First by the sender's sequence, one without a sequence before all that have one; then by round; within a round
    files without a note before those with one, then by name; last by version, which tells apart contents that came
    under one name. So neither the times at which files arrived nor those of runs matter, but for that last one.
    """
    return f"{sequence or 0:09d} {round_quarter} {int(bool(note))} {file_name} {version:06d}"


def current_deliveries(records: Iterable[Delivery], up_to: Quarter | None = None) -> dict[tuple[str, str], Delivery]:
    """The delivery in force for each extract and period, as known in the round ``up_to`` or by all that is known.

    It is the accepted one of the highest precedence that has not been withdrawn.
    """
    known = [record for record in records if up_to is None or Quarter.parse(record.round) <= up_to]
    return {(record.extract, record.period): record for record in _usable(known)}


def standing_before(delivery_id: str, records: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries that keep an accepted one out of force, to be withdrawn if it is to be in force. None where it is,
    or was withdrawn, or is no longer held."""
    usable = _usable(list(records))
    own = next((place for place, one in enumerate(usable) if one.delivery_id == delivery_id), None)
    if own is None:
        return []
    period = (usable[own].extract, usable[own].period)
    return [one for one in usable[own + 1 :] if (one.extract, one.period) == period]


def _usable(known: list[Delivery]) -> list[Delivery]:
    """Accepted and not withdrawn, those that give way before those that take their place."""
    withdrawn = withdrawn_deliveries(known)
    accepted = [record for record in known if record.verdict == "accepted" and record.delivery_id not in withdrawn]
    return sorted(accepted, key=lambda record: (record.precedence, Quarter.parse(record.round), record.version))
