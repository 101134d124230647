"""``pingan index weights``: weights by AHP, budget allocation, entropy, CRITIC, or equal.

Belongs here: reading, asking for weights, showing them. Does not belong here: a formula (``safety_index.weighting``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from orchestration import exits
from orchestration.refusing import refusing_faults


def ahp(matrix_path: Path, method: str, allow_inconsistent: bool, out: Path | None) -> int:
    def weighed() -> int:
        from safety_index.weighting.ahp import analytic_hierarchy
        from safety_index.weighting.files import read_comparisons

        names, matrix = read_comparisons(matrix_path)
        with _faults_of(matrix_path):
            found = analytic_hierarchy(matrix, method=method, allow_inconsistent=allow_inconsistent)
        _show(names, {"weight": found.weights}, out)
        consistency = f"CI {found.consistency_index:.4f}, CR {found.consistency_ratio:.4f}"
        click.echo(f"λmax {found.principal_eigenvalue:.4f}, {consistency}", err=True)
        return exits.DONE

    return refusing_faults(weighed)


def budget(points_path: Path, total: float, centre: str, out: Path | None) -> int:
    def weighed() -> int:
        from safety_index.weighting.budget import budget_allocation
        from safety_index.weighting.files import read_points

        names, points = read_points(points_path, total)
        with _faults_of(points_path):
            found = budget_allocation(points, total, centre)
        columns = {"weight": found.weights, "lower_quartile": found.lower_quartile, "median": found.median}
        _show(names, columns | {"upper_quartile": found.upper_quartile}, out)
        click.echo(f"{len(points)} 位专家 experts, Kendall's W {found.concordance:.4f}", err=True)
        return exits.DONE

    return refusing_faults(weighed)


def from_data(kind: str, series_path: Path, values_path: Path, period: str | None, out: Path | None) -> int:
    def weighed() -> int:
        from safety_index.tables.cube import cubes
        from safety_index.tables.inputs import read_inputs
        from safety_index.weighting.from_data import critic_weights, entropy_weights, scaled

        [(series, values)] = read_inputs(values_path, series_path)
        lowest = list(cubes(series, values))[-1]
        if period is not None and period not in lowest.quarters:
            raise click.UsageError(f"--period {period}: the values have {', '.join(lowest.quarters)}")
        chosen = lowest.value if period is None else lowest.value[[lowest.quarters.index(period)]]
        scores = scaled(chosen.reshape(-1, chosen.shape[-1]), series.indicators)
        _show(
            series.indicator_codes, {"weight": (critic_weights if kind == "critic" else entropy_weights)(scores)}, out
        )
        return exits.DONE

    return refusing_faults(weighed)


def equal(series_path: Path, out: Path | None) -> int:
    def weighed() -> int:
        from safety_index.series.declaration import load_series
        from safety_index.weighting.from_data import equal_weights

        codes = load_series(series_path).indicator_codes
        _show(codes, {"weight": equal_weights(len(codes))}, out)
        return exits.DONE

    return refusing_faults(weighed)


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    """Name the file in faults of what it says, which are found by code that knows no files."""
    from safety_index.faults import FaultyInput

    try:
        yield
    except FaultyInput as error:
        raise FaultyInput(path.name, error.faults) from error


def _show(names: Sequence[str], columns: Mapping[str, Sequence[float]], out: Path | None) -> None:
    """Write a row for each part to ``out``, or print them."""
    lines = [",".join(["indicator", *columns])]
    lines += [
        ",".join([name, *(f"{values[place]:.6g}" for values in columns.values())]) for place, name in enumerate(names)
    ]
    text = "\n".join(lines) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"已写入 written: {out}")
