"""How much memory a database in memory may take before it writes to the disk.

Belongs here: the share of this machine. Does not belong here: what each kind of work needs, which its caller says.
"""

from __future__ import annotations

import os

#: The environment variable through which dbt's profile learns how much the build may take, as DuckDB writes it.
BUILD_MEMORY_VARIABLE = "PINGAN_BUILD_MEMORY"
#: A build over a city of five million needs more than 4 GB at once and gets by with this; a district takes 1.5 GB.
BUILD_GIGABYTES = 12


def half_of_memory(most_gigabytes: int) -> str:
    """Half of the machine's memory, at most so many gigabytes (10^9 bytes), as DuckDB reads it."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(most_gigabytes * 10**9, machine // 2) // 10**6}MB"
