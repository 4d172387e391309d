"""Terms of earning: what an event is good for, as values that add up.

In: an event under a tier (:class:`Ask`). Out: parts, each a number of points with its reason; the parts sum to the
award (LP17). Money is whole fen, points are whole numbers or exact fractions until the one rounding place (LP4, LP5).
Next: :mod:`lifecycle.points.policy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from attrs import evolve, field, frozen

from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event
from lifecycle.kinds import KINDS

__all__ = ["Ask", "Bonus", "Earn", "Part", "Sum", "Term", "fen"]

#: The account of a term that names none (K19).
DEALER = "dealer"


def fen(yuan: Decimal) -> int:
    """An amount of yuan as whole fen, exact whatever the decimal context says."""
    numerator, denominator = yuan.as_integer_ratio()
    return numerator * 100 // denominator


class Part(NamedTuple):
    """A part of an award: how many points, on which account, and why (a template and what fills it)."""

    points: int | Fraction
    account: str
    why: tuple[Any, ...]


class Ask:
    """What a term is asked: an event, the tier of its day, and how much of its money was given back since."""

    __slots__ = ("day", "event", "facts", "given", "kind", "paid", "returned", "tier", "uses")

    def __init__(self, event: Event, tier: str, paid: int, given: set[tuple[str, str]]) -> None:
        self.event = event
        self.kind = event.kind
        self.facts: Mapping[str, Any] = event.facts
        self.day: date = event.day
        self.tier = tier
        self.paid = paid
        """The customer's money in the event, in fen."""
        self.returned = 0
        """How much of it was given back, in fen."""
        self.given = given
        self.uses: list[tuple[str, str]] = []

    def amount(self, of: str) -> int:
        """The fen that count, of the whole bill or of its parts, labour or accessories (pro rata after a refund)."""
        whole = self.paid
        left = whole - self.returned
        if left <= 0:
            return 0
        if of == "any":
            return left
        if self.kind == "product_taken":
            return left if of == "accessories" else 0
        share = self.facts.get(of)
        if share is None:
            return 0
        counted = min(fen(share), whole)
        return counted if left == whole else counted * left // whole


class Term:
    """A term of earning; terms are added with ``+`` and asked with :meth:`parts`."""

    __slots__ = ()

    def parts(self, ask: Ask) -> list[Part]:
        """The parts of the award for an event."""
        raise NotImplementedError

    def on_kind(self, kind: str) -> Term | None:
        """What of this term can give points for events of a kind; None where nothing can."""
        raise NotImplementedError

    def kinds(self) -> frozenset[str]:
        """The kinds of events that it can give points for."""
        raise NotImplementedError

    def __add__(self, other: Term) -> Term:
        if not isinstance(other, Term):
            return NotImplemented
        mine = self.terms if isinstance(self, Sum) else (self,)
        more = other.terms if isinstance(other, Sum) else (other,)
        return Sum(mine + more)

    def __bool__(self) -> bool:
        raise TypeError("a term of earning is neither true nor false; use + to add terms")


def _rates(rates: int | Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType({"ordinary": rates} if isinstance(rates, int) else dict(rates))


@frozen(repr=False)
class Earn(Term):
    """Points for money: ``rates`` by tier for every whole ``per`` yuan of the customer's charge (W3).

    ``of``: ``any`` (the whole charge) or ``parts``, ``labour``, ``accessories``. A tier that ``rates`` does not name
    earns as ``ordinary``.
    """

    rates: Mapping[str, int] = field(converter=_rates, hash=False)
    per: int = field(kw_only=True)
    of: str = field(default="any", kw_only=True)
    account: str = field(default=DEALER, kw_only=True)

    def kinds(self) -> frozenset[str]:
        return frozenset({"vehicle_handed_over", "product_taken"})

    def on_kind(self, kind: str) -> Term | None:
        return self if kind in self.kinds() else None

    def parts(self, ask: Ask) -> list[Part]:
        amount = ask.amount(self.of)
        steps = amount // (self.per * 100)
        if not steps:
            return []
        rates = self.rates
        rate = rates.get(ask.tier)
        if rate is None:
            rate = rates["ordinary"]
        money = ask.facts.get("charge")
        return [Part(steps * rate, self.account, ("{} whole {}s of {} yuan, {} each ({})", steps, self.per, money, rate, ask.tier))]

    def __repr__(self) -> str:
        rates = self.rates["ordinary"] if len(self.rates) == 1 else dict(self.rates)
        words = [repr(rates), f"per={self.per}"]
        if self.of != "any":
            words.append(f"of={self.of!r}")
        if self.account != DEALER:
            words.append(f"account={self.account!r}")
        return f"Earn({', '.join(words)})"


@frozen(repr=False)
class Bonus(Term):
    """A fixed number of points for an event, once per what the event is about (``KINDS[event].source``; LP10)."""

    points: int
    event: str | None = None
    account: str = field(default=DEALER, kw_only=True)

    def on(self, event: str) -> Bonus:
        """This bonus, for events of that kind."""
        if event not in KINDS:
            raise LifecycleError(f"unknown event {event!r}", argument="event", value=event, remedy=near(event, KINDS))
        return evolve(self, event=event)

    def kinds(self) -> frozenset[str]:
        return frozenset({self.event} if self.event else ())

    def on_kind(self, kind: str) -> Term | None:
        return self if kind == self.event else None

    def parts(self, ask: Ask) -> list[Part]:
        event = ask.event
        fact = KINDS[ask.kind].source
        source = str(ask.facts.get(fact, event.id)) if fact else event.id
        if ask.facts.get("referred") == event.customer:
            return [Part(0, self.account, ("nobody refers himself",))]
        key = (f"{ask.kind}/{self.account}", source)
        if key in ask.given:
            return [Part(0, self.account, ("given already for {} {}", fact or "event", source))]
        ask.uses.append(key)
        return [Part(self.points, self.account, ("{} for {}", self.points, ask.kind))]

    def __repr__(self) -> str:
        account = f", account={self.account!r}" if self.account != DEALER else ""
        on = f".on({self.event!r})" if self.event else ""
        return f"Bonus({self.points}{account}){on}"


@frozen(repr=False)
class Sum(Term):
    """The sum of terms (LP16: the order of summands does not matter)."""

    terms: tuple[Term, ...]

    def kinds(self) -> frozenset[str]:
        return frozenset().union(*(term.kinds() for term in self.terms))

    def on_kind(self, kind: str) -> Term | None:
        return summed(found for term in self.terms if (found := term.on_kind(kind)) is not None)

    def parts(self, ask: Ask) -> list[Part]:
        return [part for term in self.terms for part in term.parts(ask)]

    def __repr__(self) -> str:
        return " + ".join(repr(term) for term in self.terms)


def summed(terms: Iterable[Term]) -> Term | None:
    """The sum of terms; None of none, the term itself of one."""
    found = tuple(terms)
    return None if not found else found[0] if len(found) == 1 else Sum(found)
