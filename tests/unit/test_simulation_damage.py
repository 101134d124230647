"""What the truth ledger says was damaged is exactly what differs from the truth in the files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from ingestion.contracts.registry import registry
from simulation.district import simulate
from simulation.profile import Profile, load_profile
from simulation.timeline import date_of
from simulation.world import World, build_world
from simulation.writing import UNKNOWN_HEADER, rows_of_period
from warehouse.layout import Layout

ROW_KINDS = {"impossible_date", "unknown_code", "missing_required", "outside_period", "duplicate_row"}


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile("tiny")


@pytest.fixture(scope="module")
def home(profile: Profile, tmp_path_factory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("home"))
    simulate(profile, layout, lambda line: None)
    return layout


@pytest.fixture(scope="module")
def world(profile: Profile) -> World:
    return build_world(profile, lambda line: None)


@pytest.fixture(scope="module")
def ledger(home: Layout) -> list[dict]:
    return pa.concat_tables([pq.read_table(path) for path in sorted((home.truth / "damage").iterdir())]).to_pylist()


@pytest.fixture(scope="module")
def files(home: Layout) -> list[dict]:
    return pq.read_table(home.truth / "files.parquet").to_pylist()


def _read(home: Layout, file: dict) -> list[list]:
    """All rows of a file as an independent reader sees them."""
    contract = registry().contract(file["extract"])
    path: Path = home.landing / file["round"] / file["department"] / file["file_name"]
    if contract.file.format == "xlsx":
        return CalamineWorkbook.from_path(path).get_sheet_by_name(contract.file.sheet).to_python(skip_empty_area=False)
    text = path.read_bytes().decode(contract.file.encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=contract.file.delimiter))


def _column(home: Layout, file: dict, name: str) -> list:
    """Cells of one column of the body."""
    rows = _read(home, file)
    header = rows[file["first_body_row"] - 2]
    at = next(
        place for place, text in enumerate(header) if text in registry().contract(file["extract"]).columns[name].headers
    )
    return [row[at] for row in rows[file["first_body_row"] - 1 :][: file["row_count"]]]


def test_every_file_has_the_header_of_its_contract_where_the_ledger_says(home: Layout, files: list[dict]):
    for file in files:
        contract = registry().contract(file["extract"])
        header = _read(home, file)[file["first_body_row"] - 2]
        known = {alias: name for name, column in contract.columns.items() for alias in column.headers}
        named = [known[text] for text in header if text in known]
        assert sorted(named) == sorted(contract.columns)
        others = set(header) - set(known)
        assert others - {UNKNOWN_HEADER} == set(file["refused_headers"]) <= set(contract.refused_headers)
        assert (UNKNOWN_HEADER in others) == file["has_unknown_column"]


@pytest.mark.parametrize(
    "extract", ["population.registered_residents", "population.overseas_residents", "drug_control.visits"]
)
def test_the_numbers_that_differ_from_the_truth_are_those_in_the_ledger(home, world, files, ledger, extract: str):
    person = registry().contract(extract).person
    for file in files:
        if file["extract"] != extract or file["note"]:
            continue
        quarter = [str(name) for name in world.timeline.quarters].index(file["round"])
        truth = rows_of_period(world, extract, file["content_period"], quarter, {}).column(person.number).to_pylist()
        cells = _column(home, file, person.number)[: len(truth)]
        differ = {
            (file["first_body_row"] + at, str(true))
            for at, (true, cell) in enumerate(zip(truth, cells, strict=True))
            if cell != true
        }
        listed = {
            (row["row_number"], row["true_value"])
            for row in ledger
            if row["file_name"] == file["file_name"]
            and row["round"] == file["round"]
            and row["column"] == person.number
        }
        assert differ == listed


def test_each_kind_of_damaged_number_looks_as_its_name_says(home, files, ledger):
    by_file = {(file["round"], file["file_name"]): file for file in files}
    columns: dict[tuple, list] = {}
    seen = Counter()
    for row in ledger:
        key = (row["round"], row["file_name"])
        contract = registry().contract(row["extract"])
        if not contract.person or row["column"] != contract.person.number:
            continue
        if key not in columns:
            columns[key] = _column(home, by_file[key], row["column"])
        cell, true = columns[key][row["row_number"] - by_file[key]["first_body_row"]], row["true_value"]
        seen[row["kind"]] += 1
        match row["kind"]:
            case "lower_case_x":
                assert cell == true[:-1] + "x"
            case "full_width_digits":
                assert cell != true
                assert unicodedata.normalize("NFKC", cell) == true
            case "fifteen_digits":
                assert cell == true[:6] + true[8:17]
                assert 1900 <= int(true[6:10]) < 1999
            case "wrong_check_digit":
                assert cell[:-1] == true[:-1]
                assert cell[-1] != true[-1]
            case "leading_apostrophe":
                assert cell == "'" + true
            case "missing_number":
                assert cell == ""
            case "mistyped_digit":
                assert [one == other for one, other in zip(cell, true, strict=True)].count(False) == 1
            case "transposed_digits":
                assert cell != true
                assert sorted(cell) == sorted(true)
            case "swapped_numbers" | "reused_number":
                assert cell != true
                assert len(cell) == len(true) == 18
            case "spreadsheet_rounded" if isinstance(cell, float):
                assert int(cell) == pytest.approx(int(true[:15]) * 1000, abs=64)
            case "spreadsheet_rounded":
                assert cell in (true[:15] + "000", f"{true[0]}.{true[1:6]}E+17")
            case kind:
                pytest.fail(f"a number damaged by {kind}")
    assert len(seen) == 11


def test_a_damaged_name_is_like_the_true_one_and_a_slipped_birth_date_is_another_day(home, files, ledger):
    by_file = {(file["round"], file["file_name"]): file for file in files}
    kinds = ("name_mistyped", "name_character_lost")
    seen = Counter()
    for row in (row for row in ledger if row["kind"] in kinds):
        file = by_file[row["round"], row["file_name"]]
        cell = _column(home, file, row["column"])[row["row_number"] - file["first_body_row"]]
        assert len(cell) == len(row["true_value"])
        assert sum(one != other for one, other in zip(cell, row["true_value"], strict=True)) == 1
        seen[row["kind"]] += 1
    slips = [row for row in ledger if row["kind"] == "birth_date_slip"]
    assert min(seen[kind] for kind in kinds) > 0
    assert len(slips) > 0


def test_damage_comes_at_the_rates_of_the_profile(home, profile: Profile, files, ledger):
    numbered = sum(
        file["true_row_count"]
        for file in files
        if registry().contract(file["extract"]).person and file["extract"] != "population.overseas_residents"
    )
    found = Counter(row["kind"] for row in ledger if row["extract"] != "population.overseas_residents")
    for kind in (
        "full_width_digits",
        "spreadsheet_rounded",
        "wrong_check_digit",
        "leading_apostrophe",
        "missing_number",
        "mistyped_digit",
        "transposed_digits",
    ):
        expected = numbered * getattr(profile.damage, kind)
        assert abs(found[kind] - expected) < 5 * expected**0.5
    rows = sum(file["row_count"] for file in files)
    assert 0 < sum(found[kind] for kind in ROW_KINDS) / rows < 0.01


def test_rows_that_lie_outside_the_period_do_and_impossible_dates_exist_in_no_calendar(home, world, files, ledger):
    by_file = {(file["round"], file["file_name"]): file for file in files}
    checked = Counter()
    for row in ledger:
        if row["kind"] not in ("outside_period", "impossible_date"):
            continue
        file = by_file[row["round"], row["file_name"]]
        cell = _column(home, file, row["column"])[row["row_number"] - file["first_body_row"]]
        digits = [int(part) for part in "".join(sign if sign.isdigit() else " " for sign in cell).split()]
        parts = (digits[0] // 10_000, digits[0] // 100 % 100, digits[0] % 100) if len(digits) == 1 else tuple(digits)
        if row["kind"] == "impossible_date":
            assert parts[1:] == (2, 30)
        else:
            first, _ = world.timeline.days_of_period(file["period"])
            assert dt.date(*parts) < date_of(first)
        checked[row["kind"]] += 1
    assert checked["outside_period"] > 0
    assert checked["impossible_date"] > 0


def test_a_repeated_row_repeats_the_row_that_the_ledger_names(home, files, ledger):
    repeated = [row for row in ledger if row["kind"] == "duplicate_row"][:40]
    assert repeated
    for row in repeated:
        file = next(f for f in files if (f["round"], f["file_name"]) == (row["round"], row["file_name"]))
        rows = _read(home, file)
        assert rows[row["row_number"] - 1] == rows[int(row["true_value"]) - 1]


def test_values_of_refused_columns_stand_in_the_files_and_are_listed_for_tests_to_search(
    home: Layout, files: list[dict]
):
    tables = [pq.read_table(path) for path in sorted((home.truth / "refused_values").iterdir())]
    listed = pa.concat_tables(tables).to_pylist()
    headers = {row["header"] for row in listed}
    assert {"报警人姓名", "报警人电话"} <= headers
    sample = {(row["round"], row["file_name"]): row for row in listed}
    for (round_name, file_name), row in sample.items():
        file = next(f for f in files if (f["round"], f["file_name"]) == (round_name, file_name))
        rows = _read(home, file)
        at = rows[file["first_body_row"] - 2].index(row["header"])
        assert row["value"] in {cells[at] for cells in rows[file["first_body_row"] - 1 :] if len(cells) > at}


def test_the_same_file_twice_has_the_same_bytes(home: Layout, files: list[dict]):
    copies = [file for file in files if file["note"] == "重发"]
    assert copies
    for file in copies:
        folder = home.landing / file["round"] / file["department"]
        assert (folder / file["file_name"]).read_bytes() == (folder / file["copy_of"]).read_bytes()


def test_a_late_correction_has_the_same_cases_and_more_of_them_cleared(home: Layout, files: list[dict]):
    corrected = [file for file in files if file["note"] == "更正"]
    assert corrected
    cleared = [0, 0]
    for file in corrected:
        before = [
            f for f in files if (f["extract"], f["period"]) == (file["extract"], file["period"]) and f is not file
        ]
        proper = [f for f in before if f["content_period"] == f["period"]]
        first = proper[-1]
        assert file["true_row_count"] == first["true_row_count"]
        for place, version in enumerate((first, file)):
            cleared[place] += sum(cell in ("2", "破案") for cell in _column(home, version, "case_status_code"))
    assert cleared[1] > cleared[0]
