"""Irregular bookings (V1e): each pattern is found with its evidence, and what is regular is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Churn, Event, History, InactiveFor, LifecycleError, all_visits, by_customer, replay, timeline
from lifecycle.book import Book
from lifecycle.dates import add_days, add_months
from lifecycle.irregular import PATTERNS, Audit, Irregularities, audit
from lifecycle.testing import histories

ON = date(2024, 12, 31)


def told(text: str, customer: str = "C1") -> History:
    return timeline(text, customer=customer)


def found(text: str, *, on: date = ON, checks: Audit | None = None) -> list[tuple[str, tuple[str, ...]]]:
    cases = audit([told(text)], on=on, checks=checks)
    return [(one.pattern, tuple(str(event.day) for event in one.evidence)) for one in cases]


# -- kept active by jobs that are none -------------------------------------------------------------------------------------

TOKEN = """
    2023-08-31 vehicle_handed_over vehicle=V1 charge=860
    2024-02-20 vehicle_handed_over vehicle=V1 charge=1
"""


def test_a_vehicle_kept_active_by_a_token_charge() -> None:
    """Just before the sixth month is over, one yuan is booked: without it the vehicle would have been lost."""
    cases = audit([told(TOKEN)], on=ON)
    assert [one.pattern for one in cases] == ["token_charges"]
    assert str(cases[0]) == (
        "token_charges: vehicle V1 of C1 would have been lost on 2024-02-29, but for 2024-02-20 1 yuan; so not before 2024-08-20"
    )
    assert cases[0].day == date(2024, 2, 20)
    assert cases.fines() == 200
    assert "token_charges: 1" in repr(cases)
    assert "vehicle_handed_over" in str(cases)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        (
            "2023-08-31 vehicle_handed_over vehicle=V1 charge=860\n2024-02-20 vehicle_handed_over vehicle=V1 charge=50",
            ON,
        ),
        (TOKEN, date(2024, 2, 28)),  # nothing was saved yet on the day before
        (
            "2023-08-31 vehicle_handed_over vehicle=V1 charge=860\n2024-02-29 vehicle_handed_over vehicle=V1 charge=1",
            ON,
        ),
        (
            "2023-08-31 vehicle_handed_over vehicle=V1 charge=860\n2024-02-20 vehicle_handed_over vehicle=V1 charge=0",
            ON,
        ),
        (TOKEN + "2024-02-21 vehicle_handed_over vehicle=V1 charge=500", ON),  # came for good in time
        (TOKEN + "2024-03-01 voided of=L0003", ON),
    ],
    ids=["at the threshold", "not due yet", "lost already", "free help winds no clock", "a real job in time", "voided"],
)
def test_what_keeps_no_vehicle_active_is_left_alone(text: str, on: date) -> None:
    assert found(text, on=on) == []


def test_a_void_that_is_voided_hides_no_case() -> None:
    text = TOKEN + "2024-02-25 voided of=L0003 id=X\n2024-02-26 voided of=X\n"
    assert found(text) == found(TOKEN) != []


def test_a_chain_of_tokens_is_one_case() -> None:
    text = TOKEN + "2024-08-01 vehicle_handed_over vehicle=V1 charge=2\n"
    assert found(text) == [("token_charges", ("2024-02-20", "2024-08-01"))]


def test_a_charge_refunded_was_a_token() -> None:
    text = """
        2023-08-31 vehicle_handed_over vehicle=V1 charge=860
        2024-02-20 vehicle_handed_over vehicle=V1 charge=300 id=R2
        2024-02-22 refunded of=R2 amount=300
    """
    assert found(text) == [("token_charges", ("2024-02-20",))]


def test_where_every_visit_counts_free_help_is_a_token_and_an_entry_is_its_job() -> None:
    checks = Audit(rule=InactiveFor(months=6).counting(all_visits))
    free = "2023-08-31 vehicle_handed_over vehicle=V1 charge=860\n2024-02-20 vehicle_handed_over vehicle=V1 charge=0"
    assert found(free, checks=checks) == [("token_charges", ("2024-02-20",))]
    paid = """
        2023-08-31 vehicle_handed_over vehicle=V1 charge=860
        2024-02-28 workshop_entered vehicle=V1
        2024-03-02 vehicle_handed_over vehicle=V1 charge=500
    """
    assert found(paid, checks=checks) == []


def test_a_warranty_claim_used_as_a_visit() -> None:
    text = """
        2023-08-31 vehicle_handed_over vehicle=V1 charge=860
        2024-02-20 vehicle_handed_over vehicle=V1 charge=1 warranty=yes maker_paid=400
    """
    assert found(text) == [("warranty_claims", ("2024-02-20",))]


def test_the_delivery_is_an_anchor_and_one_who_only_has_tokens_was_seen_at_the_first() -> None:
    bought = "2023-08-31 vehicle_delivered vehicle=V1\n2024-02-20 vehicle_handed_over vehicle=V1 charge=1"
    assert found(bought) == [("token_charges", ("2024-02-20",))]
    only = "2023-08-31 vehicle_handed_over vehicle=V1 charge=1\n2024-02-20 vehicle_handed_over vehicle=V1 charge=1"
    assert found(only) == [("token_charges", ("2024-02-20",))]


@given(histories(kinds=["vehicle_handed_over", "vehicle_delivered"], vehicles=("V1",)), st.integers(0, 400))
def test_a_token_case_is_a_loss_that_replay_would_have_seen(history: History, later: int) -> None:
    """Without the jobs of the evidence, the vehicle is lost on the day that the case names; with them it is not."""
    if not len(history):
        return
    on = add_days(history.last_day, later)
    house = Book(name="regulation", edition="1", churn=Churn(lost=InactiveFor(months=6)))
    for case in audit([history], on=on, checks=Audit(token=Decimal(50))).by_pattern.get("token_charges", ()):
        lost = date.fromisoformat(case.says.partition("lost on ")[2][:10])
        here = replay(history, house, on=lost).customer.vehicles["V1"]
        assert here.lost_due is not None
        assert here.lost_due > lost
        without = History([event for event in history if event not in case.evidence], customer=history.customer)
        if len(without):
            there = replay(without, house, on=lost).customer.vehicles["V1"]
            assert there.lost_due == lost


# -- plates and job numbers ------------------------------------------------------------------------------------------------


def test_plates_that_change_on_the_bills_of_a_fleet() -> None:
    text = """
        2024-01-10 vehicle_handed_over vehicle=V1 charge=100 plate=A1
        2024-02-10 vehicle_handed_over vehicle=V1 charge=100 plate=A2
        2024-03-10 vehicle_handed_over vehicle=V1 charge=100 plate=A1
        2024-03-11 vehicle_handed_over vehicle=V2 charge=100 plate=A2
    """
    assert found(text) == [
        ("several_plates", ("2024-01-10", "2024-02-10")),
        ("shared_plate", ("2024-02-10", "2024-03-11")),
    ]
    assert found(text, checks=Audit(plates_of_a_vehicle=2, vehicles_of_a_plate=2)) == []
    assert found(text, checks=Audit(free_bill_plates=["A2"])) == []
    free = text.replace("charge=100 plate=A2", "charge=0 plate=A2")
    assert found(free) == [], "free help is booked under a plate of its own (V1c)"


def test_several_vehicles_on_one_job_number_across_customers() -> None:
    one = told("2024-01-10 vehicle_handed_over vehicle=V1 charge=100 job=J7")
    other = told("2024-01-11 vehicle_handed_over vehicle=V2 charge=100 job=J7", customer="C2")
    cases = audit([one, other], on=ON)
    assert [(case.pattern, case.customers, case.vehicles) for case in cases] == [
        ("shared_job", ("C1", "C2"), ("V1", "V2"))
    ]
    assert cases[0].says == "job J7: vehicles V1, V2"
    assert audit({"C1": one}, on=ON) == ()
    assert audit([one, other], on=date(2024, 1, 10)) == (), "what happened later is not known yet"


def test_a_job_of_a_vehicle_that_never_came_in_where_entries_are_recorded() -> None:
    regular = "\n".join(
        f"2024-{month:02}-10 workshop_entered vehicle=V1\n2024-{month:02}-11 vehicle_handed_over vehicle=V1 charge=100"
        for month in range(1, 10)
    )
    phantom = regular + "\n2024-10-10 vehicle_handed_over vehicle=V1 charge=100 job=P1"
    cases = audit([told(phantom)], on=ON)
    assert [case.says for case in cases] == ["vehicle V1 of C1 handed over on 2024-10-10, job P1, and no entry before"]
    assert found(regular) == []
    bills_only = "\n".join(f"2024-{month:02}-11 vehicle_handed_over vehicle=V1 charge=100" for month in range(1, 10))
    assert found(bills_only) == [], "a house that records no entries is not told of each job"


# -- the eve of the loss ---------------------------------------------------------------------------------------------------


def house(visits: int, days_before: Callable[[int], int]) -> list[Event]:
    """Customers who came a second time so many days before they would have been lost."""
    first = date(2024, 1, 10)
    events: list[Event] = []
    for number in range(visits):
        second = add_days(add_months(first, 6), -days_before(number))
        for day in (first, second):
            facts = {"charge": 500, "by": "Li" if number % 2 else "Wang"}
            events.append(Event(day, "vehicle_handed_over", f"{number}-{day}", f"C{number:03}", f"V{number:03}", facts))
    return events


def test_a_crowd_on_the_eve_is_told_and_who_booked_it() -> None:
    cases = audit(by_customer(house(20, lambda number: 3 if number % 2 else 20)), on=ON)
    assert [(case.pattern, len(case.evidence)) for case in cases] == [("eve_of_loss", 10)]
    assert "booked by Li" in cases[0].says
    assert "10 visits" in cases[0].says
    everybody = audit(by_customer(house(20, lambda number: 1 + number % 7)), on=ON)
    assert sorted(len(case.evidence) for case in everybody) == [10, 10, 20]


def test_visits_spread_around_the_half_year_are_no_crowd() -> None:
    assert audit(by_customer(house(70, lambda number: number % 35 - 13)), on=ON) == ()


@pytest.mark.parametrize(("days", "told_of"), [(0, False), (1, True), (7, True), (8, False)])
def test_the_eve_ends_on_the_day_before_the_loss(days: int, told_of: bool) -> None:
    cases = audit(by_customer(house(8, lambda _: days)), on=ON, checks=Audit(chance=0.05))
    assert ("eve_of_loss" in cases.by_pattern) == told_of


# -- the whole -------------------------------------------------------------------------------------------------------------


def test_every_pattern_has_its_meaning_and_a_clean_house_has_none() -> None:
    assert len(PATTERNS) == 7
    clean = audit([told("2023-08-31 vehicle_handed_over vehicle=V1 charge=860")], on=ON)
    assert clean == Irregularities()
    assert clean.fines() == 0
    assert repr(clean) == "<Irregularities: 0 cases>"


@given(st.lists(histories(max_size=10), max_size=1), st.integers(0, 500))
def test_any_history_can_be_audited_and_the_future_is_not_looked_at(them: list[History], back: int) -> None:
    on = add_days(max((one.last_day for one in them if len(one)), default=ON), -back)
    cases = audit(them, on=on)
    assert all(event.day <= on for case in cases for event in case.evidence)
    known = [History([event for event in one if event.day <= on], customer=one.customer) for one in them]
    assert audit(known, on=on) == cases
    assert Audit()(them, on=on) == cases


def test_thresholds_are_checked() -> None:
    wrong: list[Callable[[], object]] = [
        lambda: Audit(token=-1),
        lambda: Audit(eve=0),
        lambda: Audit(chance=2),
        lambda: Audit(rule=InactiveFor(months=6) | InactiveFor(days=3)),  # type: ignore[arg-type]
    ]
    for build in wrong:
        with pytest.raises(LifecycleError):
            build()
