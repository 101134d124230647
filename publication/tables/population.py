"""People, dwellings and compounds by area.

Belongs here: rows of the population table and the disclosure control of these counts. Does not belong here: indicators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publication.dictionary import dictionary
from publication.disclosure.cells import Hidden
from publication.disclosure.hiding import hidden_by_quarter
from publication.disclosure.policy import Policy
from publication.snapshot import Row, Snapshot
from publication.tables.naming import area_words

#: Counts of people that may add up to one another in an area; the others stand alone.
_COMPOSITION = ("resident_count", "registered_count", "migrant_count", "overseas_count", "registered_but_absent_count")
#: Counts of things, not of people.
_THINGS = ("dwelling_count", "compound_count")
#: A committee has few compounds: their number would be the base of shares that are hidden there.
_NOT_BY_COMMITTEE = ("compound_count",)


def hidden_population(
    population: Iterable[Row], areas: Mapping[str, Row], quarter: str, policy: Policy
) -> tuple[Hidden, list[Row]]:
    """What is not published of the quarter's population counts (a measure is an indicator here), and their rows.

    population: rows of all areas and quarters; areas: those in force on the quarter's last day, by code.
    """
    import pyarrow as pa

    rows = [row for row in population if row["quarter"] == quarter and row["area_code"] in areas]
    cells, measures = _cells(rows)
    residents = {(quarter, row["area_code"]): row["resident_count"] for row in rows}
    return hidden_by_quarter(pa.Table.from_pylist(cells), measures, residents, policy).get(quarter, Hidden()), rows


def _cells(population: Iterable[Row]) -> tuple[list[dict], dict[str, dict]]:
    """Population counts in the form that disclosure control reads: a measure is an indicator there,
    and the counts that make up the residents are terms of one sum."""
    rows = []
    measures = [measure for measure in dictionary()["measures"] if measure not in _THINGS]
    for row in population:
        for measure in measures:
            in_sum = measure in _COMPOSITION
            rows.append(
                {key: row[key] for key in ("quarter", "area_code", "area_level_code", "parent_code")}
                | {"indicator_code": measure, "numerator": row[measure], "denominator": None}
                | {"status_code": "observed", "window_quarter_count": 1, "unclamped_score": row[measure]}
                | {"dimension_code": "composition" if in_sum else measure, "is_clamped": False}
                | {"effective_weight": 1.0 if in_sum else None}
            )
    return rows, {key: {"is_special_group": False, "published_level_code": "committee"} for key in measures}


def population_rows(snapshot: Snapshot, policy: Policy) -> list[dict]:
    hidden, rows = hidden_population(snapshot.population, snapshot.areas, str(snapshot.quarter), policy)
    found = []
    for row in rows:
        for measure, name in dictionary()["measures"].items():
            if measure in _NOT_BY_COMMITTEE and row["area_level_code"] == "committee":
                continue
            is_hidden = (row["area_code"], measure) in hidden.cells or row["area_code"] in hidden.areas
            found.append(
                {
                    **row,
                    **area_words(snapshot, row["area_code"]),
                    "measure_code": measure,
                    "measure_name_zh": name["zh"],
                    "measure_name_en": name["en"],
                    "count": None if is_hidden else row[measure],
                    "status_code": "suppressed" if is_hidden else "missing" if row[measure] is None else "observed",
                }
            )
    return found
