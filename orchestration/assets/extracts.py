"""One asset for each contract: a department's extract taken in for a quarter's round; and the files that fit none.

Belongs here: how an extract appears in Dagster. Does not belong here: reading it (``ingestion.intake``) or checking
it (``expectations.deliveries``).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from expectations.completeness import AREAS_EXTRACT
from expectations.deliveries import CHECK_TITLES, WARNING_CHECKS, check_names
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from orchestration.partitions import QUARTERS
from orchestration.quality import check_results
from orchestration.resources import Warehouse
from warehouse.quarters import Quarter

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
        tags={
            "department": contract.department,
            "delivery": contract.delivery.kind,
            "rhythm": contract.delivery.rhythm,
        },
        metadata={"due_days": contract.delivery.due_days, "retention_years": contract.retention_years},
        # Areas first: the other extracts' coverage is judged against them.
        op_tags={"dagster/priority": "1" if contract.extract == AREAS_EXTRACT else "0"},
        check_specs=[check_spec(key, name) for name in check_names(contract)],
    )
    def take_in_extract(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        quarter = Quarter.parse(context.partition_key)
        with reading_again():
            result = warehouse.intake.result(contract, quarter)
        # Replies are written with the checks: one that stops the run is when a department needs its reply.
        checked = warehouse.intake.checked(contract, quarter)
        metadata = row_account(result.deliveries) | replies_metadata(checked.reply_folders)
        metadata |= {
            "seconds": warehouse.intake.seconds[contract.extract],
            "files_still_written": len(result.unfinished_files),
        }
        return dg.MaterializeResult(metadata=metadata, check_results=check_results(key, checked.outcomes))

    return take_in_extract


def replies_metadata(folders: Sequence[Path]) -> dict[str, Any]:
    """Where the replies to an extract's files lie."""
    return {"replies": dg.MetadataValue.path(folders[0])} if folders else {}


def check_spec(key: list[str], name: str) -> dg.AssetCheckSpec:
    """A check of the quarter; it stops the run unless it only ever warns."""
    zh, en = CHECK_TITLES[name]
    return dg.AssetCheckSpec(
        name, asset=key, description=f"{zh} / {en}", blocking=name not in WARNING_CHECKS, partitions_def=QUARTERS
    )


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
                    "accounted": delivery.rows_accounted_count,
                    "added": _shown(delivery.rows_added_count),
                    "removed": _shown(delivery.rows_removed_count),
                    "changed": _shown(delivery.rows_changed_count),
                    "reason": delivery.reason_code or "",
                }
                for delivery in deliveries
            ]
        ),
        "quarantined_by_reason": _table([{"reason": name, "rows": rows} for name, rows in sorted(by_reason.items())]),
    }


def _shown(count: int | None) -> str:
    return "–" if count is None else str(count)


def _table(rows: list[dict[str, Any]]) -> dg.MetadataValue:
    if not rows:
        return dg.MetadataValue.text("–")
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows])


UNCLAIMED = ["landing", "unclaimed_files"]


@dg.asset(
    key=UNCLAIMED,
    partitions_def=QUARTERS,
    group_name="raw_audit",
    description=(
        "无契约可对应的来文：文件名写错的、送错部门的。逐一登记入台账，不读取内容。\n\n"
        "Landed files that no contract claims: misnamed, or in another department's folder. Recorded in the ledger, "
        "not read."
    ),
    owners=["team:data-engineering"],
    kinds={"python"},
    tags={"stage": "raw"},
    op_tags={"dagster/priority": "2"},
    check_specs=[
        dg.AssetCheckSpec(
            "every_file_is_claimed",
            asset=UNCLAIMED,
            description="每个来文都有契约对应 / every landed file belongs to a contract",
            partitions_def=QUARTERS,
        )
    ],
)
def unclaimed_files(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    from ingestion.answers.replies import write_round_replies
    from ingestion.unclaimed import unclaimed_files as recorded_unclaimed

    with reading_again():
        unclaimed = recorded_unclaimed(warehouse.layout, Quarter.parse(context.partition_key))
    files = ", ".join(f"{delivery.department}: {delivery.file_name}" for delivery in unclaimed)
    # A warning: if the misnamed file is one that the quarter needs, the extract's own check stops the run.
    for delivery in unclaimed:
        write_round_replies(warehouse.layout, [delivery])
    claimed = dg.AssetCheckResult(
        passed=not unclaimed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"observed": files or "–", "expected": "0", "files": len(unclaimed)},
    )
    return dg.MaterializeResult(metadata={"files": len(unclaimed)}, check_results=[claimed])
