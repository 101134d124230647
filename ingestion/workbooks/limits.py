"""How much a workbook may ask for, and the exception that says it asked for more.

Belongs here: the limits and setting those that the operating system keeps. Does not belong here: looking into files.
"""

from __future__ import annotations

#: Unpacked bytes of all parts. A million rows of ten columns stay below.
UNPACKED_BYTES = 400 << 20
#: How many times a large part may be smaller packed than unpacked. Tables come to about 10, repetitive ones to 40.
PACKING_RATIO = 100
#: Parts below this size are no bombs, however well they are packed.
RATIO_FROM_BYTES = 8 << 20
PARTS = 10_000
#: Cells from A1 to the last one in use: they are all held, empty or not.
CELLS = 24_000_000
MEMORY_BYTES = 3 << 30
CPU_SECONDS = 90
SECONDS = 300


class WorkbookRefused(Exception):
    """The workbook can't be read. ``code`` is a reason for refusing a file, ``words`` what its text is filled with."""

    def __init__(self, code: str, **words: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


def over_limit(zh: str, en: str) -> WorkbookRefused:
    return WorkbookRefused("resource_limit", detail_zh=zh, detail_en=en)


def unreadable(zh: str, en: str) -> WorkbookRefused:
    return WorkbookRefused("unreadable", detail_zh=zh, detail_en=en)


def limit_this_process() -> None:
    """From here on the process dies when it asks for more memory or time. It writes no file and leaves no dump."""
    import resource
    import signal

    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    signal.alarm(SECONDS)
