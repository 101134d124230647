"""No identifier stands outside the zones for identifiers and the simulator's truth: every byte is searched."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from ingestion.contracts.registry import registry
from orchestration.environment import identifying_zones

#: Runs of signs that an identifier can be: numbers and letters, or Chinese characters with the dot of names.
_WORDS = re.compile(r"[0-9A-Za-z]{6,}|[\u4e00-\u9fff·]{2,}")


def _identifiers(layout) -> set[str]:
    """Every document number, phone number and address in the vault."""
    found: set[str] = set()
    columns = {"document_number", "document_number_as_sent"} | {
        name for name, meaning in registry().fields.items() if meaning.type in ("phone", "address")
    }
    for path in layout.vault.rglob("*.parquet"):
        table = parquet.read_table(path, partitioning=None)
        for name in columns & set(table.column_names):
            found.update(value for value in table[name].to_pylist() if value and len(value) >= 6)
    return found


def _texts(path: Path) -> Iterator[str]:
    """All text of a file as a reader could get at it: compressed formats are opened, all others are read as bytes."""
    if path.suffix == ".parquet":
        for column in parquet.read_table(path, partitioning=None).columns:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                yield from (value for value in column.unique().to_pylist() if value)
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            columns = connection.execute(
                "select schema_name, table_name, column_name from duckdb_columns() "
                "where not internal and data_type = 'VARCHAR'"
            ).fetchall()
            for schema, table, column in columns:
                rows = connection.execute(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
                yield from (value for (value,) in rows if value)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
    else:
        yield path.read_bytes().decode("utf-8", "replace")


def _searched(layout) -> list[Path]:
    closed = set(identifying_zones(layout))
    return [
        path
        for path in layout.home.rglob("*")
        if path.is_file() and not path.is_symlink() and not closed & set(path.parents)
    ]


def _standing(identifiers: set[str], paths: list[Path]) -> dict[str, int]:
    """How many identifiers stand in each file."""
    found: dict[str, int] = {}
    for path in paths:
        words: set[str] = set()
        for text in _texts(path):
            words.add(text)
            words.update(_WORDS.findall(text))
        if count := len(words & identifiers):
            found[str(path)] = count
    return found


def test_no_identifier_stands_outside_the_zones_for_identifiers(published_town):
    identifiers = _identifiers(published_town.layout)
    assert len(identifiers) > 1000
    paths = _searched(published_town.layout)
    zones = {path.relative_to(published_town.layout.home).parts[0] for path in paths}
    assert {"raw", "ledger", "checks", "build", "index", "releases", "dagster", "state"} <= zones
    assert _standing(identifiers, paths) == {}


def test_file_names_hold_no_identifier(published_town):
    identifiers = _identifiers(published_town.layout)
    names = {word for path in _searched(published_town.layout) for word in _WORDS.findall(str(path))}
    assert not names & identifiers


@pytest.mark.parametrize("suffix", [".json", ".parquet", ".duckdb", ".xlsx"])
def test_the_search_finds_an_identifier_in_every_kind_of_file(tmp_path, suffix):
    number = "000000199001011234"
    path = tmp_path / f"leak{suffix}"
    if suffix == ".parquet":
        parquet.write_table(pa.table({"note": [f"see {number}"] * 1000}), path, compression="zstd")
    elif suffix == ".duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.execute("create table t as select ? as note from range(1000)", [f"see {number}"])
    elif suffix == ".xlsx":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", f"<t>{number}</t>")
    else:
        path.write_text(f'{{"message": "row of {number}"}}')
    assert _standing({number}, [path]) == {str(path): 1}
