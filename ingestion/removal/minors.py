"""The rule for minors: which rows of a list must be taken for a minor's, and are not held.

Belongs here: the rule, over rows that are stored and over batches on their way. Does not belong here: orders
(``orders``), or taking rows out (``carrying``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.parsing.cells import BLANKS, FALSE_WORDS
from ingestion.readers.headers import normalised

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_ADULT_AGE = 18


def minor_condition(contract: Contract) -> str:
    """SQL over raw rows that holds for a minor's; empty where the contract has no such rule."""
    sealing = contract.sealing
    if sealing is None or sealing.first_day is None:
        return ""
    age = f'year("{sealing.first_day}") - birth_year'
    if sealing.minor_flag:
        return f'("{sealing.minor_flag}" or {age} < {_ADULT_AGE})'
    return f"{age} <= {_ADULT_AGE}"


def not_plainly_adults(connection: duckdb.DuckDBPyConnection, contract: Contract, quarantined: pa.Table) -> set[int]:
    """Numbers of quarantined rows that do not say plainly that they are no minor's.

    Where a list says it of every row, nothing else can be believed of a row that does not: its cells may stand in other
    columns than the header says. ``quarantined`` has ``row_number, cells``.
    """
    flag = contract.sealing.minor_flag if contract.sealing else None
    if flag is None or not quarantined.num_rows:
        return set()
    headers = {normalised(header) for header in contract.columns[flag].headers}
    connection.register("quarantined_rows", quarantined.select(["row_number", "cells"]))
    try:
        sent = connection.execute("select distinct unnest(map_keys(cells)) from quarantined_rows").fetchall()
        found = connection.execute(
            """select row_number from quarantined_rows where not exists (
                select 1 from (select unnest($headers) as header)
                where list_contains($words, regexp_replace(cells[header], $edges, '', 'g'))
            )""",
            {
                "headers": [header for (header,) in sent if normalised(header) in headers],
                "words": list(FALSE_WORDS),
                "edges": f"^[{BLANKS}]+|[{BLANKS}]+$",
            },
        ).fetchall()
    finally:
        connection.unregister("quarantined_rows")
    return {number for (number,) in found}
