"""What a file is by its content, whatever it is called.

Belongs here: telling kinds of files apart by their first bytes. Does not belong here: reading them.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

from ingestion.contracts.models import Contract
from ingestion.reasons import FileRefused

#: Names under which a department may send an extract: its content decides, and a wrong name costs nothing.
EXTENSIONS = ("csv", "txt", "tsv", "xlsx", "xlsm", "xls", "et", "xlsb", "ods", "htm", "html")
_HEAD_BYTES = 4096
_BINARY = {
    b"%PDF": "pdf",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"PAR1": "database",
    b"SQLite format 3": "database",
}
_HTML = re.compile(r"<(!doctype html|html|head|meta|body|table|div|style)\b", re.IGNORECASE)
_XML_SHEET = "urn:schemas-microsoft-com:office:spreadsheet"
#: Each kind in Chinese and English.
NAMES = {
    "text": ("分隔符文本（CSV）", "delimited text (CSV)"),
    "xlsx": ("Excel 工作簿（XLSX）", "an Excel workbook (XLSX)"),
    "xls": ("Excel 工作簿（XLS）", "an Excel workbook (XLS)"),
    "xlsb": ("Excel 二进制工作簿（XLSB）", "a binary Excel workbook (XLSB)"),
    "ods": ("OpenDocument 表格", "an OpenDocument spreadsheet"),
    "docx": ("Word 文档", "a Word document"),
    "html": ("网页表格（HTML）", "a table of a web page (HTML)"),
    "xml": ("XML 文件", "an XML file"),
    "pdf": ("PDF 文件", "a PDF file"),
    "picture": ("图片", "a picture"),
    "archive": ("压缩包", "a packed archive"),
    "database": ("数据库文件", "a database file"),
}


def content_kind(path: Path) -> str:
    """A key of NAMES. Raises FileRefused ``empty`` for a file without bytes."""
    with open(path, "rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if not head:
        raise FileRefused("empty")
    if head.startswith(b"PK\x03\x04"):
        return _packed_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    for start, kind in _BINARY.items():
        if head.startswith(start):
            return kind
    return _text_kind(head)


def _packed_kind(path: Path) -> str:
    """A workbook that is damaged is taken for one: its reader says what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "word/document.xml" in names:
        return "docx"
    if "content.xml" in names:
        return "ods"
    return "xlsx" if any(name.startswith("xl/") for name in names) else "archive"


def _text_kind(head: bytes) -> str:
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "latin-1"
    text = head.decode(encoding, errors="replace").removeprefix("ï»¿").lstrip("\ufeff \t\r\n")
    if _HTML.match(text):
        return "html"
    if text.startswith("<?xml") or text.startswith("<!--"):
        return "html" if _HTML.search(text) else "xml"
    return "xml" if _XML_SHEET in text else "text"


def check_format(path: Path, contract: Contract) -> str:
    """The file's kind, one that is read for ``contract``. Raises FileRefused ``empty`` or ``wrong_format``."""
    kind = content_kind(path)
    agreed = ("text",) if contract.file.format == "csv" else ("xlsx", "xls")
    if kind not in agreed:
        expected, found = NAMES[agreed[0]], NAMES[kind]
        raise FileRefused(
            "wrong_format", expected_zh=expected[0], expected_en=expected[1], found_zh=found[0], found_en=found[1]
        )
    return kind
