"""Between checks and Dagster: outcomes become check results, and a run's events become complaints.

Belongs here: translation, in both directions. Does not belong here: checking anything (``expectations``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.failures import Complaint, complaint_about

if TYPE_CHECKING:
    from expectations.gate import GateReport
    from expectations.outcomes import CheckOutcome

#: Key of the metadata under which a failed check or step carries its complaints.
COMPLAINTS = "complaints"


def check_results(asset: list[str], outcomes: Iterable[CheckOutcome]) -> list[dg.AssetCheckResult]:
    """Outcomes as Dagster shows them: what was observed, what was expected, what to do."""
    return [_check_result(asset, outcome) for outcome in outcomes]


def _check_result(asset: list[str], outcome: CheckOutcome) -> dg.AssetCheckResult:
    is_error = outcome.severity_code == "error"
    metadata: dict[str, object] = {"observed": outcome.observed, "expected": outcome.expected}
    if not outcome.passed:
        metadata |= {"remedy_zh": outcome.remedy_zh, "remedy_en": outcome.remedy_en}
        metadata |= complaints_metadata([complaint_about(outcome)])
    return dg.AssetCheckResult(
        passed=outcome.passed,
        asset_key=dg.AssetKey(asset),
        check_name=outcome.check_name,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        description=None if outcome.passed else f"{outcome.remedy_zh}\n{outcome.remedy_en}",
        metadata=metadata,
    )


def gate_result(report: GateReport) -> dg.AssetCheckResult:
    """The gate as one check, with all that stops publication and all that it only remarks."""
    found = [*report.failures, *report.warnings]
    table = [
        dg.TableRecord(
            {
                "severity": outcome.severity_code,
                "subject": outcome.subject,
                "check": outcome.check_name,
                "observed": outcome.observed,
                "expected": outcome.expected,
                "remedy": f"{outcome.remedy_zh} {outcome.remedy_en}",
            }
        )
        for outcome in found
    ]
    return dg.AssetCheckResult(
        passed=report.passed,
        metadata={
            "observed": f"{len(report.failures)} failures, {len(report.warnings)} warnings",
            "expected": "0 failures",
            "checks": len(report.outcomes),
            "failures": len(report.failures),
            "warnings": len(report.warnings),
            "not_passed": dg.MetadataValue.table(table) if table else dg.MetadataValue.text("–"),
        }
        | complaints_metadata(complaint_about(outcome) for outcome in report.failures),
    )


def refusal(complaints: Iterable[Complaint]) -> dg.Failure:
    """A failure that is not retried: trying again cannot mend what was sent."""
    listed = list(complaints)
    return dg.Failure(
        description="\n".join(line for one in listed for line in one.lines()),
        metadata=complaints_metadata(listed),
        allow_retries=False,
    )


def complaints_metadata(complaints: Iterable[Complaint]) -> dict[str, dg.MetadataValue]:
    listed = [asdict(one) for one in complaints]
    return {COMPLAINTS: dg.MetadataValue.json(listed)} if listed else {}


def complaints_of(events: Iterable[dg.DagsterEvent]) -> Iterator[Complaint]:
    """What the failed blocking checks and the refused steps of a run say, each once."""
    seen = set()
    for event in events:
        metadata = {}
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.asset_check_evaluation_data
            if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
                metadata = evaluation.metadata
        elif event.event_type_value == "STEP_FAILURE" and event.step_failure_data.user_failure_data:
            metadata = event.step_failure_data.user_failure_data.metadata
        for content in metadata[COMPLAINTS].value if COMPLAINTS in metadata else ():
            one = Complaint(**content)
            if one not in seen:
                seen.add(one)
                yield one


def errors_of(events: Iterable[dg.DagsterEvent]) -> str:
    """The innermost error of every step that failed by itself, or of the run when no step did."""
    messages = []
    for event in events:
        failed = event.event_type_value in ("STEP_FAILURE", "PIPELINE_FAILURE")
        error = getattr(event.event_specific_data, "error", None) if failed else None
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            messages.append(f"{event.step_key or 'run'}: {error.message.strip()}")
    return "\n".join(dict.fromkeys(messages)) or "the run ended without saying why"
