"""What the marts must keep before a quarter is published: every figure there, and no identifier.

Belongs here: pure rules over the tables that the gate read. Does not belong here: comparing with history
(``plausibility``), the index (``index_rules``).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from expectations.marts import MartTables
from expectations.outcomes import CheckOutcome, Severity, listed
from warehouse.quarters import Quarter

_KNOWN = ("observed", "passed_down", "not_applicable")
#: Names under which the vault keeps an identifier, beside the contracts' own direct columns.
VAULT_COLUMNS = frozenset({"document_number_as_sent", "document_number", "birth_date"})


def warehouse_outcome(
    check_name: str,
    subject: str,
    quarter: Quarter,
    faults: Collection[str],
    observed: str,
    expected: str,
    severity_code: Severity = "error",
) -> CheckOutcome:
    """An outcome that the warehouse itself answers for: it passed when there are no ``faults``."""
    return CheckOutcome(
        check_name=check_name,
        subject=subject,
        quarter=str(quarter),
        passed=not faults,
        severity_code=severity_code,
        observed=f"{len(faults)}: {listed(faults)}" if faults else observed,
        expected=expected,
        remedy_zh=f"数据工程师：重新运行该季度（pingan run {quarter}）；如仍不通过，检查模型与指标体系声明",
        remedy_en=f"data engineer: run the quarter again (pingan run {quarter}); if it still fails, look at the models "
        "and the series",
    )


def every_indicator_is_known_everywhere(tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """Each indicator has a status in each area in force, and none is missing: a gap is never published as a good
    figure.
    """
    now = tables.indicator_values[tables.indicator_values["quarter"] == str(quarter)]
    asked = pd.MultiIndex.from_product(
        [tables.areas["area_code"], tables.indicators["indicator_code"]], names=["area_code", "indicator_code"]
    )
    status = now.set_index(["area_code", "indicator_code"])["status_code"]
    status = status[~status.index.duplicated()].reindex(asked)
    unknown = status[~status.isin(_KNOWN)]
    faults = [f"{indicator} in {area}" for area, indicator in unknown.index]
    faults += [f"{area} is not in force" for area in sorted(set(now["area_code"]) - set(tables.areas["area_code"]))]
    if not len(asked):
        faults.append("no area or no indicator")
    return warehouse_outcome(
        "every_indicator_is_known_everywhere",
        "fct_indicator_quarter",
        quarter,
        faults,
        f"{len(tables.indicators)} indicators × {len(tables.areas)} areas",
        "observed, passed down or not applicable, for every indicator and area in force",
    )


def sub_districts_are_ratios_of_sums(tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """A sub-district's numerator and denominator are the sums over its committees, for indicators not passed down.

    Warns: incidents that belong to no committee, of which a few are permitted, count in the sub-district alone.
    """
    now = tables.indicator_values[tables.indicator_values["quarter"] == str(quarter)]
    committees = now[now["area_level_code"] == "committee"]
    key = ["parent_code", "indicator_code"]
    passed_down = committees[committees["status_code"] == "passed_down"].set_index(key).index
    sums = committees.groupby(key)[["numerator", "denominator"]].sum()
    sums = sums[~sums.index.isin(passed_down)]
    parents = now[now["area_level_code"] == "sub_district"].set_index(["area_code", "indicator_code"])
    parents = parents.reindex(sums.index)[["numerator", "denominator"]].fillna(0.0)
    differs = ~np.isclose(sums.to_numpy(float), parents.to_numpy(float), rtol=1e-9, atol=1e-9).all(axis=1)
    return warehouse_outcome(
        "sub_districts_are_ratios_of_sums",
        "fct_indicator_quarter",
        quarter,
        [f"{indicator} in {area}" for area, indicator in sums.index[differs]],
        f"{len(sums)} sums",
        "each sub-district's figures are the sums over its committees",
        severity_code="warn",
    )


def weights_add_up(tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """The indicators' weights add up to 100, and there is one series."""
    total = float(tables.indicators["weight"].sum())
    series = sorted(tables.indicators["series_code"].unique())
    faults = [] if abs(total - 100) <= 1e-9 else [f"weights add up to {total:g}"]
    faults += [] if len(series) == 1 else [f"series: {listed(series)}"]
    return warehouse_outcome(
        "weights_add_up", "dim_indicator", quarter, faults, f"{total:g}, series {listed(series)}", "100, one series"
    )


def has_no_direct_column(tables: MartTables, direct: Collection[str], quarter: Quarter) -> CheckOutcome:
    """No table of the build database has a column that identifies a person."""
    forbidden = set(direct) | VAULT_COLUMNS
    faults = [name for name in tables.column_names if name.rsplit(".", 1)[-1] in forbidden]
    return warehouse_outcome(
        "has_no_direct_column",
        "build",
        quarter,
        faults,
        f"{len(tables.column_names)} columns, none of them direct",
        "no number, name, phone, address or date of birth",
    )
