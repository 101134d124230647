"""Files that are read together: one or more series, and the values that they are to score.

Belongs here: telling the faults of all of them at once. Does not belong here: what is a fault of a series
(``series``), of a file's form (``value_files``) or of a value (``long``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pandas as pd

from safety_index.faults import FaultyInput, FaultyInputs
from safety_index.series.declaration import Series, load_series
from safety_index.tables.long import values_of
from safety_index.tables.value_files import ValueFaults, read_value_file

Made = TypeVar("Made")


def read_inputs(values_path: Path, *series_paths: Path) -> list[tuple[Series, pd.DataFrame]]:
    """Every series with the values of its indicators, as ``read_values`` gives them.

    Raises FaultyInput, or FaultyInputs where several files have faults, with all faults of all files. Where a series
    cannot be read, the values are checked for their form and by the other series; which of their indicators are
    unknown can then not be told.
    """
    refused: list[FaultyInput] = []
    found = [_tried(lambda path=path: load_series(path), refused) for path in dict.fromkeys(series_paths)]
    known = {path: series for path, series in zip(dict.fromkeys(series_paths), found, strict=True) if series}
    file, faults = read_value_file(values_path), []
    if len(known) < len(found):
        others = set(file.cells["indicator"])
    else:
        others = {code for series in known.values() for code in series.indicator_codes}
    tables: dict[Path, pd.DataFrame] = {}
    for path, series in known.items():
        try:
            tables[path] = values_of(file, values_path.name, series, others)
        except ValueFaults as error:
            faults += error.found
    if faults or file.faults:
        refused.append(ValueFaults(values_path.name, [*file.faults, *faults]))
    if refused:
        raise refused[0] if len(refused) == 1 else FaultyInputs(refused)
    return [(known[path], tables[path]) for path in series_paths]


def _tried(work: Callable[[], Made], refused: list[FaultyInput]) -> Made | None:
    try:
        return work()
    except FaultyInput as error:
        refused.append(error)
        return None
