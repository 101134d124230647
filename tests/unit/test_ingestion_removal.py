"""What may not be held: erased persons, sealed records, minors, and deliveries past their time."""

from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion import archive, ledger
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.removal import carrying
from ingestion.removal.carrying import carry_out, kept_until
from ingestion.removal.orders import (
    NumbersNotUsable,
    marks_of,
    person_marks,
    read_orders,
    record_message,
    write_order,
)
from ingestion.unclaimed import unclaimed_files
from tests.benches import KEYS
from tests.contract.made_files import file_name, resident_number, valid_rows, write_rows, write_table
from tests.corpus.making import book_of
from warehouse.files import sha256_file
from warehouse.layout import Layout
from warehouse.pseudonyms import pseudonyms_of_marks
from warehouse.quarters import Quarter

RESIDENTS = registry().contract("population.registered_residents")
CORRECTIONS = registry().contract("justice.community_corrections")
REGISTER = registry().contract("drug_control.rehabilitation_register")
VISITS = registry().contract("drug_control.visits")
ROUND, NEXT_ROUND = Quarter(2017, 1), Quarter(2017, 2)
DAY = dt.date(2017, 6, 30)
GONE = resident_number(7)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def land(layout, contract, rows, name=None, round_quarter=ROUND):
    folder = layout.landing_folder(str(round_quarter), contract.department)
    return write_rows(folder / (name or file_name(contract)), contract, rows)


def took_in(layout, contract, bench, round_quarter=ROUND):
    return list(take_in(layout, contract, round_quarter, KEYS, bench).deliveries)


def rows_of(contract, count=20, **changes):
    """Valid rows of adults; ``changes`` maps a row's number to what it has otherwise."""
    rows = valid_rows(contract, count)
    for row in rows:
        row.update({name: "否" for name in ("is_minor",) if name in row})
    for place, changed in changes.items():
        rows[int(place.removeprefix("row"))].update(changed)
    return rows


def order(layout, number=GONE):
    write_order(layout, "erase", "person", person_marks([("", number)], KEYS, DAY), "request", DAY, KEYS)


def erase(layout, number=GONE, on=None):
    order(layout, number)
    return carry_out(layout, KEYS, on)


def everything_held(layout) -> str:
    """All text in every file outside landing, whatever it is packed in."""
    text = []
    for path in layout.home.rglob("*"):
        if not path.is_file() or layout.landing in path.parents:
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            text.append(str(pq.read_table(path, partitioning=None).to_pylist()))
        elif content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                text += [book.read(name).decode("utf-8") for name in book.namelist()]
        else:
            text.append(content.decode("gb18030", errors="replace"))
    return "\n".join(text)


def raw_rows(layout, record):
    return pq.read_table(layout.home / record.raw_path, partitioning=None).to_pylist()


def mark(number):
    return person_marks([("", number)], KEYS, DAY)[0]


def pseudonym(number):
    made = pseudonyms_of_marks(pa.array([uuid.UUID(mark(number)).bytes], pa.uuid()), KEYS)
    return str(made[0].as_py())


@pytest.fixture
def erased(layout, bench):
    """Residents and corrections with a person, once among the accepted and once among the quarantined rows; erased."""
    resident = rows_of(RESIDENTS, row3={"document_number": f" {GONE.lower()}", "sex_code": "?"})
    land(layout, RESIDENTS, resident)
    land(layout, CORRECTIONS, rows_of(CORRECTIONS))
    before = took_in(layout, RESIDENTS, bench) + took_in(layout, CORRECTIONS, bench)
    assert GONE in everything_held(layout)
    assert before[0].rows_quarantined_count == 1
    return before, erase(layout)


def test_an_erased_person_is_in_no_zone_any_more_and_all_others_are_where_they_were(layout, erased):
    before, removed = erased
    assert GONE not in everything_held(layout)
    assert resident_number(8) in everything_held(layout)
    assert set(removed.changed) == {record.record_id for record in before}
    for old in before:
        (new,) = ledger.list_records(layout, old.extract)
        new.check_conservation()
        assert new.raw_sha256 == sha256_file(layout.home / new.raw_path) != old.raw_sha256
        assert new.rows_accepted_count == old.rows_accepted_count - 1
        assert new.rows_read_count == old.rows_read_count
        assert new.accounted == old.accounted | {"not_held": 1 + (new.extract == RESIDENTS.extract)}
        assert pseudonym(GONE) not in str(raw_rows(layout, new))
        expected = {*range(2, 22)} - ({5, 9} if new.extract == RESIDENTS.extract else {9})
        assert {row["row_number"] for row in raw_rows(layout, new)} == expected
    assert ledger.list_records(layout, RESIDENTS.extract)[0].rows_quarantined_count == 0


def test_the_tombstone_holds_the_mark_and_nothing_else_of_the_person(layout, erased):
    (order,) = read_orders(layout, KEYS)
    assert order.marks == (mark(GONE),)
    assert (layout.tombstones.stat().st_mode & 0o077) == 0
    content = (layout.tombstones / f"{order.order_id}.json").read_text()
    assert GONE not in content
    assert "某某" not in content


def test_reading_the_old_file_again_brings_nobody_back(layout, erased, bench):
    again = took_in(layout, RESIDENTS, bench)
    assert [record.verdict for record in again] == ["accepted"]
    old = layout.landing_folder(str(ROUND), RESIDENTS.department) / file_name(RESIDENTS)
    folder = layout.landing_folder(str(NEXT_ROUND), RESIDENTS.department)
    folder.mkdir(parents=True)
    (folder / file_name(RESIDENTS, note="重发")).write_bytes(old.read_bytes())
    assert [record.verdict for record in took_in(layout, RESIDENTS, bench, NEXT_ROUND)] == ["duplicate"]
    assert GONE not in everything_held(layout)


def test_a_later_file_with_the_person_is_taken_in_without_the_row(layout, erased, bench):
    land(layout, RESIDENTS, rows_of(RESIDENTS, 30), file_name(RESIDENTS, note="更正"), NEXT_ROUND)
    (record,) = took_in(layout, RESIDENTS, bench, NEXT_ROUND)
    assert (record.verdict, record.rows_accepted_count) == ("accepted", 29)
    assert GONE not in everything_held(layout)
    assert archive.is_replaced(layout, record.file_sha256)


def test_a_refused_file_keeps_no_bytes_once_a_person_is_erased(layout, bench):
    folder = layout.landing_folder(str(ROUND), RESIDENTS.department)
    folder.mkdir(parents=True)
    (folder / file_name(RESIDENTS)).write_text(f"姓名\n{GONE}\n", encoding="gb18030")
    (record,) = took_in(layout, RESIDENTS, bench)
    assert record.verdict == "refused"
    assert GONE in everything_held(layout)
    erase(layout)
    assert GONE not in everything_held(layout)


def test_a_removal_that_was_stopped_is_carried_through_by_the_next(layout, bench, monkeypatch):
    land(layout, RESIDENTS, rows_of(RESIDENTS))
    took_in(layout, RESIDENTS, bench)

    def no_space(*_given):
        raise OSError("no space")

    monkeypatch.setattr(carrying, "write_record", no_space)
    with pytest.raises(OSError, match="no space"):
        erase(layout)
    monkeypatch.undo()
    assert carry_out(layout, KEYS).changed
    (record,) = ledger.list_records(layout, RESIDENTS.extract)
    assert record.raw_sha256 == sha256_file(layout.home / record.raw_path)
    assert record.rows_accepted_count == 19
    assert not carry_out(layout, KEYS)


def test_what_was_built_is_gone_even_if_a_removal_is_stopped_once_the_rows_are(layout, bench, monkeypatch):
    land(layout, RESIDENTS, rows_of(RESIDENTS))
    took_in(layout, RESIDENTS, bench)
    layout.build_database.parent.mkdir()
    layout.build_database.write_bytes(b"tables")

    def no_space(*_given):
        raise OSError("no space")

    monkeypatch.setattr(carrying, "forget", no_space)
    with pytest.raises(OSError, match="no space"):
        erase(layout)
    assert not layout.build_database.exists()


def test_the_build_database_goes_with_rows_it_was_built_upon_and_stays_without(layout, bench):
    land(layout, RESIDENTS, rows_of(RESIDENTS))
    took_in(layout, RESIDENTS, bench)
    layout.build_database.parent.mkdir()
    layout.build_database.write_bytes(b"tables")
    logs = [layout.build_database.with_suffix(f".duckdb.wal{more}") for more in ("", ".checkpoint", ".recovery")]
    for log in logs:
        log.write_bytes(b"rows of a build that was killed")
    erase(layout, resident_number(900))
    assert layout.build_database.exists()
    erase(layout)
    assert not layout.build_database.exists()
    assert not any(log.exists() for log in logs)


def test_a_minors_row_is_not_held_and_lists_that_do_not_say_so_give_the_record_up_as_well(layout, bench):
    land(layout, CORRECTIONS, rows_of(CORRECTIONS))
    (first,) = took_in(layout, CORRECTIONS, bench)
    assert first.rows_accepted_count == 20
    said = rows_of(CORRECTIONS, row7={"is_minor": "是"}, row9={"birth_date": "2001-01-01"})
    land(layout, CORRECTIONS, said, file_name(CORRECTIONS, note="更正"), NEXT_ROUND)
    (second,) = took_in(layout, CORRECTIONS, bench, NEXT_ROUND)
    assert second.rows_accepted_count == 18
    orders = [(one.kind, one.subject, len(one.marks)) for one in read_orders(layout, KEYS)]
    assert orders == [("seal", "record", 2)]
    assert GONE in everything_held(layout)
    assert len(carry_out(layout, KEYS).changed) == 1
    assert GONE not in everything_held(layout)
    assert said[9]["correction_number"] not in everything_held(layout)
    land(layout, CORRECTIONS, rows_of(CORRECTIONS, 21), file_name(CORRECTIONS, note="再更正"), NEXT_ROUND)
    assert sorted(record.rows_accepted_count for record in took_in(layout, CORRECTIONS, bench, NEXT_ROUND)) == [18, 19]


def test_a_file_that_is_refused_after_an_order_is_let_go_by_the_next_removal_and_its_reply_stays(layout, bench):
    erase(layout)
    land(layout, RESIDENTS, [row | {"sex_code": "错"} for row in rows_of(RESIDENTS)])
    (refused,) = took_in(layout, RESIDENTS, bench)
    assert (refused.verdict, refused.reason_code) == ("refused", "no_acceptable_row")
    assert GONE in everything_held(layout)
    reply = layout.replies(RESIDENTS.department) / str(ROUND) / "reply.xlsx"
    reply.parent.mkdir(parents=True)
    reply.write_bytes(b"a reply, which shows no cell once there is an order")
    assert not carry_out(layout, KEYS)
    assert GONE not in everything_held(layout)
    assert reply.exists()
    assert took_in(layout, RESIDENTS, bench) == [refused]
    assert GONE not in everything_held(layout)


def test_an_order_takes_the_replies_to_refused_files_along_whether_or_not_their_bytes_are_there(layout, bench):
    land(layout, RESIDENTS, [row | {"sex_code": "错"} for row in rows_of(RESIDENTS)])
    (refused,) = took_in(layout, RESIDENTS, bench)
    reply = layout.replies(RESIDENTS.department) / str(ROUND) / "reply.xlsx"
    reply.parent.mkdir(parents=True)
    reply.write_bytes(b"a reply that shows cells, for there was no order")
    archive.archived_path(layout, refused.file_sha256).unlink()
    erase(layout)
    assert not reply.exists()


def test_a_command_that_writes_leaves_refused_files_to_an_order_that_was_not_carried_out_yet(layout, bench):
    from orchestration.writing import writing

    land(layout, RESIDENTS, [row | {"sex_code": "错"} for row in rows_of(RESIDENTS)])
    took_in(layout, RESIDENTS, bench)
    order(layout)
    with writing(layout, "a test"):
        assert GONE in everything_held(layout)
        carry_out(layout, KEYS)
    assert GONE not in everything_held(layout)


def test_bytes_of_a_delivery_that_holds_nothing_any_more_are_not_let_go_as_refused(layout, bench):
    land(layout, RESIDENTS, rows_of(RESIDENTS))
    took_in(layout, RESIDENTS, bench)
    erase(layout)
    (left,) = ledger.list_records(layout, RESIDENTS.extract)
    # What is left of a file is refused when it is read again by a contract that has changed.
    expired = carrying._holding_nothing(left)
    ledger.write_record(layout, expired)
    ledger.write_record(layout, expired.changed(record_id="again", verdict="refused", reason_code="manifest_mismatch"))
    carry_out(layout, KEYS)
    path = layout.landing_folder(str(ROUND), RESIDENTS.department) / file_name(RESIDENTS)
    archive.keep(layout, path, refused_before_too=True)
    assert GONE not in everything_held(layout)


def test_a_file_let_go_because_it_was_misplaced_is_taken_in_where_it_belongs_without_the_erased(layout, bench):
    erase(layout)
    misplaced = land(layout, RESIDENTS, rows_of(RESIDENTS))
    strange = layout.landing_folder(str(ROUND), "labour") / misplaced.name
    strange.parent.mkdir(parents=True)
    misplaced.rename(strange)
    assert [one.reason_code for one in unclaimed_files(layout, ROUND)] == ["another_department"]
    carry_out(layout, KEYS)
    unclaimed_files(layout, ROUND)
    assert GONE not in everything_held(layout)
    strange.rename(misplaced)
    (delivery,) = took_in(layout, RESIDENTS, bench)
    assert (delivery.verdict, delivery.rows_accepted_count, delivery.rows_not_held_count) == ("accepted", 19, 1)
    assert GONE not in everything_held(layout)
    kept = archive.archived_path(layout, delivery.file_sha256)
    carry_out(layout, KEYS)
    assert resident_number(8) in kept.read_text(encoding="gb18030")


def test_taking_in_a_file_with_a_minor_leaves_the_departments_replies_which_may_just_be_written(layout, bench):
    reply = layout.replies(CORRECTIONS.department) / str(ROUND) / "another.xlsx"
    reply.parent.mkdir(parents=True)
    reply.write_bytes(b"a reply to another file")
    land(layout, CORRECTIONS, rows_of(CORRECTIONS, row7={"is_minor": "是"}))
    (delivery,) = took_in(layout, CORRECTIONS, bench)
    assert delivery.rows_not_held_count == 1
    assert reply.exists()
    erase(layout, resident_number(3))
    assert not reply.exists()


def test_a_quarantined_row_that_does_not_say_that_it_is_an_adults_is_not_kept(layout, bench):
    bad_date = {"start_date": "someday"}
    rows = rows_of(CORRECTIONS, row3=bad_date | {"is_minor": "是"}, row4=bad_date, row5={"is_minor": "?"})
    land(layout, CORRECTIONS, rows)
    (record,) = took_in(layout, CORRECTIONS, bench)
    assert (record.rows_accepted_count, record.rows_quarantined_count) == (17, 1)
    assert (record.rows_read_count, record.accounted) == (21, {"header": 1, "not_held": 2})
    held = everything_held(layout)
    assert [rows[place]["correction_number"] in held for place in (3, 4, 5)] == [False, True, False]


#: A CSV file and a workbook, with the name of a column of either that a fault can be put into.
KINDS_OF_FILES = [(RESIDENTS, "registration_date"), (CORRECTIONS, "start_date")]


@pytest.mark.parametrize(("contract", "day"), KINDS_OF_FILES, ids=["csv", "workbook"])
def test_rows_that_are_not_held_stay_in_the_account_however_often_rows_are_removed(layout, bench, contract, day):
    rows = rows_of(contract, row0={day: "someday"}, row19={contract.person.number: ""})
    land(layout, contract, rows)
    (first,) = took_in(layout, contract, bench)
    for count, place in enumerate((18, 7, 17, 0), start=1):
        erase(layout, rows[place][contract.person.number])
        (record,) = ledger.list_records(layout, contract.extract)
        assert (record.rows_read_count, record.accounted) == (21, {"header": 1, "not_held": count})
        (layout.home / record.raw_path).unlink()
        assert took_in(layout, contract, bench) == [record]
    assert (first.rows_quarantined_count, record.rows_quarantined_count) == (1, 0)
    assert {row["row_number"] for row in raw_rows(layout, record)} == {*range(3, 22)} - {9, 19, 20}


@pytest.mark.parametrize(("contract", "day"), KINDS_OF_FILES, ids=["csv", "workbook"])
@pytest.mark.parametrize("line_end", ["\r\n", ""])
def test_the_last_row_of_a_file_is_counted_too_when_it_is_not_held(layout, bench, contract, day, line_end):
    path = land(layout, contract, rows_of(contract, row19={day: "someday"}))
    if contract is RESIDENTS:
        path.write_bytes(path.read_bytes().rstrip(b"\r\n") + line_end.encode())
    took_in(layout, contract, bench)
    erase(layout, resident_number(19))
    (record,) = ledger.list_records(layout, contract.extract)
    assert (record.rows_read_count, record.rows_quarantined_count, record.accounted["not_held"]) == (21, 0, 1)


def test_a_file_of_which_no_row_is_held_is_accepted_and_counts_them_all(layout, bench):
    land(layout, CORRECTIONS, [row | {"is_minor": "是"} for row in rows_of(CORRECTIONS, 4)])
    (record,) = took_in(layout, CORRECTIONS, bench)
    assert (record.verdict, record.rows_read_count, record.rows_accepted_count) == ("accepted", 5, 0)
    assert record.accounted == {"header": 1, "not_held": 4}
    assert raw_rows(layout, record) == []


def test_rows_that_remain_cannot_make_the_file_another_periods(layout, bench):
    rows = rows_of(VISITS, 4, **{f"row{place}": {"visit_date": "2016-12-31"} for place in (0, 1)})
    land(layout, VISITS, rows)
    (record,) = took_in(layout, VISITS, bench)
    assert (record.verdict, record.quarantined_by_reason) == ("accepted", {"outside_period": 2})
    erase(layout, rows[3]["document_number"])
    (record,) = ledger.list_records(layout, VISITS.extract)
    assert (record.verdict, record.rows_accepted_count, record.rows_quarantined_count) == ("accepted", 1, 2)


def test_what_a_workbook_has_no_value_for_has_none_after_a_removal_either(layout, bench):
    rows = rows_of(CORRECTIONS)
    place = list(CORRECTIONS.columns).index("end_date")

    def spoil(book, sheet):
        sheet.merge_range(3, place, 5, place, "2017-03-31")
        sheet.write_formula(8, place, "=1/0", None, "#DIV/0!")

    header = [column.headers[0] for column in CORRECTIONS.columns.values()]
    table = [header, *([row[name] for name in CORRECTIONS.columns] for row in rows)]
    for row in (4, 5, 8):
        table[row][place] = ""
    folder = layout.landing_folder(str(ROUND), CORRECTIONS.department)
    folder.mkdir(parents=True)
    (folder / file_name(CORRECTIONS)).write_bytes(book_of(table, CORRECTIONS.file.sheet, spoil))
    (before,) = took_in(layout, CORRECTIONS, bench)
    assert before.quarantined_by_reason == {"merged_cells": 2, "value_not_stored": 1}
    for gone, left in (
        (12, {"merged_cells": 2, "value_not_stored": 1}),
        (3, {"merged_cells": 1, "value_not_stored": 1}),
    ):
        erase(layout, rows[gone]["document_number"])
        (record,) = ledger.list_records(layout, CORRECTIONS.extract)
        assert (record.rows_read_count, record.quarantined_by_reason) == (21, left)


def test_a_misfit_of_a_file_with_refused_columns_is_not_held_once_a_person_is_erased(layout, bench):
    header = [column.headers[0] for column in VISITS.columns.values()]
    rows = [[*row.values(), "谈话"] for row in rows_of(VISITS)]
    rows[4].append(f"家属 {GONE}")
    table = [[*header, "谈话记录"], *rows]
    write_table(layout.landing_folder(str(ROUND), VISITS.department) / file_name(VISITS), VISITS, table)
    (before,) = took_in(layout, VISITS, bench)
    assert before.quarantined_by_reason == {"wrong_field_count": 1}
    erase(layout)
    (record,) = ledger.list_records(layout, VISITS.extract)
    assert (record.rows_read_count, record.rows_quarantined_count) == (21, 0)
    assert record.accounted == {"header": 1, "not_held": 2}
    assert "家属" not in everything_held(layout)


def test_a_sealed_record_goes_from_every_extract_that_shares_it_and_the_persons_other_rows_stay(layout, bench):
    for contract in (REGISTER, VISITS, RESIDENTS):
        land(layout, contract, rows_of(contract))
        took_in(layout, contract, bench)
    number = rows_of(REGISTER)[7]["register_number"]
    record = marks_of([record_message("register_number", number)], KEYS)
    write_order(layout, "seal", "record", record, "court", DAY, KEYS)
    removed = carry_out(layout, KEYS)
    assert {record_id.split("-")[0] for record_id in removed.changed} == {REGISTER.extract, VISITS.extract}
    assert removed.persons == {pseudonym(GONE)}
    assert number not in everything_held(layout)
    assert GONE in everything_held(layout)


def test_a_number_that_is_none_is_told_by_its_line_and_never_by_itself(layout):
    with pytest.raises(NumbersNotUsable, match="line 2") as told:
        person_marks([("", GONE), ("", "310105199001011234")], KEYS, DAY)
    assert "310105" not in str(told.value)


def test_what_is_past_its_time_is_gone_when_the_clock_is_set_forward_and_does_not_come_back(layout, bench):
    land(layout, RESIDENTS, rows_of(RESIDENTS))
    (resident,) = took_in(layout, RESIDENTS, bench)
    last = kept_until(RESIDENTS, "2017Q1")
    assert last == dt.date(2017 + RESIDENTS.retention_years, 3, 31)
    assert not carry_out(layout, KEYS, last)
    removed = carry_out(layout, KEYS, last + dt.timedelta(days=1))
    assert removed.expired == [resident.record_id]
    assert removed.expired_quarters == {"2017Q1"}
    assert GONE not in everything_held(layout)
    assert not (layout.home / resident.raw_path).exists()
    (record,) = ledger.list_records(layout, RESIDENTS.extract)
    assert (record.verdict, record.rows_accepted_count, record.raw_path) == ("expired", 0, None)
    assert ledger.current_deliveries([record], ROUND) == {}
    old = layout.landing_folder(str(ROUND), RESIDENTS.department) / file_name(RESIDENTS)
    old.rename(old.with_name(file_name(RESIDENTS, note="重发")))
    assert [one.verdict for one in took_in(layout, RESIDENTS, bench)] == ["duplicate"]
    assert GONE not in everything_held(layout)
