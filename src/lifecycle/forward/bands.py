"""A forecast month by month with its interval: how far chance alone would move each month's figure.

In: a :class:`~lifecycle.forward.forecast.Forecast`. Out: :class:`Month` values, of a book or of the difference that it
makes. The customers fall into twenty groups of equal size whose months are counted apart, under the same luck; as groups
share nothing (who is brought counts with whom he came by), their spread is the spread of the whole. Next room:
:mod:`lifecycle.show.plots`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.errors import LifecycleError
from lifecycle.forward.bulk import BLOCK, Ints, Tables, Whole
from lifecycle.forward.bulk import _Block as Block  # pyright: ignore[reportPrivateUsage] - the same, counted otherwise
from lifecycle.forward.forecast import Forecast
from lifecycle.forward.luck import Draws
from lifecycle.forward.measures import AT_END, MEASURES, counted, reckoned
from lifecycle.forward.plan import Plan

__all__ = ["GROUPS", "Month", "by_month"]

#: So many groups of customers.
GROUPS = 20
_T = 2.0930240544  # the middle 95 % of Student's t with GROUPS − 1 degrees of freedom


class Month(NamedTuple):
    """One month of a forecast: its figure (money in yuan) and the interval that chance leaves it, 95 %."""

    month: int
    """From 1."""
    value: float
    low: float
    high: float


def by_month(
    forecast: Forecast, measure: str, *, book: int = 0, against: int | None = None, running: bool = False
) -> tuple[Month, ...]:
    """A figure month by month: what came in it or, of what holds at the end, what held at its end.

    ``against``: the difference that ``book`` makes against that one, paired. ``running``: summed up from the first month
    on. ``value`` is exactly the forecast's own; it
    costs about one more run of each book. Raises :class:`LifecycleError` with fewer customers than two for each group.
    """
    if forecast.customers < 2 * GROUPS:
        raise LifecycleError(
            f"{forecast.customers} customers are too few for intervals by month", argument="customers",
            value=forecast.customers, remedy=f"simulate at least {2 * GROUPS}",
        )  # fmt: skip
    value = forecast.monthly(measure, book=book).astype(np.int64)
    groups = _groups(forecast.plans[book], forecast.seed, forecast.customers)[measure]
    if against is not None:
        value = value - forecast.monthly(measure, book=against)
        groups = groups - _groups(forecast.plans[against], forecast.seed, forecast.customers)[measure]
    if running:
        value, groups = np.cumsum(value), np.cumsum(groups, axis=0)
    scale = 100 if MEASURES[measure].unit == "fen" else 1
    half = _T * np.sqrt(GROUPS * groups.var(axis=1, ddof=1)) / scale
    told: list[tuple[float, float]] = list(zip((value / scale).tolist(), half.tolist(), strict=True))
    return tuple(Month(place + 1, one, one - reach, one + reach) for place, (one, reach) in enumerate(told))


@lru_cache(maxsize=8)  # the book in force is asked for again and again
def _groups(plan: Plan, seed: int, customers: int) -> dict[str, npt.NDArray[Any]]:
    """Every measure, months by groups; the sums over the groups are the forecast's months (money: but for fractions)."""
    tables = Tables(plan)
    found: dict[str, Any] = {one.name: np.zeros((plan.months, GROUPS), np.int64) for one in (*counted(plan), *AT_END)}
    for start in range(0, customers, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, customers), dtype=np.uint64)
        block = _Grouped(tables, seed, numbers, customers)
        block.run()
        for name, grouped in block.grouped.items():
            found[name] += grouped
    flow = found["points_at_start"] + found["issued"] - found["redeemed"] - found["lapsed"]
    found["points_left"] = np.cumsum(flow, axis=0)
    return {**found, **reckoned(found, plan, by_month=True)}


class _Grouped(Block):
    """A block that counts each month also by groups of customers."""

    def __init__(self, tables: Tables, seed: int, numbers: Draws, customers: int) -> None:
        self.group: Ints = (numbers * np.uint64(GROUPS) // np.uint64(customers)).astype(np.int64)
        """Of each family."""
        plan = tables.plan
        self.grouped: dict[str, Ints] = {
            one.name: np.zeros((plan.months, GROUPS), np.int64) for one in (*counted(plan), *AT_END)
        }
        super().__init__(tables, seed, numbers)
        self._note("points_at_start", 0, np.arange(self.families), self.at_start)

    def _note(self, measure: str, month: int, rows: Ints, amounts: Whole | int = 1) -> None:
        whose = self.group[self.family[rows]]
        if isinstance(amounts, int):
            self.grouped[measure][month] += amounts * np.bincount(whose, minlength=GROUPS)
        else:  # in doubles, exact below 2 ** 53
            self.grouped[measure][month] += np.bincount(whose, amounts, GROUPS).astype(np.int64)

    def _count(self, measure: str, rows: Ints, amounts: Whole | int = 1) -> None:
        super()._count(measure, rows, amounts)
        self._note(measure, self.month, rows, amounts)

    def _step(self) -> None:
        super()._step()
        for name, holds in (
            ("owners", self.owns[: self.count]),
            ("coming", self.coming[: self.count]),
            ("lost_at_end", self.lost[: self.count] <= self.month),
        ):
            self._note(name, self.month, np.flatnonzero(holds))
