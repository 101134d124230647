"""A few hundred people in a register, and extracts that write them rightly or wrongly, for tests of linkage.

Belongs here: landing rows and linking them. Does not belong here: what is expected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contracts.registry import registry
from ingestion.identity.linking import link_round, links_path
from ingestion.intake import take_in
from ingestion.workbench import Workbench
from tests.contract.made_files import file_name, valid_rows, with_check, write_rows
from warehouse.keys import Keys, LastingKey
from warehouse.layout import Layout
from warehouse.pseudonyms import pseudonyms_of_marks
from warehouse.quarters import Quarter

KEYS = Keys("test", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32), b"v" * 32)
FIRST, SECOND = Quarter(2017, 1), Quarter(2017, 2)
REGISTER, LABOUR, DRUGS = "population.registered_residents", "labour.employment", "drug_control.rehabilitation_register"
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈", "安邦昌达恩丰刚浩嘉康乐明宁平庆荣顺泰文祥"


def number(place: int) -> str:
    return with_check(f"319901{1950 + place % 50}{place % 12 + 1:02d}{place % 28 + 1:02d}{place % 499 * 2 + 1:03d}")


def name(place: int) -> str:
    return _SURNAMES[place % 10] + _GIVEN[place // 10 % 20] + _GIVEN[(place * 7 + place // 200) % 20]


@dataclass
class Identities:
    """One warehouse in which ``people`` men stand in the register of every quarter that is linked."""

    home: Path
    people: int = 400
    keys: Keys = field(default=KEYS)

    @property
    def layout(self) -> Layout:
        return Layout(self.home)

    def person(self, place: int) -> dict[str, str]:
        digits = number(place)
        return {
            "document_number": digits,
            "person_name": name(place),
            "sex_code": "1",
            "birth_date": f"{digits[6:10]}-{digits[10:12]}-{digits[12:14]}",
            "committee_code": f"3199010010{place % 10:02d}",
            "dwelling_code": f"319901F{place:07d}",
            "phone": f"1200000{place:04d}",
            "registration_date": "2017-01-01",
        }

    def register(self, quarter: Quarter = FIRST, changed: dict[int, dict[str, str]] | None = None) -> None:
        """Land the register with some rows changed; a row changed to nothing is left out."""
        changed = changed or {}
        rows = [
            self.person(place) | changed.get(place, {}) for place in range(self.people) if changed.get(place, {0: 0})
        ]
        self.land(REGISTER, rows, quarter)

    def land(self, extract: str, rows: list[dict[str, str]], quarter: Quarter = FIRST, note: str = "") -> None:
        contract = registry().contract(extract)
        made = valid_rows(contract, len(rows), str(quarter))
        complete = [
            {key: value for key, value in (one | row).items() if key in contract.columns}
            for one, row in zip(made, rows, strict=True)
        ]
        folder = self.layout.landing_folder(str(quarter), contract.department)
        write_rows(folder / file_name(contract, str(quarter), note), contract, complete)

    def link(self, quarter: Quarter = FIRST, **options: Any) -> list[dict[str, Any]]:
        """Take everything in, link the round, and return its links."""
        with Workbench(self.layout, self.keys) as bench:
            for folder in sorted(self.layout.landing_folder(str(quarter), "").iterdir()):
                for contract in registry().contracts.values():
                    if contract.department == folder.name:
                        take_in(self.layout, contract, quarter, self.keys, bench)
        link_round(self.layout, self.keys, quarter, **options)
        return self.links(quarter)

    def links(self, quarter: Quarter = FIRST) -> list[dict[str, Any]]:
        return pq.ParquetFile(links_path(self.layout, quarter)).read().to_pylist()

    def person_id(self, place: int) -> str:
        """The key of the person: the pseudonym of his number."""
        import hmac

        mark = hmac.digest(self.keys.lasting.key, f"111|{number(place)}".encode(), "sha256")[:16]
        return pseudonyms_of_marks(pa.array([mark], pa.uuid()), self.keys)[0].as_py()
