"""Courses of vehicles over columns: the graded status with what the machine remembers — returned, quasi-lost, gone.

In: :class:`~lifecycle.columns.packing.Packed` as of a day, and a graded policy that reads facts of vehicles. Out:
:class:`Activity`, one row a vehicle: the label of :data:`~lifecycle.machines.ACTIVITY` as replay would find it, and the due
days. Next room: :mod:`lifecycle.columns.verdicts`.

How it is done without stepping. Between two events of a vehicle only deadlines come due, and they are known from the facts
as of the first, so the state *before* an event is a matter of two comparisons. ``seen_again`` falls where a due day moved
later than it was (a visit told twice is one); what the machine remembers dates from the last of them: whether the vehicle
was lost or gone just before it (returned), and whether it was inspected since, while not lost (quasi-lost).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints, Rows, last_flagged, side_by_side
from lifecycle.columns.column import Column, missing
from lifecycle.columns.days import NEVER
from lifecycle.columns.packing import Packed
from lifecycle.columns.rules import Dues, dues
from lifecycle.columns.running import INSPECTED, Before, Running

__all__ = [
    "LABELS", "Activity", "Course", "Ended", "Remembered", "Statuses", "activities", "course", "ended", "in_whole", "labelled",
    "standing",
]  # fmt: skip

#: The labels of activity, by number; the first five are :data:`lifecycle.columns.rules.STATUSES`.
LABELS = ("unseen", "active", "at_risk", "lost", "gone", "quasi_lost", "returned")
_UNSEEN, _ACTIVE, _AT_RISK, _LOST, _GONE, _QUASI_LOST, _RETURNED = range(len(LABELS))
Statuses = npt.NDArray[np.int8]
_EVERYWHERE = slice(None)


class Course(NamedTuple):
    """What a policy said, and what the machine did, at each event that concerns vehicles."""

    events: Running
    dues: Dues
    """The due days as of each event."""
    before: Statuses
    """The state just before each event, its memory taken off, the deadlines of the day having come due."""
    after: Statuses
    """The state after each event, its memory taken off."""
    seen_again: Bools
    """Whether the event brought ``seen_again``."""


class Activity(NamedTuple):
    """One row a vehicle, as of a day."""

    label: Statuses
    """Numbers of :data:`LABELS`."""
    at_risk_due: Ints
    lost_due: Ints
    """Ordinals; :data:`~lifecycle.columns.days.NEVER` where the policy names no day."""
    inspected_on: Column
    returned: Bools
    """Whether it was lost or gone when it was last seen again."""
    inspected: Bools
    """Whether it was inspected since, while it was neither lost nor gone."""


class Remembered(Before, Protocol):
    """How vehicles stand before the events, with what the machine remembers of them."""

    @property
    def returned(self) -> Bools:
        """As :attr:`Activity.returned`."""
        ...

    @property
    def inspected(self) -> Bools:
        """As :attr:`Activity.inspected`."""
        ...


def course(packed: Packed, churn: Churn, so_far: Before | None = None) -> Course:
    """What happened to each vehicle, event by event; ``so_far``: how they stood before."""
    events = Running(packed, churn, so_far)
    found = dues(churn, events)
    begins = events.begins
    day, at_risk, lost, seen, gone = events.day, found.at_risk, found.lost, found.seen, found.gone
    before, after = np.empty(events.size, np.int8), _status(at_risk, lost, day)
    # as of the event before, whose deadlines of the day have come due
    before[1:] = _status(at_risk[:-1], lost[:-1], day[1:])
    unseen, away = np.flatnonzero(~seen), np.flatnonzero(gone)
    after[unseen], after[away] = _UNSEEN, _GONE
    hidden, left = unseen[unseen < events.size - 1] + 1, away[away < events.size - 1] + 1
    before[hidden], before[left], before[begins] = _UNSEEN, _GONE, _UNSEEN
    seen_again = np.zeros(events.size, np.bool_)
    seen_again[1:] = (at_risk[1:] > at_risk[:-1]) | (lost[1:] > lost[:-1])  # a day moved later
    if so_far is not None:
        mine, first = events.vehicle[begins], dues(churn, so_far)
        before[begins] = standing(first, day[begins], mine)
        seen_again[begins] = (at_risk[begins] > first.at_risk[mine]) | (lost[begins] > first.lost[mine])
    same = events.same_visit()
    if same is not None:
        seen_again &= ~same
    seen_again |= after < before
    seen_again &= after != _LOST
    # out of sight before, and in sight now, whatever the rule says of it
    hidden = np.concatenate((hidden, left, begins[(before[begins] == _UNSEEN) | (before[begins] == _GONE)]))
    seen_again[hidden] = after[hidden] != before[hidden]
    seen_again[away] = False
    return Course(events, found, before, after, seen_again)


def _status(at_risk: Ints, lost: Ints, day: Ints | np.int32) -> Statuses:
    """Active, at risk or lost on a day, by the due days (at risk never after lost)."""
    status: Statuses = (at_risk <= day).view(np.int8) + (lost <= day).view(np.int8)
    status += np.int8(_ACTIVE)
    return status


def standing(found: Dues, day: Ints | np.int32, which: Rows | slice = _EVERYWHERE) -> Statuses:
    """How vehicles stand on a day, what the machine remembers taken off."""
    status = _status(found.at_risk[which], found.lost[which], day)
    status[np.flatnonzero(~found.seen[which])] = _UNSEEN
    status[np.flatnonzero(found.gone[which])] = _GONE
    return status


def labelled(found: Dues, on: date, returned: Bools, inspected: Bools) -> Statuses:
    """How vehicles stand on a day, with what the machine remembers: numbers of :data:`LABELS`."""
    label = standing(found, np.int32(on.toordinal()))
    label[np.flatnonzero((label == _ACTIVE) & returned)] = _RETURNED
    label[np.flatnonzero((label == _LOST) & inspected)] = _QUASI_LOST
    return label


def in_whole(end: Ended, on: date, vehicles: int) -> Activity:
    """The activity of so many vehicles, from how those stand of which something is told."""
    label = labelled(end.dues, on, end.returned, end.inspected)
    answer = Activity(label, end.dues.at_risk, end.dues.lost, end.inspected_on, end.returned, end.inspected)
    if label.size == vehicles:
        return answer
    whole = _unseen(vehicles)
    whole.label[end.which] = label
    whole.at_risk_due[end.which], whole.lost_due[end.which] = end.dues.at_risk, end.dues.lost
    whole.inspected_on.data[end.which] = end.inspected_on.data
    whole.returned[end.which], whole.inspected[end.which] = end.returned, end.inspected
    return whole


def activities(packed: Packed, churn: Churn, on: date) -> Activity:
    """The activity of each vehicle on the day ``on`` (closed); ``packed`` is as of that day."""
    packed = packed.in_order()
    pieces = side_by_side(lambda cut: _activities(packed.block(cut), churn, on), packed.cuts())
    if not pieces:
        return _unseen(0)
    if len(pieces) == 1:
        return pieces[0]
    label, at_risk_due, lost_due, inspected_on, returned, inspected = zip(*pieces, strict=True)
    return Activity(
        np.concatenate(label),
        np.concatenate(at_risk_due),
        np.concatenate(lost_due),
        Column("day", np.concatenate([one.data for one in inspected_on])),
        np.concatenate(returned),
        np.concatenate(inspected),
    )


def _unseen(vehicles: int) -> Activity:
    never, no = np.full(vehicles, NEVER, np.int32), np.zeros(vehicles, np.bool_)
    return Activity(np.zeros(vehicles, np.int8), never, never.copy(), missing("day", vehicles), no, no.copy())


class Ended(NamedTuple):
    """How the vehicles of a course stand after its last event; one row for each that has one."""

    which: Ints
    """The numbers of the vehicles."""
    ends: Rows
    """Where their last events are."""
    dues: Dues
    inspected_on: Column
    returned: Bools
    inspected: Bools


def ended(found: Course, so_far: Remembered | None = None) -> Ended:
    """How the vehicles stand after the last event of each; ``so_far``: how they stood before the first."""
    events, begins = found.events, found.events.begins
    ends = np.append(begins[1:], events.size)[: begins.size] - 1
    which = events.vehicle[ends]
    again = last_flagged(found.seen_again, begins, ends)
    returned = (again >= 0) & (found.before[again] >= _LOST)
    inspected, inspected_on = np.zeros(ends.size, np.bool_), missing("day", ends.size)
    if so_far is not None:
        rest = np.flatnonzero(again < 0)
        returned[rest], inspected[rest] = so_far.returned[which[rest]], so_far.inspected[which[rest]]
        inspected_on.data[rest] = so_far.column("inspected_on").data[which[rest]]
    inspections = events.of(INSPECTED)
    mine = np.searchsorted(begins, inspections, "right") - 1
    since = np.flatnonzero(inspections > again[mine])
    inspected_on.data[mine[since]] = events.day[inspections[since]]
    state = found.before[inspections[since]]
    inspected[mine[since[(state == _ACTIVE) | (state == _AT_RISK)]]] = True
    dues_ = found.dues
    last = Dues(dues_.at_risk[ends], dues_.lost[ends], dues_.seen[ends], dues_.gone[ends])
    return Ended(which, ends, last, inspected_on, returned, inspected)


def _activities(packed: Packed, churn: Churn, on: date) -> Activity:
    found = course(packed, churn)
    vehicles = packed.owners.size
    return in_whole(ended(found), on, vehicles) if found.events.size else _unseen(vehicles)
