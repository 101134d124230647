"""From one set of keys to the next: nothing of the old one is left, nobody is anybody else, and no stop leaves half."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from ingestion.archive import archived_path
from ingestion.contracts.registry import registry
from ingestion.identity import review
from ingestion.identity.access_log import AccessLog
from ingestion.identity.encryption import ENCRYPTION_VARIABLE, VaultCipher, files_by_kind, is_encrypted
from ingestion.identity.linking import links_path, links_version
from ingestion.identity.reviews import review_log
from ingestion.identity.rotation.carrying import CannotRotate
from ingestion.identity.rotation.plan import plan_rotation
from ingestion.identity.rotation.rotating import rotate
from ingestion.identity.rotation.switching import finish
from ingestion.keyed import WrongKeys
from ingestion.ledger import list_records
from ingestion.loading import load_again
from ingestion.removal.carrying import carry_out
from ingestion.removal.orders import OrdersUnderAnotherKey, person_marks, read_orders, write_order
from ingestion.restoring import as_rekeyed
from ingestion.workbench import Workbench
from tests.identity_district import LABOUR, REGISTER, SECOND, Identities, name, number
from warehouse.files import UNFINISHED, sha256_file, write_json
from warehouse.keys import KEY_FILE_VARIABLE, Keys, RotationUnfinished, load_keys

DAY = dt.date(2017, 6, 30)
_UUID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
ERASED, LINKED, SWAPPED, REJECTED = 7, 2, 5, 9


def rounded(district: Identities, place: int) -> dict[str, str]:
    return district.person(place) | {"document_number": number(place)[:15] + "000"}


@pytest.fixture(scope="module", params=["plain", "encrypted"])
def made(request, tmp_path_factory) -> Iterator[Path]:
    """A home with two rounds, damaged rows, a rejected and an accepted proposal, earlier links, an erased person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KEY_FILE_VARIABLE, raising=False)
        if request.param == "encrypted":
            patch.setenv(ENCRYPTION_VARIABLE, "required")
        district = Identities(tmp_path_factory.mktemp("rotation") / "home", people=80)
        district.keys = load_keys(district.layout.keys)
        district.register()
        without_number = district.person(11) | {"document_number": ""}
        rows = [rounded(district, LINKED), district.person(SWAPPED) | {"document_number": number(SWAPPED + 1)}]
        district.land(LABOUR, [*rows, rounded(district, REJECTED), without_number, district.person(ERASED)])
        district.link()
        waiting = review.queue(district.layout)
        assert len(waiting) >= 2
        review.decide_pairs(district.layout, [waiting[0].pair], "rejected", "steward", "another person")
        review.decide_pairs(district.layout, [waiting[1].pair], "accepted", "steward", "the same person")
        district.link()
        assert list((district.layout.links / "kept").iterdir())
        marks = person_marks([("", number(ERASED))], district.keys, DAY)
        write_order(district.layout, "erase", "person", marks, "request", DAY, district.keys)
        carry_out(district.layout, district.keys)
        yield district.home


@pytest.fixture
def district(made, tmp_path) -> Identities:
    shutil.copytree(made, tmp_path / "home")
    district = Identities(tmp_path / "home", people=80)
    district.keys = load_keys(district.layout.keys)
    return district


def tell(line: str) -> None:
    pass


def rotated(district: Identities) -> Keys:
    """Rotate, and use the new set from then on; the old one is returned."""
    old = district.keys
    district.keys, _ = rotate(district.layout, old, tell)
    return old


def tables(district: Identities, keys: Keys | None = None) -> dict[str, pa.Table]:
    """Every Parquet file of raw, links and vault by its place; kept links by what is in them."""
    layout = district.layout
    cipher = VaultCipher(layout.vault, (keys or district.keys).vault)
    paths = [path for zone in (layout.raw, layout.links, layout.vault) for path in zone.rglob("*.parquet")]
    return {str(path.relative_to(layout.home)): cipher.read(path) for path in paths}


def pseudonyms_in(found: dict[str, pa.Table]) -> set[uuid.UUID]:
    return {
        one
        for table in found.values()
        for place, field in enumerate(table.schema)
        if isinstance(field.type, pa.UuidType)
        for one in table.column(place).to_pylist()
        if one
    }


def without_pseudonyms(table: pa.Table) -> list[dict]:
    return table.select([one.name for one in table.schema if not isinstance(one.type, pa.UuidType)]).to_pylist()


def grouped(table: pa.Table) -> dict[str, list[int]]:
    """Which rows have one pseudonym in a column: what a change of keys must leave as it was."""
    groups = {}
    for field in table.schema:
        if isinstance(field.type, pa.UuidType):
            numbers: dict = {}
            groups[field.name] = [numbers.setdefault(one, len(numbers)) for one in table[field.name].to_pylist()]
    return groups


def test_nothing_of_the_old_set_is_left_in_any_file(district):
    old = district.keys
    old_ones = pseudonyms_in(tables(district))
    old_ones |= {
        uuid.UUID(one[key]) for one in review_log(district.layout).lines() for key in ("person_id", "record_pseudonym")
    }
    assert len(old_ones) > 80
    rotated(district)
    words = {old.key_id.encode(), old.vault, old.vault.hex().encode()}
    words |= {form for key in old.by_purpose.values() for form in (key, key.hex().encode())}
    now = pseudonyms_in(tables(district))
    assert not now & old_ones
    assert len(now) > 80
    searched = 0
    for path in district.home.rglob("*"):
        if path.is_file() and district.layout.landing not in path.parents:
            content = path.read_bytes()
            searched += 1
            assert not [word for word in words if word in content], path
            assert not {uuid.UUID(text.decode()) for text in _UUID.findall(content)} & old_ones, path
            assert not [one for one in old_ones if one.bytes in content], path
    assert searched > 20
    assert sorted(path.name for path in (district.home / "keys").iterdir()) == ["keys.json"]


def test_the_search_for_the_old_set_finds_it_before_the_rotation(district):
    content = b"".join(path.read_bytes() for path in district.home.rglob("*") if path.is_file())
    assert district.keys.key_id.encode() in content
    assert district.keys.by_purpose["identity"].hex().encode() in content
    assert {uuid.UUID(text.decode()) for text in _UUID.findall(content)} & pseudonyms_in(tables(district))


def test_every_row_stays_and_who_was_one_person_is_one_person_under_another_key(district):
    before = tables(district)
    old = rotated(district)
    after = tables(district)
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
        was = Identities(district.home, keys=old).person_id(place)
        assert pairs[was] == district.person_id(place)


def test_the_ledger_names_the_new_set_and_the_files_as_they_are(district):
    rotated(district)
    records = [record for record in list_records(district.layout) if record.verdict == "accepted"]
    assert {record.key_id for record in records} == {district.keys.key_id}
    for record in records:
        assert sha256_file(district.home / record.raw_path) == record.raw_sha256


def test_a_raw_file_is_what_a_reading_of_the_archived_file_gives_under_the_new_keys(district):
    rotated(district)
    with Workbench(district.layout, district.keys) as bench:
        for record in list_records(district.layout, REGISTER):
            path = archived_path(district.layout, record.file_sha256)
            again = load_again(district.layout, record, registry().contract(record.extract), path, bench)
            assert again.raw_sha256 == record.raw_sha256


def test_the_next_round_goes_on_as_if_nothing_had_been(district, tmp_path, made):
    same = Identities(tmp_path / "same", people=80)
    shutil.copytree(made, same.home)
    same.keys = load_keys(same.layout.keys)
    rotated(district)
    outcomes = []
    for one in (district, same):
        one.register(SECOND, {20: {"document_number": number(20)[:15] + "000"}})
        one.land(LABOUR, [rounded(one, 30), one.person(31)], SECOND)
        rows = one.link(SECOND)
        said = ("extract", "row_number", "rule_code", "status_code", "score")
        outcomes.append(sorted(tuple(str(row[name_]) for name_ in said) for row in rows))
        assert {one.person_id(20), one.person_id(30)} <= {row["person_id"] for row in rows}
    assert outcomes[0] == outcomes[1]


def test_decisions_of_reviewers_still_count_and_their_chain_is_whole(district):
    before = list(review_log(district.layout).lines())
    waiting = len(review.queue(district.layout))
    rotated(district)
    after = list(review_log(district.layout).lines())
    said = ("verdict", "decided_by", "decided_at", "reason", "known_quarter")
    assert [[line[one] for one in said] for line in after] == [[line[one] for one in said] for line in before]
    assert len(review.queue(district.layout)) == waiting
    statuses = [row["status_code"] for row in district.links()]
    district.link()
    assert [row["status_code"] for row in district.links()] == statuses
    assert {"accepted", "rejected"} & set(statuses)


def test_an_erased_person_is_known_under_the_new_keys_too_and_is_not_taken_in_again(district):
    (order,) = read_orders(district.layout, district.keys)
    rotated(district)
    (same,) = read_orders(district.layout, district.keys)
    assert same.marks == order.marks
    assert same.pseudonyms == (str(district.person_id(ERASED)),) != order.pseudonyms
    district.register(SECOND)
    district.link(SECOND)
    held = " ".join(str(table.to_pylist()) for table in tables(district).values())
    assert number(ERASED) not in held
    assert name(ERASED) not in held
    assert number(ERASED + 1) in held


def test_links_of_earlier_versions_are_found_by_what_a_release_calls_them(district):
    (kept,) = (district.layout.links / "kept").glob("*.parquet")
    for _ in range(2):
        rotated(district)
    found = links_version(district.layout, "2017Q1", as_rekeyed(district.layout, kept.stem))
    assert found is not None
    assert found != kept
    assert found.stem == sha256_file(found)
    assert as_rekeyed(district.layout, "0" * 64) == "0" * 64


def test_what_was_built_goes_and_what_no_record_names_goes_too(district):
    district.layout.build_database.parent.mkdir(exist_ok=True)
    district.layout.build_database.write_bytes(b"built")
    stray = next(district.layout.raw.rglob("labour*.parquet")).with_name("nobody.parquet")
    shutil.copyfile(next(district.layout.raw.rglob("labour*.parquet")), stray)
    rotated(district)
    assert not district.layout.build_database.exists()
    assert not stray.exists()


def state_of(home: Path) -> dict[str, str]:
    left_out = ("locks", "access.jsonl", "vault_log.json", UNFINISHED)
    return {
        str(path.relative_to(home)): sha256_file(path)
        for path in sorted(home.rglob("*"))
        if path.is_file() and not any(one in str(path.relative_to(home)) for one in left_out)
    }


def test_stopped_while_the_files_are_made_the_old_set_holds_and_nothing_has_changed(district, monkeypatch):
    from ingestion.identity.rotation import carrying

    before, made_so_far = state_of(district.home), []

    def stop(*arguments):
        made_so_far.append(arguments)
        if len(made_so_far) == 4:
            raise KeyboardInterrupt
        return carried(*arguments)

    carried = carrying.rewrite
    monkeypatch.setattr(carrying, "rewrite", stop)
    with pytest.raises(KeyboardInterrupt):
        rotate(district.layout, district.keys, tell)
    assert state_of(district.home) == before
    assert load_keys(district.layout.keys) == district.keys
    assert not finish(district.layout)


def test_stopped_anywhere_in_the_change_nobody_reads_and_the_next_command_finishes_it(district, monkeypatch):
    replaced = os.replace
    stops = [0]

    class Killed(BaseException):
        pass

    def count_down(source, target):
        if district.layout.rotation in Path(source).parents or target == district.layout.keys:
            stops[0] -= 1
            if stops[0] == 0:
                raise Killed
        replaced(source, target)

    monkeypatch.setattr(os, "replace", count_down)
    old = district.keys
    stops[0] = 3
    with pytest.raises(Killed):
        rotate(district.layout, old, tell)
    tries = 0
    while True:
        with pytest.raises(RotationUnfinished, match="pingan keys rotate"):
            load_keys(district.layout.keys)
        stops[0] = 2
        tries += 1
        try:
            assert finish(district.layout)
            break
        except Killed:
            assert tries < 200
    assert tries > 5
    assert not district.layout.rotation.exists()
    district.keys = load_keys(district.layout.keys)
    assert district.keys.key_id != old.key_id
    records = [record for record in list_records(district.layout) if record.verdict == "accepted"]
    assert all(sha256_file(district.home / record.raw_path) == record.raw_sha256 for record in records)
    assert district.person_id(0) in pseudonyms_in(tables(district))
    assert not finish(district.layout)


def test_every_reason_not_to_rotate_is_told_at_once_and_nothing_changes(district):
    records = [record for record in list_records(district.layout) if record.verdict == "accepted"]
    first, second = (district.home / record.raw_path for record in records)
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    second.unlink()
    before = state_of(district.home)
    with pytest.raises(CannotRotate) as told:
        rotate(district.layout, district.keys, tell)
    assert all(record.delivery_id in str(told.value) for record in records)
    assert len(plan_rotation(district.layout, district.keys).faults) == 2
    assert state_of(district.home) == before


def test_a_pseudonym_that_is_not_what_its_number_gives_stops_the_rotation(district):
    vault = next((district.layout.vault / "labour").rglob("*.parquet"))
    cipher = VaultCipher(district.layout.vault, district.keys.vault if is_encrypted(vault) else None, "x")
    rows = cipher.read(vault)
    place = rows.schema.get_field_index("document_number")
    changed = pa.array([number(60) if one else one for one in rows["document_number"].to_pylist()], pa.string())
    cipher.write(vault, rows.set_column(place, "document_number", changed))
    with pytest.raises(CannotRotate, match=r"labour\.employment-2017Q1"):
        rotate(district.layout, district.keys, tell)
    assert load_keys(district.layout.keys) == district.keys


def test_the_rotation_stands_in_the_vaults_log_without_the_old_id(district):
    old = rotated(district)
    log = AccessLog.at(district.layout.vault_log, head=district.layout.vault_log_head)
    (line,) = [one for one in log.chain.lines() if one["purpose"].startswith("rotate keys")]
    assert district.keys.key_id in line["purpose"]
    assert old.key_id not in json.dumps(line)


def test_an_encrypted_vault_is_encrypted_with_the_new_key_and_a_plain_one_stays_plain(district):
    was = [bool(kind) for kind in files_by_kind(district.layout.vault)]
    old = rotated(district)
    plain, encrypted = files_by_kind(district.layout.vault)
    assert [bool(plain), bool(encrypted)] == was
    for path in encrypted:
        with pytest.raises(RuntimeError, match="cannot be decrypted"):
            VaultCipher(district.layout.vault, old.vault, old.key_id).read(path)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*plain, *encrypted])


def test_with_another_key_set_nothing_is_taken_in_or_linked(district):
    district.keys = dataclasses.replace(district.keys, key_id="other")
    district.register(SECOND)
    with pytest.raises(WrongKeys, match="the key file has other"):
        district.link(SECOND)
    assert not links_path(district.layout, SECOND).exists()


def test_tombstones_of_another_lasting_key_are_not_passed_over(district):
    path = next(district.layout.tombstones.glob("*.json"))
    write_json(path, json.loads(path.read_text()) | {"key_id": "lasting-lost"})
    with pytest.raises(OrdersUnderAnotherKey, match="lasting-lost"):
        read_orders(district.layout, district.keys)


def test_the_new_set_takes_the_place_of_a_key_file_kept_elsewhere(district, tmp_path, monkeypatch):
    named = tmp_path / "custody" / "keys.json"
    named.parent.mkdir(mode=0o700)
    district.layout.keys.rename(named)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(named))
    old = rotated(district)
    assert load_keys(district.layout.keys) == district.keys
    assert district.keys.key_id != old.key_id
    assert not district.layout.keys.exists()
    assert [path.name for path in named.parent.iterdir()] == ["keys.json"]


def test_an_empty_warehouse_is_rotated_too(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)
    empty = Identities(tmp_path / "home")
    empty.keys = load_keys(empty.layout.keys)
    old = rotated(empty)
    assert load_keys(empty.layout.keys) == empty.keys != old
