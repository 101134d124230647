"""Verdicts, versions, the conservation of rows, and what a broken run leaves behind."""

import datetime as dt
import os
import re
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import archive, ledger
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.ledger import ConservationError, Delivery
from ingestion.unclaimed import unclaimed_files
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, with_check, write_rows, write_table
from warehouse.files import UNFINISHED, copy_and_hash, sha256_file
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CASES = registry().contract("police.cases")
RESIDENTS = registry().contract("population.registered_residents")
EMPLOYMENT = registry().contract("labour.employment")
FIRES = registry().contract("fire.fires")
MEDIATIONS = registry().contract("justice.mediations")
ROUND, NEXT_ROUND = Quarter(2017, 1), Quarter(2017, 2)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def land(layout, contract, rows, name=None, round_quarter=ROUND, **around):
    folder = layout.landing_folder(str(round_quarter), contract.department)
    return write_rows(folder / (name or file_name(contract)), contract, rows, **around)


def deliveries(layout, contract, bench, round_quarter=ROUND):
    return take_in(layout, contract, round_quarter, KEYS, bench).deliveries


def tree(home, *zones):
    """Every file of the zones with its bytes."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for zone in zones
        for path in sorted((home / zone).rglob("*"))
        if path.is_file()
    }


ZONES = ("raw", "vault", "quarantine", "ledger", "archive")


def messy_rows():
    rows = valid_rows(RESIDENTS, 40)
    rows[3]["sex_code"] = "男性"
    rows[5]["document_number"] = rows[4]["document_number"]
    rows[7]["document_number"] = ""
    rows[9]["registration_date"] = "2017-02-30"
    return rows


def test_taking_in_again_reads_nothing_and_changes_nothing(layout, bench):
    land(layout, RESIDENTS, messy_rows())
    first = take_in(layout, RESIDENTS, ROUND, KEYS, bench)
    before = tree(layout.home, *ZONES)
    second = take_in(layout, RESIDENTS, ROUND, KEYS, bench)
    assert (first.newly_read, second.newly_read) == (1, 0)
    assert first.deliveries == second.deliveries
    assert tree(layout.home, *ZONES) == before


def test_the_same_input_gives_the_same_bytes_in_another_warehouse(tmp_path):
    homes = [Layout(tmp_path / name) for name in ("one", "two")]
    for home in homes:
        land(home, RESIDENTS, messy_rows())
        take_in(home, RESIDENTS, ROUND, KEYS)
    assert tree(homes[0].home, *ZONES) == tree(homes[1].home, *ZONES)


def test_the_same_file_under_another_name_is_a_duplicate_and_changes_nothing(layout, bench):
    path = land(layout, CASES, valid_rows(CASES, 5))
    shutil.copy(path, path.with_name(file_name(CASES, note="重发")))
    first, second = deliveries(layout, CASES, bench)
    assert (first.verdict, first.version, second.verdict, second.version) == ("accepted", 1, "duplicate", 0)
    assert second.delivery_id == first.delivery_id
    assert second.record_id == f"{first.delivery_id}.again-1"
    assert len(list(layout.raw.rglob("police.cases-*.parquet"))) == 1
    assert deliveries(layout, CASES, bench) == (first, second)


def test_a_correction_in_a_later_round_supersedes_the_whole_delivery(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    (first,) = deliveries(layout, CASES, bench)
    land(layout, CASES, valid_rows(CASES, 4), file_name(CASES, note="更正"), NEXT_ROUND)
    (second,) = deliveries(layout, CASES, bench, NEXT_ROUND)
    assert (second.version, second.supersedes, second.quarter, second.round) == (
        2,
        first.delivery_id,
        "2017Q1",
        "2017Q2",
    )
    records = ledger.list_records(layout, "police.cases")
    key = ("police.cases", "201702")
    assert ledger.current_deliveries(records, ROUND)[key] == first
    assert ledger.current_deliveries(records, NEXT_ROUND)[key] == second


def test_files_with_a_note_are_read_after_those_without(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES, note="0补报"))
    land(layout, CASES, valid_rows(CASES, 6))
    assert [delivery.rows_accepted_count for delivery in deliveries(layout, CASES, bench)] == [6, 5]


def test_a_changed_file_under_the_same_name_is_a_new_version(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    deliveries(layout, CASES, bench)
    land(layout, CASES, valid_rows(CASES, 7))
    (changed,) = deliveries(layout, CASES, bench)
    assert (changed.version, changed.rows_accepted_count) == (2, 7)


def test_a_lost_raw_file_is_restored_as_it_was(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    land(layout, CASES, valid_rows(CASES, 4), file_name(CASES, note="更正"))
    first, second = deliveries(layout, CASES, bench)
    before = tree(layout.home, *ZONES)
    (layout.home / first.raw_path).unlink()
    assert deliveries(layout, CASES, bench) == (first, second)
    assert tree(layout.home, *ZONES) == before


def refused(layout, contract, bench):
    (delivery,) = deliveries(layout, contract, bench)
    assert delivery.verdict == "refused"
    assert delivery.version == delivery.rows_read_count == 0
    assert not list(layout.raw.rglob(f"{contract.extract}-*"))
    assert not list(layout.vault.rglob("*.parquet"))
    return delivery.reason_code


def test_last_periods_rows_under_this_periods_name_are_refused(layout, bench):
    land(layout, CASES, valid_rows(CASES, 10, period="201701"))
    assert refused(layout, CASES, bench) == "wrong_period"


@pytest.mark.parametrize("period", ["201704", "2017Q1", "201713", "上月"])
def test_a_period_that_cannot_belong_to_the_round_is_refused(layout, bench, period):
    land(layout, CASES, valid_rows(CASES, 3), file_name(CASES, period))
    assert refused(layout, CASES, bench) == "wrong_period"


def test_a_file_without_rows_is_refused(layout, bench):
    land(layout, CASES, [], below=[["合计", "0"]])
    assert refused(layout, CASES, bench) == "empty"


def test_a_refusal_is_judged_anew_when_the_contract_has_changed(layout, bench, monkeypatch):
    path = land(layout, CASES, valid_rows(CASES, 3))
    path.write_bytes(path.read_bytes().replace("案件编号".encode("gb18030"), "编号".encode("gb18030")))
    assert refused(layout, CASES, bench) == "unknown_column"
    columns = CASES.columns | {"case_number": CASES.columns["case_number"].model_copy(update={"headers": ["编号"]})}
    amended = CASES.model_copy(update={"columns": columns})
    monkeypatch.setattr("ingestion.deciding.contract_sha256", lambda contract: "another")
    (delivery,) = deliveries(layout, amended, bench)
    assert (delivery.verdict, delivery.rows_accepted_count) == ("accepted", 3)


def test_a_file_that_no_contract_claims_is_recorded_and_told_how_to_be_named(layout):
    folder = layout.landing_folder(str(ROUND), "police")
    folder.mkdir(parents=True)
    (folder / "张三_319901198001010011.csv").write_text("x", encoding="utf-8")
    (folder / ".hidden").write_text("x", encoding="utf-8")
    (record,) = unclaimed_files(layout, ROUND)
    assert (record.verdict, record.reason_code, record.file_name) == ("refused", "unknown_file", "张三_#.csv")
    assert "案件_201703.csv" in record.reason_zh
    assert unclaimed_files(layout, ROUND) == ledger.list_records(layout) == [record]


def test_a_row_without_a_usable_number_is_accepted_unlinked_and_never_a_repetition(layout, bench):
    rows = valid_rows(EMPLOYMENT, 6)
    for row in rows[:4]:
        row |= {"document_number": "", "person_name": "某甲"}
    rows[5]["document_number"] = rows[4]["document_number"].lower()
    land(layout, EMPLOYMENT, rows)
    (delivery,) = deliveries(layout, EMPLOYMENT, bench)
    assert delivery.identity_quality == {"missing": 4, "valid": 1}
    assert delivery.quarantined_by_reason == {"duplicate_key": 1}
    raw = pq.read_table(layout.home / delivery.raw_path, partitioning=None)
    assert raw["person_pseudonym"].null_count == 0


def test_fifteen_and_eighteen_digits_of_one_person_are_one_key(layout, bench):
    rows = valid_rows(EMPLOYMENT, 2)
    rows[0]["document_number"] = "319901800101001"
    rows[1]["document_number"] = with_check("31990119800101001")
    land(layout, EMPLOYMENT, rows)
    (delivery,) = deliveries(layout, EMPLOYMENT, bench)
    assert (delivery.identity_quality, delivery.quarantined_by_reason) == ({"upgraded_15": 1}, {"duplicate_key": 1})


def test_a_repeated_key_is_found_across_batches_and_a_broken_row_does_not_cost_a_good_one(layout, bench, monkeypatch):
    monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", 3000)
    monkeypatch.setattr("ingestion.readers.csv_files._BLOCK_BYTES", 1500)
    rows = valid_rows(CASES, 300)
    rows[0]["case_type_code"] = "?"
    for row in (120, 299):
        rows[row]["case_number"] = rows[0]["case_number"]
    rows[200]["case_number"] = rows[10]["case_number"]
    land(layout, CASES, rows)
    (delivery,) = deliveries(layout, CASES, bench)
    assert delivery.quarantined_by_reason == {"duplicate_key": 2, "unknown_code": 1}
    (path,) = layout.quarantine.rglob("*.parquet")
    found = {
        row["row_number"]: row["reasons"][0]["reason_code"]
        for row in pq.read_table(path, partitioning=None).to_pylist()
    }
    assert found == {2: "unknown_code", 202: "duplicate_key", 301: "duplicate_key"}


def test_batches_do_not_change_what_is_loaded(tmp_path, bench, monkeypatch):
    tables = []
    for size in (10**9, 4000):
        monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", size)
        monkeypatch.setattr("ingestion.readers.csv_files._BLOCK_BYTES", 2000)
        layout = Layout(tmp_path / str(size))
        land(layout, RESIDENTS, messy_rows() + valid_rows(RESIDENTS, 300)[40:])
        (delivery,) = deliveries(layout, RESIDENTS, bench)
        tables.append(pq.read_table(layout.home / delivery.raw_path, partitioning=None))
    assert tables[0].equals(tables[1])


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", 4000)
    monkeypatch.setattr("ingestion.readers.csv_files._BLOCK_BYTES", 2000)


def test_a_full_disk_ends_the_run_and_leaves_nothing(layout, bench, monkeypatch, small_batches):
    land(layout, RESIDENTS, valid_rows(RESIDENTS, 600))
    written = []

    def full(self, zone, rows):
        written.append(zone)
        if len(written) > 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingestion.promotion.DeliveryFiles._append", full)
    with pytest.raises(OSError, match="No space left"):
        deliveries(layout, RESIDENTS, bench)
    assert not tree(layout.home, "vault", "quarantine", "ledger")
    assert list(tree(layout.home, "raw")) == ["raw/population/registered_residents/quarter=none/columns.parquet"]
    monkeypatch.undo()
    (delivery,) = deliveries(layout, RESIDENTS, bench)
    assert delivery.rows_accepted_count == 600


def test_a_fault_found_late_in_a_file_refuses_all_of_it(layout, bench, small_batches):
    path = land(layout, RESIDENTS, valid_rows(RESIDENTS, 600))
    content = bytearray(path.read_bytes())
    content[-20] = 0xFF
    path.write_bytes(content)
    assert refused(layout, RESIDENTS, bench) == "undecodable"


def test_coverage_is_told_by_month_and_area(layout, bench):
    rows = valid_rows(FIRES, 6)
    for row, (day, committee) in zip(
        rows,
        [("2017-01-03", "319901001001"), ("2017-03-03", "319901001002"), ("2017-03-04", "319901002001")] * 2,
        strict=True,
    ):
        row |= {"occurred_at": f"{day} 01:00:00", "committee_code": committee}
    land(layout, FIRES, rows)
    (delivery,) = deliveries(layout, FIRES, bench)
    assert delivery.months_covered == ["201701", "201703"]
    assert (delivery.areas_covered, delivery.committee_count) == (["319901001", "319901002"], 3)


# Conservation

cells = st.sampled_from(
    ["", "1", "是", "2017-02-03", "2017-02-30", "A201702000001", "?", "合计", "319901001001", "0501"]
)
lines = st.one_of(
    st.lists(cells, min_size=0, max_size=10),
    st.sampled_from([["合计", "3"], ["填表人：某"], ["注：略"], [], ["", ""]]),
    st.integers(0, 30).map(lambda row: list(valid_rows(CASES, 31)[row].values())),
)


@given(st.lists(lines, max_size=25))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_record_of_a_file_ends_in_exactly_one_place(tmp_path, bench, body):
    layout = Layout(tmp_path / "home")
    shutil.rmtree(layout.home, ignore_errors=True)
    header = [column.headers[0] for column in CASES.columns.values()]
    good = list(valid_rows(CASES, 40)[39].values())
    table = [["案件登记表"], header, *body, good]
    write_table(layout.landing_folder(str(ROUND), "police") / file_name(CASES), CASES, table)
    (delivery,) = deliveries(layout, CASES, bench)
    if delivery.verdict == "refused":
        assert delivery.reason_code in ("wrong_period", "unreadable")
        return
    assert delivery.rows_read_count == len(table)
    numbers = pq.read_table(layout.home / delivery.raw_path, partitioning=None)["row_number"].to_pylist()
    for path in layout.quarantine.rglob("*.parquet"):
        numbers += pq.read_table(path, partitioning=None)["row_number"].to_pylist()
    assert len(numbers) == len(set(numbers)) == delivery.rows_accepted_count + delivery.rows_quarantined_count
    assert set(numbers) <= set(range(3, len(table) + 1))
    assert len(numbers) + sum(delivery.accounted.values()) == len(table)


def test_a_record_that_loses_a_row_is_never_written(layout, bench):
    land(layout, CASES, valid_rows(CASES, 3))
    (delivery,) = deliveries(layout, CASES, bench)
    content = vars(delivery) | {"rows_accepted_count": 2, "record_id": "wrong"}
    with pytest.raises(ConservationError, match="wrong: 4 rows read, but 2 accepted"):
        ledger.write_record(layout, Delivery(**content))
    assert not ledger.record_path(layout, ROUND, "wrong").exists()


# A run that is killed

WRITES = ("replace", "fsync", "chmod", "unlink")


def killed_at(step: int, layout: Layout) -> bool:
    """Take in, in a process that dies at its ``step``-th write. False when it came to its end first."""
    child = os.fork()
    if not child:
        calls = 0

        def dying(write):
            def wrapped(*arguments, **named):
                nonlocal calls
                calls += 1
                if calls == step:
                    os._exit(9)
                return write(*arguments, **named)

            return wrapped

        for name in WRITES:
            setattr(os, name, dying(getattr(os, name)))
        try:
            take_in(layout, RESIDENTS, ROUND, KEYS)
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def test_a_run_killed_between_any_two_writes_and_run_again_ends_the_same(tmp_path, bench):
    unbroken = Layout(tmp_path / "unbroken")
    land(unbroken, RESIDENTS, messy_rows())
    take_in(unbroken, RESIDENTS, ROUND, KEYS)
    expected = tree(unbroken.home, *ZONES)
    step, killed = 0, True
    while killed:
        step += 1
        broken = Layout(tmp_path / f"killed-{step}")
        land(broken, RESIDENTS, messy_rows())
        killed = killed_at(step, broken)
        take_in(broken, RESIDENTS, ROUND, KEYS, bench)
        assert tree(broken.home, *ZONES) == expected, f"killed at write {step}"
    assert step > 12


def test_files_that_are_archived_at_the_same_time_do_not_mix(layout, monkeypatch):
    folder = layout.landing_folder(str(ROUND), "police")
    folder.mkdir(parents=True)
    both_copying = threading.Barrier(2)

    def slow_copy(source, target):
        both_copying.wait(10)
        sha256 = copy_and_hash(source, target)
        both_copying.wait(10)
        return sha256

    monkeypatch.setattr("ingestion.archive.copy_and_hash", slow_copy)
    sources = [folder / name for name in ("a", "b")]
    for source in sources:
        source.write_text(source.name * 1000, encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        kept = list(pool.map(lambda source: archive.keep(layout, source), sources))
    assert [file.path.read_bytes() for file in kept] == [source.read_bytes() for source in sources]
    assert [file.sha256 for file in kept] == [sha256_file(file.path) for file in kept]


def test_half_files_of_a_dead_process_are_removed(layout, bench):
    land(layout, RESIDENTS, messy_rows())
    (delivery,) = deliveries(layout, RESIDENTS, bench)
    raw = (layout.home / delivery.raw_path).parent
    for path in (raw / f"{UNFINISHED}1-a.parquet", raw / "population.registered_residents-2017Q1-000000000000.parquet"):
        path.write_bytes(b"half")
    deliveries(layout, RESIDENTS, bench)
    assert [path.name for path in raw.iterdir()] == [f"{delivery.delivery_id}.parquet"]


# What must not leak


def test_no_identifier_stands_outside_the_zones_that_hold_them(layout, bench):
    rows = messy_rows()
    rows[11]["birth_date"] = "出生不详者某某"
    land(layout, RESIDENTS, rows, above=[["户籍人口登记表"]])
    (delivery,) = deliveries(layout, RESIDENTS, bench)
    direct = [name for name in RESIDENTS.columns if registry().fields[name].sensitivity == "direct"]
    secrets = {row[name] for row in rows for name in direct if row[name]} - {"1980-01-01"}
    assert len(secrets) > 100
    table = pq.read_table(layout.home / delivery.raw_path, partitioning=None)
    texts = [str(table.to_pylist())] + [path.read_text(encoding="utf-8") for path in layout.ledger.rglob("*.json")]
    assert not [secret for secret in secrets for text in texts if secret in text]
    vault = str(pq.read_table(next(layout.vault.rglob("*.parquet")), partitioning=None).to_pylist())
    assert rows[0]["document_number"] in vault
    assert rows[0]["phone"] in vault


def test_the_zones_with_identifiers_are_closed_to_others(layout, bench):
    land(layout, RESIDENTS, messy_rows())
    deliveries(layout, RESIDENTS, bench)
    for zone in (layout.vault, layout.quarantine, layout.archive):
        for path in [zone, *zone.rglob("*")]:
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_row_that_breaks_the_reader_is_not_quoted_in_the_refusal(layout, bench):
    rows = valid_rows(RESIDENTS, 5)
    path = land(layout, RESIDENTS, rows)
    path.write_bytes(path.read_bytes().replace(b"319901", b'"319901', 1))
    (delivery,) = deliveries(layout, RESIDENTS, bench)
    told = f"{delivery.reason_zh}{delivery.reason_en}"
    assert delivery.reason_code == "unreadable"
    assert not re.search(r"\d{6}", told)
    assert rows[0]["person_name"] not in told


def test_a_flipped_bit_in_raw_is_noticed(layout, bench):
    land(layout, RESIDENTS, valid_rows(RESIDENTS, 400))
    (delivery,) = deliveries(layout, RESIDENTS, bench)
    path = layout.home / delivery.raw_path
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)
    with pytest.raises(OSError, match=r"(?i)crc|checksum|corrupt"):
        pq.ParquetFile(path, page_checksum_verification=True).read()


def test_the_pseudonym_joins_a_person_across_extracts(layout, bench):
    land(layout, RESIDENTS, valid_rows(RESIDENTS, 3))
    land(layout, EMPLOYMENT, valid_rows(EMPLOYMENT, 3))
    found = []
    for contract in (RESIDENTS, EMPLOYMENT):
        (delivery,) = deliveries(layout, contract, bench)
        found.append(pq.read_table(layout.home / delivery.raw_path, partitioning=None)["person_pseudonym"].to_pylist())
    assert found[0] == found[1]
    assert len(set(found[0])) == 3


def test_a_workbooks_number_cell_is_damage_and_its_day_is_a_day(layout, bench):
    contract = registry().contract("justice.community_corrections")
    rows = valid_rows(contract, 3)
    rows[1] |= {"document_number": 319901198001010011, "start_date": dt.date(2017, 1, 2), "contacts_due_count": 2}
    land(layout, contract, rows)
    (delivery,) = deliveries(layout, contract, bench)
    assert delivery.identity_quality == {"rounded_by_spreadsheet": 1, "valid": 2}
    raw = pq.read_table(layout.home / delivery.raw_path, partitioning=None).to_pylist()
    assert (raw[1]["start_date"], raw[1]["contacts_due_count"]) == (dt.date(2017, 1, 2), 2)


def test_an_open_end_is_empty_or_for_ever_as_the_field_says(layout, bench):
    areas = registry().contract("governance.areas")
    rows = valid_rows(areas, 3)
    rows[0]["valid_to_date"], rows[1]["valid_to_date"] = "9999-12-31", "长期"
    land(layout, areas, rows)
    migrants = registry().contract("population.migrant_residents")
    people = valid_rows(migrants, 2)
    people[0]["permit_expiry_date"] = "长期"
    land(layout, migrants, people)
    (area,), (migrant,) = deliveries(layout, areas, bench), deliveries(layout, migrants, bench)
    ends = pq.read_table(layout.home / area.raw_path, partitioning=None)["valid_to_date"].to_pylist()
    assert [end is None for end in ends] == [True, True, False]
    expiry = pq.read_table(layout.home / migrant.raw_path, partitioning=None)["permit_expiry_date"].to_pylist()
    assert expiry[0] == dt.date(9999, 12, 31)
