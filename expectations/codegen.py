"""``python -m expectations.codegen [--check]``: write the suites made from the contracts, or name those out of date.

Belongs here: the suites' files and the command. Does not belong here: what a suite holds (``from_contract``).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from expectations.from_contract import suite_content
from ingestion.contracts.registry import Registry, registry
from warehouse.files import write_text

SUITES_FOLDER = Path(__file__).parent / "suites"


def suite_path(extract: str, folder: Path = SUITES_FOLDER) -> Path:
    department, name = extract.split(".")
    return folder / department / f"{name}.json"


def suite_texts(contracts: Registry) -> dict[str, str]:
    """The text of every suite's file by extract."""
    return {extract: _text(suite_content(contract, contracts)) for extract, contract in contracts.contracts.items()}


def _text(content: dict[str, Any]) -> str:
    """One expectation a line, so that a review shows what changed."""
    rules = ",\n".join(f"    {json.dumps(rule, ensure_ascii=False)}" for rule in content["expectations"])
    name, meta = (json.dumps(content[key], ensure_ascii=False) for key in ("name", "meta"))
    return f'{{\n  "name": {name},\n  "meta": {meta},\n  "expectations": [\n{rules}\n  ]\n}}\n'


def main(arguments: list[str] | None = None, folder: Path = SUITES_FOLDER) -> int:
    """Write the files that are not current and remove those without a contract.

    With ``--check`` only name them, and return 1 if there are any.
    """
    parser = argparse.ArgumentParser(prog="python -m expectations.codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is out of date")
    check = parser.parse_args(arguments).check
    texts = {suite_path(extract, folder): text for extract, text in suite_texts(registry()).items()}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    orphans = sorted(path for path in folder.glob("*/*.json") if path not in texts)
    for path in (*stale, *orphans):
        verdict = "out of date" if check else "written" if path in texts else "removed"
        print(f"{verdict}: {path.relative_to(folder.parent)}")
        if check:
            continue
        if path in texts:
            write_text(path, texts[path])
        else:
            path.unlink()
    return 1 if check and (stale or orphans) else 0


if __name__ == "__main__":
    sys.exit(main())
