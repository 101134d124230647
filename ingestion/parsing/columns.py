"""Columns of text to columns of values. Where a column has few different texts, each of them is parsed once.

Belongs here: applying the form of cells to whole columns. Does not belong here: the form itself (``cells``), or rules
within a row (``statement``).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.contracts.models import Bilingual, FieldMeaning
from ingestion.contracts.registry import registry
from ingestion.parsing import cells

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: In fewer rows than this, looking for texts that come again costs more than parsing them again.
_FEW_ROWS = 4096
#: Types of which nearly every cell has a text of its own.
_SINGLE_TEXTS = ("name", "address", "phone", "document_number")


@dataclass(frozen=True)
class ParsedColumn:
    """``values``, NULL where a cell has none, and ``absent`` (uint8), 1 where the cell says so itself. A boolean's
    values are uint8, a code's its place in the code list, and a direct identifier has none at all."""

    values: pa.Array
    absent: pa.Array


def is_valued(meaning: FieldMeaning) -> bool:
    """Whether a cell of the field has a value other than its own text, which for identifiers stays as it was sent."""
    return meaning.sensitivity != "direct" or meaning.type == "date"


def parse_columns(
    connection: duckdb.DuckDBPyConnection, names: tuple[str, ...], sent: pa.Table
) -> dict[str, ParsedColumn]:
    """The columns ``names`` of ``sent``, row by row. Raises KeyError for a name that is no field."""
    import pyarrow as pa

    fields = registry().fields
    parsed: dict[str, ParsedColumn] = {}
    singly: list[str] = []
    for name in names:
        texts = _different_texts(sent[name]) if fields[name].type not in _SINGLE_TEXTS else None
        if texts is None:
            singly.append(name)
            continue
        (once,) = _run(connection, (name,), pa.table({name: texts.dictionary})).values()
        parsed[name] = ParsedColumn(_handed_out(once.values, texts.indices), _handed_out(once.absent, texts.indices))
    if singly:
        parsed |= _run(connection, tuple(singly), sent.select(singly))
    return parsed


def _different_texts(column: pa.ChunkedArray) -> pa.DictionaryArray | None:
    """The column by its different texts; None where most of its rows have a text of their own."""
    if len(column) < _FEW_ROWS:
        return None
    texts = column.combine_chunks().dictionary_encode()
    return texts if 2 * len(texts.dictionary) <= len(column) else None


def _handed_out(once: pa.Array, places: pa.Array) -> pa.Array:
    """The value of each row. Text stays a dictionary, which Parquet stores as it is."""
    import pyarrow as pa

    if pa.types.is_string(once.type) and not once.null_count:
        return pa.DictionaryArray.from_arrays(places, once)
    return once.take(places)


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...], texts: pa.Table) -> dict[str, ParsedColumn]:
    """The columns of ``texts``: cells that are written plainly first, since nearly all are, then the rest."""
    import pyarrow.compute as pc

    parsed = _execute(connection, _plain_statement(names), names, texts)
    fields = registry().fields
    rest = {name: _not_plain(parsed[name]) for name in names if is_valued(fields[name])}
    rest = {name: mask for name, mask in rest.items() if mask.true_count}
    if not rest:
        return parsed
    in_any_column = functools.reduce(pc.or_, rest.values())
    rows = texts.select(list(rest)).filter(in_any_column)
    for name, column in _execute(connection, _full_statement(tuple(rest)), tuple(rest), rows).items():
        parsed[name] = ParsedColumn(
            pc.replace_with_mask(parsed[name].values, in_any_column, column.values),
            pc.replace_with_mask(parsed[name].absent, in_any_column, column.absent),
        )
    return parsed


def _not_plain(parsed: ParsedColumn) -> pa.BooleanArray:
    import pyarrow.compute as pc

    return pc.and_(pc.is_null(parsed.values), pc.equal(parsed.absent, 0))


def _execute(
    connection: duckdb.DuckDBPyConnection, sql: str, names: tuple[str, ...], texts: pa.Table
) -> dict[str, ParsedColumn]:
    connection.register("texts", texts)
    try:
        found = connection.execute(sql).to_arrow_table()
    finally:
        connection.unregister("texts")
    return {
        name: ParsedColumn(found[f"value_{name}"].combine_chunks(), found[f"absent_{name}"].combine_chunks())
        for name in names
    }


@functools.cache
def _plain_statement(names: tuple[str, ...]) -> str:
    """SQL that yields ``value_<name>`` and ``absent_<name>`` of each column of the table ``texts``, in its order. A
    value that is not written plainly is NULL."""
    outputs = []
    for name in names:
        meaning = registry().fields[name]
        if is_valued(meaning):
            value = _stored(meaning, cells.fast_value(meaning, name, _codes(meaning)))
            absent = f"{name} = ''"
        else:
            value, absent = "NULL::UTINYINT", cells.is_absent(meaning, name)
        outputs.append(f"{value} AS value_{name}, {_flag(absent)} AS absent_{name}")
    return f"SELECT {', '.join(outputs)} FROM texts"


@functools.cache
def _full_statement(names: tuple[str, ...]) -> str:
    """As ``_plain_statement``, for cells written in any of the ways that ``cells`` knows."""
    bare, text, outputs = [], [], []
    for name in names:
        meaning = registry().fields[name]
        bare.append(f"CASE WHEN {name} <> '' THEN {cells.stripped(meaning, name)} END AS bare_{name}")
        text.append(
            f"CASE WHEN bare_{name} IS NOT NULL THEN {cells.absent(meaning, f'bare_{name}')} END AS text_{name}"
        )
        slow = (
            f"CASE WHEN text_{name} IS NOT NULL THEN {cells.slow_value(meaning, f'text_{name}', _codes(meaning))} END"
        )
        value = f"coalesce({cells.fast_value(meaning, name, _codes(meaning))}, {slow})"
        absent = f"{value} IS NULL AND text_{name} IS NULL"
        outputs.append(f"{_stored(meaning, value)} AS value_{name}, {_flag(absent)} AS absent_{name}")
    return (
        f"WITH bare AS NOT MATERIALIZED (SELECT {', '.join(['*', *bare])} FROM texts), "
        f"cleaned AS NOT MATERIALIZED (SELECT {', '.join(['*', *text])} FROM bare) "
        f"SELECT {', '.join(outputs)} FROM cleaned"
    )


def _codes(meaning: FieldMeaning) -> dict[str, Bilingual] | None:
    return registry().code_lists[meaning.codes] if meaning.codes else None


def _stored(meaning: FieldMeaning, value: str) -> str:
    return f"CAST({value} AS UTINYINT)" if meaning.type == "boolean" else value


def _flag(condition: str) -> str:
    return f"CAST({condition} AS UTINYINT)"
