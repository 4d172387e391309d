"""What two books say of the same people: figures, moves, weeks, and each customer with both books' reasons.

In: two sides and measures. Out: :class:`Comparison`, whose text is a table. Everything is worked out when it is asked for.
Of every measure base + entered − left = changed, whether it counts people or adds up points. Next room:
:mod:`lifecycle.comparing.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from attrs import field, frozen

from lifecycle.benefits import BenefitsGiven
from lifecycle.book import Book, Diff, House
from lifecycle.columns.codes import side_by_side
from lifecycle.columns.folding import events_of
from lifecycle.columns.packing import Packed
from lifecycle.comparing.measures import BETWEEN, Measure
from lifecycle.comparing.sides import Side
from lifecycle.customer import UNNAMED, Customer
from lifecycle.errors import LifecycleError, near
from lifecycle.events import History
from lifecycle.life import Life, replay
from lifecycle.machines import ACTIVITY
from lifecycle.money import yuan
from lifecycle.values import FrozenDict

__all__ = ["Comparison", "Figure", "OneCompared", "aligned", "cells"]

_WEEK = 7
_SHOWN_WEEKS = 13


class Figure(NamedTuple):
    """One line of the table; ``base + entered − left == changed``.

    Of a state: how many are in it. Of an amount: the total (points, or fen), and what it rises and falls by, customer by
    customer. Of a day: how many come in the week that begins on ``value``.
    """

    measure: str
    of: str
    """``customer`` or ``vehicle``; of amounts the customers whose points are added up."""
    value: str | date | None
    """The state, the first day of the week, or None for an amount."""
    base: int
    changed: int
    entered: int
    left: int

    @property
    def difference(self) -> int:
        """changed − base."""
        return self.changed - self.base

    @property
    def differs(self) -> bool:
        """Whether it differs for anybody, though the sums may be equal."""
        return bool(self.entered or self.left)


#: Which fields of a book a measure is about.
_ABOUT = {
    "benefits": ("benefits.discounts", "benefits.stacking"),
    "perks": ("benefits.perks",),
    "tier": ("tiers",),
    "redeemed": ("points.redeem",),
    "lapsed": ("points.lapse",),
}


class _Pair(NamedTuple):
    """A measure's columns on both sides, and where they differ."""

    measure: Measure
    base: pl.Series
    changed: pl.Series
    differ: pl.Series


@frozen(eq=False, repr=False, slots=False)
class Comparison:
    """What the book ``changed`` says otherwise than ``base``; see :func:`lifecycle.compare`.

    ``changed`` (ids; empty and false where nothing differs), ``entered`` and ``left`` (customers by standing), ``vehicles``
    (the same of vehicles by activity), ``figures()``, ``table()``, ``moves()``, ``upcoming()``, ``frame()``,
    ``vehicle_frame()``, ``customer(id)``; printed, it is a table.
    """

    _base: Side
    _changed: Side
    _packed: Packed
    measures: tuple[Measure, ...]
    weeks: int
    """How many weeks ahead the work to come is listed, from the day after ``on``."""
    _give: Callable[[pl.DataFrame], Any]
    _again: Callable[[House], Comparison]

    # -- what was compared --------------------------------------------------------------------------------------------

    @property
    def books(self) -> tuple[Book, Book]:
        """The book in force, and the changed one; of several editions those of the day."""
        return self._base.book, self._changed.book

    @property
    def houses(self) -> tuple[House, House]:
        """Both as they were given: books, or editions of them by day."""
        return self._base.house, self._changed.house

    @property
    def on(self) -> date:
        """The day as of which both speak, inclusive."""
        return self._base.on

    @property
    def labels(self) -> tuple[str, str]:
        """What the two books are called here: the edition of the day (and from when on it is in force, where another was
        before it), with the name where the names differ."""
        return self.labelled()

    def labelled(self, *, zh: bool = False) -> tuple[str, str]:
        """The labels, in Chinese if wanted."""
        base, changed = self.houses
        one, other = base.label(self.on, zh=zh), changed.label(self.on, zh=zh)
        if base.name == changed.name and one != other:
            return one, other
        one, other = f"{base.name} {one}", f"{changed.name} {other}"
        return (one, other) if one != other else (f"{one} (1)", f"{other} (2)")

    @property
    def diff(self) -> Diff:
        """What the changed book says otherwise, path by path, by the day; of editions with the days on which they differ."""
        return self._changed.house.diff(self._base.house, self.on)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(self._packed.customers)

    @property
    def events(self) -> int:
        """How many events there are up to the day, those voided left out."""
        return self._base.packed.events

    @property
    def span(self) -> tuple[date | None, date | None]:
        """The first and the last day on which anything happened, up to the day; None where nothing did."""
        days = self._base.packed.day
        if not days.size:
            return None, None
        return date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What this does and does not say."""
        return (
            "relabelled, not behaviour: the same events, judged by another definition; nobody acts otherwise than he did",
            f"what people would do under the changed book: lifecycle.simulate([base, changed], …{self._begin})",
            *self.notes_of_days,
        )

    @property
    def _begin(self) -> str:
        """What a forecast needs besides: with editions by day, the day on which it begins."""
        return ", start=…" if any(len(house.editions()) > 1 for house in self.houses) else ""

    @cached_property
    def asked(self) -> frozenset[str]:
        """The measures that the changed fields are about: these are told even where nothing differs, as that is the answer."""
        paths = [change.path for change in self.diff]
        return frozenset(
            name
            for name, about in _ABOUT.items()
            if any(path == one or path.startswith(f"{one}.") for path in paths for one in about)
        )

    @property
    def notes_of_days(self) -> tuple[str, ...]:
        """What is said by which edition, where a book has several."""
        by_day = sorted({since for house in self.houses for since, _ in house.editions() if since != date.min})
        later = [since for since in by_day if since > self.on]
        found: list[str] = []
        if later != by_day:
            found.append(
                "the edition of the day tells states and due days; points and benefits were given by each edition in its time"
            )
        if later:
            found.append(f"editions that begin after {self.on} are not looked at: {', '.join(map(str, later))}")
        return tuple(found)

    def against(self, changed: House) -> Comparison:
        """Another book against the same base over the same events, which are not read a second time."""
        return self._again(changed)

    # -- who ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _pairs(self) -> Mapping[str, _Pair]:
        names = [measure.name for measure in self.measures]
        return dict(zip(names, side_by_side(self._paired, self.measures), strict=True))

    def _paired(self, measure: Measure) -> _Pair:
        one, other = measure.column(self._base), measure.column(self._changed)
        # of vehicles that nothing made known there is nothing to say
        if measure.of == "vehicle" and not self._known.all():
            one, other = (column.set(~self._known, None) for column in (one, other))
        if one.dtype != other.dtype:  # texts and enumerations of other words
            one, other = (column if column.dtype.is_integer() else column.cast(pl.String) for column in (one, other))
        return _Pair(measure, one, other, one.ne_missing(other))

    def _pair(self, name: str) -> _Pair:
        if name not in self._pairs:
            raise LifecycleError(f"no measure {name!r}", argument="measure", value=name, remedy=near(name, self._pairs))
        return self._pairs[name]

    @cached_property
    def _known(self) -> pl.Series:
        """Which vehicles are known under either book."""
        return pl.Series(np.asarray(self._base.found.known | self._changed.found.known))

    def _who(self, pairs: Sequence[_Pair]) -> pl.Series:
        """Which customers differ in any of these."""
        there = np.zeros(self.customers, np.bool_)
        for pair in pairs:
            differ = pair.differ.to_numpy()
            if pair.measure.of == "customer":
                there |= differ
            else:
                there[self._packed.owners[differ]] = True
        return pl.Series(there)

    @cached_property
    def _who_changed(self) -> pl.Series:
        return self._who(list(self._pairs.values()))

    @cached_property
    def changed(self) -> tuple[Any, ...]:
        """The ids of the customers for whom anything differs: a state, points, or a day ahead; empty where nothing does."""
        return tuple(self._packed.customers.filter(self._who_changed).to_list())

    @cached_property
    def relabelled(self) -> tuple[Any, ...]:
        """The ids of those who, or whose vehicles, are in another state on the day itself."""
        states = [pair for pair in self._pairs.values() if _is_state(pair.base) and not _several(pair.measure)]
        return tuple(self._packed.customers.filter(self._who(states)).to_list())

    @cached_property
    def entered(self) -> Mapping[str, int]:
        """How many customers have a standing under the changed book and another one under the base, by standing."""
        return self.counted("standing", "entered")

    @cached_property
    def left(self) -> Mapping[str, int]:
        """How many customers have a standing under the base and another one under the changed book, by standing."""
        return self.counted("standing", "left")

    @property
    def vehicles(self) -> Vehicles:
        """``entered`` and ``left`` of vehicles by activity: active, at_risk, lost, …"""
        return Vehicles(self)

    def counted(self, measure: str, what: str) -> Mapping[str, int]:
        """``base``, ``changed``, ``entered`` or ``left`` of a measure of states, by state; 0 where nobody is in it."""
        found = {str(one.value): int(getattr(one, what)) for one in self.figures(measure)}
        dtype = self._pair(measure).base.dtype
        words: list[str] = dtype.categories.to_list() if isinstance(dtype, pl.Enum) else []
        return Words(measure, {word: found.get(word, 0) for word in (*words, *found)})

    def is_day(self, measure: str) -> bool:
        """Whether a measure is a day, told by week."""
        return self._pair(measure).base.dtype == pl.Date

    def unit(self, measure: str) -> str:
        """What an amount counts, ``points`` or ``fen``; empty for states and days, which count those that they are of."""
        pair = self._pair(measure)
        return str(getattr(pair.measure, "unit", "points")) if pair.base.dtype.is_integer() else ""

    # -- figures ------------------------------------------------------------------------------------------------------

    @cached_property
    def _figures(self) -> Mapping[str, tuple[Figure, ...]]:
        found = side_by_side(lambda pair: tuple(self._of(pair)), list(self._pairs.values()))
        return dict(zip(self._pairs, found, strict=True))

    def figures(self, measure: str | None = None) -> tuple[Figure, ...]:
        """The lines of the table, of one measure or of all: states that anybody is in, amounts, weeks ahead."""
        if measure is not None:
            self._pair(measure)
            return self._figures[measure]
        return tuple(one for some in self._figures.values() for one in some)

    def _of(self, pair: _Pair) -> Iterator[Figure]:
        name, of = pair.measure.name, pair.measure.of
        base, changed = pair.base, pair.changed
        if base.dtype == pl.Date:
            yield from self._by_week(pair)
        elif base.dtype.is_integer():
            more = (changed.cast(pl.Int64).fill_null(0) - base.cast(pl.Int64).fill_null(0)).rename(name)
            entered, left = int(more.filter(more > 0).sum()), -int(more.filter(more < 0).sum())
            yield Figure(name, of, None, int(base.sum()), int(changed.sum()), entered, left)
        elif _several(pair.measure):
            yield from _by_each(pair)
        elif _is_state(base):
            yield from self._by_word(pair)
        else:
            raise LifecycleError(
                f"the measure {name} gives {base.dtype}: neither words, whole numbers nor days", argument="measures",
                value=str(base.dtype), remedy="give an enumeration or texts, Int64 (fen for money), or Date",
            )  # fmt: skip

    def _by_word(self, pair: _Pair) -> Iterator[Figure]:
        base, changed = pair.base, pair.changed
        counts = [_counts(column) for column in (base, changed)]
        differ = base.ne_missing(changed)
        left, entered = (_counts(column.filter(differ)) if differ.any() else {} for column in (base, changed))
        words = list(base.dtype.categories) if isinstance(base.dtype, pl.Enum) else sorted({*counts[0], *counts[1]})
        for word in words:
            one, other = (count.get(word, 0) for count in counts)
            if one or other:
                name, of = pair.measure.name, pair.measure.of
                yield Figure(name, of, str(word), one, other, entered.get(word, 0), left.get(word, 0))

    def _by_week(self, pair: _Pair) -> Iterator[Figure]:
        measure = pair.measure
        ahead: Callable[[Side], pl.Series] | None = getattr(measure, "ahead", None)
        columns = [
            column if ahead is None else ahead(side).set(column.is_null(), None)
            for side, column in ((self._base, pair.base), (self._changed, pair.changed))
        ]
        start = self.on + timedelta(days=1)
        first = (start - date(1970, 1, 1)).days
        numbers = [column.to_physical().fill_null(-(1 << 30)).to_numpy() - first for column in columns]
        one, other = (np.where((day >= 0) & (day < _WEEK * self.weeks), day // _WEEK, -1) for day in numbers)
        moved = one != other
        counts = [np.bincount(week[week >= 0], minlength=self.weeks).tolist() for week in (one, other)]
        moves = [np.bincount(week[moved & (week >= 0)], minlength=self.weeks).tolist() for week in (other, one)]
        for week in range(self.weeks):
            begins = start + timedelta(days=_WEEK * week)
            told = (counts[0][week], counts[1][week], moves[0][week], moves[1][week])
            yield Figure(measure.name, measure.of, begins, *told)

    def table(self) -> Any:
        """The figures as a frame: ``measure, of, value, base, changed, entered, left, difference, unit`` (weeks as ISO days;
        ``unit`` is ``points`` or ``fen`` of amounts, else empty)."""
        rows = [
            (
                one.measure,
                one.of,
                None if one.value is None else str(one.value),
                *one[3:],
                one.difference,
                self.unit(one.measure),
            )
            for one in self.figures()
        ]
        names = ("measure", "of", "value", "base", "changed", "entered", "left", "difference", "unit")
        types = [pl.String, pl.String, pl.String, *[pl.Int64] * 5, pl.String]
        return self._give(pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row"))

    def moves(self, measure: str = "standing") -> Any:
        """From which state to which, and how many: a frame ``base, changed, count`` of a measure of states."""
        pair = self._pair(measure)
        if not _is_state(pair.base):
            raise LifecycleError(
                f"{measure} is no state", argument="measure", value=measure,
                remedy=near(measure, [name for name, one in self._pairs.items() if _is_state(one.base)]),
            )  # fmt: skip
        return self._give(
            pl.DataFrame(self.move_rows(measure), schema={"base": pl.String, "changed": pl.String, "count": pl.Int64})
        )

    def move_rows(self, measure: str) -> list[dict[str, Any]]:
        """The rows of :meth:`moves`, in the order of the states."""
        pair = self._pair(measure)
        table = pl.DataFrame({"base": pair.base, "changed": pair.changed})
        if pair.measure.of == "vehicle":
            table = table.filter(self._known)
        return table.group_by("base", "changed").agg(pl.len().alias("count")).sort("base", "changed").to_dicts()

    def upcoming(self) -> Any:
        """The work of outreach by week: ``week`` (its first day), ``becomes`` (at_risk, lost, customer_lost), ``base``,
        ``changed``, ``entered``, ``left``: vehicles, and customers for ``customer_lost``."""
        rows = [
            (one.value, one.measure.removesuffix("_due"), *one[3:])
            for name, pair in self._pairs.items()
            if pair.base.dtype == pl.Date
            for one in self.figures(name)
        ]
        types: dict[str, Any] = {"week": pl.Date, "becomes": pl.String}
        types |= dict.fromkeys(("base", "changed", "entered", "left"), pl.Int64)
        return self._give(pl.DataFrame(rows, schema=types, orient="row"))

    # -- customer by customer -----------------------------------------------------------------------------------------

    def frame(self, *, everybody: bool = False) -> Any:
        """One row a customer who differs (or everybody), in order of ids: each measure of customers as ``NAME_base`` and
        ``NAME_changed``; the kind of frame that was given, polars for what was packed."""
        table = pl.DataFrame([self._packed.customers.alias("customer"), *self._columns("customer")])
        return self._give(table if everybody else table.filter(self._who_changed))

    def vehicle_frame(self, *, everybody: bool = False) -> Any:
        """One row a vehicle that differs (or every one), in order of customer and VIN: ``activity_base``,
        ``activity_changed``, and the days on which it enters the grades under either book."""
        packed = self._packed
        names = {"customer": packed.customers.gather(packed.owners), "vehicle": packed.vins}
        table = pl.DataFrame([*(column.alias(name) for name, column in names.items()), *self._columns("vehicle")])
        keep = self._known
        if not everybody:
            differ = pl.repeat(False, len(keep), eager=True)
            for pair in self._pairs.values():
                if pair.measure.of == "vehicle":
                    differ = differ | pair.differ
            keep = keep & differ
        return self._give(table.filter(keep))

    def _columns(self, of: str) -> Iterator[pl.Series]:
        for name, pair in self._pairs.items():
            if pair.measure.of == of:
                yield pair.base.alias(f"{name}_base")
                yield pair.changed.alias(f"{name}_changed")

    def customer(self, customer: Any) -> OneCompared:
        """One customer under both books, told step by step with the reasons on both sides."""
        number = self._packed.customers.index_of(customer) if customer is not None else None
        if number is None:
            known = [str(one) for one in self._packed.customers.head(100_000).to_list()]
            raise LifecycleError(
                f"nothing is told of customer {customer!r}", argument="customer", value=customer,
                remedy=near(str(customer), known),
            )  # fmt: skip
        packed = self._packed
        first, last = np.searchsorted(packed.customer, (number, number + 1))
        name = str(customer)
        events = [event.with_(customer=name) for event in events_of(packed, np.arange(int(first), int(last)))]
        lives = [replay(History(events, customer=name, zone=house.zone), house, on=self.on) for house in self.houses]
        return OneCompared(lives[0], lives[1], self.labels)

    # -- shown --------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return told(self)

    def __repr__(self) -> str:
        return f"<Comparison\n{self}>"

    def _repr_html_(self) -> str:
        from lifecycle.show.comparison import comparison_html

        return comparison_html(self)


def _several(measure: Measure) -> bool:
    return bool(getattr(measure, "several", False))


def _by_each(pair: _Pair) -> Iterator[Figure]:
    """Word by word, where a customer has several."""
    table = pl.DataFrame({"base": pair.base, "changed": pair.changed})
    counts: dict[str, list[int]] = {}
    for one, other, count in table.group_by("base", "changed").agg(pl.len()).sort("base", "changed").iter_rows():
        before, after = (frozenset[str]() if some is None else frozenset(some.split(BETWEEN)) for some in (one, other))
        for word in before | after:
            found = counts.setdefault(word, [0, 0, 0, 0])
            there = (word in before, word in after, word in after - before, word in before - after)
            for place, holds in enumerate(there):
                found[place] += count * holds
    for word, (base, changed, entered, left) in sorted(counts.items()):
        yield Figure(pair.measure.name, pair.measure.of, word, base, changed, entered, left)


def _is_state(column: pl.Series) -> bool:
    return isinstance(column.dtype, (pl.Enum, pl.Categorical)) or column.dtype == pl.String


def _counts(column: pl.Series) -> dict[str, int]:
    table = column.drop_nulls().value_counts(name="count")
    return dict(zip(table[column.name].cast(pl.String).to_list(), table["count"].to_list(), strict=True))


class Words(FrozenDict[str, int]):
    """Counts by state; a state that there is not names its neighbours."""

    __slots__ = ("measure",)

    def __init__(self, measure: str, counts: Mapping[str, int]) -> None:
        super().__init__(counts)
        self.measure = measure

    def __missing__(self, word: str) -> int:
        elsewhere = "; of vehicles: .vehicles.entered" if self.measure == "standing" else ""
        raise LifecycleError(
            f"there is no {self.measure} {word!r}",
            argument=self.measure,
            value=word,
            remedy=near(word, self) + elsewhere,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return Words, (self.measure, dict(self))


class Vehicles:
    """How many vehicles enter and leave each activity."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    @property
    def entered(self) -> Mapping[str, int]:
        """By activity, under the changed book and not under the base."""
        return self._comparison.counted("activity", "entered")

    @property
    def left(self) -> Mapping[str, int]:
        """By activity, under the base and not under the changed book."""
        return self._comparison.counted("activity", "left")

    def __repr__(self) -> str:
        return f"<vehicles: entered {dict(self.entered)}, left {dict(self.left)}>"


# -- one customer -----------------------------------------------------------------------------------------------------


@frozen(slots=False)
class OneCompared:
    """One customer under two books: both lives, and what differs with the reasons of both."""

    base: Life
    changed: Life
    labels: tuple[str, str] = field(default=("base", "changed"))

    @property
    def differs(self) -> bool:
        """Whether the books say otherwise of him."""
        return bool(self.differences)

    @cached_property
    def differences(self) -> Mapping[str, tuple[Any, Any]]:
        """The facts that differ, by path (``standing``, ``V1.activity``, ``points``): what the base says, what the other says."""
        found: dict[str, tuple[Any, Any]] = {}
        one, other = self.base.customer, self.changed.customer
        for name in _FACTS:
            pair = getattr(one, name), getattr(other, name)
            if pair[0] != pair[1]:
                found[name] = pair
        for vin in dict.fromkeys((*one.vehicles, *other.vehicles)):
            cars = one.vehicles.get(vin), other.vehicles.get(vin)
            for name in ("activity", "at_risk_due", "lost_due"):
                pair = getattr(cars[0], name, None), getattr(cars[1], name, None)
                if pair[0] != pair[1]:
                    found[f"{vin}.{name}"] = pair
        for name in ("issued", "redeemed", "lapsed", "balance"):
            pair = getattr(self.base.statement, name), getattr(self.changed.statement, name)
            if pair[0] != pair[1]:
                found[f"points.{name}"] = pair
        given = self.base.benefits, self.changed.benefits
        pairs = {"benefits": (given[0].saved, given[1].saved), "perks": (_names(given[0]), _names(given[1]))}
        found |= {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        return FrozenDict(found)

    def because(self) -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """For each vehicle the reasons of its status, under the base and under the changed book."""
        one, other = (_reasons(life) for life in (self.base, self.changed))
        return FrozenDict({vin: (one.get(vin, ()), other.get(vin, ())) for vin in dict.fromkeys((*one, *other))})

    def benefits(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """For each bill that anything is taken off, what and why, under the base and under the changed book."""
        return self.base.benefits.because, self.changed.benefits.because

    def __str__(self) -> str:
        head = f"{self.base.customer.id} on {self.base.on}: {self.labels[0]} → {self.labels[1]}"
        lines = [head, *(f"  {name}: {one} → {other}" for name, (one, other) in self.differences.items())]
        if not self.differences:
            lines.append("  nothing differs")
        for vin, reasons in self.because().items():
            car = "the vehicle" if vin == UNNAMED else vin
            lines += [f"  {car}, {label}: {'; '.join(why)}" for label, why in zip(self.labels, reasons, strict=True)]
        if "benefits" in self.differences:
            for label, bills in zip(self.labels, self.benefits(), strict=True):
                lines += [f"  benefits, {label}: {bill}" for bill in bills or ("none",)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from lifecycle.show.comparison import one_html

        return one_html(self)


_FACTS = ("stage", "standing", "loyalty", "satisfaction", "spending", "tier", "lost_due")


def _names(given: BenefitsGiven) -> str:
    return BETWEEN.join(perk.name for perk in given.perks)


def _reasons(life: Life) -> dict[str, tuple[str, ...]]:
    """The churn rule's reasons, and, where the machine remembers more than the rule says, the step that made it so."""
    customer: Customer = life.customer
    found: dict[str, tuple[str, ...]] = {}
    for vin, car in customer.vehicles.items():
        verdict = life.book.churn.decide(car, on=life.on, customer=customer)
        steps = [step for step in life.steps if step.region == ACTIVITY.name and step.key == vin and step.accepted]
        turned = [step for step in steps if ACTIVITY.label(step.before) != ACTIVITY.label(step.after)]
        remembered = (f"{turned[-1].day}: {'; '.join(turned[-1].because)}",) if turned else ()
        found[vin] = verdict.because if verdict.status == car.activity else (*remembered, *verdict.because)
    return found


# -- as text ----------------------------------------------------------------------------------------------------------


#: Measures that are told even where nothing differs.
_ALWAYS = frozenset({"standing", "activity", "issued", "balance"})


def told(comparison: Comparison) -> str:
    """The comparison as a table: what differs, and the standing and points even where they do not."""
    base, changed = comparison.labels
    who = len(comparison.changed)
    lines = [
        f"{base} → {changed} on {comparison.on}: {comparison.customers:,} customers",
        f"something differs for {who:,}, of whom {len(comparison.relabelled):,} are relabelled",
        *(f"  {change}" for change in comparison.diff),
        "",
    ]
    rows = [["", base, changed, "entered", "left", "difference"]]
    for measure in comparison.measures:
        figures = comparison.figures(measure.name)
        if comparison.is_day(measure.name):
            continue
        if not any(one.differs for one in figures) and measure.name not in {*_ALWAYS, *comparison.asked}:
            continue
        if any(one.value is not None for one in figures):
            rows.append([f"{_plain(measure.name)} ({measure.of}s)", *[""] * 5])
        unit = comparison.unit(measure.name)
        rows += [[_label(one, unit), *cells(one, unit)] for one in figures]
    lines += aligned(rows)
    weeks = _weeks(comparison)
    if weeks:
        lines += ["", "to come, by week of the due day, unless he comes before (the work of outreach)", *aligned(weeks)]
    lines += ["", *comparison.notes]
    return "\n".join(lines)


def _weeks(comparison: Comparison) -> list[list[str]]:
    """The weeks ahead, a row each, both books side by side; nothing where nothing comes."""
    days = [measure.name for measure in comparison.measures if comparison.is_day(measure.name)]
    some = [comparison.figures(name) for name in days]
    if not any(one.base or one.changed for figures in some for one in figures):
        return []
    rows = [["week from", *(_plain(name.removesuffix("_due")) for name in days)]]
    rows += [
        [str(week[0].value), *(f"{one.base:,} → {one.changed:,}" for one in week)]
        for week in list(zip(*some, strict=True))[:_SHOWN_WEEKS]
    ]
    return rows


def _label(one: Figure, unit: str) -> str:
    if one.value is not None:
        return "  " + _plain(str(one.value))
    return f"{_plain(one.measure)}, yuan" if unit == "fen" else f"points {_plain(one.measure)}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def cells(one: Figure, unit: str = "") -> list[str]:
    """The numbers of a figure as text, the difference with its sign; fen as yuan."""

    def told(number: int) -> str:
        return f"{yuan(number):,}" if unit == "fen" else f"{number:,}"

    sign = "+" if one.difference > 0 else ""
    signed = sign + told(one.difference).replace("-", "−") if one.difference else "0"
    return [*map(told, one[3:]), signed]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
