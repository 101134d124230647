"""What the doctor finds wrong, and that it says what to do about it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from orchestration import environment, exits
from orchestration.cli import pingan
from orchestration.commands import doctor
from warehouse.files import UNFINISHED
from warehouse.keys import load_keys
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.locks import writer_lock


@pytest.fixture
def layout(tmp_path, monkeypatch):
    for name in ("PINGAN_HOME", "DAGSTER_HOME", *environment.QUIET):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("PINGAN_KEY_FILE", raising=False)
    layout = environment.enter(tmp_path / "home")
    environment.prepare_home(layout)
    return layout


def _wrong(layout: Layout) -> dict[str, str]:
    return {found.subject: found.remedy for found in doctor.findings(layout) if found.remedy and found.blocks}


def test_a_new_warehouse_is_fit_to_run(layout):
    load_keys(layout.keys)
    # The versions of whoever runs the tests are not the warehouse's.
    assert {subject for subject in _wrong(layout) if "versions" not in subject} == set()


def test_a_zone_with_identifiers_that_anyone_can_read_is_wrong(layout):
    layout.vault.chmod(0o755)
    assert f"chmod o-rwx {layout.vault}" in _wrong(layout).values()


def test_keys_that_others_can_read_are_wrong(layout):
    load_keys(layout.keys)
    layout.keys.chmod(0o644)
    assert any("chmod 600" in remedy for remedy in _wrong(layout).values())


def test_dagster_settings_that_were_changed_are_wrong(layout):
    settings = layout.dagster_home / "dagster.yaml"
    settings.write_text(settings.read_text().replace("telemetry: {enabled: false}", "telemetry: {enabled: true}"))
    assert "Dagster" in _wrong(layout)


def test_a_library_allowed_to_call_home_is_wrong(layout, monkeypatch):
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    assert any("calls home" in subject for subject in _wrong(layout))


def test_a_package_of_another_version_than_locked_is_named(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("click==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 \\\n    --hash=sha256:00\n")
    finding = doctor.versions(lock)
    assert "click" in finding.observed
    assert "no-such-package" in finding.observed
    assert finding.remedy


def test_what_a_killed_process_left_is_reported_and_removed_by_the_next_writer(layout):
    left = layout.raw / "police" / f"{UNFINISHED}1-cases.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    (layout.releases / f"{UNFINISHED}v1").mkdir(parents=True)
    arriving = layout.landing / "2017Q1" / "police" / f"{UNFINISHED}upload.csv"
    arriving.parent.mkdir(parents=True)
    arriving.touch()
    assert "2 " in doctor.unfinished(layout).observed
    assert environment.clear_unfinished(layout) == 2
    assert not left.exists()
    assert arriving.exists()


def test_the_process_that_writes_is_named(layout):
    with writer_lock(layout.writer_lock, "a test"):
        found = next(found for found in doctor.findings(layout) if "writer" in found.subject)
    assert str(os.getpid()) in found.observed


def test_the_doctor_ends_with_code_one_when_something_is_wrong(layout, monkeypatch):
    monkeypatch.setattr(doctor, "versions", lambda _lock: doctor.Finding("versions", "as locked"))
    ask = [sys.executable, "-m", "orchestration.cli", "--home", str(layout.home), "doctor"]
    layout.vault.chmod(0o755)
    ended = subprocess.run(ask, capture_output=True, text=True, cwd=PROJECT_ROOT, check=False)
    assert ended.returncode == exits.REFUSED
    assert "chmod o-rwx" in ended.stdout
    layout.vault.chmod(0o750)
    assert CliRunner().invoke(pingan, ["--home", str(layout.home), "doctor"]).exit_code == exits.DONE
