"""What a case of the corpus is: a file as it came, and the verdict that somebody wrote down for it.

Belongs here: the shape of a case. Does not belong here: the cases, or how files are made (``making``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingestion.contracts.models import Contract
from tests.contract.made_files import file_name


@dataclass(frozen=True)
class Case:
    """A file of ``contract`` and what is to become of it.

    ``content`` makes its bytes; ``name`` is the file's. Where ``refused`` has a reason, ``told`` are words that its
    text has in Chinese or English. Else ``accepted`` rows go to raw, the others by reason to quarantine, and
    ``loaded`` are values that a column of raw or vault then has, in the order of rows.
    """

    category: str
    title: str
    contract: Contract
    content: Callable[[], bytes]
    name: str
    refused: str | None = None
    told: tuple[str, ...] = ()
    accepted: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    accounted: dict[str, int] = field(default_factory=lambda: {"header": 1})
    notices: tuple[str, ...] = ()
    quality: dict[str, int] | None = None
    loaded: dict[str, list] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.category}: {self.title}"


class Category:
    """Gathers the cases of one category."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.cases: list[Case] = []

    def accepts(
        self,
        title: str,
        contract: Contract,
        content: Callable[[], bytes],
        accepted: int,
        name: str | None = None,
        **expected,
    ) -> None:
        self.cases.append(
            Case(self.code, title, contract, content, name or file_name(contract), accepted=accepted, **expected)
        )

    def refuses(
        self,
        title: str,
        contract: Contract,
        content: Callable[[], bytes],
        reason_code: str,
        *told: str,
        name: str | None = None,
    ) -> None:
        self.cases.append(
            Case(self.code, title, contract, content, name or file_name(contract), refused=reason_code, told=told)
        )
