"""Facts of vehicles as of each of their events, and not only of the last.

In: :class:`~lifecycle.columns.packing.Packed` and the graded policy that will be asked. Out: :class:`Running`: the events
that can change what the policy says, vehicle by vehicle, and for each the facts as they stand once it has been told. Next
room: :mod:`lifecycle.columns.activity`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints, Rows
from lifecycle.columns.column import Column, missing
from lifecycle.columns.packing import CODES, Kinds, Packed, Places, flags_of, kinds_mask
from lifecycle.columns.tellings import DELIVERY, GONE, JOB, LAST, RECORD, SETS, Tellings, Told, counted, numbers
from lifecycle.errors import LifecycleError
from lifecycle.visits import VISITS, VisitKind, charged_visits

__all__ = ["INSPECTED", "Running", "reads_vehicles_only"]

INSPECTED = "inspected_at_customer"
_DAYS = Column("day", np.empty(0, np.int32))
_ENTERED, _CANCELLED = "workshop_entered", "visit_cancelled"
#: The kinds of event that tell a fact. (A house's own kinds of visit are among those that the policy counts.)
_TELLING = {
    **{name: frozenset(kind for kinds, _ in how for kind in kinds) for name, how in SETS.items()},
    **{name: frozenset((*kind.events, RECORD)) for name, kind in LAST.items()},
    "delivered_on": frozenset((RECORD, DELIVERY)),
    "first_visit": frozenset((*VISITS, RECORD)),
    "visits": frozenset((JOB,)),
    "charged_visits": frozenset((JOB,)),
}


def reads_vehicles_only(churn: Churn) -> bool:
    """Whether the policy reads only what events tell of the vehicle itself, so that no other event can move its days."""
    read = churn.at_risk.reads | churn.lost.reads
    return not any(name.startswith("customer.") or name == "inspected_on" for name in read)


class Running:
    """The events that concern what a policy says of vehicles, vehicle by vehicle, each in canonical order.

    Columns have one row an event: the fact as it stands once the event has been told.
    """

    def __init__(self, packed: Packed, churn: Churn) -> None:
        packed = packed.in_order()
        self.packed = packed
        self.churn = churn
        self._tellings = Tellings(packed, churn.visit_kinds)
        self._columns: dict[str, Column] = {}
        self._where: npt.NDArray[np.int32] | None = None
        self._came: Bools | None = None
        vehicle, places = self._events(self._concern())
        self.vehicle: Ints = vehicle
        """Of each event, the number of its vehicle; ascending."""
        self.places: Places = places
        """Of each event, its place in :attr:`packed`; a slice where all of them are here, as they stand."""
        self.day: Ints = packed.day[places]
        self.kind: Kinds = packed.kind[places]
        start = np.ones(vehicle.size, np.bool_)
        np.not_equal(vehicle[1:], vehicle[:-1], out=start[1:])
        self.start: Bools = start
        """Whether the event is the first of its vehicle here."""
        self.begins: Rows = np.flatnonzero(start)
        """Where the events of each vehicle begin."""

    @property
    def size(self) -> int:
        """How many events."""
        return self.vehicle.size

    # -- which events -------------------------------------------------------------------------------------------------

    def _concern(self) -> set[str]:
        """The kinds of event that can change what the policy says."""
        churn = self.churn
        kinds = {DELIVERY, INSPECTED, *GONE, *(name for kind in churn.visit_kinds for name in kind.events)}
        if _ENTERED in kinds:
            kinds |= {JOB, _CANCELLED}  # whether handing over is the visit for which it came in
        stored = {kind.stored_in for kind in churn.visit_kinds}
        for name in churn.at_risk.reads | churn.lost.reads | stored | {"delivered_on"}:
            kinds |= _TELLING.get(name, frozenset())
        return kinds

    def _events(self, kinds: set[str]) -> tuple[Ints, Places]:
        packed = self.packed
        places = self._tellings.of(kinds)
        if isinstance(places, slice) and packed.by_vehicle:
            return packed.vehicle, places
        places = numbers(packed, places)
        vehicle = packed.vehicle[places]
        extra = self._tellings.unnamed((*GONE, _CANCELLED))
        if extra.vehicles.size:
            places = np.concatenate((places, numbers(packed, extra.places)))
            vehicle = np.concatenate((vehicle, extra.vehicles))
        elif bool((vehicle[1:] >= vehicle[:-1]).all()):
            return vehicle, places
        bits = max(packed.events - 1, 0).bit_length()
        keys = (vehicle.astype(np.uint64) << np.uint64(bits)) | places.astype(np.uint64)
        keys.sort()
        return (keys >> np.uint64(bits)).astype(np.int32), (keys & np.uint64((1 << bits) - 1)).astype(np.intp)

    def at(self, places: Places) -> Places:
        """Where the events of these places stand here (each of them is about one vehicle)."""
        if isinstance(self.places, slice):
            return places
        if self._where is None:
            self._where = np.full(self.packed.events, -1, np.int32)
            self._where[self.places] = np.arange(self.size, dtype=np.int32)
        return self._where[places]

    def of(self, *names: str) -> Rows:
        """Where events of these kinds stand here."""
        mask = kinds_mask(names) & self.packed.has
        return np.flatnonzero(flags_of(self.kind, mask)) if mask.any() else np.empty(0, np.intp)

    def since(self, flags: Bools) -> npt.NDArray[np.int32]:
        """Of each event, the last one (itself included) whose flag is set, of whichever vehicle; −1 before the first."""
        last = np.where(flags, np.arange(self.size, dtype=np.int32), np.int32(-1))
        return np.maximum.accumulate(last)

    # -- facts --------------------------------------------------------------------------------------------------------

    def column(self, name: str) -> Column:
        """The column of a fact by its name."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._column(name)
        return found

    def _column(self, name: str) -> Column:
        tellings = self._tellings
        if name == "delivered_on":
            return self._set(tellings.deliveries())
        if name in SETS:
            return self._set(tellings.sets(name))
        if name in LAST:
            visits = self._visits(LAST[name])
            return self._raised(self._stands(visits, self.day), visits, tellings.raises(name))
        if name in tellings.kind_of:
            return self._stands(self._visits(tellings.kind_of[name]), self.day)
        if name == "first_visit":
            return self._first(tellings.firsts())
        if name in ("visits", "charged_visits"):
            return self._count(tellings.of((JOB,)) if name == "visits" else tellings.visits(charged_visits).places)
        if name == "gone_on":
            return self._gone_on()
        raise LifecycleError(f"{name} is no fact of a vehicle that events tell", argument="fact", value=name)

    def _visits(self, kind: VisitKind) -> Bools:
        """Whether each event is a visit of the kind."""
        return counted(self.packed, kind, self.places)

    def _set(self, told: Told) -> Column:
        """A fact that stands until it is set again."""
        values = told.values
        if not told.vehicles.size:
            return missing(values.kind, self.size, values.words)
        here = self.at(told.places)
        if isinstance(here, slice):
            return values
        data, flags = missing(values.kind, self.size).data, np.zeros(self.size, np.bool_)
        data[here], flags[here] = values.data, True
        return self._stands(flags, data, values)

    def _stands(self, flags: Bools, data: npt.NDArray[Any], like: Column = _DAYS) -> Column:
        """The values where the flags are set, each standing until the next of its vehicle."""
        silent = np.flatnonzero(~flags)
        if not silent.size:
            return like._replace(data=data)
        data = data.copy()
        first = self.start[silent]
        data[silent[first]] = like.missing
        silent = silent[~first]
        if 8 * silent.size > self.size:
            return like._replace(data=data[self.since(flags | self.start)])
        while silent.size:  # few events say nothing of it, and hardly two of them in a row
            after = np.zeros(silent.size, np.bool_)
            after[1:] = silent[1:] == silent[:-1] + 1
            heads = silent[~after]
            data[heads] = data[heads - 1]
            silent = silent[after]
        return like._replace(data=data)

    def _raised(self, base: Column, sets: Bools, raises: Told) -> Column:
        """A fact that stands until it is set again, or raised by a record."""
        if not raises.vehicles.size:
            return base
        begins = self.start | sets
        # the largest since the last one set: runs are told apart by a number that only grows
        run = np.cumsum(begins, dtype=np.int64) << 32
        told = np.zeros(self.size, np.int64)
        told[self.at(raises.places)] = raises.values.data
        most = np.maximum.accumulate(run + told) - run
        return base._replace(data=np.maximum(base.data, most).astype(np.int32))

    def _first(self, told: Told) -> Column:
        """A fact that is set once."""
        here = numbers(self.packed, self.at(numbers(self.packed, told.places)))
        first = np.full(self.packed.owners.size, self.size, np.intp)
        first[told.vehicles[::-1]] = here[::-1]
        values = missing("day", self.size).data
        values[here] = told.values.data
        mine = first[self.vehicle]
        known = np.arange(self.size) >= mine
        days = missing("day", self.size)
        days.data[known] = values[mine[known]]
        return days

    def _count(self, places: Places) -> Column:
        ones = np.zeros(self.size, np.int64)
        ones[self.at(places)] = 1
        total = np.cumsum(ones)
        return Column("count", total - (total - ones)[self.since(self.start)])

    def came(self) -> Bools:
        """Whether the event is a delivery, or a visit that the policy counts: it brings back who was gone."""
        if self._came is None:
            self._came = self._came_at(self.places, self.kind)
        return self._came

    def _came_at(self, places: Places, kind: Kinds) -> Bools:
        found = flags_of(kind, kinds_mask((DELIVERY,)))
        for visits in self.churn.visit_kinds:
            found |= counted(self.packed, visits, places)
        return found

    def _gone_on(self) -> Column:
        days = missing("day", self.size)
        gone = self.of(*GONE)
        if not gone.size:
            return days
        here = self._beside(gone)
        places = here if isinstance(self.places, slice) else self.places[here]
        run = np.cumsum(self._came_at(places, self.kind[here]) | self.start[here])
        away = np.flatnonzero(flags_of(self.kind[here], kinds_mask(GONE)))[::-1]
        first = np.full(int(run[-1]) + 1, here.size, np.intp)
        first[run[away]] = away  # the first since it last came
        mine = first[run]
        known = np.arange(here.size) >= mine
        days.data[here[known]] = self.day[here[mine[known]]]
        return days

    def _beside(self, some: Rows) -> Rows:
        """All events of the vehicles of these events (ascending)."""
        whose = np.searchsorted(self.begins, some, "right") - 1
        whose = whose[np.append(whose[1:] != whose[:-1], [True])]
        first = self.begins[whose]
        width = np.append(self.begins, self.size)[whose + 1] - first
        here: Rows = np.repeat(first - np.cumsum(width) + width, width)
        here += np.arange(here.size)
        return here

    # -- visits -------------------------------------------------------------------------------------------------------

    def same_visit(self) -> Bools | None:
        """Whether the event hands over the job for which the vehicle came in: both are one visit; None: none does."""
        if not (self.packed.has[CODES[_ENTERED]] and self.packed.has[CODES[JOB]]):
            return None
        flags = np.zeros(self.size, np.bool_)
        jobs = self.of(JOB)
        came = self._last_came_before()
        entered = came[jobs]
        in_ = (entered >= 0) & (self.kind[entered] == CODES[_ENTERED])
        jobs, entered = jobs[in_], entered[in_]
        fits = self._of_one_visit(entered, jobs)
        cancels = self.of(_CANCELLED)
        if cancels.size:
            cancels = cancels[came[cancels] >= 0]
            cancels = cancels[self._cancelled(came[cancels], cancels)][::-1]
            first = np.full(self.size, self.size, np.intp)
            first[came[cancels]] = cancels
            fits &= jobs < first[entered]
        flags[jobs[fits]] = True
        return flags

    def _last_came_before(self) -> npt.NDArray[np.int32]:
        """Of each event, the last one before it of the same vehicle at which it came; −1 for none."""
        came = self.came()
        last = self.since(came | self.start)
        before = np.empty(self.size, np.int32)
        before[1:] = last[:-1]
        before[self.start] = -1
        before[~came[before]] = -1  # the vehicle's first event, at which it did not come
        return before

    def _of_one_visit(self, entered: Rows, others: Rows) -> Bools:
        """Whether two events name one visit; one that names none is of whichever it may be."""
        one, other = self._visit(entered), self._visit(others)
        if one is None or other is None:
            return np.ones(others.size, np.bool_)
        return (one.is_null() | other.is_null() | (one == other).fill_null(value=False)).to_numpy()

    def _visit(self, here: Rows) -> pl.Series | None:
        return self.packed.texts("visit", numbers(self.packed, self.places)[here])

    def _cancelled(self, entered: Rows, cancels: Rows) -> Bools:
        """Whether a cancellation is of the visit for which the vehicle is in; unnamed, only if that visit has a key."""
        visit = self._visit(entered)
        keyed = np.zeros(entered.size, np.bool_) if visit is None else visit.is_not_null().to_numpy()
        named = self.packed.vehicle[numbers(self.packed, self.places)[cancels]] >= 0
        return self._of_one_visit(entered, cancels) & (named | keyed)
