"""What a careless clerk sends: the verdict, the words that come back, and that nothing loaded before is touched.

Belongs here: whole files that went wrong on the way. Does not belong here: single bad rows (``test_ingestion_cells``).
"""

import re
import shutil
from pathlib import Path

import pytest
import xlsxwriter

from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.quarters import Quarter

CASES = registry().contract("police.cases")
VISITS = registry().contract("drug_control.visits")
MEDIATIONS = registry().contract("justice.mediations")
ROUND = Quarter(2017, 1)
#: What a refused or repeated file must leave as it was.
LOADED = ("raw", "vault", "quarantine")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def loaded(layout: Layout) -> dict[str, bytes]:
    return {
        str(path.relative_to(layout.home)): path.read_bytes()
        for zone in LOADED
        for path in sorted((layout.home / zone).rglob("*"))
        if path.is_file()
    }


def sent_well(layout, contract, bench) -> Path:
    """A good delivery, taken in; the path under which the next one comes, read after it."""
    folder = layout.landing_folder(str(ROUND), contract.department)
    write_rows(folder / file_name(contract), contract, valid_rows(contract, 20))
    (good,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert good.verdict == "accepted"
    assert good.rows_accepted_count == 20
    return folder / file_name(contract, note="再报")


def documented(reason_code: str) -> bool:
    """Whether the departments' page has a line for the reason."""
    page = (PROJECT_ROOT / "docs" / "departments.md").read_text(encoding="utf-8")
    return re.search(rf"^\| `{reason_code}` \| .+ \| .+ \|$", page, re.MULTILINE) is not None


def refusal(layout, contract, bench):
    """The record of the second, refused file; the first one stays what counts."""
    before = loaded(layout)
    good, bad = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert (good.verdict, bad.verdict, bad.version) == ("accepted", "refused", 0)
    assert bad.rows_read_count == bad.rows_accepted_count == 0
    assert loaded(layout) == before
    assert documented(bad.reason_code)
    return bad


def test_the_same_file_sent_twice_counts_once(layout, bench):
    again = sent_well(layout, CASES, bench)
    shutil.copy(again.with_name(file_name(CASES)), again)
    before = loaded(layout)
    good, second = take_in(layout, CASES, ROUND, KEYS, bench).deliveries
    assert (good.verdict, second.verdict, second.rows_read_count) == ("accepted", "duplicate", 0)
    assert second.delivery_id == good.delivery_id
    assert loaded(layout) == before


@pytest.mark.parametrize(("delimiter", "named"), [(";", "“;”"), ("\t", "制表符"), ("|", "“|”")])
def test_another_delimiter_is_refused_and_named(layout, bench, delimiter, named):
    path = sent_well(layout, CASES, bench)
    mistaken = CASES.model_copy(update={"file": CASES.file.model_copy(update={"delimiter": delimiter})})
    write_rows(path, mistaken, valid_rows(CASES, 20), above=[["案件登记表"]])
    bad = refusal(layout, CASES, bench)
    assert bad.reason_code == "unreadable"
    assert named in bad.reason_zh
    assert "“,”" in bad.reason_zh
    assert "separated by" in bad.reason_en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_another_encoding_is_refused_and_named(layout, bench, encoding):
    path = sent_well(layout, CASES, bench)
    assert CASES.file.encoding == "gb18030"
    write_rows(path, CASES, valid_rows(CASES, 20))
    path.write_bytes(path.read_bytes().decode("gb18030").encode(encoding))
    bad = refusal(layout, CASES, bench)
    assert bad.reason_code == "undecodable"
    for words in (bad.reason_zh, bad.reason_en):
        assert "gb18030" in words
        assert encoding.removesuffix("-sig") in words.lower()


def test_utf_8_that_can_be_decoded_as_gb18030_is_not_said_to_lack_its_header(layout, bench):
    """Two Chinese characters are six bytes in UTF-8: three characters of GB18030, all of them nonsense."""
    path = sent_well(layout, VISITS, bench)
    rows = [row | {"person_name": "某甲"} for row in valid_rows(VISITS, 20)]
    text = write_rows(path, VISITS, rows).read_bytes().decode("gb18030")
    content = text.replace("居委会代码", "居委代码").encode("utf-8")
    path.write_bytes(content)
    assert content.decode("gb18030")
    bad = refusal(layout, VISITS, bench)
    assert bad.reason_code == "undecodable"
    assert "looks like utf-8" in bad.reason_en
    assert "utf-8" in bad.reason_zh


def test_gb18030_where_utf_8_was_agreed_is_refused_and_named(layout, bench):
    areas = registry().contract("governance.areas")
    assert areas.file.encoding == "utf-8"
    path = sent_well(layout, areas, bench)
    write_rows(path, areas, valid_rows(areas, 20))
    path.write_bytes(path.read_bytes().decode("utf-8").encode("gb18030"))
    bad = refusal(layout, areas, bench)
    assert bad.reason_code == "undecodable"
    assert "gb18030" in bad.reason_en


def test_a_workbook_whose_sheet_was_renamed_is_refused_with_the_name_that_was_agreed(layout, bench):
    path = sent_well(layout, MEDIATIONS, bench)
    renamed = MEDIATIONS.model_copy(update={"file": MEDIATIONS.file.model_copy(update={"sheet": "Sheet1 (2)"})})
    write_rows(path, renamed, valid_rows(MEDIATIONS, 20))
    bad = refusal(layout, MEDIATIONS, bench)
    assert bad.reason_code == "sheet_missing"
    assert MEDIATIONS.file.sheet in bad.reason_zh
    assert MEDIATIONS.file.sheet in bad.reason_en


def test_a_workbook_under_the_name_of_a_csv_file_is_refused_and_recognised(layout, bench):
    path = sent_well(layout, CASES, bench)
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet("Sheet1").write_string(0, 0, "案件")
    bad = refusal(layout, CASES, bench)
    assert bad.reason_code == "wrong_format"
    assert "Excel" in bad.reason_en
