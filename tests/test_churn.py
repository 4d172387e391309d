"""Churn rules as due days: the leaves, the graded policy, the roll-up, and who is next (LT1, LC2–LC4, LC8)."""

from __future__ import annotations

import pickle
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Churn,
    Event,
    History,
    InactiveFor,
    LifecycleError,
    Vehicle,
    VisitKind,
    all_visits,
    charged_visits,
    fact,
    never,
    replay,
    timeline,
)
from lifecycle.churn import (
    BreadthBelow,
    DissatisfiedFor,
    InsuranceNotRenewed,
    OffOwnRhythm,
    OffRhythm,
    SpendingDeclining,
    WarrantyLapsed,
    upcoming,
)
from lifecycle.customer import Customer, rolled_up
from lifecycle.dates import add_days, add_months, latest_anchor
from lifecycle.deadline import Rule
from lifecycle.testing import churns, customers, days, histories, rules, vehicles, visit_kinds
from lifecycle.testing.rules import paid_by_anyone

CAR = Vehicle("V1", delivered_on=date(2022, 5, 2), last_charged_visit=date(2023, 8, 31), last_visit=date(2023, 12, 1))


# -- InactiveFor -----------------------------------------------------------------------------------------------------------


def test_six_months_the_sixth_included() -> None:
    rule = InactiveFor(months=6)
    assert rule.due(CAR) == date(2024, 2, 29)
    assert not rule.decide(CAR, on=date(2024, 2, 28)).holds
    assert rule.decide(CAR, on=date(2024, 2, 29)).holds
    assert rule.decide(CAR, on=date(2024, 3, 1)).holds


def test_what_counts_is_a_field_of_the_rule() -> None:
    assert InactiveFor(months=6).counting(all_visits).due(CAR) == date(2024, 6, 1)
    assert InactiveFor(days=30).counting(charged_visits).due(CAR) == date(2023, 9, 30)
    insured = evolve(CAR, last_visits={"paid_by_anyone": date(2023, 10, 31)})
    assert InactiveFor(months=4).counting(paid_by_anyone).due(insured) == date(2024, 2, 29)


def test_one_who_has_never_come_counts_from_the_delivery() -> None:
    bought = Vehicle("V1", delivered_on=date(2023, 8, 31), last_visit=date(2023, 12, 1))
    decision = InactiveFor(months=6).decide(bought, on=date(2024, 2, 29))
    assert decision.since == date(2024, 2, 29)
    assert decision.because == ("delivered 2023-08-31 + 6 months = 2024-02-29, no charged visit yet",)
    bought_back = Vehicle("V1", delivered_on=date(2023, 8, 31), last_charged_visit=date(2020, 1, 1))
    assert "no charged visit since" in InactiveFor(months=6).decide(bought_back, on=date(2024, 1, 1)).because[0]


def test_without_delivery_or_counted_visit_nothing_is_guessed() -> None:
    rule = InactiveFor(months=6)
    decision = rule.decide(Vehicle("V1", last_visit=date(2023, 12, 1)), on=date(2030, 1, 1))
    assert not decision.holds
    assert decision.since is None
    assert decision.because == ("no counted visit and no delivery known",)


@given(vehicles(), st.integers(0, 1200), visit_kinds())
def test_lt1_the_month_rule_from_the_anchor_and_the_end_clamped(car: Vehicle, months: int, kind: VisitKind) -> None:
    rule = InactiveFor(months=months).counting(kind)
    anchor = rule.anchor(car)
    found = rule.due(car)
    if anchor is None:
        assert found is None
        return
    years, month = divmod(anchor.month - 1 + months, 12)
    year, month = anchor.year + years, month + 1
    assert found == date(year, month, min(anchor.day, monthrange(year, month)[1]))


@given(days(), st.sampled_from([1, 3, 5, 6, 9, 12, 24]), st.integers(-3, 3))
def test_lt1_six_months_since_is_not_six_months_before(on: date, months: int, slip: int) -> None:
    """The rule is last + n ≤ on, which one comparison with the latest anchor decides; last ≤ on − n is another rule."""
    last = add_days(latest_anchor(on, months), slip)
    decision = InactiveFor(months=months).decide(Vehicle("V1", last_charged_visit=last), on=on)
    assert decision.holds == (slip <= 0)
    assert decision.holds == (add_months(last, months) <= on)


# -- LC2, LC3 --------------------------------------------------------------------------------------------------------------


@given(rules(), st.data())
def test_lc2_time_alone_never_makes_a_lost_customer_active(rule: Rule, data: st.DataObject) -> None:
    on = data.draw(days())
    car, customer = data.draw(vehicles(on=on)), data.draw(st.none() | customers(on=on, cars=0))
    due = rule.due(car, customer)
    if due is None:
        return
    for later in (0, 1, 2, 30, 366, 4000):
        decision = rule.decide(car, on=add_days(due, later), customer=customer)
        assert decision.holds
        assert decision.since == due


@given(vehicles(), visit_kinds(), st.sampled_from([1, 6, 12]), st.integers(0, 12))
def test_lc2_more_months_never_make_the_day_earlier(car: Vehicle, kind: VisitKind, months: int, more: int) -> None:
    short = InactiveFor(months=months).counting(kind).due(car)
    long = InactiveFor(months=months + more).counting(kind).due(car)
    assert (short is None) == (long is None)
    if short is not None and long is not None:
        assert short <= long
        assert more == 0 or short < long


def job(on: date, **facts: Any) -> Event:
    return Event(on, "vehicle_handed_over", f"J{on}", "C1", "V1", facts)


def after_a_visit(car: Vehicle, event: Event) -> Vehicle:
    """The vehicle after one more visit on or after the last, as replay folds it."""
    day = event.day
    changed: dict[str, Any] = {"first_visit": car.first_visit or day, "last_visit": day}
    if event.kind == "vehicle_handed_over":
        changed["visits"] = car.visits + 1
    if charged_visits.counts(event):
        changed["last_charged_visit"] = day
        changed["charged_visits"] = car.charged_visits + 1
    if paid_by_anyone.counts(event):
        changed["last_visits"] = {**car.last_visits, "paid_by_anyone": day}
    return evolve(car, **changed)


@given(rules() | rules(inactive_only=True), st.data())
def test_lc2_a_counted_visit_never_makes_the_day_earlier(rule: Rule, data: st.DataObject) -> None:
    on = data.draw(days())
    car, customer = data.draw(vehicles(on=on)), data.draw(st.none() | customers(on=on, cars=0))
    facts: dict[str, Any] = data.draw(st.sampled_from([{"charge": 860}, {}, {"insurer_paid": 3000}, {"charge": 0}]))
    event = job(add_days(on, data.draw(st.integers(0, 400))), **facts)
    before, then = rule.due(car, customer), rule.due(after_a_visit(car, event), customer)
    delivery_counts = "after(" not in repr(rule) and car.delivered_on is not None
    first_seen = not delivery_counts and any(kind.counts(event) and kind.last(car) is None for kind in rule.visit_kinds)
    if rule.may_move_earlier or first_seen:  # what was unknown before the first sight may come to be known
        return
    assert then is None if before is None else then is None or then >= before


def test_lc2_a_leaf_that_may_move_earlier_says_so() -> None:
    rule = OffOwnRhythm(percent=200)
    assert rule.may_move_earlier
    assert "earlier" in (OffOwnRhythm.__doc__ or "")
    rare = Vehicle("V1", first_visit=date(2022, 1, 1), last_visit=date(2023, 1, 1), visits=3)
    suddenly = evolve(rare, visits=12)
    assert rule.due(suddenly) < rule.due(rare)  # type: ignore[operator]


FREE: dict[str, Any] = {"charge": 0, "warranty": True}


@pytest.mark.parametrize(
    ("facts", "counting"),
    [
        (FREE, {"all_visits"}),
        ({}, {"all_visits"}),
        ({"insurer_paid": 3000}, {"all_visits", "paid_by_anyone"}),
        ({"charge": "0.01"}, {"all_visits", "paid_by_anyone", "charged_visits"}),
    ],
)
@given(rule=rules(), data=st.data())
def test_lc3_a_visit_that_the_rule_does_not_count_changes_nothing(
    facts: dict[str, Any], counting: set[str], rule: Rule, data: st.DataObject
) -> None:
    on = data.draw(days())
    car, customer = data.draw(vehicles(on=on)), data.draw(st.none() | customers(on=on, cars=0))
    if rule.may_move_earlier or counting & {kind.name for kind in rule.visit_kinds}:
        return
    event = job(add_days(on, data.draw(st.integers(0, 400))), **facts)
    assert rule.due(after_a_visit(car, event), customer) == rule.due(car, customer)


@given(vehicles(), visit_kinds(), st.integers(0, 400))
def test_a_counted_visit_winds_the_clock_up_anew(car: Vehicle, kind: VisitKind, later: int) -> None:
    rule = InactiveFor(months=6).counting(kind)
    last = max((day for day in (car.last_visit, car.delivered_on) if day is not None), default=date(2023, 8, 31))
    event = job(add_days(last, later), charge=860)
    assert rule.due(after_a_visit(car, event)) == add_months(event.day, 6)


@pytest.mark.parametrize(
    ("kind", "event", "counted"),
    [
        (charged_visits, job(date(2024, 1, 1), charge="0.01"), True),
        (charged_visits, job(date(2024, 1, 1), charge=0), False),
        (charged_visits, job(date(2024, 1, 1)), False),
        (charged_visits, job(date(2024, 1, 1), insurer_paid=3000), False),
        (charged_visits, job(date(2024, 1, 1), maker_paid=500, warranty=True), False),
        (charged_visits, Event(date(2024, 1, 1), "workshop_entered", "E", "C1", "V1"), False),
        (all_visits, Event(date(2024, 1, 1), "workshop_entered", "E", "C1", "V1"), True),
        (all_visits, job(date(2024, 1, 1)), True),
        (all_visits, Event(date(2024, 1, 1), "inspected_at_customer", "E", "C1", "V1"), False),
        (paid_by_anyone, job(date(2024, 1, 1), insurer_paid=3000), True),
        (paid_by_anyone, job(date(2024, 1, 1), charge=0), False),
        (VisitKind("free_jobs", ~(fact("charge") > 0)), job(date(2024, 1, 1)), True),
        (VisitKind("no_warranty", ~(fact("warranty") == True)), job(date(2024, 1, 1)), True),  # noqa: E712
        (VisitKind("far", fact("mileage") > 10), job(date(2024, 1, 1)), False),
        (VisitKind("near", ~(fact("mileage") > 10)), job(date(2024, 1, 1)), False),
        (VisitKind("handed_over"), job(date(2024, 1, 1)), True),
        (VisitKind("handed_over"), Event(date(2024, 1, 1), "workshop_entered", "E", "C1", "V1"), False),
    ],
)
def test_which_visits_count(kind: VisitKind, event: Event, counted: bool) -> None:
    assert kind.counts(event) is counted


@given(histories(vehicles=("V1",)), visit_kinds(), days())
def test_lc3_a_replayed_visit_that_does_not_count_moves_no_day(history: History, kind: VisitKind, on: date) -> None:
    churn = Churn(at_risk=InactiveFor(months=6).counting(kind), lost=InactiveFor(months=12).counting(kind))
    house = Book(name="drawn", edition="1", churn=churn)

    def due(told: History) -> tuple[date | None, date | None]:
        car = replay(told, house, on=on).customer.vehicles.get("V1", Vehicle("V1"))
        return car.at_risk_due, car.lost_due

    for free in ("workshop_entered", "vehicle_handed_over", "inspected_at_customer"):
        if kind != all_visits or free == "inspected_at_customer":  # the one kind that counts what is free
            event = Event(on, free, "free", "C1", "V1", {})
            assert due(history.and_([event])) == due(history)


def test_lc7_a_visit_on_the_due_day_finds_the_vehicle_lost_and_returns_it() -> None:
    told = timeline(
        """
        2023-08-31 vehicle_handed_over vehicle=V1 charge=860
        2024-02-29 vehicle_handed_over vehicle=V1 charge=860
        """,
        customer="C1",
    )
    house = Book(name="one grade", edition="1", churn=Churn(lost=InactiveFor(months=6)))
    before = replay(told[:1], house, on=date(2024, 2, 29)).customer.vehicles["V1"]
    assert before.activity == "lost"
    after = replay(told, house, on=date(2024, 2, 29)).customer.vehicles["V1"]
    assert after.activity == "returned"
    assert house.churn.status(after, on=date(2024, 2, 29)) == "active"


def test_a_kind_of_visit_is_a_value_with_its_own_name() -> None:
    assert repr(charged_visits) == "charged_visits"
    assert repr(all_visits) == "all_visits"
    assert repr(VisitKind("big", fact("charge") > 1000)) == 'VisitKind("big", fact("charge") > 1000)'
    for kind in (charged_visits, all_visits, paid_by_anyone):
        assert pickle.loads(pickle.dumps(kind)) == kind
    with pytest.raises(LifecycleError, match="means another"):
        VisitKind("charged_visits", fact("charge") > 100)
    with pytest.raises(LifecycleError, match="did you mean charge"):
        VisitKind("paid", fact("chargee") > 0)
    with pytest.raises(LifecycleError, match="does not name"):
        VisitKind("two words", fact("charge") > 0)
    with pytest.raises(LifecycleError, match="are not visits"):
        VisitKind("sold", events=("vehicle_delivered",))


# -- the other leaves ------------------------------------------------------------------------------------------------------

HIM = Customer(
    "C1", spending="declining", spending_since=date(2024, 1, 31), dissatisfied_since=date(2024, 1, 31),
    satisfaction="dissatisfied", products=["car", "service"],
)  # fmt: skip
OLD = Vehicle(
    "V1", first_visit=date(2022, 1, 1), last_visit=date(2023, 1, 1), visits=6, warranty_until=date(2024, 2, 29),
    insurance_until=date(2023, 12, 31),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "due", "because"),
    [
        (WarrantyLapsed(), date(2024, 3, 1), "warranty until 2024-02-29 + 1 day = 2024-03-01"),
        (WarrantyLapsed(months=3), date(2024, 6, 1), "warranty until 2024-02-29 + 1 day + 3 months = 2024-06-01"),
        (InsuranceNotRenewed(), date(2024, 1, 1), "insurance until 2023-12-31 + 1 day = 2024-01-01"),
        (InsuranceNotRenewed(days=30), date(2024, 1, 31), "insurance until 2023-12-31 + 1 day + 30 days = 2024-01-31"),
        (SpendingDeclining(), date(2024, 1, 31), "spending declines since 2024-01-31"),
        (SpendingDeclining(months=1), date(2024, 2, 29), "spending declines since 2024-01-31 + 1 month = 2024-02-29"),
        (DissatisfiedFor(days=30), date(2024, 3, 1), "dissatisfied since 2024-01-31 + 30 days = 2024-03-01"),
        (BreadthBelow(products=3), date.min, "products 2, below 3"),
        (BreadthBelow(products=2), None, "products 2, not below 2"),
        (OffRhythm(percent=100), date(2023, 5, 18), "137 days = 2023-05-18, which is 100 % of the usual 137 days"),
        (OffRhythm(), date(2023, 7, 26), "206 days = 2023-07-26, which is 150 % of the usual 137 days"),
        (
            OffOwnRhythm(percent=100),
            date(2023, 3, 15),
            "100 % of every 73 days (6 visits since 2022-01-01) = 2023-03-15",
        ),
        (OffOwnRhythm(percent=150), date(2023, 4, 21), "150 % of every 73 days"),
        (OffOwnRhythm(at_least=7), None, "unknown: a rhythm of his own, after fewer than 7 visits (6)"),
    ],
)
def test_each_leaf_names_its_day_and_why(rule: Rule, due: date | None, because: str) -> None:
    assert rule.due(OLD, HIM) == due
    decision = rule.decide(OLD, on=date(2030, 1, 1), customer=HIM)
    assert decision.holds == (due is not None)
    assert because in decision.because[0]


@pytest.mark.parametrize(
    "rule",
    [
        WarrantyLapsed(),
        InsuranceNotRenewed(),
        SpendingDeclining(),
        DissatisfiedFor(days=3),
        BreadthBelow(products=2),
        OffOwnRhythm(),
    ],
)
def test_each_leaf_says_what_it_does_not_know(rule: Rule) -> None:
    decision = rule.decide(Vehicle("V1"), on=date(2030, 1, 1))
    assert decision.since is None
    assert decision.because[0].startswith("unknown: ")


def test_each_leaf_says_what_is_not_so() -> None:
    content = Customer("C1", spending="stable")
    assert SpendingDeclining().decide(OLD, on=date(2030, 1, 1), customer=content).because == (
        "spending is stable, not declining",
    )
    assert DissatisfiedFor(days=3).decide(OLD, on=date(2030, 1, 1), customer=content).because == (
        "not known to be dissatisfied",
    )
    same_day = Vehicle("V1", first_visit=date(2024, 1, 1), last_visit=date(2024, 1, 1), visits=5)
    assert "all visits being on 2024-01-01" in OffOwnRhythm().decide(same_day, on=date(2030, 1, 1)).because[0]


# -- the graded policy (LC4) -----------------------------------------------------------------------------------------------


@given(churns(), vehicles(), st.none() | customers(cars=0))
def test_lc4_at_risk_is_never_later_than_lost(churn: Churn, car: Vehicle, customer: Customer | None) -> None:
    at_risk, lost = churn.dues(car, customer)
    if lost is not None:
        assert at_risk is not None
        assert at_risk <= lost
    own, rule = churn.at_risk.due(car, customer), churn.lost.due(car, customer)
    if (at_risk, lost) != (None, None):
        assert lost == rule
        assert at_risk == min(day for day in (own, rule) if day is not None)


@given(churns(), vehicles(), st.none() | customers(cars=0), days())
def test_lc4_the_status_follows_the_days(churn: Churn, car: Vehicle, customer: Customer | None, on: date) -> None:
    at_risk, lost = churn.dues(car, customer)
    status = churn.status(car, on=on, customer=customer)
    if status in ("gone", "unseen"):
        assert (at_risk, lost) == (None, None)
        return
    assert (status == "lost") == (lost is not None and lost <= on)
    assert (status == "active") == (at_risk is None or at_risk > on)


M6, M12 = InactiveFor(months=6), InactiveFor(months=12)


@pytest.mark.parametrize(
    ("at_risk", "lost"),
    [
        (M12, M6),
        (InactiveFor(days=200), InactiveFor(days=199)),
        (InactiveFor(days=187), M6),
        (M12, InactiveFor(days=335)),
        (M12.counting(all_visits), M6.counting(all_visits)),
        (M12, M6 | WarrantyLapsed()),
        (M12 & WarrantyLapsed(), M6),
        (M12 | InactiveFor(months=13), M6 & InactiveFor(months=7)),
        (M12.when(fact("mileage") > 3), M6),
        (WarrantyLapsed(months=2), WarrantyLapsed(months=1)),
        (OffRhythm(percent=200), OffRhythm(percent=100)),
        (DissatisfiedFor(days=31), DissatisfiedFor(days=30)),
    ],
)
def test_lc4_a_provable_inversion_cannot_be_built(at_risk: Rule, lost: Rule) -> None:
    with pytest.raises(ValueError, match="comes after lost") as caught:
        Churn(at_risk=at_risk, lost=lost)
    assert repr(at_risk) in str(caught.value)
    assert repr(lost) in str(caught.value)


@pytest.mark.parametrize(
    ("at_risk", "lost"),
    [
        (M6, M12),
        (M6, M6),
        (never, M6),
        (InactiveFor(days=186), M6),
        (M12, InactiveFor(days=336)),
        (M12.counting(all_visits), M6),
        (M12, WarrantyLapsed()),
        (M12 | WarrantyLapsed(), M6),
        (M12, M6 & WarrantyLapsed()),
        (M12, M6.when(fact("mileage") > 3)),
        (OffOwnRhythm(percent=300), OffOwnRhythm(percent=200)),
    ],
)
def test_lc4_what_is_not_provably_inverted_can_be_built(at_risk: Rule, lost: Rule) -> None:
    assert Churn(at_risk=at_risk, lost=lost).at_risk == at_risk


@given(rules(depth=1), rules(depth=1), vehicles(), st.none() | customers(cars=0))
def test_lc4_a_refused_policy_could_never_have_shown_its_first_grade(
    at_risk: Rule, lost: Rule, car: Vehicle, customer: Customer | None
) -> None:
    try:
        Churn(at_risk=at_risk, lost=lost)
    except LifecycleError:
        first, last = at_risk.due(car, customer), lost.due(car, customer)
        assert first is None or (last is not None and last < first)


def test_one_grade_is_enough() -> None:
    churn = Churn(lost=M6)
    assert churn.status(CAR, on=date(2024, 2, 28)) == "active"
    assert churn.status(CAR, on=date(2024, 2, 29)) == "lost"
    assert churn.dues(CAR) == (date(2024, 2, 29), date(2024, 2, 29))
    assert repr(churn) == "Churn(at_risk=never, lost=InactiveFor(months=6).counting(charged_visits))"


GRADED = Churn(at_risk=M6, lost=M12)


def test_the_verdict_says_since_when_and_because() -> None:
    at_risk = GRADED.decide(CAR, on=date(2024, 3, 10))
    assert (at_risk.status, at_risk.since, at_risk.holds) == ("at_risk", date(2024, 2, 29), False)
    lost = GRADED.decide(CAR, on=date(2024, 8, 31))
    assert (lost.status, lost.since, lost.holds) == ("lost", date(2024, 8, 31), True)
    assert lost.because == ("last charged visit 2023-08-31 + 12 months = 2024-08-31",)
    active = GRADED.decide(CAR, on=date(2024, 1, 1))
    assert (active.status, active.since, active.at_risk_due, active.lost_due) == (
        "active", None, date(2024, 2, 29), date(2024, 8, 31),
    )  # fmt: skip
    gone = GRADED.decide(evolve(CAR, gone_on=date(2024, 1, 5)), on=date(2025, 1, 1))
    assert (gone.status, gone.since, gone.lost_due) == ("gone", date(2024, 1, 5), None)
    unseen = GRADED.decide(Vehicle("V1", last_visit=date(2020, 1, 1)), on=date(2025, 1, 1))
    assert (unseen.status, unseen.since) == ("unseen", None)
    assert "charged_visits" in unseen.because[0]


def test_a_vehicle_never_seen_is_never_lost() -> None:
    churn = Churn(lost=WarrantyLapsed())
    known = Vehicle("V1", warranty_until=date(2020, 1, 1))
    assert churn.status(known, on=date(2025, 1, 1)) == "unseen"
    assert churn.dues(known) == (None, None)
    assert churn.status(evolve(known, delivered_on=date(2017, 1, 1)), on=date(2025, 1, 1)) == "lost"


@settings(max_examples=300)
@given(churns() | churns(inactive_only=True), st.data())
def test_lc5_the_facts_of_a_verdict_suffice(churn: Churn, data: st.DataObject) -> None:
    on = data.draw(days())
    car, customer = data.draw(vehicles(on=on)), data.draw(st.none() | customers(on=on, cars=0))
    verdict = churn.decide(car, on=on, customer=customer)
    assert verdict.because
    assert verdict.status == churn.status(car, on=on, customer=customer)
    alone, person = verdict.alone()
    again = churn.decide(alone, on=on, customer=person)
    assert (again.status, again.since) == (verdict.status, verdict.since)


# -- the customer (LC8) ----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["unseen", "active", "at_risk", "returned", "lost", "quasi_lost", "gone"]), max_size=4))
def test_lc8_lost_when_every_vehicle_is_and_one_is_not_gone(activities: list[str]) -> None:
    lost = bool(activities) and all(one in ("lost", "quasi_lost", "gone") for one in activities)
    assert (rolled_up(activities) == "lost") == (lost and any(one != "gone" for one in activities))


@settings(max_examples=300)
@given(churns() | churns(inactive_only=True), st.data())
def test_lc8_the_customer_is_lost_on_the_day_his_last_vehicle_is(churn: Churn, data: st.DataObject) -> None:
    on = data.draw(days())
    customer = data.draw(customers(on=on))
    verdict = churn.decide_customer(customer, on=on)
    assert verdict.because
    statuses = [churn.status(car, on=on, customer=customer) for car in customer.vehicles.values()]
    assert verdict.holds == (set(statuses) <= {"lost", "gone"} and "lost" in statuses)
    assert {vin: one.status for vin, one in verdict.vehicles.items()} == dict(
        zip(customer.vehicles, statuses, strict=True)
    )
    if verdict.since is not None and verdict.since > date.min:
        assert churn.decide_customer(customer, on=verdict.since).holds
        assert not churn.decide_customer(customer, on=add_days(verdict.since, -1)).holds
    if verdict.holds:
        assert verdict.since is not None
        assert verdict.since <= on


# -- who is next -----------------------------------------------------------------------------------------------------------

TWO = Customer(
    "C2",
    vehicles={
        "V1": CAR,
        "V2": Vehicle("V2", last_charged_visit=date(2023, 5, 31)),
        "V3": Vehicle("V3", last_charged_visit=date(2023, 9, 30), gone_on=date(2024, 1, 1)),
    },
)


def test_upcoming_names_who_when_and_why() -> None:
    found = upcoming([TWO], GRADED, start=date(2024, 2, 29), end=date(2024, 9, 1))
    assert [(one.day, one.vehicle, one.becomes, one.customer_lost) for one in found] == [
        (date(2024, 2, 29), "V1", "at_risk", False),
        (date(2024, 5, 31), "V2", "lost", False),
        (date(2024, 8, 31), "V1", "lost", True),
    ]
    assert found[0].because == ("last charged visit 2023-08-31 + 6 months = 2024-02-29",)
    assert str(found[2]).startswith("2024-08-31 C2 V1: lost, and the customer with it, because last charged visit")


def test_the_window_is_closed_at_its_start_and_open_at_its_end() -> None:
    on = date(2024, 2, 29)
    assert upcoming([TWO], GRADED, start=on, end=on) == ()
    assert not upcoming([TWO], GRADED, start=date(2024, 2, 1), end=on)
    assert len(upcoming([TWO], GRADED, start=on, end=add_days(on, 1))) == 1
    with pytest.raises(LifecycleError, match="before start"):
        upcoming([TWO], GRADED, start=on, end=add_days(on, -1))


@given(churns(), st.lists(customers(), max_size=2), days(), st.integers(0, 200), st.integers(0, 200))
def test_a_window_cut_in_two_gives_the_same_list(
    churn: Churn, them: list[Customer], start: date, one: int, two: int
) -> None:
    them = [evolve(customer, id=f"C{number}") for number, customer in enumerate(them)]
    middle = add_days(start, one)
    end = add_days(middle, two)
    cut = upcoming(them, churn, start=start, end=middle) + upcoming(them, churn, start=middle, end=end)
    assert cut == upcoming(them, churn, start=start, end=end)


def test_what_is_no_day_and_no_count_is_refused_at_the_door() -> None:
    slips: dict[str, Any] = {
        "delivered_on": "2022-05-02",
        "last_visit": datetime(2022, 5, 2, tzinfo=UTC),
        "visits": True,
        "mileage": "3",
    }
    for name, value in slips.items():
        with pytest.raises(LifecycleError, match=rf"Vehicle\({name}="):
            Vehicle("V1", **{name: value})
    with pytest.raises(LifecycleError, match=r"Customer\(birthday='1990'\) is no day"):
        Customer("C1", birthday="1990")  # type: ignore[arg-type]


def test_upcoming_says_what_it_was_given() -> None:
    window = {"start": date(2024, 1, 1), "end": date(2024, 2, 1)}
    with pytest.raises(LifecycleError, match="is no Churn"):
        upcoming([Customer("C1")], InactiveFor(months=6), **window)  # type: ignore[arg-type]
    with pytest.raises(LifecycleError, match=r"is no Customer.*replay"):
        upcoming([timeline("2024-01-01 enquired", customer="C1")], Churn(lost=InactiveFor(months=6)), **window)  # type: ignore[list-item]
