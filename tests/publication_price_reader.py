"""The joint reader with the tables of prices and of sensitivity beside all the rest, and a world that has such prices.

A price of a pulled figure holds the factor by which a sub-district's committees were made to add up to its count, and
with it a second equation on the counts of those that are hidden. The weight that puts another area first holds how far
two areas lie apart in single indicators.
"""

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from publication.tables.evidence import evidence_rows
from safety_index.sensitivity.first_place import smallest_weight_shift
from safety_index.small_counts.priors import beta_prior, gamma_prior
from safety_index.small_counts.shrinkage import shrunken
from tests.publication_joint_reader import JointReader
from tests.publication_reader import POLICY
from tests.publication_world import INDICATORS, efficacy

LAST = "2017Q1"


class Pull(NamedTuple):
    """What a figure is pulled to, with how much strength, and the factor by which its like add up."""

    mean: float
    strength: float
    factor: float


def is_share(code):
    return INDICATORS[code][7] == 100 and INDICATORS[code][12] > 20


def per_count(row, pull):
    """How far one event, or one failure less, moves the value."""
    code, window = row["indicator_code"], row["window_quarter_count"]
    multiplier = INDICATORS[code][7] / (1 if INDICATORS[code][7] == 100 else window)
    return multiplier * pull.factor / (pull.strength + row["denominator"])


def estimate(row, pull):
    return (pull.mean * pull.strength + row["numerator"]) * per_count(row, pull)


def clamped(code, value):
    return min(max(efficacy(code, value), 40.0), 100.0)


def is_whole(row, pull, step):
    """Whether neither floor nor cap takes part of the price of one event."""
    value, code = estimate(row, pull), row["indicator_code"]
    return all(40 <= efficacy(code, value + more * per_count(row, pull)) <= 100 for more in (0, step))


def pulls_of(snapshot):
    """By area and indicator of the last quarter: the committees' figures pulled to their sub-district's, no others."""
    found, together = {}, defaultdict(list)
    for row in snapshot.indicator_rows():
        if row["quarter"] == LAST and row["status_code"] == "observed":
            is_pulled = row["area_level_code"] == "committee" and row["indicator_code"] != "C2"
            if is_pulled:
                together[row["indicator_code"]].append(row)
            else:
                found[row["area_code"], row["indicator_code"]] = Pull(0.0, 0.0, 1.0)
    for code, rows in together.items():
        count, exposure = (np.array([row[name] for row in rows]) for name in ("numerator", "denominator"))
        group = np.unique([row["parent_code"] for row in rows], return_inverse=True)[1]
        prior = (beta_prior if is_share(code) else gamma_prior)(count, exposure, group)
        factor = shrunken(count, exposure, prior, group).factor
        for row, *pull in zip(rows, prior.mean, prior.strength, factor, strict=True):
            found[row["area_code"], code] = Pull(*pull)
    return found


def with_prices(snapshot, pulls):
    """``snapshot`` with the prices of pulled figures, and the weight that puts another sub-district first."""
    context = []
    for row in snapshot.indicator_rows():
        code, cell = row["indicator_code"], (row["area_code"], row["indicator_code"])
        if row["quarter"] != LAST or cell not in pulls or code == "C2":
            continue
        step = -1.0 if is_share(code) else 1.0
        value, pull = estimate(row, pulls[cell]), pulls[cell]
        moved = clamped(code, value + step * per_count(row, pull)) - clamped(code, value)
        place = {name: row[name] for name in ("quarter", "area_level_code", "area_code", "parent_code")}
        context.append(place | {"indicator_code": code, "points_per_event": INDICATORS[code][6] / 100 * moved})
    areas = [row["area_code"] for row in snapshot.level("sub_district")]
    at = {"quarter": LAST, "area_level_code": "sub_district", "half_width": None}
    shift = smallest_weight_shift(scores_of(snapshot, areas), np.array([facts[6] for facts in INDICATORS.values()]))
    row = at | {"measure_code": "weight_to_first", "choice_code": areas[shift.rival], "figure": float(shift.moved)}
    return replace(snapshot, evidence=snapshot.evidence | {"indicator_context": context, "sensitivity": [row]})


def scores_of(snapshot, areas):
    rows = {(row["area_code"], row["indicator_code"]): row for row in snapshot.indicator_rows(LAST)}
    return np.array([[rows[area, code]["score"] for code in INDICATORS] for area in areas])


class PriceReader(JointReader):
    """``pulls`` is more than is printed: the priors of all areas. Of a factor he knows what the prices say."""

    def __init__(self, snapshot, hidden, pulls):
        super().__init__(snapshot, hidden)
        self.pulls = pulls
        tables = evidence_rows(snapshot, POLICY, hidden)
        self.shown = [row for row in tables["event_prices"] if row["points_per_event"] is not None]
        self.factors()
        for row in tables["sensitivity"]:
            if row["figure"] is not None:
                self.first_place(snapshot, row)

    def factors(self):
        """Between what ends the prices of a sub-district's committees put their factor, and what that says."""
        ends = defaultdict(lambda: (0.0, np.inf))
        for price in self.shown:
            code, row = price["indicator_code"], self.own.get((LAST, price["area_code"], price["indicator_code"]))
            if price["area_level_code"] != "committee" or row is None:
                continue
            pull, step = self.pulls[price["area_code"], code], -1.0 if is_share(code) else 1.0
            if not is_whole(row, pull, step):
                continue  # floor or cap takes part of it, as he sees by the value
            bad, good = INDICATORS[code][4:6]
            plain = INDICATORS[code][6] / 100 * 40 / (good - bad) * step * per_count(row, pull._replace(factor=1.0))
            sizes = sorted((price["points_per_event"] + half) / plain for half in (-0.005, 0.005))
            low, high = ends[code, row["parent_code"]]
            ends[code, row["parent_code"]] = max(low, sizes[0]), min(high, sizes[1])
        for (code, parent), (low, high) in ends.items():
            rows = [row for row in self.own.values() if self.is_child(row, code, parent)]
            if any(self.is_untold(row) for row in rows):
                continue
            terms, constant = {}, 0.0
            for row in rows:
                pull = self.pulls[row["area_code"], code]
                share = row["denominator"] / (pull.strength + row["denominator"])
                terms[self.variable(LAST, row["area_code"], code)] = share
                constant += share * pull.mean * pull.strength
            total = self.variable(LAST, parent, code)
            self.at_most.append(({cell: -value for cell, value in terms.items()} | {total: 1 / high}, constant + 1e-9))
            if low > 0:
                self.at_most.append((terms | {total: -1 / low}, -constant + 1e-9))

    @staticmethod
    def is_child(row, code, parent):
        return row["quarter"] == LAST and row["indicator_code"] == code and row["parent_code"] == parent

    def first_place(self, snapshot, row):
        """No exchange of two weights closes the gap by less than what was printed: the gap, which is known to a decimal
        of either score, is at most the weight times how far the two areas lie apart in any two indicators, and he is
        told in which two it was."""
        areas = [area["area_code"] for area in snapshot.level("sub_district")]
        scores, weights = scores_of(snapshot, areas), np.array([facts[6] for facts in INDICATORS.values()], dtype=float)
        leader, rival = int(np.argmax(scores @ weights)), areas.index(row["choice_code"])
        totals = [np.floor((scores[area] @ weights) / 100 * 10 + 0.5) / 10 for area in (leader, rival)]
        gap, half = totals[0] - totals[1], 0.05  # either was printed to a decimal
        low, high = (
            (gap - 2 * half) * 100 / (row["figure"] + half),
            (gap + 2 * half) * 100 / max(row["figure"] - half, 1e-9),
        )
        advantage = scores[leader] - scores[rival]
        giver, receiver, codes = int(np.argmax(advantage)), int(np.argmin(advantage)), list(INDICATORS)
        if row["figure"] >= weights[giver]:
            return  # the weight was taken from several: only their sum is known
        for one in range(len(codes)):
            for other in range(len(codes)):
                if one != other:
                    terms, constant = self.advantage(snapshot, areas[leader], areas[rival], codes[one], codes[other])
                    if terms:
                        self.at_most.append((terms, high - constant + 1e-9))
                        if (one, other) == (giver, receiver):
                            self.at_most.append(
                                ({cell: -value for cell, value in terms.items()}, constant - low + 1e-9)
                            )

    def advantage(self, snapshot, leader, rival, one, other):
        """How much more the leader has over the rival in ``one`` than in ``other``: terms in counts and a constant."""
        terms, constant = defaultdict(float), 0.0
        for sign, area, code in ((1, leader, one), (-1, rival, one), (-1, leader, other), (1, rival, other)):
            row = self.own[LAST, area, code]
            if self.is_untold(row) or (row["is_clamped"] and (area, code) in self.hidden[LAST].cells):
                return {}, 0.0
            if row["is_clamped"]:
                constant += sign * row["score"]
                continue
            bad, good = INDICATORS[code][4:6]
            slope = 40 / (good - bad) * per_count(row, Pull(0.0, 0.0, 1.0))
            terms[self.variable(LAST, area, code)] += sign * slope
            constant += sign * (60 - 40 * bad / (good - bad))
        return dict(terms), constant
