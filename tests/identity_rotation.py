"""A home with all that a change of keys concerns, and what its files say before and after it.

Belongs here: making the home, rotating it, reading it. Does not belong here: what is expected.
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from ingestion.identity import review
from ingestion.identity.encryption import ENCRYPTION_VARIABLE, VaultCipher
from ingestion.identity.rotation.rotating import rotate
from ingestion.removal.carrying import carry_out
from ingestion.removal.orders import person_marks, write_order
from tests.identity_district import LABOUR, Identities, number
from warehouse.files import UNFINISHED, sha256_file
from warehouse.keys import KEY_FILE_VARIABLE, Keys, load_keys

DAY = dt.date(2017, 6, 30)
ERASED, LINKED, SWAPPED, REJECTED = 7, 2, 5, 9


def rounded(district: Identities, place: int) -> dict[str, str]:
    return district.person(place) | {"document_number": number(place)[:15] + "000"}


@pytest.fixture(scope="module", params=["plain", "encrypted"])
def keyed_home(request, tmp_path_factory) -> Iterator[Path]:
    """A home with two rounds, damaged rows, a rejected and an accepted proposal, earlier links, an erased person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KEY_FILE_VARIABLE, raising=False)
        if request.param == "encrypted":
            patch.setenv(ENCRYPTION_VARIABLE, "required")
        district = Identities(tmp_path_factory.mktemp("rotation") / "home", people=80)
        district.keys = load_keys(district.layout.keys)
        district.register()
        without_number = district.person(11) | {"document_number": ""}
        rows = [rounded(district, LINKED), district.person(SWAPPED) | {"document_number": number(SWAPPED + 1)}]
        district.land(LABOUR, [*rows, rounded(district, REJECTED), without_number, district.person(ERASED)])
        district.link()
        waiting = review.queue(district.layout)
        assert len(waiting) >= 2
        review.decide_pairs(district.layout, [waiting[0].pair], "rejected", "steward", "another person")
        review.decide_pairs(district.layout, [waiting[1].pair], "accepted", "steward", "the same person")
        district.link()
        assert list((district.layout.links / "kept").iterdir())
        marks = person_marks([("", number(ERASED))], district.keys, DAY)
        write_order(district.layout, "erase", "person", marks, "request", DAY, district.keys)
        carry_out(district.layout, district.keys)
        yield district.home


@pytest.fixture
def keyed_district(keyed_home, tmp_path) -> Identities:
    shutil.copytree(keyed_home, tmp_path / "home")
    district = Identities(tmp_path / "home", people=80)
    district.keys = load_keys(district.layout.keys)
    return district


def tell(line: str) -> None:
    pass


def rotated(district: Identities) -> Keys:
    """Rotate, and use the new set from then on; the old one is returned."""
    old = district.keys
    district.keys, _ = rotate(district.layout, old, tell)
    return old


def tables(district: Identities, keys: Keys | None = None) -> dict[str, pa.Table]:
    """Every Parquet file of raw, links and vault by its place; kept links by what is in them."""
    layout = district.layout
    cipher = VaultCipher(layout.vault, (keys or district.keys).vault)
    paths = [path for zone in (layout.raw, layout.links, layout.vault) for path in zone.rglob("*.parquet")]
    return {str(path.relative_to(layout.home)): cipher.read(path) for path in paths}


def pseudonyms_in(found: dict[str, pa.Table]) -> set[uuid.UUID]:
    return {
        one
        for table in found.values()
        for place, field in enumerate(table.schema)
        if isinstance(field.type, pa.UuidType)
        for one in table.column(place).to_pylist()
        if one
    }


def without_pseudonyms(table: pa.Table) -> list[dict]:
    return table.select([one.name for one in table.schema if not isinstance(one.type, pa.UuidType)]).to_pylist()


def grouped(table: pa.Table) -> dict[str, list[int]]:
    """Which rows have one pseudonym in a column: what a change of keys must leave as it was."""
    groups = {}
    for field in table.schema:
        if isinstance(field.type, pa.UuidType):
            numbers: dict = {}
            groups[field.name] = [numbers.setdefault(one, len(numbers)) for one in table[field.name].to_pylist()]
    return groups


def state_of(home: Path) -> dict[str, str]:
    left_out = ("locks", "access.jsonl", "vault_log.json", UNFINISHED)
    return {
        str(path.relative_to(home)): sha256_file(path)
        for path in sorted(home.rglob("*"))
        if path.is_file() and not any(one in str(path.relative_to(home)) for one in left_out)
    }
