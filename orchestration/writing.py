"""The writer's lock around a whole run, wherever the run was started.

Belongs here: holding the lock once per process, and what is kept open as long as it is held. Does not belong here:
the lock itself (``warehouse.locks``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from orchestration.environment import clear_unfinished, prepare_home
from warehouse.build_database import BuildDatabaseUnreadable, take_over_log
from warehouse.layout import Layout
from warehouse.locks import writer_lock

Kept = TypeVar("Kept")


@dataclass
class _Hold:
    closing: ExitStack
    kept: dict[Hashable, Any] = field(default_factory=dict)


_held: dict[Path, _Hold] = {}


@contextmanager
def writing(layout: Layout, purpose: str) -> Iterator[None]:
    """Hold the writer's lock of ``layout`` for the block.

    The command line holds it over several quarters while each Dagster run asks for it too; the inner request
    is granted, because it is the same process. Raises WarehouseBusy, naming the holder, when another process writes.
    """
    if layout.writer_lock in _held:
        yield
        return
    with writer_lock(layout.writer_lock, purpose), ExitStack() as closing:
        _held[layout.writer_lock] = _Hold(closing)
        try:
            prepare_home(layout)
            if layout.rotation.exists():
                from ingestion.identity.rotation.switching import finish

                finish(layout)
            # Nobody else writes now, so what is unfinished was left by a process that was killed.
            clear_unfinished(layout)
            # Who builds is told; an order to forget somebody takes the database away whether it can be opened or not.
            with suppress(BuildDatabaseUnreadable):
                take_over_log(layout)
            if layout.tombstones.exists():
                _let_go_of_refused(layout)
            yield
        finally:
            del _held[layout.writer_lock]


def _let_go_of_refused(layout: Layout) -> None:
    """Files that the run before refused, and answered, after somebody had been forgotten. An order that was not
    carried out yet takes them with everything else, and the replies that were written without it."""
    from ingestion.ledger import list_records
    from ingestion.removal.orders import carried_out_orders, written_orders
    from ingestion.removal.refused import let_go_of_refused

    done = carried_out_orders(layout)
    orders = [order for order in written_orders(layout) if order.order_id in done]
    if orders:
        let_go_of_refused(layout, list_records(layout), orders)


def kept_while_writing(layout: Layout, name: Hashable, make: Callable[[], AbstractContextManager[Kept]]) -> Kept:
    """What ``make`` makes, opened once and kept until this process gives the writer's lock back.

    Raises KeyError when this process does not hold it.
    """
    hold = _held[layout.writer_lock]
    if name not in hold.kept:
        hold.kept[name] = hold.closing.enter_context(make())
    return hold.kept[name]
