"""What there is to do: quarters with something new against what is published.

Belongs here: comparing landing, ledger and releases. Imports neither Dagster nor dbt, so that "nothing new" is said
in no time. Does not belong here: doing it (``pipeline``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ingestion.ledger import Delivery, current_deliveries, list_records
from orchestration.landed import LandedFile, landed_files
from warehouse.files import read_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_of_period

#: The period in a file's name, as ``ingestion.discovery`` reads it.
_PERIOD = re.compile(r"_(\d{4}(?:0[1-9]|1[0-2])|\d{4}[Qq][1-4])(?=[_.])")


@dataclass(frozen=True)
class QuarterState:
    """Where a quarter stands.

    ``is_due``: it has landed files and no release. ``is_revision_pending``: what is known of it now is not what its
    newest release was made of, whatever round the correction came in; publishing it anew takes a reason.
    """

    quarter: Quarter
    landed_file_count: int
    waiting_file_count: int
    accepted_count: int
    refused_count: int
    duplicate_count: int
    version: int | None
    is_due: bool
    is_revision_pending: bool


def quarter_states(layout: Layout) -> list[QuarterState]:
    """Every quarter with landed files or a release, in order."""
    return _states(layout, None)


def quarter_state(layout: Layout, quarter: Quarter) -> QuarterState | None:
    """One quarter; None where it has neither landed files nor a release."""
    return next(iter(_states(layout, quarter)), None)


def _states(layout: Layout, only: Quarter | None) -> list[QuarterState]:
    files, records = landed_files(layout), list_records(layout)
    waiting = _not_taken_in(files, records)
    quarters = {file.round_quarter for file in files} | published_quarters(layout)
    asked = sorted(quarters if only is None else quarters & {only})
    return [_state(layout, quarter, files, waiting, records) for quarter in asked]


def files_not_taken_in(layout: Layout) -> list[LandedFile]:
    """Landed files of whose content their round's ledger knows nothing."""
    return _not_taken_in(landed_files(layout), list_records(layout))


def released_versions(layout: Layout, quarter: Quarter) -> list[Path]:
    """The folders of a quarter's finished releases, oldest first."""
    folders = [path.parent for path in (layout.releases / str(quarter)).glob("v*/manifest.json")]
    return sorted(folders, key=lambda folder: int(folder.name[1:]))


def published_quarters(layout: Layout) -> set[Quarter]:
    return {Quarter.parse(path.parent.parent.name) for path in layout.releases.glob("*Q*/v*/manifest.json")}


def _not_taken_in(files: list[LandedFile], records: list[Delivery]) -> list[LandedFile]:
    known = {(record.round, record.file_sha256) for record in records}
    return [file for file in files if (str(file.round_quarter), file.sha256) not in known]


def _state(
    layout: Layout, quarter: Quarter, files: list[LandedFile], waiting: list[LandedFile], records: list[Delivery]
) -> QuarterState:
    of_round = [record for record in records if record.round == str(quarter)]
    verdicts = [record.verdict for record in of_round]
    released = released_versions(layout, quarter)
    changed = any(_is_about(file, quarter) for file in waiting) or (
        bool(released) and delivered(records, quarter) != published_deliveries(released[-1])
    )
    landed = sum(file.round_quarter == quarter for file in files)
    return QuarterState(
        quarter=quarter,
        landed_file_count=landed,
        waiting_file_count=sum(file.round_quarter == quarter for file in waiting),
        accepted_count=verdicts.count("accepted"),
        refused_count=verdicts.count("refused"),
        duplicate_count=verdicts.count("duplicate"),
        version=int(released[-1].name[1:]) if released else None,
        is_due=landed > 0 and not released,
        is_revision_pending=bool(released) and changed,
    )


def _is_about(file: LandedFile, quarter: Quarter) -> bool:
    """Whether a file that waits may change ``quarter``: it is of a round up to it, or its name's period is."""
    if file.round_quarter <= quarter:
        return True
    named = _PERIOD.search(file.path.name)
    return named is not None and quarter_of_period(named[1].upper()) <= quarter


def delivered(records: list[Delivery], quarter: Quarter) -> set[str]:
    """The deliveries in force for ``quarter`` by all that is known: what a release made now would rest on."""
    newest = max((Quarter.parse(record.round) for record in records), default=quarter)
    current = current_deliveries(records, newest).values()
    return {record.delivery_id for record in current if Quarter.parse(record.quarter) <= quarter}


def published_deliveries(release: Path) -> set[str]:
    """The deliveries that a release rests on, from its manifest."""
    return set(read_json(release / "manifest.json")["inputs"]["deliveries"])
