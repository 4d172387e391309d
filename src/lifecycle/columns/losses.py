"""When customers are lost: the roll-up of their vehicles over the whole history (LC8).

In: the courses of the vehicles. Out: :class:`Losses`, the moments at which a customer became lost who was not: all his
vehicles lost or gone, and one of them lost. Next room: :mod:`lifecycle.columns.replaying`.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.columns.codes import Bools, Ints, Rows, begins, ends, fold_bits, in_order
from lifecycle.columns.courses import Course
from lifecycle.columns.packing import Packed
from lifecycle.columns.tellings import Tellings, numbers

__all__ = ["Losses", "losses"]

_LOST, _GONE = 3, 4


class Losses(NamedTuple):
    """Moments, in order: a deadline comes before all events of its day, what an event brings after it."""

    customer: Ints
    day: Ints
    place: Rows
    """The place of the event that brought it; −1 for a deadline."""

    def at(self, rows: Rows) -> Losses:
        """Some of them."""
        return Losses(self.customer[rows], self.day[rows], self.place[rows])


def losses(packed: Packed, found: Course, on: date) -> Losses:
    """The moments up to ``on`` (closed) at which a customer became lost."""
    events = found.events
    if not events.size:
        nobody = np.empty(0, np.int32)
        return Losses(nobody, nobody, nobody)
    lost, gone = found.after == _LOST, found.after == _GONE
    was_lost = found.before == _LOST
    # a day that came before the next event of the vehicle, or before the end
    passed = ends(events.vehicle)
    passed &= found.dues.lost <= np.int32(on.toordinal())
    passed[:-1] |= was_lost[1:]  # which is set of no first event of a vehicle
    due = np.flatnonzero(passed & ~lost & ~gone)
    deadlines = Losses(packed.owners[events.vehicle[due]], found.dues.lost[due], np.full(due.size, -1))
    known = Tellings(packed, ()).first_known()
    cars = np.bincount(packed.owners[known < packed.events], minlength=len(packed.customers))
    several = cars > 1
    at_once = np.flatnonzero(lost & ~was_lost)  # an event after which it is lost already
    brought = Losses(
        packed.owners[events.vehicle[at_once]], events.day[at_once], numbers(packed, events.places)[at_once]
    )
    one_car = _one_car(deadlines, brought, several)
    return _sorted(one_car, _more_cars(packed, found, deadlines, several, known)) if several.any() else _sorted(one_car)


def _one_car(deadlines: Losses, brought: Losses, several: Bools) -> Losses:
    """Whoever has one vehicle is lost when it is."""
    both = (one.at(np.flatnonzero(~several[one.customer])) for one in (deadlines, brought))
    return _joined(*both)


def _more_cars(packed: Packed, found: Course, deadlines: Losses, several: Bools, known: Rows) -> Losses:
    """Vehicles in sight and vehicles lost are counted from moment to moment."""
    events = found.events
    here = np.flatnonzero(several[packed.owners][events.vehicle])
    before, after = found.before[here], found.after[here]
    into_sight_or_lost = ((before == _LOST) != (after == _LOST)) | ((before == _GONE) != (after == _GONE))
    moved = here[np.flatnonzero(into_sight_or_lost)]
    before, after = found.before[moved], found.after[moved]
    place = numbers(packed, events.places)[moved]
    appears = np.flatnonzero((known < packed.events) & several[packed.owners])
    mine = np.flatnonzero(several[deadlines.customer])
    deadlines = deadlines.at(mine)
    told = _joined(
        deadlines,
        Losses(packed.owners[events.vehicle[moved]], events.day[moved], place),
        Losses(packed.owners[appears], packed.day[known[appears]], known[appears]),
    )
    in_sight = np.concatenate(
        (np.full(mine.size, -1, np.int8), _in_sight(after) - _in_sight(before), np.ones(appears.size, np.int8))
    )
    lost = np.concatenate(
        (
            np.ones(mine.size, np.int8),
            (after == _LOST).view(np.int8) - (before == _LOST).view(np.int8),
            np.zeros(appears.size, np.int8),
        )
    )
    keys, order = _order(told)
    if order is not None:
        told, in_sight, lost, keys = told.at(order), in_sight[order], lost[order], keys[order]
    start = begins(told.customer)
    seen, gone = _running(in_sight, start), _running(lost, start)
    moments = np.flatnonzero(ends(keys))
    rolled = (seen[moments] == 0) & (gone[moments] > 0)
    fresh = begins(told.customer[moments])
    fresh[1:] |= ~rolled[:-1]
    return told.at(moments[rolled & fresh])


def _in_sight(status: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    return (status < _LOST).view(np.int8)


def _running(steps: npt.NDArray[np.int8], start: Bools) -> npt.NDArray[np.int64]:
    """The sums so far, customer by customer."""
    total = np.cumsum(steps, dtype=np.int64)
    first = np.flatnonzero(start)
    base = (total[first] - steps[first])[np.cumsum(start) - 1] if first.size else total
    return total - base


def _order(told: Losses) -> tuple[npt.NDArray[np.uint64], Rows | None]:
    """Keys by customer, day and place, and the order of them."""
    if not told.day.size:
        return np.empty(0, np.uint64), None
    low = int(told.day.min())
    keys, used = fold_bits(
        [
            (told.customer, int(told.customer.max()) + 1),
            (told.day - np.int32(low), int(told.day.max()) - low + 1),
            (told.place + 1, int(told.place.max()) + 2),
        ]
    )
    return keys, in_order(keys, used)


def _joined(*told: Losses) -> Losses:
    return Losses(
        np.concatenate([one.customer for one in told]),
        np.concatenate([one.day for one in told]),
        np.concatenate([one.place for one in told]),
    )


def _sorted(*told: Losses) -> Losses:
    found = _joined(*told)
    _, order = _order(found)
    return found if order is None else found.at(order)
