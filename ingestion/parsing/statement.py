"""The SQL statement that parses a batch of one extract's rows, and the list of defects that it can find.

Belongs here: rules within a row. A row's defects come as the bits of one number, because nearly every row has
none. Does not belong here: rules between rows (``duplicates``) or the form of cells (``cells``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ingestion.contracts.models import Column, Contract, FieldMeaning
from ingestion.contracts.registry import Registry, registry
from ingestion.identity.numbers import RESIDENT_CARD, number_levels
from ingestion.parsing import cells
from ingestion.readers.furniture import PATTERNS
from ingestion.reasons import CONSTRAINT_REASONS

#: Row kinds in the order to which the statement's ``kind`` refers.
KINDS = (*PATTERNS, "blank", "header")


@dataclass(frozen=True)
class Plan:
    """The statement for an extract and a set of columns, and how to read its result.

    It yields, for each row of the table ``sent`` in its order:

    - ``row_number``; ``kind``, place in KINDS, NULL for data;
    - ``defects``: bit *i* is ``places[i]``; the last place is left to the key;
    - for persons ``number_quality`` (place in QUALITY_CODES), ``number_type``, ``number``, ``number_body`` (NULL unless
      identified), ``unidentified``, ``birth_year``;
    - one column for each that is released or is a direct date.

    Parameters: ``period_start``, ``period_end``, ``department``.
    """

    sql: str
    places: tuple[tuple[str, str], ...]
    values: tuple[str, ...]

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
        values = tuple(
            name
            for name in self.contract.columns
            if self.fields[name].sensitivity != "direct" or self.fields[name].type == "date"
        )
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
        columns = ["row_number", self._kind(), "defects", *self._person_outputs(), *map(self._output, values)]
        sql = (
            f"WITH fast AS NOT MATERIALIZED (SELECT *, {self._level(self._fast)} FROM sent), "
            f"bare AS NOT MATERIALIZED (SELECT *, {self._level(self._bare)} FROM fast), "
            f"cleaned AS NOT MATERIALIZED (SELECT *, {self._level(self._text)} FROM bare), "
            f"valued AS NOT MATERIALIZED (SELECT *, {self._level(self._value)} FROM cleaned), "
            f"masked AS NOT MATERIALIZED (SELECT *, CAST({mask} AS BIGINT) AS defects FROM valued), "
            f"level_0 AS NOT MATERIALIZED (SELECT *, {self._first_cell()} FROM masked), "
        )
        identity = self._identity()
        for depth, added in enumerate(identity, start=1):
            sql += f"level_{depth} AS NOT MATERIALIZED (SELECT *, {added} FROM level_{depth - 1}), "
        sql = sql.removesuffix(", ") + f" SELECT {', '.join(columns)} FROM level_{len(identity)}"
        places = [(column, reason) for column, reason, _ in self.defects]
        # The rule between rows is checked later; its bit is the last.
        places.append((self.contract.key[0], "duplicate_key"))
        return Plan(sql, tuple(places), values)

    def _level(self, expression) -> str:
        return ", ".join(expression(name, meaning) for name, meaning in self.fields.items())

    def _raw(self, name: str) -> str:
        return f'"{name}"' if name in self.loaded else "CAST(NULL AS VARCHAR)"

    def _fast(self, name: str, meaning: FieldMeaning) -> str:
        return f"{cells.fast_value(meaning, self._raw(name), self.codes.get(name))} AS fast_{name}"

    def _bare(self, name: str, meaning: FieldMeaning) -> str:
        raw = self._raw(name)
        return f"CASE WHEN fast_{name} IS NULL AND {raw} <> '' THEN {cells.stripped(meaning, raw)} END AS bare_{name}"

    def _text(self, name: str, meaning: FieldMeaning) -> str:
        return f"CASE WHEN bare_{name} IS NOT NULL THEN {cells.absent(meaning, f'bare_{name}')} END AS text_{name}"

    def _value(self, name: str, meaning: FieldMeaning) -> str:
        slow = cells.slow_value(meaning, f"text_{name}", self.codes.get(name))
        return f"coalesce(fast_{name}, CASE WHEN text_{name} IS NOT NULL THEN {slow} END) AS value_{name}"

    def _column_defects(self, name: str, column: Column) -> None:
        meaning = self.fields[name]
        # A row without a usable document number is accepted, unlinked.
        if column.required and name != self.number:
            missing = f"value_{name} IS NULL AND text_{name} IS NULL"
            self.defects.append((name, "missing_required", missing))
        if meaning.type in cells.INVALID_REASONS and (meaning.type != "text" or meaning.pattern):
            invalid = f"value_{name} IS NULL AND text_{name} IS NOT NULL"
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

    def _kind(self) -> str:
        """Only a row with a defect can be other than data: every contract has a required column with a form."""
        if not any(
            column.required
            and self.fields[name].type in cells.INVALID_REASONS
            and (self.fields[name].type != "text" or self.fields[name].pattern)
            for name, column in self.contract.columns.items()
        ):
            raise ValueError(f"{self.contract.extract} has no required column by which data can be told from notes")
        branches = [f"WHEN first_cell IS NULL THEN {KINDS.index('blank')}"]
        for kind, pattern in PATTERNS.items():
            branches.append(f"WHEN regexp_matches(first_cell, {cells.literal(pattern)}) THEN {KINDS.index(kind)}")
        # A header that comes again in the midst of the rows, as where two exports were pasted together.
        headers = [header for column in self.contract.columns.values() for header in column.headers]
        again = " ".join(f"WHEN {cells.literal(header)} THEN {KINDS.index('header')}" for header in headers)
        kind = f"CASE {' '.join(branches)} ELSE CASE first_cell {again} END END"
        return f"CASE WHEN defects <> 0 THEN CAST({kind} AS UTINYINT) END AS kind"

    def _first_cell(self) -> str:
        blank = f"'^[{cells.BLANKS}]+|[{cells.BLANKS}]+$'"
        filled = ", ".join(f"nullif(regexp_replace({self._raw(name)}, {blank}, '', 'g'), '')" for name in self.loaded)
        return f"CASE WHEN defects <> 0 THEN coalesce({filled}) END AS first_cell"

    def _identity(self) -> list[str]:
        person = self.contract.person
        if not person:
            return []
        type_code = cells.literal(RESIDENT_CARD)
        if person.type:
            names = cells.code_values(self.codes[person.type])
            branches = " ".join(f"WHEN {index} THEN {cells.literal(code)}" for index, code in enumerate(names))
            type_code = f"coalesce(CASE value_{person.type} {branches} END, {type_code})"
        stored_as_number = "number_is_numeric" if self.numeric_flag else "false"
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

    def _output(self, name: str) -> str:
        if self.fields[name].open_end == "empty":
            return f"nullif(value_{name}, DATE '{cells.OPEN_END}') AS \"{name}\""
        return f'value_{name} AS "{name}"'
