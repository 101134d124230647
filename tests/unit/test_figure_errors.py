"""What the marts say of errors apart from chance, worked out by hand on a few rows."""

import re
from math import hypot

import duckdb
import pytest

from orchestration.figure_errors import figure_errors

TABLES = """
    create schema marts;
    create schema intermediate;
    create table intermediate.int_residence__decided as from (values
        ('2017Q1', 'p1', 'c1', 's1', true), ('2017Q1', 'p2', 'c2', 's1', true), ('2017Q1', 'p3', 'c3', 's1', false),
        ('2017Q1', 'r1', 'c1', 's1', true), ('2017Q1', 'r2', 'c1', 's1', true), ('2017Q1', 'r3', 'c1', 's1', true),
        ('2017Q1', 'r4', null, 's1', true), ('2016Q4', 'p1', 'c1', 's1', true), ('2016Q4', 'r1', 'c1', 's1', true)
    ) as rows (quarter, person_id, committee_code, sub_district_code, is_resident);
    alter table intermediate.int_residence__decided alter person_id type uuid;
    create table marts.fct_population_quarter as from (values
        ('c1', '2017Q1', 100, 3), ('c2', '2017Q1', 100, 0), ('c3', '2017Q1', 0, 0), ('c1', '2016Q4', 200, 8)
    ) as rows (area_code, quarter, resident_count, unidentified_count);
    create table marts.fct_residence_quarter as from (values
        ('c1', 's1', true, 0.5), ('c1', 's1', true, 0.8), ('c1', 's1', false, 0.2), ('c2', 's1', true, 1.0),
        (null, 's1', true, 0.5), (null, null, true, 0.5)
    ) as rows (committee_code, sub_district_code, is_resident, residence_evidence_share);
    create table marts.fct_delivery as from (values ('2016Q4'), ('2017Q1')) as rows (round);
    create table marts.fct_indicator_back_series as from (values
        ('committee', 'c1', '2017Q1'), ('committee', 'c1', '2016Q4'), ('sub_district', 's1', '2017Q1')
    ) as rows (area_level_code, area_code, quarter);
    create table marts.fct_indicator_revision as from (values
        ('committee', 'c1', '2016Q2', 'B2', 1, '2016Q2', 4.0, 'observed'),
        ('committee', 'c1', '2016Q2', 'B2', 2, '2016Q3', 5.0, 'observed'),
        ('committee', 'c1', '2016Q2', 'B2', 3, '2016Q4', 6.0, 'observed'),
        ('committee', 'c2', '2016Q2', 'B2', 1, '2016Q2', 0.0, 'observed'),
        ('committee', 'c2', '2016Q2', 'B2', 2, '2016Q3', 1.0, 'observed'),
        ('committee', 'c3', '2016Q2', 'B2', 1, '2016Q2', 8.0, 'observed'),
        ('committee', 'c4', '2016Q2', 'B2', 1, '2016Q2', null, 'missing'),
        ('committee', 'c4', '2016Q2', 'B2', 2, '2016Q3', 9.0, 'observed'),
        ('committee', 'c1', '2016Q2', 'B1', 1, '2016Q2', 7.0, 'observed'),
        ('committee', 'c1', '2017Q1', 'B2', 1, '2017Q1', 7.0, 'observed')
    ) as rows (area_level_code, area_code, quarter, indicator_code, revision_number, known_round, value, status_code)
"""


#: Of 2017Q1: r1 may be p2, who lives in c2; r2 may be p3, who is no resident; r3 is nobody's; r4 may be p1, and the
#: committee is not known. A row of a register was linked to p1; so was one of labour, which makes nobody a resident.
LINKS = """
    ('d', 1, '2017Q1', 'population.registered_residents', 'r1', 'p2', 'proposed', 0.7),
    ('d', 2, '2017Q1', 'population.migrant_residents', 'r2', 'p3', 'proposed', 0.9),
    ('d', 3, '2017Q1', 'population.migrant_residents', 'r3', null, 'unlinked', null),
    ('d', 4, '2017Q1', 'population.migrant_residents', 'r4', 'p1', 'proposed', 0.6),
    ('d', 5, '2017Q1', 'population.registered_residents', 'r5', 'p1', 'automatic', 0.8),
    ('e', 1, '2017Q1', 'labour.employment', 'r6', 'p1', 'automatic', 0.5),
    ('d', 6, '2017Q1', 'population.registered_residents', 'r7', 'p1', 'accepted', 0.5)
"""


def with_identifiers(text):
    """``text`` with p1, r1 and their like written as identifiers are."""
    for letter, digits in (("p", "aaaaaaaa"), ("r", "bbbbbbbb")):
        text = re.sub(rf"'{letter}(\d)'", rf"'{digits}-0000-0000-0000-00000000000\1'", text)
    return text


def write_links(folder, round_, rows):
    path = folder / f"round={round_}"
    path.mkdir(parents=True)
    columns = "delivery_id, row_number, quarter, extract, record_pseudonym, person_id, status_code, score"
    with duckdb.connect() as connection:
        connection.execute(f"create table links as from (values {with_identifiers(rows)}) as rows ({columns})")
        connection.execute(f"copy links to '{path / 'links.parquet'}'")
    return folder


@pytest.fixture
def build():
    with duckdb.connect() as connection:
        connection.execute(with_identifiers(TABLES))
        yield connection


def test_a_population_is_off_by_its_unidentified_and_by_what_the_evidence_of_residence_leaves_open(build, tmp_path):
    found = figure_errors(build, "2017Q1", ["2016Q4"], tmp_path).exposure
    # c1: 3 of 100 unidentified; √(0.25 + 0.16 + 0.16) of 2 residents, whom 2016Q4 has too, with 8 of 200
    doubt = (0.25 + 0.16 + 0.16) ** 0.5 / 2
    assert found["c1", "2017Q1"] == pytest.approx((0.03**2 + doubt**2) ** 0.5)
    assert found["c1", "2016Q4"] == pytest.approx((0.04**2 + doubt**2) ** 0.5)
    assert set(found) == {("c1", "2017Q1"), ("c1", "2016Q4")}  # nothing is open in c2, nobody lives in c3


def test_a_count_of_residents_is_off_by_possible_doubles_and_by_those_hidden_in_wrong_links(build, tmp_path):
    links = write_links(tmp_path, "2017Q1", LINKS)
    build.execute("delete from marts.fct_residence_quarter")
    found = figure_errors(build, "2017Q1", ["2016Q4"], links).exposure
    # c1, 100 residents: 3 unidentified, of whom r1 and r2 have a proposal; r1 is a double with 0.7 and p1 hides another
    # with 0.2, r2 is no resident's double: 1 + 0.7 − 0.2 too many are expected, give or take 0.7·0.3 + 0.2·0.8
    assert found["c1", "2017Q1"] == pytest.approx(hypot(1 + 0.7 - 0.2, (0.21 + 0.16) ** 0.5) / 100)
    assert found["c1", "2016Q4"] == pytest.approx(8 / 200)  # no row of that quarter waits
    assert set(found) == {("c1", "2017Q1"), ("c1", "2016Q4")}


def test_a_sub_district_s_count_has_the_errors_of_its_committees_and_of_those_without_one(build, tmp_path):
    build.execute("insert into marts.fct_population_quarter values ('s1', '2017Q1', 200, 5)")
    build.execute("delete from marts.fct_residence_quarter")
    found = figure_errors(build, "2017Q1", [], write_links(tmp_path, "2017Q1", LINKS)).exposure
    variance = 0.21 + 0.16 + 0.24
    assert found["s1", "2017Q1"] == pytest.approx(hypot(2 + 0.7 + 0.6 - 0.2, variance**0.5) / 200)


def test_a_sub_district_s_evidence_is_that_of_all_its_people_also_of_those_without_a_committee(build, tmp_path):
    build.execute("insert into marts.fct_population_quarter values ('s1', '2017Q1', 200, 0)")
    found = figure_errors(build, "2017Q1", [], tmp_path).exposure
    # of c1, who is sure in c2, and who is known to live in s1 alone: four residents and one who is none
    assert found["s1", "2017Q1"] == pytest.approx((0.25 + 0.16 + 0.16 + 0.25) ** 0.5 / 4)


def test_what_is_decided_last_of_a_row_counts(build, tmp_path):
    write_links(tmp_path, "2016Q4", LINKS)
    decided = LINKS.replace("'p2', 'proposed', 0.7", "'p2', 'rejected', null")
    decided = decided.replace("'automatic', 0.8", "'accepted', 0.8")
    links = write_links(tmp_path, "2017Q1", decided)
    build.execute("delete from marts.fct_residence_quarter")
    found = figure_errors(build, "2017Q1", [], links).exposure
    # r1 is not p2, but who it is nobody knows; that the row of p1 is p1's a reviewer has said
    assert found["c1", "2017Q1"] == pytest.approx(2 / 100)


def test_a_figure_of_its_own_round_may_move_as_far_as_earlier_ones_did(build, tmp_path):
    found = figure_errors(build, "2017Q1", [], tmp_path).value
    # from what was known at age 0: c1 4 to 6, c2 0 to 1, c3 8 to 8; c4 had no figure then, and B1 has never moved
    assert found == {("c1", "2017Q1", "B2"): pytest.approx((4 + 1) ** 0.5 / (36 + 1 + 64) ** 0.5)}


def test_a_figure_that_is_a_round_older_has_less_to_move(build, tmp_path):
    found = figure_errors(build, "2017Q1", ["2016Q4"], tmp_path).value
    # at age 1 c1 was known as 5, the others as they stayed; c4 had its figure by then
    assert found["c1", "2016Q4", "B2"] == pytest.approx(1 / (36 + 1 + 64 + 81) ** 0.5)


def test_a_quarter_that_is_run_anew_rounds_later_is_as_old_as_that(build, tmp_path):
    build.execute("insert into marts.fct_delivery values ('2017Q3')")
    assert figure_errors(build, "2017Q1", [], tmp_path).value == {}  # at age 2 all was known


def test_the_first_quarter_has_nothing_to_learn_from(build, tmp_path):
    build.execute("delete from marts.fct_indicator_revision where quarter < '2017Q1'")
    build.execute("delete from marts.fct_delivery")
    assert figure_errors(build, "2017Q1", ["2016Q4"], tmp_path).value == {}


MANY = {
    "marts.fct_residence_quarter": """
        select case when row % 9 > 0 then 'c1' end, 's1', true, 0.1 + 0.8 * (row / 997) from range(500) as rows (row)
    """,
    "marts.fct_population_quarter": "select 's1', '2017Q1', 500, 7 from range(1) as rows (row)",
    "marts.fct_indicator_revision": """
        select 'committee', 'c' || row, '2016Q2', 'B2', version, '2016Q' || (1 + version), sqrt(row + version),
            'observed'
        from range(500) as rows (row), (values (1), (2)) as versions (version)
    """,
    "intermediate.int_residence__decided": """
        select '2017Q1', md5('p' || row)::uuid, case when row % 9 > 0 then 'c1' end, 's1', true
        from range(500) as rows (row)
    """,
}
MANY_LINKS = """
    select 'f' as delivery_id, row::int as row_number, '2017Q1' as quarter,
        'population.registered_residents' as extract, md5('q' || row)::uuid as record_pseudonym,
        md5('p' || row)::uuid as person_id, 'automatic' as status_code, 0.5 + 0.5 * (row / 997) as score
    from range(500) as rows (row)
"""


def errors_of_many(folder, order):
    """The errors where the rows of every table come in this order."""
    round_ = folder / "round=2017Q1"
    round_.mkdir(parents=True)
    with duckdb.connect() as build:
        build.execute(with_identifiers(TABLES))
        build.execute("alter table marts.fct_residence_quarter alter residence_evidence_share type double")
        build.execute("alter table marts.fct_indicator_revision alter value type double")
        for table, rows in MANY.items():
            build.execute(f"insert into {table} {rows} order by {order}")
        build.execute(f"copy ({MANY_LINKS} order by {order}) to '{round_ / 'links.parquet'}'")
        return figure_errors(build, "2017Q1", ["2016Q4"], folder)


def test_errors_have_the_same_bits_in_whatever_order_rows_come(tmp_path):
    """Which of the database's threads is first decides the order; an index computed again must be the same."""
    orders = ("row", "-row", "hash(row)", "row % 7, row")
    first, *others = [errors_of_many(tmp_path / str(place), order) for place, order in enumerate(orders)]
    assert first.exposure["c1", "2017Q1"] > 0.03
    assert first.value["c1", "2017Q1", "B2"] > 0
    assert others == [first] * 3
