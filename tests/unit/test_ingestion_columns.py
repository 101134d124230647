"""Columns of text become columns of values, whether a text comes once or a thousand times."""

from unittest.mock import patch

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contracts.registry import registry
from ingestion.parsing import columns
from ingestion.parsing.columns import is_valued, parse_columns
from ingestion.prepared import Asker

asker = Asker(duckdb.connect())
CELLS = st.sampled_from(
    ["20170301", "2017年3月1日", "42795", "319901001001", "３１９９０１００１００１", "1", "男", "是", "否", "", " ",
     "无", "不详", "'12", "王一", "　王一", "x" * 40, "2017-02-30"]
)  # fmt: skip


def known_names():
    """One field of each type, so that every form of cell is met."""
    by_type = {}
    for name, meaning in sorted(registry().fields.items()):
        by_type.setdefault((meaning.type, meaning.pattern is None, is_valued(meaning)), name)
    return tuple(by_type.values())


@given(st.lists(CELLS, min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_text_has_the_same_value_whether_it_comes_once_or_many_times(texts):
    names = known_names()
    once = parse_columns(asker, names, pa.table({name: texts for name in names}))
    repeats = -(-columns._FEW_ROWS // len(texts)) + 1
    many = parse_columns(asker, names, pa.table({name: texts * repeats for name in names}))
    for name in names:
        assert many[name].values.to_pylist() == once[name].values.to_pylist() * repeats
        assert many[name].absent.to_pylist() == once[name].absent.to_pylist() * repeats


@given(st.lists(CELLS, min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_plain_cell_has_the_same_value_beside_odd_ones_as_alone(texts):
    names = known_names()
    together = parse_columns(asker, names, pa.table({name: texts for name in names}))
    for place, text in enumerate(texts):
        alone = parse_columns(asker, names, pa.table({name: [text] for name in names}))
        for name in names:
            assert alone[name].values.to_pylist() == together[name].values[place : place + 1].to_pylist()
            assert alone[name].absent.to_pylist() == together[name].absent[place : place + 1].to_pylist()


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12), st.sampled_from([0, 3, 1 << 16]))
@settings(max_examples=40, deadline=None)
def test_a_text_has_the_same_value_whatever_came_before_it_and_beside_it(rows, limit):
    names = ("birth_date", "sex_code", "committee_code")

    def parsed(row):
        columns._known.clear()
        found = parse_columns(asker, names, pa.table({name: [text] for name, text in zip(names, row, strict=True)}))
        return [(found[name].values[0].as_py(), found[name].absent[0].as_py()) for name in names]

    alone = [parsed(row) for row in rows]
    columns._known.clear()
    with patch.object(columns, "_KNOWN_LIMIT", limit):
        for last in range(1, len(rows) + 1):
            sent = pa.table(dict(zip(names, map(list, zip(*rows[:last], strict=True)), strict=True)))
            found = parse_columns(asker, names, sent)
            together = [
                [(found[name].values[place].as_py(), found[name].absent[place].as_py()) for name in names]
                for place in range(last)
            ]
            assert together == alone[:last]
            assert all(len(known.texts) <= limit for known in columns._known.values())


@pytest.mark.parametrize("text", ["", " ", "　", "\u200b", "'"])
def test_an_identifier_that_is_blank_is_absent(text):
    (column,) = parse_columns(asker, ("phone",), pa.table({"phone": [text]})).values()
    assert column.absent.to_pylist() == [1]


@pytest.mark.parametrize(("name", "text", "absent"), [("person_name", "无", 0), ("phone", "无", 1), ("phone", "0", 0)])
def test_a_word_for_nothing_is_a_value_only_in_a_name(name, text, absent):
    (column,) = parse_columns(asker, (name,), pa.table({name: [text]})).values()
    assert column.absent.to_pylist() == [absent]
