"""``pingan simulate``: make a district and what its departments would send.

Belongs here: calling the simulator under the writer's lock. Does not belong here: what it makes.
"""

from __future__ import annotations

import click

from orchestration import exits
from orchestration.environment import prepare_home
from orchestration.writing import writing
from warehouse.layout import Layout


def simulate(layout: Layout, profile_name: str, replace: bool) -> int:
    from simulation.district import OtherSimulation
    from simulation.district import simulate as simulate_district
    from simulation.profile import ProfileError, load_profile

    try:
        profile = load_profile(profile_name)
        with writing(layout, f"pingan simulate --profile {profile_name}"):
            summary = simulate_district(profile, layout, click.echo, replace=replace)
            # Writing anew removes the landing folder, and its permissions with it.
            prepare_home(layout)
    except (ProfileError, OtherSimulation) as error:
        raise click.UsageError(str(error)) from error
    made = "已生成 made" if summary.is_new else "已有 there already"
    click.echo(
        f"{made}: {summary.profile} {summary.quarters[0]}..{summary.quarters[-1]}, {summary.file_count} 文件 files, "
        f"{summary.row_count:,} 行 rows, {summary.byte_count / 1e6:,.0f} MB, {summary.seconds:.1f} s"
    )
    return exits.DONE
