"""Tables of where an area stands among others: its peers, and its place in each indicator by raw counts.

Belongs here: laying these out by area. Does not belong here: choosing peers (``explanation.peers``), the tests of pairs
(``uncertainty.rank_sets``), or an area's own figures (``areas``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from safety_index.evidence.areas import area_columns, scored_areas
from safety_index.explanation.peers import Nearest, nearest, traits
from safety_index.levels import ScoredLevel
from safety_index.uncertainty.count_ranks import count_rank_sets, places


def nearest_of(
    level: ScoredLevel, quarter: str, sizes: Mapping[str, float], shares: Mapping[str, Mapping[str, float]]
) -> Nearest:
    """The peers of the areas that have a score, as places among these."""
    rule, names = level.series.peers, np.array(level.cube.areas, dtype=object)
    areas = names[scored_areas(level, quarter)]
    return nearest(traits(areas, sizes, shares, rule), rule.count, rule.level_share)


def peer_rows(level: ScoredLevel, quarter: str, found: Nearest) -> pd.DataFrame:
    """A row for each area and peer, the nearest first."""
    areas = scored_areas(level, quarter)
    row, place = np.nonzero(found.area >= 0)
    names = np.array(level.cube.areas, dtype=object)
    return pd.DataFrame(
        area_columns(level, level.cube.quarters.index(quarter), areas[row])
        | {
            "peer_place": place + 1,
            "peer_area_code": names[areas[found.area[row, place]]],
            "peer_distance": found.distance[row, place],
        }
    )


def indicator_rank_rows(level: ScoredLevel, quarter: str) -> pd.DataFrame:
    """By area and indicator that counts: the place by its raw rate, and the best and worst that it may truly have with
    one share of errors for all areas of the level.

    Nothing is pulled and nothing is modelled. Compared are areas that counted for themselves; a count that is not
    whole, as where a former area's was divided, is compared with none. Moderate indicators have no order.
    """
    cube, series = level.cube, level.series
    line, found = cube.quarters.index(quarter), []
    for place, indicator in enumerate(series.indicators):
        if indicator.count_model == "exact" or indicator.polarity == "moderate":
            continue
        count, exposure = cube.numerator[line, :, place], cube.denominator[line, :, place]
        is_own = (cube.status[line, :, place] == 0) & (exposure > 0) & (count == np.round(count))
        if indicator.count_model == "binomial":
            is_own &= exposure == np.round(exposure)
        areas = np.flatnonzero(is_own)
        if len(areas) < 2:
            continue
        own, size = count[areas].astype(np.int64), exposure[areas]
        is_highest_first = indicator.polarity == "positive"
        sets = count_rank_sets(
            own, size, series.uncertainty.rank_set_error_share,
            model=indicator.count_model, is_highest_first=is_highest_first,
        )  # fmt: skip
        columns = {
            "indicator_code": indicator.code,
            "raw_rank": places(own, size, is_highest_first),
            "rank_set_best": sets.best,
            "rank_set_worst": sets.worst,
            "compared_area_count": len(areas),
        }
        found.append(pd.DataFrame(area_columns(level, line, areas) | columns))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
