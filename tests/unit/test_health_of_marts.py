"""The health of marts, by what stands in the build database."""

import duckdb
import pytest

from orchestration.health import health_of
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@pytest.mark.parametrize(
    ("table", "state"),
    [("fct_incident", "unknown"), ("fct_residence_revision", "healthy"), ("fct_mediation", "healthy")],
)
def test_a_mart_without_rows_of_the_quarter_is_not_well_unless_it_tells_of_revisions(tmp_path, table, state):
    layout = Layout(tmp_path)
    layout.build_database.parent.mkdir(parents=True)
    with duckdb.connect(str(layout.build_database)) as build:
        build.execute(f"create schema marts; create table marts.{table} (quarter varchar)")
        if table == "fct_mediation":
            build.execute("insert into marts.fct_mediation values ('2017Q1')")
    lines = [line for line in health_of(layout, Quarter.parse("2017Q1")) if line.kind == "mart"]
    assert [(line.subject, line.state) for line in lines] == [(table, state)]
