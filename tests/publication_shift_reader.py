"""What the published shifts of ranks say of hidden counts: other counts that fit all else, and the shifts they give.

A shift counts places, so it is no linear function of counts. That it gives nothing away is shown by example: for every
hidden count there is another that fits everything the linear reader knows, and gives the same published shifts.
"""

import numpy as np
from scipy.optimize import linprog

from safety_index.method.ranking import ranks
from safety_index.sensitivity.scenarios import shift
from safety_index.series.settings import RankRule
from tests.publication_reader import POLICY, matrix
from tests.publication_world import INDICATORS, efficacy

LAST = "2017Q1"
CODES = list(INDICATORS)
WEIGHTS = np.array([facts[6] for facts in INDICATORS.values()], dtype=float)


def published_shifts(scores):
    """The figures of ``sensitivity`` that rest on single indicators and dimensions, as published, of ``scores``
    (areas, indicators)."""
    rule = RankRule(decimals=POLICY.score_decimals)
    ours = ranks(scores @ WEIGHTS / WEIGHTS.sum(), rule)
    found = {}
    for name, factors in scenario_weights().items():
        weights = WEIGHTS * factors
        moved = shift(name, ours, ranks(scores @ weights / weights.sum(), rule))
        found[name] = (round(moved.mean, 2), moved.largest, moved.is_first_another)
    return found


def scenario_weights():
    dimension = np.array([code[0] for code in CODES])
    found = {f"without_{code}": np.array(CODES) != code for code in CODES}
    for name in "ABCD":
        found[f"without_{name}"] = dimension != name
        found[f"weight_more_{name}"] = np.where(dimension == name, 1.25, 1.0)
        found[f"weight_less_{name}"] = np.where(dimension == name, 0.75, 1.0)
    return found


def score_of(row, count):
    multiplier, window = INDICATORS[row["indicator_code"]][7], row["window_quarter_count"]
    per_quarter = 1 if multiplier == 100 or row["indicator_code"] == "C2" else window
    return min(max(efficacy(row["indicator_code"], count / row["denominator"] * multiplier / per_quarter), 40.0), 100.0)


class Alternatives:
    """Counts that fit all that ``reader`` has written down and lie as near the true ones as they can."""

    def __init__(self, reader):
        self.reader = reader
        self.labels, self.groups = reader.components()
        self.truth = {reader.names[name]: row["numerator"] for name, row in reader.own.items() if name in reader.names}
        for name, unknown in reader.names.items():
            if name[0] == "score":
                self.truth[unknown] = reader.own[name[1:]]["score"]

    def nearest(self, cell, count, dearness=None):
        """By unknown, what lies nearest to the truth if ``cell`` had ``count``; None where that cannot be. ``dearness``
        gives random numbers for how much the distance of each unknown counts; without it all count alike."""
        reader, place = self.reader, {}
        unknowns = np.flatnonzero(self.labels == self.labels[reader.names[cell]])
        place = {unknown: column for column, unknown in enumerate(unknowns)}
        (equal, right), (at_most, limit) = (
            matrix(rows, place) for rows in self.groups[self.labels[reader.names[cell]]]
        )
        size, counted = len(unknowns), [unknown for unknown in unknowns if unknown in self.truth]
        bounds = [(reader.lower.get(unknown, 0), reader.upper.get(unknown)) for unknown in unknowns]
        bounds[place[reader.names[cell]]] = (count, count)
        # the distance of each count from the truth is an unknown of its own, at least as large as either difference
        apart = np.zeros((2 * len(counted), size + len(counted)))
        edge = np.zeros(2 * len(counted))
        for line, unknown in enumerate(counted):
            for half, sign in ((0, 1.0), (len(counted), -1.0)):
                apart[half + line, place[unknown]], apart[half + line, size + line] = sign, -1.0
                edge[half + line] = sign * self.truth[unknown]
        wider = [None if part is None else np.hstack([part.toarray(), np.zeros((part.shape[0], len(counted)))])
                 for part in (equal, at_most)]  # fmt: skip
        result = linprog(
            np.r_[np.zeros(size), np.ones(len(counted)) if dearness is None else dearness.exponential(1, len(counted))],
            np.vstack([wider[1], apart]) if wider[1] is not None else apart,
            np.r_[limit, edge] if limit is not None else edge,
            wider[0], right, [*bounds, *[(0, None)] * len(counted)], method="highs",
        )  # fmt: skip
        return dict(zip(unknowns, result.x[:size], strict=True)) if result.status == 0 else None

    def scores(self, areas, counts):
        """Scores (areas, indicators) of the last quarter with ``counts`` in the place of those that they name."""
        reader, found = self.reader, np.empty((len(areas), len(CODES)))
        for line, area in enumerate(areas):
            for column, code in enumerate(CODES):
                row = reader.own[LAST, area, code]
                free = reader.names.get(("score", LAST, area, code))
                count = counts.get(reader.names.get((LAST, area, code)), row["numerator"])
                # whose denominator he is not told may score anything, whatever its count
                found[line, column] = score_of(row, count) if free is None else counts.get(free, row["score"])
        return found

    def another(self, cell, areas, published):
        """Another whole count of ``cell`` that fits all, with the ``published`` shifts; None where none was found."""
        true, rng = round(self.truth[self.reader.names[cell]]), np.random.default_rng(3)
        for dearness in (None, *[rng] * 6):
            for count in (true + 1, true - 1, true + 2, true - 2, true + 4, true - 4):
                counts = self.nearest(cell, count, dearness) if count >= 0 else None
                if counts is not None and published_shifts(self.scores(areas, counts)) == published:
                    return count
        return None
