"""What Dagster is told: complete, connected, described, owned, and light to load."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import pytest

from ingestion.contracts.registry import registry
from orchestration.assets.external import LEDGER, OUTCOMES, REVISIONS
from orchestration.partitions import QUARTERS, closed_quarter, quarter_keys
from warehouse.layout import PROJECT_ROOT
from warehouse.quarters import Quarter


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _is_english(text: str) -> bool:
    return any(len(word) > 2 and word.isascii() and word.isalpha() for word in text.replace("_", " ").split())


def _own_words(description: str) -> str:
    """A description without the code that Dagster puts behind a model's."""
    return description.split("#### Raw SQL")[0]


def test_no_misspelt_dependency_becomes_an_asset_from_elsewhere(graph):
    assert {tuple(key.path) for key in graph.external_asset_keys} == {
        tuple(key) for key in (LEDGER, OUTCOMES, REVISIONS)
    }


def test_every_contract_has_an_asset_that_something_reads(graph):
    for contract in registry().contracts.values():
        key = dg.AssetKey(["raw", contract.department, contract.name])
        assert graph.has(key)
        assert any(child.path[0] == "staging" for child in graph.get(key).child_keys), contract.extract


def test_everything_that_runs_is_partitioned_by_the_one_definition_of_quarters(graph):
    for key in graph.materializable_asset_keys:
        assert graph.get(key).partitions_def == QUARTERS, key


def test_every_check_is_partitioned_so_that_a_green_quarter_hides_no_red_one(graph):
    assert graph.asset_check_keys
    for key in graph.asset_check_keys:
        assert graph.get(key).partitions_def == QUARTERS, key


def test_every_extract_has_its_checks_and_all_but_warnings_stop_the_run(graph):
    from expectations.deliveries import WARNING_CHECKS, check_names

    for contract in registry().contracts.values():
        key = dg.AssetKey(["raw", contract.department, contract.name])
        for name in check_names(contract):
            assert graph.get(dg.AssetCheckKey(key, name)).blocking == (name not in WARNING_CHECKS)


def test_the_gate_stands_on_the_index_and_stops_the_run(graph):
    gate = dg.AssetCheckKey(dg.AssetKey(["index", "safety_index"]), "is_ready_for_release")
    assert graph.get(gate).blocking


def test_every_asset_is_described_in_both_languages(graph):
    words = {key.to_user_string(): _own_words(graph.get(key).description or "") for key in graph.get_all_asset_keys()}
    assert [key for key, said in words.items() if not (_is_chinese(said) and _is_english(said))] == []


def test_every_asset_has_an_owner_a_group_and_a_kind(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.owners, key
        assert all(owner.startswith("team:") for owner in node.owners), key
        assert node.group_name != "default", key
        assert node.kinds, key


def test_an_extract_belongs_to_the_department_that_sends_it(graph):
    for contract in registry().contracts.values():
        node = graph.get(dg.AssetKey(["raw", contract.department, contract.name]))
        assert node.owners == [f"team:{registry().departments[contract.department].owner}"]


def test_every_check_says_what_is_true_when_it_is_green(definitions, graph):
    for key in graph.asset_check_keys:
        assert graph.get(key).description, key


def test_jobs_schedules_and_sensors_are_there_and_on_by_intent(definitions):
    repository = definitions.get_repository_def()
    assert {"produce_quarter", "take_in_deliveries", "publish_release"} <= set(repository.job_names)
    sensors = {sensor.name: sensor.default_status for sensor in repository.sensor_defs}
    assert sensors == {
        "landing_sensor": dg.DefaultSensorStatus.RUNNING,
        "alert_on_failure": dg.DefaultSensorStatus.RUNNING,
    }
    (schedule,) = repository.schedule_defs
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "Asia/Shanghai"


def test_every_job_runs_in_one_process(definitions):
    for name in ("produce_quarter", "take_in_deliveries", "publish_release"):
        assert definitions.resolve_job_def(name).executor_def.name == "in_process"


def test_taking_in_publishes_nothing_and_publishing_takes_in_nothing(definitions):
    def made_by(name: str) -> set[str]:
        return {key.path[0] for key in definitions.resolve_job_def(name).asset_layer.selected_asset_keys}

    assert made_by("take_in_deliveries") == {"identity", "landing", "raw"}
    assert made_by("publish_release") == {"release", "operations"}


def test_quarters_reach_from_the_first_publication_to_a_year_ahead():
    import datetime as dt

    keys = quarter_keys(dt.date(2017, 4, 20))
    assert keys[0] == "2015Q3"
    assert keys[-1] == "2018Q2"
    assert closed_quarter(dt.date(2017, 4, 20)) == Quarter(2017, 1)
    assert closed_quarter(dt.date(2018, 1, 20)) == Quarter(2017, 4)


def test_definitions_load_without_a_database_the_network_or_great_expectations(warehouse_environment):
    script = (
        "import socket, sys\n"
        "def refuse(*arguments, **named): raise OSError('no network in this test')\n"
        "socket.socket.connect = refuse\n"
        "import orchestration.definitions\n"
        "print([m for m in ('duckdb', 'great_expectations', 'pandas') if m in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=warehouse_environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_definitions_refuse_to_choose_a_warehouse_by_themselves(warehouse_environment):
    unnamed = {name: value for name, value in warehouse_environment.items() if name != "PINGAN_HOME"}
    ran = subprocess.run(
        [sys.executable, "-c", "import orchestration.definitions"],
        env=unnamed,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "PINGAN_HOME is not set" in ran.stderr
