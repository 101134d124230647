"""A reader who puts everything published about two quarters and two versions together: the stated attacker.

He knows the method with its weights, goalposts and posterior; which cells are hidden; all values, ranges, scores,
changes, intervals, comparisons and chances; and every denominator that is printed somewhere (residents, households,
compounds). He is not told denominators that are hidden with their cell.
"""

import math
from collections import defaultdict
from statistics import NormalDist

from publication.tables.evidence import outwards, to_step
from tests.publication_reader import POLICY, Reader
from tests.publication_world import INDICATORS

#: Indicators whose denominator is a published number of residents or households, and of compounds.
TOLD = {"A1", "B1", "B2", "B3", "B4", "C1", "D1", "D2"}
TOLD_ABOVE_COMMITTEES = {"B6"}
_Z = 1.645
_HALF = 0.05 + 1e-9


class JointReader(Reader):
    """``beside`` is the reader of an earlier version: what no correction touched is the same unknown in both."""

    def __init__(self, snapshot, hidden, beside=None):
        self.hidden, self.beside = hidden, beside
        super().__init__(snapshot, hidden)
        scores = {(row["quarter"], row["area_code"]): row["score"] for row in snapshot.scores}
        for (quarter, area, code), row in self.own.items():
            self.range(quarter, area, code, row)
        self.rows = {(r["quarter"], r["area_code"], r["indicator_code"]): r for r in snapshot.indicator_rows()}
        first, last = min(hidden), max(hidden)
        for quarter, area in scores:
            if quarter == last:
                self.interval(area, last, scores[last, area])
                self.comparison(area, first, last, scores[last, area] - scores[first, area])
        if beside:
            self.equal += beside.equal
            self.at_most += beside.at_most
            self.lower, self.upper = beside.lower | self.lower, beside.upper | self.upper

    def variable(self, *name):
        if self.beside is None:
            return super().variable(*name)
        self.names = self.beside.names
        key = name[1:] if name[0] in ("single", "score", "spread") else name
        before = self.beside.own.get(key)
        is_changed = before is not None and before["numerator"] != self.own[key]["numerator"]
        return super().variable(*(("corrected", *name) if is_changed else name))

    def range(self, quarter, area, code, row):
        between = self.hidden[quarter].ranges.get((area, code))
        if between:
            cell, per_count = self.variable(quarter, area, code), row["value"] / row["numerator"]
            self.lower[cell], upper = between[0] / per_count, between[1] / per_count
            self.upper[cell] = min(upper, row["denominator"]) if self.upper[cell] is not None else upper

    def is_untold(self, row):
        area, code = row["area_code"], row["indicator_code"]
        is_told = code in TOLD or (code in TOLD_ABOVE_COMMITTEES and row["area_level_code"] != "committee")
        return (area, code) in self.hidden[row["quarter"]].cells and not is_told

    def score(self, quarter, area, codes, score, rows, hidden):
        """As for the first reader, but the figure behind a denominator that he is not told scores anything at all."""
        stand_ins = {}
        for code in codes:
            row = rows[quarter, area, code]
            if row["status_code"] == "passed_down":
                row = rows[quarter, row["parent_code"], code]
            stand_ins[quarter, area, code] = row | {"is_clamped": True} if self.is_untold(row) else row
        super().score(quarter, area, codes, score, {**rows, **stand_ins}, hidden)

    def spread(self, quarter, area):
        """The variance of an area's score, as terms in hidden counts and a constant."""
        terms, constant = defaultdict(float), 0.0
        for code, facts in INDICATORS.items():
            row = self.rows[quarter, area, code]
            if row["status_code"] == "passed_down":
                row = self.rows[quarter, row["parent_code"], code]
            if code == "C2" or row["is_clamped"]:
                continue
            bad, good, weight, multiplier = facts[4:8]
            per_count = weight / 100 * 40 / abs(good - bad) * multiplier / row["denominator"]
            per_count /= 1 if multiplier == 100 else row["window_quarter_count"]
            count, denominator = row["numerator"], row["denominator"]
            if self.is_untold(row):
                terms[self.variable("spread", quarter, row["area_code"], code)] += 1.0
                constant += 0.0
                continue
            is_share = multiplier == 100 and code != "C1"
            slope = 1 - 2 * count / denominator if is_share else 1.0
            variance = count * (1 - count / denominator) if is_share else count
            terms[self.variable(quarter, row["area_code"], code)] += per_count**2 * slope
            constant += per_count**2 * (variance - slope * count)
        return terms, constant

    def true_variance(self, quarter, area):
        """The variance by the true counts, from which the published interval is made."""
        told, self.is_untold = self.is_untold, lambda row: False
        terms, constant = self.spread(quarter, area)
        self.is_untold = told
        counts = {self.variable(*name): row["numerator"] for name, row in self.own.items()}
        return constant + sum(value * counts[cell] for cell, value in terms.items())

    def between(self, terms, low, high):
        self.at_most.append((dict(terms), high))
        self.at_most.append(({cell: -value for cell, value in terms.items()}, -low))

    def half_width(self, terms, constant, middle, low, high, step):
        """Both ends were rounded outwards by less than a step, and the middle to a decimal."""
        least = max(middle - _HALF - low - step, high - step - middle - _HALF, 0.0)
        most = min(middle + _HALF - low, high - middle + _HALF)
        self.between(terms, (least / _Z) ** 2 - constant - 1e-9, (most / _Z) ** 2 - constant + 1e-9)

    def interval(self, area, quarter, score):
        half = _Z * math.sqrt(self.true_variance(quarter, area))
        step = POLICY.score_step(self.rows[quarter, area, "A1"]["area_level_code"])
        low, high = outwards(score - half, score + half, step)
        self.half_width(*self.spread(quarter, area), math.floor(score * 10 + 0.5) / 10, low, high, step)

    def comparison(self, area, before, now, change):
        """The interval of a change, the chance of an improvement, and the change itself."""
        deviation = math.sqrt(self.true_variance(before, area) + self.true_variance(now, area))
        step = POLICY.score_step(self.rows[now, area, "A1"]["area_level_code"])
        low, high = outwards(change - _Z * deviation, change + _Z * deviation, step)
        terms, constant = self.spread(now, area)
        earlier, other = self.spread(before, area)
        for cell, value in earlier.items():
            terms[cell] += value
        middle = math.floor(change * 10 + 0.5) / 10
        self.half_width(terms, constant + other, middle, low, high, step)
        chance, half = to_step(NormalDist().cdf(change / deviation), POLICY.chance_step), POLICY.chance_step / 2
        share = max(chance, 1 - chance)
        size = abs(middle)
        if 0.5 + half < share < 1 - half and size > _HALF:
            least = (size - _HALF) / NormalDist().inv_cdf(share + half)
            most = (size + _HALF) / NormalDist().inv_cdf(share - half)
            self.between(terms, least**2 - constant - other - 1e-9, most**2 - constant - other + 1e-9)
