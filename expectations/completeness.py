"""What came of departments × months × areas: counts of accepted rows, read from the raw files themselves.

Belongs here: counting rows, the areas that there are, the matrix of what is there and what is not. Does not belong
here: judging a gap (``delivery_rules``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.records import Record, current_deliveries, of_quarter, read_records
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import duckdb

AREAS_EXTRACT = "governance.areas"
_COMMITTEE_LEVEL = "3"
_SUB_DISTRICT_DIGITS = 9


@dataclass(frozen=True)
class KnownAreas:
    """The areas in force on a quarter's last day. ``predecessor`` has the area that a committee was split from."""

    sub_district_of: Mapping[str, str]
    predecessor: Mapping[str, str]

    @property
    def sub_districts(self) -> frozenset[str]:
        return frozenset(self.sub_district_of.values())

    @property
    def committees(self) -> frozenset[str]:
        return frozenset(self.sub_district_of)


@dataclass(frozen=True)
class RowCounts:
    """Accepted rows by month and area: keys (month or "" for a snapshot, area code or "" where a row has none)."""

    by_month_and_area: Mapping[tuple[str, str], int]

    @property
    def total(self) -> int:
        return sum(self.by_month_and_area.values())

    def by_month(self) -> Counter[str]:
        return _summed((month, count) for (month, _), count in self.by_month_and_area.items())

    def by_area(self) -> Counter[str]:
        return _summed((area, count) for (_, area), count in self.by_month_and_area.items() if area)


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for key, count in pairs:
        counts[key] += count
    return counts


def sub_district_of(area_code: str) -> str:
    """The sub-district that a code names or lies in: statistical codes nest by their digits."""
    return area_code[:_SUB_DISTRICT_DIGITS]


def area_column(contract: Contract) -> str | None:
    return next((name for name in ("committee_code", "sub_district_code") if name in contract.columns), None)


def raw_paths(layout: Layout, records: Iterable[Record]) -> list[Path]:
    """The raw files of accepted deliveries that stand there."""
    paths = [layout.home / record["raw_path"] for record in records if record["raw_path"]]
    return [path for path in paths if path.exists()]


def count_rows(connection: duckdb.DuckDBPyConnection, contract: Contract, paths: Sequence[Path]) -> RowCounts:
    """Count the rows of raw files by month and area."""
    if not paths:
        return RowCounts({})
    area, day = area_column(contract), contract.delivery.period_column
    month_sql = f"strftime(\"{day}\", '%Y%m')" if day else "''"
    area_sql = f'"{area}"' if area else "''"
    rows = connection.execute(
        f"SELECT coalesce({month_sql}, ''), coalesce({area_sql}, ''), count(*) FROM read_parquet(?) GROUP BY 1, 2",
        [[str(path) for path in paths]],
    ).fetchall()
    return RowCounts({(month, code): count for month, code, count in rows})


def known_areas(
    connection: duckdb.DuckDBPyConnection, layout: Layout, records: Iterable[Record], quarter: Quarter
) -> KnownAreas | None:
    """Committees and sub-districts from the newest area list up to ``quarter``, None while there is none.

    ``records`` are the deliveries of ``governance.areas``.
    """
    current = [
        record
        for (extract, _), record in current_deliveries(records).items()
        if extract == AREAS_EXTRACT and Quarter.parse(record["quarter"]) <= quarter
    ]
    paths = raw_paths(layout, sorted(current, key=lambda record: Quarter.parse(record["quarter"]))[-1:])
    if not paths:
        return None
    rows = connection.execute(
        "SELECT area_code, parent_code, predecessor_code FROM read_parquet(?) WHERE area_level_code = ? "
        "AND valid_from_date <= ? AND (valid_to_date IS NULL OR valid_to_date >= ?)",
        [str(paths[0]), _COMMITTEE_LEVEL, quarter.end_date, quarter.end_date],
    ).fetchall()
    return KnownAreas(
        {code: parent or sub_district_of(code) for code, parent, _ in rows},
        {code: predecessor for code, _, predecessor in rows if predecessor},
    )


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: ``period`` is a month, or the quarter for a snapshot; ``is_complete`` is None where
    nothing
    is asked for."""

    department: str
    extract: str
    period: str
    sub_district_code: str
    row_count: int
    is_complete: bool | None


def completeness_matrix(layout: Layout, quarter: Quarter, contracts: Registry) -> list[Cell]:
    """Departments × months × sub-districts of a quarter, for every extract. Areas are those of the newest area list."""
    import duckdb

    with duckdb.connect() as connection:
        areas = known_areas(connection, layout, read_records(layout, AREAS_EXTRACT, quarter), quarter)
        codes = sorted(areas.sub_districts) if areas else []
        cells: list[Cell] = []
        for contract in contracts.contracts.values():
            records = of_quarter(read_records(layout, contract.extract, quarter), quarter)
            counts = count_rows(connection, contract, raw_paths(layout, current_deliveries(records).values()))
            cells += _cells(contract, quarter, counts, codes)
    return cells


def _cells(contract: Contract, quarter: Quarter, counts: RowCounts, codes: Sequence[str]) -> list[Cell]:
    by_cell = _summed_cells(counts)
    periods = list(quarter.months) if contract.delivery.period_column else [""]
    return [
        Cell(
            contract.department,
            contract.extract,
            period or str(quarter),
            code,
            by_cell[period, code],
            bool(by_cell[period, code]) if contract.covers.areas else None,
        )
        for period in periods
        for code in (codes if area_column(contract) else [""])
    ]


def _summed_cells(counts: RowCounts) -> Counter[tuple[str, str]]:
    cells: Counter[tuple[str, str]] = Counter()
    for (month, area), count in counts.by_month_and_area.items():
        cells[month, sub_district_of(area)] += count
    return cells
