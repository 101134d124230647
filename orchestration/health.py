"""The health of every department, mart and release after a run: one line each, with the cause and whom to ask.

Belongs here: rolling up what the checks, the build and the releases already say. Does not belong here: new checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from expectations.outcomes import read_outcomes
from ingestion.contracts.registry import registry
from orchestration.dbt_process import read_unfinished
from orchestration.due import quarter_state
from warehouse.files import read_json, write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter

State = Literal["healthy", "warning", "degraded", "unknown"]
STATES: tuple[State, ...] = ("healthy", "warning", "degraded", "unknown")
MARKS = {"healthy": "✓", "warning": "!", "degraded": "✗", "unknown": "?"}
#: How the names of marts end that say what came to be known otherwise, which may be nothing.
_MAY_BE_EMPTY = "_revision"


@dataclass(frozen=True)
class HealthLine:
    """The state of one department, mart or release for a quarter; cause and remedy are empty when healthy."""

    quarter: str
    kind: Literal["department", "mart", "release"]
    subject: str
    name_zh: str
    name_en: str
    owner: str
    state: State
    cause: str = ""
    remedy_zh: str = ""
    remedy_en: str = ""


def health_of(layout: Layout, quarter: Quarter) -> list[HealthLine]:
    """Every department, mart and the release, in this order."""
    return [*_departments(layout, quarter), *_marts(layout, quarter), _release(layout, quarter)]


def write_health(layout: Layout, quarter: Quarter, lines: Iterable[HealthLine]) -> None:
    """Keep the lines of ``quarter`` beside those of the other quarters."""
    kept = read_json(layout.health) if layout.health.exists() else {}
    write_json(layout.health, kept | {str(quarter): [asdict(line) for line in lines]})


def read_health(layout: Layout) -> dict[str, list[HealthLine]]:
    """The lines of every quarter that was run, by quarter."""
    kept = read_json(layout.health) if layout.health.exists() else {}
    return {quarter: [HealthLine(**line) for line in lines] for quarter, lines in sorted(kept.items())}


def as_markdown(lines: Iterable[HealthLine]) -> str:
    rows = [
        f"| {MARKS[line.state]} {line.state} | {line.name_zh} {line.name_en} | {line.cause} | {line.owner} "
        f"| {line.remedy_zh} {line.remedy_en} |"
        for line in lines
    ]
    header = ["| 状态 state | 对象 subject | 原因 cause | 责任 owner | 处理 remedy |", "|---|---|---|---|---|"]
    return "\n".join([*header, *rows])


def _departments(layout: Layout, quarter: Quarter) -> Iterator[HealthLine]:
    for code, department in registry().departments.items():
        extracts = [contract.extract for contract in registry().contracts.values() if contract.department == code]
        kept = [read_outcomes(layout, quarter, extract, code) for extract in extracts]
        failed = [outcome for outcomes in kept if outcomes for outcome in outcomes[0] if not outcome.passed]
        worst = next((outcome for outcome in failed if outcome.stops_publication), failed[0] if failed else None)
        named = (str(quarter), "department", code, department.zh, department.en, department.owner)
        if worst:
            state: State = "degraded" if worst.stops_publication else "warning"
            cause = f"{worst.subject} {worst.check_name}: {worst.observed}（应为 expected {worst.expected}）"
            yield HealthLine(*named, state, cause, worst.remedy_zh, worst.remedy_en)
        elif None in kept:
            yield HealthLine(*named, "unknown", "尚未检查 not checked yet", "运行 pingan run", "pingan run")
        else:
            yield HealthLine(*named, "healthy")


def _marts(layout: Layout, quarter: Quarter) -> Iterator[HealthLine]:
    """Was the mart made? Has one that is kept by quarter rows of this one, another any? Revisions may be none."""
    if not layout.build_database.exists():
        return
    import duckdb

    try:
        database = duckdb.connect(str(layout.build_database), read_only=True)
    except duckdb.Error:
        named = (str(quarter), "mart", "marts", "集市", "marts", "data-engineering")
        yield HealthLine(
            *named, "unknown", "构建库无法打开 the build database can't be opened", "运行 pingan run", "pingan run"
        )
        return
    with database as connection:
        listed = connection.execute(
            "select table_name, max(column_name) filter (where column_name = 'quarter') "
            "from duckdb_columns() where schema_name = 'marts' group by 1 order by 1"
        ).fetchall()
        unfinished = {name: one for name, one in read_unfinished(layout).items() if one["quarter"] == str(quarter)}
        for table, quarter_column in listed:
            named = (str(quarter), "mart", table, "集市", table, "data-engineering")
            if table in unfinished:
                yield _not_made(named, unfinished[table])
                continue
            condition = f"where {quarter_column} = '{quarter}'" if quarter_column else ""
            count = connection.execute(f'select count(*) from marts."{table}" {condition}').fetchone()[0]
            is_well = count or table.endswith(_MAY_BE_EMPTY)
            yield HealthLine(*named, *(("healthy",) if is_well else ("unknown", "本季无行 no rows of this quarter")))


def _not_made(named: tuple, found: dict[str, str]) -> HealthLine:
    """A mart that the quarter's last build did not make, so that it still holds what an earlier build put there."""
    if found["status"] == "skipped":
        cause, zh, en = "上游未建成 what it is made from was not made", "先处理上游", "put right what it is made from"
    else:
        cause, zh, en = found["message"], "更正来文或模型后重新运行", "correct the delivery or the model and run again"
    return HealthLine(*named, "degraded", f"仍是旧表 still the old table: {cause}", zh, en)


def _release(layout: Layout, quarter: Quarter) -> HealthLine:
    state = quarter_state(layout, quarter)
    subject = f"{quarter} v{state.version}" if state and state.version else str(quarter)
    named = (str(quarter), "release", subject, "发布", f"release {subject}", "data-engineering")
    if state is None or state.version is None:
        remedy = ("处理上列问题后运行 pingan run", "put right what is listed above, then pingan run")
        return HealthLine(*named, "degraded", "未发布 not published", *remedy)
    if state.is_revision_pending:
        remedy = ("pingan run --revise 理由", "pingan run --revise REASON")
        return HealthLine(*named, "warning", "发布后来文有更正 deliveries changed since", *remedy)
    return HealthLine(*named, "healthy")
