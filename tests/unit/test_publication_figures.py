"""Indicator values in the forms that disclosure control looks at them."""

import numpy as np
import pyarrow as pa
import pytest

from publication.disclosure.figures import Figures, figures_by_quarter, rows_of

ROWS = [
    {
        "quarter": quarter,
        "area_code": area,
        "indicator_code": "B1",
        "parent_code": None if area == "D" else "D",
        "numerator": count,
        "status_code": "missing" if count is None else "observed",
        "window_quarter_count": window,
        "is_clamped": area == "D",
    }
    for quarter, area, count, window in (
        ("2016Q4", "D", 7.0, 1),
        ("2017Q1", "D", 12.0, 2),
        ("2016Q4", "S1", None, 1),
        ("2017Q1", "S1", 0.0, None),
        ("2017Q1", "S2", None, 2),
    )
]
TABLE = pa.Table.from_pylist(ROWS)


def content(rows=ROWS, schema=TABLE.schema):
    return Figures(pa.Table.from_pylist(rows, schema)).content()


def test_figures_come_by_quarter_in_its_order_and_an_empty_table_has_none():
    found = figures_by_quarter(TABLE)
    assert list(found) == ["2016Q4", "2017Q1"]
    assert list(found["2017Q1"].rows.values()) == [row for row in ROWS if row["quarter"] == "2017Q1"]
    assert found["2016Q4"].areas == ["D", "S1"]
    assert figures_by_quarter(pa.Table.from_pylist([])) == {}
    assert rows_of(TABLE) == ROWS


def test_counts_are_those_of_observed_cells_over_one_quarter_unless_told_otherwise():
    found = figures_by_quarter(TABLE)["2017Q1"]
    assert found.counts == {("D", "B1"): (12.0, 2), ("S1", "B1"): (0.0, 1)}


def test_content_is_the_same_however_the_table_lies_in_memory():
    pieces = pa.concat_tables([TABLE.slice(0, 2), TABLE.slice(2)])
    hidden_values = pa.array(np.array([7.0, 12.0, 3.5, 0.0, -1.0]), mask=np.array([False, False, True, False, True]))
    place = TABLE.schema.get_field_index("numerator")
    assert Figures(pieces).content() == content()
    assert Figures(TABLE.set_column(place, "numerator", hidden_values)).content() == content()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("numerator", np.nextafter(12.0, 13.0)),
        ("numerator", None),
        ("parent_code", ""),
        ("status_code", "passed_down"),
        ("window_quarter_count", 3),
        ("is_clamped", False),
    ],
)
def test_content_is_another_for_any_other_value(column, value):
    other = [ROWS[0], ROWS[1] | {column: value}, *ROWS[2:]]
    assert other != ROWS
    assert content(other) != content()


def test_content_tells_no_value_from_zero_and_other_orders_names_and_types_from_these():
    place = TABLE.schema.get_field_index("window_quarter_count")
    zero = [row | {"numerator": 0.0} if row["numerator"] is None else row for row in ROWS]
    assert content(zero) != content()
    assert content(ROWS[::-1]) != content()
    assert Figures(TABLE.rename_columns([*TABLE.column_names[:-1], "is_small"])).content() != content()
    assert content(schema=TABLE.schema.set(place, pa.field("window_quarter_count", pa.int32()))) != content()
