"""What is due: landing against ledger against releases."""

from __future__ import annotations

import os

import pytest

from ingestion.ledger import Delivery, write_record
from orchestration import landed
from orchestration.commands.run import plan
from orchestration.due import files_not_taken_in, quarter_states
from orchestration.landed import landed_files
from warehouse.files import UNFINISHED, sha256_file, write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


def _land(layout: Layout, quarter: str, name: str, content: str) -> str:
    path = layout.landing_folder(quarter, "police") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return sha256_file(path)


def _take_in(
    layout: Layout, quarter: str, sha256: str, verdict: str = "accepted", version: int = 1, in_round: str = ""
) -> str:
    delivery_id = f"police.cases-{quarter}-{sha256[:12]}"
    write_record(
        layout,
        Delivery(
            delivery_id=delivery_id,
            record_id=delivery_id,
            department="police",
            extract="police.cases",
            period=quarter,
            quarter=quarter,
            round=in_round or quarter,
            file_name="案件.csv",
            file_sha256=sha256,
            file_byte_count=1,
            version=version if verdict == "accepted" else 0,
            verdict=verdict,
        ),
    )
    return delivery_id


def _publish(layout: Layout, quarter: str, deliveries: list[str], version: int = 1) -> None:
    manifest = {"inputs": {"deliveries": dict.fromkeys(deliveries, "sha256")}}
    write_json(layout.releases / quarter / f"v{version}" / "manifest.json", manifest)


def _state(layout: Layout, quarter: str = "2017Q1"):
    return next(state for state in quarter_states(layout) if state.quarter == Quarter.parse(quarter))


def test_a_quarter_that_has_landed_and_is_not_published_is_due(layout):
    _land(layout, "2017Q1", "案件_2017Q1.csv", "a")
    state = _state(layout)
    assert state.is_due
    assert (state.landed_file_count, state.waiting_file_count) == (1, 1)


def test_a_quarter_that_was_taken_in_and_refused_stays_due(layout):
    _take_in(layout, "2017Q1", _land(layout, "2017Q1", "案件_2017Q1.csv", "a"), verdict="refused")
    state = _state(layout)
    assert state.is_due
    assert (state.waiting_file_count, state.refused_count) == (0, 1)


def test_a_published_quarter_whose_deliveries_are_those_of_its_release_has_nothing_new(layout):
    delivery = _take_in(layout, "2017Q1", _land(layout, "2017Q1", "案件_2017Q1.csv", "a"))
    _publish(layout, "2017Q1", [delivery])
    state = _state(layout)
    assert state.version == 1
    assert not state.is_due
    assert not state.is_revision_pending


def test_a_correction_that_lands_after_publication_waits_for_a_revision(layout):
    delivery = _take_in(layout, "2017Q1", _land(layout, "2017Q1", "案件_2017Q1.csv", "a"))
    _publish(layout, "2017Q1", [delivery])
    corrected = _land(layout, "2017Q1", "案件_2017Q1_补报.csv", "b")
    assert _state(layout).is_revision_pending
    again = _take_in(layout, "2017Q1", corrected, version=2)
    assert _state(layout).is_revision_pending
    _publish(layout, "2017Q1", [again], version=2)
    assert not _state(layout).is_revision_pending
    assert not _state(layout).is_due


def test_what_lands_in_a_later_round_leaves_an_earlier_release_alone(layout):
    delivery = _take_in(layout, "2017Q1", _land(layout, "2017Q1", "案件_2017Q1.csv", "a"))
    _publish(layout, "2017Q1", [delivery])
    _take_in(layout, "2017Q2", _land(layout, "2017Q2", "案件_2017Q2.csv", "b"))
    assert not _state(layout, "2017Q1").is_revision_pending
    assert _state(layout, "2017Q2").is_due


def test_a_correction_that_lands_in_a_later_round_waits_for_a_revision_of_the_quarters_it_reaches(layout):
    before = _take_in(layout, "2016Q4", _land(layout, "2016Q4", "案件_2016Q4.csv", "0"))
    delivery = _take_in(layout, "2017Q1", _land(layout, "2017Q1", "案件_2017Q1.csv", "a"))
    _publish(layout, "2016Q4", [before])
    _publish(layout, "2017Q1", [before, delivery])
    corrected = _land(layout, "2017Q2", "案件_2017Q1_更正.csv", "c")
    assert _state(layout).is_revision_pending
    again = _take_in(layout, "2017Q1", corrected, version=2, in_round="2017Q2")
    assert _state(layout).is_revision_pending
    assert not _state(layout, "2016Q4").is_revision_pending
    _publish(layout, "2017Q1", [before, again], version=2)
    assert not _state(layout).is_revision_pending


def test_a_revision_takes_in_what_waits_in_open_rounds_first_and_a_first_run_leaves_later_rounds(layout):
    first = _take_in(layout, "2017Q1", _land(layout, "2017Q1", "案件_2017Q1.csv", "a"))
    _publish(layout, "2017Q1", [first])
    _take_in(layout, "2017Q2", _land(layout, "2017Q2", "案件_2017Q2.csv", "b"))
    _land(layout, "2017Q2", "案件_2017Q1_更正.csv", "c")
    _land(layout, "2017Q3", "案件_2017Q3.csv", "d")
    states = {state.quarter: state for state in quarter_states(layout)}
    q1, q2 = Quarter.parse("2017Q1"), Quarter.parse("2017Q2")
    assert plan(states, [q1], is_revision=True) == [(q2, "take_in_deliveries"), (q1, "produce_quarter")]
    assert plan(states, [q1]) == [(q1, "produce_quarter")]


def test_a_release_without_a_manifest_is_none(layout):
    _land(layout, "2017Q1", "案件_2017Q1.csv", "a")
    (layout.releases / "2017Q1" / "v1").mkdir(parents=True)
    assert _state(layout).is_due


def test_the_same_bytes_in_the_same_round_are_taken_in_already(layout):
    sha256 = _land(layout, "2017Q1", "案件_2017Q1.csv", "a")
    _take_in(layout, "2017Q1", sha256)
    _land(layout, "2017Q1", "案件_2017Q1_again.csv", "a")
    assert files_not_taken_in(layout) == []


def test_unfinished_files_and_folders_of_other_names_have_not_landed(layout):
    _land(layout, "2017Q1", f"{UNFINISHED}案件.csv", "a")
    _land(layout, "notes", "readme.txt", "a")
    assert landed_files(layout) == []


def test_an_unchanged_file_is_hashed_once(layout, monkeypatch):
    _land(layout, "2017Q1", "案件_2017Q1.csv", "a")
    first = landed_files(layout)
    monkeypatch.setattr(landed, "sha256_file", lambda path: pytest.fail(f"{path} was read again"))
    assert landed_files(layout) == first


def test_a_file_changed_in_place_is_hashed_anew(layout):
    before = _land(layout, "2017Q1", "案件_2017Q1.csv", "a")
    landed_files(layout)
    path = layout.landing_folder("2017Q1", "police") / "案件_2017Q1.csv"
    path.write_text("b")
    os.utime(path, ns=(1, 1))
    assert landed_files(layout)[0].sha256 != before


def test_the_record_of_hashes_names_no_file(layout):
    _land(layout, "2017Q1", "张三310105199001011234.csv", "a")
    landed_files(layout)
    kept = layout.fingerprints.read_text()
    assert "310105199001011234" not in kept
    assert "张三" not in kept
