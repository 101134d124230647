"""How often Python looks for garbage.

Dagster's definitions, dbt's manifest and Great Expectations are a million objects that stay as long as their process;
to look through them time and again took a twentieth of a quarter's CPU time.

Belongs here: what a process that runs quarters, or works for one, asks of Python's collector. Does not belong here:
what is garbage.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects after which Python looks for garbage while a quarter runs. One leaves some 400,000 of them to be found,
#: which hold 20 MB: to look once in four quarters costs less than to look six times in each, which took 0.4 seconds.
_OBJECTS_BETWEEN_COLLECTIONS = 2_000_000


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let Python look for garbage seldom, and not among what was there before."""
    usual = gc.get_threshold()
    gc.freeze()
    collect_seldom_in_this_process()
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def collect_seldom_in_this_process() -> None:
    """Let Python look for garbage seldom as long as the process lives."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


def leave_all_at_the_end() -> None:
    """Have nothing looked through when the process ends: all of it goes anyhow."""
    atexit.register(gc.freeze)
