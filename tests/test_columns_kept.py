"""A whole replay kept between days is what all events from the beginning say (LM3), and a file says what it is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Earn, Editions, Event, InactiveFor, LifecycleError, all_visits, columns, sample, timeline
from lifecycle.book import House
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.churn import Churn, DissatisfiedFor, SpendingDeclining
from lifecycle.columns import ChurnState, State
from lifecycle.points import Lapse, Points
from lifecycle.testing import histories
from lifecycle.tiers import Tiers

FIRST, LAST = date(2022, 12, 31), date(2028, 1, 1)
FELT = WENHUA.amend(
    "felt", churn=Churn(lost=InactiveFor(months=12) | SpendingDeclining(months=3) | DissatisfiedFor(months=1))
)
STEPS = {"silver": 200, "gold": 2_000}
TIERED = [
    WENHUA.amend("tiered", tiers=tiers, **{"points.lapse": Lapse.never()})
    for tiers in (
        Tiers(STEPS, months=3),
        Tiers(STEPS, months=6, grace_months=1, downgrade="one_step"),
        Tiers(STEPS, calendar_year=True, grace_months=2),
        Tiers({"silver": 1, "gold": 3}, by="points", months=2),
    )
]
#: Of one house, in any order.
EDITIONS = [evolve(book, name="house") for book in (WENHUA, CHIZHOU, REGULATION, FELT, TIERED[1])]
REFORMED: st.SearchStrategy[House] = st.builds(
    Editions,
    st.sampled_from(EDITIONS),
    st.dictionaries(st.dates(date(2023, 1, 1), date(2025, 12, 31)), st.sampled_from(EDITIONS), min_size=1, max_size=3),
)
OF_CHURN: st.SearchStrategy[House] = st.builds(
    Editions,
    st.sampled_from(EDITIONS[:3]),
    st.dictionaries(
        st.dates(date(2023, 1, 1), date(2025, 12, 31)), st.sampled_from([*EDITIONS[:3], EDITIONS[4]]), max_size=3
    ),
)
BOOKS: st.SearchStrategy[House] = st.one_of(st.sampled_from([WENHUA, CHIZHOU, REGULATION, FELT, *TIERED]), REFORMED)
MERGED = ["C1", "C2", "C9"]


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Events of several customers, of every kind; two of them may be one, and some events are told twice."""
    events: list[Event] = []
    times = draw(st.booleans())
    for number in range(1, draw(st.integers(1, 3)) + 1):
        history = draw(histories(customer=f"C{number}", times=times, max_size=14))
        events += [
            Event(one.at, one.kind, f"{number}-{one.id}", one.customer, one.vehicle, one.facts)
            for one in history
            if one.kind not in ("merged", "voided")
        ]
    if draw(st.booleans()):
        whom = draw(st.sampled_from(MERGED[1:]))
        events.append(Event(draw(st.sampled_from(events)).day, "merged", "M", "C1", into=whom))
    for number in range(draw(st.integers(0, 3))):
        target = draw(st.sampled_from(events + events[-1:] * 3))
        day = target.day + timedelta(draw(st.integers(0, 400)))
        events.append(Event(day, "voided", f"V{number}", target.customer, of=target.id))
    return [*events, *draw(st.lists(st.sampled_from(events), max_size=3))]


def same(state: State, told: list[Event], on: date) -> None:
    table = frame(told)
    assert state.customers.equals(columns.replay(table, state.book, on=on))
    assert state.vehicles.equals(columns.vehicles(table, state.book, on=on))


def frame(told: list[Event]) -> pl.DataFrame:
    """As they are told: of whom, and how often."""
    from lifecycle.columns.door import tidy

    return tidy(told, WENHUA.zone)


@settings(max_examples=50)
@given(lives(), BOOKS, st.data())
def test_lm3_told_in_any_pieces_is_as_from_scratch(events: list[Event], book: Any, data: st.DataObject) -> None:
    pieces: list[list[Event]] = [[] for _ in range(data.draw(st.integers(1, 4)))]
    for event in events:  # late ones, and early ones, too
        pieces[data.draw(st.integers(0, len(pieces) - 1))].append(event)
    days = data.draw(st.lists(st.dates(FIRST, LAST), min_size=len(pieces), max_size=len(pieces)).map(sorted))
    told = pieces[0]
    state = State.of(frame(told), book, on=days[0])
    for piece, on in zip(pieces[1:], days[1:], strict=True):
        told = [*told, *piece]
        state = state.then(frame(piece), on=on)
        same(state, told, on)


@settings(max_examples=50)
@given(lives(), BOOKS, st.lists(st.integers(1, 500), min_size=1, max_size=4))
def test_lm3_time_alone_moves_what_falls_due(events: list[Event], book: Any, steps: list[int]) -> None:
    on = min(event.day for event in events)
    state = State.of(frame(events), book, on=on)
    for step in steps:
        on += timedelta(step)
        state = state.then(on=on)
        same(state, events, on)


@settings(max_examples=50)
@given(lives(), BOOKS, st.data())
def test_lm3_a_file_in_between_changes_nothing(events: list[Event], book: Any, data: st.DataObject) -> None:
    middle, end = sorted(data.draw(st.lists(st.dates(FIRST, LAST), min_size=2, max_size=2)))
    old = [event for event in events if event.day <= middle]
    new = [event for event in events if event.day > middle]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.parquet"
        State.of(frame(old), book, on=middle).save(path)
        state = State.load(path, book)
    assert state.on == middle
    same(state, old, middle)
    same(state.then(frame(new), on=end), [*old, *new], end)


@settings(max_examples=50)
@given(lives(), st.one_of(st.sampled_from([WENHUA, CHIZHOU, REGULATION]), OF_CHURN), st.data())
def test_lm3_a_file_of_churn_in_between_changes_nothing(events: list[Event], book: House, data: st.DataObject) -> None:
    events = [event for event in events if event.kind not in ("merged", "voided")]
    middle, end = sorted(data.draw(st.lists(st.dates(FIRST, LAST), min_size=2, max_size=2)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "churn.parquet"
        ChurnState.of([event for event in events if event.day <= middle], book, on=middle).save(path)
        state = ChurnState.load(path, book)
    if book.on(end).churn == book.on(middle).churn:
        state = state.then([event for event in events if middle < event.day <= end], on=end)
    else:  # another rule tells the past anew
        with pytest.raises(LifecycleError, match="from all events"):
            state.then(on=end)
        state = ChurnState.of([event for event in events if event.day <= end], book, on=end)
    assert state.edition == book.on(end).edition
    so_far = [event for event in events if event.day <= end]
    assert state.churn().equals(columns.churn(so_far, book, on=end))
    assert state.lost().equals(columns.lost(so_far, book, on=end))
    assert state.customers.to_list() == sorted({event.customer for event in so_far})


HOUSE, MAY, JUNE = sample(customers=60, seed=7), date(2024, 5, 31), date(2024, 6, 30)


def test_the_sample_house_day_by_day(tmp_path: Path) -> None:
    table = columns.frame(HOUSE)
    day = pl.col("at").dt.date()
    state = State.of(table.filter(day <= MAY), WENHUA, on=MAY)
    days = [MAY + timedelta(number) for number in range(0, 31, 6)]
    for before, on in pairwise(days):
        state.save(tmp_path / "state.parquet")
        state = State.load(tmp_path / "state.parquet", WENHUA).then(table.filter((day > before) & (day <= on)), on=on)
        so_far = table.filter(day <= on)
        assert state.customers.equals(columns.replay(so_far, WENHUA, on=on))
        assert state.vehicles.equals(columns.vehicles(so_far, WENHUA, on=on))
    assert [path.name for path in tmp_path.iterdir()] == ["state.parquet"], "nothing is left lying about"
    assert (
        repr(state) == f"<State of {state.customers.height:,} customers, {state.events.height:,} events, on {days[-1]}>"
    )


def test_what_was_told_in_several_ways_goes_together() -> None:
    first = pl.DataFrame({"customer": ["A", "B"], "at": [MAY, MAY], "id": ["1", "1"], "charge": [12, 0]})
    second = pl.DataFrame(
        {
            "客户": ["A"], "事件": ["维修交车"], "日期": ["2024-06-30T08:00"], "编号": ["2"], "客户付费": [0.01],
            "里程": ["12000"],
        }
    ).with_columns(pl.col("日期").str.to_datetime().dt.replace_time_zone("Asia/Shanghai"))  # fmt: skip
    state = State.of(first, WENHUA, on=MAY).then(second, on=JUNE)
    assert state.events.schema["charge"] == pl.Decimal(38, 2)
    assert state.customers["spent"].to_list() == [Decimal("12.01"), 0]
    assert state.vehicles["mileage"].to_list() == [12000, None]
    assert state.vehicles["last_visit"].to_list() == [JUNE, MAY]
    with pytest.raises(LifecycleError, match="have no id"):
        state.then(first.drop("id"), on=JUNE)
    with pytest.raises(LifecycleError, match="customers are Int64 here"):
        state.then(first.with_columns(customer=pl.Series([1, 2])), on=JUNE)
    with pytest.raises(LifecycleError, match="before the day of the state"):
        state.then(on=MAY)
    with pytest.raises(LifecycleError, match="two different events have the id '2'"):
        state.then(second.with_columns(客户付费=0.02), on=JUNE)
    assert state.then(second, on=JUNE).events.height == 3, "told again it is one"


SINCE = date(2024, 6, 15)


def test_where_an_edition_begins_everybody_is_told_anew() -> None:
    """Nothing falls due and nobody comes: the reform alone moves him (LM3)."""
    house = Editions(WENHUA).amend("nine", since=SINCE, **{"churn.lost.months": 9})
    anna = columns.frame(timeline("2023-09-01 vehicle_handed_over vehicle=V1 charge=500", customer="A"))
    state = State.of(anna, house, on=SINCE - timedelta(1))
    assert state.vehicles["activity"].to_list() == ["at_risk"]
    assert state.then(on=SINCE).vehicles["activity"].to_list() == ["lost"]
    same(
        state.then(on=SINCE),
        list(timeline("2023-09-01 vehicle_handed_over vehicle=V1 charge=500", customer="A")),
        SINCE,
    )


def test_a_tier_falls_by_time_alone() -> None:
    told = timeline("2023-06-15 vehicle_handed_over vehicle=V1 charge=300", customer="A")
    for book, falls in ((TIERED[0], date(2023, 9, 15)), (TIERED[1], date(2024, 1, 15)), (TIERED[2], date(2024, 3, 1))):
        state = State.of(columns.frame(told), book, on=date(2023, 8, 1))
        for on, tier in ((falls - timedelta(1), "silver"), (falls, "ordinary")):
            state = state.then(on=on)
            assert state.customers["tier"].to_list() == [tier], (book.tiers, on)


def test_a_file_names_the_edition_of_its_day_and_holds_only_under_the_same_past(tmp_path: Path) -> None:
    house, path = (
        Editions(WENHUA).amend("2024", since=SINCE, **{"points.earn": Earn(1, per=25)}),
        tmp_path / "state.parquet",
    )
    state(house).save(path)
    assert json.loads(pl.read_parquet_metadata(path)["dealer-lifecycle"])["edition"] == "2024"
    assert State.load(path, house).on == JUNE
    ahead = house.amend("2025", since=date(2025, 1, 1), **{"churn.lost.months": 9})
    assert State.load(path, ahead).book is ahead, "what begins later alters nothing"
    with pytest.raises(LifecycleError, match="not policy"):  # which has awarded otherwise since ever
        State.load(path, house.on(JUNE))
    with pytest.raises(LifecycleError, match="not policy"):  # which awarded nothing until then
        State.load(path, Editions(WENHUA.amend("1", points=Points()), house.later))
    with pytest.raises(LifecycleError, match="under edition 2024, not edition"):
        State.load(path, WENHUA)
    State.of(columns.frame(HOUSE), WENHUA, on=MAY).save(path)
    later = State.load(path, house).then(on=JUNE)
    assert later.customers.equals(columns.replay(columns.frame(HOUSE), house, on=JUNE))


def test_churn_goes_on_over_a_reform_of_points_and_is_made_anew_after_one_of_churn(tmp_path: Path) -> None:
    house = Editions(WENHUA).amend("points", since=SINCE, **{"points.earn": Earn(1, per=25)})
    house, path = house.amend("nine", since=JUNE, **{"churn.lost.months": 9}), tmp_path / "churn.parquet"
    table, eve = columns.frame(HOUSE), JUNE - timedelta(1)
    kept = ChurnState.of(table, house, on=MAY)
    assert (kept.book, kept.edition) == (WENHUA.name, WENHUA.edition)
    kept = kept.then(table.filter((pl.col("at").dt.date() > MAY) & (pl.col("at").dt.date() <= eve)), on=eve)
    assert kept.edition == "points"
    assert kept.churn().equals(columns.churn(table, house, on=eve))
    kept.save(path)
    kept = ChurnState.load(path, house)
    for ask in (lambda: kept.then(on=JUNE), lambda: kept.lost(on=JUNE), lambda: kept.churn(on=JUNE)):
        with pytest.raises(LifecycleError, match="edition nine is in force, whose churn rule is another") as caught:
            ask()
        assert "from all events" in str(caught.value)
    assert ChurnState.of(table, house, on=JUNE).lost().equals(columns.lost(table, house, on=JUNE))


def churn_state(book: Any) -> ChurnState:
    return ChurnState.of(columns.frame(HOUSE), book, on=JUNE)


def state(book: Any) -> State:
    return State.of(columns.frame(HOUSE), book, on=JUNE)


@pytest.mark.parametrize("kept", [churn_state, state])
def test_a_file_says_what_it_is_and_is_refused_where_it_answers_another_question(kept: Any, tmp_path: Path) -> None:
    saved, path = kept(WENHUA), tmp_path / "state.parquet"
    load = type(saved).load
    saved.save(path)
    meta = json.loads(pl.read_parquet_metadata(path)["dealer-lifecycle"])
    assert (meta["schema"], meta["book"], meta["edition"], meta["on"]) == (
        "1",
        WENHUA.name,
        WENHUA.edition,
        "2024-06-30",
    )
    assert "InactiveFor(months=12).counting(all_visits)" in meta["policy"]
    other = WENHUA.amend(WENHUA.edition, **{"churn.lost": InactiveFor(months=9).counting(all_visits)})
    for book, why in (
        (WENHUA.amend("2026"), f"under edition {WENHUA.edition}, not edition 2026"),
        (CHIZHOU, f"under book {WENHUA.name}, not book {CHIZHOU.name}"),
        (other, "under policy .*months=12.*, not policy .*months=9"),
    ):
        with pytest.raises(LifecycleError, match=why) as caught:
            load(path, book)
        assert "from all events" in str(caught.value)
    whole = pl.scan_parquet(path).collect()
    whole.write_parquet(path, metadata={"dealer-lifecycle": json.dumps({**meta, "schema": "2"})})
    with pytest.raises(LifecycleError, match="under version 2 of the schema, not version 1"):
        load(path, WENHUA)
    whole.write_parquet(path)
    with pytest.raises(LifecycleError, match="is none: no saved"):
        load(path, WENHUA)
    path.write_text("no Parquet")
    with pytest.raises(LifecycleError, match="is none: no saved"):
        load(path, WENHUA)
    with pytest.raises(LifecycleError, match="there is no file"):
        load(tmp_path / "nowhere.parquet", WENHUA)


def test_a_state_is_not_taken_for_the_other_kind(tmp_path: Path) -> None:
    churn_state(WENHUA).save(tmp_path / "one.parquet")
    with pytest.raises(LifecycleError, match="is a ChurnState: no saved State"):
        State.load(tmp_path / "one.parquet", WENHUA)


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.parquet"
    churn_state(WENHUA).save(path)
    before = path.read_bytes()

    def fails(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("lifecycle.columns.saved.os.replace", fails)
    with pytest.raises(OSError, match="no space left"):
        churn_state(CHIZHOU).save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["state.parquet"]


def test_a_rule_without_a_book_is_enough_for_churn(tmp_path: Path) -> None:
    history = timeline("2024-01-01 vehicle_handed_over vehicle=V charge=1", customer="C1")
    rule = InactiveFor(months=6)
    ChurnState.of(columns.frame(history, backend="pandas"), rule, on=JUNE).save(tmp_path / "one.parquet")
    again = ChurnState.load(tmp_path / "one.parquet", rule)
    assert type(again.lost()).__module__.startswith("pandas")
    with pytest.raises(LifecycleError, match="under policy"):
        ChurnState.load(tmp_path / "one.parquet", InactiveFor(months=7))


def test_who_turns_out_to_be_one_becomes_one_and_two_again() -> None:
    def job(day: date, number: int, customer: str) -> Event:
        return Event(day, "vehicle_handed_over", str(number), customer, "V", charge=100)

    told = [job(MAY, 1, "A"), job(MAY, 2, "B"), job(MAY, 3, "C"), job(MAY, 4, "D")]
    kept = State.of(frame(told), WENHUA, on=MAY)
    later = [
        [Event(JUNE, "merged", "5", "A", into="B")],
        [job(JUNE, 6, "A")],
        [Event(JUNE, "voided", "7", "A", of="5")],
    ]
    for number, piece in enumerate(later):
        told += piece
        kept = kept.then(frame(piece), on=JUNE + timedelta(number))
        same(kept, told, JUNE + timedelta(number))
    assert kept.customers["customer"].to_list() == ["A", "B", "C", "D"]


def test_a_late_void_gives_back_what_was_taken() -> None:
    told = [Event(MAY, "vehicle_handed_over", "1", "A", "V", charge=100)]
    kept = State.of(frame(told), WENHUA, on=JUNE)
    told.append(Event(MAY, "voided", "2", "A", of="1"))
    kept = kept.then(frame(told[1:]), on=JUNE)
    same(kept, told, JUNE)
    assert kept.customers["points"].to_list() == [0]


def test_lm3_a_year_without_a_word() -> None:
    told = [Event(MAY, "vehicle_handed_over", "1", "A", "V", charge=1000), Event(JUNE, "enquired", "1", "B")]
    kept = State.of(frame(told), WENHUA, on=JUNE)
    for on in (date(2024, 11, 29), date(2024, 11, 30), date(2025, 5, 30), date(2025, 5, 31), date(2026, 1, 1)):
        kept = kept.then(on=on)
        same(kept, told, on)
    assert kept.vehicles["activity"].to_list() == ["lost"]
    assert kept.customers["points"].to_list() == [0, 0]
