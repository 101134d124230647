"""How much memory work over a whole population may take before it goes to the disk."""

from __future__ import annotations

import os

import pytest
import yaml

from ingestion.identity.encryption import VaultCipher
from ingestion.identity.spilling import population_memory, private_connection
from orchestration import environment
from warehouse.layout import HOME_VARIABLE
from warehouse.memory import BUILD_GIGABYTES, BUILD_MEMORY_VARIABLE, half_of_memory


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


def test_a_build_takes_as_much_unless_somebody_has_said_otherwise(tmp_path, monkeypatch):
    for name in (BUILD_MEMORY_VARIABLE, HOME_VARIABLE, "DAGSTER_HOME", *environment.QUIET):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv(BUILD_MEMORY_VARIABLE)
    environment.enter(tmp_path)
    assert os.environ[BUILD_MEMORY_VARIABLE] == half_of_memory(BUILD_GIGABYTES)
    monkeypatch.setenv(BUILD_MEMORY_VARIABLE, "3000MB")
    environment.enter(tmp_path)
    assert os.environ[BUILD_MEMORY_VARIABLE] == "3000MB"


def test_dbts_profile_asks_for_the_memory_that_the_environment_names():
    profile = yaml.safe_load((environment.DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    options = profile["pingan"]["outputs"]["build"]["config_options"]
    assert options["memory_limit"] == f"{{{{ env_var('{BUILD_MEMORY_VARIABLE}', '4GB') }}}}"
