"""Who opened the vault, for what purpose and when: an append-only log in which every line seals the one before.

Belongs here: a chain of hashes that shows an edited, removed or inserted line. Does not belong here: who may open it
(the operating system's rights say that).

A line that was cut off the end leaves a chain that is whole; so each run states the chain's last hash in its metadata,
with which the log can be compared.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FIRST = "0" * 64


class BrokenChain(RuntimeError):
    """The log is not as it was written; ``line`` is the first that does not fit."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(
            f"{path} line {line}: does not continue the line before it. Somebody edited, removed or inserted a line; "
            "keep the file as evidence and tell whoever answers for data protection"
        )
        self.line = line


@dataclass(frozen=True)
class ChainedLog:
    """A file of JSON lines, each with the hash of itself and of its predecessor."""

    path: Path

    def append(self, content: dict[str, Any]) -> str:
        """Add a line and return its hash. The line is on disk when this returns."""
        previous = self._last_hash()
        line = {"previous": previous} | content
        line["hash"] = _sealed(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        return line["hash"]

    def lines(self) -> Iterator[dict[str, Any]]:
        """All lines, each checked against the one before. Raises BrokenChain."""
        if not self.path.exists():
            return
        previous = _FIRST
        with open(self.path, encoding="utf-8") as handle:
            for number, text in enumerate(handle, start=1):
                try:
                    line = json.loads(text)
                except ValueError:
                    raise BrokenChain(self.path, number) from None
                sealed = line.pop("hash", None)
                if line.get("previous") != previous or _sealed(line) != sealed:
                    raise BrokenChain(self.path, number)
                previous = sealed
                yield line | {"hash": sealed}

    def _last_hash(self) -> str:
        if not self.path.exists() or not self.path.stat().st_size:
            return _FIRST
        with open(self.path, "rb") as handle:
            handle.seek(max(0, self.path.stat().st_size - (1 << 16)))
            return json.loads(handle.read().splitlines()[-1])["hash"]


def _sealed(line: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class AccessLog:
    """The vault's log. ``who`` is the operating system's user unless told otherwise."""

    chain: ChainedLog
    who: str

    @classmethod
    def at(cls, path: Path, who: str | None = None) -> AccessLog:
        return cls(ChainedLog(path), who or _user())

    def append(self, purpose: str, what: list[str]) -> str:
        """Write down an opening. Raises ValueError when it has no purpose."""
        if not purpose.strip():
            raise ValueError("the vault is opened for a purpose; say which")
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        return self.chain.append({"at": now, "who": self.who, "purpose": purpose, "what": what})


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
