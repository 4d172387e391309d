"""Regions of customers over columns: the machines' own tables, stepped for many customers at once.

In: the events of many customers and a machine of a region. Out: its state after the last event of each, and since when.
An event and the answers to the questions that its rows ask are one symbol; replay is ``state = next[state, symbol]``. Next
room: :mod:`lifecycle.columns.replaying`.

Most events change nothing that lasts, and the tables say which: a symbol that leaves every state as it is, one that leads
from everywhere to one state (what came before it is forgotten), one that does nothing a second time. What is left is
stepped rank by rank: the k-th symbol of every customer at once; when few long lives remain they are finished one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from lifecycle.columns.codes import Bools, Ints, Rows, begins, combinations, longest_first
from lifecycle.columns.column import Column
from lifecycle.columns.days import MISSING
from lifecycle.columns.packing import CODES, Kinds
from lifecycle.machine import Machine, Question

__all__ = ["Ended", "Numbers", "Symbols", "Telling", "end_of", "forgetful", "symbols"]

_T = TypeVar("_T", bound=np.generic)
Numbers = npt.NDArray[np.uint8]
#: From so few customers on the rest is stepped one by one.
_FEW = 48


class _Table(NamedTuple):
    """A machine's table, and what its symbols do; a symbol that no row takes leaves the state as it is."""

    next: npt.NDArray[np.uint8]
    """The state after each state (row) and symbol (column)."""
    initial: int
    nothing: Bools
    """Whether the symbol leaves every state as it is."""
    forgets: Bools
    """Whether the symbol leads from every state to one."""
    settles: Bools
    """Whether the symbol does nothing when it comes a second time at once."""


@cache
def _table(machine: Machine) -> _Table:
    table = machine.table
    rows = np.array(table.next, np.int16)
    here = np.arange(rows.shape[0], dtype=np.int16)[:, None]
    after: Numbers = np.where(rows < 0, here, rows).astype(np.uint8)
    again = np.take_along_axis(after, after.astype(np.intp), axis=0)
    return _Table(
        after,
        table.states.index(machine.initial),
        (after == here).all(axis=0),
        (after == after[:1]).all(axis=0),
        (again == after).all(axis=0),
    )


def forgetful(machine: Machine) -> Bools:
    """For each kind of event, by its number, whether the machine is in one state after it, whatever it was in before."""
    table = _table(machine)
    mask = np.zeros(len(CODES), np.bool_)
    for event, plan in machine.plans.items():
        count = len(machine.symbols_of(event))
        after = table.next[:, plan.first : plan.first + count]
        mask[CODES[event]] = bool(table.forgets[plan.first : plan.first + count].all()) and bool(
            (after == after[0, 0]).all()
        )
    return mask


# -- symbols --------------------------------------------------------------------------------------------------------------


class Telling(NamedTuple):
    """What some events answer when a machine asks: their kinds, and the columns of their facts."""

    kind: Kinds
    fact: Callable[[str, Rows], Column]
    """The values of a fact at some of the events."""
    given: Mapping[str, Any]
    """What replay puts on the event: one value for all, or a :class:`Column` of one row an event."""
    known: Mapping[str, Callable[[Rows], Numbers]]
    """Questions whose answers are worked out faster than by asking: the number of the answer at some of the events."""


def symbols(machine: Machine, telling: Telling) -> Numbers:
    """The symbol of each event; all of them concern the machine."""
    firsts = np.zeros(len(CODES), np.uint8)
    for event, plan in machine.plans.items():
        firsts[CODES[event]] = plan.first
    found = firsts[telling.kind]
    for event, plan in machine.plans.items():
        asked = machine.asked(event)
        if not asked:
            continue
        here = np.flatnonzero(telling.kind == CODES[event])
        if not here.size:
            continue
        number = np.full(here.size, plan.first, np.uint8)
        size = 1
        for question in reversed(asked):
            number += _answer(question, telling, here) * np.uint8(size)
            size *= len(question.answers)
        found[here] = number
    return found


def _answer(question: Question, telling: Telling, here: Rows) -> Numbers:
    """The number of the question's answer at some of the events: asked once for each combination of what it reads."""
    fast = telling.known.get(question.name)
    if fast is not None:
        return fast(here)
    facts: dict[str, Any] = {name: value for name, value in telling.given.items() if not isinstance(value, Column)}
    columns = {name: telling.fact(name, here) for name in question.facts}
    columns |= {
        name: value.at(here)
        for name, value in telling.given.items()
        if name in question.given and isinstance(value, Column)
    }
    number = {answer: place for place, answer in enumerate(question.answers)}
    if not columns:
        return np.full(here.size, number[question.ask(facts)], np.uint8)
    first, which = combinations(column.data for column in columns.values())
    found: list[int] = []
    for row in first.tolist():
        told = {name: column.value(row) for name, column in columns.items()}
        found.append(
            number[question.ask({**facts, **{name: value for name, value in told.items() if value is not None}})]
        )
    return np.array(found, np.uint8)[which]


# -- stepping -------------------------------------------------------------------------------------------------------------


class Symbols(NamedTuple):
    """What happened to customers, in order: whose it was, the symbol, the day."""

    customer: Ints
    number: Numbers
    day: Ints

    def between(self, at: Rows, others: Symbols) -> Symbols:
        """The same with others put in, each before the symbol at the place ``at`` (ascending)."""
        theirs = at + np.arange(at.size)
        free = np.ones(self.day.size + at.size, np.bool_)
        free[theirs] = False
        mine = np.flatnonzero(free)

        def filled(its: npt.NDArray[_T], others: npt.NDArray[_T]) -> npt.NDArray[_T]:
            values = np.empty(free.size, its.dtype)
            values[mine], values[theirs] = its, others
            return values

        return Symbols(
            filled(self.customer, others.customer), filled(self.number, others.number), filled(self.day, others.day)
        )


class Ended(NamedTuple):
    """One row a customer."""

    state: Numbers
    since: Ints
    """The ordinal of the day that :func:`end_of` was asked for; 0 for none."""


def end_of(
    machine: Machine, told: Symbols, customers: int, since: str | None = None, calm: Bools | None = None
) -> Ended:
    """The state of each of so many customers after the last of their symbols, in the order in which they stand.

    ``since="state"``: the day on which the state was entered. ``since="label"``: the day on which it entered the states
    that are not ``calm``, 0 while it is in a calm one.
    """
    table = _table(machine)
    told = _short(table, told, forget=since is None)
    state = np.full(customers, table.initial, np.uint8)
    day = np.zeros(customers, np.int32)
    if not told.number.size:
        return Ended(state, day)
    first = np.flatnonzero(begins(told.customer))
    count = np.diff(np.append(first, told.number.size))
    # the longest lives first: those who have a k-th symbol stand in front
    order = longest_first(count)
    first, count = first[order], count[order]
    whose = told.customer[first]
    here, when = state[whose], day[whose]
    width = np.uint16(table.next.shape[1])
    flat = table.next.ravel()
    active = np.searchsorted(-count, -np.arange(int(count[0]) + 1), "left")  # how many have more than k symbols
    rank = 0
    while active[rank] >= _FEW:
        some = active[rank]
        places = first[:some] + rank
        before = here[:some]
        after = flat[before * width + told.number[places]]
        if since is not None:
            _mark(when[:some], before, after, told.day[places], calm)
        here[:some] = after
        rank += 1
    for one in range(int(active[rank])):
        stretch = slice(int(first[one]) + rank, int(first[one] + count[one]))
        here[one], when[one] = _alone(table, int(here[one]), int(when[one]), told, stretch, since, calm)
    state[whose], day[whose] = here, when
    return Ended(state, day)


def _short(table: _Table, told: Symbols, *, forget: bool) -> Symbols:
    """The symbols without those that change nothing that lasts."""
    keep = ~table.nothing[told.number]
    if not keep.all():
        told = _some(told, np.flatnonzero(keep))
    if forget and told.number.size:
        places = np.flatnonzero(table.forgets[told.number])
        last = np.zeros(int(told.customer[-1]) + 1, np.intp)
        last[told.customer[places]] = places
        keep = np.arange(told.number.size) >= last[told.customer]
        if not keep.all():
            told = _some(told, np.flatnonzero(keep))
    again = ~begins(told.number, told.customer) & table.settles[told.number]
    return _some(told, np.flatnonzero(~again)) if again.any() else told


def _some(told: Symbols, places: Rows) -> Symbols:
    return Symbols(told.customer[places], told.number[places], told.day[places])


def _mark(since: Ints, before: Numbers, after: Numbers, day: Ints, calm: Bools | None) -> None:
    moved = np.flatnonzero(before != after)
    if calm is None:
        since[moved] = day[moved]
        return
    rests = calm[after[moved]]
    since[moved[rests]] = MISSING
    begins = moved[~rests]
    begins = begins[since[begins] == MISSING]
    since[begins] = day[begins]


def _alone(
    table: _Table, state: int, since: int, told: Symbols, stretch: slice, which: str | None, calm: Bools | None
) -> tuple[int, int]:
    """One long life, in plain Python."""
    rows: list[list[int]] = table.next.tolist()
    numbers: list[int] = told.number[stretch].tolist()
    if which is None:
        for number in numbers:
            state = rows[state][number]
        return state, since
    dates: list[int] = told.day[stretch].tolist()
    for number, day in zip(numbers, dates, strict=True):
        after = rows[state][number]
        if after != state:
            state = after
            if calm is None:
                since = day
            elif calm[state]:
                since = MISSING
            elif since == MISSING:
                since = day
    return state, since
