"""What events tell of vehicles, fact by fact: which events, of which vehicle, and the value that each of them tells.

In: :class:`~lifecycle.columns.packing.Packed`. Out: :class:`Told` values, from which the facts as of the last event
(:mod:`lifecycle.columns.fact_columns`) and as of each event (:mod:`lifecycle.columns.running`) are made. It is
:mod:`lifecycle.facts` over again, as tables; properties hold both to one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.columns.codes import Bools, Ints, Rows, begins, stretches
from lifecycle.columns.column import YES, Column, answers
from lifecycle.columns.packing import CODES, Packed, Places, flags_of, kinds_mask
from lifecycle.customer import UNNAMED
from lifecycle.facts import MAKES_KNOWN, OF_EVERY_VEHICLE
from lifecycle.visits import VISITS, VisitKind, all_visits, charged_visits

__all__ = [
    "DELIVERY",
    "GONE",
    "JOB",
    "LAST",
    "LAST_OF",
    "RECORD",
    "SETS",
    "Tellings",
    "Told",
    "chosen",
    "counted",
    "numbers",
]

RECORD, DELIVERY, JOB = "vehicle_recorded", "vehicle_delivered", "vehicle_handed_over"
#: The kinds of event by which a vehicle goes.
GONE = ("trade_in_done", "vehicle_transferred", "moved_away")

#: What sets a fact of a vehicle: kinds of event, and the fact of the event that it is set to.
SETS: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "model": (((RECORD, DELIVERY), "model"),),
    "plate": (((RECORD, DELIVERY, *VISITS), "plate"),),
    "mileage": (((RECORD, *VISITS), "mileage"),),
    "warranty_until": (((RECORD, DELIVERY), "warranty_until"), (("warranty_extended",), "until")),
    "insurance_until": (((RECORD, DELIVERY), "insurance_until"), (("insurance_renewed",), "until")),
}
#: The last day of a kind of visit; a record of the same name may tell of a later one.
LAST: Mapping[str, VisitKind] = {"last_visit": all_visits, "last_charged_visit": charged_visits}
LAST_OF = "last_visits."


class Told(NamedTuple):
    """What some events tell: their places, the vehicle of each, and a value for each."""

    places: Places
    vehicles: Ints
    values: Column


def chosen(places: Places, flags: Bools) -> Places:
    """Those of the places whose flag is set."""
    if flags.all():
        return places
    return np.flatnonzero(flags) if isinstance(places, slice) else places[flags]


def numbers(packed: Packed, places: Places) -> Rows:
    """The places as numbers."""
    return np.arange(packed.events) if isinstance(places, slice) else places


def counted(packed: Packed, kind: VisitKind, places: Places) -> Bools:
    """Which of the events at these places are a visit of the kind."""
    if kind.condition is None:
        return flags_of(packed.kind[places], kinds_mask(kind.events))
    flags = packed.kept(f"visits {kind.name}", kind, lambda: _counted(packed, kind))  # several ask
    return flags[places]


def _counted(packed: Packed, kind: VisitKind) -> Bools:
    flags = flags_of(packed.kind, kinds_mask(kind.events))
    some = np.flatnonzero(flags)
    condition = kind.condition
    if condition is not None and some.size:
        flags[some] = answers(condition, lambda name: _on_the_bill(packed, name, some), some.size) == YES
    return flags


def _on_the_bill(packed: Packed, name: str, places: Places) -> Column:
    """A fact of jobs: money that a bill does not name is 0, a yes/no that it does not tell is no."""
    found = packed.told(name, places)
    if found.kind not in ("money", "yesno") or found.known.all():
        return found
    return found._replace(data=np.where(found.known, found.data, found.data.dtype.type(0)))


class Tellings:
    """What the events of :class:`Packed` tell of vehicles, in the order in which they stand.

    ``kinds`` are the house's own kinds of visit, and those by which a vehicle that was gone comes back; ``known`` says
    which vehicles are known from before these events.
    """

    def __init__(self, packed: Packed, kinds: Iterable[VisitKind], known: Bools | None = None) -> None:
        self.packed = packed
        self.kinds = tuple(kinds)
        self.known = known
        self.kind_of = {f"{LAST_OF}{kind.name}": kind for kind in self.kinds}

    def of(self, names: Iterable[str]) -> Places:
        """The places of events of these kinds that are about a vehicle."""
        places = self.packed.places(kinds_mask(names))
        if self.packed.all_about_vehicles:
            return places
        return chosen(places, self.packed.vehicle[places] >= 0)

    def days(self, places: Places) -> Told:
        """The events at these places, with their own days."""
        packed = self.packed
        return Told(places, packed.vehicle[places], Column("day", packed.day[places]))

    def told(self, names: Iterable[str], fact: str) -> Told:
        """What events of these kinds tell by a fact of theirs; those that do not are left out."""
        places = self.of(names)
        values = self.packed.told(fact, places)
        known = values.known
        places = chosen(places, known)
        return Told(places, self.packed.vehicle[places], values if known.all() else values.at(known))

    def sets(self, name: str) -> Told:
        """What sets a fact of :data:`SETS`, the last one standing."""
        return self._together([self.told(kinds, fact) for kinds, fact in SETS[name]])

    def deliveries(self) -> Told:
        """Deliveries, and what records tell of them; a record does not tell of one that is yet to come."""
        recorded = self.told((RECORD,), "delivered_on")
        past = recorded.values.data <= self.packed.day[recorded.places]
        places = chosen(recorded.places, past)
        told = Told(places, self.packed.vehicle[places], recorded.values.at(past))
        return self._together([told, self.days(self.of((DELIVERY,)))])

    def purchases(self) -> Rows:
        """The places of deliveries and records that tell a purchase which was not told before."""
        packed = self.packed
        told = self.deliveries()
        where = numbers(packed, told.places)
        order = np.lexsort((where, told.vehicles))
        where, vehicles, days = where[order], told.vehicles[order], told.values.data[order]
        recorded = packed.kind[where] == CODES[RECORD]
        # a record tells nothing new of a car whose delivery is known, a delivery nothing if it is told of the same day
        again = ~begins(vehicles)
        again[1:] &= recorded[1:] | (days[:-1] == packed.day[where[1:]])
        twice = np.flatnonzero(again & ~recorded)
        if twice.size:
            again[twice] = (packed.vins != UNNAMED).to_numpy()[vehicles[twice]]
        return np.sort(where[~again])

    def visits(self, kind: VisitKind) -> Told:
        """The visits of a kind, with their days."""
        places = self.of(kind.events)
        if kind.condition is not None:
            places = chosen(places, counted(self.packed, kind, places))
        return self.days(places)

    def raises(self, name: str) -> Told:
        """What records tell of the last visit before the books began."""
        return self.told((RECORD,), name)

    def firsts(self) -> Told:
        """What can be the first visit: visits, and what records tell of visits before the books began."""
        return self._together([self.days(self.of(VISITS)), self.raises("last_visit")])

    def came(self) -> Bools:
        """Whether each event is a delivery, or a visit that the policy counts."""
        flags = np.zeros(self.packed.events, np.bool_)
        flags[self.of((DELIVERY,))] = True
        for kind in self.kinds:
            flags[self.visits(kind).places] = True
        return flags

    def gone(self) -> Told:
        """The events by which vehicles go, by place, then by vehicle."""
        return self._together([self.days(self.of(GONE)), self.unnamed(GONE)])

    def unnamed(self, names: Iterable[str]) -> Told:
        """The events of these kinds that name no vehicle though they concern every one known by then, once for each."""
        packed = self.packed
        places = numbers(packed, packed.places(kinds_mask(OF_EVERY_VEHICLE & set(names))))
        places = places[packed.vehicle[places] < 0]
        if not places.size:
            return self.days(places)
        known = self.first_known()
        first = np.searchsorted(packed.owners, packed.customer[places], "left")
        width = np.searchsorted(packed.owners, packed.customer[places], "right") - first
        place = np.repeat(places, width)
        vehicle = stretches(first, first + width - 1)
        with_him = known[vehicle] < place
        place = place[with_him]
        return Told(place, vehicle[with_him].astype(np.int32), Column("day", packed.day[place]))

    def first_known(self) -> npt.NDArray[np.intp]:
        """For each vehicle the place of the event that made it known: −1 if it was known before, the end if it never is."""
        places = numbers(self.packed, self.of(MAKES_KNOWN))[::-1]
        known = np.full(len(self.packed.owners), self.packed.events, np.intp)
        known[self.packed.vehicle[places]] = places
        if self.known is not None:
            known[self.known] = -1
        return known

    def _together(self, told: list[Told]) -> Told:
        """Several as one, in the order of their places."""
        some = [one for one in told if one.vehicles.size]
        if len(some) < 2:
            return some[0] if some else told[0]
        places = np.concatenate([numbers(self.packed, one.places) for one in some])
        vehicles = np.concatenate([one.vehicles for one in some])
        data = np.concatenate([one.values.data for one in some])
        order = np.lexsort((vehicles, places))
        return Told(places[order], vehicles[order], some[0].values._replace(data=data[order]))
