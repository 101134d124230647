"""One small warehouse for all tests of this folder: the tiny profile with two quarters published and a third landed.

Dagster's definitions and dbt's partial parsing belong to one home, so each test that changes the warehouse gets
the same folder, put back to that state.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration import environment
from warehouse.layout import Layout
from warehouse.quarters import Quarter

PUBLISHED = ("2015Q3", "2015Q4")
LANDED = "2016Q1"


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore:Specifying a partitions_def on an AssetCheckSpec")


@dataclass(frozen=True)
class Town:
    """The tiny district's warehouse, with 2015Q3 and 2015Q4 published and 2016Q1 landed."""

    layout: Layout

    def pingan(self, *arguments: str) -> Result:
        """Ask the command line, in this process."""
        from orchestration.cli import pingan

        return CliRunner().invoke(pingan, ["--home", str(self.layout.home), *arguments], catch_exceptions=False)

    def landed(self, pattern: str) -> Path:
        """The one file of the landed quarter that fits ``department/pattern``."""
        (found,) = (self.layout.landing / LANDED).glob(pattern)
        return found

    def files(self, folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
        }


@pytest.fixture(scope="session")
def layout(tmp_path_factory) -> Layout:
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


@pytest.fixture(scope="session")
def saved_town(layout, definitions, tmp_path_factory) -> Path:
    """A copy of the town's home, to go back to."""
    town = Town(layout)
    simulated = town.pingan("simulate", "--profile", "tiny")
    assert simulated.exit_code == 0, simulated.output
    for folder in layout.landing.iterdir():
        if Quarter.parse(folder.name) > Quarter.parse(LANDED):
            shutil.rmtree(folder)
    later = layout.landing / LANDED
    shutil.move(later, layout.home / "later")
    ran = town.pingan("run", f"{PUBLISHED[0]}..{PUBLISHED[1]}")
    assert ran.exit_code == 0, ran.output
    shutil.move(layout.home / "later", later)
    saved = tmp_path_factory.mktemp("saved") / "home"
    shutil.copytree(layout.home, saved, symlinks=True)
    return saved


@pytest.fixture
def town(layout, saved_town) -> Town:
    """The town as it was: two quarters published, the third landed and not looked at."""
    shutil.rmtree(layout.home)
    shutil.copytree(saved_town, layout.home, symlinks=True)
    return Town(layout)
