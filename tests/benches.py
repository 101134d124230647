"""The keys and the workbench with which tests take files in."""

import pytest

from ingestion.workbench import Workbench
from warehouse.keys import Keys, LastingKey
from warehouse.layout import Layout

KEYS = Keys("test", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32))


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with Workbench(Layout(tmp_path_factory.mktemp("bench")), KEYS) as workbench:
        yield workbench
