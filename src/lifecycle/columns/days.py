"""Days as numbers: civil days of instants in the house's zone, and due days by a table that the month rule filled.

In: a column of days or instants. Out: the ordinal of each civil day and the microseconds of it that have passed; for a
:class:`~lifecycle.deadline.Span`, the due day of each day of a column. Calendar arithmetic is that of
:mod:`lifecycle.dates`, done once a day of the calendar and looked up for each row, never in bulk (LT1). Next room:
:mod:`lifecycle.columns.packing`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
import polars as pl

from lifecycle.columns.codes import Ints, Longs
from lifecycle.deadline import Span
from lifecycle.errors import LifecycleError

__all__ = ["MISSING", "NEVER", "Instants", "day_of", "days", "due_after", "instants", "ordinal"]

#: The day that is not told: 0 is before every day, so that the later of it and a day is the day.
MISSING = 0
#: The due day that never comes: after every day, so that the earlier of it and a day is the day.
NEVER = int(np.iinfo(np.int32).max)

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
_FIRST, _LAST = date(1900, 1, 1).toordinal(), date(2199, 12, 31).toordinal()
_MOST = date.max.toordinal()
_WIDE = 150_000  # days; a table is filled up to this width, else only for the days that occur


def days(name: str, numbers: Ints) -> pl.Series:
    """Ordinals as a column of days; null where there is none (:data:`NEVER`, :data:`MISSING`)."""
    column = pl.Series(name, numbers - np.int32(_EPOCH)).cast(pl.Date)
    none = (numbers == NEVER) | (numbers == MISSING)
    return column if not none.any() else column.set(pl.Series(none), None)


def ordinal(day: date | None, missing: int = NEVER) -> int:
    """A day as its ordinal; ``missing`` for None."""
    return missing if day is None else day.toordinal()


def day_of(number: int) -> date | None:
    """The day of an ordinal; None for :data:`NEVER` and :data:`MISSING`."""
    return None if number in (NEVER, MISSING) else date.fromordinal(number)


class Instants(NamedTuple):
    """When events happened: the ordinal of the civil day, and microseconds of it (None: each at the start of its day)."""

    days: Ints
    elapsed: Longs | None


def instants(at: pl.Series, zone: tzinfo) -> Instants:
    """Days and instants in the house's zone; an instant without a zone is local to it. None of them is missing."""
    kind = at.dtype
    if kind == pl.Date:
        days = at.to_physical().to_numpy() + np.int32(_EPOCH)
        _check(days)
        return Instants(days, None)
    if not isinstance(kind, pl.Datetime):
        raise LifecycleError(
            f"the column at is {kind}, neither days nor instants", argument="at", value=str(kind),
            remedy="make it a date or datetime column; lifecycle.readers.read_frame reads texts",
        )  # fmt: skip
    micro = at.dt.cast_time_unit("us").to_physical().to_numpy()
    if kind.time_zone is None:
        days, wall = _split(micro)
        offsets = _offsets(days, micro, lambda when: when.replace(tzinfo=zone))
    else:
        utc, _ = _split(micro)
        offsets = _offsets(utc, micro, lambda when: when.replace(tzinfo=UTC).astimezone(zone))
        days, wall = _split(micro + offsets)
    _check(days)
    if not wall.any():
        return Instants(days, None)
    # true time since midnight, also on a day on which the clocks change
    start = _per_day(days, lambda day: _offset(datetime(day.year, day.month, day.day, tzinfo=zone)))
    elapsed = np.maximum(wall + (start - offsets), 0)
    return Instants(days, elapsed if elapsed.any() else None)


def _check(days: Ints) -> None:
    if days.size and (int(days.min()) < _FIRST or int(days.max()) > _LAST):
        odd = days[(days < _FIRST) | (days > _LAST)][0]
        raise LifecycleError(
            f"at={date.fromordinal(max(int(odd), 1))} lies outside 1900–2199", argument="at", value=int(odd),
            remedy="check the year",
        )  # fmt: skip


def _split(micro: Longs) -> tuple[Ints, Longs]:
    days = micro // _DAY
    return (days + _EPOCH).astype(np.int32), micro - days * _DAY


_MICROSECOND = timedelta(microseconds=1)


def _offset(when: datetime) -> int:
    return (when.utcoffset() or timedelta(0)) // _MICROSECOND


def _per_day(days: Ints, ask: Callable[[date], int]) -> Longs:
    """``ask`` of each day, once a day that occurs."""
    if not days.size:
        return np.empty(0, np.int64)
    low, high = int(days.min()), int(days.max())
    there = np.zeros(high - low + 1, np.bool_)
    places = days - np.int32(low)
    there[places] = True
    table = np.zeros(there.size, np.int64)
    for place in np.flatnonzero(there).tolist():
        table[place] = ask(date.fromordinal(low + place))
    found: Longs = table[places]
    return found


def _offsets(days: Ints, micro: Longs, local: Callable[[datetime], datetime]) -> Longs:
    """The offset from UTC of each instant, in microseconds: asked of the zone once a day, of each instant where it changes."""

    def at(day: date) -> int:
        return _offset(local(datetime(day.year, day.month, day.day)))  # noqa: DTZ001 - it gets its zone there

    starts = _per_day(days, at)
    changes = _per_day(days, lambda day: int(at(day) != at(date.fromordinal(day.toordinal() + 1))))
    for row in np.flatnonzero(changes).tolist():
        when = datetime(1970, 1, 1) + timedelta(microseconds=int(micro[row]))  # noqa: DTZ001
        starts[row] = _offset(local(when))
    return starts


# -- due days -------------------------------------------------------------------------------------------------------------


class _Table(NamedTuple):
    low: int
    due: Ints


_tables: dict[int, _Table] = {}


def _table(months: int, low: int, high: int) -> _Table:
    """Due days of every day from ``low`` to ``high`` (closed) at least, filled by the one-by-one rule and kept."""
    known = _tables.get(months)
    if known is None or max(high, known.low + known.due.size) - min(low, known.low) > _WIDE:
        known = _Table(low, np.empty(0, np.int32))
    end = known.low + known.due.size
    if low >= known.low and high < end:
        return known
    before = _due_days(months, min(low, known.low), known.low)
    after = _due_days(months, end, max(high + 1, end))
    table = _tables[months] = _Table(min(low, known.low), np.concatenate((before, known.due, after)))
    return table


def _due_days(months: int, start: int, end: int) -> Ints:
    rule = Span(months=months).after if months >= 0 else Span(months=-months).before
    return np.fromiter((rule(date.fromordinal(day)).toordinal() for day in range(start, end)), np.int32, end - start)


def due_after(days: Ints, span: Span, *, back: bool = False) -> Ints:
    """The due day of each day: the span after it (before it with ``back``); :data:`NEVER` where the day is not told.

    A day looks itself up in a table that :meth:`Span.after` filled, so both readings of a rule use one arithmetic.
    """
    told = days != MISSING
    every = bool(told.all())
    if not told.any():
        return np.full(days.size, NEVER, np.int32)
    sign = -1 if back else 1
    due: Ints
    if span.months is None:
        shifted = np.clip(days + np.int32(sign * (span.days or 0)), 1, _MOST)
        due = shifted.astype(np.int32, copy=False)
    else:
        low = int(days.min()) if every else int(days[told].min())
        high = int(days.max())
        if high - low < _WIDE:
            table = _table(sign * span.months, low, high)
            places = np.subtract(days, table.low, dtype=np.intp)
            due = np.take(
                table.due, places, mode="clip"
            )  # what is not told looks itself up anywhere, and is mended below
        else:
            found, rows = np.unique(days, return_inverse=True)
            rule = span.before if back else span.after
            few = [rule(date.fromordinal(day)).toordinal() if day else NEVER for day in found.tolist()]
            due = np.array(few, dtype=np.int32)[rows]
    if not every:
        due[np.flatnonzero(~told)] = NEVER  # flags are slower to set by than places
    return due
