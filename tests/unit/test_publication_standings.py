"""The public tables of peers and of places by indicator, and the areas among which peers are sought."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

import orchestration.surroundings
from publication.dictionary import dictionary
from publication.disclosure.cells import Hidden
from publication.disclosure.policy import load_policy
from publication.frame import bulletin_frame
from publication.snapshot import read_snapshot
from publication.tables.assembly import public_tables
from publication.tables.columns import COLUMNS
from publication.tables.population import population_rows
from publication.tables.standings import measures_of_peers, of_published_counts, standing_rows
from safety_index.explanation.peers import nearest, traits
from safety_index.explanation.settings import Peers
from tests.publication_world import INDICATORS, SERIES, make_world
from warehouse.quarters import Quarter


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"), person_count=20)


@pytest.fixture(scope="module")
def snapshot(layout):
    return read_snapshot(layout, Quarter.parse("2017Q1"))


@pytest.fixture(scope="module")
def tables(snapshot):
    return public_tables(snapshot, SERIES, load_policy())


def test_peers_are_named_where_every_count_that_they_rest_on_is_published(tables, snapshot):
    rows = tables["peers"].rows
    # of four committees the residents from elsewhere are not published
    assert {row["area_level_code"] for row in rows} == {"sub_district"}
    assert [row["peer_place"] for row in rows if row["area_code"] == "310105001000"] == [1, 2, 3]
    first = rows[0]
    assert first["peer_area_name"] == snapshot.areas[first["peer_area_code"]]["area_name"]
    assert not any("distance" in column for column in COLUMNS["peers"])


def standings_of(snapshot, hidden=None, series=SERIES, population=None):
    policy = load_policy()
    population = population_rows(snapshot, policy) if population is None else population
    return standing_rows(snapshot, series, policy, {"2017Q1": hidden or Hidden()}, population)


def test_one_hidden_count_of_people_keeps_all_peers_of_its_level_unnamed(snapshot):
    population = population_rows(snapshot, load_policy())
    committee = snapshot.level("committee")[0]["area_code"]
    for measure, is_used in (("migrant_count", True), ("aged_60_plus_count", True), ("overseas_count", False)):
        hiding = [
            row | {"status_code": "suppressed"}
            if (row["area_code"], row["measure_code"]) == (committee, measure)
            else row | {"status_code": "observed"}
            for row in population
        ]
        found = standings_of(snapshot, population=hiding)
        levels = {row["area_level_code"] for row in found["peers"]}
        assert levels == ({"sub_district"} if is_used else {"sub_district", "committee"})
        told = {row["area_level_code"] for row in found["indicator_standings"] if row["peer_difference"] is not None}
        assert told == levels
        assert any(row["raw_rank"] for row in found["indicator_standings"] if row["area_level_code"] == "committee")


def test_peers_by_shares_of_special_groups_are_not_published(snapshot):
    series = SimpleNamespace(peers=SimpleNamespace(shares=(SimpleNamespace(code="special_groups"),)))
    found = standings_of(snapshot, series=series)
    assert found["peers"] == []
    assert all(row["peer_difference"] is None for row in found["indicator_standings"])
    by_size = SimpleNamespace(peers=SimpleNamespace(shares=()))
    assert standings_of(snapshot, series=by_size)["peers"]


def test_an_indicator_has_rows_where_none_of_its_cells_is_hidden_at_the_level_or_above(snapshot):
    committee = snapshot.level("committee")[0]["area_code"]
    sub_district = snapshot.level("sub_district")[0]["area_code"]

    def told(hidden=None):
        rows = standings_of(snapshot, hidden)["indicator_standings"]
        return {(row["area_level_code"], row["indicator_code"]) for row in rows}

    everything = told()
    assert {("committee", "B1"), ("sub_district", "B1")} <= everything
    for cell, silent in (
        ((committee, "B1"), {"committee"}),
        ((sub_district, "B1"), {"committee", "sub_district"}),
        ((snapshot.district["area_code"], "B1"), {"committee", "sub_district"}),
    ):
        assert everything - told(Hidden(cells={cell})) == {(level, "B1") for level in silent}
    assert told(Hidden(areas={committee})) == {one for one in everything if one[0] == "sub_district"}


def test_no_row_of_places_by_indicator_is_without_a_figure(snapshot):
    sub_district = snapshot.level("sub_district")[0]["area_code"]
    rows = standings_of(snapshot, Hidden(cells={(sub_district, "B1")}))["indicator_standings"]
    figures = (
        "raw_rank", "compared_area_count", "rank_set_best", "rank_set_worst", "peer_difference", "peer_share_below",
    )  # fmt: skip
    assert set(figures) < set(COLUMNS["indicator_standings"])
    assert rows
    assert all(any(row[name] is not None for name in figures) for row in rows)


def test_places_of_passed_down_indicators_are_the_sub_districts_alone(snapshot):
    rows = standings_of(snapshot)["indicator_standings"]
    assert {row["area_level_code"] for row in rows} == {"sub_district", "committee"}
    special = {code for code, facts in INDICATORS.items() if facts[9] == "sub_district"}
    assert not special & {row["indicator_code"] for row in rows if row["area_level_code"] == "committee"}
    assert special & {row["indicator_code"] for row in rows if row["area_level_code"] == "sub_district"}
    assert any(row["raw_rank"] is not None for row in rows)


def test_areas_whose_counts_are_not_published_are_left_out_where_peers_are_sought(snapshot, tables):
    sizes = {
        row["area_code"]: float(row["resident_count"]) for row in snapshot.population if row["quarter"] == "2017Q1"
    }
    areas, policy = snapshot.areas, load_policy()

    def kept(*shares):
        return of_published_counts(sizes, shares, snapshot.population, areas, "2017Q1", policy)

    unseen = {
        row["area_code"]
        for row in tables["population"].rows
        if row["measure_code"] == "migrant_count" and row["status_code"] == "suppressed"
    }
    assert len(unseen) == 4
    assert kept() == sizes
    assert kept("elderly", "migrants").keys() == sizes.keys() - unseen
    # by a share that no table tells, no peers are named at all, so that none need be left out
    assert kept("migrants", "special_groups") == sizes
    small = max(sizes)
    few = [row | {"resident_count": 900} if row["area_code"] == small else row for row in snapshot.population]
    assert small not in of_published_counts(sizes, (), few, areas, "2017Q1", policy)


def test_what_peers_rest_on_is_known_only_if_every_share_is_made_of_published_measures():
    assert measures_of_peers([]) == {"resident_count"}
    assert measures_of_peers(["elderly", "migrants"]) == {"resident_count", "aged_60_plus_count", "migrant_count"}
    assert measures_of_peers(["elderly", "special_groups"]) is None


def test_peers_sought_as_the_index_seeks_them_are_all_named(layout, snapshot, monkeypatch):
    # the made warehouse has no marts to measure errors on, and peers do not rest on them
    monkeypatch.setattr(orchestration.surroundings, "figure_errors", lambda *_: ())
    around = orchestration.surroundings.read_surroundings(layout, "2017Q1", SERIES)
    rule, rows = Peers(shares=[{"code": "elderly"}, {"code": "migrants"}]), []
    for level in ("sub_district", "committee"):
        areas = [area["area_code"] for area in snapshot.level(level)]
        for area, found in zip(areas, nearest(traits(areas, around.sizes, around.shares, rule)).area, strict=True):
            rows += [
                {"quarter": "2017Q1", "area_level_code": level, "area_code": area}
                | {"peer_place": place, "peer_area_code": areas[peer]}
                for place, peer in enumerate(found, 1)
                if peer >= 0
            ]
    known = replace(snapshot, evidence=snapshot.evidence | {"peers": rows})
    named = [(row["area_code"], row["peer_area_code"]) for row in standings_of(known)["peers"]]
    assert named == [(row["area_code"], row["peer_area_code"]) for row in rows]
    assert {row["area_level_code"] for row in rows} == {"committee"}  # three sub-districts are too few to have peers


def test_the_bulletin_says_what_peers_are_alike_in_as_the_series_has_it(snapshot):
    def alike_in(size_weight, *shares):
        peers = SimpleNamespace(size_weight=size_weight, shares=[SimpleNamespace(code=share) for share in shares])
        series = SimpleNamespace(peers=peers, bands=())
        return bulletin_frame(snapshot, series, load_policy(), 1, None).alike_in

    assert alike_in(1) == {"zh": "人口规模", "en": "size"}
    assert alike_in(0, "migrants") == {"zh": "来沪人员比例", "en": "share of people from elsewhere"}
    assert alike_in(2, "elderly", "migrants") == {
        "zh": "人口规模、老年人比例与来沪人员比例",
        "en": "size, share of elderly people and share of people from elsewhere",
    }


def test_the_dictionary_repeats_no_setting_of_the_series():
    words = dictionary()
    for both in (words["tables"]["peers"], words["columns"]["rank_set_best"], words["columns"]["rank_set_worst"]):
        assert "系列" in both["zh"]
        assert "series" in both["en"]
        assert not any(sign.isdigit() for sign in both["zh"] + both["en"])
