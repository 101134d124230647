"""Who opened the vault, for what purpose and when: an append-only log in which every line seals the one before.

Belongs here: a chain of hashes that shows an edited, removed or inserted line. Does not belong here: who may open it
(the operating system's rights say that).

A line that was cut off the end leaves a chain that is whole. So the number of lines and the last hash are kept in
another folder too, and each run states the last hash in its metadata, out of reach of who may write here.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.files import read_json, write_json

_FIRST = "0" * 64


class BrokenChain(RuntimeError):
    """The log is not as it was written; ``line`` is the first that does not fit."""

    def __init__(self, path: Path, line: int, what: str = "does not continue the line before it") -> None:
        super().__init__(
            f"{path} line {line}: {what}. Somebody edited, removed or inserted a line; "
            "keep the file as evidence and tell whoever answers for data protection"
        )
        self.line = line
        self._told = path, line, what

    def __reduce__(self) -> tuple[type[BrokenChain], tuple[Path, int, str]]:
        # It may be met in a process that reads for another one.
        return BrokenChain, self._told


@dataclass(frozen=True)
class ChainedLog:
    """A file of JSON lines, each with the hash of itself and of its predecessor. Threads and processes may share it.

    ``head`` is a file elsewhere that says how far the log came.
    """

    path: Path
    head: Path | None = None

    def append(self, content: dict[str, Any]) -> str:
        """Add a line and return its hash. The line is on disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            line = {"previous": self._last_hash()} | content
            line["hash"] = _sealed(line)
            os.write(handle, (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode())
            os.fsync(handle)
            if self.head:
                count = read_json(self.head)["lines"] if self.head.exists() else sum(1 for _ in self.lines()) - 1
                write_json(self.head, {"lines": count + 1, "hash": line["hash"]})
        finally:
            os.close(handle)
        return line["hash"]

    def lines(self) -> Iterator[dict[str, Any]]:
        """All lines, each checked against the one before, and the last against what is kept elsewhere. Raises
        BrokenChain."""
        expected = read_json(self.head) if self.head and self.head.exists() else {"lines": 0, "hash": _FIRST}
        previous, number = _FIRST, 0
        for number, line in enumerate(self._chained(), start=1):
            previous = line["hash"]
            if number == expected["lines"] and previous != expected["hash"]:
                raise BrokenChain(self.path, number, f"is not the one that {self.head} names")
            yield line
        if number < expected["lines"]:
            raise BrokenChain(self.path, number + 1, f"is missing: {self.head} counts {expected['lines']}")

    def _chained(self) -> Iterator[dict[str, Any]]:
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
    def at(cls, path: Path, who: str | None = None, head: Path | None = None) -> AccessLog:
        return cls(ChainedLog(path, head), who or _user())

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
