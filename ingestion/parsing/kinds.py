"""What kind of row a defective row is: data, or a note, total, signature, blank row or repeated header.

Belongs here: recognising such rows among those that were read. Does not belong here: the patterns
(``readers.furniture``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.parsing import cells
from ingestion.prepared import Asker
from ingestion.readers.furniture import PATTERNS

if TYPE_CHECKING:
    import pyarrow as pa

#: Row kinds in the order to which ``row_kinds`` refers.
KINDS = (*PATTERNS, "blank", "header")


def row_kinds(asker: Asker, contract: Contract, rows: pa.Table) -> pa.ChunkedArray:
    """The place in KINDS of each of ``rows`` (uint8), NULL for data. ``rows`` has text columns in the file's order.

    Only a row with a defect need be asked about: ``statement`` sees to it that what is not data has one.
    """
    branches = [f"WHEN first_cell IS NULL THEN {KINDS.index('blank')}"]
    for kind, pattern in PATTERNS.items():
        branches.append(f"WHEN regexp_matches(first_cell, {cells.literal(pattern)}) THEN {KINDS.index(kind)}")
    # A header that comes again in the midst of the rows, as where two exports were pasted together.
    headers = [header for column in contract.columns.values() for header in column.headers]
    again = " ".join(f"WHEN {cells.literal(header)} THEN {KINDS.index('header')}" for header in headers)
    blank = f"'^[{cells.BLANKS}]+|[{cells.BLANKS}]+$'"
    filled = ", ".join(f"nullif(regexp_replace(\"{name}\", {blank}, '', 'g'), '')" for name in rows.column_names)
    sql = (
        f"SELECT CAST(CASE {' '.join(branches)} ELSE CASE first_cell {again} END END AS UTINYINT) AS kind "
        f"FROM (SELECT coalesce({filled}) AS first_cell FROM defective_rows)"
    )
    return asker.ask(sql, "defective_rows", rows)["kind"]
