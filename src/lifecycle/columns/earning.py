"""Terms of earning over columns: what many events are good for at once, to the point.

In: a term with named places (:func:`~lifecycle.points.terms.placed`) and :class:`Asked`, the events with their money, day
and tier as arrays in canonical order. Out: for each account whole numbers over one denominator, rounded in one place
(LP4, LP5). What a term remembers between events has a closed form here: money carried and caps of a period are prefix
sums, an award given once is the first of its source (LP10). Next room: :mod:`lifecycle.columns.standing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np
import polars as pl

from lifecycle.columns.codes import Bools, Ints, Longs, Rows, begins
from lifecycle.columns.column import YES, Column, answers, column_of, kind_of_fact, nothing_told
from lifecycle.columns.door import FACT_EVENT
from lifecycle.columns.packing import CODES, Packed
from lifecycle.conditions import AllOf, AnyOf, Compare, Condition, IsIn, IsKnown, Not
from lifecycle.kinds import FACTS, KINDS
from lifecycle.money import exact_fen
from lifecycle.points import Bonus, Earn, Points, Term
from lifecycle.points.terms import AtMost, BestOf, FirstOf, Sum, Times, When
from lifecycle.tiers import ORDINARY, Tiers

__all__ = [
    "LARGE", "Asked", "Scaled", "award", "concerned", "condition_reasons", "money", "reads_tier",
    "remembers", "rows_of", "texts", "told", "why_not",
]  # fmt: skip

#: Amounts (fen) and points from here on are folded one by one: below it no product of this room leaves 64 bits.
LARGE = 1 << 31
_MOST = 1 << 62

_JOB, _PRODUCT = CODES["vehicle_handed_over"], CODES["product_taken"]
_MONEY = ("charge", "amount", "price")
_SHARES = ("parts", "labour", "accessories")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TYPES = (Earn, Bonus, Sum, Times, When, AtMost, BestOf, FirstOf)
#: Bonuses on these kinds would move points twice in one event.
_MOVES = frozenset(
    {
        "points_opened", "points_granted", "points_received", "points_redeemed", "points_redemption_rolled_back",
        "points_transferred", "points_corrected", "refunded", "referral_reversed",
    }
)  # fmt: skip


class Scaled(NamedTuple):
    """Exact numbers: ``numbers / unit`` points of each event."""

    numbers: Longs
    unit: int

    def times(self, factor: int | Fraction) -> Scaled:
        """So many times."""
        exact = Fraction(factor)
        return Scaled(self.numbers * np.int64(exact.numerator), self.unit * exact.denominator)

    def in_units(self, unit: int) -> Longs:
        """The same numbers over a multiple of the denominator."""
        return self.numbers if unit == self.unit else self.numbers * np.int64(unit // self.unit)

    def whole(self, rounding: str) -> Longs:
        """Whole points: the fraction dropped, or half up; never below 0 (LP5)."""
        if self.unit == 1:
            points = self.numbers
        elif rounding == "half_up":
            points = (2 * self.numbers + self.unit) // (2 * self.unit)
        else:
            points = self.numbers // self.unit
        return np.maximum(points, 0)


class Asked:
    """The question put to a term: events at some places, in canonical order, member by member.

    ``paid`` and ``left`` are the customer's money in the event and what of it still counts, in fen; ``tier`` numbers
    ``tiers``; ``member`` numbers the customers, ascending. With ``given`` the question is asked again (LP7): the bonuses
    that were given already when it was asked first, by the place of the term.
    """

    def __init__(
        self, packed: Packed, places: Rows, member: Longs, paid: Longs, left: Longs, tier: Ints, tiers: tuple[str, ...],
        rounding: str, given: Mapping[str, Bools] | None = None,
    ) -> None:  # fmt: skip
        self.packed = packed
        self.places = places
        self.member = member
        self.paid = paid
        self.left = left
        self.tier = tier
        self.tiers = tiers
        self.rounding = rounding
        self.again = given is not None
        self.given: dict[str, Bools] = dict(given or {})
        self.kind = packed.kind[places]
        self.day = packed.day[places]
        self._told: dict[str, Column] = {}

    def told(self, name: str) -> Column:
        """A fact as the events tell it."""
        found = self._told.get(name)
        if found is None:
            found = self._told[name] = told(self.packed, name, self.places)
        return found

    def share(self, whole: Longs) -> Longs:
        """Amounts (fen) pro rata of the money that still counts."""
        if self.left is self.paid:
            return whole
        some = np.flatnonzero(self.left != self.paid)
        whole = whole.copy()
        whole[some] = whole[some] * self.left[some] // self.paid[some]
        return whole

    def look(self, name: str) -> Column:
        """What a condition asks for."""
        if name == "day":
            return Column("day", self.day)
        if name == "tier":
            return Column("text", self.tier, self.tiers)
        if name == "weekday":
            return Column("text", (self.day - np.int32(1)) % np.int32(7), _WEEKDAYS)  # day 1 was a Monday
        column = self.told(name)
        if column.kind == "money":
            amounts = np.where(column.known, column.data, 0)
            return Column("money", self.share(amounts) if name in _SHARES or name in _MONEY else amounts)
        if column.kind == "yesno":
            return Column("yesno", np.maximum(column.data, 0))
        return column

    def amount(self, of: str) -> Longs:
        """The fen of each event that count for a rate: of the whole bill, or of one of its shares."""
        job = self.kind == _JOB
        if of == "any":
            amounts = np.where(job, self.left, 0)
        else:
            share = self.told(of)
            some = np.flatnonzero(job & share.known)
            amounts = np.zeros(self.paid.size, np.int64)
            amounts[some] = np.minimum(share.data[some], self.paid[some])
            amounts = self.share(amounts)
        if of in ("any", "accessories"):
            counter = np.flatnonzero(self.kind == _PRODUCT)
            if counter.size:
                product = told(self.packed, "product", self.places[counter])
                bought = counter[_is(product, "accessories")]
                amounts[bought] = self.left[bought]
        return amounts


def _is(column: Column, word: str) -> Bools:
    number = column.words.index(word) if word in column.words else -2
    flags: Bools = column.data == number
    return flags


def money(packed: Packed, places: Rows) -> Longs:
    """The customer's money in events, in fen: the first told of charge, amount and price."""
    paid = np.zeros(places.size, np.int64)
    open_: Bools | None = None
    for name in _MONEY:
        if name not in packed.table.columns:
            continue
        column = told(packed, name, places)
        known = column.known if open_ is None else column.known & open_
        paid[known] = column.data[known]
        open_ = ~column.known if open_ is None else open_ & ~column.known
    return paid


def rows_of(packed: Packed, places: Rows) -> Rows:
    """The rows of the table that tell the events at some places."""
    rows = packed.at_rows(places)
    assert not isinstance(rows, slice)
    return rows


def told(packed: Packed, name: str, places: Rows) -> Column:
    """A fact of the events at some places.

    Of money the whole column is read, and kept: numbers are found again in a third of the time that exact decimals need.
    Of other facts only these rows are read.
    """
    values = packed.table.columns.get(FACT_EVENT if name == "event" else name)
    if values is None:
        return nothing_told(name, places.size)
    if kind_of_fact(name) == "money":
        return packed.table.fact(name).at(rows_of(packed, places))
    return column_of(name, values.gather(rows_of(packed, places)))


def texts(packed: Packed, name: str, places: Rows) -> pl.Series:
    """A fact (or ``id``) of events as texts; null where it is not told."""
    values = packed.table.columns.get(FACT_EVENT if name == "event" else name)
    if values is None:
        return pl.repeat(None, places.size, dtype=pl.String, eager=True)
    return values.gather(rows_of(packed, places)).cast(pl.String)


# -- evaluation -----------------------------------------------------------------------------------------------------------

_Parts = dict[str, Scaled]


def award(term: Term, asked: Asked) -> dict[str, Longs]:
    """The points of each event by account: whole, rounded once (LP5)."""
    return {account: points.whole(asked.rounding) for account, points in _parts(term, asked, None).items()}


def _parts(term: Term, asked: Asked, where: Bools | None) -> _Parts:
    """The points by account; ``where`` says for which events the term is asked at all (it matters to what remembers)."""
    if isinstance(term, Earn):
        return {term.account: _earn(term, asked, where)}
    if isinstance(term, Bonus):
        return {term.account: _bonus(term, asked, where)}
    if isinstance(term, Sum):
        total: _Parts = {}
        for one in term.terms:
            for account, points in _parts(one, asked, where).items():
                total[account] = _plus(total[account], points) if account in total else points
        return total
    if isinstance(term, Times):
        return {account: points.times(term.factor) for account, points in _parts(term.term, asked, where).items()}
    if isinstance(term, When):
        holds: Bools = answers(term.condition, asked.look, asked.paid.size) == YES
        if where is not None:
            holds &= where
        parts = _parts(term.term, asked, holds)
        return {account: Scaled(np.where(holds, points.numbers, 0), points.unit) for account, points in parts.items()}
    if isinstance(term, AtMost):
        return {
            account: _cap(term, points, asked, where) for account, points in _parts(term.term, asked, where).items()
        }
    assert isinstance(term, (BestOf, FirstOf))
    return _choice(term, asked, where)


def _plus(one: Scaled, other: Scaled) -> Scaled:
    unit = lcm(one.unit, other.unit)
    return Scaled(one.in_units(unit) + other.in_units(unit), unit)


def _earn(term: Earn, asked: Asked, where: Bools | None) -> Scaled:
    amount = asked.amount(term.of)
    if where is not None:
        amount = np.where(where, amount, 0)
    rates = [Fraction(term.rates.get(tier, term.rates[ORDINARY])) for tier in asked.tiers]
    unit = lcm(*(rate.denominator for rate in rates))
    numbers = np.array([int(rate * unit) for rate in rates], np.int64)
    step = np.int64(exact_fen(term.per, "per"))
    rate = numbers[0] if bool((numbers == numbers[0]).all()) else numbers[asked.tier]
    if asked.rounding == "steps":
        return Scaled(amount // step * rate, unit)
    if asked.rounding == "carry":
        upto = np.cumsum(amount)
        upto -= _base(upto - amount, asked.member)
        return Scaled((upto // step - (upto - amount) // step) * rate, unit)
    return Scaled(amount * rate, unit * int(step))


def _base(before: Longs, group: Longs) -> Longs:
    """For each event, what stood before the first of its group (groups are contiguous)."""
    starts = np.flatnonzero(begins(group))
    return np.repeat(before[starts], np.diff(starts, append=group.size))


def _bonus(term: Bonus, asked: Asked, where: Bools | None) -> Scaled:
    numbers = np.zeros(asked.paid.size, np.int64)
    assert term.event is not None
    some = np.flatnonzero(asked.kind == CODES[term.event])
    if where is not None:
        some = some[where[some]]
    if some.size and "referred" in KINDS[term.event].facts:
        himself = texts(asked.packed, "referred", asked.places[some]) == _customers(asked.packed, asked.places[some])
        some = some[~himself.fill_null(value=False).to_numpy()]
    source = KINDS[term.event].source
    if some.size and source is not None:
        if asked.again:
            some = some[~asked.given[term.place][some]]
        else:
            places = asked.places[some]
            about = texts(asked.packed, source, places)
            if about.null_count():
                about = about.fill_null(texts(asked.packed, "id", places))
            keys = pl.DataFrame({"member": asked.member[some], "source": about})
            first = keys.select(pl.struct("member", "source").is_first_distinct()).to_series().to_numpy()
            given = asked.given[term.place] = np.zeros(asked.paid.size, np.bool_)
            given[some[~first]] = True
            some = some[first]
    numbers[some] = term.points
    return Scaled(numbers, 1)


def _customers(packed: Packed, places: Rows) -> pl.Series:
    return packed.customers.gather(packed.customer[places]).cast(pl.String)


def _cap(term: AtMost, points: Scaled, asked: Asked, where: Bools | None) -> Scaled:
    numbers, unit = points
    most = np.int64(term.points * unit)
    if term.per == "event":
        if term.mode == "refuse":
            return Scaled(np.where(numbers > most, 0, numbers), unit)
        return Scaled(np.minimum(numbers, most), unit)
    # a fraction of a point takes a whole one's room; the room that is left is the cap less the sum of all before
    takes = -(-numbers // unit)
    if where is not None:
        takes = np.where(where, takes, 0)
    upto = np.cumsum(takes) - takes
    group = asked.member * 4_000_000 + _period(asked.day, term.per)
    before = upto - _base(upto, group)
    room = np.maximum(np.int64(term.points) - before, 0) * np.int64(unit)
    return Scaled(np.minimum(numbers, room), unit)


def _period(days: Ints, per: str) -> Longs:
    if per == "day":
        return days.astype(np.int64)
    dates = (days.astype(np.int64) - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    # months and years since 1900, the first year that can be told
    start = np.datetime64("1900-01-01").astype(f"datetime64[{per[0].upper()}]").astype(np.int64)
    found: Longs = dates.astype(f"datetime64[{per[0].upper()}]").astype(np.int64) - start
    return found


def _choice(term: BestOf | FirstOf, asked: Asked, where: Bools | None) -> _Parts:
    options = [_parts(one, asked, where) for one in term.terms]
    unit = lcm(*(points.unit for option in options for points in option.values()))
    totals = [
        sum((points.in_units(unit) for points in option.values()), np.zeros(asked.paid.size, np.int64))
        for option in options
    ]
    chosen = np.zeros(asked.paid.size, np.int64)
    most = totals[0].copy()
    for number, total in enumerate(totals[1:], 1):
        better = total > most if isinstance(term, BestOf) else (most <= 0) & (total > 0)
        chosen[better] = number
        most[better] = total[better]
    found: _Parts = {}
    for number, option in enumerate(options):
        for account, points in option.items():
            picked = Scaled(np.where(chosen == number, points.in_units(unit), 0), unit)
            found[account] = _plus(found[account], picked) if account in found else picked
    return found


# -- what has a form over columns -------------------------------------------------------------------------------------------


def _leaves(term: Term) -> Iterator[Term]:
    if not term.below:
        yield term
    for one in term.below:
        yield from _leaves(one)


def _all(term: Term) -> Iterator[Term]:
    yield term
    for one in term.below:
        yield from _all(one)


def remembers(term: Term) -> bool:
    """Whether an award changes by what else was earned: a cap of a period (``carry`` does so, too)."""
    return any(isinstance(one, AtMost) and one.per != "event" for one in _all(term))


def reads_tier(term: Term) -> bool:
    """Whether what the term gives depends on the tier."""
    for one in _all(term):
        if isinstance(one, Earn) and len(set(one.rates.values())) > 1:
            return True
        if isinstance(one, When) and "tier" in one.condition.reads:
            return True
    return False


def _conditions(condition: Condition) -> Iterator[Condition]:
    yield condition
    if isinstance(condition, Not):
        yield from _conditions(condition.part)
    if isinstance(condition, (AllOf, AnyOf)):
        for part in condition.parts:
            yield from _conditions(part)


def why_not(policy: Points) -> list[str]:
    """Why the terms of a policy have no form over columns; nothing where they have one."""
    term = policy.earn
    reasons: list[str] = []
    carry = policy.rounding == "carry"
    for one in _all(term):
        if type(one) not in _TYPES:
            reasons.append(f"{one!r}: a term of the house's own")
        elif isinstance(one, When):
            reasons += condition_reasons(one.condition)
        elif isinstance(one, AtMost):
            if len({getattr(leaf, "account", "") for leaf in _leaves(one.term)}) > 1:
                reasons.append(f"{one!r}: a cap over two accounts")
            if one.mode == "refuse" and (one.per != "event" or _counts(one.term, carry=carry)):
                reasons.append(f"{one!r}: refusing beyond a cap, what came before matters")
        elif isinstance(one, (BestOf, FirstOf)) and _counts(one, carry=carry):
            reasons.append(f"{one!r}: a choice between terms that remember what they gave")
        elif isinstance(one, Bonus) and one.event in _MOVES:
            reasons.append(f"{one!r}: a bonus on an event that moves points itself")
    accounts = [str(getattr(leaf, "account", "")) for leaf in _leaves(term)]
    turns = [account for place, account in enumerate(accounts) if not place or account != accounts[place - 1]]
    if len(turns) > len(set(turns)):
        reasons.append(f"{term!r}: the summands of one account do not stand together")
    if not reasons and _bound(term, policy.rounding) >= _MOST:
        reasons.append(f"{term!r}: its fractions outgrow 64 bits")
    return reasons


def _counts(term: Term, *, carry: bool) -> bool:
    """Whether a term keeps a counter that another award of it looks at."""
    for one in _all(term):
        if isinstance(one, AtMost) and one.per != "event":
            return True
        if isinstance(one, Bonus) and one.event is not None and KINDS[one.event].source is not None:
            return True
        if isinstance(one, Earn) and carry:
            return True
    return False


def condition_reasons(condition: Condition) -> list[str]:
    known = (Compare, IsIn, IsKnown, Not, AllOf, AnyOf)
    reasons = [
        f"{one!r}: a condition of the house's own" for one in _conditions(condition) if not isinstance(one, known)
    ]
    reasons += [
        f"{condition!r}: asks for {name}, which no column of the events holds"
        for name in sorted(condition.reads)
        if name not in ("day", "weekday", "tier") and (name not in FACTS or name == "vehicle")
    ]
    return reasons


def _size(term: Term, rounding: str) -> tuple[int, int]:
    """(the largest number that can stand for an award, the denominator), by the shape of the term."""
    if isinstance(term, Earn):
        unit = lcm(*(Fraction(rate).denominator for rate in term.rates.values()))
        most = max(int(Fraction(rate) * unit) for rate in term.rates.values())
        step = exact_fen(term.per, "per") if rounding in ("floor", "half_up") else 1
        return LARGE * max(most, 1), unit * step
    if isinstance(term, Bonus):
        return max(term.points, 1), 1
    below = [_size(one, rounding) for one in term.below]
    unit = lcm(*(one for _, one in below)) if below else 1
    total = sum(most * (unit // one) for most, one in below)
    if isinstance(term, Times):
        factor = Fraction(term.factor)
        return total * max(factor.numerator, 1), unit * factor.denominator
    if isinstance(term, AtMost):
        return max(total, term.points * unit), unit
    return max(total, 1), unit


def _bound(term: Term, rounding: str) -> int:
    most, unit = _size(term, rounding)
    # rounding half up doubles; prefix sums of a cap or of money carried run over a block of events
    return 4 * (most + unit) * (1 << 20 if rounding == "carry" or remembers(term) else 1)


def concerned(policy: Points, tiers: Tiers | None) -> frozenset[str]:
    """The kinds of events that the ledger asks for, or its tiers."""
    return frozenset(name for name in policy.heard(tiers) if not KINDS[name].derived)
