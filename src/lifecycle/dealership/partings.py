"""Leaving: the outreach to one who stays away, the car that is given up, the move to another city (W17, W18, V3).

In: a :class:`~lifecycle.dealership.story.Story`. Out: events told in it. Next room: :mod:`lifecycle.dealership.papers`.
"""

from __future__ import annotations

from typing import Final

from lifecycle.dealership.people import Ownership
from lifecycle.dealership.story import DAY, Story, number_of
from lifecycle.machines.outreach import OFFERS, OUTREACH

#: Days between the offer and the visit that it leads to: time enough for the visit to be booked.
_BEFORE_RETURN: Final = 7

__all__ = ["gives_up", "moves_away", "outreach_number", "stays_away"]


def outreach_number(story: Story, index: int, car: Ownership) -> str | None:
    """The number of the outreach that brought him back; None where he came of himself."""
    if (
        story.bare
        or car.won_back_on is None
        or not story.chance.happens(story.assumed.won_back_by_outreach, "won by outreach", index)
    ):
        return None
    return None if outreach_begins(story, index, car) < story.telling.first else f"O{story.paper}-{index + 1}"


def outreach_begins(story: Story, index: int, car: Ownership) -> int:
    """The day on which one who was won back had been listed: after the loss, before the return."""
    back = number_of(car.won_back_on)
    return max(
        back - story.chance.within(story.assumed.outreach_lead, "outreach lead", index),
        min(number_of(car.stops_on), back - _BEFORE_RETURN - 3),
    )


def stays_away(story: Story, index: int, car: Ownership) -> None:
    """One who is lost is listed, called and asked why (W17, V3); what he says is true."""
    chance, assumed, telling = story.chance, story.assumed, story.telling
    if car.stops_on is None:
        return
    lost = number_of(car.stops_on)
    key = outreach_number(story, index, car)
    reason = car.reason or "other"
    if key is not None:  # the offer comes before the visit that it leads to
        day, end = outreach_begins(story, index, car), number_of(car.won_back_on) - _BEFORE_RETURN
        ending = "outreach_offered"
    elif chance.happens(assumed.outreach, "outreach", index) and car.won_back_on is None:
        last = max((job.day for job in story.jobs if job.vehicle == car.vehicle and job.day < lost), default=lost)
        day = max(last + round(chance.waiting(assumed.outreach_days, "outreach day", index)), lost)
        end = day + chance.within(assumed.outreach_length, "outreach length", index)
        if car.ends_on is not None and number_of(car.ends_on) <= day:
            reason = "transferred"
        ending = chance.weighted(assumed.outreach_ends, "outreach end", index)
    else:
        return
    if not telling.first <= day <= telling.last:
        return
    key = key or f"O{story.paper}-{index + 1}"
    begin = telling.moment(day, "outreach moment", index, morning=True)
    until = telling.moment(end, "outreach last", index)
    caller = telling.by("回访员", "outreach caller", index)
    if ending == "unreachable":
        telling.tell(begin, "outreach_listed", key, car.vehicle, {"outreach": key, "by": caller}, timed=True)
        for attempt in range(1, 4):
            facts = {"outreach": key, "reached": False, "attempt": attempt, "channel": "call", "by": caller}
            telling.tell(telling.later(begin, attempt * DAY), "outreach_called", key, None, facts, timed=True)
        return
    stops = [("outreach_listed",), ("outreach_called",), ("outreach_reason_told",), ("outreach_offered",)]
    if ending == "outreach_closed":  # no reason is to be had
        stops = [*stops[:2], (ending,)]
    elif OFFERS[reason] == "given_up":
        stops = stops[:3]
    elif OFFERS[reason] == "explained":
        stops = [*stops[:3], ("outreach_closed",)]
    elif ending != "outreach_offered":
        stops = [*stops, (ending,)]
    telling.case(
        OUTREACH, key, stops, begin, until, vehicle=car.vehicle, facts={"": {"by": caller}},
        only={"outreach_reason_told": {"reason": reason}}, avoid=("vehicle_handed_over", "visit_booked"),
    )  # fmt: skip


def gives_up(story: Story, index: int, car: Ownership) -> None:
    """The end of a car that the house sees: sold on, or given in payment."""
    if car.ends_on is None or car.end not in ("traded_in", "transferred"):
        return
    when = story.telling.moment(number_of(car.ends_on), "gives up moment", index)
    if car.end == "traded_in":
        when = (when[0], story.telling.closing)
    story.tell(when, "vehicle_transferred", None, car.vehicle, {"to": car.given_to})


def moves_away(story: Story) -> None:
    """He moves to another city, with all his cars."""
    moves = story.truth.moves_on
    if moves is None or not story.truth.ownerships:
        return
    for index, car in enumerate(story.truth.ownerships):
        if car.end == "moved_away":
            where = story.chance.weighted(story.assumed.elsewhere, "moves where")
            story.tell(
                story.telling.moment(number_of(moves), "moves moment", index),
                "moved_away",
                None,
                car.vehicle,
                {"city": where},
            )
