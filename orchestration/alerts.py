"""An alert is a file: whatever watches the folder can carry it further.

Belongs here: what an alert says. Does not belong here: when one is due (``automation``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import dagster as dg

from orchestration.quality import complaints_of, errors_of
from warehouse.files import write_json
from warehouse.layout import Layout


def write_alert(
    layout: Layout, run_id: str, job_name: str, quarter: str | None, events: Iterable[dg.DagsterEvent | None]
) -> Path:
    """Write what failed, whose it is and what to do. One file a run, so that an alert is never raised twice."""
    happened = [event for event in events if event is not None]
    complaints = list(complaints_of(happened))
    path = layout.alerts / f"{quarter or 'all'}-{run_id[:8]}.json"
    content = {
        "run_id": run_id,
        "job": job_name,
        "quarter": quarter,
        "title_zh": f"{quarter or ''} 未发布，原发布不变",
        "title_en": f"{quarter or ''} was not published; the previous release stays",
        "complaints": [asdict(one) for one in complaints],
        "error": "" if complaints else errors_of(happened),
    }
    write_json(path, content)
    return path
