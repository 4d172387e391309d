"""Replay over columns is the fold of each life (LM3, LM4): regions, facts, due days, points; and nothing depends on how."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Customer,
    Event,
    InactiveFor,
    LifecycleError,
    Readings,
    all_visits,
    by_customer,
    columns,
    compare,
    replay,
    sample,
    timeline,
)
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.churn import Churn, DissatisfiedFor, SpendingDeclining
from lifecycle.columns import regions, replaying
from lifecycle.columns.lives import OF_CUSTOMER, OF_VEHICLE
from lifecycle.columns.packing import CODES, Packed
from lifecycle.columns.regions import Symbols, end_of
from lifecycle.columns.tracing import _OF_STEP  # pyright: ignore[reportPrivateUsage]
from lifecycle.dates import add_months
from lifecycle.machine import Machine
from lifecycle.machines import LOYALTY, REGIONS, SATISFACTION, SPENDING, STAGE
from lifecycle.testing import churns, histories
from lifecycle.testing.ledgers import tier_policies
from lifecycle.testing.rules import visit_kinds
from lifecycle.tiers import Tiers

DAYS = [date(2024, 2, 29), date(2024, 8, 31), date(2025, 2, 28), date(2030, 1, 1)]
ons = st.sampled_from(DAYS)
KINDS = (
    "vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered inspected_at_customer vehicle_transferred "
    "moved_away vehicle_recorded visit_cancelled surveyed surveyed complaint_raised complaint_closed complaint_reopened "
    "spending_reviewed trade_in_done referral_recorded referral_converted enquired need_agreed contract_signed sale_lost "
    "purchase_ruled_out bad_word_reported third_party_complained enrolled points_redeemed points_granted customer_recorded "
    "voided"
).split()


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Events of several customers with everything that moves a region, and everything else."""
    events: list[Event] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        kinds = draw(st.sampled_from([KINDS, KINDS, None]))
        history = draw(histories(customer=f"C{number}", kinds=kinds, times=draw(st.booleans()), max_size=25))
        events += [event for event in history if event.kind != "merged"]
    return draw(st.permutations(events))


books = st.builds(
    lambda churn, repeats, survey, third, charged: Book(
        "house",
        "1",
        churn,
        points=WENHUA.points,
        readings=Readings(charged=charged, service_repeats=repeats, survey_recovers=survey, third_party_recovers=third),
    ),
    st.one_of(churns(), churns(inactive_only=True)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    visit_kinds(),
)


def one_by_one(events: list[Event], book: Book, on: date) -> dict[str, Customer]:
    return {name: replay(history, book, on=on).customer for name, history in by_customer(events).items()}


def rows(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame of whatever kind, as Python has them; since ever is a day, too."""
    table: pl.DataFrame = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    days = [name for name, kind in table.schema.items() if kind == pl.Datetime]
    return table.with_columns(pl.col(days).cast(pl.Date)).to_dicts()


@given(lives(), st.one_of(st.sampled_from([WENHUA, CHIZHOU, REGULATION]), books), ons, st.sampled_from([1, 5, 1 << 18]))
def test_lm3_each_row_is_the_customer_that_replay_finds(events: list[Event], book: Book, on: date, block: int) -> None:
    people = one_by_one(events, book, on)
    told = [
        {"customer": person.id, **{name: getattr(person, name) for name in OF_CUSTOMER}} for person in people.values()
    ]
    frame = columns.frame(events)
    assert rows(columns.replay(frame, book, on=on, points=False, block=block)) == told
    cars = [
        {"customer": person.id, "vehicle": vin, **{name: getattr(car, name) for name in OF_VEHICLE}}
        for person in people.values()
        for vin, car in sorted(person.vehicles.items())
    ]
    found = rows(columns.vehicles(frame, book, on=on, block=block))
    assert [{name: row[name] for name in ("customer", "vehicle", *OF_VEHICLE)} for row in found] == cars


@given(lives(), tier_policies(), st.sampled_from([1, 2, 6, 500]), ons)
def test_the_tiers_of_a_book_are_those_of_each_life(
    events: list[Event], tiers: Tiers | None, months: int, on: date
) -> None:
    book = WENHUA.amend("with tiers", tiers=tiers)
    people = one_by_one(events, book, add_months(on, months))
    found = columns.replay(columns.frame(events), book, on=add_months(on, months))
    assert rows(found.select("customer", "points", "tier")) == [
        {"customer": person.id, "points": person.points, "tier": person.tier} for person in people.values()
    ]


def test_a_tier_rises_with_the_bill_and_falls_with_the_year() -> None:
    book = WENHUA.amend("with tiers", tiers=Tiers({"silver": 1_000, "gold": 5_000}, months=12))
    anna = timeline(
        """
        2024-01-10 vehicle_handed_over vehicle=V1 charge=1000
        2024-02-10 vehicle_handed_over vehicle=V1 charge=4000
        2024-03-10 vehicle_handed_over vehicle=V1 charge=50
        """,
        customer="C1",
    )
    told = {day: replay(anna, book, on=day) for day in (date(2024, 1, 10), date(2024, 2, 10), date(2025, 1, 9))}
    assert [life.customer.tier for life in told.values()] == ["silver", "gold", "gold"]
    assert [line.points for line in told[date(2025, 1, 9)].statement.lines] == [20, 160, 3], (
        "each by the tier before it"
    )
    assert [replay(anna, book, on=date(2025, 1, 10)).customer.tier, replay(anna, WENHUA, on=date(2025, 1, 9)).customer.tier] == [
        "silver", "ordinary",
    ]  # fmt: skip
    life = replay(anna, book, on=date(2024, 2, 10)).then(on=date(2025, 3, 10))
    assert life == replay(anna, book, on=date(2025, 3, 10))
    assert (life.customer.tier, life.statement.tier) == ("ordinary", "ordinary")
    for day in (*told, date(2025, 1, 10), date(2025, 2, 10), date(2025, 3, 10)):
        found = columns.replay(anna, book, on=day)
        assert (found["tier"].item(), found["points"].item()) == (
            replay(anna, book, on=day).customer.tier, replay(anna, book, on=day).customer.points,
        )  # fmt: skip


@given(lives(), ons, st.sampled_from(["pandas", "pyarrow"]))
def test_lm4_no_order_of_rows_and_no_kind_of_frame_matters(events: list[Event], on: date, backend: str) -> None:
    expected = columns.replay(columns.frame(events), WENHUA, on=on)
    shuffled = columns.frame(events).sample(fraction=1, shuffle=True, seed=len(events))
    assert columns.replay(shuffled, WENHUA, on=on).equals(expected)
    other = columns.replay(columns.frame(events, backend=backend), WENHUA, on=on)
    assert type(other).__module__.startswith(backend)
    assert [list(row.values())[:8] for row in rows(other)] == [list(row.values())[:8] for row in rows(expected)]
    lazy = columns.replay(columns.frame(events).lazy(), WENHUA, on=on)
    assert lazy.collect().equals(expected)


def test_the_sample_house_with_its_points() -> None:
    house, on = sample(customers=120, seed=7), date(2025, 6, 30)
    people = one_by_one(list(house), WENHUA, on)
    frame = columns.frame(house)
    found = rows(columns.replay(frame, WENHUA, on=on))
    assert found == [
        {name: getattr(people[row["customer"]], name) if name != "customer" else row[name] for name in row}
        for row in found
    ]
    assert list(found[0])[:8] == [
        "customer",
        "stage",
        "standing",
        "loyalty",
        "satisfaction",
        "spending",
        "points",
        "tier",
    ]
    assert [row["customer"] for row in found] == sorted(people)
    assert any(isinstance(row["spent"], Decimal) and row["spent"] > 0 for row in found)
    packed = columns.pack(frame, zone=WENHUA.zone)
    assert columns.replay(packed, WENHUA, on=on).equals(columns.replay(frame, WENHUA, on=on))
    assert "points" not in columns.replay(packed, WENHUA, on=on, points=False).columns


STORIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a refused redemption moves no stage": (
        {"stage": "service"},
        ["2024-01-01 vehicle_handed_over vehicle=V charge=100", "2024-01-02 points_redeemed points=3000"],
    ),
    "a redemption that is granted does": (
        {"stage": "retention"},
        ["2024-01-01 vehicle_handed_over vehicle=V charge=5000", "2024-01-02 points_redeemed points=100"],
    ),
    "lost, he has left as a spender; back, he begins again": (
        {"spending": "onset", "spending_since": date(2024, 2, 1)},
        ["2022-01-01 vehicle_handed_over vehicle=V charge=1", "2024-02-01 vehicle_handed_over vehicle=V charge=1"],
    ),
    "lost on the day it falls due": (
        {"spending": "left", "spending_since": date(2023, 1, 1), "standing": "lost"},
        ["2022-01-01 vehicle_handed_over vehicle=V charge=1"],
    ),
    "one car of two is lost": (
        {"spending": "onset", "standing": "first_time", "lost_due": date(2025, 1, 1)},
        ["2022-01-01 vehicle_handed_over vehicle=V charge=1", "2024-01-01 vehicle_handed_over vehicle=W charge=1"],
    ),
    "one car of two is lost, and the other keeps coming": (
        {"spending": "onset", "spending_since": date(2022, 1, 1), "standing": "first_time"},
        [
            "2022-01-01 vehicle_handed_over vehicle=V charge=1",
            "2022-12-01 vehicle_handed_over vehicle=W charge=1",
            "2023-11-01 vehicle_handed_over vehicle=W charge=1",
        ],
    ),
    "the other car is sold": (
        {"spending": "left", "spending_since": date(2024, 2, 1), "standing": "lost", "lost_due": date(2023, 1, 1)},
        [
            "2022-01-01 vehicle_handed_over vehicle=V charge=1",
            "2024-01-01 vehicle_handed_over vehicle=W charge=1",
            "2024-02-01 vehicle_transferred vehicle=W",
        ],
    ),
    "two complaints open, one closed": (
        {"satisfaction": "dissatisfied", "dissatisfied_since": date(2024, 1, 1), "open_complaints": 1},
        [
            "2024-01-01 complaint_raised complaint=A",
            "2024-01-02 complaint_raised complaint=B",
            "2024-01-03 complaint_closed complaint=A satisfied=yes",
        ],
    ),
    "both closed": (
        {"satisfaction": "satisfied", "dissatisfied_since": None, "open_complaints": 0},
        [
            "2024-01-01 complaint_raised complaint=A",
            "2024-01-02 complaint_raised complaint=B",
            "2024-01-03 complaint_closed complaint=A satisfied=yes",
            "2024-01-03 complaint_closed complaint=B satisfied=yes",
        ],
    ),
    "dissatisfied since the first word, though it grew worse": (
        {"satisfaction": "detractor", "dissatisfied_since": date(2024, 1, 1)},
        ["2024-01-01 surveyed satisfied=no", "2024-01-05 bad_word_reported"],
    ),
    "a delivery told twice is one purchase": (
        {"loyalty": "first_time", "bought": 1},
        ["2024-01-01 vehicle_delivered vehicle=V", "2024-01-09 vehicle_recorded vehicle=V delivered_on=2024-01-01"],
    ),
    "he comes on the very day on which he is lost, and begins again": (
        {"spending": "onset", "spending_since": date(2023, 6, 1), "standing": "first_time"},
        [
            "2022-06-01 vehicle_handed_over vehicle=V charge=1",
            "2023-06-01 vehicle_handed_over vehicle=V charge=1",
        ],
    ),
    "all his cars are gone, and a sale is under way": (
        {"standing": "first_time", "stage": "trial", "lost_due": None},
        [
            "2023-01-01 vehicle_delivered vehicle=V",
            "2023-06-01 vehicle_transferred vehicle=V",
            "2024-01-01 need_agreed",
        ],
    ),
    "all his cars are gone": (
        {"standing": "gone", "stage": "purchase"},
        ["2023-01-01 vehicle_delivered vehicle=V", "2023-06-01 vehicle_transferred vehicle=V"],
    ),
    "of two redemptions the second was refused": (
        {"stage": "service"},
        [
            "2024-01-01 vehicle_handed_over vehicle=V charge=5000",
            "2024-02-01 points_redeemed points=50",
            "2024-02-02 vehicle_handed_over vehicle=V charge=1",
            "2024-02-03 points_redeemed points=90",
        ],
    ),
    "to redeem nothing is refused, and no total shows it": (
        {"stage": "service"},
        [
            "2024-01-01 vehicle_handed_over vehicle=V charge=5000",
            "2024-02-01 points_redeemed points=50",
            "2024-02-02 vehicle_handed_over vehicle=V charge=1",
            "2024-02-03 points_redeemed points=0",
        ],
    ),
    "nothing but an enquiry": ({"stage": "need", "standing": "prospect", "lost_due": None}, ["2024-01-01 enquired"]),
}


@pytest.mark.parametrize("story", STORIES)
def test_stories_over_columns(story: str) -> None:
    wanted, lines = STORIES[story]
    history = timeline("\n".join(lines), customer="C1")
    (row,) = rows(columns.replay(columns.frame(history), WENHUA, on=date(2024, 3, 15)))
    assert {name: row[name] for name in wanted} == wanted
    person = replay(history, WENHUA, on=date(2024, 3, 15)).customer
    assert {name: getattr(person, name) for name in wanted} == wanted


@given(lives(), ons, st.sampled_from([DissatisfiedFor(months=1), SpendingDeclining() | InactiveFor(months=6)]))
def test_a_rule_over_the_customer_is_folded_and_says_so(events: list[Event], on: date, rule: Any) -> None:
    book = Book("house", "1", Churn(lost=rule))
    told = columns.explain(book)
    assert not told.of("churn").columns
    assert "customer." in str(told.of("regions"))
    found = rows(columns.replay(columns.frame(events), book, on=on, points=False))
    people = one_by_one(events, book, on)
    assert found == [
        {"customer": one.id, **{name: getattr(one, name) for name in OF_CUSTOMER}} for one in people.values()
    ]


def test_what_runs_in_columns_is_said() -> None:
    for book in (WENHUA, CHIZHOU, REGULATION):
        told = columns.explain(book)
        assert told.of("churn").columns, str(told)
        assert told.of("regions").columns
    assert columns.explain(WENHUA.points).of("earning").columns
    assert "a refused one moves no stage" in str(columns.explain(WENHUA))


def test_what_cannot_be_replayed_is_said() -> None:
    frame = pl.DataFrame({"customer": ["A"], "at": [date(2024, 1, 1)]})
    with pytest.raises(LifecycleError, match="is no book"):
        columns.replay(frame, InactiveFor(months=6), on=DAYS[0])  # type: ignore[arg-type]
    with pytest.raises(LifecycleError, match="not a civil day"):
        columns.replay(frame, WENHUA, on="2024-02-29")  # type: ignore[arg-type]
    with pytest.raises(LifecycleError, match="not a number of events"):
        columns.replay(frame, WENHUA, on=DAYS[0], block=0)


@pytest.mark.parametrize("name", ["replay", "vehicles", "benefits", "points", "steps"])
@pytest.mark.parametrize("processes", [0, "two"])
def test_a_number_of_processes_is_one(name: str, processes: Any) -> None:
    frame = pl.DataFrame({"customer": ["A"], "at": [date(2024, 1, 1)]})
    with pytest.raises(LifecycleError, match="not a number of processes"):
        getattr(columns, name)(frame, WENHUA, on=DAYS[0], processes=processes)


@pytest.mark.parametrize(
    ("ask", "wrong", "argument"),
    [
        (lambda frame, wrong: columns.points(frame, wrong, on=DAYS[0]), 1, "policy"),
        (lambda frame, wrong: columns.points(frame, WENHUA, on=DAYS[0], tiers=wrong), 4, "tiers"),
        (lambda _, wrong: columns.explain(wrong), 3, "policy"),
        (lambda frame, wrong: columns.steps(frame, wrong, on=DAYS[0]), 1, "book"),
        (lambda frame, wrong: columns.steps(frame, WENHUA, on=DAYS[0], customers=wrong), "A", "customers"),
        (lambda frame, wrong: columns.steps(frame, WENHUA, on=DAYS[0], customers=wrong), 5, "customers"),
        (lambda _, wrong: columns.Kernel(WENHUA, on=DAYS[0], ids=wrong), 4, "ids"),
        (lambda frame, wrong: columns.State.of(frame, wrong, on=DAYS[0]), 3, "book"),
        (lambda frame, wrong: compare(WENHUA, WENHUA, frame, on=DAYS[0], processes=wrong), 0, "processes"),
    ],
)
def test_a_wrong_argument_is_named_with_its_remedy(
    ask: Callable[[pl.DataFrame, Any], object], wrong: Any, argument: str
) -> None:
    with pytest.raises(LifecycleError) as caught:
        ask(pl.DataFrame({"customer": ["A"], "at": [date(2024, 1, 1)]}), wrong)
    assert (caught.value.argument, caught.value.value, bool(caught.value.remedy)) == (argument, wrong, True)


def test_nobody_at_all() -> None:
    empty = columns.replay(columns.frame([]), WENHUA, on=DAYS[0])
    assert empty.height == 0
    assert columns.vehicles(columns.frame([]), WENHUA, on=DAYS[0]).height == 0
    assert {"customer", "stage", "standing", "points", "lost_due"} <= set(empty.columns)


# -- steps on request -----------------------------------------------------------------------------------------------------


@given(lives(), st.one_of(st.sampled_from([WENHUA, CHIZHOU]), books), ons)
def test_lm3_the_steps_are_those_of_each_life(events: list[Event], book: Book, on: date) -> None:
    told = [
        {
            "customer": name,
            **{field: str(value) if field in ("before", "after") else value for field, value in one.items()},
        }
        for name, history in by_customer(events).items()
        for step in replay(history, book, on=on).steps
        for one in [{name: getattr(step, name) for name in _OF_STEP}]
    ]
    for one in told:
        one["because"] = "; ".join(one["because"])
    assert rows(columns.steps(columns.frame(events), book, on=on)) == told


def test_a_silence_over_two_deadlines_is_two_steps_with_their_own_days() -> None:
    silent = timeline("2022-01-10 vehicle_handed_over vehicle=V charge=1", customer="C1")
    other = timeline("2024-01-01 vehicle_handed_over vehicle=V\n2024-01-02 sale_lost", customer="C2")
    frame = columns.frame([*silent, *other])
    found = columns.steps(frame, WENHUA, on=date(2024, 3, 15), customers=["C1"])
    due = found.filter(pl.col("event").str.ends_with("_due")).select("day", "event", "key", "before", "after").rows()
    assert due == [
        (date(2022, 7, 10), "at_risk_due", "V", "active", "at_risk"),
        (date(2023, 1, 10), "lost_due", "V", "at_risk", "lost"),
    ]
    assert (found["customer"] == "C1").all()
    assert "last visit 2022-01-10" in found["because"].str.join(" ")[0]
    refused = columns.steps(frame, WENHUA, on=date(2024, 3, 15)).filter(~pl.col("accepted"))
    assert refused.select("customer", "event", "region").rows() == [("C2", "sale_lost", "stage")]
    assert type(columns.steps(frame.to_pandas(), WENHUA, on=DAYS[0])).__module__.startswith("pandas")
    with pytest.raises(LifecycleError, match="no customer 'C3'"):
        columns.steps(frame, WENHUA, on=DAYS[0], customers=["C3"])


# -- whatever way it is split ---------------------------------------------------------------------------------------------


@given(lives(), st.sampled_from([WENHUA, CHIZHOU]), ons, st.integers(1, 4))
def test_lm4_parts_of_the_customers_one_by_one_are_the_whole(
    events: list[Event], book: Book, on: date, parts: int
) -> None:
    frame = columns.frame(events)
    whole = columns.replay(frame, book, on=on)
    mine = frame["customer"].hash(1) % parts
    found = [columns.replay(frame.filter(mine == part), book, on=on) for part in range(parts) if (mine == part).any()]
    joined = pl.concat(found).sort("customer") if found else whole
    assert joined.equals(whole)


def test_whoever_was_entered_twice_is_one_row_whether_the_frame_was_made_here_or_told_so() -> None:
    first = timeline("2024-01-01 vehicle_handed_over vehicle=V charge=100", customer="A")
    second = timeline("2024-02-01 vehicle_delivered vehicle=W id=D\n2024-03-01 merged into=B id=M", customer="A")
    other = timeline("2024-02-02 surveyed satisfied=yes id=S", customer="B")
    events = [*first, *second, *other]
    (history,) = by_customer(events).values()
    person = replay(history, WENHUA, on=DAYS[1]).customer
    raw = pl.DataFrame(
        {
            "customer": [event.customer for event in events],
            "event": [event.kind for event in events],
            "at": [event.at for event in events],
            "id": [event.id for event in events],
            "vehicle": [event.vehicle for event in events],
            **{name: [event.facts.get(name) for event in events] for name in ("charge", "into", "satisfied")},
        },
        strict=False,
    )
    for frame in (columns.frame(events), raw):
        (row,) = rows(columns.replay(frame, WENHUA, on=DAYS[1], points=False))
        assert row == {"customer": "B", **{name: getattr(person, name) for name in OF_CUSTOMER}}


@pytest.mark.parametrize("how", ["a DuckDB relation", "an Ibis table"])
def test_what_stands_in_a_database_is_read_and_the_answer_is_an_arrow_table(how: str) -> None:
    frame = columns.frame(sample(customers=30, seed=7))
    if how == "a DuckDB relation":
        duckdb: Any = pytest.importorskip("duckdb")
        with duckdb.connect() as connection:
            connection.register("events", frame.to_arrow())
            found = columns.replay(connection.table("events"), WENHUA, on=date(2025, 6, 30))
    else:
        ibis: Any = pytest.importorskip("ibis")
        found = columns.replay(ibis.memtable(frame.to_arrow()), WENHUA, on=date(2025, 6, 30))
    assert type(found).__module__.startswith("pyarrow")
    expected = columns.replay(frame, WENHUA, on=date(2025, 6, 30))
    assert pl.DataFrame(found).equals(expected)


# -- stepping -------------------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(REGIONS),
    st.lists(st.lists(st.integers(0, 200), max_size=40), min_size=1, max_size=8),
    st.sampled_from([None, "state", "label"]),
    st.sampled_from([1, 3, 10_000]),
)
def test_lm2_stepping_by_rank_is_stepping_one_by_one(
    machine: Machine, walks: list[list[int]], since: str | None, few: int
) -> None:
    """Whatever is left out on the way, for short lives and for long ones."""
    table = machine.table
    calm = np.array([state.public in ("unknown", "satisfied") for state in machine.states], np.bool_)
    customer = np.repeat(np.arange(len(walks), dtype=np.int32), [len(walk) for walk in walks])
    number = np.array([one % len(table.symbols) for walk in walks for one in walk], np.uint8)
    day = np.arange(1, number.size + 1, dtype=np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regions, "_FEW", few)
        found = end_of(
            machine, Symbols(customer, number, day), len(walks), since=since, calm=calm if since == "label" else None
        )
    at = 0
    for who, walk in enumerate(walks):
        state, begun = table.states.index(machine.initial), 0
        for one in walk:
            after = table.next[state][one % len(table.symbols)]
            at += 1
            if after >= 0 and after != state:
                state = after
                rests = since == "label" and calm[state]
                begun = 0 if rests else begun if since == "label" and begun else at
        assert found.state[who] == state
        if since is not None:
            assert found.since[who] == begun


def test_the_tables_say_what_can_be_left_out() -> None:
    visits = regions.forgetful(STAGE)
    assert [name for name, code in CODES.items() if visits[code]] == [
        "vehicle_delivered",
        "workshop_entered",
        "vehicle_handed_over",
    ]
    assert not regions.forgetful(LOYALTY).any()
    assert not regions.forgetful(SPENDING).any()
    assert regions.forgetful(SATISFACTION)[CODES["third_party_complained"]]


def test_a_life_of_very_many_events_among_short_ones() -> None:
    many = [Event(date(2010 + number // 365, 1 + number // 28 % 12, 1 + number % 28), "surveyed", f"{number:05}", "A",
                  satisfied=number % 2 == 0) for number in range(3_000)]  # fmt: skip
    events = [*many, *(Event(date(2020, 1, 1), "vehicle_handed_over", name, name, "V", charge=1) for name in "BCD")]
    found = rows(columns.replay(columns.frame(events), WENHUA, on=DAYS[0], points=False))
    people = one_by_one(events, WENHUA, DAYS[0])
    assert found == [
        {"customer": one.id, **{name: getattr(one, name) for name in OF_CUSTOMER}} for one in people.values()
    ]
    assert all_visits in WENHUA.churn.visit_kinds


@pytest.mark.parametrize(
    ("told", "folded"),
    [
        ("", 1),  # granted, he is kept; refused, he was served
        ("2024-01-03 surveyed satisfied=yes", 0),  # which keeps him either way
        ("2024-01-03 vehicle_handed_over vehicle=V charge=10", 0),
    ],
)
def test_nobody_is_folded_for_a_redemption_that_decides_nothing(
    told: str, folded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "2024-01-01 vehicle_handed_over vehicle=V charge=5000\n2024-01-02 points_redeemed points=50\n"
    refused = "2024-01-02 points_redeemed points=5000 id=R\n"
    history = timeline(lines + refused + told, customer="C1")
    asked: list[int] = []
    whole: Any = vars(replaying)["lives"]

    def noted(packed: Packed, members: Any, *rest: Any) -> Any:
        asked.extend(members)
        return whole(packed, members, *rest)

    monkeypatch.setattr(replaying, "lives", noted)
    (row,) = rows(columns.replay(columns.frame(history), WENHUA, on=date(2024, 1, 5)))
    assert row["stage"] == replay(history, WENHUA, on=date(2024, 1, 5)).customer.stage
    assert len(asked) == folded
