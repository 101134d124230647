"""Columns of text to columns of values. Where a column has few different texts, each of them is parsed once, and what
it came to is remembered for the batches and files to come: the same codes and days come again and again.

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
from ingestion.prepared import Asker

if TYPE_CHECKING:
    import pyarrow as pa

#: In fewer rows than this, a statement that known texts save costs more than telling the different ones apart.
_FEW_ROWS = 4096
#: Types of which nearly every cell has a text of its own.
_SINGLE_TEXTS = ("name", "address", "phone", "document_number")
#: Texts of a field that are remembered; with more, its memory begins anew, so that it stays small.
_KNOWN_LIMIT = 1 << 16


@dataclass(frozen=True)
class ParsedColumn:
    """``values``, NULL where a cell has none, and ``absent`` (uint8), 1 where the cell says so itself. A boolean's
    values are uint8, a code's its place in the code list, and a direct identifier has none at all."""

    values: pa.Array
    absent: pa.Array


def is_valued(meaning: FieldMeaning) -> bool:
    """Whether a cell of the field has a value other than its own text, which for identifiers stays as it was sent."""
    return meaning.sensitivity != "direct" or meaning.type == "date"


def parse_columns(asker: Asker, names: tuple[str, ...], sent: pa.Table) -> dict[str, ParsedColumn]:
    """The columns ``names`` of ``sent``, row by row. Raises KeyError for a name that is no field."""
    fields = registry().fields
    found = {name: _different_texts(sent[name]) for name in names if fields[name].type not in _SINGLE_TEXTS}
    repeated = {name: texts for name, texts in found.items() if texts is not None}
    once = _parsed_once(asker, {name: texts.dictionary for name, texts in repeated.items()})
    parsed = {
        name: ParsedColumn(_handed_out(once[name].values, texts.indices), _handed_out(once[name].absent, texts.indices))
        for name, texts in repeated.items()
    }
    # These are the same in every batch, so one statement serves; which others are not repeated, differs.
    together = tuple(name for name in names if name not in found)
    for group in (together, *((name,) for name, texts in found.items() if texts is None)):
        if group:
            parsed |= _run(asker, group, sent.select(group))
    return {name: parsed[name] for name in names}


def _different_texts(column: pa.ChunkedArray) -> pa.DictionaryArray | None:
    """The column by its different texts; None where most of its many rows have a text of their own."""
    texts = column.combine_chunks().dictionary_encode()
    return texts if len(column) < _FEW_ROWS or 2 * len(texts.dictionary) <= len(column) else None


@dataclass(frozen=True)
class _Known:
    """Texts of a field and what they came to, which follows from the field alone."""

    texts: pa.Array
    parsed: ParsedColumn

    def at(self, places: pa.Array) -> ParsedColumn:
        return ParsedColumn(self.parsed.values.take(places), self.parsed.absent.take(places))

    def with_more(self, more: _Known) -> _Known:
        import pyarrow as pa

        pairs = ((self.texts, more.texts), (self.parsed.values, more.parsed.values),
                 (self.parsed.absent, more.parsed.absent))  # fmt: skip
        texts, values, absent = (pa.concat_arrays(pair) for pair in pairs)
        return _Known(texts, ParsedColumn(values, absent))


#: By field. Threads share it: what one of them adds may be lost to another's, and is then parsed again.
_known: dict[str, _Known] = {}


def _parsed_once(asker: Asker, texts: dict[str, pa.Array]) -> dict[str, ParsedColumn]:
    """What each column's different ``texts`` came to, in order. Those that are not known are parsed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = {name: _known[name] for name in texts if name in _known}
    places = {
        name: pc.index_in(different, value_set=known[name].texts)
        if name in known
        else pa.nulls(len(different), pa.int32())
        for name, different in texts.items()
    }
    # A batch may be empty: its columns have a type all the same.
    unknown = {
        name: texts[name].filter(found.is_null())
        for name, found in places.items()
        if found.null_count or name not in known
    }
    for name, column in unknown.items():
        new = _Known(column, _run(asker, (name,), pa.table({name: column}))[name])
        first = len(known[name].texts) if name in known else 0
        added = pa.array(range(first, first + len(column)), pa.int32())
        places[name] = pc.replace_with_mask(places[name], places[name].is_null(), added)
        known[name] = known[name].with_more(new) if name in known else new
        _remember(name, known[name], new)
    return {name: known[name].at(found) for name, found in places.items()}


def _remember(name: str, known: _Known, new: _Known) -> None:
    """Keep ``known`` for the next batch, or ``new`` alone where it has become too much."""
    if registry().fields[name].type == "text":
        return  # its value is itself: matching it again costs no more than finding it
    for kept in (known, new):
        if len(kept.texts) <= _KNOWN_LIMIT:
            _known[name] = kept
            return


def _handed_out(once: pa.Array, places: pa.Array) -> pa.Array:
    """The value of each row. Text stays a dictionary, which Parquet stores as it is."""
    import pyarrow as pa

    if pa.types.is_string(once.type) and not once.null_count:
        return pa.DictionaryArray.from_arrays(places, once)
    return once.take(places)


def _run(asker: Asker, names: tuple[str, ...], texts: pa.Table) -> dict[str, ParsedColumn]:
    """The columns of ``texts``: cells that are written plainly first, since nearly all are, then the rest."""
    import pyarrow.compute as pc

    parsed = _asked(asker, _plain_statement(names), names, texts)
    fields = registry().fields
    for name in names:
        if not is_valued(fields[name]):
            continue
        column = parsed[name]
        rest = _not_plain(column)
        if rest.true_count:
            odd = _asked(asker, _full_statement(name), (name,), texts.select([name]).filter(rest))[name]
            parsed[name] = ParsedColumn(
                pc.replace_with_mask(column.values, rest, odd.values),
                pc.replace_with_mask(column.absent, rest, odd.absent),
            )
    return parsed


def _not_plain(parsed: ParsedColumn) -> pa.BooleanArray:
    import pyarrow.compute as pc

    return pc.and_(pc.is_null(parsed.values), pc.equal(parsed.absent, 0))


def _asked(asker: Asker, sql: str, names: tuple[str, ...], texts: pa.Table) -> dict[str, ParsedColumn]:
    found = asker.ask(sql, "texts", texts)
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
def _full_statement(name: str) -> str:
    """As ``_plain_statement`` for one column, for cells written in any of the ways that ``cells`` knows."""
    meaning = registry().fields[name]
    bare = f"CASE WHEN {name} <> '' THEN {cells.stripped(meaning, name)} END AS bare_{name}"
    text = f"CASE WHEN bare_{name} IS NOT NULL THEN {cells.absent(meaning, f'bare_{name}')} END AS text_{name}"
    slow = f"CASE WHEN text_{name} IS NOT NULL THEN {cells.slow_value(meaning, f'text_{name}', _codes(meaning))} END"
    value = f"coalesce({cells.fast_value(meaning, name, _codes(meaning))}, {slow})"
    absent = f"{value} IS NULL AND text_{name} IS NULL"
    return (
        f"WITH bare AS NOT MATERIALIZED (SELECT *, {bare} FROM texts), "
        f"cleaned AS NOT MATERIALIZED (SELECT *, {text} FROM bare) "
        f"SELECT {_stored(meaning, value)} AS value_{name}, {_flag(absent)} AS absent_{name} FROM cleaned"
    )


def _codes(meaning: FieldMeaning) -> dict[str, Bilingual] | None:
    return registry().code_lists[meaning.codes] if meaning.codes else None


def _stored(meaning: FieldMeaning, value: str) -> str:
    return f"CAST({value} AS UTINYINT)" if meaning.type == "boolean" else value


def _flag(condition: str) -> str:
    return f"CAST({condition} AS UTINYINT)"
