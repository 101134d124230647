"""What a bad delivery does: nothing is published, raw stays as it was, and the message says who does what."""

from __future__ import annotations

import shutil

import dagster as dg
import pytest
from conftest import LANDED

from orchestration import exits
from warehouse.quarters import Quarter


def _is_refused(town, extract: str, department: str, remedy: str) -> str:
    """Runs the landed quarter, which must be refused for ``extract``; returns what was said."""
    before = town.files(town.layout.releases)
    answer = town.pingan("run", LANDED)
    assert answer.exit_code == exits.REFUSED, answer.output
    assert town.files(town.layout.releases) == before
    for word in (extract, department, remedy, "was not published"):
        assert word in answer.output, f"{word} is not in: {answer.output}"
    return answer.output


def _reencoded(path, old: str, new: str, encoding: str) -> None:
    content = path.read_bytes().decode(encoding)
    assert old in content
    path.write_bytes(content.replace(old, new).encode(encoding))


def test_a_file_that_cannot_be_read_leaves_raw_as_it_was(town):
    raw = town.layout.raw / "police" / "cases"
    before = town.files(raw)
    town.landed("police/案件_201602.csv").write_bytes(b"\xff\xfe\x00 this is no table \x00\xff")
    said = _is_refused(town, "police.cases", "Public-security sub-bureau", "police-data-steward")
    assert "案件_201602" in said
    after = town.files(raw)
    assert {name: after[name] for name in before} == before
    assert not any("201602" in name for name in after)


def test_a_missing_month_is_never_published_as_a_fall_in_crime(town):
    town.landed("police/案件_201602.csv").unlink()
    assert "201602" in _is_refused(town, "police.cases", "公安分局", "has_arrived")


def test_a_missing_department_is_named_with_what_to_send(town):
    shutil.rmtree(town.layout.landing_folder(LANDED, "fire"))
    assert "火灾_2016Q1" in _is_refused(town, "fire.fires", "Fire and rescue brigade", "fire-data-steward")


def test_an_unknown_column_is_refused_at_the_door(town):
    path = town.landed("fire/火灾_2016Q1.csv")
    content = path.read_bytes()
    encoding = "utf-8" if not content.startswith(b"\xef\xbb\xbf") else "utf-8-sig"
    lines = content.decode(encoding).splitlines()
    header = next(number for number, line in enumerate(lines) if "居委" in line)
    lines = [f"{line},{'户主电话' if number == header else '1'}" for number, line in enumerate(lines)]
    path.write_bytes("\n".join(lines).encode(encoding))
    said = _is_refused(town, "fire.fires", "消防救援支队", "has_only_declared_columns")
    assert "户主电话" in said


def test_rows_that_break_a_constraint_in_numbers_stop_the_quarter(town):
    path = town.landed("justice/人民调解_2016Q1.xlsx")
    earlier = next((town.layout.landing / "2015Q4").glob("justice/人民调解_2015Q4.xlsx"))
    shutil.copyfile(earlier, path)
    _is_refused(town, "justice.mediations", "Judicial bureau", "justice-data-steward")


@pytest.fixture
def refused_town(town):
    """The town after a run of 2016Q1 that was refused for a missing department."""
    shutil.rmtree(town.layout.landing_folder(LANDED, "fire"))
    assert town.pingan("run", LANDED).exit_code == exits.REFUSED
    return town


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


def test_status_and_health_name_the_department_and_the_quarter_that_is_due(refused_town):
    answer = refused_town.pingan("status")
    assert answer.exit_code == exits.DONE
    assert "待发布 due" in answer.output
    assert "fire-data-steward" in answer.output


def test_a_refused_quarter_is_published_once_what_was_missing_has_come(refused_town, saved_town):
    landed = refused_town.layout.landing_folder(LANDED, "fire")
    shutil.copytree(saved_town / "landing" / LANDED / "fire", landed)
    answer = refused_town.pingan("run")
    assert answer.exit_code == exits.DONE, answer.output
    assert (refused_town.layout.releases / LANDED / "v1" / "manifest.json").exists()
