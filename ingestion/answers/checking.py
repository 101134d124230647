"""Checking a file before it is sent: the verdict that intake would give, and nothing kept.

Belongs here: which extract and period a file is checked as, and the judgement on it, with the manifest beside it. What
only the warehouse can tell is not asked: whether the file was sent before, and how it compares with earlier ones. Does
not belong here: the rules (``judging``), or how the answer is laid out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ingestion.answers.findings import Findings
from ingestion.answers.header_fates import SentHeader, sent_header
from ingestion.answers.instructions import expected_name
from ingestion.answers.keyless import keyless_bench
from ingestion.answers.not_held import MinorsHeldBack
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import Arrival, check_period, claim
from ingestion.judging import RowAccount, judge, refuse_without_rows
from ingestion.manifests import manifest_beside
from ingestion.reasons import FileRefused
from ingestion.recognition import refusal_by_content
from warehouse.files import sha256_file
from warehouse.quarters import Quarter

#: A round after every period, for a file of which nobody says when it is to be sent.
_ANY_ROUND = Quarter(9999, 4)
_PERIOD = re.compile(r"(?<![0-9A-Za-z])(\d{4}Q[1-4]|\d{6})(?![0-9A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True)
class CheckedFile:
    """What would become of a file.

    ``refusals``: why it would be refused whole; of a file whose name alone is wrong the rows are judged all the same.
    ``contract`` and ``period`` are None when nothing tells them, ``account`` when the file was refused before all rows
    were judged. ``header`` is set when it is refused for its header.
    """

    contract: Contract | None
    period: str | None
    refusals: tuple[FileRefused, ...]
    account: RowAccount | None
    findings: Findings
    header: SentHeader | None = None

    @property
    def rows_to_mend_count(self) -> int:
        """Rows that are not accepted as they stand, those included of which nothing would be kept."""
        return self.findings.row_count

    @property
    def is_accepted_whole(self) -> bool:
        """Whether intake would take the file, and no row of it is to be mended."""
        return not self.refusals and self.account is not None and self.rows_to_mend_count == 0


def check_file(
    path: Path, extract: str | None = None, period: str | None = None, round_quarter: Quarter | None = None
) -> CheckedFile:
    """Judge the file at ``path`` as intake would.

    extract, period: what the file is, where its name does not say it; the name is then found fault with, and the rows
    are judged. round_quarter: the quarter in which it is to be sent.
    Raises KeyError for an unknown ``extract``, OSError when the file cannot be read.
    """
    findings = Findings()
    arrival, contract, refusals = _identified(path, extract, period)
    if contract is None or arrival is None:
        return CheckedFile(contract, None, tuple(refusals), None, findings)
    account = header = None
    agreed = contract
    try:
        quarter = check_period(arrival, contract, round_quarter or _ANY_ROUND)
        agreed = contract.as_of(str(quarter), str(round_quarter or quarter))
        manifest = manifest_beside(path)
        manifest.check_file(sha256_file(path), arrival.period)
        with keyless_bench() as bench:
            screen = MinorsHeldBack(bench.connection, agreed, findings)
            account = judge(agreed, "check", arrival.period, path, bench, findings, screen=screen)
        before = screen.undone(account)
        manifest.check_rows(before.rows_accepted_count + before.rows_quarantined_count)
        refuse_without_rows(before)
    except FileRefused as refusal:
        refusals.append(refusal_by_content(path, contract, refusal))
        header = sent_header(path, contract, agreed, refusals[-1].code)
    return CheckedFile(contract, arrival.period, tuple(refusals), account, findings, header)


def _identified(
    path: Path, extract: str | None, period: str | None
) -> tuple[Arrival | None, Contract | None, list[FileRefused]]:
    """The delivery that the file is, its contract, and what is wrong with its name."""
    declared = registry()
    contracts = [declared.contract(extract)] if extract else list(declared.contracts.values())
    for contract in contracts:
        if arrival := claim(path, contract):
            named = Arrival(path, period.upper(), arrival.note) if period else arrival
            return named, contract, [] if named.period == arrival.period else [_misnamed(contract, named.period)]
    contract = contracts[0] if extract else _meant(path, contracts)
    if contract is None:
        titles = "、".join(f"{contract.title.zh}_…" for contract in contracts)
        return None, None, [FileRefused("unknown_file", expected=titles)]
    found = _PERIOD.search(unicodedata.normalize("NFKC", path.stem))
    period = period.upper() if period else found[1].upper() if found else None
    refusal = _misnamed(contract, period)
    if period is None:
        return None, contract, [refusal]
    return Arrival(path, period, ""), contract, [refusal]


def _meant(path: Path, contracts: list[Contract]) -> Contract | None:
    """The contract whose title the file's name begins with, for the message."""
    name = unicodedata.normalize("NFKC", path.name)
    fitting = [contract for contract in contracts if name.startswith(contract.title.zh)]
    return max(fitting, key=lambda contract: len(contract.title.zh), default=None)


def _misnamed(contract: Contract, period: str | None) -> FileRefused:
    return FileRefused("unknown_file", expected=expected_name(contract, period))
