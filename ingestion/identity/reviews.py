"""What reviewers decided about pairs of a record and a person: appended, sealed line by line, never changed.

A decision holds pseudonyms only. The last one about a pair counts; a rejection counts while the record says the same.

Belongs here: the log of decisions and what is in force. Does not belong here: showing pairs (``review``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Literal

from ingestion.identity.access_log import ChainedLog
from warehouse.layout import Layout
from warehouse.quarters import Quarter

Verdict = Literal["accepted", "rejected"]


@dataclass(frozen=True)
class Review:
    """One decision. ``known_quarter`` is the round in which it begins to count."""

    record_pseudonym: str
    person_id: str
    verdict: Verdict
    evidence_id: str
    decided_by: str
    decided_at: str
    reason: str
    known_quarter: str


def review_log(layout: Layout) -> ChainedLog:
    return ChainedLog(layout.links / "reviews.jsonl")


def decide(
    layout: Layout,
    *,
    record_pseudonym: str,
    person_id: str,
    evidence_id: str,
    verdict: Verdict,
    decided_by: str,
    reason: str,
    known_quarter: str,
) -> Review:
    """Append a decision. Raises ValueError when nobody or no reason is named."""
    if not decided_by.strip() or not reason.strip():
        raise ValueError("a decision names who decided and why")
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    review = Review(record_pseudonym, person_id, verdict, evidence_id, decided_by, now, reason, known_quarter)
    review_log(layout).append(asdict(review))
    return review


def reviews_known(layout: Layout, round_quarter: Quarter, count: int | None = None) -> list[Review]:
    """The decisions that count in the round, the last about each pair; of the first ``count`` lines if it is given, as
    when a release is made again from what was known then. Raises BrokenChain when the log was tampered with."""
    latest: dict[tuple[str, str], Review] = {}
    for number, line in enumerate(review_log(layout).lines(), start=1):
        if count is not None and number > count:
            break
        review = Review(**{name: value for name, value in line.items() if name not in ("previous", "hash")})
        if Quarter.parse(review.known_quarter) <= round_quarter:
            pair = (review.record_pseudonym, review.person_id)
            latest.pop(pair, None)
            latest[pair] = review
    return list(latest.values())
