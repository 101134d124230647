"""What a build says of a broken constraint, and that it never quotes a key or a value."""

import uuid

import dagster as dg
import duckdb
import pytest

from orchestration.assets.models import stop_on_failure
from orchestration.dbt_process import BuildResult, NodeResult, read_unfinished, without_values, write_unfinished
from warehouse.layout import Layout


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("person_id uuid", (uuid.uuid4(),)),
        ("person_id uuid, quarter varchar", (uuid.uuid4(), "2017Q1")),
        ("area_code varchar", ('3199, person_id: "x" violates',)),
    ],
)
@pytest.mark.parametrize("rows_at_once", [1, 2])
def test_a_key_that_came_twice_is_not_quoted(columns, row, rows_at_once):
    names = [column.split()[0] for column in columns.split(", ")]
    rows = ", ".join([f"({', '.join('?' for _ in row)})"] * rows_at_once)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE marts ({columns}, PRIMARY KEY ({', '.join(names)}))")
        with pytest.raises(duckdb.ConstraintException) as caught:
            for _ in range(2):
                connection.execute(f"INSERT INTO marts VALUES {rows}", list(row) * rows_at_once)
    assert str(row[0]) in str(caught.value)
    message = without_values(str(caught.value))
    assert "uplicate key" in message
    assert not any(str(value) in message for value in row)


def test_a_key_that_breaks_when_the_table_is_committed_is_not_quoted_either():
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute(
            "BEGIN; CREATE TABLE marts (person_id VARCHAR); INSERT INTO marts VALUES ('an-id'), ('an-id'); "
            "ALTER TABLE marts ADD PRIMARY KEY (person_id); COMMIT"
        )
    assert "an-id" in str(caught.value)
    message = without_values(str(caught.value))
    assert "duplicate key" in message
    assert "an-id" not in message


@pytest.mark.parametrize(
    ("value", "column_type"),
    [
        ("it's to be hidden", "ENUM ('1', '2')"),
        ('it\'s to be "hidden"', "uuid"),
        ("hidden\n\nhidden", "integer"),
        ("hidden", "decimal(5, 2)"),
        ("hidden", "date"),
        ("1990-13-45", "date"),
        ("1990-13-45", "timestamp"),
        (99901, "tinyint"),
        (99901, "decimal(3, 1)"),
    ],
)
def test_a_value_that_its_type_does_not_know_is_a_complaint_that_names_the_sender_and_not_the_value(value, column_type):
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute("CREATE TABLE sent AS SELECT $value AS sex_code", {"value": value})
        connection.execute(f"CREATE TABLE mart AS SELECT CAST(sex_code AS {column_type}) FROM sent")
    message = without_values(f"Runtime Error in model dim_person\n  {caught.value}")
    made_from = {"model.pingan.dim_person": ["source.pingan.population.registered_residents"]}
    broken = BuildResult((node("dim_person", "error", message),), None)
    with pytest.raises(dg.Failure) as failure:
        stop_on_failure(broken, {"parent_map": made_from})
    for words in ("dim_person", "keeps_its_constraints", "does not fit its type", "population.registered_residents"):
        assert words in failure.value.description
    shown = str(failure.value.metadata) + failure.value.description
    assert not any(hidden in shown for hidden in ("hidden", "1990", "99901"))


def node(name: str, status: str, message: str = "") -> NodeResult:
    return NodeResult(f"model.pingan.{name}", status, message, 0, 0.0)


def test_a_model_is_unfinished_until_a_build_of_its_quarter_makes_it(tmp_path):
    layout = Layout(tmp_path)
    write_unfinished(layout, "2017Q1", [node("a", "success"), node("b", "error", "why"), node("c", "skipped")])
    assert {name: one["status"] for name, one in read_unfinished(layout).items()} == {"b": "error", "c": "skipped"}
    write_unfinished(layout, "2017Q1", [node("b", "success")])
    assert set(read_unfinished(layout)) == {"c"}
    write_unfinished(layout, "2017Q2", [node("a", "success")])
    assert read_unfinished(layout) == {}
