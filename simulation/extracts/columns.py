"""Typed columns of an extract from positions and day numbers.

Belongs here: small helpers that every extract uses. Does not belong here: text forms of cells (``cells``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts.registry import registry
from simulation.text import looked_up, numbered
from simulation.timeline import NEVER, Timeline
from simulation.world import World

#: Days after the end of a quarter on which departments make their extracts.
MADE_AFTER_DAYS = 8


def made_on(timeline: Timeline, quarter: int) -> int:
    """Day on which the extracts of a quarter are made: later events are not known."""
    return int(timeline.ends[quarter]) + MADE_AFTER_DAYS


def dates(days: np.ndarray, known_by: int = int(NEVER) - 1) -> pa.Array:
    """Dates; null for what has not happened by ``known_by``."""
    days = np.asarray(days)
    return pa.array(days.astype(np.int32), mask=days > known_by).cast(pa.date32())


def moments(days: np.ndarray, seconds: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(days, np.int64) * 86_400 + np.asarray(seconds)).cast(pa.timestamp("s"))


def codes(values: np.ndarray | list) -> pa.Array:
    """Codes as text from whole numbers or text."""
    different, index = np.unique(values, return_inverse=True)
    return looked_up(different, index)


def emptied(values: pa.Array, is_empty: np.ndarray) -> pa.Array:
    """The values with nulls where ``is_empty``."""
    return pc.if_else(pa.array(is_empty), pa.scalar(None, values.type), values)


def committee_codes(world: World, committees: np.ndarray) -> pa.Array:
    return looked_up(world.places.committee_codes, committees)


def compound_codes(world: World, compounds: np.ndarray) -> pa.Array:
    return looked_up(world.places.compound_codes, compounds)


def month_numbers(prefix: str, days: np.ndarray, width: int) -> pa.Array:
    """Running numbers within each month of days in ascending order: prefix, yyyymm, number."""
    months = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]")
    first = np.searchsorted(months, months, side="left")
    number = months.astype(np.int64)
    yyyymm = (number // 12 + 1970) * 100 + number % 12 + 1
    return numbered(prefix, yyyymm * 10**width + np.arange(len(months)) - first + 1, 6 + width)


def quarter_numbers(prefix: str, world: World, quarter: int, count: int, width: int) -> pa.Array:
    """Running numbers of a quarter: prefix, year, quarter, number. Raises ValueError when they run out."""
    if count >= 10**width:
        raise ValueError(f"{count} numbers {prefix} in a quarter do not fit {width} digits")
    when = world.timeline.quarters[quarter]
    return numbered(prefix, (when.year * 10 + when.number) * 10**width + np.arange(1, count + 1), 5 + width)


def frame(extract: str, columns: dict[str, pa.Array]) -> pa.Table:
    """The columns as the contract orders them. Raises KeyError when one is missing or unknown."""
    declared = registry().contract(extract).columns
    if set(declared) != set(columns):
        raise KeyError(f"{extract}: columns differ from the contract: {sorted(set(declared) ^ set(columns))}")
    return pa.table({name: columns[name] for name in declared})


def merged_events(world: World, quarter: int, kinds: list[str]) -> dict[str, np.ndarray]:
    """Events of several kinds in the order of time; ``kind`` is the position in ``kinds``."""
    parts = []
    for number, name in enumerate(kinds):
        events = world.events[name]
        at = events.of_quarter(quarter)
        parts.append(
            (np.full(len(at), number), events.day[at], events.second[at], events.committee[at], events.compound[at])
        )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[2], columns[1]))
    return dict(
        zip(("kind", "day", "second", "committee", "compound"), (column[order] for column in columns), strict=True)
    )
