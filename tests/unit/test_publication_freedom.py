"""How far unknown numbers may lie from nought: few programs give the answers that a program for every end gives."""

from math import ceil, floor, inf

import numpy as np
import pytest
from scipy.optimize import linprog

from publication.disclosure import freedom
from publication.disclosure.attack import UpperLevel
from publication.disclosure.freedom import Freedom
from publication.disclosure.policy import load_policy
from publication.disclosure.quarter import QuarterCells
from publication.snapshot import read_snapshot
from publication.tables.assembly import hidden_in
from tests.publication_world import make_world
from warehouse.quarters import Quarter

UNKNOWNS, SUMS, SYSTEMS = 8, 5, 30


def system(seed):
    """Sums with a few terms each, some of them exact, and bounds on either side of nought, some of them open."""
    generator = np.random.default_rng(seed)
    matrix = generator.uniform(0.2, 1, (SUMS, UNKNOWNS)) * (generator.random((SUMS, UNKNOWNS)) < 0.4)
    slack = generator.choice([0.0, 0.3, 2.0], SUMS)
    low, high = -generator.integers(0, 6, UNKNOWNS).astype(float), generator.integers(0, 6, UNKNOWNS).astype(float)
    high[generator.random(UNKNOWNS) < 0.2] = inf
    return matrix, slack, list(zip(low, high, strict=True))


def whole_numbers_by_two_programs(matrix, slack, bounds, unknown):
    ends = []
    for sign in (1.0, -1.0):
        aim = np.zeros(len(bounds))
        aim[unknown] = sign
        found = linprog(aim, np.vstack([matrix, -matrix]), np.tile(slack, 2), bounds=bounds, method="highs")
        ends.append(sign * found.fun if found.status == 0 else -sign * inf)
    return inf if inf in ends else floor(ends[1] + 1e-6) - ceil(ends[0] - 1e-6) + 1


@pytest.mark.parametrize("wanted", [1, 2, 3, 5, 8])
def test_what_is_open_to_an_unknown_is_what_a_program_for_each_end_says(wanted):
    answers = set()
    for seed in range(SYSTEMS):
        given = system(seed)
        found = Freedom(*given)
        for unknown in range(UNKNOWNS):
            truth = whole_numbers_by_two_programs(*given, unknown)
            assert found.is_at_least(unknown, wanted) == (truth >= wanted)
            answers.add(truth >= wanted)
        assert [found.whole_numbers(one) for one in range(UNKNOWNS)] == [
            whole_numbers_by_two_programs(*given, one) for one in range(UNKNOWNS)
        ]
    assert answers == {True} if wanted == 1 else answers == {True, False}


def test_one_solution_answers_for_the_other_unknowns_that_it_moves(monkeypatch):
    solved = []
    monkeypatch.setattr(
        freedom.Freedom,
        "_go_to_the_end",
        lambda self, unknown, sign, solve=Freedom._go_to_the_end: (
            solved.append((unknown, sign)),
            solve(self, unknown, sign),
        ),
    )
    found = Freedom(np.ones((1, 2)), np.zeros(1), [(-4.0, 4.0)] * 2)
    assert found.is_at_least(0, 5)
    assert found.is_at_least(1, 5)
    assert solved == [(0, -1.0)]


def test_the_bounds_that_hold_an_unknown_are_its_own_or_those_of_the_terms_beside_it():
    found = Freedom(np.array([[1.0, 1.0, 0.0]]), np.zeros(1), [(-9.0, 9.0), (-2.0, 3.0), (-1.0, 1.0)])
    assert found.whole_numbers(0) == 6
    assert found.holding(0) == [1]
    assert found.holding(2) == [2]


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), committee_counts=(8,) * 6, person_count=20)
    snapshot, policy = read_snapshot(layout, Quarter.parse("2017Q1")), load_policy()
    rows = {(r["area_code"], r["indicator_code"]): r for r in snapshot.indicator_rows("2017Q1")}
    found = QuarterCells(rows, snapshot.indicators, policy)
    found.hidden = hidden_in(snapshot, policy)["2017Q1"]
    return found


def test_who_is_not_narrowed_by_ranges_is_not_narrowed_by_wider_ones(cells):
    """So only those that narrow ranges narrowed are looked at again when some were widened."""
    upper, narrowed, seen = UpperLevel(cells), None, []
    counts = {cell: cells.rows[cell]["numerator"] for cell in upper.hidden if cell not in upper.small}
    for width in (0.5, 1, 2, 4, 8, 16, 32, 64):
        # of every other cell of those that have one, ranges go altogether while the rest become wider
        named = list(counts)[:: 1 if width < 8 else 2]
        ranges = {cell: (counts[cell] - width, counts[cell] + width) for cell in named}
        all_looked_at = upper.narrowed(ranges)
        assert narrowed is None or all_looked_at.keys() <= narrowed.keys()
        assert upper.narrowed(ranges, among=narrowed) == all_looked_at
        narrowed = all_looked_at
        seen.append(len(narrowed))
    assert seen[0] > 3
    assert seen[0] > seen[3] > seen[-1]
