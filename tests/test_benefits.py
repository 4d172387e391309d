"""Benefits over a history: what discounts take off the bills that were, one by one and in columns (W6, W7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Churn,
    Earn,
    Editions,
    Event,
    InactiveFor,
    LifecycleError,
    Points,
    columns,
    compare,
    replay,
    sweep,
    timeline,
)
from lifecycle.benefits import HOLDER_KINDS
from lifecycle.books import CHIZHOU, WENHUA
from lifecycle.columns import explain, frame
from lifecycle.conditions import fact
from lifecycle.dates import add_days
from lifecycle.events import by_customer
from lifecycle.life import Life
from lifecycle.machines import CREDIT_CARD, DIAMOND, LIFETIME_VIP
from lifecycle.money import yuan
from lifecycle.points import Bonus, Redeem
from lifecycle.points.terms import on_birthday
from lifecycle.show.what_if import comparison_page
from lifecycle.testing import benefits, check_benefits, check_book
from lifecycle.tiers import CARDS, Benefits, Discount, Perk, Tiers
from lifecycle.wire import book_from_toml, book_schema, book_to_toml, house_from_toml, house_to_toml

CHURN = Churn(lost=InactiveFor(months=12))
JOB = "vehicle_handed_over vehicle=V1"
BORN = "2020-01-01 customer_recorded birthday=1990-06-15"


def a_life(text: str, house: Book | Editions = WENHUA, on: str = "2030-01-01") -> Life:
    return replay(timeline(text, customer="C1"), house, on=date.fromisoformat(on))


def saved(text: str, house: Book | Editions = WENHUA, on: str = "2030-01-01") -> Decimal:
    """What is saved one by one, which the columns must say, too."""
    life = a_life(text, house, on)
    table = columns.benefits(frame(life.history), house, on=life.on)
    assert table["saved"].to_list() == [life.benefits.saved]
    assert table["cards"].to_list() == ["; ".join(life.benefits.cards) or None]
    return life.benefits.saved


# -- what is given on a bill ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "off"),
    [
        (f"2024-05-01 {JOB} charge=1000 labour=400 parts=600", "20.00"),
        (f"2024-05-01 {JOB} charge=1000", "0.00"),  # what the bill does not tell apart has no discount
        (f"2024-05-01 {JOB} charge=300 labour=400", "15.00"),  # a part of the charge is no more than it
        (f"2024-05-01 {JOB} labour=400 warranty=yes", "0.00"),  # nothing was paid
        (f"2024-05-01 enrolled tier=gold\n2024-05-02 {JOB} charge=400 labour=400", "120.00"),
        (f"2024-05-02 {JOB} charge=400 labour=400\n2024-05-03 enrolled tier=gold", "20.00"),
        (f"{BORN}\n2024-06-15 {JOB} charge=400 labour=400", "200.00"),
        (f"{BORN}\n2024-06-14 {JOB} charge=400 labour=400", "20.00"),
        (f"{BORN}\n2024-06-16 {JOB} charge=400 labour=400", "20.00"),
        (f"2024-06-15 {JOB} charge=400 labour=400\n2024-06-16 customer_recorded birthday=1990-06-15", "20.00"),
        (f"2020-01-01 customer_recorded birthday=1988-02-29\n2023-02-28 {JOB} charge=400 labour=400", "200.00"),
        (f"2020-01-01 customer_recorded birthday=1988-02-29\n2024-02-28 {JOB} charge=400 labour=400", "20.00"),
        (f"2024-05-01 {JOB} visit=R1 charge=400 labour=400\n2024-05-02 refunded of=R1 amount=100", "15.00"),
        (f"2024-05-01 {JOB} visit=R1 charge=400 labour=400\n2024-05-02 refunded of=R1 amount=400", "0.00"),
        (
            f"2024-05-01 {JOB} visit=R1 charge=400 labour=400\n2024-05-02 refunded of=R1 amount=100\n2024-05-03 refunded of=R1 amount=200",
            "5.00",
        ),
        (f"2024-05-01 {JOB} visit=R1 charge=400 labour=400 id=J\n2024-05-02 voided of=J", "0.00"),
        (f"{BORN}\n2024-06-15 {JOB} charge=0.01 labour=0.01", "0.00"),  # half a fen is rounded up, once
        (f"{BORN}\n2024-06-15 {JOB} charge=0.03 labour=0.03", "0.01"),
        ("2024-05-01 product_taken product=accessories amount=400", "0.00"),
    ],
)
def test_what_the_shipped_book_takes_off(history: str, off: str) -> None:
    assert saved(history) == Decimal(off)


def test_accessories_at_the_counter_and_on_a_bill() -> None:
    house = evolve(WENHUA, benefits=Benefits([Discount(10, of="accessories")]))
    assert saved("2024-05-01 product_taken product=accessories amount=400", house) == 40
    assert saved("2024-05-01 product_taken product=insurance amount=400", house) == 0
    assert saved(f"2024-05-01 {JOB} charge=400 accessories=100", house) == 10


@pytest.mark.parametrize(("tier_of", "off"), [("before", "5.00"), ("including", "30.00")])
@pytest.mark.parametrize("by", ["spend", "visits"])
def test_a_bill_has_the_tier_that_it_earns_points_by(by: str, tier_of: str, off: str) -> None:
    tiers = Tiers({"gold": 100 if by == "spend" else 1}, by=by)
    house = evolve(WENHUA, tiers=tiers, points=Points(Earn(1, per=50), tier_of=tier_of))
    assert saved(f"2024-05-01 {JOB} charge=100 labour=100", house) == Decimal(off)


@pytest.mark.parametrize("tier_of", ["before", "including"])
def test_points_make_the_tier_after_the_bill_that_earns_them(tier_of: str) -> None:
    house = evolve(WENHUA, tiers=Tiers({"gold": 2}, by="points"), points=Points(Earn(1, per=50), tier_of=tier_of))
    text = f"2024-05-01 {JOB} charge=100 labour=100\n2024-05-02 {JOB} charge=100 labour=100"
    assert saved(text, house) == 35


def test_a_tier_that_fell_gives_nothing_more() -> None:
    house = evolve(WENHUA, tiers=Tiers({"gold": 100}, months=1), points=Points(Earn(1, per=50)))
    bills = [f"{day} {JOB} charge=100 labour=100" for day in ("2024-01-31", "2024-02-28")]
    assert saved("\n".join(bills), house) == 35
    assert saved("\n".join(bills).replace("2024-02-28", "2024-02-29"), house) == 10


def test_a_window_about_the_birthday_is_closed_at_either_end() -> None:
    house = evolve(WENHUA, benefits=Benefits([Discount(50, birthday_days=31)]))
    days = ("2024-05-14", "2024-05-15", "2024-06-15", "2024-07-16", "2024-07-17", "2024-12-15")
    text = "\n".join([BORN, *(f"{day} {JOB} charge=100 labour=100" for day in days)])
    assert [int(bill.saved) for bill in a_life(text, house).benefits.bills] == [0, 50, 50, 50, 0, 0]
    assert saved(text, house) == 150


def test_a_birthday_and_a_card_are_those_of_the_member() -> None:
    house = evolve(ON_TOP, benefits=Benefits([*ON_TOP.benefits.discounts, Discount(60, birthday_days=0)]))
    bill = "2024-06-15 vehicle_handed_over vehicle=V1 charge=100 labour=100"
    lives = [
        *timeline(f"{BORN}\n2024-01-01 lifetime_fee_paid membership=M1 amount=5\n{bill}", customer="C1"),
        *timeline(
            f"2024-01-01 customer_recorded city=Nanjing\n2024-01-01 value_stored membership=M2 amount=1\n{bill}",
            customer="C2",
        ),
    ]
    assert columns.benefits(frame(lives), house, on=date(2024, 7, 1))["saved"].to_list() == [60, 5]


# -- cards ------------------------------------------------------------------------------------------------------------------

ON_TOP = evolve(
    WENHUA,
    benefits=Benefits(
        [
            Discount(5),
            Discount(10, cards="credit_card", on_top=True),
            Discount(20, cards="diamond", when=fact("weekday") == "fri"),
            Discount(50, cards="lifetime_vip"),
        ]
    ),
)
BILL = f"{JOB} charge=100 labour=100"


@pytest.mark.parametrize(
    ("before", "off"),
    [
        ("", "5.00"),
        ("2024-01-01 credit_card_opened membership=M1", "14.50"),
        ("2024-01-01 credit_card_opened membership=M1\n2024-05-30 credit_card_ended membership=M1", "5.00"),
        ("2024-01-01 credit_card_opened membership=M1\n2024-05-30 credit_card_ended membership=M2", "14.50"),
        ("2024-01-01 credit_card_opened membership=M1\n2024-05-30 membership_left membership=M1", "5.00"),
        ("2024-01-01 value_stored membership=M1 amount=1499.99", "5.00"),
        ("2024-01-01 value_stored membership=M1 amount=1500", "20.00"),
        ("2024-01-01 value_stored membership=M1 amount=10000.01", "5.00"),
        ("2024-01-01 value_stored membership=M1 amount=1500\n2024-02-01 value_used_up membership=M1", "5.00"),
        ("2024-01-01 lifetime_fee_paid membership=M1 amount=1", "50.00"),
        ("2024-01-01 lifetime_fee_paid membership=M1 amount=0", "5.00"),
    ],
)
def test_cards_are_those_that_were_held_when_the_bill_was_made(before: str, off: str) -> None:
    """31 May 2024 is a Friday."""
    after = "2024-06-01 credit_card_opened membership=M9"
    assert saved(f"{before}\n2024-05-31 {BILL}\n{after}".strip(), ON_TOP) == Decimal(off)


def test_what_makes_a_diamond_card_is_the_reading_of_its_day() -> None:
    house = Editions(ON_TOP).amend("2", since=date(2024, 3, 1), **{"readings.diamond_from": 3000})
    stored = "{} value_stored membership=M1 amount=2000\n2024-05-31 " + BILL
    assert saved(stored.format("2024-02-29"), house) == 20
    assert saved(stored.format("2024-03-01"), house) == 5


def test_the_cards_are_those_of_the_machines() -> None:
    assert tuple(CARDS) == (CREDIT_CARD.name, DIAMOND.name, LIFETIME_VIP.name)
    text = "2024-01-01 credit_card_opened membership=M1\n2024-01-02 value_stored membership=M2 amount=2000"
    life = a_life(text)
    held = [key[0] for key, case in life.cases.items() if case.state in ("card", "diamond", "vip")]
    assert sorted(held) == sorted(life.benefits.cards) == ["credit_card", "diamond"]


# -- what is told -----------------------------------------------------------------------------------------------------------


def test_every_bill_says_because_and_the_perks_are_those_of_the_day() -> None:
    text = f"2024-01-01 enrolled tier=gold\n2024-01-02 value_stored membership=M1 amount=2000\n2024-05-31 {BILL} id=J"
    found = a_life(text).benefits
    assert (found.tier, found.cards, found.saved) == ("gold", ("diamond",), Decimal("30.00"))
    (bill,) = found.bills
    assert (bill.event, bill.day, bill.edition, bill.tier) == ("J", date(2024, 5, 31), "2014-11", "gold")
    assert found.because == (f"2024-05-31 J: {bill.because[0]}",)
    assert bill.because[0].startswith("labour: 100.00 → 70.00, because gold (30 % off labour): the member is gold")
    assert [perk.name for perk in found.perks[:1]] == ["roadside assistance"]
    assert "airport transfer" in {perk.name for perk in found.perks}
    assert "the bank's own offers" not in {perk.name for perk in found.perks}
    assert "30.00 yuan of benefits on 1 bills" in str(found)
    assert "<table" in found._repr_html_()
    assert "roadside assistance" in found._repr_html_()


def test_each_edition_gives_in_its_time() -> None:
    day = date(2024, 6, 1)
    house = Editions(WENHUA).amend("generous", since=day, **{"benefits.discounts.0.percent": 10})
    text = f"2024-05-31 {BILL}\n2024-06-01 {BILL}"
    assert saved(text, house) == 15
    assert [bill.edition for bill in a_life(text, house).benefits.bills] == ["2014-11", "generous"]
    again = Editions(WENHUA).amend(
        "2", since=day, **{"benefits.discounts.0.percent": 10, "points": Points(Earn(2, per=50))}
    )
    assert saved(text, again) == 15, "the members are folded, as their points change"
    nothing = Editions(CHIZHOU).amend("2", since=day, benefits=Benefits([Discount(10)]))
    assert saved(text, nothing) == 10


def test_terms_that_ask_for_the_customer_fold_the_benefits_as_well() -> None:
    house = evolve(WENHUA, points=Points(Bonus(20).on("vehicle_handed_over").when(on_birthday)))
    assert not explain(house).columns
    assert saved(f"{BORN}\n2024-06-15 {BILL}", house) == 50


def test_what_is_folded_for_points_is_folded_for_benefits() -> None:
    """A redemption on a bill, and a refund told before its bill."""
    house = evolve(ON_TOP, points=evolve(WENHUA.points, redeem=Redeem(worth=1)))
    text = f"""
        2024-01-01 points_granted points=50
        2024-01-02 credit_card_opened membership=M1
        2024-05-30 refunded of=J amount=50
        2024-05-31 {BILL} id=J visit=R1
        2024-05-31 points_redeemed points=20 visit=R1
    """
    assert saved(text, house) == Decimal("7.25")


def test_explain_says_what_runs_how() -> None:
    part = explain(WENHUA).of("benefits")
    assert part.columns
    assert part.because == (
        "the policy is asked once for each combination of tier, days from the birthday",
        "who is folded for his points is so for them, too",
    )
    assert "cards are folded one by one" in explain(ON_TOP).of("benefits").because[1]
    assert [part.part for part in explain(CHIZHOU).parts].count("benefits") == 0


# -- columns equal rows -------------------------------------------------------------------------------------------------------

_MONEY = ["0", "0.01", "99.99", "100", "100.01", "1234.5", "20000", "30000000"]
_DAYS = [
    date(2023, 2, 28), date(2023, 3, 1), date(2023, 12, 30), date(2024, 1, 1), date(2024, 2, 28), date(2024, 2, 29),
    date(2024, 3, 1), date(2024, 6, 14), date(2024, 6, 15), date(2024, 6, 16), date(2024, 7, 16), date(2024, 7, 17),
    date(2024, 12, 31), date(2025, 2, 28),
]  # fmt: skip
_BORN = [date(1988, 2, 29), date(1990, 6, 15), date(1975, 12, 31), date(1980, 1, 1), None]
_KINDS = (
    *("vehicle_handed_over",) * 8, "product_taken", "product_taken", "refunded", "refunded", "customer_recorded", "enrolled",
    "credit_card_opened", "credit_card_ended", "value_stored", "value_used_up", "lifetime_fee_paid", "membership_left",
    "points_redeemed", "points_granted", "points_opened", "voided",
)  # fmt: skip


def facts_of(kind: str, ids: Sequence[str], chance: Random) -> dict[str, Any]:
    money = chance.choice(_MONEY)
    if kind == "vehicle_handed_over":
        part = chance.choice([money, "50", yuan(int(Decimal(money) * 100) // 3), None])
        shares = {chance.choice(["labour", "parts", "accessories"]): part, "visit": chance.choice([None, "R1", "R2"])}
        return {"charge": chance.choice([money, money, None]), "labour": chance.choice([None, "10.01"]), **shares}
    if kind == "product_taken":
        return {"product": chance.choice(["accessories", "accessories", "insurance"]), "amount": money}
    if kind == "refunded":
        return {"of": chance.choice([*ids, "R1", "R2"]), "amount": chance.choice([money, "50"])}
    if kind == "customer_recorded":
        return {"birthday": chance.choice(_BORN), "tier": chance.choice([None, "gold", "ordinary"])}
    if kind == "enrolled":
        return {"tier": chance.choice([None, "silver", "gold"]), "membership": "M1"}
    if kind in ("points_redeemed", "points_granted", "points_opened"):
        visit = {"visit": chance.choice([None, "R1"])} if kind == "points_redeemed" else {}
        return (
            {"points": chance.choice([1, 5]), "value": chance.choice([None, "1"]), **visit} if visit else {"points": 20}
        )
    if kind == "voided":
        return {"of": chance.choice([*ids, "nothing"])}
    amount = {"amount": chance.choice(["1499.99", "1500", "10000.01", "0"])}
    return {
        "membership": chance.choice(["M1", "M1", "M2"]),
        **(amount if kind in ("value_stored", "lifetime_fee_paid") else {}),
    }


def a_history(chance: Random, members: int) -> list[Event]:
    events: list[Event] = []
    for number in range(members):
        ids: list[str] = []
        for place in range(chance.randrange(2, 16)):
            kind, name = chance.choice(_KINDS), f"E{number}{place:02}"
            told = {key: value for key, value in facts_of(kind, ids or [name], chance).items() if value is not None}
            vehicle = "V1" if kind == "vehicle_handed_over" else None
            events.append(Event(chance.choice(_DAYS), kind, name, f"C{number}", vehicle, told))
            ids.append(name)
    return events


def a_book(chance: Random, what: Benefits) -> Book:
    """A house most of which runs in columns, whatever the tiers are made of."""
    by = chance.choice([None, "spend", "visits", "points"])
    steps = {"silver": 2, "gold": 5} if by != "spend" else {"silver": 100, "gold": 1000}
    window: dict[str, Any] = chance.choice(
        [{}, {"months": 1}, {"calendar_year": True}, {"downgrade": "never"}, {"months": 1, "grace_months": 1}]
    )
    points = Points(
        chance.choice([Earn(1, per=50), Earn({"ordinary": 1, "gold": 3}, per=50), Earn(1, per=50).at_most(5, per="month")]),
        tier_of=chance.choice(["before", "including"]), basis=chance.choice(["gross", "gross", "net"]),
    )  # fmt: skip
    tiers = None if by is None else Tiers(steps, by=by, **window)
    book = Book("house", "1", CHURN, points, tiers=tiers, benefits=what)
    return book.amend("1", **{"readings.diamond_from": chance.choice([1500, 1500, 1])})


@settings(deadline=None)
@given(benefits(), benefits(), st.randoms(use_true_random=False))
def test_columns_give_what_one_by_one_gives(what: Benefits, later: Benefits, chance: Random) -> None:
    events = a_history(chance, 4)
    book = a_book(chance, what)
    house: Book | Editions = book
    if chance.random() < 0.3:
        changes: dict[str, Any] = {"benefits": later}
        if chance.random() < 0.3:
            changes["points"] = Points(Earn(2, per=50))
        house = Editions(book).amend("2", since=chance.choice(_DAYS), **changes)
    on = add_days(chance.choice(_DAYS), chance.choice([0, 0, 40]))
    found = columns.benefits(frame(events), house, on=on)
    histories = by_customer(events)
    assert found["customer"].to_list() == sorted(histories)
    for row in found.to_dicts():
        one = replay(histories[row["customer"]], house, on=on).benefits
        perks = "; ".join(perk.name for perk in one.perks) or None
        assert row == {
            "customer": one.customer, "tier": one.tier, "cards": "; ".join(one.cards) or None, "saved": one.saved, "perks": perks,
        }, one  # fmt: skip


@settings(deadline=None)
@given(benefits(), st.randoms(use_true_random=False))
def test_what_was_given_by_a_day_is_moved_by_refunds_and_voids_alone(what: Benefits, chance: Random) -> None:
    events = [event for event in a_history(chance, 1) if event.kind not in ("refunded", "voided", "points_redeemed")]
    book = a_book(chance, what)
    history = next(iter(by_customer(events).values()))
    lives = [replay(history, book, on=on).benefits for on in sorted(_DAYS)]
    for before, after in pairwise(lives):
        assert after.bills[: len(before.bills)] == before.bills
        assert before.saved == sum(bill.saved for bill in before.bills) <= after.saved


def test_large_amounts_and_fine_shares_are_exact() -> None:
    """Amounts that no column holds, and shares whose fractions outgrow 64 bits."""
    fine = [Discount("33.33333", on_top=True), Discount("1/3", on_top=True), Discount("66.66667", on_top=True)]
    house = evolve(WENHUA, benefits=Benefits(fine))
    text = (
        f"2024-05-01 {JOB} charge=20000000 labour=19999999.99\n2024-05-02 {JOB} charge=90000000000 labour=90000000000"
    )
    assert saved(f"2024-05-01 {JOB} charge=20000000 labour=19999999.99", house) > 0
    assert saved(text, house) > 0


def test_the_laws_hold_for_the_shipped_book() -> None:
    check_benefits(WENHUA.benefits, max_examples=40)


def test_a_policy_that_breaks_a_law_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.tiers.keeps", lambda discounts: Fraction(3, 2) if discounts else Fraction(1))
    with pytest.raises(AssertionError, match=r"Benefits.* breaks W6: "):
        check_benefits(WENHUA.benefits, max_examples=40)


# -- the book ---------------------------------------------------------------------------------------------------------------


def test_a_tier_that_the_book_does_not_know_is_refused_with_its_neighbours() -> None:
    with pytest.raises(LifecycleError, match="name the tier 'glod', which no record tells") as error:
        Book("x", "1", CHURN, benefits=Benefits([Discount(5, tiers="glod")]))
    assert "did you mean gold?" in str(error.value)
    with pytest.raises(LifecycleError, match="the tier 'gold', which the book's tiers do not know") as error:
        WENHUA.amend("2", tiers=Tiers({"silver": 5, "golden": 9}))
    assert "did you mean golden?" in str(error.value)
    perk = Benefits(perks=[Perk("lounge", tiers="vip")])
    assert Book("x", "1", CHURN, tiers=Tiers({"vip": 5}), benefits=perk).benefits == perk


def test_what_stands_in_a_row_is_amended_by_its_number() -> None:
    book = WENHUA.amend(
        "2", **{"benefits.discounts.1.percent": 20, "benefits.stacking": "product", "points.earn.terms.0.per": 25}
    )
    assert [one.percent for one in book.benefits.discounts] == [5, 20, 50]
    assert (book.benefits.stacking, book.benefits.perks) == ("product", WENHUA.benefits.perks)
    assert book.points.earn.terms[0] == Earn({"ordinary": 1, "silver": 2, "gold": 3}, per=25)  # type: ignore[attr-defined]
    assert {change.path for change in book.diff(WENHUA)} == {
        "benefits.discounts.1.percent",
        "benefits.stacking",
        "points.earn.terms.0.per",
    }
    for path, remedy in (
        ("benefits.discounts.3.percent", "did you mean benefits.discounts.2"),
        ("benefits.discounts.1.percnt", "did you mean benefits.discounts.1.percent"),
        ("benefits.discount", "did you mean benefits.discounts"),
    ):
        with pytest.raises(LifecycleError) as error:
            WENHUA.amend("2", **{path: 20})
        assert remedy in str(error.value)


def test_holders_are_told_by_records_and_cards() -> None:
    assert "enrolled" not in HOLDER_KINDS, "the tier is the ledger's"
    assert {"customer_recorded", "credit_card_opened", "membership_left"} <= HOLDER_KINDS


# -- compared ---------------------------------------------------------------------------------------------------------------

GENEROUS = WENHUA.amend("generous", **{"benefits.discounts.0.percent": 10})
LIVES = [
    *timeline(f"2024-05-31 {BILL} id=A\n2024-06-01 {BILL} id=B", customer="C1"),
    *timeline(f"2024-01-01 enrolled tier=gold\n2024-05-31 {BILL}", customer="C2"),
    *timeline("2024-05-31 vehicle_handed_over vehicle=V3 charge=100", customer="C3"),
]
ON = date(2024, 6, 30)


def test_compare_measures_the_benefits_given_in_fen_and_shows_yuan() -> None:
    found = compare(WENHUA, GENEROUS, LIVES, on=ON)
    (given,) = found.figures("benefits")
    assert given[2:] == (None, 4000, 5000, 1000, 0)
    assert found.unit("benefits") == "fen"
    assert (found.unit("issued"), found.unit("standing"), found.unit("lost_due")) == ("points", "", "")
    assert found.changed == ("C1",)
    assert not found.relabelled
    line = next(line for line in str(found).splitlines() if line.startswith("benefits"))
    assert line.split() == ["benefits,", "yuan", "40.00", "50.00", "10.00", "0.00", "+10.00"]
    assert dict(zip(found.table()["measure"], found.table()["unit"], strict=True))["benefits"] == "fen"
    back = compare(GENEROUS, WENHUA, LIVES, on=ON)
    assert "−10.00" in str(back)
    assert back.figures("benefits")[0][2:] == (None, 5000, 4000, 0, 1000)


def test_one_customer_is_told_with_the_reasons_of_both_books() -> None:
    one = compare(WENHUA, GENEROUS, LIVES, on=ON).customer("C1")
    assert one.differences == {"benefits": (Decimal("10.00"), Decimal("20.00"))}
    base, changed = one.benefits()
    assert [bill.partition(",")[0] for bill in base] == [
        "2024-05-31 A: labour: 100.00 → 95.00",
        "2024-06-01 B: labour: 100.00 → 95.00",
    ]
    assert "100.00 → 90.00, because 10 % off labour: for everybody" in changed[0]
    assert "  benefits, generous: 2024-06-01 B: labour: 100.00 → 90.00" in str(one)
    assert "100.00 → 90.00" in one._repr_html_()
    none = compare(WENHUA, WENHUA.amend("none", benefits=Benefits()), LIVES, on=ON).customer("C1")
    assert "  benefits, none: none" in str(none)


def test_perks_are_counted_one_by_one() -> None:
    for_gold = Benefits(
        WENHUA.benefits.discounts, [Perk("VIP lounge"), Perk("flowers", tiers="gold"), Perk("car", cards="diamond")]
    )
    lives = [*LIVES, *timeline("2024-01-01 value_stored membership=M1 amount=2000", customer="C4")]
    found = compare(WENHUA, WENHUA.amend("2", **{"benefits.perks": for_gold.perks}), lives, on=ON)
    told = {one.value: tuple(one[3:]) for one in found.figures("perks")}
    assert told["VIP lounge"] == (4, 4, 0, 0)
    assert told["flowers"] == (1, 1, 1, 1)
    assert told["car"] == (0, 1, 1, 0)
    assert told["roadside assistance"] == (4, 0, 0, 4)
    assert not found.relabelled, "who is entitled to less is in no other state"
    assert found.customer("C2").differences["perks"][1] == "VIP lounge; flowers"


def test_what_makes_a_card_moves_the_benefits_though_no_point_is_moved() -> None:
    lives = timeline(f"2024-01-01 value_stored membership=M1 amount=2000\n2024-05-31 {BILL}", customer="C1")
    found = compare(ON_TOP, ON_TOP.amend("2", **{"readings.diamond_from": 3000}), list(lives), on=ON)
    assert found.figures("benefits")[0][3:5] == (2000, 500)


def test_editions_are_compared_each_giving_in_its_time() -> None:
    """A card is one by the readings of the day on which it was paid for, and brings what the edition of the asked day says."""
    lives = [*LIVES, *timeline(f"2024-03-01 value_stored membership=M1 amount=2000\n2024-05-31 {BILL}", customer="C5")]
    perks = Benefits(ON_TOP.benefits.discounts, [Perk("flowers", cards="diamond")])
    house = Editions(ON_TOP.amend("1", benefits=perks))
    strict = house.amend("2", since=date(2024, 4, 1), **{"readings.diamond_from": 3000})
    stricter = house.amend("2", since=date(2024, 3, 1), **{"readings.diamond_from": 3000})
    assert not compare(house, strict, lives, on=ON).changed, "the card was paid for before"
    found = compare(house, stricter, lives, on=ON)
    assert found.changed == ("C5",)
    assert found.figures("benefits")[0].difference == -1500
    assert [one[2:] for one in found.figures("perks")] == [("flowers", 1, 0, 0, 1)]
    assert set(found.customer("C5").differences) == {"benefits", "perks"}
    dearer = Editions(WENHUA).amend("2", since=date(2024, 6, 1), **{"benefits.discounts.0.percent": 10})
    (given,) = compare(WENHUA, dearer, LIVES, on=ON).figures("benefits")
    assert given.difference == 500, "one of two bills"


def test_books_without_benefits_have_none() -> None:
    found = compare(CHIZHOU, CHIZHOU.amend("2", **{"churn.lost.months": 15}), LIVES, on=ON)
    assert found.figures("benefits")[0][3:] == (0, 0, 0, 0)
    assert found.figures("perks") == ()
    assert "benefits" not in str(found)


def test_a_discount_is_swept_by_its_number() -> None:
    found = sweep(WENHUA, "benefits.discounts.0.percent", 0, 20, LIVES, on=ON, step=10)
    assert [point.problem is None for point in found.points] == [False, True, True]
    assert "not above 0 and at most 100" in str(found.points[0].problem)
    assert [point.figure("benefits").changed for point in found.points[1:]] == [5000, 7000]  # type: ignore[union-attr]
    assert found.rows()[0][-1] == "benefits, yuan"
    assert [row[-1] for row in found.rows()[1]] == ["–", "50.00", "70.00"]
    assert set(found.table()["unit"]) == {"", "points", "fen"}
    with pytest.raises(LifecycleError, match=r"no such path 'benefits\.discounts\.3'"):
        sweep(WENHUA, "benefits.discounts.3.percent", 1, 2, LIVES, on=ON)
    plain = sweep(CHIZHOU, "churn.lost.months", 12, 13, LIVES, on=ON)
    assert plain.rows()[0][-1] == "points owed"


def test_the_page_shows_benefits_as_money_in_either_language() -> None:
    found = compare(WENHUA, GENEROUS, LIVES, on=ON)
    for chinese, words in ((False, "Benefits given"), (True, "权益优惠")):
        page = comparison_page(found, chinese=chinese)
        assert words in page
        assert "40.00" in page
        assert "+10.00" in page
        assert "100.00 → 90.00" in page
    fewer = compare(WENHUA, WENHUA.amend("fewer", **{"benefits.perks": WENHUA.benefits.perks[:1]}), LIVES, on=ON)
    assert "VIP lounge" in comparison_page(fewer)
    assert "贵宾休息室" in comparison_page(fewer, chinese=True)
    assert "Benefits given" not in comparison_page(compare(CHIZHOU, CHIZHOU, LIVES, on=ON))
    assert "benefits 权益优惠 (yuan 元)" in found._repr_html_()
    assert "benefits, yuan" in sweep(WENHUA, "benefits.discounts.0.percent", 5, 6, LIVES, on=ON)._repr_html_()


# -- as data ------------------------------------------------------------------------------------------------------------------


def test_benefits_are_written_and_read_as_data() -> None:
    text = """
        base = "wenhua"
        edition = "mine"
        [amend]
        benefits.stacking = "product"
        benefits.discounts = [
            {percent = "1/3", of = "parts", tiers = "gold"},
            {percent = 12.5, of = ["labour", "accessories"], cards = "diamond", when = 'fact("weekday") == "fri"'},
        ]
    """
    book = book_from_toml(text)
    assert book.benefits == Benefits(
        [
            Discount("1/3", of="parts", tiers="gold"),
            Discount("12.5", of=("labour", "accessories"), cards="diamond", when=fact("weekday") == "fri"),
        ],
        WENHUA.benefits.perks,
        stacking="product",
    )
    assert book_from_toml(book_to_toml(book)) == book
    for path in ("benefits.discounts.0.percent", '"benefits.discounts.0.percent"'):
        one = book_from_toml(f'base = "wenhua"\nedition = "mine"\n[amend]\n{path} = 7\n')
        assert one.benefits.discounts == (Discount(7), *WENHUA.benefits.discounts[1:])
    whole = 'base = "wenhua"\nedition = "mine"\n[amend]\n"benefits.discounts.1" = {percent = 7}\n'
    assert book_from_toml(whole).benefits.discounts[1] == Discount(7)


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (
            'discounts = [{percent = 5, off = "labour"}]',
            "benefits.discounts[0].off: Discount has no 'off' (did you mean of?",
        ),
        ('discounts = [{percent = 5, cards = "platinum"}]', "cards='platinum' is unknown"),
        ('discounts = [{percent = 5}, {percent = "5/0"}]', "benefits.discounts[1].percent: '5/0' is not a fraction"),
        ("stacking = 5", "benefits.stacking: 5 is not a text"),
        ('perks = [{name = ""}]', "is no name of a perk"),
    ],
)
def test_a_slip_in_the_data_is_told_with_its_place(slip: str, said: str) -> None:
    text = f'name = "x"\nedition = "1"\nchurn = "InactiveFor(months=12)"\n[benefits]\n{slip}\n'
    with pytest.raises(LifecycleError) as error:
        book_from_toml(text, name="mine.toml")
    assert "mine.toml, line 5" in str(error.value)
    assert said in str(error.value)


def test_the_schema_names_the_choices() -> None:
    (whole, _) = book_schema()["oneOf"]
    told = whole["properties"]["benefits"]["properties"]
    assert told["stacking"]["enum"] == ["none", "best", "product"]
    assert told["discounts"]["items"]["properties"]["cards"]["items"]["enum"] == list(CARDS)


def test_reforms_of_benefits_are_editions() -> None:
    house = Editions(WENHUA).amend(
        "2", since=date(2025, 1, 1), **{"benefits.discounts.0.percent": 10, "benefits.stacking": "none"}
    )
    assert house_from_toml(house_to_toml(house)) == house


def test_a_book_shows_its_benefits_with_their_sources() -> None:
    page = WENHUA._repr_html_()
    assert "benefits.discounts" in page
    assert "W6: labour 5 % off" in page
    assert "benefits" not in CHIZHOU._repr_html_().replace("benefits.stacking", "")
    assert dict(check_book(WENHUA, max_examples=3))["benefits"] is None
