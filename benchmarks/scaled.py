"""A made district of another size: fewer or more people, more quarters, and for a city more sub-districts.

Belongs here: the profile and the areas. Does not belong here: what is measured on them.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from simulation.places import load_areas
from simulation.profile import Profile, load_profile
from warehouse.quarters import Quarter

#: Numbers of a profile that go with the number of people, by section.
_COUNTS = {
    "places": ("compounds_at_start", "compounds_at_end", "grids", "micro_grids", "officer_posts"),
    "services": ("rehabilitation_spells", "corrections_spells", "corrections_minors"),
}


def scaled_profile(name: str, residents: int, quarter_count: int, areas_file: Path | None = None) -> Profile:
    """The profile ``name`` with ``residents`` people and ``quarter_count`` quarters.

    Events and registers stay as many as they are in the district, so that every area has some. With ``areas_file`` they
    grow with the people instead, and a city's areas are written there: the district's sub-districts are repeated under new codes
    until a committee has as many people as before.
    """
    profile = load_profile(name)
    factor = residents / profile.population.residents
    first = Quarter.parse(profile.first_quarter)
    rounds = {str(first.plus(step)) for step in range(quarter_count)}
    changed = profile.model_dump()
    changed["quarter_count"] = quarter_count
    changed["population"]["residents"] = residents
    changed["incidents"] = [one for one in changed["incidents"] if one["round"] in rounds]
    if areas_file:
        for section, counts in _COUNTS.items():
            for count in counts:
                changed[section][count] = round(changed[section][count] * factor)
        areas_file.parent.mkdir(parents=True, exist_ok=True)
        areas_file.write_text(yaml.safe_dump(_repeated(load_areas(profile.areas), round(factor)), allow_unicode=True))
        changed["areas"] = str(areas_file)
    else:
        for event in changed["events"].values():
            event["per_1000"] /= factor
    return Profile(**changed)


def _repeated(areas: dict, times: int) -> dict:
    """Every sub-district ``times`` times; the first keeps its code, the others take free ones from 200 on."""
    subs = list(areas["sub_districts"])
    for number in range(2, times + 1):
        for sub in areas["sub_districts"]:
            code = f"{areas['district']['code']}{200 + len(subs):03d}"
            names = {"name_zh": f"{sub['name_zh']}{number}", "name_en": f"{sub['name_en']} {number}"}
            subs.append(sub | {"code": code} | names)
    return areas | {"sub_districts": subs}
