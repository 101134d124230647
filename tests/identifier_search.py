"""The search for identifiers in every byte that a run leaves outside the zones for identifiers.

Belongs here: what was sent, and where it stands. Does not belong here: the runs that are searched.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet

from ingestion.contracts.registry import registry
from orchestration.environment import identifying_zones

#: Numbers and Latin letters, as a document number or telephone number is.
_NUMBERS = re.compile(rb"[0-9A-Za-z]{6,}")
#: Words in capitals, as a foreign name is.
CAPITALS = re.compile(rb"[A-Z][A-Z'-]*(?: [A-Z'-]+)+")
#: Chinese characters in UTF-8 with the dot of names, full-width digits and the numbers of doors among them.
_CHINESE = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef\xbc[\x80-\xbf]|\xc2\xb7|[0-9A-Za-z])+")
_ESCAPED = re.compile(rb"\\u([0-9a-f]{4})")
#: Shorter ones meet other words by chance.
_SHORTEST = {"name": 3, "address": 6, "phone": 6, "document_number": 6}


def identifiers_sent(layout) -> dict[str, set[str]]:
    """Every document number, telephone number, address and name that was sent, by type: from the vault, and from
    the rows in quarantine that never came to it."""
    types = {name: meaning.type for name, meaning in registry().fields.items() if meaning.type in _SHORTEST}
    types |= {"document_number_as_sent": "document_number"}
    sent = {
        header: types[name]
        for contract in registry().contracts.values()
        for name, column in contract.columns.items()
        if name in types
        for header in column.headers
    }
    found: dict[str, set[str]] = {type_: set() for type_ in _SHORTEST}
    for path in layout.vault.rglob("*.parquet"):
        table = parquet.read_table(path, partitioning=None)
        for name in types.keys() & set(table.column_names):
            found[types[name]].update(value for value in table[name].unique().to_pylist() if value)
    for path in layout.quarantine.rglob("*.parquet"):
        for cells in parquet.read_table(path, columns=["cells"], partitioning=None)["cells"].to_pylist():
            for header, value in cells:
                if header in sent and value:
                    found[sent[header]].add(value)
    return {type_: {value for value in values if len(value) >= _SHORTEST[type_]} for type_, values in found.items()}


def contents(path: Path) -> Iterator[bytes]:
    """All that a reader could get at: the bytes as they are, and the values of formats that compress or split them."""
    content = path.read_bytes()
    yield content
    if _ESCAPED.search(content):
        yield _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)).encode("utf-8", "ignore"), content)
    if path.suffix == ".parquet":
        yield _joined(
            str(value)
            for column in parquet.read_table(path, partitioning=None).columns
            if not (pa.types.is_primitive(column.type) or isinstance(column.type, pa.UuidType))
            for value in (column.to_pylist() if pa.types.is_nested(column.type) else column.unique().to_pylist())
        )
    elif path.suffix == ".duckdb":
        yield _joined(_database_values(path))
    elif content.startswith(b"SQLite format 3"):
        yield from _sqlite_values(path)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def _joined(values: Iterable[str]) -> bytes:
    return "\n".join(values).encode()


def _database_values(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where not internal "
            "and (data_type in ('VARCHAR', 'JSON', 'BLOB') or regexp_matches(data_type, '[\\[(]') "
            "and not starts_with(data_type, 'DECIMAL'))"
        ).fetchall()
        for schema, table, column in columns:
            values = connection.execute(f'select distinct cast("{column}" as varchar) from "{schema}"."{table}"')
            yield from (value for (value,) in values.fetchall() if value)


def _sqlite_values(path: Path) -> Iterator[bytes]:
    """A long value is split over pages in the file, and whole here."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'select * from "{table.decode()}"'):
                for value in row:
                    if isinstance(value, bytes):
                        yield _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)).encode("utf-8", "ignore"), value)


def searched_files(layout) -> list[Path]:
    closed = set(identifying_zones(layout))
    return [
        path
        for path in layout.home.rglob("*")
        if path.is_file() and not path.is_symlink() and not closed & set(path.parents)
    ]


def found_in(contents: Iterable[bytes], identifiers: dict[str, set[str]]) -> set[str]:
    """The identifiers that stand in ``contents``, alone or in the midst of other text."""
    words: set[bytes] = set()
    chinese: set[bytes] = set()
    for content in contents:
        words.update(_NUMBERS.findall(content))
        words.update(
            b" ".join(parts[first : first + count])
            for run in set(CAPITALS.findall(content))
            for parts in [run.split(b" ")]
            for count in (2, 3, 4)
            for first in range(len(parts) - count + 1)
        )
        chinese.update(run for run in _CHINESE.findall(content) if max(run) > 0x7F)
    wanted = set().union(*identifiers.values())
    found = {word.decode() for word in words} & wanted
    lengths = {len(value) for value in wanted if not value.isascii()}
    for run in chinese:
        text = run.decode("utf-8", "ignore")
        for length in lengths:
            found.update(wanted.intersection(text[at : at + length] for at in range(len(text) - length + 1)))
    return found


def standing(identifiers: dict[str, set[str]], paths: list[Path]) -> dict[str, int]:
    """How many identifiers stand in each file."""
    counts = {str(path): len(found_in(contents(path), identifiers)) for path in paths}
    return {path: count for path, count in counts.items() if count}
