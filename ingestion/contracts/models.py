"""The words a contract may use. An unknown word, field or code list is an error when contracts load.

Belongs here: the shape of contracts, fields and code lists. Does not belong here: loading them (``registry``)
or applying them (``ingestion.parsing``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FieldType = Literal[
    "text", "code", "date", "timestamp", "integer", "decimal", "boolean",
    "document_number", "name", "phone", "address",
]  # fmt: skip
#: Who may see a value: `direct` identifies a person and never leaves the vault.
Sensitivity = Literal["public", "internal", "quasi", "sensitive", "direct"]
_QUARTER = r"^\d{4}Q[1-4]$"
DIRECT_TYPES = frozenset({"document_number", "name", "phone", "address"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Strict):
    """The same words in Chinese and English."""

    zh: str
    en: str


class Department(_Strict):
    """A sender: its names and the role that answers for its data."""

    zh: str
    en: str
    owner: str


class FieldMeaning(_Strict):
    """What a column means, declared once for every extract that has it."""

    type: FieldType
    zh: str
    en: str
    sensitivity: Sensitivity
    codes: str | None = Field(None, description="Code list of a `code` field.")
    pattern: str | None = Field(None, description="Regular expression that the whole text must match.")
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    open_end: Literal["empty", "forever"] | None = Field(
        None, description="What 长期 or 9999-12-31 means in a date: no end yet (empty), or valid for ever (9999-12-31)."
    )

    @model_validator(mode="after")
    def _agrees(self) -> FieldMeaning:
        if self.open_end and self.type != "date":
            raise ValueError("only a date can be open-ended")
        if (self.type == "code") != (self.codes is not None):
            raise ValueError("a field of type code names its code list, and no other field does")
        if self.type in DIRECT_TYPES and self.sensitivity != "direct":
            raise ValueError(f"a field of type {self.type} identifies a person; its sensitivity is direct")
        return self


class InUse(_Strict):
    """The first and the last quarter in which a header is in use; without one of them there is no bound."""

    first: str | None = Field(None, pattern=_QUARTER)
    last: str | None = Field(None, pattern=_QUARTER)

    def meets(self, first: str, last: str) -> bool:
        """Whether it is in use in any of the quarters from ``first`` to ``last``."""
        return (self.first or first) <= last and first <= (self.last or last)


class Column(_Strict):
    """A column of an extract: the headers under which it has been seen, the usual one first."""

    headers: list[str] = Field(min_length=1)
    required: bool = True
    in_use: dict[str, InUse] = Field({}, description="When a header is in use, where that is not always.")

    @model_validator(mode="after")
    def _dates_its_own_headers(self) -> Column:
        if unknown := sorted(set(self.in_use) - set(self.headers)):
            raise ValueError(f"in_use names {unknown}, which are no headers of this column")
        return self

    def as_of(self, first: str, last: str) -> Column:
        """The column with the headers in use in these quarters; with none of them it need not be sent."""
        valid = [
            header for header in self.headers if header not in self.in_use or self.in_use[header].meets(first, last)
        ]
        return self.model_copy(update={"headers": valid, "required": self.required and bool(valid)})


class Delivery(_Strict):
    """How an extract comes. Every file is whole: all rows in force at the end of the period (snapshot), or all that
    happened in it (events). A correction is the whole file again, never the changed rows alone."""

    kind: Literal["snapshot", "events"]
    rhythm: Literal["quarterly", "monthly"]
    due_days: int = Field(description="Days after the end of the period by which it is due.")
    period_column: str | None = Field(None, description="Column that places an event in its period.")
    may_stay_the_same: bool = Field(
        False,
        description="Whether a snapshot may equal that of the period before. Otherwise it is taken for a repetition.",
    )


class FileFormat(_Strict):
    """How the file is written. Nothing is guessed."""

    format: Literal["csv", "xlsx"]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> FileFormat:
        if self.format == "csv" and not (self.encoding and self.delimiter):
            raise ValueError("a CSV file declares its encoding and delimiter")
        if self.format == "xlsx" and not self.sheet:
            raise ValueError("a workbook declares its sheet")
        return self


class PersonColumns(_Strict):
    """Which columns say who the row is about."""

    number: str
    name: str
    type: str | None = Field(None, description="Column with the document type; without it, the resident identity card.")
    birth_date: str | None = None
    sex: str | None = None


class Constraint(_Strict):
    """A rule that each row keeps; a row that breaks it is quarantined with the rule's kind as its reason.

    - ``within_period``: the day lies in the delivery's period.
    - ``not_in_future``: the day is not after the period's end.
    - ``not_before``: ``column`` is not before ``other`` (either may be empty).
    - ``not_above``: ``column`` is not greater than ``other``.
    """

    kind: Literal["within_period", "not_in_future", "not_before", "not_above"]
    column: str
    other: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Constraint:
        if (self.kind in ("not_before", "not_above")) != (self.other is not None):
            raise ValueError(f"{self.kind} {'needs' if self.other is None else 'takes no'} other column")
        return self


class Coverage(_Strict):
    """What an accepted quarter covers: every area of a level, every month."""

    areas: Literal["committee", "sub_district"] | None = None
    months: bool = False


class Volume(_Strict):
    """How far the number of rows may move from the median of the quarters before."""

    change_max_share: float = Field(gt=0)


class Sealing(_Strict):
    """What of an extract may have to be sealed, and how a minor's record is told.

    A row is a minor's when ``minor_flag`` says so or, by the years of birth and of ``first_day``, the person had not
    turned 18; without a flag, also when the person may not have.
    """

    record: str = Field(description="Column with the number of the record; extracts that share it seal together.")
    first_day: str | None = None
    minor_flag: str | None = None


class SpecialGroup(_Strict):
    """Which columns are a spell's, for an extract that lists the people of a special group.

    Without ``number`` a spell is told by the person and its first day.
    """

    group: str = Field(pattern=r"[a-z_]+", description="Group, as in dbt's seed special_groups.")
    number: str | None = None
    first_day: str
    last_day: str | None = None
    has_plan: str | None = None
    contacts_due: str
    contacts_held: str


class Contract(_Strict):
    """One extract of one department: the declaration from which everything else is derived."""

    extract: str = Field(pattern=r"[a-z0-9_]+\.[a-z0-9_]+", description="<department>.<extract>")
    title: Bilingual
    grain: Bilingual
    key: list[str] = Field(min_length=1)
    delivery: Delivery
    file: FileFormat
    person: PersonColumns | None = None
    columns: dict[str, Column]
    refused_headers: list[str] = Field([], description="Columns that are known, not wanted and never loaded.")
    constraints: list[Constraint]
    special_group: SpecialGroup | None = None
    sealing: Sealing | None = Field(None, description="Set where records can be sealed: justice and drug control.")
    covers: Coverage
    volume: Volume
    retention_years: int
    legal_basis: Bilingual

    @property
    def department(self) -> str:
        return self.extract.split(".")[0]

    @property
    def name(self) -> str:
        """The extract's name without its department."""
        return self.extract.split(".")[1]

    def as_of(self, first: str, last: str) -> Contract:
        """The contract for a file that is about quarter ``first`` and was sent in ``last``: with the headers in use
        in any quarter between. An older form may be sent late, and an older period from a system changed since."""
        columns = {name: column.as_of(first, last) for name, column in self.columns.items()}
        return self if columns == self.columns else self.model_copy(update={"columns": columns})

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> Contract:
        named: dict[str, str | None] = {f"key {name}": name for name in self.key}
        named |= {f"constraint {rule.kind}": rule.column for rule in self.constraints}
        named |= {f"constraint {rule.kind} (other)": rule.other for rule in self.constraints}
        named["delivery.period_column"] = self.delivery.period_column
        if self.person:
            named |= {f"person.{role}": column for role, column in self.person.model_dump().items()}
        if self.special_group:
            spell = self.special_group.model_dump(exclude={"group"})
            named |= {f"special_group.{role}": column for role, column in spell.items()}
            named["special_group (committee)"] = "committee_code"
        if self.sealing:
            named |= {f"sealing.{role}": column for role, column in self.sealing.model_dump().items()}
        unknown = [f"{where}: {name}" for where, name in named.items() if name and name not in self.columns]
        seen: dict[str, str] = {}
        for name, column in self.columns.items():
            for header in column.headers:
                if header in seen or header in self.refused_headers:
                    unknown.append(f"header {header} stands for {name} and for {seen.get(header, 'a refused column')}")
                seen[header] = name
        if (self.delivery.kind == "events") != (self.delivery.period_column is not None):
            unknown.append("events name their period_column, and snapshots do not")
        if unknown:
            raise ValueError("; ".join(unknown))
        return self
