"""The review queue: proposals that wait for a person, shown field by field, decided, exported and imported.

Showing a pair opens the vault, which is logged with the reviewer's name and purpose. Deciding writes one line of the
log of reviews (``reviews``); it counts from the next run on.

Belongs here: the queue as data. Does not belong here: how it looks (``review_chart``, ``orchestration.commands``).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingestion.identity.linking import linked_rounds, links_path, vault_path
from ingestion.identity.model import FIELDS, load_model
from ingestion.identity.policy import load_policy
from ingestion.identity.reviews import Review, decide, reviews_known
from ingestion.identity.vault import open_vault
from warehouse.files import atomic_path
from warehouse.keys import Keys
from warehouse.layout import Layout

#: What of a record and of a person stands side by side, with the model's field that compares it.
SHOWN = {
    "number": ("number_as_sent", "number"),
    "name": ("person_name", "person_name"),
    "birth_date": ("birth_date", "birth_date"),
    "sex": ("sex_code", "sex_code"),
    "place": ("committee_code", "committee_code"),
    "phone": ("phone", "phone"),
}
_SHEET = ("pair", *(f"{side}_{field}" for field in SHOWN for side in ("record", "person")), "decision", "reason")
_VERDICTS = {"accept": "accepted", "reject": "rejected", "接受": "accepted", "拒绝": "rejected"}


class ReviewFault(ValueError):
    """What was asked of the queue cannot be done; the message says every reason."""


@dataclass(frozen=True)
class Proposal:
    """A pair that waits: pseudonyms, where the record came from, and how sure the machine is."""

    record_pseudonym: str
    person_id: str
    evidence_id: str
    extract: str
    quarter: str
    round: str
    rule_code: str
    score: float
    margin_bits: float | None
    is_audit_sample: bool

    @property
    def pair(self) -> str:
        """A short name of the pair, the same in every export."""
        return hashlib.sha256(f"{self.record_pseudonym}|{self.person_id}".encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Field:
    """One line of a comparison: both values, how they agree, and the weight of this in bits."""

    name_zh: str
    name_en: str
    record: str
    person: str
    agreement: str
    weight_bits: float


def queue(layout: Layout, with_audit: bool = True) -> list[Proposal]:
    """Proposals that nobody has decided, the surest first; with those drawn from what the policy accepted."""
    import duckdb

    rounds = linked_rounds(layout)
    if not rounds:
        return []
    decided = {(one.record_pseudonym, one.person_id, one.evidence_id) for one in reviews_known(layout, rounds[-1])}
    files = [str(links_path(layout, one)) for one in rounds]
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            WITH latest AS (
                SELECT * FROM read_parquet($files, hive_partitioning = true, hive_types_autocast = false)
                QUALIFY row_number() OVER (PARTITION BY delivery_id, row_number ORDER BY round DESC) = 1
            )
            SELECT DISTINCT ON (record_pseudonym) CAST(record_pseudonym AS VARCHAR), CAST(person_id AS VARCHAR),
                CAST(evidence_id AS VARCHAR), extract, quarter, round, rule_code, score, margin_bits, is_audit_sample
            FROM latest
            WHERE status_code = 'proposed' OR ($with_audit AND is_audit_sample)
            ORDER BY record_pseudonym, quarter DESC""",
            {"files": files, "with_audit": with_audit},
        ).fetchall()
    proposals = [Proposal(*row) for row in rows]
    open_pairs = [one for one in proposals if (one.record_pseudonym, one.person_id, one.evidence_id) not in decided]
    return sorted(open_pairs, key=lambda one: (one.is_audit_sample, -one.score, one.pair))


def find(layout: Layout, pair: str) -> Proposal:
    """The proposal of that short name. Raises ReviewFault when none or several begin so."""
    found = [one for one in queue(layout) if one.pair.startswith(pair)]
    if len(found) != 1:
        raise ReviewFault(f"{len(found)} proposals begin with {pair!r}; pingan review list shows their names")
    return found[0]


def compare(layout: Layout, keys: Keys, proposals: list[Proposal], who: str, purpose: str) -> dict[str, list[Field]]:
    """Each proposal field by field, by its short name. Opens the vault and writes down who did, for what purpose."""
    vault = open_vault(layout, keys, f"review: {purpose}", who)
    vault.log.append(vault.purpose, [one.pair for one in proposals])
    model = load_model(load_policy().model)
    levels = {field: model.levels(field) for field in FIELDS}
    found: dict[str, list[Field]] = {}
    for round_quarter in sorted({one.round for one in proposals}):
        of_round = {one.record_pseudonym: one for one in proposals if one.round == round_quarter}
        for pair in _pairs(vault.read, layout, round_quarter, of_round):
            proposal = of_round[str(pair["record_pseudonym"])]
            found[proposal.pair] = [_field(name, pair, levels) for name in SHOWN]
    return found


def _pairs(read: Any, layout: Layout, round_quarter: str, wanted: dict[str, Proposal]) -> list[dict[str, Any]]:
    """Rows with the record's evidence as ``record_…``, the person's as ``person_…`` and the model's columns."""
    import duckdb

    candidates = read(vault_path(layout, "candidates", round_quarter))
    rounds = sorted({proposal.quarter for proposal in wanted.values()} | {round_quarter})
    records = [read(path) for one in rounds if (path := vault_path(layout, "records", one)).exists()]
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        # Filters on UUIDs are not handed down to Arrow tables, so both are copied first.
        for name, table in {"candidates": candidates, **{f"records_{n}": one for n, one in enumerate(records)}}.items():
            connection.register("read", table)
            connection.execute(f"CREATE TEMP TABLE {name} AS FROM read")
        union = " UNION ALL BY NAME ".join(f"FROM records_{place}" for place in range(len(records)))
        pairs = ", ".join(f"('{one.record_pseudonym}', '{one.person_id}')" for one in wanted.values())
        sides = ", ".join(
            f"records.{record} AS record_{field}, candidates.{person} AS person_{field}"
            for field, (record, person) in SHOWN.items()
        )
        weights = ", ".join(f"gamma_{field}, mw_{field}" for field in FIELDS)
        rows = connection.execute(f"""
            SELECT DISTINCT ON (candidates.record_pseudonym) candidates.record_pseudonym, {sides}, {weights}
            FROM candidates INNER JOIN ({union}) AS records USING (record_pseudonym)
            WHERE (CAST(record_pseudonym AS VARCHAR), CAST(person_id AS VARCHAR)) IN ({pairs})""")
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _field(name: str, pair: dict[str, Any], levels: dict[str, dict[int, str]]) -> Field:
    compared = "valid_number" if name == "number" and pair["gamma_valid_number"] != -1 else name
    zh, en = FIELDS[compared]
    record, person = (str(pair[f"{side}_{name}"] or "–") for side in ("record", "person"))
    return Field(zh, en, record, person, levels[compared][pair[f"gamma_{compared}"]], pair[f"mw_{compared}"])


def decide_pairs(layout: Layout, pairs: list[str], verdict: str, who: str, reason: str) -> list[Review]:
    """Write down one decision for each pair. Raises ReviewFault, and writes nothing, when one is not in the queue."""
    proposals = [find(layout, pair) for pair in pairs]
    newest = str(linked_rounds(layout)[-1])
    return [
        decide(
            layout,
            record_pseudonym=one.record_pseudonym,
            person_id=one.person_id,
            evidence_id=one.evidence_id,
            verdict=verdict,
            decided_by=who,
            reason=reason,
            known_quarter=newest,
        )
        for one in proposals
    ]


def undo(layout: Layout, record_pseudonym: str, person_id: str, who: str, reason: str) -> Review:
    """Take a link back: the record is a person of its own again, with its own history, from the next run on.

    Raises ReviewFault when the record is not linked to the person.
    """
    import duckdb

    files = [str(links_path(layout, one)) for one in linked_rounds(layout)]
    row = None
    if files:
        with duckdb.connect() as connection:
            row = connection.execute(
                "SELECT CAST(evidence_id AS VARCHAR) FROM read_parquet($files, hive_partitioning = true) "
                "WHERE record_pseudonym = CAST($record AS UUID) AND person_id = CAST($person AS UUID) "
                "ORDER BY round DESC LIMIT 1",
                {"files": files, "record": record_pseudonym, "person": person_id},
            ).fetchone()
    if row is None:
        raise ReviewFault(f"no link of {record_pseudonym} to {person_id}")
    newest = str(linked_rounds(layout)[-1])
    return decide(
        layout,
        record_pseudonym=record_pseudonym,
        person_id=person_id,
        evidence_id=row[0],
        verdict="rejected",
        decided_by=who,
        reason=reason,
        known_quarter=newest,
    )


def export_sheet(layout: Layout, keys: Keys, path: Path, who: str, purpose: str, count: int | None = None) -> int:
    """Write a sheet for blind review: both sides of each pair in an order that says nothing, no score, no rule. Only
    its owner can read it. Returns how many pairs it has."""
    proposals = sorted(queue(layout), key=lambda one: one.pair)[:count]
    compared = compare(layout, keys, proposals, who, purpose)
    with atomic_path(path) as unfinished, open(unfinished, "w", encoding="utf-8-sig", newline="") as handle:
        unfinished.chmod(0o600)
        writer = csv.DictWriter(handle, _SHEET)
        writer.writeheader()
        for pair, fields in compared.items():
            row = {"pair": pair}
            for name, field in zip(SHOWN, fields, strict=True):
                row |= {f"record_{name}": field.record, f"person_{name}": field.person}
            writer.writerow(row)
        handle.flush()
    return len(compared)


def import_sheet(layout: Layout, path: Path, who: str) -> list[Review]:
    """Take the decisions of a sheet. Raises ReviewFault with every line that cannot be taken, and takes none then."""
    with open(path, encoding="utf-8-sig", newline="") as handle:
        rows = [(number, row) for number, row in enumerate(csv.DictReader(handle), start=2) if row.get("decision")]
    known = {one.pair for one in queue(layout)}
    faults = []
    for number, row in rows:
        if row.get("pair") not in known:
            faults.append(f"line {number}: pair {row.get('pair')!r} is not in the queue")
        if row["decision"].strip() not in _VERDICTS:
            faults.append(f"line {number}: decision is accept or reject (接受 or 拒绝)")
    if faults:
        raise ReviewFault("; ".join(faults))
    taken: list[Review] = []
    for _, row in rows:
        reason = (row.get("reason") or "").strip() or "blind review"
        taken += decide_pairs(layout, [row["pair"]], _VERDICTS[row["decision"].strip()], who, reason)
    return taken
