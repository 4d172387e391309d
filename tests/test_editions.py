"""Editions of a book by day: each awards points in its time, and that of the asked day tells the life (LP18)."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import (
    Bonus,
    Book,
    Earn,
    Editions,
    Event,
    InactiveFor,
    Life,
    LifecycleError,
    Points,
    by_customer,
    columns,
    fact,
    replay,
    timeline,
)  # fmt: skip
from lifecycle.book import House
from lifecycle.books import CHIZHOU, WENHUA
from lifecycle.dates import add_days
from lifecycle.points import Lapse
from lifecycle.testing import histories
from lifecycle.testing.ledgers import points_policies, tier_policies
from lifecycle.tiers import Tiers
from lifecycle.visits import charged_visits

NEW_YEAR = date(2024, 1, 1)
KINDS = (
    "vehicle_handed_over vehicle_handed_over vehicle_handed_over vehicle_delivered workshop_entered refunded surveyed "
    "review_posted referral_converted points_redeemed points_granted points_redemption_rolled_back customer_recorded "
    "enrolled voided complaint_raised purchase_ruled_out moved_away"
).split()
few = settings(max_examples=40)
days = st.integers(0, 1500).map(lambda number: add_days(date(2022, 6, 1), number))


@st.composite
def books(draw: st.DrawFn, edition: str = "2") -> Book:
    """An edition of Wenhua's book: other points, perhaps tiers, another rule of churn, another reading."""
    asking = Earn(1, per=10).when(fact("customer.satisfaction") == "satisfied") + Earn(1, per=50)
    policy = draw(st.one_of(points_policies(), st.sampled_from([WENHUA.points, Points(asking), Points()])))
    months = draw(st.sampled_from([3, 6, 12]))
    return WENHUA.amend(
        edition,
        points=policy,
        tiers=draw(tier_policies()),
        **{
            "churn.lost": InactiveFor(months=12).counting(charged_visits),
            "churn.at_risk": InactiveFor(months=months),
            "readings.survey_recovers": draw(st.booleans()),
        },
    )


def lives(customer: str = "C1") -> st.SearchStrategy[Any]:
    return histories(customer=customer, kinds=KINDS, max_size=20)


def before(life: Life, day: date) -> list[Any]:
    return [line for line in life.statement.lines if line.day < day]


@few
@given(lives(), books("1"), books(), days, days)
def test_lp18_an_edition_changes_nothing_before_its_day(
    history: Any, one: Book, two: Book, since: date, on: date
) -> None:
    house = Editions(one, {since: two})
    if on < since:
        alone = replay(history, one, on=on)
        told = replay(history, house, on=on)
        assert (told.customer, told.steps, told.statement, told.cases) == (
            alone.customer, alone.steps, alone.statement, alone.cases,
        )  # fmt: skip
    else:
        eve = replay(history, house, on=add_days(since, -1))
        assert before(replay(history, house, on=on), since) == before(eve, since), "what was awarded stands"


@few
@given(lives(), books(), days, days)
def test_lp18_one_edition_cut_into_two_equal_ones_is_one(history: Any, book: Book, since: date, on: date) -> None:
    cut, alone = replay(history, Editions(book, {since: book}), on=on), replay(history, book, on=on)
    assert (cut.customer, cut.steps, cut.statement) == (alone.customer, alone.steps, alone.statement)


@few
@given(lives(), books("1"), books(), days, days, st.integers(0, 500))
def test_lm3_going_on_over_the_day_of_an_edition_is_replaying_the_whole(
    history: Any, one: Book, two: Book, since: date, on: date, later: int
) -> None:
    house, then = Editions(one, {since: two}), add_days(on, later)
    known = [event for event in history if event.day <= on]
    if known:
        assert replay(known, house, on=on).then(history, on=then) == replay(history, house, on=then)


@few
@given(st.tuples(lives("C1"), lives("C2")), books("1"), books(), days, days)
def test_lm2_columns_equal_rows_under_editions(told: Any, one: Book, two: Book, since: date, on: date) -> None:
    house = Editions(one, {since: two})
    events: list[Event] = [event for history in told for event in history if event.kind != "merged"]
    people = [replay(history, house, on=on) for history in by_customer(events).values()]
    frame = columns.frame(events)
    found = columns.replay(frame, house, on=on).select(
        "customer", "stage", "satisfaction", "points", "tier", "lost_due"
    )
    assert found.rows() == [
        (life.customer.id, life.customer.stage, life.customer.satisfaction, life.customer.points, life.customer.tier,
            life.customer.lost_due)
        for life in people
    ]  # fmt: skip
    totals = columns.points(frame, house, on=on)
    assert [row[2:] for row in totals.rows()] == [
        tuple(getattr(life.statement, name) for name in totals.columns[2:]) for life in people
    ]


SOME = [
    WENHUA,
    WENHUA.amend("nine", **{"churn.lost.months": 9}),
    WENHUA.amend("two", **{"points.earn": Earn(2, per=50)}),
]
by_day = st.builds(Editions, st.sampled_from(SOME), st.dictionaries(days, st.sampled_from(SOME), max_size=4))
houses = st.one_of(st.sampled_from(SOME), by_day)


@given(houses, houses, days, st.lists(st.tuples(days, st.integers(-1, 1)), min_size=1))
def test_the_diff_by_day_is_on_each_day_that_of_the_editions_in_force(
    one: House, two: House, until: date, asked: list[tuple[date, int]]
) -> None:
    found = one.diff(two, until)
    begins = [since for house in (one, two) for since, _ in house.editions() if since != date.min]
    for day in {add_days(day, by) for day, by in asked} | {add_days(day, by) for day in begins for by in (-1, 0)}:
        then = min(day, until)  # what begins later is not looked at
        told = {
            (change.path, change.before, change.after) for change in found
            if (change.since or date.min) <= then <= (change.until or date.max)
        }  # fmt: skip
        wanted = {(change.path, change.before, change.after) for change in one.on(then).diff(two.on(then))}
        assert told == wanted
    assert len(set(found)) == len(found)


@given(houses, days, days, st.one_of(st.none(), days), days)
def test_one_edition_is_changed_in_its_time_and_no_other(
    house: House, on: date, at: date, since: date | None, day: date
) -> None:
    if since is not None and since > on:
        return
    changed = house.changed(lambda book: book.amend("changed"), on=on, since=since)
    begins = house.editions(on)[-1][0] if since is None else since
    ends = min((first for first, _ in house.editions() if first > begins), default=date.max)
    for asked in (on, at, day, begins, *((add_days(begins, -1),) if begins > date.min else ())):
        mine = begins <= asked < ends
        assert (changed.on(asked).edition == "changed") is mine
        assert changed.on(asked).based_on == (house.on(begins).edition if mine else house.on(asked).based_on)


# -- told in small histories ----------------------------------------------------------------------------------------------

JOB = "vehicle_handed_over vehicle=V1"
DOUBLE = WENHUA.amend("2024", **{"points.earn": Earn(1, per=25)})
HOUSE = Editions(WENHUA, {NEW_YEAR: DOUBLE})


def test_each_edition_awards_in_its_time_and_takes_back_what_it_gave() -> None:
    anna = timeline(
        f"""
        2023-12-31 {JOB} charge=500 id=A
        2024-01-01 {JOB} charge=500 id=B
        2024-02-01 refunded of=A amount=250
        2024-02-01T10:00 refunded of=B amount=250
        """,
        customer="C1",
    )
    life = replay(anna, HOUSE, on=date(2024, 2, 1))
    assert [line.points for line in life.statement.lines] == [10, 20, -5, -10]
    assert life.book is DOUBLE
    assert replay(anna, HOUSE, on=date(2023, 12, 31)).book is WENHUA
    assert columns.points(anna, HOUSE, on=date(2024, 2, 1))["balance"].to_list() == [15]
    assert replay(anna, WENHUA, on=date(2024, 2, 1)).customer.points == 10
    assert pickle.loads(pickle.dumps(life)) == life


def test_a_deadline_already_past_falls_due_on_the_first_day_of_the_edition() -> None:
    strict = WENHUA.amend("strict", **{"points.lapse": Lapse.idle(months=3)})
    house = Editions(WENHUA, {NEW_YEAR: strict})
    anna = timeline(f"2023-06-01 {JOB} charge=500", customer="C1")
    for on, balance in ((date(2023, 9, 1), 10), (date(2023, 12, 31), 10), (NEW_YEAR, 0)):
        assert replay(anna, house, on=on).customer.points == balance
        assert columns.points(anna, house, on=on)["balance"].to_list() == [balance]
    assert replay(anna, house, on=date(2024, 6, 1)).statement.lines[-1].day == NEW_YEAR
    assert replay(anna, house, on=date(2023, 12, 31)).then(on=NEW_YEAR).customer.points == 0


def test_the_edition_of_the_asked_day_says_who_is_lost() -> None:
    half = Editions(WENHUA).amend("half a year", since=NEW_YEAR, **{"churn.at_risk.months": 3, "churn.lost.months": 6})
    anna = timeline(f"2023-05-01 {JOB} charge=500", customer="C1")
    for on, activity in ((date(2023, 11, 1), "at_risk"), (date(2023, 12, 31), "at_risk"), (NEW_YEAR, "lost")):
        life = replay(anna, half, on=on)
        assert life.customer.vehicles["V1"].activity == activity
        assert columns.vehicles(anna, half, on=on)["activity"].to_list() == [activity]
        assert columns.churn(anna, half, on=on)["activity"].to_list() == [activity]
        assert columns.lost(anna, half, on=on)["status"].to_list() == [activity]
    steps = replay(anna, half, on=NEW_YEAR).steps
    assert [step.day for step in steps if step.after == "lost"] == [date(2023, 11, 1)], "asked today, he was lost then"


def test_what_terms_ask_of_the_customer_was_told_by_the_edition_of_their_day() -> None:
    happy = Points(
        Earn(1, per=50) + Bonus(100).on("vehicle_handed_over").when(fact("customer.satisfaction") == "satisfied")
    )
    first = WENHUA.amend("1", points=happy, **{"readings.survey_recovers": True})
    house = Editions(first, {NEW_YEAR: first.amend("2", **{"readings.survey_recovers": False})})
    anna = timeline(
        f"""
        2023-01-01 vehicle_delivered vehicle=V1
        2023-02-01 purchase_ruled_out
        2023-03-01 surveyed kind=CSI satisfied=yes
        2023-04-01 {JOB} charge=500
        2023-05-01 points_redeemed points=200 id=refused
        2024-02-01 {JOB} charge=500
        """,
        customer="C1",
    )
    eve = replay(anna, house, on=date(2023, 12, 31))
    life = replay(anna, house, on=date(2024, 2, 1))
    assert eve.customer.satisfaction == "satisfied"
    assert life.customer.satisfaction == "never_again", "asked in 2024, a survey does not recover him"
    assert [line.points for line in life.statement.lines] == [110, 10]
    assert [step.id for step in life.refused if step.region == "points"] == ["refused"]
    assert columns.points(anna, house, on=date(2024, 2, 1))["balance"].to_list() == [120]
    assert eve.then(on=date(2024, 2, 1)) == life


def test_tiers_may_come_with_an_edition_that_knows_what_happened_before() -> None:
    house = Editions(WENHUA.amend("1", points=Points())).amend("2", since=NEW_YEAR, tiers=Tiers({"gold": 500}))
    anna = timeline(f"2023-06-01 {JOB} charge=500", customer="C1")
    assert replay(anna, house, on=date(2023, 12, 31)).customer.tier == "ordinary"
    assert replay(anna, house, on=NEW_YEAR).customer.tier == "gold"
    assert columns.replay(anna, house, on=NEW_YEAR)["tier"].to_list() == ["gold"]


def test_which_edition_is_in_force_is_said() -> None:
    third = DOUBLE.amend("2025", **{"points.redeem.unit": 10})
    house = Editions(WENHUA, {date(2025, 1, 1): third, NEW_YEAR: DOUBLE})
    assert list(house.later) == [NEW_YEAR, date(2025, 1, 1)]
    for day, book in (
        (date(2023, 12, 31), WENHUA),
        (NEW_YEAR, DOUBLE),
        (date(2024, 12, 31), DOUBLE),
        (date(2025, 1, 1), third),
    ):
        assert house.on(day) is book
    assert [since for since, *_ in house.ledger()] == [date.min, NEW_YEAR, date(2025, 1, 1)]
    assert house.ledger(date(2023, 12, 31)) == ((date.min, WENHUA.points, None),)
    assert hash(house) == hash(Editions(WENHUA, {NEW_YEAR: DOUBLE, date(2025, 1, 1): third}))
    same = Editions(WENHUA).amend("2", since=NEW_YEAR, **{"churn.lost.months": 9})
    assert same.on(NEW_YEAR).based_on == WENHUA.edition
    assert len(same.ledger()) == 1, "the points are the same"


def test_columns_say_what_editions_do_to_them() -> None:
    said = columns.explain(HOUSE)
    assert not said.columns
    assert [part.part for part in said.parts if not part.columns] == ["editions"]
    assert "from 2024-01-01 on another edition awards" in str(said.of("editions"))
    assert columns.explain(Editions(WENHUA).amend("2", since=NEW_YEAR, **{"churn.lost.months": 9})).columns
    assert columns.explain(Editions(WENHUA)).columns


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Editions(WENHUA, {NEW_YEAR: CHIZHOU}), "has name='chizhou', the first 'wenhua'"),
        (lambda: Editions(WENHUA, {NEW_YEAR: WENHUA.amend("utc", zone=ZoneInfo("UTC"))}), "has zone="),
        (lambda: Editions(WENHUA, {"2024-01-01": DOUBLE}), "not a day with the book in force from it"),
        (lambda: Editions(WENHUA, [DOUBLE]), "are not editions by their first days"),
        (lambda: Editions("wenhua"), "is no Book"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (lambda: columns.points([], HOUSE, on=NEW_YEAR, tiers=Tiers({"gold": 1})), "have tiers of their own"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        make()
