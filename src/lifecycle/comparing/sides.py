"""What one book, or the edition of the day, says of everybody on a day, as columns: one side of a comparison.

In: a packed history as of the day, read under a book (:class:`~lifecycle.columns.replaying.Basis`). Out: :class:`Side`, whose
columns are made when a measure asks for them. Next room: :mod:`lifecycle.comparing.measures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from lifecycle.book import House
from lifecycle.columns.discounts import entitled
from lifecycle.columns.fact_columns import Customers, Facts, Vehicles
from lifecycle.columns.lives import OF_CUSTOMER, OF_VEHICLE, Columns, Found
from lifecycle.columns.packing import Packed
from lifecycle.columns.replaying import series
from lifecycle.errors import LifecycleError, near

__all__ = ["Side"]


class Side:
    """A book's answers on the day ``on`` (closed), one row a customer or a vehicle, in order of ids and VINs.

    A measure asks :meth:`of_customers`, :meth:`of_vehicles` or :meth:`of_points` for a column by its name.
    """

    def __init__(self, packed: Packed, house: House, on: date, found: Found, totals: pl.DataFrame) -> None:
        self.packed = packed
        """The events up to the day, those voided left out."""
        self.house = house
        """The book, or the editions of one, that the comparison was given."""
        self.book = house.on(on)
        """The edition of the day."""
        self.on = on
        self.found = found
        self.totals = totals
        """The account of each customer, and what discounts take off his bills (``benefits``, in fen)."""
        self._facts: Mapping[str, Facts] = {
            "customers": Customers(packed),
            "vehicles": Vehicles(packed, self.book.churn.visit_kinds),
        }
        self._made: dict[tuple[str, str], pl.Series] = {}

    def of_customers(self, name: str) -> pl.Series:
        """A column of :func:`lifecycle.columns.replay`: ``standing``, ``stage``, ``lost_due``, …"""
        return self._column("customers", name, self.found.people)

    def of_vehicles(self, name: str) -> pl.Series:
        """A column of :func:`lifecycle.columns.vehicles`: ``activity``, ``at_risk_due``, ``lost_due``, …

        Vehicles that no event has made known yet have rows as well.
        """
        return self._column("vehicles", name, self.found.cars)

    def _column(self, of: str, name: str, columns: Columns) -> pl.Series:
        known = OF_CUSTOMER if of == "customers" else OF_VEHICLE
        if name not in known:
            raise LifecycleError(f"{of} have no column {name!r}", argument="name", value=name, remedy=near(name, known))
        found = self._made.get((of, name))
        if found is None:  # what events alone tell is worked out when it is asked for
            column = columns[name] if name in columns else self._facts[of].column(name)
            found = self._made[of, name] = series(name, column)
        return found

    def perks(self) -> pl.Series:
        """What each customer is entitled to on the day besides discounts: names joined by ``; ``."""
        return entitled(self.packed, self.house, self.on, self.totals["tier"])

    def of_points(self, name: str) -> pl.Series:
        """A column of :func:`lifecycle.columns.points`: ``issued``, ``lapsed``, ``balance``, ``tier``, …; or ``benefits``."""
        table = self.totals
        if name not in table.columns:
            raise LifecycleError(
                f"an account has no column {name!r}", argument="name", value=name, remedy=near(name, table.columns)
            )
        return table[name]
