"""Churn questions as SQL: what DuckDB finds is what one by one finds (LC6), and what is no plain filter is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import ibis  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import (
    Book,
    Event,
    InactiveFor,
    LifecycleError,
    VisitKind,
    after,
    all_visits,
    always,
    before,
    by_customer,
    charged_visits,
    columns,
    fact,
    never,
    replay,
)
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.churn import BreadthBelow, Churn, OffOwnRhythm, OffRhythm, SpendingDeclining, WarrantyLapsed
from lifecycle.dates import add_days, add_months
from lifecycle.deadline import Rule
from lifecycle.testing import histories
from lifecycle.testing.rules import paid_by_anyone

DAYS = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 8, 31), date(2025, 2, 28), date(2025, 4, 30), date(2030, 1, 1)]
KINDS = (
    "vehicle_handed_over vehicle_handed_over vehicle_handed_over workshop_entered vehicle_delivered vehicle_transferred "
    "inspected_at_customer moved_away trade_in_done insurance_renewed enquired voided"
).split()
WITHOUT_CONSUMABLES = VisitKind(
    "big_jobs", (fact("charge") >= Decimal("49.99")) & ~(fact("job").is_in("maintenance", "accident"))
)
RULES = st.one_of(
    st.builds(
        lambda months, kind: InactiveFor(months=months).counting(kind),
        st.sampled_from([0, 1, 3, 6, 11, 12, 13, 24]),
        st.sampled_from([charged_visits, all_visits, all_visits, paid_by_anyone, WITHOUT_CONSUMABLES]),
    ),
    st.sampled_from(
        [
            InactiveFor(days=182),
            OffRhythm(),
            OffRhythm(days=100, percent=133).counting(charged_visits),
            after("delivered_on", months=36),
            before("delivered_on", months=1),
            before("first_visit", months=6),
            after(charged_visits, days=30),
            after(paid_by_anyone, months=1),
            always,
            never,
            InactiveFor(months=6).when(fact("delivered_on").is_known),
            InactiveFor(months=6).unless(fact("last_charged_visit") >= date(2024, 1, 31)),
            InactiveFor(months=1).when((fact("first_visit") < date(2024, 2, 29)) | (fact("delivered_on") < date(2024, 1, 1))),
        ]
    ),
)  # fmt: skip
rules = st.one_of(RULES, st.builds(lambda a, b: a | b, RULES, RULES), st.builds(lambda a, b: a & b, RULES, RULES))


@st.composite
def churns(draw: st.DrawFn) -> Churn:
    lost, at_risk = draw(rules), draw(st.one_of(st.just(never), rules))
    try:
        return Churn(at_risk=at_risk, lost=lost)
    except LifecycleError:
        return Churn(lost=lost)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        for event in draw(histories(customer=f"C{number}", kinds=KINDS, times=draw(st.booleans()), max_size=12)):
            if event.kind != "voided" or not any(one.kind == "voided" and one["of"] == event["of"] for one in events):
                events.append(event)
    return draw(st.permutations(events))


def one_by_one(events: list[Event], churn: Churn, on: date) -> list[tuple[Any, ...]]:
    book = Book("house", "1", churn)
    people = {name: replay(history, book, on=on).customer for name, history in by_customer(events).items()}
    return [
        (name, vin, verdict.status, verdict.since)
        for name, person in people.items()
        for vin, car in sorted(person.vehicles.items())
        for verdict in [churn.decide(car, on=on, customer=person)]
    ]


def table_of(events: list[Event]) -> pl.DataFrame:
    """The tidy table as a warehouse has it: texts for words, and the wall clock of the house."""
    frame: pl.DataFrame = columns.frame(events).with_columns(pl.col(pl.Enum).cast(pl.String))
    if frame.schema["at"] != pl.Date:
        frame = frame.with_columns(pl.col("at").dt.convert_time_zone("Asia/Shanghai").dt.replace_time_zone(None))
    return frame


WAREHOUSE = duckdb.connect()


def asked(frame: pl.DataFrame, rule: Rule | Churn | Book, on: date) -> list[tuple[Any, ...]]:
    found = columns.lost(WAREHOUSE.from_arrow(frame.to_arrow()), rule, on=on)
    assert type(found).__name__ == "DuckDBPyRelation"
    rows: list[tuple[Any, ...]] = found.fetchall()
    return rows


@settings(max_examples=30)
@given(
    lives(),
    st.one_of(churns(), st.sampled_from([WENHUA.churn, CHIZHOU.churn, REGULATION.churn])),
    st.sampled_from(DAYS),
)
def test_lc6_what_the_warehouse_finds_is_what_one_by_one_finds(events: list[Event], churn: Churn, on: date) -> None:
    assert asked(table_of(events), churn, on) == one_by_one(events, churn, on)


@pytest.mark.parametrize("months", [1, 6, 12, 18])
@pytest.mark.parametrize(
    "on", [date(2024, 2, 29), date(2023, 2, 28), date(2024, 3, 1), date(2024, 8, 30), date(2024, 8, 31), date(2024, 12, 31)]
)  # fmt: skip
def test_lt1_the_cut_off_day_is_that_of_the_month_rule(months: int, on: date) -> None:
    last = [add_days(add_months(on, -months), slip) for slip in range(-5, 6)]
    frame = pl.DataFrame({"customer": [f"C{number:02}" for number in range(len(last))], "at": last})
    found = asked(frame, InactiveFor(months=months).counting(all_visits), on)
    due = [add_months(day, months) for day in last]
    assert [(status, since) for _, _, status, since in found] == [
        ("lost", day) if day <= on else ("active", None) for day in due
    ]


def test_never_came_is_not_long_ago() -> None:
    on = date(2024, 6, 30)
    frame = pl.DataFrame(
        {
            "customer": ["A", "B", "C"],
            "event": ["inspected_at_customer", "vehicle_handed_over", "vehicle_delivered"],
            "at": [date(2020, 1, 1)] * 3,
            "vehicle": ["V", None, "V"],
            "charge": [None, 0.0, None],
        }
    )
    rule = InactiveFor(months=6)
    assert asked(frame, rule, on) == [
        ("A", "V", "unseen", None), ("B", "-", "unseen", None), ("C", "V", "lost", date(2020, 7, 1)),
    ]  # fmt: skip
    assert asked(frame, rule.counting(all_visits), on)[1] == ("B", "-", "lost", date(2020, 7, 1))


def test_headers_and_kinds_may_be_chinese() -> None:
    frame = pl.DataFrame(
        {
            "客户": ["A", "B"],
            "事件": ["维修交车", "咨询"],
            "日期": [date(2020, 1, 1)] * 2,
            "客户付费": [Decimal("0.01"), None],
            "工单编号": ["保养", None],
        }
    )
    services = VisitKind("services", fact("job") == "保养")
    assert asked(frame, InactiveFor(months=6).counting(services), date(2024, 1, 1)) == [
        ("A", "-", "lost", date(2020, 7, 1))
    ]


VISIT = Event(date(2020, 1, 1), "vehicle_handed_over", "0", "A", "V")
ANY_VISIT = InactiveFor(months=6).counting(all_visits)


def void(number: int, of: int, customer: str = "A") -> Event:
    return Event(date(2020, 1, 1), "voided", str(number), customer, of=str(of))


def height(number: int, targets: list[int], above: frozenset[int] = frozenset()) -> int:
    """How many voids stand upon a void, one upon the other; many for a circle."""
    if number in above:
        return 99
    upon = [one for one, of in enumerate(targets, 1) if of == number]
    return max((height(one, targets, above | {number}) + 1 for one in upon), default=0)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), max_size=9), st.randoms())
def test_lc6_voids_of_voids_are_followed_and_never_guessed(targets: list[int], luck: Random) -> None:
    told = [VISIT, *(void(number, of) for number, of in enumerate(targets, 1))]
    expected = one_by_one(told, Churn(lost=ANY_VISIT), date(2024, 1, 1))
    luck.shuffle(told)
    refused = ""
    found: list[tuple[Any, ...]] = []
    try:
        found = asked(table_of(told), ANY_VISIT, date(2024, 1, 1))
    except duckdb.ConversionException as error:
        refused = str(error)
    if refused:
        assert "deeper than 5, or in a circle" in refused
        assert max(height(number, targets) for number in range(1, len(targets) + 1)) > 4
    else:
        assert found == expected


@pytest.mark.parametrize("deep", range(8))
def test_lc6_a_chain_of_voids(deep: int) -> None:
    chain = [VISIT, *(void(number, number - 1) for number in range(1, deep + 1))]
    if deep > 5:
        with pytest.raises(duckdb.ConversionException, match="deeper than 5"):
            asked(table_of(chain), ANY_VISIT, date(2024, 1, 1))
        return
    found = asked(table_of(chain), ANY_VISIT, date(2024, 1, 1))
    assert bool(found) == (deep % 2 == 0)
    assert found == one_by_one(chain, Churn(lost=ANY_VISIT), date(2024, 1, 1))


@pytest.mark.parametrize("around", [[2, 1], [1], [2, 3, 1], [2, 1, 0]])
def test_lc6_voids_in_a_circle_are_refused(around: list[int]) -> None:
    told = [VISIT, *(void(number, of) for number, of in enumerate(around, 1))]
    with pytest.raises(duckdb.ConversionException, match="in a circle"):
        asked(table_of(told), ANY_VISIT, date(2024, 1, 1))


def test_a_void_concerns_its_customer_and_its_day() -> None:
    tomorrow = Event(date(2024, 1, 2), "voided", "2", "A", of="0")
    told = [VISIT, void(1, 0, "B"), tomorrow]
    assert asked(table_of(told), ANY_VISIT, date(2024, 1, 1)) == [("A", "V", "lost", date(2020, 7, 1))]


def test_an_ibis_table_gives_an_expression_that_has_not_run() -> None:
    events = ibis.table({"customer": "string", "at": "date", "charge": "decimal(18, 2)"}, name="repair_orders")
    found = columns.lost(events, InactiveFor(months=6), on=date(2024, 2, 29))
    for dialect in ("duckdb", "snowflake", "bigquery", "databricks"):
        text = str(ibis.to_sql(found, dialect=dialect))
        assert "repair_orders" in text
        assert "2023, 8, 31" in text or "2023-08-31" in text, "the cut-off day is worked out here"


def test_voids_are_written_for_every_warehouse() -> None:
    told = {"customer": "string", "event": "string", "at": "date", "id": "int64", "of": "int64"}
    found = columns.lost(ibis.table(told, name="events"), ANY_VISIT, on=date(2024, 2, 29))
    for dialect in ("duckdb", "snowflake", "bigquery", "databricks"):
        assert "in a circle" in str(ibis.to_sql(found, dialect=dialect))


def test_the_page_shows_the_sql_that_is_made() -> None:
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "warehouse-sql.md").read_text("utf-8")
    orders = ibis.table({"customer": "string", "at": "date", "charge": "decimal(18, 2)"}, name="repair_orders")
    question = columns.lost(orders, InactiveFor(months=6), on=date(2024, 2, 29))
    for dialect in ("snowflake", "bigquery", "databricks"):
        assert f"```sql\n{ibis.to_sql(question, dialect=dialect)}\n```" in page, f"{dialect}: write it anew"


CASES: dict[str, tuple[Rule, str]] = {
    "the last word on the cover": (WarrantyLapsed(), "no plain filter"),
    "one among others": (InactiveFor(months=6) | WarrantyLapsed(), "no plain filter"),
    "a rhythm of his own": (OffOwnRhythm(), "no plain filter"),
    "facts of the customer": (InactiveFor(months=6) & BreadthBelow(products=2), "no plain filter"),
    "a machine's word": (SpendingDeclining(), "no plain filter"),
    "a condition over the last word": (InactiveFor(months=6).when(fact("model") == "A"), "it reads model"),
    "a condition over counts": (InactiveFor(months=6).unless(fact("visits") > 1), "it reads visits"),
    "a day of the customer": (after("customer.enrolled_on", months=6), "it reads customer.enrolled_on"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_plain_filter_is_refused_and_says_what_to_do(case: str) -> None:
    rule, why = CASES[case]
    frame = ibis.memtable(pl.DataFrame({"customer": ["A"], "at": [date(2024, 1, 1)]}))
    with pytest.raises(LifecycleError, match=why) as caught:
        columns.lost(frame, rule, on=date(2024, 1, 31))
    assert "columns.lost(frame" in str(caught.value)


TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "merged": ({"event": ["enquired"], "into": ["B"]}, "are merged"),
    "records": ({"event": ["vehicle_recorded"], "delivered_on": [date(2020, 1, 1)]}, "may tell delivered_on"),
    "instants": ({"at": [datetime.fromisoformat("2024-01-01T08:00:00+08:00")]}, "wall clock"),
    "texts for days": ({"at": ["2024-01-01"]}, "neither a day"),
    "texts for money": ({"charge": ["12"]}, "cast it in the warehouse"),
    "a column of its own": ({"odometer": [1]}, "unknown column"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_that_asks_for_more_is_refused(case: str) -> None:
    more, why = TABLES[case]
    frame = pl.DataFrame({"customer": ["A"], "at": [date(2024, 1, 1)], **more})
    with pytest.raises(LifecycleError, match=why):
        columns.lost(WAREHOUSE.from_arrow(frame.to_arrow()), InactiveFor(months=6), on=date(2024, 1, 31))
