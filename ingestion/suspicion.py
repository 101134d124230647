"""Whether an accepted file is what it says it is, told from its content beside what came before.

A file may keep every rule of its contract and still be the wrong one: last quarter's again, another district's, or only
the rows that changed. What is found refuses the file, unless its manifest confirms it.

Belongs here: the rules and their limits. Does not belong here: counting (``comparison``), what the name or the header
give away (``discovery``, ``recognition``).
"""

from __future__ import annotations

from collections.abc import Collection

from ingestion.comparison import Difference
from ingestion.ledger import Delivery
from ingestion.reasons import FileRefused

#: Digits of an area's code that name its district.
DISTRICT_DIGITS = 6
#: A snapshot of which a smaller share differs from the one before is that one again. Registers of residents, measured
#: on simulated quarters, differ in 3 % of their rows or more.
REPEATED_MAX_SHARE = 0.001
#: Shorter lists may stay the same by chance.
_REPEATED_LEAST_ROWS = 20
#: A correction that keeps fewer of the rows that it corrects holds only the changed ones.
WHOLE_MIN_SHARE = 0.5
_WHOLE_LEAST_ROWS = 10


def refuse_another_district(areas: Collection[str], known_areas: Collection[str]) -> None:
    """``areas`` are the codes that the file covers, ``known_areas`` those of earlier deliveries and of the area list.

    Raises FileRefused ``another_district`` when most of them lie in districts that no earlier delivery knows.
    """
    known = {code[:DISTRICT_DIGITS] for code in known_areas}
    foreign = {code for code in areas if code[:DISTRICT_DIGITS] not in known}
    if known and 2 * len(foreign) > len(areas):
        raise FileRefused(
            "another_district",
            covered=len(areas),
            foreign=len(foreign),
            known="、".join(sorted(known)),
            found="、".join(sorted({code[:DISTRICT_DIGITS] for code in foreign})[:5]),
        )


def may_be_repeated(row_count: int, before_count: int) -> bool:
    """Whether two snapshots are near enough in number for one to be the other again; else nothing need be compared."""
    return row_count >= _REPEATED_LEAST_ROWS and abs(row_count - before_count) <= REPEATED_MAX_SHARE * row_count


def refuse_repeated(difference: Difference, before: Delivery) -> None:
    """Raises FileRefused ``repeated_content`` when next to nothing differs from ``before``, of an earlier period."""
    different = difference.added_count + difference.removed_count + difference.changed_count
    if different <= REPEATED_MAX_SHARE * difference.new_count:
        raise FileRefused(
            "repeated_content",
            period=before.period,
            delivery=before.delivery_id,
            rows=difference.new_count,
            different=different,
        )


def refuse_partial(difference: Difference, superseded: Delivery) -> None:
    """Raises FileRefused ``not_whole`` when a correction lacks most of the rows that it would replace."""
    before = difference.old_count
    if before >= _WHOLE_LEAST_ROWS and difference.kept_count < WHOLE_MIN_SHARE * before:
        raise FileRefused("not_whole", delivery=superseded.delivery_id, before=before, kept=difference.kept_count)
