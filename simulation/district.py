"""The whole simulation: the truth, then every round's files, then a stamp that says they are complete.

Belongs here: the order of writing, and what to do with what is there already. Does not belong here: content.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path

from simulation.deliveries import PlannedFile, check_incidents, plan_round
from simulation.profile import Profile
from simulation.truth import write_ledgers, write_quarter, write_records, write_static
from simulation.world import World, build_world
from simulation.writing import WrittenFile, copy_file, write_file
from warehouse.files import read_json, write_json
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.processes import end_with_parent

#: Rounds that are written beside one another, and files of each.
_PROCESSES = _THREADS = 2
#: A smaller district is written in the time that processes take to begin.
_WORTH_PROCESSES_RESIDENTS = 50_000


class OtherSimulation(RuntimeError):
    """The folder holds the files of another profile or simulator. The message says what to do."""


@dataclass(frozen=True)
class SimulationSummary:
    """What a call has done. ``is_new`` is false when everything had been written before."""

    profile: str
    quarters: list[str]
    file_count: int
    row_count: int
    byte_count: int
    seconds: float
    is_new: bool


def simulate(
    profile: Profile, layout: Layout, progress: Callable[[str], None] = print, replace: bool = False
) -> SimulationSummary:
    """Write ``landing/`` and ``truth/`` of the profile's district, or say that they are there.

    Killed on the way, it starts over at the next call; no file is ever half written, and the stamp comes last.
    Raises OtherSimulation when the folder holds another profile's or another simulator's files and ``replace``
    is false, and ProfileError when an incident does not fit. ``replace`` removes landing and truth first; what
    the pipeline made of them stays.
    """
    started = time.monotonic()
    check_incidents(profile)
    fingerprint = {"profile": profile.name, "profile_sha256": _digest(profile), "code_sha256": _code_digest()}
    stamp_path, begun_path = layout.truth / "stamp.json", layout.truth / "begun.json"
    if not replace and stamp_path.exists():
        stamp = read_json(stamp_path)
        _refuse_other(stamp["fingerprint"], fingerprint, layout)
        if _all_there(layout, stamp["files"]):
            progress(f"{profile.name} has been simulated already: {len(stamp['files'])} files in {layout.landing}")
            return SimulationSummary(**stamp["summary"] | {"is_new": False, "seconds": time.monotonic() - started})
        progress("files of an earlier simulation are missing or changed; writing all of them again")
    elif not replace and begun_path.exists():
        _refuse_other(read_json(begun_path)["fingerprint"], fingerprint, layout)
        progress("an earlier simulation did not end; starting over")
    elif not replace and layout.landing.exists() and any(layout.landing.iterdir()):
        raise OtherSimulation(
            f"{layout.landing} holds files that no simulation wrote; choose another folder (PINGAN_HOME)"
        )
    for folder in (layout.landing, layout.truth):
        shutil.rmtree(folder, ignore_errors=True)
    write_json(begun_path, {"fingerprint": fingerprint})

    world = build_world(profile, progress)
    write_static(world, layout.truth)
    records: list[dict] = []
    for quarter, done in zip(world.timeline.quarters, _write_rounds(world, layout), strict=True):
        records += done
        progress(
            f"{quarter}: {len(done)} files, {sum(file['row_count'] for file in done):,} rows, "
            f"{sum(file['byte_count'] for file in done) / 1e6:,.0f} MB"
        )
    write_records(layout.truth, records)
    summary = SimulationSummary(
        profile=profile.name,
        quarters=[str(quarter) for quarter in world.timeline.quarters],
        file_count=len(records),
        row_count=sum(record["row_count"] for record in records),
        byte_count=sum(record["byte_count"] for record in records),
        seconds=time.monotonic() - started,
        is_new=True,
    )
    files = {
        f"{record['round']}/{record['department']}/{record['file_name']}": record["byte_count"] for record in records
    }
    # no clock in the stamp: the same profile gives the same bytes, here too
    write_json(stamp_path, {"fingerprint": fingerprint, "summary": asdict(summary) | {"seconds": 0.0}, "files": files})
    return summary


def _write_rounds(world: World, layout: Layout) -> Iterator[list[dict]]:
    """The records of each round's files, in order. Raises what writing a round raised, or BrokenExecutor when one of
    the processes was killed."""
    count = world.timeline.count
    if world.profile.population.residents < _WORTH_PROCESSES_RESIDENTS:
        yield from map(_records_of_round, repeat(world), range(count), repeat(layout))
        return
    # Not spawned: both have the world as it is, without making or copying it, and no thread runs yet.
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(_PROCESSES, forked, initializer=_keep, initargs=(world,)) as pool:
        yield from pool.map(_records_of_kept_world, range(count), repeat(layout))


#: In a process that writes rounds: the world that they are of.
_world: World | None = None


def _keep(world: World) -> None:
    global _world
    _world = world
    end_with_parent()


def _records_of_kept_world(quarter: int, layout: Layout) -> list[dict]:
    return _records_of_round(_world, quarter, layout)


def _records_of_round(world: World, quarter: int, layout: Layout) -> list[dict]:
    return [file.record for file in _write_round(world, quarter, layout)]


def _write_round(world: World, quarter: int, layout: Layout) -> list[WrittenFile]:
    round_name = str(world.timeline.quarters[quarter])
    plan = plan_round(world.profile, world.timeline, quarter)
    cache: dict = {}

    def folder(planned: PlannedFile) -> Path:
        return layout.landing_folder(round_name, planned.contract.department)

    originals = [planned for planned in plan if not planned.copy_of]
    # every file has random numbers of its own, so their order does not matter; most of the work frees the interpreter
    with ThreadPoolExecutor(_THREADS) as pool:
        truth = pool.submit(write_quarter, world, quarter, layout.truth)
        files = list(pool.map(lambda planned: write_file(world, planned, quarter, folder(planned), cache), originals))
        truth.result()
    written = dict(zip(originals, files, strict=True))
    by_name = {(planned.extract, planned.name): file for planned, file in written.items()}
    for planned in plan:
        if planned.copy_of:
            written[planned] = copy_file(
                world, planned, quarter, folder(planned), by_name[planned.extract, planned.copy_of]
            )
    in_order = [written[planned] for planned in plan]
    write_ledgers(layout.truth, round_name, in_order)
    return in_order


def _refuse_other(there: dict, wanted: dict, layout: Layout) -> None:
    if there == wanted:
        return
    if there["profile_sha256"] != wanted["profile_sha256"]:
        what = f"profile {there['profile']!r} (or other settings of {wanted['profile']!r})"
    else:
        what = "another version of the simulator"
    raise OtherSimulation(
        f"{layout.home} holds the files of {what}; choose another folder (PINGAN_HOME), "
        "or replace them (the warehouse built from them must go too)"
    )


def _all_there(layout: Layout, files: dict[str, int]) -> bool:
    paths = {layout.landing / name: size for name, size in files.items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def _digest(profile: Profile) -> str:
    return hashlib.sha256(profile.model_dump_json().encode()).hexdigest()


def _code_digest() -> str:
    """Of everything that decides the bytes: the simulator, its data, and the contracts."""
    digest = hashlib.sha256()
    for folder in ("simulation", "ingestion/contracts"):
        for path in sorted((PROJECT_ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yml") and path.parent.name != "profiles":
                digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
