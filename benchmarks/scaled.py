"""A made district of another size: fewer or more people, more or fewer quarters.

Belongs here: the profile. Does not belong here: what is measured on it.
"""

from __future__ import annotations

from simulation.profile import Profile, load_profile
from warehouse.quarters import Quarter


def scaled_profile(name: str, residents: int, quarter_count: int) -> Profile:
    """The profile ``name`` with ``residents`` people and ``quarter_count`` quarters.

    Events and registers stay as many as they are in the district, so that every area has some.
    """
    profile = load_profile(name)
    first = Quarter.parse(profile.first_quarter)
    rounds = {str(first.plus(step)) for step in range(quarter_count)}
    changed = profile.model_dump()
    changed["quarter_count"] = quarter_count
    changed["population"]["residents"] = residents
    changed["incidents"] = [one for one in changed["incidents"] if one["round"] in rounds]
    for event in changed["events"].values():
        event["per_1000"] *= profile.population.residents / residents
    return Profile(**changed)
