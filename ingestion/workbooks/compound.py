"""An XLS file's records, for what calamine doesn't tell: cells in error, formulas never computed, what is hidden.

A compound file (MS-CFB) keeps the stream of records in chained sectors; numbers of records are those of MS-XLS.

Belongs here: reading records. Does not belong here: the values of cells (``reading``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from ingestion.workbooks.facts import SheetFacts
from ingestion.workbooks.limits import unreadable

_END_OF_CHAIN = 0xFFFFFFFA
_FORMULA, _END, _ENCRYPTED, _COLUMN, _BOUND_SHEET, _EXTERNAL, _ERROR, _ROW = (
    0x06, 0x0A, 0x2F, 0x7D, 0x85, 0x01AE, 0x0205, 0x0208,
)  # fmt: skip
#: In place of a link's length: the workbook itself, and add-in functions.
_OWN_SHEETS, _ADD_INS = 0x0401, 0x3A01


class CompoundWorkbook:
    """The records of an XLS file. Raises WorkbookRefused when it is damaged."""

    def __init__(self, path: Path) -> None:
        self._content = path.read_bytes()
        try:
            self._sector_bytes = 1 << struct.unpack_from("<H", self._content, 0x1E)[0]
            self._table = self._allocation_table()
            entries = self._entries()
            if "EncryptedPackage" in entries:
                raise unreadable("工作簿有密码", "the workbook has a password")
            self.notices = ["macros"] if any("VBA" in name for name in entries) else []
            self._records = self._stream(entries, "Workbook" if "Workbook" in entries else "Book")
            about = list(self._walk(0))
            if any(kind == _ENCRYPTED for kind, _ in about):
                raise unreadable("工作簿有密码", "the workbook has a password")
            if any(self._links_elsewhere(body) for kind, body in about if kind == _EXTERNAL):
                self.notices.append("external_links")
        except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError, OverflowError) as error:
            raise unreadable("文件不完整或已损坏", "the file is cut off or damaged") from error

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._sector_bytes
        return self._content[start : start + self._sector_bytes]

    def _allocation_table(self) -> list[int]:
        """For each sector the one that follows it."""
        numbers = list(struct.unpack_from("<109I", self._content, 0x4C))
        following, count = struct.unpack_from("<II", self._content, 0x44)
        for _ in range(count):
            more = struct.unpack(f"<{self._sector_bytes // 4}I", self._sector(following))
            numbers += more[:-1]
            following = more[-1]
        table: list[int] = []
        for number in numbers:
            if number < _END_OF_CHAIN:
                table += struct.unpack(f"<{self._sector_bytes // 4}I", self._sector(number))
        return table

    def _chain(self, first: int, table: list[int]) -> Iterator[int]:
        seen = 0
        while first < _END_OF_CHAIN:
            yield first
            first = table[first]
            seen += 1
            if seen > len(table):
                raise ValueError("the chain has no end")

    def _read(self, first: int) -> bytes:
        return b"".join(self._sector(number) for number in self._chain(first, self._table))

    def _entries(self) -> dict[str, tuple[int, int]]:
        """First sector and size of every stream, by its name."""
        folder = self._read(struct.unpack_from("<I", self._content, 0x30)[0])
        found = {}
        for start in range(0, len(folder) - 127, 128):
            length = struct.unpack_from("<H", folder, start + 64)[0]
            if 2 <= length <= 64:
                name = folder[start : start + length - 2].decode("utf-16-le")
                found[name] = struct.unpack_from("<II", folder, start + 116)
        return found

    def _stream(self, entries: dict[str, tuple[int, int]], name: str) -> bytes:
        first, size = entries[name]
        if size >= struct.unpack_from("<I", self._content, 0x38)[0]:
            return self._read(first)[:size]
        # Short streams lie in 64-byte sectors of their own, inside the root's stream.
        short = self._read(entries["Root Entry"][0])
        packed = self._read(struct.unpack_from("<I", self._content, 0x3C)[0])
        table = list(struct.unpack(f"<{len(packed) // 4}I", packed))
        return b"".join(short[64 * number : 64 * number + 64] for number in self._chain(first, table))[:size]

    def _walk(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Records from ``start`` to the end of its sheet: kind and content."""
        while start + 4 <= len(self._records):
            kind, length = struct.unpack_from("<HH", self._records, start)
            yield kind, self._records[start + 4 : start + 4 + length]
            if kind == _END:
                return
            start += 4 + length

    @staticmethod
    def _links_elsewhere(body: bytes) -> bool:
        return struct.unpack_from("<H", body, 2)[0] not in (_OWN_SHEETS, _ADD_INS)

    def sheet_facts(self, sheet: str) -> SheetFacts:
        try:
            start = next(place for name, place in self._sheets() if name == sheet)
            return self._facts(start)
        except StopIteration:
            return SheetFacts()
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise unreadable("文件不完整或已损坏", "the file is cut off or damaged") from error

    def _sheets(self) -> Iterator[tuple[str, int]]:
        for kind, body in self._walk(0):
            if kind == _BOUND_SHEET:
                length, is_wide = body[6], body[7] & 1
                text = body[8 : 8 + length * (2 if is_wide else 1)]
                yield text.decode("utf-16-le" if is_wide else "latin-1"), struct.unpack_from("<I", body)[0]

    def _facts(self, start: int) -> SheetFacts:
        facts = SheetFacts()
        for kind, body in self._walk(start):
            if kind == _ERROR and body[7]:
                facts.valueless.add(struct.unpack_from("<HH", body))
            elif kind == _FORMULA:
                in_error = body[12:14] == b"\xff\xff" and body[6] == 2
                # Left to be computed on opening, with the zero that stands for no result.
                never_computed = body[14] & 2 and body[6:14] == bytes(8)
                if in_error or never_computed:
                    facts.valueless.add(struct.unpack_from("<HH", body))
            elif kind == _ROW:
                facts.has_hidden_cells |= bool(body[12] & 0x20)
            elif kind == _COLUMN:
                facts.has_hidden_cells |= bool(body[8] & 1)
        return facts
