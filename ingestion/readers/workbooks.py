"""Workbooks: the declared sheet, read by a process of its own and taken over as batches of text.

Belongs here: starting that process, asking it, and saying why it died. Does not belong here: what it does
(``ingestion.workbooks``), or what the text means.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ingestion.contracts.models import Contract
from ingestion.readers.headers import SEARCHED_ROWS, Header, find_header
from ingestion.readers.mistakes import HEADER_REASONS, another_extract
from ingestion.readers.rows import NUMERIC_FLAG, Misfit, SentRows
from ingestion.reasons import FileRefused

if TYPE_CHECKING:
    import pyarrow as pa

_PROJECT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path[:0] = sys.argv[1:]; from ingestion.workbooks.reading import main; main()"
_OUT_OF_TIME = {signal.SIGXCPU, signal.SIGALRM}


def open_workbook_rows(path: Path, kind: str, contract: Contract) -> SentRows:
    """``kind``: ``xlsx`` or ``xls``. Raises FileRefused: ``unreadable``, ``resource_limit``, ``sheet_missing``,
    ``hidden_sheet``, what ``find_header`` raises, and ``another_extract`` when the header is another contract's."""
    reader = _Reader()
    try:
        first = reader.ask_for_head(path, kind, contract)
        header = _header(first["head"], contract)
    except BaseException:
        reader.close()
        raise
    rows = SentRows(header, iter(()), notices=first["notices"])
    rows.batches = _batches(reader, header, contract, rows.misfits)
    return rows


def first_workbook_rows(path: Path, kind: str, contract: Contract) -> list[list[str]]:
    """Raises FileRefused ``unreadable``, ``resource_limit``, ``sheet_missing`` or ``hidden_sheet``."""
    with _Reader() as reader:
        return reader.ask_for_head(path, kind, contract)["head"]


def _header(rows: list[list[str]], contract: Contract) -> Header:
    try:
        return find_header(rows, contract)
    except FileRefused as refused:
        if refused.code not in HEADER_REASONS:
            raise
        raise another_extract(contract, lambda other: find_header(rows, other)) or refused from None


def _batches(reader: _Reader, header: Header, contract: Contract, misfits: list[Misfit]) -> Iterator[pa.Table]:
    import pyarrow as pa

    places = [place for place, name in enumerate(header.columns) if name]
    names = [header.columns[place] for place in places]
    flagged = header.columns.index(contract.person.number) if contract.person else None
    wanted = {"header_row": header.row_number, "width": len(header.columns), "places": places, "flagged": flagged}
    with reader:
        answer, blobs = reader.ask(wanted)
        while "batch" in answer:
            for number, cells, reason, place in answer["misfits"]:
                misfits.append(Misfit(number, tuple(cells), reason, None if place is None else header.columns[place]))
            count = answer["batch"]
            arrays: dict[str, pa.Array] = {"row_number": pa.Array.from_buffers(pa.int32(), count, [None, blobs[0]])}
            for order, name in enumerate(names):
                offsets, text = blobs[1 + 2 * order : 3 + 2 * order]
                arrays[name] = pa.StringArray.from_buffers(count, offsets, text)
            if flagged is not None:
                arrays[NUMERIC_FLAG] = pa.Array.from_buffers(pa.int8(), count, [None, blobs[-1]]).cast(pa.bool_())
            yield pa.table(arrays)
            answer, blobs = reader.answer()


class _Reader:
    """The process that reads one workbook. It sees nothing of this one's environment, keys in it among the rest."""

    def __init__(self) -> None:
        libraries = Path(find_spec("python_calamine").origin).parents[1]
        self._process = subprocess.Popen(
            # Without site packages' own set-up it starts in half the time.
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, str(_PROJECT), str(libraries)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # its words may quote the file's content
            env={},
        )

    def ask_for_head(self, path: Path, kind: str, contract: Contract) -> dict[str, Any]:
        request = {"path": str(path), "kind": kind, "sheet": contract.file.sheet, "searched_rows": SEARCHED_ROWS}
        return self.ask(request)[0]

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[pa.Buffer]]:
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it died, and the answer says of what
        return self.answer()

    def answer(self) -> tuple[dict[str, Any], list[pa.Buffer]]:
        """The next answer with what lies behind it. Raises FileRefused when it is a refusal, or none comes."""
        import pyarrow as pa

        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise _death(self._process.wait())
        message = json.loads(line)
        if "refused" in message:
            raise FileRefused(message["refused"], **message["words"])
        blobs = [self._process.stdout.read(size) for size in message.get("sizes", [])]
        if [len(blob) for blob in blobs] != message.get("sizes", []):
            raise _death(self._process.wait())
        return message, [pa.py_buffer(blob) for blob in blobs]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def __enter__(self) -> _Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _death(return_code: int) -> FileRefused:
    if return_code < 0:
        if -return_code in _OUT_OF_TIME:
            words = {"detail_zh": "读取时间超过上限", "detail_en": "it takes more time to read than is allowed"}
        else:
            words = {
                "detail_zh": "读取所需内存超过上限",
                "detail_en": "it takes more memory to read than is allowed",
            }
        return FileRefused("resource_limit", **words)
    return FileRefused("unreadable", detail_zh="不是完好的工作簿", detail_en="it is no sound workbook")
