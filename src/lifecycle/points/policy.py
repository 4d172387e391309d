"""The points policy of a house: how points are earned, when they lapse, what they buy, what a refund takes back.

In: choices, each a field with the source or the reading that it rests on. Out: a frozen value whose repr is the line you
would type, and the empty account of a customer (:meth:`Points.open`). Next: :mod:`lifecycle.points.ledger`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from attrs import NOTHING, Factory, field, fields, frozen

from lifecycle.errors import LifecycleError, near
from lifecycle.money import exact_fen, whole_or_decimal
from lifecycle.points.account import Account
from lifecycle.points.awards import Rule
from lifecycle.points.lapse import Lapse
from lifecycle.points.terms import ACCOUNTS, EARNING, ROUNDINGS, Sum, Term, customer_facts, placed, restricted
from lifecycle.tiers import Tiers
from lifecycle.values import FrozenDict
from lifecycle.visits import VisitKind

__all__ = ["ORDERS", "Points", "Redeem"]

#: Which lots are spent first.
ORDERS = ("first_to_lapse", "oldest", "newest")


def _as_typed(value: Points | Redeem) -> str:
    """The line one would type: the fields that differ from their defaults."""
    words: list[str] = []
    kind: type[Any] = type(value)
    for one in fields(kind):
        if not one.init or not one.repr:
            continue
        default = one.default
        if isinstance(default, Factory):  # type: ignore[arg-type]
            default = default.factory()
        now = getattr(value, one.name)
        if one.name == "lapse_of":
            now = dict(now)
        if default is NOTHING or now != default:
            shown = f'"{now}"' if isinstance(now, Decimal) else repr(now)
            words.append(f"{one.name}={shown}")
    return f"{type(value).__name__}({', '.join(words)})"


def _choose(value: str, known: tuple[str, ...], argument: str) -> None:
    if value not in known:
        raise LifecycleError(
            f"{argument}={value!r} is unknown", argument=argument, value=value, remedy=near(value, known)
        )


def _worth(value: object) -> int | Decimal | None:
    return None if value is None else whole_or_decimal(value, "worth")


@frozen(repr=False)
class Redeem:
    """What points buy: ``Redeem(unit=100, worth=50)``: 100 points are worth 50 yuan.

    Points are spent in whole ``unit``s, at least ``minimum``. Where a point has a ``worth``, the value granted is that of
    the points debited, no more and no less (LP11); on a bill it is at most ``share`` per cent of what is still to be paid
    with money. ``order``: which lots go first (LP9: those that lapse first lose least).
    """

    unit: int = field(default=1, kw_only=True)
    worth: int | Decimal | None = field(default=None, kw_only=True, converter=_worth)
    """Yuan for one unit; None: the house says in each case (a gift)."""
    minimum: int = field(default=1, kw_only=True)
    share: int = field(default=100, kw_only=True)
    order: str = field(default="first_to_lapse", kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name in ("unit", "minimum"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise LifecycleError(
                    f"{name}={value!r} is not a number of points from 1", argument=name, value=value,
                    remedy=f"as in Redeem({name}=100)",
                )  # fmt: skip
        if type(self.share) is not int or not 0 <= self.share <= 100:
            raise LifecycleError(
                f"share={self.share!r} lies outside 0–100 per cent", argument="share", value=self.share,
                remedy="as in share=30: points pay 30 % of a bill at most",
            )  # fmt: skip
        _choose(self.order, ORDERS, "order")
        if self.worth is not None and exact_fen(self.worth, "worth") < 0:
            raise LifecycleError(
                f"worth={self.worth} is below 0",
                argument="worth",
                value=self.worth,
                remedy="as in Redeem(unit=100, worth=50)",
            )

    def value(self, points: int) -> int | None:
        """What so many points are worth, in fen (fractions of a fen dropped); None where the house says in each case."""
        each = self.point
        return None if each is None else int(points * each)

    @property
    def point(self) -> Fraction | None:
        """What one point is worth, in fen."""
        return None if self.worth is None else Fraction(exact_fen(self.worth, "worth"), self.unit)

    def __repr__(self) -> str:
        return _as_typed(self)


def _lapses(given: Any) -> Mapping[str, Lapse]:
    lapses: dict[str, Any] = dict(given)
    for account, lapse in lapses.items():
        _choose(account, ACCOUNTS, "account")
        if not isinstance(lapse, Lapse):
            raise LifecycleError(
                f"{lapse!r} is no lapse", argument="lapse_of", value=lapse, remedy="as in Lapse.never()"
            )
    return FrozenDict(lapses)


@frozen(repr=False, slots=False)
class Points:
    """The points policy of a house.

    ``earn``: the terms of earning. ``lapse``: when points lapse; ``lapse_of``: where an account has a rule of its own.
    ``redeem``: what they buy. ``rounding``: where fractions go (LP5): ``steps``, ``carry``, ``floor``, ``half_up``.
    ``basis``: money counts ``gross``, or ``net`` of what was paid with points. ``tier_of``: the tier that an invoice is
    reckoned by, ``before`` it or ``including`` it. ``active_after_days``: what is earned can be spent so many days later.
    ``shortfall``: what a refund cannot take back is ``written_off``, or leaves a ``deficit`` that the next points settle.
    """

    earn: Term = field(default=Sum(()))
    lapse: Lapse = field(factory=Lapse.never)
    redeem: Redeem = field(factory=Redeem)
    rounding: str = field(default="steps", kw_only=True)
    basis: str = field(default="gross", kw_only=True)
    tier_of: str = field(default="before", kw_only=True)
    active_after_days: int = field(default=0, kw_only=True)
    shortfall: str = field(default="written_off", kw_only=True)
    lapse_of: Mapping[str, Lapse] = field(factory=dict[str, Lapse], kw_only=True, converter=_lapses, hash=False)

    def __attrs_post_init__(self) -> None:
        earn: Any = self.earn
        lapse: Any = self.lapse
        redeem: Any = self.redeem
        if not isinstance(earn, Term):
            raise LifecycleError(
                f"{self.earn!r} is no term", argument="earn", value=self.earn, remedy="as in Earn(1, per=50)"
            )
        _ = self.earn.kinds  # a bonus that names no event is refused here
        if not isinstance(lapse, Lapse):
            raise LifecycleError(
                f"{self.lapse!r} is no lapse",
                argument="lapse",
                value=self.lapse,
                remedy="as in Lapse.idle(months=12), Lapse.never()",
            )
        if not isinstance(redeem, Redeem):
            raise LifecycleError(
                f"{self.redeem!r} is no Redeem", argument="redeem", value=self.redeem, remedy="as in Redeem(unit=100)"
            )
        _choose(self.rounding, ROUNDINGS, "rounding")
        _choose(self.basis, ("gross", "net"), "basis")
        _choose(self.tier_of, ("before", "including"), "tier_of")
        _choose(self.shortfall, ("written_off", "deficit"), "shortfall")
        if type(self.active_after_days) is not int or self.active_after_days < 0:
            raise LifecycleError(
                f"active_after_days={self.active_after_days!r} is not a number of days from 0", argument="active_after_days",
                value=self.active_after_days, remedy="as in active_after_days=14",
            )  # fmt: skip

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """What the policy says of each kind of event that can earn, or whose money may come back."""
        whole = placed(self.earn)
        kinds = self.earn.kinds | EARNING  # a bill is known that points may pay (LP11), or a tier may count
        rules: dict[str, Rule] = {}
        for kind in sorted(kinds):
            term = restricted(whole, kind)
            if term is None:
                rules[kind] = Rule(None)
            else:
                rules[kind] = Rule(term, tuple(sorted(customer_facts(term))), term.unit(self.rounding))
        return FrozenDict(rules)

    @cached_property
    def concerns(self) -> frozenset[str]:
        """The kinds of events that can touch the ledger: what earns, what commands, the visits that reset the clock."""
        visits = {event for kind in self.visit_kinds for event in kind.events}
        if visits:
            visits.add("vehicle_recorded")
        return frozenset({*self.rules, *Account.commands, *visits})

    def heard(self, tiers: Tiers | None) -> frozenset[str]:
        """The kinds of events that can touch the ledger, or the tiers that go with it."""
        return self.concerns if tiers is None else self.concerns | tiers.concerns

    @cached_property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        """The kinds of visits that reset the lapse clock."""
        lapses = (self.lapse, *self.lapse_of.values())
        return tuple(dict.fromkeys(lapse.visits for lapse in lapses if lapse.by == "idle"))

    def lapse_on(self, account: str) -> Lapse:
        """The rule of lapse of an account."""
        return self.lapse_of.get(account, self.lapse)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, ({one.name: getattr(self, one.name) for one in fields(Points)},)

    def open(
        self,
        customer_id: str,
        tiers: Tiers | None = None,
        *,
        later: Iterable[tuple[date, Points, Tiers | None]] = (),
    ) -> Account:
        """The empty account of a customer, with the tiers of the house if it has any.

        ``later``: the editions to come, each with its first day, in order; the account goes over to them by itself.
        """
        return Account(customer_id, self, tiers, later)

    def __repr__(self) -> str:
        return _as_typed(self)


def _again(values: dict[str, Any]) -> Points:
    return Points(**values)
