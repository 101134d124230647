"""``pingan run``: run quarters one after another and say what came of each.

Belongs here: which quarters, in which order, and what is told. Does not belong here: running one (``pipeline``).
Dagster and dbt are imported only when there is something to run.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from orchestration import exits
from orchestration.due import QuarterState, quarter_states, released_versions
from orchestration.refusing import refusing_faults
from orchestration.writing import writing
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_range

if TYPE_CHECKING:
    from orchestration.failures import Complaint
    from orchestration.pipeline import Outcome

States = dict[Quarter, QuarterState]
_PRODUCE, _TAKE_IN = "produce_quarter", "take_in_deliveries"


def run(layout: Layout, quarters: str, revision_reason: str | None) -> int:
    """Run what ``quarters`` names. Stops at the first quarter that is not published: later ones build on it."""
    started = time.monotonic()
    states = {state.quarter: state for state in quarter_states(layout)}
    if quarters == "due" and revision_reason:
        raise click.UsageError("--revise 需指明季度；--revise needs a quarter: pingan run 2017Q1 --revise REASON")
    chosen = [state.quarter for state in states.values() if state.is_due] if quarters == "due" else parse(quarters)
    if unknown := [str(quarter) for quarter in chosen if quarter not in states]:
        known = f"{min(states)}..{max(states)}" if states else "无 none; run: pingan simulate"
        raise click.UsageError(f"没有来文 nothing has landed for {', '.join(unknown)}; 已有 there is: {known}")
    wanted = [quarter for quarter in chosen if revision_reason or states[quarter].version is None]
    _tell_what_is_not_run(states, chosen if quarters != "due" else list(states), wanted)
    if not wanted:
        return exits.DONE
    # Before hours of work that would end with it.
    if (ended := refusing_faults(_read_series)) == exits.DONE:
        ended = _run_all(layout, plan(states, wanted, is_revision=bool(revision_reason)), revision_reason)
    click.echo(f"共 total {time.monotonic() - started:.1f} s")
    return ended


def parse(quarters: str) -> list[Quarter]:
    """``2017Q1`` or ``2015Q3..2017Q2``. Raises click.UsageError for anything else."""
    first, dots, last = quarters.partition("..")
    try:
        named = quarter_range(Quarter.parse(first), Quarter.parse(last if dots else first))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not named:
        raise click.UsageError(f"{quarters}: 末季早于首季 the last quarter is before the first")
    return named


def plan(states: States, wanted: list[Quarter], is_revision: bool = False) -> list[tuple[Quarter, str]]:
    """Quarters with the job to run, in order.

    Figures of a quarter rest on the quarters before it, so what has landed for an earlier one and is not to be
    published is taken in first. A revision rests on everything that is known, so it also takes in what waits in later
    rounds that are open already: those that have a release or an accepted file.
    """
    taken_in = [
        (quarter, _TAKE_IN)
        for quarter, state in states.items()
        if state.waiting_file_count
        and quarter not in wanted
        and (quarter < wanted[-1] or (is_revision and (state.version is not None or state.accepted_count > 0)))
    ]
    return sorted(taken_in) + [(quarter, _PRODUCE) for quarter in wanted]


def _read_series() -> int:
    from orchestration.surroundings import series_in_use

    series_in_use()
    return exits.DONE


def _tell_what_is_not_run(states: States, chosen: list[Quarter], wanted: list[Quarter]) -> None:
    for quarter in chosen:
        state = states[quarter]
        if state.is_revision_pending and quarter not in wanted:
            click.echo(
                f"{quarter}: v{state.version} 发布后来文有更正 deliveries changed since v{state.version}; "
                f"publish anew with: pingan run {quarter} --revise REASON"
            )
    if not wanted:
        published = [state for state in states.values() if state.version]
        latest = f"；最新发布 latest release: {published[-1].quarter} v{published[-1].version}" if published else ""
        click.echo(f"没有新的可运行 nothing new{latest}")


def _run_all(layout: Layout, planned: list[tuple[Quarter, str]], revision_reason: str | None) -> int:
    first, last = planned[0][0], planned[-1][0]
    with writing(layout, f"pingan run {first}..{last}"):
        from ingestion.keyed import keys_in_order
        from orchestration.reading_ahead import reading_ahead

        keys = keys_in_order(layout)
        click.echo(f"准备 starting: {first}..{last}")
        # Dagster and dbt take seconds to begin, in which the first files can be read. Each is taken in, or dropped,
        # before this run removes anything.
        reading_ahead(layout, keys).begin(first)
        from orchestration import pipeline, report

        with pipeline.instance() as dagster:
            coming = [quarter for quarter, _ in planned[1:]] + [None]
            for (quarter, job), next_quarter in zip(planned, coming, strict=True):
                click.echo(str(quarter))
                reason = revision_reason if job == _PRODUCE else None
                outcome = pipeline.run_quarter(layout, quarter, dagster, click.echo, job, reason, next_quarter)
                if outcome.verdict != "done":
                    report.show(report.taken_in(layout, quarter))
                    return _tell_why(outcome)
                done = "已发布 published" if job == _PRODUCE else "已接收 taken in"
                click.echo(f"  {quarter} {done}, {outcome.seconds:.1f} s")
        report.show(report.published(layout, last, released_versions(layout, last)[-1]))
    return exits.DONE


def _tell_why(outcome: Outcome) -> int:
    if outcome.verdict == "refused":
        by_subject: dict[str, list[Complaint]] = {}
        for complaint in outcome.complaints:
            by_subject.setdefault(complaint.subject, []).append(complaint)
        click.echo(
            f"{outcome.quarter} 未发布，原发布不变 was not published; the previous release stays. "
            f"须处理 {len(by_subject)} 项 to put right:",
            err=True,
        )
        for first, *others in by_subject.values():
            # What is missing or misread fails most other checks too; the first one names the cause.
            also = [f"  同时未通过 also failed: {', '.join(other.check for other in others)}"] if others else []
            click.echo("\n".join([*first.lines(), *also]), err=True)
        return exits.REFUSED
    click.echo(
        f"{outcome.quarter} 运行故障 failed (run {outcome.run_id}):\n{outcome.error}\n"
        "责任 owner: 数据工程 Data engineering (data-engineering)\n"
        "处理: 运行 pingan doctor；在 pingan ui 中查看该次运行；原发布不变，可随时重新运行。\n"
        "remedy: run pingan doctor; look at the run in pingan ui. The previous release stays; running again is safe.",
        err=True,
    )
    return exits.FAILED
