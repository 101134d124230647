"""From one set of keys to the next: look, carry everything over, and put it in place at once.

Belongs here: the order of these steps. Does not belong here: any of them.
"""

from __future__ import annotations

from collections.abc import Callable

from ingestion.identity.encryption import VaultCipher
from ingestion.identity.rotation.carrying import CannotRotate, Carrier
from ingestion.identity.rotation.crosswalk import Crosswalk
from ingestion.identity.rotation.plan import RotationPlan, plan_rotation
from ingestion.identity.rotation.switching import finish, staged_layout, write_plan
from ingestion.identity.spilling import population_memory, private_connection
from ingestion.identity.vault import open_vault
from warehouse.files import atomic_folder, read_json, write_json
from warehouse.keys import DEMONSTRATION, Keys, keys_of, new_set
from warehouse.layout import Layout


def rotate(layout: Layout, old: Keys, tell: Callable[[str], None]) -> tuple[Keys, RotationPlan]:
    """Make a new set of keys and carry everything over to it; the caller holds the writer's lock.

    Killed before all is made, it leaves the old set in force and what it made is cleared away; killed after, the next
    command that writes finishes it. Raises CannotRotate with every reason.
    """
    plan = plan_rotation(layout, old)
    if plan.faults:
        raise CannotRotate("; ".join(plan.faults))
    text = new_set(DEMONSTRATION if old.key_id.startswith(DEMONSTRATION) else "set", old.lasting)
    new = keys_of(text, plan.key_file)
    vault = open_vault(layout, old, f"rotate keys: carry everything over to {new.key_id}")
    vault.opened(plan.deliveries)
    with atomic_folder(layout.rotation) as folder:
        staged = staged_layout(folder)
        staged.vault.mkdir(parents=True, mode=0o700)
        writing = VaultCipher(staged.vault, new.vault if vault.cipher.key else None, new.key_id)
        with private_connection(vault.cipher, population_memory()) as connection:
            carrier = Carrier(layout, staged, Crosswalk(connection, old, new), vault.cipher, writing, tell)
            carrier.carry()
        write_json(staged.rekeyed, _followed(layout, carrier.became))
        write_plan(folder, plan.key_file, text, plan.gone)
    tell("  切换 put in place")
    finish(layout)
    return new, plan


def _followed(layout: Layout, became: dict[str, str]) -> dict[str, str]:
    """What earlier rotations changed leads to what stands now."""
    before = read_json(layout.rekeyed) if layout.rekeyed.exists() else {}
    return {one: became.get(now, now) for one, now in before.items()} | became
