"""A whole landing of careless clerks' files through a run: each has its verdict and its reply, nothing is published of
them, and mended files publish."""

from __future__ import annotations

import io
import shutil
import zipfile

import pyarrow.parquet as pq
import pytest
import python_calamine as calamine

from ingestion.answers.replies import reply_path
from ingestion.contracts.registry import registry
from ingestion.ledger import list_records
from orchestration import exits
from tests.careless_landing import BROKEN_OFF, EXCHANGED, INJECTED, REFUSED, WITH_FORMULA, spoil
from tests.identifier_search import found_in, identifiers_sent, searched_files, standing
from tests.town import LANDED, PLANTED, PUBLISHED, _kept, _put_back
from warehouse.layout import Layout


@pytest.fixture(scope="module")
def careless(layout, landed_home, tmp_path_factory):
    """The home after a run over the careless landing, how it ended and what was said."""
    town = _put_back(layout, landed_home)
    spoil(layout.landing)
    answer = town.pingan("run", LANDED)
    return _kept(layout, tmp_path_factory, "careless"), answer.exit_code, answer.output


@pytest.fixture
def records(careless):
    """The round's records by department and file."""
    found = [record for record in list_records(Layout(careless[0])) if record.round == LANDED]
    return {f"{record.department}/{record.file_name}": record for record in found}


def _complaint(said: str, extract: str) -> str:
    """The lines about an extract, by whatever check found fault with it first."""
    lines = said.split("was not published")[1].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"{extract} "))
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith("  ")), len(lines))
    return "\n".join(lines[start:end])


def _cells(path) -> set[object]:
    """What stands in any cell of a workbook."""
    with calamine.CalamineWorkbook.from_path(path) as book:
        sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return {cell for sheet in sheets for row in sheet for cell in row}


def test_the_quarter_is_refused_and_the_release_before_it_stays(careless):
    home, code, said = careless
    assert code == exits.REFUSED
    assert sorted(path.name for path in (home / "releases").iterdir()) == [PUBLISHED, "current"]
    assert "Traceback" not in said


@pytest.mark.parametrize("slip", REFUSED, ids=lambda slip: slip.file)
def test_a_file_that_went_wrong_is_refused_for_what_went_wrong(records, slip):
    record = records[f"{slip.department}/{slip.file}"]
    assert (record.verdict, record.reason_code) == ("refused", slip.reason_code)
    assert record.rows_read_count == 0
    assert all(word in f"{record.reason_zh} {record.reason_en}" for word in slip.words)


def test_exchanged_files_are_each_recognised_as_the_others(records):
    for path, extract in EXCHANGED.items():
        (other,) = set(EXCHANGED.values()) - {extract}
        assert (records[path].extract, records[path].reason_code) == (extract, "another_extract")
        assert other in records[path].reason_zh


def test_a_list_that_broke_off_keeps_what_came_and_stops_the_quarter_by_its_volume(careless, records):
    record = records[BROKEN_OFF]
    assert (record.verdict, record.quarantined_by_reason["wrong_field_count"]) == ("accepted", 1)
    assert record.notices == ["cut_off"]
    assert "volume_is_plausible" in _complaint(careless[2], record.extract)


def test_the_message_names_for_each_the_extract_the_department_the_reason_and_the_remedy(careless, records):
    for record in (one for one in records.values() if one.verdict == "refused"):
        department = registry().departments[record.department]
        told = _complaint(careless[2], record.extract)
        for words in (department.zh, department.en, department.owner, record.file_name, record.reason_code,
                      record.reason_zh.rstrip("。"), record.reason_en.rstrip("."), "处理:", "remedy:",
                      f"landing/{LANDED}/{record.department}/",
                      f"quarantine/{record.department}/replies/{LANDED}/"):  # fmt: skip
            assert words in told, (record.extract, words)


def test_nobody_is_held_to_account_for_anothers_file(careless, records):
    said = careless[2].split("was not published")[1]
    subjects = {line.split()[0] for line in said.splitlines() if line[:1].isalpha() and "." in line.split()[0]}
    assert subjects == {one.extract for one in records.values() if one.verdict == "refused"} | {
        records[BROKEN_OFF].extract
    }


def test_every_file_has_its_reply_in_the_quarantine_zone_with_the_reason(careless, records):
    layout = Layout(careless[0])
    for record in records.values():
        path = reply_path(layout, record)
        assert layout.quarantine in path.parents
        if record.verdict == "refused":
            assert {record.reason_zh, record.reason_en} <= _cells(path)


def test_no_row_is_lost_and_a_refused_file_left_nothing(careless, records):
    home = careless[0]
    for record in records.values():
        assert record.rows_read_count == (
            record.rows_accepted_count + record.rows_quarantined_count + record.rows_accounted_count
        )
        if record.verdict == "accepted":
            assert pq.read_metadata(home / record.raw_path).num_rows == record.rows_accepted_count
        elif record.verdict == "refused":
            assert not list((home / "raw").rglob(f"{record.delivery_id}.parquet"))


def test_a_name_that_is_a_formula_is_data_and_no_formula_of_ours(careless, records):
    record = records[WITH_FORMULA]
    assert (record.verdict, record.quarantined_by_reason) == ("accepted", {"invalid_date": 1})
    path = reply_path(Layout(careless[0]), record)
    assert INJECTED in _cells(path)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
        assert not any(b"<f>" in package.read(name) for name in package.namelist() if "worksheets" in name)


def test_nothing_of_anyone_stands_outside_the_zones_for_identifiers(careless):
    home, _, said = careless
    layout = Layout(home)
    identifiers = identifiers_sent(layout) | {"planted": set(PLANTED.values()) | {INJECTED}}
    kept = [path for path in layout.archive.rglob("*") if path.is_file()]
    assert PLANTED["name"].encode("gb18030") in b"".join(path.read_bytes() for path in kept)
    assert standing(identifiers, searched_files(layout)) == {}
    names = [str(path.relative_to(home)).encode() for path in searched_files(layout)]
    assert not found_in([*names, said.encode()], identifiers)


def test_the_mended_files_are_taken_in_and_publish_the_quarter(layout, landed_home, careless):
    town = _put_back(layout, careless[0])
    mended = landed_home / "landing" / LANDED
    for slip in REFUSED:
        (layout.landing / LANDED / slip.department / slip.file).unlink()
    shutil.copytree(mended, layout.landing / LANDED, dirs_exist_ok=True)
    answer = town.pingan("run")
    assert answer.exit_code == exits.DONE, answer.output
    assert (layout.releases / LANDED / "v1" / "manifest.json").exists()
    counted = [one for one in list_records(layout) if one.round == LANDED and one.verdict == "accepted"]
    assert {slip.extract for slip in REFUSED} | set(EXCHANGED.values()) <= {one.extract for one in counted}
