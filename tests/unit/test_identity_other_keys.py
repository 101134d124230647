"""Keys that are not those with which what is held was made: nobody would be recognised, so nothing goes on."""

from __future__ import annotations

import dataclasses
import json

import pytest

from ingestion.identity.linking import links_path
from ingestion.keyed import WrongKeys
from ingestion.removal.orders import OrdersUnderAnotherKey, read_orders
from tests.identity_district import SECOND
from warehouse.files import write_json


def test_with_another_key_set_nothing_is_taken_in_or_linked(keyed_district):
    keyed_district.keys = dataclasses.replace(keyed_district.keys, key_id="other")
    keyed_district.register(SECOND)
    with pytest.raises(WrongKeys, match="the key file has other"):
        keyed_district.link(SECOND)
    assert not links_path(keyed_district.layout, SECOND).exists()


def test_tombstones_of_another_lasting_key_are_not_passed_over(keyed_district):
    path = next(keyed_district.layout.tombstones.glob("*.json"))
    write_json(path, json.loads(path.read_text()) | {"key_id": "lasting-lost"})
    with pytest.raises(OrdersUnderAnotherKey, match="lasting-lost"):
        read_orders(keyed_district.layout, keyed_district.keys)
