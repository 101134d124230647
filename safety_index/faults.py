"""One way to say that an input is wrong: every fault, with its place, in one error.

Belongs here: the error. Does not belong here: the rules that are broken.
"""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN = 50


class FaultyInput(ValueError):
    """An input with one or more faults. ``where`` names the input, ``faults`` has one line each."""

    def __init__(self, where: str, faults: Sequence[str]) -> None:
        self.where = where
        self.faults = tuple(faults)
        lines = [f"{where} has {len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}:"]
        lines += [f"  - {fault}" for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            lines.append(f"  … and {len(self.faults) - _SHOWN} more")
        super().__init__("\n".join(lines))


class FaultyInputs(FaultyInput):
    """Inputs that belong together, each with its faults; ``inputs`` are two or more errors, one an input."""

    def __init__(self, inputs: Sequence[FaultyInput]) -> None:
        faults = [f"{one.where}: {fault}" for one in inputs for fault in one.faults]
        super().__init__(f"the input ({', '.join(one.where for one in inputs)})", faults)
