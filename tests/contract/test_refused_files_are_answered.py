"""A file that is refused whole: its sender is told what to mend, in the reply and by a check before sending."""

import zipfile

import pytest
import python_calamine as calamine
from click.testing import CliRunner

from ingestion.answers.checking import check_file
from ingestion.answers.header_fates import FATES, header_fates
from ingestion.answers.replies import reply_path, write_replies
from ingestion.answers.reply import LISTED_ROWS
from ingestion.answers.reply_workbook import MISFITS_SHEET, ROWS_SHEET, SUMMARY_SHEET
from ingestion.contracts.models import InUse
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.ledger import list_records
from ingestion.removal.carrying import carry_out
from ingestion.removal.orders import person_marks, write_order
from orchestration import exits
from orchestration.cli import pingan
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows, write_table
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CASES = registry().contract("police.cases")
RESIDENTS = registry().contract("population.registered_residents")
MEDIATIONS = registry().contract("justice.mediations")
CORRECTIONS = registry().contract("justice.community_corrections")
ROUND = Quarter(2017, 2)
DAY = ROUND.end_date
LEADING = 4


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def landed(layout, contract, name=None):
    return layout.landing_folder(str(ROUND), contract.department) / (name or file_name(contract))


def refused(layout, contract, bench, code):
    """The delivery, refused for ``code``, and the sheets of the reply to it."""
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_code) == ("refused", code)
    write_replies(layout, [delivery], list_records(layout))
    with calamine.CalamineWorkbook.from_path(reply_path(layout, delivery)) as book:
        return delivery, {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def asked(path, *arguments):
    return CliRunner().invoke(pingan, ["check", str(path), *arguments], catch_exceptions=False)


def told_headers(sheets):
    """Place, header as sent, agreed header, and the words for each header in the reply."""
    summary = sheets[SUMMARY_SHEET]
    start = next(at for at, row in enumerate(summary) if row[0] == "列 column")
    rows = summary[start + 1 :]
    return [row for row in rows[: next(at for at, row in enumerate(rows) if not row[0])]]


@pytest.mark.parametrize("contract", [CASES, MEDIATIONS], ids=["csv", "workbook"])
def test_each_header_of_a_file_refused_for_its_header_has_its_fate(layout, bench, contract):
    headers = [column.headers[0] for column in contract.columns.values()]
    sent = [headers[0] + "号", "备注", *headers[1:]]
    body = [[row[0], "", *row[1:]] for row in (list(row.values()) for row in valid_rows(contract, 5))]
    path = write_table(landed(layout, contract), contract, [["登记表"], sent, *body])
    _, sheets = refused(layout, contract, bench, "unknown_column")
    told = told_headers(sheets)
    assert [(row[0], row[1], row[2]) for row in told] == [
        ("第 1 列 column 1", sent[0], headers[0]),
        ("第 2 列 column 2", "备注", ""),
        *((f"第 {at} 列 column {at}", header, header) for at, header in enumerate(headers[1:], start=3)),
    ]
    assert told[0][4:6] == [f"未约定，请改名或删除；所缺的“{headers[0]}”是否即此列？",
                            f"not agreed: rename it or remove it. Is it “{headers[0]}”, which is missing?"]  # fmt: skip
    assert told[1][4] == FATES["unknown"].zh
    assert {row[5] for row in told[2:]} == {"recognised"}
    answer = asked(path)
    assert answer.exit_code == exits.REFUSED
    assert "the header is row 2:" in answer.output
    assert f"第 1 列 column 1 “{sent[0]}”: 未约定，请改名或删除；所缺的“{headers[0]}”是否即此列？" in answer.output
    assert "、".join(headers[1:]) in answer.output


def test_a_file_without_a_required_column_is_told_which_and_what_it_has(layout, bench):
    rows = valid_rows(CASES, 5)
    headers = [column.headers[0] for column in CASES.columns.values()]
    write_table(landed(layout, CASES), CASES, [headers[1:], *[list(row.values())[1:] for row in rows]])
    _, sheets = refused(layout, CASES, bench, "missing_column")
    assert [row[1] or row[2] for row in told_headers(sheets)] == [*headers[1:], headers[0]]
    assert told_headers(sheets)[-1][4:6] == [FATES["missing"].zh, FATES["missing"].en]
    answer = asked(landed(layout, CASES))
    assert f"✗ “{headers[0]}”: {FATES['missing'].zh}\n      {FATES['missing'].en}" in answer.output


def test_of_a_row_that_is_no_header_nothing_is_told_but_what_is_recognised(layout, bench):
    table = [["案件编号", "某某甲", "139000012345678"], *[["A", "某某乙", "1"]] * 3]
    path = write_table(landed(layout, CASES), CASES, table)
    _, sheets = refused(layout, CASES, bench, "no_header")
    assert [row[1] for row in told_headers(sheets)][:1] == ["案件编号"]
    assert all(row[0] == "缺 missing" for row in told_headers(sheets)[1:])
    for text in (str(sheets), asked(path).output):
        assert "某某" not in text
        assert "1390000" not in text


def test_a_header_can_be_sent_twice_unwanted_or_out_of_use():
    column = RESIDENTS.columns["phone"]
    dated = column.model_copy(
        update={"headers": [*column.headers, "旧电话"], "in_use": {"旧电话": InUse(last="2016Q4")}}
    )
    contract = RESIDENTS.model_copy(
        update={"columns": RESIDENTS.columns | {"phone": dated}, "refused_headers": ["婚姻状况"]}
    )
    agreed = contract.as_of("2017Q1", "2017Q1")
    usual = [column.headers[0] for name, column in contract.columns.items() if name != "phone"]
    told = header_fates(["旧电话", "婚姻状况", "", *usual, usual[0]], contract, agreed)
    assert [(one.place, one.fate, one.agreed) for one in told] == [
        (1, "not_in_use", column.headers[0]),
        (2, "not_wanted", None),
        (4, "twice", usual[0]),
        *((place, "recognised", header) for place, header in enumerate(usual[1:], start=5)),
        (len(usual) + 4, "twice", usual[0]),
    ]


def marked_rows(sheets):
    return {row[0]: (row[1], row[LEADING:]) for row in sheets[ROWS_SHEET][1:] if isinstance(row[0], float)}


def test_the_rows_of_a_file_without_an_acceptable_row_stand_in_the_reply_as_sent(layout, bench):
    rows = [row | {"sex_code": "错"} for row in valid_rows(RESIDENTS, LISTED_ROWS + 5)]
    rows[-1]["registration_date"] = "某日"
    path = write_rows(landed(layout, RESIDENTS), RESIDENTS, rows)
    delivery, sheets = refused(layout, RESIDENTS, bench, "no_acceptable_row")
    told = marked_rows(sheets)
    assert len(told) == LISTED_ROWS
    assert told[2] == ("性别", list(rows[0].values()))
    assert sheets[ROWS_SHEET][-1][0].startswith("其余 5 行未列出")
    assert [row[0] for row in sheets[SUMMARY_SHEET] if row[0].startswith("须改正")] == ["须改正的行 Rows to mend"]
    assert reply_path(layout, delivery).is_relative_to(layout.quarantine)
    answer = asked(path, "--rows", "1000")
    assert answer.output.count("    第 ") == LISTED_ROWS + 5
    assert not any(row["document_number"] in answer.output or row["person_name"] in answer.output for row in rows)


def test_the_rows_of_another_period_are_marked_in_the_reply_and_told_by_a_check(layout, bench):
    sound = valid_rows(CASES, 3, "201704")
    path = write_rows(landed(layout, CASES, file_name(CASES, "201704")), CASES, [*valid_rows(CASES, 5), *sound])
    _, sheets = refused(layout, CASES, bench, "wrong_period")
    told = marked_rows(sheets)
    assert list(told) == [2, 3, 4, 5, 6]
    assert {columns for columns, _ in told.values()} == {"立案日期"}
    assert "立案日期 · outside_period: 5 行 rows: 2, 3, 4, 5, 6" in asked(path).output


def test_a_period_that_no_calendar_knows_is_answered_without_rows(layout, bench):
    write_rows(landed(layout, CASES, "案件_2017年初.csv"), CASES, valid_rows(CASES, 5))
    _, sheets = refused(layout, CASES, bench, "wrong_period")
    assert list(sheets) == [SUMMARY_SHEET]


@pytest.mark.parametrize("contract", [CASES, MEDIATIONS], ids=["csv", "workbook"])
def test_a_file_that_cannot_be_opened_is_answered_without_a_header(layout, bench, contract):
    path = landed(layout, contract)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK\x03\x04 no workbook" if contract is MEDIATIONS else b"\x00\x01\x02")
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    write_replies(layout, [delivery], list_records(layout))
    assert delivery.verdict == "refused"
    assert reply_path(layout, delivery).exists()


def test_bytes_of_no_encoding_are_told_by_their_place_and_line(layout, bench):
    path = write_rows(landed(layout, RESIDENTS), RESIDENTS, valid_rows(RESIDENTS, 50))
    content = path.read_bytes()
    at = content.index(b"\n", 3000) + 5
    path.write_bytes(content[:at] + b"\xff\xff" + content[at:])
    delivery, _ = refused(layout, RESIDENTS, bench, "undecodable")
    line = content[:at].count(b"\n") + 1
    assert f"第 {at} 字节处（第 {line} 行）无法解码" in delivery.reason_zh
    assert f"byte {at} (in line {line}) cannot be decoded" in delivery.reason_en
    assert delivery.reason_zh in asked(path).output


def test_a_quotation_mark_left_open_is_told_by_its_line(layout, bench):
    path = write_rows(landed(layout, CASES), CASES, valid_rows(CASES, 9))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace(b",", b',"', 1)
    path.write_bytes(b"".join(lines))
    delivery, _ = refused(layout, CASES, bench, "unreadable")
    assert "请先检查第 6 行" in delivery.reason_zh
    assert "look at line 6 first" in delivery.reason_en


def test_a_file_none_of_whose_rows_fits_is_judged_also_as_the_first_of_a_process(layout, bench, monkeypatch):
    monkeypatch.setattr("ingestion.parsing.columns._known", {})
    header = [column.headers[0] for column in CASES.columns.values()]
    rows = [[*row.values(), "多"] for row in valid_rows(CASES, 5)]
    path = write_table(landed(layout, CASES), CASES, [header, *rows])
    _, sheets = refused(layout, CASES, bench, "no_acceptable_row")
    assert [row[0] for row in sheets[MISFITS_SHEET][1:]] == [2, 3, 4, 5, 6]
    assert "整行 the whole row · wrong_field_count: 5 行 rows: 2, 3, 4, 5, 6" in asked(path).output


def test_rows_that_do_not_fit_are_all_counted_where_no_batch_comes_between_them(tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", 1 << 14)
    header = [column.headers[0] for column in CASES.columns.values()]
    row = [*valid_rows(CASES, 1)[0].values(), "多"]
    checked = check_file(write_table(tmp_path / file_name(CASES), CASES, [header, *[row] * 500, ["合计", "1"]]))
    assert [refusal.code for refusal in checked.refusals] == ["no_acceptable_row"]
    assert (checked.account.rows_read_count, checked.account.accounted) == (502, {"header": 1, "total": 1})
    assert [number for number, _ in checked.findings.refused_rows(1000)] == [*range(2, 502)]


def test_a_word_document_is_called_one(layout, bench):
    path = landed(layout, CASES)
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as document:
        document.writestr("word/document.xml", "<w:document/>")
    delivery, _ = refused(layout, CASES, bench, "wrong_format")
    assert "Word 文档" in delivery.reason_zh
    assert "a Word document" in delivery.reason_en


def test_rows_that_may_be_a_minors_are_in_no_reply(layout, bench):
    rows = [row | {"start_date": "某日"} for row in valid_rows(CORRECTIONS, 4)]
    rows[2]["is_minor"] = "也许"
    write_rows(landed(layout, CORRECTIONS), CORRECTIONS, rows)
    _, sheets = refused(layout, CORRECTIONS, bench, "no_acceptable_row")
    assert list(marked_rows(sheets)) == [2, 3, 5]
    assert rows[2]["document_number"] not in str(sheets)


def test_no_cell_is_shown_once_an_order_concerns_the_extract_and_earlier_replies_are_dropped(layout, bench):
    write_rows(landed(layout, RESIDENTS), RESIDENTS, [row | {"sex_code": "错"} for row in valid_rows(RESIDENTS, 4)])
    delivery, sheets = refused(layout, RESIDENTS, bench, "no_acceptable_row")
    number = marked_rows(sheets)[3][1][0]
    write_order(layout, "erase", "person", person_marks([("", number)], KEYS, DAY), "request", DAY, KEYS)
    carry_out(layout, KEYS)
    assert not reply_path(layout, delivery).exists()
    landed(layout, RESIDENTS).unlink()
    later = [row | {"sex_code": "错"} for row in valid_rows(RESIDENTS, 5)]
    write_rows(landed(layout, RESIDENTS), RESIDENTS, later)
    deliveries = take_in(layout, RESIDENTS, ROUND, KEYS, bench).deliveries
    write_replies(layout, deliveries, list_records(layout))
    with calamine.CalamineWorkbook.from_path(reply_path(layout, deliveries[-1])) as book:
        listed = book.get_sheet_by_name(ROWS_SHEET).to_python()
    assert [row[:2] for row in listed[1:]] == [[at, "性别"] for at in range(2, 7)]
    assert number not in str(listed)
