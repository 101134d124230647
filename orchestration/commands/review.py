"""``pingan review``: the queue of proposed links.

Belongs here: laying it out. Does not belong here: the queue itself (``ingestion.identity.review``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich import box
from rich.table import Table

from ingestion.identity import review
from ingestion.identity.assertions import Assertion, assertions_of
from ingestion.identity.review_chart import svg_chart, text_chart
from orchestration import exits
from orchestration.report import show
from orchestration.writing import writing
from warehouse.files import write_text
from warehouse.keys import load_keys
from warehouse.layout import Layout


def guarded(action: Callable[[], None]) -> int:
    """Do it, or say what is wrong with the request."""
    try:
        action()
    except (review.ReviewFault, ValueError) as error:
        show(f"✗ {error}")
        return exits.USAGE
    return exits.DONE


def list_queue(layout: Layout, count: int) -> int:
    waiting = review.queue(layout)
    table = Table(title=f"待审链接 links to review: {len(waiting):,}", title_justify="left", box=box.SIMPLE_HEAD)
    for header in (
        "编号 pair",
        "数据集 extract",
        "季度 quarter",
        "规则 rule",
        "分数 score",
        "领先 margin",
        "抽查 audit",
    ):
        table.add_column(header)
    for one in waiting[:count]:
        margin = f"{one.margin_bits:.1f}" if one.margin_bits is not None else "–"
        audit = "✓" if one.is_audit_sample else ""
        table.add_row(one.pair, one.extract, one.quarter, one.rule_code, f"{one.score:.3f}", margin, audit)
    show(table)
    return exits.DONE


def show_pair(layout: Layout, pair: str, who: str, purpose: str, chart: Path | None) -> int:
    def action() -> None:
        proposal = review.find(layout, pair)
        fields = review.compare(layout, load_keys(layout.keys), [proposal], who, purpose)[proposal.pair]
        table = Table(title=f"{proposal.pair} {proposal.extract}", title_justify="left", box=box.SIMPLE_HEAD)
        for header in ("项 field", "记录 record", "个人 person", "比对 agreement"):
            table.add_column(header)
        for field in fields:
            table.add_row(f"{field.name_zh} {field.name_en}", field.record, field.person, field.agreement)
        show(table)
        show("\n".join(text_chart(fields)))
        show(_assertions_table(assertions_of(layout, [proposal.person_id])))
        show(f"规则 rule {proposal.rule_code}, 分数 score {proposal.score:.4f}")
        if chart:
            write_text(chart, svg_chart(fields, f"{proposal.pair} {proposal.rule_code} {proposal.score:.4f}"))

    return guarded(action)


def _assertions_table(assertions: list[Assertion]) -> Table:
    """Which sources have the person's document, and since when."""
    table = Table(title="此人证件的来源 who has the person's document", title_justify="left", box=box.SIMPLE_HEAD)
    for header in ("数据集 extract", "质量 quality", "首见 first seen", "末见 last seen", "行数 rows"):
        table.add_column(header)
    for one in assertions:
        table.add_row(
            one.extract, one.quality_code, one.first_seen_quarter, one.last_seen_quarter, f"{one.row_count:,}"
        )
    return table


def decide(layout: Layout, pairs: list[str], verdict: str, who: str, reason: str) -> int:
    def action() -> None:
        with writing(layout, "review"):
            taken = review.decide_pairs(layout, pairs, verdict, who, reason)
        show(f"已记录 recorded: {len(taken)} {verdict}; 下次运行生效 counts from the next run on")

    return guarded(action)


def undo(layout: Layout, record: str, person: str, who: str, reason: str) -> int:
    def action() -> None:
        with writing(layout, "review"):
            review.undo(layout, record, person, who, reason)
        show("已撤销 taken back; 下次运行生效 counts from the next run on")

    return guarded(action)


def export_sheet(layout: Layout, path: Path, who: str, purpose: str, count: int | None) -> int:
    def action() -> None:
        written = review.export_sheet(layout, load_keys(layout.keys), path, who, purpose, count)
        show(f"已导出 exported: {written} → {path}（含个人信息，用后删除 holds personal data, delete after use）")

    return guarded(action)


def import_sheet(layout: Layout, path: Path, who: str) -> int:
    def action() -> None:
        with writing(layout, "review"):
            taken = review.import_sheet(layout, path, who)
        show(f"已导入 imported: {len(taken)}; 下次运行生效 counts from the next run on")

    return guarded(action)
