"""A simulation is written once, wholly or not at all, and the same again byte for byte."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulation import district
from simulation.district import OtherSimulation, simulate
from simulation.profile import Profile, load_profile
from simulation.writing import write_file
from warehouse.files import UNFINISHED
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.locks import WarehouseBusy, writer_lock


@pytest.fixture(scope="module")
def profile() -> Profile:
    """Two quarters of the tiny district, with the incidents of both."""
    tiny = load_profile("tiny")
    incidents = [incident for incident in tiny.incidents if incident.round in ("2015Q3", "2015Q4")]
    return tiny.model_copy(update={"quarter_count": 2, "incidents": incidents})


@pytest.fixture(scope="module")
def home(profile: Profile, tmp_path_factory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("home"))
    simulate(profile, layout, _silent)
    return layout


def _silent(line: str) -> None:
    pass


def _bytes(layout: Layout) -> dict[str, str]:
    paths = [path for folder in (layout.landing, layout.truth) for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(layout.home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_profile_gives_the_same_bytes(profile: Profile, home: Layout, tmp_path: Path):
    again = Layout(tmp_path)
    simulate(profile, again, _silent)
    assert _bytes(again) == _bytes(home)


def test_another_seed_gives_other_people(profile: Profile, home: Layout, tmp_path: Path):
    other = Layout(tmp_path)
    simulate(profile.model_copy(update={"seed": 7}), other, _silent)
    name = "landing/2015Q3/population/户籍人口_2015Q3.csv"
    assert _bytes(other)[name] != _bytes(home)[name]


def test_a_second_call_writes_nothing_and_says_so(profile: Profile, home: Layout):
    before = {path: path.stat().st_mtime_ns for path in home.home.rglob("*")}
    lines: list[str] = []
    summary = simulate(profile, home, lines.append)
    assert not summary.is_new
    assert "already" in lines[0]
    assert {path: path.stat().st_mtime_ns for path in home.home.rglob("*")} == before


def test_another_profile_over_the_same_home_is_refused_and_changes_nothing(profile: Profile, home: Layout):
    before = _bytes(home)
    with pytest.raises(OtherSimulation, match=r"profile 'tiny'.*another folder"):
        simulate(profile.model_copy(update={"seed": 7}), home, _silent)
    assert _bytes(home) == before


def test_files_that_no_simulation_wrote_are_left_alone(profile: Profile, tmp_path: Path):
    layout = Layout(tmp_path)
    foreign = layout.landing / "2016Q1" / "police" / "案件_201601.csv"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("real", encoding="utf-8")
    with pytest.raises(OtherSimulation, match="no simulation wrote"):
        simulate(profile, layout, _silent)
    assert foreign.read_text(encoding="utf-8") == "real"


def test_replace_puts_another_profile_in_place(profile: Profile, tmp_path: Path):
    layout = Layout(tmp_path)
    one = profile.model_copy(update={"quarter_count": 1, "incidents": []})
    simulate(one, layout, _silent)
    simulate(one.model_copy(update={"first_quarter": "2016Q1"}), layout, _silent, replace=True)
    assert [folder.name for folder in layout.landing.iterdir()] == ["2016Q1"]


def test_a_simulation_killed_on_the_way_is_no_finished_one_and_is_done_again(
    profile: Profile, home: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    layout = Layout(tmp_path)
    write, count = district.write_file, 0

    def dies(*arguments):
        nonlocal count
        count += 1
        if count > 40:
            raise KeyboardInterrupt
        return write(*arguments)

    monkeypatch.setattr(district, "write_file", dies)
    with pytest.raises(KeyboardInterrupt):
        simulate(profile, layout, _silent)
    monkeypatch.undo()
    assert not (layout.truth / "stamp.json").exists()
    assert [path for path in layout.landing.rglob(f"{UNFINISHED}*")] == []
    summary = simulate(profile, layout, _silent)
    assert summary.is_new
    assert _bytes(layout) == _bytes(home)


def test_rounds_written_beside_one_another_are_the_same_byte_for_byte(
    profile: Profile, home: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(district, "_WORTH_PROCESSES_RESIDENTS", 0)
    written_in = set()
    monkeypatch.setattr(district, "write_file", lambda *given: _noting(written_in, given))
    simulate(profile, Layout(tmp_path), _silent)
    assert written_in == set(), "rounds were written in this process"
    assert _bytes(Layout(tmp_path)) == _bytes(home)


def _noting(written_in: set[int], given: tuple):
    written_in.add(os.getpid())
    return write_file(*given)


def test_the_lock_is_free_when_the_process_that_simulates_was_killed(profile: Profile, tmp_path: Path):
    simulating = subprocess.Popen([sys.executable, "-c", _SIMULATION, str(tmp_path)], cwd=PROJECT_ROOT)
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    with pytest.raises(WarehouseBusy), writer_lock(tmp_path / "lock", "another one"):
        pass
    simulating.kill()
    simulating.wait()
    with writer_lock(tmp_path / "lock", "the next one", wait_seconds=10):
        pass


#: A simulation whose rounds are never written.
_SIMULATION = """
import sys, time
from pathlib import Path
from simulation import district
from simulation.profile import load_profile
from warehouse.layout import Layout
from warehouse.locks import writer_lock

def write_file(*given):
    (home / "begun").touch()
    time.sleep(60)

home = Path(sys.argv[1])
district.write_file, district._WORTH_PROCESSES_RESIDENTS = write_file, 0
with writer_lock(home / "lock", "a test"):
    district.simulate(load_profile("tiny"), Layout(home), print)
"""


def test_a_file_that_was_lost_afterwards_is_written_again(profile: Profile, home: Layout):
    before = _bytes(home)
    (home.landing / "2015Q3" / "fire" / "火灾_2015Q3.csv").unlink()
    assert simulate(profile, home, _silent).is_new
    assert _bytes(home) == before
