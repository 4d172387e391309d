"""Replay in the domain's words: the nine histories that must come out sensibly, corrections, and the fold's laws."""

from __future__ import annotations

from datetime import date

import pytest

from lifecycle import FACTS, InactiveFor, Life, LifecycleError, Stage, replay, timeline
from lifecycle.books import WENHUA
from lifecycle.events import by_customer


def live(text: str, on: str, book: object = WENHUA, customer: str = "C1") -> Life:
    return replay(timeline(text, customer=customer), book, on=date.fromisoformat(on))  # type: ignore[arg-type]


def moves(life: Life, region: str, key: str | None = None) -> list[str]:
    return [
        step.after for step in life.steps if step.region == region and step.key == key and step.before != step.after
    ]


# -- the nine histories (machines.md) --------------------------------------------------------------------------------


def test_service_only_car_bought_elsewhere() -> None:
    life = live(
        """
        2024-01-08 workshop_entered vehicle=V1
        2024-01-08 vehicle_handed_over vehicle=V1 charge=500
        2024-05-08 vehicle_handed_over vehicle=V1 charge=300
        """,
        "2024-06-01",
    )
    assert life.refused == ()
    assert (life.customer.stage, life.customer.standing) == (Stage.SERVICE, "first_time")
    assert life.customer.bought == 0
    assert life.customer.vehicles["V1"].activity == "active"


def test_second_car_bought_while_the_first_is_in_the_workshop() -> None:
    life = live(
        """
        2022-01-08 vehicle_delivered vehicle=V1
        2024-01-08 workshop_entered vehicle=V1
        2024-01-08 enquired
        2024-01-09 need_agreed
        2024-01-09 model_accepted
        2024-01-10 vehicle_handed_over vehicle=V1 charge=4000
        2024-01-10 contract_signed vehicle=V2
        2024-01-20 vehicle_delivered vehicle=V2
        """,
        "2024-02-01",
    )
    assert life.refused == ()
    assert life.customer.standing == "repeat"
    assert life.customer.stage is Stage.PURCHASE
    assert [car.activity for car in life.customer.vehicles.values()] == ["returned", "active"]


def test_two_complaints_open_one_closed() -> None:
    told = """
        2024-01-08 vehicle_delivered vehicle=V1
        2024-02-01 complaint_raised complaint=A
        2024-02-02 complaint_raised complaint=B
        2024-02-03 complaint_closed complaint=A satisfied=yes
        """
    life = live(told, "2024-02-04")
    assert (life.customer.satisfaction, life.customer.open_complaints) == ("dissatisfied", 1)
    assert life.customer.standing == "dissatisfied"
    assert life.customer.dissatisfied_since == date(2024, 2, 1)
    both = live(told + "2024-02-05 complaint_closed complaint=B satisfied=yes\n", "2024-02-06")
    assert (both.customer.satisfaction, both.customer.open_complaints) == ("satisfied", 0)
    assert both.customer.dissatisfied_since is None


def test_lost_returned_a_second_visit_lost_again() -> None:
    life = live(
        """
        2022-01-31 vehicle_delivered vehicle=V1
        2023-03-01 vehicle_handed_over vehicle=V1 charge=1
        2023-04-01 vehicle_handed_over vehicle=V1 charge=1
        """,
        "2024-04-01",
    )
    assert moves(life, "activity", "V1") == ["active", "at_risk", "lost", "returned", "active", "at_risk", "lost"]
    days = [step.day for step in life.steps if step.region == "activity"]
    assert days == [
        date(2022, 1, 31), date(2022, 7, 31), date(2023, 1, 31), date(2023, 3, 1), date(2023, 4, 1), date(2023, 10, 1), date(2024, 4, 1),
    ]  # fmt: skip
    assert life.customer.standing == "lost"
    assert life.customer.spending == "left"


@pytest.mark.parametrize(
    ("before", "stage", "standing"),
    [("", Stage.NEED, "prospect"), ("2020-01-01 vehicle_delivered vehicle=V1\n", Stage.RETENTION, "lost")],
)
def test_test_drive_and_bought_elsewhere(before: str, stage: Stage, standing: str) -> None:
    life = live(
        before
        + """
        2024-01-01 enquired
        2024-01-02 need_agreed
        2024-01-03 model_accepted
        2024-01-09 sale_lost reason=price
        """,
        "2024-02-01",
    )
    assert life.refused == ()
    assert (life.customer.stage, life.customer.standing) == (stage, standing)


def test_vehicle_transferred_while_shopping_for_the_next() -> None:
    told = """
        2022-01-01 vehicle_delivered vehicle=V1
        2022-06-01 enquired
        2022-06-03 vehicle_transferred vehicle=V1
        """
    shopping = live(told, "2022-07-01")
    assert shopping.refused == ()
    assert shopping.customer.vehicles["V1"].activity == "gone"
    assert shopping.customer.standing == "first_time"
    declined = live(told + "2022-07-02 replacement_declined\n", "2024-07-03")
    assert declined.customer.standing == "gone", "the clock does not run on a car that is gone"


def test_referral_before_the_own_purchase() -> None:
    life = live(
        """
        2024-01-01 enquired
        2024-01-02 referral_recorded referral=F1
        2024-02-01 vehicle_delivered vehicle=V1
        2024-03-01 referral_converted referral=F1
        """,
        "2024-03-02",
    )
    assert life.refused == ()
    assert moves(life, "loyalty") == ["referrer", "advocate", "core_advocate"]
    assert life.customer.points == 500


def test_inspected_at_home_twice_never_came() -> None:
    told = """
        2023-01-01 vehicle_delivered vehicle=V1
        2023-06-15 inspected_at_customer vehicle=V1
        2023-08-15 inspected_at_customer vehicle=V1
        """
    life = live(told, "2024-01-01")
    assert life.refused == ()
    assert life.customer.vehicles["V1"].activity == "quasi_lost"
    assert life.customer.standing == "lost"
    back = live(told + "2024-02-01 vehicle_handed_over vehicle=V1 charge=100\n", "2024-02-01")
    assert back.customer.vehicles["V1"].activity == "returned"
    again = live(told + "2024-02-01 vehicle_handed_over vehicle=V1 charge=100\n", "2025-02-01")
    assert again.customer.vehicles["V1"].activity == "lost", "the inspection before he came is forgotten"


def test_only_bills_in_the_export() -> None:
    life = live(
        "\n".join(f"2023-{month:02}-10 vehicle_handed_over vehicle=V1 charge=99.99" for month in range(1, 13)),
        "2024-01-01",
    )
    assert life.refused == ()
    assert life.customer.points == 12
    assert str(life.customer.spent) == "1199.88"


# -- besides -------------------------------------------------------------------------------------------------------------


def test_a_voided_bill_never_happened() -> None:
    told = """
        2023-01-01 vehicle_delivered vehicle=V1
        2023-05-01 vehicle_handed_over vehicle=V1 charge=100 id=R1
        2023-05-02 voided of=R1 id=X
        """
    assert live(told, "2023-05-01").customer.points == 2, "the void is not known on the day before"
    assert (
        live(told, "2023-06-01").customer
        == live("2023-01-01 vehicle_delivered vehicle=V1\n2023-05-02 voided of=none id=X", "2023-06-01").customer
    )
    assert live(told + "2023-05-03 voided of=X\n", "2023-06-01").customer.points == 2, "a void can itself be voided"
    assert "no event 'R9'" in str(live("2023-05-02 voided of=R9", "2023-06-01").refused[0])


def test_one_person_entered_twice_is_one_history() -> None:
    one = timeline("2023-01-01 vehicle_delivered vehicle=V1", customer="A")
    other = timeline(
        "2023-03-01 vehicle_handed_over vehicle=V1 charge=60 id=R1\n2023-04-01 merged into=A id=M", customer="B"
    )
    histories = by_customer([*other, *one])
    assert list(histories) == ["A"]
    life = replay(histories["A"], WENHUA, on=date(2023, 5, 1))
    assert (life.customer.points, life.customer.bought) == (1, 1)
    with pytest.raises(LifecycleError, match="circle"):
        by_customer([*other, *timeline("2023-04-01 merged into=B id=N", customer="A")])


def test_a_vin_sold_on_is_gone_for_one_and_new_for_another() -> None:
    seller = live(
        "2020-01-01 vehicle_delivered vehicle=V1\n2020-05-01 vehicle_transferred vehicle=V1 to=C2", "2023-01-01"
    )
    buyer = live("2020-05-03 vehicle_handed_over vehicle=V1 charge=100", "2020-06-01", customer="C2")
    assert (seller.customer.vehicles["V1"].activity, seller.customer.standing) == ("gone", "gone")
    assert (buyer.customer.vehicles["V1"].activity, buyer.customer.standing) == ("active", "first_time")


def test_a_history_that_begins_in_the_middle() -> None:
    life = live(
        """
        2024-01-01 vehicle_recorded vehicle=V1 delivered_on=2020-02-02 last_visit=2023-09-30 last_charged_visit=2023-09-30
        2024-01-01 points_opened points=120
        2024-02-01 vehicle_handed_over vehicle=V2 charge=100
        """,
        "2024-04-01",
    )
    assert life.customer.points == 122
    assert life.customer.vehicles["V1"].activity == "at_risk"
    assert life.customer.vehicles["V1"].lost_due == date(2024, 9, 30)
    old = live("2024-01-01 vehicle_recorded vehicle=V1 delivered_on=2020-02-02", "2024-01-01")
    assert old.customer.standing == "lost", "a record may begin with a car that is lost already"


def test_who_paid_is_the_books_choice() -> None:
    from lifecycle import VisitKind, fact

    anyone = VisitKind("paid_by_anyone", (fact("charge") > 0) | (fact("insurer_paid") > 0))
    book = WENHUA.amend("insurer counts", **{"readings.charged": anyone})
    told = "2024-01-01 vehicle_handed_over vehicle=V1 insurer_paid=5000"
    assert live(told, "2024-02-01").customer.loyalty == "prospect"
    assert live(told, "2024-02-01", book).customer.loyalty == "first_time"


def test_readings_of_the_book_move_the_machines() -> None:
    twice = "2024-01-01 vehicle_handed_over vehicle=V1 charge=10\n2024-02-01 vehicle_handed_over vehicle=V1 charge=10"
    assert live(twice, "2024-02-02").customer.loyalty == "first_time"
    assert (
        live(twice, "2024-02-02", WENHUA.amend("r1", **{"readings.service_repeats": True})).customer.loyalty == "repeat"
    )
    angry = "2024-01-01 bad_word_reported\n2024-02-01 surveyed satisfied=yes"
    assert live(angry, "2024-02-02").customer.satisfaction == "detractor"
    assert (
        live(angry, "2024-02-02", WENHUA.amend("k9", **{"readings.survey_recovers": True})).customer.satisfaction
        == "satisfied"
    )
    gone = """
        2024-01-01 third_party_complained
        2024-01-02 complaint_raised complaint=A
        2024-02-01 complaint_closed complaint=A satisfied=yes
        """
    assert live(gone, "2024-02-02").customer.satisfaction == "third_party"
    assert (
        live(gone, "2024-02-02", WENHUA.amend("k9", **{"readings.third_party_recovers": True})).customer.satisfaction
        == "satisfied"
    )


def test_a_refused_sale_event_changes_nothing_and_says_why() -> None:
    life = live("2024-01-01 vehicle_handed_over vehicle=V1 charge=10\n2024-01-02 sale_lost", "2024-01-03")
    (refusal,) = life.refused
    assert (refusal.region, refusal.before, refusal.after) == ("stage", "service", "service")
    assert "accepted in service" in str(refusal)


def test_a_charged_visit_on_the_due_day_finds_the_vehicle_lost_and_returns_it() -> None:
    told = """
        2023-02-28 vehicle_delivered vehicle=V1
        2023-09-01 enquired
        2024-02-28 vehicle_handed_over vehicle=V1 charge=10
        """
    assert moves(live(told, "2024-02-28"), "activity", "V1")[-2:] == ["lost", "returned"]
    early = told.replace("2024-02-28", "2024-02-27")
    assert moves(live(early, "2024-02-27"), "activity", "V1")[-1] == "active"


def test_the_day_is_a_civil_day() -> None:
    from datetime import UTC, datetime

    with pytest.raises(LifecycleError, match="civil day"):
        replay(timeline("2024-01-01 enquired", customer="C"), WENHUA, on=datetime(2024, 1, 1, tzinfo=UTC))


def test_an_empty_history_is_a_prospect_of_whom_nothing_is_known() -> None:
    customer = live("", "2024-01-01").customer
    assert (customer.standing, customer.stage, customer.first_seen) == ("prospect", Stage.NEED, None)


def test_nobody_is_made_responsible_for_a_complaint_about_himself() -> None:
    told = "2024-01-01 complaint_raised complaint=K against=Wang\n2024-01-02 complaint_assigned complaint=K assignee="
    assert [step.region for step in live(told + "Wang", "2024-01-03").refused] == ["complaint"]
    assert live(told + "Li", "2024-01-03").refused == ()


def test_nobody_refers_himself() -> None:
    told = "2024-01-01 referral_recorded referral=F referred="
    assert [step.region for step in live(told + "C1", "2024-01-03").refused] == ["referral"]
    assert live(told + "C2", "2024-01-03").refused == ()


def test_a_record_makes_an_owner_and_a_delivery_told_twice_is_one() -> None:
    record = "2024-01-01 vehicle_recorded vehicle=V1 delivered_on=2020-02-02\n"
    owner = live(record + "2024-02-01 enquired", "2024-03-01").customer
    assert (owner.loyalty, owner.stage, owner.bought) == ("first_time", Stage.REPURCHASE, 1)
    again = live(record + "2024-02-01 vehicle_delivered vehicle=V2", "2024-03-01").customer
    assert (again.loyalty, again.bought) == ("repeat", 2)
    for told in (
        "2020-01-20 vehicle_recorded vehicle=V1 delivered_on=2020-02-02\n2020-02-02 vehicle_delivered vehicle=V1",
        "2020-02-02 vehicle_recorded vehicle=V1 delivered_on=2020-02-02\n2020-02-02 vehicle_delivered vehicle=V1",
        "2020-02-02 vehicle_delivered vehicle=V1\n2024-02-02 vehicle_recorded vehicle=V1 delivered_on=2020-02-02",
    ):
        one = live(told, "2024-03-01").customer
        assert (one.loyalty, one.bought) == ("first_time", 1), told
    two = live(
        "2020-02-02 vehicle_delivered vehicle=V1\n2020-02-02 vehicle_delivered vehicle=V2", "2020-03-01"
    ).customer
    assert (two.loyalty, two.bought) == ("repeat", 2)


@pytest.mark.parametrize(
    ("told", "out"),
    [
        ("opted_out channel=sms; opted_in channel=sms", set[tuple[str, str]]()),
        ("opted_out channel=sms purpose=service; opted_in channel=sms", set[tuple[str, str]]()),
        ("opted_out; opted_in", set[tuple[str, str]]()),
        ("opted_out; opted_in purpose=service", {("*", "commercial")}),
        ("opted_out channel=sms; opted_in purpose=commercial", {("sms", "service")}),
        ("opted_out channel=sms; opted_in channel=call", {("sms", "*")}),
    ],
)
def test_the_last_word_on_a_channel_and_a_purpose_holds(told: str, out: set[tuple[str, str]]) -> None:
    words = "\n".join(f"2024-01-0{day} {one.strip()}" for day, one in enumerate(told.split(";"), start=1))
    assert live(words, "2024-02-01").customer.opted_out == out


def test_one_channel_opened_after_all_were_closed_is_open_and_the_rest_are_closed() -> None:
    words = "2024-01-01 opted_out\n2024-01-02 opted_in channel=sms purpose=service"
    out = live(words, "2024-02-01").customer.opted_out
    assert ("sms", "commercial") in out
    assert ("sms", "service") not in out
    assert ("*", "*") not in out
    assert {channel for channel, purpose in out if purpose == "*"} == set(FACTS["channel"].choices) - {"sms"}


def test_the_last_visit_of_a_houses_own_kind_is_the_last() -> None:
    from lifecycle import VisitKind, fact

    dear = VisitKind("dear", fact("charge") >= 1000)
    book = WENHUA.amend("dear ones", **{"churn.lost": InactiveFor(months=12).counting(dear)})
    told = """
        2024-01-01 vehicle_handed_over vehicle=V1 charge=2000
        2024-03-01 vehicle_handed_over vehicle=V1 charge=1000
        2024-04-01 vehicle_handed_over vehicle=V1 charge=999.99
        """
    car = live(told, "2024-05-01", book).customer.vehicles["V1"]
    assert car.last_visits == {"dear": date(2024, 3, 1)}
    assert car.lost_due == date(2025, 3, 1)
