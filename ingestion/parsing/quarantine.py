"""Rows that were not accepted: their place, all their reasons, and their cells as sent.

Belongs here: the table that goes to the quarantine zone. Does not belong here: what is wrong with a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.readers.headers import Header
from ingestion.readers.rows import Misfit

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def quarantine_schema() -> pa.Schema:
    """``reasons`` are in order; the first is the one that is counted. ``cells`` maps the header to the text."""
    import pyarrow as pa

    reason = pa.struct([("column", pa.string()), ("reason_code", pa.string())])
    return pa.schema(
        [
            ("delivery_id", pa.string()),
            ("row_number", pa.int32()),
            ("reasons", pa.list_(reason)),
            ("cells", pa.map_(pa.string(), pa.string())),
        ]
    )


def quarantined_rows(
    delivery_id: str,
    sent: pa.Table,
    defects: pa.ChunkedArray,
    places: tuple[tuple[str, str], ...],
    headers: dict[str, str],
) -> pa.Table:
    """The quarantined rows of a batch, in its order: ``sent`` with its ``defects``, whose bit *i* is ``places[i]``."""
    import numpy as np
    import pyarrow as pa

    schema = quarantine_schema()
    count = sent.num_rows
    if not count:
        return schema.empty_table()
    bits = (defects.to_numpy()[:, None] >> np.arange(len(places))) & 1 == 1
    _, found = np.nonzero(bits)
    columns, reasons = (pa.array(words, pa.string()).take(pa.array(found)) for words in zip(*places, strict=True))
    reason_type = schema.field("reasons").type.value_type
    listed = pa.ListArray.from_arrays(
        _offsets(bits.sum(axis=1)), pa.StructArray.from_arrays([columns, reasons], fields=list(reason_type))
    )
    by_row = np.arange(len(headers) * count).reshape(len(headers), count).T.ravel()
    cells = pa.concat_arrays([chunk for name in headers for chunk in sent[name].chunks]).take(pa.array(by_row))
    sent_headers = pa.array(list(headers.values()), pa.string()).take(pa.array(np.arange(len(by_row)) % len(headers)))
    mapped = pa.MapArray.from_arrays(_offsets(np.full(count, len(headers))), sent_headers, cells)
    return pa.table(
        [pa.repeat(pa.scalar(delivery_id, pa.string()), count), sent["row_number"], listed, mapped], schema=schema
    )


def _offsets(lengths: np.ndarray) -> pa.Array:
    """Where lists of these lengths begin, and where the last one ends."""
    import numpy as np
    import pyarrow as pa

    return pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())


def quarantined_misfits(delivery_id: str, misfits: list[Misfit], header: Header) -> pa.Table:
    """Rows that do not fit the header. Their cells are kept by place, since no header stands over them; and not at
    all when the file has columns that are refused, since nobody knows where those are. Where only a cell has no
    value, the others stand under their headers."""
    import pyarrow as pa

    rows = [
        {
            "delivery_id": delivery_id,
            "row_number": misfit.row_number,
            "reasons": [{"column": misfit.column, "reason_code": misfit.reason_code}],
            "cells": _misfit_cells(misfit, header),
        }
        for misfit in misfits
        if misfit.kind is None
    ]
    return pa.Table.from_pylist(rows, schema=quarantine_schema())


def _misfit_cells(misfit: Misfit, header: Header) -> list[tuple[str, str]]:
    if misfit.column:
        placed = zip(header.columns, misfit.cells, strict=False)
        return [(header.sent[name], cell) for name, cell in placed if name]
    if header.refused:
        return []
    return [(f"第{place}列", cell) for place, cell in enumerate(misfit.cells, start=1)]
