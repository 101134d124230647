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


@pytest.fixture
def two_logs(tmp_path):
    """Two storages on the same files, as of a run and of the web page."""
    from orchestration.event_log import KeptOpenEventLog

    with dg.DagsterInstance.ephemeral() as ephemeral:
        logs = [KeptOpenEventLog(str(tmp_path)) for _ in range(2)]
        for log in logs:
            log.register_instance(ephemeral)
        yield logs
        for log in logs:
            log.dispose()


#: After the day on which the tests run: events of a time before an asset was wiped are not shown any more.
LATER = 4_000_000_000


def _latest(log, partition="2016Q1"):
    """Which materialization of the asset's partition was the last."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey("an_asset"), asset_partitions=[partition])
    return [record.timestamp - LATER for record in log.fetch_materializations(wanted, limit=1).records]


def test_the_latest_materialization_is_found_after_every_change_by_whomever(two_logs):
    run, page = two_logs
    assert _latest(run) == []
    run.store_event(_materialization(1, "2016Q1"))
    assert _latest(run) == [1]
    page.store_event(_materialization(2, "2016Q1"))
    assert _latest(run) == [2]
    run.store_event(_materialization(3, "2016Q2"))
    assert (_latest(run), _latest(run, "2016Q2")) == ([2], [3])
    page.wipe_asset(dg.AssetKey("an_asset"))
    assert _latest(run) == []
    run.store_event(_materialization(4, "2016Q1"))
    assert _latest(run) == [4]
    run.wipe_asset(dg.AssetKey("an_asset"))
    assert _latest(run) == []
    run.store_event(_materialization(5, "2016Q1"))
    assert _latest(run) == [5]
    run.delete_events("a-run")
    assert _latest(run) == []


def test_a_change_is_seen_after_the_index_was_closed_and_opened_again(two_logs):
    run, page = two_logs
    run.store_event(_materialization(1, "2016Q1"))
    assert _latest(run) == [1]
    for number in range(10):  # as many runs push the index out of what is kept open
        run.get_logs_for_run(f"run-{number}")
    page.store_event(_materialization(2, "2016Q1"))
    assert _latest(run) == [2]


def test_an_answer_that_was_overtaken_while_it_was_read_is_not_kept(two_logs, monkeypatch):
    run, _ = two_logs
    run.store_event(_materialization(1, "2016Q1"))
    read = run._get_event_records

    def overtaken(*given, **named):
        found = read(*given, **named)
        monkeypatch.undo()
        run.store_event(_materialization(2, "2016Q1"))  # as by another thread
        return found

    monkeypatch.setattr(run, "_get_event_records", overtaken)
    assert (_latest(run), _latest(run)) == ([1], [2])


def test_what_was_looked_up_is_not_read_again_while_nothing_changes(two_logs, monkeypatch):
    run, _ = two_logs
    run.store_event(_materialization(1, "2016Q1"))
    assert _latest(run) == [1]
    monkeypatch.setattr(type(run), "_get_event_records", lambda *_, **__: pytest.fail("read again"))
    run.store_event(_entry(1))
    assert _latest(run) == [1]


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


def _materialization(number: int, partition: str):
    from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
    from dagster._core.events.log import EventLogEntry

    return EventLogEntry(
        error_info=None,
        level=10,
        user_message=f"event {number}",
        run_id="a-run",
        timestamp=float(LATER + number),
        step_key="a_step",
        job_name="produce_quarter",
        dagster_event=DagsterEvent(
            event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
            job_name="produce_quarter",
            event_specific_data=StepMaterializationData(
                dg.AssetMaterialization(dg.AssetKey("an_asset"), partition=partition), []
            ),
        ),
    )
