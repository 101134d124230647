"""Releases: gate, versions, the pointer, and that what is released stays as it is."""

import datetime as dt
import os
import stat

import duckdb
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from publication.lineage import links_in_force, table_fingerprints
from publication.release import (
    GateClosed,
    ReasonNeeded,
    hidden_in_releases,
    latest_release,
    publish,
    released_versions,
)
from publication.verify import ReleaseDamaged, differences, made_again_differences, verify_release
from tests.publication_world import SERIES, GateReport, make_world, passing_gate
from warehouse.files import read_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter

QUARTER = Quarter.parse("2017Q1")
NOON = dt.datetime(2017, 4, 20, 12, tzinfo=dt.UTC)


def release(layout, gate=passing_gate, code_version="c1", reason=None, quarter=QUARTER):
    return publish(
        layout, quarter, gate, SERIES, code_version=code_version, reason=reason, run_id="run-1", clock=lambda: NOON
    )


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def layout(tmp_path):
    return make_world(tmp_path / "home", committee_counts=(4, 4, 4), person_count=60)


def test_a_release_holds_tables_bulletin_and_database_and_is_current(layout):
    made = release(layout)
    names = contents(made.folder).keys()
    assert {"manifest.json", "analysts/pingan.duckdb", "tables/pingan.xlsx", "bulletin/index.html"} <= names
    assert len([name for name in names if name.startswith("bulletin/areas/")]) == 15
    assert made.is_new
    assert layout.current_release.resolve() == made.folder.resolve()
    assert verify_release(made.folder) == len(names) - 1


def test_the_workbook_of_a_release_has_five_quarters_and_its_other_files_all(tmp_path):
    layout = make_world(tmp_path / "home", ("2015Q4", "2017Q1"), person_count=20)
    tables = release(layout).folder / "tables"
    heading, *rows = (
        CalamineWorkbook.from_path(tables / "pingan.xlsx").get_sheet_by_name("scores_committee").to_python()[2:]
    )
    assert {row[heading.index("quarter")] for row in rows} == {"2016Q1", "2016Q2", "2016Q3", "2016Q4", "2017Q1"}
    every = pq.read_table(tables / "scores_committee.parquet", columns=["quarter"])["quarter"].unique().to_pylist()
    assert min(every) == "2015Q4"


def write_links(layout, round_, persons):
    """Links of a round, of rows 1, 2 and so on of one delivery, each to the person of that number."""
    folder = layout.links / f"round={round_}"
    folder.mkdir(parents=True)
    number = "('00000000-0000-0000-0000-00000000000' || {})::uuid"
    rows = " union all ".join(
        f"select '{QUARTER}' as quarter, 'd' as delivery_id, {row} as row_number, "
        f"{number.format(row)} as record_pseudonym, {number.format(person)} as person_id, 'automatic' as status_code"
        for row, person in enumerate(persons, 1)
    )
    duckdb.connect().execute(f"copy ({rows}) to '{folder / 'links.parquet'}'")


def test_whose_rows_are_is_an_input_by_what_is_known_last(tmp_path):
    first, corrected, swapped, before = (
        Layout(tmp_path / name) for name in ("first", "corrected", "swapped", "before")
    )
    write_links(first, "2017Q1", (3, 4))
    write_links(swapped, "2017Q1", (4, 3))
    write_links(corrected, "2017Q1", (4, 3))
    write_links(corrected, "2017Q2", (3, 4))
    found = [links_in_force(layout, str(QUARTER)) for layout in (first, corrected, swapped, before)]
    assert found[0] == found[1] != found[2]
    assert found[3] == "none"
    assert links_in_force(first, "2016Q4").startswith("0-")


def test_a_closed_gate_changes_nothing_and_its_words_reach_the_reader(layout):
    first = release(layout)
    before = contents(layout.releases)
    with pytest.raises(GateClosed, match="ask the police data steward"):
        release(layout, gate=lambda layout, quarter: GateReport(passed=False), code_version="c2", reason="x")
    assert contents(layout.releases) == before
    assert layout.current_release.resolve() == first.folder.resolve()


def test_the_gate_is_asked_again_even_when_nothing_is_new(layout):
    release(layout)
    with pytest.raises(GateClosed):
        release(layout, gate=lambda layout, quarter: GateReport(passed=False))


def test_the_same_inputs_return_the_release_there_is(layout):
    first = release(layout)
    before = contents(layout.releases)
    again = release(layout)
    assert (again.version, again.is_new) == (1, False)
    assert again.folder == first.folder
    assert contents(layout.releases) == before


def test_changed_inputs_need_a_reason_and_then_stand_beside_the_older_version(layout):
    first = release(layout)
    before = contents(first.folder)
    with pytest.raises(ReasonNeeded, match="code_version"):
        release(layout, code_version="c2")
    assert released_versions(layout, QUARTER) == [1]
    second = release(layout, code_version="c2", reason="公安分局更正了3月的案件数据")
    assert second.version == 2
    assert contents(first.folder) == before
    assert layout.current_release.resolve() == second.folder.resolve()
    assert read_json(second.folder / "manifest.json")["reason"] == "公安分局更正了3月的案件数据"
    assert "公安分局更正了3月的案件数据" in second.bulletin.read_text("utf-8")
    assert "公安分局" not in first.bulletin.read_text("utf-8").split("<main")[0]


def test_what_the_first_version_hid_the_second_hides_too(layout):
    release(layout)
    first = hidden_in_releases(layout, QUARTER)["2017Q1"]
    release(layout, code_version="c2", reason="again")
    assert first
    assert hidden_in_releases(layout, QUARTER)["2017Q1"] == first


def test_a_release_keeps_what_it_decided_of_earlier_quarters_and_the_next_takes_it(layout):
    release(layout)
    (kept,) = layout.decisions.iterdir()
    before = kept.stat()
    second = release(layout, code_version="c2", reason="again")
    assert kept.name == "2016Q4.txt"
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    kept.write_bytes(kept.read_bytes()[:50])
    third = release(layout, code_version="c3", reason="again")
    assert kept.stat().st_size == before.st_size
    assert contents(third.folder / "tables").keys() == contents(second.folder / "tables").keys()
    for name, content in contents(second.folder / "tables").items():
        if name.endswith((".csv", ".parquet")):
            assert (third.folder / "tables" / name).read_bytes() == content


def test_an_earlier_quarter_published_later_does_not_become_current(layout):
    newest = release(layout)
    earlier = Quarter.parse("2016Q4")
    layout.index_folder("2017Q1").rename(layout.index_folder("2016Q4"))
    with duckdb.connect(str(layout.build_database)) as build:
        for table in ("fct_population_quarter",):
            build.execute(f"delete from marts.{table} where quarter = '2017Q1'")
    made = make_earlier_release(layout, earlier)
    assert not made.is_current
    assert layout.current_release.resolve() == newest.folder.resolve()
    assert latest_release(layout) == (QUARTER, 1)


def make_earlier_release(layout, quarter):
    """A release of ``quarter`` from a world that ends with it, put under ``layout``'s releases."""
    other = make_world(layout.home.parent / "earlier", ("2016Q3", str(quarter)), person_count=60)
    for name in ("build", "index", "ledger"):
        (layout.home / name).rename(layout.home / f"old-{name}")
        (other.home / name).rename(layout.home / name)
    return release(layout, quarter=quarter)


def test_released_files_are_read_only_and_hold_no_clock(layout):
    made = release(layout)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in made.folder.rglob("*") if path.is_file()}
    assert modes == {0o444}
    assert read_json(made.folder.with_name("v1.json")) == {
        "released_at": "2017-04-20T12:00:00+00:00",
        "run_id": "run-1",
    }


def test_a_second_build_from_the_same_inputs_gives_the_same_bytes_and_the_same_database(layout, tmp_path):
    made = release(layout)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("build", "index", "ledger", "keys"):
        os.symlink(layout.home / name, elsewhere / name)
    again = release(Layout(elsewhere))
    first, second = contents(made.folder), contents(again.folder)
    assert first.keys() == second.keys()
    differing = {name for name in first if first[name] != second[name]}
    assert differing <= {"manifest.json", "analysts/pingan.duckdb"}
    assert dump(made.analysts_database) == dump(again.analysts_database)
    assert made_again_differences(made.folder, again.folder) == []


def test_what_differs_when_a_release_is_made_again_is_named(layout):
    made = release(layout)
    with duckdb.connect(str(layout.build_database)) as connection:
        connection.execute("update marts.fct_indicator_quarter set value = value + 1 where quarter = '2016Q4'")
        connection.execute("update marts.dim_area set area_name_en = 'Elsewhere' where area_level_code = 'district'")
    again = release(layout, code_version="c2", reason="to compare")
    lines = made_again_differences(made.folder, again.folder)
    assert "code_version was c1, is c2" in lines
    assert "table safety_index.fct_indicator_quarter differs" in lines
    assert "bulletin/index.html differs" in lines
    assert not any(line.startswith("table population.") for line in lines)


def dump(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, sql, comment from duckdb_tables() where not internal order by 1"
        ).fetchall()
        return [
            (name, sql, comment, connection.execute(f"select * from {name}").fetchall())
            for name, sql, comment in tables
        ]


def test_a_run_killed_after_the_rename_is_healed_by_the_next(layout):
    made = release(layout)
    made.folder.with_name("v1.json").unlink()
    layout.current_release.unlink()
    healed = release(layout)
    assert not healed.is_new
    assert layout.current_release.resolve() == made.folder.resolve()
    assert made.folder.with_name("v1.json").exists()


def test_a_run_killed_before_the_rename_leaves_nothing_that_counts(layout):
    half = layout.releases / "2017Q1" / ".unfinished-v1"
    half.mkdir(parents=True)
    (half / "rubbish").write_text("x")
    assert latest_release(layout) is None
    made = release(layout)
    assert made.version == 1
    assert "rubbish" not in contents(made.folder)


def test_a_missing_input_is_named_with_the_step_that_makes_it(layout):
    (layout.index_folder("2017Q1") / "changes.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"changes\.parquet \(made by the index\)"):
        release(layout)
    assert not layout.releases.exists()


def test_the_manifest_names_every_delivery_used_with_its_hash(layout):
    manifest = read_json(release(layout).folder / "manifest.json")
    ledger = [read_json(path) for path in layout.ledger.glob("*/*.json")]
    assert manifest["inputs"]["deliveries"] == {row["delivery_id"]: row["file_sha256"] for row in ledger}
    assert manifest["inputs"]["series"] == SERIES.code
    assert manifest["inputs"]["key_id"].startswith("demo-")


def test_verification_names_every_changed_missing_and_added_file(layout):
    folder = release(layout).folder
    (folder / "tables/checks.csv").chmod(0o644)
    (folder / "tables/checks.csv").write_text("changed")
    (folder / "tables/population.csv").unlink()
    (folder / "tables/extra.csv").write_text("x")
    assert differences(folder) == [
        "tables/population.csv is missing",
        "tables/extra.csv is not in the manifest",
        "tables/checks.csv has changed since it was released",
    ]
    with pytest.raises(ReleaseDamaged, match=r"extra\.csv"):
        verify_release(folder)


@pytest.mark.parametrize("kind", ["varchar", "enum('a', 'b', 'c')", "enum('c', 'b', 'a')"])
def test_a_table_has_the_fingerprint_of_what_it_says_however_a_code_is_stored(tmp_path, kind):
    with duckdb.connect(str(tmp_path / "text.duckdb")) as database:
        database.execute("create table t as select 'a' as code, 1 as n union all select 'c', 2")
    with duckdb.connect(str(tmp_path / "typed.duckdb")) as database:
        database.execute(f"create table t (code {kind}, n integer)")
        database.execute("insert into t values ('a', 1), ('c', 2)")
    said = table_fingerprints(tmp_path / "typed.duckdb")
    assert said == table_fingerprints(tmp_path / "text.duckdb")
    with duckdb.connect(str(tmp_path / "typed.duckdb")) as database:
        database.execute("update t set code = 'b' where n = 2")
    assert table_fingerprints(tmp_path / "typed.duckdb") != said
