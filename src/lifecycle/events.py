"""Events and histories: what happened, as frozen values in one canonical order.

In: what a reader, the timeline or an application tells. Out: :class:`Event` (checked against :mod:`lifecycle.kinds`),
:class:`History` (one customer's events, sorted, each once) and :class:`Problem` (a row that is no event). Whether an
event is *allowed* is the opinion of a machine, not a question here. Next rooms: :mod:`lifecycle.notation`,
:mod:`lifecycle.machine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal, cast, overload

from attrs import field, frozen

from lifecycle.dates import SHANGHAI, a_zone
from lifecycle.errors import LifecycleError, near, shown
from lifecycle.kinds import FACTS, KINDS, Value, kind_named
from lifecycle.values import FrozenDict

__all__ = ["Event", "History", "Problem", "as_histories", "by_customer"]

_NO_FACTS: FrozenDict[str, Value] = FrozenDict()
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def _instant(at: date | datetime) -> date | datetime:
    """What makes two times the same: the instant. (Python compares times of one zone by the clock on the wall, and takes
    the two passes through a repeated hour for one.)"""
    return at.astimezone(UTC) if isinstance(at, datetime) else at


@frozen(init=False, order=False, slots=True)
class Event:
    """One thing that happened to one customer.

    ``at`` is a civil date (then it counts as the start of that day) or an aware datetime; ``kind`` a name of
    :data:`~lifecycle.kinds.KINDS`; ``id`` unique within the history; facts are given by name and come back with their
    exact types (money as ``Decimal`` yuan). Raises :class:`LifecycleError` naming the argument, value and remedy.
    """

    at: date | datetime = field(eq=_instant)
    kind: str
    id: str
    customer: str
    vehicle: str | None
    facts: Mapping[str, Value] = field(hash=False)
    day: date = field(eq=False, repr=False, init=False)
    """The civil day, in the zone that ``at`` carries (a :class:`History` brings every event into the house's)."""
    order: tuple[int, int, int, str] = field(eq=False, repr=False, init=False)
    """The canonical order: day, microseconds of the day elapsed, rank of the kind, id (LM4)."""

    def __init__(
        self,
        at: date | datetime,
        kind: str,
        id: str,  # noqa: A002 - the word of the field
        customer: str,
        vehicle: str | None = None,
        facts: Mapping[str, object] | None = None,
        **more: object,
    ) -> None:
        known = KINDS.get(kind) if type(kind) is str else None
        if known is None:
            known = kind_named(kind)
        given = _given(facts, more)
        if type(id) is not str or not id:
            id = _a_key("id", id)  # noqa: A001
        if type(customer) is not str or not customer:
            customer = _a_key("customer", customer)
        if "vehicle" in given:
            if vehicle is not None:
                raise LifecycleError("vehicle is given twice", argument="vehicle", value=vehicle)
            given_vehicle = given.pop("vehicle")
            vehicle = None if given_vehicle is None else str(FACTS["vehicle"].read(given_vehicle))
        elif vehicle is not None and (type(vehicle) is not str or not vehicle or vehicle != vehicle.strip()):
            vehicle = str(FACTS["vehicle"].read(vehicle))
        if vehicle is not None and not known.about_vehicle:
            raise LifecycleError(
                f"{known.name} is not about a vehicle", argument="vehicle", value=vehicle, remedy="leave vehicle= away"
            )
        read: dict[str, Value] = {}
        for name, value in given.items():
            if value is None:
                continue
            if name not in known.optional and name not in known.required:
                raise LifecycleError(
                    f"{known.name} has no fact {shown(name)}",
                    argument=str(name)[:80],
                    value=value,
                    remedy=near(name, known.facts),
                )
            read[name] = FACTS[name].read(value)
        for name in known.required:
            if name not in read and not (name == "vehicle" and vehicle is not None):
                raise LifecycleError(
                    f"{known.name} needs {name}=", argument=name, value=None, remedy=FACTS[name].meaning
                )
        self._fill(at, known.name, id, customer, vehicle, FrozenDict(read) if read else _NO_FACTS, known.rank)

    def _fill(
        self,
        at: object,
        kind: str,
        id: str,  # noqa: A002
        customer: str,
        vehicle: str | None,
        facts: Mapping[str, Value],
        rank: int,
    ) -> None:
        if isinstance(at, datetime):
            if type(at) is not datetime:
                at = _plain(at)
            day, elapsed = _day_and_elapsed(at)
        elif isinstance(at, date):
            if type(at) is not date:
                at = date(at.year, at.month, at.day)
            day, elapsed = at, 0
        else:
            raise LifecycleError(
                f"at={shown(at)} is neither a date nor a datetime", argument="at", value=at,
                remedy="as in datetime.date(2024, 2, 18), or a datetime with its zone",
            )  # fmt: skip
        if not 1900 <= day.year <= 2199:
            raise LifecycleError(f"at={at} lies outside 1900–2199", argument="at", value=at, remedy="check the year")
        put = object.__setattr__
        put(self, "at", at)
        put(self, "kind", kind)
        put(self, "id", id)
        put(self, "customer", customer)
        put(self, "vehicle", vehicle)
        put(self, "facts", facts)
        put(self, "day", day)
        put(self, "order", (day.toordinal(), elapsed, rank, id))

    def with_(self, *, at: date | datetime | None = None, customer: str | None = None) -> Event:
        """The same event told of another instant or customer (its facts are not checked again)."""
        again = object.__new__(Event)
        again._fill(
            self.at if at is None else at,
            self.kind,
            self.id,
            self.customer if customer is None else customer,
            self.vehicle,
            self.facts,
            self.order[2],
        )
        return again

    def __getitem__(self, name: str) -> Value:
        return self.facts[name]

    def get(self, name: str, default: Value | None = None) -> Value | None:
        """The fact of that name, or ``default`` where the event does not tell it."""
        return self.facts.get(name, default)

    def __str__(self) -> str:
        when = self.at.isoformat(timespec="minutes") if isinstance(self.at, datetime) else self.at.isoformat()
        words = [when, self.kind]
        if self.vehicle is not None:
            words.append(f"vehicle={self.vehicle}")
        words += [f"{name}={FACTS[name].write(value)}" for name, value in self.facts.items()]
        return " ".join(words)

    def __reduce__(self) -> tuple[object, ...]:
        return Event, (self.at, self.kind, self.id, self.customer, self.vehicle, dict(self.facts))


def _given(facts: object, more: dict[str, object]) -> dict[str, object]:
    """The facts told as a mapping and those told by name, each once."""
    if not facts and (facts is None or isinstance(facts, Mapping)):
        return more
    if not isinstance(facts, Mapping):
        raise LifecycleError(
            f"facts={shown(facts)} is not a mapping",
            argument="facts",
            value=facts,
            remedy='as in facts={"charge": 860}',
        )
    for name, value in more.items():
        if name in facts:
            raise LifecycleError(f"{name} is given twice", argument=name, value=value, remedy="leave one away")
    return {**facts, **more}


def _a_key(name: str, text: object) -> str:
    """An id, or a customer's: any text; of a class of texts, such as numpy's, the text itself."""
    if isinstance(text, str) and text:
        return str.__str__(text)
    raise LifecycleError(
        f"{name}={shown(text)} is not a non-empty text", argument=name, value=text, remedy=f"give each event a {name}"
    )


def _plain(at: datetime) -> datetime:
    """A datetime of a class of its own, such as a data frame's, as Python's (to the microsecond)."""
    if at != at:
        raise LifecycleError(f"at={at} is no time", argument="at", value=at, remedy="leave rows without a time away")
    return datetime(
        at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, tzinfo=at.tzinfo, fold=at.fold
    )


def _day_and_elapsed(at: datetime) -> tuple[date, int]:
    """The local day of an instant and the microseconds of it that have passed (true time, also where clocks change)."""
    offset = at.utcoffset()
    if offset is None:
        raise LifecycleError(
            f"at={at} has no time zone", argument="at", value=at, remedy="attach the house's zone, or give a date"
        )
    day = at.date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)
    start = midnight.utcoffset() or timedelta(0)
    wall = ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
    if start is not offset and start != offset:
        wall += (start - offset) // _MICROSECOND
    return day, max(wall, 0)


@frozen
class Problem:
    """What is wrong with a row: where it stands, what is wrong, what would mend it.

    An *error* stands in the place of an event (rows in = events + errors, always); a *warning* stands beside an event
    that was taken as it is, such as a VIN whose check digit fails.
    """

    file: str
    line: int
    """From 1, as an editor counts; 0 when the file as a whole is meant."""
    column: str | None
    message: str
    remedy: str | None = None
    value: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f" column {self.column}" if self.column else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        warning = "warning: " if self.severity == "warning" else ""
        return f"{place}{column}: {warning}{self.message}{remedy}"


class History(Sequence[Event]):
    """One customer's events in canonical order, each once.

    The same id twice with the same content is one event; with other content it is an error (LM4). Instants are
    brought into ``zone``, so that ``event.day`` is the house's civil day (LT2). Slices are histories.
    """

    __slots__ = ("_events", "customer", "zone")

    def __init__(self, events: Iterable[Event] = (), *, customer: str | None = None, zone: tzinfo = SHANGHAI) -> None:
        seen: dict[str, Event] = {}
        a_zone(zone)
        customer = customer or None
        if customer is not None:
            customer = _a_key("customer", customer)
        for event in _each(events):
            at = event.at
            if isinstance(at, datetime) and at.tzinfo is not zone:
                event = event.with_(at=at.astimezone(zone))
            before = seen.setdefault(event.id, event)
            if before is not event and before != event:
                raise LifecycleError(
                    f"two different events have the id {event.id!r}: {before} / {event}",
                    argument="id",
                    value=event.id,
                    remedy="a correction is an event of its own: voided of=ID, then the right one with a new id",
                )
            if customer is None:
                customer = event.customer
            elif event.customer != customer:
                raise LifecycleError(
                    f"an event of customer {event.customer!r} in the history of {customer!r}: {event}",
                    argument="customer",
                    value=event.customer,
                    remedy="by_customer(events) sorts a mixed list into histories",
                )
            not_derived(event)
        self._events = tuple(sorted(seen.values(), key=_order))
        self.customer = customer if customer is not None else ""
        self.zone = zone

    @classmethod
    def _of(cls, events: tuple[Event, ...], customer: str, zone: tzinfo) -> History:
        made = cls.__new__(cls)
        made._events = events
        made.customer = customer
        made.zone = zone
        return made

    @property
    def events(self) -> tuple[Event, ...]:
        """The events, in canonical order."""
        return self._events

    @property
    def last_day(self) -> date:
        """The day of the last event; LookupError where there is none."""
        if not self._events:
            raise LookupError(f"the history of {self.customer!r} has no events")
        return self._events[-1].day

    def in_zone(self, zone: tzinfo) -> History:
        """The same events, told in another house's zone."""
        if zone is self.zone or all(not isinstance(event.at, datetime) for event in self._events):
            return self if zone is self.zone else History._of(self._events, self.customer, zone)
        return History(self._events, customer=self.customer, zone=zone)

    def known(self, on: date) -> History:
        """What the house knew on the day ``on`` (closed): the events written down by then.

        An event is written down on its ``recorded_on``, or on its own day where it tells none. So a replay of
        ``history.known(then)`` as of ``on=day`` says how things stood on that day *as known* then, without late entries.
        """
        known = tuple(event for event in self._events if event.facts.get("recorded_on", event.day) <= on)  # type: ignore[operator]
        return self if len(known) == len(self._events) else History._of(known, self.customer, self.zone)

    def and_(self, more: Iterable[Event]) -> History:
        """This history and more events of the same customer, in canonical order."""
        return History((*self._events, *more), customer=self.customer or None, zone=self.zone)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: int | slice) -> Event | History:
        if isinstance(index, slice):
            return History._of(
                self._events[index] if index.step in (None, 1) else tuple(sorted(self._events[index], key=_order)),
                self.customer,
                self.zone,
            )
        return self._events[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return self._events == other._events and self.customer == other.customer

    def __hash__(self) -> int:
        return hash((self.customer, self._events))

    def __repr__(self) -> str:
        lines = "\n".join(f"    {event}" for event in self._events[:50])
        more = f"\n    … {len(self) - 50} more" if len(self) > 50 else ""
        return f"<History of {self.customer!r}, {len(self)} events\n{lines}{more}>"

    def _repr_html_(self) -> str:
        from lifecycle import show

        return show.history_html(self)


def not_derived(event: Event) -> Event:
    """The event, where it is one that can be told; those that replay makes are refused."""
    if not KINDS[event.kind].derived:
        return event
    raise LifecycleError(
        f"{event.kind} is made by replay from the policy in force, it is not told", argument="event", value=event.kind,
        remedy="tell the visit or delivery itself",
    )  # fmt: skip


def _each(events: Iterable[object]) -> Iterator[Event]:
    """The events that a user gave, each looked at."""
    single = isinstance(events, Event)  # which can be asked for its facts by name, and so looks like a list to Python
    try:
        given = None if single else iter(events)
    except TypeError:
        given = None
    if given is None:
        raise LifecycleError(
            f"events={shown(events)} are not several events", argument="events", value=events,
            remedy="give a list of Event",
        )  # fmt: skip
    for event in given:
        if not isinstance(event, Event):
            raise LifecycleError(
                f"{shown(event)} is not an Event", argument="events", value=event,
                remedy="make it one, as in Event(day, kind, id, customer), or read text with timeline(text, customer=…)",
            )  # fmt: skip
        yield event


def _order(event: Event) -> tuple[int, int, int, str]:
    return event.order


def voided_ids(events: Iterable[Event]) -> set[str]:
    """The ids of the events that are taken back by the voids among these, of one customer.

    A void can itself be voided, whatever the order of the two: then what it took back stands again. Of voids that void
    each other in a circle, the last one holds.
    """
    standing = {event.id: str(event["of"]) for event in events if event.kind == "voided"}
    against = dict.fromkeys(standing.values(), 0)
    for target in standing.values():
        against[target] += 1
    voided: set[str] = set()
    free = [one for one in standing if one not in against]
    circular = [*standing]
    while standing:
        one = free.pop() if free else circular.pop()  # none free: only circles are left
        if one not in standing:
            continue
        target = standing.pop(one)
        if one not in voided:
            voided.add(target)
        against[target] -= 1
        if not against[target] and target in standing:
            free.append(target)
    return voided


def by_customer(events: Iterable[Event], *, zone: tzinfo = SHANGHAI) -> dict[str, History]:
    """A mixed list of events, sorted into one history a customer (in order of customer id).

    ``merged into=`` joins two entries of one person: all events of the merged one are told of the other, along chains;
    a circle of merges is an error. The same id with other content is an error, as in :class:`History`.
    """
    lists: dict[str, list[Event]] = {}
    merges: list[Event] = []
    voids: dict[str, list[Event]] = {}
    for event in _each(events):
        lists.setdefault(event.customer, []).append(event)
        if event.kind == "merged":
            merges.append(event)
        elif event.kind == "voided":
            voids.setdefault(event.customer, []).append(event)
    into: dict[str, str] = {}
    for event in merges:
        target = str(event["into"])
        if event.id in voided_ids(voids.get(event.customer, ())):
            continue
        # the void of a merge may be told of the one that he was merged into, where it can mean no event of that one's
        if event.id in voided_ids(voids.get(target, ())) and all(own.id != event.id for own in lists[target]):
            continue
        if into.setdefault(event.customer, target) != target:
            raise LifecycleError(
                f"customer {event.customer!r} is merged into {into[event.customer]!r} and into {target!r}",
                argument="into", value=target, remedy="void one of the two",
            )  # fmt: skip
    for customer in list(into):
        seen = {customer}
        target = into[customer]
        while target in into:
            if target in seen:
                raise LifecycleError(
                    f"customers are merged in a circle: {' → '.join(sorted(seen))}", argument="into", value=target
                )
            seen.add(target)
            target = into[target]
        if target == customer:
            raise LifecycleError(f"customer {customer!r} is merged into itself", argument="into", value=target)
        lists.setdefault(target, []).extend(event.with_(customer=target) for event in lists.pop(customer))
    return {customer: _history(lists[customer], customer, zone, merged=into) for customer in sorted(lists)}


def _history(events: list[Event], customer: str, zone: tzinfo, *, merged: Mapping[str, str]) -> History:
    try:
        return History(events, customer=customer, zone=zone)
    except LifecycleError as error:
        others = ", ".join(repr(one) for one, target in sorted(merged.items()) if target == customer)
        if not others:
            raise
        raise error.at(f"customer {customer!r}, with {others} merged into him") from None


def as_histories(events: Iterable[Event] | Iterable[History] | Mapping[str, History]) -> Iterable[History]:
    """Histories, of what is told as events, histories, or histories by customer; anything else raises LifecycleError."""
    told: Iterable[Any] = cast("Mapping[str, History]", events).values() if isinstance(events, Mapping) else events
    if not isinstance(cast("object", told), Iterable):
        raise LifecycleError(
            f"{shown(told)} holds no events", argument="events", value=told,
            remedy="give events or histories, as in reading.events",
        )  # fmt: skip
    loose: list[Event] = []
    for one in told:
        if isinstance(one, History):
            yield one
        elif isinstance(one, Event):
            loose.append(one)
        else:
            raise LifecycleError(
                f"{one!r} is neither an event nor a history",
                argument="events",
                value=one,
                remedy="give events, or by_customer(events)",
            )
    yield from by_customer(loose).values()
