"""What the index passes on are values: nothing that one step made is changed by another."""

import importlib
import pkgutil
from dataclasses import is_dataclass

import safety_index


def declared_dataclasses():
    names = [module.name for module in pkgutil.walk_packages(safety_index.__path__, "safety_index.")]
    for module in map(importlib.import_module, names):
        for thing in vars(module).values():
            if isinstance(thing, type) and is_dataclass(thing) and thing.__module__ == module.__name__:
                yield thing


def test_no_result_can_be_changed_once_it_is_made():
    found = list(declared_dataclasses())
    assert len(found) > 10
    assert [thing.__qualname__ for thing in found if not thing.__dataclass_params__.frozen] == []
