"""``pingan index compare``: two series on the same values.

Belongs here: reading, scoring twice, writing the comparison. Does not belong here: comparing (``safety_index.review``).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import exits
from orchestration.refusing import refusing_faults


def compare(before_path: Path, after_path: Path, values_path: Path, out: Path) -> int:
    from safety_index.engine import score
    from safety_index.review.comparison import compare as compare_results
    from safety_index.review.pages import comparison_page
    from safety_index.tables.inputs import read_inputs
    from safety_index.tables.report import in_plain_words

    def compared() -> int:
        inputs = read_inputs(values_path, before_path, after_path)
        comparison = compare_results(*(score(series, values) for series, values in inputs))
        page = comparison_page(*(series for series, _ in inputs), comparison)
        out.mkdir(parents=True, exist_ok=True)
        for name in ("areas", "terms", "summary"):
            frame = in_plain_words(getattr(comparison, name))
            frame.to_csv(out / f"{name}.csv", index=False, lineterminator="\n")
        (out / "comparison.md").write_text(page, encoding="utf-8")
        click.echo(page)
        return exits.DONE

    return refusing_faults(compared)
