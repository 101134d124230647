"""``pingan simulate``: make a district and what its departments would send.

Belongs here: calling the simulator under the writer's lock. Does not belong here: what it makes.
"""

from __future__ import annotations

import time

import click

from orchestration import exits
from orchestration.writing import writing
from warehouse.layout import Layout


def simulate(layout: Layout, profile_name: str, replace: bool) -> int:
    from simulation.district import simulate as simulate_district
    from simulation.profile import load_profile

    started = time.monotonic()
    profile = load_profile(profile_name)
    with writing(layout, f"pingan simulate --profile {profile_name}"):
        summary = simulate_district(profile, layout, click.echo, replace=replace)
    click.echo(f"{summary}  {time.monotonic() - started:.1f} s")
    return exits.DONE
