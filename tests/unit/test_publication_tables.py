"""The public tables and their files."""

import csv
import datetime as dt
import io
import json
import zipfile

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from publication.dictionary import dictionary
from publication.disclosure.policy import load_policy
from publication.snapshot import read_snapshot
from publication.tables.assembly import hidden_in, public_tables
from publication.tables.columns import COLUMNS, PublicTable, type_of
from publication.tables.evidence import choice_words, outwards, to_step, unsafe_indicators
from publication.tables.files import WORKBOOK, recent, safe_text, write_tables, write_workbook
from tests.publication_world import INDICATORS, SERIES, make_world
from warehouse.quarters import Quarter

TITLE = {"zh": "平安指数", "en": "Safety index"}
END = dt.date(2017, 3, 31)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    return read_snapshot(make_world(tmp_path_factory.mktemp("world"), person_count=20), Quarter.parse("2017Q1"))


@pytest.fixture(scope="module")
def tables(snapshot):
    return public_tables(snapshot, SERIES, load_policy())


def write_files(tables, folder):
    write_tables(tables, folder, TITLE)
    write_workbook(tables, folder / WORKBOOK, TITLE, END)


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    write_files(tables, folder)
    return folder


def test_committees_have_no_row_for_a_special_group_indicator(tables):
    special = {code for code in INDICATORS if INDICATORS[code][10]}
    for name in ("indicator_values", "changes_by_indicator"):
        levels = {row["area_level_code"] for row in tables[name].rows if row["indicator_code"] in special}
        assert "committee" not in levels
        assert "sub_district" in levels


def test_a_hidden_value_says_so_and_holds_no_number(tables):
    hidden = [row for row in tables["indicator_values"].rows if row["status_code"] == "suppressed"]
    assert hidden
    assert all(row[column] is None for row in hidden for column in ("numerator", "denominator", "value"))
    shown = [row for row in tables["indicator_values"].rows if row["status_code"] == "observed"]
    assert shown
    assert all(row["numerator"] == 0 or row["numerator"] >= 5 for row in shown)


def test_a_change_is_hidden_when_the_value_of_either_quarter_is(tables):
    hidden = {
        (row["area_code"], row["indicator_code"])
        for row in tables["indicator_values"].rows
        if row["status_code"] == "suppressed"
    }
    shown = {
        (row["area_code"], row["indicator_code"])
        for row in tables["changes_by_indicator"].rows
        if row["points_change"] is not None
    }
    assert shown
    assert hidden.isdisjoint(shown)


def test_no_population_count_from_one_to_four_is_shown_nor_hidden_alone_among_its_siblings(tables, snapshot):
    rows = tables["population"].rows
    people = [row for row in rows if row["measure_code"] not in ("dwelling_count", "compound_count")]
    assert all(row["count"] is None or row["count"] == 0 or row["count"] >= 5 for row in people)
    for parent in snapshot.level("sub_district"):
        for measure in dictionary()["measures"]:
            children = [row for row in rows if row["measure_code"] == measure
                        and snapshot.areas[row["area_code"]]["parent_code"] == parent["area_code"]]  # fmt: skip
            total = next(
                row for row in rows if row["measure_code"] == measure and row["area_code"] == parent["area_code"]
            )
            if total["count"] is not None:
                assert sum(row["count"] is None for row in children) != 1


def test_a_small_bulletin_figure_is_hidden_and_a_percentage_is_not_taken_for_a_count(tables):
    rows = {row["highlight_code"]: row for row in tables["highlights"].rows}
    assert rows["road_deaths"]["status_code"] == "suppressed"
    assert rows["road_deaths"]["change_share"] is None
    assert rows["zero_burglary_compounds"]["current_value"] == 83.1


def test_scores_have_one_decimal_and_the_change_is_of_the_unrounded_ones(tables, snapshot):
    true = {row["area_code"]: row for row in snapshot.scores if row["quarter"] == "2017Q1"}
    for row in tables["scores_committee"].rows:
        if row["quarter"] == "2017Q1":
            assert row["score"] == round(row["score"], 1)
            assert row["score_change"] == pytest.approx(true[row["area_code"]]["score_change"], abs=0.0500001)


def test_every_column_is_described_in_both_languages():
    described = dictionary()["columns"]
    for name, columns in COLUMNS.items():
        assert dictionary()["tables"][name]["zh"]
        assert dictionary()["tables"][name]["en"]
        for column in columns:
            assert described[column]["zh"], column
            assert described[column]["en"], column


def test_every_status_that_occurs_is_explained(tables):
    statuses = {row["status_code"] for table in tables.values() for row in table.rows if "status_code" in row}
    assert statuses <= dictionary()["statuses"].keys()
    assert "suppressed" in statuses


def test_parquet_csv_and_workbook_hold_the_same_figures(tables, folder):
    for name, table in tables.items():
        assert pq.read_table(folder / f"{name}.parquet", page_checksum_verification=True).to_pylist() == [
            {
                column: float(value) if type_of(column) == "number" and value is not None else value
                for column, value in row.items()
            }
            for row in table.rows
        ]
        text = (folder / f"{name}.csv").read_bytes().decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text)))
        sheet = CalamineWorkbook.from_path(folder / "pingan.xlsx").get_sheet_by_name(name).to_python()[2:]
        assert sheet[0] == list(table.columns)
        assert len(lines) == len(table.rows)
        for row, line, cells in zip(table.rows, lines, sheet[1:], strict=False):
            for column, cell in zip(table.columns, cells, strict=True):
                if type_of(column) in ("integer", "number"):
                    expected = row[column]
                    assert (float(line[column]) if line[column] else None) == expected
                    assert (cell if cell != "" else None) == expected


def test_a_flipped_bit_in_any_column_of_a_parquet_file_is_noticed(folder, tmp_path):
    path = folder / "population.parquet"
    group = pq.ParquetFile(path).metadata.row_group(0)
    for number in range(group.num_columns):
        chunk = group.column(number)
        start = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
        damaged = bytearray(path.read_bytes())
        damaged[start + chunk.total_compressed_size - 1] ^= 1
        copy = tmp_path / f"{number}.parquet"
        copy.write_bytes(damaged)
        with pytest.raises(OSError, match="CRC checksum"):
            pq.read_table(copy, page_checksum_verification=True)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text, tmp_path):
    table = PublicTable("checks", COLUMNS["checks"], [dict.fromkeys(COLUMNS["checks"], text) | {"passed": True}])
    write_files({"checks": table}, tmp_path)
    line = next(iter(csv.DictReader(io.StringIO((tmp_path / "checks.csv").read_text("utf-8-sig")))))
    assert line["subject"] == f"'{text}"
    with zipfile.ZipFile(tmp_path / "pingan.xlsx") as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist())


def test_numbers_and_harmless_text_stay_as_they_are():
    assert safe_text(-1.5) == -1.5
    assert safe_text("入民宅盗窃 a=b") == "入民宅盗窃 a=b"


def test_the_workbook_has_cover_contents_notes_and_no_merged_cell(tables, folder):
    book = CalamineWorkbook.from_path(folder / "pingan.xlsx")
    assert book.sheet_names == ["封面 Cover", "目录 Contents", "说明 Notes", *tables]
    with zipfile.ZipFile(folder / "pingan.xlsx") as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3 + len(tables)
    assert not any(b"mergeCell" in sheet for sheet in sheets)


def test_a_workbook_has_the_quarter_and_the_four_before_it(tables):
    scores = tables["scores_committee"]
    row = scores.rows[0]
    quarters = ["2015Q4", "2016Q1", "2016Q2", "2016Q3", "2016Q4", "2017Q1"]
    all_quarters = PublicTable(scores.name, scores.columns, [row | {"quarter": quarter} for quarter in quarters])
    kept = recent({"scores_committee": all_quarters}, Quarter.parse("2017Q1"))["scores_committee"]
    assert [row["quarter"] for row in kept.rows] == quarters[1:]
    assert (kept.columns, kept.title) == (scores.columns, scores.title)


def test_the_data_package_describes_every_file_and_column(tables, folder):
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    files = {path.name for path in folder.iterdir()} - {"datapackage.json", "pingan.xlsx"}
    assert {resource["path"] for resource in package["resources"]} == files
    for resource in package["resources"]:
        name = resource["path"].split(".")[0]
        assert [field["name"] for field in resource["schema"]["fields"]] == list(tables[name].columns)


def test_the_same_tables_give_the_same_bytes(tables, folder, tmp_path):
    write_files(tables, tmp_path)
    for path in sorted(folder.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_intervals_are_rounded_outwards_to_the_policy_s_steps(tables, snapshot):
    true = {row["area_code"]: row for row in snapshot.evidence["intervals"]}
    steps = {"district": 0.1, "sub_district": 0.2, "committee": 0.5}
    for row in tables["score_intervals"].rows:
        if row["status_code"] == "observed":
            step, exact = steps[row["area_level_code"]], true[row["area_code"]]
            assert row["score_low"] <= exact["score_low"] < row["score_low"] + step
            assert row["score_high"] - step < exact["score_high"] <= row["score_high"]
            for end in (row["score_low"], row["score_high"]):
                assert end / step == pytest.approx(round(end / step), abs=1e-6)
            if row["area_level_code"] == "committee" and row["rank_low"] > 1:
                assert row["rank_low"] % 5 == 0
    assert outwards(81.3, 84.1, 0.5) == (81.0, 84.5)
    assert outwards(81.5, 84.0, 0.5) == (81.5, 84.0)
    assert outwards(None, 84.0, 0.5) == (None, None)
    assert (to_step(0.873, 0.05), to_step(0.0, 0.05), to_step(None, 0.05)) == (0.85, 0.0, None)


def test_chances_say_no_more_than_their_step(tables):
    for name, columns in (
        ("score_intervals", ("top_share", "bottom_share")),
        ("score_comparisons", ("improved_share",)),
    ):
        for row in tables[name].rows:
            assert all(row[column] is None or round(row[column] * 20) / 20 == row[column] for column in columns)


def test_prices_and_terms_of_a_hidden_value_are_hidden_with_it(tables):
    unseen = {
        (row["area_code"], row["indicator_code"])
        for row in tables["indicator_values"].rows
        if row["status_code"] == "suppressed"
    }
    for name, column in (("event_prices", "points_per_event"), ("change_terms", "points")):
        rows = tables[name].rows
        assert any(row["status_code"] == "observed" for row in rows)
        for row in rows:
            if (row["area_code"], row["indicator_code"]) in unseen:
                assert (row["status_code"], row[column]) == ("suppressed", None)


def test_committees_have_no_terms_by_cause_and_no_figure_of_a_passed_down_indicator(tables):
    assert {row["area_level_code"] for row in tables["change_terms"].rows} == {"district", "sub_district"}
    special = {code for code, facts in INDICATORS.items() if facts[9] == "sub_district"}
    prices = [row for row in tables["event_prices"].rows if row["area_level_code"] == "committee"]
    assert prices
    assert not special & {row["indicator_code"] for row in prices}


def test_a_correlation_is_shown_only_of_indicators_that_hide_no_cell_or_many(tables, snapshot):
    policy = load_policy()
    hidden = hidden_in(snapshot, policy)["2017Q1"]
    for row in tables["coherence"].rows:
        if row["measure_code"] == "correlation":
            unsafe = set()
            for level in ("sub_district", "committee"):
                unsafe |= (
                    unsafe_indicators(snapshot, policy, hidden, level) if level == row["area_level_code"] else set()
                )
            if unsafe & {row["first_code"], row["second_code"]}:
                assert (row["figure"], row["status_code"]) == (None, "suppressed")
    assert any(row["status_code"] == "suppressed" for row in tables["coherence"].rows)
    assert any(row["status_code"] == "observed" for row in tables["coherence"].rows)


def test_a_committee_s_step_to_first_place_is_not_published(tables):
    rows = [row for row in tables["sensitivity"].rows if row["measure_code"] == "weight_to_first"]
    assert [row["area_level_code"] for row in rows] == ["sub_district"]


def test_every_choice_and_verdict_has_words_in_both_languages(tables, snapshot):
    for row in tables["sensitivity"].rows:
        assert row["choice_name_zh"] != row["choice_code"]
        assert row["measure_name_en"] != row["measure_code"]
    for row in tables["score_comparisons"].rows:
        assert row["class_name_zh"] != row["class_code"]
    assert choice_words(snapshot, "without_B2")["en"] == "without B2 Residential burglary"
    assert choice_words(snapshot, "weight_more_B")["zh"].endswith("B 治安状况")


def test_the_interval_of_a_rank_s_change_is_rounded_outwards_within_the_places_that_there_are(tables, snapshot):
    true = {row["area_code"]: row for row in snapshot.evidence["comparisons"]}
    counts = {"sub_district": 3, "committee": len(snapshot.level("committee"))}
    shown = [row for row in tables["score_comparisons"].rows if row["rank_change_low"] is not None]
    assert {row["area_level_code"] for row in shown} == {"sub_district", "committee"}
    for row in shown:
        most, exact = counts[row["area_level_code"]] - 1, true[row["area_code"]]
        low, high = row["rank_change_low"], row["rank_change_high"]
        assert max(exact["rank_change_low"], -most) >= low >= -most
        assert min(exact["rank_change_high"], most) <= high <= most
        if row["area_level_code"] == "committee":
            assert all(end % 5 == 0 or abs(end) == most for end in (low, high))
