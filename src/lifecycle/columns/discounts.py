"""Benefits over columns: what a house's discounts take off the bills of many members, to the fen.

In: bills with the tier of their time and what is left of their money (:mod:`~lifecycle.columns.ledgers` has both), and the
house. Out: fen by member (:func:`saved`), and who is entitled to what (:func:`entitled`). There is no second algebra: the
policy itself is asked once for each combination of tier, cards, day and birthday that it can tell apart, and what it takes
off is applied to all bills of that combination; cards are folded one by one, by those few who have any. Next room:
:mod:`lifecycle.columns.balances`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import polars as pl

from lifecycle.benefits import HOLDER_KINDS, Holder
from lifecycle.book import House
from lifecycle.columns.codes import Bools, Ints, Longs, Rows, combinations
from lifecycle.columns.days import MISSING
from lifecycle.columns.earning import Asked, told
from lifecycle.columns.folding import events_of
from lifecycle.columns.packing import CODES, Kinds, Packed, kinds_mask
from lifecycle.columns.tellings import numbers
from lifecycle.dates import anniversary
from lifecycle.money import yuan
from lifecycle.tiers import CARDS, SHARES, Benefits, InvoiceLine, keeps

__all__ = ["Block", "Offer", "cards", "entitled", "saved", "why"]

_RECORD = CODES["customer_recorded"]
_OF_CARDS = HOLDER_KINDS - {"customer_recorded"}
#: To leave the club brings no card.
_BRINGS = _OF_CARDS - {"membership_left", "credit_card_ended", "value_used_up"}
_NAMES = tuple(CARDS)
#: Who holds which of them has so many possible answers.
_COMBINED = 1 << len(_NAMES)
#: Days from a birthday, further than any window: as far as that.
_FAR = 32
#: Below it no product of an amount and a share leaves 64 bits.
_MOST = 1 << 30
_EPOCH = date(1970, 1, 1).toordinal()


class _Span(NamedTuple):
    """The benefits of an edition, from which ordinal to which (open)."""

    since: int
    until: int
    benefits: Benefits


class Offer:
    """What of a house's editions takes money off bills, ready for blocks of members."""

    def __init__(self, house: House) -> None:
        self.house = house
        books = house.editions()
        starts = [day.toordinal() for day, _ in books]
        ends = [*starts[1:], date.max.toordinal() + 1]
        self.spans = [
            _Span(start, end, book.benefits)
            for start, end, (_, book) in zip(starts, ends, books, strict=True)
            if book.benefits.discounts
        ]
        self.wants_cards = any(span.benefits.cards for span in self.spans)
        self.wants_birthday = any(_asks_birthday(span.benefits) for span in self.spans)
        self.of = tuple(
            of for of in SHARES if any(of in one.of for span in self.spans for one in span.benefits.discounts)
        )
        records: frozenset[str] = frozenset({"customer_recorded"} if self.wants_birthday else ())
        self.kinds: frozenset[str] = records | (_OF_CARDS if self.wants_cards else frozenset[str]())
        """The kinds of events that it asks for besides those of the ledger."""


def _asks_birthday(benefits: Benefits) -> bool:
    return "birthday" in benefits.reads or any(one.birthday_days is not None for one in benefits.discounts)


def why(house: House) -> tuple[str, ...]:
    """How the benefits of a house run, in sentences; empty where it has none that take money off."""
    offer = Offer(house)
    if not offer.spans:
        return ()
    asked = ["tier", *(["cards"] if offer.wants_cards else [])]
    if any(one.birthday_days is not None for span in offer.spans for one in span.benefits.discounts):
        asked.append("days from the birthday")
    reads = sorted(frozenset[str]().union(*(span.benefits.reads for span in offer.spans)) - {"tier", "of"})
    said = [f"the policy is asked once for each combination of {', '.join([*asked, *reads])}"]
    if offer.wants_cards:
        said.append("cards are folded one by one, of those who have any")
    return tuple(said)


# -- the bills of a block ---------------------------------------------------------------------------------------------------


class Block(NamedTuple):
    """The events of a block of members, in canonical order: places in the packing, kinds, members (from 0)."""

    packed: Packed
    places: Rows
    kind: Kinds
    member: Longs


def saved(offer: Offer, block: Block, bills: Rows, asked: Asked, members: int) -> Longs:
    """What is taken off the bills of each member, in fen; ``bills`` are the numbers of those events in the block, and
    ``asked`` is the same events with their money, what is left of it, and tier."""
    total = np.zeros(members, np.int64)
    amounts = [asked.amount(of) for of in offer.of]
    there = [np.flatnonzero(some > 0) for some in amounts]
    rows = np.concatenate(there) if there else np.empty(0, np.intp)
    if not rows.size:
        return total
    of = np.repeat([SHARES.index(name) for name in offer.of], [some.size for some in there])
    amount = np.concatenate([some[here] for some, here in zip(amounts, there, strict=True)])
    held = _cards(offer.house, block)(bills) if offer.wants_cards else np.zeros(bills.size, np.int64)
    birthday = _birthdays(block, bills) if offer.wants_birthday else np.full(bills.size, MISSING, np.int32)
    lines = _Lines(of, amount, asked.tier[rows], held[rows], birthday[rows], asked.day[rows])
    member = asked.member[rows]
    for span in offer.spans:
        mine: Bools = (lines.day >= span.since) & (lines.day < span.until)
        if mine.all():
            np.add.at(total, member, _taken_off(span.benefits, lines, asked.tiers))
        elif mine.any():
            some = _Lines._make(column[mine] for column in lines)
            np.add.at(total, member[mine], _taken_off(span.benefits, some, asked.tiers))
    return total


class _Lines(NamedTuple):
    of: Longs
    amount: Longs
    tier: Ints
    cards: Longs
    birthday: Ints
    day: Ints


def _taken_off(benefits: Benefits, lines: _Lines, tiers: tuple[str, ...]) -> Longs:
    """What the policy takes off each line, in fen: asked once for each combination that it can tell apart."""
    first, which = combinations(_told_apart_by(benefits, lines))
    num, den = np.ones(first.size, np.int64), np.ones(first.size, np.int64)
    large: list[tuple[int, Fraction]] = []
    for number, row in enumerate(first.tolist()):
        kept = _kept(benefits, lines, row, tiers)
        if kept.denominator < _MOST:
            num[number], den[number] = kept.numerator, kept.denominator
        else:
            large.append((number, kept))
    if first.size > 1:
        num, den = num[which], den[which]
    price = (2 * lines.amount * num + den) // (2 * den)  # half up, once, as a quote rounds
    for number, kept in large:
        some = np.flatnonzero(which == number)
        exact = [amount * kept for amount in lines.amount[some].tolist()]
        price[some] = [(2 * one.numerator + one.denominator) // (2 * one.denominator) for one in exact]
    off: Longs = lines.amount - price
    return off


def _kept(benefits: Benefits, lines: _Lines, row: int, tiers: tuple[str, ...]) -> Fraction:
    """The share of a line that the policy leaves."""
    birthday = int(lines.birthday[row])
    quote = benefits.quote(
        [InvoiceLine(SHARES[int(lines.of[row])], yuan(int(lines.amount[row])))],
        on=date.fromordinal(int(lines.day[row])),
        tier=tiers[int(lines.tier[row])],
        cards=_held(int(lines.cards[row])),
        birthday=None if birthday == MISSING else date.fromordinal(birthday),
    )
    return keeps(quote.lines[0].discounts)


def _told_apart_by(benefits: Benefits, lines: _Lines) -> Iterator[Longs | Ints]:
    """What the policy can tell lines apart by."""
    yield from (lines.of, lines.tier, lines.cards)
    if any(one.birthday_days is not None for one in benefits.discounts):
        yield _from_birthday(lines.birthday, lines.day)
    reads = benefits.reads
    if "weekday" in reads and "day" not in reads:
        yield lines.day % 7
    for name, values in (("day", lines.day), ("birthday", lines.birthday), ("amount", lines.amount)):
        if name in reads:
            yield values


# -- birthdays --------------------------------------------------------------------------------------------------------------


def _last_told(at: Rows, values: Longs | Ints, missing: int, member: Longs, asked: Rows) -> Longs:
    """For each of the ``asked`` events (numbers in the block) what was told last before it of the same member."""
    found = np.full(asked.size, missing, np.int64)
    if at.size:
        last = np.searchsorted(at, asked) - 1
        mine: Bools = (last >= 0) & (member[at[np.maximum(last, 0)]] == member[asked])
        found[mine] = values[last[mine]]
    return found


def _birthdays(block: Block, bills: Rows) -> Ints:
    """The birthday that had been told by each bill; MISSING where none had."""
    at = np.flatnonzero(block.kind == _RECORD)
    column = told(block.packed, "birthday", block.places[at])
    known = column.known
    return _last_told(at[known], column.data[known], MISSING, block.member, bills).astype(np.int32)


def _from_birthday(birthday: Ints, day: Ints) -> Longs:
    """How many days the day lies from the nearest birthday: from 0 (far before it) by way of ``_FAR`` (the day itself);
    the last number stands for no birthday."""
    found = np.full(day.size, 2 * _FAR + 1, np.int64)
    some = np.flatnonzero(birthday != MISSING)
    if not some.size:
        return found
    born = (birthday[some].astype(np.int64) - _EPOCH).astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    which = (month.astype(np.int64) % 12) * 31 + (born - month).astype(np.int64)
    days = day[some].astype(np.int64)
    year = (days - _EPOCH).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    low = int(year.min()) - 1
    table = np.zeros(
        (12 * 31, int(year.max()) - low + 2), np.int64
    )  # filled by the one rule, once for each day of a year
    for one in np.unique(which).tolist():
        leap = date(2000, one // 31 + 1, one % 31 + 1)
        table[one] = [anniversary(leap, low + place).toordinal() for place in range(table.shape[1])]
    away = np.stack([days - table[which, year - low + around] for around in (-1, 0, 1)])
    nearest = np.take_along_axis(away, np.abs(away).argmin(axis=0)[None], axis=0)[0]
    found[some] = np.clip(nearest, -_FAR, _FAR) + _FAR
    return found


# -- cards ------------------------------------------------------------------------------------------------------------------


def _held(code: int) -> tuple[str, ...]:
    return tuple(name for place, name in enumerate(_NAMES) if code >> place & 1)


class _Cards(NamedTuple):
    """Which cards members hold: a code after each event that told of them."""

    at: Rows
    codes: Longs
    member: Longs

    def __call__(self, asked: Rows) -> Longs:
        """The code of each of these events (numbers in the block)."""
        return _last_told(self.at, self.codes, 0, self.member, asked)


def _cards(house: House, block: Block) -> _Cards:
    """Who holds which cards, by the one-by-one fold of those whom a card was ever brought."""
    at = np.flatnonzero(kinds_mask(_OF_CARDS)[block.kind])
    bringing = kinds_mask(_BRINGS)[block.kind[at]]
    if at.size:
        holds = np.zeros(int(block.member.max()) + 1, np.bool_)
        holds[block.member[at[bringing]]] = True
        at = at[holds[block.member[at]]]
    codes = np.zeros(at.size, np.int64)
    holder, whose = Holder(), -1
    for row, (event, member) in enumerate(
        zip(events_of(block.packed, block.places[at]), block.member[at].tolist(), strict=True)
    ):
        if member != whose:
            holder, whose = Holder(), member
        holder.take(event, house.on(event.day).readings)
        codes[row] = sum(1 << _NAMES.index(name) for name in holder.cards)
    return _Cards(at, codes, block.member)


# -- perks ------------------------------------------------------------------------------------------------------------------


def cards(packed: Packed, house: House) -> pl.Series:
    """The cards of every customer on the day of the packing, names joined by ``; ``; null: none."""
    held = pl.Series("cards", ["; ".join(_held(code)) or None for code in range(_COMBINED)], pl.String)
    return held.gather(_codes(packed, house))


def entitled(packed: Packed, house: House, on: date, tier: pl.Series) -> pl.Series:
    """The perks of every customer on the day, whose ``tier`` is known, names joined by ``; ``; null: none."""
    benefits = house.on(on).benefits
    if not benefits.perks:
        return pl.repeat(None, len(tier), dtype=pl.String, eager=True).alias("perks")
    codes = _codes(packed, house) if any(perk.cards for perk in benefits.perks) else np.zeros(len(tier), np.int64)
    known = tier.unique(maintain_order=True)
    number = tier.replace_strict(known, np.arange(len(known)), return_dtype=pl.Int64).to_numpy()
    names = [
        "; ".join(perk.name for perk in benefits.perks_of(tier=one, cards=_held(code))) or None
        for one in known.to_list()
        for code in range(_COMBINED)
    ]
    return pl.Series("perks", names, pl.String).gather(number * _COMBINED + codes)


def _codes(packed: Packed, house: House) -> Longs:
    """The code of the cards of every customer on the day; kept for other books of the same readings."""
    asked = tuple((day, book.readings.diamond_from, book.readings.diamond_to) for day, book in house.editions())

    def fold() -> Longs:
        codes = np.zeros(len(packed.customers), np.int64)
        places = numbers(packed, packed.places(kinds_mask(_OF_CARDS)))
        if places.size:
            found = _cards(house, Block(packed, places, packed.kind[places], packed.customer[places].astype(np.int64)))
            codes[packed.customer[places[found.at]]] = found.codes  # of several, the last
        return codes

    return packed.kept("cards", asked, fold)
