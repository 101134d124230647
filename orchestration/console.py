"""Progress of a run on the terminal, taken from Dagster's own events.

Belongs here: turning events into one line for each stage. Does not belong here: what a stage does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

Listener = Callable[[dg.DagsterEvent], None]
_listeners: list[Listener] = []

_TAKING_IN = ("接收来文", "take in deliveries")
#: Names of the stage that a step belongs to, by the first part of the step's name.
STAGES = {
    "landing": _TAKING_IN,
    "raw": _TAKING_IN,
    "identity": ("链接身份", "link identities"),
    "dbt_models": ("构建集市", "build marts"),
    "index": ("计算指数", "score areas"),
    "release": ("核关发布", "gate and publish"),
    "operations": ("汇总健康度", "roll up health"),
}


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None:
            for listener in _listeners:
                listener(event)


@dg.logger(description="Hands events to whoever listens in this process; prints nothing by itself.")
def quiet_console(_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("pingan", level=logging.DEBUG)
    logger.addHandler(_Forward())
    return logger


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


class StageLines:
    """Prints a line when a stage ends: its names, how many steps it had, its seconds."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print = print_line
        self._stage: tuple[str, str] | None = None
        self._since = time.monotonic()
        self._steps = 0
        self._failed = 0

    def __call__(self, event: dg.DagsterEvent) -> None:
        if not event.is_step_event or not event.step_key:
            return
        stage = stage_of(event.step_key)
        if event.event_type_value == "STEP_START" and stage != self._stage:
            self.finish()
            self._stage, self._since, self._steps, self._failed = stage, time.monotonic(), 0, 0
        elif event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE"):
            self._steps += 1
            self._failed += event.event_type_value == "STEP_FAILURE"

    def finish(self) -> None:
        """Print the line of the stage under way, if any."""
        if self._stage is None:
            return
        zh, en = self._stage
        failed = f", 失败 {self._failed} failed" if self._failed else ""
        steps = f" {self._steps} 项 steps{failed}" if self._steps > 1 else (" 失败 failed" if self._failed else "")
        self._print(f"  {zh} {en}:{steps} {time.monotonic() - self._since:.1f} s")
        self._stage = None


def stage_of(step_key: str) -> tuple[str, str]:
    """The stage's names in both languages. Raises KeyError for a step of no stage."""
    for prefix, names in STAGES.items():
        if step_key.startswith(prefix):
            return names
    raise KeyError(f"step {step_key} belongs to no stage of {', '.join(STAGES)}")
