"""Lots and the queue of an account: what came at once, in the order in which it is spent.

In: points that come, points that go. Out: the lots that were touched. Points leave a lot when they are redeemed, when
they lapse, when they are taken back; what is left of it is ``left``. Next: :mod:`lifecycle.points.awards`.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from datetime import date
from typing import Any

from lifecycle.points.lapse import Lapse
from lifecycle.points.statement import Lot, Totals

__all__ = ["NEVER", "Moves", "OpenLot", "Queue"]

NEVER = date.max


class OpenLot:
    """A lot while it is folded: issued = left + redeemed + lapsed + reversed, always (LP1)."""

    __slots__ = (
        "account", "active", "came", "day", "event", "gone", "issued", "lapsed", "left", "number", "order", "redeemed", "reversed",
        "undone", "until",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        account: str,
        day: date,
        event: str,
        points: int,
        *,
        came: date,
        active: date,
        until: date | None,
    ) -> None:
        self.number = number
        self.account = account
        self.day = day
        self.event = event
        self.came = came
        """The day on which it came; ``day`` is the day from which its age counts."""
        self.undone = False
        """Whether all that it was earned by was given back: then it was never earned (LP6)."""
        self.issued = self.left = points
        self.redeemed = self.lapsed = self.reversed = 0
        self.active = active
        """The first day on which it can be spent."""
        self.until = until
        """The last day on which it can be spent, where the house granted it so."""
        self.gone = NEVER
        """The first day on which it is gone by its own age."""
        self.order: tuple[Any, ...] = ()

    def copy(self) -> OpenLot:
        again = object.__new__(OpenLot)
        again.number, again.account, again.day, again.event = self.number, self.account, self.day, self.event
        again.issued, again.left, again.redeemed = self.issued, self.left, self.redeemed
        again.lapsed, again.reversed, again.active = self.lapsed, self.reversed, self.active
        again.gone, again.until, again.order = self.gone, self.until, self.order
        again.came, again.undone = self.came, self.undone
        return again

    def seen(self, on: date, idle: date) -> Lot:
        """The lot as a statement shows it on a day, where its account is gone by absence on the day ``idle``."""
        left = self.left
        pending = left if self.active > on else 0
        gone = min(self.gone, idle) if left else NEVER
        return Lot(  # in the order of its fields: names would cost as much again
            self.number, self.account, self.day, self.event, self.issued, left - pending, pending, self.redeemed, self.lapsed,
            self.reversed, self.active, None if gone == NEVER else gone,
        )  # fmt: skip


#: Lots and how many points of each are meant.
Moves = list[tuple[OpenLot, int]]


def _order(lot: OpenLot) -> tuple[Any, ...]:
    return lot.order


_KEYS: dict[str, Callable[[OpenLot], tuple[Any, ...]]] = {
    "first_to_lapse": lambda lot: (lot.gone, lot.day, lot.number),
    "oldest": lambda lot: (lot.day, lot.number),
    "newest": lambda lot: (-lot.day.toordinal(), -lot.number),
}


class Queue:
    """One account (K19): its live lots in the order in which they are spent, its totals, its next lapse."""

    __slots__ = (
        "deficit", "due", "first_earned", "idle", "issued", "key", "lapse", "lapsed", "left", "live", "lots", "name",
        "pending_until", "redeemed", "reversed", "swept", "transferred", "written_off",
    )  # fmt: skip

    def __init__(self, name: str, lapse: Lapse, order: str) -> None:
        self.name = name
        self.lapse = lapse
        self.key = _KEYS[order]
        self.lots: list[OpenLot] = []
        self.left = self.issued = self.redeemed = self.lapsed = self.reversed = 0
        self.transferred = self.written_off = self.deficit = 0
        self.first_earned: date | None = None
        """The first day since the last lapse by absence on which points came."""
        self.swept = 0
        """The number of the last lot that a lapse by absence met."""
        self.idle = NEVER
        """The next lapse by absence."""
        self.live = NEVER
        """The next lapse of a lot by its own age; never later than it is."""
        self.due = NEVER
        """The earlier of both."""
        self.pending_until = date.min
        """The day on which nothing is pending any more."""

    def copy(self, lots: list[OpenLot]) -> Queue:
        """The same queue over copied lots."""
        again = object.__new__(Queue)
        for name in Queue.__slots__:
            setattr(again, name, getattr(self, name))
        again.lots = [lots[lot.number - 1] for lot in self.lots]
        return again

    def rearrange(self, order: str) -> None:
        """Go on in another order of spending, after the lots' own days were set anew."""
        self.key = _KEYS[order]
        for lot in self.lots:
            lot.order = self.key(lot)
        self.lots.sort(key=_order)
        self.live = min((lot.gone for lot in self.lots), default=NEVER)

    def totals(self, on: date) -> Totals:
        """The totals as a statement shows them on a day."""
        pending = self.pending(on)
        return Totals(
            account=self.name,
            balance=self.left - self.deficit,
            issued=self.issued,
            available=self.left - pending,
            pending=pending,
            redeemed=self.redeemed,
            lapsed=self.lapsed,
            reversed=self.reversed,
            transferred=self.transferred,
            written_off=self.written_off,
            deficit=self.deficit,
        )

    def pending(self, on: date) -> int:
        """What is there and cannot be spent on the day."""
        return sum(lot.left for lot in self.lots if lot.active > on) if on < self.pending_until else 0

    def put(self, lot: OpenLot, points: int) -> None:
        """Points come to a lot, which stands, or is put, at its place in the queue."""
        if not lot.left:
            lots = self.lots
            lot.order = order = self.key(lot)
            if not lots or lots[-1].order < order:
                lots.append(lot)
            else:
                insort(lots, lot, key=_order)
            if lot.gone < self.live:
                self.live = lot.gone
            if lot.active > self.pending_until:
                self.pending_until = lot.active
        lot.left += points
        self.left += points

    def pull(self, lot: OpenLot, points: int) -> None:
        """Points leave one lot."""
        lot.left -= points
        self.left -= points
        if not lot.left:
            self.lots.remove(lot)

    def take(self, points: int, on: date) -> Moves:
        """Points leave the front of the queue, as many as are there; what is pending on the day is passed over."""
        moves: Moves = []
        lots = self.lots
        taken = emptied = passed = 0
        for lot in lots:
            if taken == points:
                break
            if lot.active > on:
                passed += 1
                continue
            some = min(points - taken, lot.left)
            lot.left -= some
            taken += some
            moves.append((lot, some))
            emptied += not lot.left
        if emptied:
            if passed:
                self.lots = [lot for lot in lots if lot.left]
            else:
                del lots[:emptied]
        self.left -= taken
        return moves

    def sweep(self, on: date) -> list[OpenLot]:
        """The lots that are gone by their own age leave the queue; with what was left in them."""
        gone: list[OpenLot] = []
        kept: list[OpenLot] = []
        live = NEVER
        for lot in self.lots:
            if lot.gone <= on:
                gone.append(lot)
            else:
                kept.append(lot)
                live = min(live, lot.gone)
        self.lots = kept
        self.live = live
        return gone
