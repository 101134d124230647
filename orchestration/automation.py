"""What starts by itself: a sensor on the landing folder, a schedule for the quarter that closed, an alert on failure.

Belongs here: when runs start and whom a failure reaches. All three are on as soon as the daemon runs, on purpose:
each does nothing while there is nothing to do, and a landing folder that nobody watches is the usual cause of a late
release.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import dagster as dg

from orchestration.alerts import write_alert
from orchestration.due import files_not_taken_in
from orchestration.jobs import produce_quarter, take_in_deliveries
from orchestration.landed import rounds
from orchestration.partitions import QUARTERS, TIMEZONE, closed_quarter
from warehouse.layout import Layout

_LOOK_EVERY_SECONDS = 60


@dg.sensor(
    job=take_in_deliveries,
    minimum_interval_seconds=_LOOK_EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="有新来文或更正文件即接收。 / Takes in files that are new or corrected, told apart by content.",
)
def landing_sensor(_context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run for each round with new files. The run key holds their content, so that the same bytes never run
    twice, and a corrected file always runs."""
    waiting = defaultdict(list)
    for file in files_not_taken_in(Layout.from_environment()):
        waiting[str(file.round_quarter)].append(f"{file.department}/{file.sha256}")
    for quarter, contents in sorted(waiting.items()):
        if QUARTERS.has_partition_key(quarter):
            digest = hashlib.sha256("\n".join(sorted(contents)).encode()).hexdigest()
            yield dg.RunRequest(run_key=f"{quarter}:{digest[:16]}", partition_key=quarter)
    if not waiting:
        yield dg.SkipReason("没有新来文 nothing new has landed")


@dg.schedule(
    cron_schedule="0 6 20 1,4,7,10 *",
    execution_timezone=TIMEZONE,
    job=produce_quarter,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="季后20日6时发布上一季度。 / Publishes the quarter that closed, on the 20th of the month after it.",
)
def quarter_that_closed(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Runs even when nothing has landed for the quarter: the refusal then names every department that is late."""
    quarter = closed_quarter(context.scheduled_execution_time.date())
    landed = rounds(Layout.from_environment())
    if not landed or landed[-1] < quarter.plus(-1):
        return dg.SkipReason(f"未投入使用 not in service: nothing has landed since {quarter.plus(-1)}")
    return dg.RunRequest(run_key=f"closed:{quarter}", partition_key=str(quarter))


@dg.run_failure_sensor(
    name="alert_on_failure",
    # Runs started from the command line belong to no code location; without this they would fail unheard.
    monitor_all_code_locations=True,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="运行失败时写出告警文件。 / Writes an alert file for every run that fails.",
)
def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
    run = context.dagster_run
    events = [
        record.event_log_entry.dagster_event for record in context.instance.get_records_for_run(run.run_id).records
    ]
    write_alert(Layout.from_environment(), run.run_id, run.job_name, run.tags.get("dagster/partition"), events)
