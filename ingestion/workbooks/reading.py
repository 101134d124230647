"""What the process does that reads one workbook: it is asked on stdin and answers on stdout.

Each message is a line of JSON; ``sizes`` in it tells of so many bytes behind the line. Asked for a file and a sheet, it
answers with the first rows (``head``); asked for what stands below the header, with batches: for each, the rows'
numbers, then offsets and UTF-8 bytes of every wanted column, laid out as Arrow has them, then which cells of the
flagged column are no text. The last answer is ``done``, or ``refused`` at any time.

Belongs here: the dialogue and the rows. Does not belong here: the package (``package``), the other side
(``readers.workbooks``).
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from ingestion.workbooks.cells import cell_text
from ingestion.workbooks.compound import CompoundWorkbook
from ingestion.workbooks.limits import WorkbookRefused, limit_this_process, over_limit, unreadable
from ingestion.workbooks.package import Package

#: Rows of a batch.
_BATCH_ROWS = 1 << 15


def main() -> None:
    """The process's whole life. Its exit code tells nothing that its answers don't."""
    limit_this_process()
    try:
        _answer(json.loads(sys.stdin.readline()))
    except WorkbookRefused as refused:
        _send({"refused": refused.code, "words": refused.words})
    except MemoryError:
        refused = over_limit("读取所需内存超过上限", "it takes more memory to read than is allowed")
        _send({"refused": refused.code, "words": refused.words})


def _send(message: dict[str, Any], *blobs: bytes) -> None:
    if blobs:
        message["sizes"] = [len(blob) for blob in blobs]
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.writelines(blobs)
    sys.stdout.buffer.flush()


def _answer(request: dict[str, Any]) -> None:
    sheet = OpenSheet(Path(request["path"]), request["kind"], request["sheet"])
    rows = sheet.rows()
    head = list(islice(rows, request["searched_rows"]))
    _send({"head": [[cell_text(cell) for cell in row] for row in head], "notices": sheet.notices})
    wanted = json.loads(sys.stdin.readline() or "null")
    if wanted is None:
        return  # no header was found
    header_row, width = wanted["header_row"], wanted["width"]
    voids = sheet.voids(header_row, set(wanted["places"]))
    waiting = iter([*head[header_row:]])
    number = header_row + 1
    while batch := list(islice(waiting, _BATCH_ROWS)) + list(islice(rows, _BATCH_ROWS)):
        _send_batch(batch, number, width, wanted["places"], wanted["flagged"], voids)
        number += len(batch)
    _send({"done": True})


def _send_batch(
    batch: list[list[Any]],
    first_number: int,
    width: int,
    places: list[int],
    flagged: int | None,
    voids: dict[int, tuple[str, int]],
) -> None:
    fitting, numbers, misfits = [], array("i"), []
    for number, row in enumerate(batch, start=first_number):
        if any(cell not in ("", None) for cell in row[width:]):
            misfits.append([number, [cell_text(cell) for cell in row], "wrong_field_count", None])
        elif number in voids:
            misfits.append([number, [cell_text(cell) for cell in row], *voids[number]])
        else:
            fitting.append(row)
            numbers.append(number)
    blobs = [numbers.tobytes()]
    for place in places:
        texts = [
            (cell if type(cell) is str else cell_text(cell)).encode()
            for cell in (row[place] if place < len(row) else "" for row in fitting)
        ]
        blobs += [array("i", accumulate(map(len, texts), initial=0)).tobytes(), b"".join(texts)]
    if flagged is not None:
        blobs.append(bytes(flagged < len(row) and not isinstance(row[flagged], str | None) for row in fitting))
    _send({"batch": len(fitting), "misfits": misfits}, *blobs)


class OpenSheet:
    """The declared sheet of a workbook. Raises WorkbookRefused."""

    def __init__(self, path: Path, kind: str, sheet: str) -> None:
        import python_calamine as calamine

        package = Package(path) if kind == "xlsx" else CompoundWorkbook(path)
        try:
            workbook = calamine.CalamineWorkbook.from_path(path)
            about = {found.name: found for found in workbook.sheets_metadata}
            if sheet not in about:
                raise WorkbookRefused("sheet_missing", expected=sheet)
            hidden = {name for name, found in about.items() if found.visible != calamine.SheetVisibleEnum.Visible}
            if sheet in hidden:
                raise WorkbookRefused("hidden_sheet", expected=sheet)
            facts = package.sheet_facts(sheet)
            self._sheet = workbook.get_sheet_by_name(sheet)
            #: Cells without a value of their own, and first and last cell of merged ranges; counted from 0.
            self.valueless = facts.valueless
            self.merged = self._sheet.merged_cell_ranges or []
        except calamine.PasswordError as error:
            raise unreadable("工作簿有密码", "the workbook has a password") from error
        except (calamine.CalamineError, OSError) as error:
            # The library's own words may quote the file's content and are left out.
            raise unreadable("不是完好的工作簿", "it is no sound workbook") from error
        except BaseException as error:
            # A panic inside the library is no Exception.
            if isinstance(error, WorkbookRefused | MemoryError) or type(error).__name__ != "PanicException":
                raise
            raise unreadable("不是完好的工作簿", "it is no sound workbook") from error
        found = [("hidden_sheets", hidden), ("hidden_cells", facts.has_hidden_cells)]
        self.notices = [*package.notices, *(notice for notice, is_so in found if is_so)]

    def rows(self) -> Iterator[list[Any]]:
        """The sheet's rows from the first, each from the first column."""
        start = self._sheet.start
        if start is None:
            return
        before = [""] * start[1]
        for row in self._sheet.iter_rows():
            yield before + row

    def voids(self, header_row: int, places: set[int]) -> dict[int, tuple[str, int]]:
        """Rows below the header that lack a value in one of ``places``: their reason and that place.

        A cell in error or with a formula whose result was not stored has none; nor have the cells of a merged range
        but its first: nobody knows which row the value is for.
        """
        found = {
            row + 1: ("value_not_stored", column)
            for row, column in sorted(self.valueless, reverse=True)
            if row >= header_row and column in places
        }
        last_row = (self._sheet.end or (0, 0))[0]
        for (top, left), (bottom, right) in self.merged:
            covered = sorted(column for column in places if left <= column <= right)
            for row in range(max(top, header_row), min(bottom, last_row) + 1):
                for column in covered:
                    if (row, column) != (top, left):
                        found.setdefault(row + 1, ("merged_cells", column))
        return found
