"""The form of a file of values: its columns, cells and numbers, whatever series it is for.

Belongs here: reading the rows, and every fault that shows without a series. Does not belong here: what a series says of
the values (``long``).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from safety_index.faults import FaultyInput
from safety_index.tables.cube import GIVEN_STATUSES
from safety_index.tables.periods import ordinal

KEY = ("period", "area", "indicator")
AMOUNTS = ("value", "numerator", "denominator")
OPTIONAL = ("level", "parent", "status")
#: A fault and its line; line 0 is the file as a whole.
Fault = tuple[int, str]


class ValueFaults(FaultyInput):
    """Everything that is wrong with a file of values, at once. ``found`` has the faults with their lines."""

    def __init__(self, where: str, found: Iterable[Fault]) -> None:
        self.found = tuple(sorted(dict.fromkeys(found)))
        super().__init__(where, [f"line {line}, {text}" if line else text for line, text in self.found])


@dataclass(frozen=True)
class ValueFile:
    """The rows of a file: ``cells`` as text and ``numbers`` as they were parsed, both indexed by line, and the
    ``faults`` of their form. Without a usable header there are no rows."""

    cells: pd.DataFrame
    numbers: dict[str, pd.Series]
    faults: list[Fault]


def read_value_file(path: Path) -> ValueFile:
    """The rows of ``path``, a CSV file in UTF-8 or GB18030, and what is wrong with their form."""
    header, rows, faults = _rows(path)
    faults = (_header_faults(header) if header else []) + faults
    is_usable = bool(rows) and not any(line == 0 for line, _ in faults)
    cells = pd.DataFrame([row for _, row in rows] if is_usable else [], columns=header if is_usable else KEY, dtype=str)
    cells.index = pd.Index([line for line, _ in rows] if is_usable else [], dtype=int)
    for column in (*OPTIONAL, *AMOUNTS):
        if column not in cells:
            cells[column] = ""
    numbers = {field: _numbers(cells[field]) for field in AMOUNTS}
    return ValueFile(cells, numbers, faults + _cell_faults(cells, numbers))


def _cell_faults(frame: pd.DataFrame, numbers: dict[str, pd.Series]) -> list[Fault]:
    found: list[Fault] = []

    def note(is_wrong: pd.Series, field: str, words: Callable[[str], str]) -> None:
        found.extend((int(line), f"{field}: {words(text)}") for line, text in frame.loc[is_wrong, field].items())

    for field in KEY:
        note(frame[field].eq(""), field, lambda _: "is empty")
    is_period = frame["period"].map(_is_period).astype(bool)
    note(~is_period & frame["period"].ne(""), "period", lambda text: _period_fault(text))
    wrong_status = ~frame["status"].isin((*GIVEN_STATUSES, ""))
    note(wrong_status, "status", lambda text: f"{text} is none of {', '.join(GIVEN_STATUSES)}")
    for line, first in _repeated(frame):
        found.append((line, f"area: stands on line {first} already, with this period and indicator"))
    for field, parsed in numbers.items():
        note(frame[field].ne("") & ~np.isfinite(parsed), field, lambda text: f"{text!r} is not a number")
    note(numbers["denominator"] < 0, "denominator", lambda text: f"{text} is below 0")
    if is_period.all() and len({ordinal(text)[0] for text in frame["period"].unique()}) > 1:
        found.append((int(frame.index[0]), "period: years, quarters and months stand side by side"))
    return found


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]], list[Fault]]:
    """Header, (line, cells) of every row that is not empty, and (line, fault) of those of another form."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            return [], [], [(0, "the file is text neither in UTF-8 nor in GB18030")]
    reader = csv.reader(text.splitlines(keepends=True))
    header = [name.strip() for name in next(reader, [])]
    rows, faults = [], []
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) != len(header):
            faults.append((reader.line_num, f"fields: {len(cells)} where the header has {len(header)}"))
        else:
            rows.append((reader.line_num, [cell.strip() for cell in cells]))
    if not rows and not faults:
        faults.append((0, "the file has no rows"))
    return header, rows, faults


def _header_faults(header: list[str]) -> list[Fault]:
    known = (*KEY, *OPTIONAL, *AMOUNTS)
    faults = [f"column {name} is not there" for name in KEY if name not in header]
    if "value" not in header and not {"numerator", "denominator"} <= set(header):
        faults.append("column value is not there, nor are numerator and denominator")
    faults += [f"column {name!r} is none of {', '.join(known)}" for name in header if name not in known]
    faults += [f"column {name} stands there twice" for name in sorted({n for n in header if header.count(n) > 1})]
    return [(0, fault) for fault in faults]


def _is_period(text: str) -> bool:
    try:
        ordinal(text)
    except ValueError:
        return False
    return True


def _period_fault(text: str) -> str:
    try:
        ordinal(text)
    except ValueError as error:
        return str(error)
    return text


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts.where(texts.ne("")), errors="coerce").astype(float)


def _repeated(frame: pd.DataFrame) -> Iterable[tuple[int, int]]:
    key = frame[[*KEY, "level"]].agg("\x1f".join, axis=1) if len(frame) else pd.Series(dtype=str)
    first = {text: line for line, text in reversed(list(key.items()))}
    return [(line, first[text]) for line, text in key.items() if first[text] != line]
