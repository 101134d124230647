"""Decisions of reviewers: what they count for, and what they see."""

from __future__ import annotations

import csv
import stat
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest

from ingestion.identity import review
from ingestion.identity.access_log import AccessLog, BrokenChain
from ingestion.identity.review_chart import svg_chart, text_chart
from ingestion.identity.reviews import review_log
from tests.identity_district import LABOUR, SECOND, Identities, name, number


@pytest.fixture
def district(tmp_path) -> Identities:
    """Somebody's number under another name in the list of employment: a proposal that is not sure enough by itself."""
    district = Identities(tmp_path)
    district.register()
    district.land(LABOUR, [district.person(5) | {"document_number": number(6)}])
    (link,) = district.link()
    assert link["status_code"] == "proposed"
    return district


def waiting(district: Identities) -> review.Proposal:
    (proposal,) = review.queue(district.layout)
    return proposal


def test_an_accepted_pair_is_linked_from_the_next_run_on_with_who_and_why(district):
    pair = waiting(district).pair
    review.decide_pairs(district.layout, [pair], "accepted", "steward", "telephoned")
    (link,) = district.link()
    assert link["status_code"] == "accepted"
    assert link["person_id"] == district.person_id(5)
    assert (link["decided_by"], link["reason"]) == ("steward", "telephoned")
    assert review.queue(district.layout) == []


def test_a_rejected_pair_is_not_proposed_again_until_the_record_says_something_else(district):
    proposal = waiting(district)
    review.decide_pairs(district.layout, [proposal.pair], "rejected", "steward", "another man")
    (link,) = district.link()
    assert link["person_id"] is None or str(link["person_id"]) != proposal.person_id
    assert all(one.person_id != proposal.person_id for one in review.queue(district.layout))
    district.register(SECOND)
    district.land(
        LABOUR, [district.person(5) | {"document_number": number(6), "committee_code": "319901001005"}], SECOND
    )
    changed = district.person(5) | {"document_number": number(6), "committee_code": "319901001004"}
    district.land(LABOUR, [changed], SECOND, note="更正")
    (again,) = (one for one in district.link(SECOND) if one["quarter"] == "2017Q2")
    assert str(again["evidence_id"]) != proposal.evidence_id


def test_a_link_taken_back_makes_two_people_again_and_the_earlier_round_keeps_its_file(district):
    proposal = waiting(district)
    review.decide_pairs(district.layout, [proposal.pair], "accepted", "steward", "telephoned")
    district.link()
    before = district.links()
    review.undo(district.layout, proposal.record_pseudonym, proposal.person_id, "steward", "was his brother")
    district.register(SECOND)
    (link,) = district.link(SECOND)
    assert (link["delivery_id"], link["row_number"]) == (before[0]["delivery_id"], before[0]["row_number"])
    assert link["status_code"] in ("rejected", "proposed")
    assert str(link["person_id"]) != proposal.person_id
    assert str(link["record_pseudonym"]) == proposal.record_pseudonym
    assert district.links() == before


def test_a_comparison_shows_both_sides_and_weighs_every_field_and_is_logged(district):
    proposal = waiting(district)
    fields = review.compare(district.layout, district.keys, [proposal], "steward", "complaint 7")[proposal.pair]
    by_name = {field.name_en: field for field in fields}
    assert by_name["Name"].record == by_name["Name"].person == name(5)
    assert by_name["Name"].weight_bits > 5
    assert by_name["Document number (valid)"].weight_bits < 0
    assert by_name["Document number (valid)"].person == number(5)
    chart = text_chart(fields)
    assert len(chart) == len(fields)
    assert chart[0].index("█") < chart[1].index("█")
    picture = svg_chart(fields, proposal.pair)
    ElementTree.fromstring(picture)
    assert name(5) not in picture
    opened = list(AccessLog.at(district.layout.vault_log).chain.lines())[-1]
    assert (opened["who"], opened["purpose"], opened["what"]) == ("steward", "review: complaint 7", [proposal.pair])


def test_a_blind_sheet_has_no_score_and_its_decisions_come_back_all_or_none(district, tmp_path):
    sheet = tmp_path / "sheet.csv"
    assert review.export_sheet(district.layout, district.keys, sheet, "steward", "blind review") == 1
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    with open(sheet, encoding="utf-8-sig", newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert not {"score", "rule", "rule_code", "margin_bits"} & set(row)
    wrong = [
        row | {"decision": "accept"},
        row | {"pair": "nobody", "decision": "accept"},
        row | {"decision": "perhaps"},
    ]
    for rows, error in ((wrong, "line 3.*line 4"), ([row | {"decision": "接受"}], None)):
        with open(sheet, "w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.DictWriter(handle, list(row))
            writer.writeheader()
            writer.writerows(rows)
        if error:
            with pytest.raises(review.ReviewFault, match=error):
                review.import_sheet(district.layout, sheet, "steward")
            assert list(review_log(district.layout).lines()) == []
    assert [one.verdict for one in review.import_sheet(district.layout, sheet, "steward")] == ["accepted"]


@pytest.mark.parametrize("harm", ["edit", "remove", "insert"])
def test_a_log_that_somebody_touched_says_at_which_line(tmp_path, harm):
    log = AccessLog.at(tmp_path / "access.jsonl", "steward")
    for number_ in range(4):
        log.append(f"purpose {number_}", ["labour.employment-2017Q1"])
    lines = log.chain.path.read_text(encoding="utf-8").splitlines(keepends=True)
    if harm == "edit":
        lines[1] = lines[1].replace("purpose 1", "purpose 9")
    elif harm == "remove":
        del lines[1]
    else:
        lines.insert(1, lines[0])
    log.chain.path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(BrokenChain) as broken:
        list(log.chain.lines())
    assert broken.value.line == 2


def test_a_log_whose_end_was_cut_off_or_that_is_gone_says_how_many_lines_there_were(tmp_path):
    head = tmp_path / "elsewhere" / "head.json"
    log = AccessLog.at(tmp_path / "access.jsonl", "steward", head)
    for number_ in range(4):
        log.append(f"purpose {number_}", [])
    assert len(list(log.chain.lines())) == 4
    lines = log.chain.path.read_text(encoding="utf-8").splitlines(keepends=True)
    log.chain.path.write_text("".join(lines[:2]), encoding="utf-8")
    with pytest.raises(BrokenChain, match="counts 4") as broken:
        list(log.chain.lines())
    assert broken.value.line == 3
    log.append("goes on as if nothing had been", [])
    log.append("and again", [])
    with pytest.raises(BrokenChain, match="line 5"):
        list(log.chain.lines())
    log.chain.path.unlink()
    with pytest.raises(BrokenChain, match="line 1"):
        list(log.chain.lines())


def test_two_who_open_the_vault_at_once_leave_one_chain(tmp_path):
    head = tmp_path / "head.json"
    with ThreadPoolExecutor(4) as pool:
        for who in range(4):
            for turn in range(10):
                pool.submit(AccessLog.at(tmp_path / "access.jsonl", f"steward {who}", head).append, f"{turn}", [])
    assert len(list(AccessLog.at(tmp_path / "access.jsonl", "reader", head).chain.lines())) == 40


def test_the_vault_is_not_opened_without_a_purpose(tmp_path):
    with pytest.raises(ValueError, match="purpose"):
        AccessLog.at(tmp_path / "access.jsonl", "steward").append(" ", [])
