"""SEM: files of sound form that are not what they seem. (What only history tells: the checks on deliveries.)"""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import (
    AREAS,
    CASES,
    COUNT,
    FIRES,
    MEDIATIONS,
    RESIDENTS,
    booked,
    csv_of,
    rows_of,
    sent,
    table_of,
)

SEM = Category("SEM")


def cases(**changed) -> bytes:
    return sent(CASES, occurred_date="", cleared_date="", **changed)


SEM.refuses(
    "last month's cases as this month's",
    CASES,
    lambda: cases(recorded_date="2017-01-15"),
    "wrong_period",
    "201702",
    "8 of 8",
)
SEM.refuses("next year's by a slip of the year", CASES, lambda: cases(recorded_date="2018-02-03"), "wrong_period")
SEM.refuses(
    "five of eight cases of another month",
    CASES,
    lambda: cases(recorded_date=["2017-01-15"] * 5),
    "wrong_period",
    "5 of 8",
)
SEM.accepts(
    "half of the cases of another month",
    CASES,
    lambda: cases(recorded_date=["2017-01-15"] * 4),
    4,
    quarantined={"outside_period": 4},
)
SEM.refuses(
    "last quarter's mediations as this quarter's",
    MEDIATIONS,
    lambda: booked(MEDIATIONS, accepted_date="2016-10-01", closed_date="2016-11-01", reopened_date=""),
    "wrong_period",
)
SEM.refuses(
    "all year so far instead of the quarter",
    FIRES,
    lambda: sent(FIRES, occurred_at=[*["2016-08-01 10:00:00"] * 5]),
    "wrong_period",
)
SEM.refuses(
    "residents under the name of cases", CASES, lambda: csv_of(RESIDENTS, table_of(RESIDENTS)), "another_extract"
)
SEM.refuses("the period after the round", CASES, lambda: cases(), "wrong_period", "2017Q1", name="案件_201704.csv")
SEM.refuses(
    "a quarter in the name of a monthly file", CASES, lambda: cases(), "wrong_period", "201703", name="案件_2017Q1.csv"
)
SEM.refuses(
    "a month in the name of a quarterly file",
    FIRES,
    lambda: csv_of(FIRES, table_of(FIRES)),
    "wrong_period",
    "2017Q1",
    name="火灾_201702.csv",
)
SEM.refuses("a thirteenth month", CASES, lambda: cases(), "wrong_period", name="案件_201713.csv")
SEM.refuses(
    "two columns of codes exchanged",
    CASES,
    lambda: csv_of(
        CASES,
        [[row[0], row[6], *row[2:6], row[1], row[7]] if place else row for place, row in enumerate(table_of(CASES))],
    ),
    "no_acceptable_row",
    f"None of its {COUNT} rows",
    f"unknown_code {COUNT}",
)
SEM.accepts(
    "name and number exchanged: nobody is linked by mistake",
    RESIDENTS,
    lambda: csv_of(
        RESIDENTS,
        table_of(
            RESIDENTS,
            [
                row | {"document_number": row["person_name"], "person_name": row["document_number"]}
                for row in rows_of(RESIDENTS)
            ],
        ),
    ),
    COUNT,
    quality={"malformed": COUNT},
)
SEM.refuses(
    "an amount in units of ten thousand",
    FIRES,
    lambda: sent(FIRES, direct_loss_yuan="1.2万"),
    "no_acceptable_row",
    f"invalid_number {COUNT}",
)
SEM.accepts(
    "more people injured than fires can injure",
    FIRES,
    lambda: sent(FIRES, injured_count=["10000"]),
    COUNT - 1,
    quarantined={"out_of_range": 1},
)
SEM.accepts("every row of one day", CASES, lambda: cases(recorded_date="2017-02-03"), COUNT)
SEM.accepts("a column copied down", AREAS, lambda: sent(AREAS, area_name="某地"), COUNT)
SEM.accepts("a preliminary file by its note", CASES, lambda: cases(), COUNT, name="案件_201702_初步数.csv")
