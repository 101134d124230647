"""Whoever reads the vault, by whatever command, stands in its log before the first row is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from ingestion.identity import review
from ingestion.identity.access_log import AccessLog
from ingestion.identity.encrypting import encrypt_vault
from ingestion.identity.encryption import ENCRYPTION_VARIABLE, VaultCipher
from ingestion.identity.linking import link_round
from ingestion.identity.rotation.rotating import rotate
from ingestion.removal.carrying import carry_out
from ingestion.removal.orders import person_marks, write_order
from tests.identity_district import FIRST, LABOUR, REGISTER, Identities, number
from warehouse.keys import KEY_FILE_VARIABLE, load_keys

DAY = dt.date(2017, 6, 30)


@pytest.fixture
def district(tmp_path, monkeypatch) -> Identities:
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)
    district = Identities(tmp_path, people=60)
    district.keys = load_keys(district.layout.keys)
    district.register()
    rounded = district.person(2) | {"document_number": number(2)[:15] + "000"}
    district.land(LABOUR, [rounded, district.person(5), district.person(7) | {"document_number": number(8)}])
    district.link()
    return district


def corrected(district: Identities) -> None:
    rows = [district.person(place) | ({"phone": "13900000000"} if place == 3 else {}) for place in range(60)]
    district.land(REGISTER, rows, note="更正")
    district.link()


def linked(district: Identities) -> None:
    link_round(district.layout, district.keys, FIRST)


def compared(district: Identities) -> None:
    assert review.compare(district.layout, district.keys, review.queue(district.layout), "steward", "complaint 7")


def exported(district: Identities) -> None:
    assert review.export_sheet(district.layout, district.keys, district.home / "sheet.csv", "steward", "blind review")


def erased(district: Identities) -> None:
    marks = person_marks([("", number(5))], district.keys, DAY)
    write_order(district.layout, "erase", "person", marks, "request", DAY, district.keys)
    assert carry_out(district.layout, district.keys).changed


def rotated(district: Identities) -> None:
    rotate(district.layout, district.keys, lambda line: None)


def encrypted(district: Identities) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENCRYPTION_VARIABLE, "required")
        assert encrypt_vault(district.layout, district.keys)


@pytest.mark.parametrize("action", [corrected, linked, compared, exported, erased, rotated, encrypted])
def test_no_row_of_the_vault_is_read_before_the_log_says_who_and_what_for(
    district, monkeypatch, action: Callable[[Identities], None]
):
    log = AccessLog.at(district.layout.vault_log, head=district.layout.vault_log_head)
    lines_before = len(list(log.chain.lines()))
    read: list[str] = []

    def watched(method: str) -> None:
        original = getattr(VaultCipher, method)

        def noted(cipher, *arguments):
            path = next(one for one in arguments if hasattr(one, "suffix"))
            if path.is_relative_to(district.layout.vault):
                assert len(log.chain.path.read_bytes().splitlines()) > lines_before, f"{path} is read unlogged"
                read.append(path.name)
            return original(cipher, *arguments)

        monkeypatch.setattr(VaultCipher, method, noted)

    for method in ("open", "read", "relation", "opened"):
        watched(method)
    action(district)
    assert read, "the action was to read the vault"
    new = list(log.chain.lines())[lines_before:]
    assert all(line["purpose"].strip() and line["who"].strip() and line["what"] for line in new)
