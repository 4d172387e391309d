"""Many customers at once: the reading of a plan at the speed of arrays.

In: a plan, a seed, customers' numbers. Out: :class:`Counts`, what each customer and those he brought come to, and the
house month by month. It is :mod:`lifecycle.forward.alone` in columns: blocks of customers small enough for the
processor's cache, all draws that everybody needs made for the whole block, all others for those concerned only. All that
is added are whole numbers, so neither blocks nor workers change a figure (LW2). Next room:
:mod:`lifecycle.forward.forecast`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from lifecycle.forward.luck import Draws, Luck
from lifecycle.forward.measures import AT_END, counted
from lifecycle.forward.plan import BUCKETS, Plan, When

__all__ = ["BLOCK", "Counts", "Tables", "run"]

T = TypeVar("T")
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Whole = npt.NDArray[Any]

#: Customers in a block: enough that few of them, found in it, are still many.
BLOCK = 65536
#: Of these, so many are looked at in one go.
SLICE = 8192
_WIDE = ("billed", "discounts", "redeemed_worth", "lapsed_worth")  # fen; the others count in 32 bits
_SHIFT = np.uint64(32 - BUCKETS.bit_length() + 1)
_12 = np.uint64(12)
_32 = np.uint64(32)


_NEVER = 32767  # no month
#: What a new row of each column of state starts with.
_STATE = {
    "family": 0, "generation": 0, "rhythm": 0, "beat": 0, "owns": 1, "coming": 1, "glad": 1,
    "first": 0, "now": 0, "bought": 0, "place": 0, "came": 0,
    "paid_on": 0, "lapses": _NEVER, "reminded": _NEVER, "booked": 0, "issued": 0, "gone": 0, "fresh": 1,
    "at_risk": _NEVER, "lost": _NEVER, "call": _NEVER,
}  # fmt: skip
#: And of those that are kept only where an edition may say anew from when on a lapse is counted.
_STATE_OF_EDITIONS = {"visited": _NEVER, "charged_on": _NEVER, "earned_on": -_NEVER}
#: And where members rise from tier to tier.
_STATE_OF_TIERS = {"level": 0, "basis": 0, "below": _NEVER}


def _new(name: str, room: int, kind: Any) -> Whole:
    return np.full(room, _STATE[name], kind)


def _grown(column: Whole, room: int, value: int) -> Whole:
    more = np.full(room, value, column.dtype)
    more[: column.size] = column
    return more


def _places(mask: Bools) -> Ints:
    found: Ints = mask.nonzero()[0]  # np.flatnonzero, less what it spends on masks of other shapes
    return found


class Tables:
    """The tables of a plan as arrays."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.part: Draws = np.tile(np.array(plan.part, np.uint64), len(plan.loss))  # by place, as losses are
        self.loss: Draws = np.array(plan.loss, np.uint64).ravel()
        self.visit: Draws = np.array(plan.visit, np.uint64).ravel()
        self.rhythm: Draws = np.array(plan.rhythm, np.uint64)
        self.standing: Draws = np.array(plan.standing, np.uint64)
        self.states: Ints = np.array(plan.states, np.int64).reshape(-1, 5).T
        self.years: Draws = np.array(plan.years, np.uint64)
        self.breadth: Draws = np.array(plan.breadth, np.uint64)
        self.stopped: list[Draws] = [np.array(one, np.uint64) for one in plan.stopped]
        self.gap: list[Draws] = [np.array(one, np.uint64) for one in plan.gap]
        self.charged: Draws = np.array(plan.charged, np.uint64)
        self.bill: Ints = np.array(plan.bill, np.int64)
        self.discount: Ints = np.array(plan.discount, np.int64)
        self.earned: Ints = np.array((plan.earned, plan.earned_off), np.int64)
        """By whether on an offer, tier, bill."""
        self.review: Ints = np.array(plan.review_points, np.int64)
        self.referral: Ints = np.array(plan.referral_points, np.int64)
        self.steps: Ints = np.array(plan.tiers.steps, np.int64)
        none = np.zeros(1, np.int64)
        self.anew: tuple[int, int] = int(_until(plan.at_risk, none, none)[0]), int(_until(plan.lost, none, none)[0])
        """Months from a charged visit to being at risk, and to being lost."""
        self.call: Draws = np.array((plan.call_back, plan.call_brings), np.uint64)
        self.offer: Draws = np.array((plan.offer_back, plan.offer_brings), np.uint64)
        self.remind: Draws = np.array((plan.remind_back, plan.remind_brings), np.uint64)
        self.again: Draws = np.array((plan.back, plan.again), np.uint64)
        self.later: list[Tables] = [Tables(later) for later in plan.later]


class Counts(NamedTuple):
    """What customers come to: by measure, a column over the customers, and a column over the months (LW2: exact)."""

    customers: dict[str, Whole]
    months: dict[str, Ints]
    """Of what is counted: in each month. Of what holds at the end (owners, coming …): at each month's end."""


def run(plan: Plan, *, seed: int, customers: int, block: int = BLOCK, workers: int = 1) -> Counts:
    """All customers from 0, block by block, each with those whom its customers bring."""
    tables = Tables(plan)
    columns: dict[str, Whole] = {
        one.name: np.zeros(customers, np.int64 if one.name in _WIDE else np.int32) for one in (*counted(plan), *AT_END)
    }
    months: dict[str, Ints] = {one.name: np.zeros(plan.months, np.int64) for one in (*counted(plan), *AT_END)}

    def part(start: int) -> tuple[int, dict[str, Whole], dict[str, Ints]]:
        done = _Block(tables, seed, np.arange(start, min(start + block, customers), dtype=np.uint64))
        done.run()
        return start, done.by_family(), done.months

    for start, told, by_month in _each(part, range(0, customers, block), workers):
        for name, column in columns.items():
            column[start : start + told[name].size] = told[name]
            months[name] += by_month[name]
    return Counts(columns, months)


def _each(part: Callable[[int], T], starts: Iterable[int], workers: int) -> Iterator[T]:
    if workers <= 1:
        yield from map(part, starts)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(part, starts)


class _Block:
    """Some customers and those they bring, in the order in which they come in; arrays have a row for each."""

    def __init__(self, tables: Tables, seed: int, numbers: Draws) -> None:
        plan = self.plan = tables.plan
        self.tables = tables
        self.families = numbers.size
        self.luck = luck = Luck(seed, numbers)
        self._brought: list[tuple[Draws, Ints, Ints]] = []
        """Those who come in next month: numbers, families, generations."""
        self.count: int = numbers.size
        room = numbers.size + numbers.size // 8 + 64
        luck.roots = _grown(luck.roots, room, 0)
        # -- state, a row a customer
        self.family: Ints = _new("family", room, np.int64)
        self.generation: Whole = _new("generation", room, np.int16)
        self.rhythm: Ints = _new("rhythm", room, np.int64)
        self.beat: Ints = _new("beat", room, np.int64)  # with the month added: place in the table of visits laid flat
        self.owns: Bools = _new("owns", room, np.bool_)
        self.coming: Bools = _new("coming", room, np.bool_)
        self.glad: Bools = _new("glad", room, np.bool_)
        self.first: Ints = _new("first", room, np.int64)
        self.now: Ints = _new("now", room, np.int64)
        self.bought: Ints = _new("bought", room, np.int64)  # the month of the car's delivery
        self.place: Ints = _new("place", room, np.int64)  # with the month added: place in the table of losses laid flat
        self.came: Ints = _new("came", room, np.int64)  # the month of the last visit, or of the delivery after it
        self.paid_on: Whole = _new("paid_on", room, np.int16)  # the month of the last charged visit
        self.booked: Whole = _new("booked", room, np.uint8)  # 1: comes next month; 2: on an offer
        self.issued: Whole = _new("issued", room, np.int32)
        self.gone: Whole = _new("gone", room, np.int32)
        self.fresh: Bools = _new("fresh", room, np.bool_)
        # -- deadlines: the month at whose end it comes true, if nothing more happens
        self.lapses: Whole = _new("lapses", room, np.int16)
        self.reminded: Whole = _new("reminded", room, np.int16)
        self.at_risk: Whole = _new("at_risk", room, np.int16)
        self.lost: Whole = _new("lost", room, np.int16)
        self.call: Whole = _new("call", room, np.int16)  # the next call, while at risk and not lost
        self.history: list[Whole] = []  # points issued in all, month by month
        self._kept = max((_depth(one) for one in (plan, *plan.later) if one.lapse in ("aged", "yearly")), default=0)
        """Of so many months."""
        self._turns = list(tables.later)
        if self._turns:
            self.visited: Whole = np.full(room, _NEVER, np.int16)
            self.charged_on: Whole = np.full(room, _NEVER, np.int16)
            self.earned_on: Whole = np.full(room, -_NEVER, np.int16)
        self._dated = bool(self._turns)
        self._done: dict[str, list[list[tuple[Ints, Ints]]]] = {
            one.tiers.by: [[] for _ in range(plan.months)] for one in (plan, *plan.later) if one.tiers.steps
        }
        """What counts for tiers: by what it is (fen, visits, points) and month, rows and amounts."""
        if self._done:
            self.level: Ints = np.zeros(room, np.int64)
            self.basis: Ints = np.zeros(room, np.int64)
            self.below: Whole = np.full(room, _NEVER, np.int16)  # the month since which the basis no longer gives it
        # -- counts
        self.told: dict[str, Whole] = {
            one.name: np.zeros(room, np.int64 if one.name in _WIDE else np.int32) for one in (*counted(plan), *AT_END)
        }
        self.months: dict[str, Ints] = {one.name: np.zeros(plan.months, np.int64) for one in (*counted(plan), *AT_END)}
        self._scratch()
        self.month = 0
        self._born(slice(0, self.count))
        self.family[: self.count] = np.arange(self.count)
        self._open()
        self._prospects = self._set_aside()
        """By month, the rows of those who come in by themselves."""
        self.at_start = self.issued[: self.count].copy()

    def _scratch(self) -> None:
        room = self.family.size
        self._limits: Draws = np.empty(SLICE, np.uint64)
        self._index: Ints = np.empty(SLICE, np.int64)
        self._masks = [np.empty(room, np.bool_) for _ in range(4)]

    def _born(self, rows: slice) -> None:
        """What customers are like, from the first."""
        roots = self.luck.roots[rows]
        self.glad[rows] = self.luck.of(roots, "glad") < self.plan.satisfied
        self.first[rows] = self.now[rows] = np.searchsorted(
            self.tables.breadth, self.luck.of(roots, "breadth"), "right"
        )
        if self.plan.rhythm:
            self.rhythm[rows] = np.searchsorted(self.tables.rhythm, self.luck.of(roots, "rhythm"), "right")
        self.place[rows] = (18 * self.rhythm[rows] + 8 * self.first[rows] + self.glad[rows]) * self.plan.ages

    def _admit(self, roots: Draws, families: Ints, generations: Whole) -> Ints:
        """Those who were brought, in new rows."""
        if self.count + roots.size > self.family.size:
            self._grow(self.count + roots.size)
        new = slice(self.count, self.count + roots.size)
        self.count = new.stop
        self.luck.roots[new], self.family[new], self.generation[new] = roots, families, generations
        self._born(new)
        return np.arange(new.start, new.stop)

    def _grow(self, least: int) -> None:
        room = least + least // 4
        columns = _STATE | (_STATE_OF_EDITIONS if self._dated else {}) | (_STATE_OF_TIERS if self._done else {})
        for name, value in columns.items():
            setattr(self, name, _grown(getattr(self, name), room, value))
        self.luck.roots = _grown(self.luck.roots, room, 0)
        for measure, column in self.told.items():
            self.told[measure] = _grown(column, room, 0)
        self._scratch()

    def _open(self) -> None:
        """The owners of the house as it stands before the first month."""
        plan, count = self.plan, self.count
        roots = self.luck.roots[:count]

        def draw(purpose: str) -> Draws:
            return self.luck.of(roots, purpose)

        age, idle, paid = self._stand(draw) if plan.states else self._settle(draw)
        self.bought[:count] = -1 - age
        self.place[:count] += 1 + age
        self.came[:count] = -1 - idle
        self.beat[:count] = self.rhythm[:count] * plan.ages + 1 + idle
        self.paid_on[:count] = -1 - paid
        points = (draw("points") * np.uint64(plan.opening + 1) >> _32).astype(np.int32)
        points[idle >= plan.opening_idle] = 0
        self.issued[:count] = self.told["points_at_start"][:count] = points
        self.fresh[:count] = points == 0
        if self._dated:
            self.visited[:count], self.charged_on[:count] = -1 - idle, -1 - paid
        if plan.lapse == "idle":
            # what is past already falls due in the first month (LP18), but for the reminder
            anchor = -1 - (paid if plan.lapse_paid else idle)
            self.lapses[:count] = np.maximum(anchor + plan.lapse_months, 0)
            self.reminded[:count] = np.where(plan.remind, anchor + plan.remind, _NEVER)
        # labels: those of the book in force until now are no news
        phase = idle % plan.every
        was = _until(plan.was_at_risk, idle, paid) <= 0
        due = _until(plan.at_risk, idle, paid) - 1
        self.at_risk[:count] = np.where(was & (due <= 0), -phase - plan.every, np.clip(due, 0, _NEVER))
        was = _until(plan.was_lost, idle, paid) <= 0
        due = _until(plan.lost, idle, paid) - 1
        self.lost[:count] = np.where(was & (due <= 0), -1, np.clip(due, 0, _NEVER))
        self._series(np.arange(count), 0)

    def _stand(self, draw: Callable[[str], Draws]) -> tuple[Ints, Ints, Ints]:
        """As cars of a real house stand: age, idle, paid."""
        here = slice(0, self.count)
        rows = np.searchsorted(self.tables.standing, draw("standing"), "right")
        age, idle, paid, rhythm, coming = self.tables.states[:, rows]
        self.rhythm[here] = rhythm
        self.place[here] = (18 * rhythm + 8 * self.first[here] + self.glad[here]) * self.plan.ages
        self.coming[here] = draw("stopped") < coming.astype(np.uint64)
        return age, idle, paid

    def _settle(self, draw: Callable[[str], Draws]) -> tuple[Ints, Ints, Ints]:
        """As drawn from the population's figures."""
        plan, tables, count = self.plan, self.tables, self.count
        gap: Ints = np.empty(count, np.int64)
        for rhythm, table in enumerate(tables.gap):
            those = self.rhythm[:count] == rhythm
            gap[those] = np.searchsorted(table, draw("gap")[those], "right")
        age: Ints = np.zeros(count, np.int64)
        idle = np.zeros_like(age)
        if not plan.cohort:
            age[:] = 12 * np.searchsorted(tables.years, draw("year"), "right")
            age += (draw("month") * _12 >> _32).astype(np.int64)
            fate, stops = draw("stopped"), np.empty(count, np.int64)
            sort = 3 * self.rhythm[:count] + self.first[:count]
            for place, table in enumerate(tables.stopped):
                those = sort == place
                stops[those] = np.searchsorted(table, fate[those], "right")
            coming = stops > age
            self.coming[:count] = coming
            idle = np.minimum(np.where(coming, gap, age - stops + gap), age)
        paid_for = draw("charged before") < tables.charged[(age >= plan.warranty).astype(np.intp)]
        return age, idle, np.where(paid_for, idle, np.minimum(idle + 5, age))

    def _set_aside(self) -> list[Ints]:
        """Those who are prospects wait, their rows as if nobody were there, until they come in."""
        plan, luck, there = self.plan, self.luck, slice(0, self.count)
        prospect: Bools = luck.of(luck.roots[there], "prospect") < plan.prospect
        rows = _places(prospect)
        arrives = (luck.of(luck.roots[rows], "arrives") * np.uint64(plan.months) >> _32).astype(np.int64)
        self._leave(rows)
        if plan.rhythm:  # his own, whatever stood in his row
            self.rhythm[rows] = np.searchsorted(self.tables.rhythm, luck.of(luck.roots[rows], "rhythm"), "right")
        self.lapses[rows] = self.reminded[rows] = _NEVER
        if self._dated:
            self.visited[rows] = self.charged_on[rows] = _NEVER
        self.issued[rows] = self.told["points_at_start"][rows] = 0
        self.fresh[rows] = True
        self.months["points_at_start"][0] = self.issued[there].sum()
        order = np.argsort(arrives, kind="stable")
        bounds: list[int] = np.searchsorted(arrives[order], np.arange(plan.months + 1)).tolist()
        return [rows[order[low:high]] for low, high in pairwise(bounds)]

    # -- deadlines --------------------------------------------------------------------------------------------------------

    def _clock(self, rows: Ints) -> None:
        """Points lapse so many months after this one, if nothing more happens (LP15)."""
        plan = self.plan
        if plan.lapse == "idle":
            self.lapses[rows] = self.month + plan.lapse_months
            if plan.remind:
                self.reminded[rows] = self.month + plan.remind

    def _due_anew(self, rows: Ints) -> None:
        """The months at which these become at risk and lost, who have just bought, or come with a charge."""
        at_risk, lost = self.tables.anew
        if at_risk <= 0 or lost <= 0:
            self._due(rows)
            return
        self.at_risk[rows] = self.call[rows] = min(self.month + at_risk, _NEVER)
        self.lost[rows] = min(self.month + lost, _NEVER)

    def _due(self, rows: Ints) -> None:
        """The same for those who have come without a charge; what holds on holds on."""
        plan, month = self.plan, self.month
        idle, paid = month - self.came[rows], month - self.paid_on[rows].astype(np.int64)
        for state, when in ((self.at_risk, plan.at_risk), (self.lost, plan.lost)):
            until, before = _until(when, idle, paid), state[rows]
            state[rows] = np.where(until > 0, np.minimum(month + until, _NEVER), np.minimum(before, month))
        self._series(rows, month)

    def _series(self, rows: Ints, month: int) -> None:
        """The next call, this month or later: every so many months from being at risk, until lost (W2)."""
        start = self.at_risk[rows]
        next_ = np.where(start < month, month + (start - month) % self.plan.every, start)
        self.call[rows] = np.where(self.lost[rows] < month, _NEVER, next_)

    # -- counting ---------------------------------------------------------------------------------------------------------

    def _count(self, measure: str, rows: Ints, amounts: Whole | int = 1) -> None:
        self.told[measure][rows] += amounts
        self.months[measure][self.month] += rows.size * amounts if isinstance(amounts, int) else amounts.sum()

    def _happens(self, rows: Ints, purpose: str, thresholds: Draws | int) -> Bools:
        happens: Bools = self.luck.of(self.luck.roots[rows], purpose, self.month) < thresholds
        return happens

    # -- the months -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """From the first month to the last."""
        plan, told, months = self.plan, self.told, self.months
        for month in range(plan.months):
            self.month = month
            if self._turns and self._turns[0].plan.since == month:
                self._turn(self._turns.pop(0))
            self._arrive(month)
            if self.plan.tiers.steps:
                self._advance(month)
            if self.count:
                self._step()
            for name, holds in (
                ("owners", self.owns[: self.count]),
                ("coming", self.coming[: self.count]),
                ("lost_at_end", self.lost[: self.count] <= month),
            ):
                months[name][month] = np.count_nonzero(holds)
        told["owners"][:] = self.owns
        told["coming"][:] = self.coming
        told["lost_at_end"][:] = self.lost < plan.months
        np.subtract(self.issued, self.gone, out=told["points_left"])
        flow = months["points_at_start"] + months["issued"] - months["redeemed"] - months["lapsed"]
        months["points_left"][:] = np.cumsum(flow)

    def _turn(self, tables: Tables) -> None:
        """Another edition is in force from this month on: labels and lapses are due by its rules, of what is recorded."""
        plan, month, count, ladder = tables.plan, self.month, self.count, self.plan.tiers
        self.plan, self.tables = plan, tables
        rows = _places(self.owns[:count])
        idle, paid = month - 1 - self.came[rows], month - 1 - self.paid_on[rows].astype(np.int64)
        for state, when in ((self.at_risk, plan.at_risk), (self.lost, plan.lost)):
            until, before = _until(when, idle, paid) - 1, state[rows]
            holds_on = (before < month) & (until <= 0)
            state[rows] = np.where(holds_on, before, np.minimum(month + np.maximum(until, 0), _NEVER))
        self._series(rows, month)
        if plan.lapse == "idle":
            since = self.charged_on if plan.lapse_paid else self.visited
            anchor = np.maximum(since[:count], self.earned_on[:count]).astype(np.int64)
            self.lapses[:count] = np.clip(anchor + plan.lapse_months, month, _NEVER)
            self.reminded[:count] = np.minimum(anchor + plan.remind, _NEVER) if plan.remind else _NEVER
        if plan.tiers != ladder and self._done:
            self._reckon()

    # -- tiers ------------------------------------------------------------------------------------------------------------

    def _reckon(self) -> None:
        """Other tiers, of all that was done."""
        self.level[:], self.basis[:], self.below[:] = 0, 0, _NEVER
        if self.plan.tiers.steps:
            for month in range(self.month):
                self._advance(month)
                for rows, amounts in self._done[self.plan.tiers.by][month]:
                    self._gain(rows, amounts, month)

    def _advance(self, month: int) -> None:
        """A month begins: what no longer counts goes; a grace that is over lets tiers fall."""
        ladder, here = self.plan.tiers, slice(0, self.count)
        if ladder.january == month % 12:
            self.basis[here] = 0
            self._weigh(_places(self.level[here] > 0), month)
        elif ladder.window and month >= ladder.window:
            for rows, amounts in self._done[ladder.by][month - ladder.window]:
                self.basis[rows] -= amounts
                self._weigh(rows, month)
        if ladder.downgrade == "never":
            return
        rows = _places(self.below[here] <= month - ladder.grace)
        if rows.size:
            reached = np.searchsorted(self.tables.steps, self.basis[rows], "right")
            self.level[rows] = level = self.level[rows] - 1 if ladder.downgrade == "one_step" else reached
            self.below[rows] = np.where(reached < level, month, _NEVER)

    def _weigh(self, rows: Ints, month: int) -> None:
        reached = np.searchsorted(self.tables.steps, self.basis[rows], "right")
        level, below = self.level[rows], self.below[rows]
        keeps = reached >= level
        self.level[rows] = np.where(keeps, reached, level)
        self.below[rows] = np.where(keeps, _NEVER, np.minimum(below, month))

    def _gain(self, rows: Ints, amounts: Ints, month: int) -> None:
        self.basis[rows] += amounts
        self._weigh(rows, month)

    def _does(self, what: str, rows: Ints, amounts: Ints) -> None:
        """Note what counts for tiers."""
        if what in self._done and rows.size:
            self._done[what][self.month].append((rows, amounts))
            if what == self.plan.tiers.by:
                self._gain(rows, amounts, self.month)

    def by_family(self) -> dict[str, Whole]:
        """What each of the first customers and those he brought come to."""
        brought = slice(self.families, self.count)
        found: dict[str, Whole] = {}
        for name, column in self.told.items():
            found[name] = column[: self.families]
            np.add.at(found[name], self.family[brought], column[brought])
        return found

    def _arrive(self, month: int) -> None:
        """Prospects who come in by themselves, and those who were brought last month, who have bought."""
        rows = self._prospects[month]
        rows = rows[self.luck.of(self.luck.roots[rows], "buys") < self.plan.buys]
        brought, self._brought = self._brought, []
        new = [rows, *(self._admit(self.luck.rooted(numbers), *line) for numbers, *line in brought)]
        for rows in new:
            self._count("sales", rows)
            self.owns[rows] = self.coming[rows] = self.glad[rows] = True
            self.place[rows] = (18 * self.rhythm[rows] + 8 * self.first[rows] + 1) * self.plan.ages - month
            self._comes(rows)
            self.bought[rows] = self.paid_on[rows] = month
            self._clock(rows)
            if self._dated:
                self.visited[rows] = self.charged_on[rows] = month
            self._due_anew(rows)

    def _comes(self, rows: Ints) -> None:
        self.came[rows] = self.month
        self.beat[rows] = self.rhythm[rows] * self.plan.ages - self.month if self.plan.rhythm else -self.month

    def _set_glad(self, rows: Ints, glad: Bools | bool) -> None:
        rows = rows[_places(self.glad[rows] != glad)]  # few: most stay as they were
        now = ~self.glad[rows]
        self.glad[rows] = now
        self.place[rows] += np.where(now, self.plan.ages, -self.plan.ages)

    def _step(self) -> None:
        luck, month, count = self.luck, self.month, self.count
        coming = self.coming[:count]
        self._strike(count)
        part, loss, visit, refers = (mask[:count] for mask in self._masks)
        rows = _places(part)
        if rows.size:
            self._part(rows)
        rows = _places(loss)
        if rows.size:
            coming[rows] = False
            self._count("stopped", rows)
        rows = _places(visit)
        if rows.size:
            self._visit(rows)
        self.booked[:count] = 0
        np.logical_and(refers, coming, out=refers)
        np.logical_and(refers, self.glad[:count], out=refers)
        rows = _places(refers)
        if rows.size:
            self._speak(rows, luck.of(luck.roots[rows], "refers", month))
        self._points(count)
        self._labels(count)

    def _strike(self, count: int) -> None:
        """Who parts with his car, stops coming, comes, and might speak of the house, this month.

        Slice by slice, since draws, thresholds and state of a slice stay close to the processor. Who parts with his car
        has a new one or none, with which nobody stops coming or comes in the same month.
        """
        plan, tables, luck, month = self.plan, self.tables, self.luck, self.month
        most = max(plan.lead, plan.buyer)
        for start in range(0, count, SLICE):
            stop = min(start + SLICE, count)
            size = stop - start
            part, loss, visit, refers = (mask[start:stop] for mask in self._masks)
            index, limits, coming = self._index[:size], self._limits[:size], self.coming[start:stop]
            np.add(self.place[start:stop], month, out=index)
            tables.part.take(index, out=limits, mode="clip")
            np.less(luck.between(start, stop, "part", month), limits, out=part)
            np.logical_and(part, self.owns[start:stop], out=part)
            tables.loss.take(index, out=limits, mode="clip")
            np.less(luck.between(start, stop, "loss", month), limits, out=loss)
            np.logical_and(loss, coming, out=loss)
            np.greater(loss, part, out=loss)
            np.add(self.beat[start:stop], month, out=index)
            tables.visit.take(index, out=limits, mode="clip")
            np.less(luck.between(start, stop, "visit", month), limits, out=visit)
            np.logical_or(visit, self.booked[start:stop], out=visit)
            np.logical_and(visit, coming, out=visit)
            np.greater(visit, loss, out=visit)
            np.greater(visit, part, out=visit)
            np.less(luck.between(start, stop, "refers", month), most, out=refers)

    def _part(self, rows: Ints) -> None:
        self._count("parted", rows)
        again = self._happens(rows, "again", self.tables.again[self.coming[rows].view(np.uint8)])
        leaves, rows = rows[~again], rows[again]
        self._leave(leaves)
        self.place[rows] -= self.month - self.bought[rows]
        self.bought[rows] = self.paid_on[rows] = self.month
        self._comes(rows)
        self._due_anew(rows)
        self.coming[rows] = True
        self._set_glad(rows, True)
        self._count("sales", rows)

    def _leave(self, rows: Ints) -> None:
        self.owns[rows] = self.coming[rows] = False
        self.at_risk[rows] = self.lost[rows] = self.call[rows] = _NEVER

    def _visit(self, rows: Ints) -> None:
        plan, tables, luck, month = self.plan, self.tables, self.luck, self.month
        roots = luck.roots[rows]
        self._count("visits", rows)
        self._comes(rows)
        limits = tables.charged[(month - self.bought[rows] >= plan.warranty).view(np.uint8)]
        charged: Bools = luck.of(roots, "charged", month) < limits
        paying = rows[charged]
        free = rows[_places(~charged)]
        self.paid_on[paying] = month
        self._clock(paying if plan.lapse_paid else rows)
        if self._dated:
            self.visited[rows], self.charged_on[paying] = month, month
        self._due_anew(paying)
        self._due(free)
        self._count("charged", paying)
        payers = roots[charged]
        bucket = (luck.of(payers, "bill", month) >> _SHIFT).astype(np.int64)
        bills = tables.bill[bucket]
        self._count("billed", paying, bills)
        offer = self.booked[paying] == 2
        offered = _places(offer)
        if offered.size:
            discounts = tables.discount[bucket[offered]]
            self._count("discounts", paying[offered], discounts)
            bills[offered] -= discounts
        if plan.tiers.including:
            self._comes_for(rows, paying, bills)
        tier = self.level[paying] if plan.tiers.steps else 0
        earned = tables.earned[0, tier, bucket]
        if offered.size:
            some = tier if isinstance(tier, int) else tier[offered]
            earned[offered] = tables.earned[1, some, bucket[offered]]
        able = _places(luck.of(payers, "redeems", month) < plan.redeems)
        if able.size:
            self._redeem(paying[able], bills[able])
        self._earn(paying, earned)
        if self._done and not plan.tiers.including:
            self._comes_for(rows, paying, bills)
        if any(plan.review_points):
            reviewing = rows[_places(luck.of(roots, "review", month) < plan.review)]
            self._earn(reviewing, self._of_tier(tables.review, reviewing))
        self._set_glad(rows, luck.of(roots, "satisfied", month) < plan.satisfied)
        adds = _places(luck.of(roots, "adds", month) < plan.adds)
        if adds.size:
            more = rows[adds]
            more = more[self.now[more] < 2]
            self.now[more] += 1
            self.place[more] += 2 * plan.ages

    def _comes_for(self, rows: Ints, paying: Ints, bills: Ints) -> None:
        """What a visit is for the tier."""
        self._does("visits", rows, np.ones(rows.size, np.int64))
        self._does("charged", paying, np.ones(paying.size, np.int64))
        self._does("spend", paying, bills)

    def _of_tier(self, points: Ints, rows: Ints) -> Ints:
        told: Ints = points[self.level[rows]] if self.plan.tiers.steps else np.full(rows.size, points[0])
        return told

    def _redeem(self, rows: Ints, bills: Ints) -> None:
        plan = self.plan
        balance = (self.issued[rows] - self.gone[rows]).astype(np.int64)
        able = balance >= plan.redeems_from
        rows, bills, balance = rows[able], bills[able], balance[able]
        numerator, denominator = plan.worth
        if numerator:
            balance = np.minimum(balance, bills * plan.share // 100 * denominator // numerator)
        points = balance // plan.unit * plan.unit
        enough = points >= plan.redeems_from
        rows, points = rows[enough], points[enough].astype(np.int32)
        self.gone[rows] += points
        self._count("redeemed", rows, points)
        if plan.priced:
            self._count("redeemed_worth", rows, points.astype(np.int64) * numerator // denominator)

    def _earn(self, rows: Ints, points: Whole) -> None:
        self.issued[rows] += points.astype(np.int32)
        self._count("issued", rows, points)
        first = rows[_places(self.fresh[rows])]
        first = first[points[self.fresh[rows]] > 0] if first.size else first
        self.fresh[first] = False
        self._clock(first)
        if self._dated:
            self.earned_on[first] = self.month
        if self._done:
            self._does("points", rows, points)

    def _speak(self, rows: Ints, draws: Draws) -> None:
        plan = self.plan
        speaks = self.generation[rows] < plan.generations
        rows, draws = rows[speaks], draws[speaks]
        self._count("leads", rows[draws < plan.lead])
        rows = rows[draws < plan.buyer]
        self._count("referred", rows)
        if not rows.size:
            return
        if any(plan.referral_points):
            self._earn(rows, self._of_tier(self.tables.referral, rows))
        if self.month + 1 < plan.months:
            roots = self.luck.roots[rows]
            numbers = self.luck.bits(roots, "child", self.month, np.empty_like(roots))
            self._brought.append((numbers, self.family[rows], self.generation[rows] + 1))

    def _points(self, count: int) -> None:
        plan, month = self.plan, self.month
        if plan.lapse == "idle":
            mask, other = self._masks[0][:count], self._masks[1][:count]
            np.equal(self.lapses[:count], month, out=mask)
            if plan.remind:
                np.logical_or(mask, np.equal(self.reminded[:count], month, out=other), out=mask)
            due = _places(mask)
            rows = due[self.lapses[due] == month]
            left = self.issued[rows] - self.gone[rows]
            self.fresh[rows] = True
            some = left > 0
            self._lapse(rows[some], left[some])
            if plan.remind:
                rows = due[self.reminded[due] == month]
                rows = rows[self.owns[rows] & (self.issued[rows] > self.gone[rows])]
                self._touch("reminders", rows, "reminded", self.tables.remind, 1)
        elif plan.lapse in ("aged", "yearly"):
            last = month if plan.lapse == "aged" else month - (month - plan.yearly) % 12
            # what is past when an edition begins falls due then (LP18)
            if last == month or (month == plan.since and last >= 0):
                issued = self._issued_by(last - plan.lapse_months)
                left = issued - self.gone[: issued.size]
                rows = _places(left > 0)
                self._lapse(rows, left[rows])
        if self._kept:
            self.history.append(self.issued[:count].copy())
            if len(self.history) > self._kept:
                self.history.pop(0)

    def _issued_by(self, month: int) -> Whole:
        """Points issued in all by the end of a month, for those who were there then."""
        back = self.month - month
        if back == 0:
            return self.issued[: self.count]
        if back <= len(self.history):
            return self.history[-back]
        return self.at_start if month == -1 else self.issued[:0]

    def _lapse(self, rows: Ints, points: Whole) -> None:
        self.gone[rows] += points
        self._count("lapsed", rows, points)
        if self.plan.priced:
            numerator, denominator = self.plan.worth
            self._count("lapsed_worth", rows, points.astype(np.int64) * numerator // denominator)

    def _touch(self, measure: str, rows: Ints, purpose: str, thresholds: Draws, books: int) -> None:
        """Calls, offers, reminders: who follows comes next month; who had stopped is won back."""
        self._count(measure, rows)
        coming = self.coming[rows]
        follows = self._happens(rows, purpose, thresholds[coming.view(np.uint8)])
        back = rows[follows & ~coming]
        self.coming[back] = True
        self._count("won_back", back)
        self.booked[rows[follows]] = books

    def _labels(self, count: int) -> None:
        """What comes true by the book's rule this month, and what the house does about it (W2, W17)."""
        month = self.month
        mask, other = self._masks[0][:count], self._masks[1][:count]
        np.equal(self.call[:count], month, out=mask)
        for dues in (self.at_risk, self.lost):
            np.logical_or(mask, np.equal(dues[:count], month, out=other), out=mask)
        rows = _places(mask)
        self._count("at_risk", rows[self.at_risk[rows] == month])
        newly = self.lost[rows] == month
        lost, called = rows[newly], rows[~newly & (self.call[rows] == month)]
        self._count("lost", lost)
        self.call[lost] = _NEVER
        self.call[called] += self.plan.every
        self._touch("offers", lost, "offered", self.tables.offer, 2)
        self._touch("calls", called, "called", self.tables.call, 1)


def _depth(plan: Plan) -> int:
    """How many months back an edition asks what was issued by then; at its begin the last yearly lapse may be a year ago."""
    return plan.lapse_months + (11 if plan.since and plan.lapse == "yearly" else 0)


def _until(when: When, idle: Ints, paid: Ints) -> Ints:
    """Months until a rule holds if nothing more happens, by the months since the last visit and the last charged one."""
    if when.how in ("idle", "paid"):
        return when.months - (idle if when.how == "idle" else paid)
    if when.how in ("any", "all"):
        join = np.minimum if when.how == "any" else np.maximum
        joined: Ints = join.reduce([_until(part, idle, paid) for part in when.parts])
        return joined
    return np.full(idle.size, 0 if when.how == "yes" else _NEVER, np.int64)
