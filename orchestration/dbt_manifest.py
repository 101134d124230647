"""dbt's manifest: parsed when it is missing or older than what it describes.

Belongs here: when to parse. Does not belong here: running models (``dbt_process``).

The manifest lies in ``build/dbt_target`` under ``PINGAN_HOME``, because dbt's partial parsing holds only for one set
of environment variables. The command line parses before it starts Dagster; definitions that find no
current manifest parse it themselves.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from orchestration.environment import DBT_PROJECT
from warehouse.files import write_text
from warehouse.layout import PROJECT_ROOT, QUARTER_VARIABLE, Layout

#: What dbt and editors write into the project folder, which describes nothing.
_WRITTEN_BY_DBT = {"target", "logs", "dbt_packages", "__pycache__"}
#: Any quarter does: models read it when they run, not when they are parsed.
_QUARTER_TO_PARSE_WITH = "2015Q3"


def manifest_path(layout: Layout) -> Path:
    return layout.dbt_target / "manifest.json"


def dbt_options(layout: Layout) -> list[str]:
    """What every dbt command needs to know: where the project is, where to write, and to keep quiet."""
    project = str(DBT_PROJECT)
    options = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(layout.dbt_target)]
    return [*options, "--log-level", "none", "--log-level-file", "none", "--no-use-colors"]


def sources_fingerprint() -> str:
    """sha256 over the lock and every file of the dbt project, names included."""
    digest = hashlib.sha256((PROJECT_ROOT / "requirements.lock").read_bytes())
    for folder, folders, names in sorted(os.walk(DBT_PROJECT)):
        folders[:] = [name for name in folders if name not in _WRITTEN_BY_DBT]
        for name in sorted(names):
            path = Path(folder) / name
            digest.update(str(path.relative_to(DBT_PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def ensure_manifest(layout: Layout) -> Path:
    """Return the manifest's path; parse first unless the manifest was parsed from these very sources.

    Raises RuntimeError with dbt's message when the project cannot be parsed.
    """
    path = manifest_path(layout)
    stamp = layout.dbt_target / "parsed_from.sha256"
    fingerprint = sources_fingerprint()
    if path.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return path
    stamp.unlink(missing_ok=True)
    layout.build_database.parent.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault(QUARTER_VARIABLE, _QUARTER_TO_PARSE_WITH)
    _parsed.clear()
    _parsed[layout.home, fingerprint] = _parse(layout)
    write_text(stamp, fingerprint)
    return path


#: The project as this process has parsed it, by the home whose paths it has and the sources' fingerprint: one.
_parsed: dict[tuple[Path, str], Any] = {}


def parsed_manifest(layout: Layout) -> Any:
    """dbt's own manifest of the project, parsed once a process. Raises RuntimeError as ``ensure_manifest``."""
    key = layout.home, sources_fingerprint()
    if key not in _parsed:
        _parsed.clear()
        # The file is written when it is parsed for Dagster; writing it once more would take longer than any model.
        _parsed[key] = _parse(layout, "--no-write-json")
    return _parsed[key]


def _parse(layout: Layout, *options: str) -> Any:
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(["parse", *options, *dbt_options(layout)])
    if not outcome.success:
        raise RuntimeError(f"dbt cannot parse {DBT_PROJECT}: {outcome.exception}")
    return outcome.result
