"""What every asset is given: the layout of the warehouse, while this process may write.

Belongs here: Dagster resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import PrivateAttr

from orchestration.jobs import COMING_TAG
from orchestration.writing import writing
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from orchestration.intake_ahead import IntakeAhead
    from orchestration.release_ahead import ReleaseAhead


class Warehouse(dg.ConfigurableResource):
    """The warehouse that ``PINGAN_HOME`` names.

    Set up once per run under the in-process executor, so the writer's lock is held from the run's first step
    to its last. A run that finds another writer fails here, before it has changed anything.
    """

    _layout: Layout | None = PrivateAttr(default=None)
    _keys: Keys | None = PrivateAttr(default=None)
    _intake: IntakeAhead | None = PrivateAttr(default=None)
    _release_ahead: ReleaseAhead | None = PrivateAttr(default=None)
    _selected: frozenset[dg.AssetKey] = PrivateAttr(default=frozenset())
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        from ingestion.keyed import keys_in_order

        layout = Layout.from_environment()
        run = context.run
        with writing(layout, f"Dagster run {run.run_id if run else 'without id'}"), ExitStack() as self._open:
            self._layout, self._keys = layout, keys_in_order(layout)
            self._intake = self._release_ahead = None
            self._selected = frozenset((run.asset_selection if run else None) or ())
            yield self

    @property
    def layout(self) -> Layout:
        if self._layout is None:
            raise RuntimeError("the warehouse is open only inside a run")
        return self._layout

    @property
    def key_set(self) -> Keys:
        if self._keys is None:
            raise RuntimeError("the keys are read only inside a run")
        return self._keys

    def elsewhere(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """What ``do`` answers, called in another process where there is one."""
        from orchestration.working_process import worker

        return worker(self.layout).run(do, *arguments)

    def begin_analysts_database(self) -> None:
        """Begin the analysts' database of what was built, beside the steps that come before the release; nothing where
        none comes."""
        if not self._selects(["release", "safety_index_release"]):
            return
        from orchestration.release_ahead import ReleaseAhead

        self._release_ahead = self._open.enter_context(ReleaseAhead(self.layout, self.key_set))

    def begun_analysts_database(self) -> Path | None:
        """Where the one that this run has begun lies; waits for it."""
        return self._release_ahead.analysts_database() if self._release_ahead else None

    @property
    def intake(self) -> IntakeAhead:
        """The intake of all extracts that this run selects, and the linking if it selects that with all of them."""
        if self._intake is None:
            from ingestion.contracts.registry import registry
            from orchestration.intake_ahead import IntakeAhead

            contracts = registry().contracts.values()
            chosen = [one for one in contracts if self._selects(["raw", one.department, one.name])]
            links_too = self._selects(["identity", "links"]) and len(chosen) == len(contracts)
            self._intake = self._open.enter_context(IntakeAhead(self.layout, self.key_set, chosen, links_too))
        return self._intake

    def read_ahead(self, run: dg.DagsterRun) -> None:
        """Begin to read files of the coming round, if the run says which that is, beside what it still does; nothing
        while a file is taken in, since the coming round's of the same bytes would have the same temporary names."""
        from orchestration.reading_ahead import reading_ahead

        coming = run.tags.get(COMING_TAG)
        if coming and (self._intake is None or self._intake.is_idle):
            reading_ahead(self.layout, self.key_set).begin(Quarter.parse(coming))

    def _selects(self, key: list[str]) -> bool:
        # A run of a whole job names no asset.
        return not self._selected or dg.AssetKey(key) in self._selected
