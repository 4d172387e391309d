"""Each leaf, once: its replayed timeline, its repr, its text, its TOML and its column give the same day."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from lifecycle import Book, Churn, InactiveFor, VisitKind, after, all_visits, before, columns, fact, replay, timeline
from lifecycle.churn import (
    BreadthBelow,
    DissatisfiedFor,
    InsuranceNotRenewed,
    OffOwnRhythm,
    OffRhythm,
    SpendingDeclining,
    WarrantyLapsed,
)
from lifecycle.deadline import Rule
from lifecycle.rule_text import LEAVES, parse_rule, rule_from_data, rule_to_data

PAID = VisitKind("paid_by_anyone", (fact("charge") > 0) | (fact("insurer_paid") > 0))
BOUGHT = "2022-05-02 vehicle_delivered vehicle=V1 price=128000 warranty_until=2025-05-01 insurance_until=2023-05-01\n"
CAME = (
    BOUGHT
    + """
    2023-08-31 vehicle_handed_over vehicle=V1 charge=860
    2023-12-01 vehicle_handed_over vehicle=V1 charge=0
    2024-01-15 vehicle_handed_over vehicle=V1 insurer_paid=3000
    """
)

TABLE: list[tuple[Rule, str, date | None]] = [
    (InactiveFor(months=6), CAME, date(2024, 2, 29)),
    (InactiveFor(months=6).counting(all_visits), CAME, date(2024, 7, 15)),
    (InactiveFor(days=30).counting(PAID), CAME, date(2024, 2, 14)),
    (InactiveFor(months=6), BOUGHT, date(2022, 11, 2)),
    (WarrantyLapsed(), CAME, date(2025, 5, 2)),
    (WarrantyLapsed(months=3), CAME + "2024-02-01 warranty_extended vehicle=V1 until=2026-01-31\n", date(2026, 5, 1)),
    (InsuranceNotRenewed(days=30), CAME, date(2023, 6, 1)),
    (InsuranceNotRenewed(), CAME + "2024-02-01 insurance_renewed vehicle=V1 until=2025-01-31\n", date(2025, 2, 1)),
    (SpendingDeclining(months=1), CAME + "2024-01-31 spending_reviewed trend=down\n", date(2024, 2, 29)),
    (SpendingDeclining(), CAME + "2024-01-31 spending_reviewed trend=up\n", None),
    (DissatisfiedFor(days=30), CAME + "2024-02-01 surveyed satisfied=no\n", date(2024, 3, 2)),
    (DissatisfiedFor(days=30), CAME + "2024-02-01 surveyed satisfied=no\n2024-02-02 surveyed satisfied=yes\n", None),
    (BreadthBelow(products=3), CAME, date.min),
    (BreadthBelow(products=3), CAME + "2024-02-01 enrolled membership=M1\n", None),
    (OffRhythm(days=137, percent=100), CAME, date(2024, 5, 31)),
    (OffRhythm().counting(PAID), CAME, date(2024, 8, 8)),
    (OffOwnRhythm(percent=200), CAME, date(2024, 5, 31)),
    (OffOwnRhythm(at_least=4), CAME, None),
    (after("delivered_on", months=36), CAME, date(2025, 5, 2)),
    (after(all_visits, days=10), CAME, date(2024, 1, 25)),
    (before("warranty_until", months=3), CAME, date(2025, 2, 1)),
    (InactiveFor(months=6) | WarrantyLapsed(), CAME, date(2024, 2, 29)),
    (InactiveFor(months=6) & WarrantyLapsed(), CAME, date(2025, 5, 2)),
    (InactiveFor(months=6).when(fact("visits") >= 3), CAME, date(2024, 2, 29)),
    (InactiveFor(months=6).unless(fact("customer.spent") > 500), CAME, None),
]
LAST = date(2024, 2, 10)  # the day on which all timelines have been told


def inline(data: Any) -> str:
    """Plain data as an inline value of TOML."""
    if isinstance(data, dict):
        return "{ " + ", ".join(f"{name!r} = {inline(value)}" for name, value in data.items()) + " }"
    if isinstance(data, list):
        return "[" + ", ".join(inline(value) for value in data) + "]"
    if isinstance(data, bool):
        return str(data).lower()
    return f"'{data}'" if isinstance(data, str) else str(data)


@pytest.mark.parametrize(
    ("rule", "told", "due"), TABLE, ids=[f"{number} {rule!r}" for number, (rule, *_) in enumerate(TABLE)]
)
def test_every_form_of_a_leaf_gives_the_same_day(rule: Rule, told: str, due: date | None) -> None:
    house = Book(name="one rule", edition="1", churn=Churn(lost=rule))
    history = timeline(told, customer="C1")
    customer = replay(history, house, on=LAST).customer
    car = customer.vehicles["V1"]
    assert rule.due(car, customer) == due, "the frozen facts"
    assert car.lost_due == due, "replay"
    assert parse_rule(repr(rule)).due(car, customer) == due, "its repr"
    assert parse_rule(repr(rule).replace(repr(PAID), "paid"), kinds={"paid": PAID}).due(car, customer) == due
    read = tomllib.loads(f"as_data = {inline(rule_to_data(rule))}\nas_text = '''{rule!r}'''")
    assert rule_from_data(read["as_data"]).due(car, customer) == due, "its TOML"
    assert rule_from_data(read["as_text"]).due(car, customer) == due, "its text in TOML"
    packed = columns.pack(columns.frame(history)).as_of(LAST)
    assert columns.lost_customers(packed, rule, on=LAST)["since"].to_list() == [due], "its column"
    assert columns.vehicles(packed, house, on=LAST)["lost_due"].to_list() == [due], "its column in a replay"


def test_no_leaf_is_left_out() -> None:
    told = " ".join(repr(rule) for rule, _, _ in TABLE)
    assert all(name in told for name in LEAVES)
