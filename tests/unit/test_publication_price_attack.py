"""Prices of events and the tables of sensitivity, read with all the rest, corner no hidden count."""

import pytest

from publication.snapshot import read_snapshot
from publication.tables import evidence
from publication.tables.assembly import hidden_in
from tests.publication_joint_reader import JointReader
from tests.publication_price_reader import LAST, PriceReader, pulls_of, with_prices
from tests.publication_reader import POLICY, small_cells
from tests.publication_shift_reader import Alternatives, published_shifts
from tests.publication_world import INDICATORS, make_world
from warehouse.quarters import Quarter

#: Counts of committees and a seed: a small district, a larger one, and one whose first area stands well apart.
WORLDS = {"small": ((4, 5, 4), 7), "large": ((6,) * 6, 7), "apart": ((6,) * 6, 11)}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    found = {}
    for name, (counts, seed) in WORLDS.items():
        layout = make_world(tmp_path_factory.mktemp("world"), committee_counts=counts, person_count=20, seed=seed)
        snapshot = read_snapshot(layout, Quarter.parse(LAST))
        pulls = pulls_of(snapshot)
        found[name] = (with_prices(snapshot, pulls), pulls, name)
    return found


@pytest.fixture(params=WORLDS)
def world(request, worlds):
    return worlds[request.param]


def of_the_last_quarter(reader, hidden):
    """The small cells of the quarter; of the larger worlds, for time, those of rare events, which most prices touch."""
    cells = [cell for cell in small_cells(reader, hidden) if cell[0] == LAST]
    return cells if len(cells) < 150 else [cell for cell in cells if cell[2] in ("B2", "D2")]


def test_prices_and_the_weight_to_the_first_place_corner_no_hidden_count(world):
    snapshot, pulls, name = world
    hidden = hidden_in(snapshot, POLICY)
    reader = PriceReader(snapshot, hidden, pulls)
    assert reader.shown
    if name == "apart":
        assert len(reader.at_most) > len(JointReader(snapshot, hidden).at_most) + 100  # the weight does say something
    cells = of_the_last_quarter(reader, hidden)
    assert len(cells) > 30
    assert reader.recovered(cells) == {}


def test_what_the_reader_writes_down_is_true_of_the_true_counts(world, monkeypatch):
    snapshot, pulls, _ = world
    monkeypatch.setattr(evidence, "unseen_families", lambda snapshot, hidden: set())
    hidden = hidden_in(snapshot, POLICY)
    reader = PriceReader(snapshot, hidden, pulls)
    truth = {reader.variable(*name): row["numerator"] for name, row in reader.own.items()}
    more = reader.at_most[len(JointReader(snapshot, hidden).at_most) :]
    known = [(terms, limit) for terms, limit in more if terms.keys() <= truth.keys()]
    assert known
    for terms, limit in known:
        assert sum(value * truth[cell] for cell, value in terms.items()) <= limit + 1e-6


def test_prices_beside_hidden_counts_of_their_sub_district_would_corner_some(worlds, monkeypatch):
    snapshot, pulls, _ = worlds["large"]
    hidden = hidden_in(snapshot, POLICY)
    monkeypatch.setattr(evidence, "unseen_families", lambda snapshot, hidden: set())
    reader = PriceReader(snapshot, hidden, pulls)
    found = reader.recovered(of_the_last_quarter(reader, hidden))
    assert found == {cell: round(reader.own[cell]["numerator"]) for cell in found}
    assert len(found) >= 2


def test_a_committee_s_price_is_shown_where_nothing_of_its_sub_district_is_hidden(world):
    snapshot, _, name = world
    hidden = hidden_in(snapshot, POLICY)[LAST]
    shown = [
        (row["parent_code"], row["area_code"], row["indicator_code"])
        for row in evidence.evidence_rows(snapshot, POLICY, {LAST: hidden})["event_prices"]
        if row["area_level_code"] == "committee" and row["status_code"] == "observed"
    ]
    assert shown or name != "apart"
    for parent, _, code in shown:
        family = [parent] + [area for area, facts in snapshot.areas.items() if facts["parent_code"] == parent]
        assert not [area for area in family if (area, code) in hidden.cells]
    assert {code for *_, code in shown} <= {code for code, facts in INDICATORS.items() if facts[9] == "committee"}


def test_shifts_of_ranks_leave_another_count_open_for_every_small_one_of_a_sub_district(worlds):
    snapshot, pulls, _ = worlds["small"]
    hidden = hidden_in(snapshot, POLICY)
    reader = PriceReader(snapshot, hidden, pulls)
    areas = [area["area_code"] for area in snapshot.level("sub_district")]
    cells = [cell for cell in small_cells(reader, hidden) if cell[0] == LAST and cell[1] in areas]
    assert len(cells) >= 20
    others = Alternatives(reader)
    published = published_shifts(others.scores(areas, {}))
    assert any(mean > 0 for mean, *_ in published.values())
    for cell in cells:
        other = others.another(cell, areas, published)
        assert other is not None, cell
        assert other != reader.own[cell]["numerator"]


def test_a_sub_district_s_price_is_hidden_with_its_figure_and_with_nothing_else(world):
    snapshot, _, _ = world
    hidden = hidden_in(snapshot, POLICY)[LAST]
    rows = evidence.evidence_rows(snapshot, POLICY, {LAST: hidden})["event_prices"]
    own = [row for row in rows if row["area_level_code"] == "sub_district"]
    assert {row["status_code"] for row in own} == {"observed", "suppressed"}
    for row in own:
        is_hidden = (row["area_code"], row["indicator_code"]) in hidden.cells
        assert (row["points_per_event"] is None) == is_hidden == (row["status_code"] == "suppressed")
