"""Columns of text to columns of values. Where a column has few different texts, each of them is parsed once.

Belongs here: applying the form of cells to whole columns. Does not belong here: the form itself (``cells``), or rules
within a row (``statement``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ingestion.contracts.models import FieldMeaning
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
    connection.register("texts", texts)
    try:
        found = connection.execute(_statement(names)).to_arrow_table()
    finally:
        connection.unregister("texts")
    return {
        name: ParsedColumn(found[f"value_{name}"].combine_chunks(), found[f"absent_{name}"].combine_chunks())
        for name in names
    }


@cache
def _statement(names: tuple[str, ...]) -> str:
    """SQL that yields ``value_<name>`` and ``absent_<name>`` of each column of the table ``texts``, in its order."""
    declared = registry()
    fast, bare, text, outputs = [], [], [], []
    for name in names:
        meaning = declared.fields[name]
        if not is_valued(meaning):
            outputs.append(f"NULL::UTINYINT AS value_{name}, {_flag(cells.is_absent(meaning, name))} AS absent_{name}")
            continue
        codes = declared.code_lists[meaning.codes] if meaning.codes else None
        fast.append(f"{cells.fast_value(meaning, name, codes)} AS fast_{name}")
        bare.append(
            f"CASE WHEN fast_{name} IS NULL AND {name} <> '' THEN {cells.stripped(meaning, name)} END AS bare_{name}"
        )
        text.append(
            f"CASE WHEN bare_{name} IS NOT NULL THEN {cells.absent(meaning, f'bare_{name}')} END AS text_{name}"
        )
        slow = cells.slow_value(meaning, f"text_{name}", codes)
        value = f"coalesce(fast_{name}, CASE WHEN text_{name} IS NOT NULL THEN {slow} END)"
        if meaning.type == "boolean":
            value = f"CAST({value} AS UTINYINT)"
        outputs.append(
            f"{value} AS value_{name}, {_flag(f'fast_{name} IS NULL AND text_{name} IS NULL')} AS absent_{name}"
        )
    return (
        f"WITH fast AS NOT MATERIALIZED (SELECT {', '.join(['*', *fast])} FROM texts), "
        f"bare AS NOT MATERIALIZED (SELECT {', '.join(['*', *bare])} FROM fast), "
        f"cleaned AS NOT MATERIALIZED (SELECT {', '.join(['*', *text])} FROM bare) "
        f"SELECT {', '.join(outputs)} FROM cleaned"
    )


def _flag(condition: str) -> str:
    return f"CAST({condition} AS UTINYINT)"
