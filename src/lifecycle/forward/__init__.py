"""Forward in time, by month: what customers would do under one book or another, if the assumptions held.

In: books, a population, assumptions, a seed. Out: a :class:`Forecast`: totals and paired differences with intervals, every
assumption listed. ``compare`` relabels real histories; this is behaviour under assumptions, and says so.

A customer-month is a step of a state machine: cars are given up and replaced (R8), customers stop coming by ownership
year (K11), visits (V4a) bring bills, points and moods, satisfied customers bring others (R3, K10), points lapse and are
reminded of (W5), the book's rule labels, calls and offers follow (W2, W17). Chance is a counter hash of seed, customer,
purpose and month, so two books see the same luck (LW1), neither blocks nor workers matter (LW2), and any customer can be
replayed alone in plain Python with exactly the bulk's result. :func:`fit` makes population and assumptions of a house's
own histories. Rooms: :mod:`~lifecycle.forward.assumptions`, :mod:`~lifecycle.forward.watched` and
:mod:`~lifecycle.forward.fitting` (real histories), :mod:`~lifecycle.forward.plan`, :mod:`~lifecycle.forward.alone` (the
model, written to be read), :mod:`~lifecycle.forward.bulk` (the same in columns), :mod:`~lifecycle.forward.forecast`,
:mod:`~lifecycle.forward.swings` (sensitivity).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from importlib.util import find_spec
from typing import Any

from lifecycle.errors import LifecycleError, MissingExtraError

if find_spec("numpy") is None:  # pragma: no cover - said to those who lack the extra
    raise MissingExtraError("numpy", "lifecycle.forward", "columns")

from lifecycle.book import Book, Editions, House
from lifecycle.dates import add_days
from lifecycle.forward.assumptions import Assumed, Assumptions, Population, Rhythm, Standing
from lifecycle.forward.bulk import BLOCK, run
from lifecycle.forward.fitting import Fitted, fit
from lifecycle.forward.forecast import Difference, Estimate, Forecast
from lifecycle.forward.plan import plan_of
from lifecycle.forward.swings import Parted, Screened, Swing

__all__ = [
    "Assumed", "Assumptions", "Difference", "Estimate", "Fitted", "Forecast", "Parted", "Population", "Rhythm",
    "Screened", "Standing", "Swing", "fit", "simulate",
]  # fmt: skip

_HANDBOOK = Population()
_ASSUMED = Assumptions()


def simulate(
    books: House | Iterable[House],
    *,
    customers: int,
    years: int,
    seed: int,
    population: Population | Fitted = _HANDBOOK,
    assumptions: Assumptions | None = None,
    block: int = BLOCK,
    workers: int = 1,
    start: date | None = None,
) -> Forecast:
    """Simulate so many customers for so many years, by month, under each book, with the same luck.

    The first book is the one in force until now; what others change is told as a difference from it. ``customers`` are
    the owners at the start and the prospects who come in by themselves; whom they bring is counted with them. ``block``
    (customers at once) and ``workers`` (threads) change no figure. ``population`` may be what :func:`fit` found of a real
    house; its assumptions are then taken, too, unless others are given.

    A house with :class:`~lifecycle.book.Editions` needs ``start``, the first day of the first month (of a fitted house it
    is known): in each month the edition of its first day is in force. Points are earned by it in its time, and what was
    earned stands; lapses and labels are due by it from its first month on, and what is past by then falls due in it (LP18).
    The book in force until now is then the edition of the day before ``start``. What a book says and the simulation cannot honour is
    refused (a rule that is not ``InactiveFor(months=…)``) or listed in ``left_out``.
    """
    wanted = (books,) if isinstance(books, (Book, Editions)) else tuple(books)
    given: tuple[Any, ...] = wanted
    if not wanted or not all(isinstance(book, (Book, Editions)) for book in given):
        raise LifecycleError(
            "books= holds what is no book, or nothing", argument="books", value=wanted, remedy="as in [WENHUA, strict]"
        )
    for name, value, least in (
        ("customers", customers, 1),
        ("years", years, 1),
        ("block", block, 1),
        ("workers", workers, 1),
    ):
        if type(value) is not int or value < least:
            raise LifecycleError(f"{name}={value!r} is not a whole number from {least}", argument=name, value=value)
    if type(seed) is not int or seed < 0:
        raise LifecycleError(f"seed={seed!r} is not a whole number from 0", argument="seed", value=seed)
    if years > 100:
        raise LifecycleError(f"years={years} is more than 100", argument="years", value=years)
    if isinstance(population, Fitted):
        start = population.next_month if start is None else start
        assumptions = population.assumptions if assumptions is None else assumptions
        population = population.population
    assumptions = _ASSUMED if assumptions is None else assumptions
    if start is not None and (type(start) is not date or start.day != 1 or start.year + years > date.max.year):
        raise LifecycleError(
            f"start={start!r} is not the first day of a month", argument="start", value=start,
            remedy="as in start=date(2025, 1, 1)",
        )  # fmt: skip
    first = wanted[0]
    now = first.on(date.max if start is None else add_days(start, -1))
    plans = tuple(
        plan_of(book, population, assumptions, 12 * years, customers=customers, in_force=now, start=start)
        for book in wanted
    )
    counts = tuple(run(plan, seed=seed, customers=customers, block=block, workers=workers) for plan in plans)

    return Forecast(wanted, customers, years, seed, population, assumptions, plans, counts, block, workers, start)
