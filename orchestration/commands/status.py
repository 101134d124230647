"""``pingan status``: where every quarter stands, and how every department does.

Belongs here: laying out ``due``, ``health`` and ``service_levels``.
"""

from __future__ import annotations

from rich import box
from rich.table import Table

from orchestration import exits
from orchestration.due import QuarterState, quarter_states
from orchestration.health import MARKS, read_health
from orchestration.report import show
from orchestration.service_levels import HEADERS, service_levels
from warehouse.layout import Layout


def status(layout: Layout) -> int:
    table = Table(title=f"季度 quarters ({layout.home})", title_justify="left", box=box.SIMPLE_HEAD)
    for header in ("季度 quarter", "来文 landed", "待接收 waiting", "接收 accepted", "退回 refused", "重复 duplicate"):
        table.add_column(header, justify="right")
    table.add_column("发布 release")
    for state in quarter_states(layout):
        counts = (state.landed_file_count, state.waiting_file_count, state.accepted_count)
        more = (state.refused_count, state.duplicate_count)
        table.add_row(str(state.quarter), *(str(count) for count in (*counts, *more)), release_words(state))
    show(table if table.row_count else "没有来文 nothing has landed; run: pingan simulate")
    health = read_health(layout)
    if health:
        quarter, lines = list(health.items())[-1]
        shown = Table(title=f"健康度 health {quarter}", title_justify="left", box=box.SIMPLE_HEAD)
        for header in ("", "对象 subject", "责任 owner", "原因 cause", "处理 remedy"):
            shown.add_column(header, overflow="fold")
        for line in lines:
            remedy = f"{line.remedy_zh}\n{line.remedy_en}".strip()
            shown.add_row(MARKS[line.state], f"{line.name_zh} {line.name_en}", line.owner, line.cause, remedy)
        show(shown)
    if levels := service_levels(layout):
        served = Table(title=f"报送情况 service levels {levels[0].quarter}", title_justify="left", box=box.SIMPLE_HEAD)
        for place, header in enumerate(HEADERS):
            served.add_column(header, justify="right" if place else "left")
        for level in levels:
            served.add_row(*level.cells())
        show(served)
    return exits.DONE


def release_words(state: QuarterState) -> str:
    if state.version is None:
        return "待发布 due" if state.is_due else "–"
    pending = "，更正待发布 revision pending" if state.is_revision_pending else ""
    return f"v{state.version}{pending}"
