"""What an account says as of a day: its lines, its lots, its totals.

In: the fold. Out: frozen values that explain themselves. Next: :mod:`lifecycle.tiers`.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from attrs import frozen

__all__ = ["Line", "Lot", "Statement"]


class Line(NamedTuple):
    """One movement of points: signed, so that the lines of a statement sum to its balance."""

    day: date
    points: int
    """What it changes the balance by."""
    account: str
    move: str
    """``issued``, ``redeemed``, ``lapsed``, ``reversed``, ``restored``, ``written_off`` or ``withheld``."""
    kind: str
    """The kind of the event, or ``lapse``."""
    event: str | None
    """The id of the event; None for a lapse, which is a matter of dates."""
    lots: tuple[tuple[int, int], ...]
    """(number of the lot, points) for each lot it moves, in order."""
    why: tuple[tuple[Any, ...], ...]
    """The reasons, each a template and what fills it; :attr:`because` is their text."""

    @property
    def because(self) -> tuple[str, ...]:
        """The reasons as sentences."""
        return tuple(str(template).format(*filling) for template, *filling in self.why)

    def __str__(self) -> str:
        told = f" · {self.kind} {self.event}" if self.event is not None else ""
        return f"{self.day} {self.points:+d} {self.move}, because {'; '.join(self.because)}{told}"


class Lot(NamedTuple):
    """What was earned at once, and where it is: issued = available + pending + redeemed + lapsed + reversed (LP1)."""

    number: int
    account: str
    day: date
    event: str
    issued: int
    available: int
    pending: int
    redeemed: int
    lapsed: int
    reversed: int


@frozen
class Statement:
    """An account as of a day (closed): issued = available + pending + redeemed + lapsed + reversed − deficit (LP1).

    ``balance`` = available + pending − deficit = the sum of the lines' points.
    """

    customer: str
    on: date
    balance: int
    issued: int
    available: int
    pending: int
    redeemed: int
    lapsed: int
    reversed: int
    written_off: int
    deficit: int
    tier: str
    lines: tuple[Line, ...]
    lots: tuple[Lot, ...]
