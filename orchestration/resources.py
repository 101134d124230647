"""What every asset is given: the layout of the warehouse, while this process may write.

Belongs here: Dagster resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from orchestration.writing import writing
from warehouse.keys import Keys, load_keys
from warehouse.layout import Layout

if TYPE_CHECKING:
    from ingestion.workbench import Workbench


class Warehouse(dg.ConfigurableResource):
    """The warehouse that ``PINGAN_HOME`` names.

    Set up once per run under the in-process executor, so the writer's lock is held from the run's first step
    to its last. A run that finds another writer fails here, before it has changed anything.
    """

    _layout: Layout | None = PrivateAttr(default=None)
    _keys: Keys | None = PrivateAttr(default=None)
    _bench: Workbench | None = PrivateAttr(default=None)
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        layout = Layout.from_environment()
        run = context.run
        with writing(layout, f"Dagster run {run.run_id if run else 'without id'}"), ExitStack() as self._open:
            self._layout, self._keys, self._bench = layout, load_keys(layout.keys), None
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

    @property
    def bench(self) -> Workbench:
        """One connection and one store of pseudonyms for all extracts of the run: a person stands in several."""
        if self._bench is None:
            from ingestion.workbench import Workbench

            self._bench = self._open.enter_context(Workbench(self.layout, self.key_set))
        return self._bench
