"""Decisions that are kept: taken again only while everything that they were decided from is the same."""

import dataclasses
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publication.decisions import DecisionFiles
from publication.disclosure import kept as kept_module
from publication.disclosure.cells import Hidden
from publication.disclosure.kept import as_text, from_text
from publication.disclosure.policy import load_policy
from publication.snapshot import read_snapshot
from publication.tables.assembly import hidden_in, public_tables
from publication.tables.files import write_tables
from tests.publication_world import SERIES, make_world, with_indicator_rows
from tests.unit.test_architecture import imports_of
from warehouse.quarters import Quarter

POLICY = load_policy()
QUARTERS = ["2016Q2", "2016Q3", "2016Q4", "2017Q1"]
NEWEST = QUARTERS[-1]
TITLE = {"zh": "平安指数", "en": "Safety index"}


class Counted:
    """Takes what is kept in a folder, keeps nothing, and tells which quarters were decided."""

    def __init__(self, folder):
        self.find, self.decided = DecisionFiles(folder).find, []

    def keep(self, quarter, decided_from, hidden):
        self.decided.append(quarter)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    layout = make_world(tmp_path_factory.mktemp("world"), (QUARTERS[0], NEWEST), person_count=20)
    return read_snapshot(layout, Quarter.parse(NEWEST))


@pytest.fixture(scope="module")
def full(snapshot, tmp_path_factory):
    """A folder in which every earlier quarter's decision is kept; not to be written to."""
    folder = tmp_path_factory.mktemp("kept")
    hidden_in(snapshot, POLICY, kept=DecisionFiles(folder))
    return folder


def decided(snapshot, folder, policy=POLICY, released=None):
    """The quarters that are decided although decisions are kept in ``folder``. What comes of it is what is decided
    without any."""
    counted = Counted(folder)
    assert hidden_in(snapshot, policy, released, counted) == hidden_in(snapshot, policy, released)
    return counted.decided


def with_row(snapshot, quarter, place, **changed):
    """The snapshot with other values in one of the quarter's rows."""
    rows = snapshot.indicator_rows(quarter)
    target = rows[place]
    rows = [row | changed if row == target else row for row in snapshot.indicator_rows()]
    return with_indicator_rows(snapshot, rows)


def place_of(snapshot, quarter, level, indicator):
    rows = snapshot.indicator_rows(quarter)
    return next(
        place
        for place, row in enumerate(rows)
        if (row["area_level_code"], row["indicator_code"]) == (level, indicator) and row["numerator"] >= 5
    )


def test_what_was_decided_is_taken_again_and_the_newest_quarter_never(snapshot, full):
    assert sorted(path.stem for path in full.iterdir()) == QUARTERS[:-1]
    assert decided(snapshot, full) == []


def test_the_files_of_all_tables_are_the_same_bytes_with_decisions_kept_missing_or_damaged(snapshot, tmp_path):
    kept = DecisionFiles(tmp_path / "kept")

    def files(name, with_kept):
        write_tables(public_tables(snapshot, SERIES, POLICY, kept=with_kept), tmp_path / name, TITLE)
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    plain = files("plain", None)
    assert files("empty", kept) == plain
    assert files("full", kept) == plain
    for quarter in QUARTERS[:-1]:
        path = tmp_path / "kept" / f"{quarter}.txt"
        path.write_bytes(path.read_bytes()[:-40])
    assert files("damaged", kept) == plain
    assert files("whole again", kept) == plain


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:1000],
        lambda content: content[:-1],
        lambda content: content + b" ",
        lambda content: content.replace(b"310105001", b"310105002", 1),
        lambda content: content[:300] + bytes([content[300] ^ 1]) + content[301:],
        lambda content: b"\xff\xfe" + content,
        lambda content: content.split(b"\n")[0],
        lambda content: content.split(b"\n")[0] + b"\n{}",
    ],
)
def test_a_damaged_decision_is_decided_again_and_those_after_it_are_taken(snapshot, full, tmp_path, damage):
    for path in full.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / f"{QUARTERS[1]}.txt"
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    assert decided(snapshot, tmp_path) == [QUARTERS[1]]


def test_a_missing_decision_and_one_of_another_quarter_are_decided_again_and_kept(snapshot, full, tmp_path):
    for path in full.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / f"{QUARTERS[0]}.txt").unlink()
    (tmp_path / f"{QUARTERS[1]}.txt").write_bytes((full / f"{QUARTERS[2]}.txt").read_bytes())
    hidden_in(snapshot, POLICY, kept=DecisionFiles(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in full.iterdir()
    }


def test_a_changed_row_is_decided_again_with_all_quarters_after_it(snapshot, full):
    """A window of a later quarter may reach into it, and what it hides may loosen what is hidden there."""
    place = place_of(snapshot, QUARTERS[1], "committee", "B1")
    assert decided(with_row(snapshot, QUARTERS[1], place, numerator=3.0), full) == QUARTERS[1:-1]


def test_a_changed_row_of_the_newest_quarter_leaves_the_earlier_decisions(snapshot, full):
    place = place_of(snapshot, NEWEST, "committee", "B1")
    assert decided(with_row(snapshot, NEWEST, place, numerator=3.0), full) == []


def test_a_change_in_the_last_bit_of_a_figure_is_a_change(snapshot, full):
    row = snapshot.indicator_rows(QUARTERS[2])[5]
    changed = with_row(snapshot, QUARTERS[2], 5, unclamped_score=row["unclamped_score"] * (1 + 2**-52))
    assert decided(changed, full) == [QUARTERS[2]]


def test_a_row_more_or_less_and_another_order_of_indicators_are_decided_again(snapshot, full):
    rows = snapshot.indicator_rows()
    assert decided(with_indicator_rows(snapshot, rows[1:]), full) == QUARTERS[:-1]
    turned = dict(reversed(snapshot.indicators.items()))
    assert decided(dataclasses.replace(snapshot, indicators=turned), full) == QUARTERS[:-1]


def test_a_quarter_that_is_no_longer_there_is_missed_by_those_after_it(snapshot, full):
    rows = [row for row in snapshot.indicator_rows() if row["quarter"] != QUARTERS[0]]
    assert decided(with_indicator_rows(snapshot, rows), full) == QUARTERS[1:-1]


def test_other_residents_of_an_area_are_decided_again(snapshot, full):
    population = [
        row | {"resident_count": 900}
        if row["quarter"] == QUARTERS[2] and row["area_level_code"] == "committee"
        else row
        for row in snapshot.population
    ]
    assert decided(dataclasses.replace(snapshot, population=population), full) == [QUARTERS[2]]


def test_a_cell_that_a_release_hid_is_decided_again_and_stays_hidden(snapshot, full, tmp_path):
    shown = next(
        (row["area_code"], row["indicator_code"])
        for row in snapshot.indicator_rows()
        if row["quarter"] == QUARTERS[1]
        and (row["area_code"], row["indicator_code"]) not in hidden_in(snapshot, POLICY)[QUARTERS[1]].cells
    )
    released = {QUARTERS[1]: {shown}}
    assert decided(snapshot, full, released=released) == QUARTERS[1:-1]
    for path in full.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    hidden = hidden_in(snapshot, POLICY, released, DecisionFiles(tmp_path))
    again = hidden_in(snapshot, POLICY, released, DecisionFiles(tmp_path))
    assert shown in hidden[QUARTERS[1]].cells
    assert again == hidden


def test_another_policy_is_decided_again(snapshot, full):
    policy = POLICY.model_copy(update={"minimum_count": POLICY.minimum_count + 1})
    assert decided(snapshot, full, policy) == QUARTERS[:-1]


@pytest.mark.parametrize("name", ["RULES", "_LIBRARIES"])
def test_a_changed_rule_and_another_library_take_no_old_decision(snapshot, full, monkeypatch, name):
    monkeypatch.setattr(kept_module, name, (*getattr(kept_module, name)[:-1], b"another"))
    assert decided(snapshot, full) == QUARTERS[:-1]


def test_the_rules_are_all_modules_of_disclosure_control_and_these_rest_on_no_other_code_of_ours():
    folder = Path(kept_module.__file__).parent
    sources = {path.name: path.read_bytes() for path in folder.glob("*.py")}
    assert {"hiding.py", "choice.py", "windows.py"} <= sources.keys()
    assert sorted(kept_module.RULES) == sorted(name.encode() + b"\0" + content for name, content in sources.items())
    ours = {path.parent.name for path in folder.parent.parent.glob("*/__init__.py")}
    found = {name for path in folder.glob("*.py") for name in imports_of(path)}
    found = {name for name in found if name.split(".")[0] in ours and not name.startswith("publication.disclosure")}
    assert "publication" in ours
    # the policy that is read stands in the digest itself
    assert found == {"warehouse.files", "warehouse.files.read_yaml"}


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_whatever_changes_the_decisions_are_those_that_would_be_made_without_any_kept(snapshot, full, seed):
    chance = random.Random(seed)
    rows = snapshot.indicator_rows()
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(rows))
        column = chance.choice(["numerator", "denominator", "status_code", "is_clamped", "effective_weight"])
        value = {
            "numerator": chance.choice([0.0, 1.0, 4.0, 5.0, 60.0]),
            "denominator": chance.choice([0.0, 9.0, 10.0, 3000.0]),
            "status_code": chance.choice(["observed", "missing", "passed_down"]),
            "is_clamped": chance.choice([True, False]),
            "effective_weight": chance.choice([0.0, 0.02, 0.3]),
        }[column]
        rows[place] = rows[place] | {column: value}
    earlier = [row["quarter"] for row, old in zip(rows, snapshot.indicator_rows(), strict=True) if row != old]
    expected = [quarter for quarter in QUARTERS[:-1] if earlier and quarter >= min(earlier)]
    assert decided(with_indicator_rows(snapshot, rows), full) == expected


codes = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(st.sets(codes), st.sets(st.tuples(codes, codes)), st.sets(st.tuples(codes, codes)))
def test_a_decision_comes_back_from_its_text_and_equal_ones_give_equal_texts(areas, dimensions, cells):
    hidden = Hidden(areas, dimensions, cells)
    text = as_text(hidden)
    assert from_text(text) == hidden
    assert as_text(from_text(text)) == text


def test_what_is_kept_names_codes_only(snapshot, full):
    known = {*snapshot.areas, *snapshot.indicators, *snapshot.dimensions, "areas", "dimensions", "cells"}
    for path in full.iterdir():
        head, text = path.read_text("utf-8").split("\n")
        assert re.fullmatch("[0-9a-f]{64} [0-9a-f]{64}", head)
        assert set(re.findall(r'[^][{}:,"]+', text)) <= known
        assert len(from_text(text).cells) > 20
