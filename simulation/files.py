"""Writing a department's file: CSV in its encoding and dialect, or a workbook; equal rows give equal bytes.

Belongs here: bytes. Does not belong here: what the rows say. Both writers build a file from whole text columns;
a workbook has one sheet, text as inline strings, and no clock anywhere.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.cells import DATE_CELL, NUMBER_CELL
from simulation.text import joined

_BLOCK_ROWS = 65_536


@dataclass
class Sheet:
    """A file's content: rows before the header, header, body columns in order, rows after the body.

    ``native`` marks cells that are numbers (1) or dates (2) in a workbook; ``merges_first_row`` merges the title.
    """

    leading: list[list[str]]
    header: list[str]
    body: list[pa.Array]
    native: list[np.ndarray | None] = field(default_factory=list)
    trailing: list[list[str]] = field(default_factory=list)
    merges_first_row: bool = False

    @property
    def first_body_row(self) -> int:
        """1-based place in the file of the first row of the body."""
        return len(self.leading) + 2


def write_csv(path: Path, sheet: Sheet, encoding: str, delimiter: str) -> None:
    """Write with CR LF, quoting only the cells that need it. Raises UnicodeEncodeError for what cannot be encoded."""

    def line(cells: list[str]) -> str:
        quoted = [f'"{cell}"' if delimiter in cell or '"' in cell else cell for cell in cells]
        return delimiter.join(quoted) + "\r\n"

    columns = [_quoted(column, delimiter) for column in sheet.body]
    columns[-1] = joined(columns[-1], "\r\n")
    with open(path, "wb") as handle:
        if encoding == "utf-8-sig":
            handle.write(b"\xef\xbb\xbf")
        plain = "utf-8" if encoding == "utf-8-sig" else encoding
        handle.write("".join(line(cells) for cells in [*sheet.leading, sheet.header]).encode(plain))
        for start in range(0, len(columns[0]), _BLOCK_ROWS):
            block = [column.slice(start, _BLOCK_ROWS) for column in columns]
            text = _content(pc.binary_join_element_wise(*block, delimiter))
            handle.write(text if plain == "utf-8" else bytes(text).decode("utf-8").encode(plain))
        handle.write("".join(line(cells) for cells in sheet.trailing).encode(plain))


def _content(values: pa.Array) -> memoryview:
    """The bytes of all values one after the other."""
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    return memoryview(values.buffers()[2] or b"")[offsets[0] : offsets[-1]]


def _quoted(column: pa.Array, delimiter: str) -> pa.Array:
    content = bytes(_content(column))
    if delimiter.encode() not in content and b'"' not in content:
        return column
    needs = pc.match_substring_regex(column, f'[{delimiter}"]')
    return pc.if_else(needs, joined('"', pc.replace_substring(column, '"', '""'), '"'), column)


_PARTS = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="xl/workbook.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
    '<Relationship Id="rId2" Target="styles.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>',
    "xl/styles.xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<fonts count="1"><font><sz val="11"/><name val="SimSun"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def write_workbook(path: Path, sheet: Sheet, sheet_name: str) -> None:
    """Write a workbook of one sheet."""
    workbook = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f'<sheets><sheet name="{_escaped(sheet_name)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in (_PARTS | {"xl/workbook.xml": workbook}).items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
        archive.writestr(
            zipfile.ZipInfo("xl/worksheets/sheet1.xml", _LONG_AGO), _sheet_xml(sheet), zipfile.ZIP_DEFLATED
        )


def _sheet_xml(sheet: Sheet) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{_MAIN}"><sheetData>'
    rows = [*sheet.leading, sheet.header]
    top = "".join(_row_xml(number, cells) for number, cells in enumerate(rows, start=1))
    body = b""
    count = len(sheet.body[0])
    if count:
        numbers = pa.array(np.arange(sheet.first_body_row, sheet.first_body_row + count)).cast(pa.string())
        natives = sheet.native or [None] * len(sheet.body)
        cells = [
            _cells_xml(_column_letters(at), numbers, column, native)
            for at, (column, native) in enumerate(zip(sheet.body, natives, strict=True))
        ]
        body = bytes(_content(joined('<row r="', numbers, '">', *cells, "</row>")))
    after = sheet.first_body_row + count
    end = "".join(_row_xml(number, cells) for number, cells in enumerate(sheet.trailing, start=after)) + "</sheetData>"
    if sheet.merges_first_row:
        end += f'<mergeCells count="1"><mergeCell ref="A1:{_column_letters(len(sheet.header) - 1)}1"/></mergeCells>'
    return (head + top).encode() + body + (end + "</worksheet>").encode()


def _cells_xml(letters: str, numbers: pa.Array, column: pa.Array, native: np.ndarray | None) -> pa.Array:
    content = bytes(_content(column))
    escaped = column
    if b"&" in content or b"<" in content or b">" in content:
        for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            escaped = pc.replace_substring(escaped, plain, entity)
    text = joined(f'<c r="{letters}', numbers, '" t="inlineStr"><is><t xml:space="preserve">', escaped, "</t></is></c>")
    xml = pc.if_else(pc.equal(column, ""), "", text)
    if native is not None:
        number = joined(f'<c r="{letters}', numbers, '"><v>', column, "</v></c>")
        date = joined(f'<c r="{letters}', numbers, '" s="1"><v>', column, "</v></c>")
        xml = pc.if_else(pa.array(native == NUMBER_CELL), number, xml)
        xml = pc.if_else(pa.array(native == DATE_CELL), date, xml)
    return xml


def _row_xml(number: int, cells: list[str]) -> str:
    inside = "".join(
        f'<c r="{_column_letters(at)}{number}" t="inlineStr"><is><t xml:space="preserve">{_escaped(cell)}</t></is></c>'
        for at, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{number}">{inside}</row>'


def _column_letters(at: int) -> str:
    return (chr(64 + at // 26) if at >= 26 else "") + chr(65 + at % 26)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
