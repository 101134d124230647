"""Rules about persons over a whole project: each takes the manifest and returns what breaks it.

Belongs here: the rules, so that a test can also hand them a project that breaks one. Does not belong here: the tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

PERSON_COLUMNS = {"person_id", "person_pseudonym"}
GRADING = re.compile(r"risk|score|rank|grade|rating|danger|predict|probab|suspic|credit|危险|评分|等级|排名|积分")
DRUGS, LABOUR = "drug_control", "labour"
Manifest = Mapping[str, Any]


def models_of(manifest: Manifest) -> dict[str, Mapping[str, Any]]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def ancestors(manifest: Manifest, name: str) -> set[str]:
    """Ids of everything that a model is made from."""
    (start,) = (id_ for id_, node in manifest["nodes"].items() if node["name"] == name)
    open_, seen = [start], set()
    while open_:
        for parent in manifest["parent_map"].get(open_.pop(), []):
            if parent not in seen:
                seen.add(parent)
                open_.append(parent)
    return seen


def departments(manifest: Manifest, name: str) -> set[str]:
    return {id_.split(".")[2] for id_ in ancestors(manifest, name) if id_.startswith("source.")}


def gradings_of_persons(manifest: Manifest) -> list[str]:
    """Models of persons, and their columns, whose names grade, score or rank."""
    return [
        f"{name}: {word}"
        for name, node in models_of(manifest).items()
        if PERSON_COLUMNS & set(node["columns"])
        for word in [name, *node["columns"]]
        if GRADING.search(word)
    ]


def drug_data_joined_to_labour(manifest: Manifest, released: Mapping[str, Collection[str]]) -> list[str]:
    """Models in which persons of the drug registers meet labour data person by person; and released tables of special
    groups that say how many of them work. ``released`` has the columns of each released table."""
    found = [
        f"{name} has persons and is made from both"
        for name, node in models_of(manifest).items()
        if PERSON_COLUMNS & set(node["columns"]) and {DRUGS, LABOUR} <= departments(manifest, name)
    ]
    return found + [
        f"{name}.{column} is released"
        for name, columns in released.items()
        for column in columns
        if "employ" in column and DRUGS in departments(manifest, name)
    ]


def untagged_columns(manifest: Manifest, tagged: Collection[str]) -> list[str]:
    """Columns of models whose sensitivity nobody has said."""
    return [
        f"{name}.{column}"
        for name, node in models_of(manifest).items()
        for column in node["columns"]
        if column not in tagged
    ]


def untagged_source_columns(manifest: Manifest, departments_: Collection[str]) -> list[str]:
    """Columns of departments' extracts without a sensitivity in their metadata."""
    return [
        f"{source['source_name']}.{source['name']}.{name}"
        for source in manifest["sources"].values()
        if source["source_name"] in departments_
        for name, column in source["columns"].items()
        if "sensitivity" not in {**column.get("meta", {}), **column.get("config", {}).get("meta", {})}
    ]
