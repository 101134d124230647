"""What the columns of raw and the vault are called and of which type they are, derived from a contract.

Belongs here: names, types and descriptions of what ingestion writes. Does not belong here: how a cell becomes
a value (``parsing``) or how a file is written (``promotion``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract, Sensitivity
from ingestion.contracts.registry import Registry

if TYPE_CHECKING:
    import pyarrow as pa

#: A field's type in SQL. Direct identifiers are text, as sent.
SQL_TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18,2)",
    "boolean": "BOOLEAN",
    "document_number": "VARCHAR",
    "name": "VARCHAR",
    "phone": "VARCHAR",
    "address": "VARCHAR",
}


@dataclass(frozen=True)
class StoredColumn:
    """A column of a file that ingestion writes."""

    name: str
    sql_type: str
    zh: str
    en: str
    sensitivity: Sensitivity
    unit: str | None = None


DELIVERY_ID = StoredColumn("delivery_id", "VARCHAR", "交付编号", "Delivery that the row came in.", "internal")
ROW_NUMBER = StoredColumn("row_number", "INTEGER", "行号", "Place of the row in its file, from 1.", "internal")
PERSON_PSEUDONYM = StoredColumn(
    "person_pseudonym",
    "UUID",
    "个人假名",
    "Keyed pseudonym of the person that the row is about. Without a usable number it stands for this record alone.",
    "quasi",
)
IDENTITY_QUALITY_CODE = StoredColumn(
    "identity_quality_code",
    "VARCHAR",
    "证件号码质量",
    "Quality of the document number: valid, upgraded_15, wrong_check_digit, impossible_date, rounded_by_spreadsheet,"
    " malformed or missing. The first two are identified.",
    "internal",
)
BIRTH_YEAR = StoredColumn("birth_year", "SMALLINT", "出生年份", "Year of birth.", "quasi")
QUARTER = StoredColumn("quarter", "VARCHAR", "季度", "Quarter that the delivery belongs to, from its path.", "public")

_VAULT_PERSON = (
    PERSON_PSEUDONYM,
    StoredColumn("document_type_code", "VARCHAR", "证件类型", "Type of the document (GA/T 517).", "internal"),
    StoredColumn(
        "document_number_as_sent", "VARCHAR", "证件号码（原文）", "Number as the department sent it.", "direct"
    ),
    StoredColumn("document_number", "VARCHAR", "证件号码", "Normalised number; empty unless identified.", "direct"),
    IDENTITY_QUALITY_CODE,
)


def _contract_column(registry: Registry, name: str) -> StoredColumn:
    meaning = registry.fields[name]
    return StoredColumn(name, SQL_TYPES[meaning.type], meaning.zh, meaning.en, meaning.sensitivity, meaning.unit)


def raw_columns(registry: Registry, contract: Contract) -> list[StoredColumn]:
    """The columns of the extract's raw files in their order; ``quarter`` comes from the path."""
    columns = [DELIVERY_ID, ROW_NUMBER]
    if contract.person:
        columns += [PERSON_PSEUDONYM, IDENTITY_QUALITY_CODE]
        if contract.person.birth_date:
            columns.append(BIRTH_YEAR)
    return columns + [_contract_column(registry, name) for name in registry.released_columns(contract)]


def vault_columns(registry: Registry, contract: Contract) -> list[StoredColumn]:
    """The columns of the extract's vault files; empty when the extract has nothing that identifies a person."""
    direct = [name for name in contract.columns if registry.fields[name].sensitivity == "direct"]
    if not direct:
        return []
    person = list(_VAULT_PERSON) if contract.person else []
    number = contract.person.number if contract.person else None
    rest = [_contract_column(registry, name) for name in direct if name != number]
    return [DELIVERY_ID, ROW_NUMBER, *person, *rest]


def arrow_schema(columns: list[StoredColumn]) -> pa.Schema:
    """The Arrow schema of ``columns``, descriptions left out so that files stay the same when words change."""
    import pyarrow as pa

    types = {
        "VARCHAR": pa.string(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "INTEGER": pa.int32(),
        "SMALLINT": pa.int16(),
        "DECIMAL(18,2)": pa.decimal128(18, 2),
        "BOOLEAN": pa.bool_(),
        "UUID": pa.uuid(),
    }
    return pa.schema([(column.name, types[column.sql_type]) for column in columns])


def with_plain_booleans(table: pa.Table) -> pa.Table:
    """``table`` with booleans of one bit.

    With lossless conversion, which UUIDs need, DuckDB hands out booleans of one byte, which not every reader knows.
    """
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if isinstance(field.type, pa.Bool8Type):
            plain = [chunk.storage.cast(pa.bool_()) for chunk in table.column(place).chunks]
            table = table.set_column(place, field.name, pa.chunked_array(plain, pa.bool_()))
    return table
