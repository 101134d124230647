"""``python -m safety_index.codegen [--check]``: write what is made from the series, or name what is out of date.

Belongs here: the list of files and the command. Does not belong here: what the files hold (``rendering``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from safety_index.rendering.guide import indicator_guide_markdown
from safety_index.rendering.seed import indicator_seed_csv
from safety_index.rendering.settings_page import settings_markdown
from safety_index.series.declaration import load_series

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def generated_files() -> dict[str, str]:
    """The text of every generated file by its path in the project."""
    series = load_series()
    return {
        "dbt_project/seeds/indicators.csv": indicator_seed_csv(series),
        "docs/indicators.md": indicator_guide_markdown(series),
        "docs/series.md": settings_markdown(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the files that are not current. With ``--check`` only name them, and return 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m safety_index.codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is out of date")
    check = parser.parse_args(arguments).check
    stale = [(PROJECT_ROOT / name, text) for name, text in generated_files().items() if _read(name) != text]
    for path, text in stale:
        print(f"{'out of date' if check else 'written'}: {path.relative_to(PROJECT_ROOT)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


def _read(name: str) -> str | None:
    path = PROJECT_ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
