"""An empty workbook for each extract: its headers, formats and drop-downs, and how to fill it in.

Belongs here: the template's sheets. Does not belong here: the words on them (``instructions``, ``forms``), or reading
what was filled in.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.answers.forms import field_form
from ingestion.answers.instructions import COLUMN_HEADINGS, column_lines, expected_name, facts, need_words, rule_lines
from ingestion.contracts.models import Bilingual, Contract, FieldMeaning
from ingestion.contracts.registry import Registry
from warehouse.files import atomic_path

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

NOTES_SHEET, CODES_SHEET = "填写说明 Notes", "代码表 Codes"
#: Strings are written as strings, whatever they begin with. In memory, since what is sent back to a department must not
#: pass through the system's folder of temporary files.
WORKBOOK_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
#: A day that is no clock's, so that equal contents give equal bytes.
CREATED = dt.datetime(2000, 1, 1)
_LAST_ROW = 1_048_575
#: What a spreadsheet shows of a message beside a cell.
_TITLE_LENGTH, _MESSAGE_LENGTH = 32, 255
_FIRST_DAY, _LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
#: Formats of a spreadsheet: those that every one of them knows by number, and those of days.
_NUMBER_FORMATS: dict[str, str | int] = {
    "date": "yyyy-mm-dd",
    "timestamp": "yyyy-mm-dd hh:mm:ss",
    "integer": 1,
    "decimal": 2,
}
_TEXT = 49


def template_name(contract: Contract) -> str:
    """Not the name under which the data are sent, so that an empty template is not taken for a delivery."""
    return f"报送模板_{contract.title.zh}.xlsx"


def data_sheet(contract: Contract) -> str:
    """The sheet to fill in: the agreed one, or for a CSV file one named by the extract."""
    return contract.file.sheet or contract.title.zh


def write_template(registry: Registry, contract: Contract, path: Path) -> None:
    """Write the extract's template, wholly or not at all; equal contracts give equal bytes."""
    import xlsxwriter

    with atomic_path(path) as unfinished, xlsxwriter.Workbook(str(unfinished), WORKBOOK_OPTIONS) as book:
        book.set_properties({"title": f"{contract.title.zh} {contract.title.en}", "created": CREATED})
        data = book.add_worksheet(data_sheet(contract))
        notes = book.add_worksheet(NOTES_SHEET)
        lists = _write_code_lists(registry, contract, book)
        _write_columns(registry, contract, book, data, lists)
        _write_notes(registry, contract, book, notes)
        data.activate()


def _write_code_lists(registry: Registry, contract: Contract, book: xlsxwriter.Workbook) -> dict[str, str]:
    """Write each code list of the extract; returns the cells that hold its names, by the column's name."""
    columns = {name: registry.fields[name].codes for name in contract.columns if registry.fields[name].codes}
    if not columns:
        return {}
    sheet = book.add_worksheet(CODES_SHEET)
    text = book.add_format({"num_format": _TEXT})
    heading = book.add_format({"bold": True})
    places = {}
    for at, (name, codes) in enumerate(columns.items()):
        left = 4 * at
        for offset, words in enumerate((contract.columns[name].headers[0], "代码 code", "English")):
            sheet.write_string(0, left + offset, words, heading)
        listed = registry.code_lists[codes]
        for row, (code, names) in enumerate(listed.items(), start=1):
            for offset, words in enumerate((names.zh, code, names.en)):
                sheet.write_string(row, left + offset, words, text)
        sheet.set_column(left, left + 2, 20)
        letters = _letters(left)
        places[name] = f"='{CODES_SHEET}'!${letters}$2:${letters}${len(listed) + 1}"
    sheet.freeze_panes(1, 0)
    return places


def _write_columns(
    registry: Registry, contract: Contract, book: xlsxwriter.Workbook, sheet: Worksheet, lists: dict[str, str]
) -> None:
    required = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "num_format": _TEXT})
    optional = book.add_format({"italic": True, "border": 1, "num_format": _TEXT})
    formats: dict[str | int, Any] = {}
    for at, (name, column) in enumerate(contract.columns.items()):
        meaning = registry.fields[name]
        number_format = _NUMBER_FORMATS.get(meaning.type, _TEXT)
        if number_format not in formats:
            formats[number_format] = book.add_format({"num_format": number_format})
        header = column.headers[0]
        sheet.set_column(at, at, max(12, 2 * len(header) + 4), formats[number_format])
        sheet.write_string(0, at, header, required if column.required else optional)
        rule = _rule(meaning, lists.get(name), f"{_letters(at)}2")
        form = field_form(registry, meaning)
        sheet.data_validation(1, at, _LAST_ROW, at, rule | _messages(header, need_words(contract, name), form))
    sheet.freeze_panes(1, 0)


def _rule(meaning: FieldMeaning, codes: str | None, first_cell: str) -> dict[str, Any]:
    """What a spreadsheet checks as the cell is filled in. It only warns where intake takes more than it knows."""
    match meaning.type:
        case "code":
            return {"validate": "list", "source": codes, "error_type": "warning"}
        case "boolean":
            return {"validate": "list", "source": ["是", "否"], "error_type": "warning"}
        case "date":
            limits = {"criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
            return {"validate": "date", **limits, "error_type": "warning"}
        case "timestamp":
            limits = {"criteria": "between", "minimum": dt.datetime(1900, 1, 1), "maximum": dt.datetime(2199, 12, 31)}
            return {"validate": "date", **limits, "error_type": "warning"}
        case "integer" | "decimal":
            low, high = meaning.minimum, meaning.maximum
            limits = {"criteria": "between", "minimum": low, "maximum": high}
            if high is None:
                limits = {"criteria": ">=", "value": -(10**15) if low is None else low}
            elif low is None:
                limits = {"criteria": "<=", "value": high}
            return {"validate": meaning.type, **limits}
        case "document_number":
            return {"validate": "custom", "value": f"=ISTEXT({first_cell})"}
    return {"validate": "any"}


def _messages(header: str, need: str, form: Bilingual) -> dict[str, Any]:
    message = f"{need}\n{form.zh}\n{form.en}"
    if len(message) > _MESSAGE_LENGTH:
        message = message[: _MESSAGE_LENGTH - 1] + "…"
    return {
        "input_title": header[:_TITLE_LENGTH],
        "input_message": message,
        "error_title": header[:_TITLE_LENGTH],
        "error_message": message,
    }


def _write_notes(registry: Registry, contract: Contract, book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    lines: list[tuple[tuple[str, ...], Any]] = [
        ((f"报送说明：{contract.title.zh} / What to send: {contract.title.en}",), bold),
        *((fact, wrapped) for fact in facts(registry, contract)),
        ((), wrapped),
        *(((line,), wrapped) for line in _how_to_fill(contract)),
        ((), wrapped),
        (COLUMN_HEADINGS, bold),
        *((line, wrapped) for line in column_lines(registry, contract)),
        ((), wrapped),
        *(((zh, en), wrapped) for zh, en in rule_lines(contract)),
    ]
    if contract.refused_headers:
        lines.append((("请勿报送 do not send", "、".join(contract.refused_headers)), wrapped))
    for row, (cells, style) in enumerate(lines):
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, style)
    for at, width in enumerate((28, 34, 44, 22, 44, 24)):
        sheet.set_column(at, at, width)


def _how_to_fill(contract: Contract) -> list[str]:
    name = expected_name(contract)
    lines = [
        "加粗带底色的表头为必填列，斜体为可空列。 / Headers in bold are required, those in italics optional.",
        "证件号码、电话和各类编号列已设为文本格式；粘贴时请选“仅数值”，以免改变格式。 / "
        "Numbers of documents, telephones and records are text; paste values only, so that they stay so.",
    ]
    if contract.file.format == "xlsx":
        return [*lines, f"填好后另存为 {name}，说明和代码表可保留。 / Save as {name}; the notes may stay."]
    return [
        *lines,
        f"填好后在数据工作表上另存为 {name}，格式见上。 / "
        f"With the data sheet in front, save as {name} in the format given above.",
    ]


def _letters(at: int) -> str:
    """The letters of a column, from 0: A, …, Z, AA."""
    return (_letters(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)
