"""How right residence is: the measured table of docs/population.md, and how far other numbers would take it.

``python -m benchmarks.residence measure HOME [--write]`` measures every built quarter of a simulated home, prints the
table and with ``--write`` puts it into docs/population.md. ``… fit HOME`` looks for better weights on one quarter
(coordinate search over what a person's signs look like) and prints them beside the seed's, with the least error that
any rule could reach on the same signs, with and without household visits. Fit on one seed, measure on another.

Belongs here: the measurement. Does not belong here: the measures (``simulation.accuracy``) and the rule
(``dbt_project``).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from simulation.accuracy.patterns import SIGNS, read_patterns
from simulation.accuracy.residence import ResidenceAccuracy, built_quarters, measure_residence
from warehouse.layout import PROJECT_ROOT, Layout

PAGE = PROJECT_ROOT / "docs" / "population.md"
RULES = PROJECT_ROOT / "dbt_project" / "seeds" / "residence_rules.csv"
START, END = "<!-- measured: python -m benchmarks.residence measure HOME --write -->", "<!-- end of measured -->"
_GRID = np.round(np.arange(0.05, 0.96, 0.05), 2)


def markdown(measured: list[ResidenceAccuracy]) -> str:
    """The last quarter by group, and a line for each quarter."""
    last = measured[-1]
    lines = [
        f"{last.quarter}, by group of true residents:",
        "",
        "| group | residents | wrongly out | wrongly in | right committee |",
        "|---|---:|---:|---:|---:|",
    ]
    for group in last.groups:
        shares = (group.wrongly_out_share, group.wrongly_in_share, group.right_committee_share)
        name = f"{group.name_zh} {group.code.replace('_', ' ')}"
        lines.append(f"| {name} | {group.resident_count:,} | {' | '.join(f'{share:.2%}' for share in shares)} |")
    lines += [
        "",
        "| quarter | wrongly out | wrongly in | right committee | median error of committees "
        "| unchanged residents who flipped | late news of people not here |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in measured:
        everyone = one.groups[0]
        shares = (
            everyone.wrongly_out_share,
            everyone.wrongly_in_share,
            everyone.right_committee_share,
            one.committee_error_share,
            one.flip_share,
            one.late_news_share,
        )
        lines.append(f"| {one.quarter} | {' | '.join('–' if x is None else f'{x:.2%}' for x in shares)} |")
    return "\n".join(lines)


def write(page: Path, text: str) -> None:
    """Put the text between the page's marks. Raises ValueError when they are not there."""
    whole = page.read_text(encoding="utf-8")
    before, mark, rest = whole.partition(START)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{page.name} has no marks for the measured table")
    page.write_text(f"{before}{mark}\n{text}\n{end}{after}", encoding="utf-8")


def errors(weights: np.ndarray, enter: float, patterns) -> tuple[float, float]:
    """Shares wrongly out and wrongly in when each sign has its weight: noisy-or against one threshold, no memory."""
    share = 1 - np.prod(1 - weights * patterns.strengths, axis=1)
    is_in = (share >= enter) & ~patterns.is_overridden
    here = patterns.here_count.sum()
    return patterns.here_count[~is_in].sum() / here, patterns.away_count[is_in].sum() / here


def fit(start: np.ndarray, enter: float, patterns) -> np.ndarray:
    """Coordinate search: the weights with the least squared errors both ways, from ``start``."""
    weights = start.copy()
    best = sum(error**2 for error in errors(weights, enter, patterns))
    improved = True
    while improved:
        improved = False
        for place in range(len(weights)):
            for value in _GRID:
                tried = weights.copy()
                tried[place] = value
                loss = sum(error**2 for error in errors(tried, enter, patterns))
                if loss < best - 1e-12:
                    best, weights, improved = loss, tried, True
    return weights


def least_error(patterns) -> tuple[float, float]:
    """Errors of the rule that says of a pattern what is true of most who have it: none on these signs errs less."""
    is_in = patterns.here_count > patterns.away_count
    here = patterns.here_count.sum()
    return patterns.here_count[~is_in].sum() / here, patterns.away_count[is_in].sum() / here


def seed_weights() -> tuple[np.ndarray, float]:
    with RULES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_sign = {row["sign_code"]: float(row["value"]) for row in rows if row["rule_code"] == "weight"}
    (enter,) = (float(row["value"]) for row in rows if row["sign_code"] == "enter")
    return np.array([by_sign[sign] for sign in SIGNS]), enter


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.residence", description=__doc__)
    parser.add_argument("what", choices=["measure", "fit"])
    parser.add_argument("home", type=Path)
    parser.add_argument("--quarter", help="Quarter to fit on; the last one by default.")
    parser.add_argument("--write", action="store_true", help="Put the table into docs/population.md.")
    arguments = parser.parse_args()
    layout = Layout(arguments.home)
    quarters = built_quarters(layout)
    if arguments.what == "measure":
        text = markdown([measure_residence(layout, quarter) for quarter in quarters])
        print(text)
        if arguments.write:
            write(PAGE, text)
        return
    quarter = arguments.quarter or quarters[-1]
    patterns = read_patterns(layout, quarter, with_visits=True)
    weights, enter = seed_weights()
    fitted = fit(weights, enter, patterns)
    for sign, ours, theirs in zip(SIGNS, weights, fitted, strict=True):
        print(f"{sign:24} seed {ours:.2f}  fitted {theirs:.2f}")
    for name, tried in (("seed", weights), ("fitted", fitted)):
        print(f"{name}: wrongly out {{:.2%}}, wrongly in {{:.2%}}".format(*errors(tried, enter, patterns)))
    for name, visits in (("with", True), ("without", False)):
        bound = least_error(read_patterns(layout, quarter, with_visits=visits))
        print(f"least error {name} visits: wrongly out {{:.2%}}, wrongly in {{:.2%}}".format(*bound))


if __name__ == "__main__":
    main()
