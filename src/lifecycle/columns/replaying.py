"""Replay over columns: every region, fact and due day of many customers, as the fold of each life would have them.

In: a table of events, a book, a day. Out: a frame of the same kind, one row a customer (:func:`replay`, :func:`facts`) or a
vehicle (:func:`vehicles`), in order of ids, with the fields of :class:`~lifecycle.customer.Customer` and
:class:`~lifecycle.customer.Vehicle`; :func:`explain` says what runs in columns and what is folded one by one. The answer
does not depend on the order of the rows, the size of the blocks, or the way it was found (LM3, LM4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, tzinfo
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from lifecycle.book import Book, House, a_house
from lifecycle.churn import Churn
from lifecycle.columns import balances, discounts
from lifecycle.columns.balances import Explanation, Part
from lifecycle.columns.codes import (
    Bools,
    Ints,
    Longs,
    Rows,
    begins,
    ends,
    fold_bits,
    last_flagged,
    side_by_side,
    stretches,
)
from lifecycle.columns.column import Column, missing
from lifecycle.columns.courses import LABELS, Activity, Course, Statuses, course, ended, in_whole
from lifecycle.columns.days import MISSING, NEVER, days
from lifecycle.columns.fact_columns import Customers, Vehicles
from lifecycle.columns.folding import at_once
from lifecycle.columns.lives import OF_CUSTOMER, OF_VEHICLE, Columns, Found, lives, other_visits
from lifecycle.columns.losses import Losses, losses
from lifecycle.columns.packing import CODES, Cut, Packed, flags_of, kinds_mask, loosely, pack
from lifecycle.columns.regions import Numbers, Symbols, Telling, end_of, forgetful, symbols
from lifecycle.columns.rules import by_columns
from lifecycle.columns.running import reads_vehicles_only
from lifecycle.columns.tellings import DELIVERY, RECORD, Tellings, counted, numbers
from lifecycle.customer import STANDING_ZH, standing_of
from lifecycle.dates import SHANGHAI
from lifecycle.deadline import a_day
from lifecycle.events import Event
from lifecycle.life import SALE_UNDER_WAY
from lifecycle.machine import Machine
from lifecycle.machines import LOYALTY, REGIONS, SATISFACTION, SPENDING, STAGE
from lifecycle.points import Points

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["OF_MOODS", "Basis", "benefits", "explain", "facts", "moods_of", "replay", "series", "vehicles"]

#: The facts of a customer that events alone tell.
_OF_EVENTS = (
    "first_seen", "last_seen", "birthday", "sex", "city", "origin", "enrolled_on", "bought", "referrals", "spent",
    "open_complaints", "breadth",
)  # fmt: skip
#: Those that :func:`moods_of` finds.
OF_MOODS = ("satisfaction", "dissatisfied_since", "spending", "spending_since")
#: The facts of vehicles whose latest day is a fact of the customer.
_LATEST = ("last_visit", "last_charged_visit")
#: And those that are added up.
_COUNTED = ("visits", "charged_visits")
#: How vehicles stand together that are all gone.
_ALL_GONE = 3

# -- what runs how --------------------------------------------------------------------------------------------------------


def explain(policy: House | Points) -> Explanation:
    """What of a book runs in columns and what is folded one by one, part by part, with the reasons; both say the same.

    ``churn`` and ``regions`` stand or fall together, as the churn rule moves the activity of vehicles and, by the roll-up,
    the customer's spending; the parts of points are those of :func:`lifecycle.columns.balances.explain`. Of several editions
    that of the day answers: each part is in columns where it is so under all.
    """
    if isinstance(policy, Points):
        return balances.explain(policy)
    a_house(policy, "policy")
    lives = balances.merged(_explained(book.churn) for _, book in policy.editions())
    return Explanation((*lives.parts, *balances.explain(policy).parts))


def _explained(churn: Churn) -> Explanation:
    reads = sorted(name for name in churn.at_risk.reads | churn.lost.reads if name.startswith("customer."))
    why = [f"the rule reads {name}, which any event of the customer may move" for name in reads]
    if "inspected_on" in churn.at_risk.reads | churn.lost.reads:
        why.append("the rule reads inspected_on, which the machine forgets when the vehicle is seen again")
    own = [rule for rule in (churn.at_risk, churn.lost) if not by_columns(rule)]
    how = [f"{rule!r} is asked once for each combination of the facts that it reads" for rule in own]
    redeemed = "who was granted some redemptions and refused others is folded: a refused one moves no stage"
    return Explanation(
        (
            Part("churn", not why, tuple(why) or tuple(how) or ("due days come from a table of days",)),
            Part("regions", not why, tuple(why) or ("a machine is a table; its symbols are stepped by rank", redeemed)),
        )
    )


# -- the door -------------------------------------------------------------------------------------------------------------


def replay(
    events: Packed | Iterable[Event] | IntoFrame,
    book: House,
    *,
    on: date,
    points: bool = True,
    block: int = 1 << 18,
    processes: int | None = None,
) -> Any:
    """Each customer as of the day ``on`` (closed): the fields of :class:`~lifecycle.customer.Customer`, one row each.

    ``customer``, the regions (``stage, standing, loyalty, satisfaction, spending``), ``points`` and ``tier``, the facts,
    ``breadth`` for the products, and of his vehicles together ``last_visit``, ``last_charged_visit`` and ``lost_due``.
    Null is "not told", "never" or "has none", as :class:`Customer` says of None. ``points=False`` leaves ``points`` and
    ``tier`` away. Give a packed history and polars comes back, else the kind of frame that was given.

    ``block`` is how many events are worked on at once and ``processes`` how many fold what has no form over columns
    (None: as many as there are processors, where that pays); neither changes an answer.
    """
    packed = _packed(events, book, on, processes, block)
    totals: pl.DataFrame | None = None
    if points:  # of the same packing
        totals = balances.points(packed, book, on=on, processes=processes).select("tier", "balance", "redeemed")
    found = _found(packed, book, on, block, processes, cars=False, totals=totals).people
    columns = [packed.customers.alias("customer")]
    told = packed.table
    if not isinstance(events, Packed):
        told.forget()
    del packed  # the answer takes the place of what it was made of
    # each is done with when it stands in the frame
    names = list(OF_CUSTOMER)
    columns += side_by_side(lambda name: series(name, found.pop(name)), names)
    if totals is not None:
        place = names.index("spending") + 2  # behind it, and the customers
        columns[place:place] = [totals["balance"].alias("points"), totals["tier"]]
    table = pl.DataFrame(columns)
    return table if isinstance(events, Packed) else told.give(table)


def vehicles(
    events: Packed | Iterable[Event] | IntoFrame,
    book: House,
    *,
    on: date,
    block: int = 1 << 18,
    processes: int | None = None,
) -> Any:
    """Each vehicle as of the day ``on`` (closed): ``customer, vehicle`` and the fields of :class:`~lifecycle.customer.Vehicle`.

    ``activity`` is the machine's label; ``last_visits.KIND`` stands for each of the house's own kinds of visit that the
    book counts. One row a vehicle, in order of customer and VIN; the arguments are those of :func:`replay`.
    """
    packed = _packed(events, book, on, processes, block)
    found = _found(packed, book, on, block, processes, people=False)
    names = pl.DataFrame({"customer": packed.customers.gather(packed.owners), "vehicle": packed.vins})
    table = names.with_columns([series(name, one) for name, one in found.cars.items()])
    table = table.filter(pl.Series(found.known))
    return table if isinstance(events, Packed) else packed.table.give(table)


def facts(events: Packed | Iterable[Event] | IntoFrame, *, on: date, zone: tzinfo = SHANGHAI) -> Any:
    """What events alone tell of each customer as of the day ``on`` (closed), one row each: under any book it is the same.

    ``customer``, the facts of :class:`~lifecycle.customer.Customer` that no policy moves (``first_seen`` to ``breadth``), and
    of his vehicles together ``last_visit``, ``last_charged_visit`` and how often they came, ``visits, charged_visits``. Null
    is "not told" or "never". In order of ids; the kind of frame that was given comes back.
    """
    a_day(on)
    packed = loosely(events, zone).as_of(on)
    people, cars, size = Customers(packed), Vehicles(packed, ()), len(packed.customers)
    columns = {name: people.column(name) for name in _OF_EVENTS}
    columns |= {name: _latest(packed.owners, cars.column(name).data, size) for name in _LATEST}
    for name in _COUNTED:
        columns[name] = Column("count", np.zeros(size, np.int64))
        np.add.at(columns[name].data, packed.owners, cars.column(name).data)
    table = pl.DataFrame([packed.customers.alias("customer"), *(series(name, one) for name, one in columns.items())])
    return table if isinstance(events, Packed) else packed.table.give(table)


def benefits(
    events: Packed | Iterable[Event] | IntoFrame,
    book: House,
    *,
    on: date,
    processes: int | None = None,
) -> Any:
    """What a book's benefits come to for each customer up to the day ``on`` (closed), as :attr:`lifecycle.Life.benefits` has it.

    One row a customer, in order of ids: ``customer``, ``tier`` and ``cards`` as of the day, ``saved`` (what the discounts
    take off his bills, in yuan, the amounts on record taken as list prices), ``perks`` (what he is entitled to on the day);
    of cards and perks the names, joined by ``; ``, null where he has none. The kind of frame that was given comes back,
    polars for what was packed. ``processes`` are those of :func:`lifecycle.columns.points`.
    """
    packed = _packed(events, book, on, processes)
    totals = balances.accounts(packed, book, on=on, processes=processes)
    saved = series("saved", Column("money", totals["benefits"].to_numpy()))
    held, perks = discounts.cards(packed, book), discounts.entitled(packed, book, on, totals["tier"])
    table = pl.DataFrame([totals["customer"], totals["tier"], held, saved, perks])
    return table if isinstance(events, Packed) else packed.table.give(table)


def series(name: str, column: Column) -> pl.Series:
    """A column as the user has it: days as days, money in yuan, words as an enumeration; null where it is not told."""
    if column.kind == "day":
        return days(name, column.data)
    known = column.known
    if column.kind == "text":
        kind = pl.Enum(_region_words()[name]) if name in _region_words() else pl.String()
        found = pl.Series(name, [*column.words, None], kind)
        return found.gather(np.where(known, column.data, len(column.words)))
    values = pl.Series(name, np.where(known, column.data, 0))
    if column.kind == "money":
        values = (values.cast(pl.Decimal(38, 2)) / 100).alias(name)
    return values if known.all() else values.set(pl.Series(~known), None)


@cache
def _region_words() -> Mapping[str, tuple[str, ...]]:
    """The words that each region can say, in their order."""
    words = {machine.name: _words(machine) for machine in REGIONS}
    return {**words, "standing": tuple(STANDING_ZH), "activity": LABELS}


# -- the work -------------------------------------------------------------------------------------------------------------


def _packed(
    events: Packed | Iterable[Event] | IntoFrame, house: House, on: date, processes: int | None, block: int = 1
) -> Packed:
    a_day(on)
    a_house(house)
    at_once(processes, block)
    return pack(events, zone=house.zone).as_of(on)


def _found(
    packed: Packed,
    house: House,
    on: date,
    block: int,
    processes: int | None,
    *,
    people: bool = True,
    cars: bool = True,
    totals: pl.DataFrame | None = None,
) -> Found:
    """What is found of everybody, or of the vehicles or the people alone; ``totals`` are their points, if they are known."""
    book = house.on(on)
    in_columns = reads_vehicles_only(book.churn)

    def work(cut: Cut) -> Found:
        return _block(packed.block(cut), book, on, people=people, cars=cars)

    pieces = side_by_side(work, packed.cuts(block)) if in_columns else []
    if not pieces:
        everybody = np.arange(len(packed.customers), dtype=np.int32)
        return lives(packed, everybody, house, on, processes)
    return _settled(packed, _in_one(pieces), house, on, processes, totals)


def _settled(
    packed: Packed,
    found: Found,
    house: House,
    on: date,
    processes: int | None,
    totals: pl.DataFrame | None = None,
) -> Found:
    """The same with the customers who are left: whom the ledger granted every redemption, no redemption, or some.

    No redemption moves a vehicle.
    """
    left = found.left
    if not left.size:
        return found
    theirs = packed.of_customers(left)
    of_theirs = balances.points(theirs, house, on=on, processes=processes) if totals is None else totals[left]
    refused, unclear = _refused(theirs, of_theirs["redeemed"].to_numpy())
    if refused.size:
        again = _block(theirs.of_customers(refused), house.on(on), on, cars=False, redeems=False).people
        _put(found.people, left[refused], again)
    if unclear.size:
        few = theirs.of_customers(unclear)
        everybody = np.arange(unclear.size, dtype=np.int32)
        _put(found.people, left[unclear], lives(few, everybody, house, on, processes).people)
    return found


def _put(columns: Columns, rows: Ints, some: Columns) -> None:
    """Put the rows of some customers into the columns of all, one column after the other."""
    for name, column in columns.items():
        columns[name] = column.replaced(rows, some[name])


def _refused(packed: Packed, redeemed: Longs) -> tuple[Ints, Ints]:
    """Of customers who redeemed: whom the ledger refused every time, and whom it granted some or whose total says too little.

    ``redeemed`` is the total that stands redeemed of each.
    """
    asked, unclear = np.zeros(redeemed.size, np.int64), np.zeros(redeemed.size, np.bool_)
    places = numbers(packed, packed.places(kinds_mask(("points_redeemed",))))
    whose, points = packed.customer[places], packed.told("points", places).data
    np.add.at(asked, whose, points)
    unclear[whose[points < 1]] = True  # granted or refused, it adds nothing
    unclear[packed.customer[packed.places(kinds_mask(("points_redemption_rolled_back",)))]] = True
    never = ~unclear & (redeemed == 0)
    # no more is redeemed than was granted, so that all was granted where both totals are one
    unclear |= ~never & (redeemed != asked)
    return np.flatnonzero(never).astype(np.int32), np.flatnonzero(unclear).astype(np.int32)


def _in_one(pieces: Sequence[Found]) -> Found:
    """The pieces one behind the other; they are used up, so that little is held twice."""
    if len(pieces) == 1:
        return pieces[0]
    people, cars = ([getattr(piece, name) for piece in pieces] for name in ("people", "cars"))
    starts = np.cumsum([0, *(piece.customers for piece in pieces[:-1])]).astype(np.int32)
    return Found(
        {name: _end_to_end([some.pop(name) for some in people]) for name in tuple(people[0])},
        {name: _end_to_end([some.pop(name) for some in cars]) for name in tuple(cars[0])},
        np.concatenate([piece.known for piece in pieces]),
        np.concatenate([piece.left + start for piece, start in zip(pieces, starts, strict=True)]),
        sum(piece.customers for piece in pieces),
    )


def _end_to_end(columns: list[Column]) -> Column:
    words = columns[0].words
    if any(column.words != words for column in columns):
        words = tuple(sorted({word for column in columns for word in column.words}))
    return Column(columns[0].kind, np.concatenate([column.in_words(words).data for column in columns]), words)


def _block(
    packed: Packed,
    book: Book,
    on: date,
    regions: _Regions | None = None,
    *,
    people: bool = True,
    cars: bool = True,
    states: bool = False,
    redeems: bool = True,
) -> Found:
    """One block; ``regions`` are those of a book that differs by its churn rule alone, where they are known already.

    ``states``: of vehicles only what the rule says of them. Without ``redeems`` every redemption is refused, else each is
    granted.
    """
    found = course(packed, book.churn)
    act = in_whole(ended(found), on, packed.owners.size)
    facts, known = _cars(packed, book, act, whole=cars)
    size = len(packed.customers)
    if not people:
        return Found({}, facts, known, np.empty(0, np.int32), size)
    regions = _regions(packed, book, redeems=redeems) if regions is None else regions
    columns = _people(packed, on, found, act, known, regions)
    whose = packed.owners[known]
    for name in _LATEST:
        columns[name] = _latest(whose, facts[name].data[known], size)
    staying = known & (act.label != LABELS.index("gone"))  # never is the latest of all days
    columns["lost_due"] = _latest(packed.owners[staying], act.lost_due[staying], size)
    if states:
        facts = {
            "activity": Column("text", act.label.astype(np.int32), LABELS),
            "at_risk_due": _told(Column("day", act.at_risk_due.copy())),
            "lost_due": _told(Column("day", act.lost_due.copy())),
        }
    people_ = {name: columns[name] for name in OF_CUSTOMER if name in columns}
    return Found(people_, facts if cars or states else {}, known, regions.left, size)


def _latest(whose: Ints, day: Ints, size: int) -> Column:
    latest = missing("day", size)
    np.maximum.at(latest.data, whose, day)
    return _told(latest)


def _told(column: Column) -> Column:
    """The same where never is not told."""
    column.data[column.data == NEVER] = MISSING
    return column


def _cars(packed: Packed, book: Book, act: Activity, *, whole: bool) -> tuple[Columns, Bools]:
    """The facts of vehicles (unless ``whole``, those that the customer's row is made of), and which are known."""
    facts = Vehicles(packed, book.churn.visit_kinds)
    if not whole:
        return {name: facts.column(name) for name in _LATEST}, facts.known
    others = Vehicles(packed, (*book.churn.visit_kinds, *book.points.visit_kinds))
    done = {
        "activity": Column("text", act.label.astype(np.int32), LABELS),
        "inspected_on": act.inspected_on,
        "at_risk_due": _told(Column("day", act.at_risk_due.copy())),
        "lost_due": _told(Column("day", act.lost_due.copy())),
    }
    columns = {name: done[name] if name in done else facts.column(name) for name in OF_VEHICLE}
    return columns | {name: others.column(name) for name in other_visits(book)}, facts.known


class _Regions(NamedTuple):
    """What no churn rule moves: columns of customers, what the rest is made of, and who is left to the fold."""

    columns: Columns
    selling: Bools
    """Whether a sale is under way."""
    spending: _Telling
    left: Ints


def _regions(packed: Packed, book: Book, *, redeems: bool = True, facts: bool = True) -> _Regions:
    size = len(packed.customers)
    told_of = Customers(packed)
    columns = {name: told_of.column(name) for name in _OF_EVENTS} if facts else {}
    asked = _Asked(packed, book)
    told = asked.told(STAGE, redeems=redeems)
    # a refused redemption moves no stage, and what is refused the ledger knows
    redeemed = packed.kind[told.places] == CODES["points_redeemed"]
    left = _open(told.symbols, redeemed)
    stage = end_of(STAGE, told.symbols, size).state
    loyalty = end_of(LOYALTY, asked.told(LOYALTY).symbols, size).state
    columns |= {"stage": _labels(STAGE, stage), "loyalty": _labels(LOYALTY, loyalty), **_satisfaction(asked, size)}
    selling: Bools = np.array([state.name in SALE_UNDER_WAY for state in STAGE.states], np.bool_)[stage]
    return _Regions(columns, selling, asked.told(SPENDING, whole=True), left)


def _open(told: Symbols, may: Bools) -> Ints:
    """The customers whose last stage depends on which of the symbols that may not count do."""
    whose = np.unique(told.customer[may])
    starts: list[int] = np.searchsorted(told.customer, whose, "left").tolist()
    stops: list[int] = np.searchsorted(told.customer, whose, "right").tolist()
    after, initial = STAGE.table.next, STAGE.table.states.index(STAGE.initial)
    found: list[int] = []
    customers: list[int] = whose.tolist()
    for customer, start, stop in zip(customers, starts, stops, strict=True):
        states = {initial}
        numbers_: list[int] = told.number[start:stop].tolist()
        for symbol, maybe in zip(numbers_, may[start:stop].tolist(), strict=True):
            moved = {after[state][symbol] if after[state][symbol] >= 0 else state for state in states}
            states = states | moved if maybe else moved
        if len(states) > 1:
            found.append(customer)
    return np.array(found, np.int32)


def _people(packed: Packed, on: date, found: Course, act: Activity, known: Bools, regions: _Regions) -> Columns:
    size = len(packed.customers)
    columns = dict(regions.columns)
    columns |= _spending(_with_losses(packed, regions.spending, losses(packed, found, on)), size)
    rolled = _rolled(packed.owners[known], act.label[known], size)
    columns["standing"] = _standing(columns, rolled, regions.selling)
    return columns


def _satisfaction(asked: _Asked, size: int) -> Columns:
    calm = np.array([state.public in ("unknown", "satisfied") for state in SATISFACTION.states], np.bool_)
    found = end_of(SATISFACTION, asked.told(SATISFACTION, whole=True).symbols, size, since="label", calm=calm)
    return {"satisfaction": _labels(SATISFACTION, found.state), "dissatisfied_since": Column("day", found.since)}


def _spending(moved: Symbols, size: int) -> Columns:
    found = end_of(SPENDING, moved, size, since="state")
    return {"spending": _labels(SPENDING, found.state), "spending_since": Column("day", found.since)}


def moods_of(packed: Packed, churn: Churn) -> Columns:
    """How satisfied customers are and how they spend, and since when, for a policy that asks it: to be lost moves neither
    then (LC7)."""
    asked, size = _Asked(packed, Book("rule", "1", churn)), len(packed.customers)
    return _satisfaction(asked, size) | _spending(asked.told(SPENDING, whole=True).symbols, size)


def _standing(columns: Columns, rolled: Ints, selling: Bools) -> Column:
    table, words = _standings()
    standing = table[columns["loyalty"].data, columns["satisfaction"].data, rolled, selling.view(np.int8)]
    return Column("text", standing.astype(np.int8), words)


def _labels(machine: Machine, state: Numbers) -> Column:
    words = _words(machine)
    table = np.array([words.index(one.public) for one in machine.states], np.int8)
    return Column("text", table[state], words)


def _words(machine: Machine) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(state.public) for state in machine.states))


def _rolled(owners: Ints, label: Statuses, size: int) -> Ints:
    """How the customers' vehicles stand together: a number of none, active, lost, gone (LC8)."""
    lost, gone = (label == LABELS.index("lost")) | (label == LABELS.index("quasi_lost")), label == LABELS.index("gone")
    cars, of_lost, of_gone = (np.bincount(some, minlength=size) for some in (owners, owners[lost], owners[gone]))
    rolled = np.ones(size, np.int32)
    rolled[of_lost + of_gone == cars] = 2
    rolled[of_gone == cars] = _ALL_GONE
    rolled[cars == 0] = 0
    return rolled


@cache
def _standings() -> tuple[Ints, tuple[str, ...]]:
    """The public word by loyalty, satisfaction, roll-up, and whether a sale is under way; and the words by number."""
    activities: tuple[tuple[str, ...], ...] = ((), ("active",), ("lost",), ("gone",))
    found = [
        [
            [
                [standing_of(one, other, cars, sale_under_way=selling) for selling in (False, True)]
                for cars in activities
            ]
            for other in _words(SATISFACTION)
        ]
        for one in _words(LOYALTY)
    ]
    words = tuple(STANDING_ZH)
    return np.array([[[[words.index(one) for one in c] for c in b] for b in a] for a in found], np.int32), words


def _with_losses(packed: Packed, told: _Telling, lost: Losses) -> Symbols:
    """The symbols with ``customer_lost`` where the roll-up brings it."""
    customer, _, day = told.symbols
    if not lost.day.size:
        return told.symbols
    low, high = int(packed.day.min()), max(int(packed.day.max()), int(lost.day.max()))
    width = high - low + 1
    kind: type[np.integer[Any]] = np.int32 if len(packed.customers) * width < 1 << 31 else np.int64
    # a deadline comes before all events of its day, what an event brings after it
    due, brought = np.flatnonzero(lost.place < 0), np.flatnonzero(lost.place >= 0)
    keys, wanted = (
        np.multiply(one, width, dtype=kind) + np.subtract(when, low, dtype=kind)
        for one, when in ((customer, day), (lost.customer[due], lost.day[due]))
    )
    at = np.empty(lost.day.size, np.intp)
    at[due] = np.searchsorted(keys, wanted, "left")
    at[brought] = np.searchsorted(told.places, lost.place[brought], "right")
    symbol = np.full(at.size, SPENDING.plans["customer_lost"].first, np.uint8)
    return told.symbols.between(at, Symbols(lost.customer, symbol, lost.day))


class _Telling(NamedTuple):
    """The events that a machine hears of, and their symbols."""

    places: Rows
    symbols: Symbols


class _Asked:
    """What the machines of the regions hear of, as replay tells them."""

    def __init__(self, packed: Packed, book: Book) -> None:
        self.packed = packed
        self.book = book
        self._again = self._told_before()

    def _told_before(self) -> Bools | None:
        """Deliveries that were told before, and records that tell none: nobody buys twice."""
        packed = self.packed
        kinds = kinds_mask((DELIVERY, RECORD))
        if not (packed.has & kinds).any():
            return None
        told = numbers(packed, packed.places(kinds))
        recorded = packed.kind[told] == CODES[RECORD]
        told = told[~recorded | packed.told("delivered_on", told).known]
        again = np.zeros(packed.events, np.bool_)
        again[told] = True
        again[Tellings(packed, ()).purchases()] = False
        return again

    def told(self, machine: Machine, *, whole: bool = False, redeems: bool = True) -> _Telling:
        """The symbols of the events that a machine hears of; unless ``whole``, but for those that are forgotten later."""
        packed, readings = self.packed, self.book.readings
        kinds = set(machine.plans) - {"customer_lost"}
        heard = kinds_mask(kinds if redeems else kinds - {"points_redeemed"})
        places = numbers(packed, packed.places(heard)) if whole else self._remembered(machine, heard)
        if self._again is not None:
            again = self._again[places]
            if machine is not LOYALTY:  # the stage hears the sale's own delivery, whatever was told of it before
                again &= packed.kind[places] == CODES[RECORD]
            places = places[~again]
        given: dict[str, Any] = {
            "service_repeats": readings.service_repeats,
            "may_recover": readings.survey_recovers,
            "may_recover_fully": readings.third_party_recovers,
        }
        if any("open_complaints" in question.given for question in machine.questions):
            given["open_complaints"] = self._open_complaints(places)

        def fact(name: str, here: Rows) -> Column:
            return packed.told(name, places[here])

        def charged(here: Rows) -> Numbers:
            return counted(packed, readings.charged, places[here]).view(np.uint8)

        telling = Telling(packed.kind[places], fact, given, {"charged": charged})
        return _Telling(places, Symbols(packed.customer[places], symbols(machine, telling), packed.day[places]))

    def _remembered(self, machine: Machine, heard: Bools) -> Rows:
        """The places of what a machine hears of, from the last event on after which it is in one state, whatever it was in."""
        packed = self.packed
        kinds = forgetful(machine) & heard & packed.has
        if self._again is not None:  # those are not heard
            kinds[[CODES[DELIVERY], CODES[RECORD]]] = False
        if not kinds.any():
            return numbers(packed, packed.places(heard))
        first, end = (np.flatnonzero(flags(packed.customer)) for flags in (begins, ends))
        last = last_flagged(flags_of(packed.kind, kinds), first, end)
        here = stretches(np.where(last < 0, first, last), end)
        return here[flags_of(packed.kind[here], heard)]

    def _open_complaints(self, places: Rows) -> Column:
        """How many complaints of the customer are open once each of these events has been told."""
        packed = self.packed
        here = numbers(
            packed, packed.places(kinds_mask(("complaint_raised", "complaint_reopened", "complaint_closed")))
        )
        which = packed.told("complaint", here)
        keys, _ = fold_bits([(packed.customer[here], len(packed.customers)), (which.data, len(which.words))])
        opens = (packed.kind[here] != CODES["complaint_closed"]).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        was = np.zeros(here.size, np.int64)
        same = keys[order][1:] == keys[order][:-1]
        was[order[1:][same]] = opens[order[:-1][same]]  # what was said of this complaint before
        total = np.cumsum(opens - was)
        whose = packed.customer[here]
        first = np.flatnonzero(begins(whose))
        before = np.append([0], total)[first]
        count = Column("count", np.zeros(places.size, np.int64))
        closed = np.flatnonzero(opens == 0)
        now = total - before[np.searchsorted(first, np.arange(here.size), "right") - 1] if here.size else total
        at = np.searchsorted(places, here[closed])
        inside = at < places.size
        at, closed = at[inside], closed[inside]
        mine = places[at] == here[closed]
        count.data[at[mine]] = now[closed[mine]]
        return count


# -- several books --------------------------------------------------------------------------------------------------------

_SELLING = frozenset(str(state.public) for state in STAGE.states if state.name in SALE_UNDER_WAY)
#: The label of states of which some have a sale under way and some have not.
_EITHER = _SELLING & frozenset(str(state.public) for state in STAGE.states if state.name not in SALE_UNDER_WAY)


#: What accounts are kept by, and what is taken off bills.
_OF_ACCOUNTS = frozenset({"benefits", "points", "tiers"})


def _parts(house: House, other: House, on: date) -> frozenset[str]:
    """The parts of which two houses say otherwise up to a day: ``churn``, ``points``, …"""
    return frozenset(change.path.partition(".")[0] for change in house.diff(other, on))


class Basis:
    """A packed history read under one house, and kept for reading it under others; ``packed`` is as of ``on``.

    ``found`` is what :func:`replay` and :func:`vehicles` find of states and due days, without the facts that events alone
    tell; ``totals`` are the accounts. What no churn rule moves is worked out once, for all books that differ by that rule
    (and by points and tiers) alone. Of several editions that of the day counts, and of points each in its time.
    """

    def __init__(
        self, packed: Packed, house: House, *, on: date, block: int = 1 << 18, processes: int | None = None
    ) -> None:
        self.packed = packed
        self.house = house
        self.on = on
        self._how = block, processes
        self._pieces: list[tuple[Packed, _Regions]] = []
        found: list[Found] = []
        if reads_vehicles_only(house.on(on).churn):
            read = side_by_side(self._read, packed.cuts(block))
            self._pieces, found = [piece for piece, _ in read], [some for _, some in read]
        self.totals = self._accounts(house)
        self.found = self._settled(_in_one(found) if found else self._folded(house), house, self.totals)

    def _read(self, cut: Cut) -> tuple[tuple[Packed, _Regions], Found]:
        """A piece with what no churn rule moves, and what is found under the house's own: while it is at hand."""
        packed, book = self.packed.block(cut), self.house.on(self.on)
        piece = packed, _regions(packed, book, facts=False)
        return piece, _again(piece, book, self.on)

    def _accounts(self, house: House) -> pl.DataFrame:
        return balances.accounts(self.packed, house, on=self.on, processes=self._how[1])

    def _replayed(self, house: House) -> Found:
        """What the blocks say under a book of the same regions, each redemption granted."""
        return _in_one(side_by_side(partial(_again, book=house.on(self.on), on=self.on), self._pieces))

    def _folded(self, house: House) -> Found:
        """What is found where no piece can be kept: nobody is left to settle."""
        return _found(self.packed, house, self.on, *self._how)._replace(left=np.empty(0, np.int32))

    def _settled(self, found: Found, house: House, totals: pl.DataFrame) -> Found:
        return _settled(self.packed, found, house, self.on, self._how[1], totals)

    def _moved(self, house: House) -> frozenset[str]:
        """The parts of which the house says otherwise by the edition of the day, or ever, where the ledger reads them."""
        ever = _parts(house, self.house, self.on)
        moved = _parts(house.on(self.on), self.house.on(self.on), self.on) | (ever & _OF_ACCOUNTS)
        editions = [book for one in (house, self.house) for _, book in one.editions(self.on)]
        if "readings" in ever and any(book.benefits.cards for book in editions):  # they say who holds a card
            moved |= {"benefits"}
        if ever - {"benefits"} and any(rule.facts for book in editions for rule in book.points.rules.values()):
            moved |= {"points"}  # terms that ask for the customer, whom churn moves
        return moved

    def under(self, house: House) -> tuple[Found, pl.DataFrame]:
        """What is found under another house, of the same zone, and the accounts."""
        moved, book = self._moved(house), house.on(self.on)
        totals = self._accounts(house) if moved & _OF_ACCOUNTS else self.totals
        if moved <= {"benefits"}:  # they move no state
            return self.found, totals
        if not (moved <= _OF_ACCOUNTS | {"churn"} and reads_vehicles_only(book.churn) and self._pieces):
            return _found(self.packed, house, self.on, *self._how, totals=totals), totals
        found = self._replayed(house)
        if moved <= {"benefits", "churn"}:
            found = self._staged(found)
        return self._settled(found, house, totals), totals

    def _staged(self, found: Found) -> Found:
        """The stages of those who were folded, where the same redemptions are refused: what it was, and who is still left."""
        left = found.left
        if not left.size:
            return found
        stage = self.found.people["stage"]
        people = {**found.people, "stage": stage}
        label = found.cars["activity"].data[found.known].astype(np.int8)
        rolled = _rolled(self.packed.owners[found.known], label, len(self.packed.customers))[left]
        told = {name: people[name].at(left) for name in ("loyalty", "satisfaction")}
        selling, either = (_labelled(stage.at(left), words) for words in (_SELLING, _EITHER))
        people["standing"] = people["standing"].replaced(left, _standing(told, rolled, selling))
        # all that a sale under way decides
        return found._replace(people=people, left=left[either & (rolled == _ALL_GONE)])


def _again(piece: tuple[Packed, _Regions], book: Book, on: date) -> Found:
    return _block(piece[0], book, on, piece[1], cars=False, states=True)


def _labelled(column: Column, words: frozenset[str]) -> Bools:
    told: Bools = np.array([word in words for word in column.words], np.bool_)[column.data]
    return told
