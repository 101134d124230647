"""An XLSX file before it is opened: what it declares to unpack to, and what its sheet's cells are.

Belongs here: what calamine doesn't tell or would die of. Does not belong here: the values of cells (``reading``).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from posixpath import join, normpath

from ingestion.workbooks.facts import SheetFacts
from ingestion.workbooks.limits import (
    CELLS,
    PACKING_RATIO,
    PARTS,
    RATIO_FROM_BYTES,
    UNPACKED_BYTES,
    over_limit,
    unreadable,
)

_BLOCK_BYTES = 1 << 20
#: A row of 16,384 cells is smaller.
_LONGEST_ROW_BYTES = 16 << 20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_PLACE = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_HIDDEN = re.compile(rb'<(?:\w+:)?(?:row|col)\s[^>]*?\bhidden="(?:1|true)"')
_FAULTY = re.compile(
    rb'<(?:\w+:)?c\s([^>]*?\bt="e"[^>]*)>'
    # A formula without a result; an empty text is one.
    rb"|<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


class Package:
    """The parts of an XLSX file. Raises WorkbookRefused when they would unpack to more than is read."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise unreadable("文件不完整或已损坏", "the file is cut off or damaged") from error
        parts = self._archive.infolist()
        if len(parts) > PARTS:
            raise over_limit(f"含 {len(parts):,} 个部件，上限 {PARTS:,}", f"{len(parts):,} parts, at most {PARTS:,}")
        if any(part.flag_bits & 1 for part in parts):
            raise unreadable("工作簿有密码", "the workbook has a password")
        if sum(part.compress_size for part in parts) > path.stat().st_size:
            raise unreadable("压缩包的部件互相重叠", "its packed parts overlap")
        unpacked = sum(part.file_size for part in parts)
        densest = max(
            (part.file_size / max(part.compress_size, 1) for part in parts if part.file_size >= RATIO_FROM_BYTES),
            default=0,
        )
        if unpacked > UNPACKED_BYTES or densest > PACKING_RATIO:
            raise over_limit(
                f"解压后将达 {unpacked >> 20:,} MB（上限 {UNPACKED_BYTES >> 20} MB），"
                f"为压缩大小的 {densest:.0f} 倍（上限 {PACKING_RATIO} 倍）",
                f"it would unpack to {unpacked >> 20:,} MB (at most {UNPACKED_BYTES >> 20} MB), {densest:.0f} times "
                f"its packed size (at most {PACKING_RATIO})",
            )
        self._names = {part.filename for part in parts}

    @property
    def notices(self) -> list[str]:
        """What the workbook carries that is never run nor followed."""
        lowered = {name.lower() for name in self._names}
        macros = any("vbaproject" in name or "/macrosheets/" in name for name in lowered)
        links = any("/externallinks/" in name or name.endswith("/connections.xml") for name in lowered)
        return ["macros"] * macros + ["external_links"] * links

    def sheet_facts(self, sheet: str) -> SheetFacts:
        """Raises WorkbookRefused when the sheet's cells span more than is read."""
        part = self._sheet_part(sheet)
        return self._facts(part) if part else SheetFacts()

    def _sheet_part(self, sheet: str) -> str | None:
        """The part that holds ``sheet``; None when the workbook's own list doesn't lead to one."""
        import html

        relations = {
            found.get("Id"): found.get("Target", "")
            for tag in _RELATION.findall(self._small_part("xl/_rels/workbook.xml.rels"))
            for found in [_attributes(tag)]
        }
        for tag in _SHEET.findall(self._small_part("xl/workbook.xml")):
            found = _attributes(tag)
            if html.unescape(found.get("name", "")) == sheet:
                relation = next((value for name, value in found.items() if name.endswith(":id")), None)
                target = relations.get(relation, "")
                part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
                return part if part in self._names else None
        return None

    def _small_part(self, name: str) -> bytes:
        if name not in self._names:
            raise unreadable("不是完好的 XLSX 工作簿", "it is no sound XLSX workbook")
        return b"".join(self._blocks(name))

    def _blocks(self, name: str):
        """The part's unpacked bytes. Raises WorkbookRefused when it is damaged or longer than it declares."""
        try:
            with self._archive.open(name) as handle:
                while block := handle.read(_BLOCK_BYTES):
                    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                        raise unreadable("部件中含有实体声明", "a part declares entities of its own")
                    yield block
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError) as error:
            raise unreadable("文件不完整或已损坏", "the file is cut off or damaged") from error

    def _facts(self, part: str) -> SheetFacts:
        facts = SheetFacts()
        last_row = last_column = 0
        rest = b""
        for block in self._blocks_or_end(part):
            rest += block
            # Whole rows at a time: a cell is never cut in two.
            cut = len(rest) if not block else max(rest.rfind(b"<row"), rest.rfind(b":row "))
            if cut <= 0:
                if len(rest) > _LONGEST_ROW_BYTES:
                    raise over_limit("一行数据过长", "a row is too long")
                continue
            whole, rest = rest[:cut], rest[cut:]
            places = _PLACE.findall(whole)
            if places:
                last_row = max(last_row, max(int(row) for _, row in places))
                last_column = max(last_column, max(_column_number(letters) for letters in {c for c, _ in places}))
            if last_row * last_column > CELLS:
                raise over_limit(
                    f"工作表占用 {last_row:,} 行 × {last_column:,} 列，上限 {CELLS:,} 格",
                    f"the sheet spans {last_row:,} rows by {last_column:,} columns, at most {CELLS:,} cells",
                )
            facts.has_hidden_cells |= _HIDDEN.search(whole) is not None
            facts.valueless |= _valueless(whole)
        return facts

    def _blocks_or_end(self, part: str):
        yield from self._blocks(part)
        yield b""


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): (double or single).decode() for name, double, single in _ATTRIBUTE.findall(tag)}


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _valueless(rows: bytes) -> set[tuple[int, int]]:
    if b't="e"' not in rows and b"<f" not in rows and b":f" not in rows:
        return set()
    found = set()
    for error, formula in _FAULTY.findall(rows):
        attributes = _attributes(error or formula)
        place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", attributes.get("r", ""))
        if place and not (formula and attributes.get("t") == "str"):
            found.add((int(place[2]) - 1, _column_number(place[1].encode()) - 1))
    return found
