"""The public tables as files: Parquet, CSV, one workbook, and a data package that describes them.

Belongs here: formats and their pitfalls. Equal tables give equal bytes. Does not belong here: what the tables say.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from publication.dictionary import dictionary
from publication.tables.columns import PublicTable, type_of
from warehouse.files import write_json
from warehouse.quarters import Quarter

#: A spreadsheet runs a cell that begins so as a formula; such text gets an apostrophe in front. Numbers do not.
_RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
WORKBOOK = "pingan.xlsx"
#: How many quarters before its own a workbook has, so that each figure stands beside that of a year ago.
_QUARTERS_BEFORE = 4
_NOTES = (
    (
        "scores",
        "得分四舍五入到一位小数；变化按未舍入的得分计算，可能与舍入后的差略有出入。",
        "Scores are rounded half away from zero to one decimal; changes are of the unrounded scores, so they may "
        "differ from the difference of the rounded ones.",
    ),
    (
        "disclosure",
        "1至4（特殊人群1至9）的数量及基数不足10的比率不予公布，并同时隐去可用来推算的数值，"
        "其中街道（镇）数值尽量以区间公布；居民少于1,000人的区域不公布。",
        "Counts from 1 to 4 (special groups: 1 to 9) and shares of fewer than ten are not published, nor are figures "
        "from which they could be worked out; of these a sub-district's are given as a range where that is safe. Areas "
        "with fewer than 1,000 residents are not shown.",
    ),
    (
        "quarters",
        "工作簿只列本季度及此前四个季度；此前各季度见CSV和Parquet文件。",
        "The workbook has the quarter and the four before it; the CSV and Parquet files also have those before.",
    ),
    (
        "csv",
        "CSV为带BOM的UTF-8；以 = + - @ 开头的文字前加半角单引号，以免被电子表格当作公式执行。",
        "CSV files are UTF-8 with a byte-order mark; text that begins with = + - @ has an apostrophe in front so that "
        "no spreadsheet runs it as a formula.",
    ),
    (
        "people",
        "指数评价的是地方的安全与服务，不评价任何个人。",
        "The index scores places and the services that people get there; it scores no person.",
    ),
)


def write_tables(tables: Mapping[str, PublicTable], folder: Path, title: Mapping[str, str]) -> None:
    """Write every table as Parquet and CSV, and ``datapackage.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables.values():
        write_parquet(table, folder / f"{table.name}.parquet")
        write_csv(table, folder / f"{table.name}.csv")
    write_json(folder / "datapackage.json", data_package(tables, title))


def column_words(column: str) -> str:
    """A column's meaning in both languages, with its unit."""
    meaning = dictionary()["columns"][column]
    unit = meaning.get("unit")
    zh, en = (f"（{unit['zh']}）", f" ({unit['en']})") if unit else ("", "")
    return f"{meaning['zh']}{zh} / {meaning['en']}{en}"


def write_parquet(table: PublicTable, path: Path) -> None:
    """Parquet with a checksum on every page, so that a damaged file fails instead of lying."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}
    schema = pa.schema(
        [
            pa.field(column, types[type_of(column)], metadata={"description": column_words(column)})
            for column in table.columns
        ],
        metadata={"title": f"{table.title['zh']} / {table.title['en']}"},
    )
    pq.write_table(
        pa.Table.from_pylist(table.rows, schema), path, compression="zstd", write_page_checksum=True, store_schema=True
    )


def safe_text(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula; anything else as it is."""
    if isinstance(value, str) and value.startswith(_RUN_AS_FORMULA):
        return f"'{value}"
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else safe_text(value)


def write_csv(table: PublicTable, path: Path) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\r\n")
        writer.writerow(table.columns)
        writer.writerows([_cell(row[column]) for column in table.columns] for row in table.rows)


def recent(tables: Mapping[str, PublicTable], quarter: Quarter) -> dict[str, PublicTable]:
    """``tables`` with the rows of ``quarter`` and the four before it: a year to compare with, and a workbook that opens
    as fast however many quarters have been published."""
    first = str(quarter.plus(-_QUARTERS_BEFORE))
    return {
        name: replace(table, rows=[row for row in table.rows if row["quarter"] >= first])
        for name, table in tables.items()
    }


def write_workbook(
    tables: Mapping[str, PublicTable], path: Path, title: Mapping[str, str], quarter_end: dt.date
) -> None:
    """A workbook by the rules for accessible statistics: cover, contents, notes, then one marked-up table a sheet,
    no merged cell, nothing that hangs on colour alone.

    quarter_end stands in it as its date of creation: a file that knows the time of day could not be the same twice.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties(
            {"title": f"{title['zh']} {title['en']}", "created": dt.datetime.combine(quarter_end, dt.time())}
        )
        heading = book.add_format({"bold": True, "font_size": 14})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        cover = book.add_worksheet("封面 Cover")
        cover.set_column(0, 0, 100)
        cover.write_string(0, 0, title["zh"], heading)
        cover.write_string(1, 0, title["en"], heading)
        cover.write_string(
            2, 0, "目录见下一页，说明见第三页。 Contents are on the next sheet, notes on the third.", wrapped
        )
        contents = [[table.name, table.title["zh"], table.title["en"], len(table.rows)] for table in tables.values()]
        _sheet(
            book,
            "目录 Contents",
            "contents",
            ["工作表 sheet", "表 table", "英文 English", "行数 rows"],
            contents,
            heading,
        )
        _sheet(book, "说明 Notes", "notes", ["项目 item", "中文 Chinese", "英文 English"], list(_notes()), heading)
        for table in tables.values():
            lines = [[row[column] for column in table.columns] for row in table.rows]
            _sheet(book, table.name, table.name, list(table.columns), lines, heading, table.title)


def _notes() -> Iterable[list[str]]:
    for item, zh, en in _NOTES:
        yield [item, zh, en]
    for code, meaning in dictionary()["statuses"].items():
        yield [f"status_code {code}", meaning["zh"], meaning["en"]]
    for column, meaning in dictionary()["columns"].items():
        yield [column, meaning["zh"], meaning["en"]]


def _sheet(book, sheet_name, table_name, columns, lines, heading, title=None) -> None:
    sheet = book.add_worksheet(sheet_name)
    first = 0
    if title:
        sheet.write_string(0, 0, f"{title['zh']} {title['en']}", heading)
        first = 2
    # a table without rows still needs one line in the file format
    last = first + max(len(lines), 1)
    sheet.add_table(
        first, 0, last, len(columns) - 1,
        {"name": f"table_{table_name}", "columns": [{"header": column} for column in columns], "data": lines,
         "style": "Table Style Light 1"},
    )  # fmt: skip
    sheet.freeze_panes(first + 1, 0)
    sheet.set_column(0, len(columns) - 1, 18)


def data_package(tables: Mapping[str, PublicTable], title: Mapping[str, str]) -> dict[str, Any]:
    """A description of the CSV and Parquet files in the words of the Data Package standard, version 2."""
    resources = []
    for table in tables.values():
        fields = [
            {"name": column, "type": type_of(column), "description": column_words(column)} for column in table.columns
        ]
        for ending, media_type in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")):
            resource = {
                "name": f"{table.name.replace('_', '-')}-{ending}",
                "path": f"{table.name}.{ending}",
                "title": f"{table.title['zh']} / {table.title['en']}",
                "format": ending,
                "mediatype": media_type,
                "schema": {"fields": fields, "missingValues": [""]},
            }
            resources.append(resource | ({"encoding": "utf-8"} if ending == "csv" else {}))
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "pingan-public-tables",
        "title": f"{title['zh']} / {title['en']}",
        "resources": resources,
    }
