"""``pingan rebuild``: make a release again from the archive as it was known then, and compare it.

Belongs here: what is asked and what is told. Does not belong here: making it (``rebuilding``).
"""

from __future__ import annotations

import re
import time

import click

from orchestration import exits
from orchestration.due import released_versions
from orchestration.rebuilding import rebuild as make_again
from orchestration.rebuilding import scratch_home
from orchestration.writing import writing
from warehouse.layout import Layout
from warehouse.quarters import Quarter


def rebuild(layout: Layout, quarter: str, version: str) -> int:
    """Returns DONE when every hash is the same, REFUSED when one is not; raises click.UsageError for no release."""
    started = time.monotonic()
    try:
        wanted = Quarter.parse(quarter)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    found = re.fullmatch(r"v?(\d+)", version)
    versions = [folder.name for folder in released_versions(layout, wanted)]
    if not found or f"v{found[1]}" not in versions:
        there_are = ", ".join(versions) or "无 none"
        raise click.UsageError(f"没有发布 no release {wanted} {version}; 已有 there is: {there_are}")
    name = f"{wanted} v{found[1]}"
    with writing(layout, f"pingan rebuild {name}"), scratch_home(layout) as scratch:
        differences = make_again(layout, scratch, wanted, int(found[1]), click.echo)
    seconds = f"{time.monotonic() - started:.1f} s"
    if not differences:
        click.echo(f"{name}: 逐项一致 made again from the archive, every hash is the same, {seconds}")
        return exits.DONE
    click.echo(f"{name}: {len(differences)} 项不一致 differences, {seconds}", err=True)
    for line in differences:
        click.echo(f"  {line}", err=True)
    return exits.REFUSED
