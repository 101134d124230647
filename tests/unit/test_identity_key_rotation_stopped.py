"""A rotation of keys that is stopped or may not begin: either set holds whole, and no stop leaves half."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from ingestion.identity.encryption import VaultCipher, is_encrypted
from ingestion.identity.rotation.carrying import CannotRotate
from ingestion.identity.rotation.plan import plan_rotation
from ingestion.identity.rotation.rotating import rotate
from ingestion.identity.rotation.switching import finish
from ingestion.ledger import list_records
from tests.identity_district import number
from tests.identity_rotation import (
    pseudonyms_in,
    state_of,
    tables,
    tell,
)
from warehouse.files import sha256_file
from warehouse.keys import RotationUnfinished, load_keys


def test_stopped_while_the_files_are_made_the_old_set_holds_and_nothing_has_changed(keyed_district, monkeypatch):
    from ingestion.identity.rotation import carrying

    before, made_so_far = state_of(keyed_district.home), []

    def stop(*arguments):
        made_so_far.append(arguments)
        if len(made_so_far) == 4:
            raise KeyboardInterrupt
        return carried(*arguments)

    carried = carrying.rewrite
    monkeypatch.setattr(carrying, "rewrite", stop)
    with pytest.raises(KeyboardInterrupt):
        rotate(keyed_district.layout, keyed_district.keys, tell)
    assert state_of(keyed_district.home) == before
    assert load_keys(keyed_district.layout.keys) == keyed_district.keys
    assert not finish(keyed_district.layout)


def test_stopped_anywhere_in_the_change_nobody_reads_and_the_next_command_finishes_it(keyed_district, monkeypatch):
    replaced = os.replace
    stops = [0]

    class Killed(BaseException):
        pass

    def count_down(source, target):
        if keyed_district.layout.rotation in Path(source).parents or target == keyed_district.layout.keys:
            stops[0] -= 1
            if stops[0] == 0:
                raise Killed
        replaced(source, target)

    monkeypatch.setattr(os, "replace", count_down)
    old = keyed_district.keys
    stops[0] = 3
    with pytest.raises(Killed):
        rotate(keyed_district.layout, old, tell)
    tries = 0
    while True:
        with pytest.raises(RotationUnfinished, match="pingan keys rotate"):
            load_keys(keyed_district.layout.keys)
        stops[0] = 2
        tries += 1
        try:
            assert finish(keyed_district.layout)
            break
        except Killed:
            assert tries < 200
    assert tries > 5
    assert not keyed_district.layout.rotation.exists()
    keyed_district.keys = load_keys(keyed_district.layout.keys)
    assert keyed_district.keys.key_id != old.key_id
    records = [record for record in list_records(keyed_district.layout) if record.verdict == "accepted"]
    assert all(sha256_file(keyed_district.home / record.raw_path) == record.raw_sha256 for record in records)
    assert keyed_district.person_id(0) in pseudonyms_in(tables(keyed_district))
    assert not finish(keyed_district.layout)


def test_every_reason_not_to_rotate_is_told_at_once_and_nothing_changes(keyed_district):
    records = [record for record in list_records(keyed_district.layout) if record.verdict == "accepted"]
    first, second = (keyed_district.home / record.raw_path for record in records)
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    second.unlink()
    before = state_of(keyed_district.home)
    with pytest.raises(CannotRotate) as told:
        rotate(keyed_district.layout, keyed_district.keys, tell)
    assert all(record.delivery_id in str(told.value) for record in records)
    assert len(plan_rotation(keyed_district.layout, keyed_district.keys).faults) == 2
    assert state_of(keyed_district.home) == before


def test_a_pseudonym_that_is_not_what_its_number_gives_stops_the_rotation(keyed_district):
    vault = next((keyed_district.layout.vault / "labour").rglob("*.parquet"))
    cipher = VaultCipher(keyed_district.layout.vault, keyed_district.keys.vault if is_encrypted(vault) else None, "x")
    rows = cipher.read(vault)
    place = rows.schema.get_field_index("document_number")
    changed = pa.array([number(60) if one else one for one in rows["document_number"].to_pylist()], pa.string())
    cipher.write(vault, rows.set_column(place, "document_number", changed))
    with pytest.raises(CannotRotate, match=r"labour\.employment-2017Q1"):
        rotate(keyed_district.layout, keyed_district.keys, tell)
    assert load_keys(keyed_district.layout.keys) == keyed_district.keys
