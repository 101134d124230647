"""SEC: files that want to do harm, and files that look as if they did."""

from __future__ import annotations

import io
import zipfile
from functools import cache

from tests.corpus.case import Category
from tests.corpus.making import (
    AREAS,
    CASES,
    COUNT,
    MEDIATIONS,
    RESIDENTS,
    VOLUNTEERS,
    book_of,
    cells_of,
    csv_of,
    header_of,
    package_of,
    rows_of,
    sent,
    table_of,
)

SHEET = MEDIATIONS.file.sheet
SEC = Category("SEC")


def repacked(content: bytes, change) -> bytes:
    """A workbook after ``change`` of its list of (entry, bytes)."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [(info.filename, package.read(info)) for info in package.infolist()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for entry, body in change(parts):
            package.writestr(entry, body)
    return out.getvalue()


@cache
def ratio_bomb() -> bytes:
    """Half a gigabyte of blanks between two rows, in half a megabyte."""
    out = io.BytesIO()
    base = package_of(SHEET, cells_of(table_of(MEDIATIONS)))
    with zipfile.ZipFile(io.BytesIO(base)) as sound, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for info in sound.infolist():
            if "sheet1" not in info.filename:
                package.writestr(info.filename, sound.read(info))
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as handle:
            handle.write(b"<worksheet><sheetData>")
            for _ in range(512):
                handle.write(b" " * (1 << 20))
            handle.write(b"</sheetData></worksheet>")
    return out.getvalue()


def lying_about_its_size() -> bytes:
    """The bomb, whose directory says that the part is small."""
    content = bytearray(ratio_bomb())
    truth, lie = ((512 << 20) + 46).to_bytes(4, "little"), (5000).to_bytes(4, "little")
    place = content.index(b"PK\x01\x02")
    return bytes(content[:place]) + bytes(content[place:]).replace(truth, lie)


def overlapping() -> bytes:
    """Two entries of the directory that lead to the same packed bytes, as a quoted bomb has thousands."""
    content = package_of(SHEET, cells_of(table_of(MEDIATIONS)), {"xl/media/picture.bin": bytes(range(256)) * 400})
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries, rest = content[start:end], bytearray(content[end:])
    # A second directory of the same entries behind the first.
    rest[8:12] = (2 * int.from_bytes(rest[8:10], "little")).to_bytes(2, "little") * 2
    rest[12:16] = (2 * len(entries)).to_bytes(4, "little")
    renamed = entries.replace(b"xl/media/picture.bin", b"xl/media/pict2re.bin")
    return content[:end] + renamed + bytes(rest)


SEC.refuses("half a gigabyte packed into half a megabyte", MEDIATIONS, ratio_bomb, "resource_limit", "unpack to 512 MB")
SEC.refuses("a bomb that lies about its size", MEDIATIONS, lying_about_its_size, "unreadable")
SEC.refuses(
    "two cells at the corners of the sheet",
    MEDIATIONS,
    lambda: package_of(
        SHEET,
        cells_of(table_of(MEDIATIONS)) + '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
    ),
    "resource_limit",
    "1,048,576 rows by 16,384 columns",
)
SEC.refuses(
    "two cells at the corners, without references for the look ahead",
    MEDIATIONS,
    lambda: package_of(
        SHEET,
        cells_of(table_of(MEDIATIONS)) + "<row r='1048576'><c r='XFD1048576' t='inlineStr'><is><t>x</t></is></c></row>",
    ),
    "resource_limit",
)
SEC.refuses(
    "a workbook inside a workbook's archive",
    MEDIATIONS,
    lambda: repacked(package_of(SHEET, ""), lambda parts: [("inner.zip", parts[0][1])]),
    "wrong_format",
    "archive",
)
SEC.refuses("packed parts that overlap", MEDIATIONS, overlapping, "unreadable", "overlap")
SEC.refuses(
    "twelve thousand parts",
    MEDIATIONS,
    lambda: repacked(
        package_of(SHEET, cells_of(table_of(MEDIATIONS))),
        lambda parts: parts + [(f"xl/media/{number}", b"") for number in range(12_000)],
    ),
    "resource_limit",
    "parts",
)
SEC.accepts(
    "a part named to climb out of its folder",
    MEDIATIONS,
    lambda: repacked(
        package_of(SHEET, cells_of(table_of(MEDIATIONS))), lambda parts: [*parts, ("../../../tmp/climbed", b"x")]
    ),
    COUNT,
)
SEC.accepts(
    "a part with an absolute name",
    MEDIATIONS,
    lambda: repacked(package_of(SHEET, cells_of(table_of(MEDIATIONS))), lambda parts: [*parts, ("/etc/climbed", b"x")]),
    COUNT,
)


def with_link(parts):
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16
    return [*parts, (link, b"/etc/passwd")]


SEC.accepts(
    "a part that is a link",
    MEDIATIONS,
    lambda: repacked(package_of(SHEET, cells_of(table_of(MEDIATIONS))), with_link),
    COUNT,
)


def with_entities(part):
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return lambda parts: [(name, laughs + body if name == part else body) for name, body in parts]


for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
    SEC.refuses(
        f"entities that multiply in {part}",
        MEDIATIONS,
        lambda part=part: repacked(package_of(SHEET, cells_of(table_of(MEDIATIONS))), with_entities(part)),
        "unreadable",
        "entities",
    )
SEC.refuses(
    "an entity that names a file outside",
    MEDIATIONS,
    lambda: repacked(
        package_of(SHEET, cells_of(table_of(MEDIATIONS))),
        lambda parts: [
            (name, b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + body if "sheet1" in name else body)
            for name, body in parts
        ],
    ),
    "unreadable",
    "entities",
)
for formula in ("=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "＝1+1", '=HYPERLINK("x")'):
    SEC.accepts(
        f"an area called {formula!r} is refused a name that a spreadsheet would run",
        AREAS,
        lambda formula=formula: sent(AREAS, area_name=[formula]),
        COUNT - 1,
        quarantined={"bad_pattern": 1},
    )
for markup in ("<script>alert(1)</script>", "{{7*7}}", "{% raw %}", "${jndi:ldap://x}", "<img src=x onerror=y>"):
    SEC.accepts(
        f"an area called {markup!r}",
        AREAS,
        lambda markup=markup: sent(AREAS, area_name=[markup]),
        COUNT - 1,
        quarantined={"bad_pattern": 1},
    )
SEC.accepts(
    "SQL in every text cell",
    RESIDENTS,
    lambda: csv_of(
        RESIDENTS,
        table_of(
            RESIDENTS, rows_of(RESIDENTS, person_name="'; DROP TABLE sent; --", registered_address='"); DETACH x; --')
        ),
    ),
    COUNT,
    loaded={"person_name": ["'; DROP TABLE sent; --"] * COUNT},
)
SEC.accepts(
    "SQL where a code belongs",
    CASES,
    lambda: sent(CASES, case_type_code=["0501' OR '1'='1"]),
    COUNT - 1,
    quarantined={"unknown_code": 1},
)
SEC.refuses(
    "SQL for a header",
    CASES,
    lambda: csv_of(CASES, [[*header_of(CASES), 'x"; DROP TABLE sent; --']]),
    "unknown_column",
    "DROP TABLE",
)
SEC.refuses(
    "control characters in a header come back without their effect",
    CASES,
    lambda: csv_of(CASES, [[*header_of(CASES), "\x1b[2J\x1b]0;owned\x07列"]]),
    "unknown_column",
    "\ufffd[2J",
)
SEC.refuses(
    "a header that turns the direction of writing",
    VOLUNTEERS,
    lambda: csv_of(VOLUNTEERS, [[*header_of(VOLUNTEERS), "\u202egnihtemos"]]),
    "unknown_column",
    "\ufffdgnihtemos",
)
SEC.refuses(
    "a header of a hundred thousand characters",
    CASES,
    lambda: csv_of(CASES, [[*header_of(CASES), "长" * 100_000]]),
    "unknown_column",
    "长…",
)
SEC.accepts(
    "a note with a path in the file's name",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    COUNT,
    name="案件_201702_..\\..\\x.csv",
)
SEC.accepts(
    "a note that would be run",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    COUNT,
    name="案件_201702_$(touch x)`touch x`;'\".csv",
)
SEC.accepts(
    "a note that turns the direction of writing",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    COUNT,
    name="案件_201702_\u202exslx.csv",
)
SEC.refuses(
    "a period that is a path",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    "wrong_period",
    name="案件_..%2f..%2f201702.csv",
)
SEC.accepts(
    "formulas of a workbook as text",
    MEDIATIONS,
    lambda: book_of([["=1+1"], *table_of(MEDIATIONS)], SHEET),
    COUNT,
    accounted={"header": 1, "title": 1},
)
SEC.refuses(
    "a period of two hundred characters",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    "wrong_period",
    name=f"案件_{'Q' * 200}.csv",
)
SEC.refuses(
    "a period with a line of a log in it",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    "wrong_period",
    name="案件_201702\n[ERROR] all is lost.csv",
)
