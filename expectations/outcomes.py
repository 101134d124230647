"""The outcome of a check, and its table.

Belongs here: one shape for every check's result, and keeping it. Does not belong here: checking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from warehouse.files import atomic_path
from warehouse.layout import Layout

if TYPE_CHECKING:
    import pyarrow as pa

Severity = Literal["error", "warn"]
#: Columns of ``checks/quarter=<q>/<subject>.parquet``, in order.
COLUMNS = (
    "quarter",
    "subject",
    "check_name",
    "passed",
    "severity_code",
    "observed",
    "expected",
    "remedy_zh",
    "remedy_en",
)
#: Key of the Parquet metadata that says which deliveries the outcomes are about.
_EVIDENCE = b"evidence"


@dataclass(frozen=True, kw_only=True)
class CheckOutcome:
    """What one check found. ``check_name`` says what is true when it passed.

    ``subject`` is an extract, a mart or an index table; ``severity_code`` is what a failure means: ``error`` stops
    publication. ``observed`` and ``expected`` hold counts, codes and names of columns, never a value of a person. The
    remedy says who does what. ``department`` is the sender's code, None where the warehouse itself is to answer.
    """

    check_name: str
    subject: str
    quarter: str
    passed: bool
    severity_code: Severity = "error"
    observed: str
    expected: str
    remedy_zh: str
    remedy_en: str
    department: str | None = None

    @property
    def stops_publication(self) -> bool:
        return not self.passed and self.severity_code == "error"


def outcomes_path(layout: Layout, quarter: object, subject: str) -> Path:
    return layout.checks / f"quarter={quarter}" / f"{subject}.parquet"


def outcome_table(outcomes: Sequence[CheckOutcome]) -> pa.Table:
    """The outcomes as an Arrow table with the columns COLUMNS."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.bool_() if name == "passed" else pa.string()) for name in COLUMNS])
    return pa.table({name: [getattr(outcome, name) for outcome in outcomes] for name in COLUMNS}, schema=schema)


def write_outcomes(
    layout: Layout, quarter: object, subject: str, outcomes: Sequence[CheckOutcome], evidence: str = ""
) -> Path:
    """Replace the outcomes kept for ``subject`` in ``quarter``. Equal outcomes give equal bytes.

    ``evidence`` names what was checked, so that a later reader can tell whether the outcomes are still about it.
    """
    import pyarrow.parquet as parquet

    table = outcome_table(outcomes).replace_schema_metadata({_EVIDENCE: evidence.encode()})
    target = outcomes_path(layout, quarter, subject)
    with atomic_path(target) as path:
        parquet.write_table(table, path, compression="zstd", write_page_checksum=True)
    return target


def read_outcomes(
    layout: Layout, quarter: object, subject: str, department: str | None = None
) -> tuple[list[CheckOutcome], str] | None:
    """The outcomes kept for ``subject`` and their evidence, None if there are none."""
    import pyarrow.parquet as parquet

    path = outcomes_path(layout, quarter, subject)
    if not path.exists():
        return None
    table = parquet.read_table(path, partitioning=None)
    evidence = (table.schema.metadata or {}).get(_EVIDENCE, b"").decode()
    return [CheckOutcome(department=department, **row) for row in table.select(list(COLUMNS)).to_pylist()], evidence


def listed(items: Iterable[object], shown: int = 8) -> str:
    """Names in a message: the first few, and how many more."""
    names = [str(item) for item in items]
    more = f" … (+{len(names) - shown})" if len(names) > shown else ""
    return (", ".join(names[:shown]) or "–") + more
