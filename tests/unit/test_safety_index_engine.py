"""Scoring tables: levels, quarters, changes, pooling, files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.engine import score
from safety_index.method.scores import score_values
from safety_index.series.declaration import load_series
from safety_index.tables.cube import IndicatorTableFaults
from safety_index.tables.pooling import parent_rows
from safety_index.tables.results import COLUMNS, read_tables, write_tables
from tests.unit.safety_index_builders import small_series, table, value_rows

SERIES = small_series()
GOOD = {"p1": 50.0, "p2": 10.0, "q1": 30.0, "q2": 12.5}  # scores 80, 60, 100, 70: index 84
BETTER = GOOD | {"p1": 100.0}  # p1 scores 100: index 90


def quarter_of(quarter: str, **areas: dict[str, float | str]) -> list[dict]:
    return [
        row for area, values in areas.items() for row in value_rows(SERIES, quarter, "committee", area, values, "s")
    ]


def test_a_table_gives_scores_ranks_and_changes_by_quarter_and_level():
    result = score(
        SERIES,
        table(
            quarter_of("2016Q4", one=GOOD, two=BETTER),
            quarter_of("2017Q1", one=BETTER, two=GOOD),
            value_rows(SERIES, "2017Q1", "district", "d", GOOD),
        ),
    )
    rows = result.scores.set_index(["quarter", "area_code"])
    assert rows.loc[("2016Q4", "one"), "score"] == pytest.approx(84)
    assert rows.loc[("2017Q1", "one"), ["score", "previous_score", "score_change"]].tolist() == pytest.approx(
        [90, 84, 6]
    )
    assert rows.loc[("2017Q1", "one"), ["rank", "previous_rank", "rank_change", "area_count"]].tolist() == [1, 2, 1, 2]
    assert rows.loc[("2017Q1", "two"), "rank_change"] == -1
    assert rows.loc[("2017Q1", "one"), "band_code"] == "high"
    assert rows.loc[("2017Q1", "one"), "parent_code"] == "s"
    assert pd.isna(rows.loc[("2016Q4", "one"), "previous_score"])
    assert pd.isna(rows.loc[("2017Q1", "d"), "rank"])
    assert rows.loc[("2017Q1", "d"), "area_count"] == 0
    assert result.scores["area_level_code"].tolist() == ["committee", "committee", "district", "committee", "committee"]
    dimensions = result.dimension_scores.set_index(["quarter", "area_code", "dimension_code"])
    # P: (30·100 + 10·60) ÷ 40 = 90 after 75.
    assert dimensions.loc[("2017Q1", "one", "P"), ["score", "score_change", "rank"]].tolist() == pytest.approx(
        [90, 15, 1]
    )
    changes = result.changes.set_index(["area_code", "indicator_code"])["points_change"]
    assert changes.loc["one"].to_dict() == pytest.approx({"p1": 6, "p2": 0, "q1": 0, "q2": 0})
    parts = result.indicator_scores.set_index(["quarter", "area_code", "indicator_code"])
    columns = ["score", "points", "weight", "effective_weight"]
    assert parts.loc[("2017Q1", "one", "p1"), columns].tolist() == pytest.approx([100, 30, 30, 30])


def test_weights_of_no_stated_total_are_shares_of_one():
    series = small_series(weight_total=None)
    rows = score(series, table(value_rows(series, "2016Q4", "committee", "one", GOOD))).indicator_scores
    effective = rows.set_index("indicator_code")["effective_weight"].to_dict()
    assert effective == pytest.approx({"p1": 0.3, "p2": 0.1, "q1": 0.4, "q2": 0.2})


def test_a_gap_between_quarters_is_no_previous_quarter():
    result = score(SERIES, table(quarter_of("2016Q3", one=GOOD), quarter_of("2017Q1", one=BETTER)))
    assert result.scores["previous_score"].isna().all()
    assert result.changes.empty


def test_the_year_turns_between_the_fourth_and_the_first_quarter():
    result = score(SERIES, table(quarter_of("2016Q4", one=GOOD), quarter_of("2017Q1", one=BETTER)))
    assert result.scores["score_change"].tolist()[1] == pytest.approx(6)


def test_an_area_that_is_new_in_a_quarter_is_scored_there_and_has_no_change():
    result = score(SERIES, table(quarter_of("2016Q4", one=GOOD), quarter_of("2017Q1", one=GOOD, split=BETTER)))
    rows = result.scores[result.scores["area_code"] == "split"]
    assert rows["quarter"].tolist() == ["2017Q1"]
    assert rows["score_change"].isna().all()
    assert set(result.changes["area_code"]) == {"one"}


def test_an_indicator_that_drops_out_at_its_dimensions_level_changes_nothing():
    # q1 and q2 both score 70, so that nothing in Q moves when q2 stops to apply; p1 moves by 20 points of score.
    before = GOOD | {"q1": 12.5, "q2": 12.5}
    after = before | {"q2": "not_applicable", "p1": 100.0}
    result = score(SERIES, table(quarter_of("2016Q4", one=before), quarter_of("2017Q1", one=after)))
    changes = result.changes.set_index("indicator_code")["points_change"].to_dict()
    assert changes == pytest.approx({"p1": 6, "p2": 0, "q1": 0, "q2": 0}, abs=1e-9)


def test_an_indicator_that_drops_out_is_credited_with_what_it_held_its_dimension_down_by():
    # q1 100 and q2 70: Q is 90 and becomes 100 without q2, which is 0.6·10 = 6 points of the index.
    after = GOOD | {"q2": "not_applicable"}
    result = score(SERIES, table(quarter_of("2016Q4", one=GOOD), quarter_of("2017Q1", one=after)))
    changes = result.changes.set_index("indicator_code")["points_change"]
    assert changes.sum() == pytest.approx(6)
    assert changes[["p1", "p2"]].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert changes["q2"] > changes["q1"] > 0


def test_a_dimension_that_drops_out_is_split_among_its_indicators_and_those_that_take_its_weight():
    # Index 84, then P alone: (0.75·80 + 0.25·60) = 75. Mean level of the index 79.5, of P 75, of Q 90.
    # p1: 0.45·(80 − 75) + ¾·0.6·(75 − 79.5) = 0.225; p2: 0.15·(60 − 75) + ¼·0.6·(75 − 79.5) = −2.925.
    # q1: −0.4·(100 − 90) − ⅔·0.6·(90 − 79.5) = −8.2; q2: −0.2·(70 − 90) − ⅓·0.6·(90 − 79.5) = 1.9. Sum −9.
    after = GOOD | {"q1": "not_applicable", "q2": "not_applicable"}
    result = score(SERIES, table(quarter_of("2016Q4", one=GOOD), quarter_of("2017Q1", one=after)))
    changes = result.changes.set_index("indicator_code")["points_change"].to_dict()
    assert changes == pytest.approx({"p1": 0.225, "p2": -2.925, "q1": -8.2, "q2": 1.9})
    assert result.scores["score_change"].tolist()[1] == pytest.approx(-9)


value_or_gap = st.one_of(st.floats(-20, 120), st.sampled_from(["not_applicable", "missing"]))
area_values = st.fixed_dictionaries(dict.fromkeys(GOOD, value_or_gap))


@given(st.lists(st.tuples(area_values, area_values), min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_points_add_up_to_the_score_and_terms_to_the_change_whatever_is_absent(areas):
    result = score(
        SERIES,
        table(
            quarter_of("2016Q4", **{f"a{place}": before for place, (before, _) in enumerate(areas)}),
            quarter_of("2017Q1", **{f"a{place}": after for place, (_, after) in enumerate(areas)}),
        ),
    )
    key = ["quarter", "area_code"]
    scores = result.scores.set_index(key)
    points = result.indicator_scores.groupby(key)["points"].sum()
    has_score = scores["score"].notna()
    assert np.allclose(points[has_score], scores.loc[has_score, "score"], rtol=0, atol=1e-9)
    assert (points[~has_score] == 0).all()
    change = scores["score_change"].dropna()
    terms = result.changes.groupby(key)["points_change"].sum()
    assert terms.index.equals(change.sort_index().index)
    assert np.allclose(terms, change.sort_index(), rtol=0, atol=1e-9)


@given(st.lists(area_values, min_size=2, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_areas_and_indicators_in_the_table_does_not_matter(areas, random):
    rows = quarter_of("2017Q1", **{f"a{place}": values for place, values in enumerate(areas)})
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = score(SERIES, table(rows)), score(SERIES, table(shuffled))
    for name, frame in first.by_name().items():
        pd.testing.assert_frame_equal(frame, second.by_name()[name])


@given(st.lists(area_values, min_size=1, max_size=5), area_values)
@settings(max_examples=40, deadline=None)
def test_another_area_changes_nobody_elses_score(areas, other):
    named = {f"a{place}": values for place, values in enumerate(areas)}
    alone = score(SERIES, table(quarter_of("2017Q1", **named))).scores
    beside = score(SERIES, table(quarter_of("2017Q1", **named, other=other))).scores
    assert np.array_equal(alone["score"], beside.loc[beside["area_code"] != "other", "score"], equal_nan=True)


def test_a_batch_of_draws_scores_as_each_draw_alone():
    series = load_series()
    random = np.random.default_rng(20170331)
    draws, areas, indicators = 40, 17, len(series.indicators)
    goalposts = [(i.goalposts.impermissible, i.goalposts.satisfactory) for i in series.indicators]
    low = np.array([bad[0] if isinstance(bad, tuple) else bad for bad, _ in goalposts], dtype=float)
    high = np.array([good[1] if isinstance(good, tuple) else good for _, good in goalposts], dtype=float)
    values = low + (high - low) * random.uniform(-0.3, 1.3, (draws, areas, indicators))
    is_applicable = random.random((areas, indicators)) > 0.05
    is_scored = is_applicable & (random.random((areas, indicators)) > 0.05)
    together = score_values(series, values, is_scored, is_applicable)
    for draw in range(draws):
        alone = score_values(series, values[draw], is_scored, is_applicable)
        assert np.array_equal(together.rank[draw], alone.rank, equal_nan=True)
        np.testing.assert_allclose(together.index[draw], alone.index, rtol=0, atol=1e-12)
        np.testing.assert_allclose(together.groups[draw], alone.groups, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(together.indicator.score[draw], alone.indicator.score)


def test_a_parent_is_the_ratio_of_its_childrens_sums_and_not_the_mean_of_their_scores():
    # 5 of 10 and 90 of 100: 95 ÷ 110 = 86.36 %, and not the mean of 50 % and 90 %. The third committee has an empty
    # list.
    children = table(*(value_rows(SERIES, "2017Q1", "committee", area, {"p1": 0.0}, "s") for area in ("a", "b", "c")))
    children["numerator"], children["denominator"] = [5.0, 90.0, np.nan], [10.0, 100.0, np.nan]
    children["value"], children["status_code"] = [50.0, 90.0, np.nan], ["observed", "observed", "not_applicable"]
    row = parent_rows(SERIES, children, "sub_district", {"s": "d"}).iloc[0]
    assert row["value"] == pytest.approx(100 * 95 / 110)
    assert (row["area_code"], row["parent_code"], row["status_code"]) == ("s", "d", "observed")
    assert score(SERIES, parent_rows(SERIES, children, "sub_district", {"s": "d"})).scores["score"].isna().sum() == 0


def test_a_parent_of_empty_lists_does_not_apply_and_one_of_missing_values_is_missing():
    for status, expected in (("not_applicable", "not_applicable"), ("missing", "missing")):
        children = table(value_rows(SERIES, "2017Q1", "committee", "a", {"p1": status}, "s"))
        row = parent_rows(SERIES, children, "sub_district", {"s": "d"}).iloc[0]
        assert row["status_code"] == expected
        assert np.isnan(row["value"])


def test_a_faulty_table_is_refused_with_every_fault():
    rows = table(
        quarter_of("2017Q1", one=GOOD), quarter_of("2017Q1", one={"p1": 1.0, "q2": 1.0}), quarter_of("17Q1", one=GOOD)
    )
    rows.loc[1, "indicator_code"] = "x9"
    rows.loc[2, "status_code"] = "guessed"
    rows.loc[3, "value"] = np.inf
    rows.loc[0, "parent_code"] = "elsewhere"
    with pytest.raises(IndicatorTableFaults) as caught:
        score(SERIES, rows)
    for part in (
        "indicator_code: x9 is none of p1, p2, q1, q2",
        "status_code: guessed is none of observed",
        "quarter: 17Q1 is not written like 2017, 2017Q1 or 2017-01",
        "committee 2017Q1 one p1: stands there more than once (and 1 more like it)",
        "committee 2017Q1 one q2: has a status with a value, and no finite value",
        "committee 2017Q1 one: has 2 parents",
    ):
        assert part in str(caught.value)
    with pytest.raises(IndicatorTableFaults, match="column value is not there"):
        score(SERIES, rows.drop(columns="value"))
    with pytest.raises(IndicatorTableFaults, match="it has no rows"):
        score(SERIES, rows.iloc[:0])


def test_what_the_table_does_not_say_of_an_area_is_missing():
    result = score(SERIES, table(quarter_of("2017Q1", one={"p1": 50.0, "q1": 30.0, "q2": 12.5})))
    status = result.indicator_scores.set_index("indicator_code")["status_code"]
    assert status.to_dict() == {"p1": "observed", "p2": "missing", "q1": "observed", "q2": "observed"}
    assert result.indicator_scores["window_quarter_count"].tolist() == [1, 0, 1, 1]


def test_equal_results_are_equal_files_and_come_back_as_they_were(tmp_path):
    rows = table(quarter_of("2016Q4", one=GOOD, two=BETTER), quarter_of("2017Q1", one=BETTER, two=GOOD))
    folder = tmp_path / "quarter=2017Q1"
    written = []
    for order in (rows, rows.iloc[::-1]):
        write_tables(score(SERIES, order), folder)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]
    assert sorted(written[0]) == sorted([*(f"{name}.parquet" for name in COLUMNS), "series.json"])
    assert [path.name for path in tmp_path.iterdir()] == ["quarter=2017Q1"]
    back = read_tables(folder)
    assert back.series == SERIES
    for name, frame in score(SERIES, rows).by_name().items():
        pd.testing.assert_frame_equal(back.by_name()[name], frame)


def test_rows_are_numbered_through_and_the_series_beside_them_is_for_people_too(tmp_path):
    series = small_series(title={"zh": "安全指数", "en": "Safety index"})
    given = {"p1": 50.0, "p2": 1.0, "q1": 30.0, "q2": 9.0}
    rows = table(
        *(value_rows(series, quarter, level, level[0], given) for level in ("committee", "district")
          for quarter in ("2016Q2", "2016Q1"))
    )  # fmt: skip
    tables = score(series, rows)
    assert tables.scores.index.tolist() == [0, 1, 2, 3]
    assert tables.scores["quarter"].tolist() == ["2016Q1", "2016Q1", "2016Q2", "2016Q2"]
    assert tables.scores["area_level_code"].tolist() == ["district", "committee"] * 2
    write_tables(tables, tmp_path / "results")
    text = (tmp_path / "results" / "series.json").read_text(encoding="utf-8")
    assert '"zh": "安全指数"' in text
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_results_may_be_written_where_no_folder_is_yet(tmp_path):
    tables = score(SERIES, table(quarter_of("2016Q4", one=GOOD)))
    write_tables(tables, tmp_path / "index" / "quarter=2016Q4")
    assert len(read_tables(tmp_path / "index" / "quarter=2016Q4").scores) == 1
