"""The algebra of due days: a rule answers with the day on which it comes true if nothing more happens (or never).

In: facts of a vehicle and its customer. Out: a day, or a :class:`Decision` with because. ``|`` is the earlier day, ``&``
the later (LC1); ``never`` and ``always`` are their units; :meth:`Rule.when` and :meth:`Rule.unless` ask a condition first.
"Holds on day d" is due ≤ d: the due day itself is included. Nothing here asks the clock (LT2), and a fact that is missing
is said, never guessed. Next: :mod:`lifecycle.churn`, whose leaves are the sources' own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from attrs import NOTHING, field, fields, frozen

from lifecycle.conditions import Asked, Condition, Fact, fact
from lifecycle.customer import Customer, Vehicle
from lifecycle.dates import add_days, add_months
from lifecycle.errors import LifecycleError, near
from lifecycle.values import FrozenDict, frozen_dict
from lifecycle.visits import VisitKind

__all__ = [
    "Decision", "Grounds", "Leaf", "Rule", "Span", "after", "always", "before", "fact", "never",
]  # fmt: skip

_CUSTOMER = "customer."
#: Among the facts of a decision: that no customer was given.
NOT_GIVEN = "customer"
_KINDS = "last_visits."


class VehicleFacts(Protocol):
    """What a rule may ask of a vehicle by attribute: a :class:`~lifecycle.customer.Vehicle`, or facts still open."""

    @property
    def delivered_on(self) -> date | None: ...
    @property
    def first_visit(self) -> date | None: ...
    @property
    def last_visit(self) -> date | None: ...
    @property
    def last_charged_visit(self) -> date | None: ...
    @property
    def visits(self) -> int: ...
    @property
    def warranty_until(self) -> date | None: ...
    @property
    def insurance_until(self) -> date | None: ...
    @property
    def gone_on(self) -> date | None: ...


class CustomerFacts(Protocol):
    """What a rule may ask of a customer by attribute: a :class:`~lifecycle.customer.Customer`, or facts still open."""

    @property
    def spending(self) -> str: ...
    @property
    def spending_since(self) -> date | None: ...
    @property
    def dissatisfied_since(self) -> date | None: ...
    @property
    def breadth(self) -> int: ...


class Grounds(NamedTuple):
    """Why a due day is what it is: sentences, and the facts by name that suffice for it (None: not known)."""

    because: tuple[str, ...]
    facts: Mapping[str, Any]


_NO_FACTS: Mapping[str, Any] = FrozenDict({})


@frozen
class Decision:
    """A policy's answer: whether it holds on the day asked, since when (or from when it would), and because.

    It is as true as its answer: ``if rule.decide(car, on=day):``.
    """

    holds: bool
    since: date | None
    """The day on which it came, or will come, true; None: never, as things stand."""
    because: tuple[str, ...]
    facts: FrozenDict[str, Any] = field(default=_NO_FACTS, repr=False, converter=frozen_dict)
    """The facts that because names, by name: they suffice (LC5). Those of the customer are ``customer.NAME``; ``customer``
    itself says that none was given."""

    def alone(self) -> tuple[Vehicle, Customer | None]:
        """A vehicle and a customer of whom nothing is known but :attr:`facts`; the rule says the same of them (LC5)."""
        return facts_alone(self.facts)

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        if self.holds:
            when = "yes" if self.since in (None, date.min) else f"yes, since {self.since}"
        else:
            when = "no" if self.since is None else f"no, not before {self.since}"
        return f"{when}, because {'; '.join(self.because)}"

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import decision_html

        return decision_html(self)


def facts_alone(facts: Mapping[str, Any]) -> tuple[Vehicle, Customer | None]:
    """A vehicle and a customer of whom only these facts are known (names as in :attr:`Decision.facts`).

    The customer is None where no fact of his is named, or where it is named that he was not given.
    """
    vehicle: dict[str, Any] = {}
    kinds: dict[str, date] = {}
    customer: dict[str, Any] = {}
    for name, value in facts.items():
        if name.startswith(_CUSTOMER):
            customer[name.removeprefix(_CUSTOMER)] = value
        elif name.startswith(_KINDS):
            if value is not None:
                kinds[name.removeprefix(_KINDS)] = value
        elif name != NOT_GIVEN:
            vehicle[name] = value
    if "breadth" in customer:
        customer["products"] = [str(number) for number in range(customer.pop("breadth") or 0)]
    given = customer and NOT_GIVEN not in facts
    return Vehicle("-", last_visits=kinds, **vehicle), Customer("-", **customer) if given else None


class _Bare:
    """Facts by attribute, and what the frozen class has by default for the rest: read by rules, and quickly made."""


def _bare_class(kind: type[Vehicle | Customer], **more: Any) -> type[_Bare]:
    told = {one.name: None if one.default is NOTHING else one.default for one in fields(kind)}
    return type(f"_Bare{kind.__name__}", (_Bare,), {**told, **more})


_BareVehicle = _bare_class(Vehicle, last_visits=FrozenDict())
_BareCustomer = _bare_class(Customer, breadth=0, products=frozenset(), open_complaints=0)


def bare_facts(facts: Mapping[str, Any]) -> tuple[Any, Any]:
    """What :func:`facts_alone` gives, for rules to read and nothing else: a tenth of its time."""
    vehicle: Any = _BareVehicle()
    customer: Any = None
    for name, value in facts.items():
        if name.startswith(_CUSTOMER):
            customer = customer or _BareCustomer()
            setattr(customer, name[len(_CUSTOMER) :], value)
        elif name.startswith(_KINDS):
            if value is not None:
                vehicle.last_visits = {**vehicle.last_visits, name[len(_KINDS) :]: value}
        elif name != NOT_GIVEN:
            setattr(vehicle, name, value)
    return vehicle, None if NOT_GIVEN in facts else customer


# -- what conditions of a rule may ask ------------------------------------------------------------------------------------

_TYPE_OF = {"date": "day", "int": "count", "str": "text", "Stage": "text", "Decimal": "money"}
#: Where the replayed machine stands is what a rule decides; asked back, it would go round in a circle.
_DECIDED = {"activity", "at_risk_due", "lost_due", "standing", "vin", "id", "points", "tier", "vehicles"}


def _types(kind: type[Vehicle | Customer], prefix: str) -> dict[str, str]:
    return {
        prefix + one.name: _TYPE_OF.get(str(one.type).partition(" ")[0], "other")
        for one in fields(kind)
        if one.name not in _DECIDED and one.name != "last_visits"
    }


#: The facts of a vehicle that a visit changes.
_MOVED_BY_VISITS = {
    "first_visit", "last_visit", "last_charged_visit", "visits", "charged_visits", "inspected_on", "mileage", "plate", "gone_on",
}  # fmt: skip
#: Every fact that a rule's condition may ask, with its type.
ASKED = Asked(
    "a vehicle",
    FrozenDict({**_types(Vehicle, ""), **_types(Customer, _CUSTOMER), f"{_CUSTOMER}breadth": "count"}),
)


def look_at(vehicle: Any, customer: Any) -> Callable[[str], Any]:
    """The look at the facts of one vehicle and its customer, by name; None where a fact, or the customer, is not told."""

    def look(name: str) -> Any:
        if name.startswith(_CUSTOMER):
            return None if customer is None else getattr(customer, name[len(_CUSTOMER) :])
        if name.startswith(_KINDS):
            return vehicle.last_visits.get(name[len(_KINDS) :])
        return getattr(vehicle, name)

    return look


def _reader(name: str) -> Callable[[tuple[Any, Any]], Any]:
    if name.startswith(_CUSTOMER):
        read = attrgetter(name[len(_CUSTOMER) :])
        return lambda subject: None if subject[1] is None else read(subject[1])
    of_vehicle = attrgetter(name)
    return lambda subject: of_vehicle(subject[0])


# -- the algebra ----------------------------------------------------------------------------------------------------------


class Rule:
    """The base of all rules. ``|`` is whichever is earlier, ``&`` whichever is later; ``or`` and ``and`` raise."""

    __slots__ = ()

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        """The day on which it comes true if nothing more happens; None: never, or unknown since a fact is missing.

        ``date.min`` is "since ever".
        """
        raise NotImplementedError

    def grounds(self, vehicle: VehicleFacts, customer: CustomerFacts | None, *, on: date, whole: bool) -> Grounds:
        """The reasons for the due day, as seen on a day; ``whole``: of every part, not only of those that decide."""
        raise NotImplementedError

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        """The kinds of visit that it counts, in the order in which it names them."""
        raise NotImplementedError

    @property
    def reads(self) -> frozenset[str]:
        """The names of the facts it reads: of the vehicle, ``last_visits.KIND``, ``customer.NAME``."""
        raise NotImplementedError

    @property
    def reads_customer(self) -> bool:
        """Whether it reads facts of the customer besides those of the vehicle."""
        return any(name.startswith(_CUSTOMER) for name in self.reads)

    @property
    def needs_sight(self) -> bool:
        """Whether it is never due for a vehicle that was neither delivered nor seen at a visit that the rule counts."""
        return False

    @property
    def may_move_earlier(self) -> bool:
        """Whether a visit that it counts may make the day earlier: a leaf over the customer's own rhythm, or a condition
        that asks about visits. For all others it never does (LC2)."""
        return False

    def decide(self, vehicle: VehicleFacts, *, on: date, customer: CustomerFacts | None = None) -> Decision:
        """Whether it holds on the day ``on`` (inclusive), since when, and because."""
        a_day(on)
        due = self.due(vehicle, customer)
        grounds = self.grounds(vehicle, customer, on=on, whole=False)
        if isinstance(self, (Earliest, Latest, Guarded)) and self.due(*bare_facts(grounds.facts)) != due:
            grounds = self.grounds(
                vehicle, customer, on=on, whole=True
            )  # the deciding parts alone would not suffice (LC5)
        return Decision(due is not None and due <= on, due, grounds.because, grounds.facts)

    def when(self, condition: Condition) -> Rule:
        """This rule where the condition holds, else never; where the condition is unknown, so is the day."""
        return Guarded(self, condition, wanted=True)

    def unless(self, condition: Condition) -> Rule:
        """This rule where the condition does not hold, else never; where the condition is unknown, so is the day."""
        return Guarded(self, condition, wanted=False)

    def __or__(self, other: Rule) -> Rule:
        joined: Rule = _joined(Earliest, NEVER, self, other)
        return joined

    def __and__(self, other: Rule) -> Rule:
        joined: Rule = _joined(Latest, ALWAYS, self, other)
        return joined

    def __bool__(self) -> bool:
        raise TypeError(
            f"a rule is neither true nor false before it is asked: {self!r}; "
            'use | for "whichever is earlier" and & for "whichever is later" instead of `or` and `and`, '
            "and rule.decide(vehicle, on=day) for an answer"
        )


def a_day(on: object, argument: str = "on") -> None:
    """Raise where ``on`` is not a civil day."""
    if not isinstance(on, date) or isinstance(on, datetime):
        raise LifecycleError(
            f"{argument}={on!r} is not a civil day", argument=argument, value=on, remedy="give a datetime.date"
        )


def _joined(kind: type[Earliest | Latest], unit: Rule, *rules: Any) -> Any:
    parts: dict[Rule, None] = {}
    for rule in rules:
        if not isinstance(rule, Rule):
            return NotImplemented
        if rule != unit:
            parts.update(dict.fromkeys(rule.parts if isinstance(rule, kind) else (rule,)))
    if len(parts) < 2:
        return next(iter(parts), unit)
    return kind(tuple(parts))


def _inner(rule: Rule) -> str:
    return f"({rule!r})" if isinstance(rule, (Earliest, Latest)) else repr(rule)


def _together(grounds: list[Grounds]) -> Grounds:
    because = tuple(dict.fromkeys(sentence for one in grounds for sentence in one.because))
    facts: dict[str, Any] = {}
    for one in grounds:
        facts.update(one.facts)
    return Grounds(because, facts)


class _Join(Rule):
    __slots__ = ()
    parts: tuple[Rule, ...]

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return tuple(dict.fromkeys(kind for part in self.parts for kind in part.visit_kinds))

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(name for part in self.parts for name in part.reads)

    @property
    def may_move_earlier(self) -> bool:
        return any(part.may_move_earlier for part in self.parts)


@frozen(repr=False)
class Earliest(_Join):
    """``a | b``: due on the earliest day of its parts (LC1)."""

    parts: tuple[Rule, ...]

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        days = [day for part in self.parts if (day := part.due(vehicle, customer)) is not None]
        return min(days) if days else None

    def grounds(self, vehicle: VehicleFacts, customer: CustomerFacts | None, *, on: date, whole: bool) -> Grounds:
        due = self.due(vehicle, customer)
        said = self.parts
        if not whole and due is not None and due <= on:
            said = (next(part for part in self.parts if part.due(vehicle, customer) == due),)
        return _together([part.grounds(vehicle, customer, on=on, whole=whole) for part in said])

    @property
    def needs_sight(self) -> bool:
        return all(part.needs_sight for part in self.parts)

    def __repr__(self) -> str:
        return " | ".join(_inner(part) for part in self.parts)


@frozen(repr=False)
class Latest(_Join):
    """``a & b``: due on the latest day of its parts; never where one is never (LC1)."""

    parts: tuple[Rule, ...]

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        latest = date.min
        for part in self.parts:
            day = part.due(vehicle, customer)
            if day is None:
                return None
            latest = max(latest, day)
        return latest

    def grounds(self, vehicle: VehicleFacts, customer: CustomerFacts | None, *, on: date, whole: bool) -> Grounds:
        said = self.parts
        if not whole:
            said = tuple(part for part in self.parts if part.due(vehicle, customer) is None) or self.parts
        return _together([part.grounds(vehicle, customer, on=on, whole=whole) for part in said])

    @property
    def needs_sight(self) -> bool:
        return any(part.needs_sight for part in self.parts)

    def __repr__(self) -> str:
        return " & ".join(_inner(part) for part in self.parts)


def _rule(_: object, __: object, value: Any) -> None:
    if not isinstance(value, Rule):
        raise LifecycleError(
            f"{value!r} is no rule", argument="rule", value=value, remedy="as in InactiveFor(months=6), or never"
        )


def _rule_condition(_: object, __: object, value: Any) -> None:
    if not isinstance(value, Condition):
        raise LifecycleError(
            f"{value!r} is no condition", argument="condition", value=value, remedy='as in fact("mileage") > 60000'
        )
    value.check(ASKED)


@frozen(repr=False)
class Guarded(Rule):
    """``rule.when(condition)``, ``rule.unless(condition)``: the rule where the answer is the one wanted, else never."""

    rule: Rule = field(validator=_rule)
    condition: Condition = field(validator=_rule_condition)
    wanted: bool = field(default=True, kw_only=True)
    _asks: Callable[[tuple[Any, Any]], bool | None] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_asks", self.condition.test(_reader))

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        return self.rule.due(vehicle, customer) if self._asks((vehicle, customer)) is self.wanted else None

    def grounds(self, vehicle: VehicleFacts, customer: CustomerFacts | None, *, on: date, whole: bool) -> Grounds:
        look = look_at(vehicle, customer)
        answer = self.condition.answer(look)
        names = answer.facts if not whole else tuple(dict.fromkeys((*answer.facts, *sorted(self.condition.reads))))
        asked = {name: look(name) for name in names}
        if customer is None and any(name.startswith(_CUSTOMER) for name in names):
            asked = {name: value for name, value in asked.items() if not name.startswith(_CUSTOMER)} | {NOT_GIVEN: None}
        if answer.truth is self.wanted:
            below = self.rule.grounds(vehicle, customer, on=on, whole=whole)
            return Grounds((*below.because, *answer.because), {**below.facts, **asked})
        if answer.truth is None:
            because = tuple(f"cannot be told: {sentence}" for sentence in answer.because)
        else:
            word = "not asked for" if self.wanted else "excepted"
            because = tuple(f"{word}: {sentence}" for sentence in answer.because)
        return Grounds(because, asked)

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return self.rule.visit_kinds

    @property
    def reads(self) -> frozenset[str]:
        return self.rule.reads | self.condition.reads

    @property
    def needs_sight(self) -> bool:
        return self.rule.needs_sight

    @property
    def may_move_earlier(self) -> bool:
        return self.rule.may_move_earlier or any(
            name in _MOVED_BY_VISITS or name.startswith(_CUSTOMER) for name in self.condition.reads
        )

    def __repr__(self) -> str:
        return f"{_inner(self.rule)}.{'when' if self.wanted else 'unless'}({self.condition!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _guarded, (self.rule, self.condition, self.wanted)


def _guarded(rule: Rule, condition: Condition, wanted: bool) -> Guarded:
    return Guarded(rule, condition, wanted=wanted)


@frozen(repr=False)
class _Unit(Rule):
    day: date | None

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        return self.day

    def grounds(self, vehicle: VehicleFacts, customer: CustomerFacts | None, *, on: date, whole: bool) -> Grounds:
        return Grounds(("never, by this rule" if self.day is None else "always, by this rule",), _NO_FACTS)

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset()

    @property
    def needs_sight(self) -> bool:
        return self.day is None

    def __repr__(self) -> str:
        return "never" if self.day is None else "always"


NEVER: Rule = _Unit(None)
ALWAYS: Rule = _Unit(date.min)
#: The rule that never comes true: ``rule | never`` is the rule (LC1).
never = NEVER
#: The rule that has been true since ever: ``rule & always`` is the rule (LC1).
always = ALWAYS


# -- leaves ---------------------------------------------------------------------------------------------------------------


@frozen(repr=False)
class Span:
    """A length of calendar time: months by the month rule, or days; exactly one of them."""

    months: int | None = None
    days: int | None = None

    def __attrs_post_init__(self) -> None:
        a_span(self.months, self.days)

    def after(self, day: date) -> date:
        """``day`` + the span, from the anchor at once (LT1)."""
        return add_months(day, self.months) if self.months is not None else add_days(day, self.days or 0)

    def before(self, day: date) -> date:
        """``day`` − the span, from the anchor at once (LK2)."""
        return add_months(day, -self.months) if self.months is not None else add_days(day, -(self.days or 0))

    def __str__(self) -> str:
        number, unit = (self.months, "month") if self.months is not None else (self.days, "day")
        return f"{number} {unit}" if number == 1 else f"{number} {unit}s"

    def __repr__(self) -> str:
        return f"months={self.months}" if self.months is not None else f"days={self.days}"


MOST_MONTHS = 1200
MOST_DAYS = 36_525


def a_span(months: object, days: object) -> None:
    """Raise where not exactly one of months (0–1200) and days (0–36525) is given, as a whole number."""
    if (months is None) == (days is None):
        given = "both" if months is not None else "neither"
        raise LifecycleError(
            f"months= or days= is wanted, and {given} is given",
            argument="months",
            value=months,
            remedy="give one, as in months=6",
        )
    name, value, most = ("months", months, MOST_MONTHS) if months is not None else ("days", days, MOST_DAYS)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise LifecycleError(
            f"{name}={value!r} is not a whole number from 0 to {most}",
            argument=name,
            value=value,
            remedy=f"as in {name}=6",
        )


class Leaf(Rule):
    """The base of rules that name one reason of their own; a house's own leaf gives ``due``, ``reads`` and ``reason``.

    A leaf is a frozen value: equal text, equal rule. ``reason`` says the arithmetic; whether it holds yet is added.
    """

    __slots__ = ()

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        """One sentence for the due day, and the facts by name that suffice for it, whatever else is known."""
        raise NotImplementedError

    def grounds(self, vehicle: VehicleFacts, customer: CustomerFacts | None, *, on: date, whole: bool) -> Grounds:
        due = self.due(vehicle, customer)
        sentence, facts = self.reason(vehicle, customer, due)
        if due is not None and due > on:
            sentence += f", not yet on {on}"
        return Grounds((sentence,), facts)

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return ()

    @property
    def length(self) -> tuple[Hashable, Span] | None:
        """What it measures and how long: of two leaves that measure the same, the longer is never due earlier (LC2)."""
        return None


def _longer(one: Span, other: Span) -> bool:
    """Whether one span is longer than the other from every anchor."""
    if one.months is not None and other.months is not None:
        return one.months > other.months
    if one.days is not None and other.days is not None:
        return one.days > other.days
    if one.months is not None:
        return 28 * one.months > (other.days or 0)  # a month has 28 to 31 days
    return (one.days or 0) > 31 * (other.months or 0)


def provably_later(one: Rule, other: Rule) -> bool:
    """Whether, whatever the facts, ``one`` is never due before ``other`` and, where it is due, later (LC4).

    What cannot be proved from the same measure, ``|`` and ``&`` is False.
    """
    if isinstance(one, Earliest):
        return all(provably_later(part, other) for part in one.parts)
    if isinstance(other, Latest):
        return all(provably_later(one, part) for part in other.parts)
    if isinstance(other, Earliest):
        return any(provably_later(one, part) for part in other.parts)
    if isinstance(one, Latest):
        return any(provably_later(part, other) for part in one.parts)
    if isinstance(one, Guarded):
        return provably_later(one.rule, other)
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        mine, its = one.length, other.length
        return mine is not None and its is not None and mine[0] == its[0] and _longer(mine[1], its[1])
    return False


#: The facts that are days, from which a rule can count.
ANCHORS = frozenset(name for name, kind in ASKED.types.items() if kind == "day")


def _anchor(value: object) -> str | VisitKind:
    if isinstance(value, Fact):
        value = value.name
    if isinstance(value, VisitKind):
        return value
    if not isinstance(value, str) or value not in ANCHORS:
        raise LifecycleError(
            f"{value!r} is no day of a vehicle", argument="anchor", value=value, remedy=near(str(value), ANCHORS)
        )
    return value


@frozen(repr=False)
class Counted(Leaf):
    """``after(anchor, months=6)``, ``before(anchor, months=3)``: a fact that is a day, and a span from it."""

    anchor: str | VisitKind = field(converter=_anchor)
    span: Span
    back: bool = field(default=False, kw_only=True)

    @property
    def length(self) -> tuple[Hashable, Span] | None:
        return None if self.back else (("after", self.anchor), self.span)

    @property
    def _name(self) -> str:
        return self.anchor.stored_in if isinstance(self.anchor, VisitKind) else self.anchor

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        day = look_at(vehicle, customer)(self._name)
        if day is None:
            return None
        return self.span.before(day) if self.back else self.span.after(day)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        name = self._name
        words = name.removeprefix(_KINDS).replace("_", " ").replace(".", " ")
        day = look_at(vehicle, customer)(name)
        if customer is None and name.startswith(_CUSTOMER):
            return f"unknown: {words}, since the customer is not given", {NOT_GIVEN: None}
        if day is None:
            return f"unknown: {words}", {name: None}
        return f"{words} {day} {'−' if self.back else '+'} {self.span} = {due}", {name: day}

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return (self.anchor,) if isinstance(self.anchor, VisitKind) else ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset((self._name,))

    @property
    def needs_sight(self) -> bool:
        return isinstance(self.anchor, VisitKind)

    def __repr__(self) -> str:
        anchor = repr(self.anchor) if isinstance(self.anchor, VisitKind) else f'"{self.anchor}"'
        return f"{'before' if self.back else 'after'}({anchor}, {self.span!r})"


def after(anchor: str | Fact | VisitKind, *, months: int | None = None, days: int | None = None) -> Rule:
    """Due ``months`` or ``days`` after a day among the facts: ``after("warranty_until", days=1)``; unknown without it.

    ``anchor`` names a day of the vehicle (``"delivered_on"``), of its customer (``"customer.enrolled_on"``), or is a kind
    of visit, whose last day is meant.
    """
    return Counted(anchor, Span(months, days))


def before(anchor: str | Fact | VisitKind, *, months: int | None = None, days: int | None = None) -> Rule:
    """Due ``months`` or ``days`` before a day among the facts: ``before("warranty_until", months=3)`` (W10d, LK2)."""
    return Counted(anchor, Span(months, days), back=True)
