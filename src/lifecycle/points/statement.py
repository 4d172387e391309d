"""What an account says as of a day: its lines, its lots, its totals, what lapses next, what is owed.

In: the fold (:mod:`lifecycle.points.ledger`). Out: frozen values that explain themselves; the sentences are kept in parts
and written when somebody reads them. Next: :mod:`lifecycle.points.terms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import Any, NamedTuple

from attrs import frozen

from lifecycle.dates import add_days, add_months
from lifecycle.errors import LifecycleError
from lifecycle.money import yuan

__all__ = ["AgeBand", "Due", "Line", "Lot", "Sentence", "Share", "Statement", "Totals", "by_age"]

#: A reason kept in parts: the points that it stands for (None: a remark), a template, what fills it.
Sentence = tuple[Any, ...]


class Share(NamedTuple):
    """A number of points that need not be whole, exact: so many of the parts that a point is divided into."""

    units: int
    unit: int
    """How many of them make a point."""

    @property
    def value(self) -> int | Fraction:
        """The number of points."""
        whole, rest = divmod(self.units, self.unit)
        return Fraction(self.units, self.unit) if rest else whole

    def __str__(self) -> str:
        units, unit = self
        if not units % unit:
            return str(units // unit)
        common = gcd(units, unit)
        return f"{units // common}/{unit // common}"

    def __format__(self, spec: str) -> str:
        return format(self.__str__(), spec) if spec else self.__str__()


def _said(sentence: Sentence, *, signed: bool) -> str:
    text: str = sentence[1].format(*sentence[2:])
    points = sentence[0]
    if not signed or points is None:
        return text
    told = str(points)
    return f"{told}: {text}" if told[0] == "-" else f"+{told}: {text}"


class Line(NamedTuple):
    """One movement of points; signed, so that the lines of a statement sum to its balance."""

    day: date
    points: int
    """What it changes the balance by."""
    account: str
    """``dealer`` or ``head_office`` (K19)."""
    move: str
    """``issued``, ``redeemed``, ``lapsed``, ``reversed``, ``transferred``, ``restored`` (by a roll-back),
    ``given_again`` (what was taken back is earned after all), ``settled`` (used up by a deficit), ``written_off``,
    ``recovered`` (what had been written off) or ``withheld`` (nothing was given, and why)."""
    kind: str
    """The kind of the event, or ``lapse``."""
    event: str | None
    """The id of the event; None for a lapse, which is a matter of dates."""
    lots: tuple[tuple[int, int], ...]
    """(number of the lot, points, both positive) for each lot that it moves, in order."""
    why: tuple[Sentence, ...]
    """The reasons in parts; :attr:`because` is their text."""

    @property
    def parts(self) -> tuple[int | Fraction, ...]:
        """The summands of an award, as its explanation names them; they sum to ``points`` (LP17)."""
        told = (sentence[0] for sentence in self.why if sentence[0] is not None)
        return tuple(points.value if isinstance(points, Share) else points for points in told)

    @property
    def because(self) -> tuple[str, ...]:
        """The reasons as sentences; where an award has several summands, each begins with its points."""
        why = self.why
        if len(why) == 1:
            return (why[0][1].format(*why[0][2:]),)
        summands = 0
        for sentence in why:
            if sentence[0] is not None:
                summands += 1
        several = summands > 1
        return tuple([_said(sentence, signed=several) for sentence in why])

    def __str__(self) -> str:
        told = f" · {self.kind} {self.event}" if self.event is not None else ""
        return f"{self.day} {self.points:+d} {self.account} {self.move}, because {'; '.join(self.because)}{told}"


class Lot(NamedTuple):
    """Points that came at once, and where they are: issued = available + pending + redeemed + lapsed + reversed (LP1)."""

    number: int
    """From 1, in the order in which they came."""
    account: str
    day: date
    """The day from which their age counts."""
    event: str
    """The id of the event that brought them."""
    issued: int
    available: int
    pending: int
    """Earned, and not to be spent before ``active_on``."""
    redeemed: int
    lapsed: int
    reversed: int
    """Taken back by a refund, a correction or a deficit, or transferred to another member."""
    active_on: date
    """The first day on which they can be spent."""
    gone_on: date | None
    """The first day on which they are gone, if nothing more happens; None: they stay, as far as is known."""


class Due(NamedTuple):
    """Points that lapse next, if nothing more happens."""

    account: str
    points: int
    gone_on: date
    """The first day on which they are gone."""
    remind_on: date | None
    """The day of the reminder (it may be past); None where the policy has none (W5)."""

    @property
    def last_day(self) -> date:
        """The last day on which they can be spent (LP3)."""
        return add_days(self.gone_on, -1)


class Totals(NamedTuple):
    """One account's totals: issued = available + pending + redeemed + lapsed + reversed − deficit (LP1)."""

    account: str
    balance: int
    """available + pending − deficit."""
    issued: int
    available: int
    pending: int
    redeemed: int
    lapsed: int
    reversed: int
    transferred: int
    """Of what is reversed: given to other members."""
    written_off: int
    """What reversals could not take back, and gave up."""
    deficit: int
    """What reversals could not take back, and the next points will settle."""


class AgeBand(NamedTuple):
    """Lots of one account and one age: what came, what is owed still, what became of the rest."""

    account: str
    from_months: int
    """Age in whole months, closed."""
    to_months: int | None
    """Open; None: and older."""
    issued: int
    outstanding: int
    """Available or pending: the liability, in points."""
    redeemed: int
    lapsed: int
    reversed: int

    @property
    def breakage(self) -> Fraction | None:
        """The share of the points issued (less those reversed) that lapsed; None where there are none."""
        kept = self.issued - self.reversed
        return Fraction(self.lapsed, kept) if kept else None


def by_age(statements: Iterable[Statement], months: Sequence[int] = (6, 12, 24)) -> tuple[AgeBand, ...]:
    """Liability and breakage of many members, by account and by the age of lots; ``months`` are the bounds of the bands."""
    bounds = [0, *months]
    if any(low >= high for low, high in pairwise(bounds)):
        raise LifecycleError(
            f"months={months!r} do not rise", argument="months", value=months, remedy="as in (6, 12, 24)"
        )
    sums: dict[tuple[str, int], list[int]] = {}
    for statement in statements:
        for lot in statement.lots:
            age = sum(add_months(lot.day, bound) <= statement.on for bound in months)
            total = sums.setdefault((lot.account, age), [0, 0, 0, 0, 0])
            for place, some in enumerate(
                (lot.issued, lot.available + lot.pending, lot.redeemed, lot.lapsed, lot.reversed)
            ):
                total[place] += some
    return tuple(
        AgeBand(account, bounds[age], bounds[age + 1] if age + 1 < len(bounds) else None, *total)
        for (account, age), total in sorted(sums.items())
    )


@frozen
class Statement:
    """A member's points as of a day (closed).

    issued = available + pending + redeemed + lapsed + reversed − deficit (LP1), in each account and in all; ``balance``
    = available + pending − deficit = the sum of the lines' points.
    """

    customer: str
    on: date
    tier: str
    balance: int
    issued: int
    available: int
    """What can be spent on the day."""
    pending: int
    redeemed: int
    lapsed: int
    reversed: int
    transferred: int
    written_off: int
    deficit: int
    accounts: tuple[Totals, ...]
    """The same by account; the accounts do not touch (LP13)."""
    lines: tuple[Line, ...]
    """Every movement, in the order in which it happened."""
    lots: tuple[Lot, ...]
    due: tuple[Due, ...]
    """What lapses if nothing more happens, the earliest first."""
    worth: Fraction | None
    """What a point is worth in fen, by the book's redemption; None where it does not say."""

    def of(self, account: str) -> Totals:
        """The totals of one account; zeros where nothing has happened on it."""
        none = Totals(account, *([0] * (len(Totals._fields) - 1)))
        return next((totals for totals in self.accounts if totals.account == account), none)

    @property
    def remind_on(self) -> date | None:
        """The day of the next lapse's reminder (it may be past); None where nothing lapses, or nobody is reminded (W5)."""
        return min((due.remind_on for due in self.due if due.remind_on is not None), default=None)

    @property
    def liability(self) -> Decimal | None:
        """What the points outstanding are worth in yuan, rounded down to the fen; None where a point has no price."""
        if self.worth is None:
            return None
        return yuan(int((self.available + self.pending) * self.worth))

    def by_age(self, months: Sequence[int] = (6, 12, 24)) -> tuple[AgeBand, ...]:
        """Liability and breakage by account and by the age of lots."""
        return by_age((self,), months)

    def __str__(self) -> str:
        head = (
            f"{self.customer} on {self.on}: {self.balance} points ({self.tier}); issued {self.issued} = available "
            f"{self.available} + pending {self.pending} + redeemed {self.redeemed} + lapsed {self.lapsed} + reversed "
            f"{self.reversed} − deficit {self.deficit}; written off {self.written_off}"
        )
        return "\n".join([head, *(f"  {line}" for line in self.lines)])

    def _repr_html_(self) -> str:
        from lifecycle import show

        return show.statement_html(self)
