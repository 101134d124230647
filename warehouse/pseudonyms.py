"""Keyed pseudonyms in SQL: the first 128 bits of HMAC-SHA-256, as a UUID, with the key as a parameter.

The key never stands in SQL text, from which it would reach compiled statements and logs.

Belongs here: the function. Does not belong here: what is pseudonymised with which key (``ingestion.identity``,
``publication.analysts``).
"""

from __future__ import annotations

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


def hmac_sql(message: str) -> str:
    """SQL of the pseudonym of the text ``message``. Parameters: ``outer_pad``, ``inner_pad``."""
    inner = f"sha256($inner_pad::BLOB || encode({message}))"
    return f"CAST(left(sha256($outer_pad::BLOB || unhex({inner})), 32) AS UUID)"
