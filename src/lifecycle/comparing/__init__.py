"""What if: two books over the same real events, exactly, customer by customer.

In: two books, a history of many customers, a day. Out: a :class:`Comparison`: who enters and leaves each state and when,
points issued, lapsed and owed, the losses to come by week; :func:`sweep` and :func:`grid` ask for many values of a field.

This *relabels*: the definition changed, the events did not, and nobody behaves otherwise than he did. What people would do
under other rules is asked of :func:`lifecycle.simulate`. Rooms: :mod:`~lifecycle.comparing.sides` (a book's answers),
:mod:`~lifecycle.comparing.measures` (what is compared), :mod:`~lifecycle.comparing.result`, :mod:`~lifecycle.comparing.run`,
:mod:`~lifecycle.comparing.sweeping`.
"""

from __future__ import annotations

from importlib.util import find_spec

from lifecycle.errors import MissingExtraError

if not all(map(find_spec, ("numpy", "narwhals", "polars"))):  # pragma: no cover - said to those who lack the extra
    raise MissingExtraError("polars", "lifecycle.compare", "columns")

from lifecycle.comparing.measures import MEASURES, Amount, Day, Measure, State
from lifecycle.comparing.result import Comparison, Figure, OneCompared
from lifecycle.comparing.run import compare
from lifecycle.comparing.sides import Side
from lifecycle.comparing.sweeping import Point, Sweep, grid, sweep

__all__ = [
    "MEASURES", "Amount", "Comparison", "Day", "Figure", "Measure", "OneCompared", "Point", "Side", "State", "Sweep", "compare",
    "grid", "sweep",
]  # fmt: skip
