"""The release gate: whether a quarter may be published, judged afresh from what lies there.

Belongs here: gathering every judgement and saying it. Does not belong here: the rules (the modules beside this one),
publishing. The visible check and the release both ask this function; neither trusts the other's answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expectations import index_rules, mart_rules, plausibility
from expectations.deliveries import SUITE_CHECK, apply_rules, areas_in_force, gather_with
from expectations.evidence import Evidence
from expectations.index_rules import IndexFiles
from expectations.mart_rules import warehouse_outcome
from expectations.marts import MartsNotReady, MartTables, read_marts
from expectations.outcomes import CheckOutcome, listed, read_outcomes
from expectations.records import evidence_of
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry, registry
from warehouse.files import sha256_file
from warehouse.layout import Layout
from warehouse.quarters import Quarter

INDEX_TABLES = ("scores", "dimension_scores", "indicator_scores", "changes")


@dataclass(frozen=True)
class GateReport:
    """Every outcome for a quarter. ``passed`` is whether it may be published."""

    quarter: str
    outcomes: tuple[CheckOutcome, ...]

    @property
    def failures(self) -> tuple[CheckOutcome, ...]:
        """What stops publication."""
        return tuple(outcome for outcome in self.outcomes if outcome.stops_publication)

    @property
    def warnings(self) -> tuple[CheckOutcome, ...]:
        """What did not pass and does not stop publication."""
        return tuple(o for o in self.outcomes if not o.passed and not o.stops_publication)

    @property
    def passed(self) -> bool:
        return not self.failures

    def summary(self) -> str:
        """What failed, whose it is and what to do, in Chinese and English."""
        if self.passed:
            head = (
                f"{self.quarter} 可以发布：{len(self.outcomes)} 项检查，{len(self.warnings)} 项提醒\n"
                f"{self.quarter} may be published: {len(self.outcomes)} checks, {len(self.warnings)} warnings"
            )
        else:
            head = (
                f"{self.quarter} 不能发布：{len(self.failures)} 项检查未通过，已发布的内容不变\n"
                f"{self.quarter} may not be published: {len(self.failures)} checks failed; what is published stays"
            )
        return "\n".join([head, *_lines(self.failures, "✗"), *_lines(self.warnings, "!")])


def _lines(outcomes: Iterable[CheckOutcome], mark: str) -> Iterable[str]:
    for outcome in outcomes:
        yield f"\n{mark} {outcome.subject} · {outcome.check_name}"
        yield f"  实际 observed: {outcome.observed}"
        yield f"  应为 expected: {outcome.expected}"
        yield f"  {outcome.remedy_zh}"
        yield f"  {outcome.remedy_en}"


def evaluate(layout: Layout, quarter: Quarter, contracts: Registry | None = None) -> GateReport:
    """Judge a quarter from the ledger, the raw files, the marts and the index as they are now.

    What can't be judged is a failure with a remedy. Leaves no lock on any database. Raises ValueError for a record
    that is no JSON: then nothing can be said.
    """
    contracts = contracts or registry()
    outcomes: list[CheckOutcome] = []
    register_rows: dict[str, int] = {}
    for contract, found, row_count in judge_extracts(layout, contracts, quarter):
        outcomes += found
        register_rows[contract.extract] = row_count
    tables = None
    try:
        tables = read_marts(layout.build_database, quarter)
        outcomes += judge_marts(tables, register_rows, contracts, quarter)
    except MartsNotReady as error:
        outcomes.append(warehouse_outcome("is_built", "marts", quarter, [str(error)], "", "every mart can be read"))
    outcomes += judge_index(layout, tables, quarter)
    return GateReport(str(quarter), tuple(outcomes))


def judge_extracts(
    layout: Layout, contracts: Registry, quarter: Quarter
) -> Iterator[tuple[Contract, list[CheckOutcome], int]]:
    """For every extract the outcomes, and how many rows its raw files of the quarter hold."""
    import duckdb

    with duckdb.connect() as connection:
        try:
            areas = areas_in_force(connection, layout, quarter)
        except duckdb.Error:
            areas = None  # reported below, for the extract whose file can't be read
        for contract in contracts.contracts.values():
            try:
                evidence = gather_with(connection, areas, layout, contract, quarter)
            except duckdb.Error as error:
                reason = [str(error).splitlines()[0]]
                unread = warehouse_outcome(
                    "is_readable", contract.extract, quarter, reason, "", "raw files can be read"
                )
                yield contract, [unread], 0
                continue
            raw = raw_files_are_as_accepted(layout, evidence)
            yield contract, [*apply_rules(evidence), raw, *suite_outcome(layout, evidence)], evidence.counts.total


def raw_files_are_as_accepted(layout: Layout, evidence: Evidence) -> CheckOutcome:
    """The raw files of the deliveries in force stand there with the bytes that the ledger names.

    A raw file without a record is what a killed run left; nothing reads it.
    """
    faults = []
    for record in evidence.current.values():
        path = layout.home / str(record["raw_path"])
        if not path.exists():
            faults.append(f"{record['delivery_id']}: raw file is not there")
        elif sha256_file(path) != record["raw_sha256"]:
            faults.append(f"{record['delivery_id']}: raw file is not the one that was accepted")
    return evidence.outcome(
        "raw_files_are_as_accepted",
        not faults,
        listed(faults) if faults else f"{len(evidence.current)} files",
        "the bytes that the ledger names",
        ("数据工程师：从存档重新接收该来文", "data engineer: take the delivery in again from the archive"),
    )


def suite_outcome(layout: Layout, evidence: Evidence) -> list[CheckOutcome]:
    """The kept outcome of the suite, if it is about the deliveries in force; their bytes are checked beside it."""
    contract = evidence.contract
    kept = read_outcomes(layout, evidence.quarter, contract.extract, contract.department)
    is_current = kept is not None and kept[1] == evidence_of(evidence.current.values())
    found = [outcome for outcome in kept[0] if outcome.check_name == SUITE_CHECK] if is_current else []
    if found or not evidence.current:
        return found
    return [
        evidence.outcome(
            SUITE_CHECK,
            False,
            "no outcome for the deliveries in force",
            "the suite was run on the deliveries in force",
            (
                f"数据工程师：重新运行该来文的检查（pingan run {evidence.quarter}）",
                f"data engineer: run the extract's checks again (pingan run {evidence.quarter})",
            ),
        )
    ]


def judge_marts(
    tables: MartTables, register_rows: dict[str, int], contracts: Registry, quarter: Quarter
) -> list[CheckOutcome]:
    direct = [name for name, meaning in contracts.fields.items() if meaning.sensitivity == "direct"]
    return [
        mart_rules.every_indicator_is_known_everywhere(tables, quarter),
        mart_rules.sub_districts_are_ratios_of_sums(tables, quarter),
        mart_rules.weights_add_up(tables, quarter),
        mart_rules.has_no_direct_column(tables, direct, quarter),
        plausibility.population_change_is_plausible(tables, quarter),
        plausibility.incident_totals_are_plausible(tables, quarter),
        plausibility.incidents_are_located(tables, quarter),
        plausibility.residents_agree_with_registers(tables, register_rows, quarter),
    ]


def judge_index(layout: Layout, tables: MartTables | None, quarter: Quarter) -> list[CheckOutcome]:
    try:
        index = read_index(layout, quarter)
    except (OSError, ValueError, KeyError) as error:
        reason = f"{type(error).__name__}: {error}"
        return [warehouse_outcome("is_computed", "index", quarter, [reason], "", "the four tables and the series")]
    outcomes = [
        index_rules.ranks_are_valid(index, quarter),
        index_rules.scores_are_within_bounds(index, quarter),
        index_rules.points_add_up_to_the_score(index, quarter),
        index_rules.changes_add_up_to_the_difference(index, quarter),
    ]
    if tables is not None:
        outcomes += [
            index_rules.is_of_the_current_marts(index, tables, quarter),
            index_rules.every_area_is_ranked(index, tables, quarter),
        ]
    return outcomes


def read_index(layout: Layout, quarter: Quarter) -> IndexFiles:
    """The index's files of a quarter's run. Raises OSError or ValueError when one is not there or broken."""
    import pyarrow.parquet as parquet

    folder = layout.index_folder(str(quarter))
    series = json.loads((folder / "series.json").read_text(encoding="utf-8"))
    frames = {
        name: parquet.read_table(folder / f"{name}.parquet", partitioning=None).to_pandas() for name in INDEX_TABLES
    }
    return IndexFiles(series=series, **frames)
