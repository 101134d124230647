"""From a file to all-text rows with their numbers. Nothing is guessed: the contract says what the file is.

Belongs here: what a file is by its content, opening CSV files and workbooks, finding the header, telling furniture from
data. Does not belong here: what a cell means (``parsing``).
"""

from __future__ import annotations

from pathlib import Path

from ingestion.contracts.models import Contract
from ingestion.readers.formats import check_format
from ingestion.readers.rows import SentRows


def first_rows(path: Path, contract: Contract) -> list[list[str]]:
    """The first rows of ``path`` as text, among which the header is looked for. Raises FileRefused."""
    kind = check_format(path, contract)
    if kind == "text":
        from ingestion.readers.csv_files import first_csv_rows

        return first_csv_rows(path, contract)
    from ingestion.readers.workbooks import first_workbook_rows

    return first_workbook_rows(path, kind, contract)


def open_rows(path: Path, contract: Contract) -> SentRows:
    """The rows of ``path`` as ``contract`` says it is written. Raises FileRefused."""
    kind = check_format(path, contract)
    if kind == "text":
        from ingestion.readers.csv_files import open_csv_rows

        return open_csv_rows(path, contract)
    from ingestion.readers.workbooks import open_workbook_rows

    return open_workbook_rows(path, kind, contract)
