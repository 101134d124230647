"""From a contract to an expectation suite, as plain content for a file.

Belongs here: which expectations a contract implies for the raw rows. Does not belong here: running them (``run``),
writing the files (``codegen``).
"""

from __future__ import annotations

import re
from typing import Any

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry
from ingestion.schema import SQL_TYPES

IDENTITY_QUALITIES = [
    "valid",
    "upgraded_15",
    "wrong_check_digit",
    "impossible_date",
    "rounded_by_spreadsheet",
    "malformed",
    "missing",
]
_PLACE_COLUMNS = ["delivery_id", "row_number"]
_OWN_TYPES = {
    "delivery_id": "VARCHAR",
    "row_number": "INTEGER",
    "person_pseudonym": "UUID",
    "identity_quality_code": "VARCHAR",
    "birth_year": "SMALLINT",
}
_CAPTURING_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def raw_columns(contract: Contract, contracts: Registry) -> list[str]:
    """The columns of the extract's raw files, in order (docs/architecture.md, raw columns)."""
    person = []
    if contract.person:
        person = ["person_pseudonym", "identity_quality_code"]
        person += ["birth_year"] if contract.person.birth_date else []
    return [*_PLACE_COLUMNS, *person, *contracts.released_columns(contract)]


def raw_types(contract: Contract, contracts: Registry) -> dict[str, str]:
    """The SQL type of every raw column (docs/architecture.md, raw columns)."""
    released = {name: SQL_TYPES[contracts.fields[name].type] for name in contracts.released_columns(contract)}
    return {name: _OWN_TYPES.get(name) or released[name] for name in raw_columns(contract, contracts)}


def required_columns(contract: Contract, contracts: Registry) -> list[str]:
    """The raw columns that are never null."""
    person = ["person_pseudonym", "identity_quality_code"] if contract.person else []
    released = contracts.released_columns(contract)
    return [*_PLACE_COLUMNS, *person, *(name for name in released if contract.columns[name].required)]


def suite_content(contract: Contract, contracts: Registry) -> dict[str, Any]:
    """The suite of an extract: what every accepted row and the file as a whole must keep.

    The key of an extract about persons is their document number, which is not here, and two rows without a usable one
    can share a pseudonym: there only the place of a row in its file is unique.
    """
    columns = raw_columns(contract, contracts)
    rules = [
        _expect("table_row_count_to_be_between", min_value=1),
        _expect("table_columns_to_match_ordered_list", column_list=columns),
        *(_expect("column_values_to_not_be_null", column=name) for name in required_columns(contract, contracts)),
    ]
    if contract.person:
        rules.append(
            _expect("column_values_to_be_in_set", column="identity_quality_code", value_set=IDENTITY_QUALITIES)
        )
    for name in contracts.released_columns(contract):
        meaning = contracts.fields[name]
        if meaning.codes:
            codes = sorted(contracts.code_lists[meaning.codes])
            rules.append(_expect("column_values_to_be_in_set", column=name, value_set=codes))
        if meaning.pattern:
            regex = f"^(?:{_CAPTURING_GROUP.sub('(?:', meaning.pattern)})$"
            rules.append(_expect("column_values_to_match_regex", column=name, regex=regex))
        if meaning.minimum is not None or meaning.maximum is not None:
            limits = {"min_value": meaning.minimum, "max_value": meaning.maximum}
            given = {limit: value for limit, value in limits.items() if value is not None}
            rules.append(_expect("column_values_to_be_between", column=name, **given))
    rules += _order_rules(contract, set(columns))
    rules += _key_rules(contract, columns)
    return {"name": contract.extract, "expectations": rules, "meta": {"contract": contract.extract}}


def _expect(what: str, **arguments: Any) -> dict[str, Any]:
    return {"type": f"expect_{what}", "kwargs": arguments, "severity": "critical"}


def _order_rules(contract: Contract, columns: set[str]) -> list[dict[str, Any]]:
    rules = []
    for rule in contract.constraints:
        if rule.other is None or not {rule.column, rule.other} <= columns:
            continue
        later, earlier = (rule.column, rule.other) if rule.kind == "not_before" else (rule.other, rule.column)
        rules.append(
            _expect(
                "column_pair_values_a_to_be_greater_than_b",
                column_A=later,
                column_B=earlier,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            )
        )
    return rules


def _key_rules(contract: Contract, columns: list[str]) -> list[dict[str, Any]]:
    keys = [_PLACE_COLUMNS]
    if all(name in columns for name in contract.key):
        keys.append(["delivery_id", *contract.key])
    return [_expect("compound_columns_to_be_unique", column_list=key) for key in keys]
