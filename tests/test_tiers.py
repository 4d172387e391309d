"""Tiers: what a basis reaches, when a tier falls, what is missing to the next; and what tiers and cards bring (W6, W7)."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle import Earn, LifecycleError, Points, all_visits, fact, timeline
from lifecycle.dates import add_days, add_months
from lifecycle.points import Account
from lifecycle.tiers import Benefits, Discount, InvoiceLine, Perk, Tiers

EARN = Earn({"ordinary": 1, "silver": 2, "gold": 3}, per=50)
JOB = "vehicle_handed_over vehicle=V1"


def told(tiers: Tiers, text: str) -> Account:
    account = Points(EARN).open("C1", tiers)
    for event in timeline(text, customer="C1"):
        assert account.take(event) == ()
    return account


def on(text: str) -> date:
    return date.fromisoformat(text)


# -- what a basis reaches ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spend", "tier"),
    [
        ("0", "ordinary"),
        ("9999.99", "ordinary"),
        ("10000", "silver"),
        ("49999.99", "silver"),
        ("50000", "gold"),
        ("1e6", "gold"),
    ],
)
def test_the_boundary_belongs_to_the_upper_tier(spend: str, tier: str) -> None:
    tiers = Tiers({"gold": 50_000, "silver": 10_000})
    assert tiers.of(Decimal(spend)) == tier
    assert tiers.names == ("ordinary", "silver", "gold")


def test_what_is_missing_to_the_next() -> None:
    account = told(Tiers({"silver": 10_000, "gold": 50_000}), f"2024-01-01 {JOB} charge=9999.99")
    standing = account.standing(on("2024-01-01"))
    assert standing is not None
    assert (standing.tier, standing.next, standing.missing) == ("ordinary", "silver", Decimal("0.01"))
    assert standing.because[0] == "9999.99 yuan in all reach ordinary"


def test_the_basis_is_spend_visits_or_points() -> None:
    text = f"2024-01-01 {JOB} charge=100\n2024-01-02 {JOB}\n2024-01-03 {JOB} charge=100"
    assert told(Tiers({"gold": 200}), text).tier == "gold"
    assert told(Tiers({"gold": 201}), text).tier == "ordinary"
    assert told(Tiers({"gold": 2}, by="visits"), text).tier == "gold"
    assert told(Tiers({"gold": 3}, by="visits"), text).tier == "ordinary"
    assert told(Tiers({"gold": 3}, by="visits", visits=all_visits), text).tier == "gold"
    assert told(Tiers({"gold": 4}, by="points"), text).tier == "gold"
    assert told(Tiers({"gold": 5}, by="points"), text).tier == "ordinary"


def test_a_visit_that_is_entered_and_handed_over_is_one_visit() -> None:
    text = f"2024-01-01 workshop_entered vehicle=V1\n2024-01-01 {JOB}"
    assert told(Tiers({"gold": 2}, by="visits", visits=all_visits), text).tier == "ordinary"


def test_a_refund_takes_the_basis_back_as_if_it_never_had_been() -> None:
    text = f"2024-01-01 {JOB} charge=10000 id=A\n2024-02-01 refunded of=A amount=0.01"
    for downgrade in ("at_once", "never"):
        account = told(Tiers({"silver": 10_000}, downgrade=downgrade), text)
        assert account.tier == "ordinary"
        assert account.statement(on("2024-02-01")).tier == "ordinary"


def test_redeeming_moves_no_tier() -> None:
    account = told(
        Tiers({"silver": 20}, by="points"), f"2024-01-01 {JOB} charge=1000\n2024-01-02 points_redeemed points=20"
    )
    assert account.tier == "silver"


def test_the_tier_that_the_records_tell_is_a_floor() -> None:
    account = told(
        Tiers({"silver": 1_000, "gold": 5_000}, months=1),
        f"2024-01-01 enrolled tier=silver\n2024-01-02 {JOB} charge=5000",
    )
    assert account.tier_on(on("2024-01-02")) == "gold"
    assert account.tier_on(on("2024-02-02")) == "silver"
    standing = account.standing(on("2024-02-02"))
    assert standing is not None
    assert "silver is recorded" in standing.because


# -- windows and falls ---------------------------------------------------------------------------------------------------


def test_what_happened_counts_on_days_before_its_own_day_months_later() -> None:
    account = told(Tiers({"silver": 1000}, months=6), f"2023-08-31 {JOB} charge=1000")
    assert account.tier_on(on("2024-02-28")) == "silver"
    assert account.tier_on(on("2024-02-29")) == "ordinary"
    standing = account.standing(on("2023-09-01"))
    assert standing is not None
    assert standing.falls_on == on("2024-02-29")


def test_a_year_of_the_calendar_with_grace_to_the_end_of_the_next() -> None:
    tiers = Tiers({"silver": 1000}, calendar_year=True, grace_months=12)
    account = told(tiers, f"2023-08-31 {JOB} charge=1000")
    assert account.tier_on(on("2024-12-31")) == "silver"
    assert account.tier_on(on("2025-01-01")) == "ordinary"
    kept = account.standing(on("2024-06-01"))
    assert kept is not None
    assert kept.because[1] == "silver is kept though its basis was lost on 2024-01-01"


def test_a_purchase_within_the_grace_keeps_the_tier() -> None:
    tiers = Tiers({"silver": 1000}, months=6, grace_months=3)
    account = told(tiers, f"2024-01-01 {JOB} charge=1000\n2024-09-30 {JOB} charge=1000")
    assert account.tier_on(on("2025-06-29")) == "silver"
    assert account.tier_on(on("2025-06-30")) == "ordinary"


def test_one_step_at_a_time() -> None:
    tiers = Tiers({"silver": 1000, "gold": 2000}, months=1, grace_months=2, downgrade="one_step")
    account = told(tiers, f"2024-01-31 {JOB} charge=2000")
    falls = [(day, account.tier_on(on(day))) for day in ("2024-04-28", "2024-04-29", "2024-06-28", "2024-06-29")]
    assert falls == [
        ("2024-04-28", "gold"),
        ("2024-04-29", "silver"),
        ("2024-06-28", "silver"),
        ("2024-06-29", "ordinary"),
    ]


def test_what_is_reached_for_ever() -> None:
    account = told(Tiers({"silver": 1000}, months=1, downgrade="never"), f"2024-01-31 {JOB} charge=1000")
    assert account.tier_on(on("2034-01-31")) == "silver"


def test_the_tier_of_the_day_decides_the_rate_after_time_has_passed() -> None:
    tiers = Tiers({"silver": 1000}, months=1)
    account = told(tiers, f"2024-01-31 {JOB} charge=1000\n2024-02-28 {JOB} charge=50\n2024-02-29 {JOB} charge=50")
    assert [line.points for line in account.lines] == [20, 2, 1]


# -- what tiers and cards bring ---------------------------------------------------------------------------------------------

#: W6: labour 5 % off, gold 30 % off, on the birthday half of it; W7: the credit card's discount comes on top.
W6 = Benefits(
    [
        Discount(5),
        Discount(30, tiers="gold"),
        Discount(50, birthday_days=0, name="birthday"),
        Discount(10, cards="credit_card", on_top=True),
    ],
    [Perk("rescue"), Perk("lounge", tiers="gold", cards=("diamond", "lifetime_vip"))],
)
DAY = date(2024, 6, 15)
BIRTHDAY = date(1990, 6, 15)


@pytest.mark.parametrize(
    ("member", "labour"),
    [
        ({}, "95.00"),
        ({"tier": "silver"}, "95.00"),
        ({"tier": "gold"}, "70.00"),
        ({"tier": "gold", "birthday": BIRTHDAY}, "50.00"),
        ({"tier": "gold", "birthday": date(1990, 6, 14)}, "70.00"),
        ({"cards": ["credit_card"]}, "85.50"),
        ({"tier": "gold", "cards": ["credit_card"], "birthday": BIRTHDAY}, "45.00"),
    ],
)
def test_discounts_on_labour(member: dict[str, object], labour: str) -> None:
    quote = W6.quote([("labour", 100), ("parts", 300)], on=DAY, **member)  # type: ignore[arg-type]
    assert [line.price for line in quote.lines] == [Decimal(labour), Decimal(300)]
    assert quote.total + quote.saved == 400
    assert all(line.because for line in quote.lines)


@pytest.mark.parametrize(("stacking", "price"), [("none", "95.00"), ("best", "50.00"), ("product", "33.25")])
def test_how_discounts_stack_is_a_field(stacking: str, price: str) -> None:
    quote = Benefits(W6.discounts, stacking=stacking).quote([("labour", 100)], on=DAY, tier="gold", birthday=BIRTHDAY)
    assert quote.lines[0].price == Decimal(price)


def test_a_discount_says_why_it_is_given_and_why_not() -> None:
    (line,) = W6.quote([InvoiceLine("labour", Decimal(100), "brakes")], on=DAY, tier="gold").lines
    assert line.because == (
        "30 % off labour: the member is gold",
        "birthday (50 % off labour): unknown: birthday",
        "10 % off labour: for credit_card, and the member is gold",
        "5 % off labour: does not stack with 30 % off labour",
    )
    assert str(line).startswith("brakes: 100.00 → 70.00, because 30 % off labour")


def test_a_price_is_rounded_half_up_to_the_fen_once() -> None:
    third = Benefits([Discount("33.3"), Discount("33.3", name="more")], stacking="product")
    assert third.quote([("labour", "0.33")], on=DAY).lines[0].price == Decimal("0.15"), "0.146…"
    assert Benefits([Discount(50)]).quote([("labour", "0.01")], on=DAY).lines[0].price == Decimal("0.01")


def test_a_birthday_may_have_a_window_that_reaches_over_the_year() -> None:
    week = Benefits([Discount(50, birthday_days=7)])
    for day, price in (("2023-12-31", 50), ("2024-01-09", 50), ("2024-01-10", 100), ("2023-12-25", 100)):
        assert week.quote([("labour", 100)], on=on(day), birthday=date(1990, 1, 2)).lines[0].price == price
    leap = Benefits([Discount(50, birthday_days=0)])
    assert leap.quote([("labour", 100)], on=on("2023-02-28"), birthday=date(1988, 2, 29)).lines[0].price == 50


def test_a_discount_may_ask_a_condition() -> None:
    friday = Benefits([Discount(20, of=("labour", "parts"), cards="diamond", when=fact("weekday") == "fri")])
    assert friday.quote([("parts", 100)], on=on("2024-06-14"), cards=["diamond"]).total == 80
    assert friday.quote([("parts", 100)], on=on("2024-06-15"), cards=["diamond"]).total == 100
    assert friday.quote([("parts", 100)], on=on("2024-06-14")).total == 100


def test_perks_by_tier_or_card() -> None:
    assert [perk.name for perk in W6.perks_of()] == ["rescue"]
    assert [perk.name for perk in W6.perks_of(tier="gold")] == ["rescue", "lounge"]
    assert [perk.name for perk in W6.perks_of(cards=["lifetime_vip"])] == ["rescue", "lounge"]


# -- values ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Tiers({'silver': 10000, 'gold': 50000})",
        "Tiers({'gold': 3}, by='visits', months=12, grace_months=3, downgrade='one_step', visits=all_visits)",
        "Tiers({'gold': 20}, by='points', calendar_year=True, downgrade='never')",
        "Discount(5)",
        "Discount(\"7.5\", of=('labour', 'parts'), tiers='gold', cards='diamond', birthday_days=0, on_top=True, name='x')",
        'Discount(20, when=fact("weekday") == "fri")',
    ],
)
def test_a_value_is_the_line_one_would_type(line: str) -> None:
    value = eval(line)
    assert repr(value) == line
    assert value == eval(line)
    assert hash(value) == hash(eval(line))
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Tiers({'silver': 0})", "not above 0"),
        ("Tiers({'silver': 1.5})", "not an exact number"),
        ("Tiers({'silver': 10, 'gold': 10})", "the same threshold"),
        ("Tiers({'ordinary': 10})", "no name for an upper tier"),
        ("Tiers({'silver': '1.5'}, by='visits')", "reached at 1.5 visits"),
        ("Tiers({'silver': 10}, by='miles')", "by='miles' is unknown"),
        ("Tiers({'silver': 10}, months=0)", "months=0"),
        ("Tiers({'silver': 10}, months=12, calendar_year=True)", "two windows"),
        ("Tiers({'silver': 10}, downgrade='one_step')", "a time between the steps"),
        ("Tiers(10_000)", "are not names with numbers"),
        ("Discount(0)", "not above 0 and at most 100"),
        ("Discount(0.5)", "not an exact number"),
        ("Discount(5, of='paint')", "of='paint' is unknown"),
        ("Discount(5, cards='platinum')", "cards='platinum' is unknown"),
        ("Discount(5, when=fact('mileage') > 1)", "has no fact 'mileage'"),
        ("Benefits(stacking='all')", "stacking='all' is unknown"),
        ("Benefits().quote([('paint', 1)], on=DAY)", "of='paint' is unknown"),
        ("Benefits().quote([('labour', 0.1)], on=DAY)", "not an exact number"),
    ],
)
def test_what_makes_no_sense_is_refused_when_it_is_written(line: str, message: str) -> None:
    with pytest.raises(LifecycleError) as error:
        eval(line)
    assert message in str(error.value)
    assert error.value.argument
    assert error.value.remedy, f"what is to be done? {error.value}"


# -- the fold against a walk through every day -------------------------------------------------------------------------------


def walked(tiers: Tiers, entries: list[tuple[date, int]], end: date) -> dict[date, str]:
    """The tier at the end of each day, reckoned day by day from the words of the policy."""
    level = 0
    below: date | None = None
    found: dict[date, str] = {}
    day = entries[0][0]
    while day <= end:
        counting = [(came, amount) for came, amount in entries if came < day < tiers.counts_until(came)]
        reached = tiers.level(sum(amount for _, amount in counting))
        below = None if reached >= level else below or day
        level = max(level, reached)
        if below is not None and tiers.downgrade != "never" and add_months(below, tiers.grace_months) <= day:
            level = level - 1 if tiers.downgrade == "one_step" else reached
            below = day if reached < level else None
        for came, amount in entries:
            if came == day:
                counting.append((came, amount))
                reached = tiers.level(sum(some for _, some in counting))
                if reached >= level:
                    level, below = reached, None
        found[day] = tiers.names[level]
        day = add_days(day, 1)
    return found


@given(
    gaps=st.lists(
        st.tuples(st.sampled_from([0, 1, 14, 30, 31, 59, 90]), st.sampled_from([1, 2, 5])), min_size=1, max_size=6
    ),
    months=st.sampled_from([None, 1, 2, 3]),
    calendar_year=st.booleans(),
    grace=st.sampled_from([0, 1, 3]),
    downgrade=st.sampled_from(["at_once", "one_step", "never"]),
    undone=st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_fold_of_a_tier_is_a_walk_through_every_day(
    gaps: list[tuple[int, int]], months: int | None, calendar_year: bool, grace: int, downgrade: str, undone: bool
) -> None:
    tiers = Tiers(
        {"silver": 2, "gold": 5, "jade": 8},
        by="points",
        months=months,
        calendar_year=calendar_year and months is None,
        grace_months=max(grace, int(downgrade == "one_step")),
        downgrade=downgrade,
    )
    day = date(2023, 10, 31)
    entries: list[tuple[date, int]] = []
    for gap, amount in gaps:
        day = add_days(day, gap)
        entries.append((day, amount))
    fold = tiers.open()
    seen: dict[date, str] = {}
    for number, (came, amount) in enumerate(entries):
        fold.count(came, amount, f"E{number}")
        seen[came] = fold.tier
    if undone:
        fold.take_back("E0", entries[0][1], day)
        entries = [(entries[0][0], 0), *entries[1:]]
    expected = walked(tiers, entries, add_days(day, 500))
    if not undone:
        assert seen == {came: expected[came] for came in seen}
    for ahead in (*range(100), *range(100, 500, 7)):
        on = add_days(day, ahead)
        assert fold.standing(on).tier == expected[on], f"on {on}"
        falls = fold.standing(on).falls_on
        if falls is not None and falls in expected:
            assert expected[falls] != expected[add_days(falls, -1)] == expected[on]
