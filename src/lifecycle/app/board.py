"""What the page works out: knobs of a book, the book they make, and the figures of many customers under it.

In: events, a day, a book. Out: :class:`Knob` values, a new book or the error that says why there is none, and
:class:`Figures`. Nothing is worked out twice: a policy that has not moved keeps its answer, so a slider costs what it
moves. Next room: ``page.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

import polars as pl
from attrs import evolve, frozen

from lifecycle import columns
from lifecycle.book import Book, House
from lifecycle.churn import InactiveFor
from lifecycle.comparing import Comparison
from lifecycle.comparing.run import Ground
from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.forward import Fitted, Forecast, simulate
from lifecycle.points import Bonus, Earn
from lifecycle.points.terms import Term

__all__ = ["WEEKS", "Board", "Figures", "Knob", "choosable", "knobs", "last_day", "turned"]

_T = TypeVar("_T")
#: So many weeks ahead are looked at for those who become lost.
WEEKS = 13
_KEPT = 12  # answers
_REFERRAL = "referral_converted"
_TIERS = ("ordinary", "silver", "gold")


# -- the sliders ----------------------------------------------------------------------------------------------------------


class Knob(NamedTuple):
    """One figure of a book that can be moved: its name, from where to where, and where the book has it."""

    name: str
    least: int
    most: int
    step: int
    value: int


def choosable(house: House) -> dict[str, Book]:
    """What can be chosen of a house, by name: a book, or each of its editions, as if it had been in force since ever."""
    editions = house.editions()
    if len(editions) == 1:
        return {house.name: editions[0][1]}
    return {f"{house.name} {house.label(since)}": book for since, book in editions}


def knobs(book: Book) -> tuple[Knob, ...]:
    """The figures of this book that can be moved: those that it has, as whole numbers."""
    found: list[Knob] = []

    def add(name: str, least: int, most: int, value: object, step: int = 1) -> None:
        if isinstance(value, int) and not isinstance(value, bool):
            found.append(Knob(name, min(least, value), max(most, value), step, value))

    for name, rule in (("at_risk", book.churn.at_risk), ("lost", book.churn.lost)):
        if isinstance(rule, InactiveFor):
            add(name, 1, 36, rule.months)
    earn = next((term for term in _terms(book.points.earn) if isinstance(term, Earn)), None)
    if earn is not None:
        for tier in _TIERS:
            add(f"rate_{tier}", 0, 10, earn.rates.get(tier))
        add("per", 10, 200, earn.per, 10)
    bonus = next((term for term in _terms(book.points.earn) if _is_referral(term)), None)
    if isinstance(bonus, Bonus):
        add("referral", 0, 2000, bonus.points, 50)
    lapse = book.points.lapse
    if lapse.by in ("idle", "aged"):
        add("lapse", 1, 36, lapse.months)
        if lapse.remind is not None:
            add("lead", 0, 11, lapse.months - lapse.remind)
    return tuple(found)


def turned(book: Book, values: Mapping[str, int]) -> Book:
    """The book with its knobs at these values; the book itself where they stand as it has them.

    Raises :class:`LifecycleError` where such a book cannot be: lost before at risk, a reminder before the beginning.
    """
    was = {knob.name: knob.value for knob in knobs(book)}
    now = {name: value for name, value in values.items() if name in was and value != was[name]}
    if not now:
        return book
    changes: dict[str, Any] = {f"churn.{name}.months": now[name] for name in ("at_risk", "lost") if name in now}
    rates = {tier: now[f"rate_{tier}"] for tier in _TIERS if f"rate_{tier}" in now}

    def moved(term: Term) -> Term:
        if isinstance(term, Earn):
            return evolve(term, rates={**term.rates, **rates}, per=now.get("per", term.per))
        return (
            evolve(term, points=now.get("referral", term.points))
            if isinstance(term, Bonus) and _is_referral(term)
            else term
        )

    if rates or "per" in now or "referral" in now:
        changes["points.earn"] = _mapped(book.points.earn, moved)
    if "lapse" in now or "lead" in now:
        lapse = book.points.lapse
        months = now.get("lapse", lapse.months)
        lead = now.get("lead", was.get("lead", 0))
        remind = None if lapse.remind is None else months - lead
        if remind is not None and remind < 1:
            raise LifecycleError(
                f"a reminder {lead} months before points lapse comes before the {months} months begin", argument="lead",
                value=lead, remedy=f"0 to {months - 1}",
            )  # fmt: skip
        changes["points.lapse"] = evolve(lapse, months=months, remind=remind)
    return book.amend("changed", **changes)


def _terms(term: Term) -> Iterable[Term]:
    yield term
    for below in term.below:
        yield from _terms(below)


def _mapped(term: Term, change: Callable[[Term], Term]) -> Term:
    if term.below:
        return term.with_below(tuple(_mapped(below, change) for below in term.below))
    return change(term)


def _is_referral(term: Term) -> bool:
    return isinstance(term, Bonus) and term.event == _REFERRAL


# -- the figures ----------------------------------------------------------------------------------------------------------


@frozen
class Figures:
    """The house as of a day under one book."""

    activities: Mapping[str, int]
    """Vehicles by activity."""
    weeks: tuple[tuple[date, int], ...]
    """(first day, vehicles that become lost in that week if nothing happens), from the day after."""
    balance: int
    issued: int
    lapsed: int

    @property
    def vehicles(self) -> int:
        """How many vehicles there are."""
        return sum(self.activities.values())

    @property
    def lost(self) -> int:
        """Vehicles lost or quasi-lost."""
        return self._of("lost", "quasi_lost")

    @property
    def at_risk(self) -> int:
        """Vehicles at risk."""
        return self._of("at_risk")

    @property
    def active(self) -> int:
        """Vehicles active or returned."""
        return self._of("active", "returned")

    @property
    def soon(self) -> int:
        """Vehicles that become lost in the weeks ahead."""
        return sum(number for _, number in self.weeks)

    def _of(self, *names: str) -> int:
        return sum(self.activities.get(name, 0) for name in names)


class Board:
    """The histories of a house as of a day, ready to be asked about one book after another."""

    def __init__(self, events: Any, *, on: date, base: Book) -> None:
        """``events``: a frame, a list of events or a packed history; ``base``: the book as it stands."""
        self.on = on
        self.base = base
        self.packed = columns.pack(events, zone=base.zone).as_of(on).in_order()
        self._kept: dict[Hashable, Any] = {}
        self._ground: Ground | None = None

    def figures(self, book: Book) -> Figures:
        """What holds under this book on the day."""
        cars = self._activity(book)
        counted = cars.group_by("activity").len()
        activities = {str(name): int(number) for name, number in counted.iter_rows()}
        start = self.on + timedelta(days=1)
        ahead = cars.filter(pl.col("activity").is_in(("active", "returned", "at_risk")))["lost_due"]
        day = (ahead - start).dt.total_days() // 7
        by_week = dict(day.value_counts().iter_rows())
        weeks = tuple((start + timedelta(weeks=week), int(by_week.get(week, 0))) for week in range(WEEKS))
        totals = self._points(book)
        return Figures(activities, weeks, totals["balance"], totals["issued"], totals["lapsed"])

    def moved(self, book: Book) -> pl.DataFrame:
        """Vehicles labelled otherwise than under the base: ``customer, vehicle, before, after, lost_due``."""
        before, after = self._activity(self.base), self._activity(book)
        both = after.select(
            "customer", "vehicle", before["activity"].alias("before"), pl.col("activity").alias("after"), "lost_due"
        )
        return both.filter(pl.col("before") != pl.col("after"))

    def compared(self, book: Book) -> Comparison:
        """Everything that the two books say otherwise of the same events, points and states and the weeks ahead."""
        if self._ground is None:
            self._ground = Ground(self.base, self.packed, on=self.on)
        return self._once(("compared", book), partial(self._ground.against, book))

    def forecast(
        self, book: Book, *, fitted: Fitted | None = None, customers: int = 10_000, years: int = 3, seed: int = 7
    ) -> Forecast:
        """A population forward in time, under the base and, where it is another, under this book: the handbook's, or one
        ``fitted`` to real histories (:func:`lifecycle.forward.fit`)."""
        rests: dict[str, Any] = {}
        if fitted is not None:
            rests = {"population": fitted.population, "assumptions": fitted.assumptions}
        books = [self.base] if book == self.base else [self.base, book]
        return self._once(
            ("forecast", book, fitted, customers, years, seed),
            lambda: simulate(books, customers=customers, years=years, seed=seed, **rests),
        )

    def _activity(self, book: Book) -> pl.DataFrame:
        def ask() -> pl.DataFrame:
            found: pl.DataFrame = columns.churn(self.packed, book, on=self.on)
            return found

        return self._once(("activity", book.churn), ask)

    def _points(self, book: Book) -> dict[str, int]:
        def ask() -> dict[str, int]:
            found: pl.DataFrame = columns.points(self.packed, book, on=self.on)
            return {name: int(found[name].sum()) for name in ("balance", "issued", "lapsed")}

        return self._once(("points", book.points), ask)

    def _once(self, key: Hashable, ask: Callable[[], _T]) -> _T:
        if key not in self._kept:
            while len(self._kept) >= _KEPT:  # the oldest goes; the base is asked for each time and comes back
                del self._kept[next(iter(self._kept))]
            self._kept[key] = ask()
        else:
            self._kept[key] = self._kept.pop(key)
        found: _T = self._kept[key]
        return found


def last_day(events: Iterable[Event]) -> date | None:
    """The last day on which anything happened; None where nothing did."""
    return max((event.day for event in events), default=None)
