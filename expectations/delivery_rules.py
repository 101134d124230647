"""What an extract's deliveries of a quarter must keep before they count, as rules over the ledger's records.

Belongs here: pure rules, each with the outcome's words. Does not belong here: reading the ledger or the raw files
(``deliveries``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from expectations.completeness import KnownAreas, RowCounts, sub_district_of
from expectations.outcomes import CheckOutcome, listed
from expectations.records import Record, current_deliveries, of_quarter, order_of_arrival
from ingestion.contracts.models import Contract, Department
from warehouse.quarters import Quarter

QUARANTINE_ERROR_SHARE = 0.05
QUARANTINE_WARN_SHARE = 0.01
#: In a short list a row or two are a large share: so few rows never stop publication, and one never warns.
QUARANTINE_ERROR_ROWS, QUARANTINE_WARN_ROWS = 3, 1
IDENTIFIED_DROP_SHARE = 0.02
#: With fewer events to expect, an empty month or area is within chance: exp(−7) is about 0.001.
_EVENTS_TO_BE_SURE = 7.0
_COLUMN_REASONS = ("unknown_column", "missing_column")
_IDENTIFIED = ("valid", "upgraded_15")


@dataclass(frozen=True)
class Evidence:
    """What there is to judge an extract's quarter by.

    ``records`` are the extract's ledger records of the rounds up to the quarter's; ``counts`` the rows of the quarter's
    raw files; ``areas`` the areas in force, None while no area list has arrived; ``areas_before`` the area codes
    that this extract had in the quarters before.
    """

    contract: Contract
    department: Department
    quarter: Quarter
    records: Sequence[Record]
    counts: RowCounts
    areas: KnownAreas | None = None
    areas_before: frozenset[str] = frozenset()

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods that the quarter's deliveries are about."""
        return self.quarter.months if self.contract.delivery.rhythm == "monthly" else (str(self.quarter),)

    @property
    def current(self) -> dict[str, Record]:
        """The delivery in force for each period of the quarter."""
        found = current_deliveries(of_quarter(self.records, self.quarter))
        return {period: record for (_, period), record in found.items()}

    @property
    def is_of_events(self) -> bool:
        return self.contract.delivery.kind == "events"

    def outcome(
        self, check_name: str, passed: bool, observed: str, expected: str, remedy: tuple[str, str], **more: Any
    ):
        """An outcome whose remedy names the extract and the department first."""
        title, department = self.contract.title, self.department
        zh = f"{department.zh}《{title.zh}》（{self.contract.extract}，{self.quarter}）：{remedy[0]}"
        en = f"{department.en}, {title.en} ({self.contract.extract}, {self.quarter}): {remedy[1]}"
        return CheckOutcome(
            check_name=check_name,
            subject=self.contract.extract,
            quarter=str(self.quarter),
            passed=passed,
            observed=observed,
            expected=expected,
            remedy_zh=zh,
            remedy_en=en,
            department=self.contract.department,
            **more,
        )

    def file_name(self, period: str) -> str:
        return f"{self.contract.title.zh}_{period}.{self.contract.file.format}"

    def place(self) -> str:
        return f"landing/{self.quarter}/{self.contract.department}/"


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
    observed = f"accepted: {listed(sorted(current))}" + (f"; refused: {reasons}" if refused else "")
    return evidence.outcome(
        "has_arrived",
        not absent and not refused,
        observed,
        f"accepted: {listed(evidence.periods)}",
        (zh + where[0], en + where[1]),
        severity_code="error" if absent or not refused else "warn",
    )


def _refused_after(evidence: Evidence, records: Sequence[Record]) -> list[Record]:
    """Refused deliveries of this round or quarter that no later accepted one for the same period has replaced."""
    quarter = str(evidence.quarter)
    concerned = [record for record in records if quarter in (record["quarter"], record["round"])]
    latest: dict[str, Record] = {}
    for record in sorted(concerned, key=order_of_arrival):
        if record["verdict"] != "duplicate":
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


def quarantine_share_is_low(evidence: Evidence) -> CheckOutcome:
    """At most 1 % of the data rows are quarantined; above 5 % (and three rows) publication stops."""
    records = list(evidence.current.values())
    quarantined = sum(record["rows_quarantined_count"] for record in records)
    rows = quarantined + sum(record["rows_accepted_count"] for record in records)
    share = quarantined / rows if rows else 0.0
    is_low = quarantined <= max(QUARANTINE_WARN_SHARE * rows, QUARANTINE_WARN_ROWS)
    is_high = quarantined > max(QUARANTINE_ERROR_SHARE * rows, QUARANTINE_ERROR_ROWS)
    reasons: dict[str, int] = {}
    for record in records:
        for reason, count in record["quarantined_by_reason"].items():
            reasons[reason] = reasons.get(reason, 0) + count
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return evidence.outcome(
        "quarantine_share_is_low",
        is_low,
        f"{quarantined} of {rows} rows ({share:.2%})"
        + (f": {listed(f'{reason} {count}' for reason, count in ordered)}" if ordered else ""),
        f"at most {QUARANTINE_WARN_SHARE:.0%}; above {QUARANTINE_ERROR_SHARE:.0%} publication stops",
        (
            "请按隔离清单（行号与原因）更正后重新报送整份文件",
            "correct the rows in the quarantine report (row numbers and reasons) and send the whole file again",
        ),
        severity_code="error" if is_high or is_low else "warn",
    )


def _rows_by_quarter(evidence: Evidence) -> Mapping[Quarter, int]:
    rows: dict[Quarter, int] = {}
    for record in current_deliveries(evidence.records).values():
        quarter = Quarter.parse(record["quarter"])
        rows[quarter] = rows.get(quarter, 0) + record["rows_accepted_count"]
    return rows


def volume_is_plausible(evidence: Evidence) -> CheckOutcome:
    """The number of rows is near the median of the quarters before, as near as the contract asks.

    Small numbers move by chance: four square roots of the expected count (events) or three rows (snapshots) always
    pass.
    """
    rows = _rows_by_quarter(evidence)
    now = rows.get(evidence.quarter, 0)
    before = [count for quarter, count in rows.items() if quarter < evidence.quarter]
    share = evidence.contract.volume.change_max_share
    if not before:
        passed, expected = now > 0, "at least one row; there is no quarter before to compare with"
    else:
        usual = median(before)
        limit = max(share * usual, 4 * usual**0.5 if evidence.is_of_events else 3)
        passed = now > 0 and abs(now - usual) <= limit
        expected = (
            f"{max(usual - limit, 1):.0f} to {usual + limit:.0f} rows (median of {len(before)} quarters: {usual:.0f})"
        )
    return evidence.outcome(
        "volume_is_plausible",
        passed,
        f"{now} rows",
        expected,
        (
            f"行数与往季相差超过 {share:.0%}：请核实文件是否完整、是否误报往季数据；"
            "确属实情的，由数据工程师在契约中调整 volume",
            f"the number of rows is off by more than {share:.0%}: check that the file is complete and of this quarter; "
            "if it is true, a data engineer adjusts volume in the contract",
        ),
    )


def identity_quality_is_usual(evidence: Evidence) -> CheckOutcome:
    """The share of identified rows is not more than 2 points below the median of the quarters before.

    In a short list it may lie further below by chance: three standard errors of a share of at most 99 %.
    """
    shares: dict[Quarter, tuple[int, int]] = {}
    for record in current_deliveries(evidence.records).values():
        quality, quarter = record["identity_quality"], Quarter.parse(record["quarter"])
        identified, rows = shares.get(quarter, (0, 0))
        identified += sum(quality.get(code, 0) for code in _IDENTIFIED)
        shares[quarter] = identified, rows + sum(quality.values())
    share = {quarter: identified / rows for quarter, (identified, rows) in shares.items() if rows}
    now = share.get(evidence.quarter, 0.0)
    before = [value for quarter, value in share.items() if quarter < evidence.quarter]
    usual = median(before) if before else 0.9
    rows = shares.get(evidence.quarter, (0, 0))[1]
    chance = min(usual, 0.99)
    least = usual - max(IDENTIFIED_DROP_SHARE, 3 * (chance * (1 - chance) / max(rows, 1)) ** 0.5)
    return evidence.outcome(
        "identity_quality_is_usual",
        now >= least,
        f"{now:.2%} of the rows have a usable document number",
        f"at least {least:.2%}",
        (
            "请检查证件号码列：不要用电子表格另存，避免被改成数字或科学计数；更正后重新报送",
            "check the column of document numbers: do not save the file through a spreadsheet, which turns them "
            "into numbers; correct it and send it again",
        ),
        severity_code="warn",
    )
