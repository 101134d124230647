"""From a check's outcome to Dagster's check result, and from there to a complaint: the only bridge.

Belongs here: translation. Does not belong here: checking anything (``expectations``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from expectations.outcomes import CheckOutcome
from orchestration.failures import COMPLAINTS, Complaint, complaint

_REMEDY_OF_A_DBT_TEST = (
    "查看该检查的 SQL（dbt_project），找出破坏规则的行；更正来文或模型后重新运行",
    "read the check's SQL in dbt_project, find the rows that break it, correct the delivery or the model, run again",
)


def check_result(asset: list[str], outcome: CheckOutcome) -> dg.AssetCheckResult:
    """An outcome as Dagster shows it: what was observed, what was expected, what to do."""
    is_error = outcome.severity_code == "error"
    return dg.AssetCheckResult(
        passed=outcome.passed,
        asset_key=dg.AssetKey(asset),
        check_name=outcome.check_name,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        description=None if outcome.passed else f"{outcome.remedy_zh}\n{outcome.remedy_en}",
        metadata={
            "observed": outcome.observed,
            "expected": outcome.expected,
            "remedy_zh": outcome.remedy_zh,
            "remedy_en": outcome.remedy_en,
        },
    )


def check_results(asset: list[str], outcomes: Iterable[CheckOutcome]) -> list[dg.AssetCheckResult]:
    return [check_result(asset, outcome) for outcome in outcomes]


def complaint_of(evaluation: Any) -> Complaint:
    """A failed check's evaluation as a complaint; ``raw/police/cases`` becomes the extract ``police.cases``."""
    path = list(evaluation.asset_key.path)
    subject = ".".join(path[1:]) if path[0] == "raw" else path[-1]
    said = {name: value.value for name, value in evaluation.metadata.items()}
    zh, en = said.get("remedy_zh"), said.get("remedy_en")
    if not (zh and en):
        zh, en = _REMEDY_OF_A_DBT_TEST
    return complaint(subject, evaluation.check_name, said.get("observed", ""), said.get("expected", ""), zh, en)


def complaints_of(events: Iterable[dg.DagsterEvent]) -> Iterator[Complaint]:
    """What the failed blocking checks and the refused steps of a run say, each once."""
    seen = set()
    for event in events:
        found: list[Complaint] = []
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.event_specific_data
            if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
                found = [complaint_of(evaluation)]
        elif event.event_type_value == "STEP_FAILURE":
            failure = event.step_failure_data.user_failure_data
            listed = failure.metadata.get(COMPLAINTS) if failure else None
            found = [Complaint(**one) for one in listed.value] if listed else []
        for one in found:
            if one not in seen:
                seen.add(one)
                yield one


def errors_of(events: Iterable[dg.DagsterEvent]) -> str:
    """The innermost error of every step that failed by itself, or of the run when no step did."""
    messages = []
    for event in events:
        data = event.event_specific_data
        error = getattr(data, "error", None) if event.event_type_value in ("STEP_FAILURE", "PIPELINE_FAILURE") else None
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            messages.append(f"{event.step_key or 'run'}: {error.message.strip()}")
    return "\n".join(dict.fromkeys(messages)) or "the run ended without saying why"
