"""Orders to hold nothing more of a person or of a record, kept as tombstones: marks, and nothing else of anyone.

An order is a file that is written once. A person's mark is made from the document number with the lasting key, a
record's in the same way from its number. So a file that is read again is recognised, also when the other keys were
changed since, and nobody can tell from the tombstone who it is.

Belongs here: writing and reading orders, and the marks they name. Does not belong here: carrying them out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Literal
from uuid import UUID

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.identity.judgement import judge_numbers
from ingestion.identity.numbers import RESIDENT_CARD
from ingestion.prepared import Asker
from warehouse.files import read_json, write_json
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.pseudonyms import mark_pads, mark_sql, pseudonyms_of_marks


@dataclass(frozen=True)
class Order:
    """``kind``: erase is about every extract, seal about those that can be sealed. ``marks`` are of persons or, for
    ``subject`` record, of records; ``key_id`` is the lasting key they were made with. ``pseudonyms`` are theirs under
    the keys in use, and stand in no file."""

    order_id: str
    kind: Literal["erase", "seal"]
    subject: Literal["person", "record"]
    marks: tuple[str, ...]
    reason: str
    ordered_on: str
    key_id: str
    pseudonyms: tuple[str, ...] = ()

    def concerns(self, contract: Contract) -> bool:
        if self.subject == "record" or self.kind == "seal":
            return contract.sealing is not None
        return contract.person is not None


class NumbersNotUsable(ValueError):
    """Numbers of a request are not usable; the message has their places, never the numbers."""


class OrdersUnderAnotherKey(RuntimeError):
    """Tombstones were made with a lasting key that is not at hand, so nobody can tell whom they are about."""


def person_marks(numbers: Sequence[tuple[str, str]], keys: Keys, day: dt.date) -> list[str]:
    """The marks of (document type, number) pairs. Raises NumbersNotUsable with the places of all bad ones."""
    import duckdb
    import pyarrow as pa

    with duckdb.connect() as connection, closing(Asker(connection)) as asker:
        types = pa.array([kind or RESIDENT_CARD for kind, _ in numbers], pa.string())
        judged = judge_numbers(asker, pa.array([number for _, number in numbers], pa.string()), types, None, day)
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
    return marks_of(messages, keys)


def record_message(column: str, number: str) -> str:
    """What a record's mark is made from. Extracts that share the column share the record."""
    return f"record|{column}|{number}"


def marks_of(messages: Sequence[str], keys: Keys) -> list[str]:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select cast({mark_sql('given')} as varchar) from (select unnest($given) as given)",
            mark_pads(keys) | {"given": list(messages)},
        ).fetchall()
    return [mark for (mark,) in rows]


def write_order(
    layout: Layout, kind: str, subject: str, marks: Iterable[str], reason: str, day: dt.date, keys: Keys
) -> Order | None:
    """Commit an order. Marks that an order of this kind names already are left out; None when none is left."""
    same = [order for order in written_orders(layout) if (order.kind, order.subject) == (kind, subject)]
    known = {mark for order in same for mark in order.marks}
    new = tuple(sorted(set(marks) - known))
    if not new:
        return None
    key_id = keys.lasting.key_id
    digest = hashlib.sha256("|".join([kind, subject, key_id, *new]).encode()).hexdigest()[:12]
    order = Order(f"{kind}-{subject}-{day}-{digest}", kind, subject, new, reason, str(day), key_id)
    layout.tombstones.mkdir(parents=True, exist_ok=True)
    os.chmod(layout.tombstones, 0o700)
    content = asdict(order)
    del content["pseudonyms"]
    write_json(layout.tombstones / f"{order.order_id}.json", content)
    return order


def read_orders(layout: Layout, keys: Keys) -> list[Order]:
    """All orders, oldest first, with the pseudonyms that ``keys`` make of their marks. Raises OrdersUnderAnotherKey."""
    orders = written_orders(layout)
    if others := sorted({order.key_id for order in orders} - {keys.lasting.key_id}):
        raise OrdersUnderAnotherKey(
            f"tombstones/ 由另一长期密钥所写 was written with the lasting key {', '.join(others)}; the key file has "
            f"{keys.lasting.key_id}: whom nothing may be held of could not be recognised. Name the key file that has "
            "that lasting key, or copy its entry from the escrow"
        )
    made = iter(_pseudonyms([mark for order in orders for mark in order.marks], keys))
    return [replace(order, pseudonyms=tuple(islice(made, len(order.marks)))) for order in orders]


def _pseudonyms(marks: Sequence[str], keys: Keys) -> list[str]:
    import pyarrow as pa

    if not marks:
        return []
    given = pa.array([UUID(mark).bytes for mark in marks], pa.uuid())
    return [str(pseudonym) for pseudonym in pseudonyms_of_marks(given, keys).to_pylist()]


def written_orders(layout: Layout) -> list[Order]:
    """All orders as they were written, oldest first: what they concern, without pseudonyms."""
    found = [read_json(path) for path in sorted(layout.tombstones.glob("[!.]*.json"))]
    orders = [Order(**(content | {"marks": tuple(content["marks"])})) for content in found]
    return sorted(orders, key=lambda order: (order.ordered_on, order.order_id))


def sealable() -> list[Contract]:
    return [contract for contract in registry().contracts.values() if contract.sealing]


def carried_out_orders(layout: Layout) -> set[str]:
    """The ids of the orders that have been carried out on everything that was held."""
    return set(read_json(layout.removals)["orders"]) if layout.removals.exists() else set()
