"""Putting a release together and in place: the gate, all files, the manifest, the pointer to the newest.

Belongs here: the order of these steps and what makes two releases the same. Does not belong here: what the files say.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from publication.analysts import write_analysts_database
from publication.bulletin.pages import write_bulletin
from publication.decisions import DecisionFiles
from publication.disclosure.cells import Cell
from publication.disclosure.policy import Policy, load_policy
from publication.frame import bulletin_frame
from publication.lineage import (
    ANALYSTS_DATABASE,
    INDEX_VALUES,
    INDICATOR_REVISIONS,
    earlier_releases,
    known_links,
    known_records,
    links_in_force,
    table_fingerprints,
    write_indicator_revisions,
)
from publication.purposes import SCHEME
from publication.snapshot import INDEX_TABLES, Snapshot, deliveries_used, read_snapshot
from publication.tables.assembly import public_tables
from publication.tables.files import WORKBOOK, recent, write_tables, write_workbook
from publication.verify import MANIFEST, file_hashes
from publication.versions import write_index_values
from warehouse.files import UNFINISHED, atomic_folder, read_json, sha256_file, sync_folder, write_json
from warehouse.keys import Keys, load_keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

BULLETIN = "bulletin/index.html"


class GateReport(Protocol):
    """What is needed of ``expectations.gate``'s report."""

    @property
    def passed(self) -> bool: ...

    def explain(self) -> str:
        """Everything that failed: extract, department, remedy."""
        ...


class GateClosed(RuntimeError):
    """The gate did not pass. Nothing was changed; the message holds the gate's own."""


class ReasonNeeded(RuntimeError):
    """The quarter is published and its inputs have changed since; another version needs a reason."""


@dataclass(frozen=True)
class Release:
    """A release in its place. ``is_new`` is False when the same inputs had been released before."""

    quarter: str
    version: int
    folder: Path
    is_new: bool
    is_current: bool

    @property
    def bulletin(self) -> Path:
        return self.folder / BULLETIN

    @property
    def analysts_database(self) -> Path:
        return self.folder / ANALYSTS_DATABASE


def here(do: Callable[..., Any], *arguments: Any) -> Any:
    """Call ``do`` in this process."""
    return do(*arguments)


def publish(
    layout: Layout,
    quarter: Quarter,
    evaluate_gate: Callable[[Layout, Quarter], GateReport],
    series: Any,
    *,
    code_version: str,
    reason: str | None = None,
    run_id: str | None = None,
    policy: Policy | None = None,
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    again: int | None = None,
    elsewhere: Callable[..., Any] = here,
    begun: Callable[[], Path | None] = lambda: None,
) -> Release:
    """Release ``quarter``, or return the release there is if nothing that it rests on has changed.

    evaluate_gate: called here, so that the verdict is on the data as they are now.
    series: the declaration by which the index was computed (``safety_index.series.declaration.Series``).
    again: the version to make once more, in a home that has none of the quarter's manifests.
    elsewhere: calls a function with its arguments in another process, and waits for its answer.
    begun: waits for an analysts' database that was begun from this build, and says where it lies.
    Raises GateClosed when the gate does not pass, ReasonNeeded when a changed quarter comes without a reason, and
    FileNotFoundError when an input is not there. In each case no release changes.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="snapshot") as beside:
        reading = beside.submit(read_snapshot, layout, quarter)
        report = evaluate_gate(layout, quarter)
    if not report.passed:
        raise GateClosed(f"{quarter} is not published; earlier releases stay as they are.\n{report.explain()}")
    policy = policy or load_policy()
    keys = load_keys(layout.keys)
    snapshot = reading.result()
    inputs = release_inputs(layout, snapshot, series, keys, policy, code_version)
    versions = released_versions(layout, quarter) if again is None else list(range(1, again))
    if versions and again is None:
        latest = read_json(_folder(layout, quarter, versions[-1]) / MANIFEST)
        if latest["fingerprint"] == fingerprint(inputs):
            return _in_place(layout, quarter, versions[-1], run_id, clock, is_new=False)
        if not (reason or "").strip():
            changed = [name for name, value in inputs.items() if latest["inputs"].get(name) != value]
            raise ReasonNeeded(
                f"{quarter} is published as v{versions[-1]} and has changed since ({', '.join(changed)}); "
                "give a reason to publish another version beside it"
            )
    version = versions[-1] + 1 if versions else 1
    reason = reason.strip() if versions and reason else None
    taken = {
        "ledger": known_records(layout),
        "links": known_links(layout),
        "earlier_releases": earlier_releases(layout),
    }
    with atomic_folder(_folder(layout, quarter, version)) as folder:
        _write_files(layout, snapshot, series, policy, keys, version, reason, report, folder, elsewhere, begun)
        manifest = {
            "quarter": str(quarter),
            "version": version,
            "reason": reason,
            "inputs": inputs,
            "fingerprint": fingerprint(inputs),
            "known": taken,
            "tables": table_fingerprints(folder / ANALYSTS_DATABASE),
            "files": file_hashes(folder),
        }
        write_json(folder / MANIFEST, manifest)
        for path in folder.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
    return _in_place(layout, quarter, version, run_id, clock, is_new=True)


def _write_files(
    layout: Layout, snapshot: Snapshot, series: Any, policy: Policy, keys: Keys, version: int,
    reason: str | None, report: GateReport, folder: Path, elsewhere: Callable[..., Any],
    begun: Callable[[], Path | None],
) -> None:  # fmt: skip
    database = folder / ANALYSTS_DATABASE
    database.parent.mkdir()
    outcome = {"quarter": str(snapshot.quarter), "passed": str(report.passed).lower(), "explanation": report.explain()}

    def copy() -> None:
        if unfinished := begun():
            os.replace(unfinished, database)
        write_analysts_database(layout, snapshot.quarter, keys, outcome, database)

    # DuckDB frees the interpreter while it copies, so the tables are made beside it; writing the workbook does not.
    with ThreadPoolExecutor(2, thread_name_prefix="release") as beside:
        copying = beside.submit(copy)
        released, kept = hidden_in_releases(layout, snapshot.quarter), DecisionFiles(layout.decisions)
        tables = public_tables(snapshot, series, policy, released, kept)
        district = snapshot.district
        title = {
            "zh": f"{district['area_name']}平安指数 {snapshot.quarter} 第{version}版",
            "en": f"Safety index of {district['area_name_en']}, {snapshot.quarter}, version {version}",
        }
        (folder / "tables").mkdir()
        workbook = folder / "tables" / WORKBOOK
        shown = recent(tables, snapshot.quarter)
        writing = beside.submit(elsewhere, write_workbook, shown, workbook, title, snapshot.quarter.end_date)
        write_indicator_revisions(layout, folder / INDICATOR_REVISIONS)
        write_index_values(layout, series, folder / INDEX_VALUES)
        write_tables(tables, folder / "tables", title)
        write_bulletin(bulletin_frame(snapshot, series, policy, version, reason), tables, folder / "bulletin")
        copying.result()
        writing.result()


def release_inputs(
    layout: Layout, snapshot: Snapshot, series: Any, keys: Keys, policy: Policy, code_version: str
) -> dict[str, Any]:
    """What a release rests on. Two equal ones lead to the same figures, so no clock and no run is part of it."""
    index = layout.index_folder(str(snapshot.quarter))
    return {
        "deliveries": {
            row["delivery_id"]: row["file_sha256"] for row in deliveries_used(snapshot.deliveries, snapshot.quarter)
        },
        "links": links_in_force(layout, str(snapshot.quarter)),
        "index": {name: sha256_file(index / f"{name}.parquet") for name in INDEX_TABLES},
        "series": series.code,
        "policy": policy.model_dump(mode="json"),
        "key_id": keys.key_id,
        "pseudonym_scheme": SCHEME,
        "code_version": code_version,
    }


def fingerprint(inputs: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def released_versions(layout: Layout, quarter: Quarter) -> list[int]:
    """The versions of ``quarter`` that are released, ascending."""
    folder = layout.releases / str(quarter)
    names = [path.name for path in folder.glob("v*") if path.is_dir()] if folder.exists() else []
    return sorted(int(name[1:]) for name in names if re.fullmatch(r"v\d+", name))


def latest_release(layout: Layout) -> tuple[Quarter, int] | None:
    """The newest quarter that is released and its newest version; None when nothing is."""
    quarters = [path.name for path in layout.releases.glob("*") if re.fullmatch(r"\d{4}Q[1-4]", path.name)]
    for quarter in sorted((Quarter.parse(name) for name in quarters), reverse=True):
        if versions := released_versions(layout, quarter):
            return quarter, versions[-1]
    return None


def hidden_in_releases(layout: Layout, quarter: Quarter) -> dict[str, set[Cell]]:
    """The indicator cells that releases up to ``quarter`` have hidden, by quarter."""
    import pyarrow.parquet as pq

    hidden: dict[str, set[Cell]] = {}
    for path in sorted(layout.releases.glob("*/v*/tables/indicator_values.parquet")):
        released = path.parts[-4]
        if released <= str(quarter):
            columns = ["area_code", "indicator_code", "status_code"]
            rows = pq.read_table(path, columns=columns, page_checksum_verification=True).to_pydict()
            for area, indicator, status in zip(*rows.values(), strict=True):
                if status in ("suppressed", "range"):
                    hidden.setdefault(released, set()).add((area, indicator))
    return hidden


def _folder(layout: Layout, quarter: Quarter, version: int) -> Path:
    return layout.releases / str(quarter) / f"v{version}"


def _in_place(
    layout: Layout, quarter: Quarter, version: int, run_id: str | None, clock: Callable[[], dt.datetime], is_new: bool
) -> Release:
    """Write the record beside the release and point ``current`` at the newest, also where an earlier run was killed
    between the two."""
    folder = _folder(layout, quarter, version)
    record = folder.with_name(f"v{version}.json")
    if not record.exists():
        write_json(record, {"released_at": clock().isoformat(timespec="seconds"), "run_id": run_id})
    newest = latest_release(layout)
    if newest == (quarter, version):
        _point_current_at(layout, folder)
    return Release(str(quarter), version, folder, is_new, newest == (quarter, version))


def _point_current_at(layout: Layout, folder: Path) -> None:
    target = folder.relative_to(layout.releases)
    link = layout.current_release
    if link.is_symlink() and Path(os.readlink(link)) == target:
        return
    unfinished = layout.releases / f"{UNFINISHED}current"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(target)
    os.replace(unfinished, link)
    sync_folder(layout.releases)
