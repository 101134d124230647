"""Valid files made from a contract, for tests: every rule of the declaration kept, nothing random.

Belongs here: rows and files of an extract. Does not belong here: what is expected of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import re._parser as regex_parser
from pathlib import Path

import xlsxwriter

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import period_days
from ingestion.identity.numbers import CHECK_CHARACTERS, CHECK_WEIGHTS

Row = dict[str, str]
#: The place of first registration of made numbers; no district has this code.
MADE_PLACE = "319901"


def with_check(body: str) -> str:
    """A resident number from its first 17 digits, checked digit by digit as the standard is written."""
    total = sum(int(digit) * weight for digit, weight in zip(body, CHECK_WEIGHTS, strict=True))
    return body + CHECK_CHARACTERS[total % 11]


def resident_number(row: int) -> str:
    return with_check(f"{MADE_PLACE}19800101{row % 1000:03d}")


def period_of(contract: Contract) -> str:
    return "201702" if contract.delivery.rhythm == "monthly" else "2017Q1"


def valid_rows(contract: Contract, count: int, period: str | None = None) -> list[Row]:
    """``count`` different rows that keep every rule. All days are the same, all numbers are 1."""
    start, _ = period_days(period or period_of(contract))
    return [
        {name: _value(contract, name, row, start + dt.timedelta(days=row % 28)) for name in contract.columns}
        for row in range(count)
    ]


def _value(contract: Contract, name: str, row: int, day: dt.date) -> str:
    meaning = registry().fields[name]
    match meaning.type:
        case "code" if contract.person and name == contract.person.type:
            return "111"
        case "code":
            return next(iter(registry().code_lists[meaning.codes]))
        case "date":
            return "1980-01-01" if name == "birth_date" else day.isoformat()
        case "timestamp":
            return f"{day.isoformat()} 08:30:00"
        case "integer" | "decimal":
            return "1"
        case "boolean":
            # A minor's row is not kept, however sound it is.
            return "否" if contract.sealing and name == contract.sealing.minor_flag else "是"
        case "document_number":
            return resident_number(row)
        case "name":
            return "某某" + "甲乙丙丁戊己庚辛壬癸"[row % 10]
        case "phone":
            return f"1390000{row:04d}"
        case "address":
            return f"某路{row}号"
        case _ if meaning.pattern:
            return numbered(meaning.pattern, row)
    return f"某地{row}"


def numbered(pattern: str, row: int) -> str:
    """The shortest text that matches ``pattern``, its last digits counting the rows."""
    text = "".join(_shortest(node) for node in regex_parser.parse(pattern))
    digits = len(text) - len(text.rstrip("0"))
    return text[: len(text) - digits] + f"{row:0{digits}d}" if digits else text


def _shortest(node) -> str:
    kind, content = str(node[0]), node[1]
    if kind == "LITERAL":
        return chr(content)
    if kind == "IN":
        return _shortest(content[0])
    if kind == "CATEGORY":
        return "0"
    if kind == "RANGE":
        return chr(content[0])
    if kind == "MAX_REPEAT":
        low, _, inner = content
        return "".join(_shortest(item) for item in inner) * low
    if kind == "SUBPATTERN":
        return "".join(_shortest(item) for item in content[3])
    if kind == "BRANCH":
        return "".join(_shortest(item) for item in content[1][0])
    raise ValueError(f"no example for {kind}")


def file_name(contract: Contract, period: str | None = None, note: str = "") -> str:
    noted = f"_{note}" if note else ""
    return f"{contract.title.zh}_{period or period_of(contract)}{noted}.{contract.file.format}"


def write_rows(path: Path, contract: Contract, rows: list[Row], above: list[list] = (), below: list[list] = ()) -> Path:
    """Write a file as the contract says, with rows above the header and below the body."""
    header = [column.headers[0] for column in contract.columns.values()]
    body = [[row.get(name, "") for name in contract.columns] for row in rows]
    return write_table(path, contract, [*above, header, *body, *below])


def write_table(path: Path, contract: Contract, table: list[list]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if contract.file.format == "csv":
        with open(path, "w", encoding=contract.file.encoding, newline="") as handle:
            csv.writer(handle, delimiter=contract.file.delimiter).writerows(table)
        return path
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as workbook:
        sheet = workbook.add_worksheet(contract.file.sheet)
        for place, row in enumerate(table):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                elif cell is not None:
                    sheet.write(place, column, cell)
    return path
