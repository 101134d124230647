"""The command line: what it answers before anything is run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan
from orchestration.commands.run import parse, plan
from orchestration.due import QuarterState
from warehouse.layout import PROJECT_ROOT
from warehouse.quarters import Quarter


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Ask the command line something about an empty warehouse."""
    for name in ("PINGAN_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    def asked(*arguments: str):
        return CliRunner().invoke(pingan, ["--home", str(tmp_path / "home"), *arguments])

    return asked


def test_help_names_every_command_and_every_exit_code(ask):
    answer = ask("--help").output
    for command in ("simulate", "run", "status", "doctor", "sql", "ui", "codegen"):
        assert command in answer
    for code, meaning in exits.MEANINGS.items():
        assert f"{code}  {meaning}" in answer


def test_help_imports_no_heavy_library():
    script = (
        "import sys; import orchestration.cli; "
        "print([m for m in ('dagster', 'dbt', 'duckdb', 'pandas', 'pyarrow', 'pydantic', 'rich') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=PROJECT_ROOT, check=True
    )
    assert printed.stdout.strip() == "[]"


def test_help_takes_less_than_half_a_second():
    spent = []
    for _ in range(3):
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "orchestration.cli", "--help"], capture_output=True, cwd=PROJECT_ROOT, check=True
        )
        spent.append(time.monotonic() - started)
    assert min(spent) < 0.5


def test_every_command_describes_itself_in_both_languages():
    for name, command in pingan.commands.items():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in command.help), name
        assert any(sign.isascii() and sign.isalpha() for sign in command.help), name


@pytest.mark.parametrize("quarters", ["2017", "2017Q5", "2017Q2..2017Q1", "2017Q1..", "latest"])
def test_a_quarter_that_is_none_is_a_usage_error(ask, quarters):
    with pytest.raises(click.UsageError):
        parse(quarters)
    assert ask("run", quarters).exit_code == exits.USAGE


def test_a_range_holds_both_ends():
    assert [str(quarter) for quarter in parse("2016Q3..2017Q1")] == ["2016Q3", "2016Q4", "2017Q1"]
    assert [str(quarter) for quarter in parse("2017q1")] == ["2017Q1"]


def test_running_a_quarter_for_which_nothing_landed_is_a_usage_error_that_says_so(ask):
    answer = ask("run", "2017Q1")
    assert answer.exit_code == exits.USAGE
    assert "nothing has landed for 2017Q1" in answer.output


def test_running_what_is_due_in_an_empty_warehouse_does_nothing_and_writes_nothing(ask, tmp_path):
    answer = ask("run")
    assert answer.exit_code == exits.DONE
    assert "nothing new" in answer.output
    assert list(tmp_path.iterdir()) == []


def test_a_revision_needs_the_quarter_that_it_revises(ask):
    assert ask("run", "--revise", "late correction").exit_code == exits.USAGE


def test_querying_before_anything_is_published_says_what_to_run(ask):
    answer = ask("sql", "-c", "select 1")
    assert answer.exit_code == exits.USAGE
    assert "pingan run" in answer.output


def _state(quarter: Quarter, waiting: int, version: int | None = None) -> QuarterState:
    return QuarterState(quarter, waiting, waiting, 0, 0, 0, version, version is None, False)


def test_what_landed_earlier_is_taken_in_before_the_quarter_that_rests_on_it():
    first, second, third = Quarter(2016, 4), Quarter(2017, 1), Quarter(2017, 2)
    states = {quarter: _state(quarter, waiting=5) for quarter in (first, second, third)}
    assert plan(states, [second]) == [(first, "take_in_deliveries"), (second, "produce_quarter")]


def test_what_landed_later_is_left_alone():
    first, second = Quarter(2016, 4), Quarter(2017, 1)
    states = {quarter: _state(quarter, waiting=5) for quarter in (first, second)}
    assert plan(states, [first]) == [(first, "produce_quarter")]


def test_the_folder_of_data_is_in_the_project_unless_another_is_named():
    home = next(option for option in pingan.params if option.name == "home")
    assert Path(home.default) == PROJECT_ROOT / "warehouse" / "data"
    assert home.envvar == "PINGAN_HOME"
