"""Orders to hold nothing more of a person or of a record, kept as tombstones: pseudonyms, and nothing else of anyone.

An order is a file that is written once. A person's pseudonym is that of the document number; a record's is made in the
same way from its number. So a file that is read again is recognised, and nobody can tell from the tombstone who it is.

Belongs here: writing and reading orders, and the pseudonyms they name. Does not belong here: carrying them out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.identity.judgement import judge_numbers
from ingestion.identity.numbers import RESIDENT_CARD
from warehouse.files import read_json, write_json
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.pseudonyms import hmac_pads, hmac_sql


@dataclass(frozen=True)
class Order:
    """``kind``: erase is about every extract, seal about those that can be sealed. ``pseudonyms`` are of persons or,
    for ``subject`` record, of records. ``key_id`` is the key they were made with."""

    order_id: str
    kind: Literal["erase", "seal"]
    subject: Literal["person", "record"]
    pseudonyms: tuple[str, ...]
    reason: str
    ordered_on: str
    key_id: str

    def concerns(self, contract: Contract) -> bool:
        if self.subject == "record" or self.kind == "seal":
            return contract.sealing is not None
        return contract.person is not None


class NumbersNotUsable(ValueError):
    """Numbers of a request are not usable; the message has their places, never the numbers."""


def person_pseudonyms(numbers: Sequence[tuple[str, str]], keys: Keys, day: dt.date) -> list[str]:
    """The pseudonyms of (document type, number) pairs. Raises NumbersNotUsable with the places of all bad ones."""
    import duckdb
    import pyarrow as pa

    with duckdb.connect() as connection:
        types = pa.array([kind or RESIDENT_CARD for kind, _ in numbers], pa.string())
        judged = judge_numbers(connection, pa.array([number for _, number in numbers], pa.string()), types, None, day)
    bad = [str(place) for place, number in enumerate(judged["number"].to_pylist(), start=1) if number is None]
    if bad:
        raise NumbersNotUsable(
            f"第 {', '.join(bad)} 行的证件号码无效 the document number is not usable in line {', '.join(bad)}: "
            "请核对后重试 check it and ask again; nothing was ordered"
        )
    messages = [
        f"{kind}|{number}"
        for kind, number in zip(judged["number_type"].to_pylist(), judged["number"].to_pylist(), strict=True)
    ]
    return pseudonyms_of(messages, keys)


def record_message(column: str, number: str) -> str:
    """What a record's pseudonym is made from. Extracts that share the column share the record."""
    return f"record|{column}|{number}"


def pseudonyms_of(messages: Sequence[str], keys: Keys) -> list[str]:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select cast({hmac_sql('message')} as varchar) from (select unnest($messages) as message)",
            hmac_pads(keys.by_purpose["identity"]) | {"messages": list(messages)},
        ).fetchall()
    return [pseudonym for (pseudonym,) in rows]


def write_order(
    layout: Layout, kind: str, subject: str, pseudonyms: Iterable[str], reason: str, day: dt.date, key_id: str
) -> Order | None:
    """Commit an order. Pseudonyms that an order of this kind names already are left out; None when none is left."""
    same = [order for order in read_orders(layout) if (order.kind, order.subject) == (kind, subject)]
    known = {pseudonym for order in same for pseudonym in order.pseudonyms}
    new = tuple(sorted(set(pseudonyms) - known))
    if not new:
        return None
    digest = hashlib.sha256("|".join([kind, subject, key_id, *new]).encode()).hexdigest()[:12]
    order = Order(f"{kind}-{subject}-{day}-{digest}", kind, subject, new, reason, str(day), key_id)
    layout.tombstones.mkdir(parents=True, exist_ok=True)
    os.chmod(layout.tombstones, 0o700)
    write_json(layout.tombstones / f"{order.order_id}.json", asdict(order))
    return order


def read_orders(layout: Layout) -> list[Order]:
    """All orders, oldest first."""
    found = [read_json(path) for path in sorted(layout.tombstones.glob("[!.]*.json"))]
    orders = [Order(**(content | {"pseudonyms": tuple(content["pseudonyms"])})) for content in found]
    return sorted(orders, key=lambda order: (order.ordered_on, order.order_id))


def sealable() -> list[Contract]:
    return [contract for contract in registry().contracts.values() if contract.sealing]
