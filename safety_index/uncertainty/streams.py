"""Random numbers of a cell's own: the same whatever other areas, indicators and quarters are drawn.

Belongs here: keys and generators. Does not belong here: distributions (``variates``).

Philox is a counter-based generator (Salmon and others, Parallel random numbers: as easy as 1, 2, 3, 2011): streams of
different keys are independent, so a cell's key, a hash of its names, is all that its draws depend on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.variates import gammas, like_gammas, normals

Draws = NDArray[np.float32]


class Streams:
    """Draws by name, in single precision. Not to be shared by threads: each has its own, and gets the same numbers.

    ``seed`` is recorded with the results; ``size`` is the number of draws.
    """

    def __init__(self, seed: int, size: int) -> None:
        self.seed, self.size = seed, size
        self._bits = np.random.Philox(key=0)
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state

    def generator(self, *names: str) -> np.random.Generator:
        """The generator of the cell called ``names``, at its beginning. The next call ends its use."""
        text = "\x1f".join((str(self.seed), *names)).encode()
        key = np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype=np.uint64)
        state = self._state
        state["state"]["key"][:], state["state"]["counter"][:] = key, 0
        state["buffer_pos"], state["has_uint32"], state["uinteger"] = 4, 0, 0
        self._bits.state = state
        return self._generator

    def gamma(self, shape: float, *names: str) -> Draws:
        """Standard gamma draws of shape (size,); exactly 0 for shape 0, which costs nothing."""
        if shape <= 0:
            return np.zeros(self.size, dtype=np.float32)
        return gammas(self.generator(*names), shape, self.size)

    def like_gammas(self, shapes: Sequence[float], least: float, *names: str) -> Draws:
        """Standard gamma draws of several shapes, ``least`` or more, that rise and fall together, (shapes, size)."""
        return like_gammas(self.generator(*names), shapes, least, self.size)

    def normal(self, *names: str) -> Draws:
        """Standard normal draws of shape (size,)."""
        return normals(self.generator(*names), self.size)
