"""A valid file in the making, and the verdict on it so far.

Belongs here: the draft and how a fault is declared. Does not belong here: the faults.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from tests.contract.made_files import file_name, valid_rows
from tests.corpus.making import book_of, csv_of

ROWS = 14


@dataclass
class Draft:
    """A file in the making, and the verdict so far."""

    contract: Contract
    chance: random.Random
    names: list[str] = field(init=False)
    header: list[str] = field(init=False)
    rows: list[list[str]] = field(init=False)
    above: list[list[str]] = field(default_factory=list)
    below: list[list[str]] = field(default_factory=list)
    encoding: str | None = None
    dialect: dict = field(default_factory=dict)
    sheet: str | None = None
    name: str = ""
    finish: list[Callable[[bytes], bytes]] = field(default_factory=list)
    refused: str | None = None
    quarantined: Counter = field(default_factory=Counter)
    accounted: Counter = field(default_factory=lambda: Counter(header=1))
    quality: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.names = list(self.contract.columns)
        self.header = [column.headers[0] for column in self.contract.columns.values()]
        self.rows = [list(row.values()) for row in valid_rows(self.contract, ROWS)]
        if "is_minor" in self.names:  # a minor's row is taken out again
            for row in self.rows:
                row[self.names.index("is_minor")] = "否"
        self.encoding = self.contract.file.encoding
        self.sheet = self.contract.file.sheet
        self.name = file_name(self.contract)
        self._untouched = list(range(ROWS))
        self.chance.shuffle(self._untouched)
        self.touched_columns: set[str] = set()

    @property
    def is_csv(self) -> bool:
        return self.contract.file.format == "csv"

    def row(self) -> list[str]:
        """A row that no other fault has or will have."""
        return self.rows[self._untouched.pop()]

    def columns(self, *types: str, required: bool | None = None) -> list[str]:
        """The contract's columns of these types; a document number is none of them."""
        return [
            name
            for name, column in self.contract.columns.items()
            if registry().fields[name].type in types and (required is None or column.required == required)
        ]

    def put(self, name: str, value: str, reason: str | None = None, row: list[str] | None = None) -> list[str]:
        """Write ``value`` into a column of ``row``, or of a row of its own, which is lost where there is a reason."""
        row = self.row() if row is None else row
        row[self.names.index(name)] = value
        self.touched_columns.add(name)
        if reason:
            self.lose(row, reason)
        return row

    def lose(self, row: list[str], reason: str, fits: bool = True) -> None:
        """Count ``row`` as not accepted. A list of minors keeps of such rows only those that say 否 under the flag, and
        a row that does not fit the header says nothing."""
        flag = self.contract.sealing.minor_flag if self.contract.sealing else None
        if flag and not (fits and row[self.names.index(flag)] == "否"):
            self.accounted["not_held"] += 1
        else:
            self.quarantined[reason] += 1

    def content(self) -> bytes:
        table = [*self.above, self.header, *self.rows, *self.below]
        if self.is_csv:
            content = csv_of(self.contract, table, encoding=self.encoding, **self.dialect)
        else:
            content = book_of(table, self.sheet)
        for change in self.finish:
            content = change(content)
        return content


#: A fault returns False where the contract has nothing that it could spoil, and then has changed nothing.
Fault = Callable[[Draft], bool]
FAULTS: dict[str, Fault] = {}
REFUSING: set[str] = set()


def fault(refusing: bool = False, of: str | None = None) -> Callable[[Fault], Fault]:
    """``of``: the format of the files that alone can have the fault."""

    def keep(made: Fault) -> Fault:
        def put(draft: Draft) -> bool:
            return of in (None, draft.contract.file.format) and made(draft)

        FAULTS[made.__name__] = put
        if refusing:
            REFUSING.add(made.__name__)
        return made

    return keep
