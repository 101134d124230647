"""Secret keys: one for identity, one for each purpose that is released, one for the vault, and one that lasts.

The keys of a set are made together, known under one id and given up together (``pingan keys rotate``). The lasting key
has an id of its own and stays: the marks in tombstones are made with it, of people whose numbers nobody holds any more.

Belongs here: reading key sets and making new ones. Does not belong here: using them, or who may hold the file
(``custody``).
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.custody import read_key_file, write_key_file
from warehouse.layout import Layout

#: Names a key file kept outside the warehouse; set in production.
KEY_FILE_VARIABLE = "PINGAN_KEY_FILE"
PURPOSES = ("identity", "population", "special_groups")
#: The key of the vault's encryption; needed only where the vault is encrypted.
VAULT = "vault"
#: The key that a rotation does not change.
LASTING = "lasting"
#: How the ids of keys begin that nobody made on purpose.
DEMONSTRATION = "demo"
_KEY_BYTES = 32
#: How pseudonyms are made with the keys (``warehouse.pseudonyms``). Keys that another way was used with would give
#: everyone another pseudonym than the stored one.
SCHEME = "hmac-sha256, aes-256"


class KeysUnusable(ValueError):
    """A key file does not hold a whole set of keys. The message lists every fault, and never a key."""


class RotationUnfinished(RuntimeError):
    """A rotation of keys was stopped while its files were put in place; nothing is read until that is finished."""

    def __init__(self) -> None:
        super().__init__(
            "密钥轮换中断于切换阶段，运行 pingan keys rotate 即可完成。 A rotation of keys was stopped while its files "
            "were being put in place; run: pingan keys rotate, which finishes it (as any pingan run does)"
        )


@dataclass(frozen=True)
class LastingKey:
    """The key of the marks that tombstones hold, and the id under which it is known."""

    key_id: str
    key: bytes

    def __repr__(self) -> str:
        return f"LastingKey(key_id={self.key_id!r})"


@dataclass(frozen=True)
class Keys:
    """Key material by purpose, 32 bytes each, and the id under which the set is known."""

    key_id: str
    by_purpose: dict[str, bytes]
    lasting: LastingKey
    vault: bytes | None = None

    def __repr__(self) -> str:
        return f"Keys(key_id={self.key_id!r}, purposes={sorted(self.by_purpose)}, lasting={self.lasting!r})"


def key_path(default_path: Path) -> Path:
    """The key file in use: the one that ``PINGAN_KEY_FILE`` names, else the one at ``default_path``."""
    named = os.environ.get(KEY_FILE_VARIABLE)
    return Path(named) if named else default_path


def load_keys(default_path: Path) -> Keys:
    """Read the key set; make one at ``default_path`` if no key file is named and none is there.

    ``default_path`` is ``keys/keys.json`` of the warehouse's home. Raises FileNotFoundError when ``PINGAN_KEY_FILE``
    names a file that does not exist, KeyFileExposed when others than the owner have a hold on it, KeysUnusable when the
    set is not whole, and RotationUnfinished when the warehouse stands between two sets.
    """
    home = default_path.parent.parent
    if Layout(home).rotation.exists():
        raise RotationUnfinished
    path = key_path(default_path)
    if not path.exists():
        if path != default_path:
            raise FileNotFoundError(f"{KEY_FILE_VARIABLE} names {path}, which does not exist")
        write_key_file(path, new_set(DEMONSTRATION))
    return keys_of(read_key_file(path, home), path)


def new_set(begins_with: str, lasting: LastingKey | None = None) -> str:
    """The text of a key file with new keys. ``lasting`` is carried over from the set before; None makes one."""
    lasting = lasting or LastingKey(f"{LASTING}-{secrets.token_hex(4)}", secrets.token_bytes(_KEY_BYTES))
    content = {
        "scheme": SCHEME,
        "key_id": f"{begins_with}-{secrets.token_hex(4)}",
        "keys": {purpose: secrets.token_hex(_KEY_BYTES) for purpose in (*PURPOSES, VAULT)},
        LASTING: {"key_id": lasting.key_id, "key": lasting.key.hex()},
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def lasting_key_of(text: str, path: Path) -> LastingKey:
    """The lasting key of the key file ``path``, however its other keys were used. Raises KeysUnusable."""
    try:
        entry = json.loads(text)[LASTING]
        key_id, key = str(entry["key_id"]), _key(entry["key"])
    except (ValueError, KeyError, TypeError):
        key = None
    if key is None:
        raise KeysUnusable(f"{path} has no lasting key of {_KEY_BYTES} bytes in hex")
    return LastingKey(key_id, key)


def keys_of(text: str, path: Path) -> Keys:
    """The set that stands in the key file ``path``. Raises KeysUnusable."""
    try:
        content = json.loads(text)
        given = dict(content["keys"])
        lasting = content.get(LASTING) or {}
        key_id = str(content["key_id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeysUnusable(f"{path} is no key file; pingan keys make writes one") from None
    missing = [purpose for purpose in PURPOSES if purpose not in given]
    missing += [LASTING] if not {"key_id", "key"} <= set(lasting) else []
    faults = [f"{path} has no key for: {', '.join(missing)}; pingan keys make writes a whole set"] if missing else []
    if content.get("scheme") != SCHEME:
        faults.append(
            f'{path} does not say "scheme": "{SCHEME}". If it was retyped from the escrow, add that line. If it is '
            "from before pseudonyms were made so: pingan keys make NEW --lasting-of OLD, take the archive's files into "
            "a new home under the new set, and copy tombstones/ there first, or erased persons are taken in again"
        )
    made = {name: _key(value) for name, value in (given | {LASTING: lasting.get("key")}).items() if value}
    faults += [f"{path}: the key {name} is not {_KEY_BYTES} bytes in hex" for name, key in made.items() if key is None]
    if len(set(made.values())) < len(made):
        faults.append(f"{path}: one key serves two purposes, so that their pseudonyms could be told from each other")
    if faults:
        raise KeysUnusable("; ".join(faults))
    by_purpose = {purpose: made[purpose] for purpose in PURPOSES}
    return Keys(key_id, by_purpose, LastingKey(str(lasting["key_id"]), made[LASTING]), made.get(VAULT))


def _key(value: Any) -> bytes | None:
    try:
        key = bytes.fromhex(value)
    except (TypeError, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None
