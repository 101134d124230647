"""How long the index engine's heavy parts take, on made counts of any size.

    python -m benchmarks.index_engine [--threads 1]

What is computed is at least what COINr's published workflow computes for one dataset (scores, noisy inputs, ranks,
Sobol indices of ranks), with draws of the data besides. Each part runs in a process of its own, so that its peak
memory is its own. Belongs here: the measurement. Does not belong here: the method, or whether it is right
(``index_coverage``).
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time

import numpy as np

from safety_index.method.plan import Plan
from safety_index.sensitivity.global_analysis import method_sensitivity
from safety_index.series.declaration import load_series
from safety_index.tables.cube import STATUSES, IndicatorCube
from safety_index.uncertainty.simulation import simulate
from safety_index.uncertainty.summaries import change_class, interval, rank_interval, share_improved

QUARTERS = ("2015Q3", "2015Q4", "2016Q1", "2016Q2", "2016Q3", "2016Q4", "2017Q1", "2017Q2")
#: Part: what it is, districts, and what it may take.
PARTS = {
    "draws of one district, 8 quarters": (1, "draws"),
    "Sobol indices, N = 512, d = 8, 195 areas": (1, "sobol"),
    "draws of a city of 16 districts, 8 quarters": (16, "draws"),
}


def made_cubes(district_count: int, seed: int = 1) -> list[IndicatorCube]:
    """Districts, 10 sub-districts and 185 committees each, with counts of the default series' sizes."""
    series, rng = load_series(), np.random.default_rng(seed)
    parents = [f"d{district:02}s{part:02}" for district in range(district_count) for part in range(10)]
    committees = [f"{parents[place // 18 % len(parents)]}c{place:04}" for place in range(185 * district_count)]
    parent_of = [code[:6] for code in committees]
    shape = (len(QUARTERS), len(committees), len(series.indicators))
    top, bottom = np.zeros(shape), np.zeros(shape)
    for place, indicator in enumerate(series.indicators):
        residents = rng.uniform(2500, 5000, shape[1])
        good = np.ravel(indicator.goalposts.satisfactory)[0]
        bad = np.ravel(indicator.goalposts.impermissible)[0]
        rate = (0.4 * bad + 0.6 * good) / indicator.value_multiplier
        bottom[..., place] = np.round(residents * (1.0 if indicator.count_model == "poisson" else 0.004))
        if indicator.count_model == "poisson":
            top[..., place] = rng.poisson(rate * bottom[..., place])
        elif indicator.count_model == "binomial":
            top[..., place] = rng.binomial(bottom[..., place].astype(int), rate)
        else:
            top[..., place], bottom[..., place] = residents, 1.0
    member = np.array(parent_of)[:, None] == np.array(parents)
    above = tuple(np.einsum("qci,cs->qsi", part, member.astype(float)) for part in (top, bottom))
    parent = np.tile(np.array(parent_of, dtype=object), (len(QUARTERS), 1))
    nobody = np.full((len(QUARTERS), len(parents)), None, dtype=object)
    return [_cube("sub_district", parents, nobody, *above), _cube("committee", committees, parent, top, bottom)]


def _cube(level: str, areas: list[str], parent: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> IndicatorCube:
    series = load_series()
    lengths = np.minimum(
        np.arange(len(QUARTERS))[:, None] + 1, [indicator.window_quarter_count for indicator in series.indicators]
    )
    sums = []
    for part in (top, bottom):
        total = np.cumsum(part, axis=0)
        rolled = np.stack([total[q] - np.where(lengths[q] <= q, total[q - lengths[q], :, range(len(lengths[q]))].T, 0.0)
                           for q in range(len(QUARTERS))])  # fmt: skip
        sums.append(np.where([indicator.window_is_sum for indicator in series.indicators], rolled, part))
    multiplier = np.array([indicator.value_multiplier for indicator in series.indicators])
    there = np.ones(top.shape[:2], dtype=bool)
    status = np.full(top.shape, STATUSES.index("observed"), dtype=np.int8)
    window = np.broadcast_to(lengths[:, None], top.shape)
    value = sums[0] / sums[1] * multiplier
    return IndicatorCube(level, QUARTERS, tuple(areas), there, parent, status, value, *sums, window)


def draws(district_count: int, thread_count: int) -> str:
    """All levels, all quarters, 2,000 draws: scores, ranks, their intervals, and every change with its class."""
    series, scored = load_series(), 0
    level_cubes = made_cubes(district_count)
    started, cpu = time.perf_counter(), time.process_time()
    for level in simulate(Plan.of(series), level_cubes, QUARTERS, thread_count=thread_count):
        for line in range(len(QUARTERS)):
            interval(level.index[line], 0.9)
            rank_interval(level.rank[line], 0.9, series.uncertainty.rank_interval)
            for back in (1, 4):
                if line >= back:
                    change_class(share_improved(level.index[line] - level.index[line - back]), series.uncertainty)
        scored += level.index.size
    return f"{scored / 1e6:.1f} million scores drawn | {_cost(started, cpu)}"


def sobol(district_count: int, thread_count: int) -> str:
    series, level_cubes = load_series(), made_cubes(district_count)
    started, cpu = time.perf_counter(), time.process_time()
    runs = sum(method_sensitivity(Plan.of(series), cube, 7, 512).indices.run_count for cube in level_cubes)
    return f"{runs} runs of the method | {_cost(started, cpu)}"


def _cost(started: float, cpu: float) -> str:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{time.perf_counter() - started:.1f} s | {time.process_time() - cpu:.1f} s | {memory:.0f} MiB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    print("| part | amount | wall | CPU | peak memory |\n|---|---|---|---|---|")
    for name, (district_count, kind) in PARTS.items():
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            work = {"draws": draws, "sobol": sobol}[kind]
            print(f"| {name} | {pool.apply(work, (district_count, arguments.threads))} |", flush=True)


if __name__ == "__main__":
    main()
