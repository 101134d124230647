"""How a delivery differs from another one of the same extract, row by row and by the contract's key.

Belongs here: counting over two deliveries' files. Does not belong here: which two (``loading``), what follows from the
difference (``suspicion``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.identity.encryption import VaultCipher
from ingestion.schema import raw_columns, vault_columns

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class StoredRows:
    """The files of a delivery's rows; ``vault`` is None for an extract without anything that identifies a person."""

    raw: Path
    vault: Path | None


@dataclass(frozen=True)
class Difference:
    """Rows by what became of their key. ``kept_count`` are those that stand in both, changed or not."""

    added_count: int
    removed_count: int
    changed_count: int
    kept_count: int

    @property
    def old_count(self) -> int:
        return self.removed_count + self.kept_count

    @property
    def new_count(self) -> int:
        return self.added_count + self.kept_count


def compare(
    connection: duckdb.DuckDBPyConnection, cipher: VaultCipher, contract: Contract, old: StoredRows, new: StoredRows
) -> Difference:
    """One hash join on the key. Rows without a usable document number have the key of an unlinked record; several
    of the same key are counted together. Names, numbers and addresses are compared too, in the vault, where the
    rows stand in raw's order."""
    with _queries(connection, cipher, contract, {"old": old, "new": new}, True) as queries:
        counted = [
            f"{side} AS (SELECT row_key, count(*) AS n, bit_xor(content) AS content FROM ({query}) GROUP BY row_key)"
            for side, query in queries.items()
        ]
        found = connection.execute(
            f"""WITH {", ".join(counted)},
            paired AS (
                SELECT coalesce(old.n, 0) AS old_n, coalesce(new.n, 0) AS new_n,
                    old.content <> new.content AS is_changed
                FROM old FULL JOIN new ON old.row_key = new.row_key
            )
            SELECT coalesce(sum(greatest(new_n - old_n, 0)), 0), coalesce(sum(greatest(old_n - new_n, 0)), 0),
                coalesce(sum(least(old_n, new_n)) FILTER (is_changed), 0), coalesce(sum(least(old_n, new_n)), 0)
            FROM paired""",
            [str(old.raw), str(new.raw)],
        ).fetchone()
    return Difference(*map(int, found))


def share_of_other_keys(
    connection: duckdb.DuckDBPyConnection, cipher: VaultCipher, contract: Contract, old: StoredRows, new: StoredRows
) -> float:
    """Rows of ``new`` whose key ``old`` does not have, by the rows of ``new``. Reads the key's columns alone."""
    with _queries(connection, cipher, contract, {"old": old, "new": new}, False) as queries:
        absent, rows = connection.execute(
            f"""WITH old AS ({queries["old"]}), new AS ({queries["new"]})
            SELECT count(*) FILTER (NOT EXISTS (FROM old WHERE old.row_key = new.row_key)), count(*) FROM new""",
            [str(old.raw), str(new.raw)],
        ).fetchone()
    return absent / rows if rows else 0.0


def count_rows(rows: StoredRows) -> int:
    """How many rows a delivery has, from its raw file's footer."""
    import pyarrow.parquet as pq

    return pq.read_metadata(rows.raw).num_rows


@contextmanager
def _queries(
    connection: duckdb.DuckDBPyConnection,
    cipher: VaultCipher,
    contract: Contract,
    sides: dict[str, StoredRows],
    with_content: bool,
) -> Iterator[dict[str, str]]:
    """The query of each side over the columns that both have: a contract may have gained or lost one between them.

    Each takes the path of its raw file as a parameter.
    """
    import pyarrow.parquet as pq

    in_vault = {side: cipher.names(rows.vault) if rows.vault else [] for side, rows in sides.items()}
    names = set.intersection(
        *({*pq.read_schema(rows.raw).names, *in_vault[side]} for side, rows in sides.items()),
    )
    with ExitStack() as opened:
        yield {
            side: _rows(
                contract,
                rows.vault
                and opened.enter_context(
                    cipher.opened(connection, rows.vault, [name for name in in_vault[side] if name in names])
                ),
                names,
                with_content,
            )
            for side, rows in sides.items()
        }


def _rows(contract: Contract, vault_rows: str | None, names: set[str], with_content: bool) -> str:
    """A query over a delivery's rows, two hashes each: ``row_key`` of the contract's key, ``content`` of the rest.

    A document number stands in the vault, unless it could not be used: then the pseudonym stands for the record.
    The pseudonym is no content: another key of the warehouse gives other ones for the same person.
    """
    declared = registry()
    number = contract.person.number if contract.person else None
    direct = [name for name in contract.columns if declared.fields[name].sensitivity == "direct"]
    raw = [column.name for column in raw_columns(declared, contract) if column.name in names]
    vault = [c.name for c in vault_columns(declared, contract) if c.name in names] if vault_rows else []
    places = {name: f'raw."{name}"' for name in raw} | {name: f'vault."{name}"' for name in vault if name not in raw}
    key = []
    for name in contract.key:
        if name == number:
            known = 'vault."document_number"' if vault_rows else "NULL"
            key.append(f'coalesce({known}, CAST(raw."person_pseudonym" AS VARCHAR))')
        elif name in places:
            key.append(places[name])
    technical = {"delivery_id", "row_number", "person_pseudonym", *contract.key}
    content = [place for name, place in places.items() if name not in technical and name not in direct]
    content += [f'vault."{name}"' for name in vault if name in direct and name not in technical]
    selected = f"hash({', '.join(key)}) AS row_key"
    if with_content:
        selected += f", hash({', '.join(content) or '0'}) AS content"
    joined = "read_parquet(?, hive_partitioning = false) AS raw"
    if vault_rows:
        joined += f" POSITIONAL JOIN {vault_rows} AS vault"
    return f"SELECT {selected} FROM {joined}"
