"""Deliveries checked beside the steps that report on them, for a large round in a process of its own.

Great Expectations is Python throughout and takes seconds to import: in one interpreter with the lanes it would make
them wait.

Belongs here: where checks run. Does not belong here: the checks (``expectations.deliveries``).
"""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from orchestration.working_process import is_worth_a_process, working_process
from orchestration.writing import kept_while_writing
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from expectations.outcomes import CheckOutcome


class Checking(AbstractContextManager):
    """Leaving it ends the process, if there is one."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._process: ProcessPoolExecutor | None = None

    def begin(self, quarter: Quarter) -> None:
        """Have a process ready for the checks of ``quarter``, if that is large."""
        if self._process is None and is_worth_a_process(self._layout, quarter):
            self._process = working_process()
            self._process.submit(_prepare)

    def outcomes(self, contract: Contract, quarter: Quarter) -> list[CheckOutcome]:
        """Check the round's deliveries of an extract and record the outcomes; waits for them."""
        if self._process:
            try:
                return self._process.submit(_outcomes, self._layout, contract.extract, quarter).result()
            except BrokenExecutor:
                self._process = None
        return _outcomes(self._layout, contract.extract, quarter)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.shutdown()


def _prepare() -> None:
    from expectations.run import prepare

    prepare()


def _outcomes(layout: Layout, extract: str, quarter: Quarter) -> list[CheckOutcome]:
    from expectations.deliveries import record_checks

    return record_checks(layout, registry().contract(extract), quarter)


def checking(layout: Layout) -> Checking:
    """Where this process has deliveries checked; it holds the writer's lock."""
    return kept_while_writing(layout, "checking", lambda: Checking(layout))
