"""What taking in deliveries should come to, said as plainly as possible: a reference that intake is compared with.

It knows no disk, no bytes and no order of runs; a file is its rows. Belongs here: the rules of versions, repetitions,
corrections and withdrawals for one monthly extract. Does not belong here: how files and ledger are compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Of a row: its number, which is its key, and its content. Rows of content 0 break a rule and are quarantined.
Row = tuple[int, int]


@dataclass(frozen=True)
class SentFile:
    """A file as it lies in a round's folder. ``sequence`` is what its manifest says; without a manifest, None."""

    round: int
    period: str
    note: str
    rows: tuple[Row, ...]
    sequence: int | None = None

    @property
    def place(self) -> tuple[int, str, str]:
        return self.round, self.period, self.note


@dataclass(eq=False)
class Entry:
    """What is recorded of a file; for an accepted one, its place among the versions of its period."""

    file: SentFile
    verdict: str
    version: int = 0
    change: tuple[int, int, int] | None = None
    decisions: int = 0

    @property
    def good(self) -> dict[int, int]:
        return {number: content for number, content in self.file.rows if content}

    @property
    def rank(self) -> tuple:
        return self.file.sequence or 0, self.file.round, bool(self.file.note), self.file.note, self.version

    @property
    def is_withdrawn(self) -> bool:
        return self.decisions % 2 == 1


@dataclass
class Model:
    landing: dict[tuple, SentFile] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def land(self, file: SentFile) -> None:
        """A file of the same name takes the place of the one that lay there."""
        self.landing[file.place] = file

    def accepted(self, period: str | None = None) -> list[Entry]:
        return [e for e in self.entries if e.verdict == "accepted" and period in (None, e.file.period)]

    def in_force(self) -> dict[str, Entry]:
        standing = [entry for entry in self.accepted() if not entry.is_withdrawn]
        return {entry.file.period: entry for entry in sorted(standing, key=lambda entry: entry.rank)}

    def take_in(self, round_number: int) -> None:
        waiting = [file for file in self.landing.values() if file.round == round_number]
        for file in sorted(waiting, key=lambda file: (bool(file.note), file.period, file.note)):
            known = [e for e in self.entries if (e.file.place, e.file.rows) == (file.place, file.rows)]
            if known and (known[0].verdict != "refused" or known[0].file.sequence == file.sequence):
                continue
            self.entries = [entry for entry in self.entries if entry not in known]
            self.entries.append(self._judged(file))

    def _judged(self, file: SentFile) -> Entry:
        versions = self.accepted(file.period)
        if any(entry.file.rows == file.rows for entry in versions):
            return Entry(file, "duplicate")
        entry = Entry(file, "accepted", len(versions) + 1)
        if not entry.good:
            return Entry(file, "refused")
        before = self.in_force().get(file.period)
        if before is None or before.rank > entry.rank:
            return entry
        kept = before.good.keys() & entry.good.keys()
        if len(before.good) >= 10 and 2 * len(kept) < len(before.good):
            return Entry(file, "refused")
        changed = sum(before.good[number] != entry.good[number] for number in kept)
        entry.change = len(entry.good.keys() - kept), len(before.good.keys() - kept), changed
        return entry
