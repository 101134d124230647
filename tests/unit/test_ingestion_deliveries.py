"""A delivery beside those before it: manifests, versions in any order, differences, withdrawals, wrong files."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from expectations.outcomes import outcomes_path
from ingestion import ledger, repairing, settling
from ingestion.answers.checking import check_file
from ingestion.contracts.models import Column, InUse
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.loading import load_again
from ingestion.names import MANIFEST_SUFFIX
from ingestion.repairing import DeliveryLost
from ingestion.unclaimed import unclaimed_files
from ingestion.withdrawal import CannotWithdraw, withdraw
from orchestration.cli import pingan
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows, write_table
from warehouse.files import sha256_file
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_range

CASES = registry().contract("police.cases")
RESIDENTS = registry().contract("population.registered_residents")
FIRES = registry().contract("fire.fires")
MEDIATIONS = registry().contract("justice.mediations")
OFFICERS = registry().contract("police.community_officers")
ROUND, NEXT_ROUND = Quarter(2017, 1), Quarter(2017, 2)
PERIOD = ("police.cases", "201702")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def land(layout, contract, rows, name=None, round_quarter=ROUND, manifest=None):
    folder = layout.landing_folder(str(round_quarter), contract.department)
    path = write_rows(folder / (name or file_name(contract)), contract, rows)
    if manifest is not None:
        said = manifest if isinstance(manifest, str) else json.dumps(manifest)
        path.with_name(path.name + MANIFEST_SUFFIX).write_text(said, encoding="utf-8")
    return path


def deliveries(layout, contract, bench, round_quarter=ROUND):
    return take_in(layout, contract, round_quarter, KEYS, bench).deliveries


def in_force(layout, extract="police.cases"):
    return {key[1]: one for key, one in ledger.current_deliveries(ledger.list_records(layout, extract)).items()}


# Manifests


def test_a_manifest_that_agrees_is_used_and_is_no_file_of_its_own(layout, bench):
    rows = valid_rows(CASES, 5)
    rows[0]["case_type_code"] = "?"
    path = land(layout, CASES, rows)
    said = {"rows": 5, "sha256": sha256_file(path).upper(), "period": "201702", "sequence": 7}
    path.with_name(path.name + MANIFEST_SUFFIX).write_text(json.dumps(said), encoding="utf-8")
    (delivery,) = deliveries(layout, CASES, bench)
    assert (delivery.verdict, delivery.sequence, delivery.rows_quarantined_count) == ("accepted", 7, 1)
    assert delivery.manifest_sha256 == sha256_file(path.with_name(path.name + MANIFEST_SUFFIX))
    assert unclaimed_files(layout, ROUND) == []


@pytest.mark.parametrize(
    ("manifest", "reason", "words"),
    [
        ({"rows": 6}, "manifest_mismatch", "the manifest says 6 rows of data, the file has 5"),
        ({"sha256": "0" * 64}, "manifest_mismatch", "sha256"),
        ({"period": "201703"}, "manifest_mismatch", "period"),
        ({"rows": "five"}, "bad_manifest", "rows: int_type"),
        ({"row_count": 5}, "bad_manifest", "row_count: extra_forbidden"),
        ({"sequence": 0}, "bad_manifest", "sequence"),
        ("{", "bad_manifest", "JSON"),
    ],
)
def test_a_manifest_that_does_not_agree_refuses_the_file_and_says_why(layout, bench, manifest, reason, words):
    land(layout, CASES, valid_rows(CASES, 5), manifest=manifest)
    (delivery,) = deliveries(layout, CASES, bench)
    assert (delivery.verdict, delivery.reason_code) == ("refused", reason)
    assert words in delivery.reason_en
    assert not list(layout.raw.rglob("police.cases-*"))


def test_a_mended_manifest_is_enough_to_have_the_file_judged_anew(layout, bench):
    path = land(layout, CASES, valid_rows(CASES, 5), manifest={"rows": 6})
    deliveries(layout, CASES, bench)
    path.with_name(path.name + MANIFEST_SUFFIX).write_text('{"rows": 5}', encoding="utf-8")
    (delivery,) = deliveries(layout, CASES, bench)
    assert (delivery.verdict, delivery.version) == ("accepted", 1)


def test_a_manifest_without_its_file_is_reported(layout):
    land(layout, CASES, valid_rows(CASES, 1), manifest={"rows": 1}).unlink()
    (record,) = unclaimed_files(layout, ROUND)
    assert (record.reason_code, "案件_#.csv" in record.reason_zh) == ("manifest_alone", False)
    assert "案件_201702.csv" in record.reason_en


# Versions


def test_corrections_of_corrections_end_the_same_in_whatever_order_they_come(tmp_path, bench):
    versions = [
        (valid_rows(CASES, 20 + size), file_name(CASES, note=note), quarter, {"sequence": sequence})
        for size, note, quarter, sequence in (
            (0, "", ROUND, 1),
            (3, "更正", NEXT_ROUND, 2),
            (1, "再更正", NEXT_ROUND, 3),
        )
    ]
    ended = set()
    for place, order in enumerate(itertools.permutations(versions)):
        layout = Layout(tmp_path / str(place))
        for rows, name, quarter, manifest in order:
            land(layout, CASES, rows, name, quarter, manifest)
            deliveries(layout, CASES, bench, quarter)
        now = in_force(layout)["201702"]
        ended.add((now.delivery_id, now.rows_accepted_count, now.raw_sha256))
        assert now.sequence == 3
    assert len(ended) == 1


def test_a_late_one_of_a_lower_sequence_is_kept_and_takes_nobodys_place(layout, bench):
    land(layout, CASES, valid_rows(CASES, 6), manifest={"sequence": 2})
    (first,) = deliveries(layout, CASES, bench)
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES, note="补报"), NEXT_ROUND, {"sequence": 1})
    (late,) = deliveries(layout, CASES, bench, NEXT_ROUND)
    assert (late.verdict, late.version, late.supersedes, late.outranked_by) == (
        "accepted",
        2,
        None,
        first.delivery_id,
    )
    assert late.rows_removed_count is None
    assert in_force(layout)["201702"] == first


def test_without_sequences_names_decide_within_a_round_whenever_the_files_came(tmp_path, bench):
    ended = []
    for names in (["", "更正"], ["更正", ""]):
        layout = Layout(tmp_path / "-".join(names))
        for note in names:
            land(layout, CASES, valid_rows(CASES, 5 + len(note)), file_name(CASES, note=note))
            deliveries(layout, CASES, bench)
        ended.append(in_force(layout)["201702"].rows_accepted_count)
    assert ended == [7, 7]


def test_a_new_version_says_what_it_added_removed_and_changed(layout, bench):
    rows = valid_rows(RESIDENTS, 40)
    rows[30]["document_number"] = ""
    land(layout, RESIDENTS, rows)
    (first,) = deliveries(layout, RESIDENTS, bench)
    assert (first.supersedes, first.rows_added_count) == (None, None)
    corrected = [dict(row) for row in valid_rows(RESIDENTS, 43)[2:]]
    corrected[28]["document_number"] = ""
    corrected[5]["sex_code"] = "2"
    corrected[6]["person_name"] = "某改名"
    land(layout, RESIDENTS, corrected, file_name(RESIDENTS, note="更正"))
    second = deliveries(layout, RESIDENTS, bench)[1]
    assert second.supersedes == first.delivery_id
    counts = (second.rows_added_count, second.rows_removed_count, second.rows_changed_count)
    assert counts == (3, 2, 2)


def test_the_same_bytes_again_are_said_to_change_nothing(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    (first,) = deliveries(layout, CASES, bench)
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES, note="重发"), NEXT_ROUND)
    (again,) = deliveries(layout, CASES, bench, NEXT_ROUND)
    assert (again.verdict, again.reason_code) == ("duplicate", "same_bytes")
    assert first.delivery_id in again.reason_zh
    assert "Nothing was changed" in again.reason_en


def test_the_bytes_of_a_version_that_was_replaced_name_the_deliveries_to_withdraw(layout, bench):
    for count, note in ((5, ""), (6, "更正"), (7, "更正二")):
        land(layout, CASES, valid_rows(CASES, count), file_name(CASES, note=note))
    first, second, third = deliveries(layout, CASES, bench)
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES, note="重发"), NEXT_ROUND)
    (again,) = deliveries(layout, CASES, bench, NEXT_ROUND)
    assert (again.verdict, again.reason_code) == ("duplicate", "same_bytes_superseded")
    for text in (again.reason_zh, again.reason_en):
        assert first.delivery_id in text
        assert f"pingan withdraw {second.delivery_id}, pingan withdraw {third.delivery_id}" in text
    assert in_force(layout)["201702"] == third
    withdraw(layout, second.delivery_id, "the first was right")
    withdraw(layout, third.delivery_id, "the first was right")
    assert in_force(layout)["201702"] == first
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES, note="再发"), NEXT_ROUND)
    assert {one.reason_code for one in deliveries(layout, CASES, bench, NEXT_ROUND)} == {
        "same_bytes_superseded", "same_bytes",
    }  # fmt: skip


# Withdrawals


def test_a_withdrawn_delivery_gives_way_to_the_one_before_it_and_comes_back_when_that_is_undone(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    land(layout, CASES, valid_rows(CASES, 6), file_name(CASES, note="更正"))
    first, second = deliveries(layout, CASES, bench)
    files = {path: path.read_bytes() for path in layout.home.rglob("*") if path.is_file()}
    decision = withdraw(layout, second.delivery_id, "证件 319901198001010011 有误")
    assert (decision.verdict, decision.round, decision.reason_zh) == ("withdrawn", "2017Q1", "证件 # 有误")
    assert in_force(layout)["201702"] == first
    with pytest.raises(CannotWithdraw, match="withdrawn already"):
        withdraw(layout, second.delivery_id, "again")
    assert deliveries(layout, CASES, bench) == (first, second)
    withdraw(layout, first.delivery_id, "wrong too")
    assert in_force(layout) == {}
    withdraw(layout, second.delivery_id, "it was right", undo=True)
    assert in_force(layout)["201702"] == second
    with pytest.raises(CannotWithdraw, match="is not withdrawn"):
        withdraw(layout, second.delivery_id, "again", undo=True)
    assert {path: path.read_bytes() for path in files} == files


def test_a_withdrawn_file_sent_again_stays_withdrawn_and_another_takes_its_place(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    (first,) = deliveries(layout, CASES, bench)
    withdraw(layout, first.delivery_id, "wrong extract")
    land(layout, CASES, valid_rows(CASES, 5), file_name(CASES, note="重发"), NEXT_ROUND)
    (again,) = deliveries(layout, CASES, bench, NEXT_ROUND)
    assert (again.verdict, again.reason_code, in_force(layout)) == ("duplicate", "same_bytes_withdrawn", {})
    land(layout, CASES, valid_rows(CASES, 4), file_name(CASES, note="重做"), NEXT_ROUND)
    last = deliveries(layout, CASES, bench, NEXT_ROUND)[0]
    assert (last.supersedes, in_force(layout)["201702"].delivery_id) == (None, last.delivery_id)


def test_the_command_withdraws_says_what_is_in_force_and_refuses_what_it_cannot(layout, bench, monkeypatch):
    for name in ("PINGAN_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, str(layout.home))
    land(layout, CASES, valid_rows(CASES, 5))
    (first,) = deliveries(layout, CASES, bench)

    def asked(*arguments):
        return CliRunner().invoke(pingan, ["--home", str(layout.home), "withdraw", *arguments])

    done = asked(first.delivery_id, "--reason", "wrong extract")
    assert (done.exit_code, "none: ask the department" in done.output) == (0, True)
    undone = asked(first.delivery_id, "--reason", "right after all", "--undo")
    assert f"{first.delivery_id} (v1)" in undone.output
    for wrong in (["police.cases-201702-nothing", "--reason", "x"], [first.delivery_id, "--reason", " "]):
        assert asked(*wrong).exit_code == 2
    assert len(ledger.list_records(layout)) == 3


# The wrong file


def test_last_quarters_snapshot_under_this_quarters_name_is_known_by_its_content(layout, bench):
    rows = valid_rows(RESIDENTS, 60)
    land(layout, RESIDENTS, rows)
    (first,) = deliveries(layout, RESIDENTS, bench)
    again = file_name(RESIDENTS, "2017Q2")
    land(layout, RESIDENTS, list(reversed(rows)), again, NEXT_ROUND)
    (repeated,) = deliveries(layout, RESIDENTS, bench, NEXT_ROUND)
    assert (repeated.verdict, repeated.reason_code) == ("refused", "repeated_content")
    assert first.delivery_id in repeated.reason_zh
    land(layout, RESIDENTS, list(reversed(rows)), again, NEXT_ROUND, {"confirms": ["repeated_content"]})
    assert deliveries(layout, RESIDENTS, bench, NEXT_ROUND)[0].verdict == "accepted"


def test_a_snapshot_that_changed_a_little_and_a_list_that_may_stay_the_same_are_accepted(layout, bench):
    rows = valid_rows(RESIDENTS, 60)
    land(layout, RESIDENTS, rows)
    deliveries(layout, RESIDENTS, bench)
    rows[7]["registration_date"] = "2017-01-09"
    land(layout, RESIDENTS, rows, file_name(RESIDENTS, "2017Q2"), NEXT_ROUND)
    assert deliveries(layout, RESIDENTS, bench, NEXT_ROUND)[0].verdict == "accepted"
    for quarter in (ROUND, NEXT_ROUND):
        land(layout, OFFICERS, valid_rows(OFFICERS, 40), file_name(OFFICERS, str(quarter)), quarter)
        assert deliveries(layout, OFFICERS, bench, quarter)[0].verdict == "accepted"


def test_another_districts_file_is_known_by_its_areas(layout, bench):
    land(layout, CASES, valid_rows(CASES, 5))
    (first,) = deliveries(layout, CASES, bench)
    assert {area[:6] for area in first.areas_covered} == {valid_rows(CASES, 1)[0]["committee_code"][:6]}
    rows = valid_rows(CASES, 5, "201703")
    for row in rows[1:]:
        row["committee_code"] = "9" + row["committee_code"][1:]
    rows[1]["committee_code"] = rows[1]["committee_code"][:6] + "777001"
    land(layout, CASES, rows, file_name(CASES, "201703"))
    second = deliveries(layout, CASES, bench)[1]
    assert (second.verdict, second.reason_code) == ("refused", "another_district")
    assert rows[1]["committee_code"][:6] in second.reason_en


def test_the_area_list_tells_the_district_of_an_extract_that_has_sent_nothing_yet(layout, bench):
    areas = registry().contract("governance.areas")
    listed = valid_rows(areas, 2)
    for row in listed:
        row |= {"area_code": "888888001001", "parent_code": "888888001"}
    land(layout, areas, listed[:1])
    deliveries(layout, areas, bench)
    land(layout, CASES, valid_rows(CASES, 5))
    (delivery,) = deliveries(layout, CASES, bench)
    assert (delivery.reason_code, "888888" in delivery.reason_zh) == ("another_district", True)


def test_the_first_area_list_is_there_before_the_other_files_of_its_round_are_judged(layout):
    from orchestration.intake_ahead import IntakeAhead
    from orchestration.writing import writing

    areas = registry().contract("governance.areas")
    land(layout, areas, [valid_rows(areas, 1)[0] | {"area_code": "888888001001", "parent_code": "888888001"}])
    land(layout, CASES, valid_rows(CASES, 5))
    with writing(layout, "test"), IntakeAhead(layout, KEYS, [CASES, areas]) as ahead:
        (delivery,) = ahead.result(CASES, ROUND).deliveries
    assert delivery.reason_code == "another_district"


def test_an_extract_is_checked_and_answered_as_it_is_taken_in_and_threads_take_their_usual_turns_afterwards(layout):
    from expectations.deliveries import check_deliveries
    from orchestration.intake_ahead import IntakeAhead
    from orchestration.writing import writing

    areas = registry().contract("governance.areas")
    land(layout, areas, valid_rows(areas, 5))
    land(layout, CASES, valid_rows(CASES, 5))
    usual = sys.getswitchinterval()
    with writing(layout, "test"), IntakeAhead(layout, KEYS, [CASES, areas]) as ahead:
        assert sys.getswitchinterval() < usual
        for contract in (CASES, areas):
            assert ahead.result(contract, ROUND).count("accepted") == 1
        found = {contract.extract: ahead.checked(contract, ROUND) for contract in (CASES, areas)}
    assert sys.getswitchinterval() == usual
    for contract in (CASES, areas):
        assert found[contract.extract].outcomes == check_deliveries(layout, contract, ROUND)
        assert [len(list(folder.glob("*.xlsx"))) for folder in found[contract.extract].reply_folders] == [1]
        assert outcomes_path(layout, ROUND, contract.extract).exists()


def test_a_department_that_checks_its_file_is_told_of_a_wrong_manifest_too(layout):
    path = land(layout, CASES, valid_rows(CASES, 5), manifest={"rows": 6})
    assert [refusal.code for refusal in check_file(path).refusals] == ["manifest_mismatch"]
    path = land(layout, CASES, valid_rows(CASES, 5), manifest={"rows": 5})
    assert check_file(path).is_accepted_whole


def test_a_file_without_an_acceptable_row_is_refused_and_replaces_nothing(layout, bench):
    rows = valid_rows(CASES, 5)
    land(layout, CASES, rows)
    bad = land(layout, CASES, [row | {"case_type_code": "?"} for row in rows], file_name(CASES, note="更正"))
    assert [refusal.code for refusal in check_file(bad).refusals] == ["no_acceptable_row"]
    good, refused = deliveries(layout, CASES, bench)
    assert (refused.verdict, refused.reason_code, refused.rows_read_count) == ("refused", "no_acceptable_row", 0)
    assert "unknown_code 5" in refused.reason_zh
    assert "unknown_code 5" in refused.reason_en
    assert in_force(layout)["201702"].delivery_id == good.delivery_id
    kept = [
        path for zone in (layout.raw, layout.vault, layout.quarantine) for path in zone.rglob("*") if path.is_file()
    ]
    assert [path.stem for path in kept if path.stem != "columns"] == [good.delivery_id]


def test_a_delivery_that_lost_its_sound_rows_to_an_order_is_not_refused_when_it_is_read_again(layout, bench):
    rows = valid_rows(CASES, 3)
    rows[0]["case_type_code"] = "?"
    path = land(layout, CASES, rows)
    (delivery,) = deliveries(layout, CASES, bench)
    write_rows(path, CASES, rows[:1])
    again = load_again(layout, delivery, CASES, path, bench)
    assert (again.verdict, again.rows_accepted_count, again.rows_quarantined_count) == ("accepted", 0, 1)


def test_another_extracts_columns_under_this_name_are_recognised(layout, bench):
    folder = layout.landing_folder(str(ROUND), "police")
    write_rows(folder / file_name(CASES), FIRES, valid_rows(FIRES, 5))
    (delivery,) = deliveries(layout, CASES, bench)
    assert (delivery.reason_code, "fire.fires" in delivery.reason_en) == ("another_extract", True)


def test_a_workbook_with_another_extracts_columns_is_recognised_by_the_process_that_read_it(layout, bench, monkeypatch):
    started = []

    class Counted(subprocess.Popen):
        def __init__(self, *arguments, **options):
            started.append(arguments)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", Counted)
    table = [[column.headers[0] for column in OFFICERS.columns.values()], *map(dict.values, valid_rows(OFFICERS, 3))]
    folder = layout.landing_folder(str(ROUND), MEDIATIONS.department)
    write_table(folder / file_name(MEDIATIONS), MEDIATIONS, [list(row) for row in table])
    (delivery,) = deliveries(layout, MEDIATIONS, bench)
    assert (delivery.reason_code, "police.community_officers" in delivery.reason_en) == ("another_extract", True)
    assert len(started) == 1


def test_another_departments_file_is_sent_to_its_folder(layout):
    folder = layout.landing_folder(str(ROUND), "police")
    write_rows(folder / file_name(FIRES), FIRES, valid_rows(FIRES, 2))
    (record,) = unclaimed_files(layout, ROUND)
    assert (record.reason_code, "landing/2017Q1/fire/" in record.reason_zh) == ("another_department", True)


def test_a_correction_of_the_changed_rows_alone_is_refused_unless_its_manifest_confirms_it(layout, bench):
    land(layout, CASES, valid_rows(CASES, 40))
    (first,) = deliveries(layout, CASES, bench)
    name = file_name(CASES, note="更正")
    land(layout, CASES, valid_rows(CASES, 19), name)
    partial = deliveries(layout, CASES, bench)[1]
    assert (partial.verdict, partial.reason_code) == ("refused", "not_whole")
    assert f"only 19 of the 40 rows of {first.delivery_id}" in partial.reason_en
    land(layout, CASES, valid_rows(CASES, 19), name, manifest={"confirms": ["not_whole"]})
    assert deliveries(layout, CASES, bench)[1].rows_removed_count == 21


# Headers with dates


def renamed(first=None, last=None):
    """Cases whose 案号 is a header only between two quarters."""
    column = Column(headers=["案件编号", "案号"], in_use={"案号": InUse(first=first, last=last)})
    return CASES.model_copy(update={"columns": CASES.columns | {"case_number": column}})


@pytest.mark.parametrize(
    ("first", "last", "accepted"),
    [
        (None, "2016Q4", False),
        (None, "2017Q1", True),
        ("2017Q1", None, True),
        ("2017Q2", None, True),
        ("2017Q3", None, False),
        ("2016Q1", "2018Q4", True),
    ],
)
def test_a_header_is_known_from_its_first_quarter_to_its_last(layout, bench, first, last, accepted):
    """February's file, sent in the second quarter: whichever form was in use in between may have been used."""
    header = ["案号" if name == "case_number" else column.headers[0] for name, column in CASES.columns.items()]
    rows = [list(row.values()) for row in valid_rows(CASES, 3)]
    folder = layout.landing_folder(str(NEXT_ROUND), "police")
    write_table(folder / file_name(CASES), CASES, [header, *rows])
    (delivery,) = deliveries(layout, renamed(first, last), bench, NEXT_ROUND)
    assert delivery.verdict == ("accepted" if accepted else "refused")
    assert accepted or "案号" in delivery.reason_zh


def test_a_column_that_was_dropped_need_not_be_sent_any_more():
    dropped = Column(headers=["旧列"], in_use={"旧列": InUse(last="2016Q4")})
    assert dropped.as_of("2016Q4", "2017Q1").required
    assert not dropped.as_of("2017Q1", "2017Q1").required
    assert dropped.as_of("2017Q1", "2017Q1").headers == []
    with pytest.raises(ValueError, match="no headers of this column"):
        Column(headers=["甲"], in_use={"乙": InUse()})


def test_columns_in_another_order_load_the_same_rows(tmp_path, bench):
    loaded = []
    for place, names in enumerate((list(CASES.columns), sorted(CASES.columns))):
        layout = Layout(tmp_path / str(place))
        rows = [[row[name] for name in names] for row in valid_rows(CASES, 12)]
        header = [CASES.columns[name].headers[0] for name in names]
        write_table(layout.landing_folder(str(ROUND), "police") / file_name(CASES), CASES, [header, *rows])
        (delivery,) = deliveries(layout, CASES, bench)
        table = pq.read_table(layout.home / delivery.raw_path, partitioning=None)
        loaded.append(table.drop_columns(["delivery_id"]).to_pylist())
    assert loaded[0] == loaded[1]


# Files still being written


@pytest.mark.parametrize("name", [".案件_201702.csv", "~$案件_201702.csv", "案件_201702.csv.part", "案件_201702.csv~"])
def test_temporary_names_are_passed_over(layout, bench, name):
    land(layout, CASES, valid_rows(CASES, 3), name)
    assert deliveries(layout, CASES, bench) == ()
    assert unclaimed_files(layout, ROUND) == []


def test_a_file_that_somebody_holds_open_to_write_or_edits_waits_until_they_are_done(layout, bench):
    path = land(layout, CASES, valid_rows(CASES, 3))
    with open(path, "ab"):
        result = take_in(layout, CASES, ROUND, KEYS, bench)
        assert (result.deliveries, result.unfinished_files) == ((), (path.name,))
    lock = path.with_name(f"~${path.name}")
    lock.touch()
    assert take_in(layout, CASES, ROUND, KEYS, bench).unfinished_files == (path.name,)
    lock.unlink()
    assert not ledger.list_records(layout)
    assert [delivery.verdict for delivery in deliveries(layout, CASES, bench)] == ["accepted"]


def test_a_file_that_grows_is_not_read_before_it_has_been_quiet(layout, bench, monkeypatch):
    monkeypatch.setattr(settling, "QUIET_SECONDS", 0.3)
    path = land(layout, CASES, valid_rows(CASES, 40))
    whole = path.read_bytes()
    path.write_bytes(whole[:500])
    stopped = threading.Event()

    def grow():
        for start in range(500, len(whole), 300):
            time.sleep(0.05)
            with open(path, "ab") as handle:  # opened anew for each piece, as over a network
                handle.write(whole[start : start + 300])
        stopped.set()

    writer = threading.Thread(target=grow)
    writer.start()
    assert take_in(layout, CASES, ROUND, KEYS, bench).unfinished_files == (path.name,)
    assert not stopped.is_set()
    writer.join()
    (delivery,) = deliveries(layout, CASES, bench)
    assert (delivery.rows_accepted_count, delivery.file_sha256) == (40, sha256_file(path))


def test_a_file_that_changes_while_it_is_read_is_not_taken_in(layout, bench, monkeypatch):
    from ingestion import archive

    path = land(layout, CASES, valid_rows(CASES, 4))
    copy = archive.copy_and_hash

    def slow_copy(source, target):
        sha256 = copy(source, target)
        with open(source, "ab") as handle:
            handle.write(b"more")
        return sha256

    monkeypatch.setattr(archive, "copy_and_hash", slow_copy)
    assert take_in(layout, CASES, ROUND, KEYS, bench).unfinished_files == (path.name,)
    assert not ledger.list_records(layout)


# Damage on the disk


def test_one_flipped_bit_in_raw_is_noticed_and_mended_before_anyone_reads_it(layout, bench):
    land(layout, RESIDENTS, valid_rows(RESIDENTS, 30))
    (delivery,) = deliveries(layout, RESIDENTS, bench)
    raw = layout.home / delivery.raw_path
    sound = raw.read_bytes()
    for place in range(4, len(sound), max(len(sound) // 25, 1)):
        flipped = bytearray(sound)
        flipped[place] ^= 1 << (place % 8)
        raw.write_bytes(flipped)
        assert deliveries(layout, RESIDENTS, bench) == (delivery,)
        assert raw.read_bytes() == sound


@pytest.fixture
def built(layout):
    """A build stands there, so that the next need not read everything."""
    layout.build_database.parent.mkdir()
    layout.build_database.touch()


def damage(raw):
    """Flip a bit as a disk would: nothing that a file system tells of the file is another."""
    raw.write_bytes(raw.read_bytes()[:-1] + bytes([raw.read_bytes()[-1] ^ 1]))


def forget(layout, delivery):
    """Damage the file, and have it remembered as it is now."""
    damage(layout.home / delivery.raw_path)
    states = layout.raw_states / f"{delivery.extract}.json"
    known = json.loads(states.read_text())
    status = (layout.home / delivery.raw_path).stat()
    known[delivery.delivery_id][:4] = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
    states.write_text(json.dumps(known))


def compared_files(monkeypatch):
    found = []
    monkeypatch.setattr(repairing, "sha256_file", lambda path: found.append(path.stem) or sha256_file(path))
    return found


def test_a_raw_file_is_compared_again_only_when_somebody_touched_it(layout, bench, built, monkeypatch):
    land(layout, CASES, valid_rows(CASES, 3))
    land(layout, CASES, valid_rows(CASES, 30, "201701"), file_name(CASES, "201701"))
    small, large = sorted(deliveries(layout, CASES, bench), key=lambda one: one.rows_accepted_count)
    compared = compared_files(monkeypatch)
    deliveries(layout, CASES, bench, ROUND.plus(1))
    assert set(compared) == {small.delivery_id, large.delivery_id}
    seen = []
    for round_quarter in quarter_range(ROUND.plus(2), ROUND.plus(5)):
        compared.clear()
        deliveries(layout, CASES, bench, round_quarter)
        seen += compared
    # One quarter is all there is, so it has its turn in every round.
    assert seen.count(small.delivery_id) == 4
    raw = layout.home / large.raw_path
    sound, times = raw.read_bytes(), raw.stat()
    damage(raw)
    os.utime(raw, ns=(times.st_atime_ns, times.st_mtime_ns))
    deliveries(layout, CASES, bench, ROUND.plus(6))
    assert raw.read_bytes() == sound


def quarters_sent(layout, bench, count):
    """Deliveries of so many quarters, each sent in its own round, with one round after them."""
    made = []
    for quarter in quarter_range(ROUND, ROUND.plus(count - 1)):
        month = quarter.months[0]
        land(layout, CASES, valid_rows(CASES, 20, month), file_name(CASES, month), quarter)
        made += deliveries(layout, CASES, bench, quarter)
    deliveries(layout, CASES, bench, ROUND.plus(count))
    return made


def test_of_quarters_that_nobody_touched_each_has_its_turn(layout, bench, built, monkeypatch):
    made = quarters_sent(layout, bench, 5)
    compared = compared_files(monkeypatch)
    rounds = []
    for round_quarter in quarter_range(ROUND.plus(6), ROUND.plus(11)):
        compared.clear()
        deliveries(layout, CASES, bench, round_quarter)
        rounds.append(set(compared))
    assert all(len(one) <= 2 for one in rounds)
    assert set.union(*rounds) == {one.delivery_id for one in made}


def test_a_bit_that_a_disk_forgets_is_noticed_at_the_files_turn(layout, bench, built):
    first = quarters_sent(layout, bench, 5)[0]
    sound = (layout.home / first.raw_path).read_bytes()
    forget(layout, first)
    for round_quarter in quarter_range(ROUND.plus(6), ROUND.plus(11)):
        deliveries(layout, CASES, bench, round_quarter)
    assert (layout.home / first.raw_path).read_bytes() == sound


@pytest.mark.parametrize("reason", ["a late file", "a withdrawal", "no build"])
def test_what_a_round_reads_for_certain_is_compared_in_it(layout, bench, built, reason):
    made = quarters_sent(layout, bench, 5)
    last = made[-1]
    sound = (layout.home / last.raw_path).read_bytes()
    forget(layout, last)
    now = ROUND.plus(6)
    match reason:
        case "a late file":
            month = ROUND.plus(2).months[1]
            land(layout, CASES, valid_rows(CASES, 5, month), file_name(CASES, month), now)
        case "a withdrawal":
            land(layout, FIRES, valid_rows(FIRES, 1, now.months[0]), file_name(FIRES, now.months[0]), now)
            deliveries(layout, FIRES, bench, now)
            withdraw(layout, made[2].delivery_id, "wrong")
        case "no build":
            layout.build_database.unlink()
    deliveries(layout, CASES, bench, now)
    assert (layout.home / last.raw_path).read_bytes() == sound


def test_a_bit_flipped_in_raw_and_in_the_archive_ends_the_run_with_what_to_do(layout, bench):
    land(layout, CASES, valid_rows(CASES, 3))
    (delivery,) = deliveries(layout, CASES, bench)
    archived = layout.archive / delivery.file_sha256[:2] / delivery.file_sha256
    for path in (layout.home / delivery.raw_path, archived):
        os.chmod(path, 0o600)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DeliveryLost, match=r"bring archive/ back from the backup"):
        deliveries(layout, CASES, bench)
