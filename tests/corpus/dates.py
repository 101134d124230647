"""DAT: days and times. Cases of February 2017, fires of the first quarter of 2017, residents as of its end."""

from __future__ import annotations

import datetime as dt

from tests.corpus.case import Category
from tests.corpus.making import CASES, COUNT, FIRES, MIGRANTS, RESIDENTS, sent

DAT = Category("DAT")
DAY = dt.date(2017, 2, 3)


def cases(cell: str) -> bytes:
    """The first case was recorded on ``cell``."""
    return sent(CASES, recorded_date=[cell], occurred_date=[""], cleared_date=[""])


def written(cell: str, day: dt.date | None = DAY, reason: str = "invalid_date") -> None:
    others = [dt.date(2017, 2, 1) + dt.timedelta(days=row) for row in range(1, COUNT)]
    if day is None:
        DAT.accepts(
            f"{cell!r} is no day",
            CASES,
            lambda: cases(cell),
            COUNT - 1,
            quarantined={reason: 1},
            loaded={"recorded_date": others},
        )
    else:
        DAT.accepts(f"{cell!r} is {day}", CASES, lambda: cases(cell), COUNT, loaded={"recorded_date": [day, *others]})


for form in (
    "2017-02-03",
    "2017-2-3",
    "2017/2/3",
    "2017.2.3",
    "20170203",
    "2017年2月3日",
    "２０１７-０２-０３",
    " 2017-02-03 ",
    "2017-02-03 00:00:00",
    "2017/2/3 8:05",
    "42769",
    "42769.0",
    "'2017-02-03",
):
    written(form)
for form in (
    "17.2.3",
    "17-02-03",
    "2017-02-30",
    "2017-13-01",
    "2017-00-10",
    "0000-00-00",
    "02/03/2017",
    "3-Feb-2017",
    "正月初七",
    "二〇一七年二月三日",
    "2017年2月",
    "2017",
    "2017-02",
    "昨天",
    "4276",
    "2017-02-03~2017-02-05",
    "1017-02-03",
    "20170230",
):
    written(form, None)
for empty in ("", "/", "-", "无", "不详", "　"):
    written(empty, None, "missing_required")
written("2017-02-28", dt.date(2017, 2, 28))
for outside in ("2017-03-01", "2017-01-31", "2016-02-03", "2071-02-03"):
    written(outside, None, "outside_period")
DAT.accepts(
    "a day before the day that it should follow",
    CASES,
    lambda: sent(CASES, occurred_date=["2017-02-02"], cleared_date=[""]),
    COUNT - 1,
    quarantined={"before_other_date": 1},
)
DAT.accepts(
    "an optional day left empty",
    CASES,
    lambda: sent(CASES, cleared_date=""),
    COUNT,
    loaded={"cleared_date": [None] * COUNT},
)
DAT.accepts(
    "an optional day that is none",
    CASES,
    lambda: sent(CASES, cleared_date=["未破"]),
    COUNT - 1,
    quarantined={"invalid_date": 1},
)
DAT.accepts(
    "born after the period",
    RESIDENTS,
    lambda: sent(RESIDENTS, birth_date=["2017-04-01"], registration_date=["2017-04-02"]),
    COUNT - 1,
    quarantined={"in_future": 1},
)
DAT.accepts(
    "born before 1850",
    RESIDENTS,
    lambda: sent(RESIDENTS, birth_date=["1849-12-31"]),
    COUNT - 1,
    quarantined={"invalid_date": 1},
)
DAT.accepts(
    "born on 4 May 1986, an hour that summer time left out",
    RESIDENTS,
    lambda: sent(RESIDENTS, birth_date=["1986-05-04 02:30:00"]),
    COUNT,
)
for word in ("长期", "9999-12-31", "99991231", "9999/12/31"):
    DAT.accepts(
        f"a permit that is valid until {word}",
        MIGRANTS,
        lambda word=word: sent(MIGRANTS, permit_expiry_date=[word]),
        COUNT,
    )
DAT.accepts(
    "长期 where no end is foreseen",
    CASES,
    lambda: sent(CASES, cleared_date=["长期"]),
    COUNT - 1,
    quarantined={"invalid_date": 1},
)


def fires(cell: str) -> bytes:
    return sent(FIRES, occurred_at=[cell])


for form, moment in (
    ("2017-03-31 23:59:59", dt.datetime(2017, 3, 31, 23, 59, 59)),
    ("2017-01-01 00:00:00", dt.datetime(2017, 1, 1)),
    ("2017-2-3 8:05", dt.datetime(2017, 2, 3, 8, 5)),
    ("2017/02/03 08:05:09", dt.datetime(2017, 2, 3, 8, 5, 9)),
    ("2017年2月3日8时5分", dt.datetime(2017, 2, 3, 8, 5)),
    ("20170203080509", dt.datetime(2017, 2, 3, 8, 5, 9)),
    ("2017-02-03T08:05:09", dt.datetime(2017, 2, 3, 8, 5, 9)),
    ("2017-02-03", dt.datetime(2017, 2, 3)),
    ("42769.5", dt.datetime(2017, 2, 3, 12)),
):
    rest = [dt.datetime(2017, 1, 1 + row, 8, 30) for row in range(1, COUNT)]
    DAT.accepts(
        f"{form!r} is the moment {moment}",
        FIRES,
        lambda form=form: fires(form),
        COUNT,
        loaded={"occurred_at": [moment, *rest]},
    )
for form, reason in (
    ("2017-04-01 00:00:00", "outside_period"),
    ("2017-02-03 25:00", "invalid_date"),
    ("2017-02-03 08:61", "invalid_date"),
    ("2017-02-30 08:00", "invalid_date"),
    ("08:05", "invalid_date"),
    ("2017-02-03 上午八时", "invalid_date"),
):
    DAT.accepts(
        f"{form!r} is no moment of the quarter",
        FIRES,
        lambda form=form: fires(form),
        COUNT - 1,
        quarantined={reason: 1},
    )
