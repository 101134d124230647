"""A valid file, named faults that are put into it, and what is then to become of it.

A fault changes the draft of a file and says what it costs: rows by reason, kinds of rows that are not data, the quality
of a number, or the whole file. Faults of rows take rows of their own, so that what several cost adds up.

Belongs here: faults and their price. Does not belong here: reading (the tests do that).
"""

from __future__ import annotations

import random

from ingestion.contracts.models import Contract
from tests.file_faults import cells, files, rows
from tests.file_faults.draft import FAULTS, REFUSING, ROWS, Draft

__all__ = ["FAULTS", "REFUSING", "ROWS", "Draft", "with_faults"]
#: Where faults are declared, each of which is named in FAULTS.
_DECLARED_IN = (cells, rows, files)


def with_faults(contract: Contract, names: list[str], chance: random.Random) -> tuple[Draft, list[str]]:
    """A draft with those of the faults that the contract can have, and their names. Faults that refuse come last: the
    others need the rows and the header; and of several the first alone is put in, so that the reason is known."""
    draft = Draft(contract, chance)
    put_in = []
    for name in sorted(names, key=lambda name: (name in REFUSING, list(FAULTS).index(name))):
        if name in REFUSING and draft.refused:
            continue
        probe = draft.refused
        if FAULTS[name](draft):
            put_in.append(name)
        else:
            draft.refused = probe
    return draft, put_in
