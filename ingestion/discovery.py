"""Which files have come in a round, and what each one claims to be by its name.

Belongs here: names. Does not belong here: opening files (``readers``) or deciding on them (``intake``).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingestion.contracts.models import Contract
from ingestion.names import MANIFEST_SUFFIX, is_sent_file
from ingestion.readers.formats import EXTENSIONS
from ingestion.reasons import FileRefused, shown
from warehouse.files import reading
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_of_period

_PERIODS = {"monthly": re.compile(r"\d{4}(0[1-9]|1[0-2])"), "quarterly": re.compile(r"\d{4}Q[1-4]")}

#: One zone for the whole country.
CHINA_TIME = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True)
class Arrival:
    """A file that a contract claims by its name. ``note`` is what the sender added, such as 补报."""

    path: Path
    period: str
    note: str

    @property
    def reading_order(self) -> tuple[bool, str, str]:
        """Files with a note come after those without."""
        return (bool(self.note), unicodedata.normalize("NFC", self.path.name), self.path.name)


@cache
def _name_pattern(title: str) -> re.Pattern[str]:
    # The content decides what a file is; a wrong extension is the sender's most harmless mistake.
    extension = "|".join(EXTENSIONS)
    return re.compile(rf"{re.escape(title)}_(?P<period>[^_]+)(?:_(?P<note>.+))?\.({extension})", re.IGNORECASE)


def claim(path: Path, contract: Contract) -> Arrival | None:
    """``path`` as a delivery of ``contract``, or None when its name says nothing of the kind."""
    name = unicodedata.normalize("NFC", path.name)
    found = _name_pattern(contract.title.zh).fullmatch(name)
    if not found:
        return None
    return Arrival(path, found["period"].upper(), found["note"] or "")


def landed_files(layout: Layout, round_quarter: Quarter, department: str) -> list[Path]:
    """The files of a department in a round, by name; without manifests and what programs name as temporary."""
    folder = layout.landing_folder(str(round_quarter), department)
    return sorted(path for path in folder.iterdir() if is_sent_file(path)) if folder.is_dir() else []


def manifests_alone(layout: Layout, round_quarter: Quarter, department: str) -> list[Path]:
    """Manifests of a department in a round whose file is not there."""
    folder = layout.landing_folder(str(round_quarter), department)
    found = sorted(folder.glob(f"*{MANIFEST_SUFFIX}")) if folder.is_dir() else []
    return [path for path in found if not path.with_name(path.name.removesuffix(MANIFEST_SUFFIX)).exists()]


def shown_file_name(path: Path) -> str:
    """A file's name as the ledger has it: eight digits in a row may be a day, more would be a number of someone's."""
    return shown(path.name, run_length=8, longest=120)


def irregular_files(layout: Layout, round_quarter: Quarter, department: str) -> list[Path]:
    """What lies in a department's folder and is no file of its own: links, pipes, devices, folders. None is opened: a
    link could lead anywhere, and a pipe never ends."""
    folder = layout.landing_folder(str(round_quarter), department)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_symlink() or not path.is_file())


def arrivals(layout: Layout, contract: Contract, round_quarter: Quarter) -> list[Arrival]:
    """The round's files of one extract, in the order in which they are read."""
    files = landed_files(layout, round_quarter, contract.department)
    claimed = [arrival for path in files if (arrival := claim(path, contract))]
    return sorted(claimed, key=lambda arrival: arrival.reading_order)


def quarters_named(landed: Iterable[Arrival], contract: Contract, round_quarter: Quarter) -> set[Quarter]:
    """The quarters that files of a round are about, by those of their names that may be."""
    named = set()
    for arrival in landed:
        with suppress(FileRefused):
            named.add(check_period(arrival, contract, round_quarter))
    return named


def landed_byte_count(layout: Layout, contract: Contract, round_quarter: Quarter) -> int:
    """Bytes of the round's files of one extract; 0 for what cannot be looked at."""
    try:
        return sum(arrival.path.stat().st_size for arrival in arrivals(layout, contract, round_quarter))
    except OSError:
        return 0


def received_date(path: Path) -> str:
    """The day on which the landed file was last changed, which is when it came: a transfer sets or keeps that time.

    By China's time, whatever the machine's own zone, so that the same file has the same day everywhere. The ledger
    keeps it, so that a file read again, from wherever, stays as punctual as it was.
    """
    with reading():
        changed = path.lstat().st_mtime
    return dt.datetime.fromtimestamp(changed, CHINA_TIME).date().isoformat()


def check_period(arrival: Arrival, contract: Contract, round_quarter: Quarter) -> Quarter:
    """The quarter of the arrival's period. Raises FileRefused ``wrong_period`` when the name's period is not one
    of the contract's rhythm, or lies after the round."""
    rhythm = contract.delivery.rhythm
    if not _PERIODS[rhythm].fullmatch(arrival.period):
        found = _PERIODS[rhythm].match(arrival.period)
        example = found[0] if found else "201703" if rhythm == "monthly" else "2017Q1"
        zh = en = ""
        if found:
            zh, en = "；其后如有说明，以“_”隔开", ", and a note behind it is set off by “_”"
        raise FileRefused(
            "wrong_period",
            detail_zh=f"文件名中的所属期应写作 {example} 的形式{zh}",
            detail_en=f"the period in the file's name is to be written like {example}{en}",
        )
    quarter = quarter_of_period(arrival.period)
    if quarter > round_quarter:
        raise FileRefused(
            "wrong_period",
            detail_zh=f"文件名中的所属期晚于本批次 {round_quarter}",
            detail_en=f"the period in the file's name is after this round, {round_quarter}",
        )
    return quarter


def period_days(period: str):
    """First and last day of a period. Raises ValueError for what is no month and no quarter."""
    import calendar

    if "Q" in period:
        quarter = Quarter.parse(period)
        return quarter.start_date, quarter.end_date
    year, month = int(period[:4]), int(period[4:])
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
