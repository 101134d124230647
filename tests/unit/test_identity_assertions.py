"""What the sources assert of a document: since when, until when, how well written."""

from __future__ import annotations

import pytest

from ingestion.identity.assertions import Assertion, assertions_of
from ingestion.identity.review import queue
from orchestration.commands.review import show_pair
from tests.identity_district import DRUGS, FIRST, LABOUR, REGISTER, SECOND, Identities, number


@pytest.fixture(scope="module")
def district(tmp_path_factory) -> Identities:
    """Two quarters: the sixth man works in the first one only, and somebody else has his number in the second."""
    district = Identities(tmp_path_factory.mktemp("home"), people=40)
    district.register(FIRST)
    district.land(LABOUR, [district.person(6)], FIRST)
    district.land(DRUGS, [district.person(6)], FIRST)
    district.link(FIRST)
    district.register(SECOND)
    district.land(LABOUR, [district.person(5) | {"document_number": number(6)}], SECOND)
    district.link(SECOND)
    return district


def test_a_source_asserts_a_document_from_the_first_quarter_that_has_it_to_the_last(district):
    document = str(district.person_id(6))
    assert assertions_of(district.layout, [document]) == [
        Assertion(document, LABOUR, "valid", str(FIRST), str(SECOND), 2),
        Assertion(document, REGISTER, "valid", str(FIRST), str(SECOND), 2),
    ]


def test_registers_linked_by_exact_numbers_are_not_told_and_of_an_unknown_document_nothing_is(district):
    told = {one.extract for one in assertions_of(district.layout, [str(district.person_id(6))])}
    assert DRUGS not in told
    assert assertions_of(district.layout, ["00000000-0000-0000-0000-000000000000"]) == []
    assert assertions_of(district.layout, []) == []


def test_a_reviewer_sees_which_sources_have_the_persons_document(district, monkeypatch, capsys):
    monkeypatch.setattr("orchestration.commands.review.load_keys", lambda path: district.keys)
    (proposal,) = [one for one in queue(district.layout) if one.extract == LABOUR]
    assert show_pair(district.layout, proposal.pair, "steward", "complaint 7", None) == 0
    shown = capsys.readouterr().out
    assert "首见 first seen" in shown
    assert REGISTER in shown
