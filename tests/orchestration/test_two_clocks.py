"""What was true when, and what was known when: a late correction, its revision, and releases made again."""

from __future__ import annotations

import duckdb
import pytest

from orchestration import exits
from orchestration.due import quarter_states
from tests.town import LANDED, PUBLISHED, Town
from warehouse.files import read_json

CORRECTED = "案件_201508_更正.csv"


@pytest.fixture(scope="module")
def revised(layout, published_home) -> tuple[Town, dict[str, bytes], list[str]]:
    """Both quarters published; then a correction of the first one's cases came in the second's round, was taken in,
    and the first quarter was published anew. With the files of its v1 before, and what was said on the way."""
    from tests.town import _put_back

    town = _put_back(layout, published_home[0])
    before = town.files(layout.releases / PUBLISHED / "v1")
    cases = (layout.landing / PUBLISHED / "police" / "案件_201508.csv").read_bytes().splitlines(keepends=True)
    (layout.landing / LANDED / "police" / CORRECTED).write_bytes(b"".join(cases[:-3]))
    said = [town.pingan("status").output, town.pingan("run", "due").output]
    ran = town.pingan("run", PUBLISHED, "--revise", "late correction of police cases")
    assert ran.exit_code == exits.DONE, ran.output
    return town, before, [*said, ran.output]


def _pending(town: Town) -> dict[str, bool]:
    return {str(state.quarter): state.is_revision_pending for state in quarter_states(town.layout)}


def test_a_late_correction_makes_the_quarter_and_those_built_on_it_pending_and_publishes_nothing_by_itself(revised):
    town, _, (status, due, _) = revised
    assert status.count("revision pending") == 2
    assert f"pingan run {PUBLISHED} --revise" in due
    assert not (town.layout.releases / LANDED / "v2").exists()
    assert _pending(town) == {PUBLISHED: False, LANDED: True}


def test_the_revision_stands_beside_the_first_version_which_no_byte_of_changed(revised):
    town, before, _ = revised
    releases = town.layout.releases / PUBLISHED
    assert town.files(releases / "v1") == before
    first, second = (read_json(releases / version / "manifest.json") for version in ("v1", "v2"))
    assert second["reason"] == "late correction of police cases"
    changed = first["inputs"]["deliveries"].items() ^ second["inputs"]["deliveries"].items()
    assert {name.split("-")[0] for name, _ in changed} == {"police.cases"}
    assert not any(name.startswith(LANDED) for name in first["known"]["ledger"])
    assert any(name.startswith(f"{LANDED}/police.cases-201508") for name in second["known"]["ledger"])


def test_the_triangle_has_each_figure_as_it_was_known_in_each_round(revised):
    town, _, _ = revised
    database = town.layout.releases / PUBLISHED / "v2" / "analysts" / "pingan.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        first, revisions = (
            connection.execute(
                "select area_level_code, indicator_code, known_round, numerator from audit.fct_indicator_revision "
                f"where quarter = ? and revision_number {which} order by all",
                [PUBLISHED],
            ).fetchall()
            for which in ("= 1", "> 1")
        )
        count = connection.execute(
            "select count(*) from safety_index.fct_indicator_quarter where quarter = ?", [PUBLISHED]
        ).fetchone()[0]
    assert len(first) == count
    assert {row[2] for row in first} == {PUBLISHED}
    assert {row[2] for row in revisions} == {LANDED}
    assert {row[0] for row in revisions} == {"district", "sub_district", "committee"}
    assert 0 < len(revisions) < count / 4


def test_the_first_version_is_made_again_from_the_archive_as_it_was_known_then(revised):
    town, _, _ = revised
    before = town.files(town.layout.releases), town.files(town.layout.ledger)
    again = town.pingan("rebuild", PUBLISHED, "v1")
    assert again.exit_code == exits.DONE, again.output
    assert "every hash is the same" in again.output
    assert (town.files(town.layout.releases), town.files(town.layout.ledger)) == before
    assert not list(town.layout.home.glob(".unfinished-*"))


def test_a_release_that_cannot_be_made_again_is_told_with_the_files_that_differ(revised):
    town, _, _ = revised
    released = town.layout.releases / PUBLISHED / "v1"
    manifest = read_json(released / "manifest.json")
    (name,) = (name for name in manifest["known"]["ledger"] if "fire.fires" in name)
    sha256 = read_json(town.layout.ledger / f"{name}.json")["file_sha256"]
    archived = town.layout.archive / sha256[:2] / sha256
    archived.chmod(0o600)
    archived.write_bytes(b"\n".join(archived.read_bytes().splitlines()[:-2]) + b"\n")
    again = town.pingan("rebuild", PUBLISHED, "v1")
    assert again.exit_code == exits.REFUSED
    assert f"{name.split('/')[1]}: the archive's bytes are not those that came" in again.output


def test_only_a_release_that_there_is_can_be_made_again(revised):
    town, _, _ = revised
    from click.testing import CliRunner

    from orchestration.cli import pingan

    for arguments in ([PUBLISHED, "v9"], ["2015Q9"], [PUBLISHED, "latest"]):
        answer = CliRunner().invoke(pingan, ["--home", str(town.layout.home), "rebuild", *arguments])
        assert answer.exit_code == exits.USAGE, arguments
