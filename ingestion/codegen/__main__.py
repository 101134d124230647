"""``python -m ingestion.codegen [--check]``: write the generated files, or name those that are out of date.

Belongs here: the command. Does not belong here: what the files hold (the modules beside this one).
"""

from __future__ import annotations

import argparse
import sys

from ingestion.codegen import artefacts, stale
from ingestion.contracts.registry import registry
from warehouse.files import write_text
from warehouse.layout import PROJECT_ROOT


def main(arguments: list[str] | None = None) -> int:
    """Returns 1 when ``--check`` finds a stale file, else 0."""
    parser = argparse.ArgumentParser(prog="python -m ingestion.codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is out of date")
    options = parser.parse_args(arguments)
    contracts = registry()
    out_of_date = stale(contracts, PROJECT_ROOT)
    if options.check:
        for path in out_of_date:
            print(f"out of date: {path}", file=sys.stderr)
        if out_of_date:
            print("run: python -m ingestion.codegen", file=sys.stderr)
        return 1 if out_of_date else 0
    expected = artefacts(contracts)
    for path in out_of_date:
        if path in expected:
            write_text(PROJECT_ROOT / path, expected[path])
        else:
            (PROJECT_ROOT / path).unlink()
        print(f"{'written' if path in expected else 'removed'}: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
