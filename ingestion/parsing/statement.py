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
from ingestion.identity.numbers import RESIDENT_CARD, number_levels
from ingestion.parsing import cells
from ingestion.parsing.columns import is_valued
from ingestion.readers.rows import NUMERIC_FLAG
from ingestion.reasons import CONSTRAINT_REASONS
from ingestion.schema import SQL_TYPES


@dataclass(frozen=True)
class Plan:
    """The statement for an extract and a set of columns, and how to read its result.

    It reads the table ``columns``, which has ``value_<name>`` and ``absent_<name>`` of each of ``parsed`` (as
    ``parse_columns`` makes them) and ``as_sent``, columns as they were sent. It yields, for each row in order:

    - ``defects``: bit *i* is ``places[i]``; the last place is left to the key;
    - for persons ``number_quality`` (place in QUALITY_CODES), ``number_type``, ``number``, ``number_body`` (NULL unless
      identified), ``unidentified``, ``birth_year``.

    Parameters: ``period_start``, ``period_end``, ``department``.
    """

    sql: str
    places: tuple[tuple[str, str], ...]
    parsed: tuple[str, ...]
    as_sent: tuple[str, ...]

    @property
    def outside_period_mask(self) -> int:
        return sum(1 << bit for bit, (_, reason) in enumerate(self.places) if reason == "outside_period")


@cache
def plan(extract: str, loaded: tuple[str, ...], numeric_flag: bool) -> Plan:
    """The plan for a file of ``extract`` that has the columns ``loaded``, in its order.

    ``numeric_flag``: the reader also tells which document numbers were stored as numbers.
    """
    declared = registry()
    return _Builder(declared, declared.contract(extract), loaded, numeric_flag).plan()


class _Builder:
    def __init__(self, declared: Registry, contract: Contract, loaded: tuple[str, ...], numeric_flag: bool) -> None:
        self.contract = contract
        self.loaded = loaded
        self.numeric_flag = numeric_flag
        self.fields: dict[str, FieldMeaning] = {name: declared.fields[name] for name in contract.columns}
        self.codes = {
            name: declared.code_lists[meaning.codes] for name, meaning in self.fields.items() if meaning.codes
        }
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
        sql = (
            f"WITH level_0 AS NOT MATERIALIZED (SELECT *{absent and ', '}{absent} FROM columns), "
            f"judged AS NOT MATERIALIZED (SELECT *, CAST({mask} AS BIGINT) AS defects FROM level_0)"
        )
        levels = self._identity()
        for depth, added in enumerate(levels, start=1):
            before = f"level_{depth - 1}" if depth > 1 else "judged"
            sql += f", level_{depth} AS NOT MATERIALIZED (SELECT *, {added} FROM {before})"
        last = f"level_{len(levels)}" if levels else "judged"
        sql += f" SELECT {', '.join(['defects', *self._person_outputs()])} FROM {last}"
        places = [(column, reason) for column, reason, _ in self.defects]
        # The rule between rows is checked later; its bit is the last.
        places.append((self.contract.key[0], "duplicate_key"))
        parsed = tuple(
            name
            for name, column in self.contract.columns.items()
            if name in self.loaded and (is_valued(self.fields[name]) or (column.required and name != self.number))
        )
        return Plan(sql, tuple(places), parsed, self._as_sent())

    def _as_sent(self) -> tuple[str, ...]:
        person = self.contract.person
        if not person:
            return ()
        names = tuple(name for name in (person.number, person.name) if name in self.loaded)
        return (*names, NUMERIC_FLAG) if self.numeric_flag else names

    def _not_loaded(self, name: str) -> str:
        sql_type = "UTINYINT" if self.fields[name].type in ("boolean", "code") else SQL_TYPES[self.fields[name].type]
        return f"CAST(NULL AS {sql_type}) AS value_{name}, 1 AS absent_{name}"

    def _raw(self, name: str) -> str:
        return f'"{name}"' if name in self.loaded else "CAST(NULL AS VARCHAR)"

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

    def _identity(self) -> list[str]:
        person = self.contract.person
        if not person:
            return []
        type_code = cells.literal(RESIDENT_CARD)
        if person.type:
            names = cells.code_values(self.codes[person.type])
            branches = " ".join(f"WHEN {index} THEN {cells.literal(code)}" for index, code in enumerate(names))
            type_code = f"coalesce(CASE value_{person.type} {branches} END, {type_code})"
        stored_as_number = NUMERIC_FLAG if self.numeric_flag else "false"
        return number_levels(self._raw(person.number), type_code, stored_as_number)

    def _person_outputs(self) -> list[str]:
        person = self.contract.person
        if not person:
            return []
        birth = f"CAST(value_{person.birth_date} AS VARCHAR)" if person.birth_date else "''"
        name = cells.comparable_name(self._raw(person.name))
        unidentified = (
            "CASE WHEN number IS NULL THEN concat_ws('|', 'unidentified', $department, "
            f"coalesce({name}, ''), coalesce({birth}, ''), coalesce({self._raw(person.number)}, '')) END"
        )
        outputs = [
            "number_quality",
            "number_type",
            "number",
            "CASE WHEN number IS NOT NULL THEN number_body END AS number_body",
            f"{unidentified} AS unidentified",
        ]
        if person.birth_date:
            outputs.append(f"CAST(year(value_{person.birth_date}) AS SMALLINT) AS birth_year")
        return outputs
