"""Every file of the corpus gets the verdict that was written down for it, and no row is lost on the way."""

from __future__ import annotations

import os
from collections import Counter

import pyarrow.parquet as pq
import pytest

from ingestion.intake import take_in
from ingestion.reasons import FILE_NOTICES, FILE_REASONS, ROW_REASONS
from ingestion.unclaimed import unclaimed_files
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows
from tests.corpus import CATEGORIES, all_cases
from tests.corpus.case import Case
from tests.corpus.hostile import SEC
from warehouse.layout import Layout
from warehouse.quarters import Quarter

ROUND = Quarter(2017, 1)
CASES = all_cases()
#: Reasons that one claimed file alone can't give: they need its folder, a manifest, areas or earlier deliveries.
NEED_MORE_THAN_A_FILE = {
    "unknown_file",
    "another_department",
    "another_district",
    "repeated_content",
    "not_whole",
    "bad_manifest",
    "manifest_mismatch",
    "manifest_alone",
}
LOADED = ("raw", "vault", "quarantine")


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_file_gets_the_verdict_that_was_written_down_for_it(tmp_path, case: Case, bench):
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), case.contract.department)
    folder.mkdir(parents=True)
    (folder / case.name).write_bytes(case.content())
    (delivery,) = take_in(layout, case.contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_code, delivery.reason_en) == (
        ("refused", case.refused, delivery.reason_en) if case.refused else ("accepted", None, None)
    )
    kept = {zone: list((layout.home / zone).rglob(f"{delivery.delivery_id}.parquet")) for zone in LOADED}
    if case.refused:
        for words in case.told:
            assert words in delivery.reason_zh + delivery.reason_en
        assert not any(kept.values())
        return
    assert (delivery.rows_accepted_count, delivery.quarantined_by_reason) == (case.accepted, case.quarantined)
    assert delivery.accounted == case.accounted
    assert tuple(delivery.notices) == case.notices
    if case.quality is not None:
        assert delivery.identity_quality == case.quality
    raw = pq.read_table(kept["raw"][0], partitioning=None)
    assert raw.num_rows == case.accepted
    quarantined = sum(pq.read_metadata(path).num_rows for path in kept["quarantine"])
    assert quarantined == sum(case.quarantined.values())
    for name, values in case.loaded.items():
        stored = raw if name in raw.column_names else pq.read_table(kept["vault"][0], partitioning=None)
        assert stored[name].to_pylist() == values


def test_the_corpus_has_every_category_every_reason_and_every_notice():
    counted = Counter(case.category for case in CASES)
    assert tuple(counted) == CATEGORIES
    assert min(counted.values()) >= 10
    assert len(CASES) >= 250
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.refused for case in CASES if case.refused} == FILE_REASONS.keys() - NEED_MORE_THAN_A_FILE
    assert {reason for case in CASES for reason in case.quarantined} >= ROW_REASONS.keys() - {"above_other"}
    assert {notice for case in CASES for notice in case.notices} == FILE_NOTICES.keys()


def test_the_round_goes_on_past_files_that_ask_for_too_much(tmp_path, bench):
    layout = Layout(tmp_path)
    greedy = [case for case in SEC.cases if case.refused == "resource_limit"]
    contract = greedy[0].contract
    folder = layout.landing_folder(str(ROUND), contract.department)
    folder.mkdir(parents=True)
    for number, case in enumerate(greedy):
        (folder / file_name(contract, note=f"甲{number}")).write_bytes(case.content())
    write_rows(folder / file_name(contract), contract, valid_rows(contract, 5))
    write_rows(folder / file_name(contract, note="乙"), contract, valid_rows(contract, 6))
    result = take_in(layout, contract, ROUND, KEYS, bench)
    accepted = [delivery for delivery in result.deliveries if delivery.verdict == "accepted"]
    assert [delivery.rows_accepted_count for delivery in accepted] == [5, 6]
    assert Counter(delivery.reason_code for delivery in result.deliveries)["resource_limit"] == len(greedy) >= 4


def test_what_is_no_plain_file_is_refused_and_never_opened(tmp_path):
    layout = Layout(tmp_path / "home")
    folder = layout.landing_folder(str(ROUND), "police")
    folder.mkdir(parents=True)
    secret = tmp_path / "outside.csv"
    secret.write_text("绝密")
    (folder / "案件_201702.csv").symlink_to(secret)
    (folder / "案件_201701.csv").symlink_to("/dev/zero")
    os.mkfifo(folder / "案件_201703.csv")
    (folder / "案件_201703_补报.csv").mkdir()
    refused = unclaimed_files(layout, ROUND)
    assert [(record.verdict, record.reason_code) for record in refused] == [("refused", "unreadable")] * 4
    assert not layout.archive.exists()
    assert unclaimed_files(layout, ROUND) == refused


@pytest.mark.parametrize(
    "name",
    [
        "案件\n[ERROR] all is lost.csv",
        "案件\x1b[2J.csv",
        "\u202evsc.件案.csv",
        os.fsdecode("张三案件".encode("gb18030") + b".csv"),
        "王某319901198001010011.csv",
    ],
)
def test_a_name_of_a_file_is_told_without_what_could_do_harm(tmp_path, name):
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), "police")
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"x")
    (record,) = unclaimed_files(layout, ROUND)
    assert record.file_name.isprintable() or "\ufffd" in record.file_name
    assert not any(sign in record.file_name for sign in "\n\x1b\u202e")
    assert "319901198001010011" not in record.file_name
    record.file_name.encode("utf-8")
    assert unclaimed_files(layout, ROUND) == [record]
