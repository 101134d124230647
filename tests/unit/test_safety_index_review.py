"""Goalposts fitted for review, and one series against another."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan
from safety_index.engine import score
from safety_index.review.comparison import compare
from safety_index.review.goalposts import fit_goalposts, proposed_series, rounded_to_span
from safety_index.review.pages import comparison_page, goalposts_page, series_yaml
from safety_index.series.declaration import SeriesFaults, load_series, parse_series
from tests.unit.safety_index_builders import small_content, small_series, table, value_rows

SERIES = small_series()


def spread(count: int = 101, quarter: str = "2016Q1", **changes: float) -> pd.DataFrame:
    """Committees whose p1 goes from 0 to 100 by one, p2 from 0 to 10, q1 from 0 to 80, and q2 stays at 7."""
    steps = np.linspace(0, 1, count)
    rows = [
        value_rows(
            SERIES, quarter, "committee", f"a{number:03}", {"p1": 100 * t, "p2": 10 * t, "q1": 80 * t, "q2": 7.0}
        )
        for number, t in enumerate(steps)
    ]
    return table(*rows)


def fitted(values: pd.DataFrame, **options) -> dict:
    found = fit_goalposts(SERIES, values, ["2016Q1"], "committee", **options)
    return {one.indicator_code: one for one in found}


def test_goalposts_lie_where_the_worst_and_best_twentieth_begin():
    found = fitted(spread())
    assert (found["p1"].after.impermissible, found["p1"].after.satisfactory) == (5, 95)
    # p2 is negative: 9.5 is bad, 0.5 good; both ends have two digits of their distance of 9.
    assert (found["p2"].after.impermissible, found["p2"].after.satisfactory) == (9.5, 0.5)
    assert found["p1"].value_count == 101
    # 0 to 4 are below 5, 96 to 100 above 95.
    assert (found["p1"].beyond_worst, found["p1"].beyond_best) == pytest.approx((5 / 101, 5 / 101))
    assert (found["p2"].beyond_worst, found["p2"].beyond_best) == pytest.approx((5 / 101, 5 / 101))
    assert (fitted(spread(), tail=0.1)["p1"].after.impermissible) == 10


def test_a_moderate_indicator_keeps_its_ideal():
    found = fitted(spread())["q1"]
    assert found.after.satisfactory == (20, 40)
    assert found.after.impermissible == (4, 76)
    # 0 to 3.2 and 76.8 to 80 lie outside: five values on each side.
    assert (found.beyond_worst, found.beyond_best) == pytest.approx((10 / 101, 0))
    # A single ideal value: 30 with no interval around it.
    point = small_content()
    point["dimensions"][1]["indicators"][0]["goalposts"] = {"impermissible": [10, 60], "satisfactory": 30}
    single = fit_goalposts(parse_series(point), spread(), ["2016Q1"], "committee")[2]
    assert (single.after.satisfactory, single.after.impermissible) == (30, (4, 76))
    inside = spread()
    inside.loc[inside["indicator_code"].eq("q1"), "value"] = 30.0
    none = fitted(inside)["q1"]
    assert none.after is None
    assert "do not reach beyond the ideal" in none.note


def test_what_can_not_be_fitted_keeps_its_goalposts_and_says_why():
    found = fitted(spread())["q2"]
    assert (found.after, found.beyond_worst, found.beyond_best) == (None, 0, 0)
    assert found.note == "the values hardly differ: 5% and 95% both lie at 7"
    few = fitted(spread(19))["p1"]
    assert few.note == "19 values are too few, 20 are needed"
    assert fitted(spread(20))["p1"].note == ""
    elsewhere = fit_goalposts(SERIES, spread(), ["2016Q2"], "committee")
    assert {one.note for one in elsewhere} == {"0 values are too few, 20 are needed"}
    assert {(one.beyond_worst, one.beyond_best) for one in elsewhere} == {(0, 0)}
    assert {one.value_count for one in fit_goalposts(SERIES, spread(), ["2016Q1"], "district")} == {0}


def test_goalposts_are_rounded_to_two_digits_of_their_distance():
    assert rounded_to_span((0.0213, 0.8749), 0.8536) == [0.02, 0.87]
    assert rounded_to_span((1234, 5678), 4444) == [1200, 5700]
    assert rounded_to_span((3.3, 3.3), 0) == [3.3, 3.3]


def test_the_proposal_is_a_series_of_its_own_that_can_be_read_again(tmp_path):
    series = small_series(valid_to="2020Q4")
    proposal = proposed_series(series, fit_goalposts(series, spread(), ["2016Q1"], "committee"), "small-v2", "2018Q1")
    assert (proposal.code, proposal.version, proposal.valid_from, proposal.valid_to) == ("small-v2", 2, "2018Q1", None)
    assert proposal.indicators[0].goalposts.impermissible == 5
    assert proposal.indicators[3].goalposts == series.indicators[3].goalposts
    assert [part.weight for part in proposal.indicators] == [part.weight for part in series.indicators]
    (tmp_path / "p.yml").write_text(series_yaml(proposal), encoding="utf-8")
    assert load_series(tmp_path / "p.yml") == proposal
    with pytest.raises(SeriesFaults, match="code"):
        proposed_series(series, [], "Not A Code", "2018Q1")


def test_the_page_for_review_shows_both_goalposts():
    found = fit_goalposts(SERIES, spread(), ["2016Q1"], "committee")
    page = goalposts_page(SERIES, found, ["2016Q1"], "committee")
    assert "| p1 p1 p1 | 101 | 0 → 100 | 5 → 95 | 5% | 5% |  |" in page
    assert "| 10–60 → 20–40 | 4–76 → 20–40 |" in page
    assert "| 0 → 50 | – | 0% | 0% | the values hardly differ" in page


def three_areas(quarter: str = "2016Q1") -> pd.DataFrame:
    values = [
        {"p1": 50.0, "p2": 10.0, "q1": 30.0, "q2": 12.5},  # 80, 60, 100, 70: 84
        {"p1": 100.0, "p2": 10.0, "q1": 30.0, "q2": 12.5},  # 100, 60, 100, 70: 90
        {"p1": 0.0, "p2": 0.0, "q1": 30.0, "q2": 50.0},  # 60, 100, 100, 100: 88
    ]
    return table(*(value_rows(SERIES, quarter, "committee", f"a{n}", row) for n, row in enumerate(values)))


def other_weights():
    """P 80 (p1 60, p2 20) and Q 20 (q1 15, q2 5)."""
    content = small_content()
    for dimension, weights in zip(content["dimensions"], ((80, 60, 20), (20, 15, 5)), strict=True):
        dimension["weight"] = weights[0]
        for part, weight in zip(dimension["indicators"], weights[1:], strict=True):
            part["weight"] = weight
    return parse_series(content | {"code": "small-v2"})


def test_two_series_are_compared_area_by_area_and_explained_by_indicator():
    before, after = score(SERIES, three_areas()), score(other_weights(), three_areas())
    found = compare(before, after)
    # a0: 0.6·80 + 0.2·60 + 0.15·100 + 0.05·70 = 78.5; a1 90.5; a2: 36 + 20 + 15 + 5 = 76.
    areas = found.areas.set_index("area_code")
    assert areas["score_after"].to_dict() == pytest.approx({"a0": 78.5, "a1": 90.5, "a2": 76})
    assert areas["score_difference"].to_dict() == pytest.approx({"a0": -5.5, "a1": 0.5, "a2": -12})
    assert areas["places_gained"].to_dict() == {"a0": 1, "a1": 0, "a2": -1}
    terms = found.terms.set_index(["area_code", "indicator_code"])
    # Only weights moved. a0, p1: 0.6·80 − 0.3·80 = 24 points; against the mean index 81.25: 0.3·(80 − 81.25).
    assert terms.loc[("a0", "p1"), "points_difference"] == pytest.approx(24)
    assert terms.loc[("a0", "p1"), ["by_score", "by_weight"]].tolist() == pytest.approx([0, -0.375])
    sums = found.terms.groupby("area_code")[["points_difference", "by_score", "by_weight"]].sum()
    assert sums["points_difference"].to_dict() == pytest.approx(areas["score_difference"].to_dict())
    assert (sums["by_score"] + sums["by_weight"]).to_dict() == pytest.approx(areas["score_difference"].to_dict())
    summary = found.summary.iloc[0]
    assert (summary["area_count"], summary["largest_rank_shift"]) == (3, 1)
    assert summary["mean_score_difference"] == pytest.approx(-17 / 3)
    assert summary["mean_absolute_score_difference"] == pytest.approx(6)
    assert summary["mean_absolute_rank_shift"] == pytest.approx(2 / 3)
    # Ranks 3, 1, 2 against 2, 1, 3: 1 − 6·2 ÷ (3·8) = 0.5.
    assert summary["rank_correlation"] == pytest.approx(0.5)
    page = comparison_page(SERIES, other_weights(), found)
    assert "# small-v1 → small-v2" in page
    assert "- a0: rank 3 → 2, score 84.000 → 78.500; q1 " in page


def test_the_page_of_a_comparison_tells_the_last_period_by_level_and_the_largest_moves_first():
    rows = [three_areas(), three_areas("2016Q2")]
    rows.append(table(value_rows(SERIES, "2016Q2", "district", "d", {"p1": 50.0, "p2": 1.0, "q1": 30.0, "q2": 9.0})))
    ward = value_rows(SERIES, "2016Q2", "sub_district", "w", {"p1": 50.0, "p2": 1.0, "q1": 30.0, "q2": 9.0})
    both = pd.concat([*rows, table(ward)])
    found = compare(score(SERIES, both), score(other_weights(), both))
    lines = comparison_page(SERIES, other_weights(), found).splitlines()
    assert [line for line in lines if line.startswith("## ")] == [
        "## Who moves most: sub_district, 2016Q2",
        "## Who moves most: committee, 2016Q2",
    ]
    moves = lines[lines.index("## Who moves most: committee, 2016Q2") :]
    # a0 and a2 change places, a1 stays. By weight against the mean index, a0: q1 (0.15 − 0.4)·(100 − 81.25) = −4.688,
    # q2 (0.05 − 0.2)·(70 − 81.25) = 1.688, p2 0.1·(60 − 81.25) = −2.125.
    assert [line.split(":")[0] for line in moves if line.startswith("- ")] == ["- a0", "- a2", "- a1"]
    assert moves[2] == "- a0: rank 3 → 2, score 84.000 → 78.500; q1 -4.688, p2 -2.125, q2 +1.688"
    header = next(line for line in lines if line.startswith("| period"))
    assert header.startswith("| period | level | area_count |")
    assert lines[lines.index(header) + 1].count("---") == header.count("|") - 1
    # District, sub-district and the committees of two quarters.
    assert sum(line.startswith("| 2016Q") for line in lines) == 4


def test_no_more_than_ten_moves_are_told():
    values = [{"p1": float(n), "p2": 10.0 - n / 2, "q1": 20.0, "q2": 50.0 - n} for n in range(12)]
    many = table(*(value_rows(SERIES, "2016Q1", "committee", f"a{n:02}", row) for n, row in enumerate(values)))
    page = comparison_page(SERIES, other_weights(), compare(score(SERIES, many), score(other_weights(), many)))
    assert page.count("\n- a") == 10


def test_a_series_is_written_in_its_own_order_and_words():
    text = series_yaml(small_series(title={"zh": "安全", "en": "Safety " * 15 + "index"}))
    assert text.startswith("code: small-v1\nversion: 1\ntitle:\n  zh: 安全\n")
    assert "null" not in text
    assert f"  en: {'Safety ' * 15}index\n" in text


def test_changed_goalposts_show_as_changed_scores():
    content = small_content() | {"code": "small-v2"}
    content["dimensions"][0]["indicators"][0]["goalposts"] = {"impermissible": 0, "satisfactory": 50}
    found = compare(score(SERIES, three_areas()), score(parse_series(content), three_areas()))
    terms = found.terms.set_index(["area_code", "indicator_code"])
    # a0's p1 of 50 scores 100 for 80: 0.3·20 points.
    assert terms.loc[("a0", "p1"), ["by_score", "by_weight"]].tolist() == pytest.approx([6, 0])


def test_only_what_both_series_scored_is_compared():
    dropped = small_content() | {"code": "small-v2", "weight_total": 60}
    del dropped["dimensions"][0]
    after = score(parse_series(dropped), three_areas().query("indicator_code in ('q1', 'q2')"))
    both = pd.concat([three_areas(), three_areas("2016Q2")])
    found = compare(score(SERIES, both), after)
    assert set(found.areas["quarter"]) == {"2016Q1"}
    terms = found.terms.set_index(["area_code", "indicator_code"])
    # p1 held 24 of a0's points and has gone: by weight −0.3·(80 − 87), with the mean index of 84 and 90.
    assert terms.loc[("a0", "p1"), "points_after"] == 0
    assert terms.loc[("a0", "p1"), ["by_score", "by_weight"]].tolist() == pytest.approx([0, -0.3 * (80 - 87)])
    sums = found.terms.groupby("area_code")["points_difference"].sum()
    assert sums.to_dict() == pytest.approx(found.areas.set_index("area_code")["score_difference"].to_dict())


def test_means_that_are_not_sums_are_explained_by_points_alone():
    geometric = small_series(code="small-v2", aggregation=[{"method": "geometric"}])
    found = compare(score(SERIES, three_areas()), score(geometric, three_areas()))
    assert found.terms[["by_score", "by_weight"]].isna().all(axis=None)
    sums = found.terms.groupby("area_code")["points_difference"].sum()
    assert sums.to_dict() == pytest.approx(found.areas.set_index("area_code")["score_difference"].to_dict())


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.yml").write_text(yaml.safe_dump(small_content() | {"levels": [{"code": "ward", "is_ranked": True}]}))
    content = other_weights().model_dump(mode="json", exclude_none=True)
    (tmp_path / "b.yml").write_text(yaml.safe_dump(content | {"levels": [{"code": "ward", "is_ranked": True}]}))
    frame = pd.concat([spread(30), spread(30, "2016Q2"), spread(30, "2017Q1")])
    named = {"quarter": "period", "area_code": "area", "indicator_code": "indicator"}
    frame.rename(columns=named)[["period", "area", "indicator", "value"]].to_csv(tmp_path / "v.csv", index=False)
    return tmp_path


def ask(*arguments: object):
    return CliRunner().invoke(pingan, ["index", *map(str, arguments)])


def test_index_compare_writes_areas_terms_and_a_page(files):
    arguments = ("--before", files / "a.yml", "--after", files / "b.yml", "--values", files / "v.csv")
    answer = ask("compare", *arguments, "--out", files / "out")
    assert answer.exit_code == exits.DONE, answer.output
    assert "# small-v1 → small-v2" in answer.output
    with (files / "out" / "areas.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 90
    assert {"period", "level", "area", "score_before", "places_gained"} <= set(rows[0])
    assert (files / "out" / "comparison.md").read_text(encoding="utf-8") in answer.output


def test_index_compare_tells_the_faults_of_all_its_files_at_once(files):
    values = files / "v.csv"
    values.write_text("period,area,indicator,value\n2016Q1,a,p1,12%\n2016Q1,a,r9,3\n16,b,p1,4\n2016Q1,b,p1\n")
    bad = small_content() | {"valid_from": "soon", "weight_total": -1}
    (files / "b.yml").write_text(yaml.safe_dump(bad))
    arguments = ("--before", files / "a.yml", "--after", files / "b.yml", "--values", values, "--out", files / "out")
    answer = ask("compare", *arguments)
    assert answer.exit_code == exits.REFUSED
    told = [line[4:] for line in answer.output.splitlines()[1:]]
    assert [line.partition(":")[0] for line in told[:2]] == ["b.yml", "b.yml"]
    assert [line for line in told if line.startswith("b.yml: valid_from")]
    assert [line for line in told if line.startswith("v.csv")] == [
        "v.csv: line 2, value: '12%' is not a number",
        "v.csv: line 4, period: 16 is not written like 2017, 2017Q1 or 2017-01",
        "v.csv: line 5, fields: 3 where the header has 4",
    ]  # with a series that cannot be read, nobody knows whether r9 is one of its indicators
    (files / "b.yml").write_text((files / "a.yml").read_text())
    answer = ask("compare", *arguments)
    assert "v.csv has 4 faults" in answer.output
    assert "line 3, indicator: r9 is no indicator of series small-v1" in answer.output
    (files / "a.yml").write_text("code: [")
    (files / "b.yml").write_text("- 1")
    output = ask("compare", *arguments).output
    assert "the input (a.yml, b.yml, v.csv) has 5 faults" in output
    assert not (files / "out").exists()


def test_values_that_only_one_of_two_series_refuses_are_told(files):
    content = yaml.safe_load((files / "b.yml").read_text())
    content["dimensions"][0]["indicators"][0]["count_model"] = "binomial"
    (files / "b.yml").write_text(yaml.safe_dump(content))
    (files / "v.csv").write_text("period,area,indicator,numerator,denominator\n2016Q1,a,p1,7,5\n")
    arguments = ("--before", files / "a.yml", "--after", files / "b.yml", "--values", files / "v.csv")
    assert "line 2, numerator: 7 of 5, and p1 is a share" in ask("compare", *arguments, "--out", files / "out").output


def test_index_fit_goalposts_writes_a_proposal_and_a_page(files):
    arguments = [
        "--series",
        files / "a.yml",
        "--values",
        files / "v.csv",
        "--code",
        "small-v2",
        "--valid-from",
        "2018Q1",
    ]
    answer = ask("fit-goalposts", *arguments, "--base", "2016Q1..2016Q4", "--out", files / "out")
    assert answer.exit_code == exits.DONE, answer.output
    assert "Fitted on ward, 2016Q1, 2016Q2." in answer.output
    assert load_series(files / "out" / "small-v2.yml").indicators[0].goalposts.satisfactory == 97
    assert (files / "out" / "goalposts.md").exists()
    for wrong in (["--base", "2019Q1"], ["--base", "x"], ["--base", "2016Q1", "--level", "hill"]):
        refused = ask("fit-goalposts", *arguments, *wrong, "--out", files / "none")
        assert refused.exit_code == exits.USAGE, refused.output
    assert not (files / "none").exists()


def test_an_area_that_one_series_could_not_score_is_not_compared():
    later = three_areas()
    later.loc[later["area_code"].eq("a1"), ["value", "status_code"]] = [np.nan, "missing"]
    for before, after in ((three_areas(), later), (later, three_areas())):
        found = compare(score(SERIES, before), score(other_weights(), after))
        assert found.areas["area_code"].tolist() == ["a0", "a2"]
        assert set(found.terms["area_code"]) == {"a0", "a2"}
        assert found.summary["area_count"].tolist() == [2]
