"""Refusing a command whose input has faults.

Belongs here: what every command does with such an input. Does not belong here: finding the faults.
"""

from __future__ import annotations

from collections.abc import Callable

import click

from orchestration import exits


def refusing_faults(work: Callable[[], int]) -> int:
    """Do ``work``; a faulty input is told in full and refused."""
    from safety_index.faults import FaultyInput

    try:
        return work()
    except FaultyInput as error:
        click.echo(f"输入有误 refused: {error}", err=True)
        return exits.REFUSED
