"""What is kept between days: a state and a day's new events say what all events from the beginning say (LM3)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Event, InactiveFor, LifecycleError, after, all_visits, columns, fact, timeline
from lifecycle.churn import Churn, OffOwnRhythm, SpendingDeclining, WarrantyLapsed
from lifecycle.columns import ChurnState
from lifecycle.testing import churns, histories

FIRST, LAST = date(2022, 12, 31), date(2028, 1, 1)
GRADED = Churn(at_risk=InactiveFor(months=6).counting(all_visits), lost=InactiveFor(months=12).counting(all_visits))
KINDS = (
    "vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered inspected_at_customer inspected_at_customer "
    "vehicle_transferred moved_away vehicle_recorded visit_cancelled trade_in_done insurance_renewed enquired"
).split()
#: Policies over every fact of vehicles that can be kept.
POLICIES = st.one_of(
    churns(),
    churns(inactive_only=True),
    st.sampled_from(
        [
            Churn(lost=OffOwnRhythm() | WarrantyLapsed()),
            Churn(
                lost=InactiveFor(months=6).counting(all_visits).when((fact("model") == "A") | (fact("plate") == "B"))
            ),
            Churn(lost=InactiveFor(months=3).unless(fact("charged_visits") > 1) | InactiveFor(days=400)),
        ]
    ),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for number in draw(st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)):
        history = draw(histories(customer=f"C{number}", kinds=KINDS, vehicles=("V1", "V1", "V2", None), max_size=14))
        events += [
            Event(one.at, one.kind, f"{number}-{one.id}", one.customer, one.vehicle, one.facts) for one in history
        ]
    return draw(st.permutations(events))


@given(lives(), POLICIES, st.data())
def test_lm3_day_by_day_is_as_from_scratch(events: list[Event], churn: Churn, data: st.DataObject) -> None:
    if any(name.startswith("customer.") for name in churn.at_risk.reads | churn.lost.reads):
        return
    days = sorted({event.day for event in events} | {FIRST, LAST})
    cuts = data.draw(st.lists(st.sampled_from(days), max_size=4))
    state = ChurnState.of([], churn, on=FIRST)
    for before, on in pairwise(sorted({FIRST, LAST, *cuts})):
        new = columns.pack([event for event in events if before < event.day <= on])
        state = state.then(new, on=on)
        so_far = [event for event in events if event.day <= on]
        assert state.churn().equals(columns.churn(so_far, churn, on=on))
        assert state.lost().equals(columns.lost(so_far, churn, on=on))
        assert state.customers.to_list() == sorted({event.customer for event in so_far})


@given(lives(), st.integers(0, 2000))
def test_a_state_tells_of_later_days_if_nothing_happens(events: list[Event], later: int) -> None:
    on = max((event.day for event in events), default=FIRST)
    state = ChurnState.of(columns.frame(events), GRADED, on=on)
    day = on + timedelta(later)
    assert state.churn(on=day).equals(columns.churn(columns.frame(events), GRADED, on=day))
    assert state.then(on=day).churn().equals(state.churn(on=day))


ALL = Churn(lost=InactiveFor(months=6).counting(all_visits))
IN, OUT = "workshop_entered vehicle=V visit", "vehicle_handed_over vehicle=V visit"
STORIES = {
    "inspected at home, then lost": (
        "quasi_lost", ["2023-01-01 vehicle_handed_over vehicle=V", "2023-02-01 inspected_at_customer vehicle=V"], ALL,
    ),
    "inspected before it last came": (
        "lost",
        ["2023-01-01 inspected_at_customer vehicle=V", "2023-02-01 vehicle_handed_over vehicle=V"],
        ALL,
    ),
    "inspected at home while its job was open": (
        "quasi_lost", [f"2023-01-01 {IN}=A", "2023-02-01 inspected_at_customer vehicle=V", f"2023-03-01 {OUT}=A"], ALL,
    ),
    "lost, back in the workshop, handed over weeks later": (
        "returned", ["2022-01-01 vehicle_handed_over vehicle=V", f"2024-01-01 {IN}=A", f"2024-02-20 {OUT}=A"], ALL,
    ),
    "the job of another visit": (
        "active", ["2022-01-01 vehicle_handed_over vehicle=V", f"2024-01-01 {IN}=A", f"2024-02-20 {OUT}=B"], ALL,
    ),
    "the visit was cancelled": (
        "active",
        [
            "2022-01-01 vehicle_handed_over vehicle=V",
            f"2024-01-01 {IN}=A",
            "2024-01-02 visit_cancelled visit=A",
            f"2024-02-20 {OUT}=A",
        ],
        ALL,
    ),
    "gone, and moved away with cars that are not named": (
        "gone", ["2024-01-01 vehicle_handed_over vehicle=V", "2024-02-01 moved_away"], ALL,
    ),
    "visits are counted on": (
        "active",
        ["2022-01-01 vehicle_handed_over vehicle=V charge=1", "2022-02-01 vehicle_handed_over vehicle=V charge=1"],
        Churn(lost=InactiveFor(months=6).unless(fact("visits") > 1)),
    ),
    "the first visit stays the first": (
        "lost",
        ["2022-01-01 vehicle_handed_over vehicle=V", "2024-02-01 vehicle_handed_over vehicle=V"],
        Churn(lost=after("first_visit", months=24) & InactiveFor(days=1).counting(all_visits)),
    ),
    "the plate was told long ago": (
        "lost",
        ["2022-01-01 vehicle_recorded vehicle=V plate=A", "2022-02-01 vehicle_handed_over vehicle=V"],
        Churn(lost=InactiveFor(months=6).counting(all_visits).when(fact("plate") == "A")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_lm3_stories_taken_up_day_by_day(story: str) -> None:
    label, lines, churn = STORIES[story]
    history = timeline("\n".join(lines), customer="C1")
    state = ChurnState.of([], churn, on=date(2021, 12, 31))
    for event in history:
        state = state.then([event], on=event.day)
    assert state.churn(on=date(2024, 3, 15))["activity"].to_list() == [label]
    assert columns.churn(history, churn, on=date(2024, 3, 15))["activity"].to_list() == [label]


def visit(day: date, customer: str, id_: str) -> Event:
    return Event(day, "vehicle_handed_over", id_, customer, "V", charge=1)


def test_what_reaches_back_is_refused_and_says_what_to_do() -> None:
    on = date(2024, 5, 31)
    state = ChurnState.of([visit(date(2024, 5, 1), "A", "1")], GRADED, on=on)
    june = date(2024, 6, 3)
    cases: list[tuple[list[Event], date, str]] = [
        ([visit(on, "A", "2")], june, "comes late"),
        ([visit(date(2024, 6, 4), "A", "2")], june, "lies after on=2024-06-03"),
        ([Event(june, "voided", "2", "A", of="1")], june, "takes back '1'"),
        ([Event(june, "merged", "2", "B", into="A")], june, "turn out to be one"),
        ([], date(2024, 5, 30), "before the day of the state"),
    ]
    for events, day, why in cases:
        with pytest.raises(LifecycleError, match=why) as caught:
            state.then(events, on=day)
        assert "from all events" in str(caught.value) or "its own day" in str(caught.value)
    with pytest.raises(LifecycleError, match="are Int64 here"):
        state.then(pl.DataFrame({"customer": [1], "at": [june]}), on=june)
    with pytest.raises(LifecycleError, match="facts of the customer"):
        ChurnState.of([], SpendingDeclining(), on=on)
    with pytest.raises(LifecycleError, match="before the day of the state"):
        state.churn(on=date(2024, 5, 1))


def test_a_void_of_a_new_event_is_taken() -> None:
    on, june = date(2024, 5, 31), date(2024, 6, 3)
    state = ChurnState.of([visit(date(2023, 5, 1), "A", "1")], GRADED, on=on)
    after = state.then([visit(june, "A", "2"), Event(june, "voided", "3", "A", of="2")], on=june)
    assert after.churn()["activity"].to_list() == ["lost"]


def test_a_state_keeps_its_kind_of_frame_and_says_what_it_is() -> None:
    frame = columns.frame([visit(date(2024, 5, 1), "A", "1")], backend="pandas")
    state = ChurnState.of(frame, InactiveFor(months=6), on=date(2024, 5, 31))
    assert type(state.lost()).__module__.startswith("pandas")
    assert repr(state) == "<ChurnState of 1 customers, 1 vehicles, on 2024-05-31>"
