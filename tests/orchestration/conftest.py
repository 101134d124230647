"""One small warehouse for all tests of this folder: the tiny profile, every quarter run and published once."""

from __future__ import annotations

import os

import pytest

from orchestration import environment
from warehouse.layout import Layout


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore:Specifying a partitions_def on an AssetCheckSpec")


@pytest.fixture(scope="session")
def layout(tmp_path_factory) -> Layout:
    """The warehouse that this process works on. Dagster's definitions belong to one home, so all tests share it."""
    layout = environment.enter(tmp_path_factory.mktemp("warehouse") / "home")
    environment.prepare_home(layout)
    return layout


@pytest.fixture(scope="session")
def definitions(layout):
    from orchestration.definitions import defs

    return defs


@pytest.fixture(scope="session")
def warehouse_environment(definitions, layout) -> dict[str, str]:
    """What a new process needs to work on the shared warehouse."""
    return dict(os.environ) | {"PINGAN_HOME": str(layout.home), "DAGSTER_HOME": str(layout.dagster_home)}
