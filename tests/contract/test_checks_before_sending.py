"""A department's check says what intake then does, shows no value of a row, and leaves nothing behind."""

import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from ingestion.answers.checking import check_file
from ingestion.answers.findings import NUMBER_QUALITIES, Place
from ingestion.contracts.registry import registry
from ingestion.identity.numbers import QUALITY_CODES
from ingestion.intake import take_in
from ingestion.reasons import FILE_NOTICES
from ingestion.workbench import Workbench
from orchestration import exits
from orchestration.cli import pingan
from tests.contract.made_files import file_name, valid_rows, write_rows, write_table
from tests.contract.test_every_contract import breaches
from tests.corpus import first_case_with
from warehouse.keys import Keys, LastingKey
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.quarters import Quarter

CONTRACTS = registry().contracts
RESIDENTS = CONTRACTS["population.registered_residents"]
CASES = CONTRACTS["police.cases"]
CORRECTIONS = CONTRACTS["justice.community_corrections"]
ROUND = Quarter(2017, 1)
KEYS = Keys("test", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32))
#: A CSV file and a workbook, with persons and without.
EXTRACTS = ["population.registered_residents", "police.cases", "population.overseas_residents", "justice.mediations"]


def asked(*arguments):
    return CliRunner().invoke(pingan, ["check", *map(str, arguments)], catch_exceptions=False)


def messy_file(folder, contract):
    """A file in which every rule of the contract is broken once, a key is repeated, and a row is no data."""
    broken = breaches(contract.extract)
    rows = valid_rows(contract, len(broken) + 30)
    for row, (_, _, cells) in zip(rows, broken, strict=False):
        row.update(cells)
    rows[-1].update({name: rows[-2][name] for name in contract.key})
    if contract.person:
        rows[-3][contract.person.number] = ""
    return write_rows(folder / file_name(contract), contract, rows, above=[["标题"]], below=[["合计", "9"]])


@pytest.mark.parametrize("extract", EXTRACTS)
def test_a_check_finds_what_intake_then_does(tmp_path, extract):
    contract, layout = CONTRACTS[extract], Layout(tmp_path)
    path = messy_file(layout.landing_folder(str(ROUND), contract.department), contract)
    checked = check_file(path)
    with Workbench(layout, KEYS) as bench:
        (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert delivery.verdict == "accepted"
    told = {name: getattr(delivery, name) for name in vars(checked.account)}
    assert vars(checked.account) == told
    assert checked.account.rows_quarantined_count > 3
    (kept,) = layout.quarantine.rglob("*.parquet")
    rows = pq.read_table(kept, partitioning=None).to_pylist()
    expected = [
        (row["row_number"], tuple(Place(reason["column"], reason["reason_code"]) for reason in row["reasons"]))
        for row in rows
    ]
    assert checked.findings.refused_rows(10_000) == expected
    by_place = checked.findings.by_place(10_000)
    for place, found in by_place.items():
        assert found.first_rows == tuple(number for number, places in expected if place in places)
        assert found.row_count == len(found.first_rows)
    assert set(by_place) == {place for _, places in expected for place in places}


def test_a_check_holds_back_the_rows_that_intake_then_does_not_keep(tmp_path):
    layout = Layout(tmp_path)
    rows = valid_rows(CORRECTIONS, 20)
    rows[3]["is_minor"] = "是"
    rows[5]["is_minor"] = "也许"
    rows[7]["start_date"] = "上月"
    header = [column.headers[0] for column in CORRECTIONS.columns.values()]
    table = [header, *(list(row.values()) for row in rows)]
    table[-1].append("多")
    folder = layout.landing_folder(str(ROUND), CORRECTIONS.department)
    path = write_table(folder / file_name(CORRECTIONS), CORRECTIONS, table)
    checked = check_file(path)
    with Workbench(layout, KEYS) as bench:
        (delivery,) = take_in(layout, CORRECTIONS, ROUND, KEYS, bench).deliveries
    assert delivery.verdict == "accepted"
    assert vars(checked.account) == {name: getattr(delivery, name) for name in vars(checked.account)}
    assert (delivery.rows_accepted_count, delivery.quarantined_by_reason) == (16, {"invalid_date": 1})
    # A minor's row, of which nothing is to be mended, one that may be a minor's, and one with a cell too many.
    assert delivery.accounted == {"header": 1, "not_held": 3}
    assert [number for number, _ in checked.findings.refused_rows(10)] == [7, 9, 21]
    answer = asked(path)
    assert answer.exit_code == exits.REFUSED
    assert "不予保存 not held: 3 行 rows" in answer.output
    assert "wrong_field_count" in answer.output


def test_a_sound_list_with_minors_has_nothing_to_mend(tmp_path):
    rows = valid_rows(CORRECTIONS, 6)
    rows[2]["is_minor"] = "是"
    answer = asked(write_rows(tmp_path / file_name(CORRECTIONS), CORRECTIONS, rows))
    assert answer.exit_code == exits.DONE
    assert "读取 read 7 = 接收 accepted 5 + 留存 set aside 0 + 不予保存 not held 1 + 非数据 not data 1" in answer.output


def test_a_sound_file_would_be_accepted_and_one_with_a_bad_row_would_not(tmp_path):
    sound = write_rows(tmp_path / file_name(CASES), CASES, valid_rows(CASES, 5))
    answer = asked(sound)
    assert (answer.exit_code, "将全部接收 every row would be accepted" in answer.output) == (exits.DONE, True)
    bad = messy_file(tmp_path / "bad", CASES)
    answer = asked(sound, bad)
    assert answer.exit_code == exits.REFUSED
    assert "案件状态 · unknown_code: 1 行 rows: " in answer.output
    assert "1 立案、2 破案、3 撤案" in answer.output
    assert "第 3 行 row 3: 案件编号 missing_required" in answer.output


def test_an_answer_names_every_row_and_no_value_of_one(tmp_path):
    path = messy_file(tmp_path, RESIDENTS)
    answer = asked(path, "--rows", 1000)
    rows = valid_rows(RESIDENTS, 200)
    fields = registry().fields
    direct = [name for name in RESIDENTS.columns if fields[name].sensitivity == "direct"]
    values = {row[name] for row in rows for name in direct}
    assert len(values) > 200
    assert [value for value in values if value in answer.output] == []
    account = check_file(path).account
    assert answer.output.count("    第 ") == account.rows_quarantined_count
    assert "证件号码 document number · missing: 1 行 rows: " in answer.output


def test_a_listing_is_cut_short_at_the_number_asked_for_and_says_so(tmp_path):
    path = messy_file(tmp_path, RESIDENTS)
    count = check_file(path).account.rows_quarantined_count
    answer = asked(path, "--rows", 2)
    assert answer.output.count("    第 ") == 2
    assert f"{count - 2} more rows are not listed; --rows {count}" in answer.output


def test_nothing_is_written_and_no_orchestrator_or_key_is_needed(tmp_path):
    path = messy_file(tmp_path / "desk", RESIDENTS)
    before = sorted(tmp_path.rglob("*")), path.read_bytes()
    script = "import sys\nfrom orchestration.cli import pingan\npingan.main(sys.argv[1:], standalone_mode=False)\n"
    loaded = (
        "import atexit, sys\natexit.register(lambda: print('loaded', sorted({n.split('.')[0] for n in sys.modules})))\n"
    )
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("PINGAN", "DAGSTER"))}
    asked_alone = subprocess.run(
        [sys.executable, "-c", loaded + script, "--home", str(tmp_path / "nowhere"), "check", str(path)],
        cwd=PROJECT_ROOT,
        env=quiet | {"TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked_alone.returncode == exits.REFUSED, asked_alone.stderr
    assert (sorted(tmp_path.rglob("*")), path.read_bytes()) == before
    assert "'duckdb'" in asked_alone.stdout
    for heavy in ("dagster", "dbt", "great_expectations", "rich"):
        assert f"'{heavy}'" not in asked_alone.stdout


def test_a_file_of_any_name_is_judged_when_told_what_it_is(tmp_path):
    path = write_rows(tmp_path / "导出.csv", CASES, valid_rows(CASES, 5))
    unknown = asked(path)
    assert (unknown.exit_code, "unknown_file" in unknown.output) == (exits.REFUSED, True)
    told = asked(path, "--extract", "police.cases", "--period", "201702")
    assert told.exit_code == exits.REFUSED
    assert "案件_201702.csv" in told.output
    assert "读取 read 6 = 接收 accepted 5" in told.output


@pytest.mark.parametrize(
    ("name", "expected"),
    [("案件201702.csv", "案件_201702.csv"), ("案件_201702.doc", "案件_201702.csv"), ("案件.csv", "案件_201703.csv")],
)
def test_a_misnamed_file_is_told_its_name(tmp_path, name, expected):
    path = write_rows(tmp_path / name, CASES, valid_rows(CASES, 5))
    answer = asked(path)
    assert (answer.exit_code, expected in answer.output) == (exits.REFUSED, True)


def test_a_period_that_the_extract_or_the_round_cannot_have_is_told(tmp_path):
    path = write_rows(tmp_path / "案件_2017Q1.csv", CASES, valid_rows(CASES, 5))
    assert "to be written like 201703" in asked(path).output
    copied = write_rows(tmp_path / "案件_201702 (1).csv", CASES, valid_rows(CASES, 5))
    assert "写作 201702 的形式；其后如有说明，以“_”隔开" in asked(copied).output
    later = write_rows(tmp_path / "案件_201702.csv", CASES, valid_rows(CASES, 5))
    answer = asked(later, "--send-in", "2016Q4")
    assert (answer.exit_code, "after this round, 2016Q4" in answer.output) == (exits.REFUSED, True)
    assert asked(later, "--send-in", "2017Q1").exit_code == exits.DONE


def test_a_manifest_beside_the_file_is_held_against_it(tmp_path):
    path = write_rows(tmp_path / file_name(CASES), CASES, valid_rows(CASES, 5))
    manifest = path.with_name(f"{path.name}.manifest.json")
    manifest.write_text('{"rows": 5}')
    assert asked(path).exit_code == exits.DONE
    manifest.write_text('{"rows": 6}')
    answer = asked(path)
    assert (answer.exit_code, "manifest_mismatch" in answer.output) == (exits.REFUSED, True)
    manifest.write_text('{"rows": "five", "zeilen": 5}')
    assert "rows: int_type (应为整数 to be a whole number); zeilen: extra_forbidden (没有这一项" in asked(path).output


def test_a_manifest_given_beside_its_file_is_no_file_of_its_own(tmp_path):
    path = write_rows(tmp_path / file_name(CASES), CASES, valid_rows(CASES, 5))
    manifest = path.with_name(f"{path.name}.manifest.json")
    manifest.write_text('{"rows": 5}')
    answer = asked(path, manifest)
    assert (answer.exit_code, "held against its file" in answer.output) == (exits.DONE, True)
    path.unlink()
    assert asked(manifest).exit_code == exits.REFUSED


def test_another_extracts_file_is_recognised(tmp_path):
    alarms = CONTRACTS["police.alarms_110"]
    answer = asked(write_rows(tmp_path / file_name(CASES), alarms, valid_rows(alarms, 5)))
    assert (answer.exit_code, "another_extract" in answer.output) == (exits.REFUSED, True)


def test_a_file_without_an_acceptable_row_is_answered_row_by_row(tmp_path):
    rows = [row | {"case_type_code": "?"} for row in valid_rows(CASES, 3)]
    answer = asked(write_rows(tmp_path / file_name(CASES), CASES, rows))
    assert (answer.exit_code, "would be refused: no_acceptable_row" in answer.output) == (exits.REFUSED, True)
    for row in (2, 3, 4):
        assert f"第 {row} 行 row {row}: 案件类别 unknown_code" in answer.output


@pytest.mark.parametrize("notice", FILE_NOTICES)
def test_a_notice_is_told_in_both_languages_and_costs_nothing_by_itself(tmp_path, notice):
    case = first_case_with(notice)
    path = tmp_path / case.name
    path.write_bytes(case.content())
    answer = asked(path)
    assert answer.exit_code == (exits.REFUSED if case.quarantined else exits.DONE)
    assert f"! {notice}: {FILE_NOTICES[notice].zh}\n    {FILE_NOTICES[notice].en}\n" in answer.output


def test_an_unknown_extract_or_quarter_is_a_usage_error(tmp_path):
    path = write_rows(tmp_path / file_name(CASES), CASES, valid_rows(CASES, 5))
    assert asked(path, "--extract", "police.nothing").exit_code == exits.USAGE
    assert asked(path, "--send-in", "spring").exit_code == exits.USAGE
    assert asked(tmp_path / "nothing.csv").exit_code == exits.USAGE


def test_a_header_cannot_steer_the_terminal(tmp_path):
    header = [column.headers[0] for column in CASES.columns.values()]
    body = [[*row.values(), "x"] for row in valid_rows(CASES, 3)]
    path = write_table(tmp_path / file_name(CASES), CASES, [[*header, "\x1b[2J\u202e备注"], *body])
    answer = asked(path)
    assert "unknown_column" in answer.output
    assert "\x1b" not in answer.output
    assert "\u202e" not in answer.output


def test_every_number_that_names_nobody_has_words():
    assert set(NUMBER_QUALITIES) == set(QUALITY_CODES) - {"valid", "upgraded_15"}
