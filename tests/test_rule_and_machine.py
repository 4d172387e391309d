"""LC7 and LC8: rule and machine agree on every day, for every rule; a customer is lost when all his vehicles are.

Plain facts are checked against a second computation, straight from the events.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Churn,
    Event,
    History,
    InactiveFor,
    Life,
    LifecycleError,
    VisitKind,
    all_visits,
    always,
    charged_visits,
    fact,
    never,
    replay,
    timeline,
)
from lifecycle.books import WENHUA
from lifecycle.churn import (
    BreadthBelow,
    DissatisfiedFor,
    InsuranceNotRenewed,
    OffOwnRhythm,
    OffRhythm,
    SpendingDeclining,
    WarrantyLapsed,
)
from lifecycle.dates import add_days
from lifecycle.deadline import Rule
from lifecycle.testing import histories
from lifecycle.testing.rules import churns

#: What happens often enough that vehicles are seen, lost, gone, and seen again, and facts of all rules change.
EVENTFUL = """vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered inspected_at_customer
vehicle_transferred moved_away vehicle_recorded insurance_renewed warranty_extended product_taken spending_reviewed
customer_recorded complaint_raised complaint_closed surveyed enrolled membership_left trade_in_done visit_cancelled
points_redeemed voided""".split()
#: What moves a vehicle; what moves the rest that a rule may read.
MOVING = [
    "vehicle_handed_over",
    "vehicle_handed_over",
    "workshop_entered",
    "vehicle_transferred",
    "inspected_at_customer",
]
TELLING = """product_taken insurance_renewed spending_reviewed spending_reviewed complaint_raised complaint_closed
customer_recorded enrolled vehicle_handed_over""".split()
BIG = VisitKind("big_jobs", fact("charge") >= 50)
LEAVES = st.sampled_from(
    [
        InactiveFor(months=6),
        InactiveFor(months=12).counting(all_visits),
        InactiveFor(days=100).counting(all_visits),
        InactiveFor(days=45).counting(BIG),
        WarrantyLapsed(),
        InsuranceNotRenewed(months=1),
        SpendingDeclining(),
        SpendingDeclining(months=3),
        DissatisfiedFor(months=2),
        BreadthBelow(products=2),
        BreadthBelow(products=3),
        OffOwnRhythm(),
        OffRhythm(),
        never,
        always,
    ]
)
CONDITIONS = st.sampled_from(
    [
        fact("customer.spending") == "onset",
        fact("customer.spending") == "left",
        fact("customer.city") == "A",
        fact("customer.open_complaints") > 0,
        fact("customer.bought") >= 1,
        fact("customer.spent") >= 50,
        fact("customer.stage") == "service",
        fact("mileage") >= 20,
    ]
)


def _joined(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(rules, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda them: reduce(or_, them)),
        several.map(lambda them: reduce(and_, them)),
        st.tuples(rules, CONDITIONS).map(lambda both: both[0].when(both[1])),
        st.tuples(rules, CONDITIONS).map(lambda both: both[0].unless(both[1])),
    )


RULES = st.recursive(LEAVES, _joined, max_leaves=4)


@st.composite
def policies(draw: st.DrawFn) -> Churn:
    lost = draw(RULES)
    try:
        return Churn(at_risk=draw(RULES), lost=lost)
    except LifecycleError:  # a provable inversion: one grade, then
        return Churn(lost=lost)


#: One rule at a time, so that what it reads decides.
SINGLE = st.one_of(LEAVES, st.tuples(LEAVES, LEAVES).map(lambda both: both[0] | both[1])).map(
    lambda rule: Churn(lost=rule)
)


def book(churn: Churn, zone: str = "Asia/Shanghai") -> Book:
    return Book("a house", "1", churn, zone=ZoneInfo(zone))


PLAIN = {"returned": "active", "quasi_lost": "lost"}


def agree(life: Life, churn: Churn) -> None:
    customer = life.customer
    days = [step.day for step in life.steps]
    assert days == sorted(days), "each thing is told on its day, also what came due in the past by what was told today"
    for car in customer.vehicles.values():
        told = "\n".join(map(str, life.steps))
        assert churn.status(car, on=life.on, customer=customer) == PLAIN.get(car.activity, car.activity), told
        assert churn.dues(car, customer) == (car.at_risk_due, car.lost_due), told


@st.composite
def eventful(draw: st.DrawFn) -> History:
    """One or two vehicles seen at the beginning, then what moves them, and what a rule may read."""
    kinds = draw(st.sampled_from([EVENTFUL, MOVING, TELLING]))
    more = draw(histories(kinds=kinds, vehicles=("V1", "V1", "V2"), times=draw(st.booleans()), max_size=8))
    start = min([event.day for event in more], default=date(2024, 2, 29))
    seen = draw(st.sampled_from([["V1"], ["V1", "V2"], ["V2"]]))
    kind = draw(st.sampled_from(["vehicle_delivered", "vehicle_handed_over"]))
    facts = {"charge": 60} if kind == "vehicle_handed_over" else {"warranty_until": add_days(start, 30)}
    return more.and_([Event(add_days(start, -1), kind, f"first {vin}", "C1", vin, facts) for vin in seen])


@settings(max_examples=400)
@given(
    eventful(),
    st.one_of(policies(), SINGLE, churns()),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "America/Havana"]),
)
def test_lc7_rule_and_machine_agree_on_every_day_around_what_happens(history: History, churn: Churn, zone: str) -> None:
    """Folded on from day to day, and so at the same time the fold itself (LM3): each look equals none."""
    house = book(churn, zone)
    end = add_days(history.last_day, 1200)
    whole = replay(history, house, on=end)
    eventful = {event.day for event in whole.history} | {step.day for step in whole.steps}
    days = sorted({add_days(day, slip) for day in eventful for slip in (-1, 0, 1)})
    life = replay(history, house, on=days[0])
    for on in days[1:]:
        agree(life, churn)
        life = life.then(on=on)
    assert life.then(on=end) == whole


@given(histories(kinds=EVENTFUL))
def test_lc8_a_customer_is_lost_when_all_his_vehicles_are(history: History) -> None:
    for event in history:
        customer = replay(history, WENHUA, on=event.day).customer
        words = [car.activity for car in customer.vehicles.values()]
        away = [word for word in words if word in ("lost", "quasi_lost", "gone")]
        lost = bool(words) and len(away) == len(words) and any(word != "gone" for word in away)
        assert (customer.standing == "lost") == lost
        verdict = WENHUA.churn.decide_customer(customer, on=event.day)
        assert verdict.holds == lost
        days = [car.lost_due for car in customer.vehicles.values() if car.activity != "gone"]
        known = [day for day in days if day is not None]
        assert verdict.since == customer.lost_due == (max(known) if known and len(known) == len(days) else None)


# -- facts, counted a second time ----------------------------------------------------------------------------------------


def standing_events(history: History) -> list[Event]:
    """The events that no void takes back (a void in force is one that is not voided itself)."""
    voids = {event.id: event for event in history if event.kind == "voided"}

    def in_force(void: Event, asking: frozenset[str]) -> bool:
        return not any(
            other["of"] == void.id and other.id not in asking and in_force(other, asking | {other.id})
            for other in voids.values()
        )

    taken = {void["of"] for void in voids.values() if in_force(void, frozenset({void.id}))}
    return [event for event in history if event.id not in taken]


def _acyclic(history: History) -> bool:
    of = {event.id: str(event["of"]) for event in history if event.kind == "voided"}
    for now in of.values():
        steps = 0
        while now in of and steps <= len(of):
            now, steps = of[now], steps + 1
        if steps > len(of):
            return False
    return True


@given(histories(kinds=[*EVENTFUL, "voided"], times=True))
def test_plain_facts_equal_those_counted_from_the_events(history: History) -> None:
    if not len(history) or not _acyclic(history):
        return
    free = book(Churn(lost=InactiveFor(months=12).counting(BIG)))  # no ledger, so no command is refused
    life = replay(history, free, on=history.last_day)
    customer = life.customer
    told = standing_events(history)
    jobs = [event for event in told if event.kind == "vehicle_handed_over"]

    def charge(event: Event) -> Decimal:
        paid = event.get("charge")
        return paid if isinstance(paid, Decimal) else Decimal(0)

    assert customer.spent == sum(map(charge, jobs))
    assert (customer.first_seen, customer.last_seen) == (told[0].day, told[-1].day) if told else (None, None)
    open_now: set[object] = set()
    products: set[object] = set()
    for event in told:
        if event.kind == "complaint_raised":
            open_now.add(event["complaint"])
        elif event.kind == "complaint_closed":
            open_now.discard(event["complaint"])
        elif event.kind == "enrolled":
            products.add("club")
        elif event.kind == "membership_left":
            products.discard("club")
        elif event.kind == "product_taken":
            products.add(event["product"])
        elif event.kind == "insurance_renewed":
            products.add("insurance")
        elif event.kind == "warranty_extended":
            products.add("extended_warranty")
        elif event.kind == "vehicle_handed_over" and charge(event):
            products.add("service")
    assert customer.open_complaints == len(open_now)
    assert customer.products - {"car"} == products
    for vin, car in customer.vehicles.items():
        here = [event for event in told if (event.vehicle or "-") == vin]
        assert car.visits == sum(event.kind == "vehicle_handed_over" for event in here)
        recorded = [event for event in here if event.kind == "vehicle_recorded"]
        came = [event.day for event in here if event.kind in ("workshop_entered", "vehicle_handed_over")]
        paid = [event.day for event in here if event.kind == "vehicle_handed_over" and charge(event)]
        assert car.charged_visits == len(paid)
        big = [event.day for event in here if event.kind == "vehicle_handed_over" and charge(event) >= 50]
        assert car.last_visits == ({"big_jobs": max(big)} if big else {})
        if not any("last_visit" in event.facts or "last_charged_visit" in event.facts for event in recorded):
            assert car.last_visit == max(came, default=None)
            assert car.last_charged_visit == max(paid, default=None)
            assert car.first_visit == min(came, default=None)


# -- in words --------------------------------------------------------------------------------------------------------------


def live(text: str, on: str, churn: Churn) -> Life:
    return replay(timeline(text, customer="C1"), book(churn), on=date.fromisoformat(on))


def activities(life: Life) -> list[str]:
    return [step.after for step in life.steps if step.region == "activity" and step.before != step.after]


@pytest.mark.parametrize("rule", [never, BreadthBelow(products=1), OffOwnRhythm()])
def test_one_who_sold_his_car_and_comes_with_it_again_has_returned_under_every_rule(rule: Rule) -> None:
    told = "2024-01-01 vehicle_delivered vehicle=V\n2024-02-01 vehicle_transferred vehicle=V\n2024-03-01 workshop_entered vehicle=V"
    policy = Churn(at_risk=InactiveFor(months=90).counting(all_visits), lost=rule)
    assert activities(live(told, "2024-03-01", policy)) == ["active", "gone", "returned"]


def test_a_product_taken_is_heard_by_a_rule_that_counts_products() -> None:
    churn = Churn(lost=InactiveFor(months=6) & BreadthBelow(products=3))
    told = "2024-01-01 vehicle_delivered vehicle=V\n2024-09-01 product_taken product=insurance\n2024-09-02 product_taken product=finance"
    assert activities(live(told, "2024-09-03", churn)) == ["active", "lost", "returned"]


def test_where_the_rule_asks_how_he_spends_being_lost_does_not_answer_it() -> None:
    """Else he would be lost since he spends less, and not be lost since he has left."""
    churn = Churn(lost=SpendingDeclining(months=3))
    told = """
        2024-01-01 vehicle_delivered vehicle=V
        2024-02-01 vehicle_handed_over vehicle=V charge=100
        2024-12-31 spending_reviewed trend=down
        """
    life = live(told, "2025-06-01", churn)
    assert activities(life) == ["active", "lost"]
    assert (life.customer.standing, life.customer.spending) == ("lost", "declining")
    assert live(told, "2025-06-01", Churn(lost=InactiveFor(months=12))).customer.spending == "left"


def test_one_who_is_lost_again_has_left_since_the_first_time() -> None:
    churn = Churn(lost=InactiveFor(months=6).counting(all_visits))
    told = """
        2023-01-01 vehicle_handed_over vehicle=V charge=10
        2024-01-01 vehicle_handed_over vehicle=V
        """
    assert live(told, "2025-01-01", churn).customer.spending_since == date(2023, 7, 1)


@pytest.mark.parametrize(
    ("cancelled", "after"),
    [
        ("", ["active", "lost", "returned"]),
        ("2024-02-02 visit_cancelled vehicle=V visit=R1", ["active", "lost", "returned", "active"]),
        ("2024-02-02 visit_cancelled visit=R1", ["active", "lost", "returned", "active"]),
        ("2024-02-02 visit_cancelled visit=R9", ["active", "lost", "returned"]),
    ],
)
def test_a_bill_after_a_cancelled_visit_is_a_visit_of_its_own(cancelled: str, after: list[str]) -> None:
    churn = Churn(lost=InactiveFor(months=12).counting(all_visits))
    told = f"""
        2022-01-01 vehicle_delivered vehicle=V
        2024-02-01 workshop_entered vehicle=V visit=R1
        {cancelled}
        2024-06-01 vehicle_handed_over vehicle=V charge=10
        """
    assert activities(live(told, "2024-06-01", churn)) == after


def test_two_bills_of_one_day_are_one_visit_and_the_bill_of_another_visit_is_not() -> None:
    churn = Churn(lost=InactiveFor(months=12).counting(charged_visits))
    back = "2022-01-01 vehicle_delivered vehicle=V\n2024-02-01 vehicle_handed_over vehicle=V charge=10 visit=R1\n"
    same = back + "2024-02-01 vehicle_handed_over vehicle=V charge=20 visit=R2"
    assert activities(live(same, "2024-02-01", churn))[-1] == "returned"
    every = Churn(lost=InactiveFor(months=12).counting(all_visits))
    entered = "2022-01-01 vehicle_delivered vehicle=V\n2024-02-01 workshop_entered vehicle=V visit=R1\n"
    assert (
        activities(live(entered + "2024-02-03 vehicle_handed_over vehicle=V visit=R1", "2024-02-03", every))[-1]
        == "returned"
    )
    assert (
        activities(live(entered + "2024-02-03 vehicle_handed_over vehicle=V visit=R2", "2024-02-03", every))[-1]
        == "active"
    )


def test_lc8_the_roll_up_is_heard_whenever_a_vehicle_comes_or_goes() -> None:
    """One car is lost; another becomes known, so that he is not lost; that one is traded in, and he is lost again."""
    churn = Churn(lost=InactiveFor(months=6).counting(all_visits))
    told = """
        2023-01-01 vehicle_handed_over vehicle=V charge=10
        2024-01-01 insurance_renewed vehicle=W until=2025-01-01
        """
    known = live(told, "2024-01-02", churn)
    assert (known.customer.standing, known.customer.spending) == ("first_time", "left")
    gone = live(told + "2024-02-01 trade_in_done vehicle=W\n", "2024-02-01", churn)
    assert (gone.customer.standing, gone.customer.spending) == ("lost", "left")
    assert [step.day for step in gone.steps if step.event == "customer_lost"] == [date(2023, 7, 1), date(2024, 2, 1)]


def test_what_is_long_past_when_it_is_told_comes_due_on_the_day_of_the_record() -> None:
    graded = Churn(at_risk=InactiveFor(months=6), lost=InactiveFor(months=12))
    told = "2024-01-01 vehicle_recorded vehicle=V delivered_on=2020-02-02 last_charged_visit=2021-03-04"
    life = live(told, "2024-01-01", graded)
    assert activities(life) == ["active", "at_risk", "lost"]
    assert {step.day for step in life.steps} == {date(2024, 1, 1)}


def test_one_who_comes_with_a_car_that_is_gone_has_returned_even_where_the_rule_calls_him_lost_at_once() -> None:
    churn = Churn(lost=InactiveFor(months=90).counting(all_visits) | BreadthBelow(products=2))
    told = "2024-02-01 vehicle_transferred vehicle=V\n2024-03-01 workshop_entered vehicle=V"
    assert activities(live(told, "2024-03-01", churn)) == ["gone", "returned", "lost"]
