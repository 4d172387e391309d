"""Two books over the same people: exact, the difference of two replays, and zero where nothing differs (LW1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import (
    Bonus,
    Book,
    Customer,
    Earn,
    Editions,
    Event,
    InactiveFor,
    LifecycleError,
    Readings,
    all_visits,
    by_customer,
    charged_visits,
    columns,
    compare,
    fact,
    replay,
    sample,
    sweep,
    timeline,
    upcoming,
)
from lifecycle.book import House
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.churn import BreadthBelow, Churn
from lifecycle.comparing import MEASURES, Comparison, Figure, Side, grid
from lifecycle.dates import add_days
from lifecycle.deadline import never
from lifecycle.money import yuan
from lifecycle.points import Points
from lifecycle.readers import Reading
from lifecycle.show.what_if import comparison_page
from lifecycle.testing import benefits, churns, histories
from lifecycle.tiers import Benefits, Discount

KINDS = (
    "vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered inspected_at_customer vehicle_transferred "
    "moved_away vehicle_recorded surveyed complaint_raised complaint_closed spending_reviewed referral_converted enquired "
    "need_agreed contract_signed sale_lost points_redeemed points_granted review_posted enrolled customer_recorded "
    "credit_card_opened value_stored refunded voided"
).split()
NINE = WENHUA.amend("nine months", **{"churn.lost": InactiveFor(months=9).counting(all_visits)})
ON = date(2025, 6, 30)
ons = st.sampled_from([date(2024, 2, 29), date(2024, 8, 31), date(2025, 2, 28)])
#: Terms that ask for the customer: the churn rule moves how he spends.
ASKING = Points(Earn(1, per=50) + Bonus(200).on("review_posted").when(fact("customer.spending") == "left"))
points = st.sampled_from([WENHUA.points, Points(), Points(Earn(2, per=50)), ASKING])
books = st.one_of(
    st.sampled_from([WENHUA, NINE, CHIZHOU, REGULATION]),
    st.builds(
        lambda churn, points, repeats: Book(
            "house", "1", churn, points=points, readings=Readings(service_repeats=repeats)
        ),
        st.one_of(churns(), churns(inactive_only=True)),
        points,
        st.sampled_from([False, False, True]),
    ),
    st.builds(lambda what: WENHUA.amend("benefits", benefits=what), benefits()),
    # the same but for the churn rule, which is the way that is shared
    st.builds(lambda churn: WENHUA.amend("other", churn=churn), churns(inactive_only=True)),
)


def reformed(first: Book, later: Mapping[date, Book]) -> Editions:
    return Editions(first, {day: evolve(book, name=first.name) for day, book in later.items()})


#: Days of reforms: long before the days that are asked for, around them, and after.
reforms = st.one_of(
    st.sampled_from([date(2023, 1, 1), date(2023, 9, 30)]), st.builds(add_days, ons, st.integers(-1, 1))
)
houses: st.SearchStrategy[House] = st.one_of(
    books, books, st.builds(reformed, books, st.dictionaries(reforms, books, min_size=1, max_size=2))
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Events of several customers: with everything that moves a state, or with whatever can be told."""
    events: list[Event] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        history = draw(histories(customer=f"C{number}", kinds=draw(st.sampled_from([KINDS, KINDS, None])), max_size=20))
        events += [event for event in history if event.kind != "merged"]
    return draw(st.permutations(events))


def people_of(events: Sequence[Event], book: House, on: date) -> dict[str, Customer]:
    return {name: replay(history, book, on=on).customer for name, history in by_customer(events).items()}


def counted(found: Comparison, measure: str) -> dict[str, tuple[int, int, int, int]]:
    return {str(one.value): (one.base, one.changed, one.entered, one.left) for one in found.figures(measure)}


def by_hand(base: Mapping[Any, Any], changed: Mapping[Any, Any]) -> dict[str, tuple[int, int, int, int]]:
    """Of two words for each key: how many have it, had it, entered, left."""
    words = {word for side in (base, changed) for word in side.values() if word is not None}
    return {
        str(word): (
            sum(one == word for one in base.values()),
            sum(one == word for one in changed.values()),
            sum(changed[key] == word != base[key] for key in base),
            sum(base[key] == word != changed[key] for key in base),
        )
        for word in words
    }


@given(lives(), houses, houses, ons)
def test_it_is_the_difference_of_one_by_one_replays(events: list[Event], base: House, changed: House, on: date) -> None:
    found = compare(base, changed, events, on=on)
    one, other = people_of(events, base, on), people_of(events, changed, on)
    for name in ("standing", "stage", "loyalty", "satisfaction", "spending", "tier"):
        sides = ({id_: str(getattr(it, name)) for id_, it in people.items()} for people in (one, other))
        assert counted(found, name) == by_hand(*sides)
    cars = [
        {(id_, vin): car for id_, it in people.items() for vin, car in it.vehicles.items()} for people in (one, other)
    ]
    assert counted(found, "activity") == by_hand(*({key: car.activity for key, car in some.items()} for some in cars))
    frame = found.vehicle_frame(everybody=True)
    for name in ("activity", "at_risk_due", "lost_due"):
        for side, some in zip(("base", "changed"), cars, strict=True):
            assert frame[f"{name}_{side}"].to_list() == [getattr(some[key], name) for key in sorted(some)]
    differ = {id_ for id_ in one if _everything(events, id_, base, on) != _everything(events, id_, changed, on)}
    assert set(found.changed) == differ
    for id_ in one:
        assert bool(found.customer(id_).differs) == (id_ in differ)


def _everything(events: Sequence[Event], id_: str, book: House, on: date) -> tuple[object, ...]:
    life = replay([event for event in events if event.customer == id_], book, on=on)
    he, account = life.customer, life.statement
    cars = {vin: (car.activity, car.at_risk_due, car.lost_due) for vin, car in he.vehicles.items()}
    states = (he.standing, he.stage, he.loyalty, he.satisfaction, he.spending, he.tier, he.lost_due)
    given = life.benefits
    return *states, cars, account.issued, account.redeemed, account.lapsed, account.balance, given.saved, given.perks


@given(lives(), houses, houses, ons, st.sampled_from([1, 7, 1 << 18]))
def test_it_is_the_difference_of_two_replays_in_columns(
    events: list[Event], base: House, changed: House, on: date, block: int
) -> None:
    frame = columns.frame(events)
    found = compare(base, changed, frame, on=on, block=block)
    table = found.frame(everybody=True)
    for side, book in (("base", base), ("changed", changed)):
        people = columns.replay(frame, book, on=on)
        for name in ("standing", "stage", "loyalty", "satisfaction", "spending", "tier"):
            assert table[f"{name}_{side}"].cast(pl.String).to_list() == people[name].cast(pl.String).to_list()
        assert table[f"customer_lost_due_{side}"].to_list() == people["lost_due"].to_list()
        totals = columns.points(frame, book, on=on)
        for name in ("issued", "redeemed", "lapsed", "balance"):
            assert table[f"{name}_{side}"].to_list() == totals[name].to_list()
        given = columns.benefits(frame, book, on=on)
        assert [yuan(fen) for fen in table[f"benefits_{side}"].to_list()] == given["saved"].to_list()
        assert table[f"perks_{side}"].to_list() == given["perks"].to_list()


@given(lives(), houses, ons, reforms)
def test_lw1_a_book_against_itself_differs_for_nobody(events: list[Event], book: House, on: date, cut: date) -> None:
    again = book.changed(lambda one: evolve(one, edition="again"), on=on, since=min(cut, on))
    first, *later = book.editions()
    whole = Editions(first[1], dict(later))
    for found in (compare(book, other, events, on=on) for other in (book, whole, again)):
        assert not found.changed
        assert not found.relabelled
        assert not found.diff
        assert all(one.difference == one.entered == one.left == 0 for one in found.figures())
        assert found.frame().is_empty()
        assert found.vehicle_frame().is_empty()


@given(lives(), houses, houses, ons)
def test_to_swap_the_books_is_to_swap_entered_and_left(
    events: list[Event], base: House, changed: House, on: date
) -> None:
    there, back = compare(base, changed, events, on=on), compare(changed, base, events, on=on)
    swapped = {(one.measure, one.value): (one.changed, one.base, one.left, one.entered) for one in back.figures()}
    assert {(one.measure, one.value): tuple(one[3:]) for one in there.figures()} == swapped
    assert there.changed == back.changed
    assert all(one.base + one.entered - one.left == one.changed for one in there.figures())


@given(lives(), houses, houses, ons)
def test_the_weeks_ahead_are_those_of_upcoming(events: list[Event], base: House, changed: House, on: date) -> None:
    found, start = compare(base, changed, events, on=on, weeks=9), on + timedelta(days=1)
    for side, book in (("base", base), ("changed", changed)):
        weeks: Counter[tuple[str, date]] = Counter()
        for one in upcoming(
            people_of(events, book, on).values(), book.on(on).churn, start=start, end=start + timedelta(weeks=9)
        ):
            week = start + timedelta(weeks=(one.day - start).days // 7)
            weeks[one.becomes, week] += 1
            weeks["customer_lost", week] += one.customer_lost
        table = found.upcoming()
        told = {(row["becomes"], row["week"]): row[side] for row in table.to_dicts()}
        assert {key: number for key, number in told.items() if number} == {key: n for key, n in weeks.items() if n}
        assert table.height == 27


LIVES = [
    # lost a year after, or nine months after
    *timeline("2024-08-10 vehicle_handed_over vehicle=V1 charge=860", customer="C1"),
    # redeemed since he was last here, his car is gone, and he is looking for another one
    *timeline(
        """
        2023-01-10 vehicle_handed_over vehicle=V2 charge=5000
        2023-02-10 vehicle_transferred vehicle=V2
        2023-03-01 enquired
        2023-03-02 need_agreed
        2023-03-03 model_accepted
        2023-03-04 points_redeemed points=10
        """,
        customer="C2",
    ),
    # the same, but the redemption is all that came after
    *timeline(
        "2024-08-10 vehicle_handed_over vehicle=V3 charge=5000\n2024-09-01 points_redeemed points=10", customer="C3"
    ),
    # comes and pays nothing
    *timeline("2025-04-01 vehicle_handed_over vehicle=V4 charge=0", customer="C4"),
]


def test_what_differs_is_told_customer_by_customer_with_both_reasons() -> None:
    found = compare(WENHUA, NINE, LIVES, on=ON)
    assert found.entered["lost"] == 2
    assert found.left["lost"] == 0
    assert found.left["first_time"] == 2
    assert found.vehicles.left["at_risk"] == 2
    assert found.relabelled == ("C1", "C3")
    assert found.changed == ("C1", "C3", "C4")  # C4's lost day is another one
    one = found.customer("C1")
    assert one.differences["standing"] == ("first_time", "lost")
    assert one.differences["V1.lost_due"] == (date(2025, 8, 10), date(2025, 5, 10))
    base, changed = one.because()["V1"]
    assert "last visit 2024-08-10 + 12 months = 2025-08-10" in " ".join(base)
    assert "last visit 2024-08-10 + 9 months = 2025-05-10" in " ".join(changed)
    assert "first_time → lost" in str(one)
    row = found.vehicle_frame().row(0, named=True)
    assert (row["vehicle"], row["activity_base"], row["activity_changed"]) == ("V1", "at_risk", "lost")
    assert (row["lost_due_base"], row["lost_due_changed"]) == (date(2025, 8, 10), date(2025, 5, 10))
    assert found.moves("activity").row(1) == ("at_risk", "lost", 2)
    assert found.customer("C2").base.customer.standing == found.customer("C2").changed.customer.standing


def test_a_car_that_was_gone_and_a_sale_under_way_are_folded_under_both_books() -> None:
    gone = WENHUA.amend("all gone", churn=Churn(lost=never))
    found = compare(WENHUA, gone, LIVES, on=ON).frame(everybody=True)
    for name, book in (("base", WENHUA), ("changed", gone)):
        assert found[f"standing_{name}"].to_list() == [it.standing for it in people_of(LIVES, book, ON).values()]


def test_a_memory_that_the_rule_does_not_tell_has_its_step_among_the_reasons() -> None:
    back = timeline(
        "2024-01-10 vehicle_handed_over vehicle=V1 charge=1\n2024-11-01 vehicle_handed_over vehicle=V1 charge=1",
        customer="C1",
    )
    one = compare(WENHUA, NINE, [*back], on=date(2024, 12, 1)).customer("C1")
    assert one.differences["V1.activity"] == ("active", "returned")
    assert one.because()["V1"][1][0].startswith("2024-11-01: ")


def test_it_says_that_it_only_relabels_and_where_behaviour_is_asked() -> None:
    text = str(compare(WENHUA, NINE, LIVES, on=ON))
    assert "relabelled, not behaviour" in text
    assert "lifecycle.simulate" in text
    assert "churn.lost.months: 12 → 9" in text
    assert re.search(r"lost +0 +2 +2 +0 +\+2", text)


def test_with_editions_it_says_that_a_forecast_needs_its_first_day() -> None:
    house = Editions(WENHUA).amend("2025", since=date(2025, 1, 1), **{"churn.lost.months": 9})
    assert "…, start=…)" in str(compare(WENHUA, house, LIVES, on=ON))
    assert "start=" not in str(compare(WENHUA, NINE, LIVES, on=ON))


def test_a_changed_discount_is_answered_even_where_nobody_has_it() -> None:
    less = WENHUA.amend("less", **{"benefits.discounts.1.percent": 20})  # gold's, and nobody is gold
    found = compare(WENHUA, less, LIVES, on=ON)
    assert not found.changed
    assert found.asked == {"benefits"}
    assert re.search(r"benefits, yuan .* 0$", str(found), re.MULTILINE)
    assert "benefits 权益优惠 (yuan 元)" in found._repr_html_()
    assert "Benefits given" in comparison_page(found)
    other = compare(WENHUA, NINE, LIVES, on=ON)
    assert not other.asked
    assert "benefits, yuan" not in str(other)


def test_one_customer_is_shown_with_chinese_beside_the_facts() -> None:
    shown_ = compare(WENHUA, NINE, LIVES, on=ON).customer("C1")._repr_html_()
    assert "lost due 流失到期日" in shown_
    assert "V1: activity 活跃度" in shown_


def test_it_shows_itself_in_a_notebook() -> None:
    found = compare(WENHUA, NINE, LIVES, on=ON)
    html = found._repr_html_()
    assert "relabelled, not behaviour" in html
    assert "流失" in html
    assert "issued 发放 (points 分)" in html
    assert "http" not in html
    assert "2025-05-10" in found.customer("C1")._repr_html_()


def test_a_frame_gives_frames_of_its_own_kind_and_what_is_packed_gives_polars() -> None:
    frame = columns.frame(LIVES, backend="pandas")
    found = compare(WENHUA, NINE, frame, on=ON)
    for answer in (found.frame(), found.vehicle_frame(), found.table(), found.moves(), found.upcoming()):
        assert type(answer).__module__.startswith("pandas")
    packed = columns.pack(frame)
    assert isinstance(compare(WENHUA, NINE, packed, on=ON).frame(), pl.DataFrame)


def test_histories_readings_and_iterators_are_taken_too() -> None:
    wanted = compare(WENHUA, NINE, LIVES, on=ON).figures()
    assert compare(WENHUA, NINE, by_customer(LIVES), on=ON).figures() == wanted
    assert compare(WENHUA, NINE, iter(LIVES), on=ON).figures() == wanted
    assert compare(WENHUA, NINE, Reading(events=tuple(LIVES)), on=ON).figures() == wanted


def test_a_book_of_another_zone_has_days_of_its_own() -> None:
    events = [
        Event(ON.replace(day=1), "enquired", "E0", "C1", None, {}),
        *timeline("2024-06-30T23:30+08:00 vehicle_handed_over vehicle=V1 charge=1", customer="C1"),
    ]
    there = evolve(WENHUA, zone=ZoneInfo("Pacific/Auckland"), edition="Auckland")
    for given_ in (events, iter(events)):
        found = compare(WENHUA, there, given_, on=ON)
        frame = found.vehicle_frame(everybody=True)
        assert frame["activity_base"].to_list() == ["lost"]
        assert frame["activity_changed"].to_list() == ["at_risk"]


def test_a_measure_of_ones_own_joins() -> None:
    class Breadth:
        name = "breadth"
        of = "customer"

        def column(self, side: Side) -> pl.Series:
            return side.of_customers("breadth") * (2 if side.book is NINE else 1)

    found = compare(WENHUA, NINE, LIVES, on=ON, measures=(*MEASURES, Breadth()))
    (figure,) = found.figures("breadth")
    assert figure == Figure("breadth", "customer", None, 3, 6, 3, 0)
    assert "breadth_changed" in found.frame().columns


def test_one_reading_serves_many_books() -> None:
    first = compare(WENHUA, NINE, LIVES, on=ON)
    assert not first.against(WENHUA).changed
    assert first.against(CHIZHOU).figures() == compare(WENHUA, CHIZHOU, LIVES, on=ON).figures()


def test_nobody_at_all() -> None:
    found = compare(WENHUA, NINE, [], on=ON)
    assert not found.changed
    assert found.entered["lost"] == 0
    assert "0 customers" in str(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"base": "wenhua"}, "base='wenhua' is no book"),
        ({"changed": None}, "changed=None is no book"),
        ({"weeks": 0}, "weeks=0"),
        ({"on": "2025-06-30"}, "not a civil day"),
        ({"block": 0}, "block=0"),
        ({"measures": (*MEASURES, MEASURES[0])}, "two measures are called 'standing'"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: dict[str, Any], said: str) -> None:
    given_: dict[str, Any] = {"base": WENHUA, "changed": NINE, "histories": LIVES, "on": ON, **arguments}
    with pytest.raises(LifecycleError, match=said):
        compare(**given_)


def test_a_misspelt_name_has_neighbours() -> None:
    found = compare(WENHUA, NINE, LIVES, on=ON)
    for ask, said in (
        (lambda: found.figures("standings"), "standing"),
        (lambda: found.entered["lots"], "lost"),
        (lambda: found.entered["at_risk"], "vehicles.entered"),
        (lambda: found.customer("C9"), "C1"),
        (lambda: found.moves("issued"), "no state"),
    ):
        with pytest.raises(LifecycleError, match=said):
            ask()


# -- many values --------------------------------------------------------------------------------------------------------


def test_a_sweep_holds_each_value_against_the_book_and_reports_what_cannot_be_built() -> None:
    found = sweep(WENHUA, "churn.lost.months", 3, 24, LIVES, on=ON)
    assert [point.values["churn.lost.months"] for point in found.points] == list(range(3, 25))
    assert [point.values["churn.lost.months"] for point in found.problems] == [3, 4, 5]
    assert "at risk" in str(found.problems[0].problem)
    for point in found.points[3:]:
        months = point.values["churn.lost.months"]
        alone = compare(WENHUA, WENHUA.amend("x", **{"churn.lost.months": months}), LIVES, on=ON)
        assert point.figures == alone.figures()
        assert point.changed == len(alone.changed)
    assert found.points[9].changed == 0
    assert "not built" in str(found)
    assert found.table()["churn.lost.months"].n_unique() == 19
    assert "Not built" in found._repr_html_()


def test_a_grid_has_every_combination() -> None:
    values = {"churn.at_risk.months": (6, 12), "churn.lost.months": (9, 12)}
    found = grid(WENHUA, values, LIVES, on=ON)
    assert [tuple(point.values.values()) for point in found.points] == [(6, 9), (6, 12), (12, 9), (12, 12)]
    assert [point.problem is None for point in found.points] == [True, True, False, True]


@pytest.mark.parametrize(
    ("path", "first", "last", "said"),
    [
        ("churn.lots.months", 3, 4, "churn.lost"),
        ("churn.lost.month", 3, 4, "churn.lost.months"),
        ("churn.lost.months", 4, 3, "first ≤ last"),
        ("churn.lost.months", 3.0, 4, "not a whole number"),
    ],
)
def test_a_sweep_of_nothing_is_refused(path: str, first: Any, last: int, said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        sweep(WENHUA, path, first, last, LIVES, on=ON)


def test_a_rule_that_reads_the_customer_is_folded_and_says_the_same() -> None:
    narrow = WENHUA.amend(
        "narrow", **{"churn.lost": InactiveFor(months=12).counting(charged_visits) & BreadthBelow(products=2)}
    )
    house = list(sample(customers=40, seed=7))
    found = compare(WENHUA, narrow, house, on=ON)
    sides = ({id_: it.standing for id_, it in people_of(house, book, ON).items()} for book in (WENHUA, narrow))
    assert counted(found, "standing") == by_hand(*sides)


def test_a_vehicle_that_nothing_made_known_differs_in_nothing() -> None:
    """One book is folded, the other is not; of a vehicle that comes later neither says anything."""
    later = timeline("2025-03-01 enquired\n2025-09-01 vehicle_handed_over vehicle=V9 charge=1", customer="C9")
    folded = WENHUA.amend("folded", **{"churn.lost": WENHUA.churn.lost & BreadthBelow(products=9)})
    found = compare(WENHUA, folded, [*later], on=ON)
    assert not found.changed
    assert found.vehicle_frame(everybody=True).is_empty()


def test_points_differ_where_points_do() -> None:
    found = compare(WENHUA, WENHUA.amend("two", **{"points.earn": Earn(2, per=50)}), LIVES, on=date(2024, 9, 30))
    (issued,) = found.figures("issued")
    assert (issued.base, issued.changed) == (17 + 100 + 100, 34 + 200 + 200)
    assert found.customer("C1").differences["points.balance"] == (17, 34)


def test_the_first_week_begins_on_the_day_after() -> None:
    lost = timeline("2024-06-30 vehicle_handed_over vehicle=V1 charge=1", customer="C1")
    for on, numbers in (
        (date(2025, 6, 29), [1, 0]),
        (date(2025, 6, 22), [0, 1]),
        (date(2025, 6, 23), [1, 0]),
        (ON, [0, 0]),
    ):
        found = compare(WENHUA, NINE, [*lost], on=on, weeks=2)
        assert [one.base for one in found.figures("lost_due")] == numbers
        assert found.figures("lost_due")[0].value == on + timedelta(days=1)


def test_the_difference_of_the_shared_way_is_that_of_two_replays() -> None:
    found = compare(WENHUA, NINE, LIVES, on=ON).frame(everybody=True)
    for name, book in (("base", WENHUA), ("changed", NINE)):
        assert found[f"standing_{name}"].to_list() == [it.standing for it in people_of(LIVES, book, ON).values()]
        assert found[f"customer_lost_due_{name}"].to_list() == [
            it.lost_due for it in people_of(LIVES, book, ON).values()
        ]


# -- editions by day ------------------------------------------------------------------------------------------------------

REFORM = date(2024, 9, 1)
DOUBLE = WENHUA.amend("2024", **{"points.earn": Earn(2, per=50)})
#: A job on the day before the reform, and one on its first day.
BEFORE_AND_ON = [
    *timeline(
        """
        2024-08-31 vehicle_handed_over vehicle=V1 charge=500
        2024-09-01 vehicle_handed_over vehicle=V1 charge=500
        """,
        customer="C1",
    )
]


def test_a_reform_of_points_counts_from_its_day_on() -> None:
    house = Editions(WENHUA, {REFORM: DOUBLE})
    eve, day = (compare(WENHUA, house, BEFORE_AND_ON, on=add_days(REFORM, days)) for days in (-1, 0))
    assert not eve.changed
    assert eve.labels == ("wenhua 2014-11 (1)", "wenhua 2014-11 (2)")
    assert not eve.diff
    assert eve.notes[-1] == "editions that begin after 2024-08-31 are not looked at: 2024-09-01"
    (balance,) = day.figures("balance")
    assert (balance.base, balance.changed) == (20, 30)
    assert day.labels == ("2014-11", "2024 from 2024-09-01")
    assert str(day.diff) == f"from 2024-09-01: points.earn: {WENHUA.points.earn!r} → Earn(2, per=50)"
    assert "each edition in its time" in str(day)
    one = day.customer("C1")
    assert [line.points for line in one.changed.statement.lines] == [10, 20]
    assert one.differences == {"points.balance": (20, 30), "points.issued": (20, 30)}
    back = day.against(Editions(DOUBLE, {REFORM: WENHUA}))
    assert back.figures("balance")[0].changed == 30, "the other way round: first two, then one"
    assert back.customer("C1").differences.keys() == one.differences.keys()


def test_a_reform_that_is_over_has_moved_points() -> None:
    """On the day itself both houses say the same; what an edition between gave stands."""
    over = Editions(WENHUA, {REFORM: DOUBLE, date(2025, 1, 1): WENHUA})
    for base, changed, balances in ((WENHUA, over, (20, 30)), (over, WENHUA, (30, 20))):
        found = compare(base, changed, BEFORE_AND_ON, on=ON)
        assert [found.frame()[f"balance_{side}"].item() for side in ("base", "changed")] == list(balances)
        assert [change.days for change in found.diff] == ["from 2024-09-01 to 2024-12-31"]


def test_benefits_are_those_of_the_edition_of_the_bill() -> None:
    tenth = Benefits([Discount(10, of="labour")])
    house = Editions(WENHUA.amend("none", benefits=Benefits())).amend("tenth", since=REFORM, benefits=tenth)
    bills = timeline(
        """
        2024-08-31 vehicle_handed_over vehicle=V1 charge=500 labour=300 parts=200
        2024-09-01 vehicle_handed_over vehicle=V1 charge=500 labour=300 parts=200
        """,
        customer="C1",
    )
    for on, fen in ((date(2024, 8, 31), 0), (REFORM, 3_000)):
        (given_,) = compare(house.first, house, [*bills], on=on).figures("benefits")
        assert given_.difference == fen
    (given_,) = compare(house.first, house.on(REFORM), [*bills], on=REFORM).figures("benefits")
    assert given_.difference == 6_000, "had it always been so"


def test_the_edition_of_the_day_tells_who_is_lost() -> None:
    house = Editions(WENHUA).amend("nine", since=ON, **{"churn.lost.months": 9})
    assert not compare(WENHUA, house, LIVES, on=add_days(ON, -1)).changed
    found = compare(WENHUA, house, LIVES, on=ON)
    assert found.relabelled == ("C1", "C3")
    assert found.customer("C1").differences["standing"] == ("first_time", "lost")
    assert "last visit 2024-08-10 + 9 months = 2025-05-10" in " ".join(found.customer("C1").because()["V1"][1])
    assert found.books == (WENHUA, house.on(ON))
    assert found.houses == (WENHUA, house)


def test_terms_that_ask_for_the_customer_may_grant_under_one_rule_what_is_refused_under_the_other() -> None:
    """The points move with the churn rule, and the stage with what they were granted for."""
    asking = WENHUA.amend("asking", points=ASKING)
    told = timeline(
        """
        2024-08-10 vehicle_handed_over vehicle=V1 charge=500
        2025-06-01 review_posted visit=X satisfied=yes
        2025-06-05 points_redeemed points=100
        """,
        customer="C1",
    )
    six = asking.amend("six", **{"churn.lost.months": 6})
    for base, changed in ((asking, six), (Editions(asking), Editions(asking, {REFORM: six}))):
        found = compare(base, changed, [*told], on=ON).frame(everybody=True)
        lives = [replay(told, house, on=ON).customer for house in (base, changed)]
        assert [found[f"stage_{side}"].item() for side in ("base", "changed")] == [str(it.stage.value) for it in lives]
        assert [found[f"balance_{side}"].item() for side in ("base", "changed")] == [it.points for it in lives]
        assert lives[0].stage != lives[1].stage


def test_a_sweep_amends_the_edition_of_the_day_or_is_a_reform() -> None:
    house = Editions(WENHUA).amend("nine", since=REFORM, **{"churn.lost.months": 9, "points.earn": Earn(2, per=50)})
    path, on = "points.earn.rates", date(2024, 9, 30)
    rates = [{"ordinary": rate, "silver": rate, "gold": rate} for rate in (1, 2, 4)]
    found = grid(house, {path: rates}, BEFORE_AND_ON, on=on)
    assert [point.figure("balance").changed for point in found.points] == [20, 30, 50]  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    assert [point.changed for point in found.points] == [1, 0, 1]
    assert str(found).startswith("wenhua nine from 2024-09-01 on 2024-09-30, 1 customers")
    later = grid(house, {path: rates}, BEFORE_AND_ON, on=on, since=date(2024, 9, 2))
    assert [point.changed for point in later.points] == [0, 0, 0]
    ever = grid(DOUBLE, {path: rates}, BEFORE_AND_ON, on=on, since=REFORM)
    assert [point.figure("balance").changed for point in ever.points] == [30, 40, 60]  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    assert ", each value from 2024-09-01 on" in str(ever)
    months = sweep(house, "churn.lost.months", 4, 9, BEFORE_AND_ON, on=on)
    assert len(months.problems) == 2
    assert months.points[-1].changed == 0
    for arguments, said in (
        ({"path": "churn.lots.months"}, "churn.lost"),
        ({"since": date(2024, 10, 1)}, "since=2024-10-01 lies after on=2024-09-30"),
        ({"since": "2024-09-01"}, "since='2024-09-01' is not a civil day"),
        ({"book": "wenhua"}, "is no book"),
    ):
        given_: dict[str, Any] = {"book": house, "path": "churn.lost.months", **arguments}
        with pytest.raises(LifecycleError, match=said):
            sweep(**given_, first=3, last=4, histories=BEFORE_AND_ON, on=on)


def test_a_page_says_which_editions_are_compared_and_on_which_days() -> None:
    house = Editions(WENHUA, {REFORM: DOUBLE}).amend("2025", since=date(2025, 1, 1), **{"points.redeem.unit": 10})
    found = compare(Editions(WENHUA, {date(2025, 3, 1): DOUBLE}), house, BEFORE_AND_ON, on=ON)
    assert [change.days for change in found.diff] == ["from 2024-09-01 to 2025-02-28", "from 2025-01-01"]
    english, chinese = comparison_page(found), comparison_page(found, chinese=True)
    for said in ("from 2024-09-01 to 2025-02-28", "in force from", "2024 from 2025-03-01", "2025 from 2025-01-01"):
        assert said in english
    for said in ("自2024-09-01起至2025-02-28", "生效日", "2024（自2025-03-01起）"):
        assert said in chinese
    assert "from 2024-09-01 to 2025-02-28: points.earn" in found._repr_html_()
    assert "until 2024-12-31: churn.lost.months: 9 → 12" in str(
        Editions(WENHUA, {}).diff(Editions(NINE, {date(2025, 1, 1): WENHUA}))
    )
    plain = comparison_page(compare(WENHUA, NINE, LIVES, on=ON))
    assert "in force from" not in plain
