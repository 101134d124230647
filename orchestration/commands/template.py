"""``pingan template``: empty workbooks for departments to fill in.

Belongs here: which ones, and where to. Does not belong here: what they hold (``ingestion.answers.templates``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from ingestion.answers.templates import template_name, write_template
from ingestion.contracts.registry import registry
from orchestration import exits


def template(extracts: tuple[str, ...], folder: Path) -> int:
    """Write the templates of ``extracts``, or of all. A file that differs from its template stays: somebody may have
    filled it in."""
    contracts = registry().contracts
    if unknown := [name for name in extracts if name not in contracts]:
        known = ", ".join(contracts)
        raise click.UsageError(f"没有该数据集 there is no extract {', '.join(unknown)}; 已有 there are: {known}")
    changed = []
    for name in extracts or contracts:
        path = folder / template_name(contracts[name])
        if not path.exists():
            write_template(registry(), contracts[name], path)
        elif path.read_bytes() != _bytes_of(name):
            changed.append(path)
            continue
        click.echo(f"{name}: {path}")
    if changed:
        listed = "、".join(map(str, changed))
        raise click.UsageError(
            f"文件已存在且内容不同，未覆盖；请移走或换一个文件夹 differs and was left as it is; move it: {listed}"
        )
    return exits.DONE


def _bytes_of(extract: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(registry(), registry().contracts[extract], path)
        return path.read_bytes()
