"""``pingan index fit-goalposts``: a series with goalposts fitted on base periods, for review.

Belongs here: reading, fitting, writing the proposal. Does not belong here: the fit (``safety_index.review``).
"""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import exits
from orchestration.refusing import refusing_faults


def fit_goalposts(
    series_path: Path, values_path: Path, base: str, level: str | None, code: str, valid_from: str, out: Path
) -> int:
    from safety_index.review.goalposts import fit_goalposts as fit
    from safety_index.review.goalposts import proposed_series
    from safety_index.review.pages import goalposts_page, series_yaml
    from safety_index.tables.inputs import read_inputs
    from safety_index.tables.periods import between

    def fitted() -> int:
        [(series, values)] = read_inputs(values_path, series_path)
        level_code = level or series.level_codes[-1]
        if level_code not in series.level_codes:
            raise click.UsageError(f"--level {level_code}: the series has {', '.join(series.level_codes)}")
        try:
            periods = between(sorted(values["quarter"].unique()), base)
        except ValueError as error:
            raise click.UsageError(f"--base {base}: {error}") from error
        if not periods:
            raise click.UsageError(f"--base {base}: the values have no period in it")
        found = fit(series, values, periods, level_code)
        page = goalposts_page(series, found, periods, level_code)
        out.mkdir(parents=True, exist_ok=True)
        proposal = proposed_series(series, found, code, valid_from)
        (out / f"{code}.yml").write_text(series_yaml(proposal), encoding="utf-8")
        (out / "goalposts.md").write_text(page, encoding="utf-8")
        click.echo(page)
        return exits.DONE

    return refusing_faults(fitted)
