"""Named faults put into valid files of every extract, alone and together: each costs what it is known to cost."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from tests.benches import KEYS
from tests.file_faults import FAULTS, ROWS, with_faults
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CONTRACTS = registry().contracts
ROUND = Quarter(2017, 1)


def costs_what_it_is_known_to_cost(folder, bench, extract: str, names: list[str], seed: int) -> list[str]:
    """Take in a file of the extract with the faults; returns those that could be put in."""
    contract = CONTRACTS[extract]
    draft, put_in = with_faults(contract, names, random.Random(seed))
    layout = Layout(folder)
    landing = layout.landing_folder(str(ROUND), contract.department)
    landing.mkdir(parents=True)
    (landing / draft.name).write_bytes(draft.content())
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_code) == (
        ("refused", draft.refused) if draft.refused else ("accepted", None)
    ), (put_in, delivery.reason_en)
    if draft.refused:
        assert delivery.rows_read_count == 0
        return put_in
    assert delivery.quarantined_by_reason == dict(draft.quarantined), put_in
    assert delivery.accounted == {kind: count for kind, count in draft.accounted.items() if count}, put_in
    lost = draft.quarantined.total() - draft.quarantined["duplicate_key"] + draft.accounted["not_held"]
    assert delivery.rows_accepted_count == ROWS - lost
    if contract.person:
        judged = {name: count for name, count in draft.quality.items() if name != "valid"}
        assert {name: count for name, count in delivery.identity_quality.items() if name != "valid"} == judged, put_in
    return put_in


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_costs_what_it_is_known_to_cost(tmp_path, bench, name):
    able = [extract for extract in sorted(CONTRACTS) if with_faults(CONTRACTS[extract], [name], random.Random(0))[1]]
    assert able
    for number, extract in enumerate(random.Random(name).sample(able, min(2, len(able)))):
        assert costs_what_it_is_known_to_cost(tmp_path / extract, bench, extract, [name], number) == [name]


@given(
    extract=st.sampled_from(sorted(CONTRACTS)),
    names=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=3, unique=True),
    seed=st.integers(0, 2**16),
)
@example(extract="justice.community_corrections", names=["another_encoding", "cell_too_many"], seed=0)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_several_faults_cost_the_sum_of_what_each_costs(tmp_path_factory, bench, extract, names, seed):
    costs_what_it_is_known_to_cost(tmp_path_factory.mktemp("faults"), bench, extract, names, seed)


def test_there_are_faults_enough():
    assert len(FAULTS) >= 40
