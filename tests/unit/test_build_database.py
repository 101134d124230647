"""A build database whose writer was killed: what it had committed is there, and everybody can open it."""

import shutil

import duckdb
import pytest

from warehouse.build_database import BuildDatabaseUnreadable, build_database_files, take_over_log
from warehouse.layout import Layout

_ROWS = 3_000


@pytest.fixture
def killed(tmp_path):
    """A home whose build database has in its log a table with a check, and a key made behind the rows."""
    alive, layout = tmp_path / "alive.duckdb", Layout(tmp_path / "home")
    layout.build_database.parent.mkdir(parents=True)
    with duckdb.connect(str(alive)) as connection:
        connection.execute("set checkpoint_threshold = '10GB'; create schema marts; checkpoint")
        connection.execute("create table marts.mart (code varchar not null, counted integer check (counted >= 0))")
        connection.execute(f"insert into marts.mart select 'c' || i, i from range({_ROWS}) as given(i)")
        connection.execute("alter table marts.mart add primary key (code)")
        # As a killed process leaves them; a connection that is closed writes its log into the file.
        for path in alive.parent.glob("alive.duckdb*"):
            shutil.copy(path, layout.build_database.with_name(path.name.replace("alive", "pingan")))
    assert len(build_database_files(layout)) == 2
    return layout


def test_what_a_killed_writer_committed_can_be_read_by_everybody(killed):
    with pytest.raises(duckdb.Error, match="replaying WAL"):
        duckdb.connect(str(killed.build_database), read_only=True)
    assert take_over_log(killed)
    assert build_database_files(killed) == [killed.build_database]
    with duckdb.connect(str(killed.build_database), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.mart").fetchone() == (_ROWS,)
    with duckdb.connect(str(killed.build_database)) as connection:
        for row, broken in (("('c7', 1)", "uplicate key"), ("('new', -1)", "CHECK")):
            with pytest.raises(duckdb.ConstraintException, match=broken):
                connection.execute(f"insert into marts.mart values {row}")


def test_without_a_log_nothing_is_opened(killed, tmp_path):
    take_over_log(killed)
    killed.build_database.write_bytes(b"no database")
    assert not take_over_log(killed)
    assert not take_over_log(Layout(tmp_path / "empty"))


def test_a_log_that_ends_in_the_middle_gives_what_was_committed_before(killed):
    log = killed.build_database.with_suffix(".duckdb.wal")
    with open(log, "r+b") as handle:
        handle.truncate(log.stat().st_size - 100)
    assert take_over_log(killed)
    with duckdb.connect(str(killed.build_database), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.mart").fetchone() == (_ROWS,)


def test_a_database_that_can_not_be_taken_over_stays_and_the_message_says_what_to_do(killed):
    killed.build_database.write_bytes(b"no database at all")
    with pytest.raises(BuildDatabaseUnreadable, match=r"删除 .*build.*delete .*build, which the next run makes again"):
        take_over_log(killed)
    assert len(build_database_files(killed)) == 2
