"""Facts while a life is folded, and what each kind of event tells of them.

In: events, in canonical order. Out: open facts of a vehicle and a customer: the fields of the frozen
:class:`~lifecycle.customer.Vehicle` and :class:`~lifecycle.customer.Customer`, writable, so that policies read both
alike. :data:`TELLS` is the one table of which kind tells what; the rest of the kinds only move machines. Next:
:mod:`lifecycle.life`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Any, Self

from lifecycle.customer import Customer, Vehicle
from lifecycle.events import Event
from lifecycle.kinds import FACTS
from lifecycle.machines import ACTIVITY, REGIONS, Stage

__all__ = [
    "MAKES_KNOWN",
    "OF_EVERY_VEHICLE",
    "OF_SOME_VEHICLE",
    "TELLS",
    "OpenCustomer",
    "OpenVehicle",
    "Tell",
    "counted",
]


#: Sums of money, whatever the decimal context of the caller says.
_EXACT = Context(prec=60)


class _Open:
    __slots__: tuple[str, ...] = ()

    def copy(self) -> Self:
        """The same facts, to go on with by themselves."""
        again = object.__new__(type(self))
        for name in type(self).__slots__:
            value = getattr(self, name)
            setattr(again, name, value.copy() if isinstance(value, (dict, set)) else value)
        return again


class OpenVehicle(_Open):
    """A vehicle's facts, writable; ``state`` is the state of its activity, with the machine's memory."""

    __slots__ = (
        "activity", "at_risk_due", "charged_visits", "delivered_on", "entered", "first_visit", "gone_on", "inspected_on",
        "insurance_until", "last_charged_visit", "last_visit", "last_visits", "lost_due", "mileage", "model", "plate", "state",
        "vin", "visits", "warranty_until",
    )  # fmt: skip

    def __init__(self, vin: str) -> None:
        self.vin = vin
        self.state = ACTIVITY.initial
        self.activity = ACTIVITY.labels[ACTIVITY.initial]
        self.entered: str | None = None
        """The visit for which it came in (empty where it has no key) and is not handed over yet: both are one visit."""
        self.model: str | None = None
        self.plate: str | None = None
        self.delivered_on: date | None = None
        self.first_visit: date | None = None
        self.last_visit: date | None = None
        self.last_charged_visit: date | None = None
        self.last_visits: dict[str, date] = {}
        self.visits = 0
        self.charged_visits = 0
        self.inspected_on: date | None = None
        self.warranty_until: date | None = None
        self.insurance_until: date | None = None
        self.mileage: int | None = None
        self.gone_on: date | None = None
        self.at_risk_due: date | None = None
        self.lost_due: date | None = None

    def is_in_for(self, visit: object) -> bool:
        """Whether it is in the house for this visit; a visit without a key is the one that it is in for."""
        return self.entered is not None and (visit is None or self.entered in ("", visit))

    def close(self) -> Vehicle:
        """The vehicle as of now."""
        return Vehicle(**{name: getattr(self, name) for name in self.__slots__ if name not in ("entered", "state")})


class OpenCustomer(_Open):
    """A customer's facts, writable; ``complaints`` holds the open ones, ``accused`` whom each is about, ``rolled`` the
    roll-up of his vehicles."""

    __slots__ = (
        "accused", "birthday", "bought", "city", "complaints", "dissatisfied_since", "enrolled_on", "first_seen", "id", "last_seen",
        "loyalty", "opted_out", "origin", "products", "referrals", "rolled", "satisfaction", "sex", "spending",
        "spending_since", "spent", "stage",
    )  # fmt: skip

    def __init__(self, customer: str) -> None:
        self.id = customer
        self.stage, self.loyalty, self.satisfaction, self.spending = (
            machine.label(machine.initial) for machine in REGIONS
        )
        self.first_seen: date | None = None
        self.last_seen: date | None = None
        self.birthday: date | None = None
        self.sex: str | None = None
        self.city: str | None = None
        self.origin: str | None = None
        self.enrolled_on: date | None = None
        self.bought = 0
        self.referrals = 0
        self.spent = Decimal(0)
        self.dissatisfied_since: date | None = None
        self.spending_since: date | None = None
        self.products: set[str] = set()
        self.opted_out: set[tuple[str, str]] = set()
        self.complaints: set[str] = set()
        self.accused: dict[str, str] = {}
        self.rolled = "none"

    @property
    def open_complaints(self) -> int:
        """How many complaints are open."""
        return len(self.complaints)

    @property
    def breadth(self) -> int:
        """How many kinds of product or service he has (K13)."""
        return len(self.products)

    def close(self, vehicles: Mapping[str, Vehicle], *, points: int, tier: str, standing: str) -> Customer:
        """The customer as of now; points and tier are the ledger's."""
        told: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in ("accused", "complaints", "rolled", "stage")
        }
        return Customer(
            **told,
            stage=Stage(self.stage),
            standing=standing,
            points=points,
            tier=tier,
            open_complaints=self.open_complaints,
            vehicles=vehicles,
        )


# -- what an event tells --------------------------------------------------------------------------------------------------

Tell = Callable[[OpenCustomer, "OpenVehicle | None", Event], None]


def _day(event: Event, name: str) -> date | None:
    day = event.facts.get(name)
    return day if isinstance(day, date) else None


def _tell_customer(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    for name in ("birthday", "sex", "city", "origin"):
        if name in event.facts:
            setattr(person, name, event.facts[name])


def counted(car: OpenVehicle | None, event: Event) -> bool:
    """Whether a delivery or record tells no new purchase: the delivery was told before, or is yet to come."""
    if event.kind == "vehicle_recorded":
        told = _day(event, "delivered_on")
        return told is not None and (told > event.day or (car is not None and car.delivered_on is not None))
    return car is not None and car.delivered_on == event.day and event.vehicle is not None


def _tell_vehicle(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if car is None:
        return
    if event.kind == "vehicle_recorded":
        delivered = _day(event, "delivered_on")
        if delivered is not None and not counted(car, event):
            person.bought += 1
            person.products.add("car")
        if delivered is not None and delivered <= event.day:
            car.delivered_on = delivered
    for name in ("model", "plate", "warranty_until", "insurance_until", "mileage"):
        if name in event.facts:
            setattr(car, name, event.facts[name])
    for name in ("last_visit", "last_charged_visit"):
        told, known = event.facts.get(name), getattr(car, name)
        # a record from before the books began never hides what has happened since
        if told is not None and (known is None or known < told):
            setattr(car, name, told)
    if car.first_visit is None:
        car.first_visit = car.last_visit


def _tell_delivery(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if not counted(car, event):
        person.bought += 1
    person.products.add("car")
    if car is not None:
        _tell_vehicle(person, car, event)
        car.delivered_on = event.day


def _tell_visit(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if car is None:
        return
    if car.first_visit is None:
        car.first_visit = event.day
    for name in ("mileage", "plate"):
        if name in event.facts:
            setattr(car, name, event.facts[name])


def _tell_job(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    _tell_visit(person, car, event)
    if car is not None:
        car.visits += 1
    charge = event.facts.get("charge")
    if isinstance(charge, Decimal):
        person.spent = _EXACT.add(person.spent, charge)


def _tell_insurance(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.products.add("insurance")
    if car is not None:
        car.insurance_until = _day(event, "until")


def _tell_warranty(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.products.add("extended_warranty")
    if car is not None:
        car.warranty_until = _day(event, "until")


def _tell_product(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.products.add(str(event.facts["product"]))


def _tell_enrolled(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if person.enrolled_on is None:
        person.enrolled_on = event.day
    person.products.add("club")


def _tell_left(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.enrolled_on = None
    person.products.discard("club")


def _tell_raised(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    complaint = str(event.facts["complaint"])
    person.complaints.add(complaint)
    if "against" in event.facts:
        person.accused[complaint] = str(event.facts["against"])


def _tell_closed(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.complaints.discard(str(event.facts["complaint"]))


def _tell_converted(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.referrals += 1


def _tell_gone(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if car is not None and car.gone_on is None:
        car.gone_on = event.day


def _tell_cancelled(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if car is not None and (event.vehicle is not None or car.entered) and car.is_in_for(event.facts["visit"]):
        car.entered = None


def _tell_inspected(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    if car is not None:
        car.inspected_on = event.day


def _tell_opted_out(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    person.opted_out.add((str(event.get("channel") or "*"), str(event.get("purpose") or "*")))


def _tell_opted_in(person: OpenCustomer, car: OpenVehicle | None, event: Event) -> None:
    channels, purposes = _meant(event, "channel"), _meant(event, "purpose")
    for one, other in tuple(person.opted_out):
        here, there = _all_of(one, "channel"), _all_of(other, "purpose")
        if not (here & channels and there & purposes):
            continue
        person.opted_out.discard((one, other))  # what is left of it is every channel or purpose that he does not open
        person.opted_out |= {(channel, other) for channel in here - channels}
        person.opted_out |= {
            (one if here <= channels else channel, purpose)
            for channel in here & channels
            for purpose in there - purposes
        }


def _meant(event: Event, name: str) -> frozenset[str]:
    return _all_of(str(event.get(name) or "*"), name)


def _all_of(word: str, name: str) -> frozenset[str]:
    return frozenset(FACTS[name].choices) if word == "*" else frozenset((word,))


#: Which kinds tell facts, and how; the rest only move machines.
TELLS: Mapping[str, Tell] = MappingProxyType(
    {
        "customer_recorded": _tell_customer,
        "vehicle_recorded": _tell_vehicle,
        "vehicle_delivered": _tell_delivery,
        "workshop_entered": _tell_visit,
        "vehicle_handed_over": _tell_job,
        "visit_cancelled": _tell_cancelled,
        "inspected_at_customer": _tell_inspected,
        "insurance_renewed": _tell_insurance,
        "warranty_extended": _tell_warranty,
        "product_taken": _tell_product,
        "enrolled": _tell_enrolled,
        "membership_left": _tell_left,
        "complaint_raised": _tell_raised,
        "complaint_reopened": _tell_raised,
        "complaint_closed": _tell_closed,
        "referral_converted": _tell_converted,
        "trade_in_done": _tell_gone,
        "vehicle_transferred": _tell_gone,
        "moved_away": _tell_gone,
        "opted_out": _tell_opted_out,
        "opted_in": _tell_opted_in,
    }
)
#: Kinds that are about a vehicle even where the data name none.
OF_SOME_VEHICLE = frozenset({"vehicle_delivered", "workshop_entered", "vehicle_handed_over"})
#: Kinds that are about every vehicle of his where they name none.
OF_EVERY_VEHICLE = frozenset({"moved_away", "visit_cancelled"})
#: Kinds that make a vehicle known when they name one. A contract or a question does not: the car may never be his.
MAKES_KNOWN = OF_SOME_VEHICLE | {
    "vehicle_recorded", "inspected_at_customer", "insurance_renewed", "warranty_extended", "vehicle_transferred", "moved_away",
    "trade_in_done",
}  # fmt: skip
