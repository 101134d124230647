"""An attack on our own tables: a reader with linear programming, the method and every release finds no hidden count.

The reader is given more than a real one has: every denominator, and which hidden figures score off the floor and cap.
"""

import numpy as np
import pyarrow as pa
import pytest

from publication.disclosure.cells import Hidden, is_small, rest
from publication.disclosure.hiding import hidden_by_quarter
from publication.disclosure.quarter import QuarterCells
from publication.snapshot import read_snapshot
from publication.tables.assembly import hidden_in
from publication.tables.evidence import unsafe_indicators
from tests.publication_reader import POLICY, Reader, small_cells
from tests.publication_world import INDICATORS, make_world
from warehouse.quarters import Quarter


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), ("2016Q1", "2017Q1"), (4, 5, 4), person_count=20)
    return read_snapshot(layout, Quarter.parse("2017Q1"))


@pytest.fixture(scope="module")
def two_quarters(tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), committee_counts=(4, 5, 4), person_count=20)
    return read_snapshot(layout, Quarter.parse("2017Q1"))


def only_small_cells_hidden(reader, hidden):
    """What primary suppression alone would hide: the same without anything hidden beside."""
    cells = small_cells(reader, hidden)
    return {
        quarter: Hidden(set(), set(), {(area, code) for when, area, code in cells if when == quarter})
        for quarter in hidden
    }


def test_no_hidden_count_can_be_worked_out_from_totals_and_windows(snapshot):
    hidden = hidden_in(snapshot, POLICY)
    reader = Reader(snapshot, hidden, with_scores=False)
    cells = small_cells(reader, hidden)
    assert len(cells) > 500
    assert reader.recovered(cells) == {}


def test_the_same_attack_recovers_true_counts_when_only_small_cells_are_hidden(snapshot):
    complete = hidden_in(snapshot, POLICY)
    hidden = only_small_cells_hidden(Reader(snapshot, complete, with_scores=False), complete)
    reader = Reader(snapshot, hidden, with_scores=False)
    recovered = reader.recovered(small_cells(reader, hidden))
    assert len(recovered) > 10
    assert recovered == {cell: round(reader.own[cell]["numerator"]) for cell in recovered}


def test_no_single_small_quarter_can_be_worked_out_from_the_windows(snapshot):
    hidden = hidden_in(snapshot, POLICY)
    reader = Reader(snapshot, hidden, with_scores=False)
    recovered = reader.recovered([name for name in reader.names if name[0] == "single"])
    assert [cell for cell, count in recovered.items() if is_small(count, POLICY.minimum_count)] == []


def test_all_scores_of_all_areas_together_recover_next_to_nothing_of_what_they_would_without_complements(two_quarters):
    """Everything at once, whole numbers, with every denominator told: a rare cell with a tiny denominator may still
    be cornered, so the bound is a share. Without the complements many times as many fall."""
    complete = hidden_in(two_quarters, POLICY)
    reader = Reader(two_quarters, complete)
    cells = [cell for cell in small_cells(reader, complete) if cell[0] == "2017Q1"]
    assert len(cells) > 100
    assert len(reader.recovered(cells)) <= 0.02 * len(cells)
    bare = only_small_cells_hidden(reader, complete)
    assert len(Reader(two_quarters, bare).recovered(cells[::4])) > 0.1 * len(cells[::4])


def test_every_small_cell_is_hidden_and_special_groups_are_held_to_the_higher_threshold(snapshot):
    hidden = hidden_in(snapshot, POLICY)
    reader = Reader(snapshot, hidden)
    for (quarter, area, code), row in reader.own.items():
        for count in (row["numerator"], rest(row)):
            if is_small(count, 10 if INDICATORS[code][10] else 5):
                assert (area, code) in hidden[quarter].cells


def test_an_area_below_a_thousand_residents_shows_nothing(snapshot):
    residents = {(row["quarter"], row["area_code"]): row["resident_count"] for row in snapshot.population}
    area = snapshot.level("committee")[0]["area_code"]
    residents["2017Q1", area] = 999
    hidden = hidden_by_quarter(snapshot.indicator_scores, snapshot.indicators, residents, POLICY)
    assert hidden["2017Q1"].areas == {area}
    assert hidden["2016Q4"].areas == set()
    siblings = [place["area_code"] for place in snapshot.level("committee")[1:4]]
    codes = [code for code in INDICATORS if INDICATORS[code][9] == "committee"]
    assert all((area, code) in hidden["2017Q1"].cells for code in codes)
    # its figures do not follow from the sub-district's either
    parent = snapshot.level("sub_district")[0]["area_code"]
    for code in codes:
        assert any((place, code) in hidden["2017Q1"].cells for place in [*siblings, parent])


def test_what_an_earlier_release_hid_stays_hidden(snapshot):
    shown = next(
        (row["area_code"], row["indicator_code"])
        for row in snapshot.indicator_rows()
        if row["quarter"] == "2017Q1"
        and row["area_level_code"] == "sub_district"
        and (row["area_code"], row["indicator_code"]) not in hidden_in(snapshot, POLICY)["2017Q1"].cells
    )
    assert shown in hidden_in(snapshot, POLICY, {"2017Q1": {shown}})["2017Q1"].cells


def test_an_interval_of_a_committee_says_less_than_one_count(snapshot):
    """Were the posterior known to the reader, all counts but one, and the draws: one burglary more moves the ends of an
    interval by less than the step they are rounded to, so its width leaves at least the neighbouring counts open.

    A count y in exposure n, weight w and slope b per unit of rate: the index's variance gains (w·b/n)² with each. A
    rare count is pulled towards its sub-district with about a third of its own weight.
    """
    step, own_weight = POLICY.score_step("committee"), 0.35
    for row in snapshot.indicator_rows():
        code, window = row["indicator_code"], row["window_quarter_count"]
        if row["quarter"] != "2017Q1" or row["area_level_code"] != "committee" or code not in ("B2", "B3", "D2"):
            continue
        bad, good, weight, multiplier = (INDICATORS[code][place] for place in (4, 5, 6, 7))
        per_count = own_weight * weight / 100 * 40 / abs(good - bad) * multiplier / row["denominator"] / window
        variances = [0.8**2 + per_count**2 * (0.5 + count) for count in (1, 2)]
        ends = [1.645 * np.sqrt(variance) for variance in variances]
        assert ends[1] - ends[0] < step, (code, per_count)


def test_what_rests_on_all_areas_is_silent_where_few_cells_are_hidden(snapshot):
    hidden = hidden_in(snapshot, POLICY)["2017Q1"]
    for level in ("sub_district", "committee"):
        unsafe = unsafe_indicators(snapshot, POLICY, hidden, level)
        own = {code for code in INDICATORS if level == "sub_district" or INDICATORS[code][9] == "committee"}
        for code in own:
            count = sum(
                indicator == code and snapshot.areas[area]["area_level_code"] == level
                for area, indicator in hidden.cells
            )
            assert (code in unsafe) == (0 < count < POLICY.least_hidden_for_summaries), (level, code, count)


def test_a_pulled_value_moves_its_score_by_its_own_weight_and_the_shield_knows_it(two_quarters):
    """Two hidden terms shield one another only as far as a whole count moves each; a pulled one moves less."""
    rows = two_quarters.indicator_rows()
    residents = {(row["quarter"], row["area_code"]): row["resident_count"] for row in two_quarters.population}
    for row in rows:
        row["estimate"], row["own_weight"] = row["value"], 1.0
    same = hidden_by_quarter(pa.Table.from_pylist(rows), two_quarters.indicators, residents, POLICY)
    plain = hidden_by_quarter(two_quarters.indicator_scores, two_quarters.indicators, residents, POLICY)
    assert {quarter: found.cells for quarter, found in same.items()} == {
        quarter: found.cells for quarter, found in plain.items()
    }
    now = {(row["area_code"], row["indicator_code"]): row for row in rows if row["quarter"] == "2017Q1"}
    cell = next(cell for cell, row in now.items() if cell[1] == "B2" and row["area_level_code"] == "committee")
    whole = QuarterCells(now, two_quarters.indicators, POLICY).step(cell)
    bad, good, weight, multiplier = (INDICATORS["B2"][place] for place in (4, 5, 6, 7))
    window = now[cell]["window_quarter_count"]
    assert whole == pytest.approx(
        weight * 40 / abs(good - bad) * multiplier / window / now[cell]["denominator"], rel=0.3
    )
    now[cell]["own_weight"] = 0.25
    assert QuarterCells(now, two_quarters.indicators, POLICY).step(cell) == pytest.approx(whole / 4)
