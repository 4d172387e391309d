"""Terms of earning: what an event is good for, as values that add up.

In: an event under a tier (:class:`Ask`). Out: parts, each a number of points with its reason; the parts sum to the
award (LP17). Money is whole fen; points are whole numbers or exact fractions, until the one rounding place of the policy
(LP4, LP5). ``+`` adds; :meth:`Term.times`, :meth:`Term.when`, :meth:`Term.at_most` change what stands before them, so
the written order is the meaning (LP16). Next: :mod:`lifecycle.points.policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from operator import attrgetter
from typing import Any, NamedTuple

from attrs import evolve, field, frozen

from lifecycle.conditions import Asked, Condition, fact
from lifecycle.dates import anniversary
from lifecycle.deadline import ASKED as _OF_RULES
from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event
from lifecycle.kinds import FACTS, KINDS
from lifecycle.money import Yuan, exact_fen, exact_number, fen, shown, whole_or_decimal, yuan
from lifecycle.points.statement import Sentence, Share
from lifecycle.values import FrozenDict

__all__ = [
    "ACCOUNTS", "ROUNDINGS", "Ask", "AtMost", "BestOf", "Bonus", "Earn", "FirstOf", "Part", "Sum", "Term", "Times", "When",
    "best_of", "between", "first_of", "in_birthday_month", "on_birthday", "on_weekdays", "paid",
]  # fmt: skip

#: The accounts that points can lie on (K15, K19); the first is that of a term that names none.
ACCOUNTS = FACTS["account"].choices
DEALER = ACCOUNTS[0]

#: Where fractions of a point go (LP5). ``steps``: whole steps per invoice; ``carry``: so, and the remainder of the money
#: is carried to the next invoice; ``floor``, ``half_up``: the award of an event is reckoned exactly and rounded once.
ROUNDINGS = ("steps", "carry", "floor", "half_up")

#: The kinds of event whose money earns points: the customer's own share of a job, accessories at the counter (W3).
EARNING = frozenset({"vehicle_handed_over", "product_taken"})
_MONEY = ("charge", "amount", "price")
_SHARES = ("parts", "labour", "accessories")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CUSTOMER = "customer."

Key = tuple[Any, ...]


def paid(event: Event) -> int:
    """The customer's money in an event, in fen."""
    facts = event.facts
    for name in _MONEY:
        money = facts.get(name)
        if money is not None:
            return fen(money)  # type: ignore[arg-type]
    return 0


class Part(NamedTuple):
    """A part of an award: how many points, on which account, and why."""

    units: int
    """In parts of a point, :attr:`Ask.unit` of which make one."""
    account: str
    why: tuple[Sentence, ...]


class Ask:
    """What a term is asked: an event, the tier and the customer of its day, and how much of its money still counts.

    An ask remembers what it saw (counters, facts of the customer), so that it can be asked again when money is given
    back, and answers by the award as recorded, not by today's facts (LP7).
    """

    __slots__ = (
        "_counters",
        "_customer",
        "_seen",
        "day",
        "event",
        "facts",
        "kind",
        "left",
        "paid",
        "rounding",
        "tier",
        "unit",
        "uses",
    )

    def __init__(
        self, event: Event, tier: str, money: int, rounding: str, unit: int, counters: Mapping[Key, int], customer: Any
    ) -> None:
        self.event = event
        self.kind = event.kind
        self.facts: Mapping[str, Any] = event.facts
        self.day: date = event.day
        self.tier = tier
        self.paid = money
        """The customer's money in the event, in fen."""
        self.left = money
        """What of it still counts."""
        self.rounding = rounding
        self.unit = unit
        """Into how many parts a point is divided, so that every award is a whole number of them."""
        self.uses: list[tuple[Key, int]] = []
        """What the award adds to the counters: points under a cap, money carried, an award given once."""
        self._counters = counters
        self._customer = customer
        self._seen: dict[Any, Any] = {}

    def again(self, left: int, counters: Mapping[Key, int]) -> Ask:
        """The same question with less of the money."""
        other = object.__new__(Ask)
        for name in ("event", "kind", "facts", "day", "tier", "paid", "rounding", "unit"):
            setattr(other, name, getattr(self, name))
        other._seen = self._seen.copy()
        other.left = left
        other.uses = []
        other._counters = counters
        other._customer = None
        return other

    def close(self) -> None:
        """Let go of what is not needed to be asked again."""
        self._counters = _NONE
        self._customer = None

    def before(self, key: Key) -> int:
        """A counter as it stood before the event."""
        seen = self._seen
        found: int | None = seen.get(key)
        if found is None:
            found = seen[key] = self._counters.get(key, 0)
        return found

    def use(self, key: Key, amount: int) -> None:
        """Note what the award adds to a counter."""
        self.uses.append((key, amount))

    def amount(self, of: str) -> int:
        """The fen that count: of the whole bill, or of its parts, labour or accessories (pro rata of what is left)."""
        if self.kind == "product_taken":
            return self.left if of in ("any", "accessories") and self.facts.get("product") == "accessories" else 0
        if self.kind not in EARNING:
            return 0
        if of == "any":
            return self.left
        share = self.facts.get(of)
        if share is None:
            return 0
        whole = min(fen(share), self.paid)
        return whole if self.left == self.paid else self._share(whole)

    def _share(self, whole: int) -> int:
        return whole if self.left == self.paid else whole * self.left // self.paid

    def look(self, name: str) -> Any:
        """The value of a fact that a condition asks for; None where it is not told."""
        seen = self._seen
        if name in seen:
            return seen[name]
        if name.startswith(_CUSTOMER):
            customer = self._customer
            found = seen[name] = None if customer is None else getattr(customer, name[len(_CUSTOMER) :], None)
            return found
        if name == "day":
            return self.day
        if name == "tier":
            return self.tier
        if name == "weekday":
            return _WEEKDAYS[self.day.weekday()]
        if name == "in_birthday_month":
            return _in_birthday_month(self)
        if name == "on_birthday":
            birthday = self.look("customer.birthday")
            if birthday is None or birthday.month != self.day.month:
                return None if birthday is None else False
            return anniversary(birthday, self.day.year) == self.day
        if name == "vehicle":
            return self.event.vehicle
        value = self.facts.get(name)
        known = FACTS[name].type
        if known == "money":
            whole = 0 if value is None else fen(value)
            return yuan(self._share(whole) if name in _SHARES or name in _MONEY else whole)
        return False if value is None and known == "yesno" else value


_NONE: Mapping[Key, int] = FrozenDict({})


def _reader(name: str) -> Callable[[Ask], Any]:
    if name in ("day", "tier"):
        return attrgetter(name)
    return _in_birthday_month if name == "in_birthday_month" else lambda ask: ask.look(name)


def _in_birthday_month(ask: Ask) -> bool | None:
    birthday = ask.look("customer.birthday")
    return None if birthday is None else birthday.month == ask.day.month


#: What a condition of a term may ask besides the facts of the event: the day, the tier, the customer.
_VIRTUAL: Mapping[str, str] = FrozenDict(
    {
        "day": "day",
        "weekday": "choice",
        "tier": "choice",
        "on_birthday": "yesno",
        "in_birthday_month": "yesno",
        **{name: kind for name, kind in _OF_RULES.types.items() if name.startswith(_CUSTOMER)},
    }
)

#: The event happens on the customer's birthday (29 February: on the 28th in other years).
on_birthday: Condition = fact("on_birthday") == True  # noqa: E712 - a condition, not a comparison
#: The event happens in the month of the customer's birthday.
in_birthday_month: Condition = fact("in_birthday_month") == True  # noqa: E712


def between(start: date, end: date) -> Condition:
    """The event happens from ``start`` to ``end`` (both closed): a campaign."""
    if end < start:
        raise LifecycleError(
            f"end={end} lies before start={start}",
            argument="end",
            value=end,
            remedy="the first day first; both are in it",
        )
    return (fact("day") >= start) & (fact("day") <= end)


def on_weekdays(*days: str) -> Condition:
    """The event happens on one of these days: ``mon``, ``tue``, ``wed``, ``thu``, ``fri``, ``sat``, ``sun``."""
    for day in days:
        if day not in _WEEKDAYS:
            raise LifecycleError(f"{day!r} is no weekday", argument="days", value=day, remedy=", ".join(_WEEKDAYS))
    return fact("weekday").is_in(*days)


# -- terms ----------------------------------------------------------------------------------------------------------------


class Term:
    """A term of earning: what it gives for an event is :meth:`parts`."""

    __slots__ = ()

    def parts(self, ask: Ask) -> list[Part]:
        """The parts of the award for an event; they sum to it."""
        raise NotImplementedError

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that it can give points for."""
        return frozenset[str]().union(*(term.kinds for term in self.below))

    @property
    def below(self) -> tuple[Term, ...]:
        """The terms that it is made of."""
        return ()

    def unit(self, rounding: str) -> int:
        """Into how many parts it divides a point, so that all that it can give is whole."""
        return lcm(*(term.unit(rounding) for term in self.below))

    def with_below(self, below: tuple[Term, ...]) -> Term:
        """The same term made of other ones."""
        return self

    def times(self, factor: int | str | Decimal | Fraction) -> Term:
        """So many times what this gives: ``.times(2)``, ``.times("1.5")``."""
        return Times(self, factor)

    def when(self, condition: Condition) -> Term:
        """What this gives, where the condition holds (it may ask ``fact("charge")``, ``fact("day")``, ``fact("weekday")``,
        ``fact("tier")``, ``fact("customer.city")``, :data:`on_birthday`, :data:`in_birthday_month`); else nothing."""
        return When(self, condition)

    def at_most(self, points: int, *, per: str, mode: str = "reduce") -> Term:
        """At most so many points ``per`` event, day, month or year (of the calendar); what is above is cut off
        (``reduce``), or the event gives nothing (``refuse``)."""
        return AtMost(self, points, per=per, mode=mode)

    def __add__(self, other: Term) -> Term:
        term: Any = other
        if not isinstance(term, Term):
            return NotImplemented
        return Sum((*_summands(self), *_summands(term)))

    def __bool__(self) -> bool:
        raise TypeError(
            f"a term is neither true nor false before it is asked: {self!r}; "
            "join terms by +, best_of(…) or first_of(…) instead of `or` and `and`"
        )


def _summands(term: Term) -> tuple[Term, ...]:
    return term.terms if isinstance(term, Sum) else (term,)


def _rates(given: Any) -> Mapping[str, int | Fraction]:
    if not isinstance(given, Mapping):
        return FrozenDict({"ordinary": exact_number(given, "rates")})
    told: dict[Any, Any] = {**given}
    rates = {str(tier): exact_number(rate, f"the rate of {tier}") for tier, rate in told.items()}
    if "ordinary" not in rates:
        raise LifecycleError(
            "rates do not say what an ordinary member earns", argument="rates", value=told,
            remedy='as in {"ordinary": 1, "silver": 2}',
        )  # fmt: skip
    return FrozenDict(rates)


def _per(value: Any) -> int | Decimal:
    return whole_or_decimal(value, "per")


def _factor(value: Any) -> int | Fraction:
    return exact_number(value, "factor")


def _an_account(_: object, __: object, account: str) -> None:
    if account not in ACCOUNTS:
        raise LifecycleError(
            f"account={account!r} is unknown", argument="account", value=account, remedy=near(account, ACCOUNTS)
        )


@frozen(repr=False)
class Earn(Term):
    """Points for the customer's own money: ``rates`` by tier for every ``per`` yuan (W3).

    ``of``: ``any`` (the whole charge), ``parts``, ``labour`` or ``accessories``. A tier that ``rates`` does not name
    earns as ``ordinary``. Where fractions of a point go is the policy's rounding (LP5).
    """

    rates: Mapping[str, int | Fraction] = field(converter=_rates, hash=False)
    per: int | Decimal = field(kw_only=True, converter=_per)
    of: str = field(default="any", kw_only=True)
    account: str = field(default=DEALER, kw_only=True, validator=_an_account)
    place: str = field(default="", kw_only=True, eq=False)
    _step: int = field(init=False, eq=False)
    _rest: int | Fraction = field(init=False, eq=False)
    _template: str = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.of not in ("any", *_SHARES):
            raise LifecycleError(
                f"of={self.of!r} is unknown", argument="of", value=self.of, remedy=near(self.of, ("any", *_SHARES))
            )
        step = exact_fen(self.per, "per")
        if step <= 0:
            raise LifecycleError(
                f"per={self.per} is not above 0 yuan: points are given for every so many yuan", argument="per", value=self.per,
                remedy="as in Earn(1, per=50)",
            )  # fmt: skip
        for tier, rate in self.rates.items():
            if rate < 0:
                raise LifecycleError(
                    f"the rate of {tier} is {rate}, below 0",
                    argument="rates",
                    value=rate,
                    remedy='as in {"ordinary": 1}',
                )
        object.__setattr__(self, "_step", step)
        object.__setattr__(self, "_rest", self.rates["ordinary"])
        what = "" if self.of == "any" else f" for {self.of}"
        object.__setattr__(self, "_template", f"{{}} × {{}} yuan in {{}} yuan{what}, {{}} each ({{}})")

    @property
    def kinds(self) -> frozenset[str]:
        return EARNING

    def parts(self, ask: Ask) -> list[Part]:
        amount = ask.left if self.of == "any" and ask.kind == "vehicle_handed_over" else ask.amount(self.of)
        rate = self.rates.get(ask.tier, self._rest)
        rounding, unit = ask.rounding, ask.unit
        if rounding == "steps":
            steps = amount // self._step
            if not steps:
                return []
            why: Sentence = (None, self._template, steps, self.per, Yuan(amount), rate, ask.tier)
        elif rounding == "carry":
            key = ("carried", self.place)
            before = ask.before(key)
            steps = max((before + amount) // self._step, 0)
            if amount:
                ask.use(key, amount - steps * self._step)
            if not steps:
                return []
            template = self._template.replace(" each", " each, after {} carried")
            why = (None, template, steps, self.per, Yuan(amount), rate, Yuan(before), ask.tier)
        else:
            units = amount * rate.numerator * unit // (self._step * rate.denominator)
            if not units:
                return []
            why = (None, "{} yuan at {} point(s) per {} yuan ({})", Yuan(amount), rate, self.per, ask.tier)
            return [Part(units, self.account, (why,))]
        return [Part(steps * rate.numerator * (unit // rate.denominator), self.account, (why,))]

    def unit(self, rounding: str) -> int:
        parts = lcm(*(rate.denominator for rate in self.rates.values()))
        return parts if rounding in ("steps", "carry") else parts * self._step

    def __repr__(self) -> str:
        rates = self.rates
        told = (
            shown(self._rest)
            if len(rates) == 1
            else "{" + ", ".join(f"{tier!r}: {shown(rate)}" for tier, rate in rates.items()) + "}"
        )
        words = [told, f"per={self.per}" if isinstance(self.per, int) else f'per="{self.per}"']
        if self.of != "any":
            words.append(f"of={self.of!r}")
        if self.account != DEALER:
            words.append(f"account={self.account!r}")
        return f"Earn({', '.join(words)})"


@frozen(repr=False)
class Bonus(Term):
    """A fixed number of points for an event: ``Bonus(500).on("referral_converted")``.

    Given once per what the event is about (``KINDS[event].source``: a referral, a visit), and never for referring
    oneself (LP10).
    """

    points: int
    event: str | None = None
    account: str = field(default=DEALER, kw_only=True, validator=_an_account)
    place: str = field(default="", kw_only=True, eq=False)

    def __attrs_post_init__(self) -> None:
        if type(self.points) is not int or self.points < 0:
            raise LifecycleError(
                f"points={self.points!r} is not a whole number of points from 0", argument="points", value=self.points,
                remedy='as in Bonus(500).on("referral_converted")',
            )  # fmt: skip
        if self.event is not None and (self.event not in KINDS or KINDS[self.event].derived):
            raise LifecycleError(
                f"unknown event {self.event!r}", argument="event", value=self.event, remedy=near(self.event, KINDS)
            )

    def on(self, event: str) -> Bonus:
        """This bonus, for events of that kind."""
        return evolve(self, event=event)

    @property
    def kinds(self) -> frozenset[str]:
        if self.event is None:
            raise LifecycleError(
                f"{self!r} does not say for which event", argument="earn", value=self,
                remedy=f'as in {self!r}.on("review_posted")',
            )  # fmt: skip
        return frozenset({self.event})

    def parts(self, ask: Ask) -> list[Part]:
        event = ask.event
        name = KINDS[ask.kind].source
        source = event.id if name is None else ask.facts.get(name, event.id)
        if ask.facts.get("referred") == event.customer:
            return [Part(0, self.account, ((None, "nobody refers himself"),))]
        key = ("once", self.place, source)
        if ask.before(key):
            return [Part(0, self.account, ((None, "given already for {} {}", name or "event", source),))]
        ask.use(key, 1)
        return [Part(self.points * ask.unit, self.account, ((None, "{} for {} {}", self.points, ask.kind, source),))]

    def __repr__(self) -> str:
        account = f", account={self.account!r}" if self.account != DEALER else ""
        on = f".on({self.event!r})" if self.event else ""
        return f"Bonus({self.points}{account}){on}"


def _total(parts: Sequence[Part]) -> int:
    if len(parts) == 1:
        return parts[0][0]
    total = 0
    for units, _, _ in parts:
        total += units
    return total


def _by_account(parts: Sequence[Part]) -> dict[str, int]:
    if len(parts) == 1:
        units, account, _ = parts[0]
        return {account: units}
    totals: dict[str, int] = {}
    for units, account, _ in parts:
        totals[account] = totals.get(account, 0) + units
    return totals


def _inner(term: Term) -> str:
    return f"({term!r})" if isinstance(term, Sum) else repr(term)


class _OfSeveral(Term):
    __slots__ = ()
    terms: tuple[Term, ...]

    @property
    def below(self) -> tuple[Term, ...]:
        return self.terms

    def with_below(self, below: tuple[Term, ...]) -> Term:
        again: Any = self
        found: Term = evolve(again, terms=below)
        return found


class _OfOne(Term):
    __slots__ = ()
    term: Term

    @property
    def below(self) -> tuple[Term, ...]:
        return (self.term,)

    def with_below(self, below: tuple[Term, ...]) -> Term:
        again: Any = self
        found: Term = evolve(again, term=below[0])
        return found


@frozen(repr=False)
class Sum(_OfSeveral):
    """``a + b``: all of them; the order of summands does not matter (LP16)."""

    terms: tuple[Term, ...]

    def parts(self, ask: Ask) -> list[Part]:
        parts: list[Part] = []
        for term in self.terms:
            parts += term.parts(ask)
        return parts

    def __repr__(self) -> str:
        return " + ".join(repr(term) for term in self.terms)


@frozen(repr=False)
class Times(_OfOne):
    """``term.times(2)``: so many times what the term gives."""

    term: Term
    factor: int | Fraction = field(converter=_factor)
    _shown: str = field(init=False, eq=False)
    _ratio: tuple[int, int] = field(init=False, eq=False)  # what is added to one, as a fraction

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_shown", shown(self.factor).strip('"'))
        above, below = self.factor.as_integer_ratio()
        object.__setattr__(self, "_ratio", (above - below, below))
        if self.factor < 0:
            raise LifecycleError(
                f"factor={self.factor} is below 0", argument="factor", value=self.factor, remedy='as in .times("1.5")'
            )

    def unit(self, rounding: str) -> int:
        return self.term.unit(rounding) * self.factor.denominator

    def parts(self, ask: Ask) -> list[Part]:
        parts = self.term.parts(ask)
        if not parts:
            return parts
        above, below = self._ratio
        for account, total in _by_account(parts).items():
            if total:
                more = total * above // below
                parts.append(
                    Part(more, account, ((None, "times {} is {}", self._shown, Share(total + more, ask.unit)),))
                )
        return parts

    def __repr__(self) -> str:
        return f"{_inner(self.term)}.times({shown(self.factor)})"


@frozen(repr=False)
class When(_OfOne):
    """``term.when(condition)``: what the term gives, where the condition holds; what is unknown does not hold."""

    term: Term
    condition: Condition
    _holds: Callable[[Ask], bool | None] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        condition: Any = self.condition
        if not isinstance(condition, Condition):
            raise LifecycleError(
                f"{self.condition!r} is no condition", argument="condition", value=self.condition,
                remedy='as in fact("charge") >= 1000, in_birthday_month, on_weekdays("fri")',
            )  # fmt: skip
        told = {name: FACTS[name].type for kind in self.term.kinds for name in KINDS[kind].facts}
        self.condition.check(Asked(f"{self.term!r}", FrozenDict({**told, **_VIRTUAL})))
        object.__setattr__(self, "_holds", self.condition.test(_reader))

    def with_below(self, below: tuple[Term, ...]) -> Term:
        again = object.__new__(When)  # what the condition may ask was seen when the whole was built
        for name, value in (("term", below[0]), ("condition", self.condition), ("_holds", self._holds)):
            object.__setattr__(again, name, value)
        return again

    def parts(self, ask: Ask) -> list[Part]:
        if self._holds(ask) is not True:
            return []
        parts = self.term.parts(ask)
        if parts:
            units, account, why = parts[0]
            parts[0] = Part(units, account, (*why, (None, "when {}", self.condition)))
        return parts

    def __reduce__(self) -> tuple[object, ...]:
        return When, (self.term, self.condition)

    def __repr__(self) -> str:
        return f"{_inner(self.term)}.when({self.condition!r})"


_PERIODS: Mapping[str, Callable[[Ask], Any]] = FrozenDict(
    {
        "event": lambda ask: None,
        "day": lambda ask: ask.day,
        "month": lambda ask: (ask.day.year, ask.day.month),
        "year": lambda ask: ask.day.year,
    }
)


@frozen(repr=False)
class AtMost(_OfOne):
    """``term.at_most(30, per="month")``: a cap on what the term gives in a period of the calendar."""

    term: Term
    points: int
    per: str = field(kw_only=True)
    mode: str = field(default="reduce", kw_only=True)
    place: str = field(default="", kw_only=True, eq=False)

    def __attrs_post_init__(self) -> None:
        if type(self.points) is not int or self.points < 0:
            raise LifecycleError(
                f"at_most({self.points!r}) is not a whole number of points from 0", argument="points", value=self.points,
                remedy='as in .at_most(500, per="month")',
            )  # fmt: skip
        if self.per not in _PERIODS:
            raise LifecycleError(
                f"per={self.per!r} is unknown", argument="per", value=self.per, remedy=near(self.per, _PERIODS)
            )
        if self.mode not in ("reduce", "refuse"):
            raise LifecycleError(
                f"mode={self.mode!r} is unknown", argument="mode", value=self.mode, remedy="reduce or refuse"
            )

    def parts(self, ask: Ask) -> list[Part]:
        mark = len(ask.uses)
        parts = self.term.parts(ask)
        total = _total(parts)
        if not total:
            return parts
        key = ("cap", self.place, _PERIODS[self.per](ask))
        had = 0 if self.per == "event" else ask.before(key)
        room = max(self.points - had, 0) * ask.unit
        if total > room:
            if self.mode == "refuse":
                room = 0
                del ask.uses[mark:]
            above = total - room
            for account, units in reversed(_by_account(parts).items()):
                cut = min(above, units)
                above -= cut
                if cut:
                    why: Sentence = (None, "at most {} per {}, {} were given before", self.points, self.per, had)
                    parts.append(Part(-cut, account, (why,)))
            total = room
        if self.per != "event" and total:
            ask.use(key, -(-total // ask.unit))  # a fraction of a point takes a whole one's room
        return parts

    def __repr__(self) -> str:
        mode = "" if self.mode == "reduce" else f", mode={self.mode!r}"
        return f"{_inner(self.term)}.at_most({self.points}, per={self.per!r}{mode})"


def _once(uses: Iterable[tuple[Key, int]]) -> list[tuple[Key, int]]:
    """Of what a term would have used up, the awards given once: its alternative stands for it (LP10)."""
    return [(key, amount) for key, amount in uses if key[0] == "once"]


@frozen(repr=False)
class BestOf(_OfSeveral):
    """``best_of(a, b)``: the one that gives most; of equals, the first written."""

    terms: tuple[Term, ...]

    def parts(self, ask: Ask) -> list[Part]:
        best: list[Part] = []
        most = -1
        mark = len(ask.uses)
        kept: list[tuple[Key, int]] = []
        given: list[tuple[Key, int]] = []
        for term in self.terms:
            parts = term.parts(ask)
            total = _total(parts)
            uses: list[tuple[Key, int]] = []
            if len(ask.uses) > mark:
                uses = ask.uses[mark:]
                del ask.uses[mark:]
            if total > most and (parts or most < 0):
                best, most, kept, uses = parts, total, uses, kept
            if uses:
                given += _once(uses)
        if kept or given:
            ask.uses += kept
            ask.uses += given
        return best

    def __repr__(self) -> str:
        return f"best_of({', '.join(repr(term) for term in self.terms)})"


@frozen(repr=False)
class FirstOf(_OfSeveral):
    """``first_of(a, b)``: the first that gives anything."""

    terms: tuple[Term, ...]

    def parts(self, ask: Ask) -> list[Part]:
        said: list[Part] = []
        found: list[Part] = []
        mark = len(ask.uses)
        for term in self.terms:
            parts = term.parts(ask)
            if found:  # the others are not given any more for what this is about
                ask.uses[mark:] = _once(ask.uses[mark:])
            elif _total(parts) > 0:
                found = parts
            else:
                said = said or parts
                del ask.uses[mark:]
            mark = len(ask.uses)
        return found or said

    def __repr__(self) -> str:
        return f"first_of({', '.join(repr(term) for term in self.terms)})"


def best_of(*terms: Term) -> Term:
    """Of several terms the one that gives most for the event."""
    return BestOf(_at_least_one(terms))


def first_of(*terms: Term) -> Term:
    """Of several terms the first that gives anything for the event."""
    return FirstOf(_at_least_one(terms))


def _at_least_one(terms: tuple[Any, ...]) -> tuple[Term, ...]:
    for term in terms:
        if not isinstance(term, Term):
            raise LifecycleError(f"{term!r} is no term", argument="terms", value=term, remedy="as in Earn(1, per=50)")
    if not terms:
        raise LifecycleError("no term is given", argument="terms", value=terms, remedy="name at least one")
    return terms


# -- a policy's terms, ready to be asked ------------------------------------------------------------------------------------


def placed(term: Term, seen: dict[str, int] | None = None) -> Term:
    """The term with a name for everything that keeps a counter: the n-th of its like, in written order.

    The names do not depend on what else a policy says, so that an edition that adds a term keeps the others' counters.
    """
    seen = {} if seen is None else seen
    below = tuple(placed(one, seen) for one in term.below)
    if below:
        term = term.with_below(below)
    if isinstance(term, (Earn, Bonus, AtMost)):
        if isinstance(term, Earn):
            like = f"earn {term.of} {term.account}"
        elif isinstance(term, Bonus):
            like = f"bonus {term.event} {term.account}"
        else:
            like = f"at most a {term.per}"
        seen[like] = seen.get(like, 0) + 1
        return evolve(term, place=f"{like} {seen[like]}")
    return term


def customer_facts(term: Term) -> frozenset[str]:
    """The facts of the customer that a term's conditions ask for: seen at the award, so that they can be asked again."""
    found = frozenset[str]().union(*(customer_facts(one) for one in term.below))
    if isinstance(term, When):
        asked = term.condition.reads
        found |= {name for name in asked if name.startswith(_CUSTOMER)}
        if asked & {"on_birthday", "in_birthday_month"}:
            found |= {"customer.birthday"}
    return found


def restricted(term: Term, kind: str) -> Term | None:
    """What of a term can give points for events of a kind; None where nothing can."""
    if kind not in term.kinds:
        return None
    if isinstance(term, (Sum, BestOf, FirstOf)):
        kept = tuple(found for one in term.below if (found := restricted(one, kind)) is not None)
        return kept[0] if len(kept) == 1 else term.with_below(kept)
    if term.below:
        inner = restricted(term.below[0], kind)
        return None if inner is None else term.with_below((inner,))
    return term
