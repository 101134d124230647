"""The policy: which proposals are accepted without a reviewer, which sources are never proposed.

Belongs here: reading ``policy.yml`` and its rules as SQL. Does not belong here: scores (``scores``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingestion.contracts.registry import registry
from ingestion.identity.scores import RULES
from warehouse.files import read_yaml

POLICY_PATH = Path(__file__).parent / "policy.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Acceptance(_Strict):
    """Sources and rules whose proposals are accepted from a score and a margin on."""

    sources: list[str]
    rules: list[str]
    score_from: float = Field(ge=0.9, le=1)
    margin_bits_from: float = Field(ge=0)


class Policy(_Strict):
    """What ``policy.yml`` may say."""

    version: int
    model: str
    exact_only_departments: list[str]
    proposed_from_score: float = Field(ge=0, le=1)
    automatic: list[Acceptance]
    audit_sample_share: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _agrees(self) -> Policy:
        faults = []
        contracts = registry().contracts
        for department in self.exact_only_departments:
            if department not in registry().departments:
                faults.append(f"no department {department}")
        for acceptance in self.automatic:
            faults += [f"no extract {source}" for source in acceptance.sources if source not in contracts]
            faults += [f"no rule {rule}" for rule in acceptance.rules if rule not in RULES]
            faults += [
                f"{source} is linked by exact numbers only and cannot be accepted automatically"
                for source in acceptance.sources
                if source.split(".")[0] in self.exact_only_departments
            ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def is_exact_only(self, extract: str) -> bool:
        return extract.split(".")[0] in self.exact_only_departments

    def accepts_sql(self) -> str:
        """A condition on extract, rule_code, score and margin_bits. A single candidate has no second best."""
        one_of = [
            f"(extract IN ({_listed(one.sources)}) AND rule_code IN ({_listed(one.rules)}) "
            f"AND score >= {one.score_from} AND (margin_bits IS NULL OR margin_bits >= {one.margin_bits_from}))"
            for one in self.automatic
        ]
        return f"({' OR '.join(one_of)})" if one_of else "false"


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


@cache
def load_policy(path: Path = POLICY_PATH) -> Policy:
    """Raises ValueError with every fault of the file."""
    return Policy(**read_yaml(path))
