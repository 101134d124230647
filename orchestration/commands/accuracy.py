"""``pingan accuracy``: what the warehouse says of a simulated district beside what is true of it.

Belongs here: laying out the measures of ``simulation.accuracy``. Does not belong here: measuring.
"""

from __future__ import annotations

from rich import box
from rich.console import Group
from rich.table import Table

from orchestration import exits
from orchestration.report import show
from simulation.accuracy.identity import IdentityAccuracy, measure_identity
from simulation.accuracy.people import NotSimulated
from simulation.accuracy.residence import ResidenceAccuracy, built_quarters, measure_residence
from warehouse.layout import Layout


def accuracy(layout: Layout, quarter: str | None) -> int:
    try:
        chosen = quarter or max(built_quarters(layout), default="")
        measured = measure_residence(layout, chosen)
        linked = measure_identity(layout, chosen)
    except (NotSimulated, ValueError) as error:
        show(f"无法对照 cannot compare: {error}")
        return exits.USAGE
    show(Group(_groups(measured), *_others(measured)))
    show(_links(linked))
    for fault in (faults := [*measured.faults, *linked.faults]):
        show(f"✗ {fault}")
    return exits.REFUSED if faults else exits.DONE


def _groups(measured: ResidenceAccuracy) -> Table:
    title = f"居住判定与真值对照 residence beside the truth, {measured.quarter}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("人群 group")
    for header in ("居住人口 residents", "误出 wrongly out", "误入 wrongly in", "居委会正确 right committee"):
        table.add_column(header, justify="right")
    for group in measured.groups:
        shares = (group.wrongly_out_share, group.wrongly_in_share, group.right_committee_share)
        name = f"{group.name_zh} {group.code.replace('_', ' ')}"
        table.add_row(name, f"{group.resident_count:,}", *(f"{share:.2%}" for share in shares))
    return table


def _links(linked: IdentityAccuracy) -> Group:
    title = f"身份链接与真值对照 links beside the truth, {linked.quarter}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("人群 group")
    for header in ("受损记录 damaged", "可链接 linkable", "高分建议 sure", "准确率 precision", "召回率 recall"):
        table.add_column(header, justify="right")
    for group in linked.groups:
        counts = (group.record_count, group.linkable_count, group.sure_count)
        name = f"{group.name_zh} {group.code.replace('_', ' ')}"
        table.add_row(name, *(f"{count:,}" for count in counts), f"{group.precision:.2%}", f"{group.recall:.2%}")
    return Group(
        table,
        f"自动链接 automatic links: {linked.automatic_count:,}, {linked.automatic_precision:.4%} right; "
        f"其中按政策 by the policy: {linked.policy_count:,}, {linked.policy_precision:.3%}",
    )


def _others(measured: ResidenceAccuracy) -> list[str]:
    lines = [f"居委会人口误差中位数 median error of committees: {measured.committee_error_share:.2%}"]
    if measured.flip_share is not None:
        lines.append(f"未变动居民状态翻转 unchanged residents who flipped: {measured.flip_share:.2%}")
        lines.append(f"不在本区者的迟到更正 late news of people not here: {measured.late_news_share:.2%}")
    return lines
