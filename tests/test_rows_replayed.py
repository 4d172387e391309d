"""Every row of every machine is taken by a replayed history: the regions by days under a book, the cases by their paths."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from lifecycle import Event, History, InactiveFor, replay, timeline
from lifecycle.books import WENHUA
from lifecycle.dates import SHANGHAI
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


STORIES = {
    STAGE: [
        "2024-01-01 enquired\n2024-01-02 need_agreed\n2024-01-03 need_changed\n2024-01-04 need_agreed\n2024-01-05 model_accepted"
        "\n2024-01-06 model_changed\n2024-01-07 sale_lost",
        "2024-01-01 vehicle_handed_over vehicle=V\n2024-01-02 enquired\n2024-01-03 need_agreed\n2024-01-04 need_changed"
        "\n2024-01-05 model_accepted\n2024-01-06 need_agreed\n2024-01-07 model_changed\n2024-01-08 replacement_declined"
        "\n2024-01-09 contract_signed\n2024-01-10 sale_lost\n2024-01-11 enquired\n2024-01-12 enquired"
        "\n2024-01-13 workshop_entered\n2024-01-14 surveyed satisfied=yes\n2024-01-15 surveyed satisfied=no",
        "2024-01-01 trade_in_asked\n2024-01-02 replacement_due\n2024-01-03 contract_signed\n2024-01-04 vehicle_delivered"
        "\n2024-01-05 surveyed satisfied=yes\n2024-01-06 trade_in_asked",
        "2024-01-01 vehicle_handed_over\n2024-01-02 replacement_due",
        *(
            f"2024-01-01 {event}\n2024-01-02 vehicle_handed_over vehicle=V charge=9999\n2024-01-03 {event}\n2024-01-04 {event}"
            for event in ("enrolled", "event_attended", "points_redeemed points=1", "care_accepted")
        ),
    ],
    LOYALTY: [
        "2024-01-01 vehicle_handed_over charge=1\n2024-01-02 vehicle_handed_over charge=1\n2024-01-03 vehicle_delivered",
        "2024-01-01 vehicle_delivered\n2024-01-02 vehicle_delivered\n2024-01-03 referral_recorded referral=F"
        "\n2024-01-04 referral_converted referral=F",
        "2024-01-01 referral_recorded referral=F\n2024-01-02 vehicle_delivered",
        "2024-01-01 referral_converted referral=F",
    ],
    SATISFACTION: [
        "2024-01-01 surveyed satisfied=yes\n2024-01-02 surveyed satisfied=no\n2024-01-03 purchase_ruled_out"
        "\n2024-01-04 surveyed satisfied=yes\n2024-01-05 review_posted visit=R satisfied=no\n2024-01-06 bad_word_reported"
        "\n2024-01-07 third_party_complained\n2024-01-08 complaint_raised complaint=K\n2024-01-09 complaint_closed complaint=K satisfied=yes"
        "\n2024-01-10 complaint_raised complaint=L\n2024-01-11 complaint_closed complaint=L satisfied=yes",
        "2024-01-01 purchase_ruled_out\n2024-01-02 vehicle_delivered",
    ],
    SPENDING: [
        "2020-01-01 vehicle_handed_over charge=1\n2020-02-01 spending_reviewed trend=up\n2020-03-01 spending_reviewed trend=level"
        "\n2020-04-01 spending_reviewed trend=down\n2020-05-01 trade_in_done",
        "2020-01-01 vehicle_handed_over vehicle=V charge=1",
    ],
    ACTIVITY: [
        "2020-01-01 vehicle_delivered vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2020-02-01 inspected_at_customer vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2020-08-01 inspected_at_customer vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2021-02-01 vehicle_handed_over vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2021-02-01 vehicle_handed_over vehicle=V\n2021-03-01 inspected_at_customer vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2020-02-01 moved_away vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2020-02-01 vehicle_transferred vehicle=V",
        "2020-01-01 vehicle_delivered vehicle=V\n2020-02-01 trade_in_done vehicle=V",
    ],
}


@pytest.mark.parametrize("machine", (*REGIONS, ACTIVITY), ids=lambda machine: machine.name)
def test_every_row_of_a_region_is_taken_by_a_replayed_history(machine: Machine) -> None:
    no_risk = READINGS.amend(
        "one grade", **{"churn.at_risk": InactiveFor(months=12), "churn.lost": InactiveFor(months=12)}
    )
    taken: set[int] = set()
    for story in STORIES[machine]:
        for book in (READINGS, no_risk):
            life = replay(timeline(story, customer="C1"), book, on=date(2026, 1, 1))
            taken |= {step.row for step in life.steps if step.region == machine.name and step.row is not None}
    assert [str(row) for number, row in enumerate(machine.rows) if number not in taken] == []
