"""What is loaded depends on what a file says, not on how it is written: forms of cells, order, encoding, dialect."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.schema import raw_columns
from ingestion.workbench import Workbench
from tests.benches import KEYS
from tests.contract.made_files import file_name
from tests.corpus.making import book_of, csv_of
from tests.file_faults import ROWS, Draft, with_faults
from tests.strategies import rows
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CONTRACTS = registry().contracts
ROUND = Quarter(2017, 1)
#: What a delivery is made of whatever its rows are.
OF_THE_DELIVERY = ("delivery_id", "row_number")


def taken_in(folder: Path, contract: Contract, content: bytes, bench: Workbench):
    layout = Layout(folder)
    landing = layout.landing_folder(str(ROUND), contract.department)
    landing.mkdir(parents=True)
    (landing / file_name(contract)).write_bytes(content)
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_en) == ("accepted", None)
    return layout, delivery


def loaded(layout: Layout, delivery) -> Counter:
    """Every row of raw and vault without its place, and the reasons of the others."""
    found: Counter = Counter(delivery.quarantined_by_reason)
    for zone in (layout.raw, layout.vault):
        for path in zone.rglob(f"{delivery.delivery_id}.parquet"):
            table = pq.read_table(path, partitioning=None).drop_columns(list(OF_THE_DELIVERY))
            found.update((zone.name, str(row)) for row in table.to_pylist())
    return found


def sent(contract: Contract, table: list[list[str]]) -> bytes:
    return csv_of(contract, table) if contract.file.format == "csv" else book_of(table, contract.file.sheet)


@given(data=st.data(), extract=st.sampled_from(sorted(CONTRACTS)))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_way_of_writing_a_value_is_understood(data, extract, bench, tmp_path_factory):
    contract = CONTRACTS[extract]
    drawn = [data.draw(rows(contract, row)) for row in range(4)]
    header = [data.draw(st.sampled_from(column.headers)) for column in contract.columns.values()]
    body = [[text for text, _ in row.values()] for row in drawn]
    layout, delivery = taken_in(tmp_path_factory.mktemp("drawn"), contract, sent(contract, [header, *body]), bench)
    assert delivery.rows_accepted_count == len(drawn)
    raw = pq.read_table(layout.home / delivery.raw_path, partitioning=None)
    for column in raw_columns(registry(), contract):
        if column.name in contract.columns:
            assert raw[column.name].to_pylist() == [row[column.name][1] for row in drawn], column.name


def messy(contract: Contract, seed: int) -> Draft:
    """A draft with faults of rows that do not depend on where a row or column stands."""
    faults = [
        "impossible_day",
        "unknown_code",
        "broken_pattern",
        "words_for_a_number",
        "number_cut_off",
        "row_repeated",
    ]
    return with_faults(contract, [*faults, "day_in_chinese", "code_by_its_name"], random.Random(seed))[0]


def with_file(contract: Contract, **changed) -> Contract:
    return contract.model_copy(update={"file": contract.file.model_copy(update=changed)})


def rows_in_another_order(contract, table, chance):
    return [(contract, [table[0], *chance.sample(table[1:], len(table) - 1)])]


def columns_in_another_order(contract, table, chance):
    order = chance.sample(range(len(table[0])), len(table[0]))
    return [(contract, [[row[place] for place in order] for row in table])]


def in_another_encoding(contract, table, chance):
    encoding = "utf-8" if contract.file.encoding == "gb18030" else "gb18030"
    return [(with_file(contract, format="csv", encoding=encoding, delimiter=","), table)]


def in_another_dialect(contract, table, chance):
    return [(with_file(contract, format="csv", encoding="utf-8", delimiter=sign), table) for sign in ("\t", "|")]


def as_a_workbook(contract, table, chance):
    return [(with_file(contract, format="xlsx", sheet="数据"), table)]


def split_into_two_files(contract, table, chance):
    middle = ROWS // 2
    return [(contract, table[: middle + 1]), (contract, [table[0], *table[middle + 1 :]])]


CHANGES = (
    rows_in_another_order,
    columns_in_another_order,
    in_another_encoding,
    in_another_dialect,
    as_a_workbook,
    split_into_two_files,
)


@pytest.mark.parametrize("change", CHANGES)
@given(extract=st.sampled_from(sorted(CONTRACTS)), seed=st.integers(0, 999))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_another_way_of_sending_the_same_loads_the_same(change, extract, seed, bench, tmp_path_factory):
    contract = CONTRACTS[extract]
    draft = messy(contract, seed)
    # A repeated row may come to stand in the other half.
    body = draft.rows if change is not split_into_two_files else draft.rows[:ROWS]
    table = [draft.header, *body]
    before = loaded(*taken_in(tmp_path_factory.mktemp("before"), contract, sent(contract, table), bench))
    assert before.total() >= ROWS
    variants = change(contract, table, random.Random(seed))
    after = [
        loaded(*taken_in(tmp_path_factory.mktemp("after"), other, sent(other, changed), bench))
        for other, changed in variants
    ]
    if change is split_into_two_files:
        after = [sum(after, Counter())]
    assert after == [before] * len(after)


@pytest.mark.parametrize("extract", ["population.registered_residents", "police.cases"])
def test_a_file_read_in_many_batches_loads_the_same(extract, bench, tmp_path_factory, monkeypatch):
    contract = CONTRACTS[extract]
    draft = messy(contract, 7)
    content = sent(contract, [draft.header, *draft.rows])
    whole = loaded(*taken_in(tmp_path_factory.mktemp("whole"), contract, content, bench))
    monkeypatch.setattr("ingestion.readers.csv_files.BATCH_BYTES", 400)
    monkeypatch.setattr("ingestion.readers.csv_files._BLOCK_BYTES", 600)
    assert loaded(*taken_in(tmp_path_factory.mktemp("parts"), contract, content, bench)) == whole
