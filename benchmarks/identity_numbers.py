"""How fast document numbers are judged, beside the libraries that the tests compare them with.

``python -m benchmarks.identity_numbers [--numbers 2000000] [--repeat 3]`` judges a column of numbers of which one in
ten is damaged as clerks and spreadsheets do it, then a column of damaged ones alone, then a few numbers by the
libraries. It prints wall and CPU seconds (the best of the repeats) and numbers per second.

Belongs here: the measurement. Does not belong here: figures, which stand in docs/performance.md with their machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from ingestion.identity.numbers import CHECK_CHARACTERS, CHECK_WEIGHTS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

PERIOD_END = dt.date(2017, 3, 31)
#: How a number is damaged, as SQL over ``number``.
_DAMAGES = (
    "number[:17] || CAST((CAST(number[17] AS INTEGER) + 3) % 10 AS VARCHAR)",
    "lower(number)",
    "'''' || number",
    "number[:6] || number[9:17]",
    "number[:15] || '000'",
    "'3.10105E+17'",
    "number[:6] || ' ' || number[7:14] || ' ' || number[15:]",
    "''",
)
#: id-validator takes a hundredth of a second for each.
_FOR_LIBRARIES = {"python-stdnum": 20_000, "id-validator": 200}


def made_numbers(connection: duckdb.DuckDBPyConnection, count: int, damaged_share: float) -> pa.Array:
    """``count`` resident numbers that pass every check, of which a share is damaged."""
    weighted = " + ".join(
        f"CAST(body[{place}] AS INTEGER) * {weight}" for place, weight in enumerate(CHECK_WEIGHTS, start=1)
    )
    damages = " ".join(f"WHEN {place} THEN {damage}" for place, damage in enumerate(_DAMAGES))
    return (
        connection.execute(
            f"""SELECT CASE WHEN random < $share THEN CASE row % {len(_DAMAGES)} {damages} END ELSE number END AS number
            FROM (SELECT *, body || substr('{CHECK_CHARACTERS}', ({weighted}) % 11 + 1, 1) AS number FROM (
                SELECT row, hash(row) % 10000 / 10000 AS random, '310105'
                    || strftime(DATE '1935-01-01' + CAST(hash(row + 1) % 29000 AS INTEGER), '%Y%m%d')
                    || lpad(CAST(row % 995 AS VARCHAR), 3, '0') AS body
                FROM range($count) AS made(row))) ORDER BY row""",
            {"count": count, "share": damaged_share},
        )
        .to_arrow_table()["number"]
        .combine_chunks()
    )


def best_of(repeat: int, work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of the fastest run."""
    runs = []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(runs)


def told(way: str, count: int, wall: float, cpu: float) -> str:
    return f"{way:28}{count:12,}{wall:9.2f}{cpu:9.2f}{count / wall:14,.0f}"


def main() -> None:
    import duckdb
    import pyarrow as pa
    from id_validator import validator
    from stdnum.cn import ric

    from ingestion.identity.judgement import judge_numbers
    from ingestion.prepared import Asker

    parser = argparse.ArgumentParser(prog="python -m benchmarks.identity_numbers", description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores\n{'way':28}{'numbers':>12}{'wall s':>9}{'CPU s':>9}{'numbers/s':>14}")
    with duckdb.connect() as connection, closing(Asker(connection)) as asker:
        for way, share in (("one in ten damaged", 0.1), ("all damaged", 1.0)):
            numbers = made_numbers(connection, options.numbers, share)
            types = pa.array(["111"]).take(pa.array([0] * len(numbers)))
            times = best_of(
                options.repeat,
                lambda numbers=numbers, types=types: judge_numbers(asker, numbers, types, None, PERIOD_END),
            )
            print(told(way, len(numbers), *times))
        sound = made_numbers(connection, max(_FOR_LIBRARIES.values()), 0.0).to_pylist()
    for way, is_valid in (("python-stdnum", ric.is_valid), ("id-validator", validator.is_valid)):
        some = sound[: _FOR_LIBRARIES[way]]
        print(told(way, len(some), *best_of(1, lambda some=some, is_valid=is_valid: [is_valid(one) for one in some])))


if __name__ == "__main__":
    main()
