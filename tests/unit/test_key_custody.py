"""Whoever can read, replace or guess a key can tell who is who: a key file that is not held well is not read."""

from __future__ import annotations

import json
import os
import stat

import pytest
from click.testing import CliRunner

from orchestration.cli import pingan
from orchestration.commands.doctor import findings
from warehouse import custody
from warehouse.custody import KeyFileExposed, write_key_file
from warehouse.files import write_json
from warehouse.keys import KEY_FILE_VARIABLE, KeysUnusable, RotationUnfinished, lasting_key_of, load_keys, new_set
from warehouse.layout import Layout


@pytest.fixture
def layout(tmp_path, monkeypatch) -> Layout:
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)
    layout = Layout(tmp_path / "home")
    load_keys(layout.keys)
    return layout


def test_a_new_key_file_and_its_folder_are_closed_to_others(layout):
    assert stat.S_IMODE(layout.keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.keys.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_key_file_that_others_may_read_or_write_is_refused(layout, mode):
    layout.keys.chmod(mode)
    with pytest.raises(KeyFileExposed, match="chmod 600"):
        load_keys(layout.keys)


def test_a_key_file_of_another_user_is_refused(layout, monkeypatch):
    owner = layout.keys.stat().st_uid
    monkeypatch.setattr(custody.os, "geteuid", lambda: owner + 1)
    with pytest.raises(KeyFileExposed, match=f"belongs to user {owner}"):
        load_keys(layout.keys)


def test_a_symbolic_link_is_no_key_file(layout, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere.json"
    layout.keys.rename(elsewhere)
    layout.keys.symlink_to(elsewhere)
    with pytest.raises(KeyFileExposed, match="symbolic link"):
        load_keys(layout.keys)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(elsewhere))
    assert load_keys(layout.keys).key_id


def test_what_is_no_regular_file_is_no_key_file(layout):
    layout.keys.unlink()
    os.mkfifo(layout.keys, 0o600)
    with pytest.raises(KeyFileExposed, match="no regular file"):
        load_keys(layout.keys)


def test_a_folder_in_which_others_may_put_files_is_refused_unless_they_cannot_replace_ours(layout):
    layout.keys.parent.chmod(0o770)
    with pytest.raises(KeyFileExposed, match="chmod go-w"):
        load_keys(layout.keys)
    layout.keys.parent.chmod(0o1777)
    assert load_keys(layout.keys).key_id


@pytest.mark.parametrize("zone", ["raw", "archive", "releases", "state"])
def test_keys_among_the_data_are_refused(layout, monkeypatch, zone):
    place = layout.home / zone / "keys.json"
    place.parent.mkdir()
    layout.keys.rename(place)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(place))
    with pytest.raises(KeyFileExposed, match="among the warehouse's data"):
        load_keys(layout.keys)


def test_every_fault_of_a_key_file_is_told_at_once(layout):
    layout.keys.chmod(0o644)
    layout.keys.parent.chmod(0o777)
    with pytest.raises(KeyFileExposed) as told:
        load_keys(layout.keys)
    assert "chmod 600" in str(told.value)
    assert "chmod go-w" in str(told.value)


def changed(layout: Layout, change) -> str:
    content = json.loads(layout.keys.read_text())
    secrets = {*content["keys"].values(), content["lasting"]["key"]}
    change(content)
    layout.keys.unlink()
    write_key_file(layout.keys, json.dumps(content))
    with pytest.raises(KeysUnusable) as told:
        load_keys(layout.keys)
    assert not [secret for secret in secrets if secret in str(told.value)]
    return str(told.value)


def test_a_set_that_is_not_whole_is_told_by_purpose_and_never_shown(layout):
    assert "population, lasting" in changed(layout, lambda set_: (set_["keys"].pop("population"), set_.pop("lasting")))


def test_a_key_that_is_short_or_serves_two_purposes_is_refused(layout):
    def spoil(content):
        content["keys"]["identity"] = "ab" * 16
        content["keys"]["population"] = content["keys"]["special_groups"]

    told = changed(layout, spoil)
    assert "the key identity is not 32 bytes" in told
    assert "serves two purposes" in told


def test_what_is_no_key_file_is_said_to_be_none(layout):
    layout.keys.write_text("[]")
    with pytest.raises(KeysUnusable, match="pingan keys make"):
        load_keys(layout.keys)


def test_no_key_is_shown_when_a_set_is_printed(layout):
    keys = load_keys(layout.keys)
    shown = repr(keys) + str(keys)
    for key in [*keys.by_purpose.values(), keys.vault, keys.lasting.key]:
        assert key.hex() not in shown
        assert repr(key) not in shown
    assert keys.key_id in shown
    assert keys.lasting.key_id in shown


def test_keys_for_another_way_of_making_pseudonyms_are_refused(layout):
    assert "pingan keys make" in changed(layout, lambda set_: set_.pop("scheme"))
    assert "aes-256" in changed(layout, lambda set_: set_.update(scheme="md5"))


def test_a_new_set_has_the_lasting_key_of_the_old_one_and_no_other_key_of_it(layout, tmp_path):
    old = load_keys(layout.keys)
    path = tmp_path / "next" / "keys" / "keys.json"
    write_key_file(path, new_set("set", old.lasting))
    new = load_keys(path)
    assert new.lasting == old.lasting
    assert new.key_id != old.key_id
    assert not {*new.by_purpose.values(), new.vault} & {*old.by_purpose.values(), old.vault, old.lasting.key}


def test_a_key_file_is_made_by_command_and_never_overwritten(tmp_path, monkeypatch):
    path = tmp_path / "custody" / "keys.json"
    made = CliRunner().invoke(pingan, ["--home", str(tmp_path / "home"), "keys", "make", str(path)])
    assert made.exit_code == 0, made.output
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(path))
    shown = CliRunner().invoke(pingan, ["--home", str(tmp_path / "home"), "keys", "show"])
    keys = load_keys(tmp_path / "home" / "keys" / "keys.json")
    assert keys.key_id in shown.output
    assert keys.lasting.key_id in shown.output
    assert keys.by_purpose["identity"].hex() not in shown.output
    before = path.read_bytes()
    again = CliRunner().invoke(pingan, ["--home", str(tmp_path / "home"), "keys", "make", str(path)])
    assert again.exit_code == 2
    assert path.read_bytes() == before


def test_a_new_set_is_made_with_the_lasting_key_of_a_file_from_before(layout, tmp_path):
    content = json.loads(layout.keys.read_text())
    del content["scheme"]
    layout.keys.unlink()
    write_key_file(layout.keys, json.dumps(content))
    path = tmp_path / "custody" / "keys.json"
    arguments = ["--home", str(tmp_path / "elsewhere"), "keys", "make", str(path), "--lasting-of", str(layout.keys)]
    made = CliRunner().invoke(pingan, arguments)
    assert made.exit_code == 0, made.output
    new = json.loads(path.read_text())
    assert new["lasting"] == content["lasting"]
    assert new["keys"] != content["keys"]


@pytest.mark.parametrize("text", ["{}", "no json", '{"lasting": {"key_id": "one", "key": "ab"}}'])
def test_a_file_without_a_lasting_key_gives_none(tmp_path, text):
    with pytest.raises(KeysUnusable, match="lasting key"):
        lasting_key_of(text, tmp_path / "keys.json")


def test_while_a_rotation_is_half_in_place_no_keys_are_handed_out(layout):
    layout.rotation.mkdir()
    with pytest.raises(RotationUnfinished, match="pingan keys rotate"):
        load_keys(layout.keys)


def found(layout: Layout, subject: str):
    return next(finding for finding in findings(layout) if subject in finding.subject)


def test_the_doctor_tells_demonstration_keys_from_keys_that_somebody_made(layout, tmp_path, monkeypatch):
    demonstration = found(layout, "keys")
    assert "pingan keys make" in demonstration.remedy
    assert not demonstration.blocks
    path = tmp_path / "custody" / "keys.json"
    write_key_file(path, new_set("set"))
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(path))
    assert not found(layout, "keys").remedy


def test_the_doctor_names_a_vault_that_is_not_as_it_was_asked_for(layout, monkeypatch):
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert not found(layout, "vault").remedy
    layout.vault.mkdir()
    pq.write_table(pa.table({"a": [1]}), layout.vault / "plain.parquet")
    monkeypatch.setenv("PINGAN_VAULT_ENCRYPTION", "required")
    assert "pingan vault encrypt" in found(layout, "身份库 vault").remedy


def test_a_key_file_with_other_words_beside_the_keys_is_read_all_the_same(layout):
    content = json.loads(layout.keys.read_text()) | {"held_by": "two custodians"}
    layout.keys.unlink()
    write_json(layout.keys, content)
    layout.keys.chmod(0o600)
    assert load_keys(layout.keys).key_id == content["key_id"]
