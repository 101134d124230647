"""Quarantined rows keep every reason, in the order of the rules, and their cells under the headers as sent."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.parsing.quarantine import quarantine_schema, quarantined_rows

PLACES = (("number", "missing_required"), ("number", "invalid_number"), ("day", "invalid_date"))
HEADERS = {"number": "证件号码", "day": "日期"}
ROWS = st.lists(st.tuples(st.sampled_from(["", "甲", "2017-13-01"]), st.integers(1, 7)), min_size=1, max_size=30)


@settings(deadline=None)
@given(ROWS, st.integers(0, 30))
def test_each_row_has_the_reasons_of_its_bits_and_its_own_cells(rows, cut):
    numbers = pa.chunked_array([[text for text, _ in rows[:cut]], [text for text, _ in rows[cut:]]], pa.string())
    sent = pa.table({"row_number": pa.array(range(2, 2 + len(rows)), pa.int32()), "number": numbers, "day": numbers})
    defects = pa.chunked_array([[bits for _, bits in rows]], pa.int64())
    found = quarantined_rows("police.cases-1", sent, defects, PLACES, HEADERS)
    assert found.schema == quarantine_schema()
    assert found["row_number"].to_pylist() == list(range(2, 2 + len(rows)))
    for kept, (text, bits) in zip(found.to_pylist(), rows, strict=True):
        told = [(reason["column"], reason["reason_code"]) for reason in kept["reasons"]]
        assert told == [place for bit, place in enumerate(PLACES) if bits >> bit & 1]
        assert kept["cells"] == [("证件号码", text), ("日期", text)]


def test_a_batch_without_such_rows_gives_none():
    sent = pa.table({"row_number": pa.array([], pa.int32()), "number": pa.array([], pa.string())})
    found = quarantined_rows("police.cases-1", sent, pa.chunked_array([], pa.int64()), PLACES, {"number": "证件号码"})
    assert found.num_rows == 0
    assert found.schema == quarantine_schema()
