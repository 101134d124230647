"""Linkage, residence and spells for a city: does a person cost the same as in a district, and does it fit in memory?

``python -m benchmarks.city HOME QUARTER [--times 1 8]`` takes the typed rows that a simulated district's home has of a
quarter and the one before, and makes a city of so many districts of them, in SQL: each has codes of its own, its people
have numbers and birth dates of their own, and the names are as common as ever. It links the second round and decides
residence and spells of the quarter, each in a process of its own, once for every size, and prints CPU seconds in all
and for each million rows of persons, and peak memory. Taking in the city's files is left out: files are read one by
one, so their cost adds up.

Belongs here: the measurement. Does not belong here: figures, which stand in docs/performance.md with their machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pipeline import measure
from ingestion.ledger import list_records
from orchestration import environment
from warehouse.layout import Layout
from warehouse.quarters import Quarter

_RESIDENCE = (
    "int_persons__resolved", "int_residence__decided", "int_residence__superseded", "int_dwellings__counted",
    "int_newcomers__counted", "int_population__counted", "dim_person", "fct_residence_quarter",
    "int_committees__populated",
)  # fmt: skip
_SPELLS = (
    "int_special_groups__listed", "int_special_groups__spells", "int_visits__matched", "int_special_groups__served",
    "int_special_groups__covered", "fct_special_group_spell", "fct_special_group_spell_revision",
    "fct_service_contact", "fct_service_contact_quarter", "fct_special_group_quarter",
)  # fmt: skip
#: Columns that name a place: their first six digits are the district's.
_PLACES = (
    "area_code", "parent_code", "predecessor_code", "grid_code", "committee_code", "sub_district_code",
    "compound_code", "dwelling_code",
)  # fmt: skip
#: Rows of a file are numbered on from one district to the next in steps of this; a file of a district has fewer.
_STEP = 10_000_000
#: How far the birth dates of one copy lie from those of the next: about a year and a half, in days.
_DAYS_APART = 541


def make_city(source: Layout, target: Layout, quarters: list[Quarter], times: int) -> int:
    """Write raw, vault and ledger of a city of ``times`` districts to ``target``; returns its rows of persons."""
    import duckdb

    from ingestion.contracts.registry import registry
    from ingestion.promotion import declare_columns

    for contract in registry().contracts.values():
        declare_columns(target, registry(), contract)
    names = [str(quarter) for quarter in quarters]
    rows = 0
    with duckdb.connect() as connection:
        for record in list_records(source):
            if record.quarter not in names or record.round not in names or record.verdict != "accepted":
                continue
            department, extract = record.extract.split(".")
            path = Path(department) / extract / f"quarter={record.quarter}" / f"{record.delivery_id}.parquet"
            for zone in ("raw", "vault"):
                if (source.home / zone / path).exists():
                    _repeat(connection, source.home / zone / path, target.home / zone / path, times)
            rows += record.rows_accepted_count * times * (source.vault / path).exists() * (record.quarter == names[-1])
    for name in names:
        shutil.copytree(source.ledger / name, target.ledger / name)
    shutil.copytree(source.keys.parent, target.keys.parent)
    return rows


def _repeat(connection, source: Path, target: Path, times: int) -> None:
    """Copy a file ``times`` times into one, each copy with codes, numbers and persons of its own."""
    target.parent.mkdir(parents=True, exist_ok=True)
    columns = [
        name
        for name, *_ in connection.execute(
            "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)", [str(source)]
        ).fetchall()
    ]
    changed = {"row_number": f"CAST(row_number + copy * {_STEP} AS INTEGER)"}
    changed["person_pseudonym"] = (
        "CASE WHEN copy = 0 THEN person_pseudonym ELSE CAST(md5(person_pseudonym || '|' || copy) AS UUID) END"
    )
    for name in _PLACES:
        changed[name] = f"CASE WHEN copy = 0 THEN {name} ELSE '32' || lpad(copy::VARCHAR, 4, '0') || {name}[7:] END"
    for name in columns:
        if name.endswith("_number") and name not in ("row_number", "document_number"):
            changed[name] = f"CASE WHEN copy = 0 THEN {name} ELSE {name} || '-' || copy END"
    # All six digits of the area in a document number become others, so that no two copies are an edit apart; with the
    # birth dates moved, nobody has a double of his own name and birth date.
    start = "CASE WHEN document_number_as_sent[2] = '.' OR document_number_as_sent[1] = '''' THEN 7 ELSE 6 END"
    changed["document_number"] = _other_number("document_number", "6")
    changed["document_number_as_sent"] = _other_number("document_number_as_sent", start)
    changed["phone"] = "translate(phone[:3], '0123456789', ('01234567890123456789')[copy + 1:copy + 10]) || phone[4:]"
    changed["birth_date"] = f"CAST(birth_date + to_days(CAST(copy * {_DAYS_APART} AS INTEGER)) AS DATE)"
    replaced = ", ".join(f"{sql} AS {name}" for name, sql in changed.items() if name in columns)
    connection.execute(
        f"COPY (SELECT * EXCLUDE (copy) REPLACE ({replaced}) FROM read_parquet('{source}', hive_partitioning = false) "
        f"CROSS JOIN (SELECT range AS copy FROM range({times}))) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
    )


def _other_number(name: str, length: str) -> str:
    """SQL of a number with other digits of the area, the first ``length`` characters, and the copy's birth date, where
    the eight digits behind them are one."""
    born = f"try_strptime({name}[{length} + 1:{length} + 8], '%Y%m%d')"
    moved = f"strftime({born} + to_days(CAST(copy * {_DAYS_APART} AS INTEGER)), '%Y%m%d')"
    return (
        f"translate({name}[:{length}], '0123456789', ('01234567890123456789')[copy + 1:copy + 10]) "
        f"|| CASE WHEN {born} IS NULL THEN {name}[{length} + 1:] ELSE {moved} || {name}[{length} + 9:] END"
    )


def link(layout: Layout, quarter: str) -> None:
    """Link the round and print the CPU seconds."""
    from ingestion.identity.linking import link_round
    from warehouse.keys import load_keys

    started = time.process_time()
    links = link_round(layout, load_keys(layout.keys), Quarter.parse(quarter))
    found = sum(count for *_, status, count in links.counts if status == "automatic")
    print(json.dumps({"cpu": time.process_time() - started, "linked": found}))


def build(layout: Layout, quarter: str) -> None:
    """Build residence and spells of the quarter with dbt and print the CPU seconds of their models."""
    import os

    from dbt.cli.main import dbtRunner

    from orchestration.dbt_manifest import dbt_options

    os.environ["PINGAN_QUARTER"] = quarter
    layout.build_database.parent.mkdir(parents=True, exist_ok=True)
    began: dict[str, float] = {}
    seconds: dict[str, float] = {}

    def timed(event) -> None:
        name = event.info.name
        if name in ("NodeStart", "NodeFinished"):
            node = event.data.node_info.node_name
            if name == "NodeStart":
                began[node] = time.process_time()
            elif node in began:
                seconds[node] = time.process_time() - began.pop(node)

    wanted = [f"+{name}" for name in (*_RESIDENCE, *_SPELLS)]
    # One model at a time, so that the seconds of a model are its own; DuckDB still works with all its threads.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", "--threads", "1"]
    outcome = dbtRunner(callbacks=[timed]).invoke([*arguments, *dbt_options(layout), "--select", *wanted])
    if not outcome.success:
        failed = [f"{one.node.name}: {one.message}" for one in outcome.result or () if str(one.status) == "error"]
        raise RuntimeError("; ".join(failed) or str(outcome.exception))
    parts = {"residence": _RESIDENCE, "spells": _SPELLS}
    print(json.dumps({name: sum(seconds.get(model, 0.0) for model in models) for name, models in parts.items()}))


def measure_city(source: Layout, quarter: Quarter, times: int) -> None:
    """Print a line of the table for a city of ``times`` districts."""
    home = Path(tempfile.mkdtemp(prefix="pingan-city-"))
    try:
        layout = Layout(home)
        before = quarter.plus(-1)
        millions = make_city(source, layout, [before, quarter], times) / 1e6
        # The quarter before is what residence remembers; its own links would change nothing that is measured.
        measure("benchmarks.city", "--step", "build", str(home), str(before))
        steps = {
            step: measure("benchmarks.city", "--step", step, str(home), str(quarter)) for step in ("link", "build")
        }
        said = {name: json.loads(step.lines[-1]) for name, step in steps.items()}
        cells = [f"{times}", f"{millions:.1f}"]
        for seconds in (said["link"]["cpu"], said["build"]["residence"], said["build"]["spells"]):
            cells += [f"{seconds:.1f}", f"{seconds / millions:.2f}"]
        cells += [f"{steps['link'].peak_mib / 1024:.1f}", f"{steps['build'].peak_mib / 1024:.1f}"]
        print("| " + " | ".join([*cells, f"{said['link']['linked']:,}"]) + " |", flush=True)
    finally:
        shutil.rmtree(home)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.city", description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("quarter")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 8], help="sizes, in districts")
    parser.add_argument("--step", choices=["link", "build"], help="one step in a home made before; used by itself")
    chosen = parser.parse_args()
    layout = environment.enter(chosen.home)
    if chosen.step:
        {"link": link, "build": build}[chosen.step](layout, chosen.quarter)
        return
    print("| districts | million rows of persons | link CPU s | per million | residence CPU s | per million ", end="")
    print("| spells CPU s | per million | peak of linkage GiB | peak of the build GiB | linked automatically |")
    print("|---:" * 11 + "|", flush=True)
    for times in chosen.times:
        measure_city(layout, Quarter.parse(chosen.quarter), times)


if __name__ == "__main__":
    sys.exit(main())
