"""How punctual and how sound each department's deliveries were, for the status page and for Dagster.

Belongs here: reading the mart ``fct_service_level`` and laying it out. Does not belong here: computing it (dbt).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingestion.contracts.registry import registry
from warehouse.layout import Layout
from warehouse.quarters import Quarter

_COLUMNS = (
    "department", "quarter", "due_count", "on_time_count", "late_count", "missing_count", "days_late_max_count",
    "refused_file_count", "correction_count", "refused_row_share",
)  # fmt: skip
HEADERS = (
    "部门 department", "应报 due", "按时 on time", "迟交 late", "未到 missing", "最长迟交天数 days late",
    "退回文件 files refused", "更正 corrections", "留存行 rows refused",
)  # fmt: skip


@dataclass(frozen=True)
class ServiceLevel:
    """A department's quarter; the names are the mart's."""

    department: str
    quarter: str
    due_count: int
    on_time_count: int
    late_count: int
    missing_count: int
    days_late_max_count: int | None
    refused_file_count: int
    correction_count: int
    refused_row_share: float | None

    def cells(self) -> tuple[str, ...]:
        """The cells under ``HEADERS``."""
        named = registry().departments[self.department]
        days = "–" if self.days_late_max_count is None else str(self.days_late_max_count)
        share = "–" if self.refused_row_share is None else f"{self.refused_row_share:.2%}"
        counts = (self.due_count, self.on_time_count, self.late_count, self.missing_count)
        more = (self.refused_file_count, self.correction_count)
        return f"{named.zh} {named.en}", *map(str, counts), days, *map(str, more), share


def service_levels(layout: Layout, quarter: Quarter | None = None) -> list[ServiceLevel]:
    """Every department's level in ``quarter``, by default the latest there is; empty before the first build.

    While a run writes the build database, the current release answers for it.
    """
    for database, schema in (
        (layout.build_database, "marts"),
        (layout.current_release / "analysts" / "pingan.duckdb", "audit"),
    ):
        if (levels := _read(database, schema, quarter)) is not None:
            return levels
    return []


def _read(database: Path, schema: str, quarter: Quarter | None) -> list[ServiceLevel] | None:
    import duckdb

    if not database.exists():
        return None
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            found = connection.execute(
                f"select {', '.join(_COLUMNS)} from {schema}.fct_service_level "
                f"where quarter = coalesce($quarter, (select max(quarter) from {schema}.fct_service_level)) "
                "order by department",
                {"quarter": str(quarter) if quarter else None},
            ).fetchall()
    except (duckdb.IOException, duckdb.ConnectionException, duckdb.CatalogException):
        # Another process writes, or the database was built before there was such a mart.
        return None
    return [ServiceLevel(*row) for row in found]


def as_markdown(levels: Iterable[ServiceLevel]) -> str:
    rows = ["| " + " | ".join(level.cells()) + " |" for level in levels]
    return "\n".join(["| " + " | ".join(HEADERS) + " |", "|---" * len(HEADERS) + "|", *rows])
