"""What starts by itself, and whom a failure reaches."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import dagster as dg
import pytest

from tests.town import LANDED


@pytest.fixture
def requests(definitions):
    """What the sensor asks for now."""
    repository = definitions.get_repository_def()
    sensor = repository.get_sensor_def("landing_sensor")

    def asked() -> list[dg.RunRequest]:
        with dg.DagsterInstance.ephemeral() as dagster:
            context = dg.build_sensor_context(instance=dagster, repository_def=repository)
            return list(sensor.evaluate_tick(context).run_requests)

    return asked


def test_the_sensor_asks_for_one_run_of_the_round_that_has_landed(town, requests):
    (request,) = requests()
    assert request.partition_key == LANDED
    assert request.run_key.startswith(f"{LANDED}:")


def test_the_same_content_has_the_same_run_key_and_a_correction_another(town, requests):
    (first,) = requests()
    (again,) = requests()
    assert first.run_key == again.run_key
    path = town.landed("fire/火灾_2015Q4.csv")
    path.write_bytes(path.read_bytes() + b"\n")
    (corrected,) = requests()
    assert corrected.run_key != first.run_key


def test_the_sensor_asks_for_nothing_when_everything_is_taken_in(town, requests):
    shutil.rmtree(town.layout.landing / LANDED)
    assert requests() == []


def _scheduled(definitions, day: dt.datetime):
    repository = definitions.get_repository_def()
    schedule = repository.get_schedule_def("quarter_that_closed")
    with dg.DagsterInstance.ephemeral() as dagster:
        context = dg.build_schedule_context(instance=dagster, repository_def=repository, scheduled_execution_time=day)
        return schedule.evaluate_tick(context)


def test_the_schedule_asks_for_the_quarter_that_closed(town, definitions):
    (request,) = _scheduled(definitions, dt.datetime(2016, 1, 20, 6)).run_requests
    assert request.partition_key == "2015Q4"


def test_the_schedule_runs_a_quarter_for_which_nothing_has_landed_so_that_the_refusal_is_heard(town, definitions):
    (request,) = _scheduled(definitions, dt.datetime(2016, 4, 20, 6)).run_requests
    assert request.partition_key == "2016Q1"


def test_the_schedule_leaves_a_warehouse_out_of_service_alone(town, definitions):
    assert not _scheduled(definitions, dt.datetime(2020, 4, 20, 6)).run_requests


def test_a_failed_run_leaves_an_alert_that_says_who_does_what(refused_town):
    from orchestration.automation import alert_on_failure
    from orchestration.pipeline import instance

    with instance() as dagster:
        run = dagster.get_runs(limit=1)[0]
        records = dagster.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
        alert_on_failure(
            dg.build_run_status_sensor_context(
                sensor_name="alert_on_failure",
                dagster_instance=dagster,
                dagster_run=run,
                dagster_event=records[0].event_log_entry.dagster_event,
            ).for_run_failure()
        )
    (path,) = refused_town.layout.alerts.glob("*.json")
    alert = json.loads(path.read_text(encoding="utf-8"))
    assert alert["quarter"] == LANDED
    missing = next(one for one in alert["complaints"] if one["check"] == "has_arrived")
    assert missing["role"] == "fire-data-steward"
    assert "火灾_2015Q4" in missing["remedy_zh"]
