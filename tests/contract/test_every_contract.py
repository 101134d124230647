"""For each extract: a valid file is accepted whole, and one row for every rule that it can break is told apart."""

import datetime as dt
from functools import cache

import pyarrow.parquet as pq
import pytest

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import period_days
from ingestion.intake import take_in
from ingestion.schema import raw_columns, vault_columns
from ingestion.workbench import Workbench
from tests.benches import KEYS
from tests.contract.made_files import Row, file_name, period_of, valid_rows, write_rows, write_table
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CONTRACTS = registry().contracts
ROUND = Quarter(2017, 1)
pytestmark = pytest.mark.parametrize("extract", CONTRACTS)


def taken_in(tmp_path, contract: Contract, rows: list[Row], bench: Workbench):
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), contract.department)
    write_rows(folder / file_name(contract), contract, rows)
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    return layout, delivery


def test_a_valid_file_is_accepted_whole_with_the_declared_columns_and_types(tmp_path, extract, bench):
    contract = CONTRACTS[extract]
    layout, delivery = taken_in(tmp_path, contract, valid_rows(contract, 12), bench)
    assert (delivery.verdict, delivery.reason_en) == ("accepted", None)
    assert (delivery.rows_read_count, delivery.rows_accepted_count, delivery.accounted) == (13, 12, {"header": 1})
    raw = pq.read_table(layout.home / delivery.raw_path, partitioning=None)
    assert raw.column_names == [column.name for column in raw_columns(registry(), contract)]
    assert raw["row_number"].to_pylist() == list(range(2, 14))
    # What contracts say is in the file; nothing valid was turned into an empty cell.
    assert not [name for name in raw.column_names if raw[name].null_count]
    types = bench.connection.execute(
        "SELECT column_type FROM (DESCRIBE FROM read_parquet($path, hive_partitioning = false))",
        {"path": str(layout.home / delivery.raw_path)},
    ).fetchall()
    assert [found for (found,) in types] == [column.sql_type for column in raw_columns(registry(), contract)]
    # Before an extract's first delivery dbt finds its columns here.
    declared = layout.raw_folder(contract.department, contract.name, "none") / "columns.parquet"
    assert pq.read_schema(declared).names == raw.column_names
    assert pq.read_metadata(declared).num_rows == 0
    vault = list(layout.vault.rglob("*.parquet"))
    columns = [column.name for column in vault_columns(registry(), contract)]
    assert len(vault) == bool(columns)
    if columns:
        stored = pq.read_table(vault[0], partitioning=None)
        assert stored.column_names == columns
        assert not [name for name in columns if stored[name].null_count]


@cache
def breaches(extract: str) -> list[tuple[str, str, dict[str, str]]]:
    """Every rule of the contract that a row can break: column, reason, and the cells that break it."""
    contract, fields = CONTRACTS[extract], registry().fields
    start, end = period_days(period_of(contract))
    found: list[tuple[str, str, dict[str, str]]] = []
    # A row that does not plainly say that it is no minor's is not kept in quarantine either.
    unkept = contract.sealing.minor_flag if contract.sealing else None
    for name, column in contract.columns.items():
        if name == unkept:
            continue
        meaning = fields[name]
        if column.required and meaning.type != "document_number":
            found.append((name, "missing_required", {name: ""}))
        wrong = {
            "code": ("unknown_code", "不在表中"),
            "date": ("invalid_date", "2017-02-30"),
            "timestamp": ("invalid_date", "2017-02-30 08:00:00"),
            "integer": ("invalid_number", "若干"),
            "decimal": ("invalid_number", "1.2.3"),
            "boolean": ("invalid_boolean", "也许"),
        }
        if meaning.type in wrong:
            found.append((name, wrong[meaning.type][0], {name: wrong[meaning.type][1]}))
        if meaning.pattern:
            found.append((name, "bad_pattern", {name: "#"}))
        if meaning.minimum is not None:
            found.append((name, "out_of_range", {name: str(int(meaning.minimum) - 1)}))
        if meaning.maximum is not None:
            found.append((name, "out_of_range", {name: str(int(meaning.maximum) + 1)}))
    for rule in contract.constraints:
        match rule.kind:
            case "within_period":
                after = (end + dt.timedelta(days=1)).isoformat()
                before = (start - dt.timedelta(days=1)).isoformat()
                found += [(rule.column, "outside_period", {rule.column: day}) for day in (after, before)]
            case "not_in_future":
                later = (end + dt.timedelta(days=1)).isoformat()
                found.append((rule.column, "in_future", {rule.column: later}))
            case "not_before":
                cells = {rule.column: start.isoformat(), rule.other: (start + dt.timedelta(days=1)).isoformat()}
                found.append((rule.column, "before_other_date", cells))
            case "not_above":
                found.append((rule.column, "above_other", {rule.column: "2", rule.other: "1"}))
    return found


def test_each_broken_rule_is_told_by_its_column_and_reason(tmp_path, extract, bench):
    contract = CONTRACTS[extract]
    broken = breaches(extract)
    rows = valid_rows(contract, 2 * len(broken) + 2)
    for row, (_, _, cells) in zip(rows, broken, strict=False):
        row.update(cells)
    # The last row repeats the key of the one before it.
    rows[-1].update({name: rows[-2][name] for name in contract.key})
    layout, delivery = taken_in(tmp_path, contract, rows, bench)
    assert (delivery.verdict, delivery.reason_en) == ("accepted", None)
    (path,) = layout.quarantine.rglob("*.parquet")
    quarantined = {row["row_number"]: row for row in pq.read_table(path, partitioning=None).to_pylist()}
    assert len(quarantined) == len(broken) + 1
    for number, (column, reason, cells) in enumerate(broken, start=2):
        told = [(place["column"], place["reason_code"]) for place in quarantined[number]["reasons"]]
        assert (column, reason) in told
        sent = dict(quarantined[number]["cells"])
        assert {name: sent[contract.columns[name].headers[0]] for name in cells} == cells
    assert [place["reason_code"] for place in quarantined[len(rows) + 1]["reasons"]] == ["duplicate_key"]
    assert delivery.rows_accepted_count == len(rows) - len(broken) - 1


def test_each_header_alias_is_understood_and_a_refused_column_is_dropped(tmp_path, extract, bench):
    contract = CONTRACTS[extract]
    header = [column.headers[-1] for column in contract.columns.values()] + contract.refused_headers
    rows = valid_rows(contract, 3)
    secret = "绝不入库的内容"
    body = [[*row.values(), *[secret] * len(contract.refused_headers)] for row in rows]
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), contract.department)
    write_table(folder / file_name(contract), contract, [header, *body])
    (delivery,) = take_in(layout, contract, ROUND, KEYS, bench).deliveries
    assert (delivery.verdict, delivery.reason_en, delivery.rows_accepted_count) == ("accepted", None, 3)
    assert delivery.refused_headers == sorted(contract.refused_headers)
    for path in [*layout.raw.rglob("*.parquet"), *layout.vault.rglob("*.parquet")]:
        assert secret not in str(pq.read_table(path, partitioning=None).to_pylist())
