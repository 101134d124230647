"""Indicator values of the quarter and what each adds to the change of a score.

Belongs here: rows of these two tables, with what is hidden left out or given as a range. Does not belong here: terms by
cause (``evidence``).
"""

from __future__ import annotations

from collections.abc import Mapping

from publication.disclosure.cells import Hidden
from publication.disclosure.policy import Policy
from publication.figures import rounded
from publication.snapshot import Snapshot
from publication.tables.naming import area_words, in_force, indicator_words, is_published_at


def indicator_value_rows(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    found = []
    for row in in_force(snapshot, snapshot.indicator_rows(str(snapshot.quarter))):
        if not is_published_at(snapshot, row):
            continue
        public = {**row, **area_words(snapshot, row["area_code"]), **indicator_words(snapshot, row["indicator_code"])}
        for column in ("numerator", "denominator", "value"):
            public[column] = rounded(row[column], policy.value_decimals)
        cell, public["value_low"], public["value_high"] = (row["area_code"], row["indicator_code"]), None, None
        if cell in hidden[row["quarter"]].cells:
            public |= {"numerator": None, "denominator": None, "value": None, "status_code": "suppressed"}
            if between := hidden[row["quarter"]].ranges.get(cell):
                public |= {"value_low": between[0], "value_high": between[1], "status_code": "range"}
        found.append(public)
    return found


def change_rows(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    """Terms of the change since the quarter before; shown where the value of neither quarter is hidden."""
    found = []
    quarters = [str(snapshot.quarter), str(snapshot.quarter.plus(-1))]
    unseen = [hidden[quarter] for quarter in quarters if quarter in hidden]
    for row in in_force(snapshot, snapshot.changes):
        if row["quarter"] != quarters[0] or row["area_level_code"] == "district" or not is_published_at(snapshot, row):
            continue
        cell = row["area_code"], row["indicator_code"]
        is_hidden = any(cell in quarter.cells or cell[0] in quarter.areas for quarter in unseen)
        found.append(
            {
                **row,
                **area_words(snapshot, cell[0]),
                **indicator_words(snapshot, cell[1]),
                "points_change": None if is_hidden else rounded(row["points_change"], policy.points_decimals),
                "status_code": "suppressed" if is_hidden else "missing" if row["points_change"] is None else "observed",
            }
        )
    return found
