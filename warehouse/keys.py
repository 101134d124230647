"""Secret keys for pseudonyms: one for identity, one for each purpose that is released.

Belongs here: reading keys, and making demonstration keys on the first run. Does not belong here: using them.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from warehouse.files import read_json, write_json

#: Names a key file kept outside the warehouse; set in production.
KEY_FILE_VARIABLE = "PINGAN_KEY_FILE"
PURPOSES = ("identity", "population", "special_groups")
#: The key of the vault's encryption; needed only where the vault is encrypted.
VAULT = "vault"


@dataclass(frozen=True)
class Keys:
    """Key material by purpose, 32 bytes each, and the id under which the set is known."""

    key_id: str
    by_purpose: dict[str, bytes]
    vault: bytes | None = None

    def __repr__(self) -> str:
        return f"Keys(key_id={self.key_id!r}, purposes={sorted(self.by_purpose)})"


def load_keys(default_path: Path) -> Keys:
    """Read the key set; make one at ``default_path`` if no key file is named and none is there.

    Raises FileNotFoundError when ``PINGAN_KEY_FILE`` names a file that does not exist, PermissionError
    when others than the owner can read the file, and ValueError when a purpose has no key.
    """
    named = os.environ.get(KEY_FILE_VARIABLE)
    path = Path(named) if named else default_path
    if not path.exists():
        if named:
            raise FileNotFoundError(f"{KEY_FILE_VARIABLE} names {path}, which does not exist")
        _make_keys(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise PermissionError(f"{path} can be read by others than its owner; run: chmod 600 {path}")
    content = read_json(path)
    missing = [purpose for purpose in PURPOSES if purpose not in content["keys"]]
    if missing:
        raise ValueError(f"{path} has no key for: {', '.join(missing)}")
    vault = content["keys"].get(VAULT)
    return Keys(
        content["key_id"],
        {purpose: bytes.fromhex(content["keys"][purpose]) for purpose in PURPOSES},
        bytes.fromhex(vault) if vault else None,
    )


def _make_keys(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    previous = os.umask(0o077)
    try:
        keys = {purpose: secrets.token_hex(32) for purpose in (*PURPOSES, VAULT)}
        write_json(path, {"key_id": f"demo-{secrets.token_hex(4)}", "keys": keys})
    finally:
        os.umask(previous)
