"""What the bulletin says about the release itself, from snapshot, series and policy.

Belongs here: putting the bulletin's frame together. Does not belong here: any figure of an area.
"""

from __future__ import annotations

from collections import defaultdict

from publication.bulletin.views import Frame
from publication.disclosure.policy import Policy
from publication.snapshot import Snapshot


def bulletin_frame(snapshot: Snapshot, series, policy: Policy, version: int, reason: str | None) -> Frame:
    """The frame of one release. ``series`` has the title and bands of a ``safety_index`` series."""
    indicators_of: dict[str, set[str]] = defaultdict(set)
    for code, row in snapshot.indicators.items():
        indicators_of[row["dimension_code"]].add(code)
    return Frame(
        quarter=str(snapshot.quarter),
        version=version,
        reason=reason,
        district_code=snapshot.district["area_code"],
        index_title={"zh": "平安指数", "en": "Safety index"},
        bands=tuple(
            {"code": band.code, "zh": band.name.zh, "en": band.name.en, "minimum": band.minimum}
            for band in series.bands
        ),
        dimensions=snapshot.dimensions,
        indicators_of={code: frozenset(codes) for code, codes in indicators_of.items()},
        minimum_count=policy.minimum_count,
        special_group_minimum_count=policy.special_group_minimum_count,
    )
