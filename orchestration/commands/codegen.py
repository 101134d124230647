"""``pingan codegen``: run every generator, or ask each whether what it generated is current.

Belongs here: the list of generators. Does not belong here: what they generate.
"""

from __future__ import annotations

import importlib

from orchestration import exits

#: Modules with ``main(["--check"] or []) -> int``, in the order in which they read one another's output.
GENERATORS = ("ingestion.codegen.__main__", "expectations.codegen", "safety_index.codegen")


def codegen(check: bool) -> int:
    arguments = ["--check"] if check else []
    stale = [name for name in GENERATORS if importlib.import_module(name).main(arguments)]
    return exits.REFUSED if stale else exits.DONE
