"""The department itself: the turns of its cycle with their trainings (S6), and how its telephone is answered (R10).

In: a :class:`~lifecycle.dealership.people.House`. Out: the events of the pseudo-customer ``desk``. Next room:
:mod:`lifecycle.dealership.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from lifecycle.dates import add_months
from lifecycle.dealership.people import House
from lifecycle.dealership.story import YEAR
from lifecycle.dealership.telling import Telling, sorted_events
from lifecycle.dealership.walks import STRAIGHT
from lifecycle.events import Event
from lifecycle.machines.desk import CALL_ETIQUETTE, DEPARTMENT_CYCLE, TRAINING

__all__ = ["DESK", "desk"]

#: The pseudo-customer of what concerns no customer: the department's cycle, its trainings, calls before a name is known.
DESK: Final = "desk"


def desk(house: House) -> tuple[Event, ...]:
    """What the department does of itself (S6) and how its telephone is answered (R10): events of the pseudo-customer ``desk``."""
    telling = Telling(house, 0, DESK, clocked=True)
    chance, assumed = telling.chance, house.assumptions
    turn, begin = 0, house.start
    while (end := add_months(house.start, int(assumed.cycle_months) * (turn + 1))) <= house.end:
        _one_turn(telling, f"CY-{begin:%Y-%m}", begin, end, turn)
        turn, begin = turn + 1, end
    days = telling.last - telling.first
    for call in range(round(assumed.recorded_calls * (days + 1) / YEAR)):
        key = f"TEL-{call + 1:05d}"
        when = telling.moment(telling.first + chance.whole(0, days, "call day", call), "call moment", call)
        stops: list[tuple[str, ...]]
        if chance.happens(assumed.silent_calls, "silent", call):
            stops = [("call_taken",), ("call_waited",), ("call_waited",), ("call_waited",)]
        else:
            trouble = chance.one_of(
                ("caller_heard", "call_inaudible", "call_noisy", "call_in_dialect"), "trouble", call
            )
            stops = [("call_taken",), (trouble,), ("call_hung_up", "caller_hung_up")]
        clerk = telling.by("回访员", "clerk", call)
        telling.case(CALL_ETIQUETTE, key, stops, when, when, facts={"": {"by": clerk}}, seconds=5)
    return sorted_events(telling.events)


def _one_turn(telling: Telling, key: str, begin: date, end: date, turn: int) -> None:
    """One turn of the seven steps, with one training, from its first day to the day before the next turn."""
    manager: dict[str, Mapping[str, object]] = {"": {"by": "客户运营经理", "cycle": key}}
    length = (end - begin).days
    days = [begin.toordinal() + length * part // 12 for part in range(12)]
    moments = [telling.moment(day, "turn", 100 * turn + place) for place, day in enumerate(days)]
    steps = (
        "cycle_begun",
        "information_gathered",
        "callbacks_begun",
        "complaints_taken_up",
        "care_begun",
        "satisfaction_measured",
    )
    score = telling.chance.within(telling.assumed.measured_scores, "measured", turn)
    telling.case(
        DEPARTMENT_CYCLE, key, [(step,) for step in steps], moments[0], moments[6], manner=STRAIGHT,
        facts={**manager, "satisfaction_measured": {"score": score}},
    )  # fmt: skip
    department = telling.chance.one_of(("sales", "after_sales", "customer_operations"), "training department", turn)
    telling.case(
        TRAINING, f"TR{key[2:]}", [("training_need_found",), ("training_held",), ("training_consolidated",)], moments[7], moments[10],
        facts={"": {"by": "培训经理", "cycle": key}, "training_need_found": {"department": department}},
    )  # fmt: skip
    telling.tell(moments[11], "cycle_closed", key, None, {"cycle": key, "by": "客户运营经理"})
