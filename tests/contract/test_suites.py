"""The committed suites are the contracts', hold on valid raw rows, and fail on rows that break the contract."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import codegen
from expectations.deliveries import check_deliveries, gather, record_checks
from expectations.from_contract import raw_columns, required_columns, suite_content
from expectations.outcomes import read_outcomes
from expectations.run import SAMPLE_ROWS, SuiteBroken, check_suite, profile_of, sample, validate
from ingestion.contracts.registry import registry
from tests.unit.expectations_builders import QUARTER, area_table, deliver, deliver_quarter, raw_table, small_layout

CASES = "police.cases"
EXTRACTS = list(registry().contracts)
#: Extracts that have a row for each area, and no more.
ROWS = {"health.mental_disorder_services": 2, "youth_league.youth_services": 6}


def frame(extract: str, change=lambda table: table):
    contract = registry().contract(extract)
    table = area_table() if extract == "governance.areas" else raw_table(contract, "2017Q1", ROWS.get(extract, 60))
    for place, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            table = table.set_column(place, column.name, table.column(place).cast(pa.float64()))
    return change(table).to_pandas(date_as_object=False)


def suite(extract: str):
    return json.loads(codegen.suite_path(extract).read_text(encoding="utf-8"))


def broken(extract: str, change) -> list[str]:
    return validate(suite(extract), frame(extract, change))


def replaced(column: str, value, kind=None):
    """The table with the first value of a column replaced."""

    def change(table: pa.Table) -> pa.Table:
        place, old = table.column_names.index(column), table[column].combine_chunks()
        first = pa.array([value], kind or old.type)
        return table.set_column(place, column, pa.concat_arrays([first, old[1:]]))

    return change


def test_the_committed_suites_are_those_that_the_contracts_make(capsys):
    assert codegen.main(["--check"]) == 0, capsys.readouterr().out


def test_the_check_names_a_stale_a_missing_and_an_orphaned_suite(tmp_path, capsys):
    folder = tmp_path / "suites"
    assert codegen.main([], folder) == 0
    codegen.suite_path(CASES, folder).write_text("{}", encoding="utf-8")
    codegen.suite_path("fire.fires", folder).unlink()
    codegen.suite_path("fire.sirens", folder).write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert codegen.main(["--check"], folder) == 1
    said = capsys.readouterr().out
    assert [line.split("suites/")[1] for line in said.splitlines()] == [
        "fire/fires.json",
        "police/cases.json",
        "fire/sirens.json",
    ]
    assert codegen.main([], folder) == 0
    assert codegen.main(["--check"], folder) == 0


@pytest.mark.parametrize("extract", EXTRACTS)
def test_every_suite_holds_on_rows_that_keep_the_contract(extract):
    assert validate(suite(extract), frame(extract)) == []


@pytest.mark.parametrize("extract", EXTRACTS)
def test_no_suite_knows_a_column_that_identifies_a_person(extract):
    contracts = registry()
    columns = raw_columns(contracts.contract(extract), contracts)
    assert not [name for name in columns if name in contracts.fields and contracts.fields[name].sensitivity == "direct"]
    assert set(required_columns(contracts.contract(extract), contracts)) <= set(columns)
    text = json.dumps(suite_content(contracts.contract(extract), contracts))
    assert not [name for name in ("document_number", "person_name", "phone", "birth_date") if f'"{name}"' in text]


@pytest.mark.parametrize(
    ("extract", "change", "expected"),
    [
        (CASES, lambda table: table.slice(0, 0), "table_row_count_to_be_between()"),
        (
            CASES,
            lambda table: table.append_column("suspect", pa.array(["x"] * len(table))),
            "table_columns_to_match_ordered_list()",
        ),
        (CASES, replaced("recorded_date", None), "column_values_to_not_be_null(recorded_date)"),
        (CASES, replaced("case_type_code", "0599"), "column_values_to_be_in_set(case_type_code)"),
        (CASES, replaced("case_number", "A12345678901X"), "column_values_to_match_regex(case_number)"),
        (CASES, replaced("compound_code", "310105X00012"), "column_values_to_match_regex(compound_code)"),
        (CASES, replaced("case_number", "A000000001001"), "compound_columns_to_be_unique(delivery_id, case_number)"),
        ("police.traffic_accidents", replaced("injured_count", 501), "column_values_to_be_between(injured_count)"),
        (
            "police.traffic_accidents",
            replaced("direct_loss_yuan", -0.01),
            "column_values_to_be_between(direct_loss_yuan)",
        ),
        (
            "justice.community_corrections",
            replaced("contacts_held_count", 2),
            "column_pair_values_a_to_be_greater_than_b(contacts_due_count, contacts_held_count)",
        ),
        (
            "labour.employment",
            replaced("identity_quality_code", "perfect"),
            "column_values_to_be_in_set(identity_quality_code)",
        ),
    ],
)
def test_a_suite_names_what_is_broken_and_nothing_else(extract, change, expected):
    assert broken(extract, change) == [expected]


def test_two_persons_with_one_pseudonym_are_no_fault_and_two_rows_with_one_place_are():
    extract = "labour.employment"
    pseudonym = raw_table(registry().contract(extract), "2017Q1", 3)["person_pseudonym"][1].as_py().bytes
    assert broken(extract, replaced("person_pseudonym", pseudonym)) == []
    assert broken(extract, replaced("row_number", 3)) == ["compound_columns_to_be_unique(delivery_id, row_number)"]


def test_an_expectation_that_cannot_be_evaluated_is_a_fault_of_ours_and_not_a_failure_of_the_data():
    content = suite(CASES)
    content["expectations"].append(
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "no_such_column"}, "severity": "critical"}
    )
    with pytest.raises(SuiteBroken, match="no_such_column"):
        validate(content, frame(CASES))


def test_a_large_extract_is_sampled_in_every_row_group_and_counted_wholly(tmp_path):
    layout = small_layout(tmp_path)
    rows = 3 * SAMPLE_ROWS
    for month in QUARTER.months:
        deliver(layout, CASES, month, rows=rows // 3, change=replaced("occurred_date", None))
    paths = sorted(layout.raw.rglob("*.parquet"))
    profile = profile_of(paths)
    assert profile.row_count == rows
    assert profile.null_counts["occurred_date"] == 3
    assert profile.null_counts["case_number"] == 0
    taken = sample(paths, rows)
    assert SAMPLE_ROWS - 3 <= len(taken) <= SAMPLE_ROWS
    assert taken["delivery_id"].value_counts().between(SAMPLE_ROWS // 3 - 2, SAMPLE_ROWS // 3 + 2).all()
    assert taken.equals(sample(paths, rows))


def test_a_null_outside_the_sample_is_found_by_the_count_over_all_rows(tmp_path):
    layout = small_layout(tmp_path)
    deliver_quarter(layout, "governance.areas")

    def last_row_without_committee(table: pa.Table) -> pa.Table:
        is_last = pc.equal(table["row_number"], pc.max(table["row_number"]))
        return table.set_column(
            table.column_names.index("committee_code"),
            "committee_code",
            pc.if_else(is_last, pa.scalar(None, pa.string()), table["committee_code"]),
        )

    deliver(layout, "population.dwellings", "2017Q1", rows=4 * SAMPLE_ROWS, change=last_row_without_committee)
    evidence = gather(layout, registry().contract("population.dwellings"), QUARTER)
    outcome = check_suite(evidence, sorted(layout.raw.glob("population/dwellings/*/*.parquet")))
    assert outcome.stops_publication
    assert outcome.observed.startswith("broken: committee_code is never null in all rows (5000 of 20000")
    assert "310105" not in outcome.observed


def test_a_column_of_another_type_is_found_in_the_files_schema(tmp_path):
    layout = small_layout(tmp_path)
    deliver_quarter(layout, "governance.areas")

    def confirmed_as_number(table: pa.Table) -> pa.Table:
        place = table.column_names.index("is_confirmed")
        return table.set_column(place, "is_confirmed", table["is_confirmed"].cast(pa.int8()))

    deliver(layout, "fire.fires", "2017Q1", change=confirmed_as_number)
    outcome = check_deliveries(layout, registry().contract("fire.fires"), QUARTER)[-1]
    assert outcome.stops_publication
    assert outcome.observed.startswith("broken: is_confirmed is read as BOOLEAN (found: INT8) (")


def test_checks_are_kept_with_the_deliveries_that_they_are_about(tmp_path):
    layout = small_layout(tmp_path)
    deliver_quarter(layout, "governance.areas")
    deliver_quarter(layout, CASES)
    outcomes = record_checks(layout, registry().contract(CASES), QUARTER)
    assert [outcome.check_name for outcome in outcomes if not outcome.passed] == []
    kept, evidence = read_outcomes(layout, QUARTER, CASES, "police")
    assert kept == outcomes
    assert [part.split("-")[1] for part in evidence.split()] == list(QUARTER.months)


def test_an_extract_without_raw_files_fails_its_suite_instead_of_passing_unseen(tmp_path):
    outcome = check_deliveries(small_layout(tmp_path), registry().contract(CASES), QUARTER)[-1]
    assert outcome.check_name == "meets_its_suite"
    assert outcome.stops_publication
