"""Each check on an extract's deliveries passes on good ones and fails on the one thing that it is there for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import delivery_rules as rules
from expectations.completeness import KnownAreas, RowCounts, completeness_matrix
from expectations.deliveries import CHECK_TITLES, apply_rules, check_names, gather, rules_of
from expectations.evidence import Evidence
from expectations.outcomes import COLUMNS, CheckOutcome, outcome_table, read_outcomes, write_outcomes
from expectations.records import current_deliveries, read_records
from ingestion.contracts.registry import registry
from tests.unit.expectations_builders import (
    COMMITTEES,
    QUARTER,
    SUB_DISTRICTS,
    deliver,
    deliver_quarter,
    small_layout,
)

CASES, VOLUNTEERS, DWELLINGS = "police.cases", "governance.volunteers", "population.dwellings"


@pytest.fixture
def layout(tmp_path):
    made = small_layout(tmp_path)
    deliver_quarter(made, "governance.areas")
    return made


def judged(layout, extract: str) -> dict[str, CheckOutcome]:
    outcomes = apply_rules(gather(layout, registry().contract(extract), QUARTER))
    return {outcome.check_name: outcome for outcome in outcomes}


def failed(layout, extract: str) -> set[str]:
    return {name for name, outcome in judged(layout, extract).items() if not outcome.passed}


def without(column: str, *values: str):
    return lambda table: table.filter(pc.invert(pc.is_in(table[column], pa.array(values))))


@pytest.mark.parametrize("extract", list(registry().contracts))
def test_good_deliveries_of_every_extract_pass_every_check(layout, extract):
    if extract != "governance.areas":
        deliver_quarter(layout, extract)
    outcomes = judged(layout, extract)
    assert {name: outcome.observed for name, outcome in outcomes.items() if not outcome.passed} == {}
    assert [*outcomes, "meets_its_suite"] == check_names(registry().contract(extract))
    assert set(check_names(registry().contract(extract))) <= set(CHECK_TITLES)


def test_a_missing_month_names_extract_department_and_remedy(layout):
    deliver(layout, CASES, "201701")
    deliver(layout, CASES, "201703")
    outcome = judged(layout, CASES)["has_arrived"]
    assert outcome.stops_publication
    assert outcome.observed == "accepted: 201701, 201703"
    assert "案件_201702.csv" in outcome.remedy_zh
    assert "landing/2017Q1/police/" in outcome.remedy_zh
    assert "公安分局" in outcome.remedy_zh
    assert "Public-security sub-bureau" in outcome.remedy_en
    assert "police.cases" in outcome.remedy_en
    assert outcome.department == "police"
    assert failed(layout, CASES) == {"has_arrived", "covers_every_month"}


def test_a_month_missing_inside_a_quarterly_file_is_found_in_the_rows(layout):
    first_month = {"201701"}
    deliver(
        layout,
        VOLUNTEERS,
        "2017Q1",
        change=lambda t: t.filter(
            pc.invert(pc.is_in(pc.strftime(t["activity_date"], "%Y%m"), pa.array([*first_month])))
        ),
    )
    outcome = judged(layout, VOLUNTEERS)["covers_every_month"]
    assert outcome.stops_publication
    assert "201701: 0 rows" in outcome.observed
    assert failed(layout, VOLUNTEERS) == {"covers_every_month"}


def test_an_empty_month_of_rare_events_only_warns():
    contract = registry().contract("fire.fires")
    counts = RowCounts({("201701", COMMITTEES[0]): 4, ("201702", COMMITTEES[1]): 3})
    evidence = Evidence(contract, registry().departments["fire"], QUARTER, [], counts)
    assert rules.covers_every_month(evidence).severity_code == "warn"
    assert not rules.covers_every_month(evidence).passed
    nothing = Evidence(contract, registry().departments["fire"], QUARTER, [], RowCounts({}))
    assert rules.covers_every_month(nothing).stops_publication


def test_a_department_that_sent_nothing_fails(layout):
    assert judged(layout, DWELLINGS)["has_arrived"].stops_publication
    assert {"has_arrived", "covers_every_area", "volume_is_plausible"} == failed(layout, DWELLINGS)


def test_a_refused_file_stands_until_an_accepted_one_replaces_it(layout):
    refused = {
        "verdict": "refused",
        "reason_code": "unknown_column",
        "reason_zh": "列“嫌疑人”未约定。",
        "reason_en": "column 嫌疑人 is not in the contract",
    }
    deliver(layout, VOLUNTEERS, "2017Q1", **refused)
    assert failed(layout, VOLUNTEERS) >= {"has_arrived", "has_only_declared_columns"}
    missing = judged(layout, VOLUNTEERS)["has_arrived"]
    assert "被退回：列“嫌疑人”未约定。回执在 quarantine/governance/replies/2017Q1/" in missing.remedy_zh
    assert "column 嫌疑人 is not in the contract. The reply is in quarantine/governance/" in missing.remedy_en
    outcome = judged(layout, VOLUNTEERS)["has_only_declared_columns"]
    assert "column 嫌疑人 is not in the contract" in outcome.observed
    deliver(layout, VOLUNTEERS, "2017Q1", file_name="平安志愿者_2017Q1_更正.csv", version=1)
    assert failed(layout, VOLUNTEERS) == set()


def test_a_refused_correction_of_an_accepted_file_warns_and_fails_on_its_columns(layout):
    deliver(layout, VOLUNTEERS, "2017Q1")
    late = {"verdict": "refused", "reason_code": "undecodable", "file_name": "平安志愿者_2017Q1_更正.csv"}
    deliver(layout, VOLUNTEERS, "2017Q1", **late)
    outcome = judged(layout, VOLUNTEERS)["has_arrived"]
    assert not outcome.passed
    assert outcome.severity_code == "warn"
    deliver(layout, VOLUNTEERS, "2017Q1", **(late | {"reason_code": "unknown_column", "reason_en": "x"}))
    assert judged(layout, VOLUNTEERS)["has_only_declared_columns"].stops_publication


def test_rows_that_vanish_are_found_in_the_ledger_and_in_raw(layout):
    deliver(layout, VOLUNTEERS, "2017Q1", rows_read_count=130)
    assert "130 ≠ 120 + 0 + 1" in judged(layout, VOLUNTEERS)["conserves_rows"].observed
    deliver(layout, VOLUNTEERS, "2017Q1", rows_accepted_count=110, rows_quarantined_count=10)
    assert "110 rows accepted ≠ raw: 120" in judged(layout, VOLUNTEERS)["conserves_rows"].observed


def test_an_area_without_rows_is_named(layout):
    deliver(layout, DWELLINGS, "2017Q1", change=without("committee_code", COMMITTEES[4]))
    outcome = judged(layout, DWELLINGS)["covers_every_area"]
    assert outcome.stops_publication
    assert outcome.observed == f"5 of 6 areas; absent: {COMMITTEES[4]}"
    deliver(layout, VOLUNTEERS, "2017Q1", change=without("committee_code", *COMMITTEES[3:]))
    assert judged(layout, VOLUNTEERS)["covers_every_area"].observed == f"1 of 2 areas; absent: {SUB_DISTRICTS[1]}"


def test_a_split_committee_may_still_be_reported_under_its_old_code():
    areas = KnownAreas({"310105001001": "310105001", "310105001009": "310105001"}, {"310105001009": "310105001001"})
    contract = registry().contract(DWELLINGS)
    counts = RowCounts({("", "310105001001"): 50})
    evidence = Evidence(contract, registry().departments["population"], QUARTER, [], counts, areas)
    assert rules.covers_every_area(evidence).passed


def test_without_an_area_list_the_extracts_own_history_is_asked(tmp_path):
    layout = small_layout(tmp_path)
    deliver_quarter(layout, DWELLINGS, QUARTER.plus(-1))
    deliver(layout, DWELLINGS, "2017Q1", change=without("committee_code", COMMITTEES[0]))
    assert judged(layout, DWELLINGS)["covers_every_area"].observed == f"5 of 6 areas; absent: {COMMITTEES[0]}"


@pytest.mark.parametrize(
    ("rows", "quarantined", "passed", "severity"),
    [
        (990, 10, True, "error"),
        (980, 20, False, "warn"),
        (940, 60, False, "error"),
        (9, 1, True, "error"),
        (9, 3, False, "warn"),
    ],
)
def test_quarantine_above_one_per_cent_warns_and_above_five_stops(layout, rows, quarantined, passed, severity):
    deliver(
        layout,
        VOLUNTEERS,
        "2017Q1",
        rows=rows,
        rows_read_count=rows + 1 + quarantined,
        rows_quarantined_count=quarantined,
        quarantined_by_reason={"invalid_date": quarantined},
    )
    outcome = judged(layout, VOLUNTEERS)["quarantine_share_is_low"]
    assert (outcome.passed, outcome.severity_code) == (passed, severity)
    assert f"invalid_date {quarantined}" in outcome.observed


@pytest.mark.parametrize(("rows", "passed"), [(400, True), (160, True), (150, False), (651, False)])
def test_the_volume_is_compared_with_the_median_of_the_quarters_before(layout, rows, passed):
    # Volunteers may change by 0.6: 400 rows in each quarter before allow 160 to 640.
    for back in (1, 2, 3):
        deliver_quarter(layout, VOLUNTEERS, QUARTER.plus(-back), rows=400)
    deliver_quarter(layout, VOLUNTEERS, rows=rows)
    assert judged(layout, VOLUNTEERS)["volume_is_plausible"].passed is passed


def test_small_volumes_move_by_chance(layout):
    # Median 9: four square roots are 12, so 20 passes although it is more than twice as many; 22 does not.
    for rows, passed in ((20, True), (22, False)):
        deliver_quarter(layout, "governance.psychological_service", QUARTER.plus(-1), rows=9)
        deliver_quarter(layout, "governance.psychological_service", rows=rows)
        assert judged(layout, "governance.psychological_service")["volume_is_plausible"].passed is passed


def test_damaged_document_numbers_warn_against_their_own_history(layout):
    extract = "labour.employment"
    deliver(layout, extract, "2016Q4", identity_quality={"valid": 1180, "missing": 20})
    deliver(layout, extract, "2017Q1", identity_quality={"valid": 1100, "rounded_by_spreadsheet": 100})
    outcome = judged(layout, extract)["identity_quality_is_usual"]
    assert not outcome.passed
    assert outcome.severity_code == "warn"
    deliver(layout, extract, "2017Q1", identity_quality={"valid": 1100, "upgraded_15": 60, "missing": 40})
    assert judged(layout, extract)["identity_quality_is_usual"].passed
    deliver(
        layout, extract, "2017Q1", identity_quality={"valid": 27, "missing": 1}
    )  # 96.4 %, by chance in a short list
    assert judged(layout, extract)["identity_quality_is_usual"].passed


def test_the_delivery_in_force_is_the_latest_round_and_version(layout):
    deliver(layout, VOLUNTEERS, "2016Q4", rows=10)
    deliver(layout, VOLUNTEERS, "2016Q4", rows=20, round="2017Q1", version=2)
    deliver(layout, VOLUNTEERS, "2016Q4", rows=30, round="2017Q2", version=3)
    deliver(layout, VOLUNTEERS, "2017Q1", rows=40)
    known = {str(q): current_deliveries(read_records(layout, VOLUNTEERS, q)) for q in (QUARTER.plus(-1), QUARTER)}
    assert known["2016Q4"][VOLUNTEERS, "2016Q4"]["rows_accepted_count"] == 30
    assert known["2016Q4"].keys() == {(VOLUNTEERS, "2016Q4")}
    assert known["2017Q1"].keys() == {(VOLUNTEERS, "2016Q4"), (VOLUNTEERS, "2017Q1")}


def test_every_rule_can_fail_and_none_is_asked_of_an_extract_that_cannot_break_it():
    names = {extract: set(rules_of(contract)) for extract, contract in registry().contracts.items()}
    assert "covers_every_month" not in names["population.registered_residents"]
    assert "identity_quality_is_usual" not in names["police.cases"]
    assert {"covers_every_month", "covers_every_area"} <= names["police.alarms_110"]


def test_outcomes_come_back_with_their_evidence_and_equal_outcomes_are_equal_bytes(layout):
    deliver_quarter(layout, CASES)
    outcomes = list(judged(layout, CASES).values())
    path = write_outcomes(layout, QUARTER, CASES, outcomes, "first")
    first = path.read_bytes()
    assert read_outcomes(layout, QUARTER, CASES, "police") == (outcomes, "first")
    assert write_outcomes(layout, QUARTER, CASES, outcomes, "first").read_bytes() == first
    assert outcome_table(outcomes).column_names == list(COLUMNS)
    assert read_outcomes(layout, QUARTER, "fire.fires") is None


def test_the_matrix_shows_departments_months_and_areas(layout):
    deliver(layout, CASES, "201701", change=without("committee_code", *COMMITTEES[3:]))
    cells = {
        (c.period, c.sub_district_code): c
        for c in completeness_matrix(layout, QUARTER, registry())
        if c.extract == CASES
    }
    assert set(cells) == {(month, area) for month in QUARTER.months for area in SUB_DISTRICTS}
    assert cells["201701", SUB_DISTRICTS[0]].row_count == 60
    assert cells["201701", SUB_DISTRICTS[0]].is_complete
    assert cells["201701", SUB_DISTRICTS[1]].is_complete is False
    assert cells["201702", SUB_DISTRICTS[0]].row_count == 0
