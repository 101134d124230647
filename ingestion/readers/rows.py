"""What a reader hands on: the header, batches of text rows, and the rows that did not fit.

Belongs here: the shape that CSV files and workbooks share. Does not belong here: how they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingestion.readers.furniture import furniture_kind
from ingestion.readers.headers import Header

if TYPE_CHECKING:
    import pyarrow as pa

#: The column that tells which document numbers a workbook stored as numbers.
NUMERIC_FLAG = "number_is_numeric"


@dataclass(frozen=True)
class Misfit:
    """A row with more or fewer cells than the header, or with a cell of a workbook that has no value of its own.

    ``column`` has that cell's, and then ``cells`` stand under the header. ``kind`` is set when it is no data at all.
    """

    row_number: int
    cells: tuple[str, ...]
    reason_code: str = "wrong_field_count"
    column: str | None = None

    @property
    def kind(self) -> str | None:
        return furniture_kind(list(self.cells))


@dataclass
class SentRows:
    """The rows of a file. ``batches`` can be walked through once; ``misfits`` grows on the way, unless they are taken.

    Each batch has ``row_number`` (int32, the record's place in the file from 1), one text column for each of
    ``header.loaded``, and for workbooks with persons the boolean NUMERIC_FLAG. ``notices`` are keys of
    ``reasons.FILE_NOTICES``. ``hand_on`` is called, if it is set, when many misfits were met and no batch has come yet.
    """

    header: Header
    batches: Iterator[pa.Table]
    misfits: list[Misfit] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    hand_on: Callable[[list[Misfit]], None] | None = None

    def take_misfits(self) -> list[Misfit]:
        """The misfits found since they were last taken: a file may have no other rows, and more than memory holds."""
        taken = self.misfits[:]
        del self.misfits[:]
        return taken
