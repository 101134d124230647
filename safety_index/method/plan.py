"""A series as arrays: the tree of groups, ready for vectorised work.

Belongs here: positions, weights and rules of the groups. Does not belong here: any value or score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.method.outliers import Treatments
from safety_index.series.declaration import Dimension, Series
from safety_index.series.settings import Aggregation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GroupPlan:
    """One group: its place among the parts, the places of its own parts, its rule, and the data it needs."""

    place: int
    parts: NDArray[np.int64]
    aggregation: Aggregation
    data_threshold: float


@dataclass(frozen=True)
class Plan:
    """A series's hierarchy as arrays.

    *Parts* are the indicators (places 0 … I−1, in the series's order), then the groups (I … I+G−1, each before its own
    parts), then the index (I+G). ``weight`` has shape (..., parts) without the index: as declared, in each group's own
    units. Its leading axes are free and broadcast against those of the values *before the axis of areas*, so that
    many sets of weights cost one call: for values (draws, areas, indicators), ``weight`` may be (draws, parts).
    ``groups`` stand so that a group comes after all of its parts; the last is the index. ``treatments`` of outliers
    are there once they were fitted.
    """

    series: Series
    weight: Floats
    groups: tuple[GroupPlan, ...]
    treatments: Treatments | None = None

    @classmethod
    def of(cls, series: Series) -> Plan:
        """The plan of ``series`` with its declared weights."""
        indicator_place = {id(part): place for place, part in enumerate(series.indicators)}
        first = len(indicator_place)
        group_place = {id(part): place for place, part in enumerate(series.groups, start=first)}
        groups: list[GroupPlan] = []

        def add(group: Dimension, depth: int) -> None:
            for inner in group.dimensions:
                add(inner, depth + 1)
            leaves = [indicator_place[id(leaf)] for leaf in group.indicators]
            inner_groups = [group_place[id(inner)] for inner in group.dimensions]
            rule = group.aggregation or series.aggregation[min(depth, len(series.aggregation) - 1)]
            usual = series.data_thresholds.dimension_weight_share
            threshold = usual if group.data_threshold is None else group.data_threshold
            groups.append(GroupPlan(group_place[id(group)], np.array(leaves + inner_groups), rule, threshold))

        for group in series.dimensions:
            add(group, 1)
        top = np.array([group_place[id(group)] for group in series.dimensions])
        groups.append(GroupPlan(first + len(group_place), top, series.aggregation[0], 0.0))
        weights = [part.weight for part in (*series.indicators, *series.groups)]
        return cls(series, np.array(weights, dtype=float), tuple(groups))

    @property
    def indicator_count(self) -> int:
        return len(self.series.indicators)

    @property
    def group_count(self) -> int:
        """How many groups there are, the index not counted."""
        return len(self.groups) - 1

    @property
    def declared_share(self) -> Floats:
        """Shape (..., parts): the share of the whole that each part has by its declared weights, the index left out.

        Shares of the indicators add up to 1, whatever the weights' units and whether they are normalised.
        """
        share = np.ones((*self.weight.shape[:-1], self.weight.shape[-1] + 1))
        for group in reversed(self.groups):
            weight = self.weight[..., group.parts]
            share[..., group.parts] = share[..., [group.place]] * weight / weight.sum(axis=-1, keepdims=True)
        return share[..., :-1]

    @property
    def ancestry(self) -> NDArray[np.bool_]:
        """Shape (groups, indicators), without the index: whether the indicator lies in the group at any depth."""
        inside = np.eye(self.indicator_count + len(self.groups), self.indicator_count, dtype=bool)
        for group in self.groups:
            inside[group.place] = inside[group.parts].any(axis=0)
        return inside[self.indicator_count : -1]

    @property
    def parent(self) -> NDArray[np.int64]:
        """Shape (parts,), the index left out: the place of the group that each part belongs to."""
        parent = np.zeros(self.weight.shape[-1], dtype=int)
        for group in self.groups:
            parent[group.parts] = group.place
        return parent
