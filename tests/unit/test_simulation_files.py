"""Files are exactly the rows they are given, whatever is in them, and the same rows are the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from simulation.cells import DATE_CELL, NUMBER_CELL
from simulation.files import Sheet, write_csv, write_workbook

cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=("Cs", "Cc")), max_size=6
)
bodies = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1))


@settings(max_examples=40)
@given(body=bodies, delimiter=st.sampled_from(",;"), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_a_csv_file_reads_back_as_the_rows_written(tmp_path_factory, body, delimiter, encoding):
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    columns = [pa.array(column, pa.string()) for column in zip(*body, strict=True)]
    header = [f"列{number}" for number in range(len(columns))]
    write_csv(path, Sheet([["说明"]], header, columns, trailing=[["合计", "1"][: len(columns)]]), encoding, delimiter)
    text = path.read_bytes().decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    # a row of one empty cell is an empty line
    assert [row or [""] for row in rows[2:-1]] == body
    assert rows[1] == header


def test_a_workbook_keeps_text_numbers_and_dates_apart_and_its_merged_title(tmp_path):
    body = [
        pa.array(["310105199003071236", "310105199003071000", "<a&b>"]),
        pa.array(["42795", "2017-03-01", ""]),
        pa.array(["3", "4", "5"]),
    ]
    native = [np.array([0, NUMBER_CELL, 0]), np.array([DATE_CELL, 0, 0]), np.full(3, NUMBER_CELL)]
    path = tmp_path / "book.xlsx"
    write_workbook(path, Sheet([["标题"]], ["证件号码", "日期", "人数"], body, native, [["合计", "3"]], True), "名单")
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name("名单")
    rows = sheet.to_python(skip_empty_area=False)
    assert rows[0] == ["标题", "", ""]
    assert sheet.merged_cell_ranges == [((0, 0), (0, 2))]
    assert rows[2] == ["310105199003071236", dt.date(2017, 3, 1), 3.0]
    assert rows[3] == [310105199003071000.0, "2017-03-01", 4.0]
    assert rows[4] == ["<a&b>", "", 5.0]
    assert rows[5] == ["合计", "3", ""]


def test_a_workbook_has_no_clock_in_it(tmp_path):
    sheet = Sheet([], ["a"], [pa.array(["1"])])
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    for path in (first, second):
        write_workbook(path, sheet, "s")
    assert first.read_bytes() == second.read_bytes()


def test_what_an_encoding_cannot_hold_is_an_error_and_not_a_question_mark(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_csv(tmp_path / "x.csv", Sheet([], ["a"], [pa.array(["𠮷"])]), "gb2312", ",")
