"""Rows that were not accepted: their place, all their reasons, and their cells as sent.

Belongs here: the table that goes to the quarantine zone. Does not belong here: what is wrong with a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.readers.headers import Header
from ingestion.readers.rows import Misfit

if TYPE_CHECKING:
    import duckdb
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
    connection: duckdb.DuckDBPyConnection,
    delivery_id: str,
    sent: pa.Table,
    defects: pa.ChunkedArray,
    places: tuple[tuple[str, str], ...],
    headers: dict[str, str],
) -> pa.Table:
    """The quarantined rows of a batch: ``sent`` with its ``defects``, whose bit *i* is ``places[i]``."""
    import pyarrow as pa

    if not sent.num_rows:
        return quarantine_schema().empty_table()
    connection.register("rejected", sent.append_column("defects", defects))
    listed = pa.table(
        {
            "bit": range(len(places)),
            "column": [column for column, _ in places],
            "reason_code": [reason for _, reason in places],
        }
    )
    connection.register("places", listed)
    cells = ", ".join(f'"{name}"' for name in headers)
    try:
        found = connection.execute(
            f"""SELECT $delivery_id AS delivery_id, row_number, reasons, map($headers, [{cells}]) AS cells
            FROM rejected JOIN (
                SELECT row_number, list({{'column': "column", 'reason_code': reason_code}} ORDER BY bit) AS reasons
                FROM rejected JOIN places ON (defects & (1::BIGINT << CAST(bit AS INTEGER))) <> 0
                GROUP BY row_number
            ) USING (row_number) ORDER BY row_number""",
            {"delivery_id": delivery_id, "headers": list(headers.values())},
        ).to_arrow_table()
    finally:
        connection.unregister("rejected")
        connection.unregister("places")
    return found.cast(quarantine_schema())


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
