"""What of the sub-districts is shown all the same: committees' cells go first, few cells go, and those get a range."""

import math

import pyarrow as pa
import pytest
import scipy.optimize

from publication.disclosure.attack import UpperLevel
from publication.disclosure.cells import is_small, rest
from publication.disclosure.choice import FewestParts
from publication.disclosure.hiding import complete, hidden_by_quarter
from publication.disclosure.policy import load_policy
from publication.disclosure.quarter import QuarterCells
from publication.snapshot import read_snapshot
from publication.tables.assembly import hidden_in
from tests.publication_world import INDICATORS, make_world
from warehouse.quarters import Quarter

POLICY = load_policy()
SHARE = {"C4": {"is_special_group": False, "published_level_code": "committee"}}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), committee_counts=(8,) * 6, person_count=20)
    return read_snapshot(layout, Quarter.parse("2017Q1"))


@pytest.fixture(scope="module")
def hidden(snapshot):
    return hidden_in(snapshot, POLICY)["2017Q1"]


@pytest.fixture(scope="module")
def cells(snapshot, hidden):
    rows = {(r["area_code"], r["indicator_code"]): r for r in snapshot.indicator_rows("2017Q1")}
    found = QuarterCells(rows, snapshot.indicators, POLICY)
    found.hidden = hidden
    return found


def share(area, parent, level, rest_count, base=40):
    count = base - rest_count
    return {
        "quarter": "2017Q1", "area_code": area, "parent_code": parent, "area_level_code": level, "indicator_code": "C4",
        "dimension_code": "C", "numerator": count, "denominator": base, "value": count / base * 100,
        "status_code": "observed", "window_quarter_count": 1, "effective_weight": None, "unclamped_score": None,
        "is_clamped": False,
    }  # fmt: skip


def failures(*by_committee):
    """A district of two sub-districts: the first with these failures by committee, the second with 20 in each."""
    rows = []
    for place, counts in (("S1", by_committee), ("S2", (20, 20, 20))):
        committees = [share(f"{place}K{n}", place, "committee", count) for n, count in enumerate(counts)]
        rows += [*committees, share(place, "D", "sub_district", sum(counts), 40 * len(counts))]
    rows.append(share("D", None, "district", sum(by_committee) + 60, 40 * (len(by_committee) + 3)))
    return rows


def hidden_of(rows):
    residents = {("2017Q1", row["area_code"]): 5000 for row in rows}
    found = hidden_by_quarter(pa.Table.from_pylist(rows), SHARE, residents, POLICY)
    return {area for area, _ in found["2017Q1"].cells}


def test_where_a_total_or_its_committees_must_go_all_committees_go_those_without_failures_too():
    """1 + 1 + 1 + 1 + 1 of six committees: were the sixth shown, each of five hidden ones would be the one it is."""
    rows = failures(1, 1, 1, 1, 1, 0)
    assert hidden_of(rows) == {f"S1K{number}" for number in range(6)}


def test_a_total_that_is_itself_small_goes_with_another_and_the_district_stays():
    found = hidden_of(failures(1, 1, 1, 0))
    assert {"S1", "S2"} <= found
    assert "D" not in found


def test_a_hidden_total_is_not_the_sum_of_parts_that_are_all_shown():
    found = hidden_of(failures(1, 1, 1, 0))
    assert any(area.startswith("S2K") for area in found)


def test_the_choice_for_all_sub_districts_at_once_hides_no_more_than_one_relation_after_the_other(snapshot, hidden):
    rows = {(r["area_code"], r["indicator_code"]): r for r in snapshot.indicator_rows("2017Q1")}
    cells = QuarterCells(rows, snapshot.indicators, POLICY)
    cells.hide_small_cells()
    small = {cell for cell in cells.upper_parts() if cell in cells.hidden.cells}
    assert FewestParts(cells).hide()
    chosen = {cell for cell in cells.upper_parts() if cell in cells.hidden.cells}
    assert small < chosen
    assert not FewestParts(cells).hide()
    for code in INDICATORS:
        assert sum(indicator == code for _, indicator in chosen) != 1
    complete(cells)
    assert chosen <= cells.hidden.cells


def test_the_choice_is_made_anew_only_when_what_it_rests_on_has_changed(snapshot, monkeypatch):
    rows = {(r["area_code"], r["indicator_code"]): r for r in snapshot.indicator_rows("2017Q1")}
    cells, solved, solve = QuarterCells(rows, snapshot.indicators, POLICY), [], scipy.optimize.milp
    monkeypatch.setattr(scipy.optimize, "milp", lambda *given, **more: solved.append(1) or solve(*given, **more))
    parts = FewestParts(cells)
    assert not parts.hide()
    assert len(solved) == 0  # nothing is hidden yet
    cells.hide_small_cells()
    assert parts.hide()
    assert not parts.hide()
    assert len(solved) == 1
    further = next(part for part in parts.parts if part not in cells.hidden.cells and not cells.is_small(part))
    cells.force(further)
    parts.hide()
    assert len(solved) == 2
    assert not FewestParts(cells).hide()  # one begun anew would choose the same


def test_a_range_is_a_class_of_its_grid_that_holds_the_value_and_a_threshold_of_counts(cells, hidden):
    assert len(hidden.ranges) > 10
    for cell, (low, high) in hidden.ranges.items():
        row, width = cells.rows[cell], high - low
        assert low <= row["value"] <= high
        assert low / width == pytest.approx(round(low / width), abs=1e-6)
        digit = width / 10 ** math.floor(math.log10(width) + 1e-9)
        assert min(abs(digit - 1), abs(digit - 5)) < 1e-6
        assert width / (row["value"] / row["numerator"]) >= POLICY.threshold(INDICATORS[cell[1]][10]) - 1e-6


def test_no_small_cell_and_no_committee_has_a_range(cells, hidden):
    for cell in hidden.ranges:
        row, threshold = cells.rows[cell], cells.threshold(cell[1])
        assert row["area_level_code"] == "sub_district"
        assert cell in hidden.cells
        assert not is_small(row["numerator"], threshold)
        assert not is_small(rest(row), threshold)


def test_the_ranges_tell_nothing_more_of_a_small_cell_and_sharper_ones_would(cells, hidden):
    upper = UpperLevel(cells)
    assert len(upper.small) > 10

    def in_counts(cell, low, high):
        per_count = cells.rows[cell]["value"] / cells.rows[cell]["numerator"]
        return low / per_count, high / per_count

    chosen = {cell: in_counts(cell, *found) for cell, found in hidden.ranges.items()}
    assert upper.narrowed(chosen) == {}
    sharp = {
        cell: (cells.rows[cell]["numerator"] - 0.5, cells.rows[cell]["numerator"] + 0.5)
        for cell in upper.hidden
        if cell not in upper.small
    }
    assert len(upper.narrowed(sharp)) > 3
