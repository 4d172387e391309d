"""What a simulation says: totals and paired differences with their intervals, and what they rest on (LW3).

In: counts of the same customers under several books, under the same luck. Out: :class:`Forecast`, whose repr is a table.
The first book is the one in force; the others are told as differences from it, customer by customer (LW1). Intervals are
of chance alone: they say how far another draw of such customers would differ, not how far the assumptions are wrong; that
is what :meth:`Forecast.sensitivity` is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from statistics import NormalDist
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import numpy.typing as npt
from attrs import evolve, frozen

from lifecycle.book import Book, House
from lifecycle.errors import LifecycleError, near
from lifecycle.forward.alone import Alone, replay_alone
from lifecycle.forward.assumptions import Assumed, Assumptions, Population
from lifecycle.forward.bulk import BLOCK, Counts
from lifecycle.forward.measures import MEASURES, reckoned
from lifecycle.forward.plan import Plan, editions_by_month
from lifecycle.forward.swings import METHODS, Parted, Screened, Swing, screened, signed, swung

__all__ = ["Difference", "Estimate", "Forecast"]

Whole = npt.NDArray[Any]
_FEW = 30  # customers that differ: below, a normal interval says little
_LEVEL = 0.95


class Estimate(NamedTuple):
    """A total over all customers with its interval by chance; money in yuan."""

    measure: str
    value: float
    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        """Whether the interval contains zero."""
        return self.low <= 0 <= self.high

    def __str__(self) -> str:
        return f"{self.measure}: {_told(self.value)} [{_told(self.low)}, {_told(self.high)}]"

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import estimate_html

        return estimate_html(self)


class Difference(NamedTuple):
    """What another book changes in a total, paired customer by customer, with its interval by chance; money in yuan."""

    measure: str
    book: str
    value: float
    low: float
    high: float
    changed: int
    """Customers (with those they bring) for whom it differs at all."""

    @property
    def holds_zero(self) -> bool:
        """Whether the interval contains zero: then chance alone could have made the difference."""
        return self.low <= 0 <= self.high

    def __str__(self) -> str:
        return f"{self.measure}, {self.book}: {signed(self.value)} [{signed(self.low)}, {signed(self.high)}]"

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import estimate_html

        return estimate_html(self)


def _told(value: float) -> str:
    return f"{value:,.0f}"


def interval(column: Whole, unit: str) -> tuple[float, float, float]:
    """(sum, low, high) of a column of one value a customer: the 95 % interval of the sum, by the normal distribution."""
    scale = 100 if unit == "fen" else 1
    count = column.size
    total = int(column.sum(dtype=np.int64)) / scale
    if count < 2:
        return total, float("-inf"), float("inf")
    half = NormalDist().inv_cdf((1 + _LEVEL) / 2) * float(column.std(ddof=1)) * count**0.5 / scale
    return total, total - half, total + half


@frozen(eq=False, repr=False, slots=False)
class Forecast:
    """A population under one book or several, month by month; see :func:`lifecycle.simulate`.

    ``totals(measure)``, ``differences``, ``per_customer(measure)``, ``monthly(measure)``, ``replay_one(customer)``,
    ``sensitivity(measure)``; ``warnings`` and ``left_out`` say what it does not show.
    """

    books: tuple[House, ...]
    customers: int
    """How many customers there are at the start or come in by themselves; whom they bring is counted with them."""
    years: int
    seed: int
    population: Population
    assumptions: Assumptions
    plans: tuple[Plan, ...]
    counts: tuple[Counts, ...]
    block: int = BLOCK
    workers: int = 1
    start: date | None = None
    """The first day of the first month, where a house has editions by day."""

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The books by name and edition, the same ones numbered."""
        names: list[str] = []
        for place, house in enumerate(self.books):
            editions = " → ".join(dict.fromkeys(book.edition for _, book in self.editions(place)))
            name = f"{house.name} {editions}"
            same = sum(1 for other in names if other == name or other.startswith(f"{name} ("))
            names.append(f"{name} ({same + 1})" if same else name)
        return tuple(names)

    def editions(self, book: int = 0) -> tuple[tuple[int, Book], ...]:
        """The books that are in force in the months of the forecast, each with the first of its months (from 0)."""
        return tuple(editions_by_month(self.books[book], self.start, 12 * self.years))

    def per_customer(self, measure: str, *, book: int = 0) -> Whole:
        """A figure for each customer with those he brought (a column of whole numbers, money in fen), from customer 0."""
        _known(measure)
        counts = self.counts[self._book(book)]
        found = counts.customers.get(measure)
        if found is None:
            wide = {name: one.astype(np.int64) for name, one in counts.customers.items() if name in _NEEDED}
            found = reckoned(wide, self.plans[book])[measure]
        column: Whole = found.astype(np.int64)
        return column

    def monthly(self, measure: str, *, book: int = 0) -> Whole:
        """A figure for each month (money in fen): what came in it, or, of what holds at the end, what held at its end."""
        _known(measure)
        counts = self.counts[self._book(book)]
        found = counts.months.get(measure)
        column: Whole = (
            found if found is not None else reckoned(counts.months, self.plans[book], by_month=True)[measure]
        )
        return column

    def totals(self, measure: str, *, book: int = 0) -> Estimate:
        """A figure over all customers and months, with its 95 % interval by chance."""
        return Estimate(measure, *interval(self.per_customer(measure, book=book), MEASURES[_known(measure)].unit))

    def difference(self, measure: str, *, book: int = 1) -> Difference:
        """What a book changes against the first one: paired, customer by customer, under the same luck (LW1)."""
        column = self.per_customer(measure, book=book) - self.per_customer(measure)
        value, low, high = interval(column, MEASURES[measure].unit)
        return Difference(measure, self.labels[book], value, low, high, int(np.count_nonzero(column)))

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every measure for every book but the first."""
        return tuple(self.difference(measure, book=book) for book in range(1, len(self.books)) for measure in MEASURES)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before he believes a difference."""
        said: list[str] = []
        for one in self.differences:
            if one.changed and one.holds_zero:
                said.append(f"{one}: the interval contains zero, chance alone could have made it")
            elif 0 < one.changed < _FEW:
                said.append(f"{one}: {one.changed} customers differ, too few for the interval to be trusted")
        return tuple(said)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the books say, and the simulation does not honour."""
        return tuple(
            dict.fromkeys(
                f"{label}: {one}"
                for label, plan in self._planned()
                for each in (plan, *plan.later)
                for one in each.left_out
            )
        )

    @property
    def assumed(self) -> Mapping[str, Assumed]:
        """Every figure that the forecast rests on, of the population and of what acts bring about."""
        return {**self.population.figures, **self.assumptions.figures}

    def replay_one(self, customer: int, *, book: int = 0) -> Alone:
        """One customer and those he brought, in plain Python: exactly what the bulk counted, and what happened when."""
        if type(customer) is not int or not 0 <= customer < self.customers:
            raise LifecycleError(
                f"there is no customer {customer!r}", argument="customer", value=customer,
                remedy=f"a whole number from 0 to {self.customers - 1}",
            )  # fmt: skip
        return replay_alone(self.plans[self._book(book)], seed=self.seed, customer=customer)

    @overload
    def sensitivity(
        self,
        measure: str = ...,
        *,
        method: Literal["one"] = ...,
        book: int | None = ...,
        only: Iterable[str] | None = ...,
    ) -> tuple[Swing, ...]: ...
    @overload
    def sensitivity(
        self,
        measure: str = ...,
        *,
        method: Literal["morris"],
        book: int | None = ...,
        only: Iterable[str] | None = ...,
        draws: int = ...,
        seed: int = ...,
    ) -> tuple[Screened, ...]: ...
    @overload
    def sensitivity(
        self,
        measure: str = ...,
        *,
        method: Literal["sobol"],
        book: int | None = ...,
        only: Iterable[str] | None = ...,
        draws: int = ...,
        seed: int = ...,
    ) -> tuple[Parted, ...]: ...
    def sensitivity(
        self,
        measure: str = "profit",
        *,
        method: str = "one",
        book: int | None = None,
        only: Iterable[str] | None = None,
        draws: int = 16,
        seed: int = 1,
    ) -> tuple[Any, ...]:
        """How far a figure moves with what is assumed, each assumption over its range; what matters most first.

        The figure is the difference that ``book`` makes (by default the last one, where there are several), else the
        total. ``only`` names some of the assumptions. ``method``: ``one`` moves one at a time, the others as they are
        (:class:`~lifecycle.forward.swings.Swing`, the bars of a tornado); ``loss`` then stands for K11 read as a cumulative
        share (low) or a yearly hazard (high). ``morris`` and ``sobol`` move all of them together
        (:class:`~lifecycle.forward.swings.Screened`, :class:`~lifecycle.forward.swings.Parted`); they need SALib, of the
        extra ``fit``, and run the simulation ``draws`` × (assumptions + 1 or 2) times, so simulate few customers.
        """
        _known(measure)
        if method not in METHODS:
            raise LifecycleError(f"no method {method!r}", argument="method", value=method, remedy=near(method, METHODS))
        book = len(self.books) - 1 if book is None else self._book(book)
        names = [*self.assumed, *(["loss"] if method == "one" else [])]
        wanted = names if only is None else list(only)
        for name in wanted:
            if name not in names:
                raise LifecycleError(f"no assumption {name!r}", argument="only", value=name, remedy=near(name, names))
        books = self.books[: 1 if book == 0 else book + 1 : max(book, 1)]

        def figure(moved: Mapping[str, float]) -> tuple[float, bool]:
            population, assumptions = self.population, self.assumptions
            for name, value in moved.items():
                if name == "loss":
                    population = evolve(population, loss="yearly" if value else "cumulative")
                elif name in population.figures:
                    population = population.at(name, value)
                else:
                    assumptions = assumptions.at(name, value)
            again = self._again(books, population, assumptions)
            told = again.difference(measure) if len(books) > 1 else again.totals(measure)
            return told.value, told.holds_zero and told.low < told.high

        ranges = {
            name: (0.0, float(self.population.loss == "yearly"), 1.0)
            if name == "loss"
            else (self.assumed[name].low, self.assumed[name].value, self.assumed[name].high)
            for name in wanted
        }
        return tuple(swung(ranges, figure) if method == "one" else screened(ranges, figure, method, draws, seed))

    def _again(self, books: Iterable[House], population: Population, assumptions: Assumptions) -> Forecast:
        from lifecycle.forward import simulate

        return simulate(
            books, customers=self.customers, years=self.years, seed=self.seed, population=population,
            assumptions=assumptions, block=self.block, workers=self.workers, start=self.start,
        )  # fmt: skip

    def _book(self, book: int) -> int:
        if type(book) is not int or not 0 <= book < len(self.books):
            raise LifecycleError(
                f"there is no book {book!r}", argument="book", value=book,
                remedy=", ".join(f"{number}: {label}" for number, label in enumerate(self.labels)),
            )  # fmt: skip
        return book

    # -- shown --------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        since = "" if self.start is None else f" from {self.start}"
        k11 = "a cumulative share" if self.population.loss == "cumulative" else "a yearly hazard"
        lines = [
            f"{self.customers:,} customers and those they bring, {self.years} years{since}, seed {self.seed}; K11 read as {k11}",
            "behaviour under assumptions, not a prediction; 95 % intervals are of chance alone, differences are paired",
            "",
        ]
        lines += _aligned(self._rows())
        lines += ["", "* label by the book's own rule: it may differ though nobody acts differently"]
        if any(one.changed and one.holds_zero for one in self.differences):
            lines.append("° the interval contains zero: chance alone could have made the difference")
        for label, plan in self._planned():
            ratios = ", then ".join(dict.fromkeys(f"{each.ratio:.2f}" for each in (plan, *plan.later)))
            lines.append(f"one customer brings {ratios} new ones in all: {label}")
        lines += ["", "left out:", *(f"  {one}" for one in self.left_out)] if self.left_out else []
        lines += ["", "assumed:"]
        lines += _aligned([["  " + name, str(one), one.meaning] for name, one in self.assumed.items()], right=False)
        return "\n".join(lines)

    def _planned(self) -> Iterable[tuple[str, Plan]]:
        return zip(self.labels, self.plans, strict=True)

    def _rows(self) -> list[list[str]]:
        first, *others = self.labels
        rows = [["", first, *(f"{label} − {first}" for label in others)]]
        for name, measure in MEASURES.items():
            total = self.totals(name)
            unit = "yuan" if measure.unit == "fen" else measure.unit
            row = [f"{name}{'*' if measure.label else ''} ({unit})"]
            row.append(f"{_told(total.value)} ± {_told(total.high - total.value)}")
            for book in range(1, len(self.books)):
                one = self.difference(name, book=book)
                mark = "°" if one.changed and one.holds_zero else ""
                span = f" [{signed(one.low)}, {signed(one.high)}]{mark}" if one.changed else ""
                row.append(signed(one.value) + span)
            rows.append(row)
        return rows

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import forecast_html

        return forecast_html(self)


_NEEDED = (
    "billed",
    "sales",
    "redeemed",
    "calls",
    "offers",
    "reminders",
    "points_left",
    "lapsed",
    "discounts",
    "redeemed_worth",
    "lapsed_worth",
)


def _known(measure: str) -> str:
    if measure not in MEASURES:
        raise LifecycleError(
            f"no measure {measure!r}", argument="measure", value=measure, remedy=near(measure, MEASURES)
        )
    return measure


def _aligned(rows: list[list[str]], *, right: bool = True) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines: list[str] = []
    for row in rows:
        cells = [
            cell.ljust(width) if place == 0 or not right else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
