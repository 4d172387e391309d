"""A case as it goes: a walk over the rows of its machine towards a goal, with the detours that people make.

In: a :class:`~lifecycle.machine.Machine`, the events it shall come to, chance. Out: the events on the way with the facts
that their guards ask for. Since each step is a row of the machine, a walk is accepted by construction, and a machine
that gains a row is walked anew without a word here. Next room: :mod:`lifecycle.dealership.lives`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Final, NamedTuple

from attrs import field, frozen

from lifecycle.chance import Chance
from lifecycle.kinds import FACTS, KINDS, Value
from lifecycle.machine import Machine, Symbol

__all__ = ["STRAIGHT", "Manner", "Told", "walk"]

_FAR: Final = 10**6
_TRIES: Final = 64  # as many ways of saying one answer are enough


class Told(NamedTuple):
    """One event of a walk: its kind, the facts that its guards ask for, the state after it."""

    kind: str
    facts: Mapping[str, Value]
    state: str


@frozen
class Manner:
    """How a case goes: how often it strays, where to, and which rows it never takes. One value for each sort of case."""

    detours: float
    """The chance, at each step, of any way instead of a shortest one."""
    seldom: Mapping[str, float] = field(factory=dict[str, float], hash=False)
    """The weights of kinds on a detour, where they are not 1."""
    without: frozenset[str] = frozenset()
    """Rows that cite one of these are left alone: the short cuts of a house that records milestones alone."""


#: A case without detours.
STRAIGHT: Final = Manner(0.0)


class _Way(NamedTuple):
    """A way out of a state: which event, told in which ways, to which state, with which weight on a detour."""

    kind: str
    facts: tuple[Mapping[str, Value], ...]
    after: int
    weight: float


def walk(
    machine: Machine,
    chance: Chance,
    stops: Sequence[Collection[str]],
    *,
    manner: Manner,
    most: int = 60,
    state: str | None = None,
    avoid: Collection[str] = (),
    only: Mapping[str, Mapping[str, Value]] | None = None,
) -> list[Told]:
    """The events from ``state`` (or the initial one) from stop to stop; a stop is one of several events.

    At each step the walk takes a shortest way to the next stop, or makes a detour: any way from which the stop can still
    be reached. After ``most`` steps there are no more detours. Never one of the events ``avoid``, nor before its time one
    that is a later stop's; of the kinds in ``only`` just those that say so (``{"surveyed": {"satisfied": True}}``). The
    walk ends where a stop cannot be reached.
    """
    ground = _ground(machine, manner, only or {})
    ways = ground.ways
    here = ground.states.index(machine.initial if state is None else state)
    told: list[Told] = []
    for place, stop in enumerate(stops):
        goal = frozenset(stop)
        shut = frozenset(avoid).union(*stops[place + 1 :]).difference(goal)
        far = ground.far(goal, shut)
        while far[here] < _FAR:
            step = len(told)
            if step < most and manner.detours and chance.happens(manner.detours, "detour", step):
                choice = [
                    (way, way.weight)
                    for way in ways[here]
                    if way.kind in goal or (far[way.after] < _FAR and way.kind not in shut)
                ]
                way = chance.weighted(choice, "way", step)
            else:
                near = far[here] - 1
                if near:
                    straight = [way for way in ways[here] if far[way.after] == near and way.kind not in shut]
                else:
                    straight = [way for way in ways[here] if way.kind in goal]
                way = chance.one_of(straight, "way", step)
            told.append(Told(way.kind, chance.one_of(way.facts, "says", step), ground.states[way.after]))
            here = way.after
            if way.kind in goal:
                break
        else:
            break
    return told


class _Ground:
    """A machine as ground to walk on: the ways out of each state, and how far each state is from a goal."""

    def __init__(self, machine: Machine, manner: Manner, only: Mapping[str, Mapping[str, Value]]) -> None:
        table = machine.table
        self.machine = machine
        self.states = table.states
        self.ways: list[list[_Way]] = []
        told = [_facts(machine, symbol, only.get(symbol.event, {})) for symbol in table.symbols]
        skipped = {
            number for number, row in enumerate(machine.rows) if manner.without.intersection(row.cite.split(", "))
        }
        for after, rows in zip(table.next, table.rows, strict=True):
            open_ = [column for column, row in enumerate(rows) if row >= 0 and row not in skipped and told[column]]
            alike = Counter(table.symbols[column].event for column in open_)  # many answers make an event no likelier
            out: list[_Way] = []
            for column in open_:
                event = table.symbols[column].event
                out.append(_Way(event, told[column], after[column], manner.seldom.get(event, 1.0) / alike[event]))
            self.ways.append(out)
        self._back: list[list[tuple[int, str]]] = [[] for _ in self.ways]
        for here, out in enumerate(self.ways):
            for way in out:
                if way.after != here:
                    self._back[way.after].append((here, way.kind))
        self._far: dict[tuple[frozenset[str], frozenset[str]], list[int]] = {}

    def far(self, goal: frozenset[str], shut: frozenset[str]) -> list[int]:
        """How many steps each state is from a goal, 1 where one is at hand, without the events that are shut."""
        found = self._far.get((goal, shut))
        if found is None:
            found = [1 if any(way.kind in goal for way in out) else _FAR for out in self.ways]
            edge = [here for here, steps in enumerate(found) if steps == 1]
            steps = 1
            while edge:
                steps += 1
                further: list[int] = []
                for here in edge:
                    for before, kind in self._back[here]:
                        if found[before] == _FAR and kind not in shut:
                            found[before] = steps
                            further.append(before)
                edge = further
            self._far[goal, shut] = found
        return found


_grounds: dict[object, _Ground] = {}


def _ground(machine: Machine, manner: Manner, only: Mapping[str, Mapping[str, Value]]) -> _Ground:
    key = machine.name, manner, tuple((kind, *facts.items()) for kind, facts in only.items())
    found = _grounds.get(key)
    if found is None or found.machine is not machine:
        found = _grounds[key] = _Ground(machine, manner, only)
    return found


def _facts(machine: Machine, symbol: Symbol, said: Mapping[str, Value]) -> tuple[Mapping[str, Value], ...]:
    """The ways of telling a symbol: facts with which the machine's questions get just these answers, as far as they
    agree with what is ``said``; none where no event can."""
    questions = machine.asked(symbol.event)
    kind = KINDS[symbol.event]
    asked = dict.fromkeys(fact for one in questions for fact in one.facts)
    names = [name for name in asked if name in kind.facts]
    answers = dict(symbol.answers)
    found: list[Mapping[str, Value]] = []
    for values in product(*(tuple(_values(name, needed=name in kind.required)) for name in names)):
        facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        agreed = all(facts[name] == value for name, value in said.items() if name in facts)
        if agreed and all(one.ask(facts) == answers[one.name] for one in questions):
            found.append(facts)
            if len(found) == _TRIES:
                break
    return tuple(found)


def _values(name: str, *, needed: bool) -> Iterator[Value | None]:
    """What a fact can say, with one or two examples of each sort where there is no end of it."""
    fact = FACTS[name]
    if fact.type == "yesno":
        yield True
        yield False
    elif fact.type == "choice":
        yield from fact.choices
    elif fact.type == "money":
        yield from (Decimal(380), Decimal(0), Decimal(2000))
    elif fact.type in ("count", "points"):
        yield from (1, 2, 3)
    if not needed or fact.type in ("text", "day"):
        yield None
