"""What the machine may do to an intake: kill it at any call to the disk, fill the disk, take a file or a folder away.

Whatever happens, nothing partial is visible, and when the cause is gone the same run ends as an unbroken one.
"""

import errno
import os
import re
import resource
import shutil
import signal
from contextlib import suppress

import pyarrow.parquet as pq
import pytest

from ingestion import ledger
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.names import MANIFEST_SUFFIX
from ingestion.unclaimed import unclaimed_files
from ingestion.withdrawal import CannotWithdraw, withdraw
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows
from tests.faults import ANOTHER_PROCESS, Disk, Killed, full_from, killed_at, read_only, unreadable
from warehouse.files import UNFINISHED, atomic_folder, sha256_file, write_text
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CASES = registry().contract("police.cases")
RESIDENTS = registry().contract("population.registered_residents")
ROUND, NEXT_ROUND = Quarter(2017, 1), Quarter(2017, 2)
# A Parquet writer that a killed process leaves behind tries to end its file when Python collects it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ZONES = ("raw", "vault", "quarantine", "ledger", "archive")


def tree(layout, *zones):
    return {
        str(path.relative_to(layout.home)): path.read_bytes()
        for zone in zones or ZONES
        for path in sorted((layout.home / zone).rglob("*"))
        if path.is_file()
    }


def landed(layout, contract, rows, name=None, round_quarter=ROUND):
    folder = layout.landing_folder(str(round_quarter), contract.department)
    return write_rows(folder / (name or file_name(contract)), contract, rows)


# Sets of deliveries, each with what makes it ready and the run that is broken


def a_register(layout, bench):
    """Persons, with rows for raw, the vault and quarantine."""
    rows = valid_rows(RESIDENTS, 20)
    rows[3]["sex_code"] = "男性"
    rows[5]["document_number"] = rows[4]["document_number"]
    rows[7]["document_number"] = ""
    landed(layout, RESIDENTS, rows)


def several_files(layout, bench):
    """A file, the same bytes under another name, one of another period, and one that nobody knows."""
    path = landed(layout, CASES, valid_rows(CASES, 6))
    shutil.copy(path, path.with_name(file_name(CASES, note="重发")))
    landed(layout, CASES, valid_rows(CASES, 6, "201612"), file_name(CASES, "201701"))
    (path.parent / "名单.csv").write_text("x", encoding="utf-8")


def a_correction(layout, bench):
    """Another version, with a manifest, of what was taken in before; and then the earlier version is withdrawn."""
    landed(layout, CASES, valid_rows(CASES, 6))
    take_in(layout, CASES, ROUND, KEYS, bench)
    path = landed(layout, CASES, valid_rows(CASES, 8), round_quarter=NEXT_ROUND)
    path.with_name(path.name + MANIFEST_SUFFIX).write_text('{"rows": 8, "sequence": 2}', encoding="utf-8")


def run_register(layout, bench):
    take_in(layout, RESIDENTS, ROUND, KEYS, bench)


def run_files(layout, bench):
    take_in(layout, CASES, ROUND, KEYS, bench)
    unclaimed_files(layout, ROUND)


def run_correction(layout, bench):
    take_in(layout, CASES, NEXT_ROUND, KEYS, bench)
    (first,) = (one for one in ledger.list_records(layout) if one.version == 1)
    with suppress(CannotWithdraw):  # when the run that was killed came so far
        withdraw(layout, first.delivery_id, "wrong")
    assert first.delivery_id in ledger.withdrawn_deliveries(ledger.list_records(layout))


SETS = [(a_register, run_register), (several_files, run_files), (a_correction, run_correction)]
each_set = pytest.mark.parametrize(("prepare", "run"), SETS, ids=[prepare.__name__ for prepare, _ in SETS])


@pytest.fixture
def ready(tmp_path, bench):
    """Copies of a prepared home, one for each fault."""

    def copies(prepare):
        original = Layout(tmp_path / "original")
        prepare(original, bench)

        def another():
            copy = Layout(tmp_path / "copy")
            shutil.rmtree(copy.home, ignore_errors=True)
            shutil.copytree(original.home, copy.home)
            return copy

        return another

    return copies


def unbroken(another, run, bench):
    """The zones after a run without a fault, and its calls to the disk."""
    layout = another()
    with Disk(layout.home) as disk:
        run(layout, bench)
    return tree(layout), disk.calls


def assert_nothing_partial_is_visible(layout):
    """Every record is whole and its raw file is the one that it names; every file under a final name can be read."""
    for record in ledger.list_records(layout):
        record.check_conservation()
        if record.verdict == "accepted":
            assert sha256_file(layout.home / record.raw_path) == record.raw_sha256
    for zone in ("raw", "vault", "quarantine"):
        for path in (layout.home / zone).rglob("*.parquet"):
            if not path.name.startswith(UNFINISHED):
                pq.read_table(path, partitioning=None, page_checksum_verification=True)
    for path in layout.archive.glob("*/*"):
        assert sha256_file(path) == path.name


@each_set
def test_a_run_killed_at_any_call_to_the_disk_and_run_again_ends_like_an_unbroken_one(ready, bench, prepare, run):
    another = ready(prepare)
    expected, calls = unbroken(another, run, bench)
    assert len(calls) > 40
    # Reading and syncing change nothing that a process sees: killed there, it leaves what the next change finds.
    changes = [
        place
        for place, (kind, what) in enumerate(calls, start=1)
        if (kind != "read" and not what.startswith("fsync")) or place == len(calls)
    ]
    for place in changes:
        layout = another()
        with Disk(layout.home, killed_at(place), ANOTHER_PROCESS), pytest.raises(Killed):
            run(layout, bench)
        assert_nothing_partial_is_visible(layout)
        with Disk(layout.home):
            run(layout, bench)
        assert tree(layout) == expected, f"killed at {calls[place - 1]}"


@each_set
def test_a_disk_that_is_full_at_any_write_is_a_clear_error_and_done_again_when_there_is_space(
    ready, bench, prepare, run
):
    another = ready(prepare)
    expected, calls = unbroken(another, run, bench)
    writes = [
        place
        for place, (kind, what) in enumerate(calls, start=1)
        if kind == "write" and not what.startswith(("chmod", "fsync"))
    ]
    for place in writes:
        layout = another()
        with Disk(layout.home, full_from(place)), pytest.raises(OSError, match="No space left") as raised:
            run(layout, bench)
        assert raised.value.errno == errno.ENOSPC
        assert_nothing_partial_is_visible(layout)
        assert not [path for path in layout.home.rglob(f"{UNFINISHED}*") if layout.landing not in path.parents]
        with Disk(layout.home):
            run(layout, bench)
        assert tree(layout) == expected, f"full at {calls[place - 1]}"


@pytest.mark.parametrize("byte_count", [64, 1000, 3000])
def test_files_that_really_cannot_grow_are_an_error_and_leave_nothing(ready, bench, byte_count):
    """The kernel refuses to let files grow, also for the native code that writes Parquet."""
    another = ready(a_register)
    expected, _ = unbroken(another, run_register, bench)
    layout = another()
    child = os.fork()
    if not child:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, byte_count))
        try:
            take_in(layout, RESIDENTS, ROUND, KEYS)
        except OSError:
            os._exit(7)
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert_nothing_partial_is_visible(layout)
    run_register(layout, bench)
    assert tree(layout) == expected


@pytest.mark.parametrize("zone", ["raw", "vault", "quarantine", "ledger", "archive"])
def test_a_read_only_folder_is_named_and_leaves_nothing_behind(ready, bench, zone):
    another = ready(a_register)
    expected, _ = unbroken(another, run_register, bench)
    layout = another()
    folder = layout.home / zone
    with Disk(layout.home, read_only(folder)), pytest.raises(OSError, match="Read-only file system") as raised:
        run_register(layout, bench)
    assert str(folder) in str(raised.value.filename)
    assert_nothing_partial_is_visible(layout)
    assert not ledger.list_records(layout)
    run_register(layout, bench)
    assert tree(layout) == expected


@pytest.mark.parametrize(("code", "after_calls"), [(errno.EACCES, 0), (errno.EIO, 0), (errno.EIO, 1)])
def test_a_landed_file_that_cannot_be_read_is_named_and_costs_the_others_nothing(ready, bench, code, after_calls):
    def prepare(layout, bench):
        landed(layout, CASES, valid_rows(CASES, 5))
        landed(layout, CASES, valid_rows(CASES, 5, "201701"), file_name(CASES, "201701"))

    another = ready(prepare)
    expected, _ = unbroken(another, run_files, bench)
    layout = another()
    path = layout.landing / str(ROUND) / "police" / file_name(CASES, "201701")
    with (
        Disk(layout.home, unreadable(path, code, after_calls)),
        pytest.raises(OSError, match=re.escape(f"{path.name}: {os.strerror(code)}")) as raised,
    ):
        run_files(layout, bench)
    assert raised.value.errno == code
    assert "无法读取" in str(raised.value)
    assert [record.period for record in ledger.list_records(layout)] == ["201702"]
    assert_nothing_partial_is_visible(layout)
    run_files(layout, bench)
    assert tree(layout) == expected


# What a power cut may take


def assert_is_durable(calls, commit):
    """Every file is synced before it gets its name; every name, and every new folder, is synced before ``commit`` gets
    its own; and so is that one in the end."""
    synced: list[str] = []
    waiting: list[str] = []
    for _, what in calls:
        name, _, path = what.partition(" ")
        if name == "fsync":
            synced.append(path)
            waiting = [folder for folder in waiting if folder != path]
        elif name == "mkdir":
            waiting.append(os.path.dirname(path))
        elif name == "replace":
            source, target = path.split(" -> ")
            assert source in synced, f"{target} got its name before its content was safe"
            if commit in target:
                assert all(folder in target for folder in waiting), f"{waiting} may be lost, and {target} not"
            waiting.append(os.path.dirname(target))
        elif name in ("unlink", "remove"):
            continue
    assert not waiting, f"never synced: {waiting}"


@each_set
def test_everything_a_record_names_is_safe_from_a_power_cut_before_the_record_is(ready, bench, prepare, run):
    _, calls = unbroken(ready(prepare), run, bench)
    assert sum("replace" in what and "/ledger/" in what for _, what in calls) >= 1
    assert_is_durable(calls, "/ledger/")


def test_text_and_folders_are_safe_from_a_power_cut_when_their_names_are(tmp_path):
    with Disk(tmp_path) as disk:
        write_text(tmp_path / "new" / "folder" / "note.txt", "x")
    assert_is_durable(disk.calls, "note.txt")
    with Disk(tmp_path) as disk, atomic_folder(tmp_path / "made" / "whole") as folder:
        (folder / "inside").mkdir()
        write_text(folder / "inside" / "a.txt", "a")
    renamed = next(place for place, (_, what) in enumerate(disk.calls) if what.startswith("rename"))
    safe, after = (
        {what.split(" ", 1)[1] for _, what in calls if what.startswith("fsync")}
        for calls in (disk.calls[:renamed], disk.calls[renamed:])
    )
    unfinished = tmp_path / "made" / f"{UNFINISHED}whole"
    assert {str(unfinished), str(unfinished / "inside"), str(unfinished / "inside" / "a.txt")} <= safe
    assert str(tmp_path) in safe
    assert str(tmp_path / "made") in after


def test_syncing_a_delivery_takes_a_fixed_small_number_of_calls(ready, bench):
    """A later file of an extract, when the folders stand: archive, raw, vault, quarantine and ledger, each file and
    each folder once, and the archive's two-letter folder; and what is known of the raw file before it, with two folders
    for that."""

    def prepare(layout, bench):
        a_register(layout, bench)
        take_in(layout, RESIDENTS, ROUND, KEYS, bench)
        rows = valid_rows(RESIDENTS, 21)
        rows[3]["sex_code"] = "男性"
        landed(layout, RESIDENTS, rows, file_name(RESIDENTS, note="更正"))

    _, calls = unbroken(ready(prepare), run_register, bench)
    assert sum(what.startswith("fsync") for _, what in calls) <= 15
