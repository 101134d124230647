"""Whether a quarter's marts can be true, judged by the quarters before.

Belongs here: pure rules that compare with history or with the registers. Does not belong here: completeness
(``mart_rules``) and the volume of deliveries (``delivery_quality``).
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.mart_rules import warehouse_outcome
from expectations.marts import MartTables
from expectations.outcomes import CheckOutcome
from warehouse.quarters import Quarter

POPULATION_CHANGE_MAX_SHARE = 0.10
INCIDENT_FACTOR_MAX = 2.5
LOCATED_MIN_SHARE = 0.95
RESIDENTS_PER_REGISTER_ROW = (0.5, 1.1)
_QUARTERS_COMPARED = 4
REGISTERS = ("population.registered_residents", "population.migrant_residents", "population.overseas_residents")
_NO_HISTORY = "there is no quarter before to compare with"


def population_change_is_plausible(tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """No sub-district's residents changed by more than a tenth since the quarter before."""
    by_area = tables.population.pivot_table(
        index="area_code", columns="quarter", values="resident_count", aggfunc="sum", observed=True
    )
    now, before = str(quarter), str(quarter.plus(-1))
    faults, observed = [], _NO_HISTORY
    if now not in by_area or not (by_area[now].fillna(0) > 0).all():
        faults.append(f"an area without residents in {now}")
    elif before in by_area:
        change = (by_area[now] / by_area[before] - 1).dropna()
        beyond = change[change.abs() > POPULATION_CHANGE_MAX_SHARE]
        faults = [f"{area} {share:+.1%}" for area, share in beyond.items()]
        observed = f"{change.min():+.1%} to {change.max():+.1%}"
    return warehouse_outcome(
        "population_change_is_plausible",
        "fct_population_quarter",
        quarter,
        faults,
        observed,
        f"at most ±{POPULATION_CHANGE_MAX_SHARE:.0%} in each sub-district since the quarter before",
    )


def incident_totals_are_plausible(tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """Each type's total is within a factor of the mean of the quarters before, or within four square roots of it."""
    totals = tables.incidents.pivot_table(
        index="quarter", columns="incident_type_code", values="counted", aggfunc="sum", observed=True
    ).fillna(0)
    earlier = totals[totals.index < str(quarter)].tail(_QUARTERS_COMPARED)
    now = totals.reindex([str(quarter)]).fillna(0).iloc[0]
    faults = [] if now.sum() > 0 else ["no incident at all"]
    for kind, usual in earlier.mean().items() if len(earlier) else ():
        least = min(usual / INCIDENT_FACTOR_MAX, usual - 4 * usual**0.5)
        most = max(usual * INCIDENT_FACTOR_MAX, usual + 4 * usual**0.5)
        if not least <= now[kind] <= most:
            faults.append(f"{kind} {now[kind]:.0f} after {usual:.0f}")
    return warehouse_outcome(
        "incident_totals_are_plausible",
        "fct_incident",
        quarter,
        faults,
        ", ".join(f"{kind} {count:.0f}" for kind, count in now.items()) if len(earlier) else _NO_HISTORY,
        f"within a factor of {INCIDENT_FACTOR_MAX:g} of the mean of {len(earlier)} quarters before",
    )


def incidents_are_located(tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """Of each type at least 95 % of the counted incidents belong to a committee."""
    now = tables.incidents[tables.incidents["quarter"] == str(quarter)].set_index("incident_type_code")
    share = now["located"] / now["counted"]
    short = share[share < LOCATED_MIN_SHARE]
    faults = [f"{kind} {value:.1%}" for kind, value in short.items()] if len(share) else ["no incident at all"]
    return warehouse_outcome(
        "incidents_are_located",
        "fct_incident",
        quarter,
        faults,
        f"at least {share.min():.1%}" if len(share) else "–",
        f"at least {LOCATED_MIN_SHARE:.0%} of each type belong to a residents' committee",
    )


def residents_agree_with_registers(
    tables: MartTables, register_rows: Mapping[str, int], quarter: Quarter
) -> CheckOutcome:
    """The district's residents are between half and eleven tenths of the rows of the three population registers.

    ``register_rows`` has the accepted rows of the quarter by extract. Fewer means that the registers were not joined,
    more that they were counted twice.
    """
    now = tables.population[tables.population["quarter"] == str(quarter)]
    residents = int(now.loc[now["area_level_code"] == "district", "resident_count"].sum())
    rows = sum(register_rows.get(extract, 0) for extract in REGISTERS)
    least, most = RESIDENTS_PER_REGISTER_ROW
    ratio = residents / rows if rows else 0.0
    faults = [] if least <= ratio <= most else [f"{residents} residents, {rows} rows in the registers"]
    return warehouse_outcome(
        "residents_agree_with_registers",
        "fct_population_quarter",
        quarter,
        faults,
        f"{residents} residents, {rows} rows in the registers",
        f"{least:g} to {most:g} residents for each row",
    )
