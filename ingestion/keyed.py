"""Whether what is held was made with the keys at hand: with others the same person would be somebody else.

Belongs here: comparing the ledger's key ids, and looking at keys and vault before a run begins. Does not belong here:
key sets (``warehouse.keys``).
"""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.identity.encryption import VaultCipher
from ingestion.ledger import Delivery, list_records
from warehouse.keys import Keys, load_keys
from warehouse.layout import Layout


class WrongKeys(RuntimeError):
    """What is held was made with another set of keys: with this one nobody would be recognised."""


def refuse_other_keys(records: Iterable[Delivery], key_id: str) -> None:
    """Raises WrongKeys when an accepted delivery's pseudonyms were made with another set of keys than ``key_id``."""
    others = sorted({one.key_id for one in records if one.verdict == "accepted" and one.key_id} - {key_id})
    if others:
        raise WrongKeys(
            f"已入库数据用密钥组 {', '.join(others)} 生成，当前为 {key_id}。 What is held was made with the key set "
            f"{', '.join(others)}, and the key file has {key_id}: name the right file in PINGAN_KEY_FILE. To change "
            "keys run: pingan keys rotate, with the old key file in place"
        )


def keys_in_order(layout: Layout) -> Keys:
    """The keys, when what is held was made with them and the vault is as it is asked for: looked at before a run, so
    that it ends with the remedy before anything is read.

    Raises what ``load_keys`` raises, WrongKeys and CannotEncrypt.
    """
    keys = load_keys(layout.keys)
    refuse_other_keys(list_records(layout), keys.key_id)
    VaultCipher.from_environment(layout.vault, keys)
    return keys
