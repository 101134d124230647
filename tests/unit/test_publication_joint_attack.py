"""The stated attacker, with all that is published of two quarters and two versions, corners no hidden count."""

import copy
from dataclasses import replace

import pytest

from publication.disclosure.cells import Hidden
from publication.snapshot import read_snapshot
from publication.tables.assembly import hidden_in
from tests.publication_joint_reader import JointReader
from tests.publication_reader import POLICY, small_cells
from tests.publication_world import INDICATORS, efficacy, make_world, with_indicator_rows
from warehouse.quarters import Quarter

LAST = "2017Q1"


@pytest.fixture(scope="module", params=[(4, 5, 4), (6, 6, 6, 6, 6, 6)], ids=["small", "large"])
def snapshot(request, tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), committee_counts=request.param, person_count=20)
    return read_snapshot(layout, Quarter.parse(LAST))


def of_the_last_quarter(reader, hidden):
    """The small cells of the quarter; of the larger world, for time, every fourth."""
    cells = [cell for cell in small_cells(reader, hidden) if cell[0] == LAST]
    return cells if len(cells) < 200 else cells[::4]


def test_values_ranges_scores_intervals_and_comparisons_of_two_quarters_corner_no_hidden_count(snapshot):
    hidden = hidden_in(snapshot, POLICY)
    reader = JointReader(snapshot, hidden)
    cells = of_the_last_quarter(reader, hidden)
    assert len(cells) > 60
    assert reader.recovered(cells) == {}


def test_the_same_reader_corners_counts_where_only_small_cells_are_hidden(snapshot):
    hidden = hidden_in(snapshot, POLICY)
    cells = small_cells(JointReader(snapshot, hidden), hidden)
    bare = {
        quarter: Hidden(cells={(area, code) for when, area, code in cells if when == quarter}) for quarter in hidden
    }
    reader = JointReader(snapshot, bare)
    some = of_the_last_quarter(reader, bare)
    found = reader.recovered(some)
    assert len(found) >= 2
    assert found == {cell: round(reader.own[cell]["numerator"]) for cell in found}


def corrected(snapshot):
    """The same quarter after a late correction: three calls more in one committee that shows its calls."""
    rows, (scores, dimensions) = snapshot.indicator_rows(), copy.deepcopy((snapshot.scores, snapshot.dimension_scores))
    committee = snapshot.level("committee")[2]["area_code"]
    line = [committee, snapshot.areas[committee]["parent_code"], snapshot.district["area_code"]]
    weight = INDICATORS["B1"][6]
    dimension_weight = sum(facts[6] for code, facts in INDICATORS.items() if code[0] == "B")
    moved = {}
    for row in rows:
        if row["quarter"] == LAST and row["indicator_code"] == "B1" and row["area_code"] in line:
            before = row["score"]
            row["numerator"] += 3
            row["value"] = row["numerator"] / row["denominator"] * 1000
            row["unclamped_score"] = efficacy("B1", row["value"])
            row["score"] = min(max(row["unclamped_score"], 40.0), 100.0)
            moved[row["area_code"]] = row["score"] - before
    for row in scores:
        if row["quarter"] == LAST:
            row["score"] += moved.get(row["area_code"], 0.0) * weight / 100
    for row in dimensions:
        if row["quarter"] == LAST and row["dimension_code"] == "B":
            row["score"] += moved.get(row["area_code"], 0.0) * weight / dimension_weight
    return replace(with_indicator_rows(snapshot, rows), scores=scores, dimension_scores=dimensions)


def test_two_versions_of_a_quarter_read_together_corner_no_hidden_count(snapshot):
    hidden = hidden_in(snapshot, POLICY)
    second = corrected(snapshot)
    hidden_again = hidden_in(second, POLICY, {LAST: hidden[LAST].cells})
    assert hidden[LAST].cells <= hidden_again[LAST].cells
    reader = JointReader(second, hidden_again, beside=JointReader(snapshot, hidden))
    cells = of_the_last_quarter(reader, hidden_again)
    assert reader.recovered(cells) == {}
