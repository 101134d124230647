"""The pages made from the declaration say what the declaration says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from safety_index.coherence.settings import Alarms, Parted
from safety_index.rendering.settings_page import settings_markdown
from safety_index.series import scoring_settings, settings
from safety_index.series.declaration import Goalposts, Level, Series, Tier, Words
from safety_index.small_counts.settings import Overlap, SmallCounts
from safety_index.uncertainty.settings import Uncertainty

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_settings_is_current_and_lists_every_part_and_function():
    page = settings_markdown()
    assert (ROOT / "docs" / "series.md").read_text(encoding="utf-8") == page
    for name in Series.model_fields:
        assert f"| `{name}` |" in page
    for function in ("linear", "tiered", "z_score", "exponential_rank", "benchmark_ratio"):
        assert page.count(f"## Scoring: `{function}`") == 1
    for part in ("Aggregation", "Outliers", "MissingRule", "RankRule", "Goalposts", "Tier", "Indicator", "Dimension"):
        assert page.count(f"## {part}\n") == 1


def test_a_setting_is_shown_with_its_values_default_and_limits():
    page = settings_markdown()
    assert "| `ties` | `min`, `max`, `mean`, `dense` | `min` |" in page
    assert "| `decimals` | whole number, ≥ 0 and ≤ 12 | none |" in page
    assert "| `beyond` | `hold`, `extrapolate` or number | `hold` |" in page
    assert "| `scoring` | a scoring function, see below | required |" in page
    assert "| `clip` | true or false | `true` |" in page
    assert "| `aggregation` | list of Aggregation | its parts' defaults |" in page
    assert "| `impermissible` | number or pair of numbers | none |" in page
    assert "| `outliers` | Outliers | none | see below |" in page
    assert "| `code` | text | required |" in page
    assert "``" not in page


PARTS = [
    Alarms(), Parted(falling="a", rising="b"), SmallCounts(), Overlap(indicator="a", correlation=0.5), Uncertainty(),
    settings.RankRule(), settings.Outliers(), scoring_settings.Linear(), scoring_settings.BenchmarkRatio(),
    Goalposts(satisfactory=1), Tier(value=1, score=2), Level(code="a", is_ranked=True), Words(zh="a", en="b"),
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_no_part_of_a_series_is_changed_once_read_or_takes_an_unknown_setting(part):
    field = next(iter(type(part).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(part, field, getattr(part, field))
    with pytest.raises(ValidationError, match="not permitted"):
        type(part)(**part.model_dump(), misspelt=1)


@pytest.mark.parametrize("correlation", [-0.99, 0.99])
def test_a_correlation_of_errors_lies_between_minus_one_and_one(correlation):
    assert Overlap(indicator="a", correlation=correlation).correlation == correlation
    with pytest.raises(ValidationError, match="than"):
        Overlap(indicator="a", correlation=round(correlation))
