"""What went wrong, in words for the person who has to act: what, whose it is, what to do.

Belongs here: the shape of a complaint. Does not belong here: finding faults, or Dagster (``quality``). Nothing here
holds a value from a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry

if TYPE_CHECKING:
    from expectations.outcomes import CheckOutcome

_ENGINEERS = ("数据工程", "Data engineering", "data-engineering")


@dataclass(frozen=True)
class Complaint:
    """One thing that keeps a quarter from being published."""

    subject: str
    check: str
    owner_zh: str
    owner_en: str
    role: str
    observed: str
    expected: str
    remedy_zh: str
    remedy_en: str

    def lines(self) -> list[str]:
        """The complaint as a person reads it in a terminal or an alert."""
        return [
            f"{self.subject}  {self.check}",
            f"  实际 observed: {self.observed}",
            f"  应为 expected: {self.expected}",
            f"  责任 owner: {self.owner_zh} {self.owner_en} ({self.role})",
            f"  处理: {self.remedy_zh}",
            f"  remedy: {self.remedy_en}",
        ]


def complaint(
    subject: str, check: str, observed: str, expected: str, remedy: tuple[str, str], department: str | None = None
) -> Complaint:
    """A complaint with its owner: the department's data steward, else the data engineers."""
    owner = _ENGINEERS
    if department:
        sender = registry().departments[department]
        owner = (sender.zh, sender.en, sender.owner)
    return Complaint(subject, check, *owner, observed, expected, *remedy)


def complaint_about(outcome: CheckOutcome) -> Complaint:
    """A check that did not pass, as a complaint to whoever can put it right."""
    remedy = (outcome.remedy_zh, outcome.remedy_en)
    return complaint(
        outcome.subject, outcome.check_name, outcome.observed, outcome.expected, remedy, outcome.department
    )
