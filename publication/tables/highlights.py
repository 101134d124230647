"""The figures of the bulletin's headline, with those of the year before.

Belongs here: rows of the highlights. Does not belong here: figures by area.
"""

from __future__ import annotations

from publication.disclosure.cells import is_small
from publication.disclosure.policy import Policy
from publication.figures import rounded
from publication.snapshot import Row


def highlight_row(row: Row, policy: Policy) -> dict:
    is_count = row["unit_zh"] not in policy.units_that_are_not_counts
    figures = row["current_value"], row["year_ago_value"]
    if is_count and any(is_small(value, policy.minimum_count) for value in figures):
        return {**row, "current_value": None, "year_ago_value": None, "change_share": None, "status_code": "suppressed"}
    return {
        **row,
        "current_value": rounded(figures[0], policy.value_decimals),
        "year_ago_value": rounded(figures[1], policy.value_decimals),
        "change_share": rounded(row["change_share"], policy.value_decimals),
        "status_code": "missing" if figures[0] is None else "observed",
    }
