"""What a house could have seen of its cars up to a day: how long each was watched, when it came, how the watch ended.

In: events or histories, a day. Out: :class:`Watched`: cars with their spells of coming, and the counts that a fit needs
beside them. Nothing after the day is looked at, nor what was written down later (K19). Ages are months of the calendar
since that of the delivery, as a simulation counts them, or since that of the first visit where no delivery is known; the
watch ends with the last whole month.

**At risk.** A car is watched from its delivery where the records show it, else from the first visit that they show: what
was before nobody saw, and one who had stopped by then is not there to be counted (left truncation). The watch ends on the
day, or when the car is given up (right censoring). Whoever has not come for more than ``silence`` months has stopped; if
he comes again, a new spell begins with that visit. Next room: :mod:`lifecycle.forward.fitting`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, cast

from attrs import field, frozen

from lifecycle.customer import UNNAMED
from lifecycle.dates import add_days, add_months, months_between
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History, as_histories, voided_ids
from lifecycle.visits import VISITS, charged_visits

__all__ = ["Car", "Spell", "Told", "Watched", "watched"]

#: Months before a car is given up within which its owner came, so that he still came then; and around which he buys anew.
_LATELY, _ANEW = 12, 3
_CONVERTS = 6  # months that a prospect is given to buy


class Spell(NamedTuple):
    """A time in which a car is watched: its owner comes at ``entry``, and is known to come until ``last``."""

    entry: int
    """The age (months) at which it begins: at a delivery, or a visit."""
    waits: tuple[int, ...]
    """Months from each visit to the next, ascending; visits of one month count once."""
    last: int
    """The age at the last visit seen, or at ``entry``."""
    end: int
    """The age to which it is watched."""


class Car(NamedTuple):
    """One customer's time with one car, as far as it was watched."""

    customer: str
    spells: tuple[Spell, ...]
    age: int
    """At the end of the watch."""
    paid: int
    """The age at the last charged visit, or at the beginning."""
    held: bool
    """Whether the owner has it still, on the day."""
    given_up: bool
    """Whether he was seen to sell it, or give it in payment (who moves away keeps it)."""
    from_delivery: bool
    """Whether ages are told from a delivery; else from the first visit."""


class Told(NamedTuple):
    """So many of so many."""

    part: int
    whole: int


@frozen
class Watched:
    """What was seen up to a day."""

    on: date
    silence: int
    cars: tuple[Car, ...]
    """Those whose delivery is known; of histories that know of none, all."""
    undated: int
    """Cars left out, since nobody told when they were delivered."""
    customers: int
    merged: int
    """Visits in a month with another, which count once."""
    returned: int
    """Spells that begin with one who comes again after the silence."""
    bills: tuple[Decimal, ...] = field(repr=False)
    """What customers paid, visit by visit."""
    warranties: tuple[int, ...] = field(repr=False)
    """Months of warranty of the cars delivered."""
    breadth: tuple[int, int, int]
    """Customers with a car, by one, two, three and more products."""
    shares: Mapping[str, Told]
    """By the figure of a population, or of assumptions, that is a share."""


class _Seen:
    """One car, while its events are read."""

    __slots__ = ("delivered", "given_up", "here", "moved", "paid", "visits")

    def __init__(self) -> None:
        self.delivered: date | None = None
        self.here = False
        self.visits: list[date] = []
        self.paid: list[date] = []
        self.given_up: date | None = None
        self.moved: date | None = None


def watched(
    events: Iterable[Event] | Iterable[History] | Mapping[str, History], *, on: date, silence: int = 15
) -> Watched:
    """What was seen up to ``on`` (closed); ``silence``: months without a visit after which one has stopped coming."""
    a_day(on)
    if type(silence) is not int or not 1 <= silence <= 60:
        raise LifecycleError(
            f"silence={silence!r} is not a number of months", argument="silence", value=silence, remedy="from 1 to 60"
        )
    cars: list[Car] = []
    counts: Counter[str] = Counter()
    bills: list[Decimal] = []
    warranties: list[int] = []
    breadth = [0, 0, 0]
    new: set[str] = set()
    converted: list[str] = []
    for history in as_histories(events):
        told = _Person(history, on, silence)
        if not told.events:
            continue
        cars += told.cars
        bills += told.bills
        warranties += told.warranties
        counts.update(told.counts)
        converted += told.converted
        if told.new:
            new.add(history.customer or "")
        if any(car.held for car in told.cars):
            breadth[min(told.products, 2)] += 1
    # of a new customer who came by referral; the house may have delivered to others before it kept such records
    counts["new customers"], counts["converted"] = len(new), len(converted)
    counts["referred"] = len(new.intersection(converted)) if any(converted) else min(len(converted), len(new))
    shares = {
        name: Told(counts[part], counts[whole])
        for name, part, whole in (
            ("charged_in_warranty", "charged early", "early"),
            ("charged_later", "charged late", "late"),
            ("satisfied", "satisfied", "surveyed"),
            ("reviews", "reviews", "visits"),
            ("adds_product", "products", "visits"),
            ("buys", "bought", "prospects"),
            ("buys_again", "bought again", "gave up"),
            ("buys_back", "bought back", "gave up, away"),
            ("referred", "referred", "new customers"),
            ("prospects_per_sale", "converted", "leads"),
        )
    }
    dated = [car for car in cars if car.from_delivery] or cars
    return Watched(
        on, silence, tuple(dated), len(cars) - len(dated), len({car.customer for car in dated}),
        counts["merged"], counts["returned"], tuple(bills),
        tuple(warranties), (breadth[0], breadth[1], breadth[2]), shares,
    )  # fmt: skip


class _Person:
    """What one history tells by a day."""

    def __init__(self, history: History, on: date, silence: int) -> None:
        known = [event for event in history.known(on) if event.day <= on]
        void = voided_ids(known)
        self.events = [event for event in known if event.id not in void]
        self.on, self.silence = on, silence
        self.counts: Counter[str] = Counter()
        self.bills: list[Decimal] = []
        self.warranties: list[int] = []
        self.products = 0
        self.converted: list[str] = []
        self.new = False
        self.seen: dict[str, _Seen] = {}
        self._read()
        self.cars = [car for car in (self._car(history.customer or "", one) for one in self.seen.values()) if car]
        self._buys()

    def _read(self) -> None:
        products: set[str] = set()
        converted: dict[object, str] = {}
        for event in self.events:
            kind = event.kind
            if kind in VISITS:
                self._visit(event)
            elif kind in ("vehicle_delivered", "vehicle_recorded"):
                self._comes_in(event)
            elif kind in ("vehicle_transferred", "trade_in_done", "moved_away"):
                told = self.seen.values() if event.vehicle is None else [self._of(event)]
                for car in told:
                    if kind == "moved_away":
                        car.moved = car.moved or event.day
                    else:
                        car.given_up = car.given_up or event.day
            elif kind == "surveyed" and event.get("kind") != "SSI":
                self.counts["surveyed"] += 1
                self.counts["satisfied"] += bool(event["satisfied"])
            elif kind == "review_posted":
                self.counts["reviews"] += 1
            elif kind == "product_taken":
                self.counts["products"] += 1
                products.add(str(event["product"]))
            elif kind == "referral_recorded":
                self.counts["leads"] += 1
            elif kind == "referral_converted":
                converted[event["referral"]] = str(event.get("referred") or "")
            elif kind == "referral_reversed":
                converted.pop(event["referral"], None)
        self.converted = list(converted.values())
        self.products = len(products)

    def _of(self, event: Event) -> _Seen:
        vehicle = event.vehicle
        if vehicle is None:  # where he has but one car, it is that one
            vehicle = next(iter(self.seen)) if len(self.seen) == 1 else UNNAMED
        return self.seen.setdefault(vehicle, _Seen())

    def _comes_in(self, event: Event) -> None:
        car = self._of(event)
        if event.kind == "vehicle_delivered":
            car.delivered, car.here = event.day, True
            until = event.get("warranty_until")
            if isinstance(until, date) and until > event.day:
                self.warranties.append(months_between(event.day, until))
        elif car.delivered is None:
            delivered = event.get("delivered_on")
            car.delivered = delivered if isinstance(delivered, date) and delivered <= event.day else None

    def _visit(self, event: Event) -> None:
        car = self._of(event)
        car.visits.append(event.day)
        if event.kind != "vehicle_handed_over":
            return
        self.counts["visits"] += 1
        charge = event.get("charge")
        charged = charged_visits.counts(event)
        if charged:
            car.paid.append(event.day)
            self.bills.append(cast("Decimal", charge))
        if car.delivered is not None:
            # the warranty of the population is in months; who was delivered with another one is few
            when = "early" if event.day < add_months(car.delivered, 24) else "late"
            self.counts[when] += 1
            self.counts[f"charged {when}"] += charged

    def _car(self, customer: str, seen: _Seen) -> Car | None:
        """The spells of one car; None where it was never seen to come."""
        leaves = min((day for day in (seen.given_up, seen.moved) if day is not None), default=None)
        whole = _number(self.on) - (add_days(self.on, 1).day != 1)
        days = [day for day in sorted(seen.visits) if _number(day) <= whole and (leaves is None or day <= leaves)]
        origin = seen.delivered if seen.delivered is not None else days[0] if days else None
        if origin is None or _number(origin) > whole or (leaves is not None and leaves < origin):
            return None
        born = _number(origin)
        ages = [_number(day) - born for day in days if day >= origin]
        if seen.here or seen.delivered is None:
            ages = [0, *ages]  # comes to fetch it; or comes for the first time
        if not ages:
            return None
        months = sorted(set(ages))
        self.counts["merged"] += len(set(days)) - len(months) + seen.here
        end = whole - born
        if leaves is not None:  # in the month in which he gives it up he may not have come to come
            end = max(min(end, _number(leaves) - 1 - born), months[-1])
        spells: list[Spell] = []
        entry, waits = months[0], list[int]()
        for before, now in pairwise(months):
            if now - before > self.silence:
                spells.append(Spell(entry, tuple(sorted(waits)), before, min(before + self.silence, end)))
                self.counts["returned"] += 1
                entry, waits = now, []
            else:
                waits.append(now - before)
        last = months[-1]
        spells.append(Spell(entry, tuple(sorted(waits)), last, min(last + self.silence, end)))
        paid = max((_number(day) - born for day in seen.paid if origin <= day <= days[-1]), default=0) if days else 0
        return Car(
            customer,
            tuple(spells),
            end,
            max(paid, 0),
            leaves is None,
            seen.given_up is not None,
            seen.delivered is not None,
        )

    def _buys(self) -> None:
        """Who buys: of those who ask for the first time, and of those who give a car up."""
        delivered = sorted(car.delivered for car in self.seen.values() if car.here and car.delivered is not None)
        first = min((day for car in self.seen.values() for day in (car.delivered, *car.visits) if day), default=None)
        asked = next((event.day for event in self.events if event.kind == "enquired"), None)
        if delivered and first == delivered[0]:
            self.new = True
        if asked is not None and (first is None or asked <= first) and add_months(asked, _CONVERTS) <= self.on:
            self.counts["prospects"] += 1
            self.counts["bought"] += bool(delivered) and delivered[0] <= add_months(asked, _CONVERTS)
        for car in self.seen.values():
            if car.given_up is None or add_months(car.given_up, _ANEW) > self.on:
                continue
            came = [car.delivered] if car.here and car.delivered else []
            last = max([*came, *(day for day in car.visits if day <= car.given_up)], default=None)
            comes = last is not None and add_months(last, _LATELY) >= car.given_up
            again = any(
                add_months(day, -_ANEW) <= car.given_up <= add_months(day, _ANEW)
                for day in delivered
                if day != car.delivered
            )
            self.counts["gave up" if comes else "gave up, away"] += 1
            self.counts["bought again" if comes else "bought back"] += again


def _number(day: date) -> int:
    """The month of the calendar, as a number."""
    return 12 * day.year + day.month


def customers_of(cars: Sequence[Car]) -> dict[str, list[Car]]:
    """The cars of each customer."""
    found: dict[str, list[Car]] = {}
    for car in cars:
        found.setdefault(car.customer, []).append(car)
    return found
