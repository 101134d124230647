"""A process that works for this one may be killed, and ends when this one is: nothing is lost, and nothing stays."""

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from expectations.deliveries import record_checks
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.ledger import list_records
from orchestration.reading_ahead import reading_ahead
from orchestration.working_process import worker, working_process
from orchestration.writing import writing
from tests.town import LANDED
from warehouse.files import UNFINISHED, atomic_path
from warehouse.keys import load_keys
from warehouse.layout import PROJECT_ROOT
from warehouse.quarters import Quarter

RESIDENTS = registry().contract("population.registered_residents")
_WRITER = """
import time
from orchestration.working_process import working_process

if __name__ == "__main__":
    print(working_process().submit(__import__("os").getpid).result(), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def worth_a_process(monkeypatch):
    monkeypatch.setattr("orchestration.working_process._WORTH_A_PROCESS_BYTES", 0)


def _write_half(target: Path) -> None:
    with atomic_path(target) as unfinished:
        unfinished.write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_it_leaves_unfinished_bears_the_number_of_the_process_that_asked(tmp_path):
    with working_process() as process:
        assert process.submit(_write_half, tmp_path / "file").exception() is not None
    assert [path.name for path in tmp_path.iterdir()] == [f"{UNFINISHED}{os.getpid()}-file"]


_FREED_AND_TAKEN_AGAIN = """
import resource, sys
from orchestration.working_process import keep_freed_memory
if sys.argv[1] == "keeps":
    keep_freed_memory()
import numpy
for _ in range(20):
    numpy.zeros(2_000_000, dtype="u1")[:] = 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    numpy.zeros(2_000_000, dtype="u1")[:] = 1
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _page_faults(way: str) -> int:
    usual = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072"}
    command = [sys.executable, "-c", _FREED_AND_TAKEN_AGAIN, way]
    return int(subprocess.run(command, cwd=PROJECT_ROOT, env=usual, check=True, capture_output=True).stdout)


def test_a_process_that_keeps_what_it_frees_need_not_have_it_cleared_again():
    assert _page_faults("keeps") * 10 < _page_faults("gives back")


def test_the_process_that_reads_ahead_keeps_what_it_frees(town, worth_a_process):
    keys = load_keys(town.layout.keys)
    with writing(town.layout, "a test"), reading_ahead(town.layout, keys) as ahead:
        ahead.begin(Quarter.parse(LANDED))
        asked = ahead._process.submit(os.getenv, "MIMALLOC_PURGE_DELAY")
        assert asked.result() == os.environ.get("MIMALLOC_PURGE_DELAY", "10000")


def test_files_are_read_at_their_turn_when_the_process_that_reads_ahead_is_killed(town, worth_a_process):
    keys, quarter = load_keys(town.layout.keys), Quarter.parse(LANDED)
    with writing(town.layout, "a test"):
        ahead = reading_ahead(town.layout, keys)
        ahead.begin(quarter)
        os.kill(next(iter(ahead._process._processes)), signal.SIGKILL)
        while ahead._process:
            time.sleep(0.01)
        taken_in = take_in(town.layout, RESIDENTS, quarter, keys, ahead=ahead.take(RESIDENTS.extract, quarter))
    assert taken_in.count("accepted") == 1
    assert {one.round for one in list_records(town.layout, RESIDENTS.extract)} >= {LANDED}
    assert not ahead._waiting


def test_deliveries_are_checked_here_when_the_process_that_checks_is_killed(town, worth_a_process):
    keys, quarter = load_keys(town.layout.keys), Quarter.parse(LANDED)
    with writing(town.layout, "a test"):
        take_in(town.layout, RESIDENTS, quarter, keys)
        at_hand = worker(town.layout)
        at_hand.begin(quarter, os.getpid)
        assert at_hand.run(os.getpid) != os.getpid()
        there = at_hand.run(record_checks, town.layout, RESIDENTS, quarter)
        at_hand._process.submit(os.kill, at_hand.run(os.getpid), signal.SIGKILL)
        here = at_hand.run(record_checks, town.layout, RESIDENTS, quarter)
        assert at_hand.run(os.getpid) == os.getpid()
    assert there == here
    assert [one.check_name for one in here][-1] == "meets_its_suite"


def test_it_looks_for_garbage_seldom_and_not_among_what_it_prepared(town, worth_a_process):
    with writing(town.layout, "a test"):
        at_hand = worker(town.layout)
        at_hand.begin(Quarter.parse(LANDED), os.getpid)
        assert at_hand.run(os.getpid) != os.getpid()
        assert at_hand.run(gc.get_threshold)[0] > 10_000
        assert at_hand.run(gc.get_freeze_count) > 10_000


def test_it_ends_when_the_process_that_asked_is_killed():
    writer = subprocess.Popen([sys.executable, "-c", _WRITER], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    worker = int(writer.stdout.readline())
    writer.kill()
    writer.wait()
    writer.stdout.close()
    until = time.monotonic() + 10
    while _is_running(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_running(worker)


def _is_running(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/stat")
    # A process that has ended stays in the list until somebody asks how.
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
