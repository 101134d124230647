"""What was found wrong with a file's rows: where, why, and what to do, without a value of any row.

Belongs here: gathering findings and putting words to them. Does not belong here: laying them out (``checking``'s
command, ``reply``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.contracts.models import Bilingual
from ingestion.reasons import Reason

if TYPE_CHECKING:
    import pyarrow as pa

    from ingestion.parsing.batches import DividedBatch

#: Document numbers that name nobody, and what to do: such a row is accepted, counted in its area, and not linked.
NUMBER_QUALITIES: dict[str, Reason] = {
    "wrong_check_digit": Reason(
        "校验码不符。请核对证件号码。", "The check digit does not fit. Compare the number with the document."
    ),
    "impossible_date": Reason(
        "号码中的出生日期不存在。请核对证件号码。",
        "The birth date in the number does not exist. Compare the number with the document.",
    ),
    "rounded_by_spreadsheet": Reason(
        "号码以数字存储，末几位已丢失。请将该列设为文本格式后重新导出。",
        "The number was stored as a number and lost its last digits. Format the column as text and export it anew.",
    ),
    "malformed": Reason(
        "不是该证件类型的号码。请核对号码与证件类型。",
        "Not a number of this type of document. Compare the number and the type.",
    ),
    "missing": Reason("证件号码为空。请尽量补填。", "The number is missing. Fill it in if it can be had."),
}
#: The column that stands for a whole row.
WHOLE_ROW = Bilingual(zh="整行", en="the whole row")


@dataclass(frozen=True, order=True)
class Place:
    """A column of the contract, or None for the whole row, and what is wrong there."""

    column: str | None
    reason_code: str


@dataclass(frozen=True)
class Found:
    """How many rows have something in common, and the first of them."""

    row_count: int
    first_rows: tuple[int, ...]


class Findings:
    """A judgement's receiver that keeps the places and reasons of rows that are not accepted, and the numbers of
    accepted rows whose document number names nobody. Cells are let go at once."""

    def __init__(self) -> None:
        self._refused: list[pa.Table] = []
        self._unusable: list[pa.Table] = []

    def write(self, batch: DividedBatch) -> None:
        self.write_quarantined(batch.quarantined)
        if "identity_quality_code" in batch.raw.column_names:
            self._unusable.append(unusable_numbers(batch.raw))

    def write_quarantined(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._refused.append(rows.select(["row_number", "reasons"]))

    @property
    def row_count(self) -> int:
        """Rows that are not accepted."""
        return sum(rows.num_rows for rows in self._refused)

    def refused_rows(self, count: int) -> list[tuple[int, tuple[Place, ...]]]:
        """The first ``count`` rows that are not accepted, each with its places."""
        import pyarrow as pa

        if not self._refused:
            return []
        return refused_places(pa.concat_tables(self._refused).sort_by("row_number").slice(0, count))

    def by_place(self, listed: int) -> dict[Place, Found]:
        """Every place where rows are wrong, the most frequent first, with the first ``listed`` rows of each.

        A row counts at each of its places.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        parts = []
        for rows in self._refused:
            reasons = rows["reasons"].combine_chunks()
            flat = pc.list_flatten(reasons)
            numbers = rows["row_number"].combine_chunks().take(pc.list_parent_indices(reasons))
            parts.append(pa.table([numbers, *flat.flatten()], names=["row_number", "column", "reason_code"]))
        found = _grouped(parts, ["column", "reason_code"], listed)
        return {Place(*key): rows for key, rows in found.items()}

    def unusable_numbers(self, listed: int) -> dict[str, Found]:
        """Accepted rows by the quality of a document number that names nobody."""
        return {key[0]: rows for key, rows in _grouped(self._unusable, ["identity_quality_code"], listed).items()}


def refused_places(quarantined: pa.Table) -> list[tuple[int, tuple[Place, ...]]]:
    """Row number and places of each row of a quarantine table, in its order."""
    return [
        (number, tuple(Place(reason["column"], reason["reason_code"]) for reason in reasons))
        for number, reasons in zip(
            quarantined["row_number"].to_pylist(), quarantined["reasons"].to_pylist(), strict=True
        )
    ]


def unusable_numbers(raw: pa.Table) -> pa.Table:
    """Row number and quality of the rows of ``raw`` whose document number names nobody."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = raw.select(["row_number", "identity_quality_code"])
    codes = table["identity_quality_code"]
    if pa.types.is_dictionary(codes.type):
        table = table.set_column(1, "identity_quality_code", codes.cast(pa.string()))
    unusable = pa.array(list(NUMBER_QUALITIES))
    return table.filter(pc.is_in(table["identity_quality_code"], unusable))


def _grouped(parts: list[pa.Table], keys: list[str], listed: int) -> dict[tuple, Found]:
    """Row counts and first rows by ``keys``, the most frequent first, then in the order of the first row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not parts:
        return {}
    rows = pa.concat_tables(parts)
    numbers = rows.group_by(keys, use_threads=False).aggregate([("row_number", "count"), ("row_number", "min")])
    order = numbers.sort_by([("row_number_count", "descending"), ("row_number_min", "ascending")])
    found = {}
    for group in order.to_pylist():
        same = True
        for key in keys:
            equal = pc.is_null(rows[key]) if group[key] is None else pc.equal(rows[key], group[key])
            same = pc.and_kleene(same, equal)
        first = rows["row_number"].filter(same).sort().slice(0, listed).to_pylist()
        found[tuple(group[key] for key in keys)] = Found(group["row_number_count"], tuple(first))
    return found
