"""Bearers of a common name: most are counted instead of compared, and nobody's score is the surer for it."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.identity import namesakes
from ingestion.identity.candidates import NUMBER_PARTS
from ingestion.identity.linking import links_path
from tests.identity_district import FIRST, LABOUR, Identities

COMMON = "王伟"
_DIGITS = st.text("0123456789", min_size=18, max_size=18)

_SLIPS = ["other", "lost", "more", "swapped"]


def _parts(number: str) -> tuple[str, str]:
    return duckdb.execute(
        f"SELECT number_start, number_tail FROM (SELECT {NUMBER_PARTS} FROM "
        "(SELECT left($number, 15) AS number_15, right($number, 9) AS number_end))",
        {"number": number},
    ).fetchone()


@settings(deadline=None)
@given(_DIGITS, st.integers(0, 17), st.sampled_from("0123456789X"), st.sampled_from(_SLIPS))
def test_one_slip_anywhere_leaves_the_start_or_the_tail_of_a_number_as_it_was(number, place, character, slip):
    made = {
        "other": number[:place] + character + number[place + 1 :],
        "lost": number[:place] + number[place + 1 :],
        "more": number[:place] + character + number[place:],
        "swapped": number[:place] + number[place : place + 2][::-1] + number[place + 2 :],
    }[slip]
    assert any(one == other for one, other in zip(_parts(number), _parts(made), strict=True))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory) -> Identities:
    """Of 1,000 people a hundred bear one name; all but three of them live in other sub-districts than the record's."""
    district = Identities(tmp_path_factory.mktemp("home"), people=1000)
    elsewhere = {
        place: {"person_name": COMMON, "committee_code": f"319901{place % 5 + 2:03d}001"}
        for place in range(0, district.people, 10)
    }
    near = {place: {"person_name": COMMON, "committee_code": "319901001001"} for place in (10, 20, 30)}
    district.register(changed=elsewhere | near | {40: {"person_name": COMMON, "committee_code": "319901001009"}})
    row = district.person(40) | {"person_name": COMMON, "document_number": "", "committee_code": "319901001009"}
    district.land(LABOUR, [row, *(district.person(place) for place in range(1, 9))])
    return district


def _linked(district: Identities, monkeypatch, common_from: int) -> dict:
    monkeypatch.setattr(namesakes, "COMMON_FROM", common_from)
    (link,) = (one for one in district.link() if one["extract"] == LABOUR)
    links_path(district.layout, FIRST).unlink()
    return link


def test_counting_namesakes_gives_the_score_that_comparing_them_gives(crowded, monkeypatch):
    compared = _linked(crowded, monkeypatch, 10_000)
    counted = _linked(crowded, monkeypatch, 20)
    assert compared["person_id"] == counted["person_id"] == crowded.person_id(40)
    assert 0.5 < compared["score"] < 0.99, "the others must matter here"
    assert counted["score"] == pytest.approx(compared["score"], rel=0.01)
    assert counted["margin_bits"] == pytest.approx(compared["margin_bits"])


def test_fewer_pairs_are_compared_when_a_name_is_common(crowded, monkeypatch):
    from ingestion.identity import linking

    seen = []
    scored = linking.make_scores

    def counting(connection):
        seen.append(connection.execute("SELECT count(*) FROM candidates").fetchone()[0])
        scored(connection)

    monkeypatch.setattr(linking, "make_scores", counting)
    _linked(crowded, monkeypatch, 10_000)
    _linked(crowded, monkeypatch, 20)
    assert seen[1] < seen[0] / 10
