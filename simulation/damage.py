"""What goes wrong in the cells and rows of an extract, each kind at its stated rate and written down.

Belongs here: damaging rendered columns and recording what was true. Does not belong here: incidents with whole
files (``deliveries``), and headers and notes (``cells``, ``files``). Works on whole columns.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from simulation import name_damage, number_damage
from simulation.cells import DATE_CELL, DATE_FORMATS, NUMBER_CELL, Rendered, Style, codes_as_text, dates_as_text
from simulation.profile_sections import Damage
from simulation.text import joined

_DOTS = ("•", "‧", "・", ".", "")
_IMPOSSIBLE = {
    "iso": "2017-02-30",
    "compact": "20170230",
    "slash": "2017/2/30",
    "chinese": "2017年2月30日",
    "serial": "2017-02-30",
}
_UNKNOWN_CODE = "其它类别待定"


class Damager:
    """Applies every kind of damage to one file's columns, in a fixed order.

    Changes are collected and made once a column; where two meet in a cell the later one stands, and is the one
    recorded. ``ledger`` has the positions in the body, column, kind and true value (for a repeated row: its original);
    ``repeated`` has the rows that stand again at the end.
    """

    def __init__(
        self, contract: Contract, style: Style, damage: Damage, rng: np.random.Generator, all_numbers: pa.Array
    ) -> None:
        """``all_numbers``: document numbers of everyone, from which a borrowed one is drawn."""
        self.contract, self.style, self.damage, self.rng = contract, style, damage, rng
        self.all_numbers = all_numbers
        self.ledger: list[pa.Table] = []
        self.repeated = np.empty(0, np.int64)
        self._changes: dict[str, list[tuple[np.ndarray, pa.Array, str, int]]] = defaultdict(list)

    def apply(self, table: pa.Table, rendered: Rendered, first_day: int) -> Rendered:
        """Damage ``rendered``, the text of ``table``; ``first_day`` is that of the delivery's period."""
        self.table, self.rendered = table, rendered
        if self.contract.person:
            self._numbers(self.contract.person.number)
            self._names(self.contract.person.name)
        self._dates()
        self._codes()
        repeated = self.repeated
        if self.contract.extract not in self.damage.extracts_without_row_damage:
            repeated = self._rows(first_day)
        for column, changes in self._changes.items():
            self._make(column, changes)
        self.repeated = repeated
        self._repeat(repeated)
        return self.rendered

    def _chosen(self, rate: float, among: np.ndarray | None = None) -> np.ndarray:
        """Positions drawn at the rate, of all rows or of those given."""
        size = self.table.num_rows if among is None else len(among)
        drawn = np.sort(self.rng.choice(size, self.rng.binomial(size, rate), replace=False)) if size else among
        return drawn if among is None else among[drawn] if size else among

    def _change(self, column: str, rows: np.ndarray, values: pa.Array, kind: str, native: int = 0) -> None:
        if len(rows):
            self._changes[column].append((rows, values.cast(pa.string()), kind, native))

    def _make(self, column: str, changes: list[tuple[np.ndarray, pa.Array, str, int]]) -> None:
        rows = np.concatenate([change[0] for change in changes])
        number = np.repeat(np.arange(len(changes)), [len(change[0]) for change in changes])
        order = np.argsort(rows, kind="stable")
        last = np.r_[rows[order][1:] != rows[order][:-1], True]
        kept = order[last]
        rows, number = rows[kept], number[kept]
        mask = np.zeros(self.table.num_rows, bool)
        mask[rows] = True
        values = pa.concat_arrays([change[1] for change in changes]).take(pa.array(kept))
        self.rendered.columns[column] = pc.replace_with_mask(self.rendered.columns[column], pa.array(mask), values)
        if column in self.rendered.native:
            self.rendered.native[column][rows] = np.array([change[3] for change in changes], np.int8)[number]
        truth = self.table.column(column).combine_chunks().take(pa.array(rows)).cast(pa.string())
        kinds = pa.array([change[2] for change in changes]).take(pa.array(number))
        self._record(rows, column, kinds, truth)

    def _record(self, rows: np.ndarray, column: str, kinds: pa.Array, truth: pa.Array) -> None:
        names = pa.repeat(column, len(rows))
        columns = {"position": pa.array(rows), "column": names, "kind": kinds, "true_value": truth}
        self.ledger.append(pa.table(columns))

    def _numbers(self, column: str) -> None:
        damage, numbers = self.damage, self.rendered.columns[column]
        cards, ends_in_x, year = number_damage.resident_cards(numbers)
        chosen = self._chosen(damage.lower_case_x, ends_in_x)
        self._change(column, chosen, pc.utf8_lower(numbers.take(pa.array(chosen))), "lower_case_x")
        # the other kinds exclude one another: each row has one draw
        draw = self.rng.random(len(cards))
        is_csv = self.contract.file.format == "csv"
        bound = 0.0
        for kind, rate, among in (
            ("full_width_digits", damage.full_width_digits, True),
            ("spreadsheet_rounded", damage.spreadsheet_rounded, True),
            ("wrong_check_digit", damage.wrong_check_digit, True),
            ("leading_apostrophe", damage.leading_apostrophe, True),
            ("fifteen_digits", damage.fifteen_digits, (year >= 1900) & (year < 1999)),
            ("missing_number", damage.missing_number, True),
            ("mistyped_digit", damage.mistyped_digit, True),
            ("transposed_digits", damage.transposed_digits, True),
            ("reused_number", damage.reused_number, True),
        ):
            rows = cards[(draw >= bound) & (draw < bound + rate) & among]
            bound += rate
            before = numbers.take(pa.array(rows))
            if kind == "missing_number":
                values = _repeated("", len(rows))
            elif kind == "spreadsheet_rounded":
                values = number_damage.spreadsheet_rounded(before, is_csv & (self.rng.random(len(rows)) < 0.5))
            elif kind == "reused_number":
                rows, values = self._borrowed(numbers, rows)
            elif kind in ("wrong_check_digit", "mistyped_digit", "transposed_digits"):
                values = getattr(number_damage, kind)(before, self.rng)
            else:
                values = getattr(number_damage, kind)(before)
            self._change(column, rows, values, kind, NUMBER_CELL if kind == "spreadsheet_rounded" else 0)
        first = cards[:-1][self.rng.random(max(len(cards) - 1, 0)) < damage.swapped_numbers]
        second = cards[np.searchsorted(cards, first) + 1]
        for rows, others in ((first, second), (second, first)):
            self._change(column, rows, numbers.take(pa.array(others)), "swapped_numbers")

    def _borrowed(self, numbers: pa.Array, rows: np.ndarray) -> tuple[np.ndarray, pa.Array]:
        """The rows, and numbers of people who are not in the file: one who is would make a repeated key."""
        drawn = self.all_numbers.take(pa.array(self.rng.integers(0, len(self.all_numbers), len(rows))))
        is_elsewhere = pc.and_(pc.invert(pc.is_in(drawn, value_set=numbers)), pc.equal(pc.utf8_length(drawn), 18))
        return rows[is_elsewhere.to_numpy(zero_copy_only=False)], drawn.filter(is_elsewhere)

    def _names(self, column: str) -> None:
        names = self.rendered.columns[column]
        rows = self._chosen(self.damage.name_blanks)
        before = names.take(pa.array(rows))
        two = pc.equal(pc.utf8_length(before), 2)
        spaced = joined(pc.utf8_slice_codeunits(before, 0, 1), "　", pc.utf8_slice_codeunits(before, 1, 2))
        self._change(column, rows, pc.if_else(two, spaced, joined(before, " ")), "name_blanks")
        dotted = np.flatnonzero(pc.match_substring(names, "·").to_numpy(zero_copy_only=False))
        chosen = self._chosen(self.damage.name_dot_variant, dotted)
        kinds = self.rng.integers(0, len(_DOTS), len(chosen))
        for number, dot in enumerate(_DOTS):
            rows = chosen[kinds == number]
            self._change(column, rows, pc.replace_substring(names.take(pa.array(rows)), "·", dot), "name_dot_variant")
        rows, before = self._named(names, self._chosen(self.damage.name_mistyped))
        self._change(column, rows, name_damage.mistyped(before, self.rng), "name_mistyped")
        rare = np.flatnonzero(name_damage.has_rare_character(names).to_numpy(zero_copy_only=False))
        rows, before = self._named(names, self._chosen(self.damage.name_character_lost, rare))
        self._change(column, rows, name_damage.rare_character_lost(before), "name_character_lost")

    def _named(self, names: pa.Array, rows: np.ndarray) -> tuple[np.ndarray, pa.Array]:
        """Of the rows those with a Chinese name of two or three characters, and these names."""
        before = names.take(pa.array(rows))
        is_short = pc.match_substring_regex(before, "^[^A-Za-z·]{2,3}$").to_numpy(zero_copy_only=False).astype(bool)
        return rows[is_short], before.filter(pa.array(is_short))

    def _dates(self) -> None:
        for column in self._columns_of("date"):
            values = self.table.column(column).combine_chunks()
            rows = self._chosen(self.damage.date_variant, _filled(values))
            kinds = self.rng.integers(0, len(DATE_FORMATS), len(rows))
            for number, form in enumerate(DATE_FORMATS):
                some = rows[(kinds == number) & (form != self.style.date_format)]
                text = dates_as_text(values.take(pa.array(some)), form)
                self._change(column, some, text, "date_variant", DATE_CELL if form == "serial" else 0)
        person = self.contract.person
        if person and person.birth_date:
            values = self.table.column(person.birth_date).combine_chunks()
            rows = self._chosen(self.damage.birth_date_slip, _filled(values))
            slipped = name_damage.slipped_dates(values.take(pa.array(rows)))
            form = self.style.date_format
            self._change(
                person.birth_date,
                rows,
                dates_as_text(slipped, form),
                "birth_date_slip",
                DATE_CELL if form == "serial" else 0,
            )

    def _codes(self) -> None:
        for column in self._columns_of("code"):
            values = self.table.column(column).combine_chunks()
            rows = self._chosen(self.damage.code_variant, _filled(values))
            codes = registry().fields[column].codes
            text = codes_as_text(values.take(pa.array(rows)), codes, not self.style.writes_code_names)
            self._change(column, rows, text, "code_variant")

    def _rows(self, first_day: int) -> np.ndarray:
        """Damage that costs the row, one kind a row; returns the rows to repeat."""
        damage, is_used = self.damage, np.zeros(self.table.num_rows, bool)

        def fresh(rate: float) -> np.ndarray:
            rows = self._chosen(rate)
            rows = rows[~is_used[rows]]
            is_used[rows] = True
            return rows

        required = [name for name, column in self.contract.columns.items() if column.required]
        if dates := [name for name in self._columns_of("date") if name in required]:
            rows, text = fresh(damage.impossible_date), _IMPOSSIBLE[self.style.date_format]
            self._change(str(self.rng.choice(dates)), rows, _repeated(text, len(rows)), "impossible_date")
        if coded := [name for name in self._columns_of("code") if name in required]:
            rows = fresh(damage.unknown_code)
            self._change(str(self.rng.choice(coded)), rows, _repeated(_UNKNOWN_CODE, len(rows)), "unknown_code")
        person = self.contract.person
        # a missing number or name costs no row
        blank = [name for name in required if not person or name not in (person.number, person.name)]
        rows = fresh(damage.missing_required)
        self._change(str(self.rng.choice(blank)), rows, _repeated("", len(rows)), "missing_required")
        within = [rule.column for rule in self.contract.constraints if rule.kind == "within_period"]
        if within and within[0] in self._columns_of("date"):
            rows = fresh(damage.outside_period)
            early = pa.array((first_day - self.rng.integers(5, 60, len(rows))).astype(np.int32))
            form = "iso" if self.style.date_format == "serial" else self.style.date_format
            self._change(within[0], rows, dates_as_text(early, form), "outside_period")
        return fresh(damage.duplicate_row)

    def _repeat(self, rows: np.ndarray) -> None:
        """Write the rows again at the end."""
        if not len(rows):
            return
        size, again = self.table.num_rows, pa.array(rows)
        for name, values in self.rendered.columns.items():
            self.rendered.columns[name] = pa.concat_arrays([values, values.take(again)])
        for name, marks in self.rendered.native.items():
            self.rendered.native[name] = np.r_[marks, marks[rows]]
        kinds = pa.repeat("duplicate_row", len(rows))
        self._record(size + np.arange(len(rows)), "", kinds, again.cast(pa.string()))

    def _columns_of(self, kind: str) -> list[str]:
        return [name for name in self.contract.columns if registry().fields[name].type == kind]


def _filled(values: pa.Array) -> np.ndarray:
    return np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))


def _repeated(text: str, count: int) -> pa.Array:
    return pa.array([text] * count, pa.string())
