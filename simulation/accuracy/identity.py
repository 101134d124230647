"""How right links are, beside the truth of a simulated home.

Belongs here: the measures and their limits, from links, raw rows and truth; pseudonyms only. Does not belong here: who
is who (``people``), or what other methods would have found (``benchmarks.identity``), which needs the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry
from simulation.accuracy.people import GROUPS, NotSimulated, attach
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import duckdb

#: Shares that must be reached: automatic links right; proposals from this score on right, and found.
AUTOMATIC_LIMIT, PRECISION_LIMIT, RECALL_LIMIT, SURE_SCORE = 0.9995, 0.99, 0.95, 0.9
_REGISTERS = ("registered_residents", "migrant_residents", "overseas_residents")
_EXACT_ONLY = ("drug_control", "justice")


@dataclass(frozen=True)
class GroupLinks:
    """Of a group's damaged records whose person stands on the spine: how many, how many of them can be told apart
    (linkable), how many proposals are sure (score from 0.9), the share of these that are right, and the share of the
    linkable that a sure and right proposal finds."""

    code: str
    name_zh: str
    record_count: int
    linkable_count: int
    sure_count: int
    precision: float
    recall: float


@dataclass(frozen=True)
class IdentityAccuracy:
    """A round's measures; ``groups`` begins with everyone. ``automatic_precision`` is of all rows that count for a
    person without a reviewer, by their number alone or by the policy; ``policy_precision`` of the latter alone."""

    quarter: str
    groups: list[GroupLinks]
    automatic_count: int
    automatic_precision: float
    policy_count: int
    policy_precision: float

    @property
    def faults(self) -> list[str]:
        """What misses its limit, in words."""
        everyone, found = self.groups[0], []
        if self.automatic_precision < AUTOMATIC_LIMIT:
            found.append(f"{self.automatic_precision:.4%} of automatic links right, at least {AUTOMATIC_LIMIT:.2%}")
        if everyone.precision < PRECISION_LIMIT:
            found.append(f"{everyone.precision:.2%} of sure proposals right, at least {PRECISION_LIMIT:.0%}")
        if everyone.recall < RECALL_LIMIT:
            found.append(f"{everyone.recall:.2%} of linkable records found, at least {RECALL_LIMIT:.0%}")
        return found


def measure_identity(layout: Layout, quarter: str) -> IdentityAccuracy:
    """Compare a round's links with the truth. Raises NotSimulated when there is no truth or the round has no links."""
    if not (layout.links / f"round={quarter}" / "links.parquet").exists():
        raise NotSimulated(f"{quarter} has no links; run: pingan run {quarter}")
    with attach(layout) as connection:
        make_compared(connection, layout, quarter)
        day = f"DATE '{Quarter.parse(quarter).end_date}'"
        groups = [_group(connection, "everyone", "全部", "true")]
        groups += [
            _group(connection, code, name_zh, condition.replace("$day", day))
            for code, (name_zh, condition) in GROUPS.items()
        ]
        return IdentityAccuracy(quarter, groups, *_automatic(connection))


def make_compared(connection: duckdb.DuckDBPyConnection, layout: Layout, quarter: str) -> None:
    """Create ``compared``, one row a record of the round outside registers that link by exact number only, and
    ``identified``, all other rows of persons in the round, each with its true person."""
    rows = " UNION ALL ".join(
        f"SELECT '{extract}' AS extract, {'true' if contract.person.birth_date else 'false'} AS has_birth_date, "
        f"delivery_id, row_number, person_pseudonym, identity_quality_code, committee_code "
        f"FROM read_parquet('{layout.raw_folder(contract.department, contract.name, quarter)}/*.parquet')"
        for extract, contract in registry().contracts.items()
        if contract.person and list(layout.raw_folder(contract.department, contract.name, quarter).glob("*.parquet"))
    )
    connection.execute(f"""
        CREATE TABLE true_rows AS
        WITH damage AS (
            SELECT deliveries.delivery_id, damage.row_number, any_value(damage.true_value) AS true_number
            FROM read_parquet('{layout.truth / "damage" / f"{quarter}.parquet"}') AS damage
            INNER JOIN pingan.staging.stg_ledger__deliveries AS deliveries
                ON damage.extract = deliveries.extract AND damage.file_name = deliveries.file_name
                AND damage.round = deliveries.round
            WHERE damage.column = 'document_number' AND deliveries.verdict = 'accepted'
            GROUP BY ALL
        )
        SELECT sent.*,
            CASE WHEN damage.true_number IS NULL THEN whole.pseudonym ELSE by_number.pseudonym END AS true_pseudonym
        FROM ({rows}) AS sent
        LEFT JOIN damage ON damage.row_number = sent.row_number AND damage.delivery_id = sent.delivery_id
        LEFT JOIN true_people AS by_number ON by_number.document_number = damage.true_number
        LEFT JOIN true_people AS whole ON whole.pseudonym = sent.person_pseudonym""")
    connection.execute(f"""
        CREATE TABLE links AS SELECT * FROM read_parquet('{layout.links}/round={quarter}/links.parquet')
        WHERE quarter = '{quarter}'""")
    _make_spine(connection, layout, Quarter.parse(quarter))
    sensitive = " OR ".join(f"starts_with(rows.extract, '{department}.')" for department in _EXACT_ONLY)
    connection.execute(f"""
        CREATE TABLE compared AS
        WITH alike AS (
            SELECT name, birth_date, committee_code, count(DISTINCT pseudonym) AS person_count
            FROM true_spine GROUP BY GROUPING SETS ((name, birth_date, committee_code), (name, committee_code))
        )
        SELECT links.*, rows.true_pseudonym, spine.pseudonym IS NOT NULL AS is_on_spine,
            spine.pseudonym IS NOT NULL AND (rows.identity_quality_code NOT IN ('missing', 'rounded_by_spreadsheet')
                OR alike.person_count = 1) AS is_linkable
        FROM links
        INNER JOIN true_rows AS rows ON rows.row_number = links.row_number AND rows.delivery_id = links.delivery_id
        LEFT JOIN true_spine AS spine ON spine.pseudonym = rows.true_pseudonym
        LEFT JOIN alike ON alike.name = spine.name AND alike.committee_code = rows.committee_code
            AND alike.birth_date IS NOT DISTINCT FROM CASE WHEN rows.has_birth_date THEN spine.birth_date END
        WHERE NOT ({sensitive})""")
    connection.execute("""
        CREATE TABLE identified AS
        SELECT rows.* FROM true_rows AS rows
        ANTI JOIN links ON links.row_number = rows.row_number AND links.delivery_id = rows.delivery_id""")


def _make_spine(connection: duckdb.DuckDBPyConnection, layout: Layout, quarter: Quarter) -> None:
    """Create ``true_spine``: whoever stood in a register with a usable number in the quarter or the one before."""
    files = [
        str(path)
        for name in _REGISTERS
        for one in (quarter, quarter.plus(-1))
        for path in layout.raw_folder("population", name, str(one)).glob("*.parquet")
    ]
    connection.execute(
        """
        CREATE TABLE true_spine AS
        SELECT DISTINCT ON (people.pseudonym) people.pseudonym, people.name, people.birth_date, rows.committee_code
        FROM read_parquet($files, union_by_name = true, hive_partitioning = true, hive_types_autocast = false) AS rows
        INNER JOIN true_people AS people ON people.pseudonym = rows.person_pseudonym
        WHERE identity_quality_code IN ('valid', 'upgraded_15')
        ORDER BY people.pseudonym, rows.quarter DESC""",
        {"files": files},
    )


def _group(connection: duckdb.DuckDBPyConnection, code: str, name_zh: str, condition: str) -> GroupLinks:
    sure = f"score >= {SURE_SCORE}"
    counts = connection.execute(f"""
        SELECT count(*) FILTER (WHERE is_on_spine), count(*) FILTER (WHERE is_linkable), count(*) FILTER (WHERE {sure}),
            coalesce(avg(CAST(person_id = true_pseudonym AS INTEGER)) FILTER (WHERE {sure}), 1),
            coalesce(avg(CAST(coalesce({sure} AND person_id = true_pseudonym, false) AS INTEGER))
                FILTER (WHERE is_linkable), 1)
        FROM compared INNER JOIN true_people ON true_people.pseudonym = compared.true_pseudonym
        WHERE {condition}""").fetchone()
    return GroupLinks(code, name_zh, *counts)


def _automatic(connection: duckdb.DuckDBPyConnection) -> tuple[int, float, int, float]:
    policy_count, policy_right = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE person_id = true_pseudonym) FROM compared "
        "WHERE status_code = 'automatic'"
    ).fetchone()
    exact_count, exact_right = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE person_pseudonym = true_pseudonym) FROM identified "
        "WHERE true_pseudonym IS NOT NULL"
    ).fetchone()
    return (
        exact_count + policy_count,
        (exact_right + policy_right) / max(exact_count + policy_count, 1),
        policy_count,
        policy_right / policy_count if policy_count else 1.0,
    )
