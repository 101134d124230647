"""What goes wrong in the cells and rows of an extract, each kind at its stated rate and written down.

Belongs here: damaging rendered columns and recording what was true. Does not belong here: incidents with whole
files (``deliveries``), and headers and notes (``cells``, ``files``). Works on whole columns.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from simulation.cells import DATE_CELL, DATE_FORMATS, NUMBER_CELL, Rendered, Style, codes_as_text, dates_as_text
from simulation.profile import Damage
from simulation.text import joined

_DOTS = ("•", "‧", "・", ".", "")
_IMPOSSIBLE = {
    "iso": "2017-02-30",
    "compact": "20170230",
    "slash": "2017/2/30",
    "chinese": "2017年2月30日",
    "serial": "2017-02-30",
}
_CHECK_CHARACTERS = "0123456789X"


class Ledger:
    """What was damaged in one file: positions in the body, column, kind and the true value as text."""

    def __init__(self) -> None:
        self.parts: list[pa.Table] = []

    def add(self, rows: np.ndarray, column: str, kind: str, true_values: pa.Array) -> None:
        if len(rows):
            size = len(rows)
            self.parts.append(
                pa.table(
                    {
                        "position": pa.array(rows.astype(np.int64)),
                        "column": pa.repeat(column, size),
                        "kind": pa.repeat(kind, size),
                        "true_value": true_values.cast(pa.string()),
                    }
                )
            )


class Damager:
    """Applies every kind of damage to one file's columns, in a fixed order."""

    def __init__(self, contract: Contract, style: Style, damage: Damage, rng: np.random.Generator) -> None:
        self.contract, self.style, self.damage, self.rng = contract, style, damage, rng
        self.ledger = Ledger()

    def apply(self, table: pa.Table, rendered: Rendered, first_day: int) -> Rendered:
        """Damage ``rendered``, the text of ``table``; ``first_day`` is that of the delivery's period."""
        self.table, self.rendered = table, rendered
        if self.contract.person:
            self._numbers(self.contract.person.number)
            self._names(self.contract.person.name)
        self._dates()
        self._codes()
        if self.contract.extract not in self.damage.extracts_without_row_damage:
            self._rows(first_day)
        return self.rendered

    def _chosen(self, rate: float, among: np.ndarray | None = None) -> np.ndarray:
        """Positions drawn at the rate, of all rows or of those in the mask."""
        size = self.table.num_rows if among is None else len(among)
        count = self.rng.binomial(size, rate) if size else 0
        drawn = self.rng.choice(size, count, replace=False) if count else np.empty(0, np.int64)
        return np.sort(drawn if among is None else among[drawn])

    def _replace(self, column: str, rows: np.ndarray, values: pa.Array, kind: str, native: int = 0) -> None:
        """Put ``values`` into the rows of a column and record the true ones."""
        if not len(rows):
            return
        mask = np.zeros(self.table.num_rows, bool)
        mask[rows] = True
        before = self.rendered.columns[column]
        self.rendered.columns[column] = pc.replace_with_mask(before, pa.array(mask), values.cast(pa.string()))
        if column in self.rendered.native:
            self.rendered.native[column][rows] = native
        truth = self.table.column(column).combine_chunks().take(pa.array(rows))
        self.ledger.add(rows, column, kind, truth)

    def _numbers(self, column: str) -> None:
        damage, numbers = self.damage, self.rendered.columns[column]
        is_card = pc.equal(pc.utf8_length(numbers), 18).to_numpy(zero_copy_only=False)
        cards = np.flatnonzero(is_card)
        ends_in_x = np.flatnonzero(pc.ends_with(numbers, "X").to_numpy(zero_copy_only=False) & is_card)
        chosen = self._chosen(damage.lower_case_x, ends_in_x)
        self._replace(column, chosen, pc.utf8_lower(numbers.take(pa.array(chosen))), "lower_case_x")
        # the other kinds exclude one another: each row has one draw
        cards = np.setdiff1d(cards, chosen)
        draw = self.rng.random(len(cards))
        year = pc.utf8_slice_codeunits(numbers, 6, 10).take(pa.array(cards))
        before_1999 = pc.and_(pc.greater_equal(year, "1900"), pc.less(year, "1999")).to_numpy(zero_copy_only=False)
        bound = 0.0
        for kind, rate, among in (
            ("full_width_digits", damage.full_width_digits, None),
            ("spreadsheet_rounded", damage.spreadsheet_rounded, None),
            ("wrong_check_digit", damage.wrong_check_digit, None),
            ("leading_apostrophe", damage.leading_apostrophe, None),
            ("fifteen_digits", damage.fifteen_digits, before_1999),
        ):
            hit = (draw >= bound) & (draw < bound + rate)
            rows = cards[hit if among is None else hit & among]
            native = NUMBER_CELL if kind == "spreadsheet_rounded" else 0
            self._replace(column, rows, _damaged_numbers(kind, numbers.take(pa.array(rows)), self), kind, native)
            bound += rate
        rows = np.setdiff1d(self._chosen(damage.missing_number), cards[draw < bound])
        self._replace(column, rows, pa.array([""] * len(rows), pa.string()), "missing_number")

    def _names(self, column: str) -> None:
        names = self.rendered.columns[column]
        dotted = np.flatnonzero(pc.match_substring(names, "·").to_numpy(zero_copy_only=False))
        chosen = self._chosen(self.damage.name_dot_variant, dotted)
        kinds = self.rng.integers(0, len(_DOTS), len(chosen))
        for number, dot in enumerate(_DOTS):
            rows = chosen[kinds == number]
            self._replace(column, rows, pc.replace_substring(names.take(pa.array(rows)), "·", dot), "name_dot_variant")
        rows = np.setdiff1d(self._chosen(self.damage.name_blanks), dotted)
        before = names.take(pa.array(rows))
        two = pc.equal(pc.utf8_length(before), 2)
        spaced = joined(pc.utf8_slice_codeunits(before, 0, 1), "　", pc.utf8_slice_codeunits(before, 1, 2))
        self._replace(column, rows, pc.if_else(two, spaced, joined(before, " ")), "name_blanks")

    def _dates(self) -> None:
        for column, _ in self._columns_of("date"):
            values = self.table.column(column).combine_chunks()
            rows = self._chosen(
                self.damage.date_variant, np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
            )
            kinds = self.rng.integers(0, len(DATE_FORMATS), len(rows))
            for number, form in enumerate(DATE_FORMATS):
                some = rows[(kinds == number) & (form != self.style.date_format)]
                native = DATE_CELL if form == "serial" else 0
                text = dates_as_text(values.take(pa.array(some)), form)
                self._replace(column, some, text, "date_variant", native)

    def _codes(self) -> None:
        for column, field in self._columns_of("code"):
            values = self.table.column(column).combine_chunks()
            rows = self._chosen(
                self.damage.code_variant, np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
            )
            text = codes_as_text(values.take(pa.array(rows)), field.codes, not self.style.writes_code_names)
            self._replace(column, rows, text, "code_variant")

    def _rows(self, first_day: int) -> None:
        """Damage that costs the row: one kind a row."""
        damage, used = self.damage, np.empty(0, np.int64)

        def fresh(rate: float) -> np.ndarray:
            nonlocal used
            rows = np.setdiff1d(self._chosen(rate), used)
            used = np.r_[used, rows]
            return rows

        required = {name for name, column in self.contract.columns.items() if column.required}
        number = self.contract.person.number if self.contract.person else None
        dates = [name for name, _ in self._columns_of("date") if name in required]
        if dates:
            rows, column = fresh(damage.impossible_date), str(self.rng.choice(dates))
            self._replace(column, rows, _repeated(_IMPOSSIBLE[self.style.date_format], len(rows)), "impossible_date")
        coded = [name for name, _ in self._columns_of("code") if name in required]
        if coded:
            rows, column = fresh(damage.unknown_code), str(self.rng.choice(coded))
            self._replace(column, rows, _repeated("其它类别待定", len(rows)), "unknown_code")
        blank = sorted(required - {number, "person_name", "foreign_name"})
        rows, column = fresh(damage.missing_required), str(self.rng.choice(blank))
        self._replace(column, rows, _repeated("", len(rows)), "missing_required")
        within = [rule.column for rule in self.contract.constraints if rule.kind == "within_period"]
        if within and registry().fields[within[0]].type == "date":
            rows = fresh(damage.outside_period)
            early = pa.array((first_day - self.rng.integers(5, 60, len(rows))).astype(np.int32))
            self._replace(within[0], rows, dates_as_text(early, self._text_format()), "outside_period")
        self._duplicate(fresh(damage.duplicate_row))

    def _text_format(self) -> str:
        return "iso" if self.style.date_format == "serial" else self.style.date_format

    def _duplicate(self, rows: np.ndarray) -> None:
        """Write the rows again at the end."""
        if not len(rows):
            return
        size, again = self.table.num_rows, pa.array(rows)
        for name, values in self.rendered.columns.items():
            self.rendered.columns[name] = pa.concat_arrays([values, values.take(again)])
        for name, marks in self.rendered.native.items():
            self.rendered.native[name] = np.r_[marks, marks[rows]]
        original = pa.array(rows).cast(pa.string())
        self.ledger.add(size + np.arange(len(rows)), "", "duplicate_row", original)

    def _columns_of(self, kind: str):
        fields = registry().fields
        return [(name, fields[name]) for name in self.contract.columns if fields[name].type == kind]


def _repeated(text: str, count: int) -> pa.Array:
    return pa.array([text] * count, pa.string())


def _damaged_numbers(kind: str, numbers: pa.Array, damager: Damager) -> pa.Array:
    first_15 = pc.utf8_slice_codeunits(numbers, 0, 15)
    if kind == "full_width_digits":
        for digit in "0123456789X":
            numbers = pc.replace_substring(numbers, digit, chr(ord(digit) + 0xFEE0))
        return numbers
    if kind == "fifteen_digits":
        return joined(pc.utf8_slice_codeunits(numbers, 0, 6), pc.utf8_slice_codeunits(numbers, 8, 17))
    if kind == "leading_apostrophe":
        return joined("'", numbers) if len(numbers) else numbers
    if kind == "wrong_check_digit":
        last = pc.index_in(pc.utf8_slice_codeunits(numbers, 17, 18), value_set=pa.array(list(_CHECK_CHARACTERS)))
        shift = damager.rng.integers(1, 11, len(numbers))
        wrong = (last.to_numpy(zero_copy_only=False).astype(np.int64) + shift) % 11
        return joined(pc.utf8_slice_codeunits(numbers, 0, 17), pa.array(list(_CHECK_CHARACTERS)).take(pa.array(wrong)))
    # a spreadsheet keeps 15 digits; what it shows is either those, with zeros, or six of them and a power of ten
    zeros = joined(first_15, "000")
    if damager.contract.file.format == "xlsx":
        return zeros
    power = joined(pc.utf8_slice_codeunits(numbers, 0, 1), ".", pc.utf8_slice_codeunits(numbers, 1, 6), "E+17")
    return pc.if_else(pa.array(damager.rng.random(len(numbers)) < 0.5), power, zeros)
