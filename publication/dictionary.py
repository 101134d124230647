"""The bilingual words of the public tables, from ``dictionary.yml``.

Belongs here: looking words up. Does not belong here: words of a page's running text (the bulletin's templates).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from warehouse.files import read_yaml

DICTIONARY_FILE = Path(__file__).with_name("dictionary.yml")


@cache
def dictionary() -> dict[str, dict[str, dict]]:
    """Sections tables, columns, measures, statuses and reasons; each maps a code to its ``zh`` and ``en``."""
    return read_yaml(DICTIONARY_FILE)


def words(section: str, code: str) -> dict[str, str]:
    """The words for ``code``; the code itself where the dictionary has none (a department's own reason, for one)."""
    return dictionary()[section].get(code, {"zh": code, "en": code})
