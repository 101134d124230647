"""Indicator values by quarter, in the forms that disclosure control looks at them.

Belongs here: rows by cell, counts for windows, and bytes that tell whether anything is another. Rows are made only
where a quarter is decided, which of most quarters is kept. Does not belong here: any rule.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from publication.disclosure.cells import Cell

if TYPE_CHECKING:
    import pyarrow as pa


class Figures:
    """The indicator values of one quarter."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    @cached_property
    def rows(self) -> dict[Cell, Mapping[str, Any]]:
        return {(row["area_code"], row["indicator_code"]): row for row in rows_of(self._table)}

    @cached_property
    def areas(self) -> list[str]:
        return self._table["area_code"].unique().to_pylist()

    @cached_property
    def counts(self) -> dict[Cell, tuple[float, int]]:
        """The numerators of observed cells, and over how many quarters each is counted."""
        import pyarrow.compute as pc

        is_counted = pc.and_(pc.equal(self._table["status_code"], "observed"), self._table["numerator"].is_valid())
        columns = ("area_code", "indicator_code", "numerator", "window_quarter_count")
        counted = self._table.select(columns).filter(is_counted)
        lists = (column.to_pylist() for column in counted.columns)
        return {(area, code): (numerator, length or 1) for area, code, numerator, length in zip(*lists, strict=True)}

    def content(self) -> bytes:
        """Equal for equal rows in the same order, other for others: names, types and every value, to the last bit."""
        return marshal.dumps([(name, *_values(self._table[name])) for name in self._table.column_names], 2)


def figures_by_quarter(rows: pa.Table) -> dict[str, Figures]:
    """The figures of every quarter, ascending."""
    import pyarrow.compute as pc

    if not rows.num_rows:
        return {}
    return {
        quarter: Figures(rows.filter(pc.equal(rows["quarter"], quarter)))
        for quarter in sorted(rows["quarter"].unique().to_pylist())
    }


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table in its order."""
    names, columns = table.column_names, [column.to_pylist() for column in table.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> tuple:
    """A column's type, where it has no value, and its values. What lies in memory where there is no value is chance."""
    import pyarrow.types as types

    kind, unknown = str(column.type), column.is_null().to_numpy().tobytes()
    if types.is_floating(column.type) or types.is_integer(column.type) or types.is_boolean(column.type):
        return kind, unknown, column.fill_null(False if types.is_boolean(column.type) else 0).to_numpy().tobytes()
    return kind, unknown, column.to_pylist()
