"""What a sheet holds beside its values, whichever kind of workbook it is in.

Belongs here: the shape of those facts. Does not belong here: finding them (``package``, ``compound``).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class SheetFacts:
    """``valueless``: (row, column), from 0, of cells that are in error or have a formula whose result was not
    stored."""

    has_hidden_cells: bool = False
    valueless: set[tuple[int, int]] = field(default_factory=set)
