"""From typed rows to one file as a department would send it, with its part of the truth ledger.

Belongs here: putting cells, damage, headers, notes and totals of one file together. Does not belong here: which
files there are (``deliveries``) and where the rows come from (``extracts``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts.registry import registry
from simulation.cells import Rendered, Style, choose_style, render
from simulation.damage import Damager
from simulation.deliveries import PlannedFile
from simulation.extracts import EXTRACTS
from simulation.extracts.columns import made_on
from simulation.files import Sheet, write_csv, write_workbook
from simulation.names import signatures
from simulation.randomness import generator
from simulation.receipts import received_at, stamp
from simulation.text import joined, looked_up, numbered
from simulation.timeline import date_of
from simulation.world import World
from warehouse.files import atomic_path
from warehouse.quarters import quarter_of_period

UNKNOWN_HEADER = "备用字段"


@dataclass(frozen=True)
class WrittenFile:
    """What was written: one row of ``truth/files.parquet``, and the ledgers of the file."""

    record: dict
    damage: list[pa.Table]
    refused_values: pa.Table | None


def rows_of_period(world: World, extract: str, period: str, made_in: int, cache: dict) -> pa.Table:
    """True rows of an extract for a period. ``made_in`` is the round: outcomes are as known then.

    ``cache`` keeps whole quarters of monthly extracts between the months.
    """
    contract = registry().contract(extract)
    quarter = world.timeline.index(quarter_of_period(period))
    if contract.delivery.rhythm != "monthly":
        return EXTRACTS[extract](world, quarter)
    key = (extract, quarter, made_in)
    if key not in cache:
        is_correction = extract == "police.cases" and made_in != quarter
        known_by = {"known_by": made_on(world.timeline, made_in)} if is_correction else {}
        cache[key] = EXTRACTS[extract](world, quarter, **known_by)
    table = cache[key]
    column = contract.delivery.period_column
    first, last = world.timeline.days_of_period(period)
    days = table.column(column).cast(pa.timestamp("s")).cast(pa.int64())
    return table.filter(pc.and_(pc.greater_equal(days, first * 86_400), pc.less(days, (last + 1) * 86_400)))


def write_file(world: World, planned: PlannedFile, quarter: int, folder: Path, cache: dict) -> WrittenFile:
    """Write one planned file of the round ``quarter`` into ``folder``, wholly or not at all."""
    contract, profile = planned.contract, world.profile
    round_name = str(world.timeline.quarters[quarter])
    table = rows_of_period(world, planned.extract, planned.content_period, quarter, cache)
    style = choose_style(contract, profile.damage, profile.seed, round_name, planned.period)
    rng = generator(profile.seed, "file", planned.extract, round_name, planned.name)
    damager = Damager(contract, style, profile.damage, rng, world.documents.number)
    first, last = world.timeline.days_of_period(planned.period)
    rendered = damager.apply(table, render(table, contract, style), first)
    sheet, refused = _sheet(planned, style, rendered, damager.repeated, date_of(last), rng)
    target = folder / planned.name
    with atomic_path(target) as path:
        if contract.file.format == "csv":
            write_csv(path, sheet, contract.file.encoding, contract.file.delimiter)
        else:
            write_workbook(path, sheet, contract.file.sheet)
    received = received_at(profile, world.timeline, planned, quarter)
    stamp(target, received)
    rows = len(sheet.body[0])
    place = {
        "round": round_name,
        "department": contract.department,
        "extract": planned.extract,
        "file_name": planned.name,
    }
    record = place | {
        "period": planned.period,
        "content_period": planned.content_period,
        "received_date": received.date(),
        "note": planned.note,
        "copy_of": planned.copy_of,
        "has_unknown_column": planned.has_unknown_column,
        "date_format": style.date_format,
        "writes_code_names": style.writes_code_names,
        "headers": sheet.header,
        "refused_headers": list(style.refused_headers),
        "first_body_row": sheet.first_body_row,
        "row_count": rows,
        "true_row_count": table.num_rows,
        "byte_count": target.stat().st_size,
    }
    return WrittenFile(record, [_placed(part, place, sheet) for part in damager.ledger], _with(refused, place))


def copy_file(world: World, planned: PlannedFile, quarter: int, folder: Path, original: WrittenFile) -> WrittenFile:
    """Write the same bytes under another name."""
    with atomic_path(folder / planned.name) as path:
        path.write_bytes((folder / planned.copy_of).read_bytes())
    received = received_at(world.profile, world.timeline, planned, quarter)
    stamp(folder / planned.name, received)
    names = {"file_name": planned.name, "note": planned.note, "copy_of": planned.copy_of}
    names |= {"received_date": received.date()}
    return WrittenFile(original.record | names, [], None)


def _sheet(
    planned: PlannedFile, style: Style, rendered: Rendered, repeated: np.ndarray, made_on: dt.date, rng
) -> tuple[Sheet, pa.Table | None]:
    """Lay the columns out with what departments put around them; second, the values in refused columns."""
    columns = [(style.headers[name], rendered.columns[name], rendered.native.get(name)) for name in style.order]
    rows = len(columns[0][1])
    refused = []
    for name in style.refused_headers:
        values = _refused_values(name, rows - len(repeated), rng)
        values = pa.concat_arrays([values, values.take(pa.array(repeated))])
        columns.insert(int(rng.integers(1, len(columns) + 1)), (name, values, None))
        refused.append(pa.table({"header": pa.repeat(name, rows), "value": values}))
    if planned.has_unknown_column:
        columns.append((UNKNOWN_HEADER, pa.repeat("待核", rows), None))
    header, body, native = (list(part) for part in zip(*columns, strict=True))
    leading, trailing = _rows_around(planned, style, rows, made_on, rng)
    if style.pads_rows:
        for cells in (*leading, *trailing):
            cells += [""] * (len(header) - len(cells))
    sheet = Sheet(leading, header, body, native, trailing, merges_first_row=style.has_title)
    return sheet, pa.concat_tables(refused) if refused else None


def _rows_around(planned: PlannedFile, style: Style, rows: int, made_on: dt.date, rng) -> tuple[list, list]:
    """Title and note above the header; blank row, total and signatures below the body."""
    contract = planned.contract
    leading, trailing = [], []
    if style.has_title:
        leading.append([f"{contract.title.zh}（{planned.period}）"])
    if style.has_note:
        department = registry().departments[contract.department].zh
        leading.append([f"填报单位：{department}", "", f"填报日期：{made_on.isoformat()}"])
    if style.has_blank_row:
        trailing.append([""])
    if style.has_total:
        trailing.append(["合计", str(rows)])
    if style.has_signature:
        clerk, checker = signatures(2, rng)
        trailing.append([f"填表人：{clerk}", f"审核人：{checker}"])
    return leading, trailing


def _refused_values(header: str, rows: int, rng: np.random.Generator) -> pa.Array:
    """Made values for a column that nobody should load: names, telephone numbers, ID numbers, other text."""
    serial = rng.permutation(rows)
    if "身份证" in header:
        return numbered("31997719", serial, 10)
    if "电话" in header or "号码" in header:
        return numbered("128", serial, 8)
    if "姓名" in header or header in ("当事人", "来电人"):
        return joined(
            "欧阳",
            looked_up(["测甲", "测乙", "测丙", "测丁"], rng.integers(0, 4, rows)),
            numbered("", serial % 1000, 3),
        )
    return joined(f"{header}内容", numbered("", serial, 6))


def _placed(part: pa.Table, place: dict, sheet: Sheet) -> pa.Table:
    """Positions in the body become 1-based rows of the file."""
    numbers = pc.add(part.column("position"), sheet.first_body_row).cast(pa.int32())
    part = part.set_column(0, "row_number", numbers)
    # a duplicate's true value is the row that it repeats
    original = pc.if_else(pc.equal(part.column("kind"), "duplicate_row"), part.column("true_value"), None)
    shifted = pc.add(original.cast(pa.int64()), sheet.first_body_row).cast(pa.string())
    part = part.set_column(3, "true_value", pc.coalesce(shifted, part.column("true_value")))
    return _with(part, place)


def _with(table: pa.Table | None, place: dict) -> pa.Table | None:
    if table is None:
        return None
    for name, value in place.items():
        table = table.append_column(name, pa.repeat(value, table.num_rows).dictionary_encode())
    return table
