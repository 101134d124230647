"""What every asset is given: the layout of the warehouse, while this process may write.

Belongs here: Dagster resources.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from orchestration.writing import writing
from warehouse.keys import Keys, load_keys
from warehouse.layout import Layout


class Warehouse(dg.ConfigurableResource):
    """The warehouse that ``PINGAN_HOME`` names.

    Set up once per run under the in-process executor, so the writer's lock is held from the run's first step
    to its last. A run that finds another writer fails here, before it has changed anything.
    """

    _layout: Layout | None = PrivateAttr(default=None)
    _keys: Keys | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        layout = Layout.from_environment()
        run = context.run
        with writing(layout, f"Dagster run {run.run_id if run else 'without id'}"):
            self._layout, self._keys = layout, load_keys(layout.keys)
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
