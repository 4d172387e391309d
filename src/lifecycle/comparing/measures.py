"""What is compared: a word, a number or a day of every customer or vehicle under a book.

In: a :class:`~lifecycle.comparing.sides.Side`. Out: a :class:`Measure`'s column, and from two of them what differs. A policy
that comes later joins by a measure of its own, handed to ``compare(measures=(*MEASURES, mine))``; whatever has ``name``,
``of`` and ``column`` is one. Next room: :mod:`lifecycle.comparing.result`.
"""

from __future__ import annotations

from typing import Protocol

import polars as pl
from attrs import field, frozen
from attrs.validators import in_

from lifecycle.comparing.sides import Side

__all__ = ["BETWEEN", "MEASURES", "OF", "UNITS", "Amount", "Day", "Measure", "State"]

#: What a measure can be of.
OF = ("customer", "vehicle")
#: What an amount can count; fen are shown as yuan.
UNITS = ("points", "fen")
#: What stands between the words of one customer, where a measure has several.
BETWEEN = "; "


class Measure(Protocol):
    """One figure of every customer or vehicle.

    The type of the column says how it is told: words (an enumeration or texts) as a state that one enters and leaves,
    whole numbers as an amount that adds up, days by the week in which they come. Null is "has none". A measure of days may
    have ``ahead(side)`` besides: the days that count with the weeks, where those are not all; one of amounts a ``unit``
    (``points``, unless it says ``fen``), one of words ``several=True``, where a customer has several, joined by ``; ``:
    then each word is counted.
    """

    @property
    def name(self) -> str:
        """What it is called, here and in every table."""
        ...

    @property
    def of(self) -> str:
        """``customer`` or ``vehicle``: what there is a row of, in order of ids (and VINs)."""
        ...

    def column(self, side: Side) -> pl.Series:
        """The values under the side's book, one a row."""
        ...


@frozen
class State:
    """A state of a region or of a vehicle, as replay has it."""

    name: str
    of: str = field(default="customer", validator=in_(OF), kw_only=True)

    def column(self, side: Side) -> pl.Series:
        """The words."""
        return side.of_customers(self.name) if self.of == "customer" else side.of_vehicles(self.name)


@frozen
class Amount:
    """A total of the account: whole points, or money in whole fen."""

    name: str
    unit: str = field(default="points", validator=in_(UNITS), kw_only=True)

    @property
    def of(self) -> str:
        """Of the customer."""
        return "customer"

    def column(self, side: Side) -> pl.Series:
        """The points, or fen."""
        return side.of_points(self.name)


@frozen
class Day:
    """A due day, as replay has it: told by the week in which it comes, where it still lies ahead.

    A day that is also the day ``unless`` is not counted with the weeks: who is at risk and lost on one day is lost.
    """

    name: str
    of: str = field(default="vehicle", validator=in_(OF), kw_only=True)
    fact: str = field(default="", kw_only=True)
    """The fact that holds the day, where it is not called as the measure is."""
    unless: str = field(default="", kw_only=True)

    def _fact(self, side: Side, name: str) -> pl.Series:
        return side.of_customers(name) if self.of == "customer" else side.of_vehicles(name)

    def column(self, side: Side) -> pl.Series:
        """The days."""
        return self._fact(side, self.fact or self.name)

    def ahead(self, side: Side) -> pl.Series:
        """The days that count as work to come."""
        day = self.column(side)
        return day.set(day == self._fact(side, self.unless), None) if self.unless else day


@frozen
class _Tier:
    """The tier of a member, as the ledger has it."""

    name: str = "tier"
    of: str = "customer"

    def column(self, side: Side) -> pl.Series:
        return side.of_points(self.name)


@frozen
class _Perks:
    """What a member is entitled to besides discounts, by his tier and cards on the day."""

    name: str = "perks"
    of: str = "customer"
    several: bool = True

    def column(self, side: Side) -> pl.Series:
        return side.perks()


#: What is compared unless told otherwise.
MEASURES: tuple[Measure, ...] = (
    State("standing"), State("activity", of="vehicle"), State("stage"), State("loyalty"), State("satisfaction"),
    State("spending"), _Tier(), Amount("issued"), Amount("redeemed"), Amount("lapsed"), Amount("balance"),
    Amount("benefits", unit="fen"), _Perks(),
    Day("at_risk_due", unless="lost_due"), Day("lost_due"), Day("customer_lost_due", of="customer", fact="lost_due"),
)  # fmt: skip
