"""Points: what is earned, when it lapses, what it buys, what a refund takes back, told in small ledgers."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lifecycle import Bonus, Earn, LifecycleError, Points, VisitKind, all_visits, charged_visits, fact, timeline
from lifecycle.points import (
    Account,
    Lapse,
    Redeem,
    Term,
    best_of,
    between,
    by_age,
    first_of,
    in_birthday_month,
    on_birthday,
    on_weekdays,
)
from lifecycle.tiers import Tiers


class Anna:
    birthday = date(1988, 2, 29)
    city = "Nanjing"


def told(
    policy: Points, text: str, *, tiers: Tiers | None = None, customer: Any = Anna
) -> tuple[Account, dict[str, tuple[str, ...]]]:
    """The account after a timeline, and the refusals by event."""
    account = policy.open("C1", tiers)
    refused = {event.id: account.take(event, customer) for event in timeline(text, customer="C1")}
    return account, {event: why for event, why in refused.items() if why}


def earned(term: Term, text: str, *, customer: Any = Anna, **policy: Any) -> int:
    return told(Points(earn=term, **policy), text, customer=customer)[0].statement(date(2030, 1, 1)).issued


JOB = "vehicle_handed_over vehicle=V1"
PER_50 = Earn(1, per=50)


# -- earning -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("charge", "points"), [("49.99", 0), ("50", 1), ("50.01", 1), ("99.99", 1), ("1234.50", 24)])
def test_one_point_for_every_whole_fifty_yuan(charge: str, points: int) -> None:
    assert earned(PER_50, f"2024-01-01 {JOB} charge={charge}") == points


@pytest.mark.parametrize(("tier", "points"), [("ordinary", 24), ("silver", 48), ("gold", 72)])
def test_the_tier_multiplies(tier: str, points: int) -> None:
    wenhua = Earn({"ordinary": 1, "silver": 2, "gold": 3}, per=50)
    assert earned(wenhua, f"2024-01-01 enrolled tier={tier}\n2024-01-02 {JOB} charge=1234.50") == points


def test_a_tier_that_the_rates_do_not_name_earns_as_ordinary() -> None:
    assert (
        earned(
            Earn({"ordinary": 1, "gold": 3}, per=50), f"2024-01-01 enrolled tier=silver\n2024-01-02 {JOB} charge=100"
        )
        == 2
    )


def test_only_parts_of_the_bill_may_count() -> None:
    bill = f"2024-01-01 {JOB} charge=500 labour=199.99 parts=250"
    assert earned(Earn(1, per=50, of="labour"), bill) == 3
    assert earned(Earn(1, per=50, of="parts"), bill) == 5
    assert earned(Earn(1, per=50, of="accessories"), bill) == 0


def test_accessories_at_the_counter_earn_and_insurance_does_not() -> None:
    assert earned(PER_50, "2024-01-01 product_taken product=accessories amount=500") == 10
    assert earned(Earn(1, per=50, of="accessories"), "2024-01-01 product_taken product=accessories amount=500") == 10
    assert earned(PER_50, "2024-01-01 product_taken product=insurance amount=5000") == 0


def test_a_share_that_others_pay_earns_nothing() -> None:
    assert earned(PER_50, f"2024-01-01 {JOB} insurer_paid=5000") == 0


ROUNDED = f"2024-01-01 {JOB} charge=99\n2024-01-02 {JOB} charge=49\n2024-01-03 {JOB} charge=2"


@pytest.mark.parametrize(("rounding", "points"), [("steps", 2), ("carry", 6), ("floor", 4), ("half_up", 6)])
def test_the_rounding_has_one_named_place(rounding: str, points: int) -> None:
    assert earned(Earn(2, per=50), ROUNDED, rounding=rounding) == points


def test_whole_steps_first_or_the_whole_sum() -> None:
    once = f"2024-01-01 {JOB} charge=99"
    assert earned(Earn(2, per=50), once) == 2
    assert earned(Earn(2, per=50), once, rounding="floor") == 3


@pytest.mark.parametrize(("charge", "points"), [("74.99", 1), ("75", 2), ("75.01", 2)])
def test_half_a_point_is_rounded_up(charge: str, points: int) -> None:
    assert earned(PER_50, f"2024-01-01 {JOB} charge={charge}", rounding="half_up") == points


def test_a_bill_too_small_to_earn_carries_its_money_all_the_same() -> None:
    assert earned(PER_50, f"2024-01-01 {JOB} charge=49\n2024-01-02 {JOB} charge=1", rounding="carry") == 1


def test_what_is_carried_is_said() -> None:
    account, _ = told(Points(PER_50, rounding="carry"), ROUNDED)
    assert [line.because[0] for line in account.lines] == [
        "1 × 50 yuan in 99.00 yuan, 1 each, after 0.00 carried (ordinary)",
        "1 × 50 yuan in 49.00 yuan, 1 each, after 49.00 carried (ordinary)",
        "1 × 50 yuan in 2.00 yuan, 1 each, after 48.00 carried (ordinary)",
    ]


def test_a_multiplier_and_a_bonus_do_not_commute() -> None:
    ten = Earn(1, per=50).at_most(10, per="event")
    extra = Bonus(3).on("vehicle_handed_over")
    bill = f"2024-01-01 {JOB} charge=500"
    assert earned((ten + extra).times(2), bill) == 26
    assert earned(ten.times(2) + extra, bill) == 23


def test_a_cap_and_a_multiplier_do_not_commute() -> None:
    bill = f"2024-01-01 {JOB} charge=500"
    assert earned(PER_50.at_most(8, per="event").times(2), bill) == 16
    assert earned(PER_50.times(2).at_most(8, per="event"), bill) == 8


def test_the_explanation_shows_the_written_order() -> None:
    account, _ = told(
        Points((PER_50 + Bonus(3).on("vehicle_handed_over")).times("1.5")), f"2024-01-01 {JOB} charge=500 id=R1"
    )
    (line,) = account.lines
    assert line.points == 19
    assert line.parts == (10, 3, Fraction(13, 2), Fraction(-1, 2))
    assert line.because == (
        "+10: 10 × 50 yuan in 500.00 yuan, 1 each (ordinary)",
        "+3: 3 for vehicle_handed_over R1",
        "+13/2: times 1.5 is 39/2",
        "-1/2: the fraction is dropped",
    )


def test_conditions_ask_the_bill_the_day_and_the_member() -> None:
    friday, saturday = f"2024-03-01 {JOB} charge=100", f"2024-03-02 {JOB} charge=100"
    assert earned(PER_50.when(on_weekdays("fri")), friday) == 2
    assert earned(PER_50.when(on_weekdays("fri")), saturday) == 0
    assert earned(PER_50.when(fact("charge") >= 100), friday) == 2
    assert earned(PER_50.when(fact("charge") > 100), friday) == 0
    assert earned(PER_50.when(between(date(2024, 3, 1), date(2024, 3, 1))), friday + "\n" + saturday) == 2
    assert earned(PER_50.when(fact("customer.city") == "Nanjing"), friday) == 2
    assert earned(PER_50.when(fact("customer.city") == "Wuhan"), friday) == 0
    assert earned(PER_50.when(fact("tier") == "gold"), friday) == 0


def test_the_birthday_of_a_leap_day() -> None:
    days = "\n".join(f"{day} {JOB} charge=50" for day in ("2023-02-28", "2023-03-01", "2024-02-28", "2024-02-29"))
    assert earned(PER_50.when(on_birthday), days) == 2, "on 28 February 2023 and on 29 February 2024"
    assert earned(PER_50.when(in_birthday_month), days) == 3
    assert earned(PER_50.when(in_birthday_month), days, customer=None) == 0, "unknown is not yes"


@pytest.mark.parametrize(
    ("per", "points"), [("event", 8 + 8 + 8 + 8), ("day", 8 + 8 + 8), ("month", 8 + 8), ("year", 8 + 8)]
)
def test_a_cap_counts_in_periods_of_the_calendar(per: str, points: int) -> None:
    bills = "\n".join(f"{day} {JOB} charge=500" for day in ("2023-12-31", "2023-12-31", "2024-01-01", "2024-01-31"))
    assert earned(PER_50.at_most(8, per=per), bills) == points


def test_a_cap_reduces_or_refuses() -> None:
    bills = f"2024-01-01 {JOB} charge=300\n2024-01-02 {JOB} charge=300"
    assert earned(PER_50.at_most(8, per="month"), bills) == 8
    assert earned(PER_50.at_most(8, per="month", mode="refuse"), bills) == 6
    account, _ = told(Points(PER_50.at_most(8, per="month", mode="refuse")), bills)
    assert account.lines[-1].move == "withheld"
    assert "at most 8 per month, 6 were given before" in account.lines[-1].because[-1]


@pytest.mark.parametrize(("charge", "points"), [(350, 7), (400, 8), (450, 8), (500, 8)])
def test_a_cap_holds_from_the_first_point_above_it(charge: int, points: int) -> None:
    assert earned(PER_50.at_most(8, per="event"), f"2024-01-01 {JOB} charge={charge}") == points


def test_the_room_of_a_cap_comes_back_with_a_refund() -> None:
    bills = f"2024-01-01 {JOB} charge=500 id=A\n2024-01-02 refunded of=A amount=500\n2024-01-03 {JOB} charge=500"
    account, _ = told(Points(PER_50.at_most(8, per="month")), bills)
    assert account.balance(date(2024, 1, 3)) == 8


def test_the_best_of_several_and_the_first_that_gives() -> None:
    bill = f"2024-01-01 {JOB} charge=300 labour=200"
    labour = Earn(1, per=50, of="labour").times(2)
    assert earned(best_of(PER_50, labour), bill) == 8
    assert earned(first_of(PER_50, labour), bill) == 6
    assert earned(first_of(PER_50.when(fact("charge") > 300), labour), bill) == 8


def test_a_bonus_is_given_once_for_what_it_is_about() -> None:
    review = Bonus(3).on("review_posted")
    twice = "2024-01-01 review_posted visit=R1 satisfied=yes\n2024-01-02 review_posted visit=R1 satisfied=no\n"
    assert earned(review, twice) == 3
    assert earned(review, twice + "2024-01-03 review_posted visit=R2 satisfied=yes") == 6
    assert earned(best_of(review, Bonus(3).on("review_posted")), twice) == 3, "its alternative is no second award"
    assert earned(first_of(review, Bonus(5).on("review_posted")), twice) == 3


def test_nobody_refers_himself() -> None:
    account, _ = told(
        Points(Bonus(500).on("referral_converted")), "2024-01-01 referral_converted referral=F1 referred=C1"
    )
    assert account.balance(date(2024, 1, 1)) == 0
    assert account.lines[0].because == ("nobody refers himself",)


def test_a_referral_that_is_reversed_takes_its_points_along() -> None:
    policy = Points(Bonus(500).on("referral_converted") + Bonus(3).on("review_posted"))
    account, _ = told(
        policy,
        """
        2024-01-01 referral_converted referral=F1 referred=C2
        2024-01-02 review_posted visit=F1 satisfied=yes
        2024-01-03 referral_reversed referral=F1
        2024-01-04 referral_converted referral=F1 referred=C2
        """,
    )
    assert [line.points for line in account.lines] == [500, 3, -500, 500], "converted again, it is awarded again"


def test_points_can_lie_on_two_accounts_which_do_not_touch() -> None:
    policy = Points(Bonus(500).on("referral_converted") + Bonus(300, account="head_office").on("referral_converted"))
    account, refused = told(
        policy,
        """
        2024-01-01 referral_converted referral=F1 id=F
        2024-01-02 points_redeemed points=301 account=head_office id=X
        2024-01-03 points_redeemed points=301 id=Y
        """,
    )
    statement = account.statement(date(2024, 1, 3))
    assert list(refused) == ["X"]
    assert (statement.of("dealer").balance, statement.of("head_office").balance, statement.balance) == (199, 300, 499)


def test_what_is_pending_is_owned_and_cannot_be_spent() -> None:
    account, refused = told(
        Points(PER_50, active_after_days=14),
        f"""
        2024-01-01 {JOB} charge=500
        2024-01-14 points_redeemed points=1 id=X
        2024-01-15 points_redeemed points=1 id=Y
        """,
    )
    assert "10 more are pending" in refused["X"][0]
    assert "Y" not in refused
    early, late = account.copy(), account.statement(date(2024, 1, 15))
    assert late.available == 9
    assert early.available(date(2024, 1, 15)) == 9


def test_the_tier_before_the_invoice_or_including_it() -> None:
    tiers = Tiers({"gold": 1000})
    earn = Earn({"ordinary": 1, "gold": 3}, per=50)
    bill = f"2024-01-01 {JOB} charge=1000"
    before, _ = told(Points(earn), bill, tiers=tiers)
    including, _ = told(Points(earn, tier_of="including"), bill, tiers=tiers)
    assert before.balance(date(2024, 1, 1)) == 20
    assert including.balance(date(2024, 1, 1)) == 60
    assert before.tier == including.tier == "gold"


# -- lapse -------------------------------------------------------------------------------------------------------------


def test_points_lapse_twelve_months_after_the_last_visit() -> None:
    account, _ = told(
        Points(PER_50, Lapse.idle(months=12, remind=10)),
        f"2023-02-28 {JOB} charge=500\n2023-08-31 workshop_entered vehicle=V1",
    )
    assert account.balance(date(2024, 8, 30)) == 10
    assert account.balance(date(2024, 8, 31)) == 0
    statement = account.statement(date(2024, 8, 31))
    assert statement.lines[-1].because == ("no visit (all_visits) for 12 months since 2023-08-31",)
    assert account.statement(date(2023, 9, 1)).remind_on == date(2024, 6, 30)


def test_the_last_day_is_usable_or_not() -> None:
    text = f"2023-01-31 {JOB} charge=500\n2024-01-31 points_redeemed points=5 id=X"
    gone, refused = told(Points(PER_50, Lapse.idle(months=12)), text)
    usable, taken = told(Points(PER_50, Lapse.idle(months=12, last_day_usable=True)), text)
    assert list(refused) == ["X"]
    assert taken == {}
    assert gone.balance(date(2024, 1, 31)) == 0
    assert (usable.balance(date(2024, 1, 31)), usable.balance(date(2024, 2, 1))) == (5, 0)


def test_which_visits_reset_the_clock_is_a_field() -> None:
    text = f"2023-01-01 {JOB} charge=500\n2023-12-01 {JOB} charge=0"
    any_visit, _ = told(Points(PER_50, Lapse.idle(months=12, visits=all_visits)), text)
    charged, _ = told(Points(PER_50, Lapse.idle(months=12, visits=charged_visits)), text)
    own = VisitKind("for_labour", fact("labour") > 0)
    labour, _ = told(Points(PER_50, Lapse.idle(months=12, visits=own)), text)
    day = date(2024, 6, 1)
    assert (any_visit.balance(day), charged.balance(day), labour.balance(day)) == (10, 0, 0)


def test_a_referral_does_not_reset_the_clock_and_does_not_lapse_before_it_was_earned() -> None:
    policy = Points(PER_50 + Bonus(500).on("referral_converted"), Lapse.idle(months=12))
    account, _ = told(
        policy,
        f"""
        2020-01-01 {JOB} charge=500
        2020-12-01 referral_converted referral=F1
        2022-05-31 referral_converted referral=F2
        """,
    )
    lapses = [(line.day, line.points) for line in account.statement(date(2024, 1, 1)).lines if line.move == "lapsed"]
    assert lapses == [(date(2021, 1, 1), -510), (date(2023, 5, 31), -500)]


def test_a_visit_from_before_the_records_counts() -> None:
    account, _ = told(
        Points(lapse=Lapse.idle(months=12)),
        "2024-01-01 vehicle_recorded vehicle=V1 last_visit=2023-06-01\n2024-01-01 points_opened points=100",
    )
    assert account.statement(date(2024, 1, 1)).due[0].gone_on == date(2025, 1, 1), "not before they were opened"


def test_each_lot_by_its_age_or_at_the_end_of_a_year() -> None:
    text = f"2023-08-31 {JOB} charge=500\n2023-12-31 {JOB} charge=50"
    aged, _ = told(Points(PER_50, Lapse.aged(months=6)), text)
    assert [due[1:3] for due in aged.statement(date(2023, 12, 31)).due] == [
        (10, date(2024, 2, 29)),
        (1, date(2024, 6, 30)),
    ]
    yearly, _ = told(Points(PER_50, Lapse.yearly(month=12, day=31)), text)
    assert [due[1:3] for due in yearly.statement(date(2023, 12, 31)).due] == [(1, date(2024, 12, 31))]
    last, _ = told(Points(PER_50, Lapse.yearly(month=12, day=31, last_day_usable=True)), text)
    assert [due[1:3] for due in last.statement(date(2023, 12, 31)).due] == [(11, date(2024, 1, 1))]
    next_year, _ = told(Points(PER_50, Lapse.yearly(month=2, day=29, years=1, remind=2)), text)
    assert [due[1:] for due in next_year.statement(date(2023, 12, 31)).due] == [
        (11, date(2025, 2, 28), date(2024, 12, 28))
    ]


def test_points_granted_for_a_time_go_first() -> None:
    account, _ = told(
        Points(PER_50, Lapse.aged(months=24)),
        f"2024-01-01 {JOB} charge=500\n2024-02-01 points_granted points=20 until=2024-03-31\n2024-03-31 points_redeemed points=15",
    )
    assert account.lines[-1].lots == ((2, 15),)
    assert account.balance(date(2024, 3, 31)) == 15
    assert account.balance(date(2024, 4, 1)) == 10


def test_the_order_of_spending_is_a_field() -> None:
    text = f"2024-01-01 {JOB} charge=500\n2024-02-01 points_granted points=20\n2024-03-31 points_redeemed points=15"
    for order, lots in (("oldest", ((1, 10), (2, 5))), ("newest", ((2, 15),))):
        account, _ = told(Points(PER_50, redeem=Redeem(order=order)), text)
        assert account.lines[-1].lots == lots


# -- redemption --------------------------------------------------------------------------------------------------------


def test_a_redemption_is_applied_or_refused_with_every_reason() -> None:
    policy = Points(PER_50, redeem=Redeem(unit=10, worth=5, minimum=20, share=50))
    account, refused = told(
        policy,
        f"""
        2024-01-01 {JOB} charge=5000 visit=V
        2024-01-02 {JOB} charge=60 id=B visit=W
        2024-01-03 points_redeemed points=10 id=few
        2024-01-04 points_redeemed points=25 id=unit
        2024-01-05 points_redeemed points=110 id=many
        2024-01-06 points_redeemed points=20 value=11 id=value
        2024-01-07 points_redeemed points=70 visit=W id=bill
        2024-01-08 points_redeemed points=60 visit=W id=good
        2024-01-09 points_redeemed points=20 visit=W id=twice
        """,
    )
    assert refused["few"] == ("10 points are fewer than the least that can be redeemed, 20",)
    assert refused["unit"] == ("25 points are no multiple of 10",)
    assert "101 are available" in refused["many"][0]
    assert refused["value"] == ("20 points are worth 10.00 yuan, 11.00 are asked for",)
    assert refused["bill"] == ("35.00 yuan are more than the 30.00 yuan of bill B that points may pay (50 % of it)",)
    assert "good" not in refused
    assert "0.00 yuan of bill B" in refused["twice"][0]
    assert account.statement(date(2024, 1, 9)).liability == Decimal("20.50")


def test_two_orders_are_not_paid_with_the_same_points() -> None:
    text = "2024-01-01 points_granted points=100\n" + "\n".join(
        f"2024-01-02 points_redeemed points=100 id=X{n}" for n in range(20)
    )
    account, refused = told(Points(), text)
    assert len(refused) == 19
    assert account.balance(date(2024, 1, 2)) == 0


def test_a_redemption_rolled_back_restores_the_lots_and_not_what_has_lapsed() -> None:
    policy = Points(PER_50, Lapse.aged(months=6))
    account, refused = told(
        policy,
        f"""
        2024-01-01 {JOB} charge=500
        2024-03-01 {JOB} charge=1000
        2024-04-01 points_redeemed points=15 id=X
        2024-07-10 points_redemption_rolled_back of=X
        2024-07-10 points_redemption_rolled_back of=X id=again
        2024-07-10 points_redemption_rolled_back of=Y id=never
        """,
    )
    statement = account.statement(date(2024, 7, 10))
    assert [(lot.available, lot.redeemed, lot.lapsed) for lot in statement.lots] == [(0, 0, 10), (20, 0, 0)]
    assert [line.points for line in statement.lines[-2:]] == [15, -10]
    assert sorted(refused) == ["again", "never"]


def test_what_absence_took_meanwhile_does_not_come_back_for_ever() -> None:
    account, _ = told(
        Points(PER_50, Lapse.idle(months=6)),
        f"""
        2024-01-01 {JOB} charge=500
        2024-02-01 points_redeemed points=4 id=X
        2024-08-01 {JOB} charge=250
        2024-09-01 points_redemption_rolled_back of=X
        """,
    )
    statement = account.statement(date(2024, 9, 1))
    assert [line.points for line in statement.lines] == [10, -4, -6, 5, 4, -4]
    assert [(lot.available, lot.redeemed, lot.lapsed) for lot in statement.lots] == [(0, 0, 10), (5, 0, 0)]
    assert account.balance(date(2025, 2, 1)) == 0


def test_money_counts_gross_or_net_of_what_points_paid() -> None:
    text = f"""
        2024-01-01 points_granted points=100
        2024-01-02 {JOB} charge=1000 visit=W id=B
        2024-01-02 points_redeemed points=100 value=100 visit=W id=X
        2024-02-01 points_redemption_rolled_back of=X
        """
    gross, _ = told(Points(PER_50), text)
    net, _ = told(Points(PER_50, basis="net"), text)
    assert [line.points for line in gross.lines] == [100, 20, -100, 100]
    assert [line.points for line in net.lines] == [100, 20, -100, -2, 100, 2]


def test_points_paid_before_the_bill_was_told_count_all_the_same() -> None:
    text = f"""
        2024-01-01 points_granted points=100
        2024-01-02T09:00 points_redeemed points=100 value=100 visit=W id=X
        2024-01-02T10:00 {JOB} charge=1000 visit=W id=B
        """
    net, _ = told(Points(PER_50, basis="net"), text)
    assert net.balance(date(2024, 1, 2)) == 18


# -- taking back -------------------------------------------------------------------------------------------------------


def test_a_refund_told_before_its_bill_of_the_same_day_counts() -> None:
    account, _ = told(Points(PER_50), f"2024-01-02 refunded of=B amount=500\n2024-01-02T10:00 {JOB} charge=500 id=B")
    assert account.balance(date(2024, 1, 2)) == 0


def test_refunds_in_pieces_take_back_what_the_whole_does() -> None:
    account, _ = told(
        Points(PER_50),
        f"2024-01-01 {JOB} charge=120 id=B\n"
        + "\n".join(f"2024-01-0{day} refunded of=B amount=30" for day in (2, 3, 4, 5)),
    )
    assert [line.points for line in account.lines] == [2, -1, -1]


def test_a_refund_takes_from_its_own_lot_first_then_from_those_spent_next() -> None:
    account, _ = told(
        Points(PER_50),
        f"""
        2024-01-01 {JOB} charge=500 id=A
        2024-01-02 {JOB} charge=500 id=B
        2024-01-03 {JOB} charge=500 id=C
        2024-01-04 points_redeemed points=5
        2024-01-05 refunded of=A amount=500
        """,
    )
    assert account.lines[-1].lots == ((1, 5), (2, 5))


def test_what_has_lapsed_of_a_lot_is_not_taken_a_second_time_from_others() -> None:
    account, _ = told(
        Points(PER_50, Lapse.aged(months=6)),
        f"2024-01-01 {JOB} charge=500 id=A\n2024-06-01 {JOB} charge=500 id=B\n2024-07-02 refunded of=A amount=500",
    )
    statement = account.statement(date(2024, 7, 2))
    assert (statement.balance, statement.lapsed, statement.reversed, statement.written_off) == (10, 10, 0, 0)


SPENT = f"""
    2024-01-01 {JOB} charge=500 id=A
    2024-01-02 points_redeemed points=8 id=X
    2024-01-03 refunded of=A amount=500
    """


def test_a_shortfall_is_written_off_with_a_line() -> None:
    account, _ = told(Points(PER_50), SPENT)
    statement = account.statement(date(2024, 1, 3))
    assert (statement.balance, statement.reversed, statement.written_off) == (0, 2, 8)
    assert statement.lines[-1].because == ("8 of the 10 that A earned had been spent: written off",)


def test_what_was_written_off_is_taken_when_the_redemption_is_rolled_back() -> None:
    account, _ = told(Points(PER_50), SPENT + "2024-01-04 points_redemption_rolled_back of=X")
    statement = account.statement(date(2024, 1, 4))
    assert (statement.balance, statement.redeemed, statement.reversed, statement.written_off) == (0, 0, 10, 0)


def test_what_was_written_off_before_is_not_taken_from_points_that_came_later() -> None:
    account, _ = told(
        Points(PER_50),
        SPENT
        + f"2024-02-01 {JOB} charge=500\n2024-02-02 points_redeemed points=10 id=Y\n2024-02-03 points_redemption_rolled_back of=Y",
    )
    assert account.balance(date(2024, 2, 3)) == 10


def test_a_deficit_is_settled_by_the_next_points() -> None:
    account, refused = told(
        Points(PER_50, shortfall="deficit"),
        SPENT + f"2024-01-04 points_redeemed points=1 id=none\n2024-01-05 {JOB} charge=500",
    )
    assert list(refused) == ["none"]
    statement = account.statement(date(2024, 1, 5))
    assert [line.points for line in statement.lines] == [10, -8, -10, 10, 0]
    assert (statement.balance, statement.deficit, statement.available) == (2, 0, 2)


def test_a_bill_paid_with_points_and_refunded_in_two_halves_keeps_nothing() -> None:
    account, _ = told(
        Points(PER_50),
        f"""
        2024-01-01 points_granted points=400
        2024-01-02 {JOB} charge=1000 visit=W id=B
        2024-01-02 points_redeemed points=400 value=400 visit=W id=X
        2024-01-03 refunded of=B amount=600
        2024-01-03 points_redemption_rolled_back of=X
        """,
    )
    assert account.balance(date(2024, 1, 3)) == 400


def test_a_correction_needs_points_to_take_and_names_its_clerk() -> None:
    account, refused = told(
        Points(),
        """
        2024-01-01 points_corrected change=10 by=Li note="double booking"
        2024-01-02 points_corrected change=-11 by=Li note=x id=X
        2024-01-03 points_corrected change=-10 by=Li note=y
        """,
    )
    assert list(refused) == ["X"]
    assert account.lines[0].because == ("corrected by Li: double booking",)
    assert account.balance(date(2024, 1, 3)) == 0


def test_a_transfer_leaves_by_the_order_of_spending_and_can_take_its_dates_along() -> None:
    policy = Points(PER_50, Lapse.aged(months=6))
    giver, refused = told(
        policy,
        f"""
        2024-01-01 {JOB} charge=500
        2024-03-01 {JOB} charge=500
        2024-04-01 points_transferred points=12 to=C2
        2024-04-01 points_transferred points=9 to=C2 id=many
        2024-04-01 points_transferred points=1 to=C1 id=self
        """,
    )
    assert sorted(refused) == ["many", "self"]
    statement = giver.statement(date(2024, 4, 1))
    assert (statement.balance, statement.reversed, statement.transferred) == (8, 12, 12)
    receiver, _ = told(
        policy,
        """
        2024-04-01 points_received points=10 giver=C9 earned_on=2024-01-01
        2024-04-01 points_received points=2 giver=C9 earned_on=2024-03-01
        """,
    )
    assert [due[1:3] for due in receiver.statement(date(2024, 4, 1)).due] == [
        (10, date(2024, 7, 1)),
        (2, date(2024, 9, 1)),
    ]


def test_which_lots_a_transfer_would_take_can_be_asked_first() -> None:
    account, _ = told(Points(PER_50), f"2024-01-01 {JOB} charge=500\n2024-03-01 {JOB} charge=500")
    assert account.would_take(12, on=date(2024, 4, 1)) == ((1, 10), (2, 2))
    assert account.balance(date(2024, 4, 1)) == 20


# -- statements --------------------------------------------------------------------------------------------------------


def test_liability_and_breakage_by_age() -> None:
    policy = Points(PER_50, Lapse.aged(months=6), Redeem(unit=10, worth=5))
    account, _ = told(
        policy, f"2023-08-31 {JOB} charge=500\n2024-02-28 points_redeemed points=10\n2024-02-28 {JOB} charge=1000"
    )
    other, _ = told(policy, f"2023-08-30 {JOB} charge=500")
    bands = by_age([account.statement(date(2024, 2, 29)), other.statement(date(2024, 2, 29))], (6,))
    assert [tuple(band) for band in bands] == [
        ("dealer", 0, 6, 20, 20, 0, 0, 0),
        ("dealer", 6, None, 20, 0, 10, 10, 0),
    ]
    assert [band.breakage for band in bands] == [0, Fraction(1, 2)]
    with pytest.raises(LifecycleError, match="do not rise"):
        by_age([], (6, 6))


def test_a_statement_and_its_lines_print() -> None:
    account, _ = told(Points(PER_50), f"2024-03-01 {JOB} charge=1234.50 id=R1")
    assert str(account.lines[0]) == (
        "2024-03-01 +24 dealer issued, because 24 × 50 yuan in 1234.50 yuan, 1 each (ordinary) · vehicle_handed_over R1"
    )
    assert "24 points (ordinary)" in str(account.statement(date(2024, 3, 1)))


def test_an_account_looks_forward_only() -> None:
    account, _ = told(Points(PER_50), f"2024-03-01 {JOB} charge=1234.50")
    with pytest.raises(LifecycleError, match="before 2024-03-01"):
        account.statement(date(2024, 2, 29))
    (early,) = timeline("2024-02-29 workshop_entered vehicle=V1", customer="C1")
    with pytest.raises(LifecycleError, match="before 2024-03-01"):
        account.take(early)


# -- values ------------------------------------------------------------------------------------------------------------

LINES = [
    "Points()",
    "Points(earn=Earn(1, per=50))",
    "Points(earn=Earn({'ordinary': 1, 'gold': \"1.5\"}, per=\"0.5\", of='labour'), rounding='carry')",
    "Points(earn=Earn(1, per=50) + Bonus(3).on('review_posted'), lapse=Lapse.idle(months=12, remind=10))",
    "Points(earn=(Earn(1, per=50) + Bonus(3, account='head_office').on('review_posted')).times(\"1.5\"))",
    "Points(earn=best_of(Earn(1, per=50), Earn(1, per=10)).at_most(8, per='month', mode='refuse'))",
    'Points(earn=first_of(Earn(1, per=50).when(fact("charge") >= 100), Earn("1/3", per=10)))',
    'Points(lapse=Lapse.yearly(month=12, day=31, years=1, last_day_usable=True), redeem=Redeem(unit=10, worth="0.5"))',
    "Points(lapse=Lapse.idle(months=12, visits=charged_visits), lapse_of={'head_office': Lapse.never()})",
    "Points(basis='net', tier_of='including', active_after_days=14, shortfall='deficit')",
]


@pytest.mark.parametrize("line", LINES)
def test_a_policy_is_the_line_one_would_type(line: str) -> None:
    policy = eval(line)
    assert repr(policy) == line
    assert policy == eval(line)
    assert hash(policy) == hash(eval(line))
    policy.rules  # noqa: B018 - worked out before it is pickled
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert copy.deepcopy(policy) == policy


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Earn(0.5, per=50)", "rates=0.5 is not an exact number"),
        ("Earn(1, per=0)", "per=0 is not above 0 yuan"),
        ("Earn(1, per='0.001')", "fractions of a fen"),
        ("Earn(-1, per=50)", "the rate of ordinary is -1"),
        ("Earn({'gold': 1}, per=50)", "do not say what an ordinary member earns"),
        ("Earn(1, per=50, of='paint')", "of='paint' is unknown"),
        ("Earn(1, per=50, account='bank')", "account='bank' is unknown"),
        ("Bonus(3).on('review')", "did you mean review_posted"),
        ("Bonus(-3)", "points=-3 is not a whole number of points"),
        ("Earn(1, per=50).at_most(-5, per='day')", "at_most(-5)"),
        ("Lapse.idle(months=12, visits='all')", "not a kind of visit"),
        ("Points(Bonus(3))", "does not say for which event"),
        ("Points(Earn(1, per=50), rounding='up')", "rounding='up' is unknown"),
        ("Points(50)", "50 is no term"),
        ("Points(lapse=12)", "12 is no lapse"),
        ("Points(active_after_days=-1)", "not a number of days"),
        ("Lapse.idle(months=0)", "months=0"),
        ("Lapse.idle(months=12, remind=13)", "does not lie between 1 and months=12"),
        ("Lapse.yearly(month=2, day=30)", "no day of the year"),
        ("Redeem(unit=0)", "unit=0"),
        ("Redeem(share=101)", "share=101"),
        ("Earn(1, per=50).times(0.5)", "not an exact number"),
        ("Earn(1, per=50).at_most(5, per='week')", "per='week' is unknown"),
        ("Earn(1, per=50).when(True)", "True is no condition"),
        ("Bonus(3).on('review_posted').when(fact('charge') > 1)", "has no fact 'charge'"),
        ("best_of()", "no term is given"),
        ("between(date(2024, 2, 1), date(2024, 1, 1))", "lies before"),
        ("on_weekdays('friday')", "'friday' is no weekday"),
    ],
)
def test_what_makes_no_sense_is_refused_when_it_is_written(line: str, message: str) -> None:
    with pytest.raises(LifecycleError) as error:
        eval(line)
    assert message in str(error.value)
    assert error.value.argument
    assert error.value.remedy, f"what is to be done? {error.value}"


def test_a_term_is_not_asked_for_its_truth() -> None:
    with pytest.raises(TypeError, match="best_of"):
        bool(PER_50)


def test_the_policy_says_which_events_can_touch_it() -> None:
    policy = Points(PER_50 + Bonus(3).on("review_posted"), Lapse.idle(months=12))
    assert {
        "vehicle_handed_over",
        "review_posted",
        "workshop_entered",
        "points_redeemed",
        "refunded",
    } <= policy.concerns
    assert policy.concerns.isdisjoint({"need_agreed", "surveyed", "referral_converted", "complaint_raised"})
    assert policy.visit_kinds == (all_visits,)


# -- as of a day, as known on a day ------------------------------------------------------------------------------------------


def test_as_of_a_day_and_as_known_on_a_day_are_two_questions() -> None:
    history = timeline(
        f"""
        2024-01-01 {JOB} charge=500
        2024-02-01 {JOB} charge=1000 recorded_on=2024-03-05
        2024-03-01 points_redeemed points=10
        """,
        customer="C1",
    )

    def balance(known: str) -> int:
        account = Points(PER_50).open("C1")
        for event in history.known(date.fromisoformat(known)):
            account.take(event)
        return account.balance(date(2024, 3, 1))

    assert balance("2024-03-04") == 0
    assert balance("2024-03-05") == 20
    assert history.known(date(2024, 3, 5)) is history
    assert len(history.known(date(2024, 1, 31))) == 1


def test_points_that_come_past_their_day_lapse_on_the_day_they_come() -> None:
    account, _ = told(
        Points(PER_50, Lapse.aged(months=6)),
        """
        2024-04-01 points_received points=10 giver=C9 earned_on=2023-01-01
        2024-04-01 points_granted points=5 until=2024-01-31
        """,
    )
    assert [(line.day, line.points) for line in account.lines] == [
        (date(2024, 4, 1), points) for points in (5, -5, 10, -10)
    ]


def test_a_purchase_that_is_undone_does_not_start_the_clock_of_what_comes_after() -> None:
    policy = Points(PER_50 + Bonus(500).on("referral_converted"), Lapse.idle(months=12))
    account, _ = told(
        policy,
        f"""
        2024-01-01 {JOB} charge=500 id=A
        2024-01-02 refunded of=A amount=500
        2024-06-01 referral_converted referral=F1
        """,
    )
    assert account.statement(date(2024, 6, 1)).due[0].gone_on == date(2025, 6, 1)


def test_the_last_day_of_the_calendar_can_be_asked_for() -> None:
    text = f"2024-01-01 {JOB} charge=500\n2024-01-02 points_granted points=5 until=2024-06-30"
    for lapse in (Lapse.never(), Lapse.idle(months=12), Lapse.aged(months=6)):
        account, _ = told(Points(PER_50, lapse), text, tiers=Tiers({"gold": 100}, months=12, grace_months=3))
        assert account.balance(date.max) == (10 if lapse.by == "never" else 0)
        assert account.statement(date.max).tier == account.tier_on(date.max) == "ordinary"
        assert account.would_take(1, on=date.max) == (() if lapse.by != "never" else ((1, 1),))


def test_looking_ahead_and_back_again_says_the_same() -> None:
    account, _ = told(Points(PER_50, Lapse.aged(months=6)), f"2024-01-01 {JOB} charge=500\n2024-03-01 {JOB} charge=50")
    days = [date(2024, 8, 31), date(2024, 9, 1), date(2024, 6, 30), date(2024, 7, 1), date(2024, 8, 31)]
    assert [account.balance(day) for day in days] == [1, 0, 11, 1, 1]
    (more,) = timeline(f"2024-06-30 {JOB} charge=100", customer="C1")
    account.take(more)
    assert account.balance(date(2024, 8, 31)) == 3, "what was seen before it came is not what is there"


# -- another edition ---------------------------------------------------------------------------------------------------


def test_what_was_awarded_is_taken_back_by_the_rules_of_its_day() -> None:
    account, _ = told(Points(PER_50), f"2024-01-01 {JOB} charge=500 id=A")
    account.change(Points(Earn(3, per=10)), None, on=date(2024, 2, 1))
    (half,) = timeline("2024-02-02 refunded of=A amount=250", customer="C1")
    assert account.take(half) == ()
    assert [line.points for line in account.lines] == [10, -5]


@pytest.mark.parametrize("order", ["first_to_lapse", "oldest", "newest"])
def test_an_edition_brings_its_own_order_of_spending(order: str) -> None:
    account, _ = told(
        Points(lapse=Lapse.aged(months=12)),
        """
        2024-01-01 points_granted points=1
        2024-01-02 points_granted points=1
        2024-01-03 points_granted points=1 until=2024-06-30
        """,
    )
    account.change(Points(lapse=Lapse.aged(months=12), redeem=Redeem(order=order)), None, on=date(2024, 2, 1))
    spent = [lot for lot, _ in account.would_take(3, on=date(2024, 2, 1))]
    assert spent == {"first_to_lapse": [3, 1, 2], "oldest": [1, 2, 3], "newest": [3, 2, 1]}[order]


def test_a_copy_goes_on_by_itself() -> None:
    account, _ = told(Points(PER_50), f"2024-01-01 {JOB} charge=500 id=A")
    before = account.statement(date(2024, 1, 2))
    (spend,) = timeline("2024-01-02 points_redeemed points=10", customer="C1")
    assert account.copy().take(spend) == ()
    assert account.statement(date(2024, 1, 2)) == before
