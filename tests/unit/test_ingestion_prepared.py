"""A statement is planned once and asked of one table after the other."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import date
from unittest.mock import patch

import duckdb
import pyarrow as pa
import pytest

from ingestion import prepared
from ingestion.prepared import Asker, Askers

SHOUTED = "SELECT upper(word) AS shouted FROM words"


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def asker(connection):
    with closing(Asker(connection)) as opened:
        yield opened


def words(*given):
    return pa.table({"word": pa.array(given, pa.string())})


def shouted(asker, *given):
    return asker.ask(SHOUTED, "words", words(*given))["shouted"].to_pylist()


def planned(asker):
    """How many plans have been made, by what the database says."""
    return asker._cursor.execute("SELECT count(*) FROM duckdb_prepared_statements()").fetchone()[0]


def test_each_table_gets_its_own_answer_from_one_plan(asker):
    assert shouted(asker, "a", None, "b") == ["A", None, "B"]
    assert shouted(asker, "c") == ["C"]
    assert shouted(asker) == []
    assert shouted(asker, "d", "e") == ["D", "E"]
    assert planned(asker) == 1


def test_a_plan_is_not_made_anew_when_others_register_their_tables(connection, asker):
    rows = words("a")
    assert shouted(asker, "a") == ["A"]
    (statement,) = asker._kept.values()
    with patch.object(type(statement), "__arrow_c_stream__", autospec=True) as streamed:
        streamed.side_effect = lambda statement, requested_schema=None: statement.rows.__arrow_c_stream__()
        for _ in range(3):
            connection.register("others", rows)
            connection.unregister("others")
            assert shouted(asker, "b") == ["B"]
    # To plan it would read the schema before the rows.
    assert streamed.call_count == 3


def test_a_table_of_another_schema_gets_a_plan_of_its_own(asker):
    lengths = "SELECT length(CAST(word AS VARCHAR)) AS length FROM words"
    dictionary = words("a", "a", "bcd").column("word").combine_chunks().dictionary_encode()
    for rows, expected in [
        (words("a", "bc"), [1, 2]),
        (pa.table({"word": pa.array([1000, None], pa.int32())}), [4, None]),
        (pa.table({"word": dictionary}), [1, 1, 3]),
        (pa.table({"other": ["x"], "word": ["defg"]}), [4]),
        (words("hij"), [3]),
    ]:
        assert asker.ask(lengths, "words", rows)["length"].to_pylist() == expected
    assert planned(asker) == 4


def test_rows_keep_their_order_and_come_in_chunks_of_the_size_asked_for(asker):
    numbers = pa.chunked_array([pa.array(range(start, start + 7000)) for start in range(0, 70_000, 7000)])
    found = asker.ask("SELECT n + 1 AS m FROM numbers", "numbers", pa.table({"n": numbers}), chunk_rows=1 << 14)
    assert found["m"].to_pylist() == list(range(1, 70_001))
    assert found["m"].num_chunks > 1


def test_days_are_given_to_the_statement_each_by_its_whole_name(asker):
    sql = "SELECT day >= $end AS is_after, day = $end_of_all AS is_last FROM days"
    rows = pa.table({"day": [date(2017, 3, 31), date(2017, 4, 1)]})
    for end, expected in [(date(2017, 4, 1), [False, True]), (date(2017, 3, 31), [True, True])]:
        found = asker.ask(sql, "days", rows, {"end": end, "end_of_all": date(2017, 3, 31)})
        assert found.to_pydict() == {"is_after": expected, "is_last": [True, False]}


def test_nothing_but_a_day_can_be_given(asker):
    with pytest.raises(AttributeError):
        asker.ask("SELECT word = $key AS found FROM words", "words", words("a"), {"key": "secret"})
    assert shouted(asker, "a") == ["A"]


def test_a_table_is_let_go_of_once_it_was_asked(asker):
    sql = "SELECT sum(CAST(word AS INTEGER)) AS total FROM words"
    asker.ask(sql, "words", words("1"))
    before = pa.total_allocated_bytes()
    for last in ("1", "x"):
        rows = words(*["1"] * 100_000, last)
        if last == "x":
            with pytest.raises(duckdb.ConversionException):
                asker.ask(sql, "words", rows)
        else:
            assert asker.ask(sql, "words", rows)["total"].to_pylist() == [100_001]
        del rows
        assert pa.total_allocated_bytes() - before < 10_000


def test_a_statement_that_failed_can_be_asked_again(asker):
    sql = "SELECT CAST(word AS INTEGER) AS number FROM words"
    for given, expected in [("1", [1]), ("x", None), ("2", [2])]:
        if expected:
            assert asker.ask(sql, "words", words(given))["number"].to_pylist() == expected
        else:
            with pytest.raises(duckdb.ConversionException):
                asker.ask(sql, "words", words(given))
    assert planned(asker) == 1


def test_a_statement_that_cannot_be_planned_leaves_the_others_as_they_are(asker):
    assert shouted(asker, "a") == ["A"]
    for _ in range(2):
        with pytest.raises(duckdb.BinderException):
            asker.ask("SELECT missing FROM words", "words", words("a"))
    assert shouted(asker, "b") == ["B"]
    assert asker.ask("SELECT word FROM words", "words", words("c"))["word"].to_pylist() == ["c"]
    assert planned(asker) == 2


def test_too_many_statements_are_given_up_and_planned_anew(asker, monkeypatch):
    monkeypatch.setattr(prepared, "_KEPT_LIMIT", 3)
    for number in range(8):
        found = asker.ask(f"SELECT word || '{number}' AS marked FROM words", "words", words("a"))
        assert found["marked"].to_pylist() == [f"a{number}"]
        assert planned(asker) <= 3
    assert shouted(asker, "b") == ["B"]


def test_settings_of_the_database_hold_for_every_asker(connection, asker):
    connection.execute("SET threads = 1")
    connection.execute("SET memory_limit = '1500MB'")
    connection.execute("SET arrow_lossless_conversion = true")
    settings = ("threads", "memory_limit", "arrow_lossless_conversion")
    asked = ", ".join(f"current_setting('{name}') AS {name}" for name in settings)
    found = asker.ask(f"SELECT {asked} FROM words", "words", words("a")).to_pylist()
    assert found == [dict(zip(settings, (1, "1.3 GiB", True), strict=True))]


def test_threads_ask_at_once_each_with_an_asker_that_comes_back(connection):
    with closing(Askers(connection)) as askers:

        def ask(number):
            with askers.lent() as asker:
                given = [f"{number}-{row}" for row in range(2000)]
                return shouted(asker, *given, "x") == [*given, "X"]

        with ThreadPoolExecutor(3) as pool:
            assert all(pool.map(ask, range(60)))
        assert 1 <= len(askers._free) <= 3


def test_an_asker_is_lent_to_one_at_a_time_and_again_after_an_error(connection):
    with closing(Askers(connection)) as askers:
        with askers.lent() as first, askers.lent() as second:
            assert first is not second
        with ExitStack() as stack:
            again = [stack.enter_context(askers.lent()) for _ in range(2)]
        assert {id(one) for one in again} == {id(first), id(second)}
        with pytest.raises(duckdb.Error), askers.lent() as asker:
            asker.ask("SELECT missing FROM words", "words", words("a"))
        with askers.lent() as same:
            assert same is asker
            assert shouted(same, "a") == ["A"]


def test_an_asker_that_was_closed_plans_anew(asker):
    assert shouted(asker, "a") == ["A"]
    asker.close()
    assert shouted(asker, "b") == ["B"]
    assert planned(asker) == 1
