"""The process's environment: where the data lie, who may read them, and no message to anyone.

Belongs here: environment variables, the folders of a new warehouse, Dagster's home. Imports nothing heavy:
every command begins here.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from warehouse.build_database import spill_of_readers
from warehouse.files import UNFINISHED, write_text
from warehouse.layout import HOME_VARIABLE, PROJECT_ROOT, Layout
from warehouse.memory import BUILD_GIGABYTES, BUILD_MEMORY_VARIABLE, half_of_memory

DEFAULT_HOME = PROJECT_ROOT / "warehouse" / "data"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
#: Libraries that would call home, and the words by which each is told not to.
QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_NO_VERSION_CHECK": "true",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}
#: Between small matrices a second thread of linear algebra only waits, and asks again and again; and the last digits of
#: a sum must not hang on how many processors a machine has.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def enter(home: Path) -> Layout:
    """Point this process, and those it starts, at the warehouse under ``home``. Touches no file."""
    layout = Layout(home.resolve())
    os.environ[HOME_VARIABLE] = str(layout.home)
    os.environ["DAGSTER_HOME"] = str(layout.dagster_home)
    os.environ.setdefault(BUILD_MEMORY_VARIABLE, half_of_memory(BUILD_GIGABYTES))
    os.environ.update(QUIET | ONE_THREAD)
    return layout


def prepare_home(layout: Layout) -> None:
    """Make the zones that hold identifiers, close them to others, and put Dagster's settings where it reads them."""
    for zone in (layout.landing, layout.archive, layout.quarantine, layout.vault):
        zone.mkdir(parents=True, exist_ok=True)
    for zone in identifying_zones(layout):
        # What belongs to somebody else stays as it is, and the doctor reports it; only simulated homes have a truth.
        with suppress(PermissionError, FileNotFoundError):
            zone.chmod(stat.S_IMODE(zone.stat().st_mode) & ~0o007)
    target = layout.dagster_home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != dagster_settings():
        write_text(target, dagster_settings())


def identifying_zones(layout: Layout) -> tuple[Path, ...]:
    """The folders in which identifiers may stand, the simulator's truth among them."""
    return layout.landing, layout.archive, layout.quarantine, layout.vault, layout.truth


def dagster_settings() -> str:
    return (Path(__file__).parent / "dagster.yaml").read_text(encoding="utf-8")


def clear_unfinished(layout: Layout) -> int:
    """Remove what killed writers left; the caller holds the writer's lock. Landing is others' to write, and stays."""
    cleared = 0
    if (spill := spill_of_readers(layout)).exists():
        shutil.rmtree(spill)
        cleared += 1
    for folder, folders, names in os.walk(layout.home):
        if Path(folder) == layout.home:
            folders[:] = [name for name in folders if name != layout.landing.name]
        for name in [name for name in folders if name.startswith(UNFINISHED)]:
            shutil.rmtree(Path(folder) / name)
            folders.remove(name)
            cleared += 1
        for name in names:
            if name.startswith(UNFINISHED):
                (Path(folder) / name).unlink()
                cleared += 1
    return cleared
