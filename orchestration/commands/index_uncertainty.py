"""``pingan index uncertainty``: intervals, chances and the reasons of changes, for any table by any series.

Belongs here: reading, writing and the choice of periods. Does not belong here: the method (``safety_index.evidence``).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import exits
from orchestration.refusing import refusing_faults

#: Tables that say how sure scores are and why they changed.
TABLES = ("intervals", "comparisons", "change_terms", "indicator_context", "indicator_rank_sets", "alarms")


def uncertainty(series_path: Path, values_path: Path, period: str | None, draw_count: int | None, out: Path) -> int:
    return refusing_faults(lambda: write_evidence(series_path, values_path, period, draw_count, out, TABLES))


def write_evidence(
    series_path: Path, values_path: Path, period: str | None, draw_count: int | None, out: Path,
    names: tuple[str, ...],
) -> int:  # fmt: skip
    """Write the named tables of evidence of ``period``, by default the last, as CSV files into ``out``."""
    from safety_index.evidence.assembly import evidence
    from safety_index.faults import FaultyInput
    from safety_index.tables.inputs import read_inputs
    from safety_index.tables.report import in_plain_words

    [(series, values)] = read_inputs(values_path, series_path)
    periods = sorted(values["quarter"].astype(str).unique())
    if period is not None and period not in periods:
        raise FaultyInput(values_path.name, [f"period {period} is not there; it has {periods[0]} to {periods[-1]}"])
    frames = evidence(series, values, period or periods[-1], draw_count=draw_count)
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = out / f"{name}.csv"
        in_plain_words(frames[name]).to_csv(path, index=False, lineterminator="\n")
        click.echo(f"已写入 written: {path}（{len(frames[name])} 行 rows）")
    return exits.DONE
