"""Making workbooks of all makes, sound and broken, for the cases of XLS.

Belongs here: content. Does not belong here: cases and their verdicts.
"""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import (
    MEDIATIONS,
    OVERSEAS,
    cells_of,
    package_of,
    place_of,
    rows_of,
    table_of,
)

SHEET = MEDIATIONS.file.sheet
PEOPLE = OVERSEAS.file.sheet
WIDTH = len(MEDIATIONS.columns)
CLOSED = place_of(MEDIATIONS, "closed_date")
REOPENED = place_of(MEDIATIONS, "reopened_date")
NUMBER = place_of(OVERSEAS, "document_number")
XLS = Category("XLS")


def mediations(**changed):
    if "closed_date" in changed:
        changed["reopened_date"] = "2017-03-01"
    return table_of(MEDIATIONS, rows_of(MEDIATIONS, **changed))


def sheet_with(changed, **more):
    return package_of(SHEET, cells_of(mediations(), changed), **more)


def with_added_sheet(name, visible="hide", rows=3):
    def add(workbook, worksheet):
        other = workbook.add_worksheet(name)
        for row in range(rows):
            other.write_string(row, 0, f"另一张表的内容{row}")
        if visible != "show":
            getattr(other, visible)()

    return add


def hidden_itself(how):
    def hide(workbook, worksheet):
        workbook.add_worksheet("说明").activate()
        getattr(worksheet, how)()

    return hide


def merges(*ranges):
    def merge(workbook, worksheet):
        for top, left, bottom, right in ranges:
            worksheet.table_merge = True
            worksheet.merge.append([top, left, bottom, right])

    return merge


def blanked(table, *places):
    for row, column in places:
        table[row][column] = None
    return table


def extended(table, row, cell):
    table[row].append(cell)
    return table


def flipped(content: bytes, part: bytes, behind: int) -> bytes:
    """One bit of the packed bytes of ``part`` the other way round."""
    changed = bytearray(content)
    changed[content.index(part) + len(part) + behind] ^= 8
    return bytes(changed)


def zipped(parts: dict[str, str]) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def old_book(change) -> bytes:
    """An old workbook after ``change(book, page)``."""
    import io

    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(SHEET, cell_overwrite_ok=True)
    for place, row in enumerate(mediations()):
        for column, cell in enumerate(row):
            page.write(place, column, cell)
    change(book, page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_book_in_error() -> bytes:
    def put_in_error(book, page):
        page.row(2).set_cell_error(CLOSED, 0x2A)
        page.row(3).set_cell_error(REOPENED, 0x17)

    return old_book(put_in_error)


def old_book_with_formula() -> bytes:
    import xlwt

    content = old_book(lambda book, page: page.write(2, REOPENED, xlwt.Formula("TODAY()")))
    # The writer stores an empty text as the result; others store a zero, to be computed on opening.
    empty, zero = bytes.fromhex("030000000000ffff0000"), bytes(8) + b"\x02\x00"
    assert content.count(empty) == 1
    return content.replace(empty, zero)


def old_book_with_hidden_row() -> bytes:
    def hide(book, page):
        page.row(4).hidden = True

    return old_book(hide)


def old_book_with_password() -> bytes:
    """The record that says how a workbook is encrypted, behind the first one."""
    import io

    import xlwt
    from xlwt.CompoundDoc import XlsDoc

    book = xlwt.Workbook()
    book.add_sheet(SHEET)
    records = book.get_biff_data()
    begin = 4 + int.from_bytes(records[2:4], "little")
    out = io.BytesIO()
    XlsDoc().save(out, records[:begin] + b"\x2f\x00\x06\x00\x00\x00\x12\x34\x56\x78" + records[begin:])
    return out.getvalue()


def encrypted_book() -> bytes:
    """The outside of a workbook with a password: a compound file whose one stream is what was encrypted."""
    import io

    from xlwt.CompoundDoc import XlsDoc

    out = io.BytesIO()
    XlsDoc().save(out, bytes(5000))
    content = bytearray(out.getvalue())
    place = content.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    content[place : place + len(name)] = name
    content[place + 64] = len(name) + 2
    return bytes(content)
