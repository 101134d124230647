"""What the simulator holds to be true keeps every rule of the contracts, so that what is refused later is damage."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingestion.contracts.registry import registry
from simulation.deliveries import periods
from simulation.extracts import EXTRACTS
from simulation.profile import load_profile
from simulation.world import World, build_world
from simulation.writing import rows_of_period

EXTRACT_NAMES = sorted(registry().contracts)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(load_profile("tiny"), lambda line: None)


def _rows(world: World, extract: str, quarter: int) -> list[tuple[str, pa.Table]]:
    contract, cache = registry().contract(extract), {}
    names = periods(contract, world.timeline, quarter)
    return [(period, rows_of_period(world, extract, period, quarter, cache)) for period in names]


def test_every_contract_has_an_extract_and_no_extract_lacks_a_contract():
    assert sorted(EXTRACTS) == EXTRACT_NAMES


@pytest.mark.parametrize("extract", EXTRACT_NAMES)
def test_true_rows_keep_keys_required_columns_patterns_codes_and_ranges(world: World, extract: str):
    contract = registry().contract(extract)
    faults = []
    for quarter in range(world.timeline.count):
        for period, table in _rows(world, extract, quarter):
            assert table.column_names == list(contract.columns)
            if table.num_rows != table.group_by(contract.key).aggregate([]).num_rows:
                faults.append(f"{period}: keys repeat")
            for name, column in contract.columns.items():
                field, values = registry().fields[name], table.column(name)
                if column.required and values.null_count:
                    faults.append(f"{period} {name}: {values.null_count} empty")
                kept = values.drop_null()
                if (
                    field.pattern
                    and not pc.all(pc.match_substring_regex(kept, f"^(?:{field.pattern})$"), min_count=0).as_py()
                ):
                    faults.append(f"{period} {name}: not of the pattern")
                if field.codes:
                    known = pa.array(list(registry().code_lists[field.codes]))
                    if not pc.all(pc.is_in(kept, value_set=known), min_count=0).as_py():
                        faults.append(f"{period} {name}: unknown code")
                low, high = (pc.min_max(kept).as_py()[end] for end in ("min", "max"))
                if field.minimum is not None and low is not None and low < field.minimum:
                    faults.append(f"{period} {name}: below the minimum")
                if field.maximum is not None and high is not None and high > field.maximum:
                    faults.append(f"{period} {name}: above the maximum")
    assert faults == []


@pytest.mark.parametrize("extract", [name for name in EXTRACT_NAMES if registry().contract(name).constraints])
def test_true_rows_keep_the_constraints(world: World, extract: str):
    contract = registry().contract(extract)
    faults = []
    for quarter in range(world.timeline.count):
        for period, table in _rows(world, extract, quarter):
            first, last = world.timeline.days_of_period(period)
            for rule in contract.constraints:
                values = _numbers(table.column(rule.column))
                if rule.kind == "within_period":
                    broken = (values < first) | (values > last)
                elif rule.kind == "not_in_future":
                    broken = values > last
                elif rule.kind == "not_before":
                    broken = values < _numbers(table.column(rule.other))
                else:
                    broken = values > _numbers(table.column(rule.other))
                if broken.any():
                    faults.append(f"{period} {rule.kind} {rule.column}: {broken.sum()} rows")
    assert faults == []


@pytest.mark.parametrize("extract", EXTRACT_NAMES)
def test_true_rows_cover_the_areas_and_months_that_the_contract_wants(world: World, extract: str):
    contract = registry().contract(extract)
    faults = []
    for quarter in range(world.timeline.count):
        table = pa.concat_tables([table for _, table in _rows(world, extract, quarter)])
        if contract.covers.areas:
            is_open = world.places.committees_open(quarter)
            column = "sub_district_code" if "sub_district_code" in contract.columns else "committee_code"
            length = 9 if contract.covers.areas == "sub_district" else 12
            expected = {code[:length] for code in world.places.committee_codes[is_open]}
            found = {code[:length] for code in table.column(column).to_pylist() if code}
            faults += [f"{world.timeline.quarters[quarter]}: nothing for {code}" for code in sorted(expected - found)]
        if contract.covers.months:
            days = _numbers(table.column(contract.delivery.period_column))
            months = {str(day)[:7] for day in days.astype("datetime64[D]")}
            if len(months) != 3:
                faults.append(f"{world.timeline.quarters[quarter]}: months {sorted(months)}")
    assert faults == []


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Days or counts as floats; missing ones are NaN, which break no rule."""
    if pa.types.is_timestamp(column.type):
        return np.floor(column.cast(pa.int64()).to_numpy() / 86_400)
    whole = column.cast(pa.int32()) if pa.types.is_date(column.type) else column
    return whole.to_numpy().astype(float)
