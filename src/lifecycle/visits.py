"""Visits that count: named kinds of visit, since what resets a clock is the house's choice (V1a, V1c, V4a, W2).

In: an event. Out: whether it is a visit of this kind (:meth:`VisitKind.counts`), and the last day of one as the facts of a
vehicle hold it (:attr:`VisitKind.last`). Two kinds are the sources' own, :data:`charged_visits` and :data:`all_visits`; a
house makes others from a condition over the job. Next: :mod:`lifecycle.deadline`.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from attrs import field, frozen

from lifecycle.conditions import Asked, Condition, fact
from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.kinds import FACTS, KINDS
from lifecycle.values import FrozenDict

__all__ = ["VISITS", "VisitKind", "a_visit_kind", "all_visits", "charged_visits"]

#: The kinds of event that are a visit of whatever kind: coming in, and being handed back.
VISITS = ("workshop_entered", "vehicle_handed_over")
_JOB = "vehicle_handed_over"
_STORED: Mapping[str, str] = FrozenDict({"charged_visits": "last_charged_visit", "all_visits": "last_visit"})
#: A bill lists what is on it: money that it does not name is 0, a yes/no that it does not tell is no.
_NOT_ON_THE_BILL: Mapping[str, Any] = FrozenDict({"money": Decimal(0), "yesno": False})
_ASKED = Asked(f"a job ({_JOB})", FrozenDict({name: FACTS[name].type for name in KINDS[_JOB].facts}))


class _LastOf:
    """Reads the last day of a house's own kind of visit off a vehicle's facts."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, vehicle: Any) -> date | None:
        last: date | None = vehicle.last_visits.get(self.name)
        return last


def _on_the_bill(name: str) -> Callable[[Event], Any]:
    missing = _NOT_ON_THE_BILL.get(FACTS[name].type)
    if name == "vehicle":
        return attrgetter("vehicle")
    return lambda event: event.facts.get(name, missing)


def _job_condition(kind: VisitKind, _: object, condition: Any) -> None:
    if condition is None:
        return
    if not isinstance(condition, Condition):
        raise LifecycleError(
            f"VisitKind({kind.name!r}): {condition!r} is no condition", argument="condition", value=condition,
            remedy='as in fact("charge") > 0',
        )  # fmt: skip
    condition.check(_ASKED)


def a_visit_kind(_: object, __: object, value: Any) -> None:
    """A validator: what is no kind of visit is refused."""
    if not isinstance(value, VisitKind):
        raise LifecycleError(
            f"visits={value!r} is not a kind of visit", argument="visits", value=value,
            remedy="charged_visits, all_visits, or a VisitKind of the house's own",
        )  # fmt: skip


def _a_name(_: object, __: object, name: Any) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise LifecycleError(
            f"{name!r} does not name a kind of visit",
            argument="name",
            value=name,
            remedy="one word, as in paid_by_anyone",
        )


@frozen(repr=False)
class VisitKind:
    """A named kind of visit: jobs handed over that satisfy ``condition`` (all of them without one).

    The condition asks the job's own facts: ``VisitKind("paid_by_anyone", (fact("charge") > 0) | (fact("insurer_paid") >
    0))``. Money that a bill does not name is 0, and a yes/no that it does not tell is no; what else it does not tell is
    unknown, and does not count. Two kinds are equal when name and condition are.
    """

    name: str = field(validator=_a_name)
    condition: Condition | None = field(default=None, validator=_job_condition)
    events: tuple[str, ...] = field(default=(_JOB,), kw_only=True)
    """The kinds of event that can be such a visit; a condition is asked of jobs handed over only."""
    last: Callable[[Any], date | None] = field(init=False, eq=False)
    """``last(vehicle)``: the last day of such a visit, None where there was none; read off the vehicle's facts."""
    stored_in: str = field(init=False, eq=False)
    """The name of the fact that holds it: ``last_visit``, ``last_charged_visit``, ``last_visits.NAME``."""
    _holds: Callable[[Event], bool | None] | None = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        known = _KNOWN.get(self.name)
        if known is not None and known != self:
            raise LifecycleError(
                f"{self.name} is a kind of visit already, and means another", argument="name", value=self.name,
                remedy="choose another name for the house's own kind",
            )  # fmt: skip
        if not self.events or set(self.events) - set(VISITS):
            raise LifecycleError(
                f"events={self.events!r} are not visits",
                argument="events",
                value=self.events,
                remedy=" or ".join(VISITS),
            )
        if self.condition is not None and self.events != (_JOB,):
            raise LifecycleError("a condition is asked of jobs handed over only", argument="events", value=self.events)
        put = object.__setattr__
        stored = _STORED.get(self.name)
        put(self, "last", _LastOf(self.name) if stored is None else attrgetter(stored))
        put(self, "stored_in", f"last_visits.{self.name}" if stored is None else stored)
        put(self, "_holds", None if self.condition is None else self.condition.test(_on_the_bill))

    def counts(self, event: Event) -> bool:
        """Whether the event is a visit of this kind."""
        if event.kind not in self.events:
            return False
        return True if self._holds is None else self._holds(event) is True

    def __repr__(self) -> str:
        if self.name in _STORED:
            return self.name
        told = f'"{self.name}"' + ("" if self.condition is None else f", {self.condition!r}")
        return f"VisitKind({told})" if self.events == (_JOB,) else f"VisitKind({told}, events={self.events!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.name, self.condition, self.events)


def _again(name: str, condition: Condition | None, events: tuple[str, ...]) -> VisitKind:
    return VisitKind(name, condition, events=events)


_KNOWN: dict[str, VisitKind] = {}

#: Every visit, charged or not: coming in, or being handed back (V4a, W2: 未回厂).
all_visits = VisitKind("all_visits", events=VISITS)
#: Jobs of which the customer himself paid a share (V1a; V1b's reading: work under warranty is not charged).
charged_visits = VisitKind("charged_visits", fact("charge") > 0)
_KNOWN.update(all_visits=all_visits, charged_visits=charged_visits)
