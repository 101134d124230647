"""The vault encrypted at rest: no name on the disk, no other key, no changed bit; and no half of one and the other."""

from __future__ import annotations

import dataclasses
import random

import pyarrow.parquet as pq
import pytest

from ingestion.identity import encryption
from ingestion.identity.access_log import AccessLog
from ingestion.identity.encrypting import encrypt_vault
from ingestion.identity.encryption import ENCRYPTION_VARIABLE, CannotEncrypt, VaultCipher, files_by_kind
from ingestion.identity.spilling import private_connection
from ingestion.workbench import Workbench
from tests.identity_district import KEYS, LABOUR, SECOND, Identities, name, number

OTHER_KEYS = dataclasses.replace(KEYS, key_id="other", vault=b"o" * 32)


def landed(home) -> Identities:
    district = Identities(home, people=60)
    district.register()
    district.land(LABOUR, [district.person(2) | {"document_number": number(2)[:15] + "000"}])
    return district


@pytest.fixture
def encrypted(tmp_path, monkeypatch) -> Identities:
    monkeypatch.setenv(ENCRYPTION_VARIABLE, "required")
    district = landed(tmp_path)
    district.link()
    return district


def vault_bytes(district: Identities) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(district.layout.vault.rglob("*")) if path.is_file())


def test_the_same_identifiers_that_stand_in_a_plain_vault_stand_nowhere_in_an_encrypted_one(
    tmp_path, encrypted, monkeypatch
):
    monkeypatch.delenv(ENCRYPTION_VARIABLE)
    # Uncompressed, so that what a plain file holds can be seen in its bytes at all.
    plain = landed(tmp_path / "plain")
    monkeypatch.setattr("ingestion.promotion._repeats", lambda column: False)
    plain.link()
    sought = {number(place).encode() for place in range(60)} | {name(place).encode() for place in range(60)}
    rows = pq.read_table(next((plain.layout.vault / "population").rglob("*.parquet")), partitioning=None)
    uncompressed = tmp_path / "uncompressed.parquet"
    pq.write_table(rows, uncompressed, compression="none")
    assert all(one in uncompressed.read_bytes() for one in sought)
    assert not any(one in vault_bytes(encrypted) for one in sought)
    kinds = files_by_kind(encrypted.layout.vault)
    assert (len(kinds[0]), len(kinds[1])) == (0, 4)


def test_encrypted_or_not_the_links_are_the_same(tmp_path, encrypted, monkeypatch):
    monkeypatch.delenv(ENCRYPTION_VARIABLE)
    plain = landed(tmp_path / "plain")
    assert plain.link() == encrypted.links()


def test_a_correction_is_compared_with_the_encrypted_delivery_before_and_the_log_says_so(encrypted):
    changed = {3: {"phone": "13900000000"}}
    rows = [encrypted.person(place) | changed.get(place, {}) for place in range(60)]
    encrypted.land("population.registered_residents", rows, note="更正")
    encrypted.link()
    from ingestion.ledger import list_records

    (record,) = [one for one in list_records(encrypted.layout, "population.registered_residents") if one.supersedes]
    assert (record.rows_added_count, record.rows_removed_count, record.rows_changed_count) == (0, 0, 1)
    log = AccessLog.at(encrypted.layout.vault_log, head=encrypted.layout.vault_log_head)
    purposes = [line["purpose"] for line in log.chain.lines()]
    assert "intake: compare a delivery with the one before" in purposes


def test_another_key_opens_nothing_and_is_told_so_before_anything_is_read(encrypted):
    with pytest.raises(CannotEncrypt, match="key set other"):
        Workbench(encrypted.layout, OTHER_KEYS)


def test_a_file_moved_to_another_ones_place_cannot_be_read(encrypted):
    cipher = VaultCipher.from_environment(encrypted.layout.vault, KEYS)
    first, second = files_by_kind(encrypted.layout.vault)[1][:2]
    first.replace(second)
    with pytest.raises(CannotEncrypt, match="stands in another place"):
        cipher.read(second)


def test_every_flipped_bit_is_noticed(encrypted):
    cipher = VaultCipher.from_environment(encrypted.layout.vault, KEYS)
    path = next((encrypted.layout.vault / "population").rglob("*.parquet"))
    content = path.read_bytes()
    chance = random.Random(20170101)
    noticed = 0
    for _ in range(60):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            cipher.read(path)
        except (CannotEncrypt, OSError):
            noticed += 1
    assert noticed == 60


def test_without_the_switch_an_encrypted_vault_is_refused_and_not_mixed_with_plain_files(encrypted, monkeypatch):
    monkeypatch.delenv(ENCRYPTION_VARIABLE)
    encrypted.register(SECOND)
    with pytest.raises(CannotEncrypt, match=f"{ENCRYPTION_VARIABLE}=required"):
        encrypted.link(SECOND)
    assert not files_by_kind(encrypted.layout.vault)[0]


def test_a_plain_vault_is_refused_until_the_command_has_brought_all_of_it_over(tmp_path, monkeypatch):
    district = landed(tmp_path)
    before = district.link()
    monkeypatch.setenv(ENCRYPTION_VARIABLE, "required")
    with pytest.raises(CannotEncrypt, match="pingan vault encrypt"):
        district.link()
    written, stopped = [], RuntimeError("stopped")
    write = VaultCipher.write

    def stop_after_one(cipher, path, table):
        if written:
            raise stopped
        write(cipher, path, table)
        written.append(path)

    monkeypatch.setattr(VaultCipher, "write", stop_after_one)
    with pytest.raises(RuntimeError, match="stopped"):
        encrypt_vault(district.layout, KEYS)
    monkeypatch.setattr(VaultCipher, "write", write)
    with pytest.raises(CannotEncrypt, match="pingan vault encrypt"):
        district.link()
    assert encrypt_vault(district.layout, KEYS) == 3
    assert encrypt_vault(district.layout, KEYS) == 0
    assert district.link() == before


def test_asked_for_and_not_to_be_had_nothing_begins(tmp_path, monkeypatch):
    monkeypatch.setenv(ENCRYPTION_VARIABLE, "required")
    district = landed(tmp_path)
    with pytest.raises(CannotEncrypt, match="pingan keys rotate"):
        Workbench(district.layout, dataclasses.replace(KEYS, vault=None))

    def cannot():
        raise CannotEncrypt("this pyarrow cannot encrypt")

    monkeypatch.setattr(encryption, "_properties", cannot)
    with pytest.raises(CannotEncrypt, match="cannot encrypt"):
        district.link()
    monkeypatch.setenv(ENCRYPTION_VARIABLE, "yes")
    with pytest.raises(ValueError, match="'yes'"):
        district.link()
    assert not district.layout.ledger.exists()


def test_where_the_vault_is_encrypted_nothing_is_spilled_in_the_clear(tmp_path, monkeypatch):
    rows = "SELECT i, md5(CAST(i AS VARCHAR)) || 'XYZZY' AS t FROM range(3000000) AS x(i)"
    seen = {}
    for key in (None, b"v" * 32):
        cipher = VaultCipher(tmp_path / "vault", key)
        with private_connection(cipher, "100MB") as connection:
            connection.execute(f"CREATE TEMP TABLE large AS {rows}")
            spilled = [path for path in cipher.vault.rglob("*") if path.is_file()]
            seen[key] = any(b"XYZZY" in path.read_bytes() for path in spilled)
        assert not list(cipher.vault.iterdir())
    assert seen == {None: True, b"v" * 32: False}
