"""The laws of replay: a fold (LM3), one canonical order (LM4), no clock and no zone of the process (LT2)."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Event, History, LifecycleError, replay, timeline
from lifecycle.books import WENHUA
from lifecycle.dates import add_days
from lifecycle.testing import histories

LAST = date(2030, 12, 31)


@given(histories(times=True), st.data())
def test_lm3_incremental_equals_from_scratch(history: History, data: st.DataObject) -> None:
    """However a life is cut into pieces, and on whatever days it is looked at in between."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history)), max_size=3)))
    life = None
    on = LAST
    for start, stop in pairwise([0, *cuts, len(history)]):
        piece = history[start:stop]
        on = piece.last_day if len(piece) else (life.on if life else date(2023, 1, 1))
        on = add_days(on, data.draw(st.sampled_from([0, 0, 1, 200])))
        life = replay(piece, WENHUA, on=on) if life is None else life.then(piece, on=max(on, life.on))
    assert life is not None
    assert life == replay(history, WENHUA, on=life.on)
    assert life.then(on=LAST) == replay(history, WENHUA, on=LAST)


@given(histories(times=True), st.lists(st.integers(0, 1500), min_size=2, max_size=4))
def test_lm3_a_life_looked_at_again_is_as_it_was_and_any_day_can_be_asked_for(history: History, ons: list[int]) -> None:
    """Going on changes no life that was there before; going back is asking for another day."""
    lives = [replay(history, WENHUA, on=date(2023, 6, 1))]
    for slip in ons:
        lives.append(lives[-1].then(on=add_days(date(2023, 6, 1), slip)))
    for life in lives:  # read only now, after all went on
        assert life == replay(history, WENHUA, on=life.on)


@given(histories(times=True), st.data())
def test_lm3_a_late_event_equals_the_same_event_in_time(history: History, data: st.DataObject) -> None:
    """Events arrive in any order, each possibly twice; the life is the same as if all had come in time."""
    arrivals = data.draw(st.permutations(list(history)))
    life = replay(History((), customer=history.customer), WENHUA, on=date(2024, 1, 31))
    for event in arrivals:
        on = data.draw(st.sampled_from([life.on, event.day, date(2024, 2, 29), date(2025, 2, 28)]))
        life = life.then([event, event], on=on)
    assert life.then(on=LAST) == replay(history, WENHUA, on=LAST)


@given(histories(), st.data())
def test_lm3_a_void_takes_back_what_was_folded_before(history: History, data: st.DataObject) -> None:
    if not len(history):
        return
    target = data.draw(st.sampled_from(list(history)))
    day = add_days(history.last_day, data.draw(st.sampled_from([0, 1, 200])))
    void = Event(day, "voided", "void", history.customer, None, {"of": target.id})
    on = add_days(day, data.draw(st.sampled_from([0, 1, 200])))
    folded_on = replay(history, WENHUA, on=history.last_day).then([void], on=on)
    assert folded_on == replay(history.and_([void]), WENHUA, on=on)


def test_lm3_a_void_may_be_dated_before_what_it_takes_back() -> None:
    told = timeline(
        """
        2024-01-01 voided of=R1 id=X
        2024-01-05T09:30 vehicle_handed_over vehicle=V charge=100 id=R1
        """,
        customer="C1",
    )
    whole = replay(told, WENHUA, on=date(2024, 1, 6))
    assert whole.customer.spent == 0
    assert whole.refused == ()
    early = replay(told, WENHUA, on=date(2024, 1, 3))
    assert len(early.refused) == 1, "on that day there is nothing to void"
    assert early.then(on=date(2024, 1, 6)) == whole
    assert replay(told[:1], WENHUA, on=date(2024, 1, 3)).then(told[1:], on=date(2024, 1, 6)) == whole


@pytest.mark.parametrize(("void", "void_of_void"), [("X", "Y"), ("Y", "X")])
def test_lm3_a_void_of_a_void_holds_whatever_their_ids_are(void: str, void_of_void: str) -> None:
    """Both of one day, so that the id decides which of the two comes first."""
    told = f"""
        2024-01-01 vehicle_handed_over vehicle=V charge=100 id=R1
        2024-01-02 voided of=R1 id={void}
        2024-01-02 voided of={void} id={void_of_void}
        """
    assert replay(timeline(told, customer="C1"), WENHUA, on=date(2024, 1, 2)).customer.spent == 100


def test_lm3_voids_in_a_circle_end() -> None:
    told = "2024-01-01 voided of=C id=A\n2024-01-02 voided of=A id=B\n2024-01-03 voided of=B id=C\n2024-01-04 voided of=S id=S"
    assert replay(timeline(told, customer="C1"), WENHUA, on=date(2024, 1, 5)).refused == ()


def test_lm3_a_life_may_begin_before_anything_is_known_even_whose_it_is() -> None:
    anna = timeline("2024-01-08 vehicle_delivered vehicle=V1", customer="C1")
    life = replay([], WENHUA, on=date(2024, 1, 1)).then(anna, on=date(2024, 2, 1))
    assert life.customer.id == "C1"
    assert life == replay(anna, WENHUA, on=date(2024, 2, 1))


@given(histories(), st.sampled_from([date(2024, 2, 29), date(2024, 8, 31), date(2025, 2, 28)]))
def test_lm3_what_happens_later_is_not_known_before(history: History, on: date) -> None:
    before = History([event for event in history if event.day <= on], customer=history.customer)
    assert replay(history, WENHUA, on=on).customer == replay(before, WENHUA, on=on).customer
    assert replay(history, WENHUA, on=on).steps == replay(before, WENHUA, on=on).steps


@given(histories(times=True), st.randoms(use_true_random=False))
def test_lm4_input_order_and_repetition_do_not_matter(history: History, random: object) -> None:
    shuffled = [*history, *history[: len(history) // 2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = History(shuffled, customer=history.customer)
    assert list(again) == list(history)
    assert replay(again, WENHUA, on=LAST) == replay(history, WENHUA, on=LAST)


@given(histories(max_size=6))
def test_lm4_one_id_with_two_contents_is_an_error(history: History) -> None:
    for event in history:
        other = Event(event.at, "moved_away", event.id, event.customer, None, {"city": "X"})
        with pytest.raises(LifecycleError, match="two different events") as caught:
            History([*history, other], customer=history.customer)
        assert caught.value.value == event.id
        assert "voided" in str(caught.value)


def test_lm4_the_order_is_instant_then_rank_then_id() -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    events = [
        Event(noon, "vehicle_handed_over", "a", "C", "V"),
        Event(noon, "workshop_entered", "z", "C", "V"),
        Event(noon - timedelta(seconds=1), "surveyed", "y", "C", None, {"satisfied": True}),
        Event(date(2024, 1, 1), "surveyed", "x2", "C", None, {"satisfied": True}),
        Event(date(2024, 1, 1), "surveyed", "x1", "C", None, {"satisfied": True}),
    ]
    assert [event.id for event in History(events)] == ["x1", "x2", "y", "z", "a"]


@given(histories(times=True))
def test_lt2_the_zone_in_which_an_instant_is_told_does_not_matter(history: History) -> None:
    elsewhere = [
        event.with_(at=event.at.astimezone(ZoneInfo("America/New_York"))) if isinstance(event.at, datetime) else event
        for event in history
    ]
    assert replay(History(elsewhere, customer="C1"), WENHUA, on=LAST) == replay(history, WENHUA, on=LAST)


def test_lt2_the_zone_of_the_process_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    event = Event(datetime(2024, 1, 31, 16, 30, tzinfo=UTC), "vehicle_handed_over", "a", "C", "V", {"charge": 100})
    answers = []
    for zone in ("UTC", "Asia/Shanghai", "America/Los_Angeles"):
        monkeypatch.setitem(os.environ, "TZ", zone)
        time.tzset()
        answers.append(replay(History([event]), WENHUA, on=date(2024, 2, 1)).customer)
    monkeypatch.undo()
    time.tzset()
    assert answers[0].vehicles["V"].last_visit == date(2024, 2, 1), "16:30 in UTC is the next day in Shanghai"
    assert answers[0] == answers[1] == answers[2]


@given(histories())
def test_a_refusal_is_an_opinion_the_fact_remains(history: History) -> None:
    """A job handed over counts for visits whatever stage and cases say of it."""
    voided = {event["of"] for event in history if event.kind == "voided"}
    if voided & {event.id for event in history if event.kind == "voided"}:
        return
    jobs = [event for event in history if event.kind == "vehicle_handed_over" and event.id not in voided]
    customer = replay(history, WENHUA, on=LAST).customer
    assert sum(car.visits for car in customer.vehicles.values()) == len(jobs)


@given(histories())
def test_every_step_says_because(history: History) -> None:
    for step in replay(history, WENHUA, on=LAST).steps:
        assert step.because
        assert all(step.because)
        assert str(step.day) in str(step)
