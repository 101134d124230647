"""What there is to judge an extract's quarter by, and how an outcome about it is worded.

Belongs here: the evidence. Does not belong here: gathering it (``deliveries``), the rules (``delivery_rules``,
``delivery_quality``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expectations.completeness import KnownAreas, RowCounts
from expectations.outcomes import CheckOutcome
from expectations.records import Record, current_deliveries, of_quarter
from ingestion.contracts.models import Contract, Department
from warehouse.quarters import Quarter


@dataclass(frozen=True)
class Evidence:
    """What there is to judge an extract's quarter by.

    ``records`` are the extract's ledger records about quarters up to this one, of all rounds; ``counts`` the rows of
    the quarter's raw files; ``areas`` the areas in force, None while no area list has arrived; ``areas_before`` the
    area codes that this extract had in the quarters before.
    """

    contract: Contract
    department: Department
    quarter: Quarter
    records: Sequence[Record]
    counts: RowCounts
    areas: KnownAreas | None = None
    areas_before: frozenset[str] = frozenset()

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods that the quarter's deliveries are about."""
        return self.quarter.months if self.contract.delivery.rhythm == "monthly" else (str(self.quarter),)

    @property
    def current(self) -> dict[str, Record]:
        """The delivery in force for each period of the quarter."""
        found = current_deliveries(of_quarter(self.records, self.quarter))
        return {period: record for (_, period), record in found.items()}

    @property
    def is_of_events(self) -> bool:
        return self.contract.delivery.kind == "events"

    def outcome(
        self, check_name: str, passed: bool, observed: str, expected: str, remedy: tuple[str, str], **more: Any
    ):
        """An outcome whose remedy names the extract and the department first."""
        title, department = self.contract.title, self.department
        zh = f"{department.zh}《{title.zh}》（{self.contract.extract}，{self.quarter}）：{remedy[0]}"
        en = f"{department.en}, {title.en} ({self.contract.extract}, {self.quarter}): {remedy[1]}"
        return CheckOutcome(
            check_name=check_name,
            subject=self.contract.extract,
            quarter=str(self.quarter),
            passed=passed,
            observed=observed,
            expected=expected,
            remedy_zh=zh,
            remedy_en=en,
            department=self.contract.department,
            **more,
        )

    def file_name(self, period: str) -> str:
        return f"{self.contract.title.zh}_{period}.{self.contract.file.format}"

    def place(self) -> str:
        return f"landing/{self.quarter}/{self.contract.department}/"
