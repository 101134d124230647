"""The pages made from the declaration say what the declaration says."""

from __future__ import annotations

from pathlib import Path

from safety_index.rendering.settings_page import settings_markdown
from safety_index.series.declaration import Series

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
