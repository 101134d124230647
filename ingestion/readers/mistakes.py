"""What a file that is not written as agreed may be instead, so that its sender is told what to change.

Belongs here: recognising another encoding, separator or extract, for the message alone. Does not belong here: reading
such a file all the same: it is refused, whatever it was recognised as.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.readers.headers import find_header
from ingestion.reasons import FileRefused

#: Separators that spreadsheets and databases write, with their Chinese and English names.
_DELIMITERS = {",": ("“,”", "“,”"), ";": ("“;”", "“;”"), "\t": ("制表符", "tabs"), "|": ("“|”", "“|”")}
_BLOCK_BYTES = 1 << 18
#: Refusals by the header; the file may be readable as something else.
HEADER_REASONS = frozenset({"no_header", "unknown_column", "missing_column"})


def another_extract(contract: Contract, knows: Callable[[Contract], object]) -> FileRefused | None:
    """``another_extract`` when exactly one other contract knows the file's header whole, else None.

    knows: reads the header by a contract; raises FileRefused when it does not know it.
    """
    known = [
        other
        for other in registry().contracts.values()
        if other.extract != contract.extract and _is_known(knows, other)
    ]
    if len(known) != 1:
        return None
    owner = registry().departments[known[0].department]
    return FileRefused(
        "another_extract",
        owner_zh=owner.zh,
        owner_en=owner.en,
        extract=known[0].extract,
        title_zh=known[0].title.zh,
        title_en=known[0].title.en,
        claimed_zh=contract.title.zh,
        claimed_en=contract.title.en,
    )


def _is_known(knows: Callable[[Contract], object], contract: Contract) -> bool:
    try:
        knows(contract)
    except FileRefused:
        return False
    return True


def undecodable(path: Path, encoding: str) -> FileRefused:
    """The refusal of a file with bytes that ``encoding`` does not know: the first of them, and the likely encoding."""
    with open(path, "rb") as handle:
        start = handle.read(4)
    looks_like = None
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        looks_like = _likely("UTF-16")
    elif _first_undecodable(path, _other(encoding)) is None:
        looks_like = _likely(_other(encoding))
    offset = _first_undecodable(path, encoding)
    if offset is None:
        place, zh, en = "?", "", ""
    else:
        place, line = offset, _line_of(path, offset)
        zh, en = f"（第 {line} 行）", f" (in line {line})"
    return _in_another_encoding(
        encoding, f"第 {place} 字节处{zh}无法解码", f"byte {place}{en} cannot be decoded", looks_like or ("", "")
    )


def written_otherwise(contract: Contract, first_rows: Callable[[str, str], list[list[str]]]) -> FileRefused | None:
    """The refusal of a file without a header that has one in another encoding or with another separator.

    first_rows: the file's first rows by encoding and delimiter; raises FileRefused.
    None when the header is found in no other way of reading either. UTF-8 can often be decoded as GB18030, as
    nonsense, so that decoding alone does not tell.
    """
    encoding, delimiter = contract.file.encoding, contract.file.delimiter
    for another in (encoding, _other(encoding)):
        for separator in (delimiter, *_DELIMITERS):
            if not _has_header(contract, first_rows, another, separator):
                continue
            if another != encoding:
                return _in_another_encoding(
                    encoding, "按此读出的是乱码", "read in it, it is nonsense", _likely(another)
                )
            agreed, found = _DELIMITERS.get(delimiter, (f"“{delimiter}”",) * 2), _DELIMITERS[separator]
            return FileRefused(
                "unreadable",
                detail_zh=f"列应以{agreed[0]}分隔，文件用的是{found[0]}",
                detail_en=f"its columns should be separated by {agreed[1]} and are separated by {found[1]}",
            )
    return None


def _has_header(
    contract: Contract, first_rows: Callable[[str, str], list[list[str]]], encoding: str, delimiter: str
) -> bool:
    try:
        find_header(first_rows(encoding, delimiter), contract)
    except FileRefused as refused:
        return refused.code in ("unknown_column", "missing_column")
    return True


def _other(encoding: str) -> str:
    return "gb18030" if encoding.startswith("utf-8") else "utf-8"


def _likely(encoding: str) -> tuple[str, str]:
    return f"（文件疑为 {encoding}）", f" (it looks like {encoding})"


def _in_another_encoding(encoding: str, detail_zh: str, detail_en: str, looks_like: tuple[str, str]) -> FileRefused:
    return FileRefused(
        "undecodable",
        expected=encoding,
        detail_zh=f"{detail_zh}{looks_like[0]}",
        detail_en=f"{detail_en}{looks_like[1]}",
    )


def _line_of(path: Path, offset: int) -> int:
    """The line, from 1, in which the byte at ``offset`` stands."""
    line = 1
    with open(path, "rb") as handle:
        while offset > 0 and (block := handle.read(min(offset, _BLOCK_BYTES))):
            line += block.count(b"\n")
            offset -= len(block)
    return line


def _first_undecodable(path: Path, encoding: str) -> int | None:
    """Place of the first byte that cannot be decoded, from 0; None when all can."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    with open(path, "rb") as handle:
        position = 0
        while True:
            block = handle.read(_BLOCK_BYTES)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return position - held + error.start
            if not block:
                return None
            position += len(block)
