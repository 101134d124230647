"""``pingan index score``: any table of values by any series.

Belongs here: reading, scoring, writing, and saying what is wrong. Does not belong here: the method (``safety_index``).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import exits
from orchestration.refusing import refusing_faults


def score(series_path: Path, values_path: Path, out: Path) -> int:
    from safety_index.engine import score as score_table
    from safety_index.tables.inputs import read_inputs
    from safety_index.tables.report import write_results

    def scored() -> int:
        [(series, values)] = read_inputs(values_path, series_path)
        for path in write_results(score_table(series, values), values, out):
            click.echo(f"已写入 written: {path}")
        return exits.DONE

    return refusing_faults(scored)
