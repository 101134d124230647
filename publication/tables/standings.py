"""The public tables of standings: who an area's peers are, and where it stands in each indicator.

Belongs here: their columns and rows after disclosure control. Does not belong here: choosing peers or testing pairs
(``safety_index``), the other evidence (``evidence``).

Both tables follow from printed figures alone, so that they give nothing away. Peers are sought among areas whose counts
are in the table of population, and named at a level only where that is so of all that they rest on; a distance is not
told. A place, the ranks that it may
truly be and the distance from the peers depend on the counts of all areas: they are shown of an indicator only where
none of its cells is hidden at that level or above, which a committee's estimate is pulled towards; else the indicator
has no rows at that level. Places among the shown cells alone would be wrong where it matters, for what is hidden are
the small counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from publication.disclosure.cells import Hidden
from publication.disclosure.policy import Policy
from publication.figures import rounded
from publication.snapshot import Row, Snapshot
from publication.tables.naming import area_words, in_force, indicator_words, is_published_at
from publication.tables.population import hidden_population

_AREA = ("area_code", "area_name", "area_name_en")
_FIGURES = (
    "raw_rank", "compared_area_count", "rank_set_best", "rank_set_worst", "peer_difference", "peer_share_below",
)  # fmt: skip
STANDING_COLUMNS: dict[str, tuple[str, ...]] = {
    "peers": (
        "quarter", "area_level_code", *_AREA, "peer_place", "peer_area_code", "peer_area_name", "peer_area_name_en",
    ),
    "indicator_standings": (
        "quarter", "area_level_code", *_AREA, "indicator_code", "indicator_name_zh", "indicator_name_en", *_FIGURES,
    ),
}  # fmt: skip
STANDING_INTEGERS = ("peer_place", "raw_rank", "compared_area_count", "rank_set_best", "rank_set_worst")
STANDING_DECIMALS = ("peer_difference", "peer_share_below")
#: The measures of population that the shares of a series's peers are made of; peers by other shares are not published.
_MEASURES_OF_SHARES = {"elderly": "aged_60_plus_count", "migrants": "migrant_count"}


def measures_of_peers(shares: Iterable[str]) -> frozenset[str] | None:
    """The measures of population that peers alike in ``shares`` rest on, None where these do not tell all of them."""
    found = [_MEASURES_OF_SHARES.get(share) for share in shares]
    return None if None in found else frozenset({"resident_count", *filter(None, found)})


def of_published_counts(
    sizes: Mapping[str, float], shares: Iterable[str], population: Iterable[Row], areas: Mapping[str, Row],
    quarter: str, policy: Policy,
) -> dict[str, float]:  # fmt: skip
    """``sizes`` of the areas whose residents, and other residents that ``shares`` are made of, are all published. Areas
    that are left out have no peers and are nobody's, so that it can be told who the others' are; where no table tells
    what ``shares`` are made of, nobody's peers are told and none is left out."""
    measures = measures_of_peers(shares)
    if measures is None:
        return dict(sizes)
    hidden, _ = hidden_population(population, areas, quarter, policy)
    return {
        area: size
        for area, size in sizes.items()
        if area not in hidden.areas and not any((area, measure) in hidden.cells for measure in measures)
    }


class WithPeers(Protocol):
    """What is needed of ``safety_index.series.declaration.Series``."""

    peers: Any


def standing_rows(
    snapshot: Snapshot, series: WithPeers, policy: Policy, hidden: Mapping[str, Hidden], population: Iterable[Row]
) -> dict[str, list[dict]]:
    """The rows of both tables; ``population`` are those of the table of population."""
    levels = _levels_of_public_peers(snapshot, series, population)
    found = hidden.get(str(snapshot.quarter), Hidden())
    return {"peers": _peers(snapshot, levels), "indicator_standings": _standings(snapshot, policy, found, levels)}


def _levels_of_public_peers(snapshot: Snapshot, series: WithPeers, population: Iterable[Row]) -> set[str]:
    """Levels of which all counts are published that their peers rest on."""
    measures = measures_of_peers(share.code for share in series.peers.shares)
    if measures is None:
        return set()
    published = {(row["area_code"], row["measure_code"]) for row in population if row["status_code"] == "observed"}
    rows = in_force(snapshot, snapshot.evidence["peers"])
    unseen = {
        row["area_level_code"]
        for row in rows
        if any((area, one) not in published for one in measures for area in (row["area_code"], row["peer_area_code"]))
    }
    return {row["area_level_code"] for row in rows} - unseen


def _peers(snapshot: Snapshot, levels: Collection[str]) -> list[dict]:
    found = []
    for row in in_force(snapshot, snapshot.evidence["peers"]):
        if row["area_level_code"] in levels:
            peer = area_words(snapshot, row["peer_area_code"])
            names = {f"peer_{name}": word for name, word in peer.items()}
            found.append({**row, **area_words(snapshot, row["area_code"]), **names})
    return found


def _standings(snapshot: Snapshot, policy: Policy, hidden: Hidden, levels: Collection[str]) -> list[dict]:
    ranks = {(row["area_code"], row["indicator_code"]): row for row in snapshot.evidence["indicator_rank_sets"]}
    unseen = {level: hidden_indicators(snapshot, hidden, level) for level in ("sub_district", "committee")}
    found = []
    for row in in_force(snapshot, snapshot.evidence["indicator_context"]):
        level, cell = row["area_level_code"], (row["area_code"], row["indicator_code"])
        if level not in unseen or cell[1] in unseen[level] or not is_published_at(snapshot, row):
            continue
        public = {**row, **area_words(snapshot, cell[0]), **indicator_words(snapshot, cell[1])}
        public |= {name: ranks.get(cell, {}).get(name) for name in _FIGURES[:4]}
        public["peer_difference"] = rounded(row["peer_difference"], policy.score_decimals)
        public["peer_share_below"] = rounded(row["peer_share_below"], 2)
        if level not in levels:
            public |= {"peer_difference": None, "peer_share_below": None}
        if any(public[name] is not None for name in _FIGURES):  # else neither counted nor compared
            found.append(public)
    return found


def hidden_indicators(snapshot: Snapshot, hidden: Hidden, level: str) -> set[str]:
    """Indicators of which a cell is hidden at ``level`` or above, or an area of it with all its cells."""
    depths = {"district": 0, "sub_district": 1, "committee": 2}
    areas = {code for code, area in snapshot.areas.items() if depths[area["area_level_code"]] <= depths[level]}
    if not areas.isdisjoint(hidden.areas):
        return set(snapshot.indicators)
    return {indicator for area, indicator in hidden.cells if area in areas}
