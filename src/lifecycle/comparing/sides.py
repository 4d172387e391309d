"""What one book says of everybody on a day, as columns: one side of a comparison.

In: a packed history as of the day, read under a book (:class:`~lifecycle.columns.replaying.Basis`). Out: :class:`Side`, whose
columns are made when a measure asks for them. Next room: :mod:`lifecycle.comparing.measures`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from lifecycle.book import Book
from lifecycle.columns.balances import points
from lifecycle.columns.lives import Columns, Found
from lifecycle.columns.packing import Packed
from lifecycle.columns.replaying import series
from lifecycle.errors import LifecycleError, near

__all__ = ["Side", "points_are_shared"]

#: What of a book no ledger asks for.
_NOT_OF_POINTS = frozenset({"churn", "readings"})


def points_are_shared(base: Book, changed: Book) -> bool:
    """Whether two books give everybody the same points: they differ in nothing that the ledger reads."""
    if any(rule.facts for rule in base.points.rules.values()):  # terms that ask for the customer, whom churn moves
        return not changed.diff(base)
    return {change.path.partition(".")[0] for change in changed.diff(base)} <= _NOT_OF_POINTS


class Side:
    """A book's answers on the day ``on`` (closed), one row a customer or a vehicle, in order of ids and VINs.

    A measure asks :meth:`of_customers`, :meth:`of_vehicles` or :meth:`of_points` for a column by its name.
    """

    def __init__(self, packed: Packed, book: Book, on: date, found: Found, *, same_points: Side | None = None) -> None:
        self.packed = packed
        """The events up to the day, those voided left out."""
        self.book = book
        self.on = on
        self.found = found
        self._same_points = same_points
        self._made: dict[tuple[str, str], pl.Series] = {}
        self._points: pl.DataFrame | None = None

    def of_customers(self, name: str) -> pl.Series:
        """A column of :func:`lifecycle.columns.replay`: ``standing``, ``stage``, ``lost_due``, …"""
        return self._column("customers", name, self.found.people)

    def of_vehicles(self, name: str) -> pl.Series:
        """A column of :func:`lifecycle.columns.vehicles`: ``activity``, ``at_risk_due``, ``lost_due``, …

        Vehicles that no event has made known yet have rows as well.
        """
        return self._column("vehicles", name, self.found.cars)

    def _column(self, of: str, name: str, columns: Columns) -> pl.Series:
        if name not in columns:
            raise LifecycleError(
                f"{of} have no column {name!r}", argument="name", value=name, remedy=near(name, columns)
            )
        found = self._made.get((of, name))
        if found is None:
            found = self._made[of, name] = series(name, columns[name])
        return found

    def of_points(self, name: str) -> pl.Series:
        """A column of :func:`lifecycle.columns.points`: ``issued``, ``lapsed``, ``balance``, ``tier``, …"""
        table = self.totals
        if name not in table.columns:
            raise LifecycleError(
                f"an account has no column {name!r}", argument="name", value=name, remedy=near(name, table.columns)
            )
        return table[name]

    @property
    def totals(self) -> pl.DataFrame:
        """The account of each customer."""
        found = self._points
        if found is None:
            shared = self._same_points
            found = points(self.packed, self.book, on=self.on) if shared is None else shared.totals
            self._points = found
        return found
