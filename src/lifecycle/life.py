"""Replay: a history under a book, as of a day — a fold over events, deadlines and ledger.

In: a :class:`~lifecycle.events.History`, a :class:`~lifecycle.book.Book`, a day. Out: a :class:`Life` (the customer as of
that day, every step and refusal with its reason, the statement of points, the cases), from which :meth:`Life.then` goes
on. Time comes as events: a deadline that came due enters as an event of its day, before the other events of that day;
when a fact moves a vehicle's lost day later, ``seen_again`` follows (LM3, LC7). A refusal is an opinion: the fact counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

from attrs import frozen

from lifecycle.benefits import BenefitsGiven, given
from lifecycle.book import Book, Editions, House, a_house
from lifecycle.customer import UNNAMED, Customer, rolled_up, standing_of
from lifecycle.dates import add_days
from lifecycle.deadline import Rule, facts_alone
from lifecycle.errors import LifecycleError, shown
from lifecycle.events import Event, History, voided_ids
from lifecycle.facts import (
    MAKES_KNOWN,
    OF_EVERY_VEHICLE,
    OF_SOME_VEHICLE,
    TELLS,
    OpenCustomer,
    OpenVehicle,
    Tell,
    counted,
)
from lifecycle.kinds import KINDS
from lifecycle.machine import Machine, Plan, Step
from lifecycle.machines import ACTIVITY, ALL, LOYALTY, REGIONS
from lifecycle.points import Account, Statement
from lifecycle.values import FrozenDict
from lifecycle.visits import VISITS, VisitKind, all_visits, charged_visits

__all__ = ["Case", "Life", "LifeStep", "replay"]


class LifeStep(NamedTuple):
    """One thing that a life's machines said: on which day, to which event, in which region or case, and because."""

    day: date
    event: str
    """The kind of the event."""
    id: str
    """The event's id; for a deadline, of the vehicle it came due for."""
    region: str
    """The machine's name (``points`` for the ledger)."""
    key: str | None
    """The vehicle or the case; None for a region of the customer."""
    before: str
    after: str
    accepted: bool
    because: tuple[str, ...]
    row: int | None
    """Which row of the machine was taken."""

    def __str__(self) -> str:
        where = self.region if self.key is None else f"{self.region} {self.key}"
        moved = f"{self.before} → {self.after}" if self.accepted else f"{self.before}, refused"
        return f"{self.day} {self.event} · {where}: {moved}, because {'; '.join(self.because)}"

    def _repr_html_(self) -> str:
        from lifecycle import show

        return show.steps_table([self])


@frozen
class Case:
    """One case as of a day: which machine, its key, the state it is in and since when."""

    machine: str
    key: str
    state: str
    opened_on: date
    since: date

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return ALL[self.machine].is_final(self.state)


_DELIVERIES = frozenset({"vehicle_delivered", "vehicle_recorded"})

#: Activity with the machine's memory taken off: the status that a rule knows (LC7).
_PLAIN = FrozenDict(
    {
        state.name: {"returned": "active", "quasi_lost": "lost"}.get(state.public, state.public)
        for state in ACTIVITY.states
    }
)
_SEVERITY = FrozenDict({"unseen": 0, "active": 1, "at_risk": 2, "lost": 3, "gone": 9})
_OUT_OF_SIGHT = frozenset({"unseen", "gone"})
_SPENDING = frozenset({"customer.spending", "customer.spending_since"})


class _Route(NamedTuple):
    """Where an event of one kind goes."""

    regions: tuple[tuple[int, Machine, Plan, Mapping[str, tuple[Step, ...]]], ...]
    cases: tuple[tuple[Machine, str], ...]
    given: bool
    """Whether a guard asks for something that replay puts on the event."""
    activity: bool
    tell: Tell | None
    makes_known: bool
    of_some_vehicle: bool
    visit: bool
    delivery: bool
    """Whether it may tell a delivery that was told before."""


def _heard_again(kind: str, route: _Route) -> Iterable[tuple[int, Machine, Plan, Mapping[str, tuple[Step, ...]]]]:
    """The regions that hear of a delivery told before: the stage hears the sale's own; nobody buys twice."""
    return [region for region in route.regions if kind == "vehicle_delivered" and region[1] is not LOYALTY]


@cache
def _routes() -> Mapping[str, _Route]:
    cases = [machine for machine in ALL.values() if machine.key is not None]
    routes: dict[str, _Route] = {}
    for kind in KINDS:
        concerned = [(index, machine) for index, machine in enumerate(REGIONS) if kind in machine.plans]
        asking = [machine for _, machine in concerned] + [machine for machine in cases if kind in machine.plans]
        routes[kind] = _Route(
            tuple((index, machine, machine.plans[kind], machine.cells) for index, machine in concerned),
            tuple((machine, str(machine.key)) for machine in cases if kind in machine.plans),
            any(question.given for machine in asking for question in machine.asked(kind)),
            kind in ACTIVITY.plans,
            TELLS.get(kind),
            kind in MAKES_KNOWN,
            kind in OF_SOME_VEHICLE,
            kind in VISITS,
            kind in _DELIVERIES,
        )
    return routes


class _Why(NamedTuple):
    """Why a deadline came due: the rule and the facts that it read, asked for its reasons when somebody looks (LC5)."""

    rule: Rule
    on: date
    facts: Mapping[str, Any]

    def told(self) -> tuple[str, ...]:
        vehicle, customer = facts_alone(self.facts)
        return self.rule.decide(vehicle, on=self.on, customer=customer).because


_Because = tuple[str, ...] | _Why
# a mark of the trace, made into a LifeStep when somebody looks: what was said to what
_Mark = tuple[Any, str, "str | None", str, Step, _Because]


def _fact(name: str, car: OpenVehicle, person: OpenCustomer) -> Any:
    whose, _, kind = name.partition(".")
    if not kind:
        return getattr(car, name)
    return getattr(person, kind) if whose == "customer" else car.last_visits.get(kind)


class _Due(NamedTuple):
    """A deadline that came due, as the trace keeps it."""

    day: date
    kind: str
    id: str


class _Fold:
    """A life being folded: mutable, copied before it goes on (:meth:`Life.then`)."""

    __slots__ = (
        "account",
        "book",
        "cars",
        "cases",
        "charged",
        "customer",
        "given",
        "heard_from",
        "last",
        "lost_leaves",
        "moved",
        "next_due",
        "other_visits",
        "person",
        "points",
        "refusals",
        "seen",
        "states",
        "trace",
        "voids",
    )

    def __init__(self, customer: str, book: Book, house: House) -> None:
        self.customer = customer
        self.book = book
        self.person = OpenCustomer(customer)
        self.states = [machine.initial for machine in REGIONS]
        self.cars: dict[str, OpenVehicle] = {}
        self.cases: dict[tuple[str, str], Case] = {}
        (_, points, tiers), *later = house.ledger()
        self.points = points.heard(tiers).union(*(policy.heard(tiers) for _, policy, tiers in later))
        self.account: Account = points.open(customer, tiers, later=later)
        self.heard_from = date.min
        """The day from which the account hears of events; those before it heard from an earlier edition's life."""
        self.refusals: dict[str, tuple[str, ...]] = {}
        """What the account refused, by the event's id."""
        self.trace: list[_Mark] = []
        self.last: tuple[int, int, int, str] | None = None
        self.seen = 0
        """How many events of the history have been folded."""
        self.voids: frozenset[str] = frozenset()
        """The ids that the voids folded so far name."""
        self.moved = False
        """Whether a vehicle's activity has moved since the roll-up."""
        self.next_due = date.max
        readings = book.readings
        self.given: dict[str, Any] = {
            "service_repeats": readings.service_repeats,
            "may_recover": readings.survey_recovers,
            "may_recover_fully": readings.third_party_recovers,
            "diamond_from": readings.diamond_from,
            "diamond_to": readings.diamond_to,
            "attempts": readings.call_attempts,
            "customer": customer,
        }
        self.charged = None if readings.charged == charged_visits else readings.charged
        churn = book.churn
        self.lost_leaves = not _SPENDING & (churn.at_risk.reads | churn.lost.reads)
        """Whether one who is lost has left as a spender too; not where the rule itself asks how he spends (LC7)."""
        kinds = dict.fromkeys((*book.churn.visit_kinds, *book.points.visit_kinds))
        self.other_visits: tuple[VisitKind, ...] = tuple(
            kind for kind in kinds if kind not in (all_visits, charged_visits)
        )

    def copy(self) -> _Fold:
        again = object.__new__(_Fold)
        for name in _Fold.__slots__:
            setattr(again, name, getattr(self, name))
        again.person = self.person.copy()
        again.states = self.states.copy()
        again.cars = {vin: car.copy() for vin, car in self.cars.items()}
        again.cases = self.cases.copy()
        again.account = self.account.copy()
        again.refusals = self.refusals.copy()
        again.trace = self.trace.copy()
        return again

    # -- the fold -------------------------------------------------------------------------------------------------------

    def run(self, events: Iterable[Event], on: date) -> None:
        """Fold the events up to ``on`` (closed), in canonical order, and let the deadlines of ``on`` come due."""
        told = [event for event in events if event.day <= on]
        voids = [event for event in told if event.kind == "voided"]
        voided = voided_ids(voids)
        known = {event.id for event in told} if voids else set[str]()
        self.voids |= {str(event.facts["of"]) for event in voids}
        for event in told:
            if event.id in voided:
                continue
            self.take(event)
            if event.kind == "voided" and event.facts["of"] not in known:
                why = f"there is no event {event.facts['of']!r} here to void"
                self.trace.append((event, "history", None, "told", Step("told", False, (why,)), ()))
        if told:
            self.last = told[-1].order
            self.seen += len(told)
        if self.next_due <= on:
            self.advance(on)

    def take(self, event: Event) -> None:
        """One event: the deadlines before it, then ledger, facts, cases, regions, and the activity of vehicles."""
        day = event.day
        if self.next_due <= day:
            self.advance(day)
        route = _routes()[event.kind]
        person = self.person
        if person.first_seen is None:
            person.first_seen = day
        person.last_seen = day
        car: OpenVehicle | None = None
        if self._ledger_takes(event):
            car = self._car_of(event, route)
            told_before = route.delivery and counted(car, event)
            self._tell(event, route, car)
            self._step_regions(event, route, told_before=told_before)
            every = car is None and event.kind in OF_EVERY_VEHICLE
            for one in tuple(self.cars.values()) if every else () if car is None else (car,):
                if route.activity:
                    self._step_car(event, one, event.kind, ())
                self._reassess(event, one, came=self._came(event))
            self._roll_up(day)
        if self.book.churn.reads_customer:  # what is told of the customer may move the days of any vehicle
            for other in self.cars.values():
                if other is not car:
                    self._reassess(event, other, came=False)
            self._roll_up(day)

    def _ledger_takes(self, event: Event) -> bool:
        """Let the account hear the event; False where it refuses a command, which then has no effect anywhere."""
        if event.kind not in self.points:
            return True
        heard = event.day < self.heard_from
        refused = self.refusals.get(event.id, ()) if heard else self.account.take(event, self.person)
        if refused:
            self.refusals[event.id] = refused
            self.trace.append((event, "points", None, "ledger", Step("ledger", False, refused), ()))
        return not refused

    def _car_of(self, event: Event, route: _Route) -> OpenVehicle | None:
        """The vehicle that the event is about, where it is one of his (or becomes one by this event)."""
        vin = event.vehicle
        if vin is None:
            if not route.of_some_vehicle:
                return None
            vin = UNNAMED
        car = self.cars.get(vin)
        if car is None and route.makes_known:
            car = self.cars[vin] = OpenVehicle(vin)
            self.moved = True
        return car

    def _tell(self, event: Event, route: _Route, car: OpenVehicle | None) -> None:
        """The facts that the event tells."""
        if route.tell is not None:
            if event.vehicle is None and event.kind in OF_EVERY_VEHICLE:
                for other in self.cars.values():
                    route.tell(self.person, other, event)
            else:
                route.tell(self.person, car, event)
        if route.visit and car is not None:
            day = event.day
            if all_visits.counts(event):
                car.last_visit = day
            if charged_visits.counts(event):
                car.last_charged_visit = day
                car.charged_visits += 1
                self.person.products.add("service")
            for kind in self.other_visits:
                if kind.counts(event):
                    car.last_visits[kind.name] = day

    def _step_regions(self, event: Event, route: _Route, *, told_before: bool) -> None:
        """The cases that the event names, then the regions of the customer."""
        facts: Mapping[str, Any] = event.facts
        if route.given:
            complaints = self.person.complaints
            accused = self.person.accused.get(str(facts.get("complaint")))
            facts = {**facts, **self.given, "open_complaints": len(complaints), "accused": accused}
            if self.charged is not None:
                facts["charged"] = self.charged.counts(event)
        if route.cases and event.facts:
            self._step_cases(event, route, facts)
        states = self.states
        for index, machine, plan, cells in route.regions if not told_before else _heard_again(event.kind, route):
            number = plan.first
            for ask, offset in plan.asks:
                number += offset[ask(facts)]
            before = states[index]
            step = cells[before][number]
            if step.row is not None or not step.accepted:
                self.trace.append((event, machine.name, None, before, step, ()))
                self._enter(index, machine, before, step.state, event.day)

    def advance(self, on: date) -> None:
        """Let every deadline up to ``on`` (closed) come due, in order of day, then of vehicle."""
        while self.next_due <= on:
            due = sorted(
                (when, car.vin) for car in self.cars.values() if (when := self._next(car)) is not None and when <= on
            )
            if not due:
                break
            when, vin = due[0]
            self._fire(self.cars[vin], when)
            self._schedule()

    def _next(self, car: OpenVehicle) -> date | None:
        """The next day on which it moves by itself; the at-risk day is the earlier of both (LC4)."""
        plain = _PLAIN[car.state]
        return car.at_risk_due if plain == "active" else car.lost_due if plain == "at_risk" else None

    def _schedule(self) -> None:
        self.next_due = min(
            (day for car in self.cars.values() if (day := self._next(car)) is not None), default=date.max
        )

    def _fire(self, car: OpenVehicle, on: date) -> None:
        """Let one vehicle's deadlines up to ``on`` come due (both, in order, where the day is past both)."""
        plain = _PLAIN[car.state]
        at_risk, lost = car.at_risk_due, car.lost_due
        is_lost = lost is not None and lost <= on
        if plain == "active" and at_risk is not None and at_risk <= on and not (is_lost and at_risk == lost):
            self._come_due(car, "at_risk_due", on)
        if is_lost and _PLAIN[car.state] in ("active", "at_risk"):
            self._come_due(car, "lost_due", on)

    def _come_due(self, car: OpenVehicle, kind: str, on: date) -> None:
        churn = self.book.churn
        rule = churn.at_risk if kind == "at_risk_due" else churn.lost
        facts = {name: _fact(name, car, self.person) for name in rule.reads}
        self._step_car(_Due(on, kind, car.vin), car, kind, _Why(rule, on, facts))
        self._roll_up(on)

    def _step_car(self, told: Event | _Due, car: OpenVehicle, kind: str, because: _Because) -> None:
        before = car.state
        step = ACTIVITY.cells[before][ACTIVITY.plans[kind].first]
        if step.row is None:
            return
        self.trace.append((told, ACTIVITY.name, car.vin, before, step, because))
        self.moved = True
        car.state = step.state
        car.activity = ACTIVITY.labels[step.state]

    def _came(self, event: Event) -> bool:
        if event.kind == "vehicle_delivered":
            return True
        return any(kind.counts(event) for kind in self.book.churn.visit_kinds)

    def _reassess(self, event: Event, car: OpenVehicle, *, came: bool) -> None:
        """After facts changed: find the vehicle's due days anew, and let the machine follow the rule (LC7).

        ``seen_again`` is what a due day that moved later means; handing over a job does not come again.
        """
        churn = self.book.churn
        same_visit = event.kind == "vehicle_handed_over" and car.is_in_for(event.facts.get("visit"))
        if came:
            car.gone_on = None
            car.entered = str(event.facts.get("visit", "")) if event.kind == "workshop_entered" else None
        at_risk, lost = churn.dues(car, self.person)
        before_at_risk, before_lost = car.at_risk_due, car.lost_due
        plain = _PLAIN[car.state]
        if at_risk == before_at_risk and lost == before_lost and plain not in _OUT_OF_SIGHT:
            return
        car.at_risk_due, car.lost_due = at_risk, lost
        if car.gone_on is None:
            status = churn.status(car, on=event.day, customer=self.person)
            later = _later(at_risk, before_at_risk) or _later(lost, before_lost)
            milder = _SEVERITY[status] < _SEVERITY[plain]
            appears = plain in _OUT_OF_SIGHT and status != plain
            if appears or (status != "lost" and (milder or (later and not same_visit))):
                self._step_car(_Due(event.day, "seen_again", event.id), car, "seen_again", ())
                car.inspected_on = None
            self._fire(car, event.day)
        self._schedule()

    def _roll_up(self, on: date) -> None:
        if not self.moved:
            return
        self.moved = False
        rolled = rolled_up([car.activity for car in self.cars.values()])
        if rolled != self.person.rolled:
            self.person.rolled = rolled
            if rolled == "lost" and self.lost_leaves:
                self._customer_lost(on)

    def _customer_lost(self, on: date) -> None:
        told = _Due(on, "customer_lost", self.customer)
        for index, machine, plan, cells in _routes()["customer_lost"].regions:
            before = self.states[index]
            step = cells[before][plan.first]
            if step.row is not None:
                self.trace.append((told, machine.name, None, before, step, ("every vehicle of his is lost or gone",)))
                self._enter(index, machine, before, step.state, on)

    def _enter(self, index: int, machine: Machine, before: str, after: str, day: date) -> None:
        """A region's new state, and the facts that follow from it; staying in a state does not begin it again."""
        if after == before:
            return
        self.states[index] = after
        label = machine.labels[after]
        person = self.person
        if index == 0:
            person.stage = label
            return
        setattr(person, machine.name, label)
        if machine.name == "satisfaction":
            if label in ("unknown", "satisfied"):
                person.dissatisfied_since = None
            elif person.dissatisfied_since is None:
                person.dissatisfied_since = day
        elif machine.name == "spending":
            person.spending_since = day

    def _step_cases(self, event: Event, route: _Route, facts: Mapping[str, Any]) -> None:
        for machine, fact in route.cases:
            key = event.facts.get(fact)
            if key is None:
                continue
            place = (machine.name, str(key))
            case = self.cases.get(place)
            before = machine.initial if case is None else case.state
            number = machine.symbol(event.kind, facts)
            step = machine.cells[before][number or 0]
            if step.row is None and step.accepted:
                continue
            self.trace.append((event, machine.name, str(key), before, step, ()))
            if step.accepted:
                opened = event.day if case is None else case.opened_on
                since = event.day if case is None or step.state != before else case.since
                self.cases[place] = Case(machine.name, str(key), step.state, opened, since)


def _later(after: date | None, before: date | None) -> bool:
    """Whether a due day moved later; never is later than any day."""
    return before is not None and (after is None or after > before)


# -- the life -----------------------------------------------------------------------------------------------------------


class Life:
    """A customer's life under a book, as of a day: what replay gives.

    ``customer``, ``steps`` (everything that a machine took or refused, in order), ``refused``, ``statement`` (of
    points), ``cases``. Two lives are equal when all of these, the book, the day and the history are.
    """

    def __init__(self, history: History, house: House, on: date, fold: _Fold) -> None:
        self.history = history
        self.house = house
        """The book, or the editions of it, that replay was given."""
        self.book = fold.book
        """The edition of the day."""
        self.on = on
        self._fold = fold

    @cached_property
    def customer(self) -> Customer:
        """The customer as of the day: states and facts."""
        fold = self._fold
        person = fold.person
        standing = standing_of(
            person.loyalty,
            person.satisfaction,
            [car.activity for car in fold.cars.values()],
            sale_under_way=fold.states[0] in SALE_UNDER_WAY,
        )
        vehicles = {vin: fold.cars[vin].close() for vin in sorted(fold.cars)}
        account = fold.account.as_of(self.on)
        return person.close(vehicles, points=account.balance(self.on), tier=account.tier, standing=standing)

    @cached_property
    def steps(self) -> tuple[LifeStep, ...]:
        """Every row taken and every refusal, in order, with because."""
        return tuple(_told(mark) for mark in self._fold.trace)

    @cached_property
    def refused(self) -> tuple[LifeStep, ...]:
        """The refusals among the steps."""
        return tuple(_told(mark) for mark in self._fold.trace if not mark[4].accepted)

    @cached_property
    def statement(self) -> Statement:
        """The account of points as of the day."""
        return self._fold.account.statement(self.on)

    @cached_property
    def benefits(self) -> BenefitsGiven:
        """What the discounts of the book take off his bills up to the day, each by the benefits of its day, and his perks.

        The amounts on record are taken as list prices: what the discounts are worth on the same bills.
        """
        told = [event for event in self.history if event.day <= self.on]
        voided = voided_ids(event for event in told if event.kind == "voided")
        standing = (event for event in told if event.id not in voided)
        return given(self.history.customer, standing, self._fold.account, self.house, on=self.on)

    @cached_property
    def cases(self) -> Mapping[tuple[str, str], Case]:
        """The cases by (machine, key)."""
        return FrozenDict(self._fold.cases)

    def then(self, more: Iterable[Event] = (), *, on: date) -> Life:
        """The life as of another day, with more events: equal to replaying the whole history from scratch (LM3).

        What comes in order is folded on; a late or voiding event, or an earlier day, makes the whole be evaluated
        again. An event known already counts once; the same id with other content is an error (LM4).
        """
        on = _civil(on)
        history = self.history.and_(more)
        last, voids = self._fold.last, self._fold.voids
        ahead = [event for event in history if last is None or event.order > last]
        in_order = (
            on >= self.on
            and self.house.on(on) is self.book
            and history.customer == self.history.customer
            and len(history) - len(ahead) == self._fold.seen
            and all(event.day >= self.on and not (event.kind == "voided" and event.day <= on) for event in ahead)
            and not (voids and any(event.id in voids for event in ahead))
        )
        if not in_order:
            return replay(history, self.house, on=on)
        fold = self._fold.copy()
        fold.run(ahead, on)
        return Life(history, self.house, on, fold)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Life):
            return NotImplemented
        return (
            self.on == other.on
            and self.history == other.history
            and self.house == other.house
            and self.customer == other.customer
            and self.steps == other.steps
            and self.statement == other.statement
            and self.cases == other.cases
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        return _replayed, (self.history, self.house, self.on)

    def __repr__(self) -> str:
        customer = self.customer
        cars = ", ".join(f"{vin} {car.activity}" for vin, car in customer.vehicles.items()) or "no vehicle"
        return (
            f"<Life of {customer.id!r} on {self.on} under {self.book.name} ({self.book.edition}): {customer.standing}, "
            f"stage {customer.stage}, {cars}, {customer.points} points; {len(self._fold.trace)} steps, {len(self.refused)} refused>"
        )

    def _repr_html_(self) -> str:
        from lifecycle import show

        return show.life_html(self)


SALE_UNDER_WAY = frozenset({"trial", "trial_again", "purchase", "purchase_again", "repurchase"})


def _told(mark: _Mark) -> LifeStep:
    told, region, key, before, step, why = mark
    because = why.told() if isinstance(why, _Why) else why
    return LifeStep(
        told.day, told.kind, told.id, region, key, before, step.state, step.accepted, step.because + because, step.row
    )


def _civil(on: object) -> date:
    """A day given by a user, as exactly a date; a datetime is a date to Python, but no civil day."""
    if not isinstance(on, date) or isinstance(on, datetime):
        raise LifecycleError(
            f"on={shown(on)} is not a civil day", argument="on", value=on, remedy="give a datetime.date"
        )
    return on if type(on) is date else date(on.year, on.month, on.day)


def replay(history: History | Iterable[Event], book: House, *, on: date) -> Life:
    """The life told by a history under a book, as of the day ``on`` (inclusive: its events and deadlines have happened).

    ``history`` is a :class:`History`, or any events of one customer in any order; ``book`` one of
    :mod:`lifecycle.books`, your own :class:`Book`, or the :class:`~lifecycle.book.Editions` of one, of which that of the day
    ``on`` tells the life, while each awards points in its time. The :class:`Life` holds ``customer`` (states and facts),
    ``steps`` and ``refused`` (what the machines said, and because), ``statement`` (of points) and ``cases``::

        life = replay(timeline("2024-01-08 vehicle_delivered vehicle=V1", customer="C1"), WENHUA, on=date(2024, 6, 1))
        life.customer.standing, life.customer.vehicles["V1"].lost_due

    Events after ``on`` are kept for :meth:`Life.then`, and not looked at. Raises :class:`LifecycleError` for a day that
    is none, for events of several customers, and for one id with two contents.
    """
    on = _civil(on)
    book = a_house(book)
    if not isinstance(history, History):
        history = History(history, zone=book.zone)
    history = history.in_zone(book.zone)
    fold = _Fold(history.customer, book.on(on), book)
    if isinstance(book, Editions):
        _award_before(fold, history, book, on)
    fold.run(history, on)
    return Life(history, book, on, fold)


def _award_before(fold: _Fold, history: History, house: Editions, on: date) -> None:
    """Where terms ask for the customer, each edition has awarded by the life that it told itself (LP18)."""
    if not any(rule.facts for _, points, _ in house.ledger(on) for rule in points.rules.values()):
        return
    voided = voided_ids(event for event in history if event.day <= on)
    told = [event for event in history if event.id not in voided]
    first = house.first
    for since in house.later:
        if since > on:
            break
        life = _Fold(history.customer, first, house)
        life.account, life.refusals, life.heard_from = fold.account, fold.refusals, fold.heard_from
        life.run(told, add_days(since, -1))
        fold.heard_from, first = since, house.later[since]


def _replayed(history: History, book: House, on: date) -> Life:
    return replay(history, book, on=on)
