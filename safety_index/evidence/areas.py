"""Tables with a row for each area: intervals, changes and their terms, prices, peers and alarms.

Belongs here: laying arrays out by area. Does not belong here: the formulas, or which quarters are
compared (``assembly``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safety_index.coherence.incentives import jumped_to_full, parted, shrank
from safety_index.explanation.mix import mix_terms
from safety_index.explanation.peers import against_peers
from safety_index.explanation.price import event_prices
from safety_index.explanation.ranks import rank_change_parts
from safety_index.explanation.waterfall import TERMS
from safety_index.levels import ScoredLevel
from safety_index.method.plan import Plan
from safety_index.method.scoring import indicator_scores
from safety_index.uncertainty.rank_sets import rank_sets, tiers
from safety_index.uncertainty.simulation import LevelDraws
from safety_index.uncertainty.summaries import (
    change_class,
    interval,
    rank_interval,
    share_at_most,
    share_from,
    share_improved,
)

Floats = NDArray[np.float64]
#: The comparison of a quarter with another version of itself.
PREVIOUS_VERSION = "previous_version"


def area_columns(level: ScoredLevel, quarter: int, areas: NDArray[np.int64], times: int = 1) -> dict[str, np.ndarray]:
    """The columns that name ``areas`` of a quarter, each ``times`` in a row."""
    cube = level.cube
    names = {
        "quarter": np.full(len(areas), cube.quarters[quarter], dtype=object),
        "area_level_code": np.full(len(areas), cube.level_code, dtype=object),
        "area_code": np.array(cube.areas, dtype=object)[areas],
        "parent_code": cube.parent[quarter, areas],
    }
    return {name: np.repeat(column, times) for name, column in names.items()}


def interval_rows(level: ScoredLevel, draws: LevelDraws, quarter: str, method_ranks: tuple[Floats, Floats] | None):
    """Score and rank of every area of ``quarter`` with their intervals and chances."""
    rule, line = level.series.uncertainty, draws.quarters.index(quarter)
    place = level.cube.quarters.index(quarter)
    areas = np.flatnonzero(level.cube.is_present[place] & np.isfinite(level.scored.index[place]))
    index, rank = draws.index[line][:, areas].astype(float), draws.rank[line][:, areas].astype(float)
    score_low, score_high = interval(index, rule.coverage)
    # the plug-in score is inside by definition: where the draws are skewed it may lie beyond their middle
    shown = level.scored.index[place, areas]
    columns = {"score_low": np.minimum(score_low, shown), "score_high": np.maximum(score_high, shown)}
    ranked = np.isfinite(rank).all(axis=0)
    empty = np.full(len(areas), np.nan)
    ranks = {name: empty.copy() for name in (
        "rank_low", "rank_high", "top_share", "bottom_share", "tier", "rank_set_best", "rank_set_worst",
        "method_rank_low", "method_rank_high",
    )}  # fmt: skip
    if ranked.any():
        own, drawn = level.scored.rank[place, areas][ranked], rank[:, ranked]
        low, high = rank_interval(drawn, rule.coverage, rule.rank_interval)
        ranks["rank_low"][ranked] = np.floor(np.fmin(low, own))
        ranks["rank_high"][ranked] = np.ceil(np.fmax(high, own))
        ranks["top_share"][ranked] = share_at_most(drawn, rule.top_place_count)
        ranks["bottom_share"][ranked] = share_from(drawn, rule.bottom_share)
        sets = rank_sets(shown[ranked], index[:, ranked], rule.rank_set_error_share)
        ranks["tier"][ranked] = tiers(shown[ranked], sets)
        ranks["rank_set_best"][ranked], ranks["rank_set_worst"][ranked] = sets.best, sets.worst
    if method_ranks is not None:
        ranks["method_rank_low"], ranks["method_rank_high"] = (end[areas].astype(float) for end in method_ranks)
    return pd.DataFrame(area_columns(level, place, areas) | columns | ranks)


def comparison_rows(level: ScoredLevel, draws: LevelDraws, quarter: str, compared: str, code: str) -> pd.DataFrame:
    """The change of every area's score and rank since ``compared``, how sure it is, and whose doing the rank's is."""
    cube, rule = level.cube, level.series.uncertainty
    then = cube.quarters.index(compared)
    areas, columns = _change(level, quarter, level.scored.index[then], level.scored.rank[then])
    lines = [draws.quarters.index(name) for name in (quarter, compared)]
    change = (draws.index[lines[0]] - draws.index[lines[1]])[:, areas].astype(float)
    low, high = interval(change, rule.coverage)
    improved = share_improved(change)
    gained = (draws.rank[lines[1]] - draws.rank[lines[0]])[:, areas].astype(float)
    places_low, places_high = rank_interval(gained, rule.coverage, rule.rank_interval)
    return pd.DataFrame(
        columns
        | {
            "comparison_code": code,
            "compared_quarter": compared,
            "change_low": np.minimum(low, columns["score_change"]),
            "change_high": np.maximum(high, columns["score_change"]),
            "rank_change_low": np.floor(np.minimum(places_low, columns["rank_change"])),
            "rank_change_high": np.ceil(np.maximum(places_high, columns["rank_change"])),
            "improved_share": improved,
            "class_code": change_class(improved, rule),
        }
    )


def version_rows(level: ScoredLevel, earlier: ScoredLevel, quarter: str) -> pd.DataFrame:
    """What became of every area's score and rank of ``quarter`` since ``earlier``, another version of it.

    There is no interval and no verdict: the places did not change, only what is known of them.
    """
    line, places = earlier.places(quarter, level.cube.areas)
    index, rank = (
        np.where(places >= 0, figures[line, places], np.nan) for figures in (earlier.scored.index, earlier.scored.rank)
    )
    unsaid = ("change_low", "change_high", "rank_change_low", "rank_change_high", "improved_share")
    nothing = dict.fromkeys(unsaid, np.nan) | {"class_code": None}
    names = {"comparison_code": PREVIOUS_VERSION, "compared_quarter": quarter}
    return pd.DataFrame(_change(level, quarter, index, rank)[1] | names | nothing)


def _change(
    level: ScoredLevel, quarter: str, index: Floats, rank: Floats
) -> tuple[NDArray[np.int64], dict[str, np.ndarray]]:
    """The areas that have a score in ``quarter`` and in ``index``, and the change from ``index`` and ``rank``, both
    (areas,), with whose doing the change of rank is."""
    now = level.cube.quarters.index(quarter)
    own_index, own_rank = level.scored.index[now], level.scored.rank[now]
    areas = np.flatnonzero(np.isfinite(own_index) & np.isfinite(index))
    rankable = (np.where(np.isnan(place), np.nan, score) for place, score in ((rank, index), (own_rank, own_index)))
    parts = rank_change_parts(*rankable, level.series.rank)
    return areas, area_columns(level, now, areas) | {
        "score_change": (own_index - index)[areas],
        "rank_change": np.round(rank - own_rank)[areas],
        "own_rank_change": parts.own[areas],
        "others_rank_change": parts.others[areas],
    }


def term_rows(level: ScoredLevel, quarter: str, areas: tuple[str, ...], terms: Floats, code: str) -> pd.DataFrame:
    """The terms of a change as rows; those of exactly 0 are left out."""
    at, indicator, term = np.nonzero(terms)
    known = {area: place for place, area in enumerate(level.cube.areas)}
    places = np.array([known[area] for area in areas], dtype=int)
    return pd.DataFrame(
        area_columns(level, level.cube.quarters.index(quarter), places[at])
        | {
            "comparison_code": code,
            "indicator_code": np.array(level.series.indicator_codes, dtype=object)[indicator],
            "term_code": np.array(TERMS, dtype=object)[term],
            "points": terms[at, indicator, term],
        }
    )


def scored_areas(level: ScoredLevel, quarter: str) -> NDArray[np.int64]:
    """The places of the areas that have a score in ``quarter``."""
    return np.flatnonzero(np.isfinite(level.scored.index[level.cube.quarters.index(quarter)]))


def context_rows(
    plan: Plan, level: ScoredLevel, quarter: str, below: ScoredLevel | None, peers: NDArray[np.int64]
) -> pd.DataFrame:
    """By area and indicator: the price of one event, the distance from ``peers`` (of the areas that have a score,
    places among them), and for a parent the mix term."""
    cube, found, series = level.cube, level.found, level.series
    place, areas = cube.quarters.index(quarter), scored_areas(level, quarter)
    at, count = (place, areas), plan.indicator_count
    own_score, weight = level.scored.indicator.score[at], level.scored.weights.in_index[at]

    def scored(values: Floats) -> Floats:
        return indicator_scores(values, series.indicators, series.scorings, with_unclamped=False).score

    is_share = np.array([indicator.count_model == "binomial" for indicator in series.indicators])
    is_counted = np.array([indicator.count_model != "exact" for indicator in series.indicators])
    multiplier = np.array([indicator.value_multiplier for indicator in series.indicators])
    own = np.where(cube.status[at] == 0, cube.numerator[at], np.nan)
    prices = event_prices(
        np.where(is_counted, own, np.nan), cube.denominator[at], found.prior_mean[at], found.prior_strength[at],
        found.factor[at], multiplier, is_share, scored, weight,
    )  # fmt: skip
    columns = {name: np.full((len(areas), count), np.nan) for name in (
        "children_mean_score", "mix_points")}  # fmt: skip
    columns["peer_difference"], columns["peer_share_below"] = against_peers(own_score, peers)
    if below is not None and quarter in below.cube.quarters:
        line = below.cube.quarters.index(quarter)
        for row, area in enumerate(areas):
            children = np.flatnonzero(below.cube.parent[line] == cube.areas[area])
            if len(children):
                mean, mix = mix_terms(
                    own_score[row], below.scored.indicator.score[line, children], below.cube.denominator[line, children]
                )
                columns["children_mean_score"][row], columns["mix_points"][row] = mean, mix * weight[row]
    return pd.DataFrame(
        area_columns(level, place, areas, count)
        | {"indicator_code": np.tile(np.array(series.indicator_codes, dtype=object), len(areas))}
        | {name: part.ravel() for name, part in ({"points_per_event": prices} | columns).items()}
    )


def alarm_rows(level: ScoredLevel, quarter: str, compared: str) -> pd.DataFrame:
    """Figures that look better in a way that reporting alone can bring about, since ``compared``."""
    cube, series = level.cube, level.series
    now, then = (cube.quarters.index(name) for name in (quarter, compared))
    codes = list(series.indicator_codes)
    is_own = (cube.status[now] == 0) & (cube.status[then] == 0)
    top, bottom = ([array[place] for place in (then, now)] for array in (cube.numerator, cube.denominator))
    found = []

    def note(alarm: str, place: int, flags: NDArray, earlier: Floats, later: Floats) -> None:
        areas = np.flatnonzero(flags & is_own[:, place])
        names = {"alarm_code": alarm, "indicator_code": codes[place], "earlier": earlier[areas], "later": later[areas]}
        found.append(pd.DataFrame(area_columns(level, now, areas) | names))

    for place, indicator in enumerate(series.indicators):
        counts, sizes = [part[:, place] for part in top], [part[:, place] for part in bottom]
        if indicator.count_model == "binomial" and indicator.polarity == "positive":
            shares = [
                np.divide(c, n, out=np.full(len(c), np.nan), where=n > 0) for c, n in zip(counts, sizes, strict=True)
            ]
            note("jumped_to_full", place, jumped_to_full((counts[0], sizes[0]), (counts[1], sizes[1])), *shares)
        if indicator.is_special_group:
            note("list_shrank", place, shrank(*sizes), *sizes)
    for pair in series.alarms.parted:
        falling, rising = codes.index(pair.falling), codes.index(pair.rising)
        calls, complaints = [part[:, falling] for part in top], [part[:, rising] for part in bottom]
        note("parted", falling, parted(tuple(calls), tuple(complaints)), *calls)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
