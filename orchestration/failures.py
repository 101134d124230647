"""What went wrong, in words for the person who has to act: what, whose it is, what to do.

Belongs here: the shape of a complaint and its way through Dagster. Does not belong here: finding faults.
Nothing here holds a value from a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import dagster as dg

#: Key of the metadata under which a refused step carries its complaints.
COMPLAINTS = "complaints"
ENGINEERS_ZH, ENGINEERS_EN = "数据工程", "Data engineering"


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


def owner_of(subject: str) -> tuple[str, str, str]:
    """Names and role of who answers for a subject: the department in its name (``police.cases``,
    ``raw/police/cases``, ``stg_police__cases``), else the data engineers."""
    from ingestion.contracts.registry import registry

    departments = registry().departments
    words = subject.removeprefix("raw/").removeprefix("stg_").replace("__", ".").replace("/", ".").split(".")
    if words[0] in departments:
        department = departments[words[0]]
        return department.zh, department.en, department.owner
    return ENGINEERS_ZH, ENGINEERS_EN, "data-engineering"


def complaint(subject: str, check: str, observed: Any, expected: Any, remedy_zh: str, remedy_en: str) -> Complaint:
    zh, en, role = owner_of(subject)
    return Complaint(subject, check, zh, en, role, str(observed), str(expected), remedy_zh, remedy_en)


def as_failure(complaints: Iterable[Complaint]) -> dg.Failure:
    """A Dagster failure that is not retried: trying again cannot mend what was sent."""
    import dagster as dg

    listed = list(complaints)
    return dg.Failure(
        description="\n".join(line for one in listed for line in one.lines()),
        metadata={COMPLAINTS: dg.MetadataValue.json([asdict(one) for one in listed])},
        allow_retries=False,
    )
