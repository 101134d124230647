"""Whose a damaged row is: rules, scores, policy, and keys that stay."""

from __future__ import annotations

import uuid

import pytest

from ingestion.identity.linking import link_round, links_path
from ingestion.identity.model import FIELDS, load_model
from ingestion.identity.policy import load_policy
from tests.identity_district import DRUGS, FIRST, LABOUR, REGISTER, SECOND, Identities, name, number

MIGRANTS = "population.migrant_residents"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory) -> tuple[Identities, dict[str, dict]]:
    """Rows of employment damaged in every way, by what was done to them; and the register of rehabilitation."""
    district = Identities(tmp_path_factory.mktemp("home"))
    district.register(changed={7: {"person_name": name(17)[0] + name(7)[1:]}, 17: {"committee_code": "319901001007"}})
    person = district.person
    rows = {
        "as it is": person(1),
        "rounded": person(2) | {"document_number": number(2)[:15] + "000"},
        "transposed": person(3) | {"document_number": number(3)[:15] + number(3)[16] + number(3)[15] + number(3)[17]},
        "missing": person(4) | {"document_number": ""},
        "somebody's": person(5) | {"document_number": number(6)},
        "unknown": person(8) | {"document_number": "", "person_name": "欧阳无名"},
        "name slip": person(9) | {"person_name": name(9)[:2] + "鑫"},
    }
    district.land(LABOUR, list(rows.values()))
    district.land(DRUGS, [person(2) | {"document_number": ""}, person(5) | {"document_number": number(6)}, person(10)])
    links = district.link()
    by_row = {link["row_number"]: link for link in links if link["extract"] == LABOUR}
    return district, {kind: by_row.get(row) for row, kind in enumerate(rows, start=2)} | {"all": links}


@pytest.mark.parametrize(
    ("kind", "rule", "place"),
    [
        ("rounded", "rounded_number", 2),
        ("transposed", "one_edit", 3),
        ("missing", "model", 4),
        ("somebody's", "held_number", 5),
        ("name slip", "held_number", 9),
    ],
)
def test_the_first_rule_that_fires_is_recorded_and_finds_the_person(damaged, kind, rule, place):
    district, links = damaged
    assert links[kind]["rule_code"] == rule
    assert links[kind]["person_id"] == district.person_id(place)
    assert links[kind]["score"] > 0.9
    assert links[kind]["status_code"] in ("automatic", "proposed")
    assert links[kind]["model_version"] == load_policy().model


def test_a_row_with_its_own_number_and_name_needs_no_decision(damaged):
    assert damaged[1]["as it is"] is None


def test_a_row_that_fits_nobody_stands_for_itself(damaged):
    link = damaged[1]["unknown"]
    assert link["status_code"] == "unlinked"
    assert link["person_id"] is None
    assert link["record_pseudonym"] is not None


def test_a_held_row_stands_apart_from_the_owner_of_its_number(damaged):
    district, links = damaged
    assert links["somebody's"]["is_held"]
    assert links["somebody's"]["record_pseudonym"] != district.person_id(6)


def test_sensitive_registers_are_never_proposed_and_hold_rows_with_another_name(damaged):
    links = [link for link in damaged[1]["all"] if link["extract"] == DRUGS]
    assert len(links) == 2
    assert {link["status_code"] for link in links} == {"unlinked"}
    assert {link["person_id"] for link in links} == {None}
    assert sorted(link["is_held"] for link in links) == [False, True]


def test_of_two_namesakes_in_one_committee_neither_is_sure(tmp_path):
    district = Identities(tmp_path)
    alike = {"person_name": name(20), "committee_code": "319901001003"}
    district.register(changed={20: alike, 30: alike})
    district.land(LABOUR, [district.person(20) | alike | {"document_number": ""}])
    (link,) = (link for link in district.link() if link["extract"] == LABOUR)
    assert link["status_code"] in ("proposed", "unlinked")
    assert (link["score"] or 0) < 0.6


def test_who_has_a_row_of_his_own_in_the_list_is_not_the_other_row_too(tmp_path):
    district = Identities(tmp_path)
    alike = {"person_name": name(20), "committee_code": "319901001003"}
    district.register(changed={20: alike, 30: alike})
    district.land(LABOUR, [district.person(20) | alike | {"document_number": ""}, district.person(30) | alike])
    (link,) = (link for link in district.link() if link["extract"] == LABOUR)
    assert link["person_id"] == district.person_id(20)


def test_linking_again_gives_the_same_bytes_and_no_key_changes_when_a_later_round_knows_more(tmp_path):
    district = Identities(tmp_path)
    district.register()
    district.land(LABOUR, [district.person(4) | {"document_number": ""}])
    district.link()
    before = links_path(district.layout, "2017Q1").read_bytes()
    district.link()
    assert links_path(district.layout, "2017Q1").read_bytes() == before
    district.register(SECOND)
    district.land(LABOUR, [district.person(4)], SECOND)
    assert district.link(SECOND) == []
    assert links_path(district.layout, "2017Q1").read_bytes() == before


def test_a_row_that_was_nobodys_is_tried_again_and_proposed_when_its_person_registers(tmp_path):
    district = Identities(tmp_path)
    district.register(changed={11: {}})
    late = district.person(11) | {"document_number": number(11)[:15] + "000"}
    district.land(LABOUR, [late])
    (link,) = district.link()
    assert link["status_code"] == "unlinked"
    district.register(SECOND)
    (again,) = district.link(SECOND)
    assert (again["delivery_id"], again["row_number"]) == (link["delivery_id"], link["row_number"])
    assert again["record_pseudonym"] == link["record_pseudonym"]
    assert again["person_id"] == district.person_id(11)
    assert again["status_code"] == "proposed", "no machine reopens an earlier quarter"


def test_a_record_that_was_nobodys_in_two_rounds_is_tried_again_with_what_the_first_said(tmp_path):
    district = Identities(tmp_path)
    late = district.person(11) | {"document_number": number(11)[:15] + "000"}
    evidence = []
    for earlier, committee in ((FIRST, late["committee_code"]), (SECOND, "319901001007")):
        district.register(earlier, changed={11: {}})
        district.land(LABOUR, [late | {"committee_code": committee}], earlier)
        evidence.append(next(link["evidence_id"] for link in district.link(earlier) if link["quarter"] == str(earlier)))
    assert len(set(evidence)) == 2
    district.register(SECOND.plus(1))
    found = [
        (link["quarter"], link["person_id"], link["status_code"], link["evidence_id"])
        for link in district.link(SECOND.plus(1))
    ]
    assert found == [(quarter, district.person_id(11), "proposed", evidence[0]) for quarter in ("2017Q1", "2017Q2")]


def test_a_row_sent_again_in_the_same_words_is_linked_from_its_round_on_and_reopens_no_quarter_before(tmp_path):
    district = Identities(tmp_path)
    district.register(changed={11: {}})
    late = district.person(11) | {"document_number": number(11)[:15] + "000"}
    district.land(LABOUR, [late])
    district.link()
    district.register(SECOND)
    district.land(LABOUR, [late, district.person(4)], SECOND)
    status = {link["quarter"]: link["status_code"] for link in district.link(SECOND)}
    assert status == {"2017Q1": "proposed", "2017Q2": "automatic"}


def test_a_damaged_register_row_is_its_persons_by_the_quarter_before(tmp_path):
    district = Identities(tmp_path)
    district.register()
    assert district.link() == []
    district.register(SECOND, changed={12: {"document_number": ""}, 13: {"person_name": name(13)[:2] + "鑫"}})
    links = {link["identity_quality_code"]: link for link in district.link(SECOND)}
    assert links["missing"]["person_id"] == district.person_id(12)
    assert links["valid"]["person_id"] == district.person_id(13)
    assert {link["extract"] for link in links.values()} == {REGISTER}


def test_who_stands_in_two_registers_is_one_person_and_a_row_there_with_another_name_is_held(tmp_path):
    district = Identities(tmp_path)
    # Who is held in the more telling register is a person by the other one.
    district.register(changed={14: {"sex_code": "2"}, 18: {}})
    rows = [district.person(place) for place in (14, 15, 16, 18)]
    rows[2] |= {"person_name": name(16)[:2] + "鑫"}
    district.land(MIGRANTS, [{key: row[key] for key in row if key != "registration_date"} for row in rows])
    links = {link["extract"]: link for link in district.link()}
    assert {extract: link["is_held"] for extract, link in links.items()} == {REGISTER: True, MIGRANTS: True}
    assert links[MIGRANTS]["person_id"] == district.person_id(16)
    linked = link_round(district.layout, district.keys, FIRST)
    assert linked.spine_count == district.people
    assert sum(count for *_, count in linked.counts) == 2


def test_links_hold_pseudonyms_only(damaged):
    district, links = damaged
    for link in links["all"]:
        words = " ".join(str(value) for value in link.values())
        for place in range(district.people):
            assert name(place) not in words
            assert number(place) not in words
    assert isinstance(links["missing"]["record_pseudonym"], uuid.UUID)


def test_no_weight_of_the_model_is_untrained_and_a_missing_one_is_refused(tmp_path, monkeypatch):
    from ingestion.identity import model

    trained = load_model(load_policy().model)
    assert [one["output_column_name"] for one in trained.settings["comparisons"]] == list(FIELDS)
    broken = model.model_path(trained.version).read_text(encoding="utf-8").replace('"m_probability"', '"m_guess"', 1)
    monkeypatch.setattr(model, "MODELS_FOLDER", tmp_path)
    (tmp_path / f"{trained.version}.json").write_text(broken, encoding="utf-8")
    with pytest.raises(ValueError, match="without probabilities"):
        load_model(trained.version)
