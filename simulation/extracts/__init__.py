"""From the truth to the typed rows that each department has, one function for each contract.

Belongs here: which rows and true values an extract holds. Does not belong here: how they are written and what
is wrong with them (``cells``, ``damage``, ``deliveries``).
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from simulation.extracts import areas, governance, groups, harm, police, population, prevention, work
from simulation.world import World

EXTRACTS: dict[str, Callable[[World, int], pa.Table]] = {
    "population.registered_residents": population.registered_residents,
    "population.migrant_residents": population.migrant_residents,
    "population.overseas_residents": population.overseas_residents,
    "population.household_visits": population.household_visits,
    "population.dwellings": population.dwellings,
    "police.alarms_110": police.alarms_110,
    "police.cases": police.cases,
    "police.traffic_accidents": harm.traffic_accidents,
    "police.security_devices": prevention.security_devices,
    "police.community_officers": prevention.community_officers,
    "justice.community_corrections": groups.community_corrections,
    "justice.mediations": governance.mediations,
    "drug_control.rehabilitation_register": groups.rehabilitation_register,
    "drug_control.visits": groups.visits,
    "governance.areas": areas.areas,
    "governance.hazards": governance.hazards,
    "governance.hotline_tickets": governance.hotline_tickets,
    "governance.psychological_service": governance.psychological_service,
    "governance.volunteers": prevention.volunteers,
    "health.mental_disorder_services": groups.mental_disorder_services,
    "youth_league.youth_services": groups.youth_services,
    "civil_affairs.elderly_living_alone": groups.elderly_living_alone,
    "civil_affairs.assistance": work.assistance,
    "fire.fires": harm.fires,
    "labour.employment": work.employment,
    "social_security.contributions": work.contributions,
    "medical_insurance.enrolments": work.enrolments,
    "family_planning.services": work.family_planning_services,
}
