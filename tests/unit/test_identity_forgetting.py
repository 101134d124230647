"""Of whom nothing may be held, nothing is linked or proposed either."""

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq

from ingestion.identity import review
from ingestion.removal.carrying import carry_out
from ingestion.removal.orders import person_marks, write_order
from tests.identity_district import FIRST, LABOUR, SECOND, Identities, name, number

DAY = dt.date(2017, 6, 30)


def identifiers_held(district: Identities) -> str:
    """All that stands in raw, links and the vault."""
    layout = district.layout
    paths = [path for zone in (layout.raw, layout.links, layout.vault) for path in zone.rglob("*.parquet")]
    return " ".join(str(pq.ParquetFile(path).read().to_pylist()) for path in paths)


def erase(district: Identities, *places: int) -> None:
    for place in places:
        marks = person_marks([("", number(place))], district.keys, DAY)
        write_order(district.layout, "erase", "person", marks, "request", DAY, district.keys)
    carry_out(district.layout, district.keys)


def test_an_erased_person_is_gone_from_links_proposals_and_evidence_and_rows_linked_to_them_go_too(tmp_path):
    district = Identities(tmp_path)
    district.register()
    rounded = district.person(2) | {"document_number": number(2)[:15] + "000"}
    swapped = district.person(5) | {"document_number": number(6)}
    district.land(LABOUR, [rounded, swapped, district.person(3) | {"document_number": number(3)[:15] + "000"}])
    district.link()
    assert name(2) in identifiers_held(district)
    before = len(district.links())
    erase(district, 2, 6)
    held = identifiers_held(district)
    for text in (name(2), number(2), number(2)[:15], name(6), number(6), str(district.person_id(2))):
        assert text not in held
    assert name(3) in held
    assert len(district.links()) < before
    assert all(one.person_id != str(district.person_id(6)) for one in review.queue(district.layout))
    district.register(SECOND)
    assert str(district.person_id(2)) not in str(district.link(SECOND))


def test_files_that_say_nothing_of_whom_is_forgotten_stay_as_they_are(tmp_path):
    district = Identities(tmp_path)
    for quarter, place in ((FIRST, 2), (SECOND, 3)):
        district.register(quarter)
        district.land(LABOUR, [district.person(place) | {"document_number": number(place)[:15] + "000"}], quarter)
        district.link(quarter)
    files = [*district.layout.links.glob("round=*/*.parquet"), *district.layout.vault.glob("identity/*/*/*.parquet")]
    before = {path: path.stat().st_ino for path in files}
    erase(district, 3)
    changed = {path.parent.name.split("=")[1] for path in files if path.stat().st_ino != before[path]}
    assert len(files) == 6
    assert changed == {str(SECOND)}
    assert name(2) in identifiers_held(district)
