"""What a bad delivery does: nothing is published, raw stays as it was, and the message says who does what."""

from __future__ import annotations

import shutil

import dagster as dg
import pytest

from orchestration import exits
from tests.town import LANDED, PUBLISHED
from warehouse.quarters import Quarter


@pytest.fixture
def said(faulty_home) -> str:
    """What was said of a run with a different fault from each of four departments."""
    return faulty_home[1]


def _about(said: str, extract: str) -> str:
    """The lines of the refusal that are about ``extract``."""
    refusal = said.split("was not published")[1]
    lines = refusal.splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.startswith(f"{extract} ")]
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith("  ")), len(lines))
    return "\n".join(lines[start:end])


def test_a_file_that_cannot_be_read_is_named_with_its_department_and_a_remedy(said):
    complaint = _about(said, "police.cases")
    for words in ("has_arrived", "201511", "公安分局 Public-security sub-bureau", "police-data-steward", "remedy:"):
        assert words in complaint
    assert "案件_201511" in said


def test_a_file_that_cannot_be_read_leaves_raw_as_it_was(faulty_home, landed_home):
    for extract in ("police/cases", "fire/fires", "justice/mediations"):
        before, after = ({path.name for path in (home / "raw" / extract).rglob("*.parquet")} for home in (
            landed_home, faulty_home[0]
        ))  # fmt: skip
        assert before <= after
        assert not any("201511" in name or "2015Q4" in name for name in after)


def test_a_missing_month_stops_the_quarter_and_is_never_published_as_a_fall_in_crime(said):
    complaint = _about(said, "police.cases")
    assert "201511" in complaint
    assert "landing/2015Q4/police/" in complaint


def test_an_unknown_column_is_refused_at_the_door(said):
    complaint = _about(said, "fire.fires")
    assert "has_only_declared_columns" in complaint
    assert "消防救援支队 Fire and rescue brigade (fire-data-steward)" in complaint
    assert "户主电话" in said


def test_rows_that_break_their_constraint_in_numbers_stop_the_quarter(said):
    """The department sent the earlier quarter's rows once more: nearly all of them lie outside the period."""
    assert "司法局 Judicial bureau (justice-data-steward)" in _about(said, "justice.mediations")
    assert "wrong_period" in said or "所属期不符" in said


def test_a_misnamed_file_is_listed_and_the_extract_it_should_be_is_missed(said):
    assert "has_arrived" in _about(said, "civil_affairs.assistance")
    assert "救助.csv" in said


def test_every_fault_is_told_at_once_and_nothing_else_is_held_against_anyone(said):
    refusal = said.split("was not published")[1]
    subjects = {line.split()[0] for line in refusal.splitlines() if line[:1].isalpha() and "." in line.split()[0]}
    assert subjects == {"police.cases", "fire.fires", "justice.mediations", "civil_affairs.assistance"}


def test_a_missing_department_is_named_with_what_to_send(refused_town):
    answer = refused_town.pingan("status")
    assert answer.exit_code == exits.DONE
    assert "待发布 due" in answer.output
    assert "fire-data-steward" in answer.output
    assert "火灾_2015Q4" in answer.output


def test_a_refused_quarter_leaves_the_release_before_it_as_it_is(refused_home, faulty_home, landed_home):
    for home in (refused_home, faulty_home[0]):
        assert sorted(path.name for path in (home / "releases").iterdir()) == [PUBLISHED, "current"]
        assert (home / "releases" / "current").readlink() == (landed_home / "releases" / "current").readlink()


def test_publishing_alone_does_not_get_past_a_gate_that_failed_in_another_run(refused_town):
    from orchestration.pipeline import instance, run_quarter

    before = refused_town.files(refused_town.layout.releases)
    with instance() as dagster:
        outcome = run_quarter(refused_town.layout, Quarter.parse(LANDED), dagster, print, "publish_release")
    assert outcome.verdict == "refused"
    assert any(complaint.subject == "fire.fires" for complaint in outcome.complaints)
    assert refused_town.files(refused_town.layout.releases) == before


def test_dagster_shows_the_same_refusal_for_the_quarter(refused_town):
    from orchestration.pipeline import instance

    with instance() as dagster:
        run = dagster.get_runs(limit=1)[0]
        records = dagster.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    assert run.status == dg.DagsterRunStatus.FAILURE
    failed = [
        record.event_log_entry.dagster_event.asset_check_evaluation_data
        for record in records
        if not record.event_log_entry.dagster_event.asset_check_evaluation_data.passed
    ]
    missing = next(evaluation for evaluation in failed if evaluation.check_name == "has_arrived")
    assert missing.asset_key == dg.AssetKey(["raw", "fire", "fires"])
    assert missing.partition == LANDED
    assert {"observed", "expected", "remedy_zh", "remedy_en"} <= set(missing.metadata)


def test_nothing_downstream_is_made_of_a_refused_quarter(refused_town):
    assert not refused_town.layout.index_folder(LANDED).exists()


def test_a_refused_quarter_is_published_once_what_was_missing_has_come(refused_town, landed_home):
    landed = refused_town.layout.landing_folder(LANDED, "fire")
    shutil.copytree(landed_home / "landing" / LANDED / "fire", landed)
    answer = refused_town.pingan("run")
    assert answer.exit_code == exits.DONE, answer.output
    assert (refused_town.layout.releases / LANDED / "v1" / "manifest.json").exists()
