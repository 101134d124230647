"""How right residence is, beside the truth of a simulated home.

Gross errors both ways, as the Office for National Statistics reports them (quality of the Statistical Population
Dataset against the Census–Demographic Index linkage, 2023), and not only the net.

Belongs here: the measures and their limits. Does not belong here: who is who (``people``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.accuracy.people import GROUPS, attach, match_persons
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import duckdb

#: Shares that must not be exceeded (the committee: that must be reached).
WRONG_LIMIT, GROUP_LIMIT, ERROR_LIMIT, COMMITTEE_LIMIT, FLIP_LIMIT = 0.02, 0.04, 0.015, 0.97, 0.005


@dataclass(frozen=True)
class GroupAccuracy:
    """Of a group's true residents: shares wrongly out and wrongly in, and of those found, in the right committee."""

    code: str
    name_zh: str
    resident_count: int
    wrongly_out_share: float
    wrongly_in_share: float
    right_committee_share: float


@dataclass(frozen=True)
class ResidenceAccuracy:
    """A quarter's measures; ``groups`` begins with everyone.

    ``flip_share``: of the people who lived in one dwelling at the ends of this quarter and the one before, those whose
    status changed. ``late_news_share``: the same of those who lived here at neither end, whom mostly a departure that
    becomes known late sets right. None where there is no quarter before.
    """

    quarter: str
    groups: list[GroupAccuracy]
    committee_error_share: float
    flip_share: float | None
    late_news_share: float | None

    @property
    def faults(self) -> list[str]:
        """What exceeds its limit, in words."""
        found = []
        for place, group in enumerate(self.groups):
            limit = GROUP_LIMIT if place else WRONG_LIMIT
            for word, share in (("wrongly out", group.wrongly_out_share), ("wrongly in", group.wrongly_in_share)):
                if share > limit:
                    found.append(f"{group.code}: {share:.2%} {word}, at most {limit:.0%}")
        everyone = self.groups[0]
        if everyone.right_committee_share < COMMITTEE_LIMIT:
            found.append(f"{everyone.right_committee_share:.2%} in the right committee, at least {COMMITTEE_LIMIT:.0%}")
        if self.committee_error_share > ERROR_LIMIT:
            found.append(f"median error of committees {self.committee_error_share:.2%}, at most {ERROR_LIMIT:.1%}")
        if self.flip_share is not None and self.flip_share > FLIP_LIMIT:
            found.append(f"{self.flip_share:.2%} of unchanged people flipped, at most {FLIP_LIMIT:.1%}")
        return found


def built_quarters(layout: Layout) -> list[str]:
    """Quarters of which the build database of a simulated home holds residence. Raises NotSimulated."""
    with attach(layout) as connection:
        return _built(connection)


def measure_residence(layout: Layout, quarter: str) -> ResidenceAccuracy:
    """Compare a quarter with the truth. Raises NotSimulated, and ValueError for a quarter that is not built."""
    with attach(layout) as connection:
        built = _built(connection)
        if quarter not in built:
            raise ValueError(f"residence of {quarter} is not built; there are: {', '.join(built) or 'none'}")
        when = Quarter.parse(quarter)
        before = str(when.plus(-1))
        _compare(connection, layout, quarter, "now")
        flips = (None, None)
        if before in built:
            _compare(connection, layout, before, "before")
            flips = _flip_shares(connection)
        groups = [_group(connection, when, "everyone", "全体", "true")]
        groups += [_group(connection, when, code, *words) for code, words in GROUPS.items()]
        return ResidenceAccuracy(quarter, groups, _committee_error(connection), *flips)


def _built(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT quarter FROM pingan.intermediate.int_residence__decided ORDER BY quarter"
    ).fetchall()
    return [quarter for (quarter,) in rows]


def _compare(connection: duckdb.DuckDBPyConnection, layout: Layout, quarter: str, name: str) -> None:
    """Make ``people_<name>``, one row a true person or a person of the warehouse who is nobody or somebody again.

    Of several persons who are one true person the first resident counts; a second resident is nobody.
    """
    match_persons(connection, layout, quarter, "matched")
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE people_{name} AS
        WITH decided AS (
            SELECT person_id, is_resident, committee_code
            FROM pingan.intermediate.int_residence__decided
            WHERE quarter = $quarter
        ),
        numbered AS (
            SELECT
                decided.*,
                matched.true_id,
                row_number() OVER (
                    PARTITION BY coalesce(matched.true_id::VARCHAR, decided.person_id::VARCHAR)
                    ORDER BY decided.is_resident DESC, decided.person_id
                ) AS place
            FROM decided
            LEFT JOIN matched ON decided.person_id = matched.person_id
        ),
        somebody AS (SELECT * FROM numbered WHERE true_id IS NOT NULL AND place = 1)
        SELECT
            true_people.*,
            truth.person_id IS NOT NULL AS lives_here,
            truth.dwelling_code,
            truth.committee_code AS true_committee_code,
            coalesce(somebody.is_resident, false) AS is_resident,
            somebody.person_id IS NOT NULL AS is_known,
            somebody.committee_code
        FROM true_people
        LEFT JOIN read_parquet($truth) AS truth ON true_people.true_id = truth.person_id
        LEFT JOIN somebody ON true_people.true_id = somebody.true_id
        UNION ALL BY NAME
        SELECT true_people.*, false AS lives_here, true AS is_resident, true AS is_known, numbered.committee_code
        FROM numbered
        LEFT JOIN true_people ON numbered.true_id = true_people.true_id
        WHERE numbered.is_resident AND (numbered.true_id IS NULL OR numbered.place > 1)
        """,
        {"quarter": quarter, "truth": str(layout.truth / "residence" / f"quarter={quarter}.parquet")},
    )


def _group(
    connection: duckdb.DuckDBPyConnection, when: Quarter, code: str, name_zh: str, condition: str
) -> GroupAccuracy:
    figures = connection.execute(
        f"""
        SELECT
            count(*) FILTER (WHERE lives_here),
            count(*) FILTER (WHERE lives_here AND NOT is_resident) / count(*) FILTER (WHERE lives_here),
            count(*) FILTER (WHERE is_resident AND NOT lives_here) / count(*) FILTER (WHERE lives_here),
            count(*) FILTER (WHERE lives_here AND is_resident AND committee_code = true_committee_code)
            / count(*) FILTER (WHERE lives_here AND is_resident)
        FROM people_now
        WHERE $day::DATE IS NOT NULL AND {condition}
        """,
        {"day": when.end_date},
    ).fetchone()
    return GroupAccuracy(code, name_zh, *figures)


def _committee_error(connection: duckdb.DuckDBPyConnection) -> float:
    """Median over committees of the absolute error of the population, as a share of the true one."""
    return connection.execute(
        """
        WITH truth AS (
            SELECT true_committee_code AS code, count(*) AS people FROM people_now WHERE lives_here GROUP BY ALL
        ),
        counted AS (SELECT committee_code AS code, count(*) AS people FROM people_now WHERE is_resident GROUP BY ALL)
        SELECT median(abs(coalesce(counted.people, 0) - truth.people) / truth.people)
        FROM truth LEFT JOIN counted USING (code)
        """
    ).fetchone()[0]


def _flip_shares(connection: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    """Whose status changed though nothing else did: of those who live in the same dwelling, of those not here."""
    return connection.execute(
        """
        WITH unchanged AS (
            SELECT people_now.lives_here, people_now.is_resident <> people_before.is_resident AS is_flipped
            FROM people_now
            INNER JOIN people_before ON people_now.true_id = people_before.true_id
            WHERE people_now.lives_here = people_before.lives_here
                AND people_now.dwelling_code IS NOT DISTINCT FROM people_before.dwelling_code
                AND (people_now.lives_here OR people_now.is_known OR people_before.is_known)
        )
        SELECT
            count(*) FILTER (WHERE lives_here AND is_flipped) / count(*) FILTER (WHERE lives_here),
            count(*) FILTER (WHERE NOT lives_here AND is_flipped) / count(*) FILTER (WHERE NOT lives_here)
        FROM unchanged
        """
    ).fetchone()
