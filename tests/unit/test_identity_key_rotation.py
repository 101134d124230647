"""From one set of keys to the next: nothing of the old one is left, and nobody is anybody else."""

from __future__ import annotations

import json
import re
import shutil
import uuid

import pyarrow as pa
import pytest

from ingestion.archive import archived_path
from ingestion.contracts.registry import registry
from ingestion.identity import review
from ingestion.identity.access_log import AccessLog
from ingestion.identity.encryption import VaultCipher, files_by_kind
from ingestion.identity.linking import links_version
from ingestion.identity.reviews import review_log
from ingestion.ledger import list_records
from ingestion.loading import load_again
from ingestion.removal.orders import read_orders
from ingestion.restoring import as_rekeyed
from ingestion.workbench import Workbench
from tests.identity_district import LABOUR, REGISTER, SECOND, Identities, name, number
from tests.identity_rotation import (
    ERASED,
    LINKED,
    grouped,
    pseudonyms_in,
    rotated,
    rounded,
    tables,
    without_pseudonyms,
)
from warehouse.files import sha256_file
from warehouse.keys import KEY_FILE_VARIABLE, load_keys

_UUID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def test_nothing_of_the_old_set_is_left_in_any_file(keyed_district):
    old = keyed_district.keys
    old_ones = pseudonyms_in(tables(keyed_district))
    old_ones |= {
        uuid.UUID(one[key])
        for one in review_log(keyed_district.layout).lines()
        for key in ("person_id", "record_pseudonym")
    }
    assert len(old_ones) > 80
    rotated(keyed_district)
    words = {old.key_id.encode(), old.vault, old.vault.hex().encode()}
    words |= {form for key in old.by_purpose.values() for form in (key, key.hex().encode())}
    now = pseudonyms_in(tables(keyed_district))
    assert not now & old_ones
    assert len(now) > 80
    searched = 0
    for path in keyed_district.home.rglob("*"):
        if path.is_file() and keyed_district.layout.landing not in path.parents:
            content = path.read_bytes()
            searched += 1
            assert not [word for word in words if word in content], path
            assert not {uuid.UUID(text.decode()) for text in _UUID.findall(content)} & old_ones, path
            assert not [one for one in old_ones if one.bytes in content], path
    assert searched > 20
    assert sorted(path.name for path in (keyed_district.home / "keys").iterdir()) == ["keys.json"]


def test_the_search_for_the_old_set_finds_it_before_the_rotation(keyed_district):
    content = b"".join(path.read_bytes() for path in keyed_district.home.rglob("*") if path.is_file())
    assert keyed_district.keys.key_id.encode() in content
    assert keyed_district.keys.by_purpose["identity"].hex().encode() in content
    assert {uuid.UUID(text.decode()) for text in _UUID.findall(content)} & pseudonyms_in(tables(keyed_district))


def test_every_row_stays_and_who_was_one_person_is_one_person_under_another_key(keyed_district):
    before = tables(keyed_district)
    old = rotated(keyed_district)
    after = tables(keyed_district)
    kept = {place for place in before if "/kept/" in place}
    assert {place for place in after if "/kept/" not in place} == before.keys() - kept
    assert len(after) == len(before)
    pairs = {}
    for place in before.keys() - kept:
        assert without_pseudonyms(after[place]) == without_pseudonyms(before[place])
        assert grouped(after[place]) == grouped(before[place])
        for field in before[place].schema:
            if isinstance(field.type, pa.UuidType):
                pairs |= dict(
                    zip(before[place][field.name].to_pylist(), after[place][field.name].to_pylist(), strict=True)
                )
    assert len(set(pairs.values())) == len(pairs), "two persons became one, or one became two"
    for place in (0, LINKED, 40):
        was = Identities(keyed_district.home, keys=old).person_id(place)
        assert pairs[was] == keyed_district.person_id(place)


def test_the_ledger_names_the_new_set_and_the_files_as_they_are(keyed_district):
    rotated(keyed_district)
    records = [record for record in list_records(keyed_district.layout) if record.verdict == "accepted"]
    assert {record.key_id for record in records} == {keyed_district.keys.key_id}
    for record in records:
        assert sha256_file(keyed_district.home / record.raw_path) == record.raw_sha256


def test_a_raw_file_is_what_a_reading_of_the_archived_file_gives_under_the_new_keys(keyed_district):
    rotated(keyed_district)
    with Workbench(keyed_district.layout, keyed_district.keys) as bench:
        for record in list_records(keyed_district.layout, REGISTER):
            path = archived_path(keyed_district.layout, record.file_sha256)
            again = load_again(keyed_district.layout, record, registry().contract(record.extract), path, bench)
            assert again.raw_sha256 == record.raw_sha256


def test_the_next_round_goes_on_as_if_nothing_had_been(keyed_district, tmp_path, keyed_home):
    same = Identities(tmp_path / "same", people=80)
    shutil.copytree(keyed_home, same.home)
    same.keys = load_keys(same.layout.keys)
    rotated(keyed_district)
    outcomes = []
    for one in (keyed_district, same):
        one.register(SECOND, {20: {"document_number": number(20)[:15] + "000"}})
        one.land(LABOUR, [rounded(one, 30), one.person(31)], SECOND)
        rows = one.link(SECOND)
        said = ("extract", "row_number", "rule_code", "status_code", "score")
        outcomes.append(sorted(tuple(str(row[name_]) for name_ in said) for row in rows))
        assert {one.person_id(20), one.person_id(30)} <= {row["person_id"] for row in rows}
    assert outcomes[0] == outcomes[1]


def test_decisions_of_reviewers_still_count_and_their_chain_is_whole(keyed_district):
    before = list(review_log(keyed_district.layout).lines())
    waiting = len(review.queue(keyed_district.layout))
    rotated(keyed_district)
    after = list(review_log(keyed_district.layout).lines())
    said = ("verdict", "decided_by", "decided_at", "reason", "known_quarter")
    assert [[line[one] for one in said] for line in after] == [[line[one] for one in said] for line in before]
    assert len(review.queue(keyed_district.layout)) == waiting
    statuses = [row["status_code"] for row in keyed_district.links()]
    keyed_district.link()
    assert [row["status_code"] for row in keyed_district.links()] == statuses
    assert {"accepted", "rejected"} & set(statuses)


def test_an_erased_person_is_known_under_the_new_keys_too_and_is_not_taken_in_again(keyed_district):
    (order,) = read_orders(keyed_district.layout, keyed_district.keys)
    rotated(keyed_district)
    (same,) = read_orders(keyed_district.layout, keyed_district.keys)
    assert same.marks == order.marks
    assert same.pseudonyms == (str(keyed_district.person_id(ERASED)),) != order.pseudonyms
    keyed_district.register(SECOND)
    keyed_district.link(SECOND)
    held = " ".join(str(table.to_pylist()) for table in tables(keyed_district).values())
    assert number(ERASED) not in held
    assert name(ERASED) not in held
    assert number(ERASED + 1) in held


def test_links_of_earlier_versions_are_found_by_what_a_release_calls_them(keyed_district):
    (kept,) = (keyed_district.layout.links / "kept").glob("*.parquet")
    for _ in range(2):
        rotated(keyed_district)
    found = links_version(keyed_district.layout, "2017Q1", as_rekeyed(keyed_district.layout, kept.stem))
    assert found is not None
    assert found != kept
    assert found.stem == sha256_file(found)
    assert as_rekeyed(keyed_district.layout, "0" * 64) == "0" * 64


def test_what_was_built_goes_and_what_no_record_names_goes_too(keyed_district):
    keyed_district.layout.build_database.parent.mkdir(exist_ok=True)
    keyed_district.layout.build_database.write_bytes(b"built")
    stray = next(keyed_district.layout.raw.rglob("labour*.parquet")).with_name("nobody.parquet")
    shutil.copyfile(next(keyed_district.layout.raw.rglob("labour*.parquet")), stray)
    rotated(keyed_district)
    assert not keyed_district.layout.build_database.exists()
    assert not stray.exists()


def test_the_rotation_stands_in_the_vaults_log_without_the_old_id(keyed_district):
    old = rotated(keyed_district)
    log = AccessLog.at(keyed_district.layout.vault_log, head=keyed_district.layout.vault_log_head)
    (line,) = [one for one in log.chain.lines() if one["purpose"].startswith("rotate keys")]
    assert keyed_district.keys.key_id in line["purpose"]
    assert old.key_id not in json.dumps(line)


def test_an_encrypted_vault_is_encrypted_with_the_new_key_and_a_plain_one_stays_plain(keyed_district):
    was = [bool(kind) for kind in files_by_kind(keyed_district.layout.vault)]
    old = rotated(keyed_district)
    plain, encrypted = files_by_kind(keyed_district.layout.vault)
    assert [bool(plain), bool(encrypted)] == was
    for path in encrypted:
        with pytest.raises(RuntimeError, match="cannot be decrypted"):
            VaultCipher(keyed_district.layout.vault, old.vault, old.key_id).read(path)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*plain, *encrypted])


def test_the_new_set_takes_the_place_of_a_key_file_kept_elsewhere(keyed_district, tmp_path, monkeypatch):
    named = tmp_path / "custody" / "keys.json"
    named.parent.mkdir(mode=0o700)
    keyed_district.layout.keys.rename(named)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(named))
    old = rotated(keyed_district)
    assert load_keys(keyed_district.layout.keys) == keyed_district.keys
    assert keyed_district.keys.key_id != old.key_id
    assert not keyed_district.layout.keys.exists()
    assert [path.name for path in named.parent.iterdir()] == ["keys.json"]


def test_an_empty_warehouse_is_rotated_too(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)
    empty = Identities(tmp_path / "home")
    empty.keys = load_keys(empty.layout.keys)
    old = rotated(empty)
    assert load_keys(empty.layout.keys) == empty.keys != old
