"""Bad and odd files by category, each with the verdict written by hand."""

from tests.corpus.case import Case, Category

CATEGORIES = ("ENC", "CSV", "XLS", "HDR", "IDN", "DAT", "NUM", "TXT", "GEO", "DUP", "VOL", "SEC", "SEM")


def all_cases() -> list[Case]:
    """Every case, in the order of CATEGORIES."""
    from tests.corpus import (
        areas,
        dates,
        dialects,
        duplicates,
        encodings,
        headers,
        hostile,
        identities,
        meanings,
        numbers,
        texts,
        volumes,
        workbook_cells,
        workbooks,
    )

    modules = (
        areas,
        dates,
        dialects,
        duplicates,
        encodings,
        headers,
        hostile,
        identities,
        meanings,
        numbers,
        texts,
        volumes,
        workbook_cells,
        workbooks,
    )
    found = {value.code: value for module in modules for value in vars(module).values() if isinstance(value, Category)}
    return [case for code in CATEGORIES for case in found[code].cases]


def first_case_with(notice: str) -> Case:
    """The first file that gives this notice alone, without a fault of a row if there is one."""
    giving = [case for case in all_cases() if case.notices == (notice,)]
    return min(giving, key=lambda case: sum(case.quarantined.values()))
