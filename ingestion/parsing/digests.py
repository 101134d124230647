"""Digests that have been met, of which any number takes the same memory: sorted runs, and beyond a limit on a disk.

Belongs here: keeping them and finding them again. Does not belong here: what they are made of (``duplicates``).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Digests that are kept in memory, 16 bytes each; twice as much while they are put together.
IN_MEMORY = 2_000_000
#: Digests of a run on the disk that are looked through at a time.
_BLOCK = 1 << 19
_BYTES = 8


@dataclass(frozen=True)
class Digests:
    """Numbers of 128 bits, each in two halves (uint64)."""

    low: np.ndarray
    high: np.ndarray

    def __len__(self) -> int:
        return len(self.low)

    def take(self, places: np.ndarray) -> Digests:
        return Digests(self.low[places], self.high[places])

    def order(self) -> np.ndarray:
        """The places in the order of the low halves, equal digests in the order in which they stand."""
        import numpy as np

        order = np.argsort(self.low, kind="stable")
        low, high = self.low[order], self.high[order]
        if ((low[1:] == low[:-1]) & (high[1:] != high[:-1])).any():
            return np.lexsort((self.high, self.low))
        return order

    def follow_their_like(self) -> np.ndarray:
        """Whether each of ordered digests equals the one before it."""
        import numpy as np

        same = (self.low[1:] == self.low[:-1]) & (self.high[1:] == self.high[:-1])
        return np.concatenate([np.zeros(min(1, len(self)), bool), same])

    def contain(self, others: Digests) -> np.ndarray:
        """Whether each of ``others`` is among these; both are in order."""
        import numpy as np

        found = np.zeros(len(others), bool)
        places = np.searchsorted(self.low, others.low)
        open_ = np.arange(len(others))
        # Nearly always once: different digests seldom have the same low half.
        while len(open_ := open_[places[open_] < len(self)]):
            open_ = open_[self.low[places[open_]] == others.low[open_]]
            found[open_] = self.high[places[open_]] == others.high[open_]
            open_ = open_[~found[open_]]
            places[open_] += 1
        return found


class SeenDigests:
    """Digests met so far. ``folder`` is where those lie that are too many; they are gone with the process."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._runs: list[Digests] = []
        self._aside: list[_RunOnDisk] = []

    def contain(self, digests: Digests) -> np.ndarray:
        """Whether each of ordered ``digests`` has been met."""
        import numpy as np

        found = np.zeros(len(digests), bool)
        for run in [*self._runs, *self._aside]:
            found |= run.contain(digests)
        return found

    def add(self, digests: Digests) -> None:
        """Keep ordered ``digests``. Raises OSError when there is no room for what has to be put aside."""
        # Runs of like sizes are put together, so that there are few, and each digest is moved a few times only.
        while self._runs and len(self._runs[-1]) <= 2 * len(digests):
            digests = _together(self._runs.pop(), digests)
        self._runs.append(digests)
        if sum(map(len, self._runs)) > IN_MEMORY:
            whole = self._runs.pop()
            while self._runs:
                whole = _together(self._runs.pop(), whole)
            self._aside.append(_RunOnDisk(whole, self._folder))


class _RunOnDisk:
    """A run in a file without a name, all low halves before all high ones."""

    def __init__(self, digests: Digests, folder: Path | None) -> None:
        self._count = len(digests)
        # Closed, and so gone, when nobody looks for keys of this file any more.
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        for half in (digests.low, digests.high):
            self._file.write(half.data)
        self._file.flush()

    def contain(self, digests: Digests) -> np.ndarray:
        import numpy as np

        found = np.zeros(len(digests), bool)
        for start in range(0, self._count, _BLOCK):
            low = self._read(start)
            first, last = np.searchsorted(digests.low, low[0]), np.searchsorted(digests.low, low[-1], side="right")
            within = Digests(digests.low[first:last], digests.high[first:last])
            places = np.searchsorted(low, within.low)
            if (low[places] == within.low).any():
                found[first:last] |= Digests(low, self._read(start, self._count)).contain(within)
        return found

    def _read(self, start: int, behind: int = 0) -> np.ndarray:
        """The block of halves from ``start``; of the high ones when as many as there are stand before them."""
        import numpy as np

        self._file.seek((behind + start) * _BYTES)
        return np.fromfile(self._file, np.uint64, min(_BLOCK, self._count - start))


def _together(one: Digests, other: Digests) -> Digests:
    """Both in one order. No digest is in both."""
    import numpy as np

    both = Digests(np.concatenate([one.low, other.low]), np.concatenate([one.high, other.high]))
    return both.take(both.order())
