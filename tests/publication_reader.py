"""A reader who solves our public tables for hidden counts by linear programming: the attack, not its verdict."""

import math
from collections import defaultdict

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from publication.disclosure.cells import is_small, rest
from publication.disclosure.policy import load_policy
from tests.publication_world import INDICATORS

POLICY = load_policy()
_ROUNDING = 0.05 + 1e-9  # how far a score may lie from its published decimal
_TOLERANCE = 1e-3  # of the solver's figures, in counts


class Reader:
    """What a reader can write down as linear constraints on the hidden numerators of one world."""

    def __init__(self, snapshot, hidden, with_scores=True):
        self.names, self.equal, self.at_most = {}, [], []
        self.lower, self.upper = {}, {}
        rows = {(row["quarter"], row["area_code"], row["indicator_code"]): row for row in snapshot.indicator_rows()}
        self.own = {
            key: row
            for key, row in rows.items()
            if row["status_code"] == "observed"
            and (row["area_level_code"] != "committee" or INDICATORS[row["indicator_code"]][9] == "committee")
        }
        for (quarter, area, code), row in self.own.items():
            cell = self.variable(quarter, area, code)
            self.upper[cell] = row["denominator"] if rest(row) is not None else None
            if (area, code) not in hidden[quarter].cells:
                self.equal.append(({cell: 1.0}, row["numerator"]))
        self.totals()
        self.windows(sorted(hidden))
        if with_scores:
            self.scores(snapshot, rows, hidden)

    def variable(self, *name):
        return self.names.setdefault(name, len(self.names))

    def totals(self):
        children = defaultdict(list)
        for (quarter, area, code), row in self.own.items():
            if (quarter, row["parent_code"], code) in self.own:
                children[quarter, row["parent_code"], code].append((quarter, area, code))
        for parent, parts in children.items():
            self.equal.append(({self.variable(*parent): -1.0} | {self.variable(*part): 1.0 for part in parts}, 0.0))

    def windows(self, quarters):
        for (quarter, area, code), row in self.own.items():
            if INDICATORS[code][8] > 1 and code != "B6":  # B6 counts compounds, which do not add up over quarters
                end = quarters.index(quarter) + 1
                span = quarters[end - row["window_quarter_count"] : end]
                terms = {self.variable("single", when, area, code): 1.0 for when in span}
                self.equal.append((terms | {self.variable(quarter, area, code): -1.0}, 0.0))

    def scores(self, snapshot, rows, hidden):
        dimension_scores = {
            (row["quarter"], row["area_code"], row["dimension_code"]): row["score"] for row in snapshot.dimension_scores
        }
        for (quarter, area, dimension), score in dimension_scores.items():
            if (area, dimension) not in hidden[quarter].dimensions:
                codes = [code for code in INDICATORS if code[0] == dimension]
                self.score(quarter, area, codes, score, rows, hidden)
        for row in snapshot.scores:
            self.score(row["quarter"], row["area_code"], list(INDICATORS), row["score"], rows, hidden)

    def score(self, quarter, area, codes, score, rows, hidden):
        """The published score, to one decimal, as a weighted mean of what each numerator scores."""
        weight = sum(INDICATORS[code][6] for code in codes)
        terms, constant = defaultdict(float), 0.0
        for code in codes:
            row = rows[quarter, area, code]
            if row["status_code"] == "passed_down":
                row = rows[quarter, row["parent_code"], code]
            share = INDICATORS[code][6] / weight
            if row["is_clamped"] and (row["area_code"], code) in hidden[quarter].cells:
                cell = self.variable("score", quarter, row["area_code"], code)
                self.lower[cell], self.upper[cell] = 40, 100
                terms[cell] += share
            elif row["is_clamped"]:
                constant += share * row["score"]
            else:
                bad, good = INDICATORS[code][4:6]
                cell = self.variable(quarter, row["area_code"], code)
                multiplier, window = INDICATORS[code][7], row["window_quarter_count"]
                per_count = multiplier / row["denominator"] / (1 if multiplier == 100 or code == "C2" else window)
                terms[cell] += share * 40 * per_count / (good - bad)
                constant += share * (60 - 40 * bad / (good - bad))
        published = math.floor(score * 10 + 0.5) / 10
        self.at_most.append((dict(terms), published + _ROUNDING - constant))
        self.at_most.append(({cell: -value for cell, value in terms.items()}, constant - (published - _ROUNDING)))

    def components(self):
        """The constraints in groups that share no unknown: each is a smaller problem of its own."""
        size = len(self.names)
        pairs = [(min(terms), cell) for terms, _ in [*self.equal, *self.at_most] if terms for cell in terms]
        first, second = np.array(pairs).T
        _, labels = connected_components(coo_matrix((np.ones(len(pairs)), (first, second)), shape=(size, size)))
        groups = defaultdict(lambda: ([], []))
        for kind, rows in enumerate((self.equal, self.at_most)):
            for terms, value in rows:
                if terms:
                    groups[labels[min(terms)]][kind].append((terms, value))
        return labels, groups

    def recovered(self, cells):
        """The cells whose whole number the constraints leave no choice for, with that number."""
        found = {}
        labels, groups = self.components()
        wanted = defaultdict(list)
        for cell in cells:
            wanted[labels[self.names[cell]]].append(cell)
        for label, members in wanted.items():
            unknowns = np.flatnonzero(labels == label)
            place = {cell: column for column, cell in enumerate(unknowns)}
            (equal, right), (at_most, limit) = (matrix(rows, place) for rows in groups[label])
            bounds = [(self.lower.get(cell, 0), self.upper.get(cell)) for cell in unknowns]
            for cell in members:
                ends = []
                for sign in (1.0, -1.0):
                    aim = np.zeros(len(unknowns))
                    aim[place[self.names[cell]]] = sign
                    result = linprog(aim, at_most, limit, equal, right, bounds, method="highs")
                    assert result.status in (0, 3), result.message
                    ends.append(sign * result.fun if result.status == 0 else sign * -math.inf)
                if math.ceil(ends[0] - _TOLERANCE) == math.floor(min(ends[1], 1e9) + _TOLERANCE):
                    found[cell] = math.ceil(ends[0] - _TOLERANCE)
        return found


def matrix(rows, place):
    """The coefficients and right-hand sides of ``rows``, or None for both when there are none."""
    if not rows:
        return None, None
    entries = [(line, place[cell], value) for line, (terms, _) in enumerate(rows) for cell, value in terms.items()]
    lines, columns, values = zip(*entries, strict=True)
    return coo_matrix((values, (lines, columns)), shape=(len(rows), len(place))).tocsr(), np.array(
        [value for _, value in rows]
    )


def small_cells(reader, hidden):
    """The hidden cells that the policy protects, each with a count or a rest below its threshold."""
    return [
        (quarter, area, code)
        for (quarter, area, code), row in reader.own.items()
        if (area, code) in hidden[quarter].cells
        and any(is_small(count, POLICY.threshold(INDICATORS[code][10])) for count in (row["numerator"], rest(row)))
    ]
