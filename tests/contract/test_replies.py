"""The reply to a delivery: every row that was not accepted, marked and explained; nothing that a spreadsheet runs."""

import dataclasses
import re
import stat
import zipfile

import pyarrow.parquet as pq
import pytest
import python_calamine as calamine
from click.testing import CliRunner

from ingestion.answers.replies import kept_fingerprint, reply_path, write_replies
from ingestion.answers.reply import LISTED_ROWS
from ingestion.answers.reply_summary import KINDS, VERDICTS
from ingestion.answers.reply_workbook import MISFITS_SHEET, NUMBERS_SHEET, ROWS_SHEET, SUMMARY_SHEET
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.ledger import ACCOUNTED_KINDS, Verdict, list_records
from ingestion.reasons import FILE_NOTICES, ROW_REASONS
from ingestion.unclaimed import unclaimed_files
from orchestration import exits
from orchestration.cli import pingan
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows, write_table
from tests.corpus import first_case_with
from warehouse.layout import Layout
from warehouse.quarters import Quarter

RESIDENTS = registry().contract("population.registered_residents")
CASES = registry().contract("police.cases")
CORRECTIONS = registry().contract("justice.community_corrections")
ROUND, NEXT_ROUND = Quarter(2017, 1), Quarter(2017, 2)
#: How many columns stand before a row's own cells.
LEADING = 4


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def land(layout, contract, rows, name=None, round_quarter=ROUND, **around):
    folder = layout.landing_folder(str(round_quarter), contract.department)
    return write_rows(folder / (name or file_name(contract)), contract, rows, **around)


def replied(layout, contract, bench, round_quarter=ROUND):
    """Take the round in and write its replies; the deliveries."""
    deliveries = take_in(layout, contract, round_quarter, KEYS, bench).deliveries
    write_replies(layout, deliveries, list_records(layout))
    return deliveries


def sheets(path):
    """Every sheet's cells as a spreadsheet reader takes them."""
    with calamine.CalamineWorkbook.from_path(path) as book:
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def figures(sheet):
    """The summary's second cells by the first."""
    return {row[0]: row[1] for row in sheet if row and row[0]}


def messy_rows():
    rows = valid_rows(RESIDENTS, 40)
    rows[3]["sex_code"] = "男性"
    rows[3]["registration_date"] = "2017-02-30"
    rows[5]["document_number"] = rows[4]["document_number"]
    rows[7]["document_number"] = ""
    rows[8]["document_number"] = rows[8]["document_number"][:-1] + "#"
    return rows


def test_refused_rows_stand_there_as_sent_with_the_wrong_cells_marked(layout, bench):
    land(layout, RESIDENTS, messy_rows())
    (delivery,) = replied(layout, RESIDENTS, bench)
    path = reply_path(layout, delivery)
    header, first, second = sheets(path)[ROWS_SHEET]
    sent = [column.headers[0] for column in RESIDENTS.columns.values()]
    assert header[LEADING:] == sent
    assert (first[0], second[0]) == (5, 7)
    assert first[LEADING:] == list(messy_rows()[3].values())
    assert second[1] == "公民身份号码"
    assert ROW_REASONS["duplicate_key"].zh in second[2]
    assert ROW_REASONS["duplicate_key"].en in second[3]
    assert first[1] == "性别\n登记日期"
    assert "应为：代码或名称：0 未知、1 男、2 女、9 未说明" in first[2]
    assert "Expected: a date like 2017-03-01" in first[3]
    marked = {row: marked_columns(path, row) for row in (2, 3)}
    assert marked == {2: {sent.index("性别"), sent.index("登记日期")}, 3: {sent.index("公民身份号码")}}


def marked_columns(path, row):
    """Places, in a row as sent, of the cells with another look than the first plain one: those of a filled style."""
    with zipfile.ZipFile(path) as book:
        styles = book.read("xl/styles.xml").decode()
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
    filled = [
        at
        for at, style in enumerate(re.findall(r"<xf [^>]*>", re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)[0]))
        if 'fillId="0"' not in style
    ]
    cells = re.findall(rf'<c r="([A-Z]+){row}" s="(\d+)"', sheet)
    assert len(cells) == LEADING + len(RESIDENTS.columns)
    return {at - LEADING for at, (_, style) in enumerate(cells) if int(style) in filled}


def test_a_reply_counts_the_rows_that_are_not_held_and_says_why_and_what_to_do(layout, bench):
    rows = valid_rows(CORRECTIONS, 20)
    rows[3]["is_minor"] = "是"
    table = [[column.headers[0] for column in CORRECTIONS.columns.values()], *(list(row.values()) for row in rows)]
    table[5].append("多")
    folder = layout.landing_folder(str(ROUND), CORRECTIONS.department)
    write_table(folder / file_name(CORRECTIONS), CORRECTIONS, table)
    (delivery,) = replied(layout, CORRECTIONS, bench)
    told = sheets(reply_path(layout, delivery))
    assert figures(told[SUMMARY_SHEET])["非数据行 not data"] == 1
    (line,) = [row for row in told[SUMMARY_SHEET] if row[0] == "不予保存的行 rows not held"]
    assert line[1] == 2
    assert "列数与表头不一致的行无法判断是否为未成年人" in line[4]
    assert "a row with a wrong number of cells is a minor's cannot be judged" in line[5]
    assert list(told) == [SUMMARY_SHEET]


@pytest.mark.parametrize("notice", FILE_NOTICES)
def test_a_reply_tells_in_both_languages_what_to_look_at_again(layout, bench, notice):
    case = first_case_with(notice)
    folder = layout.landing_folder(str(ROUND), case.contract.department)
    folder.mkdir(parents=True)
    (folder / case.name).write_bytes(case.content())
    (delivery,) = replied(layout, case.contract, bench)
    words = FILE_NOTICES[notice]
    told = [row[1:6] for row in sheets(reply_path(layout, delivery))[SUMMARY_SHEET] if row[0] == "提示 notice"]
    assert told == [[notice, "", "", words.zh, words.en]]


def test_a_reply_gives_the_account_by_reason_and_lists_numbers_to_mend(layout, bench):
    land(layout, RESIDENTS, messy_rows(), below=[["合计", "40"]])
    (delivery,) = replied(layout, RESIDENTS, bench)
    told = sheets(reply_path(layout, delivery))
    summary = figures(told[SUMMARY_SHEET])
    assert summary["结论 verdict"] == "已接收"
    assert summary["读取 read"] == delivery.rows_read_count == 42
    assert (summary["接收 accepted"], summary["留存 set aside"], summary["非数据行 not data"]) == (38, 2, 2)
    assert {code: summary[code] for code in delivery.quarantined_by_reason} == delivery.quarantined_by_reason
    assert (summary["missing"], summary["malformed"]) == (1, 1)
    assert [row[:2] for row in told[NUMBERS_SHEET][1:]] == [[9, "missing"], [10, "malformed"]]
    assert summary["更正后整体重报，文件名 send the whole file again as"] == "户籍人口_2017Q1_更正.csv"


def test_a_reply_compares_with_the_version_superseded_or_with_the_period_before(layout, bench):
    land(layout, CASES, valid_rows(CASES, 9, "201701"), file_name(CASES, "201701"))
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES))
    land(layout, CASES, valid_rows(CASES, 4), file_name(CASES, note="更正"))
    january, february, corrected = replied(layout, CASES, bench)
    compared = [sheets(reply_path(layout, delivery))[SUMMARY_SHEET] for delivery in (january, february, corrected)]
    rows = [next((row[1:4] for row in sheet if row[0] == "接收行数 rows accepted"), None) for sheet in compared]
    assert rows == [None, [5, 9, -4], [4, 5, -1]]
    assert figures(compared[1])["上一期 the period before"] == "201701 v1"
    assert figures(compared[2])["被替代的版本 the version superseded"] == "201702 v1"


def test_a_file_that_is_refused_a_duplicate_or_nobodys_is_answered_too(layout, bench):
    path = land(layout, CASES, valid_rows(CASES, 5))
    path.with_name(file_name(CASES, note="重发")).write_bytes(path.read_bytes())
    write_table(path.with_name(file_name(CASES, note="错")), CASES, [["没有", "表头"], ["1", "2"]])
    path.with_name("不知何物.csv").write_bytes(b"1,2")
    deliveries = replied(layout, CASES, bench)
    (unclaimed,) = unclaimed_files(layout, ROUND)
    write_replies(layout, [unclaimed], [])
    told = {
        delivery.verdict + (delivery.reason_code or ""): sheets(reply_path(layout, delivery))
        for delivery in (*deliveries, unclaimed)
    }
    assert {name: list(sheet) for name, sheet in told.items()} == {
        name: [SUMMARY_SHEET] for name in ("accepted", "duplicatesame_bytes", "refusedno_header", "refusedunknown_file")
    }
    refused = next(row for row in told["refusedno_header"][SUMMARY_SHEET] if row[0] == "原因 reason")
    record = next(delivery for delivery in deliveries if delivery.verdict == "refused")
    assert refused[1::1] == [record.reason_code, "", "", record.reason_zh, record.reason_en]
    assert "案件_201703.csv" in str(told["refusedunknown_file"])


def test_rows_that_do_not_fit_the_header_have_a_sheet_of_their_own(layout, bench):
    rows = valid_rows(CASES, 4)
    header = [column.headers[0] for column in CASES.columns.values()]
    path = layout.landing_folder(str(ROUND), "police") / file_name(CASES)
    write_table(path, CASES, [header, *[list(row.values()) for row in rows], ["A", "B", "C"]])
    (delivery,) = replied(layout, CASES, bench)
    told = sheets(reply_path(layout, delivery))
    assert told[MISFITS_SHEET][1][LEADING:] == ["A", "B", "C"]
    assert ROWS_SHEET not in told


HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "＝1+1",
    "http://a.example",
    "<b>&amp;</b>",
    "_x0041_",
    "0012",
]


def test_no_spreadsheet_takes_what_was_sent_for_a_formula_or_a_link(layout, bench):
    rows = valid_rows(RESIDENTS, 20)
    for row, hostile in zip(rows, HOSTILE, strict=False):
        row |= {"person_name": hostile, "registered_address": hostile, "sex_code": "错"}
    land(layout, RESIDENTS, rows)
    (delivery,) = replied(layout, RESIDENTS, bench)
    path = reply_path(layout, delivery)
    header, *told = sheets(path)[ROWS_SHEET]
    for at in (header.index("姓名"), header.index("户籍地址")):
        assert [row[at] for row in told] == HOSTILE
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    assert not [name for name, content in parts.items() if re.search(r"<f[ >]|<hyperlink|ddeLink", content)]
    assert not [name for name in parts if "externalLink" in name or "vbaProject" in name]


def test_a_long_list_is_cut_to_some_rows_of_every_reason_and_the_others_are_counted(layout, bench):
    rows = valid_rows(RESIDENTS, LISTED_ROWS + 100)
    for at, row in enumerate(rows):
        row["document_number"] = ""
        row["sex_code"] = "错"
        if at >= LISTED_ROWS + 90:
            row |= {"sex_code": "1", "registration_date": "2017-02-30"}
    sound = valid_rows(RESIDENTS, LISTED_ROWS + 500)[-400:]
    for row in sound:
        row["document_number"] = ""
    land(layout, RESIDENTS, rows + sound)
    (delivery,) = replied(layout, RESIDENTS, bench)
    told = sheets(reply_path(layout, delivery))
    listed, last = told[ROWS_SHEET][1:-1], told[ROWS_SHEET][-1]
    assert len(listed) == LISTED_ROWS
    numbers = [row[0] for row in listed]
    assert numbers == sorted(numbers)
    assert sum(row[1] == "登记日期" for row in listed) == 10
    assert last[0].startswith("其余 100 行未列出")
    assert len(told[NUMBERS_SHEET]) == LISTED_ROWS + 2
    assert told[NUMBERS_SHEET][-1][0].startswith("其余 200 行未列出")


def test_equal_deliveries_give_equal_bytes_and_a_reply_is_written_once(tmp_path):
    homes = [Layout(tmp_path / name) for name in ("one", "two")]
    paths = []
    for home in homes:
        land(home, RESIDENTS, messy_rows())
        (delivery,) = replied(home, RESIDENTS, None)
        paths.append(reply_path(home, delivery))
        assert write_replies(home, [delivery], list_records(home)) == []
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_lost_broken_or_outdated_reply_is_written_again(layout, bench):
    land(layout, RESIDENTS, messy_rows())
    (delivery,) = replied(layout, RESIDENTS, bench)
    path, records = reply_path(layout, delivery), list_records(layout)
    sound = path.read_bytes()

    def broken(content):
        path.write_bytes(content)
        assert write_replies(layout, [delivery], records) == [path]
        assert path.read_bytes() == sound

    path.unlink()
    broken(b"")
    broken(sound[: len(sound) // 2])
    kept = kept_fingerprint(path)
    corrected = dataclasses.replace(delivery, version=7)
    assert write_replies(layout, [corrected], records) == [path]
    assert kept_fingerprint(path) not in (None, kept)


def test_taking_in_again_leaves_replies_where_they_are(layout, bench):
    land(layout, RESIDENTS, messy_rows())
    (delivery,) = replied(layout, RESIDENTS, bench)
    before = reply_path(layout, delivery).read_bytes()
    take_in(layout, RESIDENTS, ROUND, KEYS, bench)
    assert reply_path(layout, delivery).read_bytes() == before


def test_a_reply_is_its_owners_alone_and_leaves_no_trace_elsewhere(layout, bench, tmp_path_factory, monkeypatch):
    aside = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    land(layout, RESIDENTS, messy_rows())
    deliveries = take_in(layout, RESIDENTS, ROUND, KEYS, bench).deliveries
    opened = []
    monkeypatch.setattr("tempfile.mkstemp", lambda *_, **__: opened.append("mkstemp"))
    write_replies(layout, deliveries, list_records(layout))
    path = reply_path(layout, deliveries[0])
    assert (opened, list(aside.iterdir())) == ([], [])
    assert path.is_relative_to(layout.quarantine)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in path.parents if folder != layout.home
            and folder.is_relative_to(layout.home)} == {0o700}  # fmt: skip
    values = {row["person_name"] for row in messy_rows()} | {row["document_number"] for row in messy_rows()[:9]}
    summary = str(sheets(path)[SUMMARY_SHEET])
    assert [value for value in values - {""} if value in summary] == []


def test_the_command_writes_what_is_missing_and_says_where_it_lies(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    deliveries = take_in(layout, CASES, ROUND, KEYS, bench).deliveries
    path = reply_path(layout, deliveries[0])

    def asked(*arguments):
        return CliRunner().invoke(pingan, ["--home", str(layout.home), "reply", *arguments], catch_exceptions=False)

    assert f"{path} (新 new)" in asked().output
    assert path.exists()
    again = asked(deliveries[0].delivery_id)
    assert (again.exit_code, str(path) in again.output, "new" in again.output) == (exits.DONE, True, False)
    assert asked("police.cases-2", "--round", "2017Q1").exit_code == exits.DONE
    for wrong in (["nothing"], ["--round", "2016Q1"], ["--round", "spring"]):
        assert asked(*wrong).exit_code == exits.USAGE


def test_every_verdict_and_kind_of_row_has_words():
    assert set(VERDICTS) >= set(Verdict.__args__)
    assert set(KINDS) == set(ACCOUNTED_KINDS)


def test_the_quarantine_is_read_as_it_was_written(layout, bench):
    """The reply shows the first of the reasons that the ledger counts."""
    land(layout, RESIDENTS, messy_rows())
    (delivery,) = replied(layout, RESIDENTS, bench)
    (kept,) = layout.quarantine.rglob("*.parquet")
    rows = pq.read_table(kept, partitioning=None).to_pylist()
    told = sheets(reply_path(layout, delivery))[ROWS_SHEET][1:]
    assert [row[0] for row in told] == [row["row_number"] for row in rows]
    assert [dict(row["cells"]) for row in rows] == [
        dict(zip(sheets(reply_path(layout, delivery))[ROWS_SHEET][0][LEADING:], row[LEADING:], strict=True))
        for row in told
    ]
