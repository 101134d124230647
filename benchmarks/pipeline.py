"""How long the whole pipeline takes, stage by stage, beside one hand-written DuckDB script over the same files.

``python -m benchmarks.pipeline [--profile changning] [--landing HOME] [--quarters N]`` simulates a district (or takes
the landed files of another warehouse), runs its quarters in a home of its own, runs them again with nothing new, and
runs ``benchmarks.hand_written`` for the last quarter, each in a process of its own. It prints wall and CPU seconds of
each, seconds by stage and quarter, the ratio of the pipeline's quarter to the script, and peak memory.

Belongs here: the measurement. Does not belong here: figures, which stand in docs/performance.md with their machine.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.memory import PeakOfAll

_STAGE = re.compile(r"^  \S+ (?P<stage>[a-z][a-z ]*): .*?(?P<seconds>\d+\.\d) s$")
_QUARTER = re.compile(r"^  (?P<quarter>\d{4}Q[1-4]) .* (?P<seconds>\d+\.\d) s$")


@dataclass(frozen=True)
class Measured:
    """One command with the processes that it starts: wall and CPU seconds, peak memory in MiB, and what it printed."""

    wall: float
    cpu: float
    peak_mib: float
    lines: list[str]


def measure(module: str, *arguments: str) -> Measured:
    """Run ``python -m module arguments``. Raises RuntimeError with its last lines when it fails."""
    # A process of its own waits for the command, so that the peak is this command's and not an earlier one's.
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with PeakOfAll(child.pid) as peak:
        lines = child.stdout.read().splitlines()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {child.returncode}:\n" + "\n".join(lines[-20:]))
    # The kernel knows the peak of the largest process; of all of them together samples tell.
    peak_mib = max(peak.mebibytes, used.ru_maxrss / 1024)
    return Measured(time.monotonic() - started, used.ru_utime + used.ru_stime, peak_mib, lines)


def by_stage(lines: list[str]) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of each stage, a list over the quarters, and seconds of each quarter, as the command printed them."""
    stages: dict[str, list[float]] = {}
    quarters: dict[str, float] = {}
    for line in lines:
        if found := _STAGE.match(line):
            stages.setdefault(found["stage"], []).append(float(found["seconds"]))
        elif found := _QUARTER.match(line):
            quarters[found["quarter"]] = float(found["seconds"])
    return stages, quarters


def show(name: str, measured: Measured) -> None:
    print(f"{name:34}{measured.wall:9.1f}{measured.cpu:9.1f}{measured.peak_mib:11,.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="changning")
    parser.add_argument("--landing", type=Path, help="take the landed files of this warehouse instead of simulating")
    parser.add_argument("--quarters", type=int, help="run only the first so many quarters")
    chosen = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="pingan-benchmark-"))
    try:
        print(f"{'':34}{'wall s':>9}{'CPU s':>9}{'peak MiB':>11}")
        if chosen.landing:
            (home / "landing").mkdir()
            for folder in sorted((chosen.landing / "landing").iterdir()):
                shutil.copytree(folder, home / "landing" / folder.name, copy_function=os.link)
        else:
            show("simulate", measure("orchestration.cli", "--home", str(home), "simulate", "--profile", chosen.profile))
        rounds = sorted(path.name for path in (home / "landing").iterdir())[: chosen.quarters]
        wanted = f"{rounds[0]}..{rounds[-1]}"
        whole = measure("orchestration.cli", "--home", str(home), "run", wanted)
        show(f"run {wanted}", whole)
        show("run again, nothing new", measure("orchestration.cli", "--home", str(home), "run", wanted))
        script = measure("benchmarks.hand_written", str(home), rounds[-1])
        show(f"hand-written script, {rounds[-1]}", script)
        stages, quarters = by_stage(whole.lines)
        print("\nseconds by quarter: " + ", ".join(f"{name} {seconds}" for name, seconds in quarters.items()))
        for name, seconds in stages.items():
            print(f"{name:34} median {median(seconds):6.1f} s, least {min(seconds):.1f}, most {max(seconds):.1f}")
        middle = median(quarters.values())
        print(f"a quarter, median                  {middle:6.1f} s, {middle / script.wall:.1f} times the script")
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
