"""A build database whose writer was killed: what it had committed is there, and everybody can open it."""

import shutil
import subprocess
import sys

import duckdb
import pytest

from orchestration.commands.doctor import unfinished
from orchestration.dbt_process import build
from orchestration.environment import clear_unfinished
from orchestration.health import health_of
from orchestration.writing import writing
from warehouse.build_database import (
    BuildDatabaseUnreadable,
    build_database_files,
    build_log,
    spill_of_readers,
    take_over_log,
)
from warehouse.layout import Layout
from warehouse.quarters import Quarter

_ROWS = 3_000


@pytest.fixture
def killed(tmp_path):
    """A home whose build database has in its log a mart with a check, and a key that was made after the rows."""
    alive, layout = tmp_path / "alive.duckdb", Layout(tmp_path / "home")
    layout.build_database.parent.mkdir(parents=True)
    with duckdb.connect(str(alive)) as connection:
        connection.execute("set checkpoint_threshold = '10GB'; create schema marts; checkpoint")
        connection.execute("create table marts.mart (code varchar not null, check (code like 'c%'))")
        connection.execute(f"insert into marts.mart select 'c' || i from range({_ROWS}) as given(i)")
        connection.execute("alter table marts.mart add primary key (code)")
        # As a killed process leaves them; a connection that is closed writes its log into the file.
        for path in alive.parent.glob("alive.duckdb*"):
            shutil.copy(path, layout.build_database.with_name(path.name.replace("alive", "pingan")))
    assert build_database_files(layout) == [layout.build_database, build_log(layout)]
    return layout


def _rows(layout: Layout) -> tuple[int]:
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        return connection.execute("select count(*) from marts.mart").fetchone()


@pytest.mark.parametrize(("how", "told"), [("True", "Bad file descriptor"), ("False", "no default database set")])
def test_the_database_engine_does_not_open_by_itself_what_a_killed_writer_left(killed, how, told):
    """When this fails, a newer engine has mended it, and there is nothing to be taken over any more."""
    script = f"import duckdb; duckdb.connect({str(killed.build_database)!r}, read_only={how})"
    tried = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert told in tried.stderr


def test_what_a_killed_writer_committed_can_be_read_and_written_by_everybody(killed):
    take_over_log(killed)
    assert build_database_files(killed) == [killed.build_database]
    assert _rows(killed) == (_ROWS,)
    with duckdb.connect(str(killed.build_database)) as connection:
        for code, broken in (("c7", "uplicate key"), ("new", "CHECK")):
            with pytest.raises(duckdb.ConstraintException, match=broken):
                connection.execute("insert into marts.mart values ($code)", {"code": code})


def test_without_a_log_nothing_is_opened(killed, tmp_path):
    take_over_log(killed)
    killed.build_database.write_bytes(b"no database")
    take_over_log(killed)
    killed.build_database.unlink()
    build_log(killed).write_bytes(b"the log of a database that is gone")
    take_over_log(killed)
    take_over_log(Layout(tmp_path / "empty"))


def test_a_log_that_ends_in_the_middle_gives_what_was_committed_before(killed):
    with open(build_log(killed), "r+b") as handle:
        handle.truncate(build_log(killed).stat().st_size - 100)
    take_over_log(killed)
    assert _rows(killed) == (_ROWS,)


def test_what_can_not_be_taken_over_stays_and_the_message_says_what_to_do(killed):
    killed.build_database.write_bytes(b"no database at all")
    with pytest.raises(BuildDatabaseUnreadable, match=r"删除 pingan.duckdb.wal\*.*delete pingan.duckdb.wal\*") as told:
        take_over_log(killed)
    assert "\n" not in str(told.value)
    assert len(build_database_files(killed)) == 2
    lines = [line for line in health_of(killed, Quarter(2016, 1)) if line.kind == "mart"]
    assert [line.state for line in lines] == ["unknown"]


def test_the_doctor_names_the_log_and_what_killed_readers_spilled_and_only_that_is_cleared(killed):
    spill_of_readers(killed).mkdir()
    (spill_of_readers(killed) / "duckdb_temp_block-0.block").write_bytes(b"rows")
    found = unfinished(killed)
    assert found.observed.startswith("2 ")
    assert "takes them over" in found.remedy
    assert clear_unfinished(killed) == 1
    assert not spill_of_readers(killed).exists()
    assert build_log(killed).exists()


def test_who_builds_is_told_what_can_not_be_opened_and_nobody_else_is_kept_from_the_lock(killed):
    killed.build_database.write_bytes(b"no database at all")
    with writing(killed, "a test"), pytest.raises(BuildDatabaseUnreadable):
        build(killed, "2016Q1", [])


def test_whoever_takes_the_lock_takes_over_the_log(killed):
    with writing(killed, "a test"):
        assert _rows(killed) == (_ROWS,)
