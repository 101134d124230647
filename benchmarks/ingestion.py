"""How fast a large extract with document numbers is taken in, beside plain readers of the same file.

``python -m benchmarks.ingestion [--rows 700000] [--repeat 3] [--ways intake]`` makes a GB18030 file of residents, then
runs, each in a process of its own: the intake from landing to raw, vault and ledger; DuckDB writing the file, decoded
before, to Parquet as text; pandas reading it as text. It prints wall and CPU seconds (the best of the repeats), rows
per second, the ratio to the intake, and peak memory.

Belongs here: the measurement. Does not belong here: figures, which stand in docs/performance.md with their machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ingestion.contracts.registry import registry
from ingestion.identity.numbers import CHECK_CHARACTERS, CHECK_WEIGHTS
from warehouse.layout import Layout
from warehouse.quarters import Quarter

EXTRACT = "population.registered_residents"
ROUND = Quarter(2017, 1)
WAYS = ("intake", "duckdb", "pandas")


def make_file(path: Path, rows: int) -> None:
    """A GB18030 file of ``rows`` residents whose numbers pass every check and whose place was never assigned."""
    import duckdb

    weighted = " + ".join(
        f"CAST(substr(body, {place}, 1) AS INTEGER) * {weight}" for place, weight in enumerate(CHECK_WEIGHTS, start=1)
    )
    headers = {name: column.headers[0] for name, column in registry().contract(EXTRACT).columns.items()}
    values = {
        "document_number": f"body || substr('{CHECK_CHARACTERS}', ({weighted}) % 11 + 1, 1)",
        "person_name": "['王','李','张','刘','陈','杨'][1 + a % 6] || ['伟','芳','娜','敏','静'][1 + b % 5] "
        "|| ['','华','明'][1 + a % 3]",
        "sex_code": "CASE a % 2 WHEN 0 THEN '1' ELSE '女' END",
        "birth_date": "strftime(born, '%Y%m%d')",
        "household_number": "'H' || lpad(CAST(i // 3 AS VARCHAR), 8, '0')",
        "household_relation_code": "['户主', '2', '子女'][1 + i % 3]",
        "registered_address": "'某区某路' || a % 900 || '弄' || b % 60 || '号' || a % 2000 || '室'",
        "residence_match_code": "CASE a % 4 WHEN 0 THEN '02' ELSE '01' END",
        "dwelling_code": "'319999F' || lpad(CAST(i // 3 AS VARCHAR), 7, '0')",
        "committee_code": "'319999' || lpad(CAST(1 + a % 10 AS VARCHAR), 3, '0') "
        "|| lpad(CAST(1 + b % 19 AS VARCHAR), 3, '0')",
        "registration_date": "strftime(greatest(born, DATE '2000-01-01') + b % 3000, '%Y-%m-%d')",
        "verified_date": "strftime(DATE '2016-01-01' + b % 400, '%Y/%-m/%-d')",
        "registered_status_code": "'正常'",
        "status_date": "''",
        "phone": "'139' || lpad(CAST(b % 100000000 AS VARCHAR), 8, '0')",
    }  # fmt: skip
    columns = ", ".join(f'{values[name]} AS "{header}"' for name, header in headers.items())
    plain = path.with_suffix(".utf8")
    duckdb.execute(
        f"""COPY (SELECT {columns} FROM (SELECT *, CAST(319901 + b % 40 AS VARCHAR) || strftime(born, '%Y%m%d')
            || lpad(CAST(i % 999 AS VARCHAR), 3, '0') AS body FROM (SELECT *, DATE '1935-01-01' + a % 29000 AS born FROM
            (SELECT i, CAST(hash(i) % 1000000 AS INTEGER) AS a, CAST(hash(i + 1) % 100000000 AS INTEGER) AS b
            FROM range({rows}) AS made(i)))) ORDER BY i) TO '{plain}' (HEADER, DELIMITER ',')"""
    )
    with open(plain, encoding="utf-8") as reader, open(path, "w", encoding="gb18030", newline="") as writer:
        shutil.copyfileobj(reader, writer, 1 << 22)
    plain.unlink()


def run_intake(path: Path, folder: Path) -> None:
    from ingestion.intake import take_in
    from warehouse.keys import Keys, LastingKey

    contract = registry().contract(EXTRACT)
    layout = Layout(folder / "home")
    landed = layout.landing_folder(str(ROUND), contract.department) / f"{contract.title.zh}_{ROUND}.csv"
    landed.parent.mkdir(parents=True)
    os.link(path, landed)
    keys = Keys("benchmark", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32))
    (delivery,) = take_in(layout, contract, ROUND, keys).deliveries
    if delivery.verdict != "accepted":
        raise RuntimeError(f"the file was refused: {delivery.reason_en}")


def run_duckdb(path: Path, folder: Path) -> None:
    import duckdb

    decoded = folder / "decoded.csv"
    with open(path, encoding="gb18030") as reader, open(decoded, "w", encoding="utf-8") as writer:
        shutil.copyfileobj(reader, writer, 1 << 22)
    duckdb.execute(f"COPY (FROM read_csv('{decoded}', all_varchar = true)) TO '{folder / 'plain.parquet'}'")


def run_pandas(path: Path, folder: Path) -> None:
    import pandas

    pandas.read_csv(path, encoding="gb18030", dtype=str, keep_default_na=False)


def measure(way: str, path: Path) -> dict[str, float]:
    """Run one way in this process and tell what it took, imports left out of the time."""
    import duckdb  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.csv  # noqa: F401

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        before = resource.getrusage(resource.RUSAGE_SELF)
        start = time.perf_counter()
        {"intake": run_intake, "duckdb": run_duckdb, "pandas": run_pandas}[way](path, Path(folder))
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "memory_mib": after.ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingestion", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=700_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ways", choices=WAYS, nargs="+", default=WAYS, help="of a city, pandas needs all memory")
    parser.add_argument("--measure", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "residents.csv"
        make_file(path, options.rows)
        print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB of GB18030, {os.cpu_count()} cores")
        print(f"{'way':8}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'x intake':>10}{'peak MiB':>10}")
        intake = 0.0
        for way in options.ways:
            command = [sys.executable, "-m", "benchmarks.ingestion", "--measure", way, "--file", str(path)]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                for _ in range(options.repeat)
            ]
            best = min(runs, key=lambda run: run["wall"])
            intake = intake or best["wall"]
            print(
                f"{way:8}{best['wall']:9.2f}{best['cpu']:9.2f}{options.rows / best['wall']:12,.0f}"
                f"{best['wall'] / intake:10.2f}{best['memory_mib']:10.0f}"
            )


if __name__ == "__main__":
    main()
