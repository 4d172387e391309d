"""Courses of vehicles over columns: the graded status with what the machine remembers — returned, quasi-lost, gone.

In: :class:`~lifecycle.columns.packing.Packed` as of a day, and a graded policy that reads facts of vehicles. Out:
:class:`Activity`, one row a vehicle: the label of :data:`~lifecycle.machines.ACTIVITY` as replay would find it, and the due
days. Next room: :mod:`lifecycle.columns.churn`.

How it is done without stepping. Between two events of a vehicle only deadlines come due, and they are known from the facts
as of the first, so the state *before* an event is a matter of two comparisons. ``seen_again`` falls where a due day moved
later than it was (a visit told twice is one); what the machine remembers dates from the last of them: whether the vehicle
was lost or gone just before it (returned), and whether it was inspected since, while not lost (quasi-lost).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints, Rows
from lifecycle.columns.column import Column, missing
from lifecycle.columns.days import NEVER
from lifecycle.columns.packing import Packed
from lifecycle.columns.rules import Dues, dues
from lifecycle.columns.running import INSPECTED, Running

__all__ = ["LABELS", "Activity", "Course", "activities", "course"]

#: The labels of activity, by number; the first five are :data:`lifecycle.columns.rules.STATUSES`.
LABELS = ("unseen", "active", "at_risk", "lost", "gone", "quasi_lost", "returned")
_UNSEEN, _ACTIVE, _AT_RISK, _LOST, _GONE, _QUASI_LOST, _RETURNED = range(len(LABELS))
_Statuses = npt.NDArray[np.int8]


class Course(NamedTuple):
    """What a policy said, and what the machine did, at each event that concerns vehicles."""

    events: Running
    dues: Dues
    """The due days as of each event."""
    before: _Statuses
    """The state just before each event, its memory taken off, the deadlines of the day having come due."""
    seen_again: Bools
    """Whether the event brought ``seen_again``."""


class Activity(NamedTuple):
    """One row a vehicle, as of a day."""

    label: _Statuses
    """Numbers of :data:`LABELS`."""
    at_risk_due: Ints
    lost_due: Ints
    """Ordinals; :data:`~lifecycle.columns.days.NEVER` where the policy names no day."""
    inspected_on: Column


def course(packed: Packed, churn: Churn) -> Course:
    """What happened to each vehicle, event by event."""
    events = Running(packed, churn)
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
    hidden = np.concatenate((hidden, left, begins))
    seen_again = np.zeros(events.size, np.bool_)
    seen_again[1:] = (at_risk[1:] > at_risk[:-1]) | (lost[1:] > lost[:-1])  # a day moved later
    same = events.same_visit()
    if same is not None:
        seen_again &= ~same
    seen_again |= after < before
    seen_again &= after != _LOST
    # out of sight before, and in sight now, whatever the rule says of it
    seen_again[hidden] = after[hidden] != before[hidden]
    seen_again[away] = False
    return Course(events, found, before, seen_again)


def _status(at_risk: Ints, lost: Ints, day: Ints | np.int32) -> _Statuses:
    """Active, at risk or lost on a day, by the due days (at risk never after lost)."""
    status: _Statuses = (at_risk <= day).view(np.int8) + (lost <= day).view(np.int8)
    status += np.int8(_ACTIVE)
    return status


def activities(packed: Packed, churn: Churn, on: date) -> Activity:
    """The activity of each vehicle on the day ``on`` (closed); ``packed`` is as of that day."""
    pieces = [_activities(piece, churn, on) for piece in packed.in_order().blocks()]
    if not pieces:
        return _unseen(0)
    if len(pieces) == 1:
        return pieces[0]
    return Activity(
        np.concatenate([piece.label for piece in pieces]),
        np.concatenate([piece.at_risk_due for piece in pieces]),
        np.concatenate([piece.lost_due for piece in pieces]),
        Column("day", np.concatenate([piece.inspected_on.data for piece in pieces])),
    )


def _unseen(vehicles: int) -> Activity:
    never = np.full(vehicles, NEVER, np.int32)
    return Activity(np.zeros(vehicles, np.int8), never, never.copy(), missing("day", vehicles))


def _activities(packed: Packed, churn: Churn, on: date) -> Activity:
    vehicles = packed.owners.size
    found = course(packed, churn)
    events, begins = found.events, found.events.begins
    if not events.size:
        return _unseen(vehicles)
    ends = np.append(begins[1:], events.size) - 1
    at_risk_due, lost_due = found.dues.at_risk[ends], found.dues.lost[ends]
    label = _status(at_risk_due, lost_due, np.int32(on.toordinal()))
    again = _last(found.seen_again, begins, ends)
    before = found.before[np.maximum(again, 0)]
    label[np.flatnonzero((label == _ACTIVE) & (again >= 0) & (before >= _LOST))] = _RETURNED
    inspected_on = missing("day", ends.size)
    inspections = events.of(INSPECTED)
    if inspections.size:
        mine = np.searchsorted(begins, inspections, "right") - 1
        since = np.flatnonzero(inspections > again[mine])
        inspected_on.data[mine[since]] = events.day[inspections[since]]
        state = found.before[inspections[since]]
        inspected = np.zeros(ends.size, np.bool_)
        inspected[mine[since[(state == _ACTIVE) | (state == _AT_RISK)]]] = True
        label[np.flatnonzero((label == _LOST) & inspected)] = _QUASI_LOST
    label[np.flatnonzero(~found.dues.seen[ends])] = _UNSEEN
    label[np.flatnonzero(found.dues.gone[ends])] = _GONE
    answer = Activity(label, at_risk_due, lost_due, inspected_on)
    if ends.size == vehicles:
        return answer
    # of some vehicles nothing is told here
    which, whole = events.vehicle[ends], _unseen(vehicles)
    whole.label[which], whole.at_risk_due[which], whole.lost_due[which] = label, at_risk_due, lost_due
    whole.inspected_on.data[which] = inspected_on.data
    return whole


def _last(flags: Bools, begins: Rows, ends: Rows) -> Rows:
    """The last place whose flag is set, of each stretch from ``begins`` to ``ends`` (both closed); −1 for none."""
    place = ends.copy()
    open_ = np.flatnonzero(~flags[place])
    for _ in range(32):
        if not open_.size:
            return place
        place[open_] -= 1
        over = place[open_] < begins[open_]
        place[open_[over]] = -1
        open_ = open_[~over]
        open_ = open_[~flags[place[open_]]]
    found = np.flatnonzero(flags)
    at = np.searchsorted(found, ends[open_], "right") - 1
    last = np.where(at >= 0, found[np.maximum(at, 0)], -1) if found.size else np.full(open_.size, -1)
    place[open_] = np.where(last >= begins[open_], last, -1)
    return place
