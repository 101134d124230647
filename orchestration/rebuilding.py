"""Making a release again as it was known then, from the archive, in a home of its own.

Belongs here: putting the stages together without Dagster: restore, check, build, score, publish, compare. Does not
belong here: any of the stages.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration import environment
from publication.lineage import TAKEN_FROM_EARLIER
from publication.verify import MANIFEST, made_again_differences
from warehouse.files import UNFINISHED, read_json, sha256_file
from warehouse.keys import load_keys
from warehouse.layout import HOME_VARIABLE, QUARTER_VARIABLE, Layout
from warehouse.quarters import Quarter


@contextmanager
def scratch_home(layout: Layout) -> Iterator[Layout]:
    """A home inside ``layout``'s, closed to others and removed afterwards, that this process points at meanwhile.

    The caller holds the writer's lock of ``layout``; what a killed process leaves there is cleared by the next writer.
    """
    before = {name: os.environ.get(name) for name in (HOME_VARIABLE, "DAGSTER_HOME", QUARTER_VARIABLE)}
    folder = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}rebuild-", dir=layout.home))
    try:
        scratch = environment.enter(folder)
        environment.prepare_home(scratch)
        yield scratch
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


def rebuild(layout: Layout, scratch: Layout, quarter: Quarter, version: int, tell: Callable[[str], None]) -> list[str]:
    """Make ``quarter``'s release ``version`` again in ``scratch`` and return what differs, one line each.

    Raises FileNotFoundError when there is no such release.
    """
    released = layout.releases / str(quarter) / f"v{version}"
    manifest = read_json(released / MANIFEST)
    if "known" not in manifest:
        return [f"{MANIFEST} does not say what was known; the release was made before that was recorded"]
    known = manifest["known"]
    if layout.keys.exists():
        scratch.keys.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(layout.keys, scratch.keys)
    tell("存档 restore from the archive")
    from ingestion.restoring import restore, restore_links

    differences = restore(layout, scratch, known["ledger"], load_keys(layout.keys))
    differences += restore_links(layout, scratch, known.get("links", {}))
    differences += list(_bring_earlier(layout, scratch, known["earlier_releases"]))
    return differences + _make(scratch, released, quarter, manifest, tell)


def _bring_earlier(layout: Layout, scratch: Layout, earlier: dict[str, dict[str, str]]) -> Iterator[str]:
    """Copy what the release took from the releases before it."""
    for release, files in earlier.items():
        (scratch.releases / release).mkdir(parents=True, exist_ok=True)
        for name, sha256 in files.items():
            path = layout.releases / release / name
            if not path.exists() or sha256_file(path) != sha256:
                yield f"releases/{release}/{name}, which the release took from, has changed or is missing"
            if path.exists() and name in TAKEN_FROM_EARLIER:
                (scratch.releases / release / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(path, scratch.releases / release / name)


def _make(scratch: Layout, released: Path, quarter: Quarter, manifest: dict[str, Any], tell: Callable) -> list[str]:
    from expectations.deliveries import record_checks
    from ingestion.contracts.registry import registry
    from orchestration import dbt_process
    from orchestration.assets.index import score_quarter
    from orchestration.publishing import NotPublished, publish_quarter

    tell("检查 check")
    for contract in registry().contracts.values():
        record_checks(scratch, contract, quarter)
    tell("建模 build")
    built = dbt_process.build(scratch, str(quarter), [])
    if built.error or built.failures:
        return [built.error or "; ".join(f"{node.unique_id}: {node.message}" for node in built.failures)]
    tell("指数与发布 score and publish")
    score_quarter(scratch, str(quarter))
    try:
        made = publish_quarter(scratch, quarter, manifest["reason"], "rebuild", again=manifest["version"])
    except NotPublished as error:
        return [f"the gate does not open again: {error}"]
    return made_again_differences(released, made.folder)
