"""Opening the vault: who reads which extracts, for what purpose, and the SQL that yields their rows.

Belongs here: the one way by which identifiers are read back, so that each opening is logged. Does not belong here:
writing deliveries (``promotion``) or what the rows mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.identity.access_log import AccessLog
from ingestion.identity.encryption import VaultCipher
from ingestion.ledger import Delivery
from warehouse.keys import Keys
from warehouse.layout import Layout

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Columns of the evidence that a row gives about a person, in the order of ``evidence_sql``.
EVIDENCE = (
    "extract", "quarter", "delivery_id", "row_number", "person_pseudonym", "identity_quality_code",
    "document_type_code", "number_as_sent", "number", "person_name", "birth_date", "phone", "sex_code",
    "committee_code", "dwelling_code",
)  # fmt: skip


@dataclass
class Vault:
    """The vault, opened for one purpose. Every extract that is read is a line of the access log."""

    layout: Layout
    cipher: VaultCipher
    log: AccessLog
    purpose: str

    def file(self, delivery: Delivery) -> Path:
        department, extract = delivery.extract.split(".")
        return (
            self.layout.vault / department / extract / f"quarter={delivery.quarter}" / f"{delivery.delivery_id}.parquet"
        )

    def opened(self, deliveries: list[Delivery]) -> str:
        """Write down that these deliveries are read; the line's hash."""
        return self.log.append(self.purpose, sorted({f"{one.extract}-{one.period}" for one in deliveries}))

    def rows(self, connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
        """SQL that stands for the delivery's vault rows; an encrypted file is read into memory first."""
        return self.cipher.relation(connection, self.file(delivery))

    def read(self, path: Path) -> pa.Table:
        """A file of the vault that is not a delivery's."""
        return self.cipher.read(path)

    def write(self, path: Path, table: pa.Table) -> None:
        self.cipher.write(path, table)


def open_vault(layout: Layout, keys: Keys, purpose: str, who: str | None = None) -> Vault:
    """The vault for one purpose. Raises CannotEncrypt when it is not as it should be, before anything is read."""
    cipher = VaultCipher.from_environment(layout.vault, keys)
    return Vault(layout, cipher, AccessLog.at(layout.vault_log, who, layout.vault_log_head), purpose)


def names_sql(vault: Vault, connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
    """The delivery's identified rows as ``delivery_id, row_number, person_pseudonym, person_name, birth_date``."""
    person = registry().contract(delivery.extract).person
    birth = person.birth_date or "CAST(NULL AS DATE)"
    return (
        f"SELECT '{delivery.extract}' AS extract, '{delivery.delivery_id}' AS delivery_id, row_number, "
        f"person_pseudonym, {person.name} AS person_name, {birth} AS birth_date "
        f"FROM {vault.rows(connection, delivery)} WHERE identity_quality_code IN ('valid', 'upgraded_15')"
    )


def evidence_sql(vault: Vault, connection: duckdb.DuckDBPyConnection, delivery: Delivery, chosen: str = "true") -> str:
    """The delivery's rows with the columns EVIDENCE; ``chosen`` is a condition on the vault's columns."""
    contract = registry().contract(delivery.extract)
    person = contract.person
    raw = (
        vault.layout.raw_folder(contract.department, contract.name, delivery.quarter)
        / f"{delivery.delivery_id}.parquet"
    )

    def column(name: str | None, side: str, sql_type: str = "VARCHAR") -> str:
        return f"{side}.{name}" if name and name in contract.columns else f"CAST(NULL AS {sql_type})"

    return f"""
        SELECT '{delivery.extract}' AS extract, '{delivery.quarter}' AS quarter,
            '{delivery.delivery_id}' AS delivery_id, vault.row_number,
            vault.person_pseudonym, vault.identity_quality_code, vault.document_type_code,
            vault.document_number_as_sent AS number_as_sent, vault.document_number AS number,
            vault.{person.name} AS person_name, {column(person.birth_date, "vault", "DATE")} AS birth_date,
            {column("phone", "vault")} AS phone, {column(person.sex, "raw")} AS sex_code,
            {column("committee_code", "raw")} AS committee_code, {column("dwelling_code", "raw")} AS dwelling_code
        FROM (SELECT * FROM {vault.rows(connection, delivery)} WHERE {chosen}) AS vault
        INNER JOIN read_parquet('{raw}') AS raw ON raw.row_number = vault.row_number"""


def is_one_row_a_person(contract: Contract) -> bool:
    """Whether a delivery of the extract has at most one row for each person."""
    return (
        contract.delivery.kind == "snapshot" and contract.person is not None and contract.person.number in contract.key
    )
