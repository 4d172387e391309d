"""The one month rule, and the little calendar arithmetic that the rest of the library needs.

In: civil dates of the house's zone. Out: civil dates. Month arithmetic is dateutil's ``relativedelta`` (31 January +
1 month = the last day of February), always from the anchor and never step by step (LT1). Nothing here asks the clock
(LT2). Next room: :mod:`lifecycle.kinds`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from lifecycle.errors import LifecycleError, shown

__all__ = [
    "SHANGHAI",
    "a_zone",
    "add_days",
    "add_months",
    "anniversary",
    "latest_anchor",
    "months_between",
    "parse_day",
]

#: The zone of the houses whose handbooks are modelled; a book may name another.
SHANGHAI = ZoneInfo("Asia/Shanghai")


_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


def a_zone(zone: object) -> tzinfo:
    """A zone given by a user; its name alone is refused, and the remedy says how to write it."""
    if isinstance(zone, tzinfo):
        return zone
    name = zone if isinstance(zone, str) else "America/New_York"
    raise LifecycleError(
        f"zone={shown(zone)} is not a time zone",
        argument="zone",
        value=zone,
        remedy=f"as in zoneinfo.ZoneInfo({shown(name)})",
    )


@cache
def _month(months: int) -> relativedelta:
    return relativedelta(months=months)


@lru_cache(maxsize=1 << 16)
def add_months(day: date, months: int) -> date:
    """``day`` + ``months`` calendar months, a day that the month lacks clamped to its last (LT1).

    Clamped at the ends of the calendar (``date.min``, ``date.max``), so that a far deadline is late, not a crash.
    """
    try:
        return day + _month(months)
    except (OverflowError, ValueError):
        return date.max if months > 0 else date.min


def add_days(day: date, days: int) -> date:
    """``day`` + ``days``, clamped at the ends of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def latest_anchor(on: date, months: int) -> date:
    """The latest day D with D + ``months`` months ≤ ``on``: the month rule inverted, for one comparison per column.

    Not ``on − months``: six months since 31 August are over on 28 February, though 28 February − 6 months is 28 August.
    """
    back = add_months(on, -months)
    if on.day == monthrange(on.year, on.month)[1]:
        return back.replace(day=monthrange(back.year, back.month)[1])
    return back


def months_between(start: date, end: date) -> int:
    """Whole months from ``start`` to ``end`` (both closed): the largest n with start + n months ≤ end; negative before."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def anniversary(day: date, year: int, *, leap_day: int = 28) -> date:
    """``day``'s month and day in ``year``; 29 February falls on 28 February (or 1 March with ``leap_day=1``) elsewhere (LK4)."""
    if leap_day not in (28, 1):
        raise LifecycleError("leap_day is 28 (28 February) or 1 (1 March)", argument="leap_day", value=leap_day)
    if (day.month, day.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return date(year, 2, 28) if leap_day == 28 else date(year, 3, 1)
    return day.replace(year=year)


def parse_day(text: str) -> date:
    """A civil date from ``YYYY-MM-DD`` (also with / or . between), nothing guessed."""
    written = _DAY.fullmatch(text.strip())
    try:
        if written is not None:
            return date(int(written[1]), int(written[2]), int(written[3]))
    except ValueError:
        pass  # 30 February
    raise LifecycleError(
        f"{shown(text)} is not a date", argument="date", value=text, remedy="write YYYY-MM-DD, as in 2024-02-29"
    )
