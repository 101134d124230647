"""Every file of the corpus gets the verdict that was written down for it, and no row is lost on the way."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from ingestion.intake import take_in
from ingestion.workbench import Workbench
from tests.corpus import all_cases
from tests.corpus.case import Case
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

ROUND = Quarter(2017, 1)
KEYS = Keys("test", {"identity": b"k" * 32})
CASES = all_cases()
LOADED = ("raw", "vault", "quarantine")


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with Workbench(Layout(tmp_path_factory.mktemp("bench")), KEYS) as workbench:
        yield workbench


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_file_gets_the_verdict_that_was_written_down_for_it(tmp_path, case: Case, bench):
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), case.contract.department)
    folder.mkdir(parents=True)
    (folder / case.name).write_bytes(case.content())
    (delivery,) = take_in(layout, case.contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_code, delivery.reason_en) == (
        ("refused", case.refused, delivery.reason_en) if case.refused else ("accepted", None, None)
    )
    kept = {zone: list((layout.home / zone).rglob(f"{delivery.delivery_id}.parquet")) for zone in LOADED}
    if case.refused:
        for words in case.told:
            assert words in delivery.reason_zh + delivery.reason_en
        assert not any(kept.values())
        return
    assert (delivery.rows_accepted_count, delivery.quarantined_by_reason) == (case.accepted, case.quarantined)
    assert delivery.accounted == case.accounted
    assert tuple(delivery.notices) == case.notices
    if case.quality is not None:
        assert delivery.identity_quality == case.quality
    raw = pq.read_table(kept["raw"][0], partitioning=None)
    assert raw.num_rows == case.accepted
    quarantined = sum(pq.read_metadata(path).num_rows for path in kept["quarantine"])
    assert quarantined == sum(case.quarantined.values())
    for name, values in case.loaded.items():
        stored = raw if name in raw.column_names else pq.read_table(kept["vault"][0], partitioning=None)
        assert stored[name].to_pylist() == values
