"""Every row of every machine is taken by a replayed history: the regions by days under a book, the cases by their paths."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from lifecycle import Event, History, InactiveFor, replay, timeline
from lifecycle.books import WENHUA
from lifecycle.dates import SHANGHAI, add_months
from lifecycle.kinds import FACTS, KINDS
from lifecycle.machine import Machine, Path
from lifecycle.machines import ACTIVITY, ALL, LOYALTY, REGIONS, SATISFACTION, SPENDING, STAGE

CASES = [machine for machine in ALL.values() if machine.key is not None]
READINGS = WENHUA.amend(
    "every reading on",
    **{"readings.service_repeats": True, "readings.survey_recovers": True, "readings.third_party_recovers": True},
)


def told(machine: Machine, path: Path) -> History:
    """The path as events of one case, a minute apart (of events of one minute the rank would decide)."""
    start = datetime(2024, 1, 1, 9, 0, tzinfo=SHANGHAI)
    events = []
    for number, symbol in enumerate(path.symbols):
        facts = dict(machine.example(symbol))
        for given in {name for question in machine.asked(symbol.event) for name in question.given}:
            facts.pop(given, None)  # replay puts these on the event, from the book and from what went before
        for name in KINDS[
            symbol.event
        ].required:  # what the kind needs and the example leaves untold must not change it
            if name not in facts and name != machine.key:
                number_of = machine.symbol(symbol.event, facts)
                likely = FACTS[name].choices or {"yesno": (False, True), "money": (0, 9999), "count": (0,)}.get(
                    FACTS[name].type, ("A",)
                )
                facts[name] = next(
                    value for value in likely if machine.symbol(symbol.event, {**facts, name: value}) == number_of
                )
        if machine.key is not None:
            facts[machine.key] = "K"
        events.append(Event(start + timedelta(minutes=number), symbol.event, f"E{number:03}", "C1", None, facts))
    return History(events, customer="C1")


@pytest.mark.parametrize("machine", CASES, ids=lambda machine: machine.name)
def test_every_row_of_a_case_is_taken_by_a_replayed_history(machine: Machine) -> None:
    missed = []
    for path in machine.paths():
        life = replay(told(machine, path), WENHUA, on=date(2024, 1, 2))
        steps = [step for step in life.steps if step.region == machine.name]
        if not steps or steps[-1].row != path.row or not steps[-1].accepted:
            missed.append((str(machine.rows[path.row]), [str(step) for step in steps]))
    assert missed == []
    assert len(machine.paths()) == len(machine.rows)


# one event a month, separated by ";"
STORIES = {
    STAGE: [
        "enquired; need_agreed; need_changed; need_agreed; model_accepted; model_changed; sale_lost",
        """vehicle_handed_over; enquired; need_agreed; need_changed; model_accepted; need_agreed; model_changed;
        replacement_declined; contract_signed; sale_lost; enquired; enquired; workshop_entered;
        surveyed satisfied=yes; surveyed satisfied=no""",
        "trade_in_asked; replacement_due; contract_signed; vehicle_delivered; surveyed satisfied=yes; trade_in_asked",
        "vehicle_handed_over; replacement_due",
        "enrolled; vehicle_handed_over; enrolled",
        "event_attended; vehicle_handed_over; event_attended",
        "care_accepted; vehicle_handed_over; care_accepted",
        "vehicle_handed_over charge=9999; points_redeemed points=1; points_redeemed points=1",
        "vehicle_recorded vehicle=V; vehicle_recorded vehicle=W delivered_on=2019-01-01",
        "vehicle_delivered vehicle=V; vehicle_recorded vehicle=X delivered_on=2019-01-01",
        "need_agreed; vehicle_recorded vehicle=V delivered_on=2019-01-01; vehicle_recorded vehicle=W delivered_on=2019-01-01",
        "model_accepted; vehicle_recorded vehicle=V delivered_on=2019-01-01",
    ],
    LOYALTY: [
        "vehicle_handed_over charge=1; vehicle_handed_over charge=1; vehicle_delivered",
        "vehicle_delivered; vehicle_delivered; referral_recorded referral=F; referral_converted referral=F",
        "referral_recorded referral=F; vehicle_delivered",
        "referral_converted referral=F",
        "vehicle_recorded vehicle=V delivered_on=2019-01-01; vehicle_recorded vehicle=W delivered_on=2019-01-01",
        "referral_recorded referral=F; vehicle_recorded vehicle=V delivered_on=2019-01-01",
    ],
    SATISFACTION: [
        """surveyed satisfied=yes; surveyed satisfied=no; purchase_ruled_out; surveyed satisfied=yes;
        review_posted visit=R satisfied=no; bad_word_reported; third_party_complained; complaint_raised complaint=K;
        complaint_closed complaint=K satisfied=yes; complaint_raised complaint=L; complaint_closed complaint=L satisfied=yes""",
        "purchase_ruled_out; vehicle_delivered",
    ],
    SPENDING: [
        """vehicle_handed_over charge=1; spending_reviewed trend=up; spending_reviewed trend=level;
        spending_reviewed trend=down; trade_in_done""",
        "vehicle_handed_over vehicle=V charge=1",
    ],
    ACTIVITY: [
        "vehicle_delivered vehicle=V",
        "vehicle_delivered vehicle=V; inspected_at_customer vehicle=V",
        "vehicle_delivered vehicle=V; enquired; enquired; enquired; enquired; enquired; enquired; inspected_at_customer vehicle=V",
        "vehicle_delivered vehicle=V;" + "enquired;" * 12 + "vehicle_handed_over vehicle=V",
        "vehicle_delivered vehicle=V;"
        + "enquired;" * 12
        + "vehicle_handed_over vehicle=V; inspected_at_customer vehicle=V",
        "vehicle_delivered vehicle=V; moved_away vehicle=V",
        "vehicle_delivered vehicle=V; vehicle_transferred vehicle=V",
        "vehicle_delivered vehicle=V; trade_in_done vehicle=V",
    ],
}


def monthly(story: str) -> History:
    lines = [f"{add_months(date(2020, 1, 1), month)} {event.strip()}" for month, event in enumerate(story.split(";"))]
    return timeline("\n".join(lines), customer="C1")


@pytest.mark.parametrize("machine", [*REGIONS, ACTIVITY], ids=lambda machine: machine.name)
def test_every_row_of_a_region_is_taken_by_a_replayed_history(machine: Machine) -> None:
    no_risk = READINGS.amend(
        "one grade", **{"churn.at_risk": InactiveFor(months=12), "churn.lost": InactiveFor(months=12)}
    )
    taken: set[int] = set()
    for story in STORIES[machine]:
        for book in (READINGS, no_risk):
            life = replay(monthly(story), book, on=date(2026, 1, 1))
            taken |= {step.row for step in life.steps if step.region == machine.name and step.row is not None}
    assert [str(row) for number, row in enumerate(machine.rows) if number not in taken] == []
