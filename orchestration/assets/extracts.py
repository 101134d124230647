"""One asset for each contract: a department's extract taken in for a quarter's round.

Belongs here: how an extract appears in Dagster. Does not belong here: reading it (``ingestion.intake``) or checking
it (``expectations.deliveries``).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from orchestration.partitions import QUARTERS
from orchestration.quality import check_results
from orchestration.resources import Warehouse
from warehouse.quarters import Quarter

#: What is true when the check is green, in both languages, and whether a failure stops the run.
CHECKS: dict[str, tuple[str, str, bool]] = {
    "has_arrived": ("本季来文已到齐", "every file of the quarter has arrived", True),
    "conserves_rows": ("读取行数 = 接收 + 隔离 + 非数据行", "rows read = accepted + quarantined + accounted", True),
    "has_only_declared_columns": ("没有契约之外的列", "every column is declared in the contract", True),
    "covers_every_month": ("覆盖本季每个月", "every month of the quarter is covered", True),
    "covers_every_area": ("覆盖应有的每个区域", "every area that the contract names is covered", True),
    "quarantine_share_is_low": ("隔离行占比低于上限", "the share of quarantined rows is below its limit", True),
    "volume_is_plausible": ("行数与历史相符", "the number of rows agrees with its own history", True),
    "meets_its_suite": ("通过期望套件", "the rows meet the extract's expectation suite", True),
}
_READING_TRIES = 3
_SECONDS_BETWEEN_TRIES = 5


def asset_key(contract: Contract) -> list[str]:
    return ["raw", contract.department, contract.name]


def extract_asset(contract: Contract) -> dg.AssetsDefinition:
    """The asset ``raw/<department>/<extract>`` with its checks, one partition for each round."""
    department = registry().departments[contract.department]
    key = asset_key(contract)

    @dg.asset(
        key=key,
        partitions_def=QUARTERS,
        group_name=f"raw_{contract.department}",
        description=(
            f"{department.zh}·{contract.title.zh}：{contract.grain.zh}。依据：{contract.legal_basis.zh}。\n\n"
            f"{department.en}, {contract.title.en}: {contract.grain.en}. Legal basis: {contract.legal_basis.en}."
        ),
        owners=[f"team:{department.owner}"],
        kinds={"python", contract.file.format, "parquet"},
        tags={"department": contract.department, "delivery": contract.delivery.kind, "rhythm": contract.delivery.rhythm},
        metadata={"due_days": contract.delivery.due_days, "retention_years": contract.retention_years},
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=f"{zh} / {en}", blocking=blocking, partitions_def=QUARTERS)
            for name, (zh, en, blocking) in CHECKS.items()
        ],
    )
    def take_in_extract(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        started, quarter = time.monotonic(), Quarter.parse(context.partition_key)
        with reading_again():
            result = take_in(warehouse.layout, contract, quarter, warehouse.keys)
        outcomes = check_deliveries(warehouse.layout, contract, quarter)
        write_outcomes(warehouse.layout, quarter, contract.extract, outcomes)
        metadata = row_account(result.deliveries) | {"seconds": round(time.monotonic() - started, 2)}
        return dg.MaterializeResult(metadata=metadata, check_results=check_results(key, outcomes))

    return take_in_extract


@contextmanager
def reading_again() -> Iterator[None]:
    """Ask Dagster to try again when the landing folder cannot be read for now, as on a network share.

    Nothing else is tried again: neither a bad file nor a fault of ours gets better by itself.
    """
    try:
        yield
    except PermissionError:
        raise
    except OSError as error:
        raise dg.RetryRequested(_READING_TRIES - 1, _SECONDS_BETWEEN_TRIES) from error


def row_account(deliveries: list[Any]) -> dict[str, Any]:
    """Counts of rows over the deliveries as numbers, which Dagster plots over the quarters, and two tables."""
    by_reason: Counter[str] = Counter()
    for delivery in deliveries:
        by_reason.update(delivery.quarantined_by_reason)
    account = {
        "dagster/row_count": sum(delivery.rows_accepted_count for delivery in deliveries),
        "rows_read": sum(delivery.rows_read_count for delivery in deliveries),
        "rows_quarantined": sum(delivery.rows_quarantined_count for delivery in deliveries),
        "rows_accounted": sum(delivery.rows_accounted_count for delivery in deliveries),
        "files": len(deliveries),
    }
    return account | {
        "deliveries": _table(
            [
                {
                    "period": delivery.period,
                    "verdict": delivery.verdict,
                    "rows_read": delivery.rows_read_count,
                    "accepted": delivery.rows_accepted_count,
                    "quarantined": delivery.rows_quarantined_count,
                    "reason": delivery.reason_code or "",
                }
                for delivery in deliveries
            ]
        ),
        "quarantined_by_reason": _table([{"reason": name, "rows": rows} for name, rows in sorted(by_reason.items())]),
    }


def _table(rows: list[dict[str, Any]]) -> dg.MetadataValue:
    if not rows:
        return dg.MetadataValue.text("–")
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows])
