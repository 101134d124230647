"""How fast a large extract with document numbers is taken in, beside plain readers of the same file.

``python -m benchmarks.ingestion [--rows 700000 …] [--repeat 3] [--ways intake …]`` makes a GB18030 file of residents
for each number of rows, then runs, each in a process of its own: the intake from landing to raw, vault and ledger; the
intake of the file and then of a correction of it, which is compared with it row by row; DuckDB writing the file,
decoded before, to Parquet as text; pandas reading it as text. It prints wall and CPU seconds (the best of the repeats),
rows per second, the ratio to the first way, and peak memory. 25,000,000 rows need about 12 GB of disk.

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
WAYS = ("intake", "correction", "duckdb", "pandas")
#: Rows that are made at a time, so that making a file takes no more memory for a large one.
_BLOCK_ROWS = 1_000_000


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
    block = path.with_suffix(".utf8")
    with duckdb.connect() as connection, open(path, "w", encoding="gb18030", newline="") as writer:
        for first in range(0, rows, _BLOCK_ROWS):
            last = min(first + _BLOCK_ROWS, rows)
            connection.execute(
                f"""COPY (SELECT {columns} FROM (SELECT *, CAST(319901 + b % 40 AS VARCHAR) || strftime(born, '%Y%m%d')
                || lpad(CAST(i % 999 AS VARCHAR), 3, '0') AS body FROM (
                SELECT *, DATE '1935-01-01' + a % 29000 AS born FROM
                (SELECT i, CAST(hash(i) % 1000000 AS INTEGER) AS a, CAST(hash(i + 1) % 100000000 AS INTEGER) AS b
                FROM range({first}, {last}) AS made(i)))) ORDER BY i)
                TO '{block}' (HEADER {first == 0}, DELIMITER ',')"""
            )
            with open(block, encoding="utf-8") as reader:
                shutil.copyfileobj(reader, writer, 1 << 22)
    block.unlink()


def run_intake(path: Path, folder: Path) -> None:
    layout = Layout(folder / "home")
    os.link(path, _landed(layout))
    _take_in(layout)


def run_correction(path: Path, folder: Path) -> None:
    """The file again, without its last row: everything that a correction keeps is compared."""
    run_intake(path, folder)
    layout = Layout(folder / "home")
    corrected = shutil.copyfile(path, _landed(layout, "_更正"))
    with open(corrected, "r+b") as handle:
        handle.seek(-(1 << 12), os.SEEK_END)
        start = handle.tell()
        handle.truncate(start + handle.read().rstrip(b"\n").rindex(b"\n") + 1)
    os.utime(corrected, (0, 0))
    _take_in(layout)


def _landed(layout: Layout, note: str = "") -> Path:
    contract = registry().contract(EXTRACT)
    landed = layout.landing_folder(str(ROUND), contract.department) / f"{contract.title.zh}_{ROUND}{note}.csv"
    landed.parent.mkdir(parents=True, exist_ok=True)
    return landed


def _take_in(layout: Layout) -> None:
    from ingestion.intake import take_in
    from warehouse.keys import Keys, LastingKey

    keys = Keys("benchmark", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32))
    taken = take_in(layout, registry().contract(EXTRACT), ROUND, keys)
    if any(delivery.verdict != "accepted" for delivery in taken.deliveries) or taken.unfinished_files:
        raise RuntimeError(f"not every file was taken in: {[delivery.reason_en for delivery in taken.deliveries]}")


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
        {"intake": run_intake, "correction": run_correction, "duckdb": run_duckdb, "pandas": run_pandas}[way](
            path, Path(folder)
        )
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "memory_mib": _peak_memory_mib()}


def _peak_memory_mib() -> float:
    """The most memory that this program has held at once. What ``resource`` tells counts the process too that it was
    started from."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingestion", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[700_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--ways",
        choices=WAYS,
        nargs="+",
        default=("intake", "duckdb", "pandas"),
        help="of a city, pandas needs all memory",
    )
    parser.add_argument("--measure", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.file)))
        return
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder) / "residents.csv", rows, options.ways, options.repeat)


def compare(path: Path, rows: int, ways: list[str], repeats: int) -> None:
    """Make a file of ``rows`` at ``path``, run the ways over it, and print a line for each."""
    make_file(path, rows)
    print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB of GB18030, {os.cpu_count()} cores")
    print(f"{'way':12}{'wall s':>9}{'CPU s':>9}{'rows/s':>12}{'x first':>10}{'peak MiB':>10}", flush=True)
    first = 0.0
    for way in ways:
        command = [sys.executable, "-m", "benchmarks.ingestion", "--measure", way, "--file", str(path)]
        runs = [
            json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            for _ in range(repeats)
        ]
        best = min(runs, key=lambda run: run["wall"])
        first = first or best["wall"]
        print(
            f"{way:12}{best['wall']:9.2f}{best['cpu']:9.2f}{rows / best['wall']:12,.0f}"
            f"{best['wall'] / first:10.2f}{best['memory_mib']:10.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
