"""Running a quarter in this process, on Dagster's real instance, and saying how it ended.

Belongs here: the run and its outcome. Does not belong here: which quarters (``due``), how it is told
(``commands.run``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import dagster as dg

from orchestration.console import StageLines, listening
from orchestration.definitions import defs
from orchestration.failures import Complaint
from orchestration.garbage import collecting_seldom
from orchestration.health import health_of, write_health
from orchestration.jobs import COMING_TAG, REVISION_TAG
from orchestration.quality import complaints_of, errors_of
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@dataclass(frozen=True)
class Outcome:
    """How a quarter's run ended: done, refused with complaints, or failed with an error of ours."""

    quarter: Quarter
    verdict: Literal["done", "refused", "failed"]
    complaints: list[Complaint]
    error: str
    seconds: float
    run_id: str


@contextmanager
def instance() -> Iterator[dg.DagsterInstance]:
    """The instance of ``DAGSTER_HOME``, so that runs from the command line stand in the UI's list of runs."""
    with dg.DagsterInstance.get() as opened:
        yield opened


def run_quarter(
    layout: Layout,
    quarter: Quarter,
    dagster: dg.DagsterInstance,
    print_line: Callable[[str], None],
    job_name: str = "produce_quarter",
    revision_reason: str | None = None,
    coming: Quarter | None = None,
) -> Outcome:
    """Run ``job_name`` for one quarter; never raises for what is wrong with the data.

    ``coming`` is the quarter that is run next by this process, if there is one: its files may be read meanwhile.
    """
    started = time.monotonic()
    tags = {REVISION_TAG: revision_reason, COMING_TAG: coming}
    lines = StageLines(print_line)
    with listening(lines), collecting_seldom():
        result = defs.resolve_job_def(job_name).execute_in_process(
            partition_key=str(quarter),
            instance=dagster,
            raise_on_error=False,
            tags={name: str(value) for name, value in tags.items() if value},
        )
    lines.finish()
    seconds = time.monotonic() - started
    if result.success:
        return Outcome(quarter, "done", [], "", seconds, result.run_id)
    # The asset that rolls up health stands behind the release, so a run that fails has not come to it.
    write_health(layout, quarter, health_of(layout, quarter))
    complaints = list(complaints_of(result.all_events))
    error = errors_of(result.all_events) if not complaints else ""
    return Outcome(quarter, "refused" if complaints else "failed", complaints, error, seconds, result.run_id)
