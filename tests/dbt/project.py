"""Running the dbt project in this process and reading what it built.

Belongs here: one warehouse at a time under a folder of its own. Does not belong here: what is delivered to it.
"""

from __future__ import annotations

import json
import os
import re
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from warehouse.layout import HOME_VARIABLE, PROJECT_ROOT, QUARTER_VARIABLE

PROJECT = PROJECT_ROOT / "dbt_project"


class Project:
    """The project over the data in ``home``."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.target = home / "build" / "dbt_target"
        self.target.mkdir(parents=True, exist_ok=True)

    def run(self, command: str, quarter: str, *arguments: str, manifest: Manifest | None = None) -> dbtRunnerResult:
        """Run a dbt command for a quarter, on a ``manifest`` that is parsed already if it is given. The result is
        returned whether or not it is a success."""
        options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
        options += ["--target-path", str(self.target), "--log-path", str(self.home / "build" / "dbt_logs")]
        with _environment({HOME_VARIABLE: str(self.home), QUARTER_VARIABLE: quarter}):
            try:
                return dbtRunner(manifest=manifest).invoke([command, *options, *arguments])
            finally:
                _release_database()

    def parsed(self) -> Manifest:
        return self.run("parse", "2015Q3").result

    def build(self, quarter: str, *arguments: str) -> dbtRunnerResult:
        return self.run("build", quarter, "--exclude-resource-type", "unit_test", *arguments)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "build" / "pingan.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def figures(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every mart and of the decisions on links, in order, its values by name and by place."""
        tables = self.rows(
            "select table_schema || '.' || table_name, table_name from information_schema.tables "
            "where table_schema = 'marts' or table_name = 'int_links__decided' order by 2"
        )
        with duckdb.connect(str(self.home / "build" / "pingan.duckdb"), read_only=True) as connection:
            return {name: _named_rows(connection, table, name) for table, name in tables}

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.target / "manifest.json").read_text(encoding="utf-8"))

    def quarters_built(self, model: str) -> set[str]:
        """The quarters that the last run of an incremental model spelt out in its SQL."""
        (path,) = (self.target / "compiled").rglob(f"{model}.sql")
        written = path.read_text(encoding="utf-8")
        found = re.search(r"quarter (?:in \(|= )'([^)\n]*)'", written)
        return set(found[1].split("', '")) if found else set(re.findall(r"'(\d{4}Q\d)' as quarter", written))

    def main_statement(self, model: str) -> str:
        """The statement by which the last run of a model wrote its rows."""
        (path,) = (self.target / "run").rglob(f"{model}.sql")
        return path.read_text(encoding="utf-8").strip()


def _release_database() -> None:
    """dbt-duckdb keeps its connection for the life of the process, and the file's lock with it."""
    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager._ENV = None


def _named_rows(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> list[tuple[Any, ...]]:
    found = connection.execute(f"select * from {table} order by all")
    row = namedtuple(name, [column[0] for column in found.description])
    return [row._make(values) for values in found.fetchall()]


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
