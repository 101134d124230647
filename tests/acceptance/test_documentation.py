"""The guides tell the truth: queries run, links lead somewhere, commands, options, targets and reasons exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ingestion.reasons import FILE_REASONS
from orchestration.cli import pingan
from orchestration.commands.sql import open_release
from tests.town import LANDED
from warehouse.layout import PROJECT_ROOT

DOCUMENTS = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").rglob("*.md"))]
ANALYSTS = (PROJECT_ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", ANALYSTS, re.DOTALL)
OPTION = re.compile(r"--?[a-z][a-z-]*")


def code_of(document: Path) -> Iterator[str]:
    """Every inline span and every line of an indented or fenced block."""
    text = document.read_text(encoding="utf-8")
    fenced = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    for block in fenced.findall(text):
        yield from block.splitlines()[1:-1]
    rest = fenced.sub("", text)
    yield from (line.strip() for line in rest.splitlines() if line.startswith("    "))
    yield from re.findall(r"`([^`\n]+)`", rest)


def options_of(command: click.Command) -> set[str]:
    named = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return named | {"-h", "--help"}


def faults_of_command(line: str) -> list[str]:
    """What is wrong with the call of ``pingan`` in the line, if there is one."""
    called = re.search(r"(?:^|[\s/])pingan\s+(.*)", line)
    words = iter(re.findall(r"[^\s\[\]|]+", called[1]) if called else [])
    command: click.Command = pingan
    faults = []
    for word in words:
        if OPTION.fullmatch(word):
            if word not in options_of(command):
                faults.append(f"{line}: {command.name} has no option {word}")
            elif command is pingan and word == "--home":
                next(words, None)
        elif isinstance(command, click.Group):
            if word not in command.commands:
                return [f"{line}: there is no command {word}"]
            command = command.commands[word]
    return faults


@pytest.fixture(scope="module")
def release(published_home):
    with open_release(published_home[0] / "releases" / LANDED / "v1") as connection:
        yield connection


def test_the_analysts_guide_has_at_least_ten_queries():
    assert len(QUERIES) >= 10


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_each_query_of_the_analysts_guide_answers_on_a_release(release, number):
    cursor = release.execute(QUERIES[number])
    names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    assert len(names) > 1
    assert rows
    never_filled = {name for name, values in zip(names, zip(*rows, strict=True), strict=True) if set(values) == {None}}
    # A release of the first year has no year before to compare with.
    assert never_filled <= {"year_ago_value", "change_percent"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_relative_link_leads_to_a_file(document):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_command_and_option_that_is_mentioned_exists(document):
    anywhere = options_of(pingan).union(*(options_of(command) for command in pingan.commands.values()))
    faults = [fault for line in code_of(document) for fault in faults_of_command(line)]
    alone = [line for line in code_of(document) if line.startswith("--") and line.split()[0] not in anywhere]
    assert faults + alone == []


def test_a_command_or_option_that_is_not_there_is_seen():
    assert faults_of_command("pingan publish") == ["pingan publish: there is no command publish"]
    assert faults_of_command(".venv/bin/pingan run 2017Q1 --force") == [
        ".venv/bin/pingan run 2017Q1 --force: run has no option --force"
    ]
    assert faults_of_command("pingan --home /data sql -c query --release 2017Q1") == []


def test_every_command_stands_in_some_guide():
    lines = [line for document in DOCUMENTS for line in code_of(document)]
    called = {word for line in lines for call in re.findall(r"\bpingan (.*)", line) for word in call.split()}
    assert called >= set(pingan.commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_every_make_target_that_is_mentioned_exists(document):
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    mentioned = {target for line in code_of(document) for target in re.findall(r"\bmake ([a-z]+)\b(?!=)", line)}
    assert mentioned <= targets
    if document == PROJECT_ROOT / "README.md":
        assert mentioned >= {"quarter", "test", "ui"}


def test_the_departments_guide_explains_every_reason_for_refusing_a_file():
    guide = (PROJECT_ROOT / "docs" / "departments.md").read_text(encoding="utf-8")
    table = guide.split("| reason | what it means | what to do |")[1]
    assert sorted(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == sorted(FILE_REASONS)
