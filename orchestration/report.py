"""What a run ends with on the terminal: the published scores, what moved, what was kept out and why.

Belongs here: laying out what the release and the ledger say. Does not belong here: computing any of it.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from ingestion.contracts.registry import registry
from ingestion.ledger import list_records
from warehouse.layout import Layout
from warehouse.quarters import Quarter

#: Committees named in the terminal; the bulletin has them all.
_MOVERS = 10
#: Lines about quarantined rows; the public table ``quarantined_rows`` has them all.
_QUARANTINED = 15
_PIPED_SIZE = (200, 50)


def published(layout: Layout, quarter: Quarter, release: Path) -> Group:
    """Sub-districts with score, rank, change and dimensions, the committees that moved most, and where to read on."""
    scores = read_table(release, "scores_sub_district", str(quarter))
    dimensions = read_table(release, "dimension_scores", str(quarter))
    committees = read_table(release, "scores_committee", str(quarter))
    paths = Text.assemble(
        ("公报 bulletin: ", "bold"),
        f"{release / 'bulletin' / 'index.html'}\n",
        ("分析库 analysts' database: ", "bold"),
        str(release / "analysts" / "pingan.duckdb"),
    )
    return Group(_sub_districts(quarter, scores, dimensions), _movers(committees), taken_in(layout, quarter), paths)


def taken_in(layout: Layout, quarter: Quarter) -> Group:
    """What the quarter's round kept out: rows by extract and reason, and files that were not accepted."""
    records = [record for record in list_records(layout, rounds_to=quarter) if record.round == str(quarter)]
    rows = Counter()
    read = Counter()
    for record in records:
        read[record.extract] += record.rows_read_count
        for reason, count in record.quarantined_by_reason.items():
            rows[record.extract, reason] += count
    quarantined = _table("隔离的行 rows quarantined", "数据集 extract", "原因 reason", ">行数 rows", ">占比 share")
    largest = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    for (extract, reason), count in largest[:_QUARANTINED]:
        quarantined.add_row(_extract_words(extract), reason, f"{count:,}", f"{count / read[extract]:.2%}")
    if others := sum(count for _, count in largest[_QUARANTINED:]):
        quarantined.add_row("其余 others", "–", f"{others:,}", "–")
    quarantined.add_row("合计 all", "", f"{rows.total():,}", f"{rows.total() / max(read.total(), 1):.2%}")
    verdicts = _table("未接收的文件 files not accepted", "文件 file", "结论 verdict", "原因 reason")
    for record in records:
        if record.verdict != "accepted":
            reason = f"{record.reason_zh or ''} {record.reason_en or ''}".strip()
            verdicts.add_row(f"{record.department}: {record.file_name}", record.verdict, reason)
    return Group(*(table for table in (quarantined, verdicts) if table.row_count))


def read_table(release: Path, name: str, quarter: str) -> list[dict[str, Any]]:
    """A public table's rows of ``quarter``."""
    import pyarrow.parquet as parquet

    return parquet.read_table(release / "tables" / f"{name}.parquet", filters=[("quarter", "=", quarter)]).to_pylist()


def console() -> Console:
    """Where tables go. Piped output has no size, and at 80 columns tables of two languages break to pieces."""
    width, height = (None, None) if sys.stdout.isatty() else _PIPED_SIZE
    return Console(highlight=False, width=width, height=height)


def show(*parts: Any) -> None:
    console().print(*parts, sep="\n")


def _sub_districts(quarter: Quarter, scores: list[dict], dimensions: list[dict]) -> Table:
    names = {row["dimension_code"]: row["dimension_name_zh"] for row in dimensions}
    by_area = {
        (row["area_code"], row["dimension_code"]): row["score"]
        for row in dimensions
        if row["area_level_code"] == "sub_district"
    }
    table = _table(
        f"平安指数 safety index {quarter}",
        *("街道镇 sub-district", ">名次 rank", ">得分 score", ">变化 change", ">名次变化 places"),
        *(f">{code} {names[code]}" for code in sorted(names)),
    )
    for row in sorted(scores, key=lambda row: (row["rank"] is None, row["rank"], row["area_code"])):
        parts = [_number(by_area.get((row["area_code"], code))) for code in sorted(names)]
        table.add_row(
            f"{row['area_name']} {row['area_name_en'] or ''}",
            _number(row["rank"], 0),
            _number(row["score"]),
            _number(row["score_change"], signed=True),
            _number(row["rank_change"], 0, signed=True),
            *parts,
        )
    return table


def _movers(committees: list[dict]) -> Table | Text:
    moved = [row for row in committees if row["rank_change"]]
    largest = sorted(moved, key=lambda row: (-abs(row["rank_change"]), row["area_code"]))[:_MOVERS]
    title = f"名次变动的居委会 committees that moved: {len(moved)} / {len(committees)}"
    if not largest:
        return Text(title)
    table = _table(title, "居委会 committee", "街道镇 sub-district", ">名次 rank", ">名次变化 places", ">变化 change")
    for row in largest:
        table.add_row(
            f"{row['area_name']} {row['area_name_en'] or ''}",
            row["sub_district_name"] or "",
            _number(row["rank"], 0),
            _number(row["rank_change"], 0, signed=True),
            _number(row["score_change"], signed=True),
        )
    return table


def _extract_words(extract: str) -> str:
    contract = registry().contract(extract)
    department = registry().departments[contract.department]
    return f"{department.zh}·{contract.title.zh} {extract}"


def _table(title: str, *headers: str) -> Table:
    """A table; a header that begins with ``>`` is of numbers."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for header in headers:
        table.add_column(header.removeprefix(">"), justify="right" if header.startswith(">") else "left")
    return table


def _number(value: float | None, decimals: int = 1, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+.{decimals}f}" if signed else f"{value:.{decimals}f}"
