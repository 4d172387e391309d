"""Tiers over columns: the tier of many members as of each event, and as of a day.

In: what counts for a tier (fen, visits or points) by event, what was taken back, the tiers that records tell. Out: the
number of the tier before and after each event, and at the end. Without a grace a tier is a step function of the basis of
its day (LP12), and the basis a difference of prefix sums: what came, less what has left the window. Next room:
:mod:`lifecycle.columns.queues`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np

from lifecycle.columns.codes import Bools, Ints, Longs, Rows
from lifecycle.columns.days import NEVER
from lifecycle.money import exact_fen
from lifecycle.tiers import ORDINARY, Tiers

__all__ = ["Calendar", "Counted", "Levels", "TakenBack", "both", "levels", "names_of", "told_so_far", "why_not"]


class Calendar:
    """A rule from day to day as a table: asked once a day of the calendar, looked up for each row (LT1).

    ``low`` and ``high`` (closed, ordinals) are the days that can be asked; ``rule`` gives the day that follows, the end
    of the calendar standing for never.
    """

    def __init__(self, rule: Callable[[date], date], low: int, high: int) -> None:
        self.low = low
        self.high = high
        last = date.max.toordinal()
        days = (rule(date.fromordinal(day)).toordinal() for day in range(low, high + 1))
        self.due = np.fromiter((NEVER if day == last else day for day in days), np.int32, high - low + 1)

    def after(self, days: Ints) -> Ints:
        """The day that follows each."""
        found: Ints = self.due[days - np.int32(self.low)]
        return found

    def latest(self) -> Calendar:
        """The rule inverted: for each day d from ``low`` to ``high``, the latest day whose due day is d or before; 0: none."""
        again = object.__new__(Calendar)
        again.low, again.high = self.low, self.high
        days = np.arange(self.low, self.high + 1, dtype=np.int32)
        found = np.searchsorted(self.due, days, "right") - 1 + self.low
        again.due = np.where(found < self.low, 0, found).astype(np.int32)
        return again


class Counted(NamedTuple):
    """What counts: the place of each event among its block's, what it is worth, and the tier's own day arithmetic."""

    places: Rows
    amounts: Longs


class TakenBack(NamedTuple):
    """What was taken back: at which place, of which of the counted (by number), how much."""

    places: Rows
    of: Rows
    amounts: Longs


class Levels(NamedTuple):
    """The level of the basis (a number of :attr:`Tiers.names`) before and after each event, and of each member at the end."""

    before: Ints
    after: Ints
    last: Ints


def why_not(tiers: Tiers | None, *, earning_reads_tier: bool) -> list[str]:
    """Why a rule of tiers has no form over columns; nothing where it has one."""
    if tiers is None:
        return []
    reasons: list[str] = []
    if tiers.grace_months and tiers.downgrade != "never":
        reasons.append(f"{tiers!r}: a tier that is kept for a time depends on when its basis was lost")
    if tiers.by == "points" and earning_reads_tier:
        reasons.append(f"{tiers!r}: points that make the tier that makes the points")
    return reasons


def levels(
    tiers: Tiers,
    day: Ints,
    member: Longs,
    first: Rows,
    counted: Counted,
    back: TakenBack,
    on: date,
    until: Calendar | None,
) -> Levels:
    """The levels of a block of events in canonical order.

    ``day`` and ``member`` (numbered from 0, ascending) of each event; ``first`` the place of each member's first event and,
    at the end, how many events there are; ``until`` is the window (None: what happened counts for ever).
    """
    size, members = day.size, first.size - 1
    values = tiers.thresholds.items()
    steps = np.array(
        [exact_fen(value, name) if tiers.by == "spend" else int(value) for name, value in values], np.int64
    )
    after = np.zeros(size + 1, np.int64)  # what the basis grows by, after the event at each place
    np.add.at(after, counted.places, counted.amounts)
    last = np.zeros(members, np.int64)
    whose = member[counted.places]
    left = counted.amounts.copy()
    if until is None:
        np.subtract.at(after, back.places, back.amounts)
        np.subtract.at(left, back.of, back.amounts)
        np.add.at(last, whose, left)
        upto = np.cumsum(after[:-1])
        upto -= np.repeat((upto - after[:-1])[first[:-1]], np.diff(first))
        reached_after = np.searchsorted(steps, upto, "right")
        reached_before = np.zeros(size, reached_after.dtype)
        reached_before[1:] = reached_after[:-1]
    else:
        gone_day = until.after(day[counted.places])
        # the first event of the member on which it no longer counts; what has gone is not taken back a second time
        keys = member * np.int64(1 << 32) + day
        gone = np.searchsorted(keys, whose * np.int64(1 << 32) + gone_day)
        there = gone < first[whose + 1]
        before = np.zeros(size + 1, np.int64)  # what it grows by when the day of the event begins
        np.subtract.at(before, gone[there], counted.amounts[there])
        counts = back.places < np.where(there, gone, size)[back.of]
        places, of, amounts = back.places[counts], back.of[counts], back.amounts[counts]
        np.subtract.at(after, places, amounts)
        again = there[of]
        np.add.at(before, gone[of[again]], amounts[again])
        np.subtract.at(left, back.of, back.amounts)
        counting = gone_day > on.toordinal()
        np.add.at(last, whose[counting], left[counting])
        upto = np.cumsum(after[:-1] + before[:-1])
        base = (upto - after[:-1] - before[:-1])[first[:-1]]
        upto -= np.repeat(base, np.diff(first))
        reached_after = np.searchsorted(steps, upto, "right")
        reached_before = np.searchsorted(steps, upto - after[:-1], "right")
    at_last = np.searchsorted(steps, last, "right")
    if until is None:
        reached_before[first[:-1][first[:-1] < size]] = 0
    if tiers.downgrade == "never":
        # the highest so far, within each member
        lift = member * np.int64(len(steps) + 1)
        reached_after = np.maximum.accumulate(reached_after + lift) - lift
        reached_before = np.zeros(size, np.int64)
        reached_before[1:] = reached_after[:-1]
        reached_before[first[:-1][first[:-1] < size]] = 0
        ends = first[1:] - 1
        some = first[1:] > first[:-1]
        at_last[some] = reached_after[ends[some]]
    return Levels(reached_before.astype(np.int32), reached_after.astype(np.int32), at_last.astype(np.int32))


def told_so_far(told: Ints, member: Longs, first: Rows) -> tuple[Ints, Ints]:
    """What was told last, as of each event and of each member at the end; ``told`` is −1 where an event tells nothing.

    Both are 0 (:data:`~lifecycle.tiers.ORDINARY`) where nothing was told yet.
    """
    size = told.size
    at = np.where(told >= 0, np.arange(size), -1)
    at = np.maximum.accumulate(at)
    known: Bools = at >= first[member]
    now = np.where(known, told[np.maximum(at, 0)], 0).astype(np.int32)
    last = np.zeros(first.size - 1, np.int32)
    some = first[1:] > first[:-1]
    last[some] = now[first[1:][some] - 1]
    return now, last


def both(recorded: Ints, level: Ints, ranks: Longs) -> Ints:
    """The tier: the recorded one where it is at least as high as what the basis gives; else that (:attr:`Ledger.tier`)."""
    return np.where((recorded != 0) & (ranks[recorded] >= level), recorded, level).astype(np.int32)


def names_of(tiers: Tiers | None, recorded: tuple[str, ...]) -> tuple[str, ...]:
    """All tiers that can be met: those of the rule from the lowest up, then what records tell besides."""
    known = (ORDINARY,) if tiers is None else tiers.names
    return (*known, *(name for name in recorded if name not in known))
