"""A profile: everything that decides what a simulation writes.

Belongs here: the whole of a profile and reading one. Does not belong here: its sections (``profile_sections``) and
the figures (``profiles/*.yml``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from simulation.profile_sections import (
    EVENTS,
    SERVICES,
    AreaEffects,
    Damage,
    EventRate,
    Incident,
    Outcomes,
    Places,
    Population,
    Punctuality,
    QuarterText,
    Registers,
    Section,
    Services,
    ServiceShare,
    Share,
    StoryStep,
    Visits,
)
from warehouse.files import read_yaml
from warehouse.quarters import Quarter

PROFILES_FOLDER = Path(__file__).parent / "profiles"


class ProfileError(ValueError):
    """A profile that cannot be used; the message lists every fault."""


class Profile(Section):
    """Everything that decides what a simulation writes."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    areas: str = Field(description="Name of a file in simulation/areas.")
    seed: int = Field(ge=0)
    first_quarter: QuarterText
    quarter_count: int = Field(ge=1, le=40)
    places: Places
    population: Population
    registers: Registers
    visits: Visits
    services: Services
    area_effects: AreaEffects
    total_noise_share: Share
    events: dict[Literal[EVENTS], EventRate]
    outcomes: Outcomes
    service_shares: dict[Literal[SERVICES], ServiceShare]
    story: list[StoryStep]
    damage: Damage
    punctuality: Punctuality
    incidents: list[Incident]

    @field_validator("events", "service_shares")
    @classmethod
    def _names_every_one(cls, value: dict, info: Any) -> dict:
        missing = sorted(set(EVENTS if info.field_name == "events" else SERVICES) - set(value))
        if missing:
            raise ValueError(f"has nothing for: {', '.join(missing)}")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Profile:
        faults = []
        if self.places.compounds_at_end < self.places.compounds_at_start:
            faults.append("places: compounds_at_end is below compounds_at_start")
        rounds = {str(Quarter.parse(self.first_quarter).plus(step)) for step in range(self.quarter_count)}
        for position, incident in enumerate(self.incidents):
            if incident.round not in rounds:
                faults.append(f"incidents[{position}]: {incident.round} is not simulated")
            elif incident.kind in ("wrong_period", "late_correction") and incident.round == self.first_quarter:
                faults.append(f"incidents[{position}]: {incident.kind} needs a quarter before {incident.round}")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load_profile(name_or_path: str | Path) -> Profile:
    """Read the profile called so in ``simulation/profiles`` or lying at that path.

    A profile may extend another (``extends: changning``): mappings are merged, everything else is replaced.
    Raises ProfileError with every fault at once, and with the names there are for an unknown one.
    """
    try:
        return Profile(**_read(str(name_or_path), []))
    except ProfileError:
        raise
    except ValueError as error:
        raise ProfileError(f"profile {name_or_path}: {error}") from None


def _read(name_or_path: str, seen: list[str]) -> dict:
    path = Path(name_or_path) if name_or_path.endswith((".yml", ".yaml")) else PROFILES_FOLDER / f"{name_or_path}.yml"
    if name_or_path in seen:
        raise ProfileError(f"profiles extend each other in a circle: {' -> '.join([*seen, name_or_path])}")
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in PROFILES_FOLDER.glob("*.yml")))
        raise ProfileError(f"no profile {name_or_path!r}; there are: {known}; or give the path of a .yml file")
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ProfileError(f"{path.name} is not a mapping")
    base = content.pop("extends", None)
    return _merge(_read(base, [*seen, name_or_path]), content) if base else content


def _merge(base: dict, over: dict) -> dict:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
