"""Running an extract's suite on its raw rows.

Belongs here: Great Expectations, imported when it is first needed, and the sample it sees. Does not belong here:
what is expected (``from_contract``).

The parser has applied every row rule already; the suite is the second pair of eyes. So it sees all rows of a small
extract and the first rows of every row group of a large one, while counts of rows and of nulls are taken over all
rows from the files' own statistics.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.codegen import suite_path
from expectations.deliveries import SUITE_CHECK
from expectations.evidence import Evidence
from expectations.from_contract import raw_types
from expectations.outcomes import CheckOutcome, listed
from ingestion.contracts.registry import registry

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_ROWS = 5_000
_NEVER_NULL = "expect_column_values_to_not_be_null"


class SuiteBroken(RuntimeError):
    """An expectation could not be evaluated: a fault of the suite or of this program, not of the data."""


@dataclass(frozen=True)
class Profile:
    """What the files' footers say of all rows: their number, nulls by column, and each column's SQL types."""

    row_count: int
    null_counts: dict[str, int]
    types: dict[str, set[str]]


def check_suite(evidence: Evidence, paths: Sequence[Path]) -> CheckOutcome:
    """Validate the raw files of an extract's quarter. Raises SuiteBroken when an expectation cannot be evaluated."""
    contract = evidence.contract
    suite = _suite_content(contract.extract)
    profile = profile_of(paths)
    never_null = [rule["kwargs"]["column"] for rule in suite["expectations"] if rule["type"] == _NEVER_NULL]
    # The footers answer these for all rows, so that the sample, which would tell less, need not be asked.
    others = suite | {"expectations": [rule for rule in suite["expectations"] if rule["type"] != _NEVER_NULL]}
    with_nulls = [name for name in never_null if profile.null_counts.get(name, 0)]
    rows = sample(paths, profile.row_count) if paths else []
    broken = validate(others, rows) if paths else ["raw files exist"]
    broken += [f"{name} is never null in all rows" for name in with_nulls]
    broken += [
        f"{name} is read as {kind} (found: {listed(sorted(profile.types[name]))})"
        for name, kind in raw_types(contract, registry()).items()
        if profile.types.get(name, {kind}) != {kind}
    ]
    total = len(suite["expectations"])
    return evidence.outcome(
        SUITE_CHECK,
        not broken,
        (f"broken: {listed(broken)}" if broken else f"all {total} expectations hold")
        + f" ({len(rows)} of {profile.row_count} rows looked at)",
        f"all {total} expectations hold",
        (
            "入库行不符合期望套件：请数据工程师核对契约与解析程序，再决定是否请部门更正来文",
            "accepted rows break the suite: a data engineer compares contract and parser, then decides whether the "
            "department has to correct the file",
        ),
    )


@cache
def _suite_content(extract: str) -> dict[str, Any]:
    return json.loads(suite_path(extract).read_text(encoding="utf-8"))


def profile_of(paths: Sequence[Path]) -> Profile:
    """The profile of Parquet files, from their footers; columns without statistics are counted."""
    import pyarrow.parquet as parquet

    rows, nulls, types = 0, dict[str, int](), dict[str, set[str]]()
    for path in paths:
        with parquet.ParquetFile(path) as file:
            rows += file.metadata.num_rows
            for place in range(file.metadata.num_columns):
                name = file.metadata.schema.column(place).path
                nulls[name] = nulls.get(name, 0) + _null_count(file, place, name)
            for column in file.schema_arrow:
                types.setdefault(column.name, set()).add(_sql_type(column.type))
    return Profile(rows, nulls, types)


def _sql_type(kind: Any) -> str:
    """The SQL type that a column of this Arrow type is read as."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _sql_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz is None else "TIMESTAMPTZ"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    names = {
        pa.string(): "VARCHAR",
        pa.large_string(): "VARCHAR",
        pa.string_view(): "VARCHAR",
        pa.date32(): "DATE",
        pa.int16(): "SMALLINT",
        pa.int32(): "INTEGER",
        pa.bool_(): "BOOLEAN",
        pa.uuid(): "UUID",
    }
    return names.get(kind, str(kind).upper())


def _null_count(file: Any, place: int, name: str) -> int:
    groups = [file.metadata.row_group(group).column(place) for group in range(file.metadata.num_row_groups)]
    if all(group.is_stats_set and group.statistics.has_null_count for group in groups):
        return sum(group.statistics.null_count for group in groups)
    return file.read(columns=[name]).column(0).null_count


def sample(paths: Sequence[Path], row_count: int, limit: int = SAMPLE_ROWS) -> pd.DataFrame:
    """All rows of the files, or about ``limit`` of them: the first rows of every row group, so that the same files
    give the same sample and no more is read than is looked at."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    parts = []
    for path in paths:
        with parquet.ParquetFile(path) as file:
            if row_count <= limit:
                parts.append(file.read())
                continue
            for group in range(file.num_row_groups):
                share = max(1, limit * file.metadata.row_group(group).num_rows // row_count)
                parts.append(pa.Table.from_batches([next(file.iter_batches(share, row_groups=[group]))]))
    table = pa.concat_tables(parts)
    for place, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            table = table.set_column(place, column.name, table.column(place).cast(pa.float64()))
        elif column.type == pa.uuid():
            # As bytes: Great Expectations takes a hash of every frame twice, and of objects only by their text.
            table = table.set_column(place, column.name, table.column(place).cast(column.type.storage_type))
    return table.to_pandas(date_as_object=False)


def validate(suite: dict[str, Any], frame: pd.DataFrame) -> list[str]:
    """Validate a whole suite on a frame. Returns the expectations that don't hold, with their columns and never a
    value.

    Raises SuiteBroken when one can't be evaluated.
    """
    results = _batch(frame).validate(_expectation_suite(suite), result_format="BOOLEAN_ONLY").results
    faults = [message for result in results for message in _exceptions(result.exception_info)]
    if faults:
        raise SuiteBroken(f"suite {suite['name']} cannot be evaluated: {listed(sorted(set(faults)))}")
    return [_name(result.expectation_config) for result in results if not result.success]


def prepare() -> None:
    """Have Great Expectations at hand, which takes seconds to import."""
    _batch_definition()


@cache
def _context() -> Any:
    """A Great Expectations context in memory: no files, no progress bars."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@cache
def _batch_definition() -> Any:
    asset = _context().data_sources.add_pandas("raw").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")


def _batch(frame: pd.DataFrame) -> Any:
    return _batch_definition().get_batch({"dataframe": frame})


def _expectation_suite(suite: dict[str, Any]) -> Any:
    _context()
    import great_expectations as gx

    return gx.ExpectationSuite(name=suite["name"], expectations=[dict(rule) for rule in suite["expectations"]])


def _exceptions(info: Any) -> list[str]:
    """Messages of exceptions that Great Expectations hid in a result; it keeps them flat or by metric."""
    parts = [info] if "raised_exception" in info else [part for part in info.values() if isinstance(part, dict)]
    return [str(part.get("exception_message")) for part in parts if part.get("raised_exception")]


def _name(config: Any) -> str:
    arguments = config.kwargs
    names = [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]
    names += arguments.get("column_list", []) if "unique" in config.type else []
    return f"{config.type.removeprefix('expect_')}({', '.join(names)})"
