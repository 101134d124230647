"""A mart's constraint broken by data that every door before let through: nothing is published, the old table stays."""

from __future__ import annotations

import re

import dagster as dg
import duckdb
import pyarrow.parquet as parquet

from orchestration import exits
from orchestration.health import read_health
from tests.town import LANDED, PUBLISHED

_CASE_NUMBER = re.compile(rb"A\d{12}")


def _incidents(layout) -> list[tuple]:
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        return connection.execute("select * from marts.fct_incident order by incident_id").fetchall()


def _give_an_earlier_cases_number(town) -> None:
    """A case of the landed quarter gets the number of one that came the quarter before: each file keeps its own key."""
    raw = next(town.layout.raw_folder("police", "cases", PUBLISHED).glob("*.parquet"))
    earlier = parquet.read_table(raw, columns=["case_number"], partitioning=None)["case_number"][0].as_py()
    landed = town.landed("police/案件_201511.csv")
    landed.write_bytes(_CASE_NUMBER.sub(earlier.encode(), landed.read_bytes(), count=1))


def test_a_broken_key_of_a_mart_stops_the_quarter_and_names_the_mart_its_owner_and_the_remedy(town):
    from orchestration.pipeline import instance

    _give_an_earlier_cases_number(town)
    released, table = town.files(town.layout.releases), _incidents(town.layout)
    pointer = town.layout.current_release.readlink()
    answer = town.pingan("run", LANDED)

    assert answer.exit_code == exits.REFUSED, answer.output
    refusal = answer.output.split("was not published; the previous release stays")[1]
    for words in (
        "fct_incident  keeps_its_constraints",
        "duplicate key",
        "责任 owner: 数据工程 Data engineering",
    ):
        assert words in refusal
    for words in ("police.cases (police-data-steward)", "处理: 原表未变", "remedy: the old table stands"):
        assert words in refusal
    assert "civil_affairs" not in refusal

    assert town.files(town.layout.releases) == released
    assert town.layout.current_release.readlink() == pointer
    assert _incidents(town.layout) == table
    assert table

    lines = {line.subject: line for line in read_health(town.layout)[LANDED] if line.kind == "mart"}
    assert lines["fct_incident"].state == "degraded"
    assert "duplicate key" in lines["fct_incident"].cause
    degraded = {subject for subject, line in lines.items() if line.state == "degraded"}
    assert degraded == {"fct_incident"}

    with instance() as dagster:
        run = dagster.get_runs(limit=1)[0]
        failures = dagster.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    assert run.status == dg.DagsterRunStatus.FAILURE
    failed = {record.event_log_entry.dagster_event.step_key: record.event_log_entry for record in failures}
    assert set(failed) == {"dbt_models"}
    shown = failed["dbt_models"].dagster_event.step_failure_data.user_failure_data
    assert "fct_incident  keeps_its_constraints" in shown.description
    assert "complaints" in shown.metadata
