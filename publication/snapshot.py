"""Everything that a release says, read once: marts, index results and ledger of one quarter.

Belongs here: reading, with the columns that are needed. The build database is open only while it is read. Does not
belong here: rows about persons (``analysts`` copies those inside the database) or deciding what is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publication.disclosure.figures import rows_of
from warehouse.files import read_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_of_period

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
SCORE_TABLES = ("scores", "dimension_scores", "indicator_scores", "changes")
EVIDENCE_TABLES = (
    "intervals", "comparisons", "change_terms", "indicator_context", "peers", "indicator_rank_sets", "sensitivity",
    "coherence",
)  # fmt: skip
INDEX_TABLES = (*SCORE_TABLES, *EVIDENCE_TABLES)
_WHOLE = tuple(name for name in INDEX_TABLES if name not in ("changes", "indicator_scores"))

_AREAS = """
    select area_code, area_level_code, area_name, area_name_en, parent_code, sub_district_code
    from marts.dim_area
    where area_level_code in ('district', 'sub_district', 'committee')
      and valid_from_date <= $day and (valid_to_date is null or valid_to_date >= $day)
    order by area_code
"""
_INDICATORS = "select * from marts.dim_indicator order by display_order"
_HIGHLIGHTS = "select * from marts.fct_highlight where quarter = $quarter order by highlight_code"
_POPULATION = "select * from marts.fct_population_quarter where quarter <= $quarter order by quarter, area_code"
_CHECKS = "select * from marts.fct_check_result where quarter = $quarter order by subject, check_name"
# The folder is named for the quarter of the run; the rows are about every quarter up to it. What moved earlier scores
# was said in their own releases.
_INDEX_ROWS = "select * from read_parquet($path, hive_partitioning = false) order by all"
_ROWS_OF_QUARTER = "select * from read_parquet($path, hive_partitioning = false) where quarter = $quarter order by all"


@dataclass(frozen=True)
class Snapshot:
    """The inputs of one quarter's release, as plain rows but for the largest table; nothing here is
    disclosure-controlled yet."""

    quarter: Quarter
    areas: dict[str, Row]
    indicators: dict[str, Row]
    highlights: list[Row]
    population: list[Row]
    checks: list[Row]
    deliveries: list[Row]
    scores: list[Row]
    dimension_scores: list[Row]
    #: many rows, of which most that is said needs those of the quarter only
    indicator_scores: pa.Table
    changes: list[Row]
    #: tables of evidence by name
    evidence: dict[str, list[Row]]

    @property
    def district(self) -> Row:
        """The area without a parent. Raises ValueError unless there is exactly one."""
        found = [area for area in self.areas.values() if area["area_level_code"] == "district"]
        if len(found) != 1:
            raise ValueError(f"{self.quarter}: dim_area has {len(found)} districts in force, expected exactly one")
        return found[0]

    def indicator_rows(self, quarter: str | None = None) -> list[Row]:
        """The rows of ``indicator_scores``, of one quarter or of all."""
        import pyarrow.compute as pc

        table = self.indicator_scores
        return rows_of(table.filter(pc.equal(table["quarter"], quarter)) if quarter else table)

    def level(self, level: str) -> list[Row]:
        """The areas of a level in force on the quarter's last day, by code."""
        return [area for area in self.areas.values() if area["area_level_code"] == level]

    @property
    def dimensions(self) -> dict[str, Row]:
        """Dimensions in the order of display, with their names and weight."""
        found: dict[str, dict[str, Any]] = {}
        for row in self.indicators.values():
            dimension = found.setdefault(
                row["dimension_code"],
                {"name_zh": row["dimension_name_zh"], "name_en": row["dimension_name_en"], "weight": 0.0},
            )
            dimension["weight"] += float(row["weight"])
        return found


def read_snapshot(layout: Layout, quarter: Quarter) -> Snapshot:
    """Read the marts, the index and the ledger for ``quarter``.

    Raises FileNotFoundError, naming every file that is missing and the step that makes it.
    """
    folder = layout.index_folder(str(quarter))
    needed = {layout.build_database: "dbt build"} | {folder / f"{name}.parquet": "the index" for name in INDEX_TABLES}
    missing = [f"{path} (made by {step})" for path, step in needed.items() if not path.exists()]
    if missing:
        raise FileNotFoundError(f"{quarter} can't be published before it is built; missing: {'; '.join(missing)}")
    import duckdb

    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        bound = {"quarter": str(quarter)}
        areas, population = read_population(connection, quarter)
        indicators = _rows(connection, _INDICATORS)
        marts = {
            "highlights": _rows(connection, _HIGHLIGHTS, bound),
            "population": population,
            "checks": _rows(connection, _CHECKS, bound),
        }
    with duckdb.connect() as connection:
        index = {name: _rows(connection, _INDEX_ROWS, {"path": str(folder / f"{name}.parquet")}) for name in _WHOLE}
        path = str(folder / "indicator_scores.parquet")
        index["indicator_scores"] = connection.execute(_INDEX_ROWS, {"path": path}).to_arrow_table()
        bound |= {"path": str(folder / "changes.parquet")}
        index["changes"] = _rows(connection, _ROWS_OF_QUARTER, bound)
    return Snapshot(
        quarter=quarter,
        areas=areas,
        indicators={row["indicator_code"]: row for row in indicators},
        deliveries=read_deliveries(layout.ledger, quarter),
        **marts,
        **{name: index[name] for name in SCORE_TABLES},
        evidence={name: index[name] for name in EVIDENCE_TABLES},
    )


def read_population(connection, quarter: Quarter) -> tuple[dict[str, Row], list[Row]]:
    """The areas in force on the quarter's last day, by code, and the population of all areas in all quarters up to it,
    from an open build database."""
    areas = {row["area_code"]: row for row in _rows(connection, _AREAS, {"day": quarter.end_date})}
    return areas, _rows(connection, _POPULATION, {"quarter": str(quarter)})


def read_deliveries(ledger: Path, quarter: Quarter) -> list[Row]:
    """Every ledger record about quarters up to ``quarter``, with ``is_current`` added.

    The current version of an extract's period is the accepted one of the highest precedence that is not withdrawn;
    the others are superseded whole.
    """
    records = [read_json(path) for path in sorted(ledger.glob("*/*.json"))]
    records = [record for record in records if Quarter.parse(record["quarter"]) <= quarter]
    decisions = Counter(one["delivery_id"] for one in records if one["verdict"] in ("withdrawn", "reinstated"))
    accepted = [one for one in records if one["verdict"] == "accepted" and decisions[one["delivery_id"]] % 2 == 0]
    accepted.sort(key=lambda one: (one.get("precedence") or "", one["round"], one["version"]))
    current = {(record["extract"], record["period"]): record["record_id"] for record in accepted}
    in_force = set(current.values())
    return [
        record | {"is_current": record["verdict"] == "accepted" and record["record_id"] in in_force}
        for record in sorted(records, key=lambda record: (record["round"], record["extract"], record["delivery_id"]))
    ]


def deliveries_used(deliveries: list[Row], quarter: Quarter) -> list[Row]:
    """The deliveries whose rows the figures of ``quarter`` rest on."""
    return [row for row in deliveries if row["is_current"] and quarter_of_period(row["period"]) <= quarter]


def _rows(connection, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
    result = connection.execute(query, parameters or {})
    names = [column[0] for column in result.description]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]
