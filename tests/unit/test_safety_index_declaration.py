"""A series says everything that is wrong with it at once, and the default series keeps its promises."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from safety_index import codegen
from safety_index.rendering.guide import indicator_guide_markdown
from safety_index.rendering.seed import indicator_seed_csv
from safety_index.series.declaration import SeriesFaults, load_series, parse_series
from tests.unit.safety_index_builders import small_content

ROOT = Path(__file__).resolve().parents[2]


def test_the_default_series_has_22_indicators_in_four_dimensions_with_weights_that_sum_to_100():
    series = load_series()
    assert [len(dimension.indicators) for dimension in series.dimensions] == [6, 6, 6, 4]
    assert [dimension.weight for dimension in series.dimensions] == [20, 35, 25, 20]
    assert sum(indicator.weight for indicator in series.indicators) == 100
    polarities = [indicator.polarity for indicator in series.indicators]
    assert [polarities.count(polarity) for polarity in ("positive", "negative", "moderate")] == [15, 6, 1]


def test_indicators_of_special_groups_are_published_no_lower_than_the_sub_district():
    special = [indicator for indicator in load_series().indicators if indicator.is_special_group]
    assert [indicator.code for indicator in special] == ["A3", "A4", "A5", "A6", "C6"]
    assert {indicator.published_level for indicator in special} == {"sub_district"}


def test_rare_counts_run_over_four_quarters():
    windows = {indicator.code: indicator.window_quarter_count for indicator in load_series().indicators}
    assert {code for code, window in windows.items() if window == 4} == {"B2", "B3", "B5", "B6", "D1", "D2"}
    assert set(windows.values()) == {1, 4}


def test_every_source_of_the_default_series_is_an_extract_with_a_contract():
    contracts = ROOT / "ingestion" / "contracts"
    sources = {source for indicator in load_series().indicators for source in indicator.sources}
    assert [name for name in sorted(sources) if not (contracts / f"{name.replace('.', '/')}.yml").exists()] == []


def test_every_fault_of_a_series_is_reported_at_once():
    content = small_content()
    content["weight_total"] = 90
    content["colour"] = "blue"
    first, second = content["dimensions"]
    first["indicators"][0]["weight"] = 31
    first["indicators"][1]["goalposts"] = {"impermissible": 0, "satisfactory": 10}
    second["code"] = "P"
    second["indicators"][0]["goalposts"] = {"impermissible": [30, 60], "satisfactory": [20, 40]}
    second["indicators"][1]["polarity"] = "upward"
    content["bands"].reverse()
    content["scoring"]["floor"] = 70
    with pytest.raises(SeriesFaults) as caught:
        parse_series(content)
    for part in (
        "the weights add up to 100, not to the stated 90",
        "colour: Extra inputs",
        "dimension P: the weights add up to 41, not to the stated 40",
        "indicator p2: satisfactory 10 must lie below impermissible 0 for a negative indicator",
        "dimension P is declared more than once",
        "indicator q1: the ideal interval [20, 40] does not lie inside the impermissible values [30, 60]",
        "dimensions.1.indicators.1.polarity",
        "bands stand from the highest minimum to the lowest",
        "scoring: floor ≤ base < base + span ≤ cap does not hold",
    ):
        assert part in str(caught.value)
    assert len(caught.value.faults) == 9


@pytest.mark.parametrize(
    ("polarity", "bad", "good", "fault"),
    [
        ("positive", 10, 10, "must lie above"),
        ("negative", [1, 2], 0, "one impermissible and one satisfactory"),
        ("moderate", 10, 20, "two impermissible values and an ideal value or interval"),
    ],
)
def test_goalposts_fit_their_polarity(polarity, bad, good, fault):
    content = small_content()
    content["dimensions"][0]["indicators"][0] |= {
        "polarity": polarity,
        "goalposts": {"impermissible": bad, "satisfactory": good},
    }
    with pytest.raises(SeriesFaults, match=fault):
        parse_series(content)


def test_scores_below_the_lowest_band_are_not_left_without_one():
    content = small_content()
    content["bands"] = content["bands"][:2]
    with pytest.raises(SeriesFaults, match="no band holds scores from the floor 40 to 80"):
        parse_series(content)


def test_a_series_that_is_no_mapping_or_ends_before_it_begins_is_refused():
    with pytest.raises(SeriesFaults, match="a series is a mapping"):
        parse_series(["A1"])
    with pytest.raises(SeriesFaults, match="valid_to 2015Q4 is before"):
        parse_series(small_content() | {"valid_to": "2015Q4"})


def test_the_seed_has_a_row_for_each_indicator_in_the_order_of_display():
    series = load_series()
    rows = list(csv.DictReader(io.StringIO(indicator_seed_csv(series))))
    assert [row["indicator_code"] for row in rows] == list(series.indicator_codes)
    assert [row["display_order"] for row in rows] == [str(order) for order in range(1, 23)]
    fires = next(row for row in rows if row["indicator_code"] == "D2")
    assert (fires["dimension_code"], fires["polarity_code"], fires["value_multiplier"]) == ("D", "negative", "10000")
    assert (fires["weight"], fires["window_quarter_count"], fires["is_special_group"]) == ("4", "4", "false")
    assert all(all(row.values()) for row in rows)


def test_the_generator_writes_what_is_not_current_and_its_check_only_names_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(codegen, "PROJECT_ROOT", tmp_path)
    assert codegen.main(["--check"]) == 1
    assert "out of date: dbt_project/seeds/indicators.csv" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert codegen.main([]) == 0
    assert codegen.main(["--check"]) == 0
    (tmp_path / "docs" / "indicators.md").write_text("edited by hand", encoding="utf-8")
    assert codegen.main(["--check"]) == 1


def test_the_guide_to_the_indicators_is_the_one_that_the_series_makes():
    assert (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8") == indicator_guide_markdown(load_series())


def test_every_fault_of_the_peers_is_told_at_once_beside_the_others():
    wrong = {
        "count": 2,
        "level_share": 0,
        "least_size": -1,
        "size_weight": 0,
        "shares": [{"code": "", "weight": 0}, {}],
    }
    with pytest.raises(SeriesFaults) as caught:
        parse_series(small_content() | {"peers": wrong | {"kind": "x"}, "valid_to": "2015Q1"})
    told = str(caught.value)
    for part in ("count", "level_share", "least_size", "shares.0.code", "shares.0.weight", "shares.1.code", "kind"):
        assert f"peers.{part}: " in told
    assert "valid_to 2015Q1 is before valid_from 2016Q1" in told


def test_sizes_and_weights_of_peers_without_end_are_refused():
    endless = float("inf")
    wrong = {"least_size": endless, "size_weight": endless, "shares": [{"code": "x", "weight": endless}]}
    with pytest.raises(SeriesFaults) as caught:
        parse_series(small_content() | {"peers": wrong})
    for part in ("least_size", "size_weight", "shares.0.weight"):
        assert f"peers.{part}: " in str(caught.value)
