"""Strategies for hypothesis: days, facts and histories, drawn where policies turn over.

In: nothing, or what the draw should hold. Out: strategies of days (month ends, 29 February, and whole months ± 2 days
from each other), of a kind's facts, and of histories with every kind of event that can be told. A law tested on random
dates only passes over planted faults; these are not random.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lifecycle.dates import SHANGHAI, add_days, add_months
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History
from lifecycle.kinds import FACTS, KINDS, Value

__all__ = ["days", "facts_of", "histories"]

_EDGES = (
    date(2023, 8, 31), date(2024, 2, 29), date(2024, 1, 31), date(2023, 2, 28), date(2024, 12, 31), date(2024, 3, 1), date(2024, 6, 15),
    date(2024, 3, 10), date(2024, 11, 3),
)  # fmt: skip
#: The distances in months at which the houses' rules turn over.
_MONTHS = (0, 0, 1, 3, 5, 6, 6, 10, 11, 12, 12, 13, 24)
_NEW_YORK = ZoneInfo("America/New_York")
_WORDS = ("two words", "it's", '"', "'", "a\"b'c", "#1", "=x", "a=b", "车", "\u2028x\x85y", "\x00", "x" * 300)
_COMMON = (
    "vehicle_handed_over",
    "vehicle_handed_over",
    "workshop_entered",
    "vehicle_delivered",
    "inspected_at_customer",
    "vehicle_transferred",
)


def days() -> st.SearchStrategy[date]:
    """Civil days around the edges: month ends and 29 February, whole months ± 2 days from them."""

    def day(anchor: date, months: int, slip: int) -> date:
        return add_days(add_months(anchor, months), slip)

    return st.builds(
        day,
        st.sampled_from(_EDGES),
        st.sampled_from(_MONTHS),
        st.integers(-2, 2),
    )


def facts_of(kind: str, *, ids: Sequence[str] = (), words: bool = False) -> st.SearchStrategy[dict[str, Value]]:
    """The facts of a kind but for the vehicle: all that it needs and any that it may carry.

    ``ids`` are the events that ``of=`` can name; a case's key is one of two, so that cases are met again. With
    ``words=True`` texts are also such as a notation stumbles over: blanks, quotes, signs, other scripts.
    """
    known = KINDS.get(kind)
    if known is None:
        raise LifecycleError(f"unknown event {kind!r}", argument="kind", value=kind)
    left_out = {"vehicle"} if words else {"vehicle", "note"}
    needed = {name: _values(name, ids, words) for name in known.required if name != "vehicle"}
    free = {name: _values(name, ids, words) for name in known.optional if name not in left_out}
    return st.fixed_dictionaries(needed, optional=free)


def _values(name: str, ids: Sequence[str], words: bool) -> st.SearchStrategy[Any]:
    fact = FACTS[name]
    if name == "of" and ids:
        return st.sampled_from(list(ids))
    if name == "into":
        return st.just("C1")
    if fact.type == "money":
        return st.sampled_from(
            [Decimal(0), Decimal("0.01"), Decimal("49.99"), Decimal(50), Decimal("50.01"), Decimal("1234.50")]
        )
    if fact.type in ("count", "points"):
        return st.sampled_from([-30, 0, 1, 60] if fact.signed else [0, 1, 20, 600])
    if fact.type == "yesno":
        return st.booleans()
    if fact.type == "day":
        return days()
    if fact.type == "choice":
        return st.sampled_from(fact.choices)
    return st.sampled_from(["A", "B", *_WORDS] if words else ["A", "B"])


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    customer: str = "C1",
    vehicles: Sequence[str | None] = ("V1", "V1", "V2", None),
    kinds: Sequence[str] | None = None,
    times: bool = False,
    words: bool = False,
    min_size: int = 1,
    max_size: int = 12,
) -> History:
    """A history of one customer: the days lie around those of the events before, visits are common, all kinds occur.

    It has ``min_size`` to ``max_size`` events. ``kinds`` narrows what may happen; with ``times=True`` some events
    have a time of day, told in several zones (one of them puts its clocks forward and back); with ``words=True``
    texts are such as a notation stumbles over.
    """
    told = [kind for kind in KINDS if not KINDS[kind].derived] if kinds is None else list(kinds)
    choice = st.sampled_from(told) if kinds is not None else st.one_of(st.sampled_from(_COMMON), st.sampled_from(told))
    seen = [draw(st.sampled_from(_EDGES))]
    events: list[Event] = []
    for number in range(draw(st.integers(min_size, max_size))):
        day = add_days(
            add_months(draw(st.sampled_from(seen)), draw(st.sampled_from(_MONTHS))), draw(st.integers(-2, 2))
        )
        seen.append(day)
        at: date | datetime = day
        if times and draw(st.booleans()):
            local = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(
                minutes=draw(st.sampled_from([0, 1, 600, 810, 870, 1439]))  # 13:30 and 14:30 are New York's small hours
            )
            at = local.astimezone(draw(st.sampled_from([SHANGHAI, UTC, _NEW_YORK])))
        kind = draw(choice)
        facts = draw(facts_of(kind, ids=[event.id for event in events] + ["nothing"], words=words))
        vehicle = draw(st.sampled_from(list(vehicles))) if KINDS[kind].about_vehicle else None
        if vehicle is None and "vehicle" in KINDS[kind].required:
            vehicle = "V1"
        events.append(Event(at, kind, f"E{number:02}", customer, vehicle, facts))
    return History(events, customer=customer)
