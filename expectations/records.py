"""What the ledger says of an extract's deliveries.

Belongs here: records as plain mappings, and which delivery is in force. They are read from the ledger's files and not
through the code that wrote them, so that the gate judges what stands there. Does not belong here: judging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from warehouse.files import UNFINISHED, read_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter

Record = Mapping[str, Any]
#: Verdicts that are later decisions on a delivery, not on a file.
DECISIONS = ("withdrawn", "reinstated")


def read_records(layout: Layout, extract: str | None, up_to: Quarter) -> list[Record]:
    """All records about quarters up to ``up_to``, of one extract if named, in the order in which files came. A
    correction that came in a later round is among them: a quarter is judged by all that is known of it."""
    pattern = f"{extract}-*.json" if extract else "*.json"
    paths = [path for path in layout.ledger.glob(f"*/{pattern}") if not path.name.startswith(UNFINISHED)]
    records = [read_json(path) for path in sorted(paths)]
    return sorted((record for record in records if Quarter.parse(record["quarter"]) <= up_to), key=order_of_arrival)


def order_of_arrival(record: Record) -> tuple[Any, ...]:
    """Rounds follow one another, and within a round the name without a note comes before the one with a note."""
    name = record["file_name"].rsplit(".", 1)[0]
    return Quarter.parse(record["round"]), name.count("_"), name, record["version"]


def current_deliveries(records: Collection[Record]) -> dict[tuple[str, str], Record]:
    """The delivery in force for every extract and period: of those accepted and not withdrawn, the one of the highest
    precedence. A withdrawal and its undoing follow each other in turn."""
    decisions = Counter(one["delivery_id"] for one in records if one["verdict"] in DECISIONS)
    accepted = [one for one in records if one["verdict"] == "accepted" and decisions[one["delivery_id"]] % 2 == 0]
    accepted.sort(key=lambda one: (one.get("precedence") or "", Quarter.parse(one["round"]), one["version"]))
    return {(one["extract"], one["period"]): one for one in accepted}


def of_quarter(records: Iterable[Record], quarter: Quarter) -> list[Record]:
    return [record for record in records if record["quarter"] == str(quarter)]


def evidence_of(records: Iterable[Record]) -> str:
    """Names the deliveries in force, so that outcomes can be told from those of earlier deliveries."""
    return " ".join(sorted(f"{record['delivery_id']}@{record['version']}" for record in records))
