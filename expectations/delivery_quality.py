"""Whether an extract's deliveries of a quarter are as good and as many as they should be, by limits and by history.

Belongs here: pure rules, each with the outcome's words. Does not belong here: what must have arrived
(``delivery_rules``), the marts' own plausibility (``plausibility``).
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from expectations.evidence import Evidence
from expectations.outcomes import CheckOutcome, listed
from expectations.records import current_deliveries
from warehouse.quarters import Quarter

QUARANTINE_ERROR_SHARE = 0.05
QUARANTINE_WARN_SHARE = 0.01
#: In a short list a row or two are a large share: so few rows never stop publication, and one never warns.
QUARANTINE_ERROR_ROWS, QUARANTINE_WARN_ROWS = 3, 1
IDENTIFIED_DROP_SHARE = 0.02
_IDENTIFIED = ("valid", "upgraded_15")


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


def is_not_cut_off(evidence: Evidence) -> CheckOutcome:
    """No current delivery has exactly the number of rows at which spreadsheets cut tables off. It only ever warns."""
    cut_off = [record for record in evidence.current.values() if "possible_truncation" in record.get("notices", [])]
    names = listed(record["file_name"] for record in cut_off)
    return evidence.outcome(
        "is_not_cut_off",
        not cut_off,
        listed(f"{record['file_name']}: {record['rows_read_count']} rows" for record in cut_off)
        if cut_off
        else "no file ends at a spreadsheet's limit",
        "neither 65,536 nor 1,048,576 rows",
        (
            f"请部门与原系统核对 {names} 的行数；如被截断，以 CSV 重新导出报送",
            f"the department compares the rows of {names} with its own system and, if they were cut off, exports it "
            "anew as CSV",
        ),
        severity_code="warn",
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
