"""What an extract's deliveries of a quarter must keep before they count: arrived, whole, covering months and areas.

Belongs here: pure rules, each with the outcome's words. Does not belong here: reading the ledger or the raw files
(``deliveries``), comparing with limits and history (``delivery_quality``).
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.completeness import sub_district_of
from expectations.evidence import Evidence
from expectations.outcomes import CheckOutcome, listed
from expectations.records import Record, order_of_arrival

#: With fewer events to expect, an empty month or area is within chance: exp(−7) is about 0.001.
_EVENTS_TO_BE_SURE = 7.0
_COLUMN_REASONS = ("unknown_column", "missing_column")


def has_arrived(evidence: Evidence) -> CheckOutcome:
    """Every period of the quarter has an accepted delivery, and no later one for it was refused.

    A refused correction of a period that has an accepted delivery warns: the earlier version stands.
    """
    current = evidence.current
    absent = [period for period in evidence.periods if period not in current]
    refused = _refused_after(evidence, evidence.records)
    names = listed(evidence.file_name(period) for period in absent)
    reasons = listed(f"{record['file_name']}: {record['reason_code']}" for record in refused)
    if absent:
        zh, en = f"请报送 {names}", f"send {names}"
    else:
        zh, en = "请更正被退回的补报文件并重新报送", "correct the refused file and send it again"
    where = f"，放入 {evidence.place()} 后重新运行", f", put it in {evidence.place()} and run again"
    why = _why_refused(evidence, refused)
    observed = f"accepted: {listed(sorted(current))}" + (f"; refused: {reasons}" if refused else "")
    return evidence.outcome(
        "has_arrived",
        not absent and not refused,
        observed,
        f"accepted: {listed(evidence.periods)}",
        (zh + where[0] + why[0], en + where[1] + why[1]),
        severity_code="error" if absent or not refused else "warn",
    )


def _why_refused(evidence: Evidence, refused: Sequence[Record]) -> tuple[str, str]:
    """What is wrong with the refused files and where their replies lie, in Chinese and English; empty without any."""
    if not refused:
        return "", ""
    zh = "".join(
        f"。{one['file_name']} 被退回：{(one['reason_zh'] or one['reason_code']).rstrip('。')}" for one in refused
    )
    en = "".join(
        f". {one['file_name']} was refused: {(one['reason_en'] or one['reason_code']).rstrip('.')}" for one in refused
    )
    rounds = sorted({one["round"] for one in refused})
    folders = listed(f"quarantine/{evidence.contract.department}/replies/{one}/" for one in rounds)
    return f"{zh}。回执在 {folders}", f"{en}. The reply is in {folders}"


def _refused_after(evidence: Evidence, records: Sequence[Record]) -> list[Record]:
    """Refused deliveries of this round or quarter that no later accepted one for the same period has replaced."""
    quarter = str(evidence.quarter)
    concerned = [record for record in records if quarter in (record["quarter"], record["round"])]
    latest: dict[str, Record] = {}
    for record in sorted(concerned, key=order_of_arrival):
        if record["verdict"] in ("accepted", "refused"):
            latest[record["period"]] = record
    return [record for record in latest.values() if record["verdict"] == "refused"]


def has_only_declared_columns(evidence: Evidence) -> CheckOutcome:
    """No delivery stands refused for a column that the contract doesn't know or misses."""
    unresolved = _refused_after(evidence, evidence.records)
    refused = [record for record in unresolved if record["reason_code"] in _COLUMN_REASONS]
    names = listed(record["file_name"] for record in refused)
    return evidence.outcome(
        "has_only_declared_columns",
        not refused,
        listed(f"{record['file_name']}: {record['reason_en']}" for record in refused)
        if refused
        else "all columns declared",
        "all columns declared",
        (
            f"请按契约的表头重新报送 {names}；如列名确有变更，由数据工程师在契约中登记新表头",
            f"send {names} again with the contract's headers; if a header really changed, a data engineer adds it to "
            "the contract",
        ),
    )


def conserves_rows(evidence: Evidence) -> CheckOutcome:
    """Rows read are rows accepted, quarantined and accounted for in every delivery, and raw holds the accepted ones."""
    quarter = str(evidence.quarter)
    concerned = [record for record in evidence.records if quarter in (record["quarter"], record["round"])]
    parts = ("rows_accepted_count", "rows_quarantined_count", "rows_accounted_count")
    unequal = [
        f"{record['delivery_id']}: {record['rows_read_count']} ≠ {' + '.join(str(record[part]) for part in parts)}"
        for record in concerned
        if record["rows_read_count"] != sum(record[part] for part in parts)
    ]
    accepted = sum(record["rows_accepted_count"] for record in evidence.current.values())
    if accepted != evidence.counts.total:
        unequal.append(f"ledger: {accepted} rows accepted ≠ raw: {evidence.counts.total}")
    read = sum(record["rows_read_count"] for record in concerned)
    return evidence.outcome(
        "conserves_rows",
        not unequal,
        listed(unequal) if unequal else f"{read} rows in {len(concerned)} deliveries",
        "read = accepted + quarantined + accounted; raw holds the accepted rows",
        (
            "这是程序或存储的差错，与来文无关：请数据工程师核对台账与 raw 文件后重新接收",
            "a fault of the program or the disk, not of the file: a data engineer compares ledger and raw, then takes "
            "the file in again",
        ),
    )


def covers_every_month(evidence: Evidence) -> CheckOutcome:
    """Every month of the quarter has rows. Warns where so few are to be expected that an empty month may be chance."""
    counts = evidence.counts.by_month()
    absent = [month for month in evidence.quarter.months if not counts[month]]
    present = len(evidence.quarter.months) - len(absent)
    may_be_chance = present > 0 and evidence.counts.total / present < _EVENTS_TO_BE_SURE
    return evidence.outcome(
        "covers_every_month",
        not absent,
        listed(f"{month}: {counts[month]} rows" for month in evidence.quarter.months),
        f"rows in {listed(evidence.quarter.months)}",
        (
            f"来文缺少 {listed(absent)} 的数据，请补报完整的文件，放入 {evidence.place()} 后重新运行",
            f"nothing for {listed(absent)}: send the complete file, put it in {evidence.place()} and run again",
        ),
        severity_code="warn" if may_be_chance and present else "error",
    )


def covers_every_area(evidence: Evidence) -> CheckOutcome:
    """Every area of the level that the contract names has rows.

    A committee that was split off may still be reported under the code that it came from. Without an area list the
    extract's own areas of earlier quarters are asked for. Warns where chance may leave an area without events.
    """
    found = set(evidence.counts.by_area())
    if evidence.contract.covers.areas == "sub_district":
        found = {sub_district_of(code) for code in found}
        asked = evidence.areas.sub_districts if evidence.areas else {sub_district_of(c) for c in evidence.areas_before}
        absent = sorted(set(asked) - found)
    else:
        before = evidence.areas.predecessor if evidence.areas else {}
        asked = evidence.areas.committees if evidence.areas else evidence.areas_before
        absent = sorted(code for code in asked if code not in found and before.get(code) not in found)
    may_be_chance = evidence.is_of_events and asked and evidence.counts.total / len(asked) < _EVENTS_TO_BE_SURE
    return evidence.outcome(
        "covers_every_area",
        not absent and bool(found),
        f"{len(asked) - len(absent)} of {len(asked)} areas" + (f"; absent: {listed(absent)}" if absent else ""),
        f"every {evidence.contract.covers.areas} has rows",
        (
            f"来文缺少区划 {listed(absent)} 的数据，请核实后补报完整的文件，放入 {evidence.place()} 后重新运行",
            f"nothing for the areas {listed(absent)}: check, send the complete file, put it in {evidence.place()} and "
            "run again",
        ),
        severity_code="warn" if may_be_chance and found else "error",
    )
