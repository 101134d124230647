"""What a run builds and what it leaves alone."""

from __future__ import annotations

import duckdb
import pytest

from tests.dbt.conftest import AMENDED
from tests.dbt.fixtures import district
from tests.dbt.fixtures.raw_zone import RawZone

FIRST, SECOND, THIRD = (str(quarter) for quarter in district.QUARTERS)
RESIDENCE, MEDIATIONS = "int_residence__decided", "int_mediations__located"
OTHERS = (
    "int_incidents__located", MEDIATIONS, "int_prevention_resources__counted", "int_special_groups__listed",
)  # fmt: skip


@pytest.mark.parametrize("moment", ["first", "third", "third again", "first corrected", "back to first"])
def test_a_build_passes_all_constraints_and_tests(story, moment):
    assert story.moments[moment].messages == []
    assert story.moments[moment].succeeded


def test_a_run_decides_the_residence_of_the_quarters_it_has_not_seen(story):
    assert story.moments["first"].quarters_built[RESIDENCE] == {FIRST}
    assert story.moments["third"].quarters_built[RESIDENCE] == {SECOND, THIRD}


def test_a_run_over_unchanged_input_decides_nothing_and_gives_the_same_figures(story):
    assert not any(story.moments["third again"].quarters_built.values())
    assert story.moments["third again"].figures == story.moments["third"].figures


def test_a_correction_of_an_earlier_quarter_is_decided_again_with_all_that_remember_it(story):
    assert story.moments["first corrected"].quarters_built[RESIDENCE] == {FIRST, SECOND, THIRD}
    before, after = (
        {(row[0], row[1]): row[4] for row in story.moments[moment].figures["fct_population_quarter"]}
        for moment in ("third", "first corrected")
    )
    changed = {key for key in before if before[key] != after[key]}
    assert {quarter for _, quarter in changed} == {FIRST}
    assert after[district.DISTRICT, FIRST] == before[district.DISTRICT, FIRST] - 1


def test_events_and_lists_are_placed_again_only_where_their_own_deliveries_or_the_map_of_their_days_changed(story):
    for model in OTHERS:
        assert story.moments["first"].quarters_built[model] == {FIRST}
        # The map of the third quarter says where a code lay that was not in use before; whoever wrote it in the second
        # was a quarter ahead, and nobody could in the first.
        assert story.moments["third"].quarters_built[model] == {SECOND, THIRD}
        assert story.moments["first corrected"].quarters_built[model] == set()


def test_what_was_withdrawn_or_comes_later_is_not_kept(story):
    def quarters(moment, mart):
        return {row.quarter for row in story.moments[moment].figures[mart]}

    assert quarters("third", "fct_mediation") == {FIRST, SECOND, THIRD}
    assert quarters("first corrected", "fct_mediation") == {FIRST, THIRD}
    for mart in ("fct_incident", "fct_mediation", "fct_prevention_resource"):
        assert quarters("back to first", mart) == {FIRST}
        assert story.moments["back to first"].figures[mart] == [
            row for row in story.moments["third"].figures[mart] if row.quarter == FIRST
        ]
    assert story.moments["broken key"].quarters_built[MEDIATIONS] == {THIRD}


def test_when_a_person_was_first_seen_follows_a_correction_of_an_earlier_quarter(story):
    taken_off = district.extracts(district.QUARTERS[0])["population.registered_residents", FIRST][-1]
    before, after = (
        {row[0]: row[5] for row in story.moments[moment].figures["dim_person"]}
        for moment in ("third", "first corrected")
    )
    assert set(before.values()) == {FIRST}
    assert {person: (before[person], after[person]) for person in before if before[person] != after[person]} == {
        taken_off["person_pseudonym"]: (FIRST, SECOND)
    }


def test_an_earlier_quarter_built_again_holds_what_a_later_round_corrected_and_nothing_else(story):
    again, first = story.moments["back to first"].figures, story.moments["first"].figures
    assert story.moments["back to first"].quarters_built[RESIDENCE] == set()
    population = {
        moment: {row[0]: row[4] for row in figures["fct_population_quarter"]}
        for moment, figures in (("again", again), ("first", first))
    }
    assert population["again"][district.DISTRICT] == population["first"][district.DISTRICT] - 1
    assert {row[1] for row in again["fct_population_quarter"]} == {FIRST}
    untouched = ("fct_incident", "fct_mediation", "fct_special_group_spell", "fct_prevention_resource", "dim_area")
    assert {mart: again[mart] == first[mart] for mart in untouched} == dict.fromkeys(untouched, True)


def test_a_broken_key_stops_the_run_and_leaves_the_mart_as_it_was(story):
    broken = story.moments["broken key"]
    assert not broken.succeeded
    assert any("fct_service_contact" in message and "duplicate key" in message for message in broken.messages)
    assert broken.figures["fct_service_contact"] == story.moments["back to first"].figures["fct_service_contact"]


def test_what_is_kept_after_corrections_withdrawals_and_another_map_is_what_a_build_from_nothing_makes(story):
    kept, anew = story.moments["map corrected"].kept, story.moments["made anew"].kept
    assert [model for model in kept if kept[model] != anew[model]] == []
    assert all(anew.values())


@pytest.mark.parametrize("mart", AMENDED)
def test_a_mart_of_which_only_changed_rows_were_written_holds_what_one_made_anew_does(story, mart):
    amended, anew = story.moments["first corrected"], story.moments["first corrected, made anew"]
    assert mart in amended.amended
    assert mart not in anew.amended
    assert amended.figures[mart] == anew.figures[mart]
    assert amended.figures[mart] != story.moments["linked"].figures[mart] or mart == "fct_incident"


def test_a_mart_of_which_many_rows_went_is_written_anew_and_holds_the_same(story):
    assert story.moments["back to first"].amended == set(AMENDED)
    assert "fct_indicator_quarter" not in story.moments["map corrected"].amended
    for mart in AMENDED:
        assert story.moments["map corrected"].figures[mart] == story.moments["made anew"].figures[mart]


def test_a_link_that_a_later_round_decides_otherwise_is_superseded_there(story):
    found = {
        (row.row_number, row.known_round, row.superseded_round, row.link_status_code)
        for row in story.moments["first corrected"].figures["int_links__decided"]
    }
    assert found == {
        (1, SECOND, None, "unlinked"), (2, SECOND, THIRD, "unlinked"), (2, THIRD, None, "proposed"),
        (3, SECOND, None, "proposed"),
    }  # fmt: skip


@pytest.mark.parametrize("other", ["*", "* replace (not is_counted as is_counted)"])
def test_two_rows_of_one_key_stop_a_mart_that_is_amended(story, other):
    database = story.project.home / "build" / "pingan.duckdb"
    with duckdb.connect(str(database)) as connection:
        rows = connection.execute("select count(*) from marts.fct_incident").fetchone()
        connection.execute("create or replace table kept as from intermediate.int_incidents__located")
        connection.execute(f"insert into intermediate.int_incidents__located select {other} from kept limit 1")
    result = story.project.run("run", THIRD, "--select", "fct_incident")
    assert not result.success
    (node,) = result.result.results
    assert "duplicate key in marts.fct_incident" in node.message
    assert story.project.rows("select count(*) from marts.fct_incident") == [rows]
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from intermediate.int_incidents__located")
        connection.execute("insert into intermediate.int_incidents__located from kept; drop table kept")


AMENDED_OR_ANEW = pytest.mark.parametrize(
    ("arguments", "is_amended"), [((), True), (("--vars", "{rows_always_amended: 0}"), False)]
)


def made_of_records(story, table: str, arguments: tuple[str, ...]) -> tuple[list, list, bool]:
    """The rows of a table that asks for what has changed, those of the same made anew, and whether it was amended."""
    rows = f"select * from {table} order by all"
    model = table.split(".")[1]
    assert story.project.run("run", THIRD, "--select", model, *arguments).success
    changed = story.project.rows(rows)
    is_amended = story.project.main_statement(model).startswith("delete from")
    assert story.project.run("run", THIRD, "--select", model, "--full-refresh").success
    return changed, story.project.rows(rows), is_amended


@AMENDED_OR_ANEW
def test_records_that_swap_what_was_decided_of_them_are_both_decided_anew(story, arguments, is_amended):
    zone = RawZone(story.project.home)
    sent = zone.delivery_id("governance.psychological_service", str(SECOND))
    before = story.project.rows("select * from intermediate.int_links__decided order by all")
    zone.link(str(SECOND), sent, {1: "proposed", 2: "unlinked", 3: "unlinked"})
    changed, anew, was_amended = made_of_records(story, "intermediate.int_links__decided", arguments)
    zone.link(str(SECOND), sent, {1: "unlinked", 2: "unlinked", 3: "proposed"})
    back = made_of_records(story, "intermediate.int_links__decided", arguments)[0]
    assert changed == anew != before
    assert was_amended == is_amended
    assert back == before


@AMENDED_OR_ANEW
def test_incidents_that_swap_their_losses_are_both_amended_and_other_quarters_stay(story, arguments, is_amended):
    located, mart = "intermediate.int_incidents__located", "marts.fct_incident"

    def in_the_build(statements: str) -> None:
        with duckdb.connect(str(story.project.home / "build" / "pingan.duckdb")) as connection:
            connection.execute(statements)

    def losses(order: str) -> str:
        place = f"row_number() over (order by incident_id {order}) as place"
        return (
            f"update {located} as incidents set direct_loss_yuan = place "
            f"from (select incident_id, {place} from kept where quarter = '{THIRD}') as numbered "
            "where incidents.incident_id = numbered.incident_id"
        )

    in_the_build(f"create or replace table kept as from {located}; {losses('asc')}")
    before = made_of_records(story, mart, arguments)[0]
    in_the_build(losses("desc"))
    changed, anew, was_amended = made_of_records(story, mart, arguments)
    in_the_build(f"delete from {located}; insert into {located} from kept; drop table kept")
    assert made_of_records(story, mart, arguments)[0] != changed
    assert changed == anew != before
    assert was_amended == is_amended
    assert {row[3] for row in changed} > {THIRD}


@pytest.mark.parametrize(("change", "back", "told"), [
    ("alter birth_year type bigint", "alter birth_year type smallint", "birth_year is BIGINT, declared SMALLINT"),
    ("alter sex_code type varchar", "alter sex_code type {sex}", "sex_code is VARCHAR, declared ENUM"),
])  # fmt: skip
def test_a_mart_that_would_have_other_types_than_its_contract_stops_the_run_and_stays(story, change, back, told):
    database = story.project.home / "build" / "pingan.duckdb"
    rows = story.project.rows("select * from marts.dim_person order by all")
    ((sex,),) = story.project.rows(
        "select data_type from duckdb_columns() where table_name = 'dim_person' and column_name = 'sex_code'"
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"alter table intermediate.int_residence__decided {change}")
    refused = story.project.run("run", THIRD, "--select", "dim_person")
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"alter table intermediate.int_residence__decided {back.format(sex=sex)}")
    assert f"Contract of marts.dim_person: {told}" in refused.result.results[0].message
    assert rows
    assert story.project.rows("select * from marts.dim_person order by all") == rows
    assert story.project.run("run", THIRD, "--select", "dim_person").success


def test_what_is_asked_once_in_a_run_is_asked_again_in_the_next(story):
    manifest = story.project.parsed()
    for quarter in (SECOND, THIRD):
        assert story.project.run(
            "run", quarter, "--select", "int_quarters__known", "fct_residence_quarter", manifest=manifest
        ).success
        assert story.project.rows("select distinct quarter from marts.fct_residence_quarter") == [(quarter,)]


def test_what_rounds_told_of_spells_is_told_anew_from_the_first_that_is_not_kept(story):
    everything = "select * from intermediate.int_special_groups__told order by all"
    before = story.project.rows(everything)
    with duckdb.connect(str(story.project.home / "build" / "pingan.duckdb")) as connection:
        connection.execute("delete from intermediate.int_special_groups__told where quarter = ?", [SECOND])
    assert story.project.run("run", THIRD, "--select", "int_special_groups__told").success
    assert story.project.quarters_built("int_special_groups__told") == {SECOND, THIRD}
    assert story.project.rows(everything) == before


def test_a_sub_district_that_ends_takes_its_committees_out_of_that_quarter_s_counts(story):
    before, after = (
        {
            row[1]
            for row in story.moments[moment].kept["int_prevention_resources__counted"]
            if row[0] == THIRD and row[2] == district.SUB_DISTRICTS[1]
        }
        for moment in ("broken key", "map corrected")
    )
    assert (before, after) == (set(district.COMMITTEES[2:]), set())


def test_the_database_says_what_each_mart_and_column_means(story):
    described = story.project.rows("""
        select table_name || '.' || column_name, comment from duckdb_columns() where schema_name = 'marts'
        union all
        select table_name, comment from duckdb_tables() where schema_name = 'marts'""")
    assert len(described) > 300
    assert [name for name, comment in described if not comment] == []
    assert dict(described)["dim_person"].startswith("运行季度所知的每个人一行")


def test_nothing_holds_the_database_after_a_run(story):
    with duckdb.connect(str(story.project.home / "build" / "pingan.duckdb")) as connection:
        assert connection.execute("select count(*) from marts.dim_area").fetchone()[0] > 0


def test_all_unit_tests_of_the_project_pass(story):
    result = story.project.run("test", THIRD, "--select", "test_type:unit")
    failed = [f"{one.node.name}: {one.message}" for one in result.result.results if str(one.status) != "pass"]
    assert failed == []
    assert len(result.result.results) >= 40
