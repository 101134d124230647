"""``pingan doctor``: is this machine, and this warehouse, fit to run?

Belongs here: what is looked at, what is wrong with it, what to do. Does not belong here: mending it.
"""

from __future__ import annotations

import importlib.metadata
import locale
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from orchestration import exits
from orchestration.environment import QUIET, dagster_settings, identifying_zones
from warehouse.build_database import build_log, spill_of_readers
from warehouse.files import UNFINISHED
from warehouse.keys import DEMONSTRATION, KEY_FILE_VARIABLE, RotationUnfinished, load_keys
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.locks import WarehouseBusy, writer_lock

_FREE_BYTES = 5 << 30
_MEMORY_BYTES = 6 << 30
#: Where systems keep fonts, for machines without fontconfig.
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "/System/Library/Fonts")
_CHINESE_FONTS = re.compile(r"CJK|Hei|Song|Ming|Kai|PingFang|WenQuan|wqy|uming|ukai|SourceHan", re.IGNORECASE)


#: A line of the lock: name, extras, version, and where it applies.
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;\\]+)(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``remedy`` is empty when it is in order; ``blocks`` when a run would fail or do harm."""

    subject: str
    observed: str
    remedy: str = ""
    blocks: bool = True


def doctor(layout: Layout) -> int:
    found = list(findings(layout))
    for finding in found:
        mark = "✓" if not finding.remedy else "✗" if finding.blocks else "!"
        click.echo(f"{mark} {finding.subject}: {finding.observed}")
        if finding.remedy:
            click.echo(f"    处理 remedy: {finding.remedy}")
    wrong = sum(bool(finding.remedy) and finding.blocks for finding in found)
    click.echo(f"{wrong} 项须处理 to put right" if wrong else "可以运行 fit to run")
    return exits.REFUSED if wrong else exits.DONE


def findings(layout: Layout) -> Iterator[Finding]:
    yield _python()
    yield versions(PROJECT_ROOT / "requirements.lock")
    yield _home(layout)
    yield _disk(layout)
    yield _memory()
    yield from zones(layout)
    yield _text_encoding()
    yield _keys(layout)
    yield _vault(layout)
    yield _fonts()
    yield _writer(layout)
    yield unfinished(layout)
    yield _dagster(layout)
    yield _quiet()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = sys.version_info[:2] == (3, 11)
    return Finding("Python", version, "" if wanted else "用 Python 3.11 运行 make；run make with Python 3.11")


def versions(lock: Path) -> Finding:
    """Every locked package against what is installed."""
    locked = _LOCKED.findall(lock.read_text(encoding="utf-8"))
    wrong = []
    for name, version, rest in locked:
        if "platform" in rest and "win32" in rest:
            continue
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "无 none"
        if installed != version:
            wrong.append(f"{name} {installed} (锁定 locked {version})")
    remedy = "删除 .venv/.installed-* 后运行 make；remove .venv/.installed-* and run make"
    return Finding(
        "软件版本 versions", "; ".join(wrong) or f"{len(locked)} 与锁定一致 as locked", remedy if wrong else ""
    )


def _home(layout: Layout) -> Finding:
    place = _nearest(layout.home)
    ready = os.access(place, os.W_OK | os.X_OK)
    return Finding("数据文件夹 home", str(layout.home), "" if ready else f"chown/chmod {place}, 或 or --home")


def _disk(layout: Layout) -> Finding:
    free = shutil.disk_usage(_nearest(layout.home)).free
    enough = free >= _FREE_BYTES
    remedy = "清理磁盘或改用 --home；free disk space, or use --home elsewhere"
    return Finding("磁盘 disk", f"{free >> 30} GiB 可用 free", "" if enough else remedy)


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    enough = total >= _MEMORY_BYTES
    remedy = "全区规模需 6 GiB；a whole district needs 6 GiB"
    return Finding("内存 memory", f"{total >> 30} GiB", "" if enough else remedy, blocks=False)


def zones(layout: Layout) -> Iterator[Finding]:
    """The zones that hold identifiers must be closed to others than their owner and group."""
    for folder in identifying_zones(layout):
        if folder.is_dir():
            mode = stat.S_IMODE(folder.stat().st_mode)
            remedy = f"chmod o-rwx {folder}" if mode & 0o007 else ""
            yield Finding(f"权限 permissions {folder.name}", oct(mode)[2:], remedy)


def _text_encoding() -> Finding:
    names = {"locale": locale.getpreferredencoding(False), "stdout": sys.stdout.encoding or "?"}
    wrong = [name for name, encoding in names.items() if encoding.lower().replace("-", "") != "utf8"]
    observed = ", ".join(f"{name} {encoding}" for name, encoding in names.items())
    return Finding("字符编码 locale", observed, "export PYTHONUTF8=1 LC_ALL=C.UTF-8" if wrong else "")


def _keys(layout: Layout) -> Finding:
    if not layout.keys.exists() and not os.environ.get(KEY_FILE_VARIABLE):
        return Finding("密钥 keys", "首次运行时生成演示密钥 demonstration keys are made by the first run")
    try:
        keys = load_keys(layout.keys)
    except (OSError, ValueError, RotationUnfinished) as error:
        return Finding("密钥 keys", type(error).__name__, str(error))
    used = Finding("密钥 keys", f"{keys.key_id}, {keys.lasting.key_id}")
    if keys.key_id.startswith(DEMONSTRATION):
        remedy = f"实际数据请用 pingan keys make 并设 {KEY_FILE_VARIABLE}；for real data make a set and name it so"
        return replace(used, remedy=remedy, blocks=False)
    return used


def _vault(layout: Layout) -> Finding:
    """Whether the vault can be read as it is asked for, without logging an opening: no row is read."""
    from ingestion.identity.encryption import ENCRYPTION_VARIABLE, VaultCipher

    asked = "须加密 encrypted" if os.environ.get(ENCRYPTION_VARIABLE) else "不加密 plain"
    if not layout.keys.exists() and not os.environ.get(KEY_FILE_VARIABLE):
        return Finding("身份库 vault", asked)
    try:
        VaultCipher.from_environment(layout.vault, load_keys(layout.keys))
    except (OSError, ValueError, RuntimeError) as error:
        return Finding("身份库 vault", asked, str(error))
    return Finding("身份库 vault", asked)


def _fonts() -> Finding:
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout
        found = sorted(set(listed.splitlines()))
    else:
        folders = [Path(folder).expanduser() for folder in _FONT_FOLDERS]
        found = [
            path.name for folder in folders for path in folder.rglob("*.[to]t[fc]") if _CHINESE_FONTS.search(path.name)
        ]
    remedy = "安装中文字体如 fonts-noto-cjk；install a Chinese font, e.g. fonts-noto-cjk, to view and print here"
    return Finding("中文字体 fonts", found[0] if found else "无 none", "" if found else remedy, blocks=False)


def _writer(layout: Layout) -> Finding:
    if not layout.writer_lock.exists():
        return Finding("写锁 writer", "空闲 free")
    try:
        with writer_lock(layout.writer_lock, "pingan doctor"):
            return Finding("写锁 writer", "空闲 free")
    except WarehouseBusy as error:
        return Finding("写锁 writer", str(error), "等待其结束；wait until it ends", blocks=False)


def unfinished(layout: Layout) -> Finding:
    """What a killed process left half-written. The next run removes it, or takes over a build's log."""
    left = [path for path in layout.home.rglob(f"{UNFINISHED}*") if layout.landing not in path.parents]
    left += [path for path in (build_log(layout), spill_of_readers(layout)) if path.exists()]
    remedy = "pingan run 会接收或清除；pingan run takes them over or removes them"
    observed = f"{len(left)} 项未完成 unfinished" if left else "无 none"
    return Finding("残留文件 unfinished files", observed, remedy if left else "", blocks=False)


def _dagster(layout: Layout) -> Finding:
    settings = layout.dagster_home / "dagster.yaml"
    if not settings.exists():
        return Finding("Dagster", "首次运行时建立 its home is made by the first run")
    same = settings.read_text(encoding="utf-8") == dagster_settings()
    off = "telemetry: {enabled: false}" in settings.read_text(encoding="utf-8")
    observed = f"{layout.dagster_home}, 遥测 telemetry {'关 off' if off else '开 on'}"
    return Finding("Dagster", observed, "" if same and off else "pingan run 会改正；pingan run puts it right")


def _quiet() -> Finding:
    loud = [name for name, value in QUIET.items() if os.environ.get(name) != value]
    return Finding("对外通信 calls home", ", ".join(loud) or "关 off", "unset the variables named" if loud else "")


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return path if path.exists() else _nearest(path.parent)
