"""The SQL statement that judges the rows of one extract, and the list of defects that it can find.

Belongs here: rules within a row. A row's defects come as the bits of one number, because nearly every row has
none. Does not belong here: rules between rows (``duplicates``), columns (``columns``) or the form of cells
(``cells``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ingestion.contracts.models import Column, Contract, FieldMeaning
from ingestion.contracts.registry import Registry, registry
from ingestion.parsing import cells
from ingestion.parsing.columns import is_valued
from ingestion.reasons import CONSTRAINT_REASONS
from ingestion.schema import SQL_TYPES


@dataclass(frozen=True)
class Plan:
    """The statement for an extract and a set of columns, and how to read its result.

    It reads the table ``columns``, which has ``value_<name>`` and ``absent_<name>`` of each of ``parsed`` (as
    ``parse_columns`` makes them), and yields ``defects`` of each row, in order: bit *i* is ``places[i]``, and the last
    place is left to the key. Parameters: ``period_start``, ``period_end``.
    """

    sql: str
    places: tuple[tuple[str, str], ...]
    parsed: tuple[str, ...]

    @property
    def outside_period_mask(self) -> int:
        return sum(1 << bit for bit, (_, reason) in enumerate(self.places) if reason == "outside_period")


@cache
def plan(extract: str, loaded: tuple[str, ...]) -> Plan:
    """The plan for a file of ``extract`` that has the columns ``loaded``, in its order."""
    declared = registry()
    return _Builder(declared, declared.contract(extract), loaded).plan()


class _Builder:
    def __init__(self, declared: Registry, contract: Contract, loaded: tuple[str, ...]) -> None:
        self.contract = contract
        self.loaded = loaded
        self.fields: dict[str, FieldMeaning] = {name: declared.fields[name] for name in contract.columns}
        self.number = contract.person.number if contract.person else None
        self.defects: list[tuple[str, str, str]] = []

    def plan(self) -> Plan:
        self._check_furniture_is_told_apart()
        for name, column in self.contract.columns.items():
            self._column_defects(name, column)
        for rule in self.contract.constraints:
            self.defects.append((rule.column, CONSTRAINT_REASONS[rule.kind], self._broken(rule)))
        if len(self.defects) > 61:
            raise ValueError(
                f"{self.contract.extract}: {len(self.defects)} kinds of defects do not fit into a row's mask"
            )
        mask = " + ".join(
            f"CASE WHEN {found} THEN {1 << bit} ELSE 0 END" for bit, (*_, found) in enumerate(self.defects)
        )
        absent = ", ".join(self._not_loaded(name) for name in self.fields if name not in self.loaded)
        sql = f"SELECT CAST({mask} AS BIGINT) AS defects FROM (SELECT *{absent and ', '}{absent} FROM columns)"
        places = [(column, reason) for column, reason, _ in self.defects]
        # The rule between rows is checked later; its bit is the last.
        places.append((self.contract.key[0], "duplicate_key"))
        parsed = tuple(
            name
            for name, column in self.contract.columns.items()
            if name in self.loaded and (is_valued(self.fields[name]) or (column.required and name != self.number))
        )
        return Plan(sql, tuple(places), parsed)

    def _not_loaded(self, name: str) -> str:
        sql_type = "UTINYINT" if self.fields[name].type in ("boolean", "code") else SQL_TYPES[self.fields[name].type]
        return f"CAST(NULL AS {sql_type}) AS value_{name}, 1 AS absent_{name}"

    def _column_defects(self, name: str, column: Column) -> None:
        meaning = self.fields[name]
        # A row without a usable document number is accepted, unlinked.
        if column.required and name != self.number:
            missing = f"absent_{name} = 1"
            self.defects.append((name, "missing_required", missing))
        if meaning.type in cells.INVALID_REASONS and (meaning.type != "text" or meaning.pattern):
            invalid = f"value_{name} IS NULL AND absent_{name} = 0"
            self.defects.append((name, cells.INVALID_REASONS[meaning.type], invalid))
        outside = [
            f"value_{name} {sign} {limit:g}"
            for sign, limit in (("<", meaning.minimum), (">", meaning.maximum))
            if limit is not None
        ]
        if outside:
            self.defects.append((name, "out_of_range", f"({' OR '.join(outside)})"))

    def _broken(self, rule) -> str:
        value = f"value_{rule.column}"
        day = f"CAST({value} AS DATE)"
        match rule.kind:
            case "within_period":
                return f"{day} NOT BETWEEN $period_start AND $period_end"
            case "not_in_future":
                return f"{day} > $period_end"
            case "not_before":
                return f"{value} < value_{rule.other}"
            case "not_above":
                return f"{value} > value_{rule.other}"
        raise ValueError(f"no SQL for the constraint {rule.kind}")

    def _check_furniture_is_told_apart(self) -> None:
        """Only a row with a defect can be other than data: every contract has a required column with a form."""
        if not any(
            column.required
            and self.fields[name].type in cells.INVALID_REASONS
            and (self.fields[name].type != "text" or self.fields[name].pattern)
            for name, column in self.contract.columns.items()
        ):
            raise ValueError(f"{self.contract.extract} has no required column by which data can be told from notes")
