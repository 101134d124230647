"""Raw files and ledger records of a small warehouse for the tests of the checks: nothing but valid rows, unless
changed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from expectations.deliveries import gather
from expectations.from_contract import raw_columns
from expectations.outcomes import write_outcomes
from expectations.records import evidence_of
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from safety_index.engine import score
from safety_index.rendering.seed import indicator_seed_csv
from safety_index.series.declaration import load_series
from safety_index.tables.cube import COLUMNS as CUBE_COLUMNS
from safety_index.tables.pooling import parent_rows
from safety_index.tables.results import write_tables
from warehouse.files import sha256_file, write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_of_period

SUB_DISTRICTS = ("310105001", "310105002")
COMMITTEES = tuple(f"{sub}{number:03d}" for sub in SUB_DISTRICTS for number in (1, 2, 3))
QUARTER = Quarter(2017, 1)
_TYPES = {
    "text": pa.string(),
    "code": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int32(),
    "decimal": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
}


def _text(pattern: str | None, number: int) -> str:
    """A text for patterns of the kind ``J\\d{12}``: every run of digits holds the number."""
    if not pattern:
        return f"text {number}"
    plain = re.sub(r"\(.*\)\??", "", pattern).replace("[A-Z]{3}", "USA")
    return re.sub(r"\\d\{(\d+)\}", lambda run: f"{number:0{int(run[1])}d}"[-int(run[1]) :], plain)


def _column(contract: Contract, name: str, period: str, rows: int) -> list[Any]:
    meaning, numbers = registry().fields[name], range(rows)
    quarter = quarter_of_period(period)
    months = [period] if period.isdigit() else quarter.months
    days = [dt.date(int(months[n % len(months)][:4]), int(months[n % len(months)][4:]), 1 + n % 28) for n in numbers]
    if name == "committee_code":
        return [COMMITTEES[n % len(COMMITTEES)] for n in numbers]
    if name == "sub_district_code":
        return [SUB_DISTRICTS[n % len(SUB_DISTRICTS)] for n in numbers]
    if meaning.type == "code":
        codes = sorted(registry().code_lists[meaning.codes])
        return [codes[n % len(codes)] for n in numbers]
    if meaning.type == "date":
        return days
    if meaning.type == "timestamp":
        return [dt.datetime.combine(day, dt.time(12)) for day in days]
    if meaning.type in ("integer", "decimal"):
        return [1 if meaning.type == "integer" else Decimal(1)] * rows
    if meaning.type == "boolean":
        return [n % 2 == 0 for n in numbers]
    return [_text(meaning.pattern, n + 1000 * int(period[-1])) for n in numbers]


def raw_table(contract: Contract, period: str, rows: int, delivery_id: str = "d") -> pa.Table:
    """Valid raw rows of an extract; identifiers are numbered, areas take turns."""
    contracts = registry()
    columns: dict[str, pa.Array] = {}
    for name in raw_columns(contract, contracts):
        if name == "delivery_id":
            columns[name] = pa.array([delivery_id] * rows)
        elif name == "row_number":
            columns[name] = pa.array(np.arange(2, rows + 2), pa.int32())
        elif name == "person_pseudonym":
            columns[name] = pa.array([n.to_bytes(16, "big") for n in range(rows)], pa.binary(16)).cast(pa.uuid())
        elif name == "identity_quality_code":
            columns[name] = pa.array(["valid"] * rows)
        elif name == "birth_year":
            columns[name] = pa.array([1950] * rows, pa.int16())
        else:
            values = _column(contract, name, period, rows)
            columns[name] = pa.array(values).cast(_TYPES[contracts.fields[name].type])
    return pa.table(columns)


def area_table(delivery_id: str = "d", predecessor: dict[str, str] | None = None) -> pa.Table:
    """The area list: a district, its sub-districts and committees, in force since 2010."""
    rows = [("310105", "1", None)]
    rows += [(code, "2", "310105") for code in SUB_DISTRICTS]
    rows += [(code, "3", code[:9]) for code in COMMITTEES]
    columns = {
        "delivery_id": [delivery_id] * len(rows),
        "row_number": list(range(2, len(rows) + 2)),
        "area_code": [row[0] for row in rows],
        "area_level_code": [row[1] for row in rows],
        "area_name": [f"area {row[0]}" for row in rows],
        "parent_code": [row[2] for row in rows],
        "predecessor_code": [(predecessor or {}).get(row[0]) for row in rows],
        "valid_from_date": [dt.date(2010, 1, 1)] * len(rows),
        "valid_to_date": [None] * len(rows),
    }
    names = raw_columns(registry().contract("governance.areas"), registry())
    types = {"row_number": pa.int32(), "valid_from_date": pa.date32(), "valid_to_date": pa.date32()}
    return pa.table(
        {name: pa.array(columns.get(name, [None] * len(rows)), types.get(name, pa.string())) for name in names}
    )


def periods_of(contract: Contract, quarter: Quarter) -> tuple[str, ...]:
    return quarter.months if contract.delivery.rhythm == "monthly" else (str(quarter),)


def deliver(
    layout: Layout,
    extract: str,
    period: str,
    rows: int = 120,
    change: Callable[[pa.Table], pa.Table] = lambda table: table,
    **record: Any,
) -> dict[str, Any]:
    """Put a raw file and its ledger record into the warehouse, as the intake would. ``record`` replaces fields."""
    contract = registry().contract(extract)
    quarter = quarter_of_period(period)
    version = record.get("version", 1)
    delivery_id = f"{extract}-{period}-{version:012x}"
    path = layout.raw_folder(contract.department, contract.name, str(quarter)) / f"{delivery_id}.parquet"
    table = area_table(delivery_id) if extract == "governance.areas" else raw_table(contract, period, rows, delivery_id)
    table = change(table)
    if record.get("verdict", "accepted") == "accepted":
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, path)
    content = {
        "delivery_id": delivery_id,
        "department": contract.department,
        "extract": extract,
        "period": period,
        "quarter": str(quarter),
        "round": str(quarter),
        "file_name": f"{contract.title.zh}_{period}.{contract.file.format}",
        "version": version,
        "verdict": "accepted",
        "reason_code": None,
        "reason_zh": None,
        "reason_en": None,
        "rows_read_count": len(table) + 1,
        "rows_accepted_count": len(table),
        "rows_quarantined_count": 0,
        "rows_accounted_count": 1,
        "quarantined_by_reason": {},
        "identity_quality": {"valid": len(table)} if contract.person else {},
        "raw_path": str(path.relative_to(layout.home)),
        "raw_sha256": sha256_file(path) if path.exists() else None,
    } | record
    if content["verdict"] != "accepted":
        content |= {"version": 0, "raw_path": None, "raw_sha256": None, "rows_read_count": 0}
        content |= {"rows_accepted_count": 0, "rows_accounted_count": 0}
    write_json(layout.ledger / content["round"] / f"{delivery_id}.{content['verdict']}.json", content)
    return content


def deliver_quarter(layout: Layout, extract: str, quarter: Quarter = QUARTER, rows: int = 120) -> None:
    for period in periods_of(registry().contract(extract), quarter):
        deliver(layout, extract, period, rows)


def small_layout(folder: Path) -> Layout:
    return Layout(folder / "home")


def indicator_values(quarters: tuple[str, ...]) -> pd.DataFrame:
    """Values of the default series for every area: somewhere between the goalposts, none of them missing."""
    areas = [("310105", "district", None)]
    areas += [(code, "sub_district", "310105") for code in SUB_DISTRICTS]
    areas += [(code, "committee", code[:9]) for code in COMMITTEES]
    random, rows = np.random.default_rng(20170331), []
    for quarter in quarters:
        for area, level, parent in areas:
            for indicator in load_series().indicators:
                bad, good = (
                    np.ravel(indicator.goalposts.impermissible)[0],
                    np.ravel(indicator.goalposts.satisfactory)[0],
                )
                value, denominator = bad + (good - bad) * random.uniform(0.1, 0.9), 50.0
                status = "passed_down" if level == "committee" and indicator.is_special_group else "observed"
                if (area, indicator.code) == (COMMITTEES[0], "C5"):
                    value, denominator, status = np.nan, 0.0, "not_applicable"
                numerator = np.nan_to_num(value) * denominator / indicator.value_multiplier
                rows.append((area, quarter, indicator.code, level, parent, numerator, denominator, value, status, 1))
    table = pd.DataFrame(rows, columns=list(CUBE_COLUMNS))
    return pd.concat([table[table["area_level_code"] == "committee"], _pooled(table)], ignore_index=True)


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    """The rows above the committees: ratios of sums, but for the indicators that are passed down."""
    series, sub_districts = load_series(), dict.fromkeys(SUB_DISTRICTS, "310105")
    passed_down = {indicator.code for indicator in series.indicators if indicator.is_special_group}
    own = table[table["indicator_code"].isin(passed_down) & (table["area_level_code"] != "committee")]
    committees = table[~table["indicator_code"].isin(passed_down) & (table["area_level_code"] == "committee")]
    middle = parent_rows(series, committees, "sub_district", sub_districts)
    return pd.concat([own, middle, parent_rows(series, middle, "district", {})])


def build_marts(database: Path, values: pd.DataFrame) -> None:
    """A build database with the marts that the gate reads, as dbt would leave it."""
    quarters = sorted(values["quarter"].unique())
    areas = values[["area_code", "area_level_code", "parent_code"]].drop_duplicates()
    areas = areas.assign(valid_from_date=dt.date(2010, 1, 1), valid_to_date=pd.Series(pd.NaT, index=areas.index))
    indicators = pd.read_csv(io.StringIO(indicator_seed_csv(load_series())))
    people = {"district": 300, "sub_district": 150, "committee": 50}
    population = areas.merge(pd.DataFrame({"quarter": quarters}), how="cross")
    population["resident_count"] = population["area_level_code"].map(people)
    population["household_count"] = population["resident_count"] // 3
    incidents = pd.DataFrame(
        [
            (f"{kind}-{quarter}-{number}", kind, quarter, COMMITTEES[number % len(COMMITTEES)], True)
            for kind, count in {"alarm_110": 90, "residential_burglary": 8, "fire": 4}.items()
            for quarter in quarters
            for number in range(count)
        ],
        columns=["incident_id", "incident_type_code", "quarter", "committee_code", "is_counted"],
    )
    tables = {
        "dim_area": areas,
        "dim_indicator": indicators,
        "fct_indicator_quarter": values,
        "fct_population_quarter": population,
        "fct_incident": incidents,
    }
    database.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE SCHEMA marts")
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"CREATE TABLE marts.{name} AS SELECT * FROM frame")
            connection.unregister("frame")
        connection.execute("CREATE VIEW marts.fct_indicator_back_series AS FROM marts.fct_indicator_quarter")
        connection.execute("ALTER TABLE marts.dim_area ALTER valid_to_date TYPE DATE")


def good_warehouse(layout: Layout) -> None:
    """Everything that a quarter needs to be published: deliveries of two quarters, kept checks, marts and index."""
    for extract, contract in registry().contracts.items():
        for quarter in (QUARTER.plus(-1), QUARTER):
            deliver_quarter(layout, extract, quarter)
        keep_suite_outcome(layout, contract)
    values = indicator_values((str(QUARTER.plus(-1)), str(QUARTER)))
    build_marts(layout.build_database, values)
    write_tables(score(load_series(), values), layout.index_folder(str(QUARTER)))


def keep_suite_outcome(layout: Layout, contract: Contract, passed: bool = True) -> None:
    """Keep an outcome of the suite as the run of the checks would, without running it."""
    evidence = gather(layout, contract, QUARTER)
    outcome = evidence.outcome("meets_its_suite", passed, "expectations hold", "expectations hold", ("改", "mend"))
    write_outcomes(layout, QUARTER, contract.extract, [outcome], evidence_of(evidence.current.values()))
