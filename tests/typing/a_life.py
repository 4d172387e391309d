"""What a user writes, as a type checker sees it (`make types`): never run, never collected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import assert_type

from lifecycle import (
    Churn,
    Customer,
    History,
    InactiveFor,
    Life,
    Machine,
    Stage,
    Step,
    Vehicle,
    machines,
    replay,
    timeline,
)
from lifecycle.books import WENHUA


def a_history() -> History:
    return timeline("2024-01-10 vehicle_delivered vehicle=V1 price=99800", customer="C1")


def a_life() -> Customer:
    life = replay(a_history(), WENHUA, on=date(2024, 6, 1))
    assert_type(life, Life)
    assert_type(life.then(a_history(), on=date(2024, 7, 1)), Life)
    assert_type(life.customer.stage, Stage)
    for step in life.steps:
        print(step)
    return life.customer


def a_machine() -> str:
    stage = machines.STAGE
    assert_type(stage, Machine)
    step = stage.step("repair", "vehicle_handed_over", charge=Decimal(860))
    assert_type(step, Step)
    assert_type(step.because, tuple[str, ...])
    live = stage.live()
    live.trigger("need_agreed")
    return stage.svg() + stage.mermaid()


def a_rule() -> bool:
    graded = Churn(at_risk=InactiveFor(months=6), lost=InactiveFor(months=12))
    either = InactiveFor(months=6) | InactiveFor(months=3)
    both = either & InactiveFor(months=9)
    car = Vehicle("V1", delivered_on=date(2022, 5, 2), last_charged_visit=date(2023, 8, 31))
    assert_type(both.due(car), date | None)
    if graded.status(car, on=date(2024, 3, 10)) == "at_risk":
        return either.decide(car, on=date(2024, 3, 10)).holds
    return False
