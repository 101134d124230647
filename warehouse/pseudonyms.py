"""Keyed pseudonyms: the first 128 bits of HMAC-SHA-256, as a UUID, in SQL with the key as a parameter.

The pseudonym of a document is made in two steps: of its words the *mark*, which is such a pseudonym under the lasting
key, and of the mark the pseudonym, by one block of AES-256 under the identity key. Tombstones hold marks. So the
identity key can be changed, and whom nothing may be held of is known under the new one too, though nobody has the
number any more. AES maps 128 bits one to one, so the second step brings no two persons together, and takes no time.
The pseudonym of a person for one purpose is made of the build's in the same way, under the key of the purpose.

The key never stands in SQL text, from which it would reach compiled statements and logs.

Belongs here: the functions. Does not belong here: what is pseudonymised with which key (``ingestion.identity``,
``publication.purposes``).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from warehouse.keys import Keys

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK_BYTES = 64
_UUID_BYTES = 16
#: What the keys of blocks are derived for.
_OF_A_MARK = b"pseudonym of a mark"
_OF_A_PERSON = b"pseudonym of a person"


def hmac_pads(key: bytes) -> dict[str, bytes]:
    """The parameters ``outer_pad`` and ``inner_pad`` of ``hmac_sql`` (RFC 2104). Raises ValueError for a short key."""
    if not 32 <= len(key) <= _BLOCK_BYTES:
        raise ValueError(f"a pseudonym key has 32 to {_BLOCK_BYTES} bytes, not {len(key)}")
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return {
        "outer_pad": bytes(byte ^ 0x5C for byte in padded),
        "inner_pad": bytes(byte ^ 0x36 for byte in padded),
    }


def hmac_sql(message: str, pads: str = "") -> str:
    """SQL of the pseudonym of the text ``message``. Parameters: ``outer_pad``, ``inner_pad``, their names after
    ``pads``."""
    inner = f"sha256(${pads}inner_pad::BLOB || encode({message}))"
    return f"CAST(left(sha256(${pads}outer_pad::BLOB || unhex({inner})), 32) AS UUID)"


def mark_pads(keys: Keys) -> dict[str, bytes]:
    """The parameters of ``mark_sql``."""
    return {f"mark_{name}": pad for name, pad in hmac_pads(keys.lasting.key).items()}


def mark_sql(message: str) -> str:
    """SQL of the mark of the text ``message``. Parameters: ``mark_outer_pad``, ``mark_inner_pad``."""
    return hmac_sql(message, "mark_")


def pseudonyms_of_marks(marks: pa.Array | pa.ChunkedArray, keys: Keys) -> pa.ExtensionArray:
    """The pseudonym of each mark, both UUIDs, under a key that is derived from the identity key, as that makes the
    pseudonyms of records too. Raises ValueError when there is none for a mark."""
    return _one_block_each(marks, keys.by_purpose["identity"], _OF_A_MARK)


def pseudonyms_of_persons(persons: pa.Array | pa.ChunkedArray, key: bytes) -> pa.ExtensionArray:
    """The pseudonym for one purpose of each person of the build, both UUIDs, under a key that is derived from the
    purpose's. Raises ValueError when one is nobody."""
    return _one_block_each(persons, key, _OF_A_PERSON)


def _one_block_each(uuids: pa.Array | pa.ChunkedArray, key: bytes, derived_for: bytes) -> pa.ExtensionArray:
    """AES-256 (FIPS 197) of the 16 bytes of each UUID. Raises ValueError for one that is not there."""
    import pyarrow as pa
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if uuids.null_count:
        raise ValueError("there is no pseudonym of nothing")
    # Each is one block, and no two are the same unless they are one document's or one person's.
    cipher = Cipher(algorithms.AES(hmac.digest(key, derived_for, "sha256")), modes.ECB())
    made = cipher.encryptor().update(_contents(uuids))
    stored = pa.FixedSizeBinaryArray.from_buffers(pa.binary(_UUID_BYTES), len(uuids), [None, pa.py_buffer(made)])
    return pa.ExtensionArray.from_storage(pa.uuid(), stored)


def _contents(uuids: pa.Array | pa.ChunkedArray) -> bytes:
    """The bytes of UUIDs without nulls, 16 each."""
    import pyarrow as pa

    chunks = uuids.chunks if isinstance(uuids, pa.ChunkedArray) else [uuids]
    return b"".join(
        memoryview(chunk.storage.buffers()[1])[_UUID_BYTES * chunk.offset : _UUID_BYTES * (chunk.offset + len(chunk))]
        for chunk in chunks
    )
