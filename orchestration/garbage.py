"""How often Python looks for garbage.

Dagster's definitions, dbt's manifest and Great Expectations are a million objects that stay as long as their process;
to look through them time and again took a twentieth of a quarter's CPU time.

Belongs here: what a process that runs quarters, or works for one, asks of Python's collector. Does not belong here:
what is garbage.
"""

from __future__ import annotations

import atexit
import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects after which Python looks for garbage; a quarter makes a quarter of that.
_OBJECTS_BETWEEN_COLLECTIONS = 2_000_000
#: A quarter leaves some 400,000 objects to be found, which hold 20 MB. To find them takes almost half a second, so that
#: it is done for many at once, and not at all for a few.
_QUARTERS_BETWEEN_COLLECTIONS = 8
_quarters = itertools.count()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let Python look for garbage once in many quarters, of which this is one, and not among what stays."""
    usual = gc.get_threshold()
    if (before := next(_quarters)) and before % _QUARTERS_BETWEEN_COLLECTIONS == 0:
        gc.collect()
    # What is frozen counts as looked at: without the above, garbage would grow from quarter to quarter.
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
