"""What starts by itself, and whom a failure reaches."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import dagster as dg
import pytest
from conftest import LANDED

from warehouse.layout import Layout


@pytest.fixture
def sensor(definitions):
    return definitions.get_repository_def().get_sensor_def("landing_sensor")


def _requests(sensor) -> list[dg.RunRequest]:
    with dg.DagsterInstance.ephemeral() as dagster:
        return list(sensor.evaluate_tick(dg.build_sensor_context(instance=dagster)).run_requests)


def test_the_sensor_asks_for_one_run_of_the_round_that_has_landed(town, sensor):
    (request,) = _requests(sensor)
    assert request.partition_key == LANDED
    assert request.run_key.startswith(f"{LANDED}:")


def test_the_same_content_has_the_same_run_key_and_a_correction_another(town, sensor):
    (first,) = _requests(sensor)
    (again,) = _requests(sensor)
    assert first.run_key == again.run_key
    path = town.landed("fire/火灾_2016Q1.csv")
    path.write_bytes(path.read_bytes() + b"\n")
    (corrected,) = _requests(sensor)
    assert corrected.run_key != first.run_key


def test_the_sensor_asks_for_nothing_when_everything_is_taken_in(town, sensor):
    shutil.rmtree(town.layout.landing / LANDED)
    assert _requests(sensor) == []


def _scheduled(definitions, day: dt.datetime):
    schedule = definitions.get_repository_def().get_schedule_def("quarter_that_closed")
    with dg.DagsterInstance.ephemeral() as dagster:
        context = dg.build_schedule_context(instance=dagster, scheduled_execution_time=day)
        return schedule.evaluate_tick(context)


def test_the_schedule_asks_for_the_quarter_that_closed(town, definitions):
    (request,) = _scheduled(definitions, dt.datetime(2016, 4, 20, 6)).run_requests
    assert request.partition_key == "2016Q1"


def test_the_schedule_runs_a_quarter_for_which_nothing_has_landed_so_that_the_refusal_is_heard(town, definitions):
    (request,) = _scheduled(definitions, dt.datetime(2016, 7, 20, 6)).run_requests
    assert request.partition_key == "2016Q2"


def test_the_schedule_leaves_a_warehouse_out_of_service_alone(town, definitions):
    assert not _scheduled(definitions, dt.datetime(2020, 4, 20, 6)).run_requests


def test_a_failed_run_leaves_an_alert_that_says_who_does_what(town, definitions):
    from orchestration.automation import alert_on_failure

    shutil.rmtree(town.layout.landing_folder(LANDED, "fire"))
    with dg.DagsterInstance.ephemeral() as dagster:
        result = definitions.resolve_job_def("take_in_deliveries").execute_in_process(
            partition_key=LANDED, instance=dagster, raise_on_error=False
        )
        failure = next(event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE")
        context = dg.build_run_status_sensor_context(
            sensor_name="alert_on_failure",
            dagster_instance=dagster,
            dagster_run=result.dagster_run,
            dagster_event=failure,
        ).for_run_failure()
        alert_on_failure(context)
    (path,) = Layout(town.layout.home).alerts.glob("*.json")
    alert = json.loads(path.read_text(encoding="utf-8"))
    assert alert["quarter"] == LANDED
    missing = next(one for one in alert["complaints"] if one["check"] == "has_arrived")
    assert missing["role"] == "fire-data-steward"
    assert "火灾_2016Q1" in missing["remedy_zh"]
