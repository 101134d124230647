"""Rows that are not held: what a department is told of them, and which ones a check can tell beforehand.

Orders of sealing and erasure are the warehouse's own, so a check finds minors alone.

Belongs here: the words, and holding such rows back while a file is checked. Does not belong here: the rule itself
(``removal.minors``).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from ingestion.answers.findings import Findings
from ingestion.contracts.models import Contract
from ingestion.judging import RowAccount, first_reasons
from ingestion.reasons import Reason
from ingestion.removal.minors import minor_condition, not_plainly_adults

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from ingestion.parsing.batches import DividedBatch


def not_held_reason(contract: Contract) -> Reason:
    """Why rows of the extract are not held, and what there is to do. Of no row is said which of these it is."""
    zh, en = "依法封存或删除的记录", "records that were sealed or erased by law"
    if minor_condition(contract):
        zh, en = f"{zh}、未成年人的记录", f"{en}, and records of minors"
    flag = contract.sealing.minor_flag if contract.sealing else None
    if flag is None:
        return Reason(
            f"不保存其任何内容，只计行数：{zh}。无须处理。",
            f"Nothing of them is kept, they are only counted: {en}. Nothing is to be done.",
        )
    header = contract.columns[flag].headers[0]
    return Reason(
        f"不保存其任何内容，只计行数：{zh}；以及有问题而“{header}”一栏又未填明“否”的行，其中列数与表头不一致的行"
        "无法判断是否为未成年人，一律不留存。请用 pingan check 查看这类行，改正列数并填明该栏后整体重报；"
        "其余无须处理。",
        f"Nothing of them is kept, they are only counted: {en}; also faulty rows whose “{header}” does not plainly say "
        "否 (no). Whether a row with a wrong number of cells is a minor's cannot be judged, so it is never set aside. "
        "See such rows with pingan check, mend the number of cells, fill in that column and send the whole file "
        "again; for the others nothing is to be done.",
    )


class MinorsHeldBack:
    """Holds back the rows that intake takes out by the rule for minors.

    Rows that are not accepted go to ``findings`` all the same, by number and reason: their sender can mend them.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, contract: Contract, findings: Findings) -> None:
        self._connection = connection
        self._contract = contract
        self._findings = findings
        self._condition = minor_condition(contract)
        self._sound_count = 0
        self._faulty: Counter[str] = Counter()

    @property
    def not_held_count(self) -> int:
        return self._sound_count + self._faulty.total()

    def batch(self, batch: DividedBatch) -> DividedBatch:
        if not self._condition:
            return batch
        minors = self._minors(batch.raw)
        self._sound_count += len(minors)
        return dataclasses.replace(
            batch,
            raw=_without(batch.raw, minors),
            vault=None if batch.vault is None else _without(batch.vault, minors),
            quarantined=self.quarantined(batch.quarantined),
        )

    def quarantined(self, rows: pa.Table) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        taken = not_plainly_adults(self._connection, self._contract, rows)
        if not taken:
            return rows
        held_back = rows.filter(pc.is_in(rows["row_number"], pa.array(sorted(taken), pa.int32())))
        self._faulty += first_reasons(held_back)
        self._findings.write_quarantined(held_back)
        return _without(rows, taken)

    def undone(self, account: RowAccount) -> RowAccount:
        """The account as it is before rows are taken out, by which intake decides on the whole file."""
        by_reason = Counter(account.quarantined_by_reason) + self._faulty
        return dataclasses.replace(
            account,
            rows_accepted_count=account.rows_accepted_count + self._sound_count,
            rows_quarantined_count=by_reason.total(),
            quarantined_by_reason=dict(by_reason),
        )

    def _minors(self, raw: pa.Table) -> set[int]:
        self._connection.register("judged_rows", raw)
        try:
            rows = self._connection.execute(f"select row_number from judged_rows where {self._condition}").fetchall()
        finally:
            self._connection.unregister("judged_rows")
        return {number for (number,) in rows}


def _without(rows: pa.Table, numbers: set[int]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    return rows.filter(pc.invert(pc.is_in(rows["row_number"], pa.array(sorted(numbers), pa.int32()))))
