"""Decisions that are kept: what disclosure control hid of an earlier quarter, taken again while everything that it was
decided from is the same.

Belongs here: the digest of what a decision rests on, and the form that a decision is kept in: codes of areas,
dimensions and indicators, and no figure. Does not belong here: where it is kept (``publication.decisions``), or any
rule.

A digest goes over whole rows and over the rules themselves, so that no rule can rest on what it leaves out, and over
the digest of the quarter before: windows look at all earlier quarters and at what they hid.
"""

from __future__ import annotations

import hashlib
import json
import marshal
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from publication.disclosure.cells import Cell, Hidden
from publication.disclosure.figures import Figures
from publication.disclosure.policy import Policy

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))
#: What decides, as it stood when it was loaded: files that change while a process runs change nothing in it.
RULES = tuple(path.name.encode() + b"\0" + path.read_bytes() for path in _SOURCES)
_LIBRARIES = (sys.version, version("numpy"), version("scipy"))


class Decisions(Protocol):
    """Where decisions are kept, the last one of each quarter."""

    def find(self, quarter: str, decided_from: str) -> Hidden | None:
        """What was decided for the quarter, if it was decided from this."""
        ...

    def keep(self, quarter: str, decided_from: str, hidden: Hidden) -> None: ...


@dataclass(frozen=True)
class Given:
    """What a quarter is decided from besides what was hidden before it."""

    figures: Figures
    #: by area that has figures
    residents: Mapping[str, int | None]
    #: cells that releases of the quarter have hidden
    released: Collection[Cell]


class EarlierQuarters:
    """Quarters before the newest, asked for one after the other."""

    def __init__(self, kept: Decisions | None, indicators: Mapping[str, Mapping], policy: Policy) -> None:
        self._kept = kept
        settings = json.dumps(policy.model_dump(mode="json"), sort_keys=True)
        self._decided_from = _digest(RULES, _LIBRARIES, settings, list(indicators.items()))

    def hidden(self, quarter: str, given: Given, decide: Callable[[str], Hidden]) -> Hidden:
        """What is hidden of a quarter: taken from what is kept, or decided now and kept."""
        if self._kept is None:
            return decide(quarter)
        content, residents, released = given.figures.content(), sorted(given.residents.items()), sorted(given.released)
        self._decided_from = _digest(self._decided_from, quarter, content, residents, released)
        found = self._kept.find(quarter, self._decided_from)
        if found is None:
            found = decide(quarter)
            self._kept.keep(quarter, self._decided_from, found)
        return found


def _digest(*parts: Any) -> str:
    """sha256 over plain values. Marshal's second format writes equal ones alike and different ones apart, floats to
    the last bit; later formats also tell which objects are the same one."""
    return hashlib.sha256(marshal.dumps(parts, 2)).hexdigest()


def as_text(hidden: Hidden) -> str:
    """A decision without ranges, which only the newest quarter has; equal ones give equal texts."""
    areas_of: dict[str, list[str]] = defaultdict(list)
    for area, indicator in sorted(hidden.cells):
        areas_of[indicator].append(area)
    content = {"areas": sorted(hidden.areas), "dimensions": sorted(hidden.dimensions), "cells": areas_of}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def from_text(text: str) -> Hidden:
    content = json.loads(text)
    return Hidden(
        areas=set(content["areas"]),
        dimensions={(area, dimension) for area, dimension in content["dimensions"]},
        cells={(area, indicator) for indicator, areas in content["cells"].items() for area in areas},
    )
