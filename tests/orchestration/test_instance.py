"""The Dagster instance: settings, and the event log kept on open connections."""

from __future__ import annotations

import time

import dagster as dg
import pytest
import yaml

from orchestration.environment import dagster_settings


@pytest.fixture
def instance(town):
    from orchestration.pipeline import instance

    with instance() as opened:
        yield opened


def test_the_instance_calls_nobody_limits_runs_and_keeps_no_output(instance):
    settings = yaml.safe_load(dagster_settings())
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert instance.telemetry_enabled is False
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds == 3600
    assert type(instance.event_log_storage).__name__ == "KeptOpenEventLog"
    assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"


def test_runs_from_the_command_line_stand_in_the_list_of_runs(instance):
    runs = instance.get_runs()
    assert {run.tags["dagster/partition"] for run in runs} == {"2015Q3"}
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}


def test_events_are_read_back_by_the_storage_that_dagster_itself_would_use(instance, town):
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    run = instance.get_runs(limit=1)[0]
    kept = instance.event_log_storage.get_logs_for_run(run.run_id)
    plain = SqliteEventLogStorage(str(town.layout.dagster_home / "history" / "runs"))
    assert len(kept) > 100
    assert [event.message for event in plain.get_logs_for_run(run.run_id)] == [event.message for event in kept]


def test_storing_an_event_costs_less_than_half_of_what_dagsters_own_storage_takes(tmp_path):
    """Guards the reason for a storage of our own."""
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    from orchestration.event_log import KeptOpenEventLog

    plain, kept = (
        _seconds_an_event(cls(str(tmp_path / cls.__name__))) for cls in (SqliteEventLogStorage, KeptOpenEventLog)
    )
    assert kept < plain / 2


def _seconds_an_event(storage) -> float:
    """CPU seconds that storing an event takes, once the database is there."""
    events = 200
    with dg.DagsterInstance.ephemeral() as ephemeral:
        storage.register_instance(ephemeral)
        storage.store_event(_entry(events))
        started = time.process_time()
        for number in range(events):
            storage.store_event(_entry(number))
        spent = time.process_time() - started
        assert len(storage.get_logs_for_run("a-run")) == events + 1
    storage.dispose()
    return spent / events


def _entry(number: int):
    from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
    from dagster._core.events.log import EventLogEntry

    return EventLogEntry(
        error_info=None,
        level=10,
        user_message=f"event {number}",
        run_id="a-run",
        timestamp=float(number),
        step_key=None,
        job_name="produce_quarter",
        dagster_event=DagsterEvent(
            event_type_value=DagsterEventType.ENGINE_EVENT.value,
            job_name="produce_quarter",
            event_specific_data=EngineEventData(),
        ),
    )
