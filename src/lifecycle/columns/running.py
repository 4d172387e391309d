"""Facts of vehicles as of each of their events, and not only of the last.

In: :class:`~lifecycle.columns.packing.Packed` and the graded policy that will be asked. Out: :class:`Running`: the events
that can change what the policy says, vehicle by vehicle, and for each the facts as they stand once it has been told. Next
room: :mod:`lifecycle.columns.courses`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints, Rows, begins, ends, stretches
from lifecycle.columns.column import Column, missing
from lifecycle.columns.days import MISSING
from lifecycle.columns.packing import CODES, Kinds, Packed, Places, flags_of, kinds_mask
from lifecycle.columns.tellings import DELIVERY, GONE, JOB, LAST, RECORD, SETS, Tellings, Told, counted, numbers
from lifecycle.errors import LifecycleError
from lifecycle.visits import VISITS, VisitKind, charged_visits

__all__ = ["INSPECTED", "Before", "Running", "reads_vehicles_only"]

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


class Before(Protocol):
    """How vehicles stand before the events: facts by vehicle, and what else goes on from there."""

    @property
    def known(self) -> Bools:
        """Whether the vehicle is known."""
        ...

    @property
    def entered(self) -> pl.Series:
        """The visit for which it is in the house (empty where that has no key); null where it is not."""
        ...

    @property
    def size(self) -> int:
        """How many vehicles."""
        ...

    def column(self, name: str) -> Column:
        """The column of a fact."""
        ...


class Running:
    """The events that concern what a policy says of vehicles, vehicle by vehicle, each in canonical order.

    Columns have one row an event: the fact as it stands once the event has been told. ``before`` says how the vehicles
    stood before the first of the events; nothing is known of them without it.
    """

    def __init__(self, packed: Packed, churn: Churn, before: Before | None = None) -> None:
        packed = packed.in_order()
        self.packed = packed
        self.churn = churn
        self.before = before
        self._tellings = Tellings(packed, churn.visit_kinds, None if before is None else before.known)
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
        self.start: Bools = begins(vehicle)
        """Whether the event is the first of its vehicle here."""
        self.begins: Rows = np.flatnonzero(self.start)
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
        here = np.flatnonzero(flags)
        last = np.empty(here.size + 1, np.int32)
        last[0], last[1:] = -1, here
        return np.repeat(last, np.diff(here, prepend=0, append=self.size))

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
            return self._set(name, tellings.deliveries())
        if name in SETS:
            return self._set(name, tellings.sets(name))
        if name in LAST:
            visits = self._visits(LAST[name])
            return self._raised(self._stands(name, visits, self.day), visits, tellings.raises(name))
        if name in tellings.kind_of:
            return self._stands(name, self._visits(tellings.kind_of[name]), self.day)
        if name == "first_visit":
            return self._first(tellings.firsts())
        if name in ("visits", "charged_visits"):
            places = tellings.of((JOB,)) if name == "visits" else tellings.visits(charged_visits).places
            return self._count(name, places)
        if name == "gone_on":
            return self._gone_on()
        raise LifecycleError(f"{name} is no fact of a vehicle that events tell", argument="fact", value=name)

    def _visits(self, kind: VisitKind) -> Bools:
        """Whether each event is a visit of the kind."""
        return counted(self.packed, kind, self.places)

    def _set(self, name: str, told: Told) -> Column:
        """A fact that stands until it is set again."""
        values = told.values
        if self.before is None and not told.vehicles.size:
            return missing(values.kind, self.size, values.words)
        here = self.at(told.places)
        if isinstance(here, slice):
            return values
        if self.before is not None and values.kind == "text":
            words = {*values.words, *self.before.column(name).words}
            values = values.in_words(tuple(sorted(words)))
        data, flags = missing(values.kind, self.size).data, np.zeros(self.size, np.bool_)
        data[here], flags[here] = values.data, True
        return self._stands(name, flags, data, values)

    def _stands(self, name: str, flags: Bools, data: npt.NDArray[Any], like: Column = _DAYS) -> Column:
        """The values where the flags are set, each standing until the next of its vehicle."""
        silent = ~flags
        begins = np.flatnonzero(silent & self.start)
        rest = int(np.count_nonzero(silent)) - begins.size
        if not rest + begins.size:
            return like._replace(data=data)
        data = data.copy()
        if self.before is None:
            data[begins] = like.missing
        else:
            data[begins] = self.before.column(name).in_words(like.words).data[self.vehicle[begins]]
        if 8 * rest > self.size:
            return like._replace(data=data[self.since(flags | self.start)])
        here = np.flatnonzero(silent & ~self.start)
        while here.size:  # few events say nothing of it, and hardly two of them in a row
            after = np.zeros(here.size, np.bool_)
            after[1:] = here[1:] == here[:-1] + 1
            heads = here[~after]
            data[heads] = data[heads - 1]
            here = here[after]
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
        if self.before is not None:
            already = self.before.column("first_visit").data[self.vehicle]
            days.data[already != MISSING] = already[already != MISSING]
        return days

    def _count(self, name: str, places: Places) -> Column:
        ones = np.zeros(self.size, np.int64)
        ones[self.at(places)] = 1
        total = np.cumsum(ones)
        count = total - (total - ones)[self.since(self.start)]
        if self.before is not None:
            count += self.before.column(name).data[self.vehicle]
        return Column("count", count)

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
        before = missing("day", 0) if self.before is None else self.before.column("gone_on")
        gone = self.of(*GONE)
        if not self.size:
            return days
        if before.known.any():
            here = np.arange(self.size)
        elif gone.size:
            here = self._beside(gone)
        else:
            return days
        places = here if isinstance(self.places, slice) else self.places[here]
        came = self._came_at(places, self.kind[here])
        run = np.cumsum(came | self.start[here])
        away = np.flatnonzero(flags_of(self.kind[here], kinds_mask(GONE)))[::-1]
        first = np.full(int(run[-1]) + 1, here.size, np.intp)
        first[run[away]] = away  # the first since it last came
        mine = first[run]
        known = np.arange(here.size) >= mine
        days.data[here[known]] = self.day[here[mine[known]]]
        if before.known.any():  # who was gone stays so until he comes
            since = before.data[self.vehicle]
            still = self._not_yet(came) & (since != MISSING)
            days.data[still] = since[still]
        return days

    def _not_yet(self, flags: Bools) -> Bools:
        """Whether no flag of its vehicle has been set, up to and with each event."""
        return self.since(flags) < self.since(self.start)

    def _beside(self, some: Rows) -> Rows:
        """All events of the vehicles of these events (ascending)."""
        whose = np.searchsorted(self.begins, some, "right") - 1
        whose = whose[ends(whose)]
        return stretches(self.begins[whose], np.append(self.begins, self.size)[whose + 1] - 1)

    # -- visits -------------------------------------------------------------------------------------------------------

    def same_visit(self) -> Bools | None:
        """Whether the event hands over the job for which the vehicle came in: both are one visit; None: none does."""
        if not self.anybody_enters():
            return None
        inside, last = self.in_house()
        jobs = self.of(JOB)
        first, later = jobs[self.start[jobs]], jobs[~self.start[jobs]]
        later = later[inside[later - 1]]
        flags = np.zeros(self.size, np.bool_)
        if self._keyed:
            later = later[self._of_one_visit(self.entered_for(last[later - 1]), later)]
        flags[later] = True
        if self.before is not None:
            key = self.before.entered.gather(self.vehicle[first])
            flags[first] = key.is_not_null().to_numpy() & self._of_one_visit(key.fill_null(""), first)
        return flags

    @property
    def _keyed(self) -> bool:
        """Whether any visit may have a key, by which it is told from another."""
        return self.before is not None or self.packed.table.columns.get("visit") is not None

    def anybody_enters(self) -> bool:
        """Whether a vehicle may be in the house at all, by what these events tell."""
        if self.packed.has[CODES[_ENTERED]]:
            return True
        return self.before is not None and self.before.entered.null_count() < self.before.size

    def in_house(self) -> tuple[Bools, npt.NDArray[np.int32]]:
        """After each event, whether the vehicle is in the house, and where it last came (its first event if never)."""
        came = self.came()
        last = self.since(came | self.start)
        inside: Bools = (came & (self.kind == CODES[_ENTERED]))[last]
        if self.before is not None:
            rest = np.flatnonzero(~came[last])
            inside[rest] = self.before.entered.gather(self.vehicle[rest]).is_not_null().to_numpy()
        cancels = self.of(_CANCELLED)
        cancels = cancels[inside[cancels]]
        if cancels.size:
            key = self.entered_for(last[cancels])
            named = self.packed.vehicle[numbers(self.packed, self.places)[cancels]] >= 0
            # one that names no vehicle is of a visit that has a key
            fits = self._of_one_visit(key, cancels) & (named | (key != "").to_numpy())
            over = np.zeros(self.size, np.bool_)
            over[cancels[fits]] = True
            inside &= self.since(over) < last
        return inside, last

    def entered_for(self, last: Rows) -> pl.Series:
        """For which visit a vehicle is in that came last at these events; empty for one without a key."""
        key = self._visit(last).fill_null("")
        if self.before is None:
            return key
        came, was = pl.Series(self.came()[last]), self.before.entered.gather(self.vehicle[last]).fill_null("")
        return pl.select(pl.when(came).then(key).otherwise(was)).to_series()

    def _of_one_visit(self, entered: pl.Series, others: Rows) -> Bools:
        """Whether events are of the visit for which the vehicle is in; one that names none is of whichever it may be."""
        visit = self._visit(others)
        return (visit.is_null() | (entered == "") | (entered == visit).fill_null(value=False)).to_numpy()

    def _visit(self, here: Rows) -> pl.Series:
        found = self.packed.texts("visit", numbers(self.packed, self.places)[here])
        return pl.repeat(None, here.size, dtype=pl.String, eager=True) if found is None else found.cast(pl.String)
