"""Which files a round has, and what happens to whole files on the way: the profile's incidents.

Belongs here: planning the files of a round and their names. Does not belong here: their content (``writing``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from simulation.profile import Profile, ProfileError
from simulation.profile_sections import Incident
from simulation.timeline import Timeline

RESENT, SENT_AGAIN, CORRECTED = "补报", "重发", "更正"


@dataclass(frozen=True)
class PlannedFile:
    """A file of a round.

    ``period`` is what its name says, ``content_period`` whose rows it has; ``copy_of`` names the file whose bytes
    it repeats.
    """

    extract: str
    period: str
    content_period: str
    note: str | None = None
    has_unknown_column: bool = False
    copy_of: str | None = None

    @property
    def contract(self) -> Contract:
        return registry().contract(self.extract)

    @property
    def name(self) -> str:
        note = f"_{self.note}" if self.note else ""
        return f"{self.contract.title.zh}_{self.period}{note}.{self.contract.file.format}"


def check_incidents(profile: Profile) -> None:
    """Raises ProfileError with every incident that does not fit the extract it names."""
    faults = []
    for position, incident in enumerate(profile.incidents):
        where = f"incidents[{position}] ({incident.kind})"
        if incident.department is not None and incident.department not in registry().departments:
            faults.append(f"{where}: no department {incident.department}")
        if incident.extract is None:
            continue
        if incident.extract not in registry().contracts:
            faults.append(f"{where}: no extract {incident.extract}")
            continue
        contract = registry().contract(incident.extract)
        if incident.month is not None and contract.delivery.rhythm != "monthly":
            faults.append(f"{where}: {incident.extract} does not come monthly")
        dated = any(rule.kind == "within_period" for rule in contract.constraints)
        if incident.kind == "wrong_period" and not dated:
            faults.append(f"{where}: no column of {incident.extract} must lie in the period")
    if faults:
        raise ProfileError("; ".join(faults))


def periods(contract: Contract, timeline: Timeline, quarter: int) -> list[str]:
    """The periods of a quarter's deliveries: its months, or itself."""
    when = timeline.first.plus(quarter)
    return list(when.months) if contract.delivery.rhythm == "monthly" else [str(when)]


def plan_round(profile: Profile, timeline: Timeline, quarter: int) -> list[PlannedFile]:
    """The files of a round, in the order in which they are written."""
    plan = [
        PlannedFile(name, period, period)
        for name, contract in registry().contracts.items()
        for period in periods(contract, timeline, quarter)
    ]
    for incident in profile.incidents:
        if incident.round == str(timeline.quarters[quarter]):
            plan = _happen(incident, plan, timeline, quarter)
    return plan


def _happen(incident: Incident, plan: list[PlannedFile], timeline: Timeline, quarter: int) -> list[PlannedFile]:
    result = []
    for file in plan:
        if not _is_hit(incident, file, timeline, quarter):
            result.append(file)
            continue
        proper = replace(file, note=RESENT)
        if incident.kind in ("missing_month", "missing_department"):
            result += [proper] if incident.resent else []
        elif incident.kind == "sent_twice":
            result += [file, replace(file, note=SENT_AGAIN, copy_of=file.name)]
        elif incident.kind == "late_correction":
            result.append(file)
        else:
            if incident.kind == "unknown_column":
                wrong = replace(file, has_unknown_column=True)
            else:
                wrong = replace(file, content_period=_period_before(file, timeline, quarter))
            result += [wrong, proper] if incident.resent else [wrong]
    if incident.kind == "late_correction":
        contract = registry().contract(incident.extract)
        earlier = periods(contract, timeline, quarter - 1)
        chosen = earlier if incident.month is None else [earlier[incident.month - 1]]
        result += [PlannedFile(incident.extract, period, period, CORRECTED) for period in chosen]
    return result


def _is_hit(incident: Incident, file: PlannedFile, timeline: Timeline, quarter: int) -> bool:
    if file.note is not None:
        return False
    if incident.department is not None:
        return file.contract.department == incident.department
    if incident.extract != file.extract:
        return False
    return incident.month is None or periods(file.contract, timeline, quarter)[incident.month - 1] == file.period


def _period_before(file: PlannedFile, timeline: Timeline, quarter: int) -> str:
    both = periods(file.contract, timeline, quarter - 1) + periods(file.contract, timeline, quarter)
    return both[both.index(file.period) - 1]
