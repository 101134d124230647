"""Who may hold a key file, and where it may stand: looked at every time before a key is read.

Belongs here: the rules about the file. Does not belong here: what is in it (``keys``).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from warehouse.files import atomic_path


class KeyFileExposed(PermissionError):
    """Others than its owner have a hold on a key file. The message lists every fault with its remedy."""


def read_key_file(path: Path, home: Path) -> str:
    """The content of a key file that its owner alone holds.

    What is looked at is the file that is read: it is opened without following a link, and asked for its own mode.
    ``home`` is the warehouse's folder. Raises KeyFileExposed with every fault, FileNotFoundError when nothing is there.
    """
    if path.is_symlink():
        raise KeyFileExposed(
            f"{path} 是符号链接 is a symbolic link, and whoever may change the link chooses the keys; "
            f"name the file itself: {path.resolve()}"
        )
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), encoding="utf-8") as handle:
        faults = [*_faults_of_file(path, os.fstat(handle.fileno())), *_faults_of_place(path, home)]
        if faults:
            raise KeyFileExposed("; ".join(faults))
        return handle.read()


def write_key_file(path: Path, text: str) -> None:
    """Write a key file that only its owner can read, at once or not at all."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o700)
    with atomic_path(path) as unfinished:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)


def _faults_of_file(path: Path, found: os.stat_result) -> list[str]:
    if not stat.S_ISREG(found.st_mode):
        return [f"{path} 不是普通文件 is no regular file"]
    faults = []
    if stat.S_IMODE(found.st_mode) & 0o077:
        faults.append(f"{path} 他人可读 can be read by others than its owner; run: chmod 600 {path}")
    if found.st_uid != os.geteuid():
        faults.append(
            f"{path} 属于用户 belongs to user {found.st_uid}, and user {os.geteuid()} runs this; "
            f"run as the owner, or: chown {os.geteuid()} {path}"
        )
    return faults


def _faults_of_place(path: Path, home: Path) -> list[str]:
    faults = []
    folder = path.resolve().parent
    mode = folder.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        faults.append(
            f"{folder} 他人可写 can be written by others, who could put other keys there; run: chmod go-w {folder}"
        )
    if folder.is_relative_to(home.resolve()) and folder != (home / "keys").resolve():
        faults.append(
            f"{path} 位于数据分区 stands among the warehouse's data, which are copied and backed up with it; "
            f"move it out of {home}, or to {home / 'keys'}"
        )
    return faults
