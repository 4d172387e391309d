"""Values at the door: what can be taken is taken as it was meant, what cannot is refused in words; all of it can be kept."""

from __future__ import annotations

import contextlib
import copy
import decimal
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lifecycle import (
    Customer,
    Event,
    History,
    LifecycleError,
    Stage,
    Vehicle,
    by_customer,
    machines,
    replay,
    timeline,
    write_timeline,
)
from lifecycle.books import WENHUA
from lifecycle.dates import SHANGHAI
from lifecycle.errors import shown
from lifecycle.testing import histories

DAY = date(2024, 1, 1)
NEW_YORK = ZoneInfo("America/New_York")


class Word(str, Enum):  # noqa: UP042 - the older kind, whose str() is not its text
    """A text of a class of its own, which shows itself otherwise."""

    A = "a"


class Civil(date):
    """A date of a class of its own."""


class Instant(datetime):
    """A time of a class of its own, as data frames have it."""


class Missing(datetime):
    """A data frame's missing time: a datetime that is not even itself."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True


def job(**facts: Any) -> Event:
    return Event(DAY, "vehicle_handed_over", "R1", "C1", "V1", facts)


# -- facts -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("charge", 1.5, Decimal("1.5")),
        ("charge", Decimal("1.000"), Decimal("1.00")),
        ("charge", Decimal("1E+5"), Decimal(100_000)),
        ("charge", Decimal("0E-1000000"), Decimal(0)),
        ("charge", Decimal("-0"), Decimal(0)),
        ("charge", "1,234.50", Decimal("1234.50")),
        ("charge", Word.A, None),
        ("charge", True, None),
        ("charge", float("nan"), None),
        ("charge", float("inf"), None),
        ("charge", Decimal("sNaN"), None),
        ("charge", Decimal("1E+999999999"), None),
        ("charge", Decimal("1E-999999999"), None),
        ("charge", "1_000", None),
        ("charge", 10**5000, None),
        ("charge", -1, None),
        ("charge", b"1", None),
        ("charge", [], None),
        ("mileage", 12.0, 12),
        ("mileage", Decimal("1E+3"), 1000),
        ("mileage", Decimal("Infinity"), None),
        ("mileage", Decimal("sNaN"), None),
        ("mileage", Decimal("1E+999999999"), None),
        ("mileage", "1_000", None),
        ("mileage", "9" * 5000, None),
        ("mileage", 10**5000, None),
        ("mileage", 1.5, None),
        ("plate", Word.A, "a"),
        ("plate", 12, "12"),
        ("plate", 10**5000, None),
        ("plate", "   ", None),
        ("warranty", 1, True),
        ("warranty", "否", False),
        ("warranty", 1.0, None),
        ("recorded_on", Civil(2024, 2, 29), date(2024, 2, 29)),
        ("recorded_on", "2024-1_2-03", None),
        ("recorded_on", datetime(2024, 1, 1, tzinfo=UTC), None),
    ],
    ids=shown,
)
def test_a_fact_is_read_exactly_or_refused_in_a_short_sentence(name: str, value: object, read: object) -> None:
    if read is None:
        with pytest.raises(LifecycleError, match=f"^{name}=|is not a date") as caught:
            job(**{name: value})
        assert caught.value.remedy
        assert len(str(caught.value)) < 200
        return
    told = job(**{name: value})[name]
    assert told == read
    assert (type(told), str(told)) == (type(read), str(read))


def test_numbers_of_a_data_frame_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    told = job(charge=numpy.float64(0.1), parts=numpy.float32(0.1), mileage=numpy.int64(7), warranty=numpy.bool_(True))
    assert dict(told.facts) == {"charge": Decimal("0.1"), "parts": Decimal("0.1"), "mileage": 7, "warranty": True}
    assert {type(value) for value in told.facts.values()} == {Decimal, int, bool}
    assert type(Event(DAY, "enquired", numpy.str_("E1"), "C1").id) is str


def test_money_is_exact_whatever_the_decimal_context_says() -> None:
    with decimal.localcontext(prec=3):
        told = History(
            [job(charge="1234567.89"), Event(DAY, "vehicle_handed_over", "R2", "C1", None, {"charge": "0.10"})]
        )
        assert replay(told, WENHUA, on=DAY).customer.spent == Decimal("1234567.99")
        with pytest.raises(LifecycleError, match="fractions of a fen"):
            job(charge=Decimal("1234567.891"))


def test_facts_given_are_not_the_facts_kept() -> None:
    given_facts: dict[str, object] = {"charge": 5}
    event = Event(DAY, "vehicle_handed_over", "R1", "C1", "V1", given_facts)
    given_facts["charge"] = 6
    assert event["charge"] == 5
    with pytest.raises(TypeError, match="read-only"):
        event.facts["charge"] = 6  # type: ignore[index]


# -- events ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Event(DAY, None, "E", "C"), "unknown event None"),  # type: ignore[arg-type]
        (lambda: Event(DAY, [], "E", "C"), r"unknown event \[\]"),  # type: ignore[arg-type]
        (lambda: Event(DAY, "x" * 10**6, "E", "C"), "unknown event 'xxx"),
        (lambda: Event(DAY, "enquired", "", "C"), "id='' is not"),
        (lambda: Event(DAY, "enquired", "E", 5), "customer=5 is not"),  # type: ignore[arg-type]
        (lambda: Event("2024-01-01", "enquired", "E", "C"), "neither a date nor a datetime"),  # type: ignore[arg-type]
        (lambda: Event(datetime(2024, 1, 1), "enquired", "E", "C"), "no time zone"),  # noqa: DTZ001
        (lambda: Event(Missing(2024, 1, 1, tzinfo=UTC), "enquired", "E", "C"), "is no time"),
        (lambda: Event(date(1024, 1, 1), "enquired", "E", "C"), "1900–2199"),
        (lambda: Event(DAY, "enquired", "E", "C", None, 5), "facts=5 is not a mapping"),  # type: ignore[arg-type]
        (lambda: Event(DAY, "enquired", "E", "C", None, {1: 2}), "has no fact 1"),  # type: ignore[dict-item]
        (lambda: Event(DAY, "enquired", "E", "C", None, {"x" * 10**6: 2}), "has no fact 'xxx"),
        (lambda: Event(DAY, "vehicle_handed_over", "E", "C", None, {"charge": 1}, charge=2), "charge is given twice"),
        (lambda: Event(DAY, "surveyed", "E", "C", "V"), "surveyed needs satisfied="),
        (lambda: Event(DAY, "enquired", "E", "C", "V"), "not about a vehicle"),
    ],
)
def test_an_odd_event_is_refused_in_a_short_sentence(make: Callable[[], Event], said: str) -> None:
    with pytest.raises(LifecycleError, match=said) as caught:
        make()
    assert len(str(caught.value)) < 300


def test_dates_and_texts_of_classes_of_their_own_are_dates_and_texts() -> None:
    event = Event(Civil(2024, 1, 1), "enquired", Word.A, Word.A)
    assert (type(event.at), type(event.id), event.customer) == (date, str, "a")
    noon = Event(Instant(2024, 1, 1, 12, tzinfo=NEW_YORK, fold=1), "enquired", "E", "C")
    assert type(noon.at) is datetime
    assert Event(DAY, "vehicle_handed_over", "R", "C", " V1 ").vehicle == "V1"


def test_the_two_passes_through_a_repeated_hour_are_two_instants() -> None:
    first, second = (
        Event(datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK, fold=fold), "enquired", "E", "C") for fold in (0, 1)
    )
    assert first != second
    assert first == Event(datetime(2024, 11, 3, 5, 30, tzinfo=UTC), "enquired", "E", "C")
    assert hash(first) == hash(Event(datetime(2024, 11, 3, 5, 30, tzinfo=UTC), "enquired", "E", "C"))
    with pytest.raises(LifecycleError, match="two different events"):
        History([first, second], zone=NEW_YORK)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Havana", "America/Sao_Paulo", "Australia/Lord_Howe"])
@given(st.datetimes(datetime(2017, 1, 1), datetime(2018, 12, 31)), st.integers(0, 90))  # noqa: DTZ001
@example(datetime(2017, 11, 5, 4, 59), 61)  # noqa: DTZ001
@example(datetime(2017, 10, 15, 2, 59), 61)  # noqa: DTZ001
@example(datetime(2018, 2, 18, 1, 30), 60)  # noqa: DTZ001
def test_the_canonical_order_is_the_order_of_instants(zone: str, utc: datetime, minutes: int) -> None:
    here = ZoneInfo(zone)
    first = utc.replace(tzinfo=UTC, second=0, microsecond=0)
    both = [Event(first + timedelta(minutes=slip), "enquired", "E", "C") for slip in (0, minutes)]
    one, other = (event.with_(at=event.at.astimezone(here)) for event in both if isinstance(event.at, datetime))
    if one.day == other.day:
        assert other.order[1] - one.order[1] == minutes * 60_000_000
    else:
        assert one.order < other.order


# -- histories -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: History(5), "not several events"),  # type: ignore[arg-type]
        (lambda: History(job()), "not several events"),  # type: ignore[arg-type]
        (lambda: History([5]), "5 is not an Event"),  # type: ignore[list-item]
        (lambda: History("enquired"), "'e' is not an Event"),  # type: ignore[arg-type]
        (lambda: History(customer=5), "customer=5"),  # type: ignore[arg-type]
        (lambda: History(zone="Asia/Shanghai"), r"ZoneInfo\('Asia/Shanghai'\)"),  # type: ignore[arg-type]
        (lambda: by_customer([5]), "5 is not an Event"),  # type: ignore[list-item]
        (lambda: by_customer(job()), "not several events"),  # type: ignore[arg-type]
        (lambda: replay(None, WENHUA, on=DAY), "not several events"),  # type: ignore[arg-type]
        (lambda: replay([], "wenhua", on=DAY), "is no book"),  # type: ignore[arg-type]
        (lambda: replay([], WENHUA, on="2024-01-01"), "not a civil day"),  # type: ignore[arg-type]
        (lambda: replay([], WENHUA, on=DAY).then(on=datetime(2024, 1, 1, tzinfo=UTC)), "not a civil day"),
        (lambda: timeline(None, customer="C1"), "text=None is not a text"),  # type: ignore[arg-type]
        (lambda: timeline("", customer="C1", zone="UTC"), "is not a time zone"),  # type: ignore[arg-type]
        (lambda: machines.STAGE.step([], "enquired"), "no state"),  # type: ignore[arg-type]
        (lambda: machines.STAGE.step("need", []), "unknown event"),  # type: ignore[arg-type]
        (lambda: machines.STAGE.step("need", None), "unknown event"),  # type: ignore[arg-type]
        (lambda: WENHUA.amend("x", zone="Asia/Shanghai"), "is not a time zone"),
        (lambda: WENHUA.amend("x", churn=None), r"churn=None\) is no Churn"),
        (lambda: WENHUA.amend("x", points=None), r"points=None\) is no Points"),
        (lambda: WENHUA.amend("x", **{"readings.charged": "yes"}), "is no VisitKind"),
        (lambda: WENHUA.amend("x", **{"readings.service_repeats": "no"}), "is no bool"),
        (lambda: WENHUA.amend("x", **{"readings.call_attempts": 0}), "from 1 to 1000"),
        (lambda: WENHUA.amend("x", **{"readings.diamond_from": 1500.5}), "not an exact number"),
        (lambda: WENHUA.amend(""), "is no name"),
    ],
)
def test_what_is_none_of_ours_is_refused_in_words(make: Callable[[], object], said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        make()


def test_a_history_sliced_backwards_is_in_order() -> None:
    told = timeline("2024-01-01 enquired\n2024-01-02 enquired\n2024-01-03 enquired", customer="C1")
    assert told[::-1] == told
    assert [event.id for event in told[::-2]] == ["L0001", "L0003"]
    assert told[-1].id == "L0003"
    assert len(told[7:]) == 0
    assert told[7:].customer == "C1"


def test_a_void_in_one_history_takes_back_no_merge_in_another() -> None:
    one = timeline("2024-01-01 enquired\n2024-01-02 voided of=L0001 id=X", customer="A")
    other = timeline("2024-01-03 merged into=A", customer="B")
    with pytest.raises(
        LifecycleError, match="'B' merged into him"
    ):  # both have an L0001: the ids are not one history's
        by_customer([*one, *other])


@pytest.mark.parametrize(
    ("more", "left"),
    [("", ["A"]), ("voided of=M id=X", ["A", "B"]), ("voided of=M id=X\n2024-01-05 voided of=X id=Y", ["A"])],
)
@pytest.mark.parametrize("teller", ["A", "B"])
def test_a_merge_voided_is_none_and_stands_again_when_the_void_is(more: str, left: list[str], teller: str) -> None:
    one = timeline("2024-01-01 enquired id=E1", customer="A")
    other = timeline("2024-01-02 enquired id=E2\n2024-01-03 merged into=A id=M", customer="B")
    voids = timeline(f"2024-01-04 {more}" if more else "", customer=teller)
    assert list(by_customer([*one, *other, *voids])) == left


# -- the timeline ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('2024-01-01 enquired note="not closed', "line 1, column 21: 'note=' has a quote that is not closed"),
        ("2024-01-01 enquired note=", "line 1, column 21: 'note=' has no value"),
        ("=====", "line 1, column 1: '=====' is not a word"),
        ("\n\x00", "line 2, word 1: '\\x00' is not a date"),
        ("2024-01-01 lost_due vehicle=V", "line 1, column 12: lost_due is made by replay"),
        ("0001-01-01T00:00+08:00 enquired", "line 1, word 1: at=0001"),
        ("9999-12-31T23:59-08:00 enquired", "line 1, word 1: at=9999"),
        ("0001-01-01T00:00 enquired", "line 1, word 1: at=0001"),
        ("2024-1_2-03 enquired", "line 1, word 1: '2024-1_2-03' is not a date"),
        ("2024-01-01T25:00 enquired", "line 1, word 1: '25:00' is not a time"),
        ("x" * 10**6, "line 1, word 1: 'xxx"),
        ("2024-01-01 " + "x" * 10**6, "line 1, column 12: unknown event 'xxx"),
    ],
)
def test_a_hostile_line_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        timeline(text, customer="C1")
    assert str(caught.value).startswith(said)
    assert len(str(caught.value)) < 300


@given(st.text(max_size=60) | st.from_regex(r"2024-0[12]-0[12] enquired [\w\s\"'#=]*", fullmatch=True))
def test_any_text_is_a_history_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(LifecycleError):
        timeline(text, customer="C1")


@given(
    st.text(min_size=1, max_size=20).filter(lambda text: text == text.strip()), st.sampled_from(["id", "note", "city"])
)
@example("'quoted'", "note")
@example("it'", "note")
@example("a\"b'c", "id")
@example("a\u2028b\x85c\x0bd", "note")
@example("=x", "note")
@example("# no comment", "id")
def test_a_text_comes_back_from_its_timeline_as_it_was(text: str, where: str) -> None:
    facts = {} if where == "id" else {where: text}
    told = History([Event(DAY, "moved_away", text if where == "id" else "E", "C1", None, facts)])
    if "\n" in text or "\r" in text:
        with pytest.raises(LifecycleError, match="line break"):
            write_timeline(told)
    else:
        assert timeline(write_timeline(told), customer="C1") == told


@given(histories(times=True, words=True), st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]))
def test_a_history_comes_back_from_its_timeline_as_it_was(history: History, zone: tzinfo) -> None:
    here = history.in_zone(zone)
    again = timeline(write_timeline(here), customer="C1", zone=zone)
    assert again == here
    assert [event.order for event in again] == [event.order for event in here]


def test_skipped_and_repeated_hours_come_back_from_their_timeline() -> None:
    times = [
        datetime(2024, 3, 10, 2, 30, tzinfo=NEW_YORK),  # skipped: there is no such time on the wall
        datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK),
        datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK, fold=1),
    ]
    told = History([Event(at, "enquired", f"E{place}", "C1") for place, at in enumerate(times)], zone=NEW_YORK)
    assert timeline(write_timeline(told), customer="C1", zone=NEW_YORK) == told


# -- kept, copied, shown -----------------------------------------------------------------------------------------------------

LIFE = replay(
    timeline(
        """
        2024-01-01 vehicle_delivered vehicle=V1
        2024-03-01T10:00 vehicle_handed_over vehicle=V1 charge=100
        2024-03-02 complaint_raised complaint=K
        2024-03-03 opted_out channel=sms
        """,
        customer="C1",
    ),
    WENHUA,
    on=date(2025, 9, 1),
)
VALUES = {
    "life": LIFE,
    "history": LIFE.history,
    "event": LIFE.history[1],
    "customer": LIFE.customer,
    "vehicle": LIFE.customer.vehicles["V1"],
    "step of a life": LIFE.steps[0],
    "case": LIFE.cases["complaint", "K"],
    "cases": LIFE.cases,
    "book": WENHUA,
    "stage": Stage.SERVICE,
    "step of a machine": machines.STAGE.step("need", "enquired"),
    "row": machines.STAGE.rows[0],
    **machines.ALL,
}


@pytest.mark.parametrize("name", VALUES)
def test_every_value_can_be_pickled_copied_and_compared(name: str) -> None:
    value = VALUES[name]
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert again == value
        assert type(again) is type(value)
    if name != "life":
        assert hash(pickle.loads(pickle.dumps(value))) == hash(value)


def test_a_machine_of_the_house_is_itself_after_pickling_and_another_is_not() -> None:
    assert pickle.loads(pickle.dumps(machines.SALE)) is machines.SALE
    assert copy.deepcopy({"sale": machines.SALE})["sale"] is machines.SALE
    own = attrs.evolve(machines.ACTIVITY, zh="自家")
    again = pickle.loads(pickle.dumps(own))
    assert again is not machines.ACTIVITY
    assert (again.zh, again.rows) == ("自家", own.rows)


def test_an_event_can_be_told_otherwise_by_attrs() -> None:
    assert attrs.evolve(LIFE.history[1], id="R9").id == "R9"


def test_a_customer_shows_what_is_known_of_him_and_the_text_makes_him_again() -> None:
    assert repr(Customer("C1")) == "Customer('C1')"
    assert repr(Vehicle("V1", delivered_on=DAY)) == "Vehicle('V1', delivered_on=date(2024, 1, 1))"
    told = repr(LIFE.customer)
    assert "sex" not in told
    assert "stage=Stage.SERVICE" in told
    names = {"Customer": Customer, "Vehicle": Vehicle, "Stage": Stage, "date": date, "Decimal": Decimal}
    assert eval(told, names) == LIFE.customer


@given(histories(times=True))
def test_any_customer_is_made_again_by_his_text(history: History) -> None:
    customer = replay(history, WENHUA, on=date(2026, 1, 1)).customer
    names = {"Customer": Customer, "Vehicle": Vehicle, "Stage": Stage, "date": date, "Decimal": Decimal}
    assert eval(repr(customer), names) == customer
