"""What dbt needs to know of a series, as the text of a seed.

Belongs here: the seed's columns. Does not belong here: writing the file.
"""

from __future__ import annotations

import csv
import io

from safety_index.series.declaration import Series


def indicator_seed_csv(series: Series) -> str:
    """The text of ``indicators.csv``: a row for each indicator in the order of display, for ``dim_indicator``."""
    rows = [
        {
            "series_code": series.code,
            "indicator_code": indicator.code,
            "dimension_code": dimension.code,
            "dimension_name_zh": dimension.name.zh,
            "dimension_name_en": dimension.name.en,
            "name_zh": indicator.name.zh,
            "name_en": indicator.name.en,
            "polarity_code": indicator.polarity,
            "unit_zh": indicator.unit.zh,
            "unit_en": indicator.unit.en,
            "weight": f"{indicator.weight:g}",
            "value_multiplier": f"{indicator.value_multiplier:g}",
            "window_quarter_count": str(indicator.window_quarter_count),
            "published_level_code": indicator.published_level,
            "is_special_group": str(indicator.is_special_group).lower(),
        }
        for dimension in series.groups
        for indicator in dimension.indicators
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0], "display_order"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {"display_order": str(order)} for order, row in enumerate(rows, start=1))
    return text.getvalue()
