"""A workbook's cell as text, as people read it.

Belongs here: the text alone. Does not belong here: what it means (``parsing``).
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any


def cell_text(cell: Any) -> str:
    """Days as 2017-03-01, numbers as the spreadsheet shows them with 15 significant digits."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        whole = math.isfinite(cell) and cell == int(cell) and abs(cell) < 1e18
        return str(int(cell)) if whole else format(cell, ".15g")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return "" if cell is None else str(cell)
