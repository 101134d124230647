"""One small warehouse for all tests that need a real run: the tiny profile, a quarter published, the next one landed.

A plugin, not a folder's conftest, so that folders share the session's runs.

Dagster's definitions and dbt's partial parsing belong to one home, so every test works in the same folder, put back
to one of three states that are made once.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration import environment
from warehouse.layout import PROJECT_ROOT, QUARTER_VARIABLE, Layout

PUBLISHED, LANDED = "2015Q3", "2015Q4"
#: A person who was never made by the simulation, for what a faulty run might tell.
PLANTED = {
    "document_number": "319901197706050431",
    "name": "卞难言",
    "phone": "13987650421",
    "address": "无此路九九号九九室",
}


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore:Specifying a partitions_def on an AssetCheckSpec")


@dataclass(frozen=True)
class Town:
    """The tiny district's warehouse in the shared folder."""

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


def process(environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "orchestration.cli", *arguments]
    quiet = {name: value for name, value in environment.items() if name != QUARTER_VARIABLE}
    return subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def public_files(release: Path) -> dict[str, bytes]:
    """The bytes of a release's public tables and bulletin."""
    return {
        str(path.relative_to(release)): path.read_bytes()
        for folder in ("tables", "bulletin")
        for path in sorted((release / folder).rglob("*"))
        if path.is_file()
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
def landed_home(layout, definitions, tmp_path_factory) -> Path:
    """A copy of the home with the first quarter published and the second landed and not looked at."""
    town = Town(layout)
    simulated = town.pingan("simulate", "--profile", "tiny")
    assert simulated.exit_code == 0, simulated.output
    for folder in layout.landing.iterdir():
        if folder.name not in (PUBLISHED, LANDED):
            shutil.rmtree(folder)
    aside = layout.home / "aside"
    shutil.move(layout.landing / LANDED, aside)
    ran = town.pingan("run", PUBLISHED)
    assert ran.exit_code == 0, ran.output
    shutil.move(aside, layout.landing / LANDED)
    return _kept(layout, tmp_path_factory, "landed")


@pytest.fixture(scope="session")
def refused_home(layout, landed_home, tmp_path_factory) -> Path:
    """A copy of the home after a run of the second quarter that was refused, because a department sent nothing."""
    _put_back(layout, landed_home)
    shutil.rmtree(layout.landing_folder(LANDED, "fire"))
    refused = Town(layout).pingan("run", LANDED)
    assert refused.exit_code == 1, refused.output
    return _kept(layout, tmp_path_factory, "refused")


def _plant(landed: Path) -> None:
    """Put PLANTED where no person belongs: into rows that will not be accepted, files that will be refused, and the
    name of a file."""
    values = list(PLANTED.values())
    for name in ("population/户籍人口", "labour/就业登记", "medical_insurance/医保参保"):
        (path,) = landed.glob(f"{name}_*.csv")
        for encoding in ("gb18030", "utf-8"):
            with suppress(UnicodeDecodeError):
                text = path.read_bytes().decode(encoding)
                break
        width = max(len(row) for row in csv.reader(io.StringIO(text)))
        shifted = [values[place % len(values)] for place in range(width)]
        rows = [shifted, shifted[1:] + shifted[:1], values, [*shifted, values[0]]]
        path.write_bytes((text.rstrip("\r\n") + "\r\n" + "\r\n".join(map(",".join, rows)) + "\r\n").encode(encoding))
    told = ",".join(values).encode()
    cases = landed / "police" / "案件_201511.csv"
    cases.write_bytes(cases.read_bytes() + told)
    (landed / "justice" / "社区矫正_2015Q4_更正.xlsx").write_bytes(b"PK\x03\x04" + told)
    (landed / "labour" / f"名单{PLANTED['phone']}.csv").write_bytes(told)
    (landed / "labour" / f"就业登记_2015Q4_{PLANTED['document_number']}.csv").write_bytes(told + b"\n" + told)


@pytest.fixture(scope="session")
def faulty_home(layout, landed_home, tmp_path_factory) -> tuple[Path, str]:
    """A copy of the home after a run with a different fault from each of four departments, and what was said."""
    landing = _put_back(layout, landed_home).layout.landing
    (landing / LANDED / "police" / "案件_201511.csv").write_bytes(b"\xff\xfe\x00 this is no table \x00\xff")
    (landing / LANDED / "civil_affairs" / "社会救助_2015Q4.csv").rename(landing / LANDED / "civil_affairs" / "救助.csv")
    fires = landing / LANDED / "fire" / "火灾_2015Q4.csv"
    fires.write_bytes(b"\n".join(line + ",户主电话".encode("gb18030") for line in fires.read_bytes().splitlines()))
    earlier = landing / PUBLISHED / "justice" / "人民调解_2015Q3.xlsx"
    shutil.copyfile(earlier, landing / LANDED / "justice" / "人民调解_2015Q4.xlsx")
    _plant(landing / LANDED)
    faulty = Town(layout).pingan("run", LANDED)
    assert faulty.exit_code == 1, faulty.output
    return _kept(layout, tmp_path_factory, "faulty"), faulty.output


@pytest.fixture(scope="session")
def published_home(layout, landed_home, tmp_path_factory) -> tuple[Path, str, str]:
    """A copy of the home after the second quarter was published while an analyst read the first; what was said; and
    what another process met that took every database right afterwards."""
    town = _put_back(layout, landed_home)
    database = layout.current_release / "analysts" / "pingan.duckdb"
    with duckdb.connect(str(database), read_only=True) as analyst:
        read = [_quarters_with_checksums(analyst)]
        published = town.pingan("run", LANDED)
        read.append(_quarters_with_checksums(analyst))
    assert read == [read[0]] * 2
    assert {quarter for quarter, _ in read[0]} == {PUBLISHED}
    assert published.exit_code == 0, published.output
    return _kept(layout, tmp_path_factory, "published"), published.output, _taken_by_another_process(layout)


def _quarters_with_checksums(analyst: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """What an analyst reads: the quarters of a table, each with a checksum of its rows."""
    return analyst.execute(
        "select quarter, bit_xor(hash(indicators)) from safety_index.fct_indicator_quarter as indicators group by 1"
    ).fetchall()


def _taken_by_another_process(layout: Layout) -> str:
    """Open the build database for writing and the releases for reading; returns the errors met."""
    script = (
        "import sys, duckdb\nfor path in sys.argv[1:]:\n"
        "    duckdb.connect(path, read_only='analysts' in path).close()\n"
    )
    databases = [str(path) for path in layout.home.rglob("*.duckdb")]
    assert len(databases) >= 3
    taken = subprocess.run([sys.executable, "-c", script, *databases], capture_output=True, text=True, check=False)
    return taken.stderr


@pytest.fixture
def town(layout, landed_home) -> Town:
    """The town with the first quarter published, the second landed and not looked at."""
    return _put_back(layout, landed_home)


@pytest.fixture
def refused_town(layout, refused_home) -> Town:
    return _put_back(layout, refused_home)


@pytest.fixture
def published_town(layout, published_home) -> Town:
    return _put_back(layout, published_home[0])


def _kept(layout: Layout, tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    kept = tmp_path_factory.mktemp(name) / "home"
    shutil.copytree(layout.home, kept, symlinks=True)
    return kept


def _put_back(layout: Layout, kept: Path) -> Town:
    # Commands that other tests gave may have led this process to another home.
    environment.enter(layout.home)
    shutil.rmtree(layout.home)
    shutil.copytree(kept, layout.home, symlinks=True)
    return Town(layout)
