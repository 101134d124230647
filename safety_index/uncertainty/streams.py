"""Random numbers of a cell's own: the same whatever other areas, indicators and quarters are drawn.

Belongs here: keys and generators. Does not belong here: distributions (``variates``).

Philox is a counter-based generator (Salmon and others, Parallel random numbers: as easy as 1, 2, 3, 2011): streams of
different keys are independent, so a cell's key, a hash of its names, is all that its draws depend on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.variates import POLYNOMIAL_FROM, gammas, like_gammas, normals, polynomials

Draws = NDArray[np.float32]
Names = tuple[str, ...]


class Streams:
    """Draws by name, in single precision. Not to be shared by threads: each has its own, and gets the same numbers.

    ``seed`` is recorded with the results; ``size`` is the number of draws.
    """

    def __init__(self, seed: int, size: int) -> None:
        self.seed, self.size = seed, size
        self._bits = np.random.Philox(key=0)
        self._generator = np.random.Generator(self._bits)
        self._beginning = self._bits.state
        self._key = memoryview(self._beginning["state"]["key"]).cast("B")

    def generator(self, *names: str) -> np.random.Generator:
        """The generator of the cell called ``names``, at its beginning. The next call ends its use."""
        text = "\x1f".join((str(self.seed), *names)).encode()
        self._key[:] = hashlib.blake2b(text, digest_size=16).digest()
        self._bits.state = self._beginning
        return self._generator

    def gammas(self, shapes: Mapping[Names, float]) -> dict[Names, Draws]:
        """Standard gamma draws, (size,), of each of ``shapes``, which are above 0, by the names of their cells.

        The large ones are made together, for a call on the numbers of one costs as much as its arithmetic.
        """
        large = [names for names, shape in shapes.items() if shape >= POLYNOMIAL_FROM]
        drawn = {}
        if large:
            normal = normals((self.generator(*names) for names in large), self.size)
            drawn.update(zip(large, polynomials(normal, [shapes[names] for names in large]), strict=True))
        for names, shape in shapes.items():
            if names not in drawn:
                drawn[names] = gammas(self.generator(*names), shape, self.size)
        return drawn

    def like_gammas(self, shapes: Sequence[float], least: float, *names: str) -> Draws:
        """Standard gamma draws of several shapes, ``least`` or more, that rise and fall together, (shapes, size)."""
        return like_gammas(self.generator(*names), shapes, least, self.size)

    def normal(self, *names: str) -> Draws:
        """Standard normal draws of shape (size,)."""
        return normals([self.generator(*names)], self.size)[0]
