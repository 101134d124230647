"""Extracts of a run taken in side by side, and its rows linked, ahead of the steps that report on them.

Dagster's in-process executor does one step after the other, while most of the work of reading a file frees the
interpreter. So the first step that asks for an extract sets all of the run's extracts going, each of them is checked
and its senders are answered as soon as it is there, and each step waits for its own. Linking begins when the last
extract with persons is taken in; should a check then stop the run, the links are made again by the next one.

Belongs here: what runs beside what. Does not belong here: taking in (``ingestion.intake``), checking
(``expectations.deliveries``), answering (``ingestion.answers``) or linking (``ingestion.identity``).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from expectations.completeness import AREAS_EXTRACT
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.removal.minors import minor_condition
from orchestration.lanes import lanes_of, longest_first
from orchestration.reading_ahead import reading_ahead
from orchestration.working_process import worker
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from expectations.outcomes import CheckOutcome
    from ingestion.identity.linking import RoundLinks
    from ingestion.intake import IntakeResult
    from ingestion.ledger import Delivery
    from ingestion.workbench import Workbench

#: How long a thread may keep the interpreter while others wait. A lane asks for it a few times in each statement, and
#: reports and a small round's checks hardly let go of it: at Python's own 5 ms lanes would stand still for as long.
_TURN_SECONDS = 0.0005


@dataclass(frozen=True)
class Checked:
    """What the checks on an extract came to, and where the replies to its files lie."""

    outcomes: list[CheckOutcome]
    reply_folders: list[Path]


class IntakeAhead:
    """Takes in the ``contracts``' files of a round in the process's lanes, has them checked meanwhile, and then
    links its rows if ``links_too``. Use as a context manager, while this process holds the writer's lock: leaving it
    drops what has not begun and waits for what has."""

    def __init__(self, layout: Layout, keys: Keys, contracts: list[Contract], links_too: bool = False) -> None:
        self._layout = layout
        self._keys = keys
        self.contracts = contracts
        self.links_too = links_too
        self._ahead = reading_ahead(layout, keys)
        self._worker = worker(layout)
        self._lanes = lanes_of(layout, keys)
        # One, since suites share what Great Expectations keeps.
        self._checker = ThreadPoolExecutor(1, thread_name_prefix="checks")
        self._linker = ThreadPoolExecutor(1, thread_name_prefix="linking")
        self._running: dict[tuple[str, Quarter], Future[IntakeResult]] = {}
        self._checked: dict[tuple[str, Quarter], Future[Checked]] = {}
        self._linking: dict[Quarter, Future[RoundLinks | None]] = {}
        #: What each extract's intake took by itself, while other steps ran.
        self.seconds: dict[str, float] = {}

    def result(self, contract: Contract, quarter: Quarter) -> IntakeResult:
        """The extract's intake; waits for it. Raises what taking it in raised, and then tries anew when asked again."""
        if (contract.extract, quarter) not in self._running:
            self._ahead.stop()
            self._worker.begin(quarter, _prepare_checks)
            for one in self._in_order(contract, quarter):
                self._running[one.extract, quarter] = self._lanes.submit(self._take_in, one, quarter)
                if one.extract == AREAS_EXTRACT and not any(self._layout.ledger.glob(f"*/{AREAS_EXTRACT}-*.json")):
                    # The first area list tells the other files of this round whose district they are about.
                    wait([self._running[one.extract, quarter]])
            if self.links_too:
                persons = [self._running[one.extract, quarter] for one in self.contracts if one.person]
                self._linking[quarter] = self._linker.submit(self._link_when_taken_in, quarter, persons)
        try:
            return self._running[contract.extract, quarter].result()
        except BaseException:
            del self._running[contract.extract, quarter]
            raise

    @property
    def is_idle(self) -> bool:
        """Whether no file is being taken in."""
        return all(one.done() for one in self._running.values())

    def checked(self, contract: Contract, quarter: Quarter) -> Checked:
        """The checks on an extract whose ``result`` is there, and the replies; waits for them. Raises OSError when they
        cannot be written."""
        return self._checked[contract.extract, quarter].result()

    def linked(self, quarter: Quarter) -> RoundLinks:
        """The links of the round; waits for them, or makes them now. Raises what linking raised."""
        ahead = self._linking.pop(quarter, None)
        return (ahead.result() if ahead else None) or self._link(quarter)

    def _link_when_taken_in(self, quarter: Quarter, taken_in: list[Future[IntakeResult]]) -> RoundLinks | None:
        """None when an extract could not be taken in: its step says why, and may try again."""
        wait(taken_in)
        if any(one.cancelled() or one.exception() for one in taken_in):
            return None
        return self._link(quarter)

    def _link(self, quarter: Quarter) -> RoundLinks:
        from ingestion.identity.linking import link_round

        return link_round(self._layout, self._keys, quarter)

    def _in_order(self, wanted: Contract, quarter: Quarter) -> list[Contract]:
        """Areas first, because coverage is judged against them; then lists that tell minors, for which others wait;
        then what linking waits for; of each the longest first, so that the lanes end together."""
        asked = {one.extract: one for one in [wanted, *self.contracts]}
        waiting = [one for one in asked.values() if (one.extract, quarter) not in self._running]
        waiting = longest_first(self._layout, waiting, quarter)
        return sorted(waiting, key=lambda one: (one.extract != AREAS_EXTRACT, not _tells_minors(one), not one.person))

    def _take_in(self, contract: Contract, quarter: Quarter, bench: Workbench) -> IntakeResult:
        from ingestion.intake import take_in

        if contract.sealing and not _tells_minors(contract):
            # Else the checks would count a minor's rows in one run, and in another, where the list was faster, not.
            lists = [self._running.get((one.extract, quarter)) for one in self.contracts if _tells_minors(one)]
            wait([one for one in lists if one])
        ahead = self._ahead.take(contract.extract, quarter)
        started = time.monotonic() - (ahead.seconds if ahead else 0)
        try:
            result = take_in(self._layout, contract, quarter, self._keys, bench, ahead)
        finally:
            if ahead:
                ahead.drop()
        self.seconds[contract.extract] = round(time.monotonic() - started, 2)
        self._checked[contract.extract, quarter] = self._checker.submit(
            self._check, contract, quarter, result.deliveries
        )
        return result

    def _check(self, contract: Contract, quarter: Quarter, deliveries: Sequence[Delivery]) -> Checked:
        areas = self._running.get((AREAS_EXTRACT, quarter))
        if areas and contract.extract != AREAS_EXTRACT:
            wait([areas])  # coverage is judged against the round's own area list
        # Great Expectations and workbooks are Python throughout: beside the lanes they would make these wait.
        return self._worker.run(_check_and_answer, self._layout, contract.extract, quarter, deliveries)

    def __enter__(self) -> IntakeAhead:
        self._usual_turn_seconds = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for taking_in in self._running.values():
            taking_in.cancel()
        wait(self._running.values())
        self._checker.shutdown(wait=True, cancel_futures=True)
        self._linker.shutdown(wait=True, cancel_futures=True)
        sys.setswitchinterval(self._usual_turn_seconds)


def _tells_minors(contract: Contract) -> bool:
    """Whether the extract's rows say of themselves that they are a minor's, and by that of other extracts' rows."""
    return bool(minor_condition(contract))


def _prepare_checks() -> None:
    from expectations.run import prepare

    prepare()


def _check_and_answer(layout: Layout, extract: str, quarter: Quarter, deliveries: Sequence[Delivery]) -> Checked:
    from expectations.deliveries import record_checks
    from ingestion.answers.replies import write_round_replies

    outcomes = record_checks(layout, registry().contract(extract), quarter)
    return Checked(outcomes, write_round_replies(layout, deliveries))
