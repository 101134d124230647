"""Which level each area of a long table belongs to: as stated, or from who is whose parent.

Belongs here: levels, and what is wrong with parents. Does not belong here: any value.
"""

from __future__ import annotations

import pandas as pd

from safety_index.series.declaration import Series


class LevelFault(Exception):
    """Areas that fit no level: ``lines`` are (line, fault)."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__(f"{len(lines)} faults of levels")
        self.lines = lines


def levels_of(frame: pd.DataFrame, series: Series) -> pd.Series:
    """The level code of every row of ``frame`` (columns period, area, parent, level; indexed by line).

    Stated levels are checked against the series. Otherwise an area whose parent has no rows lies at the top, others one
    below their parent, and the lowest areas lie on the series's last level. Raises LevelFault with every fault.
    """
    faults = _parent_faults(frame)
    is_stated = frame["level"].ne("")
    unknown = is_stated & ~frame["level"].isin(series.level_codes)
    faults += [
        (int(line), f"level: {frame.at[line, 'level']} is none of {', '.join(series.level_codes)}")
        for line in frame.index[unknown]
    ]
    if is_stated.any() and not is_stated.all():
        faults.append((int(frame.index[~is_stated][0]), "level: is empty here, and stated elsewhere"))
    if is_stated.any():
        if faults:
            raise LevelFault(faults)
        return frame["level"]
    depth = _depths(frame, faults)
    deepest = max(depth.values(), default=0)
    if deepest >= len(series.levels):
        area = next(area for area, steps in depth.items() if steps == deepest)
        line = int(frame.index[frame["area"].eq(area)][0])
        have = f"{len(series.levels)} level{'s' if len(series.levels) > 1 else ''}"
        faults.append((line, f"parent: {area} lies {deepest} parents deep, and the series has {have} of areas"))
    if faults:
        raise LevelFault(faults)
    top = len(series.levels) - 1 - deepest
    return frame["area"].map({area: series.level_codes[top + steps] for area, steps in depth.items()})


def _parent_faults(frame: pd.DataFrame) -> list[tuple[int, str]]:
    key = [frame["period"], frame["area"], frame["level"]]
    first = frame.groupby(key, sort=False)["parent"].transform("first")
    return [
        (int(line), f"parent: {frame.at[line, 'parent'] or 'empty'}, and {first[line] or 'empty'} in an earlier row")
        for line in frame.index[frame["parent"].ne(first)]
    ]


def _depths(frame: pd.DataFrame, faults: list[tuple[int, str]]) -> dict[str, int]:
    """How many ancestors with rows each area has; a circle is added to ``faults``."""
    parent = dict(zip(frame["area"], frame["parent"], strict=True))
    depth: dict[str, int] = {}
    for area in parent:
        chain = [area]
        while (above := parent.get(chain[-1], "")) in parent and above not in chain:
            chain.append(above)
        if above and above in chain:
            line = int(frame.index[frame["area"].eq(area)][0])
            faults.append((line, f"parent: {area} is its own ancestor"))
        depth[area] = len(chain) - 1
    return depth
