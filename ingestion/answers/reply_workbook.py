"""A reply as a workbook: a summary, the rows that were not accepted with their cells marked, and numbers to mend.

Belongs here: sheets and cells. Whatever was sent is written as text, so that no spreadsheet runs it. Does not belong
here: what a reply says (``reply``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.answers.findings import NUMBER_QUALITIES, WHOLE_ROW, Place
from ingestion.answers.forms import expected
from ingestion.answers.quarantined import RefusedRow
from ingestion.answers.reply import LISTED_ROWS, Reply, unusable_count
from ingestion.answers.reply_summary import summary_lines
from ingestion.answers.templates import CREATED, WORKBOOK_OPTIONS
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry
from ingestion.readers.headers import normalised
from ingestion.reasons import ROW_REASONS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SUMMARY_SHEET, ROWS_SHEET = "回执 Reply", "留存的行 Rows set aside"
MISFITS_SHEET, NUMBERS_SHEET = "列数不符 Misfits", "证件号码 Numbers"
#: The name of the property under which a workbook keeps the fingerprint of what it was made from.
FINGERPRINT = "fingerprint"
#: What a cell of a spreadsheet can hold.
_CELL_LENGTH = 32_767
_LEADING = ("行号 row", "问题列 columns", "原因与处理", "reason and remedy")


def write_workbook(registry: Registry, reply: Reply, fingerprint: str, path: Path) -> None:
    """Write the workbook to ``path``; equal replies give equal bytes."""
    import xlsxwriter

    contract = registry.contracts.get(reply.delivery.extract)
    with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as book:
        book.set_properties({"title": f"{reply.delivery.extract} {reply.delivery.period}", "created": CREATED})
        book.set_custom_property(FINGERPRINT, fingerprint, "text")
        wrong = {"num_format": 49, "valign": "top", "bold": True, "bg_color": "#FFC7CE", "border": 2}
        styles = {
            "bold": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "plain": book.add_format({"text_wrap": True, "valign": "top"}),
            "text": book.add_format({"num_format": 49, "valign": "top"}),
            "wrong": book.add_format(wrong),
        }
        _write_summary(book.add_worksheet(SUMMARY_SHEET), summary_lines(registry, contract, reply), styles)
        if contract is None:
            return
        headed = [row for row in reply.rows if row.places[0].column]
        misfits = [row for row in reply.rows if not row.places[0].column]
        if headed:
            _write_rows(book.add_worksheet(ROWS_SHEET), registry, contract, reply, headed, styles)
        if misfits:
            _write_misfits(book.add_worksheet(MISFITS_SHEET), registry, contract, reply, misfits, styles)
        if reply.number_rows:
            _write_numbers(book.add_worksheet(NUMBERS_SHEET), reply, styles)


def _write_summary(sheet: Worksheet, lines: list[tuple[Any, ...]], styles: dict[str, Any]) -> None:
    """A line is a heading when it is a single text; numbers stay numbers."""
    for at, line in enumerate(lines):
        for column, cell in enumerate(line):
            style = styles["bold"] if len(line) == 1 or column == 0 else styles["plain"]
            _write(sheet, at, column, cell, style)
    for column, width in enumerate((44, 28, 16, 16, 60, 60)):
        sheet.set_column(column, column, width)


def _write_rows(
    sheet: Worksheet, registry: Registry, contract: Contract, reply: Reply, rows: list[RefusedRow], styles: dict
) -> None:
    headers = next(([header for header, _ in row.cells] for row in rows if row.cells), [])
    columns = _columns_of(contract, headers)
    words = _Words(registry, contract, reply.delivery.period)
    _headings(sheet, (*_LEADING, *headers), styles)
    for at, row in enumerate(rows, start=1):
        _leading_cells(sheet, at, row, words, styles)
        wrong = {columns.get(place.column) for place in row.places}
        for place, (_, cell) in enumerate(row.cells):
            _write(sheet, at, len(_LEADING) + place, cell, styles["wrong" if place in wrong else "text"])
    _remainder(sheet, len(rows) + 1, reply.row_count - len(reply.rows), styles)
    if headers:
        sheet.set_column(len(_LEADING), len(_LEADING) + len(headers) - 1, 18)


def _write_misfits(
    sheet: Worksheet, registry: Registry, contract: Contract, reply: Reply, rows: list[RefusedRow], styles: dict
) -> None:
    words = _Words(registry, contract, reply.delivery.period)
    widest = max(rows, key=lambda row: len(row.cells))
    _headings(sheet, (*_LEADING, *(header for header, _ in widest.cells)), styles)
    for at, row in enumerate(rows, start=1):
        _leading_cells(sheet, at, row, words, styles)
        for place, (_, cell) in enumerate(row.cells):
            _write(sheet, at, len(_LEADING) + place, cell, styles["text"])


def _write_numbers(sheet: Worksheet, reply: Reply, styles: dict[str, Any]) -> None:
    _headings(sheet, ("行号 row", "质量 quality", "原因与处理", "reason and remedy"), styles)
    for at, (number, quality) in enumerate(reply.number_rows, start=1):
        words = NUMBER_QUALITIES[quality]
        for column, cell in enumerate((number, quality, words.zh, words.en)):
            _write(sheet, at, column, cell, styles["plain"])
    listed = len(reply.number_rows)
    _remainder(sheet, listed + 1, unusable_count(reply.delivery) - listed, styles)


class _Words:
    """The words for places of one delivery, made once for each place."""

    def __init__(self, registry: Registry, contract: Contract, period: str) -> None:
        self._registry, self._contract, self._period = registry, contract, period
        self._known: dict[Place, tuple[str, str, str]] = {}

    def of(self, place: Place) -> tuple[str, str, str]:
        """The column's usual header, and the reason with what was expected in Chinese and English."""
        if place not in self._known:
            header = self._contract.columns[place.column].headers[0] if place.column else WHOLE_ROW.zh
            reason = ROW_REASONS[place.reason_code]
            form = expected(self._registry, self._contract, place.column, place.reason_code, self._period)
            self._known[place] = (
                header,
                f"{header}：{reason.zh}应为：{form.zh}。",
                f"{header}: {reason.en} Expected: {form.en}.",
            )
        return self._known[place]


def _columns_of(contract: Contract, headers: list[str]) -> dict[str, int]:
    """The place of each of the contract's columns among ``headers`` as they were sent."""
    aliases = {normalised(header): name for name, column in contract.columns.items() for header in column.headers}
    return {aliases[normalised(header)]: at for at, header in enumerate(headers) if normalised(header) in aliases}


def _headings(sheet: Worksheet, headings: tuple[str, ...], styles: dict[str, Any]) -> None:
    for column, words in enumerate(headings):
        _write(sheet, 0, column, words, styles["bold"])
    for column, width in enumerate((10, 20, 50, 50)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)


def _leading_cells(sheet: Worksheet, at: int, row: RefusedRow, words: _Words, styles: dict[str, Any]) -> None:
    told = [words.of(place) for place in row.places]
    columns, zh, en = ("\n".join(dict.fromkeys(part)) for part in zip(*told, strict=True))
    for column, cell in enumerate((row.row_number, columns, zh, en)):
        _write(sheet, at, column, cell, styles["plain"])


def _remainder(sheet: Worksheet, at: int, count: int, styles: dict[str, Any]) -> None:
    if count > 0:
        zh, en = (
            f"其余 {count:,} 行未列出，最多列 {LISTED_ROWS} 行",
            f"{count:,} more rows, listed are at most {LISTED_ROWS}",
        )
        words = f"{zh} / {en}"
        sheet.write_string(at, 0, words, styles["bold"])


def _write(sheet: Worksheet, row: int, column: int, cell: Any, style: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:_CELL_LENGTH], style)
    elif cell is not None:
        sheet.write_number(row, column, cell, style)
