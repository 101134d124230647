"""``pingan accuracy`` sees the errors that are there: made ones are measured to the person."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from simulation.accuracy.residence import measure_residence
from tests.town import PUBLISHED


def truly_here(town) -> int:
    path = str(town.layout.truth / "residence" / f"quarter={PUBLISHED}.parquet")
    with duckdb.connect() as connection:
        return connection.execute("select count(*) from read_parquet(?)", [path]).fetchone()[0]


def test_the_measures_keep_their_limits_and_are_shown_by_group(town):
    measured = measure_residence(town.layout, PUBLISHED)
    everyone = measured.groups[0]
    assert everyone.resident_count == truly_here(town)
    assert everyone.resident_count == sum(group.resident_count for group in measured.groups[1:4])
    assert 0 < everyone.wrongly_out_share < 0.03
    assert 0 < everyone.wrongly_in_share < 0.03
    shown = town.pingan("accuracy", PUBLISHED)
    for word in ("wrongly out", "来沪 migrants", f"{everyone.wrongly_in_share:.2%}"):
        assert word in shown.output
    assert shown.exit_code == (1 if measured.faults else 0)


def test_residents_who_are_lost_or_invented_or_put_elsewhere_are_counted(town):
    before = measure_residence(town.layout, PUBLISHED).groups[0]
    with duckdb.connect(str(town.layout.build_database)) as connection:
        lost, put_elsewhere = (
            connection.execute(
                f"""
                update intermediate.int_residence__decided set {change}
                where person_id in (
                    select person_id from intermediate.int_residence__decided as decided
                    where is_resident and is_identified and residence_evidence_share > 0.99
                        and committee_code = (select min(committee_code) from intermediate.int_residence__decided)
                    order by person_id limit {limit}
                )
                """
            ).fetchone()[0]
            for change, limit in (("is_resident = false", 50), ("committee_code = 'elsewhere'", 40))
        )
        connection.execute(
            """
            insert into intermediate.int_residence__decided by name
            select uuid() as person_id, * exclude (person_id) from intermediate.int_residence__decided
            where is_resident limit 30
            """
        )
    after = measure_residence(town.layout, PUBLISHED).groups[0]
    count = before.resident_count
    assert (after.wrongly_in_share - before.wrongly_in_share) * count == pytest.approx(30)
    assert (after.wrongly_out_share - before.wrongly_out_share) * count == pytest.approx(lost, abs=3)
    assert after.right_committee_share < before.right_committee_share - (put_elsewhere - 3) / count


def test_a_home_without_truth_is_refused_and_says_so(town):
    town.layout.truth.rename(town.layout.truth.with_name("no truth"))
    refused = town.pingan("accuracy", PUBLISHED)
    assert refused.exit_code == 2
    assert "no truth" in refused.output


def test_a_quarter_that_is_not_built_is_refused_and_the_built_ones_are_named(town):
    refused = town.pingan("accuracy", f"{date.today().year + 1}Q1")
    assert refused.exit_code == 2
    assert PUBLISHED in refused.output
