"""Encryption of the vault at rest: Parquet modular encryption (AES-256-GCM), a key of its own for every file.

A file's key is HMAC-SHA-256 of the vault's key and the file's place in the vault, so that no two files share one and a
file moved elsewhere cannot be read. The id of the key set stands in the file as its authenticated prefix. Files are
written and read with pyarrow alone: DuckDB 1.5 cannot decrypt a column of more than one page that Arrow has written.

Belongs here: reading and writing a vault file, encrypted or not, and refusing a vault that is half of each. Does not
belong here: where the key is kept (``warehouse.keys``), or bringing a plain vault over (``encrypting``).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.schema import with_plain_booleans
from warehouse.files import PART, UNFINISHED, atomic_path
from warehouse.keys import Keys

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

#: Set to ``required`` where the vault must be encrypted; nothing runs then that cannot do it.
ENCRYPTION_VARIABLE = "PINGAN_VAULT_ENCRYPTION"
_MAGIC_ENCRYPTED = b"PARE"
_BATCH_ROWS = 1 << 17


class CannotEncrypt(RuntimeError):
    """The vault cannot be used as it was asked for. The message says why, and what to do."""


@dataclass(frozen=True)
class VaultCipher:
    """Reads and writes the vault's files. Without a key it writes plain files, and reads only these."""

    vault: Path
    key: bytes | None
    key_id: str = ""

    @classmethod
    def from_environment(cls, vault: Path, keys: Keys) -> VaultCipher:
        """Encrypts when ``PINGAN_VAULT_ENCRYPTION`` is ``required``. Raises CannotEncrypt when that cannot be had or
        the vault is not as it should be, and ValueError for any other word."""
        cipher = cls.asked_for(vault, keys)
        cipher.refuse_other_files()
        return cipher

    @classmethod
    def asked_for(cls, vault: Path, keys: Keys) -> VaultCipher:
        """As ``from_environment``, for who brings the vault over and so finds files of both kinds."""
        asked = os.environ.get(ENCRYPTION_VARIABLE, "")
        if asked not in ("", "required"):
            raise ValueError(f"{ENCRYPTION_VARIABLE} is {asked!r}; it is 'required' or not set")
        if not asked:
            return cls(vault, None)
        if keys.vault is None:
            raise CannotEncrypt(
                f"{ENCRYPTION_VARIABLE} 已设，密钥文件无身份库密钥 is set, and the key file has no key for the vault; "
                "run: pingan keys rotate, which makes a whole set"
            )
        _properties()
        return cls(vault, keys.vault, keys.key_id)

    def refuse_other_files(self) -> None:
        """Raises CannotEncrypt when a file is plain that must be encrypted, or encrypted and not to be read so."""
        plain, encrypted = files_by_kind(self.vault)
        if self.key is None and encrypted:
            raise CannotEncrypt(
                f"身份库已加密 the vault is encrypted ({len(encrypted)} files); "
                f"set {ENCRYPTION_VARIABLE}=required, and name the key file"
            )
        if self.key is not None and plain:
            raise CannotEncrypt(
                f"身份库有未加密文件 {len(plain)} files of the vault are plain, and {ENCRYPTION_VARIABLE} is set; "
                "run: pingan vault encrypt"
            )
        if self.key is not None and encrypted:
            self.open(encrypted[0]).close()

    def open(self, path: Path, read_dictionary: list[str] | None = None) -> pq.ParquetFile:
        """Raises CannotEncrypt when the file cannot be decrypted with the key at hand."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not is_encrypted(path):
            return pq.ParquetFile(path, read_dictionary=read_dictionary, page_checksum_verification=True)
        if self.key is None:
            raise CannotEncrypt(f"{path} is encrypted; set {ENCRYPTION_VARIABLE}=required and name the key file")
        try:
            decryption = _properties().create_decryption_properties(self._file_key(path))
            return pq.ParquetFile(path, read_dictionary=read_dictionary, decryption_properties=decryption)
        except (OSError, pa.ArrowInvalid) as error:
            raise CannotEncrypt(
                f"{path}: 无法解密 cannot be decrypted with the key set {self.key_id}: it was encrypted with another, "
                "stands in another place, or was changed. Name the right key file, or bring vault/ back from the backup"
            ) from error

    def read(self, path: Path, columns: list[str] | None = None) -> pa.Table:
        """Raises CannotEncrypt like ``open``, and OSError when a page was changed."""
        with self.open(path) as file:
            return file.read(columns=columns)

    def names(self, path: Path) -> list[str]:
        """The columns of the file."""
        with self.open(path) as file:
            return file.schema_arrow.names

    def writer_options(self, path: Path) -> dict[str, Any]:
        """What a Parquet writer of ``path`` is told besides."""
        if self.key is None:
            return {}
        prefix = {"aad_prefix": self.key_id.encode(), "store_aad_prefix": True}
        return {"encryption_properties": _properties().create_encryption_properties(self._file_key(path), **prefix)}

    def write(self, path: Path, table: pa.Table) -> None:
        """Write a file of the vault that only its owner can read."""
        import pyarrow.parquet as pq

        with atomic_path(path) as unfinished, open(unfinished, "wb") as handle:
            os.chmod(unfinished, 0o600)
            pq.write_table(
                with_plain_booleans(table),
                handle,
                compression="zstd",
                compression_level=1,
                write_page_checksum=True,
                **self.writer_options(path),
            )

    def relation(self, connection: duckdb.DuckDBPyConnection, path: Path, columns: list[str] | None = None) -> str:
        """SQL that stands for the file's rows, in their order; an encrypted file becomes a table of ``connection``."""
        if self.key is None and not is_encrypted(path):
            return f"read_parquet('{path}', hive_partitioning = false)"
        import pyarrow as pa

        name = "vault_" + hashlib.sha256(str(path).encode()).hexdigest()[:16]
        with self.open(path) as file:
            names = columns or file.schema_arrow.names
            schema = pa.schema([file.schema_arrow.field(one) for one in names])
            batches = pa.RecordBatchReader.from_batches(schema, file.iter_batches(_BATCH_ROWS, columns=names))
            # Copied, because filters on UUIDs are not handed down to Arrow tables.
            connection.register("decrypted", batches)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM decrypted")
            connection.unregister("decrypted")
        return name

    @contextmanager
    def opened(self, connection: duckdb.DuckDBPyConnection, path: Path, columns: list[str]) -> Iterator[str]:
        """``relation`` for the block alone."""
        relation = self.relation(connection, path, columns)
        try:
            yield relation
        finally:
            if relation.startswith("vault_"):
                connection.execute(f"DROP TABLE {relation}")

    def _file_key(self, path: Path) -> bytes:
        # Under its temporary name a file has the key of the one that it becomes.
        place = path.relative_to(self.vault)
        place = place.with_name(re.sub(rf"^{re.escape(UNFINISHED)}\d+-", "", place.name).removesuffix(PART))
        return hmac.digest(self.key, str(place).encode(), "sha256")


def files_by_kind(vault: Path) -> tuple[list[Path], list[Path]]:
    """The vault's finished files: the plain ones and the encrypted ones."""
    kinds: tuple[list[Path], list[Path]] = ([], [])
    for path in sorted(vault.rglob("*.parquet")):
        if not path.name.startswith(UNFINISHED):
            kinds[is_encrypted(path)].append(path)
    return kinds


def is_encrypted(path: Path) -> bool:
    with open(path, "rb") as handle:
        return handle.read(4) == _MAGIC_ENCRYPTED


def _properties() -> Any:
    try:
        import pyarrow.parquet.encryption as parquet_encryption

        parquet_encryption.create_encryption_properties  # noqa: B018
    except (ImportError, AttributeError) as error:
        raise CannotEncrypt(
            f"本机 pyarrow 不能加密 this pyarrow cannot encrypt Parquet files ({error}); run make, which installs the "
            f"one of requirements.lock, or encrypt the volume and unset {ENCRYPTION_VARIABLE}"
        ) from error
    return parquet_encryption
