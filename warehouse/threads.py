"""How many threads a statement of DuckDB has that runs beside others.

Models are built side by side, and files are read, checked and copied beside them and beside linking. On two processors
a second thread of a statement takes time from the others, and up to a third more of it than one: whoever waits for a
thread asks again and again.

Belongs here: the number. Does not belong here: what runs beside what (``orchestration``).
"""

from __future__ import annotations

import os

#: The build's profile reads it, too.
THREADS_VARIABLE = "PINGAN_BUILD_THREADS"


def statement_threads() -> int:
    """Threads of a statement; one where nothing is said. Raises ValueError when what is said is no such number."""
    said = os.environ.get(THREADS_VARIABLE, "1")
    if not said.isdecimal() or int(said) < 1:
        raise ValueError(f"{THREADS_VARIABLE} is {said!r}; say a number of threads, from 1")
    return int(said)
