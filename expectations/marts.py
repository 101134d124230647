"""What the gate reads of dbt's database: a few small tables, fetched at once, and the database closed again.

Belongs here: the queries. Does not belong here: judging what they return (``mart_rules``, ``plausibility``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import pandas as pd

#: The levels of areas that have indicators.
LEVELS = ("district", "sub_district", "committee")
_QUERIES = {
    "dim_area": """
        SELECT area_code, area_level_code, parent_code FROM marts.dim_area
        WHERE area_level_code IN ('district', 'sub_district', 'committee')
          AND valid_from_date <= $last_day AND (valid_to_date IS NULL OR valid_to_date >= $last_day)
        ORDER BY ALL""",
    "dim_indicator": """
        SELECT indicator_code, series_code, CAST(weight AS DOUBLE) AS weight, window_quarter_count
        FROM marts.dim_indicator ORDER BY display_order""",
    "fct_indicator_quarter": """
        SELECT area_code, quarter, indicator_code, area_level_code, parent_code, CAST(numerator AS DOUBLE) AS numerator,
          CAST(denominator AS DOUBLE) AS denominator, CAST(value AS DOUBLE) AS value, status_code,
          window_quarter_count
        FROM marts.fct_indicator_quarter WHERE quarter = $quarter ORDER BY ALL""",
    "fct_indicator_back_series": """
        SELECT area_code, quarter, indicator_code, area_level_code, CAST(numerator AS DOUBLE) AS numerator,
          CAST(denominator AS DOUBLE) AS denominator, CAST(value AS DOUBLE) AS value, status_code
        FROM marts.fct_indicator_back_series WHERE quarter <= $quarter""",
    "fct_population_quarter": """
        SELECT area_code, quarter, area_level_code, resident_count, household_count FROM marts.fct_population_quarter
        WHERE quarter <= $quarter AND area_level_code IN ('district', 'sub_district') ORDER BY ALL""",
    "fct_incident": """
        SELECT quarter, incident_type_code, count(*) AS counted,
          count(*) FILTER (WHERE committee_code IS NOT NULL) AS located
        FROM marts.fct_incident WHERE quarter <= $quarter AND is_counted GROUP BY ALL ORDER BY ALL""",
}


class MartsNotReady(RuntimeError):
    """The build database can't be judged: not there, not readable now, or without a mart. The message says which."""


@dataclass(frozen=True)
class MartTables:
    """The tables that the gate judges, and the names of all columns of the database.

    ``indicator_values`` are the quarter's own; the other facts go up to the quarter.
    """

    areas: pd.DataFrame
    indicators: pd.DataFrame
    indicator_values: pd.DataFrame
    back_series: pd.DataFrame
    population: pd.DataFrame
    incidents: pd.DataFrame
    column_names: tuple[str, ...]


def read_marts(database: Path, quarter: Quarter) -> MartTables:
    """Read what is needed, read-only, and close the database. Raises MartsNotReady."""
    import duckdb

    if not database.exists():
        raise MartsNotReady("the build database does not exist")
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            columns = connection.execute(
                "SELECT table_schema || '.' || table_name || '.' || column_name, table_schema || '.' || table_name "
                "FROM information_schema.columns ORDER BY ALL"
            ).fetchall()
            absent = [mart for mart in _QUERIES if f"marts.{mart}" not in {table for _, table in columns}]
            if absent:
                raise MartsNotReady(f"there is no marts.{', marts.'.join(absent)}")
            values = {"quarter": str(quarter), "last_day": quarter.end_date}
            frames = [
                connection.execute(query, {key: value for key, value in values.items() if f"${key}" in query})
                .to_arrow_table()
                .to_pandas()
                for query in _QUERIES.values()
            ]
    except duckdb.Error as error:
        raise MartsNotReady(f"the build database can't be read: {str(error).splitlines()[0]}") from error
    return MartTables(*frames, tuple(name for name, _ in columns))
