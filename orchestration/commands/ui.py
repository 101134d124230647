"""``pingan ui``: the Dagster UI and its daemon on this warehouse.

Belongs here: starting them with the right home and a manifest that definitions can load.
"""

from __future__ import annotations

import subprocess
import sys

import click

from orchestration import exits
from orchestration.dbt_manifest import ensure_manifest
from orchestration.environment import prepare_home
from warehouse.layout import PROJECT_ROOT, Layout


def ui(layout: Layout, port: int, read_only: bool) -> int:
    """Serve until interrupted. It listens on this machine only: open-source Dagster asks nobody who they are."""
    prepare_home(layout)
    ensure_manifest(layout)
    click.echo(f"Dagster: http://127.0.0.1:{port}   数据 data: {layout.home}   停止 stop: Ctrl-C")
    served = ["-m", "orchestration.definitions", "--host", "127.0.0.1", "--port", str(port)]
    # The read-only server has neither daemon nor launcher, so it can be shown to those who only look.
    program = ["dagster_webserver", "--read-only"] if read_only else ["dagster", "dev"]
    try:
        ended = subprocess.run([sys.executable, "-m", *program, *served], cwd=PROJECT_ROOT, check=False)
    except KeyboardInterrupt:
        return exits.DONE
    return exits.DONE if ended.returncode in (0, -2, -15) else exits.FAILED
