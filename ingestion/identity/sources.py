"""Which deliveries a round's linkage reads: what came in the round, and the registers that make up the spine.

Belongs here: choosing deliveries by the ledger. Does not belong here: reading their rows (``vault``).
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.contracts.registry import registry
from ingestion.ledger import Delivery, current_deliveries, list_records
from warehouse.layout import Layout
from warehouse.quarters import Quarter

#: The registers of the real population, the most telling first: who stands there is on the spine.
SPINE_EXTRACTS = (
    "population.registered_residents",
    "population.migrant_residents",
    "population.overseas_residents",
)


@dataclass(frozen=True)
class RoundSources:
    """Deliveries of persons. ``registers`` are the spine's latest, ``registers_before`` the ones before these."""

    of_round: list[Delivery]
    registers: list[Delivery]
    registers_before: list[Delivery]


def sources_of(layout: Layout, round_quarter: Quarter) -> RoundSources:
    """What to read for the round, as the ledger knew it then."""
    current = current_deliveries(list_records(layout, rounds_to=round_quarter), round_quarter)
    persons = {extract for extract, contract in registry().contracts.items() if contract.person}
    deliveries = [one for (extract, _), one in sorted(current.items()) if extract in persons]
    registers, before = [], []
    for extract in SPINE_EXTRACTS:
        latest = sorted(
            (one for one in deliveries if one.extract == extract), key=lambda one: Quarter.parse(one.quarter)
        )
        registers += latest[-1:]
        before += latest[-2:-1]
    of_round = [one for one in deliveries if one.round == str(round_quarter)]
    return RoundSources(of_round, registers, before)
