"""A table that anyone may have made is scored, or refused with every fault by line and field."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan
from safety_index.engine import score
from safety_index.series.declaration import SeriesFaults, load_series, parse_series
from safety_index.tables.long import read_values
from safety_index.tables.periods import between, ordinal, places_before
from safety_index.tables.pooling import parent_rows
from safety_index.tables.report import report
from safety_index.tables.value_files import ValueFaults

SERIES = {
    "code": "two-v1",
    "title": "Two",
    "valid_from": "2016",
    "scoring": {"function": "min_max", "high": 100},
    "rank": {"decimals": 1},
    "levels": [{"code": "town", "is_ranked": False}, {"code": "ward", "is_ranked": True}],
    "dimensions": [
        {
            "code": "T",
            "weight": 1,
            "indicators": [
                {
                    "code": "up",
                    "polarity": "positive",
                    "weight": 3,
                    "value_multiplier": 100,
                    "goalposts": {"impermissible": 0, "satisfactory": 100},
                },
                {
                    "code": "down",
                    "polarity": "negative",
                    "weight": 1,
                    "goalposts": {"impermissible": 10, "satisfactory": 0},
                },
            ],
        }
    ],
}


def series_of(**changes):
    return parse_series(SERIES | changes)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "values.csv"
    path.write_bytes(text.encode(encoding))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_values_lie_on_the_lowest_level_when_nobody_is_a_parent(tmp_path):
    table = read_values(written(tmp_path, "period,area,indicator,value\n2016,a,up,40\n2016,a,down,\n"), series_of())
    assert table["area_level_code"].tolist() == ["ward", "ward"]
    assert table["value"].tolist()[0] == 40
    assert table["status_code"].tolist() == ["observed", "missing"]
    assert table["parent_code"].isna().all()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_table_may_come_from_a_chinese_spreadsheet(tmp_path, encoding):
    path = written(tmp_path, "period,area,indicator,value\r\n2016,新华路,up, 40 \r\n\r\n", encoding)
    assert read_values(path, series_of())["area_code"].tolist() == ["新华路"]


def test_numerators_are_divided_and_parents_pooled_where_the_series_has_a_level_for_them(tmp_path):
    text = (
        "period,area,parent,indicator,numerator,denominator\n"
        "2016,a,t,up,5,10\n2016,b,t,up,90,100\n2016,c,t,up,0,0\n2016,d,u,up,,10\n"
    )
    table = read_values(written(tmp_path, text), series_of()).set_index("area_code")
    assert table["value"].to_dict() == pytest.approx(
        {"t": 100 * 95 / 110, "u": np.nan, "a": 50, "b": 90, "c": np.nan, "d": np.nan}, nan_ok=True
    )
    assert table["area_level_code"].to_dict() == {"t": "town", "u": "town"} | dict.fromkeys("abcd", "ward")
    assert table["status_code"].to_dict()["c"] == "not_applicable"
    assert table["status_code"].to_dict()["d"] == "missing"


def test_parents_with_rows_of_their_own_are_not_pooled(tmp_path):
    text = "period,area,parent,indicator,value\n2016,t,,up,70\n2016,a,t,up,5\n"
    table = read_values(written(tmp_path, text), series_of()).set_index("area_code")
    assert table["area_level_code"].to_dict() == {"t": "town", "a": "ward"}
    assert table["value"].to_dict() == {"t": 70, "a": 5}


def test_a_stated_level_and_status_are_taken(tmp_path):
    text = "period,area,level,indicator,value,status\n2016,a,town,up,5,passed_down\n2016,b,ward,up,,not_applicable\n"
    table = read_values(written(tmp_path, text), series_of())
    assert table["area_level_code"].tolist() == ["town", "ward"]
    assert table["status_code"].tolist() == ["passed_down", "not_applicable"]


FAULTY = """period,area,parent,indicator,value,denominator,status
2016,a,t,up,12%,,
2016,a,x,down,5,,
16,b,,up,1,,
2016,,,up,1,,
2016,c,,sideways,1,,
2016,d,,up,1,-2,
2016,d,,up,1,2,
2016,e,,up,1,2,guessed
2016,e,,down,,,observed
2016,f,,down,3,,missing
2016,g,,down,inf,,
2016,h,h,down,1,,
2016,i,,down,1
"""


def test_every_fault_of_a_table_is_told_by_line_and_field(tmp_path):
    with pytest.raises(ValueFaults) as caught:
        read_values(written(tmp_path, FAULTY), series_of())
    assert caught.value.faults == (
        "line 2, value: '12%' is not a number",
        "line 3, parent: x, and t in an earlier row",
        "line 4, period: 16 is not written like 2017, 2017Q1 or 2017-01",
        "line 5, area: is empty",
        "line 6, indicator: sideways is no indicator of series two-v1",
        "line 7, denominator: -2 is below 0",
        "line 8, area: stands on line 7 already, with this period and indicator",
        "line 9, status: guessed is none of observed, passed_down, not_applicable, missing",
        "line 10, status: observed, and there is no value",
        "line 11, status: missing, and there is a value",
        "line 12, value: 'inf' is not a number",
        "line 13, parent: h is its own ancestor",
        "line 14, fields: 5 where the header has 7",
    )


def test_a_row_without_an_area_is_nobody_s_parent(tmp_path):
    flat = series_of(levels=[{"code": "ward", "is_ranked": True}])
    path = written(tmp_path, "period,area,parent,indicator,value\n2016,a,,up,1\n2016,,,up,2\n")
    with pytest.raises(ValueFaults) as told:
        read_values(path, flat)
    assert list(told.value.faults) == ["line 3, area: is empty"]


def test_a_share_of_more_than_all_or_less_than_none_is_told_by_line(tmp_path):
    dimensions = [
        SERIES["dimensions"][0] | {"indicators": [dict(part) for part in SERIES["dimensions"][0]["indicators"]]}
    ]
    dimensions[0]["indicators"][0]["count_model"] = "binomial"
    lines = ["2016,a,up,50,40", "2016,b,up,-1,40", "2016,c,up,40,40", "2016,d,up,0,40", "2016,a,down,50,40"]
    path = written(tmp_path, "\n".join(["period,area,indicator,numerator,denominator", *lines]) + "\n")
    with pytest.raises(ValueFaults) as told:
        read_values(path, series_of(dimensions=dimensions))
    assert list(told.value.faults) == [
        "line 2, numerator: 50 of 40, and up is a share",
        "line 3, numerator: -1 of 40, and up is a share",
    ]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("period,place,value\n1,2,3\n", ["column area", "column indicator", "column 'place' is none of"]),
        ("period,area,indicator,numerator\n2016,a,up,3\n", ["nor are numerator and denominator"]),
        ("period,area,area,indicator,value\n2016,a,a,up,3\n", ["column area stands there twice"]),
        ("period,area,indicator,value\n", ["the file has no rows"]),
        ("period,area,indicator,value\n2016,a\n", ["fields: 2 where the header has 4"]),
        ("period,area,indicator,value\n2016,a,up,1\n2016Q1,b,up,2\n", ["stand side by side"]),
        ("period,area,level,indicator,value\n2016,a,hill,up,1\n2016,b,,up,2\n", ["hill is none of", "is empty here"]),
        ("period,area,parent,indicator,value\n2016,a,,up,1\n2016,b,a,up,2\n2016,c,b,up,2\n", ["lies 2 parents deep"]),
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path, text, faults):
    with pytest.raises(ValueFaults) as caught:
        read_values(written(tmp_path, text), series_of())
    for fault in faults:
        assert fault in str(caught.value)
    assert len(caught.value.faults) == len(faults)


def test_text_in_no_known_encoding_is_refused(tmp_path):
    path = tmp_path / "values.csv"
    path.write_bytes(b"period,area\n\xff\xff\xff")
    with pytest.raises(ValueFaults, match="neither in UTF-8 nor in GB18030"):
        read_values(path, series_of())


def test_what_has_no_logarithm_is_told_by_line(tmp_path):
    content = json.loads(json.dumps(SERIES))
    content["dimensions"][0]["indicators"][0] |= {
        "transformation": "natural_log",
        "goalposts": {"impermissible": 1, "satisfactory": 100},
    }
    path = written(tmp_path, "period,area,indicator,value\n2016,a,up,0\n2016,a,down,0\n2016,b,up,3\n")
    with pytest.raises(ValueFaults, match="line 2, value: 0 has no logarithm, which up needs") as caught:
        read_values(path, parse_series(content))
    assert len(caught.value.faults) == 1


def test_periods_are_years_quarters_or_months():
    assert places_before(["2016", "2018", "2017"]).tolist() == [-1, 2, 0]
    assert places_before(["2016Q4", "2017Q1", "2017Q3"]).tolist() == [-1, 0, -1]
    assert places_before(["2016-12", "2017-01", "2017-12"]).tolist() == [-1, 0, -1]
    assert places_before(["2016-12", "2017-01", "2017-12"], None).tolist() == [-1, -1, 0]
    assert places_before(["2016Q1", "2016Q2", "2017Q1"], None).tolist() == [-1, -1, 0]
    for text in ("2016Q5", "2016-13", "16", "2016q1", " 2016"):
        with pytest.raises(ValueError, match="is not written like"):
            ordinal(text)


@pytest.fixture
def ask(tmp_path):
    (tmp_path / "series.yml").write_text(yaml.safe_dump(SERIES), encoding="utf-8")

    def asked(*arguments: str):
        return CliRunner().invoke(pingan, ["index", *arguments])

    return asked


def test_index_score_writes_scores_ranks_and_a_report(ask, tmp_path):
    values = written(
        tmp_path,
        "period,area,parent,indicator,numerator,denominator\n"
        "2016,a,t,up,50,100\n2016,a,t,down,2,1\n2016,b,t,up,120,100\n2016,b,t,down,0,0\n"
        "2017,a,t,up,60,100\n2017,a,t,down,2,1\n2017,b,t,up,10,100\n2017,b,t,down,4,1\n",
    )
    out = tmp_path / "out"
    arguments = ("--series", str(tmp_path / "series.yml"), "--values", str(values), "--out", str(out))
    answer = ask("score", *arguments)
    assert answer.exit_code == exits.DONE, answer.output
    scores = {(row["period"], row["area"]): row for row in rows_of(out / "scores.csv")}
    # a: ¾·50 + ¼·80 = 57.5, then ¾·60 + ¼·80 = 65. b: up alone, clipped at 100.
    assert float(scores["2016", "a"]["score"]) == pytest.approx(57.5)
    ranked = [scores[key]["rank"] for key in (("2016", "a"), ("2016", "b"), ("2017", "a"))]
    assert ranked == ["2", "1", "1"]
    assert scores["2016", "t"]["rank"] == ""
    assert scores["2016", "t"]["level"] == "town"
    # Pooled: 170 of 200 and 2 of 1: ¾·85 + ¼·80.
    assert float(scores["2016", "t"]["score"]) == pytest.approx(83.75)
    assert float(scores["2017", "a"]["score_change"]) == pytest.approx(7.5)
    parts = {(row["period"], row["area"], row["indicator"]): row for row in rows_of(out / "indicator_scores.csv")}
    assert parts["2016", "b", "up"]["is_clamped"] == "True"
    assert float(parts["2016", "b", "up"]["unclamped_score"]) == pytest.approx(120)
    assert parts["2016", "b", "down"]["status"] == "not_applicable"
    changes = [row for row in rows_of(out / "changes.csv") if row["area"] == "a"]
    assert [float(row["points_change"]) for row in changes] == pytest.approx([7.5, 0])
    assert {row["dimension"] for row in rows_of(out / "dimension_scores.csv")} == {"T"}
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "| 1 | a | 65.0 |" in report
    assert "| indicator | not_applicable | observed | clamped |" in report
    assert "| up | 0 | 6 | 1 |" in report
    assert load_series(out / "series.json") == series_of()


def test_index_score_refuses_with_every_fault_and_writes_nothing(ask, tmp_path):
    values, out = written(tmp_path, FAULTY), tmp_path / "out"
    answer = ask("score", "--series", str(tmp_path / "series.yml"), "--values", str(values), "--out", str(out))
    assert answer.exit_code == exits.REFUSED
    assert "values.csv has 13 faults" in answer.output
    assert not out.exists()
    (tmp_path / "series.yml").write_text("code: [", encoding="utf-8")
    answer = ask("score", "--series", str(tmp_path / "series.yml"), "--values", str(values), "--out", str(out))
    assert answer.exit_code == exits.REFUSED
    assert "series.yml: not readable as YAML" in answer.output
    assert "values.csv: line 2, value: '12%' is not a number" in answer.output
    assert "line 1" in answer.output
    with pytest.raises(SeriesFaults, match="not readable as YAML"):
        load_series(tmp_path / "series.yml")


def test_the_report_tells_what_was_treated_and_what_lies_outside_the_dates(ask, tmp_path):
    content = SERIES | {
        "valid_to": "2016",
        "geography": {"code": "wards", "as_of": 2015},
        "scoring": {"function": "min_max", "bounds": "all_periods"},
        "outliers": {"maximum_points": 3},
        "rank": {"ties": "mean"},
    }
    (tmp_path / "series.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    lines = [f"{2015 + number % 3},a{number},up,{number}" for number in range(30)] + ["2016,far,up,900"]
    values, out = written(tmp_path, "period,area,indicator,value\n" + "\n".join(lines)), tmp_path / "out"
    answer = ask("score", "--series", str(tmp_path / "series.yml"), "--values", str(values), "--out", str(out))
    assert answer.exit_code == exits.DONE, answer.output
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "Outside the series's dates, a back-series or an outlook: 2015, 2017." in report
    assert "- up, ward, all periods: 1 points drawn in, kept in 0 to 29" in report
    assert "Areas: wards as of 2015." in report


THREE_LEVELS = [{"code": code, "is_ranked": True} for code in ("town", "ward", "block")]


def test_each_area_lies_as_many_levels_down_as_it_has_ancestors(tmp_path):
    text = "period,area,parent,indicator,value\n2016,t,,up,1\n2016,w,t,up,2\n2016,b,w,up,3\n2016,c,w,up,4\n"
    table = read_values(written(tmp_path, text), series_of(levels=THREE_LEVELS))
    assert table["area_level_code"].tolist() == ["town", "ward", "block", "block"]
    two = "period,area,parent,indicator,value\n2016,w,t,up,2\n2016,b,w,up,3\n"
    table = read_values(written(tmp_path, two), series_of(levels=THREE_LEVELS))
    assert table["area_level_code"].tolist() == ["ward", "block"]


def test_pooled_parents_stand_before_their_areas_in_rows_of_their_own(tmp_path):
    text = "period,area,parent,indicator,numerator,denominator\n2016,a,t,up,1,4\n2016,b,t,up,2,4\n2016,c,u,up,1,2\n"
    table = read_values(written(tmp_path, text), series_of())
    assert table["area_code"].tolist() == ["t", "u", "a", "b", "c"]
    assert table.index.tolist() == [0, 1, 2, 3, 4]
    assert table["value"].tolist() == [37.5, 50, 25, 50, 50]


def test_nothing_is_pooled_where_an_area_has_no_parent(tmp_path):
    text = "period,area,parent,indicator,numerator,denominator\n2016,a,t,up,1,4\n2016,b,,up,2,4\n"
    table = read_values(written(tmp_path, text), series_of())
    assert table["area_code"].tolist() == ["a", "b"]


def test_periods_of_two_kinds_are_told_on_the_first_row(tmp_path):
    text = "period,area,indicator,value\n2016,a,up,1\n2016Q1,b,up,1\n2016,c,up,1\n"
    with pytest.raises(ValueFaults) as raised:
        read_values(written(tmp_path, text), series_of())
    assert raised.value.faults == ("line 2, period: years, quarters and months stand side by side",)


def test_a_circle_of_parents_is_told_for_each_area_in_it(tmp_path):
    text = "period,area,parent,indicator,value\n2016,a,b,up,1\n2016,b,a,up,1\n2016,c,a,up,1\n2016,d,,up,1\n"
    with pytest.raises(ValueFaults) as raised:
        read_values(written(tmp_path, text), series_of(levels=THREE_LEVELS))
    told = [fault for fault in raised.value.faults if "ancestor" in fault]
    assert told[:2] == ["line 2, parent: a is its own ancestor", "line 3, parent: b is its own ancestor"]
    assert not any("d is" in fault for fault in told)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("2016Q2..2016Q3", ["2016Q2", "2016Q3"]),
        ("2016Q3", ["2016Q3"]),
        ("2016Q4..2016Q1", []),
        ("2016", []),
    ],
)
def test_a_span_of_periods_holds_both_its_ends_and_its_own_kind(span, expected):
    assert between(["2016Q1", "2016Q2", "2016Q3", "2016Q4"], span) == expected


def test_a_period_is_counted_from_the_year_nought():
    # 2016 years of four quarters, and two more before the third; of twelve months, and eleven before December
    assert ordinal("2016Q3") == (4, 2016 * 4 + 2)
    assert ordinal("2016-12") == (12, 2016 * 12 + 11)
    assert ordinal("2016") == (1, 2016)
    assert places_before(["2016-01", "2017-01"], None).tolist() == [-1, 0]


def test_a_quarter_lies_within_dates_that_are_years(tmp_path):
    text = "".join(f"{period},a,up,1\n" for period in ("2015Q4", "2016Q1", "2017Q4", "2018Q1"))
    series = series_of(valid_from="2016", valid_to="2017")
    values = read_values(written(tmp_path, "period,area,indicator,value\n" + text), series)
    page = report(score(series, values), values)
    assert "Outside the series's dates, a back-series or an outlook: 2015Q4, 2018Q1." in page
    inside = series_of(valid_from="2015Q4", valid_to="2018Q1")
    assert "Outside" not in report(score(inside, values), values)
    narrower = series_of(valid_from="2016Q2", valid_to="2017Q3")
    assert "outlook: 2015Q4, 2016Q1, 2017Q4, 2018Q1." in report(score(narrower, values), values)
    open_ended = series_of(valid_from="2016Q1")
    assert "outlook: 2015Q4." in report(score(open_ended, values), values)


def test_the_report_counts_what_was_scored_and_ranked_at_the_end(tmp_path):
    rows = "2015,a,up,5\n2016,a,up,50\n2016,b,up,90\n2017,a,up,120\n2017,b,up,\n2017,a,down,2\n"
    text = f"period,area,indicator,value\n{rows}"
    series = series_of(data_thresholds={"index_weight_share": 0.5})
    values = read_values(written(tmp_path, text), series)
    page = report(score(series, values), values)
    assert "| ward | 2 | 1 | 1 |" in page
    # 120 is clipped to 100: (3·100 + 1·80)/4
    assert page.endswith("## Ranks of ward, 2017\n\n| rank | area | score |\n|---|---|---|\n| 1 | a | 95.0 |\n")
    assert "| indicator | missing | observed | clamped |\n|---|---|---|---|\n| up | 1 | 4 | 1 |" in page
    exact = series_of(rank={})
    assert "| 1 | a | 95.0000 |" in report(score(exact, values), values)


def children(**changes):
    """Three areas of t with up's 1 of 4, 2 of 4 and 3 of 8, in one quarter."""
    rows = pd.DataFrame(
        {"area_code": ["a", "b", "c"], "quarter": "2016Q1", "indicator_code": "up", "area_level_code": "ward",
         "parent_code": "t", "numerator": [1.0, 2, 3], "denominator": [4.0, 4, 8], "value": [25.0, 50, 37.5],
         "status_code": "observed", "window_quarter_count": [1, 4, 2]}
    )  # fmt: skip
    return rows.assign(**changes)


def pooled(rows):
    (found,) = parent_rows(series_of(), rows, "town", {"t": "z"}).to_dict("records")
    return found


def test_a_parent_s_figure_is_the_sum_over_its_observed_areas():
    found = pooled(children(status_code=["observed", "observed", "missing"]))
    assert (found["numerator"], found["denominator"], found["value"]) == (3, 8, 37.5)
    assert (found["area_code"], found["parent_code"], found["area_level_code"]) == ("t", "z", "town")
    assert (found["status_code"], found["window_quarter_count"]) == ("observed", 4)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("missing", "not_applicable", "not_applicable"), "missing"),
        (("not_applicable",) * 3, "not_applicable"),
        (("passed_down", "passed_down", "missing"), "missing"),
    ],
)
def test_a_parent_of_areas_without_figures_of_their_own_has_none(statuses, expected):
    found = pooled(children(status_code=list(statuses)))
    assert found["status_code"] == expected
    assert np.isnan([found["numerator"], found["denominator"], found["value"]]).all()


def test_sums_over_nobody_are_no_figure():
    found = pooled(children(numerator=0.0, denominator=0.0))
    assert found["status_code"] == "not_applicable"
    assert np.isnan([found["numerator"], found["denominator"], found["value"]]).all()


def test_a_parent_that_only_the_column_s_type_knows_has_no_row():
    rows = children(parent_code=pd.Categorical(["t"] * 3, categories=["t", "elsewhere"]))
    assert parent_rows(series_of(), rows, "town", {})["area_code"].tolist() == ["t"]
