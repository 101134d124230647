"""Bringing a plain vault over to encryption, file by file; who is stopped carries on when asked again.

Belongs here: the change from one kind to the other. Does not belong here: the cipher (``encryption``). Until it is done
everyone else refuses the vault, which is half of each.
"""

from __future__ import annotations

from ingestion.identity.access_log import AccessLog
from ingestion.identity.encryption import ENCRYPTION_VARIABLE, CannotEncrypt, VaultCipher, files_by_kind
from warehouse.keys import Keys
from warehouse.layout import Layout


def encrypt_vault(layout: Layout, keys: Keys) -> int:
    """Encrypt every plain file of the vault and return how many there were. Raises CannotEncrypt.

    The caller holds the writer's lock. A file that was encrypted takes the plain one's place by its name; what a disk
    keeps of the old blocks is the volume's to answer for.
    """
    cipher = VaultCipher.asked_for(layout.vault, keys)
    if cipher.key is None:
        raise CannotEncrypt(f"先设 set first: export {ENCRYPTION_VARIABLE}=required")
    plain, _ = files_by_kind(layout.vault)
    if plain:
        log = AccessLog.at(layout.vault_log, head=layout.vault_log_head)
        log.append(f"encrypt the vault with {keys.key_id}", [str(path.relative_to(layout.vault)) for path in plain])
    for path in plain:
        cipher.write(path, cipher.read(path))
    cipher.refuse_other_files()
    return len(plain)
