"""From the old pseudonyms to the new ones: each is made again from the words in the vault that the old one came from.

An old pseudonym is taken for known only if the same words give it under the old key, so a change of rules since it was
made cannot pass unseen.

Belongs here: the crosswalk. Does not belong here: the files that are written with it (``rewriting``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.identity.numbers import (
    HONG_KONG_MACAO_PERMIT,
    PASSPORT,
    PERMANENT_RESIDENT_CARD,
    RESIDENT_CARD,
    TAIWAN_PERMIT,
)
from ingestion.identity.records import records_sql
from ingestion.parsing.cells import comparable_name
from warehouse.keys import Keys
from warehouse.pseudonyms import hmac_pads, hmac_sql, mark_pads, mark_sql, pseudonyms_of_marks

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: The type with which a number was judged, the likeliest first: a row may name none, or another.
_TYPES = (
    f"coalesce(document_type_code, '{RESIDENT_CARD}')",
    *(f"'{one}'" for one in (
        RESIDENT_CARD, PASSPORT, TAIWAN_PERMIT, HONG_KONG_MACAO_PERMIT, PERMANENT_RESIDENT_CARD
    )),
)  # fmt: skip


class Crosswalk:
    """Grows delivery by delivery; ``connection`` may see identifiers and holds the tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, old: Keys, new: Keys) -> None:
        self._connection = connection
        self._old, self._new, self._mark_pads = old, new, mark_pads(old)
        connection.execute("CREATE TEMP TABLE crosswalk (old UUID, new UUID)")

    def add_delivery(self, contract: Contract, vault: pa.Table) -> int:
        """Take up the persons of a delivery's vault rows. Returns how many pseudonyms of identified rows are not what
        their numbers give under the old key."""
        name = comparable_name(f"coalesce({contract.person.name}, '')")
        birth = f"coalesce(CAST({contract.person.birth_date or 'NULL'} AS VARCHAR), '')"
        self._copy("sent", vault)
        self._connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE unknown AS
            SELECT DISTINCT ON (person_pseudonym) person_pseudonym AS old, document_type_code, document_number,
                CASE WHEN document_number IS NULL THEN concat_ws('|', 'unidentified', $department,
                    {name}, {birth}, coalesce(document_number_as_sent, '')) END AS unidentified
            FROM sent ANTI JOIN crosswalk ON crosswalk.old = sent.person_pseudonym""",
            {"department": contract.department},
        )
        self._take_up("unidentified", "document_number IS NULL")
        for kind in _TYPES:
            if not self._take_up(f"{kind} || '|' || document_number", "document_number IS NOT NULL"):
                break
        left = self._left("document_number IS NOT NULL")
        return self._connection.execute(f"SELECT count(*) FROM ({left})").fetchone()[0]

    def _left(self, condition: str) -> str:
        return f"SELECT * FROM unknown ANTI JOIN crosswalk USING (old) WHERE {condition}"

    def _take_up(self, message: str, condition: str) -> int:
        """Add those whose ``message`` gives the old pseudonym; how many there were to try."""
        import pyarrow as pa

        tried = self._connection.execute(
            f"SELECT old, {mark_sql(message)} AS mark FROM ({self._left(condition)})", self._mark_pads
        ).to_arrow_table()
        both = {"under_old": self._old, "under_new": self._new}
        made = {name: pseudonyms_of_marks(tried["mark"], keys) for name, keys in both.items()}
        self._copy("tried", pa.table({"old": tried["old"], **made}))
        self._connection.execute("INSERT INTO crosswalk SELECT old, under_new FROM tried WHERE under_old = old")
        return tried.num_rows

    def add_records(self, records: pa.Table) -> None:
        """Take up the records of a round, and what they said, which are named by more than a number."""
        self._copy("stored", records)
        made = {"before": ("stored", self._old), "after": ("renamed", self._new)}
        self._connection.execute(
            "CREATE OR REPLACE TEMP VIEW renamed AS SELECT stored.* REPLACE (crosswalk.new AS person_pseudonym) "
            "FROM stored INNER JOIN crosswalk ON crosswalk.old = stored.person_pseudonym"
        )
        for name, (rows, keys) in made.items():
            pads = hmac_pads(keys.by_purpose["identity"])
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {records_sql(rows)}", pads)
        for column in ("record_pseudonym", "evidence_id"):
            self._connection.execute(f"""
                INSERT INTO crosswalk
                SELECT DISTINCT ON (stored.{column}) stored.{column}, after.{column}
                FROM stored
                INNER JOIN before USING (delivery_id, row_number)
                INNER JOIN after USING (delivery_id, row_number)
                WHERE stored.{column} = before.{column}
                    AND NOT EXISTS (FROM crosswalk WHERE crosswalk.old = stored.{column})""")
        self._connection.execute("DROP VIEW renamed")

    def of(self, old: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
        """The new pseudonym of each of ``old``, in order, null for null.

        One whose words are not held any more, as of a decision about a record that has changed since, is made from the
        old one itself: nobody can tell from it what that was, and it stays one and the same everywhere.
        """
        import numpy as np
        import pyarrow as pa

        self._copy("asked", pa.table({"old": old, "place": np.arange(len(old))}))
        made = hmac_sql("CAST(old AS VARCHAR)")
        return self._connection.execute(
            f"SELECT CASE WHEN new IS NULL AND old IS NOT NULL THEN {made} ELSE new END AS new "
            "FROM asked LEFT JOIN crosswalk USING (old) ORDER BY place",
            hmac_pads(self._new.by_purpose["identity"]),
        ).to_arrow_table()["new"]

    def _copy(self, name: str, table: pa.Table) -> None:
        """Filters on UUIDs are not handed down to Arrow tables."""
        self._connection.register("handed_over", table)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM handed_over")
        self._connection.unregister("handed_over")

    def renamed(self, table: pa.Table) -> pa.Table:
        """``table`` with every pseudonym in it exchanged."""
        import pyarrow as pa

        for place, field in enumerate(table.schema):
            if isinstance(field.type, pa.UuidType):
                table = table.set_column(place, field, self.of(table.column(place)))
        return table
