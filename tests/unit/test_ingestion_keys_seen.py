"""Repeated keys of a file: found over any number of batches, with the same memory for any number of rows."""

import errno
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.answers.checking import check_file
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.parsing import digests
from ingestion.parsing.digests import Digests, SeenDigests
from ingestion.parsing.duplicates import KeysSeen
from ingestion.prepared import Askers
from ingestion.readers import csv_files
from tests.benches import KEYS
from tests.contract.made_files import file_name, resident_number, valid_rows, write_rows
from warehouse.layout import Layout
from warehouse.quarters import Quarter

RESIDENTS = registry().contract("population.registered_residents")
connection = duckdb.connect()
connection.execute("SET arrow_lossless_conversion = true")
askers = Askers(connection)


@pytest.fixture
def few_in_memory(monkeypatch):
    """Three digests are too many for memory, and two are looked through at a time."""
    monkeypatch.setattr(digests, "IN_MEMORY", 3)
    monkeypatch.setattr(digests, "_BLOCK", 2)


parts = st.one_of(st.none(), st.sampled_from(["", "1", "11", "1:1", "a", "甲"]))
batches = st.lists(st.lists(st.tuples(parts, parts), max_size=12), min_size=1, max_size=6)


@pytest.mark.usefixtures("few_in_memory")
def test_a_row_is_repeated_when_its_whole_key_has_come_before():
    @given(batches)
    @settings(max_examples=150, deadline=None)
    def hold(drawn):
        keys, met, row = KeysSeen(askers), set(), 0
        for batch in drawn:
            numbers = range(row, row + len(batch))
            row += len(batch)
            table = {"row_number": pa.array(numbers, pa.int32())}
            table |= {name: pa.array([key[at] for key in batch], pa.string()) for at, name in enumerate("ab")}
            expected = []
            for number, key in zip(numbers, batch, strict=True):
                if None not in key:
                    expected += [number] if key in met else []
                    met.add(key)
            assert keys.repeated(pa.table(table)) == expected

    hold()


def test_long_keys_that_differ_in_two_places_are_not_taken_for_one_another():
    """A hash that is fast and not cryptographic says the same of these two."""
    keys = pa.table(
        {"row_number": pa.array([1, 2], pa.int32()), "a": ["123456339012340878901204", "123456739012345878901254"]}
    )
    assert KeysSeen(askers).repeated(keys) == []


@pytest.mark.usefixtures("few_in_memory")
def test_digests_that_agree_in_one_half_are_told_apart():
    pairs = st.tuples(st.integers(0, 3), st.integers(0, 3))

    @given(st.lists(st.lists(pairs, max_size=10), max_size=6))
    @settings(max_examples=150, deadline=None)
    def hold(drawn):
        seen, met = SeenDigests(None), set()
        for batch in drawn:
            given_ = Digests(*(np.array([pair[half] for pair in batch], np.uint64) for half in (0, 1)))
            ordered = given_.take(given_.order())
            listed = list(zip(ordered.low.tolist(), ordered.high.tolist(), strict=True))
            first = ~ordered.follow_their_like()
            assert [pair for pair, is_first in zip(listed, first, strict=True) if is_first] == sorted(set(batch))
            found = seen.contain(ordered)
            assert found.tolist() == [pair in met for pair in listed]
            seen.add(ordered.take(first & ~found))
            met |= set(batch)

    hold()


@pytest.mark.usefixtures("few_in_memory")
def test_a_check_of_a_large_file_puts_digests_aside_that_say_nothing_of_anyone(tmp_path, monkeypatch):
    put_aside = []

    def named(dir):
        put_aside.append(tempfile.NamedTemporaryFile(dir=tmp_path, delete=False))  # noqa: SIM115
        return put_aside[-1]

    rows = valid_rows(RESIDENTS, 40)
    rows[37]["document_number"] = rows[2]["document_number"]
    path = write_rows(tmp_path / file_name(RESIDENTS), RESIDENTS, rows)
    monkeypatch.setattr(csv_files, "BATCH_BYTES", 1)
    monkeypatch.setattr(csv_files, "_BLOCK_BYTES", 1 << 11)
    monkeypatch.setattr(tempfile, "TemporaryFile", named)
    checked = check_file(path)
    assert [(number, places[0].reason_code) for number, places in checked.findings.refused_rows(9)] == [
        (39, "duplicate_key")
    ]
    assert len(put_aside) > 1
    for file in put_aside:
        content = Path(file.name).read_bytes()
        assert len(content) % 16 == 0
        assert content
        assert not any(resident_number(row).encode() in content for row in range(40))


@pytest.mark.usefixtures("few_in_memory")
def test_no_room_to_put_digests_aside_is_an_error_that_leaves_nothing_and_passes_with_its_cause(tmp_path, monkeypatch):
    layout, quarter = Layout(tmp_path), Quarter(2017, 1)
    folder = layout.landing_folder(str(quarter), RESIDENTS.department)
    write_rows(folder / file_name(RESIDENTS), RESIDENTS, valid_rows(RESIDENTS, 40))

    def full(dir):
        assert dir == layout.vault
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", full)
        with pytest.raises(OSError, match="No space left"):
            take_in(layout, RESIDENTS, quarter, KEYS)
    assert not [path for zone in (layout.raw, layout.vault) for path in zone.rglob(f"{RESIDENTS.extract}-*")]
    (delivery,) = take_in(layout, RESIDENTS, quarter, KEYS).deliveries
    assert (delivery.verdict, delivery.rows_accepted_count) == ("accepted", 40)
