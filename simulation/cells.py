"""How a department writes typed values as text: date formats, codes or their names, yes and no.

Belongs here: the style of a file and rendering columns in it. Does not belong here: mistakes (``damage``) and
files (``files``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts.models import Contract, FieldMeaning
from ingestion.contracts.registry import registry
from simulation.profile_sections import Damage
from simulation.randomness import generator
from simulation.text import joined
from simulation.timeline import day_number

#: `serial` is the day number of a spreadsheet (1900 system); in a workbook it is a date cell.
DATE_FORMATS = ("iso", "compact", "slash", "chinese", "serial")
_FIRST_DAY, _LAST_DAY = day_number(dt.date(1880, 1, 1)), day_number(dt.date(2049, 12, 31))
_SERIAL_OF_EPOCH = 25_569
NUMBER_CELL, DATE_CELL = 1, 2


@dataclass(frozen=True)
class Style:
    """How one department writes one file: headers in order, and the forms of its cells."""

    headers: dict[str, str]
    order: list[str]
    date_format: str
    writes_code_names: bool
    yes_no: tuple[str, str]
    refused_headers: list[str]
    has_title: bool
    has_note: bool
    has_total: bool
    has_signature: bool
    has_blank_row: bool
    pads_rows: bool


@dataclass
class Rendered:
    """Text columns by name, all equally long; ``native`` marks the cells of a workbook that are no text."""

    columns: dict[str, pa.Array]
    native: dict[str, np.ndarray]


def choose_style(contract: Contract, damage: Damage, seed: int, round_name: str, period: str) -> Style:
    """A department's habits (by extract), and what changed this time (by file)."""
    habit, this_time = (
        generator(seed, "habit", contract.extract),
        generator(seed, "style", contract.extract, period, round_name),
    )
    formats = DATE_FORMATS[:4] if contract.file.format == "csv" else ("iso", "slash", "serial")
    usual, other = habit.choice(formats, 2)
    names_codes, yes_no = habit.random() < 0.5, habit.integers(2)
    headers = {name: column.headers[0] for name, column in contract.columns.items()}
    if this_time.random() < damage.renamed_headers_file:
        headers = {
            name: column.headers[this_time.integers(len(column.headers))] for name, column in contract.columns.items()
        }
    order = list(contract.columns)
    if this_time.random() < damage.reordered_columns_file:
        order = [order[at] for at in this_time.permutation(len(order))]
    draws = this_time.random(8)
    return Style(
        headers=headers,
        order=order,
        date_format=str(usual if draws[0] < 0.85 else other),
        writes_code_names=bool(names_codes if draws[1] < 0.9 else not names_codes),
        yes_no=(("是", "否"), ("1", "0"))[yes_no],
        refused_headers=contract.refused_headers[:3] if draws[2] < damage.refused_headers_file else [],
        has_title=contract.file.format == "xlsx" and draws[3] < damage.title_row_file,
        has_note=draws[4] < damage.note_row_file,
        has_total=draws[5] < damage.total_row_file,
        has_signature=draws[6] < damage.signature_row_file,
        has_blank_row=draws[7] < damage.blank_row_file,
        pads_rows=bool(this_time.random() < 0.5),
    )


def render(table: pa.Table, contract: Contract, style: Style) -> Rendered:
    """Text of every cell; nulls become empty."""
    columns, native = {}, {}
    is_workbook = contract.file.format == "xlsx"
    for name in table.column_names:
        field, values = registry().fields[name], table.column(name).combine_chunks()
        columns[name] = pc.fill_null(_text(values, field, style), "")
        if is_workbook:
            native[name] = np.where(
                values.is_valid().to_numpy(zero_copy_only=False), _cell_kind(field, style), 0
            ).astype(np.int8)
    return Rendered(columns, native)


def _text(values: pa.Array, field: FieldMeaning, style: Style) -> pa.Array:
    if field.type == "date":
        return dates_as_text(values, style.date_format)
    if field.type == "timestamp":
        return _moments_as_text(values, style.date_format)
    if field.type == "code":
        return codes_as_text(values, field.codes, style.writes_code_names)
    if field.type == "boolean":
        return pc.if_else(values, *style.yes_no)
    return values.cast(pa.string())


def _cell_kind(field: FieldMeaning, style: Style) -> int:
    if field.type in ("integer", "decimal"):
        return NUMBER_CELL
    return DATE_CELL if field.type == "date" and style.date_format == "serial" else 0


def dates_as_text(values: pa.Array, date_format: str) -> pa.Array:
    """Dates of 1880 to 2049 in one of ``DATE_FORMATS``."""
    return _date_texts(date_format).take(pc.subtract(values.cast(pa.int32()), _FIRST_DAY))


def codes_as_text(values: pa.Array, code_list: str, names: bool) -> pa.Array:
    """Codes as they are, or by their Chinese names."""
    if not names:
        return values
    table = registry().code_lists[code_list]
    index = pc.index_in(values, value_set=pa.array(list(table)))
    return pa.array([name.zh for name in table.values()]).take(index)


@cache
def _date_texts(date_format: str) -> pa.Array:
    days = [dt.date(1970, 1, 1) + dt.timedelta(days=number) for number in range(_FIRST_DAY, _LAST_DAY + 1)]
    write = {
        "iso": lambda day: f"{day.year:04d}-{day.month:02d}-{day.day:02d}",
        "compact": lambda day: f"{day.year:04d}{day.month:02d}{day.day:02d}",
        "slash": lambda day: f"{day.year}/{day.month}/{day.day}",
        "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
        "serial": lambda day: str(day_number(day) + _SERIAL_OF_EPOCH),
    }[date_format]
    return pa.array([write(day) for day in days])


@cache
def _clock_texts(separator: str) -> pa.Array:
    seconds = range(86_400)
    return pa.array([f"{s // 3600:02d}{separator}{s // 60 % 60:02d}{separator}{s % 60:02d}" for s in seconds])


def _moments_as_text(values: pa.Array, date_format: str) -> pa.Array:
    """Times in the file's date format: ``2017-03-01 08:05:00``, ``2017/3/1 08:05:00``, ``20170301080500``."""
    seconds = values.cast(pa.int64()).to_numpy()
    days = pa.array((seconds // 86_400).astype(np.int32))
    shape = date_format if date_format in ("iso", "slash", "compact") else "iso"
    gap, separator = ("", "") if shape == "compact" else (" ", ":")
    return joined(dates_as_text(days, shape), gap, _clock_texts(separator).take(pa.array(seconds % 86_400)))
