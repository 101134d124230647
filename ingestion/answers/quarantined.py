"""Rows that were not accepted, as their sender is shown them.

Belongs here: the shape of such a row, and which of many are shown. Does not belong here: where they are read from
(``reply``, ``refused_files``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.answers.findings import Place, refused_places

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not accepted: its cells as sent, by header, or by place where the row did not fit the header."""

    row_number: int
    places: tuple[Place, ...]
    cells: tuple[tuple[str, str], ...]


def rows_of(quarantined: pa.Table | pa.RecordBatch) -> tuple[RefusedRow, ...]:
    """The rows of a quarantine table by their number."""
    cells = quarantined["cells"].to_pylist()
    rows = [
        RefusedRow(number, places, tuple(sent))
        for (number, places), sent in zip(refused_places(quarantined), cells, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: row.row_number))


def some_of_every_reason(rows: pa.Table, count: int) -> pa.Array:
    """Numbers of ``count`` rows: the first of every first reason, then the second of every one, and so on."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    first = pc.struct_field(pc.list_element(rows["reasons"], 0), "reason_code")
    reasons = first.combine_chunks().dictionary_encode().indices.to_numpy()
    numbers = rows["row_number"].to_numpy()
    order = np.lexsort((numbers, reasons))
    starts = np.searchsorted(reasons[order], np.arange(reasons.max() + 1))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - starts[reasons[order]]
    return pa.array(numbers[np.lexsort((numbers, rank))[:count]], pa.int32())
