"""The columns of a batch that say which person a row is about.

Belongs here: what a contract's ``person`` makes of a row's number, name and birth date. Does not belong here: what a
number is worth (``ingestion.identity``).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.identity.judgement import judge_numbers
from ingestion.identity.numbers import RESIDENT_CARD
from ingestion.parsing import cells
from ingestion.parsing.columns import ParsedColumn
from ingestion.prepared import Asker
from ingestion.readers.rows import NUMERIC_FLAG

if TYPE_CHECKING:
    import pyarrow as pa


def person_columns(
    asker: Asker,
    contract: Contract,
    sent: pa.Table,
    parsed: dict[str, ParsedColumn],
    period_end: dt.date,
) -> pa.Table:
    """What ``judge_numbers`` says of the rows ``sent``, with ``unidentified``, the message from which the pseudonym of
    a row without a usable number is made, and ``birth_year`` (int16) where the contract has a birth date."""
    import pyarrow as pa
    import pyarrow.compute as pc

    person = contract.person
    columns = judge_numbers(
        asker,
        _text(sent, person.number),
        _declared_types(contract, parsed, sent.num_rows),
        sent[NUMERIC_FLAG].combine_chunks() if NUMERIC_FLAG in sent.column_names else None,
        period_end,
    )
    birth = parsed.get(person.birth_date)
    messages = _unidentified(asker, contract, sent, birth, pc.is_null(columns["number"]))
    columns = columns.append_column("unidentified", messages)
    if not person.birth_date:
        return columns
    years = pc.year(birth.values).cast(pa.int16()) if birth else pa.nulls(sent.num_rows, pa.int16())
    return columns.append_column("birth_year", years)


def _text(sent: pa.Table, name: str) -> pa.Array:
    """The column as sent; empty texts where the file does not have it."""
    import pyarrow as pa

    if name not in sent.column_names:
        return pa.repeat("", sent.num_rows)
    return pa.concat_arrays(sent[name].chunks) if sent[name].num_chunks else pa.array([], pa.string())


def _declared_types(contract: Contract, parsed: dict[str, ParsedColumn], count: int) -> pa.Array:
    """The document type of each row; a resident identity card where the extract or the row names none."""
    import pyarrow as pa

    column = parsed.get(contract.person.type)
    if column is None:
        return pa.repeat(RESIDENT_CARD, count)
    declared = registry()
    words = pa.array(cells.code_values(declared.code_lists[declared.fields[contract.person.type].codes]))
    return words.take(column.values).fill_null(RESIDENT_CARD)


def _unidentified(
    asker: Asker,
    contract: Contract,
    sent: pa.Table,
    birth: ParsedColumn | None,
    without_number: pa.ChunkedArray,
) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    person = contract.person
    rows = pc.indices_nonzero(without_number)
    given = {"number": _text(sent, person.number).take(rows), "name": _text(sent, person.name).take(rows)}
    given["birth"] = (birth.values if birth else pa.nulls(sent.num_rows, pa.date32())).take(rows)
    sql = (
        f"SELECT concat_ws('|', 'unidentified', {cells.literal(contract.department)}, "
        f"{cells.comparable_name('name')}, coalesce(CAST(birth AS VARCHAR), ''), number) AS message "
        "FROM unidentified_rows"
    )
    messages = asker.ask(sql, "unidentified_rows", pa.table(given))
    mask = without_number.combine_chunks()
    return pc.replace_with_mask(pa.nulls(sent.num_rows, pa.string()), mask, messages["message"].combine_chunks())
