"""Tiers: which tier a member has reached, when he falls back, what is missing to the next, what each tier brings.

In: amounts by day (money spent, visits, points earned). Out: a tier as of a day (:class:`TierFold`), and discounts on an
invoice of lines as decisions with reasons (:class:`Benefits`; W6, W7). The sources give no thresholds: they are the
book's own. Money is whole fen inside; a tier is a step function of its basis, and nothing else (LP12). Next:
:mod:`lifecycle.points`, which asks for the tier of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from attrs import field, frozen

from lifecycle.conditions import Asked, Condition
from lifecycle.dates import add_days, add_months, anniversary
from lifecycle.errors import LifecycleError, near
from lifecycle.money import exact_fen, exact_number, shown, whole_or_decimal, yuan
from lifecycle.values import FrozenDict
from lifecycle.visits import VisitKind, a_visit_kind, charged_visits

__all__ = [
    "CARDS", "SHARES", "STACKINGS", "Benefits", "Discount", "InvoiceLine", "Perk", "PricedLine", "Quote", "TierFold", "TierStanding",
    "Tiers", "keeps",
]  # fmt: skip

#: The tier of everybody who has reached no other.
ORDINARY = "ordinary"
_NEVER = date.max

_BASES = {"spend": "yuan", "visits": "visits", "points": "points"}
_DOWNGRADES = ("at_once", "one_step", "never")


def _thresholds(given: Any) -> Mapping[str, int | Decimal]:
    if not isinstance(given, Mapping):
        raise LifecycleError(
            f"thresholds={given!r} are not names with numbers", argument="thresholds", value=given,
            remedy='as in {"silver": 10_000, "gold": 50_000}',
        )  # fmt: skip
    read: dict[str, int | Decimal] = {}
    told: dict[Any, Any] = {**given}
    for name, value in told.items():
        if not isinstance(name, str) or not name or name == ORDINARY:
            raise LifecycleError(
                f"{name!r} is no name for an upper tier", argument="thresholds", value=name,
                remedy=f"{ORDINARY} is the tier of everybody who has reached no other",
            )  # fmt: skip
        read[name] = whole_or_decimal(value, f"the threshold of {name}")
        if read[name] <= 0:
            raise LifecycleError(
                f"the threshold of {name} is {value}, not above 0", argument="thresholds", value=value,
                remedy="everybody reaches 0: leave the tier away, or name a number above it",
            )  # fmt: skip
    steps = sorted(read.items(), key=lambda step: step[1])
    for (one, low), (other, high) in pairwise(steps):
        if low == high:
            raise LifecycleError(
                f"{one} and {other} have the same threshold {low}",
                argument="thresholds",
                value=low,
                remedy="leave one away",
            )
    return FrozenDict(dict(steps))


def _one_of(value: str, known: Iterable[str], argument: str) -> None:
    if value not in known:
        raise LifecycleError(
            f"{argument}={value!r} is unknown", argument=argument, value=value, remedy=near(value, known)
        )


@frozen(repr=False, slots=False)
class Tiers:
    """Which tier a basis reaches: ``Tiers({"silver": 10_000, "gold": 50_000}, by="spend", months=12)``.

    ``by``: the member's own money in yuan (``spend``: charges and accessories, less refunds), ``visits`` of a kind, or
    ``points`` earned (awards, less what was taken back; redeeming changes nothing, LP11). What happened counts for
    ``months`` (on days before day + months; None: for ever) or, with ``calendar_year``, to the end of its year. The
    boundary belongs to the upper tier; the order in which tiers are written does not matter (LP12).

    A tier whose basis is lost is kept ``grace_months`` longer; then it falls to what the basis gives (``at_once``), one
    tier at a time, each with its own grace (``one_step``), or ``never``. A tier that the records tell (``enrolled
    tier=gold``) is a floor: it holds whatever the basis.
    """

    thresholds: Mapping[str, int | Decimal] = field(converter=_thresholds, hash=False)
    by: str = field(default="spend", kw_only=True)
    months: int | None = field(default=None, kw_only=True)
    calendar_year: bool = field(default=False, kw_only=True)
    grace_months: int = field(default=0, kw_only=True)
    downgrade: str = field(default="at_once", kw_only=True)
    visits: VisitKind = field(default=charged_visits, kw_only=True, validator=a_visit_kind)
    names: tuple[str, ...] = field(init=False, eq=False)
    """The tiers from the lowest up."""
    _steps: tuple[int, ...] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        _one_of(self.by, _BASES, "by")
        _one_of(self.downgrade, _DOWNGRADES, "downgrade")
        if self.months is not None and (type(self.months) is not int or self.months < 1):
            raise LifecycleError(
                f"months={self.months!r} is not a number of months from 1", argument="months", value=self.months,
                remedy="as in months=12; leave it away where what happened counts for ever",
            )  # fmt: skip
        if self.months is not None and self.calendar_year:
            raise LifecycleError(
                "months and calendar_year are two windows",
                argument="calendar_year",
                value=True,
                remedy="leave one away",
            )
        if type(self.grace_months) is not int or self.grace_months < 0:
            raise LifecycleError(
                f"grace_months={self.grace_months!r} is not a number of months from 0", argument="grace_months",
                value=self.grace_months, remedy="as in grace_months=3",
            )  # fmt: skip
        if self.downgrade == "one_step" and not self.grace_months:
            raise LifecycleError(
                "one step at a time needs a time between the steps", argument="grace_months", value=0,
                remedy="give grace_months, as in grace_months=12",
            )  # fmt: skip
        put = object.__setattr__
        put(self, "names", (ORDINARY, *self.thresholds))
        if self.by == "spend":
            put(self, "_steps", tuple(exact_fen(value, name) for name, value in self.thresholds.items()))
        else:
            for name, value in self.thresholds.items():
                if not isinstance(value, int):
                    raise LifecycleError(
                        f"{name} is reached at {value} {self.by}: these are whole numbers", argument="thresholds",
                        value=value, remedy=f"as in {{{name!r}: {max(int(value), 1)}}}",
                    )  # fmt: skip
            put(self, "_steps", tuple(int(value) for value in self.thresholds.values()))

    @property
    def concerns(self) -> frozenset[str]:
        """The kinds of events that can change a tier, besides those that earn points."""
        told = {"customer_recorded", "enrolled", "points_opened"}
        if self.by == "spend":
            told |= {"vehicle_handed_over", "product_taken", "refunded"}
        if self.by == "visits":
            told |= set(self.visits.events)
        return frozenset(told)

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        """The kinds of visit that it counts."""
        return (self.visits,) if self.by == "visits" else ()

    def of(self, basis: int | Decimal) -> str:
        """The tier that a basis reaches (in yuan, visits or points): a monotone step function (LP12)."""
        return self.names[self.level(exact_fen(basis, "basis") if self.by == "spend" else int(basis))]

    def level(self, basis: int) -> int:
        """The number of the tier that a basis reaches, from 0; in fen, visits or points."""
        level = 0
        for step in self._steps:
            if basis < step:
                break
            level += 1
        return level

    def rank(self, tier: str) -> int:
        """The number of a tier; one that is not of this policy ranks as the lowest."""
        return self.names.index(tier) if tier in self.names else 0

    def counts_until(self, day: date) -> date:
        """The first day on which what happened on ``day`` no longer counts."""
        if self.months is not None:
            return add_months(day, self.months)
        return date(day.year + 1, 1, 1) if self.calendar_year else _NEVER

    def open(self) -> TierFold:
        """The fold of a member who has done nothing yet."""
        return TierFold(self)

    def shown(self, basis: int) -> str:
        """A basis (in fen, visits or points) as text with its unit."""
        return f"{yuan(basis)} yuan" if self.by == "spend" else f"{basis} {self.by}"

    def missing(self, basis: int) -> tuple[str, int] | None:
        """The next tier above a basis and what is missing to it (in fen, visits or points); None at the top."""
        level = self.level(basis)
        if level == len(self._steps):
            return None
        return self.names[level + 1], self._steps[level] - basis

    def __repr__(self) -> str:
        words = [repr(dict(self.thresholds))]
        if self.by != "spend":
            words.append(f"by={self.by!r}")
        if self.months is not None:
            words.append(f"months={self.months}")
        if self.calendar_year:
            words.append("calendar_year=True")
        if self.grace_months:
            words.append(f"grace_months={self.grace_months}")
        if self.downgrade != "at_once":
            words.append(f"downgrade={self.downgrade!r}")
        if self.visits != charged_visits:
            words.append(f"visits={self.visits!r}")
        return f"Tiers({', '.join(words)})"


class TierStanding(NamedTuple):
    """Where a member stands as of a day: his tier, its basis, and what is missing to the next."""

    tier: str
    basis: Decimal | int
    """In yuan, visits or points, as the policy counts."""
    next: str | None
    """The next tier above what the basis gives; None at the top."""
    missing: Decimal | int
    """What is missing to it, in the same unit; 0 at the top."""
    falls_on: date | None
    """The day on which the tier falls if nothing more happens; None: it does not, as far as is known."""
    because: tuple[str, ...]


class TierFold:
    """A member's tier while it is folded; what no longer counts is a matter of dates."""

    __slots__ = ("_below", "_entries", "_first", "basis", "day", "due", "level", "policy")

    def __init__(self, policy: Tiers) -> None:
        self.policy = policy
        self._entries: list[tuple[date, date, int, str]] = []  # day, first day on which it no longer counts, amount, id
        self._reset()

    def _reset(self) -> None:
        self._first = 0  # the first entry that still counts
        self.basis = 0
        self.level = 0
        self._below: date | None = None  # since when the basis no longer gives the tier
        self.day = date.min
        self.due = _NEVER
        """The next day on which something changes by itself."""

    def copy(self) -> TierFold:
        """A fold that goes on by itself."""
        again = object.__new__(TierFold)
        for name in TierFold.__slots__:
            setattr(again, name, getattr(self, name))
        again._entries = self._entries.copy()
        return again

    @property
    def tier(self) -> str:
        """The tier as of the last day that was told."""
        return self.policy.names[self.level]

    def advance(self, on: date) -> None:
        """Let time pass up to the day ``on`` (closed): what no longer counts goes, a grace that is over lets the tier fall."""
        while (day := self.due) <= on and day != _NEVER:
            entries = self._entries
            while self._first < len(entries) and entries[self._first][1] <= day:
                self.basis -= entries[self._first][2]
                self._first += 1
            reached = self.policy.level(self.basis)
            self._weigh(reached, day)
            if self._falls() <= day:
                self.level = self.level - 1 if self.policy.downgrade == "one_step" else reached
                self._below = day if reached < self.level else None
            self._schedule()
        self.day = max(self.day, on)

    def count(self, day: date, amount: int, event: str) -> None:
        """Add what an event is worth (fen, visits or points) on its day; days come in order."""
        if self.due <= day:
            self.advance(day)
        self.day = max(self.day, day)
        until = self.policy.counts_until(day)
        self._entries.append((day, until, amount, event))
        self.basis += amount
        reached = self.policy.level(self.basis)
        if reached >= self.level and self._below is None:
            self.level = reached
            if until < self.due:
                self.due = until
        else:
            self._weigh(reached, day)
            self._schedule()

    def take_back(self, event: str, amount: int, day: date) -> None:
        """Take back what an event was worth, as if it never had been (LP6): the whole is reckoned again up to ``day``."""
        entries = self._entries
        left = amount
        for place in range(len(entries) - 1, -1, -1):
            when, until, was, of = entries[place]
            if of == event and left:
                some = min(left, was)
                left -= some
                entries[place] = (when, until, was - some, of)
        if left != amount:
            self._entries = []
            self._reset()
            for when, _, was, of in entries:
                self.count(when, was, of)
            self.advance(day)

    def _weigh(self, reached: int, day: date) -> None:
        if reached >= self.level:
            self.level = reached
            self._below = None
        elif self._below is None:
            self._below = day

    def _falls(self) -> date:
        if self._below is None or self.policy.downgrade == "never":
            return _NEVER
        return add_months(self._below, self.policy.grace_months)

    def _schedule(self) -> None:
        entries = self._entries
        ends = entries[self._first][1] if self._first < len(entries) else _NEVER
        self.due = min(ends, self._falls())

    def falls_on(self) -> date | None:
        """The day on which the tier falls if nothing more happens."""
        if not self.level or self.policy.downgrade == "never":
            return None
        ahead = self.copy()
        while ahead.due < _NEVER:
            ahead.advance(ahead.due)
            if ahead.level < self.level:
                return ahead.day
        return None

    def standing(self, on: date, recorded: str = ORDINARY) -> TierStanding:
        """Where the member stands as of the day ``on``; ``recorded`` is the tier that the records tell, a floor."""
        seen = self.copy()
        seen.advance(on)
        policy = self.policy
        floor = policy.rank(recorded)
        tier = policy.names[max(seen.level, floor)]
        falls = seen.falls_on() if seen.level > floor else None
        ahead = policy.missing(seen.basis)
        window = (
            f"in the last {policy.months} months" if policy.months is not None
            else "in this year" if policy.calendar_year else "in all"
        )  # fmt: skip
        because = [f"{policy.shown(seen.basis)} {window} reach {policy.names[policy.level(seen.basis)]}"]
        if floor and floor >= seen.level:
            because.append(f"{recorded} is recorded")
        elif seen._below is not None:
            because.append(f"{tier} is kept though its basis was lost on {seen._below}")
        if ahead is not None:
            because.append(f"{policy.shown(ahead[1])} are missing to {ahead[0]}")
        money = policy.by == "spend"
        missing = ahead[1] if ahead else 0
        return TierStanding(
            tier,
            yuan(seen.basis) if money else seen.basis,
            ahead[0] if ahead else None,
            yuan(missing) if money else missing,
            falls,
            tuple(because),
        )


# -- what a tier or a card brings -----------------------------------------------------------------------------------------

#: Kinds of membership besides the tier (W7): a co-branded credit card, stored value, a one-off fee for life.
CARDS: Mapping[str, str] = FrozenDict({"credit_card": "联名信用卡", "diamond": "钻石卡", "lifetime_vip": "终身VIP"})

_OF = {"labour": "工时", "parts": "配件", "accessories": "精品"}
#: What a line of an invoice can be for.
SHARES = tuple(_OF)


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _shown(names: tuple[str, ...]) -> str:
    return repr(names[0]) if len(names) == 1 else repr(names)


#: What a condition of a benefit may ask of the day and the member.
_ASKED = Asked(
    "a benefit",
    FrozenDict(
        {"tier": "choice", "weekday": "choice", "day": "day", "birthday": "day", "amount": "money", "of": "choice"}
    ),
)
#: How discounts stack.
STACKINGS = ("none", "best", "product")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _percent(value: object) -> int | Fraction:
    percent = exact_number(value, "percent")
    if not 0 < percent <= 100:
        raise LifecycleError(
            f"percent={value} is not above 0 and at most 100",
            argument="percent",
            value=value,
            remedy="as in Discount(30): 30 % off, 7折",
        )
    return percent


@frozen(repr=False)
class Discount:
    """So much per cent off a kind of invoice line, for a tier, a card or a birthday: ``Discount(30, of="labour", tiers="gold")``.

    Who names ``tiers`` and ``cards`` needs one of either; who names none, everybody. ``birthday_days``: only within so
    many days of the birthday, before or after (0: on the day itself; W6's reading); None: any day. ``on_top``: it is
    taken off what the other discounts leave, whatever the stacking (折上折, W7).
    """

    percent: int | Fraction = field(converter=_percent)
    of: tuple[str, ...] = field(default=("labour",), converter=_names, kw_only=True)
    tiers: tuple[str, ...] = field(default=(), converter=_names, kw_only=True)
    cards: tuple[str, ...] = field(default=(), converter=_names, kw_only=True)
    birthday_days: int | None = field(default=None, kw_only=True)
    when: Condition | None = field(default=None, kw_only=True)
    on_top: bool = field(default=False, kw_only=True)
    name: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        for part in self.of:
            _one_of(part, _OF, "of")
        for card in self.cards:
            _one_of(card, CARDS, "cards")
        if self.birthday_days is not None and not 0 <= self.birthday_days <= 31:
            raise LifecycleError(
                f"birthday_days={self.birthday_days} lies outside 0–31",
                argument="birthday_days",
                value=self.birthday_days,
            )
        if self.when is not None:
            self.when.check(_ASKED)

    def __str__(self) -> str:
        percent = shown(self.percent).strip('"')
        off = f"{percent} % off {', '.join(self.of)}"
        return f"{self.name} ({off})" if self.name else off

    def __repr__(self) -> str:
        words = [shown(self.percent)]
        if self.of != ("labour",):
            words.append(f"of={_shown(self.of)}")
        if self.tiers:
            words.append(f"tiers={_shown(self.tiers)}")
        if self.cards:
            words.append(f"cards={_shown(self.cards)}")
        if self.birthday_days is not None:
            words.append(f"birthday_days={self.birthday_days}")
        if self.when is not None:
            words.append(f"when={self.when!r}")
        if self.on_top:
            words.append("on_top=True")
        if self.name:
            words.append(f"name={self.name!r}")
        return f"Discount({', '.join(words)})"


@frozen(repr=False)
class Perk:
    """A benefit that is no discount: roadside assistance, a booking lane, the lounge, a named technician (W6)."""

    name: str
    tiers: tuple[str, ...] = field(default=(), converter=_names, kw_only=True)
    cards: tuple[str, ...] = field(default=(), converter=_names, kw_only=True)

    def __attrs_post_init__(self) -> None:
        name: Any = self.name
        if not isinstance(name, str) or not name.strip() or ";" in name:
            raise LifecycleError(
                f"name={name!r} is no name of a perk",
                argument="name",
                value=name,
                remedy='as in Perk("named technician")',
            )
        for card in self.cards:
            _one_of(card, CARDS, "cards")

    def __repr__(self) -> str:
        words = [repr(self.name)]
        words += [f"{name}={_shown(some)}" for name in ("tiers", "cards") if (some := getattr(self, name))]
        return f"Perk({', '.join(words)})"


class InvoiceLine(NamedTuple):
    """One line of an invoice: what it is for (``labour``, ``parts``, ``accessories``) and its amount in yuan."""

    of: str
    amount: Decimal
    name: str = ""


class PricedLine(NamedTuple):
    """An invoice line with what was taken off, and because."""

    line: InvoiceLine
    price: Decimal
    """In yuan, rounded half up to the fen, once, after all discounts."""
    discounts: tuple[Discount, ...]
    because: tuple[str, ...]

    def __str__(self) -> str:
        name = self.line.name or self.line.of
        return f"{name}: {self.line.amount} → {self.price}, because {'; '.join(self.because)}"


@frozen
class Quote:
    """An invoice with its discounts."""

    lines: tuple[PricedLine, ...]

    @property
    def total(self) -> Decimal:
        """What is to be paid, in yuan."""
        return yuan(sum(exact_fen(line.price, "price") for line in self.lines))

    @property
    def saved(self) -> Decimal:
        """What the discounts took off, in yuan."""
        return yuan(sum(exact_fen(one.line.amount, "amount") - exact_fen(one.price, "price") for one in self.lines))

    def __str__(self) -> str:
        return "\n".join([*(str(line) for line in self.lines), f"total {self.total}, {self.saved} saved"])


def _discounts(given: Any) -> tuple[Discount, ...]:
    return _several(given, Discount, "discounts", "[Discount(5)]")


def _perks(given: Any) -> tuple[Perk, ...]:
    return _several(given, Perk, "perks", '[Perk("lounge", tiers="gold")]')


_T = TypeVar("_T")


def _is_row(given: Any) -> bool:
    return isinstance(given, Iterable)


def _several(given: Any, kind: type[_T], argument: str, such: str) -> tuple[_T, ...]:
    some = (*given,) if _is_row(given) else (given,)
    for one in some:
        if not isinstance(one, kind):
            raise LifecycleError(
                f"{one!r} is no {kind.__name__}", argument=argument, value=one, remedy=f"as in {argument}={such}"
            )
    return some


@frozen(repr=False)
class Benefits:
    """What tiers and cards bring: discounts and perks, and how discounts stack.

    ``stacking``: ``none``: the first that applies, in written order; ``best``: the one that takes off most; ``product``:
    each off what the others leave. A discount marked ``on_top`` comes off last, in each of the three (W7: 折上折).
    """

    discounts: tuple[Discount, ...] = field(default=(), converter=_discounts)
    perks: tuple[Perk, ...] = field(default=(), converter=_perks)
    stacking: str = field(default="best", kw_only=True)

    def __attrs_post_init__(self) -> None:
        _one_of(self.stacking, STACKINGS, "stacking")

    @property
    def tiers(self) -> frozenset[str]:
        """The tiers that it names."""
        named = [one.tiers for one in self.discounts] + [one.tiers for one in self.perks]
        return frozenset(tier for some in named for tier in some)

    @property
    def cards(self) -> frozenset[str]:
        """The cards that its discounts name."""
        return frozenset(card for one in self.discounts for card in one.cards)

    @property
    def reads(self) -> frozenset[str]:
        """What the conditions of its discounts ask: ``weekday``, ``day``, ``birthday``, ``amount``, …"""
        return frozenset(name for one in self.discounts if one.when is not None for name in one.when.reads)

    def quote(
        self,
        invoice: Iterable[InvoiceLine | tuple[str, object]],
        *,
        on: date,
        tier: str = ORDINARY,
        cards: Iterable[str] = (),
        birthday: date | None = None,
    ) -> Quote:
        """The invoice on a day for a member: each line with its price, the discounts taken and because."""
        holder = (tier, tuple(cards), birthday, on)
        return Quote(tuple(self._price(_line(line), *holder) for line in invoice))

    def _price(self, line: InvoiceLine, tier: str, cards: Sequence[str], birthday: date | None, on: date) -> PricedLine:
        taken: list[Discount] = []
        on_top: list[Discount] = []
        because: list[str] = []
        for discount in self.discounts:
            if line.of not in discount.of:
                continue
            holds, why = _applies(discount, line, tier, cards, birthday, on)
            if holds:
                (on_top if discount.on_top else taken).append(discount)
            if not holds or discount.on_top:
                because.append(f"{discount}: {why}")
        if taken and self.stacking != "product":
            chosen = taken[0] if self.stacking == "none" else max(taken, key=lambda one: one.percent)
            because += [f"{one}: does not stack with {chosen}" for one in taken if one is not chosen]
            taken = [chosen]
        because[:0] = [f"{one}: {_applies(one, line, tier, cards, birthday, on)[1]}" for one in taken]
        left = exact_fen(line.amount, "amount") * keeps((*taken, *on_top))
        price = (2 * left.numerator + left.denominator) // (2 * left.denominator)  # half up, once
        if not because:
            because.append(f"no discount is for {line.of}")
        return PricedLine(line, yuan(price), (*taken, *on_top), tuple(because))

    def perks_of(self, *, tier: str = ORDINARY, cards: Iterable[str] = ()) -> tuple[Perk, ...]:
        """The perks that a tier or one of the cards brings."""
        held = set(cards)
        return tuple(
            perk
            for perk in self.perks
            if (not perk.tiers and not perk.cards) or tier in perk.tiers or held & set(perk.cards)
        )

    def __repr__(self) -> str:
        words = [repr(list(self.discounts))] if self.discounts or self.perks else []
        if self.perks:
            words.append(repr(list(self.perks)))
        if self.stacking != "best":
            words.append(f"stacking={self.stacking!r}")
        return f"Benefits({', '.join(words)})"


def keeps(discounts: Iterable[Discount]) -> Fraction:
    """The share of an amount that these discounts leave, one after the other."""
    left = Fraction(1)
    for discount in discounts:
        left *= Fraction(100 - discount.percent) / 100
    return left


def _line(given: InvoiceLine | tuple[str, object]) -> InvoiceLine:
    of, amount, *name = given
    _one_of(of, _OF, "of")
    return InvoiceLine(of, yuan(exact_fen(amount, f"the amount of {of}")), str(name[0]) if name else "")


def _applies(
    discount: Discount, line: InvoiceLine, tier: str, cards: Sequence[str], birthday: date | None, on: date
) -> tuple[bool, str]:
    why: list[str] = []
    if discount.tiers or discount.cards:
        held = next((card for card in cards if card in discount.cards), None)
        if tier in discount.tiers:
            why.append(f"the member is {tier}")
        elif held is not None:
            why.append(f"he holds {held}")
        else:
            return (
                False,
                f"for {', '.join((*discount.tiers, *discount.cards))}, and the member is {', '.join((tier, *cards))}",
            )
    if discount.birthday_days is not None:
        if birthday is None:
            return False, "unknown: birthday"
        day = min(
            (anniversary(birthday, year) for year in (on.year - 1, on.year, on.year + 1)), key=lambda one: abs(one - on)
        )
        if not add_days(day, -discount.birthday_days) <= on <= add_days(day, discount.birthday_days):
            return False, f"his birthday is {day}"
        why.append(f"his birthday is {day}")
    if discount.when is not None:
        facts: dict[str, Any] = {
            "tier": tier, "weekday": _WEEKDAYS[on.weekday()], "day": on, "birthday": birthday, "amount": line.amount, "of": line.of,
        }  # fmt: skip
        answer = discount.when.answer(facts.get)
        if answer.truth is not True:
            return False, "; ".join(answer.because)
        why += answer.because
    return True, "; ".join(why) or "for everybody"
