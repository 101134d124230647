"""Bad and odd files by category, each with the verdict written by hand; ``ALL`` has every case."""

from tests.corpus.case import Case, Category


def all_cases() -> list[Case]:
    from tests.corpus import hostile, workbooks

    modules = (workbooks, hostile)
    return [
        case
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Category)
        for case in value.cases
    ]
