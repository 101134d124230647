"""Keyed pseudonyms in SQL: the first 128 bits of HMAC-SHA-256, as a UUID, with the key as a parameter.

The pseudonym of a document is made in two steps: its *mark* with the lasting key, and of the mark the pseudonym with
the identity key. Tombstones hold marks. So the identity key can be changed, and whom nothing may be held of is known
under the new one too, though nobody has the number any more.

The key never stands in SQL text, from which it would reach compiled statements and logs.

Belongs here: the functions. Does not belong here: what is pseudonymised with which key (``ingestion.identity``,
``publication.analysts``).
"""

from __future__ import annotations

from warehouse.keys import Keys

_BLOCK_BYTES = 64


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
    return _hmac_of_bytes_sql(f"encode({message})", pads)


def _hmac_of_bytes_sql(message: str, pads: str) -> str:
    inner = f"sha256(${pads}inner_pad::BLOB || {message})"
    return f"CAST(left(sha256(${pads}outer_pad::BLOB || unhex({inner})), 32) AS UUID)"


def document_pads(keys: Keys) -> dict[str, bytes]:
    """The parameters of ``document_sql``."""
    return hmac_pads(keys.by_purpose["identity"]) | mark_pads(keys)


def document_sql(message: str) -> str:
    """SQL of the pseudonym of a document or record, which the text ``message`` names."""
    return pseudonym_of_mark_sql(mark_sql(message))


def mark_pads(keys: Keys) -> dict[str, bytes]:
    """The parameters of ``mark_sql``."""
    return {f"mark_{name}": pad for name, pad in hmac_pads(keys.lasting.key).items()}


def mark_sql(message: str) -> str:
    """SQL of the mark of the text ``message``. Parameters: ``mark_outer_pad``, ``mark_inner_pad``."""
    return hmac_sql(message, "mark_")


def pseudonym_of_mark_sql(mark: str, pads: str = "") -> str:
    """SQL of the pseudonym of a mark, which is a UUID. Parameters: ``outer_pad``, ``inner_pad``, their names after
    ``pads``."""
    return _hmac_of_bytes_sql(f"CAST({mark} AS BLOB)", pads)
