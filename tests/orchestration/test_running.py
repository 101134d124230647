"""Running, rerunning, being killed, meeting another writer: the same release in the end, and no lock left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import LANDED, PUBLISHED

from orchestration import exits
from warehouse.layout import PROJECT_ROOT, QUARTER_VARIABLE
from warehouse.locks import WarehouseBusy, writer_lock


def _process(environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "orchestration.cli", *arguments]
    quiet = {name: value for name, value in environment.items() if name != QUARTER_VARIABLE}
    return subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _public_tables(town, quarter: str) -> dict[str, bytes]:
    """The bytes of the public tables of the quarter's first release."""
    return town.files(town.layout.releases / quarter / "v1" / "tables")


def test_the_quarters_are_published_with_scores_movers_and_paths(town):
    answer = town.pingan("run", LANDED)
    assert answer.exit_code == exits.DONE, answer.output
    said = answer.output
    for words in ("take in deliveries", "build marts", "score areas", "gate and publish", "safety index 2016Q1"):
        assert words in said
    release = town.layout.releases / LANDED / "v1"
    assert str(release / "bulletin" / "index.html") in said.replace("\n", "")
    assert str(release / "analysts" / "pingan.duckdb") in said.replace("\n", "")
    assert town.layout.current_release.resolve() == release


def test_a_rerun_with_nothing_new_says_so_without_dagster_or_dbt(town):
    assert town.pingan("run", PUBLISHED[0]).output.count("nothing new") == 1
    script = (
        "import sys\nfrom pathlib import Path\nfrom orchestration import environment\n"
        "from orchestration.commands.run import run\n"
        f"ended = run(environment.enter(Path({str(town.layout.home)!r})), {PUBLISHED[1]!r}, None)\n"
        "print(ended, [m for m in ('dagster', 'dbt', 'duckdb', 'pandas') if m in sys.modules])"
    )
    started = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []", ran.stdout
    assert time.monotonic() - started < 5


def test_a_revision_stands_beside_what_it_revises(town):
    first = town.files(town.layout.releases / PUBLISHED[1] / "v1")
    corrected = next((town.layout.landing / PUBLISHED[1] / "police").glob("案件_201512.csv"))
    encoded = corrected.read_bytes().splitlines(keepends=True)
    corrected.with_name("案件_201512_补报.csv").write_bytes(b"".join(encoded[:-1]))
    assert "deliveries changed since v1" in town.pingan("run").output
    answer = town.pingan("run", PUBLISHED[1], "--revise", "a case was withdrawn")
    assert answer.exit_code == exits.DONE, answer.output
    assert (town.layout.releases / PUBLISHED[1] / "v2" / "manifest.json").exists()
    assert town.files(town.layout.releases / PUBLISHED[1] / "v1") == first


def test_a_second_writer_ends_with_code_three_and_the_holders_name(town, warehouse_environment):
    with writer_lock(town.layout.writer_lock, "a test that holds on"):
        second = _process(warehouse_environment, "run", LANDED)
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


def test_an_analysts_open_connection_blocks_nothing(town):
    database = town.layout.current_release / "analysts" / "pingan.duckdb"
    with duckdb.connect(str(database), read_only=True) as analyst:
        tables = analyst.execute("select count(*) from duckdb_tables()").fetchone()
        answer = town.pingan("run", LANDED)
        assert answer.exit_code == exits.DONE, answer.output
        assert analyst.execute("select count(*) from duckdb_tables()").fetchone() == tables


def test_no_lock_is_left_on_any_database_after_a_run(town):
    assert town.pingan("run", LANDED).exit_code == exits.DONE
    with writer_lock(town.layout.writer_lock, "a test"):
        pass
    # Another process takes each database for writing, which any handle left in this one would prevent.
    script = (
        "import sys, duckdb\nfor path in sys.argv[1:]:\n"
        "    duckdb.connect(path, read_only=path.endswith('analysts/pingan.duckdb')).close()\n"
    )
    databases = [str(path) for path in town.layout.home.rglob("*.duckdb")]
    assert len(databases) >= 2
    subprocess.run([sys.executable, "-c", script, *databases], check=True, capture_output=True)
    assert not list(town.layout.home.rglob("*.duckdb.wal"))


def _taking_in(town) -> bool:
    return any((town.layout.ledger / LANDED).glob("*.json"))


def _building(town) -> bool:
    built = town.layout.build_database
    return any(built.parent.glob("*.wal")) or built.stat().st_mtime_ns > _building_since[0]


def _publishing(town) -> bool:
    return any((town.layout.releases / LANDED).glob(".unfinished-*"))


_building_since = [0]


def _kill_when(condition: Callable[[object], bool], town, environment: dict[str, str]) -> bool:
    """Start a run and kill it as soon as ``condition`` holds; whether it was killed before it ended."""
    _building_since[0] = town.layout.build_database.stat().st_mtime_ns
    process = _process(environment, "run", LANDED)
    try:
        while process.poll() is None and not condition(town):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    finally:
        process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


@pytest.fixture
def reference(town) -> dict[str, bytes]:
    """The public tables of the landed quarter as an undisturbed run makes them."""
    assert town.pingan("run", LANDED).exit_code == exits.DONE
    return _public_tables(town, LANDED)


def test_killed_at_any_stage_and_run_again_the_release_is_the_same(
    reference, layout, saved_town, warehouse_environment, request
):
    town = request.getfixturevalue("town").__class__(layout)
    restored = _restore(layout.home, saved_town)
    assert restored
    for stage in (_taking_in, _building, _publishing):
        assert _kill_when(stage, town, warehouse_environment), f"the run ended before {stage.__name__}"
        assert not (town.layout.releases / LANDED / "v1").exists()
    answer = town.pingan("run", LANDED)
    assert answer.exit_code == exits.DONE, answer.output
    assert _public_tables(town, LANDED) == reference
    assert not [path for path in town.layout.home.rglob(".unfinished-*") if town.layout.landing not in path.parents]


def _restore(home: Path, saved: Path) -> bool:
    import shutil

    shutil.rmtree(home)
    shutil.copytree(saved, home, symlinks=True)
    return True


def test_the_lock_of_a_killed_run_is_free_at_once(town, warehouse_environment):
    assert _kill_when(_taking_in, town, warehouse_environment)
    try:
        with writer_lock(town.layout.writer_lock, "a test"):
            pass
    except WarehouseBusy as error:
        pytest.fail(str(error))
