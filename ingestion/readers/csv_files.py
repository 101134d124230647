"""CSV files: strictly decoded as declared, read in batches, every record numbered.

Belongs here: decoding, the dialect, record numbers. Does not belong here: which row is the header (``headers``), what a
file in another dialect may be (``mistakes``).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.readers.headers import SEARCHED_ROWS, Header, find_header
from ingestion.readers.mistakes import undecodable, written_otherwise
from ingestion.readers.rows import Misfit, SentRows
from ingestion.reasons import FileRefused

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes in which the header must stand.
_HEAD_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 20
#: Text bytes of a batch: large enough for set-based work to pay, small enough for the next ones to be read and parsed
#: while one is written, and for memory to stay flat.
BATCH_BYTES = 16 << 20
#: Bytes that a row takes which does not fit, for each character of it: its cells are kept one by one.
_MISFIT_WEIGHT = 32


def open_csv_rows(path: Path, contract: Contract) -> SentRows:
    """Raises FileRefused: ``undecodable``, ``unreadable``, and what ``find_header`` raises."""
    encoding, delimiter = contract.file.encoding, contract.file.delimiter
    if path.stat().st_size == 0:
        raise FileRefused("empty")
    head, physical_lines = _head(path, encoding, delimiter)
    try:
        header = find_header(head, contract)
    except FileRefused as refused:
        if refused.code != "no_header":
            raise
        raise written_otherwise(contract, lambda *dialect: _head(path, *dialect)[0]) or refused from None
    rows = SentRows(header, iter(()))
    rows.batches = _batches(path, encoding, delimiter, header, physical_lines[header.row_number - 1], rows)
    return rows


def first_csv_rows(path: Path, contract: Contract) -> list[list[str]]:
    """Raises FileRefused ``undecodable`` or ``unreadable``."""
    return _head(path, contract.file.encoding, contract.file.delimiter)[0]


def _head(path: Path, encoding: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and after each of them how many lines of the file have been read."""
    with open(path, "rb") as handle:
        block = handle.read(_HEAD_BYTES)
        at_end = not handle.read(1)
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    try:
        # The mark would keep a quotation mark behind it from being one.
        text = decoder.decode(block, final=at_end).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise undecodable(path, encoding) from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records, lines = [], []
    try:
        for record in reader:
            records.append(record)
            lines.append(reader.line_num)
            if len(records) == SEARCHED_ROWS:
                break
    except csv.Error as error:
        raise _unreadable(error) from error
    return records, lines


def _batches(
    path: Path, encoding: str, delimiter: str, header: Header, lines_to_skip: int, rows: SentRows
) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    quotes = _count_quotes(path)
    if quotes % 2:
        raise FileRefused(
            "unreadable",
            detail_zh=f"引号不成对，无法确定行的边界；请先检查第 {_first_odd_line(path)} 行",
            detail_en="quotation marks do not come in pairs, so rows cannot be told apart; look at line "
            f"{_first_odd_line(path)} first",
        )
    names = [*header.columns, *[f"nameless_{place}" for place in range(header.nameless)]]
    places = [f"place_{place}" for place in range(len(names))]
    loaded = {place: name for place, name in zip(places, names, strict=True) if name}

    numbering = _Numbering(header.row_number)
    misfit_bytes = [0]
    last_misfit = ""

    def keep_misfit(row: arrow_csv.InvalidRow) -> str:
        nonlocal last_misfit
        cells = next(csv.reader([row.text], delimiter=delimiter), [])
        misfit = Misfit(header.row_number + row.number - lines_to_skip, tuple(cells))
        last_misfit = row.text if row.actual_columns < row.expected_columns and not misfit.kind else ""
        rows.misfits.append(misfit)
        numbering.between.append(misfit.row_number)
        misfit_bytes[0] += _MISFIT_WEIGHT * len(row.text)
        if rows.hand_on and misfit_bytes[0] >= BATCH_BYTES:
            # The reader comes back with rows that fit alone, and there may be none in the whole file.
            misfit_bytes[0] = 0
            rows.hand_on(rows.take_misfits())
        return "skip"

    read = arrow_csv.ReadOptions(
        # One thread: only then does the reader number the rows that do not fit.
        use_threads=False,
        block_size=_BLOCK_BYTES,
        column_names=places,
        skip_rows=lines_to_skip,
        encoding="utf8" if encoding.startswith("utf-8") else encoding,
    )
    parse = arrow_csv.ParseOptions(
        delimiter=delimiter,
        newlines_in_values=quotes > 0,
        ignore_empty_lines=False,
        invalid_row_handler=keep_misfit,
    )
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False, include_columns=list(loaded)
    )
    try:
        with arrow_csv.open_csv(path, read, parse, convert) as reader:
            for table in _gathered(reader, misfit_bytes):
                numbers = numbering.of_next(table.num_rows)
                table = table.rename_columns(list(loaded.values())).add_column(0, "row_number", numbers)
                yield _without_overfull(table, header, rows.misfits) if header.nameless else table
        if last_misfit and _ends_with(path, last_misfit.encode(encoding.removesuffix("-sig"))):
            rows.notices.append("cut_off")
    except UnicodeDecodeError as error:
        raise undecodable(path, encoding) from error
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise undecodable(path, encoding) from error
        raise _unreadable(error) from error


def _ends_with(path: Path, tail: bytes) -> bool:
    """Whether the file's last line is ``tail``, without a line end behind it."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(tail) - 1))
        return handle.read() in (b"\n" + tail, b"\r" + tail, tail)


def _gathered(reader, misfit_bytes: list[int]) -> Iterator[pa.Table]:
    """Record batches put together until they hold enough, with the rows between them that do not fit and are counted
    in ``misfit_bytes``. A file none of whose rows fit has one too."""
    import pyarrow as pa

    gathered: list[pa.RecordBatch] = []
    size, is_first = 0, True
    for batch in reader:
        gathered.append(batch)
        size += batch.nbytes
        if size + misfit_bytes[0] >= BATCH_BYTES:
            yield pa.Table.from_batches(gathered)
            gathered, size, is_first, misfit_bytes[0] = [], 0, False, 0
    if gathered or is_first:
        yield pa.Table.from_batches(gathered, reader.schema)


class _Numbering:
    """Numbers records that fit by their place in the file; ``between`` are the places of those that do not, as they
    are met."""

    def __init__(self, header_row: int) -> None:
        self.between: list[int] = []
        self._next = header_row + 1

    def of_next(self, count: int) -> pa.Array:
        """Numbers of the next ``count`` records that fit."""
        import numpy as np
        import pyarrow as pa

        fitting = np.arange(count, dtype=np.int64)
        # How many fitting records stand before each misfit: its place less the misfits before it.
        before = np.array(self.between, dtype=np.int64) - self._next - np.arange(len(self.between))
        numbers = fitting + np.searchsorted(before, fitting, side="right") + self._next
        if count:
            self._next = int(numbers[-1]) + 1
            del self.between[: int(np.searchsorted(before, count - 1, side="right"))]
        return pa.array(numbers.astype(np.int32))


def _without_overfull(table: pa.Table, header: Header, overfull: list[Misfit]) -> pa.Table:
    """Rows with content where the header has no name do not fit it either."""
    import pyarrow as pa
    import pyarrow.compute as pc

    nameless = [f"nameless_{place}" for place in range(header.nameless)]
    filled = pa.chunked_array([pa.array([False] * table.num_rows)])
    for name in nameless:
        filled = pc.or_(filled, pc.not_equal(pc.utf8_trim_whitespace(table[name]), ""))
    for row in table.filter(filled).to_pylist():
        number = row.pop("row_number")
        overfull.append(Misfit(number, tuple(row.values())))
    return table.filter(pc.invert(filled)).drop_columns(nameless)


def _count_quotes(path: Path) -> int:
    """Quotation marks in the file. The byte is never part of another character in UTF-8 or GB18030."""
    with open(path, "rb") as handle:
        return sum(block.count(b'"') for block in iter(lambda: handle.read(1 << 20), b""))


def _first_odd_line(path: Path) -> int:
    """The first line with an odd number of quotation marks: there one is missing, unless a cell goes on below it."""
    with open(path, "rb") as handle:
        return next(number for number, line in enumerate(handle, start=1) if line.count(b'"') % 2)


def _unreadable(error: Exception) -> FileRefused:
    if "straddling" in str(error) or "field larger" in str(error):
        return FileRefused(
            "resource_limit",
            detail_zh=f"一行或一格超过上限（{_BLOCK_BYTES >> 20} MB），可能缺少换行",
            detail_en=f"a row or cell is longer than is read ({_BLOCK_BYTES >> 20} MB); line breaks may be missing",
        )
    # The library's own words may quote the file's content and are left out.
    return FileRefused(
        "unreadable",
        detail_zh="不是约定格式的 CSV 文件",
        detail_en=f"it is no CSV file as agreed ({type(error).__name__})",
    )
