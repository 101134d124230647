"""Linking a round: from its rows to the file that says whose they are.

``links/round=<q>/links.parquet`` holds pseudonyms only: one row for every row of the round that does not say by its
number alone whose it is, and for rows of earlier rounds about which something else is known now. What the decisions
rest on stays in the vault, for reviewers.

Belongs here: the order of steps and the files. Does not belong here: any rule of the steps.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.identity.candidates import make_candidates, make_model_tables
from ingestion.identity.decisions import make_decisions
from ingestion.identity.model import load_model
from ingestion.identity.owners import make_owners
from ingestion.identity.policy import Policy, load_policy
from ingestion.identity.records import make_records
from ingestion.identity.reviews import reviews_known
from ingestion.identity.scores import make_scores
from ingestion.identity.sources import RoundSources, sources_of
from ingestion.identity.spilling import population_memory, private_connection
from ingestion.identity.spine import make_spine
from ingestion.identity.vault import Vault, open_vault
from ingestion.keyed import refuse_other_keys
from ingestion.schema import with_plain_booleans
from warehouse.files import atomic_path, sha256_file
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter
from warehouse.threads import statement_threads

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LINKS_FILE = "links.parquet"
#: Decisions as they count for rows of earlier rounds. A record that comes again with the same words is linked by policy
#: from its round on; that reopens no quarter before, so there the link waits for a reviewer.
_FOR_EARLIER_ROUNDS = """SELECT * REPLACE (
        CASE status_code WHEN 'automatic' THEN 'proposed' ELSE status_code END AS status_code,
        CASE status_code WHEN 'automatic' THEN NULL ELSE decided_by END AS decided_by,
        false AS is_audit_sample)
    FROM decided"""


@dataclass(frozen=True)
class RoundLinks:
    """What became of a round: records by extract, rule and status, and the last line of the vault's access log."""

    counts: list[tuple[str, str, str, int]]
    spine_count: int
    access_log_hash: str


def link_round(
    layout: Layout, keys: Keys, round_quarter: Quarter, policy: Policy | None = None, review_count: int | None = None
) -> RoundLinks:
    """Decide whose the round's rows are and write its links. The same rows, reviews, policy and key give the same
    file; ``review_count`` leaves out reviews after that many, to make a release again."""
    policy = policy or load_policy()
    sources = sources_of(layout, round_quarter)
    refuse_other_keys([*sources.of_round, *sources.registers, *sources.registers_before], keys.key_id)
    vault = open_vault(layout, keys, f"link the records of {round_quarter}")
    log_hash = vault.opened([*sources.of_round, *sources.registers, *sources.registers_before])
    with private_connection(vault.cipher, population_memory()) as connection:
        connection.execute(f"SET threads = {statement_threads()}")
        prepare(connection, vault, sources, keys.by_purpose["identity"])
        _try_again(connection, layout, vault, round_quarter)
        make_model_tables(connection)
        make_candidates(connection, load_model(policy.model))
        make_scores(connection)
        make_decisions(connection, policy, reviews_known(layout, round_quarter, review_count))
        _write(connection, layout, vault, round_quarter, policy)
        counts = connection.execute(
            "SELECT extract, coalesce(rule_code, '-'), status_code, count(*) FROM links GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        (spine_count,) = connection.execute("SELECT count(*) FROM spine").fetchone()
    return RoundLinks(counts, spine_count, log_hash)


def prepare(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources, key: bytes) -> None:
    """Create ``spine``, ``held``, ``owners`` and ``records``."""
    make_spine(connection, vault, sources)
    make_owners(connection, vault, sources)
    # As large as the population, and nobody asks it again.
    connection.execute("DROP TABLE known; DROP TABLE twice; DROP TABLE repeated")
    make_records(connection, vault, sources, key)


def links_path(layout: Layout, round_quarter: Quarter | str) -> Path:
    return layout.links / f"round={round_quarter}" / LINKS_FILE


def vault_path(layout: Layout, kind: str, round_quarter: Quarter | str) -> Path:
    """A file of the vault about linkage: ``records`` or ``candidates`` of a round."""
    return layout.vault / "identity" / kind / f"quarter={round_quarter}" / f"{kind}.parquet"


def linked_rounds(layout: Layout, before: Quarter | None = None) -> list[Quarter]:
    """The rounds that have links, in order; those before a quarter if it is given."""
    rounds = sorted(
        Quarter.parse(path.parent.name.removeprefix("round=")) for path in layout.links.glob(f"round=*/{LINKS_FILE}")
    )
    return [one for one in rounds if before is None or one < before]


def _try_again(connection: duckdb.DuckDBPyConnection, layout: Layout, vault: Vault, round_quarter: Quarter) -> None:
    """Add to ``records`` those of earlier rounds that are still nobody's.

    What is found for them waits for a reviewer, however sure: no machine reopens the quarters before.
    """
    latest = _last_decisions(layout, round_quarter, "status_code = 'unlinked'")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE nobodys AS
        SELECT delivery_id, row_number FROM ({latest}) WHERE status_code = 'unlinked'""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE nobodys_records AS
        SELECT *, CAST(NULL AS INTEGER) AS place_of_round FROM records WHERE false""")
    for place, one in enumerate(linked_rounds(layout, round_quarter)):
        path = vault_path(layout, "records", one)
        if not path.exists():
            continue
        connection.register("records_before", vault.read(path))
        connection.execute(f"""
            INSERT INTO nobodys_records BY NAME
            SELECT *, {place} AS place_of_round FROM records_before
            WHERE (delivery_id, row_number) IN (FROM nobodys)""")
        connection.unregister("records_before")
    # All rounds at once, since this looks through all records of the present one. A record that was sent in several
    # rounds is there with its rows of the first.
    connection.execute("""
        INSERT INTO records BY NAME
        SELECT * EXCLUDE (place_of_round) REPLACE (false AS is_of_round) FROM nobodys_records
        WHERE record_pseudonym NOT IN (SELECT record_pseudonym FROM records)
        QUALIFY place_of_round = min(place_of_round) OVER (PARTITION BY record_pseudonym)""")
    connection.execute("DROP TABLE nobodys; DROP TABLE nobodys_records")


def _last_decisions(layout: Layout, round_quarter: Quarter, concerned: str) -> str:
    """The query for what the rounds before decided last on every row about which some decision is ``concerned``."""
    earlier = linked_rounds(layout, round_quarter)
    if not earlier:
        rows = "*, CAST(NULL AS VARCHAR) AS status_code, CAST(NULL AS UUID) AS person_id"
        return f"SELECT {rows} FROM records WHERE false"
    files = ", ".join(f"'{links_path(layout, one)}'" for one in earlier)
    # To put all rows of all rounds in order would cost more with every round.
    return f"""
        WITH links AS (
            FROM read_parquet([{files}], hive_partitioning = true, hive_types_autocast = false)
        ), asked AS (
            SELECT DISTINCT delivery_id, row_number FROM links WHERE {concerned}
        )
        FROM links SEMI JOIN asked USING (delivery_id, row_number)
        QUALIFY row_number() OVER (PARTITION BY delivery_id, row_number ORDER BY round DESC) = 1"""


def _write(
    connection: duckdb.DuckDBPyConnection, layout: Layout, vault: Vault, round_quarter: Quarter, policy: Policy
) -> None:
    rows = "extract, quarter, delivery_id, row_number, record_pseudonym, is_held, identity_quality_code"
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE records_of_round AS
        FROM records WHERE is_of_round""")
    decided_again = "record_pseudonym IN (SELECT record_pseudonym FROM decided)"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE links AS
        SELECT *, '{policy.model}' AS model_version, {policy.version} AS policy_version FROM (
            SELECT {rows}, decided.* EXCLUDE (record_pseudonym)
            FROM records_of_round INNER JOIN decided USING (record_pseudonym)
            UNION ALL BY NAME
            SELECT {rows}, decided.* EXCLUDE (record_pseudonym)
            FROM ({_last_decisions(layout, round_quarter, decided_again)}) AS earlier
            INNER JOIN ({_FOR_EARLIER_ROUNDS}) AS decided USING (record_pseudonym)
            WHERE (decided.status_code <> earlier.status_code OR decided.person_id IS DISTINCT FROM earlier.person_id)
                AND (earlier.status_code <> 'automatic' OR decided.status_code = 'accepted'
                    OR (record_pseudonym, earlier.person_id) IN
                        (SELECT (record_pseudonym, person_id) FROM reviews WHERE verdict = 'rejected')))
        ORDER BY extract, delivery_id, row_number""")
    write_links(layout, round_quarter, connection.execute("FROM links").to_arrow_table())
    records = connection.execute("FROM records_of_round ORDER BY extract, delivery_id, row_number").to_arrow_table()
    vault.write(vault_path(layout, "records", round_quarter), records)
    shown = connection.execute("""
        SELECT scored.* EXCLUDE (delivery_id, extract, is_held), spine.person_name, spine.number, spine.birth_date,
            spine.sex_code, spine.committee_code, spine.dwelling_code, spine.phone, registers.extract AS register
        FROM scored INNER JOIN spine USING (person_id) INNER JOIN registers USING (register)
        WHERE record_pseudonym IN (SELECT record_pseudonym FROM decided WHERE person_id IS NOT NULL)
        ORDER BY record_pseudonym, place""").to_arrow_table()
    vault.write(vault_path(layout, "candidates", round_quarter), shown)


def write_links(layout: Layout, round_quarter: Quarter, links: pa.Table) -> None:
    """Write the round's links. An earlier version that says otherwise is kept: a release may have been made from it."""
    import pyarrow.parquet as pq

    target = links_path(layout, round_quarter)
    with atomic_path(target) as path:
        pq.write_table(
            with_plain_booleans(links), path, compression="zstd", compression_level=1, write_page_checksum=True
        )
        if target.exists() and (before := sha256_file(target)) != sha256_file(path):
            kept = _kept_path(layout, before)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(target, kept)


def links_version(layout: Layout, round_quarter: Quarter | str, sha256: str) -> Path | None:
    """The file of a round's links with these bytes, whether in force or kept; None when there is none."""
    candidates = (links_path(layout, round_quarter), _kept_path(layout, sha256))
    return next((path for path in candidates if path.exists() and sha256_file(path) == sha256), None)


def _kept_path(layout: Layout, sha256: str) -> Path:
    return layout.links / "kept" / f"{sha256}.parquet"
