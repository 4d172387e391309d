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
    begins: Rows
    """Where the events of each vehicle begin."""
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
    begins = np.flatnonzero(events.start)
    day, at_risk, lost, seen, gone = events.day, found.at_risk, found.lost, found.seen, found.gone
    before, after = np.empty(events.size, np.int8), _status(at_risk, lost, day)
    # as of the event before, whose deadlines of the day have come due
    before[1:] = _status(at_risk[:-1], lost[:-1], day[1:])
    if not seen.all():
        after[~seen] = _UNSEEN
        before[1:][~seen[:-1]] = _UNSEEN
    if gone.any():
        after[gone] = _GONE
        before[1:][gone[:-1]] = _GONE
    before[begins] = _UNSEEN
    seen_again = np.zeros(events.size, np.bool_)
    seen_again[1:] = (at_risk[1:] > at_risk[:-1]) | (lost[1:] > lost[:-1])  # a day moved later
    same = events.same_visit()
    if same is not None:
        seen_again &= ~same
    seen_again |= after < before
    seen_again &= after != _LOST
    # out of sight before, and in sight now, whatever the rule says of it
    unseen = np.flatnonzero(before == _UNSEEN)
    seen_again[unseen] = after[unseen] != _UNSEEN
    if gone.any():
        seen_again |= before == _GONE
        seen_again &= ~gone
    return Course(events, begins, found, before, seen_again)


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
    label, at_risk_due, lost_due, inspected_on = answer = _unseen(vehicles)
    found = course(packed, churn)
    events = found.events
    if not events.size:
        return answer
    begins = found.begins
    ends = np.append(begins[1:], events.size) - 1
    which = events.vehicle[ends]
    at_risk_due[which], lost_due[which] = found.dues.at_risk[ends], found.dues.lost[ends]
    last = np.int32(on.toordinal())
    status = _status(at_risk_due[which], lost_due[which], last)

    again = _last(found.seen_again, begins, ends)
    began = again >= 0
    before = found.before[np.maximum(again, 0)]
    status[(status == _ACTIVE) & began & (before >= _LOST)] = _RETURNED
    inspections = events.of(INSPECTED)
    if inspections.size:
        number = np.full(vehicles, -1, np.intp)
        number[which] = np.arange(which.size)
        mine = number[events.vehicle[inspections]]
        since = inspections > again[mine]
        at = events.vehicle[inspections[since]]
        inspected_on.data[at] = events.day[inspections[since]]
        while_here = since & np.isin(found.before[inspections], (_ACTIVE, _AT_RISK))
        inspected = np.zeros(which.size, np.bool_)
        inspected[mine[while_here]] = True
        status[(status == _LOST) & inspected] = _QUASI_LOST
    status[~found.dues.seen[ends]] = _UNSEEN
    status[found.dues.gone[ends]] = _GONE
    label[which] = status
    return answer


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
