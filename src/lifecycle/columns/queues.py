"""Queues of lots, many at once: the k-th movement of every member's account is applied in one step.

In: :class:`Moves`, what happens to one account of many members, member by member in canonical order, with awards and lapse
days worked out; :class:`Lots` in the order in which each member spends them. Out: :class:`Totals`, one row a member. A
member whose movements do nothing to single lots is held as a few numbers; the others as a column of a matrix, one row a
place in the queue. Members are taken in blocks of like length, so that a block stays near the processor. Next room:
:mod:`lifecycle.columns.ledgers`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lifecycle.columns.codes import Bools, Ints, Longs, Rows
from lifecycle.columns.days import NEVER

__all__ = [
    "CLAW", "CLAW_ALL", "CORRECT", "ISSUE", "NOTHING", "REDEEM", "RESTORE", "TRANSFER", "LotTotals", "Lots", "Moves", "Totals",
    "run",
]  # fmt: skip

#: What a movement is. Points come; are redeemed, transferred, taken by a correction; are taken back by a refund (all
#: that the event earned, or some of it); a redemption is rolled back.
NOTHING, ISSUE, REDEEM, TRANSFER, CORRECT, CLAW, CLAW_ALL, RESTORE = range(8)
_TAKES = 1 << REDEEM | 1 << TRANSFER | 1 << CORRECT
_CLAWS = 1 << CLAW | 1 << CLAW_ALL

_Codes = npt.NDArray[np.uint8]
_Matrix = npt.NDArray[np.int64]


class Moves(NamedTuple):
    """The movements of one account: those of member m stand from ``first[m]`` to ``first[m + 1]`` (open)."""

    first: Rows
    day: Ints
    code: _Codes
    points: Longs
    ref: Ints
    """The place of the lot in its member's queue (points come, or are taken back); of a redemption that is rolled back
    later, and of the roll-back, their common number; −1: none."""
    visit: Ints
    """The day of a visit that resets the clock, told by the event; 0: none."""


class Lots(NamedTuple):
    """The lots of one account, each member's in the order in which they are spent; offsets ``first`` as in :class:`Moves`."""

    first: Rows
    came: Ints
    active: Ints
    """The first day on which it can be spent."""
    gone: Ints
    """The first day on which it is gone by its own age; :data:`~lifecycle.columns.days.NEVER`."""
    points: Longs


class LotTotals(NamedTuple):
    """What became of each lot, in the order of :class:`Lots`."""

    left: Longs
    redeemed: Longs
    lapsed: Longs
    reversed: Longs


class Totals(NamedTuple):
    """One row a member: issued = left + redeemed + lapsed + reversed − deficit (LP1)."""

    left: Longs
    pending: Longs
    issued: Longs
    redeemed: Longs
    lapsed: Longs
    reversed: Longs
    transferred: Longs
    written_off: Longs
    deficit: Longs
    anchor: Ints
    """The day from which absence counts, on which nothing has lapsed yet; NEVER: nothing can lapse by absence."""
    odd: Bools
    """Whether a member met what has no form here: he is folded one by one."""
    lots: LotTotals | None


def run(
    moves: Moves,
    lots: Lots,
    *,
    latest: Ints | None,
    last_latest: int,
    on: int,
    owes: bool,
    want_lots: bool,
    block: int = 8192,
) -> Totals:
    """Apply all movements, and let time pass to the end of ``on``.

    ``latest``: for each movement the latest anchor whose points are gone on its day (None: nothing lapses by absence), and
    ``last_latest`` that of ``on``. ``owes``: what a refund cannot take back leaves a deficit. ``block``: how many members
    are stepped at once; the result does not depend on it.
    """
    count = np.diff(moves.first)
    members = count.size
    issued = _sums(np.where(moves.code == ISSUE, moves.points, 0), moves.first)
    single = _sums((moves.code >= CLAW).view(np.int8), moves.first) > 0
    lot_count = np.diff(lots.first)
    if want_lots:
        single[:] = True
    else:
        single |= _sums(((lots.gone < NEVER) | (lots.active > lots.came)).view(np.int8), lots.first) > 0
    totals = Totals(
        left=np.zeros(members, np.int64),
        pending=np.zeros(members, np.int64),
        issued=issued,
        redeemed=np.zeros(members, np.int64),
        lapsed=np.zeros(members, np.int64),
        reversed=np.zeros(members, np.int64),
        transferred=np.zeros(members, np.int64),
        written_off=np.zeros(members, np.int64),
        deficit=np.zeros(members, np.int64),
        anchor=np.full(members, NEVER, np.int32),
        odd=np.zeros(members, np.bool_),
        lots=LotTotals._make(np.zeros(lots.points.size, np.int64) for _ in range(4)) if want_lots else None,
    )
    order = np.lexsort((lot_count, count, single))[::-1]
    start = 0
    while start < members:
        some = order[start : start + block]
        if single[some[0]]:
            # a matrix as large as it is wide and high: fewer members at once where queues are long
            high = max(int(lot_count[some].max()), int(count[some[0]]), 1)
            some = some[: max(min(block, 400_000 // high), 1)]
            some = some[single[some]]
        else:
            some = some[: max(min(block, 4_000_000 // max(int(count[some[0]]), 1)), 1)]
        _Block(moves, lots, some, latest, owes=owes, single=bool(single[some[0]]), want_lots=want_lots).run(
            totals, last_latest, on
        )
        start += some.size
    return totals


def _sums(values: npt.NDArray[Any], first: Rows) -> Longs:
    upto = np.zeros(values.size + 1, np.int64)
    np.cumsum(values, out=upto[1:])
    found: Longs = upto[first[1:]] - upto[first[:-1]]
    return found


class _Block:
    """Some members while they are stepped; the first have the most movements. Matrices are (place in the queue, member)."""

    def __init__(
        self, moves: Moves, lots: Lots, some: Rows, latest: Ints | None, *, owes: bool, single: bool, want_lots: bool
    ) -> None:
        self.some = some
        self.owes = owes
        self.single = single
        self.want_lots = want_lots
        count = moves.first[some + 1] - moves.first[some]
        width = some.size
        depth = int(count[0])
        places = moves.first[some] + np.arange(depth)[:, None]
        there = np.arange(depth)[:, None] < count
        places = np.minimum(places, max(moves.day.size - 1, 0))
        self.day = moves.day[places]
        self.code = np.where(there, moves.code[places], np.uint8(NOTHING))
        self.points = moves.points[places]
        self.ref = moves.ref[places]
        self.latest = None if latest is None else latest[places]
        self.visit = None if latest is None else moves.visit[places]
        #: how many members have a k-th movement
        self.wide = np.searchsorted(-count, -np.arange(depth), "left")
        #: which kinds of movement there are among the k-th
        self.bits: list[int] = np.bitwise_or.reduce(np.left_shift(1, self.code, dtype=np.int16), axis=1).tolist()

        self.left = np.zeros(width, np.int64)
        self.redeemed = np.zeros(width, np.int64)
        self.lapsed = np.zeros(width, np.int64)
        self.reversed = np.zeros(width, np.int64)
        self.transferred = np.zeros(width, np.int64)
        self.written_off = np.zeros(width, np.int64)
        self.deficit = np.zeros(width, np.int64)
        self.odd = np.zeros(width, np.bool_)
        #: the first day since the last lapse by absence on which points came
        self.earned = np.full(width, NEVER, np.int32)
        self.seen = np.zeros(width, np.int32)
        if single:
            self._open_lots(lots)

    def _open_lots(self, lots: Lots) -> None:
        some = self.some
        count = lots.first[some + 1] - lots.first[some]
        high, width = max(int(count.max()), 1), some.size
        rows = np.arange(high)[:, None]
        self.there = rows < count
        self.places = np.minimum(lots.first[some] + rows, max(lots.points.size - 1, 0))
        none = not lots.points.size
        self.came = np.zeros((high, width), np.int32) if none else lots.came[self.places]
        active = np.zeros((high, width), np.int32) if none else lots.active[self.places]
        gone = np.full((high, width), NEVER, np.int32) if none else np.where(self.there, lots.gone[self.places], NEVER)
        self.gone = gone
        self.active = active
        self.aged = bool((gone < NEVER).any())
        self.delayed = bool(((active > self.came) & self.there).any())
        self.held: _Matrix = np.zeros((high, width), np.int64)
        self.lot_lapsed: _Matrix = np.zeros((high, width), np.int64)
        self.met: _Matrix = np.zeros((high, width), np.int64)
        if self.want_lots:
            self.lot_redeemed: _Matrix = np.zeros((high, width), np.int64)
            self.lot_reversed: _Matrix = np.zeros((high, width), np.int64)
        #: at which movement the lot came, and at which the account was swept last
        self.since = np.full((high, width), NEVER, np.int32)
        self.undone = np.zeros((high, width), np.bool_)
        self.swept = np.zeros(width, np.int32)
        #: the next lapse of a lot by its own age, never later than it is
        self.live = np.full(width, NEVER, np.int32)
        restored: Ints = np.unique(self.ref[self.code == RESTORE])
        self.restored = restored
        self.taken_of: _Matrix = np.zeros((restored.size, high), np.int64)
        #: what had been written off when it was redeemed
        self.lost_before = np.zeros(restored.size, np.int64)

    # -- time ---------------------------------------------------------------------------------------------------------

    def _lapse_by_absence(self, gone: Rows, k: int) -> None:
        self.lapsed[gone] += self.left[gone]
        self.left[gone] = 0
        self.earned[gone] = NEVER
        if self.single:
            self.lot_lapsed[:, gone] += self.held[:, gone]
            self.held[:, gone] = 0
            self.swept[gone] = k
            self.live[gone] = NEVER

    def _lapse_by_age(self, some: Rows, day: Ints) -> None:
        held, gone = self.held[:, some], self.gone[:, some]
        lost = np.where(gone <= day, held, 0)
        total = lost.sum(axis=0)
        held -= lost
        self.held[:, some] = held
        self.lot_lapsed[:, some] += lost
        self.lapsed[some] += total
        self.left[some] -= total
        self.live[some] = np.where(held > 0, gone, NEVER).min(axis=0)

    # -- steps --------------------------------------------------------------------------------------------------------

    def run(self, totals: Totals, last_latest: int, on: int) -> None:
        for k, wide in enumerate(self.wide.tolist()):
            self._step(k, wide)
        self._close(totals, last_latest, on)

    def _step(self, k: int, wide: int) -> None:
        day = self.day[k, :wide]
        if self.latest is not None and self.visit is not None:
            seen = self.seen[:wide]
            gone = np.flatnonzero(np.maximum(self.earned[:wide], seen) <= self.latest[k, :wide])
            if gone.size:
                self._lapse_by_absence(gone, k)
            np.maximum(seen, self.visit[k, :wide], out=seen)
        if self.single and self.aged:
            gone = np.flatnonzero(self.live[:wide] <= day)
            if gone.size:
                self._lapse_by_age(gone, day[gone])
        bits = self.bits[k]
        code = self.code[k, :wide]
        if bits & (1 << ISSUE):
            self._issue(k, wide, day, code == ISSUE)
        if bits & _TAKES:
            for what, take in ((REDEEM, self._redeem), (TRANSFER, self._transfer), (CORRECT, self._correct)):
                if bits & (1 << what):
                    some = np.flatnonzero(code == what)
                    take(k, some, day[some], self.points[k, some])
        if bits & _CLAWS:
            some = np.flatnonzero((code == CLAW) | (code == CLAW_ALL))
            self._claw(k, some)
        if bits & (1 << RESTORE):
            some = np.flatnonzero(code == RESTORE)
            self._restore(some, day[some], self.ref[k, some])

    def _issue(self, k: int, wide: int, day: Ints, comes: Bools) -> None:
        earned = self.earned[:wide]
        np.minimum(earned, np.where(comes, day, np.int32(NEVER)), out=earned)
        self.left[:wide] += np.where(comes, self.points[k, :wide], 0)
        if not (self.single or self.owes):
            return
        some = np.flatnonzero(comes)
        points = self.points[k, some]
        settles = np.minimum(points, self.deficit[some])
        if self.owes and settles.any():
            self.deficit[some] -= settles
            self.left[some] -= settles
        if not self.single:
            return
        row = self.ref[k, some]
        self.held[row, some] = points - settles
        self.since[row, some] = k
        if self.want_lots:
            self.lot_reversed[row, some] += settles
        if self.aged:
            gone = self.gone[row, some]
            # a deficit that settles all of it leaves nothing that could lapse
            live = np.minimum(self.live[some], np.where(points > settles, gone, NEVER))
            self.live[some] = live
            past = live <= day[some]
            if past.any():  # granted with a day that is past
                self._lapse_by_age(some[past], day[some[past]])

    def _spendable(self, some: Rows, day: Ints) -> Longs:
        if not (self.single and self.delayed):
            found: Longs = self.left[some]
            return found
        sums: Longs = np.where(self.active[:, some] <= day, self.held[:, some], 0).sum(axis=0)
        return sums

    def _take(self, some: Rows, points: Longs, day: Ints | None) -> _Matrix | None:
        """Points leave the fronts of queues, as many as are there; what is pending on ``day`` is passed over."""
        if not self.single:
            return None
        held = self.held[:, some]
        open_ = held if day is None or not self.delayed else np.where(self.active[:, some] <= day, held, 0)
        upto = np.cumsum(open_, axis=0)
        taken: _Matrix = points - (upto - open_)
        np.maximum(taken, 0, out=taken)
        np.minimum(taken, open_, out=taken)
        self.held[:, some] = held - taken
        return taken

    def _redeem(self, k: int, some: Rows, day: Ints, points: Longs) -> None:
        there = points <= self._spendable(some, day)
        if not there.all():
            some, day, points = some[there], day[there], points[there]
        taken = self._take(some, points, day)
        self.left[some] -= points
        self.redeemed[some] += points
        if taken is None:
            return
        if self.want_lots:
            self.lot_redeemed[:, some] += taken
        ref: Ints = self.ref[k, some]
        kept = np.flatnonzero(ref >= 0)
        if kept.size:
            rows: Rows = np.searchsorted(self.restored, ref[kept])
            self.taken_of[rows] = taken[:, kept].T
            self.lost_before[rows] = self.written_off[some[kept]]

    def _transfer(self, k: int, some: Rows, day: Ints, points: Longs) -> None:
        there = points <= self._spendable(some, day)
        some, day, points = some[there], day[there], points[there]
        taken = self._take(some, points, day)
        self.left[some] -= points
        self.reversed[some] += points
        self.transferred[some] += points
        if taken is not None and self.want_lots:
            self.lot_reversed[:, some] += taken

    def _correct(self, k: int, some: Rows, day: Ints, points: Longs) -> None:
        if not self.owes:
            there = points <= self.left[some]
            some, points = some[there], points[there]
        met = np.minimum(points, self.left[some])
        taken = self._take(some, points, None)
        self.left[some] -= met
        self.deficit[some] += points - met
        self.reversed[some] += points
        if taken is not None and self.want_lots:
            self.lot_reversed[:, some] += taken

    def _claw(self, k: int, some: Rows) -> None:
        """Take points back: from their own lot, then from the others in the order of spending (LP6)."""
        row, points = self.ref[k, some], self.points[k, some]
        whole = self.code[k, some] == CLAW_ALL
        if whole.any():
            self._undo(row[whole], some[whole])
        own = np.minimum(points, self.held[row, some])
        self.held[row, some] -= own
        # what has lapsed of it is gone already: it is not taken a second time from other lots
        gone = np.minimum(points - own, self.lot_lapsed[row, some] - self.met[row, some])
        self.met[row, some] += gone
        rest = points - own - gone
        others = np.minimum(rest, self.left[some] - own)
        if self.want_lots:
            self.lot_reversed[row, some] += own
        more = np.flatnonzero(others)
        if more.size:
            taken = self._take(some[more], others[more], None)
            if taken is not None and self.want_lots:
                self.lot_reversed[:, some[more]] += taken
        short = rest - others
        self.left[some] -= own + others
        self.reversed[some] += own + others
        if self.owes:
            self.deficit[some] += short
            self.reversed[some] += short
        else:
            self.written_off[some] += short

    def _undo(self, row: Ints, some: Rows) -> None:
        """What was given back wholly was never earned: absence counts from the first points that were."""
        self.undone[row, some] = True
        # those that are still to come stand at NEVER, and a lot that a sweep met came before it
        since = self.since[:, some]
        counts = (since >= self.swept[some]) & (since < NEVER) & ~self.undone[:, some]
        self.earned[some] = np.where(counts, self.came[:, some], NEVER).min(axis=0)

    def _restore(self, some: Rows, day: Ints, ref: Ints) -> None:
        """Points of a redemption come back to their lots, with their dates; what has lapsed meanwhile goes at once (LP8)."""
        rows: Rows = np.searchsorted(self.restored, ref)
        back = self.taken_of[rows].T
        total = back.sum(axis=0)
        # what is owed, or was written off since for want of them, is met first: that is left to the fold
        wanted = (self.written_off[some] > self.lost_before[rows]) | (self.deficit[some] > 0)
        self.odd[some] |= (total > 0) & wanted
        self.redeemed[some] -= total
        dead = (self.gone[:, some] <= day) | (self.since[:, some] < self.swept[some])
        lost = np.where(dead, back, 0)
        lost_total = lost.sum(axis=0)
        self.lapsed[some] += lost_total
        self.left[some] += total - lost_total
        self.lot_lapsed[:, some] += lost
        again = back - lost
        self.held[:, some] += again
        if self.want_lots:
            self.lot_redeemed[:, some] -= back
        if self.aged:
            gone = np.where(again > 0, self.gone[:, some], NEVER).min(axis=0)
            self.live[some] = np.minimum(self.live[some], gone)

    # -- the end ------------------------------------------------------------------------------------------------------

    def _close(self, totals: Totals, last_latest: int, on: int) -> None:
        some = self.some
        if self.latest is not None:
            gone = np.flatnonzero(np.maximum(self.earned, self.seen) <= last_latest)
            self._lapse_by_absence(gone, len(self.day))
            totals.anchor[some] = np.maximum(self.earned, self.seen)
        if self.single:
            if self.aged:
                gone = np.flatnonzero(self.live <= on)
                if gone.size:
                    self._lapse_by_age(gone, np.full(gone.size, on, np.int32))
            if self.delayed:
                totals.pending[some] = np.where(self.active > on, self.held, 0).sum(axis=0)
            if totals.lots is not None and totals.lots.left.size:
                there = self.there
                places = self.places[there]
                totals.lots.left[places] = self.held[there]
                totals.lots.redeemed[places] = self.lot_redeemed[there]
                totals.lots.lapsed[places] = self.lot_lapsed[there]
                totals.lots.reversed[places] = self.lot_reversed[there]
        for name in ("left", "redeemed", "lapsed", "reversed", "transferred", "written_off", "deficit", "odd"):
            getattr(totals, name)[some] = getattr(self, name)
