"""Whether a quarter costs the same however many came before it: CPU seconds of each stage, quarter by quarter.

``python -m benchmarks.quarters [--residents 70000] [--quarters 12] [--nodes]`` simulates a district, runs all its
quarters in one process, and prints a table of CPU seconds by stage, what is kept on the disk after each quarter, and
the growth from the first third to the last, leaving out the first quarter, which makes the database, and those in which
the map changes. ``--nodes`` adds the dbt nodes that grew most.

Belongs here: the measurement. Does not belong here: figures, which stand in docs/performance.md with their machine.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.scaled import scaled_profile
from orchestration import environment
from simulation.district import simulate
from simulation.profile import Profile
from warehouse.layout import Layout

_OTHER = "everything else"


@dataclass
class Stages:
    """CPU seconds of this process by stage of the run under way; a listener of the run's events."""

    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = _OTHER
    _since: float = field(default_factory=time.process_time)

    def __call__(self, event) -> None:
        from orchestration.console import stage_of

        if event.is_step_event and event.step_key and event.event_type_value == "STEP_START":
            self.turn_to(stage_of(event.step_key)[1])

    def turn_to(self, stage: str) -> None:
        now = time.process_time()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


@contextmanager
def dbt_nodes_watched(found: dict[str, float]) -> Iterator[None]:
    """Keep the wall seconds of every dbt node of the builds inside."""
    from orchestration import dbt_process

    build = dbt_process.build

    def watched(*arguments, **options):
        result = build(*arguments, **options)
        found.update({node.unique_id: node.seconds for node in result.nodes})
        return result

    dbt_process.build = watched
    try:
        yield
    finally:
        dbt_process.build = build


def run_quarters(layout: Layout) -> dict[str, tuple[dict[str, float], dict[str, float]]]:
    """CPU seconds by stage and wall seconds by dbt node, for each landed quarter in order.

    Raises RuntimeError when a quarter is not published.
    """
    from orchestration import pipeline
    from orchestration.console import listening
    from orchestration.due import quarter_states
    from orchestration.writing import writing

    measured = {}
    quarters = [state.quarter for state in quarter_states(layout)]
    with writing(layout, "benchmark"), pipeline.instance() as dagster:
        for quarter in quarters:
            stages, nodes = Stages(), {}
            with listening(stages), dbt_nodes_watched(nodes):
                outcome = pipeline.run_quarter(layout, quarter, dagster, lambda line: None)
            stages.turn_to(_OTHER)
            if outcome.verdict != "done":
                raise RuntimeError(f"{quarter} was not published: {outcome.complaints or outcome.error}")
            measured[str(quarter)] = stages.seconds, nodes
            print(f"{quarter} {sum(stages.seconds.values()):.1f} CPU s", flush=True)
    return measured


def map_changes(profile: Profile) -> set[str]:
    changes = (profile.places.split, profile.places.merge)
    return {change.quarter for change in changes if change}


def growth(values: dict[str, float], apart: set[str]) -> float:
    """The median of the last third over that of the first, without the first quarter and those ``apart``."""
    plain = [value for quarter, value in list(values.items())[1:] if quarter not in apart]
    third = max(len(plain) // 3, 1)
    return median(plain[-third:]) / max(median(plain[:third]), 0.01)


def show(measured: dict[str, tuple[dict[str, float], dict[str, float]]], apart: set[str]) -> None:
    stages = list(dict.fromkeys(stage for seconds, _ in measured.values() for stage in seconds))
    print("\n| CPU s | " + " | ".join(measured) + " | growth |\n|---" + "|---:" * (len(measured) + 1) + "|")
    for stage in [*stages, "**in all**"]:
        values = {
            quarter: seconds.get(stage, 0.0) if stage in stages else sum(seconds.values())
            for quarter, (seconds, _) in measured.items()
        }
        cells = " | ".join(f"{value:.1f}" for value in values.values())
        print(f"| {stage} | {cells} | {growth(values, apart):.2f} |")
    print(f"\nthe map changes in {', '.join(sorted(apart & set(measured)))}; the first quarter makes the database")


def show_nodes(measured: dict[str, tuple[dict[str, float], dict[str, float]]], count: int = 25) -> None:
    quarters = list(measured)
    first, last = measured[quarters[1]][1], measured[quarters[-1]][1]
    grown = sorted(last, key=lambda node: first.get(node, 0.0) - last[node])
    for node in grown[:count]:
        steps = " ".join(f"{measured[quarter][1].get(node, 0.0):.2f}" for quarter in quarters)
        print(f"{node.split('.', 2)[-1][:60]:60} {steps}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quarters", description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="changning")
    parser.add_argument("--residents", type=int, default=70_000)
    parser.add_argument("--quarters", type=int, default=12)
    parser.add_argument("--nodes", action="store_true", help="show the dbt nodes that grew most")
    chosen = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="pingan-quarters-"))
    try:
        layout = environment.enter(home)
        environment.prepare_home(layout)
        profile = scaled_profile(chosen.profile, chosen.residents, chosen.quarters)
        simulate(profile, layout, lambda line: None)
        measured = run_quarters(layout)
        show(measured, map_changes(profile))
        if chosen.nodes:
            show_nodes(measured)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
