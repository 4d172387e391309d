"""Rules over columns say what they say one by one (LC6): due days, status, memory of the machine, the roll-up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Customer,
    Event,
    InactiveFor,
    LifecycleError,
    Vehicle,
    all_visits,
    by_customer,
    charged_visits,
    columns,
    fact,
    never,
    replay,
    timeline,
)
from lifecycle.books import WENHUA
from lifecycle.churn import BreadthBelow, Churn, DissatisfiedFor, SpendingDeclining
from lifecycle.columns import rules as over_columns
from lifecycle.columns.column import Column
from lifecycle.columns.days import MISSING, NEVER, day_of, due_after
from lifecycle.columns.fact_columns import Customers, Given, Vehicles
from lifecycle.columns.rules import STATUSES
from lifecycle.dates import add_days, add_months
from lifecycle.deadline import CustomerFacts, Leaf, Rule, Span, VehicleFacts
from lifecycle.testing import churns, customers, histories, rules
from lifecycle.testing.rules import paid_by_anyone

DAYS = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 8, 31), date(2025, 2, 28), date(2030, 1, 1)]
KINDS = (
    "vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered inspected_at_customer inspected_at_customer "
    "vehicle_transferred moved_away vehicle_recorded visit_cancelled trade_in_done insurance_renewed surveyed voided"
).split()
ons = st.sampled_from(DAYS)


@st.composite
def lives(draw: st.DrawFn, *, most: int = 3) -> list[Event]:
    """Events of several customers, most of which are about their vehicles."""
    events: list[Event] = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        kinds = draw(st.sampled_from([KINDS, KINDS, None]))
        for event in draw(histories(customer=f"C{number}", kinds=kinds, times=draw(st.booleans()), max_size=20)):
            if event.kind != "merged":
                events.append(event)
    return draw(st.permutations(events))


def one_by_one(events: list[Event], churn: Churn, on: date) -> dict[str, Customer]:
    book = Book("house", "1", churn)
    return {name: replay(history, book, on=on).customer for name, history in by_customer(events).items()}


# -- rules over facts that are given --------------------------------------------------------------------------------------


@given(st.lists(customers(on=DAYS[1]), min_size=1, max_size=5), churns(), ons)
def test_lc6_a_rule_over_columns_is_the_rule_one_by_one(people: list[Customer], churn: Churn, on: date) -> None:
    pairs = [(car, person) for person in people for car in person.vehicles.values()]
    facts = Given.of([car for car, _ in pairs], [person for _, person in pairs])
    for rule in (churn.lost, churn.at_risk):
        assert [day_of(day) for day in over_columns.due(rule, facts).tolist()] == [rule.due(*pair) for pair in pairs]
        held = [rule.decide(car, on=on, customer=person).holds for car, person in pairs]
        assert over_columns.holds(rule, facts, on).tolist() == held
    found = over_columns.dues(churn, facts)
    days = [
        (day_of(one), day_of(other)) for one, other in zip(found.at_risk.tolist(), found.lost.tolist(), strict=True)
    ]
    assert days == [churn.dues(*pair) for pair in pairs]
    statuses = [STATUSES[number] for number in over_columns.statuses(found, on).tolist()]
    assert statuses == [churn.status(car, on=on, customer=person) for car, person in pairs]


@pytest.mark.parametrize("months", [1, 3, 6, 12, 18])
def test_lc6_every_day_of_four_years_around_month_ends(months: int) -> None:
    days = [add_days(date(2023, 1, 1), number) for number in range(4 * 366)]
    rule = InactiveFor(months=months).counting(all_visits)
    facts = Given.of([Vehicle("V", last_visit=day) for day in days])
    assert over_columns.due(rule, facts).tolist() == [add_months(day, months).toordinal() for day in days]
    for on in days[200:1200:7]:
        assert over_columns.holds(rule, facts, on).tolist() == [add_months(day, months) <= on for day in days]


def test_a_day_that_is_not_told_is_never_due_and_not_due_since_ever() -> None:
    days = Column("day", over_columns.due(never, Given({}, 1))).data
    assert days.tolist() == [NEVER]
    facts = Given.of([Vehicle("A"), Vehicle("B", last_charged_visit=date(2020, 1, 1))])
    rule = InactiveFor(months=6)
    assert over_columns.due(rule, facts).tolist() == [NEVER, date(2020, 7, 1).toordinal()]
    assert over_columns.holds(rule, facts, date(2024, 1, 1)).tolist() == [False, True]
    assert over_columns.due(BreadthBelow(products=1), facts).tolist() == [NEVER, NEVER], "unknown where no customer is"


def test_due_days_stay_within_the_calendar() -> None:
    days = Column(
        "day", Given.of([Vehicle("V", last_visit=day) for day in (date.min, date.max, None)]).column("last_visit").data
    )
    assert [day_of(day) for day in due_after(days.data, Span(months=6)).tolist()] == [date(1, 7, 1), date.max, None]
    assert [day_of(day) for day in due_after(days.data, Span(days=6), back=True).tolist()] == [
        date.min, add_days(date.max, -6), None,
    ]  # fmt: skip
    assert date.min.toordinal() > MISSING
    assert date.max.toordinal() < NEVER


@frozen
class FirstCame(Leaf):
    """A house's own leaf: due a year after the first visit, at once where he came on a first of the month."""

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        first = vehicle.first_visit
        return None if first is None else first if first.day == 1 else add_months(first, 12)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, dict[str, Any]]:
        return f"first visit {vehicle.first_visit}", {"first_visit": vehicle.first_visit}

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("first_visit",))

    @property
    def needs_sight(self) -> bool:
        return True


@given(st.lists(st.none() | st.dates(date(2023, 1, 28), date(2023, 3, 3)), max_size=9), ons)
def test_a_leaf_of_the_houses_own_is_asked_for_each_combination_of_its_facts(days: list[date | None], on: date) -> None:
    cars = [Vehicle("V", first_visit=day, last_visit=day) for day in days]
    rule: Rule = FirstCame() | InactiveFor(months=24).counting(all_visits)
    found = over_columns.due(rule, Given.of(cars))
    assert [day_of(day) for day in found.tolist()] == [rule.due(car) for car in cars]
    assert not over_columns.by_columns(rule)
    assert over_columns.by_columns(WENHUA.churn.lost)


# -- facts that events tell -----------------------------------------------------------------------------------------------

_OF_VEHICLE = (
    "model plate delivered_on first_visit last_visit last_charged_visit visits charged_visits warranty_until insurance_until "
    "mileage gone_on"
).split()
_OF_CUSTOMER = (
    "first_seen last_seen birthday sex city origin enrolled_on bought referrals spent open_complaints breadth"
).split()


@given(lives(), ons)
def test_lc6_facts_as_columns_are_the_facts_that_replay_finds(events: list[Event], on: date) -> None:
    churn = Churn(
        at_risk=InactiveFor(months=6) | InactiveFor(months=6).counting(paid_by_anyone),
        lost=InactiveFor(months=12).counting(all_visits),
    )
    people = one_by_one(events, churn, on)
    packed = columns.pack(events).as_of(on)
    of_customers = Customers(packed)
    of_vehicles = Vehicles(packed, churn.visit_kinds, of_customers)
    for row, name in enumerate(packed.customers):
        found = {fact: of_customers.column(fact).value(row) for fact in _OF_CUSTOMER}
        assert found == {fact: getattr(people[name], fact) for fact in _OF_CUSTOMER}
    known: dict[str, set[str]] = {name: set() for name in people}
    for row, (owner, vin) in enumerate(zip(packed.owners.tolist(), packed.vins, strict=True)):
        if of_vehicles.known[row]:
            name = packed.customers[owner]
            known[name].add(vin)
            car = people[name].vehicles[vin]
            found = {fact: of_vehicles.column(fact).value(row) for fact in _OF_VEHICLE}
            assert found == {fact: getattr(car, fact) for fact in _OF_VEHICLE}
            last = [of_vehicles.column(kind.stored_in).value(row) for kind in churn.visit_kinds]
            assert last == [kind.last(car) for kind in churn.visit_kinds]
    assert known == {name: set(person.vehicles) for name, person in people.items()}


@given(lives(), ons, st.sampled_from(["polars", "pandas", "pyarrow"]))
def test_lc6_facts_need_no_book(events: list[Event], on: date, backend: str) -> None:
    frame = columns.frame(events, backend=backend)
    answer = columns.facts(frame, on=on)
    assert type(answer) is type(frame), "the same kind of frame comes back"
    names = [*_OF_CUSTOMER, "last_visit", "last_charged_visit"]
    assert list(answer.columns if backend != "pyarrow" else answer.column_names) == [
        "customer", *names, "visits", "charged_visits"
    ]  # fmt: skip
    people = [replay(history, WENHUA, on=on).customer for history in by_customer(events).values()]
    expected = [
        (
            person.id,
            *(getattr(person, name) for name in names),
            *(sum(getattr(car, name) for car in person.vehicles.values()) for name in ("visits", "charged_visits")),
        )
        for person in people
    ]
    found = plain(columns.facts(columns.frame(events), on=on))
    assert found == [tuple(None if value == date.min else value for value in row) for row in expected]


# -- whole tables ---------------------------------------------------------------------------------------------------------


@given(lives(), churns(), ons, st.sampled_from(["polars", "pandas", "pyarrow"]))
def test_lc6_lost_is_the_status_that_each_vehicle_has(
    events: list[Event], churn: Churn, on: date, backend: str
) -> None:
    expected = [
        (name, vin, verdict.status, verdict.since if verdict.since != date.min else None)
        for name, person in one_by_one(events, churn, on).items()
        for vin, car in sorted(person.vehicles.items())
        for verdict in [churn.decide(car, on=on, customer=person)]
    ]
    frame = columns.frame(events, backend=backend)
    answer = columns.lost(frame, churn, on=on)
    assert type(answer) is type(frame), "the same kind of frame comes back"
    assert plain(answer) == expected


def plain(answer: Any) -> list[tuple[Any, ...]]:
    """The rows of a frame of whatever kind, days as days."""
    frame: pl.DataFrame = answer if isinstance(answer, pl.DataFrame) else pl.DataFrame(answer)
    days = [name for name, kind in frame.schema.items() if kind == pl.Datetime]
    frame = frame.with_columns(pl.col(days).cast(pl.Date), pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    return [tuple(None if value == date.min else value for value in row) for row in frame.rows()]


@given(lives(), churns(), ons)
def test_lc8_the_customers_are_rolled_up_as_one_by_one(events: list[Event], churn: Churn, on: date) -> None:
    expected = [
        (name, verdict.status, verdict.since if verdict.since != date.min else None)
        for name, person in one_by_one(events, churn, on).items()
        for verdict in [churn.decide_customer(person, on=on)]
    ]
    assert plain(columns.lost_customers(columns.frame(events), churn, on=on)) == expected


def remembered(people: dict[str, Customer], churn: Churn) -> list[tuple[Any, ...]]:
    """What the replayed machines of all vehicles remember, as rows of ``columns.churn``."""
    return [
        (
            name,
            vin,
            max((day for kind in churn.visit_kinds if (day := kind.last(car)) is not None), default=None),
            car.activity,
            *(None if day == date.min else day for day in (car.at_risk_due, car.lost_due)),
            car.activity in ("lost", "quasi_lost"),
        )
        for name, person in people.items()
        for vin, car in sorted(person.vehicles.items())
    ]


@given(lives(), st.one_of(churns(), churns(inactive_only=True)), ons, st.sampled_from(["polars", "pandas", "pyarrow"]))
def test_lc6_churn_is_what_the_replayed_machine_remembers(
    events: list[Event], churn: Churn, on: date, backend: str
) -> None:
    frame = columns.frame(events, backend=backend)
    answer = columns.churn(frame, churn, on=on, processes=1)
    assert type(answer) is type(frame), "the same kind of frame comes back"
    assert plain(answer) == remembered(one_by_one(events, churn, on), churn)


def test_churn_by_a_rule_that_reads_the_customer_is_folded_with_the_policies_of_its_book() -> None:
    history = timeline(
        "2023-01-09 vehicle_handed_over vehicle=V charge=1\n2023-02-01 surveyed satisfied=no", customer="C1"
    )
    rule = InactiveFor(months=6).when(fact("customer.satisfaction") == "dissatisfied")
    houses: list[Rule | Book] = [
        Book("h", "1", Churn(lost=rule)),
        Book("h", "1", Churn(lost=InactiveFor(months=9))),
        rule,
    ]
    for house, lost in zip(houses, (True, False, True), strict=True):
        (row,) = columns.churn(history, house, on=date(2023, 7, 31)).to_dicts()
        assert (row["last_counted"], row["lost"]) == (date(2023, 1, 9), lost)


def test_the_last_visit_that_either_grade_counts() -> None:
    graded = Churn(at_risk=InactiveFor(months=6).counting(all_visits), lost=InactiveFor(months=12))
    told = ["2023-01-09 vehicle_handed_over vehicle=V charge=1", "2023-05-02 vehicle_handed_over vehicle=V"]
    both, free = (timeline("\n".join(lines), customer="C1") for lines in (told, told[1:]))
    for history in (both, free):
        (row,) = columns.churn(history, graded, on=date(2023, 6, 1)).to_dicts()
        assert row["last_counted"] == date(2023, 5, 2)
    (row,) = columns.churn(free, Churn(lost=InactiveFor(months=12)), on=date(2023, 6, 1)).to_dicts()
    assert row["last_counted"] is None


def test_facts_of_several_vehicles_together() -> None:
    history = timeline(
        """2023-01-09 vehicle_handed_over vehicle=V charge=1
        2023-02-01 vehicle_handed_over vehicle=W
        2023-03-01 vehicle_handed_over vehicle=V""",
        customer="C1",
    )
    (row,) = columns.facts(history, on=date(2023, 2, 1)).to_dicts()
    assert (row["visits"], row["charged_visits"], row["last_visit"]) == (2, 1, date(2023, 2, 1))
    assert row["last_charged_visit"] == date(2023, 1, 9)


def test_days_are_those_of_the_books_zone() -> None:
    late = datetime(2023, 1, 31, 17, tzinfo=UTC)  # in Shanghai it is February
    events = [Event(late, "vehicle_handed_over", "1", "C1", "V", charge=1)]
    book = Book("h", "1", Churn(lost=InactiveFor(months=1)), zone=ZoneInfo("UTC"))
    for house, since in ((book, date(2023, 2, 28)), (book.churn, date(2023, 3, 1))):
        on = date(2023, 3, 1)
        assert columns.lost(events, house, on=on)["since"].to_list() == [since]
        assert columns.lost_customers(events, house, on=on)["since"].to_list() == [since]
        assert columns.churn(events, house, on=on)["lost_due"].to_list() == [since]
        assert columns.ChurnState.of(events, house, on=on).churn()["lost_due"].to_list() == [since]


PAID, FREE = "vehicle_handed_over vehicle=V charge=1", "vehicle_handed_over vehicle=V"
AT_HOME, SOLD = "inspected_at_customer vehicle=V", "vehicle_transferred vehicle=V"
STORIES = {
    "never came": ("unseen", ["2024-01-01 vehicle_recorded vehicle=V"]),
    "came": ("active", [f"2024-01-01 {PAID}"]),
    "lost, then free help only": ("lost", [f"2022-01-01 {PAID}", f"2024-03-01 {FREE}"]),
    "lost and back": ("returned", [f"2022-01-01 {PAID}", f"2024-03-01 {PAID}"]),
    "back on the very day it was lost": ("returned", [f"2023-09-01 {PAID}", f"2024-03-01 {PAID}"]),
    "back the day before": ("active", [f"2023-09-01 {PAID}", f"2024-02-29 {PAID}"]),
    "lost, back, and again": ("active", [f"2022-01-01 {PAID}", f"2024-01-01 {PAID}", f"2024-03-01 {PAID}"]),
    "lost, back, a second bill that day": (
        "returned",
        [f"2022-01-01 {PAID}", f"2024-03-01 {PAID}", f"2024-03-01 {PAID}"],
    ),
    "inspected at home, then lost": ("quasi_lost", [f"2023-01-01 {PAID}", f"2023-02-01 {AT_HOME}"]),
    "inspected once it was lost": ("lost", [f"2023-01-01 {PAID}", f"2024-02-01 {AT_HOME}"]),
    "inspected before it last came": ("lost", [f"2023-01-01 {PAID}", f"2023-02-01 {AT_HOME}", f"2023-03-01 {PAID}"]),
    "sold": ("gone", [f"2024-01-01 {PAID}", f"2024-02-01 {SOLD}"]),
    "sold, and in the workshop again": ("returned", [f"2024-01-01 {SOLD}", f"2024-02-01 {PAID}"]),
    "moved away with every car": ("gone", [f"2024-01-01 {PAID}", "2024-02-01 moved_away"]),
}


@pytest.mark.parametrize("story", STORIES)
def test_stories_of_one_vehicle(story: str) -> None:
    label, lines = STORIES[story]
    history = timeline("\n".join(lines), customer="C1")
    churn = Churn(lost=InactiveFor(months=6))
    answer = columns.churn(columns.frame(history), churn, on=date(2024, 3, 15))
    assert answer["activity"].to_list() == [label]
    assert replay(history, Book("house", "1", churn), on=date(2024, 3, 15)).customer.vehicles["V"].activity == label


@pytest.mark.parametrize(
    ("rule", "told", "since"),
    [
        (SpendingDeclining(), "2024-02-01 spending_reviewed trend=down", date(2024, 2, 1)),
        (SpendingDeclining(), "2024-02-01 spending_reviewed trend=up", None),
        (DissatisfiedFor(days=1), "2024-02-01 surveyed satisfied=no", date(2024, 2, 2)),
        (DissatisfiedFor(days=1), "2024-02-01 bad_word_reported\n2024-02-02 surveyed satisfied=yes", date(2024, 2, 2)),
        (DissatisfiedFor(days=1), "2024-02-01 surveyed satisfied=no\n2024-02-02 surveyed satisfied=yes", None),
    ],
)
def test_a_rule_over_how_the_customer_is(rule: Rule, told: str, since: date | None) -> None:
    history = timeline(
        f"2024-01-01 vehicle_delivered vehicle=V\n2024-01-09 vehicle_handed_over vehicle=V charge=1\n{told}",
        customer="C1",
    )
    (row,) = columns.lost(columns.frame(history), rule, on=DAYS[0]).to_dicts()
    assert (row["status"], row["since"]) == ("lost" if since else "active", since)


def test_a_rule_over_the_stage_asks_for_a_whole_replay() -> None:
    history = timeline("2024-01-01 vehicle_handed_over vehicle=V charge=1", customer="C1")
    with pytest.raises(LifecycleError, match=r"columns\.replay"):
        columns.lost(
            columns.frame(history), InactiveFor(months=1).when(fact("customer.stage") == "service"), on=DAYS[0]
        )


def test_a_house_counts_its_own_visits() -> None:
    frame = pl.DataFrame(
        {
            "customer": ["A", "B"],
            "at": [date(2024, 1, 1)] * 2,
            "charge": [0, 0],
            "insurer_paid": [0.0, 12.5],
        }
    )
    answer = columns.lost(frame, InactiveFor(months=1).counting(paid_by_anyone), on=date(2024, 2, 1))
    assert answer["status"].to_list() == ["unseen", "lost"]
    assert (
        columns.lost(frame, InactiveFor(months=1).when(fact("mileage") > 1), on=DAYS[0])["status"].to_list()
        == ["unseen"] * 2
    )
    assert charged_visits in InactiveFor(months=1).visit_kinds


@given(rules())
def test_every_shipped_rule_has_a_form_over_columns(rule: Rule) -> None:
    assert over_columns.by_columns(rule)
