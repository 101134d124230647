"""Running, rerunning, being killed, meeting another writer: the same release in the end, and no lock left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import dagster as dg
import pyarrow.parquet as parquet
import pytest

from orchestration import exits
from orchestration.assets.extracts import reading_again
from tests.town import LANDED, PUBLISHED, process, public_files
from warehouse.build_database import build_log
from warehouse.layout import PROJECT_ROOT
from warehouse.locks import writer_lock
from warehouse.quarters import Quarter


def test_a_run_ends_with_stages_scores_movers_and_paths(published_town, published_home):
    said = published_home[1]
    for words in ("take in deliveries", "build marts", "score areas", "gate and publish", f"safety index {LANDED}"):
        assert words in said
    release = published_town.layout.releases / LANDED / "v1"
    assert str(release / "bulletin" / "index.html") in said.replace("\n", "")
    assert str(release / "analysts" / "pingan.duckdb") in said.replace("\n", "")
    for row in parquet.read_table(release / "tables" / "scores_sub_district.parquet").to_pylist():
        assert row["area_name"] in said


def test_an_analysts_open_connection_does_not_keep_the_next_release_from_becoming_current(published_town):
    """The fixture held a connection to the release before while the quarter was published."""
    current = published_town.layout.current_release.resolve()
    assert current == published_town.layout.releases / LANDED / "v1"


def test_a_rerun_with_nothing_new_says_so_without_dagster_or_dbt(town):
    assert "nothing new" in town.pingan("run", PUBLISHED).output
    script = (
        "import sys\nfrom pathlib import Path\nfrom orchestration import environment\n"
        "from orchestration.commands.run import run\n"
        f"ended = run(environment.enter(Path({str(town.layout.home)!r})), {PUBLISHED!r}, None)\n"
        "print(ended, [m for m in ('dagster', 'dbt', 'duckdb', 'pandas') if m in sys.modules])"
    )
    started = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []", ran.stdout
    assert time.monotonic() - started < 5


def test_a_revision_stands_beside_what_it_revises(town):
    first = town.files(town.layout.releases / PUBLISHED / "v1")
    corrected = next((town.layout.landing / PUBLISHED / "police").glob("案件_201509.csv"))
    encoded = corrected.read_bytes().splitlines(keepends=True)
    corrected.with_name("案件_201509_补报.csv").write_bytes(b"".join(encoded[:-1]))
    assert "revision pending" in town.pingan("status").output
    assert "deliveries changed since v1" in town.pingan("run", PUBLISHED).output
    answer = town.pingan("run", PUBLISHED, "--revise", "a case was withdrawn")
    assert answer.exit_code == exits.DONE, answer.output
    assert (town.layout.releases / PUBLISHED / "v2" / "manifest.json").exists()
    assert town.files(town.layout.releases / PUBLISHED / "v1") == first


def test_a_release_made_again_of_the_same_inputs_is_the_one_there_is(town):
    from orchestration.publishing import publish_quarter

    before = town.files(town.layout.releases / PUBLISHED)
    released = publish_quarter(town.layout, Quarter.parse(PUBLISHED), None, "another-run")
    assert not released.is_new
    assert town.files(town.layout.releases / PUBLISHED) == before


def test_a_second_writer_ends_with_code_three_and_the_holders_name(town, warehouse_environment):
    with writer_lock(town.layout.writer_lock, "a test that holds on"):
        second = process(warehouse_environment, "run", LANDED)
        said, _ = second.communicate(timeout=60)
    assert second.returncode == exits.BUSY, said
    assert f"process {os.getpid()}" in said
    assert "a test that holds on" in said


def test_a_run_from_the_user_interface_fails_on_the_lock_and_names_its_holder(town, definitions):
    from orchestration.pipeline import instance

    holder = (
        "import sys, time\nfrom pathlib import Path\nfrom warehouse.locks import writer_lock\n"
        f"with writer_lock(Path({str(town.layout.writer_lock)!r}), 'another run'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder], cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        with instance() as dagster:
            result = definitions.resolve_job_def("take_in_deliveries").execute_in_process(
                partition_key=LANDED, instance=dagster, raise_on_error=False
            )
    finally:
        process.stdin.close()
        process.wait(timeout=10)
    assert not result.success
    said = str([event.event_specific_data for event in result.all_events])
    assert f"process {process.pid}" in said
    assert not list((town.layout.ledger / LANDED).glob("*"))


def test_no_lock_is_left_on_any_database_after_a_run(published_home):
    """Another process took each database while the one that ran was still alive."""
    assert published_home[2] == ""
    assert not list(published_home[0].rglob("*.duckdb.wal"))


def _taking_in(town) -> bool:
    return any((town.layout.ledger / LANDED).glob("*.json"))


def _building(town) -> bool:
    built = town.layout.build_database
    return any(built.parent.glob("*.wal")) or built.stat().st_mtime_ns > _building_since[0]


def _with_marts_in_the_log(town) -> bool:
    """The last marts are made and have their keys, and that stands in the log alone."""
    try:
        return b"fct_indicator_revision" in build_log(town.layout).read_bytes()
    except FileNotFoundError:
        return False


def _publishing(town) -> bool:
    return any((town.layout.releases / LANDED).glob(".unfinished-*"))


_building_since = [0]


def _kill_when(condition: Callable[[object], bool], town, environment: dict[str, str]) -> bool:
    """Start a run and kill it as soon as ``condition`` holds; whether it was killed before it ended."""
    _building_since[0] = town.layout.build_database.stat().st_mtime_ns
    running = process(environment, "run", LANDED)
    try:
        while running.poll() is None and not condition(town):
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
    finally:
        running.communicate(timeout=60)
    return running.returncode == -signal.SIGKILL


def test_killed_at_any_stage_and_run_again_the_release_is_the_same(published_home, town, warehouse_environment):
    expected = public_files(published_home[0] / "releases" / LANDED / "v1")
    for stage in (_taking_in, _building, _with_marts_in_the_log, _publishing):
        assert _kill_when(stage, town, warehouse_environment), f"the run ended before {stage.__name__}"
        assert not (town.layout.releases / LANDED / "v1").exists()
        with writer_lock(town.layout.writer_lock, "a test, to see that the lock of the killed run is free"):
            pass
    answer = town.pingan("run", LANDED)
    assert answer.exit_code == exits.DONE, answer.output
    assert public_files(town.layout.releases / LANDED / "v1") == expected
    assert not [path for path in town.layout.home.rglob(".unfinished-*") if town.layout.landing not in path.parents]


def test_a_fault_of_ours_ends_with_code_four_and_says_whose_it_is(town, monkeypatch):
    import ingestion.intake

    def broken(*_arguments, **_named):
        raise ZeroDivisionError("a fault made by a test")

    monkeypatch.setattr(ingestion.intake, "take_in", broken)
    answer = town.pingan("run", LANDED)
    assert answer.exit_code == exits.FAILED
    assert "a fault made by a test" in answer.output
    assert "Data engineering" in answer.output
    assert not (town.layout.releases / LANDED).exists()


def test_an_intake_that_failed_is_tried_again_when_asked_again(town, monkeypatch):
    import ingestion.intake
    from ingestion.contracts.registry import registry
    from orchestration.intake_ahead import IntakeAhead
    from orchestration.writing import writing
    from warehouse.keys import load_keys

    contract, another = registry().contract("fire.fires"), registry().contract("justice.mediations")
    real, failing = ingestion.intake.take_in, [OSError("the share is away")]
    monkeypatch.setattr(ingestion.intake, "take_in", lambda *given: _raise(failing.pop()) if failing else real(*given))
    keys = load_keys(town.layout.keys)
    with writing(town.layout, "a test"), IntakeAhead(town.layout, keys, [contract, another]) as ahead:
        with pytest.raises(OSError, match="the share is away"):
            ahead.result(contract, Quarter.parse(LANDED))
            ahead.result(another, Quarter.parse(LANDED))
        assert ahead.result(contract, Quarter.parse(LANDED)).count("accepted") == 1
        assert ahead.result(another, Quarter.parse(LANDED)).count("accepted") == 1
        assert set(ahead.seconds) == {contract.extract, another.extract}


@pytest.mark.parametrize("is_whole_job", [True, False])
def test_a_run_takes_in_side_by_side_all_extracts_that_it_selects(tmp_path, monkeypatch, is_whole_job):
    from ingestion.contracts.registry import registry
    from orchestration.resources import Warehouse
    from warehouse.layout import HOME_VARIABLE

    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    seen = []

    @dg.asset(key=["raw", "fire", "fires"], required_resource_keys={"warehouse"})
    def probe(context) -> None:
        intake = context.resources.warehouse.intake
        seen.extend((len(intake.contracts), intake.links_too))

    definitions = dg.Definitions([probe], jobs=[dg.define_asset_job("whole")], resources={"warehouse": Warehouse()})
    chosen = None if is_whole_job else [probe.key]
    assert definitions.resolve_job_def("whole").execute_in_process(asset_selection=chosen).success
    assert seen == ([len(registry().contracts), True] if is_whole_job else [1, False])


@pytest.mark.parametrize("failures", [0, 1])
def test_links_made_ahead_or_when_asked_for_are_those_of_all_extracts(town, monkeypatch, failures):
    import ingestion.intake
    from ingestion.contracts.registry import registry
    from ingestion.identity.linking import link_round, links_path
    from orchestration.intake_ahead import IntakeAhead
    from orchestration.writing import writing
    from warehouse.keys import load_keys

    contracts, quarter = list(registry().contracts.values()), Quarter.parse(LANDED)
    register = registry().contract("population.registered_residents")
    real, failing = ingestion.intake.take_in, [OSError("the share is away")] * failures

    def take_in(layout, contract, *given):
        return _raise(failing.pop()) if failing and contract is register else real(layout, contract, *given)

    monkeypatch.setattr(ingestion.intake, "take_in", take_in)
    keys = load_keys(town.layout.keys)
    with writing(town.layout, "a test"), IntakeAhead(town.layout, keys, contracts, links_too=True) as ahead:
        for _ in range(failures):
            with pytest.raises(OSError, match="the share is away"):
                ahead.result(register, quarter)
        for contract in contracts:
            ahead.result(contract, quarter)
        linked = ahead.linked(quarter)
        made = links_path(town.layout, quarter).read_bytes()
        assert linked.counts
        assert link_round(town.layout, keys, quarter).counts == linked.counts
        assert links_path(town.layout, quarter).read_bytes() == made


def test_rows_about_a_record_wait_for_the_list_that_tells_whether_it_is_a_minors(town, monkeypatch):
    import ingestion.intake
    from ingestion.contracts.registry import registry
    from orchestration.intake_ahead import IntakeAhead
    from orchestration.writing import writing
    from warehouse.keys import load_keys

    visits, register = (registry().contract(f"drug_control.{name}") for name in ("visits", "rehabilitation_register"))
    real, moments = ingestion.intake.take_in, []

    def take_in(layout, contract, *given):
        moments.append((contract.extract, "begins"))
        if contract is register:
            time.sleep(0.3)
        taken_in = real(layout, contract, *given)
        moments.append((contract.extract, "ends"))
        return taken_in

    monkeypatch.setattr(ingestion.intake, "take_in", take_in)
    keys = load_keys(town.layout.keys)
    with writing(town.layout, "a test"), IntakeAhead(town.layout, keys, [visits, register]) as ahead:
        ahead.result(visits, Quarter.parse(LANDED))
    assert moments == [(one.extract, moment) for one in (register, visits) for moment in ("begins", "ends")]


def _raise(error: Exception):
    raise error


@pytest.mark.parametrize("error", [PermissionError("closed"), ValueError("a bad file")])
def test_what_does_not_get_better_by_itself_is_not_tried_again(error):
    with pytest.raises(type(error)), reading_again():
        raise error


def test_a_landing_folder_that_cannot_be_read_for_now_is_tried_again():
    with pytest.raises(dg.RetryRequested) as asked, reading_again():
        raise OSError("the share is away")
    assert asked.value.max_retries == 2
