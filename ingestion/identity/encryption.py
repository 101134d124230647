"""Encryption of the vault at rest: Parquet modular encryption (AES-256-GCM), a key of its own for every file.

Belongs here: reading and writing a vault file, encrypted or not. Does not belong here: where the key is kept
(``warehouse.keys``). A file's key is HMAC-SHA-256 of the vault's key and the file's place in the vault, so that no two
files share one and a file moved elsewhere cannot be read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.schema import with_plain_booleans
from warehouse.files import atomic_path

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Set to ``required`` where the vault must be encrypted; nothing runs then that cannot do it.
ENCRYPTION_VARIABLE = "PINGAN_VAULT_ENCRYPTION"
_MAGIC_ENCRYPTED = b"PARE"


class CannotEncrypt(RuntimeError):
    """Encryption was asked for and cannot be had. The message says what is missing."""


@dataclass(frozen=True)
class VaultCipher:
    """Reads and writes the vault's files. Without a key it writes plain files, and reads only these."""

    vault: Path
    key: bytes | None

    @classmethod
    def from_environment(cls, vault: Path, key: bytes | None) -> VaultCipher:
        """Encrypts when ``PINGAN_VAULT_ENCRYPTION`` is ``required``. Raises CannotEncrypt, and ValueError for any
        other word."""
        asked = os.environ.get(ENCRYPTION_VARIABLE, "")
        if asked not in ("", "required"):
            raise ValueError(f"{ENCRYPTION_VARIABLE} is {asked!r}; it is 'required' or not set")
        if not asked:
            return cls(vault, None)
        if key is None:
            raise CannotEncrypt(
                f"{ENCRYPTION_VARIABLE} is set and the key file has no key for the vault; run: pingan keys add vault"
            )
        _properties()
        return cls(vault, key)

    def writer_options(self, path: Path) -> dict[str, Any]:
        """What a Parquet writer of ``path`` is told besides."""
        if self.key is None:
            return {}
        return {"encryption_properties": _properties().create_encryption_properties(self._file_key(path))}

    def read(self, path: Path, columns: list[str] | None = None) -> pa.Table:
        """Raises CannotEncrypt when the file is encrypted and there is no key."""
        import pyarrow.parquet as pq

        if not _is_encrypted(path):
            return pq.read_table(path, columns=columns, partitioning=None)
        if self.key is None:
            raise CannotEncrypt(f"{path} is encrypted; set {ENCRYPTION_VARIABLE}=required and name the key file")
        decryption = _properties().create_decryption_properties(self._file_key(path))
        return pq.read_table(path, columns=columns, partitioning=None, decryption_properties=decryption)

    def write(self, path: Path, table: pa.Table) -> None:
        """Write a file of the vault that only its owner can read."""
        import pyarrow.parquet as pq

        with atomic_path(path) as unfinished, open(unfinished, "wb") as handle:
            os.chmod(unfinished, 0o600)
            pq.write_table(
                with_plain_booleans(table), handle, compression="zstd", compression_level=1, **self.writer_options(path)
            )

    def relation(self, connection: duckdb.DuckDBPyConnection, path: Path) -> str:
        """SQL that stands for the file's rows. Raises CannotEncrypt for a plain file where all must be encrypted."""
        if self.key is not None and not _is_encrypted(path):
            raise CannotEncrypt(
                f"{ENCRYPTION_VARIABLE} is set and {path} is not encrypted: intake writes deliveries plainly. "
                "Encrypt the volume that holds the vault, and unset the variable"
            )
        if self.key is None and not _is_encrypted(path):
            return f"read_parquet('{path}', hive_partitioning = false)"
        name = "vault_" + hashlib.sha256(str(path).encode()).hexdigest()[:16]
        # Copied, because filters on UUIDs are not handed down to Arrow tables.
        connection.register("decrypted", self.read(path))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM decrypted")
        connection.unregister("decrypted")
        return name

    def _file_key(self, path: Path) -> bytes:
        return hmac.new(self.key, str(path.relative_to(self.vault)).encode(), hashlib.sha256).digest()


def _is_encrypted(path: Path) -> bool:
    with open(path, "rb") as handle:
        return handle.read(4) == _MAGIC_ENCRYPTED


def _properties() -> Any:
    try:
        import pyarrow.parquet.encryption as parquet_encryption
    except ImportError as error:
        raise CannotEncrypt(f"this build of pyarrow cannot encrypt Parquet files: {error}") from error
    return parquet_encryption
