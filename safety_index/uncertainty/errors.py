"""Errors beside those of counting: what they are, and what they do to draws.

Belongs here: the errors that whoever asks may state of a figure. Does not belong here: how large they are in any
warehouse (they are given), or the errors of counting (``posterior``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.streams import Streams

Draws = NDArray[np.float32]


@dataclass(frozen=True)
class MeasurementErrors:
    """Errors beside those of counting, as standard deviations of the logarithm; absent keys have none.

    ``exposure`` by (area, quarter): how far the population that rates are taken per may be off, by unlinked or
    doubtful records. It moves all of an area's rates and residents-per-officer figures together, in every quarter
    alike. ``value`` by (area, quarter, indicator): whatever else, such as a figure carried forward or one that is
    known to be revised.
    """

    exposure: Mapping[tuple[str, str], float] = field(default_factory=dict)
    value: Mapping[tuple[str, str, str], float] = field(default_factory=dict)

    def and_values(self, more: Mapping[tuple[str, str, str], float]) -> MeasurementErrors:
        """These errors and ``more`` of single figures; two of the same figure are independent."""
        both = {key: float(np.hypot(self.value.get(key, 0.0), spread)) for key, spread in more.items()}
        return MeasurementErrors(self.exposure, {**self.value, **both})

    def of_population(self, area: str, quarters: Sequence[str], streams: Streams) -> Draws | None:
        """What an area's population is multiplied by, (quarters, draws); None where it has no error."""
        spread = np.array([self.exposure.get((area, quarter), 0.0) for quarter in quarters], dtype=np.float32)
        return np.exp(spread[:, None] * streams.normal(area, "exposure")) if spread.any() else None

    def of_value(self, area: str, quarter: str, code: str, streams: Streams) -> Draws | None:
        """What a figure is multiplied by, (draws,); None where it has no error."""
        spread = self.value.get((area, quarter, code), 0.0)
        return np.exp(np.float32(spread) * streams.normal(area, code, quarter, "value")) if spread else None


NO_ERRORS = MeasurementErrors()
