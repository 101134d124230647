"""XLSX workbooks: cells as the workbook stores them, then as text; what was stored as a number stays known.

Belongs here: reading the declared sheet and writing cells as text. Does not belong here: what the text means.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.contracts.models import Contract
from ingestion.readers.headers import SEARCHED_ROWS, Header, find_header
from ingestion.readers.rows import NUMERIC_FLAG, Misfit, SentRows
from ingestion.reasons import FileRefused

if TYPE_CHECKING:
    import pyarrow as pa


def open_workbook_rows(path: Path, contract: Contract) -> SentRows:
    """Raises FileRefused: ``unreadable``, ``sheet_missing``, and what ``find_header`` raises."""
    cells = _sheet(path, contract.file.sheet)
    header = find_header([[cell_text(cell) for cell in row] for row in cells[:SEARCHED_ROWS]], contract)
    table, misfits = _table(cells, header, contract)
    return SentRows(header, iter([table]), misfits)


def _sheet(path: Path, sheet: str) -> list[list[Any]]:
    import python_calamine as calamine

    try:
        with calamine.CalamineWorkbook.from_path(path) as workbook:
            if sheet not in workbook.sheet_names:
                raise FileRefused("sheet_missing", expected=sheet)
            return workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except calamine.PasswordError as error:
        raise _unreadable("工作簿有密码", "the workbook has a password") from error
    except calamine.CalamineError as error:
        # The library's own words may quote the file's content and are left out.
        raise _unreadable("不是完好的 XLSX 工作簿", "it is no sound XLSX workbook") from error


def cell_text(cell: Any) -> str:
    """A cell as text: days as 2017-03-01, numbers as the spreadsheet shows them with 15 significant digits."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e18 else format(cell, ".15g")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return "" if cell is None else str(cell)


def _table(cells: list[list[Any]], header: Header, contract: Contract) -> tuple[pa.Table, list[Misfit]]:
    import pyarrow as pa

    width = len(header.columns)
    fitting, numbers, misfits = [], [], []
    for number, row in enumerate(cells[header.row_number :], start=header.row_number + 1):
        if any(cell not in ("", None) for cell in row[width:]):
            misfits.append(Misfit(number, tuple(cell_text(cell) for cell in row)))
        else:
            fitting.append(row)
            numbers.append(number)
    columns: dict[str, pa.Array] = {"row_number": pa.array(numbers, pa.int32())}
    for place, name in enumerate(header.columns):
        if name:
            texts = [cell_text(row[place]) if place < len(row) else "" for row in fitting]
            columns[name] = pa.array(texts, pa.string())
    if contract.person:
        place = header.columns.index(contract.person.number)
        stored = [place < len(row) and _is_number(row[place]) for row in fitting]
        columns[NUMERIC_FLAG] = pa.array(stored, pa.bool_())
    return pa.table(columns), misfits


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _unreadable(zh: str, en: str) -> FileRefused:
    return FileRefused("unreadable", detail_zh=zh, detail_en=en)
