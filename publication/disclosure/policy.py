"""The disclosure policy: the numbers of ``policy.yml``, checked.

Belongs here: the policy's shape. Does not belong here: applying it (``disclosure``).
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from warehouse.files import read_yaml

POLICY_FILE = Path(__file__).with_name("policy.yml")


class Policy(BaseModel):
    """Thresholds and precision of what is published; counts are of people, households or events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum_count: int = Field(ge=2)
    special_group_minimum_count: int = Field(ge=2)
    minimum_resident_count: int = Field(ge=0)
    minimum_share_base: int = Field(ge=0)
    score_decimals: int = Field(ge=0)
    points_decimals: int = Field(ge=0)
    value_decimals: int = Field(ge=0)
    worth_of_a_cell: dict[str, float]
    widest_range_points: float = Field(gt=0, le=60)
    equation_slack_share: float = Field(ge=0, le=1)
    interval_score_step: dict[str, float]
    interval_rank_step: dict[str, int]
    chance_step: float = Field(gt=0, le=0.5)
    least_hidden_for_summaries: int = Field(ge=2)
    units_that_are_not_counts: tuple[str, ...]

    def score_step(self, level: str) -> float:
        """What ends of intervals of scores are rounded outwards to, at this level of areas."""
        return self.interval_score_step.get(level, max(self.interval_score_step.values()))

    def rank_step(self, level: str) -> int:
        """The same for ranks."""
        return self.interval_rank_step.get(level, max(self.interval_rank_step.values()))

    def threshold(self, is_special_group: bool) -> int:
        """The smallest count above zero that may be shown."""
        return self.special_group_minimum_count if is_special_group else self.minimum_count


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """Read a policy. Raises pydantic.ValidationError with every fault."""
    return Policy(**read_yaml(path))
