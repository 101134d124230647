"""Handing a quarter to ``publication`` with the gate, the series and the code's version.

Belongs here: putting these together, and turning a refusal into complaints. Does not belong here: Dagster, or any
step of a release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expectations.gate import GateReport, evaluate
from orchestration.failures import Complaint, complaint, complaint_about
from publication.release import GateClosed, ReasonNeeded, Release, here, publish
from safety_index.series.declaration import load_series
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.quarters import Quarter

#: What a figure depends on, besides the data: code, declarations and the versions of the libraries.
_MAKES_FIGURES = ("ingestion", "dbt_project", "safety_index", "expectations", "publication", "requirements.lock")
_KINDS = frozenset({".py", ".sql", ".yml", ".csv", ".json", ".html", ".css", ".lock"})
_MADE_BY_RUNNING = frozenset({"target", "logs", "__pycache__"})


class NotPublished(RuntimeError):
    """The quarter may not be published as it is; no release has changed."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("; ".join(f"{one.subject} {one.check}" for one in complaints))
        self.complaints = complaints


@dataclass
class _Gate:
    """Asks the gate when ``publish`` does, and keeps its report. In another process where there is one, since what is
    published is read meanwhile and both are Python for the most part."""

    elsewhere: Callable[..., Any]
    report: GateReport | None = field(default=None)

    def __call__(self, layout: Layout, quarter: Quarter) -> _Gate:
        self.report = self.elsewhere(evaluate, layout, quarter)
        return self

    @property
    def passed(self) -> bool:
        return self.report is not None and self.report.passed

    def explain(self) -> str:
        return self.report.summary() if self.report else ""


def publish_quarter(
    layout: Layout,
    quarter: Quarter,
    reason: str | None,
    run_id: str,
    again: int | None = None,
    elsewhere: Callable[..., Any] = here,
    begun: Callable[[], Path | None] = lambda: None,
) -> Release:
    """Release ``quarter``; the gate is evaluated inside. Raises NotPublished with a complaint for everything that
    stands in the way. ``again`` is the version to make once more, in a home of its own; ``elsewhere`` and ``begun``
    are as in ``publish``."""
    gate = _Gate(elsewhere)
    try:
        return publish(
            layout,
            quarter,
            gate,
            load_series(),
            code_version=code_version(),
            reason=reason,
            run_id=run_id,
            again=again,
            elsewhere=elsewhere,
            begun=begun,
        )
    except GateClosed as error:
        failures = gate.report.failures if gate.report else ()
        raise NotPublished([complaint_about(outcome) for outcome in failures]) from error
    except ReasonNeeded as error:
        raise NotPublished([_reason_needed(quarter, str(error))]) from error


def code_version() -> str:
    """sha256, shortened to 16 digits, over everything that figures are made by; the same on every machine."""
    digest = hashlib.sha256()
    for name in _MAKES_FIGURES:
        root = PROJECT_ROOT / name
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            relative = path.relative_to(PROJECT_ROOT)
            if path.is_file() and path.suffix in _KINDS and not _MADE_BY_RUNNING & set(relative.parts):
                digest.update(f"{relative.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _reason_needed(quarter: Quarter, observed: str) -> Complaint:
    return complaint(
        subject=str(quarter),
        check="is_revised_for_a_reason",
        observed=observed,
        expected="重新发布须注明理由 a new version of a published quarter says why",
        remedy=(f"pingan run {quarter} --revise 理由", f"pingan run {quarter} --revise REASON"),
    )
