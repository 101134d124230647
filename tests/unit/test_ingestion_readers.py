"""Files as they come: encodings, headers, furniture, misfits, cell types."""

import datetime as dt

import pytest
import xlsxwriter

from ingestion.contracts.registry import registry
from ingestion.readers import open_rows
from ingestion.readers.furniture import furniture_kind, preamble_kind
from ingestion.readers.headers import find_header
from ingestion.reasons import FILE_REASONS, ROW_REASONS, FileRefused, mask_digits
from ingestion.workbooks.cells import cell_text
from tests.contract.made_files import valid_rows, write_rows, write_table

CASES = registry().contract("police.cases")
MEDIATIONS = registry().contract("justice.mediations")
OVERSEAS = registry().contract("population.overseas_residents")
HEADER = [column.headers[0] for column in CASES.columns.values()]


def read_all(path, contract):
    sent = open_rows(path, contract)
    return sent, [row for batch in sent.batches for row in batch.to_pylist()]


def refusal(path, contract) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        read_all(path, contract)
    return refused.value


def body(count: int) -> list[list[str]]:
    return [list(row.values()) for row in valid_rows(CASES, count)]


def test_row_numbers_count_every_record_and_nothing_is_lost_between_rows_that_do_not_fit(tmp_path):
    first, second, third = body(3)
    table = [
        ["案件登记表"],
        ["填报单位：某所", "", ""],
        HEADER,
        first,
        [],
        second,
        ["只有", "两格"],
        third,
        ["合计", "3"],
        ["填表人：某"],
    ]
    sent, rows = read_all(write_table(tmp_path / "f.csv", CASES, table), CASES)
    assert sent.header.row_number == 3
    assert sent.header.accounted == {"title": 1, "note": 1, "header": 1}
    assert [row["row_number"] for row in rows] == [4, 5, 6, 8]
    assert [(misfit.row_number, misfit.kind) for misfit in sent.misfits] == [(7, None), (9, "total"), (10, "signature")]


def test_row_numbers_hold_across_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", 2000)
    monkeypatch.setattr("ingestion.readers.csv_files._BLOCK_BYTES", 1000)
    table = [HEADER]
    for number, row in enumerate(body(200), start=2):
        table.append(["不合"] if number % 7 == 0 else row)
    sent = open_rows(write_table(tmp_path / "f.csv", CASES, table), CASES)
    batches = [batch["row_number"].to_pylist() for batch in sent.batches]
    assert len(batches) > 3
    numbers = [number for batch in batches for number in batch]
    assert numbers == [number for number in range(2, 202) if number % 7]
    assert [misfit.row_number for misfit in sent.misfits] == [number for number in range(2, 202) if number % 7 == 0]


def test_rows_that_do_not_fit_are_handed_on_batch_by_batch_and_every_row_keeps_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", 1 << 14)
    monkeypatch.setattr("ingestion.readers.csv_files._BLOCK_BYTES", 1 << 12)
    count = 2000
    row = body(1)[0]
    table = [HEADER, *([*row, "多"] if number % 3 else row for number in range(2, count + 2))]
    sent = open_rows(write_table(tmp_path / "f.csv", CASES, table), CASES)
    fitting, misfits = [], []
    for batch in sent.batches:
        fitting += batch["row_number"].to_pylist()
        misfits.append([misfit.row_number for misfit in sent.take_misfits()])
    assert sent.take_misfits() == []
    assert max(map(len, misfits)) < count / 10
    assert fitting == [number for number in range(2, count + 2) if number % 3 == 0]
    assert [number for taken in misfits for number in taken] == [n for n in range(2, count + 2) if n % 3]


def test_a_line_break_inside_quotes_is_part_of_its_cell(tmp_path):
    rows = body(3)
    rows[1][0] = "A\n1"
    _, found = read_all(write_table(tmp_path / "f.csv", CASES, [["说明：\n两行"], HEADER, *rows]), CASES)
    assert [row["row_number"] for row in found] == [3, 4, 5]
    assert found[1]["case_number"] == "A\n1"


def test_columns_may_come_in_any_order_under_any_alias(tmp_path):
    order = list(reversed(CASES.columns))
    header = [CASES.columns[name].headers[-1] for name in order]
    row = valid_rows(CASES, 1)[0]
    _, (found,) = read_all(write_table(tmp_path / "f.csv", CASES, [header, [row[name] for name in order]]), CASES)
    assert {name: found[name] for name in row} == row


@pytest.mark.parametrize(
    ("encoding", "content_encoding", "offset", "hint"),
    [("gb18030", "utf-8", None, "utf-8"), ("utf-8", "gb18030", 0, "gb18030")],
)
def test_another_encoding_than_declared_is_refused_and_recognised(tmp_path, encoding, content_encoding, offset, hint):
    contract = CASES.model_copy(update={"file": CASES.file.model_copy(update={"encoding": content_encoding})})
    path = write_rows(tmp_path / "f.csv", contract, valid_rows(CASES, 50))
    contract = CASES.model_copy(update={"file": CASES.file.model_copy(update={"encoding": encoding})})
    found = refusal(path, contract)
    # Chinese in UTF-8 can also be read as GB18030, as nonsense: then no header is found in it.
    if found.code == "undecodable":
        assert hint in found.en
        assert offset is None or f"byte {offset} " in found.en
    else:
        assert (encoding, found.code) == ("gb18030", "no_header")


@pytest.mark.parametrize("place", [300, 300_000])
def test_the_place_of_a_byte_that_cannot_be_decoded_is_told(tmp_path, place):
    path = write_rows(tmp_path / "f.csv", CASES, valid_rows(CASES, 5000))
    content = bytearray(path.read_bytes())
    place = content.index(b"\n", place) - 3
    content[place] = 0xFF
    path.write_bytes(content)
    found = refusal(path, CASES)
    assert found.code == "undecodable"
    assert f"byte {place} " in found.en


def test_an_unpaired_quotation_mark_is_refused_since_it_would_swallow_rows(tmp_path):
    path = write_rows(tmp_path / "f.csv", CASES, valid_rows(CASES, 5))
    path.write_bytes(path.read_bytes().replace(b"A", b'"A', 1))
    assert refusal(path, CASES).code == "unreadable"


@pytest.mark.parametrize(
    ("header", "code", "told"),
    [
        ([header for header in HEADER if header != "立案日期"], "missing_column", "立案日期"),
        ([*HEADER, "备用"], "unknown_column", "备用"),
        ([*HEADER, "手机13900001111"], "unknown_column", "手机#"),
        ([*HEADER, "案号"], "unknown_column", "案号"),
        (["甲", "乙", "丙"], "no_header", HEADER[0]),
    ],
)  # fmt: skip
def test_a_header_that_was_not_agreed_refuses_the_file_and_says_what_to_mend(header, code, told):
    with pytest.raises(FileRefused) as refused:
        find_header([header], CASES)
    assert refused.value.code == code
    assert told in refused.value.zh
    assert told in refused.value.en


def test_an_optional_column_may_be_missing_and_separators_at_the_end_may_be_too_many(tmp_path):
    optional = [name for name, column in CASES.columns.items() if not column.required]
    kept = [name for name in CASES.columns if name not in optional]
    row = valid_rows(CASES, 1)[0]
    table = [[*[CASES.columns[name].headers[0] for name in kept], "", ""], [*[row[name] for name in kept], "", ""]]
    # Content without a name over it is not dropped in silence.
    table.append([*table[1][:-1], "无名"])
    sent, (found,) = read_all(write_table(tmp_path / "f.csv", CASES, table), CASES)
    assert sent.header.loaded == kept
    assert set(found) == {"row_number", *kept}
    assert [(misfit.row_number, misfit.kind) for misfit in sent.misfits] == [(3, None)]


@pytest.mark.parametrize("content", [b"", b"\n\n", "案件\n".encode("gb18030")])
def test_a_file_without_a_header_is_refused(tmp_path, content):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    assert refusal(path, CASES).code in ("empty", "no_header")


def test_a_workbook_keeps_the_types_of_its_cells(tmp_path):
    names = list(OVERSEAS.columns)
    row = dict(valid_rows(OVERSEAS, 1)[0])
    as_text = [row[name] for name in names]
    as_numbers = [
        *[319901198001010011 if name == "document_number" else row[name] for name in names],
    ]
    with_dates = [dt.date(2017, 1, 5) if name.endswith("_date") else row[name] for name in names]
    header = [OVERSEAS.columns[name].headers[0] for name in names]
    table = [["境外人员登记表"], header, as_text, as_numbers, with_dates]
    sent, found = read_all(write_table(tmp_path / "f.xlsx", OVERSEAS, table), OVERSEAS)
    assert sent.header.accounted == {"title": 1, "header": 1}
    assert [row["row_number"] for row in found] == [3, 4, 5]
    assert [row["number_is_numeric"] for row in found] == [False, True, False]
    assert found[2]["arrival_date"] == "2017-01-05"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("01", "01"), (1.0, "1"), (0.3, "0.3"), (0.1 + 0.2, "0.3"), (12.5, "12.5"), (True, "TRUE"), (False, "FALSE"),
        (dt.datetime(2017, 3, 1), "2017-03-01"), (dt.datetime(2017, 3, 1, 8, 5), "2017-03-01 08:05:00"),
        (dt.date(2017, 3, 1), "2017-03-01"), ("", ""), (310105001001.0, "310105001001"),
    ],
)  # fmt: skip
def test_a_cell_of_a_workbook_is_written_as_people_read_it(cell, text):
    assert cell_text(cell) == text


def test_a_workbook_without_the_declared_sheet_or_that_is_none_is_refused(tmp_path):
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet("Sheet1")
    found = refusal(path, MEDIATIONS)
    assert (found.code, MEDIATIONS.file.sheet in found.en) == ("sheet_missing", True)
    path.write_bytes(b"PK\x03\x04 broken")
    assert refusal(path, MEDIATIONS).code == "unreadable"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["", " ", "　"], "blank"), (["合计", "12"], "total"), (["", "合  计：", "3"], "total"), (["小计"], "total"),
        (["填表人：某某", "", "审核人："], "signature"), (["制表日期", "2017-4-5"], "signature"),
        (["注：本表不含流动人口"], "note"), (["填报单位：某局"], "note"), (["* 数据截止3月底"], "note"),
        (["A201701000001", "合计"], None), (["合计路12号"], None), (["注册"], None), (["总计划"], None),
    ],
)  # fmt: skip
def test_rows_that_are_not_data_are_told_from_data(cells, kind):
    assert furniture_kind(cells) == kind
    assert preamble_kind(cells) == (kind or "title")


def test_every_reason_is_told_in_both_languages_and_says_what_to_do():
    for reason in [*FILE_REASONS.values(), *ROW_REASONS.values()]:
        assert reason.zh.endswith("。")
        assert reason.en.endswith(".")


def test_long_runs_of_digits_in_names_are_masked():
    assert mask_digits("手机13900001111列2") == "手机#列2"
    assert mask_digits("案件_201701.csv", 8) == "案件_201701.csv"
    assert mask_digits("张三_319901198001010011.csv", 8) == "张三_#.csv"
