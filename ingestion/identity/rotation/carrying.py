"""Everything that was made with the old keys, made again with the new ones in a folder of its own.

Belongs here: which files, in which order, and what their records say then. Does not belong here: how one is written
(``rewriting``), putting them in place (``switching``), what keeps a rotation from beginning (``plan``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.contracts.registry import registry
from ingestion.identity.access_log import ChainedLog
from ingestion.identity.encryption import VaultCipher
from ingestion.identity.reviews import review_log
from ingestion.identity.rotation.crosswalk import Crosswalk
from ingestion.identity.rotation.rewriting import rewrite
from ingestion.ledger import Delivery, list_records, record_path, write_record
from warehouse.files import sha256_file
from warehouse.layout import Layout

#: What a decision of a reviewer names.
_PSEUDONYMS_OF_REVIEW = ("record_pseudonym", "person_id", "evidence_id")


class CannotRotate(RuntimeError):
    """The keys stay as they are. The message lists every reason with its remedy."""


@dataclass
class Carrier:
    """Carries ``layout`` over to ``staged``, which has the same shape. ``became``: sha256 of what had to change and is
    named elsewhere by its sha256, to that of what took its place."""

    layout: Layout
    staged: Layout
    crosswalk: Crosswalk
    reading: VaultCipher
    writing: VaultCipher
    tell: Callable[[str], None]
    became: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def carry(self) -> None:
        """Raises CannotRotate with all that cannot be carried over; then nothing has changed."""
        records = list_records(self.layout)
        accepted = [record for record in records if record.verdict == "accepted"]
        for place, record in enumerate(accepted, start=1):
            self._carry_rows(record)
            if place % 25 == 0 or place == len(accepted):
                self.tell(f"  {place}/{len(accepted)} 份来文 deliveries")
        if self.faults:
            raise CannotRotate("; ".join(self.faults))
        for record in records:
            self._carry_record(record)
        self._carry_linkage()
        self._carry_reviews()

    def _carry_rows(self, record: Delivery) -> None:
        contract = registry().contract(record.extract)
        raw = self.layout.home / str(record.raw_path)
        inside = raw.relative_to(self.layout.raw)
        vault = self.layout.vault / inside
        if contract.person:
            left = self.crosswalk.add_delivery(contract, self.reading.read(vault))
            if left:
                self.faults.append(
                    f"{record.delivery_id}: {left} 个假名与号码不符 pseudonyms are not those of their numbers; "
                    f"delete {record.raw_path}, let pingan run read it again from the archive, and rotate then"
                )
                return
            plain = VaultCipher(self.layout.vault, None)
            rewrite(raw, self.staged.raw / inside, self.crosswalk.renamed, plain, plain)
        if vault.exists() and (contract.person or self.writing.key):
            self._carry_private(vault)

    def _carry_private(self, path: Path) -> None:
        target = self.staged.vault / path.relative_to(self.layout.vault)
        rewrite(path, target, self.crosswalk.renamed, self.reading, self.writing)
        target.chmod(0o600)

    def _carry_record(self, record: Delivery) -> None:
        if record.key_id is None:
            return
        raw = self.staged.home / str(record.raw_path)
        holds = record.raw_path is not None and raw.exists()
        changed = record.changed(key_id=self.writing.key_id if holds else None)
        if holds:
            changed = changed.changed(raw_sha256=sha256_file(raw))
        write_record(self.staged, changed)
        self._note(*(record_path(one, record.round, record.record_id) for one in (self.layout, self.staged)))

    def _carry_linkage(self) -> None:
        evidence = sorted((self.layout.vault / "identity").glob("*/quarter=*/*.parquet"))
        for path in evidence:
            if path.parent.parent.name == "records":
                self.crosswalk.add_records(self.reading.read(path))
        for path in evidence:
            self._carry_private(path)
        plain = VaultCipher(self.layout.vault, None)
        links = sorted(self.layout.links.glob("round=*/*.parquet")) + sorted(self.layout.links.glob("kept/*.parquet"))
        for path in links:
            target = self.staged.links / path.relative_to(self.layout.links)
            rewrite(path, target, self.crosswalk.renamed, plain, plain)
            self._note(path, target)
            if path.parent.name == "kept":
                target.rename(target.with_name(f"{sha256_file(target)}.parquet"))
        self.tell(f"  {len(links)} 份链接 files of links")

    def _carry_reviews(self) -> None:
        """The decisions under their new names, in a chain of their own: a seal is over what a line says."""

        lines = list(review_log(self.layout).lines())
        if not lines:
            return
        renamed = {
            name: self.crosswalk.of(_uuids([line[name] for line in lines])).to_pylist()
            for name in _PSEUDONYMS_OF_REVIEW
        }
        log = ChainedLog(self.staged.links / review_log(self.layout).path.name)
        for place, line in enumerate(lines):
            content = {name: value for name, value in line.items() if name not in ("previous", "hash")}
            log.append(content | {name: str(values[place]) for name, values in renamed.items()})
        self.tell(f"  {len(lines)} 条审核 decisions of reviewers")

    def _note(self, before: Path, after: Path) -> None:
        self.became[sha256_file(before)] = sha256_file(after)


def _uuids(texts: list[str]):
    import uuid

    import pyarrow as pa

    return pa.ExtensionArray.from_storage(pa.uuid(), pa.array([uuid.UUID(one).bytes for one in texts], pa.binary(16)))
