"""Removals over the whole warehouse: what is held, and what was released.

Belongs here: handing what ``ingestion.removal`` finds to ``publication.redaction``. Does not belong here: either.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from warehouse.keys import Keys, load_keys
from warehouse.layout import Layout


@dataclass
class Outcome:
    """Counts only: nothing here says whom a removal was about."""

    orders: int = 0
    deliveries: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    releases: list[str] = field(default_factory=list)


def remove_what_may_not_be_held(layout: Layout, keys: Keys | None = None, on: dt.date | None = None) -> Outcome:
    """Carry out every order and the retention of every contract; does nothing when nothing is due.

    The caller holds the writer's lock.
    """
    from ingestion.removal.carrying import Removed, carry_out
    from publication.redaction import empty_of_persons, take_out

    keys = keys or load_keys(layout.keys)
    releases: set[str] = set()

    def from_releases(removed: Removed) -> None:
        order_ids = [order.order_id for order in removed.orders]
        erased = {one for order in removed.orders if order.kind == "erase" for one in order.pseudonyms}
        if erased:
            releases.update(take_out(layout, erased, ("population", "special_groups"), keys, order_ids))
        if sealed := removed.persons - erased:
            releases.update(take_out(layout, sealed, ("special_groups",), keys, order_ids))
        releases.update(empty_of_persons(layout, removed.expired_quarters))

    removed = carry_out(layout, keys, on, from_releases)
    return Outcome(len(removed.orders), removed.changed, removed.expired, sorted(releases))
