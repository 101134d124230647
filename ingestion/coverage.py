"""What the accepted rows of a delivery cover: months, areas, and the quality of their document numbers.

Belongs here: counting over raw rows. Does not belong here: whether that is enough (``expectations``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract

if TYPE_CHECKING:
    import pyarrow as pa

#: Digits of a committee's code that name its sub-district.
_SUB_DISTRICT_DIGITS = 9


class Coverage:
    """Gathers over the batches of one delivery."""

    def __init__(self, contract: Contract) -> None:
        self._period_column = contract.delivery.period_column
        self._columns = set(contract.columns)
        self._months: set[str] = set()
        self._committees: set[str] = set()
        self._sub_districts: set[str] = set()
        self._quality: Counter[str] = Counter()
        self.row_count = 0

    def add(self, raw: pa.Table) -> None:
        import pyarrow.compute as pc

        self.row_count += raw.num_rows
        if self._period_column:
            days = pc.unique(raw[self._period_column])
            self._months |= set(pc.strftime(days, format="%Y%m").drop_null().to_pylist())
        if "committee_code" in self._columns:
            self._committees |= set(pc.unique(raw["committee_code"]).drop_null().to_pylist())
        elif "sub_district_code" in self._columns:
            self._sub_districts |= set(pc.unique(raw["sub_district_code"]).drop_null().to_pylist())
        elif "area_code" in self._columns:
            codes = pc.unique(raw["area_code"]).drop_null().to_pylist()
            self._sub_districts |= {code[:_SUB_DISTRICT_DIGITS] for code in codes if len(code) >= _SUB_DISTRICT_DIGITS}
        if "identity_quality_code" in raw.column_names:
            counts = pc.value_counts(raw["identity_quality_code"].combine_chunks().dictionary_decode())
            self._quality += Counter({pair["values"]: pair["counts"] for pair in counts.to_pylist()})

    @property
    def months(self) -> list[str]:
        return sorted(self._months)

    @property
    def areas(self) -> list[str]:
        """Codes of the sub-districts with at least one row."""
        return sorted(self._sub_districts | {code[:_SUB_DISTRICT_DIGITS] for code in self._committees})

    @property
    def committee_count(self) -> int:
        return len(self._committees)

    @property
    def identity_quality(self) -> dict[str, int]:
        return dict(sorted(self._quality.items()))
