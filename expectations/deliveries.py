"""The checks on one extract's deliveries of a quarter: which there are, and running them.

Belongs here: gathering the evidence and keeping the outcomes. Does not belong here: the rules (``delivery_rules``,
``delivery_quality``, ``run``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from expectations import delivery_quality, delivery_rules
from expectations.completeness import AREAS_EXTRACT, KnownAreas, count_rows, known_areas, raw_paths
from expectations.evidence import Evidence
from expectations.outcomes import CheckOutcome, write_outcomes
from expectations.records import current_deliveries, evidence_of, of_quarter, read_records
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import duckdb

Rule = Callable[[Evidence], CheckOutcome]
SUITE_CHECK = "meets_its_suite"
#: What is true when each check passed, in both languages.
CHECK_TITLES: dict[str, tuple[str, str]] = {
    "has_arrived": ("本季来文已到齐", "every file of the quarter has arrived"),
    "conserves_rows": (
        "读取行数 = 接收 + 隔离 + 其他（表头、合计、不予保存等）行",
        "rows read = accepted + quarantined + accounted",
    ),
    "has_only_declared_columns": ("没有契约之外的列", "every column is declared in the contract"),
    "covers_every_month": ("覆盖本季每个月", "every month of the quarter is covered"),
    "covers_every_area": ("覆盖应有的每个区域", "every area that the contract names is covered"),
    "quarantine_share_is_low": ("隔离行占比低于上限", "the share of quarantined rows is below its limit"),
    "volume_is_plausible": ("行数与历史相符", "the number of rows agrees with its own history"),
    "is_not_cut_off": (
        "行数未落在电子表格的上限",
        "no file ends exactly where spreadsheets cut tables off",
    ),
    "identity_quality_is_usual": ("证件号码质量与往季相当", "document numbers are as usable as in the quarters before"),
    SUITE_CHECK: ("通过期望套件", "the rows meet the extract's expectation suite"),
}
#: Checks that only ever warn.
WARNING_CHECKS = frozenset({"identity_quality_is_usual", "is_not_cut_off"})


def rules_of(contract: Contract) -> dict[str, Rule]:
    """The rules that this extract can break, by the name of the check."""
    found: dict[str, Rule] = {
        "has_arrived": delivery_rules.has_arrived,
        "conserves_rows": delivery_rules.conserves_rows,
        "has_only_declared_columns": delivery_rules.has_only_declared_columns,
    }
    if contract.covers.months or contract.delivery.rhythm == "monthly":
        found["covers_every_month"] = delivery_rules.covers_every_month
    if contract.covers.areas:
        found["covers_every_area"] = delivery_rules.covers_every_area
    found |= {
        "quarantine_share_is_low": delivery_quality.quarantine_share_is_low,
        "volume_is_plausible": delivery_quality.volume_is_plausible,
        "is_not_cut_off": delivery_quality.is_not_cut_off,
    }
    if contract.person:
        found["identity_quality_is_usual"] = delivery_quality.identity_quality_is_usual
    return found


def check_names(contract: Contract) -> list[str]:
    """The names of all checks that ``check_deliveries`` returns for this extract, in its order."""
    return [*rules_of(contract), SUITE_CHECK]


def check_deliveries(layout: Layout, contract: Contract, quarter: Quarter) -> list[CheckOutcome]:
    """Check an extract's deliveries of a quarter by all that is known of it, its suite included.

    Returns one outcome for each of ``check_names(contract)``. Raises ``run.SuiteBroken`` when the suite itself
    fails to run.
    """
    from expectations.run import check_suite

    evidence = gather(layout, contract, quarter)
    suite = check_suite(evidence, raw_paths(layout, evidence.current.values()))
    return [*apply_rules(evidence), suite]


def record_checks(layout: Layout, contract: Contract, quarter: Quarter) -> list[CheckOutcome]:
    """Check the deliveries and keep the outcomes under ``checks/``, marked with the deliveries that they are about."""
    outcomes = check_deliveries(layout, contract, quarter)
    records = of_quarter(read_records(layout, contract.extract, quarter), quarter)
    evidence = evidence_of(current_deliveries(records).values())
    write_outcomes(layout, quarter, contract.extract, outcomes, evidence)
    return outcomes


def apply_rules(evidence: Evidence) -> list[CheckOutcome]:
    """The outcomes of all rules over the ledger and the counts, without the suite."""
    return [rule(evidence) for rule in rules_of(evidence.contract).values()]


def gather(layout: Layout, contract: Contract, quarter: Quarter) -> Evidence:
    """Read the ledger's records and count the rows of the raw files."""
    with _database().cursor() as connection:
        return gather_with(connection, areas_in_force(connection, layout, quarter), layout, contract, quarter)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """A database in memory for all extracts: opening one takes longer than all that it is asked about an extract."""
    import duckdb

    # Between two checks a file may be replaced by one of the same name.
    return duckdb.connect(config={"enable_external_file_cache": False})


def areas_in_force(connection: duckdb.DuckDBPyConnection, layout: Layout, quarter: Quarter) -> KnownAreas | None:
    return known_areas(connection, layout, read_records(layout, AREAS_EXTRACT, quarter), quarter)


def gather_with(
    connection: duckdb.DuckDBPyConnection,
    areas: KnownAreas | None,
    layout: Layout,
    contract: Contract,
    quarter: Quarter,
) -> Evidence:
    """As ``gather``, for many extracts over one connection and one reading of the areas."""
    records = read_records(layout, contract.extract, quarter)
    current = current_deliveries(records)
    of_this = [record for record in current.values() if record["quarter"] == str(quarter)]
    earlier = [record for record in current.values() if Quarter.parse(record["quarter"]) < quarter]
    before: frozenset[str] = frozenset()
    if areas is None and contract.covers.areas:
        before = frozenset(count_rows(connection, contract, raw_paths(layout, earlier)).by_area())
    return Evidence(
        contract=contract,
        department=registry().departments[contract.department],
        quarter=quarter,
        records=records,
        counts=count_rows(connection, contract, raw_paths(layout, of_this)),
        areas=areas,
        areas_before=before,
    )
