"""How much memory work over a whole population may take before it goes to the disk."""

from __future__ import annotations

import os

import pytest

from ingestion.identity.encryption import VaultCipher
from ingestion.identity.spilling import population_memory, private_connection


@pytest.mark.parametrize(("machine_gib", "expected"), [(4, "2147MB"), (8, "4294MB"), (64, "8000MB")])
def test_it_takes_half_of_a_small_machine_and_no_more_than_a_city_needs_of_a_large_one(
    monkeypatch, machine_gib, expected
):
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": machine_gib * 2**30 // 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    assert population_memory() == expected


def test_the_limit_is_in_force_on_the_connection_and_the_folder_of_spilled_blocks_goes_with_it(tmp_path):
    with private_connection(VaultCipher(tmp_path, None), "1500MB") as connection:
        (limit,) = connection.execute("SELECT current_setting('memory_limit')").fetchone()
        assert limit == "1.3 GiB"
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
