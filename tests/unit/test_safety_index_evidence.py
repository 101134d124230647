"""The tables of evidence for a quarter: what stands in them agrees with the scores and with itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from safety_index.coherence.fairness import associations
from safety_index.coherence.structure import correlations, cronbach_alpha, influence, principal_components
from safety_index.engine import score
from safety_index.evidence.areas import alarm_rows, context_rows
from safety_index.evidence.assembly import EarlierVersion, Surroundings, evidence
from safety_index.evidence.columns import EVIDENCE_COLUMNS, evidence_as_arrow, read_evidence
from safety_index.evidence.method import coherence_rows, sensitivity_rows
from safety_index.evidence.standings import indicator_rank_rows, nearest_of
from safety_index.explanation.settings import Peers
from safety_index.levels import ScoredLevel
from safety_index.method.plan import Plan
from safety_index.sensitivity.first_place import smallest_weight_shift
from safety_index.series.settings import Combination
from safety_index.tables.cube import cubes
from safety_index.tables.results import read_tables, write_tables
from tests.unit.safety_index_builders import small_content, small_series, table, value_rows

QUARTERS = ("2016Q1", "2016Q2", "2016Q3", "2016Q4", "2017Q1")
NOBODY = np.full((1, 3), -1)
AREAS = [f"s{place // 4}c{place}" for place in range(12)]


def counted():
    content = small_content()
    for group in content["dimensions"]:
        for part in group["indicators"]:
            part["count_model"] = "poisson" if part["code"] == "p2" else "binomial"
    content["dimensions"][0]["indicators"][0]["is_special_group"] = True
    return small_series(
        dimensions=content["dimensions"], uncertainty={"draw_count": 300},
        small_counts={"target": {"committee": "parent"}, "adds_up": True},
        alarms={"parted": [{"falling": "p2", "rising": "q2"}]},
    )  # fmt: skip


def values_of(series, seed=3):
    rng, rows = np.random.default_rng(seed), []
    for quarter in QUARTERS:
        for place, area in enumerate(AREAS):
            size = 100.0 + 10 * place
            hits = {"p1": rng.binomial(int(size), 0.6 + place / 40), "p2": rng.poisson(size * 0.04),
                    "q1": rng.binomial(int(size), 0.15), "q2": rng.binomial(int(size), 0.3)}  # fmt: skip
            rows += [("committee", area, area[:2], quarter, code, float(hit), size) for code, hit in hits.items()]
    columns = ["area_level_code", "area_code", "parent_code", "quarter", "indicator_code", "numerator", "denominator"]
    below = pd.DataFrame(rows, columns=columns)
    above = below.groupby(["parent_code", "quarter", "indicator_code"], as_index=False)[
        ["numerator", "denominator"]
    ].sum()
    above = above.rename(columns={"parent_code": "area_code"}).assign(area_level_code="sub_district", parent_code="d")
    table = pd.concat([above, below], ignore_index=True)
    return table.assign(
        value=table["numerator"] / table["denominator"] * 100, status_code="observed", window_quarter_count=1
    )


@pytest.fixture(scope="module")
def world():
    series = counted()
    values = values_of(series)
    earlier = values[values["quarter"] == "2017Q1"].copy()
    late = (earlier["area_code"] == AREAS[0]) & (earlier["indicator_code"] == "p2")
    earlier.loc[late, "numerator"] -= 1
    earlier.loc[late, "value"] = earlier["numerator"] / earlier["denominator"] * 100
    around = Surroundings(
        sizes=dict(zip(AREAS, np.linspace(900, 4000, 12), strict=True)),
        shares={"elderly": dict(zip(AREAS, np.linspace(0.2, 0.4, 12), strict=True))},
        earlier=EarlierVersion(series, earlier),
    )
    return series, values, around, evidence(series, values, "2017Q1", around), score(series, values)


def now(tables):
    rows = tables.scores[tables.scores["quarter"] == "2017Q1"]
    return rows.set_index(["area_level_code", "area_code"]).sort_index()


def by_area(frame):
    return frame.set_index(["area_level_code", "area_code"]).sort_index()


def test_every_table_is_there_with_its_columns(world):
    frames = world[3]
    assert frames.keys() == EVIDENCE_COLUMNS.keys()
    for name, columns in EVIDENCE_COLUMNS.items():
        assert list(frames[name].columns) == list(columns)
        assert (frames[name]["quarter"] == "2017Q1").all()
    assert all(len(frames[name]) for name in EVIDENCE_COLUMNS if name != "alarms")


def test_intervals_hold_the_published_score_and_rank(world):
    found, scores = by_area(world[3]["intervals"]), now(world[4])
    assert found.index.equals(scores.index)
    assert ((found["score_low"] <= scores["score"]) & (scores["score"] <= found["score_high"])).all()
    assert ((found["rank_low"] <= scores["rank"]) & (scores["rank"] <= found["rank_high"])).all()
    assert ((found["rank_set_best"] <= scores["rank"]) & (scores["rank"] <= found["rank_set_worst"])).all()
    assert found[["top_share", "bottom_share"]].stack().between(0, 1).all()
    for _, level in found.groupby(level=0):
        assert level["top_share"].sum() == pytest.approx(3, abs=0.6)  # ties share the better place
        assert sorted(level["tier"].unique()) == list(range(1, level["tier"].max() + 1))
    width = (found["score_high"] - found["score_low"]).groupby(level=0).mean()
    assert 0 < width["sub_district"] < width["committee"]


def test_changes_are_those_of_the_scores_and_their_class_follows_from_the_chance(world):
    found = world[3]["comparisons"]
    before = by_area(found[found["comparison_code"] == "previous_period"])
    scores = now(world[4])
    assert before["score_change"].to_numpy() == pytest.approx(scores["score_change"].to_numpy())
    assert (before["rank_change"] == scores["rank_change"]).all()
    assert (before["own_rank_change"] + before["others_rank_change"]).to_numpy() == pytest.approx(
        before["rank_change"].to_numpy(float)
    )
    assert set(found["compared_quarter"][found["comparison_code"] == "year_before"]) == {"2016Q1"}
    found = found[found["comparison_code"] != "previous_version"]
    clear = found[found["class_code"].isin(["clearly_better", "clearly_worse"])]
    assert ((clear["improved_share"] >= 0.99) | (clear["improved_share"] <= 0.01)).all()
    assert ((found["change_low"] <= found["score_change"]) & (found["score_change"] <= found["change_high"])).all()


def test_terms_add_up_to_the_change_of_every_comparison(world):
    terms, changes = world[3]["change_terms"], world[3]["comparisons"]
    key = ["comparison_code", "area_level_code", "area_code"]
    sums = terms.groupby(key)["points"].sum()
    expected = changes.set_index(key)["score_change"]
    assert sums.reindex(expected.index, fill_value=0.0).to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9)
    assert set(terms["term_code"]) >= {"events", "exposure", "shrinkage"} - {"exposure"}


def test_what_the_quarter_has_become_since_its_version_before_is_a_revision(world):
    revised = world[3]["change_terms"].query("comparison_code == 'previous_version'")
    assert set(revised["term_code"]) == {"revision"}
    own = revised[revised["area_code"] == AREAS[0]]
    assert own["points"].sum() < 0  # one more event than was known then
    assert set(revised["indicator_code"]) == {"p2"}  # the others of its parent are pulled and rescaled with it
    assert set(revised["area_code"]) <= set(AREAS)


def test_a_comparison_with_the_version_before_says_what_moved_and_passes_no_verdict(world):
    found = world[3]["comparisons"].query("comparison_code == 'previous_version'").set_index("area_code")
    assert set(found["compared_quarter"]) == {"2017Q1"}
    assert set(found.index) == {*AREAS, "s0", "s1", "s2"}
    assert found.loc[AREAS[0], "score_change"] < 0
    assert found.loc["s1", "score_change"] == 0
    assert found[["change_low", "change_high", "improved_share", "class_code"]].isna().all(axis=None)
    earlier = score(world[2].earlier.series, world[2].earlier.indicator_values)
    then, today = by_area(earlier.scores), now(world[4])
    both = [("committee", area) for area in AREAS]
    expected = (today["score"] - then["score"]).loc[both].to_numpy()
    assert found.loc[AREAS, "score_change"].to_numpy() == pytest.approx(expected, abs=1e-12)
    places = (then["rank"] - today["rank"]).loc[both].to_numpy(float)
    assert found.loc[AREAS, "rank_change"].to_numpy(float) == pytest.approx(places)


def test_an_area_that_the_version_before_did_not_know_is_not_compared(world):
    series, values, around, *_ = world
    rows = around.earlier.indicator_values
    without = EarlierVersion(series, rows[(rows["area_code"] != AREAS[11]) & (rows["area_level_code"] == "committee")])
    frames = evidence(series, values, "2017Q1", Surroundings(earlier=without), draw_count=200)
    found = frames["comparisons"].query("comparison_code == 'previous_version'")
    assert set(found["area_code"]) == set(AREAS[:11])
    terms = frames["change_terms"].query("comparison_code == 'previous_version'").groupby("area_code")["points"].sum()
    assert terms.to_numpy() == pytest.approx(found.set_index("area_code")["score_change"].to_numpy(), abs=1e-9)


def test_versions_of_other_indicators_are_not_compared(world):
    series, values, around, *_ = world
    content = small_content()
    content["dimensions"][0]["indicators"][0]["code"] = "p9"
    other = EarlierVersion(small_series(dimensions=content["dimensions"]), around.earlier.indicator_values)
    frames = evidence(series, values, "2017Q1", Surroundings(earlier=other), draw_count=200)
    assert "previous_version" not in set(frames["comparisons"]["comparison_code"])


def test_prices_peers_and_mix_stand_beside_each_indicator(world):
    found = world[3]["indicator_context"]
    assert (found["points_per_event"].dropna() <= 0).mean() > 0.7  # q1 is moderate: more can be better
    committees = found[found["area_level_code"] == "committee"]
    assert committees["peer_difference"].notna().all()
    assert committees["mix_points"].isna().all()
    parents = found[found["area_level_code"] == "sub_district"]
    assert parents["mix_points"].notna().all()
    assert parents["peer_difference"].isna().all()  # sizes are known of committees alone


def test_sensitivity_and_coherence_have_a_row_for_each_choice_and_part(world):
    sensitivity, coherence = world[3]["sensitivity"], world[3]["coherence"]
    measures = {"mean_shift", "largest_shift", "first_changes", "sobol_first", "sobol_total"}
    assert set(sensitivity["measure_code"]) - {"weight_to_first"} == measures
    assert {"without_p1", "weight_more_P", "small_counts_none"} <= set(sensitivity["choice_code"])
    assert {"correlation", "influence", "alpha", "component", "association"} == set(coherence["measure_code"])
    total = coherence[coherence["measure_code"] == "component"].groupby("area_level_code")["figure"].sum()
    assert total.to_numpy() == pytest.approx(1)


def test_the_same_input_gives_the_same_tables(world):
    series, values, around, frames, _ = world
    again = evidence(series, values.sample(frac=1, random_state=1), "2017Q1", around, thread_count=1)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(again[name], frame)


def test_evidence_is_kept_beside_the_scores(world, tmp_path):
    frames, tables = world[3], world[4]
    write_tables(tables, tmp_path / "quarter=2017Q1", evidence_as_arrow(frames))
    kept = read_evidence(tmp_path / "quarter=2017Q1")
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(kept[name], frame)
    assert len(read_tables(tmp_path / "quarter=2017Q1").scores) == len(tables.scores)


def test_a_companion_that_only_stands_beside_the_score_changes_no_evidence(world):
    series, values, around, frames, _ = world
    companion = {"companion": {"function": "benchmark_ratio", "negative": "mirrored", "base": "year_ago"}}
    beside = series.model_copy(update={"combination": Combination.model_validate(companion)})
    found = evidence(beside, values, "2017Q1", around)
    for name in ("intervals", "comparisons"):
        pd.testing.assert_frame_equal(found[name], frames[name])


def test_a_first_quarter_has_intervals_and_no_comparison(world):
    series, values, *_ = world
    frames = evidence(series, values[values["quarter"] == "2016Q1"], "2016Q1")
    assert len(frames["intervals"])
    assert not len(frames["comparisons"])
    assert not len(frames["change_terms"])


def test_a_quarter_that_is_not_there_is_refused(world):
    with pytest.raises(ValueError, match="no rows of 2020Q1"):
        evidence(world[0], world[1], "2020Q1")


def test_figures_that_reporting_alone_can_improve_raise_an_alarm(world):
    series, values, *_ = world
    odd = values.copy()
    at = (odd["quarter"] == "2017Q1") & (odd["area_code"] == AREAS[3])
    odd.loc[at & (odd["indicator_code"] == "q2"), "numerator"] = odd["denominator"]
    odd.loc[at & (odd["indicator_code"] == "p1"), ["numerator", "denominator"]] = [20.0, 40.0]
    odd["value"] = odd["numerator"] / odd["denominator"] * 100
    alarms = evidence(series, odd, "2017Q1")["alarms"].query("area_code == @AREAS[3]")
    assert set(zip(alarms["alarm_code"], alarms["indicator_code"], strict=True)) == {
        ("jumped_to_full", "q2"), ("list_shrank", "p1"),
    }  # fmt: skip
    assert alarms.set_index("alarm_code")["later"].to_dict() == {"jumped_to_full": 1.0, "list_shrank": 40.0}


def scored_level(series, values):
    """One level of one quarter from values by area, in the order of the indicators."""
    rows = [
        value_rows(series, "2016Q1", "committee", area, dict(zip(series.indicator_codes, given, strict=True)), "s")
        for area, given in values.items()
    ]
    return Plan.of(series), ScoredLevel.of(Plan.of(series), next(iter(cubes(series, table(*rows)))))


#: Scores by hand, 60 + 40·t: p1 92, 96, 60; p2 (10 to 0) 92, 60, 96; q1 100 within 20 to 40; q2 92, 100, 76.
THREE = {"a": (80.0, 2.0, 30.0, 40.0), "b": (90.0, 10.0, 30.0, 50.0), "c": (0.0, 1.0, 15.0, 20.0)}


def figures(rows, measure):
    return rows[rows["measure_code"] == measure]


def test_the_weight_that_another_first_place_takes_is_in_the_series_s_own_points():
    plan, level = scored_level(small_series(), THREE)
    scores = level.scored.indicator.score[0]
    assert scores[:2] == pytest.approx(np.array([[92, 92, 100, 92], [96, 60, 100, 100]]))
    # a has 30·92 + 10·92 + 40·100 + 20·92 = 9,520 and b 30·96 + 10·60 + 40·100 + 20·100 = 9,480: a gap of 40
    # from p2 (a 32 ahead) to q2 (a 8 behind) a point closes 40: one point of 100
    found = figures(sensitivity_rows(plan, level, "2016Q1", None), "weight_to_first")
    assert found["choice_code"].tolist() == ["b"]
    assert found["figure"].tolist() == pytest.approx([1.0])
    free = small_series(weight_total=None)
    found = figures(sensitivity_rows(*scored_level(free, THREE), "2016Q1", None), "weight_to_first")
    assert found["figure"].tolist() == pytest.approx([0.01])


def test_the_first_place_is_asked_of_areas_that_have_everything_and_of_weighted_means_alone():
    gone = "missing"
    plan, level = scored_level(small_series(), THREE | {"b": (90.0, gone, 30.0, 50.0)})
    found = figures(sensitivity_rows(plan, level, "2016Q1", None), "weight_to_first")
    ahead = level.scored.indicator.score[0][[0, 2]]
    expected = smallest_weight_shift(ahead, np.array([30.0, 10, 40, 20]))
    assert found["choice_code"].tolist() == (["c"] if expected.rival >= 0 else [])
    assert found["figure"].tolist() == pytest.approx([expected.moved] if expected.rival >= 0 else [])
    alone = scored_level(small_series(), THREE | {"b": (gone,) * 4, "c": (gone,) * 4})
    assert not len(figures(sensitivity_rows(*alone, "2016Q1", None), "weight_to_first"))
    best = scored_level(small_series(), {"a": (90.0, 1.0, 30.0, 45.0), "b": (80.0, 2.0, 15.0, 40.0)})
    assert not len(figures(sensitivity_rows(*best, "2016Q1", None), "weight_to_first"))
    curved = scored_level(small_series(aggregation=[{"method": "geometric"}]), THREE)
    assert not len(figures(sensitivity_rows(*curved, "2016Q1", None), "weight_to_first"))
    first_rival = scored_level(small_series(), {"a": THREE["b"], "b": THREE["a"]})
    found = figures(sensitivity_rows(*first_rival, "2016Q1", None), "weight_to_first")
    assert found["choice_code"].tolist() == ["a"]


def test_coherence_is_that_of_the_scores_pair_by_pair_and_group_by_group():
    rng, series = np.random.default_rng(2), small_series()
    values = {f"c{n:02}": tuple(rng.uniform((20, 1, 5, 5), (95, 9, 62, 45))) for n in range(12)}
    values |= {name: (given[0], 10 - given[0] / 10, *given[2:]) for name, given in values.items()}  # p2 follows p1
    plan, level = scored_level(series, values)
    share = {"elderly": {name: given[0] for name, given in values.items()}}
    rows = coherence_rows(plan, level, "2016Q1", share)
    scores, index = level.scored.indicator.score[0], level.scored.index[0]
    pairs = figures(rows, "correlation")
    codes = series.indicator_codes
    assert list(zip(pairs["first_code"], pairs["second_code"], strict=True)) == [
        ("p1", "p2"), ("p1", "q1"), ("p1", "q2"), ("p2", "q1"), ("p2", "q2"), ("q1", "q2"),
    ]  # fmt: skip
    assert pairs["figure"].to_numpy() == pytest.approx(correlations(scores)[np.triu_indices(4, 1)])
    assert pairs["is_flagged"].tolist() == [True, *[False] * 5]
    moved = figures(rows, "influence")
    assert moved["first_code"].tolist() == [*codes, "P", "Q"]
    expected = [*influence(scores, index), *influence(level.scored.groups[0], index)]
    assert moved["figure"].to_numpy() == pytest.approx(expected)
    alpha = figures(rows, "alpha").set_index("first_code")["figure"].to_dict()
    assert alpha == pytest.approx({
        "P": cronbach_alpha(scores[:, :2]), "Q": cronbach_alpha(scores[:, 2:]),
        "": cronbach_alpha(level.scored.groups[0]),
    })  # fmt: skip
    parts = figures(rows, "component")
    assert parts["first_code"].tolist() == ["1", "2", "3", "4"]
    assert parts["figure"].to_numpy() == pytest.approx(principal_components(scores).explained)
    told = figures(rows, "association")
    by_hand = associations(
        np.column_stack([index, scores]), ["", *codes], {"elderly": np.array([g[0] for g in values.values()])}
    )
    assert told["figure"].to_numpy() == pytest.approx([one.correlation for one in by_hand])
    assert told["is_flagged"].tolist() == [one.is_alarm for one in by_hand]
    assert told["low"].to_numpy() == pytest.approx([one.lower for one in by_hand])
    flagless = rows[rows["measure_code"].isin(["influence", "alpha", "component"])]
    assert not flagless["is_flagged"].any()
    assert flagless[["low", "high"]].isna().all(axis=None)
    nobody = coherence_rows(plan, level, "2016Q1", {"elderly": {}})
    assert not len(figures(nobody, "association"))  # a share that is known of nobody is not told


def test_an_alarm_looks_at_each_quarter_s_own_list():
    series = counted()
    rows = values_of(series)
    rows = rows[rows["quarter"].isin(["2016Q1", "2016Q2"]) & (rows["area_level_code"] == "committee")].copy()
    given = {  # q2 as (of how many, reached) before and after: 96 % is no jump, 0 of 1 is, and 25 of 25 from 80 %
        AREAS[0]: ((50.0, 48.0), (100.0, 100.0)), AREAS[1]: ((1.0, 0.0), (25.0, 25.0)),
        AREAS[2]: ((50.0, 40.0), (25.0, 25.0)), AREAS[3]: ((50.0, 40.0), (25.0, 24.0)),
    }  # fmt: skip
    for area, sides in given.items():
        for quarter, (size, hits) in zip(("2016Q1", "2016Q2"), sides, strict=True):
            at = (rows["quarter"] == quarter) & (rows["area_code"] == area) & (rows["indicator_code"] == "q2")
            rows.loc[at, ["numerator", "denominator"]] = [hits, size]
    # p2 falls from 30 to 9, (9 − 30)/√39 = −3.4, and q2's list of the same area grows from 50 to 100, 50/√150 = 4.1
    for quarter, hits in (("2016Q1", 30.0), ("2016Q2", 9.0)):
        at = (rows["quarter"] == quarter) & rows["area_code"].isin(AREAS[:3]) & (rows["indicator_code"] == "p2")
        rows.loc[at, "numerator"] = hits
    rows["value"] = rows["numerator"] / rows["denominator"] * 100
    level = ScoredLevel.of(Plan.of(series), next(iter(cubes(series, rows))))
    told = alarm_rows(level, "2016Q2", "2016Q1")
    jumped = told[told["alarm_code"] == "jumped_to_full"].set_index("area_code")
    assert set(jumped.index) & set(given) == {AREAS[1], AREAS[2]}
    assert jumped.loc[[AREAS[1], AREAS[2]], "earlier"].tolist() == [0.0, 0.8]
    assert (jumped["later"] == 1.0).all()
    apart = told[told["alarm_code"] == "parted"]
    assert set(apart["area_code"]) & set(given) == {AREAS[0], AREAS[1]}
    assert apart[["earlier", "later"]].to_numpy().tolist() == [[30.0, 9.0]] * 2
    assert set(apart["indicator_code"]) == {"p2"}


def test_a_share_that_is_bad_raises_no_alarm_when_it_is_full():
    content = small_content()
    content["dimensions"][0]["indicators"][0]["count_model"] = "binomial"
    content["dimensions"][0]["indicators"][1]["count_model"] = "binomial"
    series = small_series(dimensions=content["dimensions"])
    rows = values_of(series)
    rows = rows[rows["quarter"].isin(["2016Q1", "2016Q2"]) & (rows["area_level_code"] == "committee")].copy()
    for quarter, hits in (("2016Q1", 60.0), ("2016Q2", 100.0)):
        at = (rows["quarter"] == quarter) & (rows["area_code"] == AREAS[0]) & rows["indicator_code"].isin(["p1", "p2"])
        rows.loc[at, ["numerator", "denominator", "value"]] = [hits, 100.0, hits]
    level = ScoredLevel.of(Plan.of(series), next(iter(cubes(series, rows))))
    told = alarm_rows(level, "2016Q2", "2016Q1")
    assert set(told["indicator_code"][told["area_code"] == AREAS[0]]) == {"p1"}  # p2 is negative


def test_peers_are_sought_among_four_areas_of_known_size_or_more():
    values = {name: (p1, 1.0, 30.0, 40.0) for name, p1 in zip("abcdefgh", range(10, 90, 10), strict=True)}
    plan, level = scored_level(small_series(), values)
    sizes = dict.fromkeys("abcd", 1000.0)
    rows = context_rows(plan, level, "2016Q1", None, nearest_of(level, "2016Q1", sizes, {}).area)
    found = rows[rows["indicator_code"] == "p1"].set_index("area_code")["peer_difference"]
    # p1 of 10, 20, 30, 40 scores 64, 68, 72, 76: a is 8 below the median of the others, d 8 above
    assert found[list("abcd")].tolist() == pytest.approx([-8, -4, 4, 8])
    assert found[list("efgh")].isna().all()  # as many, and of no known size
    few = context_rows(plan, level, "2016Q1", None, nearest_of(level, "2016Q1", dict.fromkeys("abc", 1000.0), {}).area)
    assert few["peer_difference"].isna().all()


def test_peers_are_alike_in_what_the_series_says_and_are_named(world):
    series, values, around, *_ = world
    kind_alone = Peers.model_validate({"size_weight": 0, "shares": [{"code": "elderly"}]})
    alike = series.model_copy(update={"peers": kind_alone})
    two_kinds = {area: 0.1 + 0.2 * (place % 2) + place / 1e6 for place, area in enumerate(AREAS)}
    frames = evidence(alike, values, "2017Q1", replace(around, shares={"elderly": two_kinds}), draw_count=200)
    rows = frames["peers"]
    assert set(rows["area_code"]) == set(AREAS)
    assert (rows.groupby("area_code").size() == 5).all()  # half of eleven others
    assert rows["peer_place"].tolist() == [1, 2, 3, 4, 5] * 12
    assert (rows.groupby("area_code")["peer_distance"].diff().dropna() >= 0).all()
    kind = {area: place % 2 for place, area in enumerate(AREAS)}
    assert (rows["area_code"].map(kind) == rows["peer_area_code"].map(kind)).all()
    assert (rows["area_code"] != rows["peer_area_code"]).all()
    by_size = world[3]["peers"]
    assert by_size[by_size["area_code"] == AREAS[0]]["peer_area_code"].tolist() == AREAS[1:6]
    context = frames["indicator_context"].set_index(["area_code", "indicator_code"])["peer_difference"]
    scored = score(alike, values).indicator_scores.query("quarter == '2017Q1'")
    scored = scored.set_index(["area_code", "indicator_code"])["score"]
    theirs = [scored[name, "p1"] for name in rows["peer_area_code"][rows["area_code"] == AREAS[3]]]
    assert context[AREAS[3], "p1"] == pytest.approx(scored[AREAS[3], "p1"] - np.median(theirs))


def test_a_share_that_is_misspelt_is_refused_and_one_of_an_index_without_shares_is_not(world):
    series, values, around, *_ = world
    asked = {"shares": [{"code": "eldery"}, {"code": "elderly"}, {"code": "any"}]}
    series = series.model_copy(update={"peers": Peers.model_validate(asked)})
    with pytest.raises(ValueError, match="alike in any, eldery, but what is known is elderly"):
        evidence(series, values, "2017Q1", around)
    frames = evidence(series, values, "2017Q1", Surroundings(sizes=around.sizes), draw_count=200)
    assert frames["peers"].equals(world[3]["peers"])  # size alone
    assert not len(evidence(series, values, "2017Q1", draw_count=200)["peers"])


def test_the_change_of_rank_has_an_interval_of_whole_places_that_holds_it(world):
    found = world[3]["comparisons"]
    told = found[found["comparison_code"] != "previous_version"]
    low, gained, high = (told[name].astype(float) for name in ("rank_change_low", "rank_change", "rank_change_high"))
    assert ((low <= gained) & (gained <= high)).all()
    assert (low < high).any()
    assert (low[told["area_level_code"] == "sub_district"] >= -2).all()
    revised = found[found["comparison_code"] == "previous_version"]
    assert revised[["rank_change_low", "rank_change_high"]].isna().all(axis=None)


def test_an_area_that_surely_fell_two_places_has_an_interval_below_nought():
    now, then = (90.0, 1.0, 30.0, 45.0), (20.0, 9.0, 10.0, 25.0)
    series = small_series()
    rows = [
        value_rows(series, quarter, "committee", area, dict(zip(series.indicator_codes, given, strict=True)), "s")
        for quarter, swap in (("2016Q1", {"a": now}), ("2016Q2", {"a": then}))
        for area, given in ({"b": (80.0, 2.0, 30.0, 40.0), "c": (60.0, 3.0, 30.0, 38.0)} | swap).items()
    ]
    found = evidence(series, table(*rows), "2016Q2", draw_count=200)["comparisons"].set_index("area_code")
    columns = ["rank_change", "rank_change_low", "rank_change_high"]
    assert found.loc["a", columns].tolist() == [-2, -2, -2]
    assert found.loc["b", columns].tolist() == [1, 1, 1]


def test_raw_counts_have_places_and_sets_by_indicator_and_level(world):
    rows = world[3]["indicator_rank_sets"]
    assert set(rows["indicator_code"]) == {"p1", "p2", "q2"}  # q1 is moderate: no order
    assert set(rows["area_level_code"]) == {"sub_district", "committee"}
    sizes = {"sub_district": 3, "committee": 12}
    assert (rows["compared_area_count"] == rows["area_level_code"].map(sizes)).all()
    assert ((rows["rank_set_best"] <= rows["raw_rank"]) & (rows["raw_rank"] <= rows["rank_set_worst"])).all()
    values = world[1].query("quarter == '2017Q1' and area_level_code == 'sub_district'")
    for code, best in (("p1", "max"), ("p2", "min")):
        value = values[values["indicator_code"] == code].set_index("area_code")["value"]
        places = rows.query("area_level_code == 'sub_district' and indicator_code == @code").set_index("area_code")
        assert places["raw_rank"].to_dict() == value.rank(method="min", ascending=best == "min").astype(int).to_dict()
    # s2's share of p1 is 0.85 against 0.65: surely first whatever the correction
    first = rows.query("area_code == 's2' and indicator_code == 'p1'")
    assert first[["rank_set_best", "rank_set_worst"]].to_numpy().tolist() == [[1, 1]]


def test_only_whole_counts_of_an_area_s_own_are_compared():
    series = counted()
    rows = values_of(series)
    rows = rows[(rows["quarter"] == "2017Q1") & (rows["area_level_code"] == "committee")].copy()

    def at(code, place):
        return (rows["indicator_code"] == code) & (rows["area_code"] == AREAS[place])

    rows.loc[at("p1", 0), "numerator"] = 10.5
    rows.loc[at("p1", 1), "denominator"] = 110.5
    rows.loc[at("p2", 1), "denominator"] = 110.5  # exposures of events may be anything
    rows.loc[at("p2", 3), "status_code"] = "passed_down"
    rows.loc[at("p2", 6), ["numerator", "denominator"]] = [0.0, 0.0]
    rows.loc[at("q2", 4), ["numerator", "denominator", "value"]] = np.nan
    rows.loc[at("q2", 4), "status_code"] = "not_applicable"
    level = ScoredLevel.of(Plan.of(series), next(iter(cubes(series, rows))))
    found = indicator_rank_rows(level, "2017Q1").groupby("indicator_code")["area_code"].agg(set)
    assert found["p1"] == set(AREAS[2:])
    assert found["p2"] == set(AREAS) - {AREAS[3], AREAS[6]}
    assert found["q2"] == set(AREAS) - {AREAS[4]}
    alone = rows[rows["area_code"] == AREAS[5]]
    assert not len(indicator_rank_rows(ScoredLevel.of(Plan.of(series), next(iter(cubes(series, alone)))), "2017Q1"))


def test_the_mix_is_in_points_of_the_parent_s_index_and_the_price_too():
    content = small_content()
    content["dimensions"][0]["indicators"][0]["count_model"] = "binomial"
    series = small_series(dimensions=content["dimensions"])
    given = {"p2": 1.0, "q1": 30.0, "q2": 40.0}
    rows = [value_rows(series, "2016Q1", "sub_district", "s", {"p1": 50.0} | given, "d")]
    rows += [
        value_rows(series, "2016Q1", "committee", area, {"p1": p1} | given, "s")
        for area, p1 in (("a", 30.0), ("b", 90.0))
    ]
    plan = Plan.of(series)
    above, below = (ScoredLevel.of(plan, cube) for cube in cubes(series, table(*rows)))
    found = context_rows(plan, above, "2016Q1", below, NOBODY).set_index("indicator_code").loc["p1"]
    # 30 and 90 score 72 and 96, of equal sizes 84; the parent's 50 scores 80: −4, times its weight of 0.3
    assert (found["children_mean_score"], found["mix_points"]) == pytest.approx((84, -1.2))
    # one of 200 less: half a per cent, 0.4·0.5 of a score, times 0.3
    assert found["points_per_event"] == pytest.approx(-0.06)
    own = context_rows(plan, below, "2016Q1", None, np.full((2, 3), -1)).set_index("indicator_code")
    assert own["points_per_event"].drop("p1").isna().all()  # what is exact has no events
    assert own["mix_points"].isna().all()
