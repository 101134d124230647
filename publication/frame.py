"""What the bulletin says about the release itself, from snapshot, series and policy.

Belongs here: putting the bulletin's frame together. Does not belong here: any figure of an area.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from publication.bulletin.views import Frame
from publication.dictionary import words
from publication.disclosure.policy import Policy
from publication.snapshot import Snapshot

#: By language, what stands between the parts of a list, and before the last.
_JOINS = {"zh": ("、", "与"), "en": (", ", " and ")}


def bulletin_frame(snapshot: Snapshot, series, policy: Policy, version: int, reason: str | None) -> Frame:
    """The frame of one release. ``series`` has title, bands and peers of a ``safety_index`` series."""
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
        alike_in=_alike_in(series.peers),
    )


def _alike_in(peers) -> dict[str, str]:
    """The traits that a series's peers are alike in, as one phrase in each language."""
    codes = [*(["size"] if peers.size_weight else []), *(share.code for share in peers.shares)]
    traits = [words("traits", code) for code in codes]
    return {language: _listed([trait[language] for trait in traits], *joins) for language, joins in _JOINS.items()}


def _listed(parts: Sequence[str], between: str, before_last: str) -> str:
    return before_last.join(filter(None, (between.join(parts[:-1]), *parts[-1:])))
