"""How events are told: their ids, their instants within opening hours, and a case step by step.

In: the draws of one customer. Out: :class:`Telling`, to which a story says what happens and which gathers the events
that fall into the days of the records. Next room: :mod:`lifecycle.dealership.lives`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle.chance import Chance
from lifecycle.dates import SHANGHAI
from lifecycle.dealership.people import House
from lifecycle.dealership.walks import Manner, Told, walk
from lifecycle.events import Event
from lifecycle.kinds import FACTS, KINDS, Value
from lifecycle.machine import Machine

__all__ = ["Moment", "Telling"]

#: A day (as an ordinal) and a second of it, from midnight.
Moment = tuple[int, int]

#: What an event is called on the paper of its case; the paper's own number is the event that it was written for.
_ON_PAPER: Final = {
    "enquired": "咨询",
    "need_agreed": "需求",
    "model_accepted": "车型",
    "contract_signed": "签订",
    "sale_lost": "战败",
    "vehicle_delivered": "",
    "workshop_entered": "进厂",
    "vehicle_handed_over": "",
    "inspected_at_customer": "",
    "complaint_raised": "",
    "complaint_closed": "结案",
    "referral_recorded": "",
    "referral_converted": "成交",
    "surveyed": "",
}


class Telling:
    """The events of one customer (or of the desk) as they are told."""

    def __init__(self, house: House, number: int, customer: str, *, clocked: bool) -> None:
        self.house = house
        self.assumed = house.assumptions
        self.chance: Chance = house.chance(number)
        self.number = number
        self.customer = customer
        self.clocked = clocked
        self.first = house.start.toordinal()
        self.last = house.end.toordinal()
        self.events: list[Event] = []
        self.manner = Manner(self.assumed.detours)
        self._used: dict[str, int] = {}
        self._attempts: dict[str, int] = {}
        self._opens = round(self.assumed.opens * 60)
        self._open = max(round(self.assumed.closes * 60) - self._opens, 60)

    # -- instants -----------------------------------------------------------------------------------------------------

    def moment(self, day: int, purpose: str, step: int = 0, *, morning: bool = False) -> Moment:
        """Some minute of the day's opening hours: of their first half, or of their second."""
        half = self._open // 120
        return day, self._opens + 60 * ((0 if morning else half) + self.chance.whole(0, half - 1, purpose, step))

    @property
    def closing(self) -> int:
        """The last minute before the house closes, as a second of the day."""
        return self._opens + self._open - 60

    def later(self, moment: Moment, seconds: int) -> Moment:
        """So many open seconds later; the house is open on every day."""
        day, second = moment
        days, rest = divmod(second - self._opens + seconds, self._open)
        return day + days, self._opens + rest

    def between(self, start: Moment, end: Moment, count: int) -> list[Moment]:
        """``count`` moments of opening hours from ``start`` to ``end``, both included, evenly spread, all different."""
        if count < 2:
            return [end] * count
        length = max((end[0] - start[0]) * self._open + end[1] - start[1], 60 * (count - 1))
        return [
            self.later(start, length * place // (count - 1) // 60 * 60 if place < count - 1 else length)
            for place in range(count)
        ]

    def sittings(self, start: Moment, end: Moment, kinds: Sequence[str], breaks: Collection[str]) -> list[Moment]:
        """A moment for each kind from ``start`` to ``end``: some minutes apart, and days apart after one of ``breaks``.

        Where the days are too few for that, the moments lie evenly.
        """
        pause = round(self.assumed.step_minutes * 60)
        groups = [0]
        for kind in kinds[:-1]:
            groups.append(groups[-1] + (kind in breaks))
        whole = (end[0] - start[0]) * self._open + end[1] - start[1]
        last = sum(group == groups[-1] for group in groups) - 1
        room = whole - pause * last
        offsets: list[int] = []
        for place, group in enumerate(groups):
            begins = room * group // groups[-1] if groups[-1] else 0
            offsets.append(max(begins, offsets[-1] + pause) if place else 0)
        if room < 0 or offsets[-1] > whole:
            return self.between(start, end, len(kinds))
        return [self.later(start, offset // 60 * 60) for offset in offsets[:-1]] + [end]

    # -- events -------------------------------------------------------------------------------------------------------

    def id(self, paper: str, kind: str) -> str:
        """The id of an event by the number of its paper, counted where the paper tells several of the kind."""
        word = _ON_PAPER.get(kind)
        if word is None:
            word = KINDS[kind].zh
        made = f"{paper}/{word}" if word else paper
        again = self._used[made] = self._used.get(made, 0) + 1
        return made if again == 1 else f"{made}{again}" if word else f"{made}/{again}"

    def tell(
        self,
        when: int | Moment,
        kind: str,
        paper: str | None = None,
        vehicle: str | None = None,
        facts: Mapping[str, object] | None = None,
        *,
        timed: bool | None = None,
        customer: str | None = None,
    ) -> Event | None:
        """One event; None where its day lies outside the records. A bare day is told without a time."""
        day = when if isinstance(when, int) else when[0]
        if not self.first <= day <= self.last:
            return None
        at: date | datetime = date.fromordinal(day)
        if not isinstance(when, int) and (self.clocked if timed is None else timed):
            at = datetime(at.year, at.month, at.day, tzinfo=SHANGHAI) + timedelta(seconds=when[1])
        customer = customer or self.customer
        event = Event(at, kind, self.id(paper or customer, kind), customer, vehicle, facts)
        self.events.append(event)
        return event

    def case(
        self,
        machine: Machine,
        key: str,
        stops: Sequence[Collection[str]],
        start: Moment,
        end: Moment,
        *,
        vehicle: str | None = None,
        facts: Mapping[str, Mapping[str, object]] | None = None,
        only: Mapping[str, Mapping[str, Value]] | None = None,
        avoid: Collection[str] = (),
        manner: Manner | None = None,
        state: str | None = None,
        unsaid: Collection[str] = (),
        seconds: int | None = None,
        breaks: Collection[str] = (),
        each: Callable[[Sequence[Told], int], Mapping[str, object]] | None = None,
    ) -> None:
        """A case, walked from ``state`` (or its beginning) over its ``stops``, and told with times of day.

        ``facts`` are further facts by kind (``""`` for every kind that has them), ``each`` gives some by the whole walk
        and a place in it, ``only`` is what a kind may say on the way, ``unsaid`` the kinds that the story tells itself.
        The events lie evenly between ``start`` and ``end``, or ``seconds`` apart, or in sittings that end with one of
        ``breaks``. A case that begins outside the records is not told.
        """
        if not self.first <= start[0] <= self.last:  # a case of which the beginning is not on record
            return
        steps = walk(
            machine,
            self.chance.apart(key),
            stops,
            manner=manner or self.manner,
            state=state,
            avoid=avoid,
            only=only,
        )
        if breaks:
            moments = self.sittings(start, end, [step.kind for step in steps], breaks)
        elif seconds is None:
            moments = self.between(start, end, len(steps))
        else:
            moments = [self.later(start, seconds * place) for place in range(len(steps))]
        more = facts or {}
        for place, (step, moment) in enumerate(zip(steps, moments, strict=True)):
            if step.kind in unsaid:
                continue
            here = more if each is None else {**more, "": {**more.get("", {}), **each(steps, place)}}
            details = self._details(machine, key, step, moment, here)
            self.tell(moment, step.kind, key, vehicle if KINDS[step.kind].about_vehicle else None, details, timed=True)

    def _details(
        self,
        machine: Machine,
        key: str,
        step: Told,
        moment: Moment,
        more: Mapping[str, Mapping[str, object]],
    ) -> Mapping[str, object]:
        """The facts of one step of a case: what the guards ask for, and what the story adds."""
        kind = KINDS[step.kind]
        facts: dict[str, object] = dict(step.facts)
        facts.update({name: value for name, value in more.get("", {}).items() if name in kind.facts})
        facts.update(more.get(step.kind, {}))
        if "attempt" in facts:
            self._attempts[key] = count = self._attempts.get(key, 0) + 1
            facts["attempt"] = max(count, 3) if step.facts["attempt"] == 3 else min(count, 2)
        if machine.key is not None and machine.key in kind.facts:
            facts[machine.key] = key
        for name in kind.required:
            if name not in facts and name != "vehicle":
                facts[name] = self._some(name, moment)
        return facts

    def _some(self, name: str, moment: Moment) -> object:
        """A value for a fact that a kind needs and nobody has given."""
        fact = FACTS[name]
        if fact.type == "day":
            return date.fromordinal(moment[0] + 7)
        if fact.type == "choice":
            return fact.choices[-1]
        return True if fact.type == "yesno" else 1 if fact.type == "count" else fact.zh

    def by(self, role: str, purpose: str, step: int = 0) -> str:
        """One of the people in a role."""
        return f"{role}{self.chance.whole(1, int(self.assumed.staff), purpose, step)}"

    def money(self, median: float, purpose: str, step: int = 0) -> int:
        """An amount of whole yuan around a median, 1 at least."""
        return max(1, round(self.chance.around(median, self.assumed.bill_spread, purpose, step)))


def sorted_events(events: Sequence[Event]) -> tuple[Event, ...]:
    """Events in canonical order."""
    return tuple(sorted(events, key=lambda event: event.order))
