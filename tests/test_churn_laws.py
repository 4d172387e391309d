"""The laws of churn rules, given to users: the shipped rules keep them, and rules that break one are told which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Churn, Customer, InactiveFor, Vehicle, VisitKind, after, all_visits, fact
from lifecycle.books import CHIZHOU, REGULATION
from lifecycle.churn import BreadthBelow, DissatisfiedFor, OffOwnRhythm, OffRhythm, SpendingDeclining, WarrantyLapsed
from lifecycle.dates import add_days, add_months
from lifecycle.deadline import CustomerFacts, Leaf, Rule, VehicleFacts
from lifecycle.testing import check_churn_rule
from lifecycle.visits import charged_visits

OWN = VisitKind("big_jobs", fact("charge") >= 500)


@pytest.mark.parametrize(
    "policy",
    [
        InactiveFor(months=9),
        InactiveFor(days=200).counting(all_visits),
        InactiveFor(months=11).counting(OWN),
        WarrantyLapsed(months=1) | (InactiveFor(months=6) & BreadthBelow(products=2)),
        (DissatisfiedFor(days=30) & InactiveFor(months=3)).unless(fact("model") == "A"),
        SpendingDeclining() | OffRhythm(),
        OffOwnRhythm(),
        after("delivered_on", months=36) & InactiveFor(months=6),
        REGULATION.churn,
        CHIZHOU.churn,
    ],
    ids=str,
)
def test_the_shipped_rules_keep_the_laws(policy: Rule | Churn) -> None:
    check_churn_rule(policy, max_examples=12)


@given(st.from_type(Vehicle), st.from_type(Customer))
def test_vehicles_and_customers_are_drawn_by_their_type(car: Vehicle, customer: Customer) -> None:
    assert car.last_visit is None or car.last_charged_visit is None or car.last_charged_visit <= car.last_visit
    assert all(vin == owned.vin for vin, owned in customer.vehicles.items())


# -- leaves of a house's own, each with one fault --------------------------------------------------------------------------


@frozen
class _Sound(Leaf):
    """Six months after the last charged visit, and nothing wrong with it."""

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        return None if vehicle.last_charged_visit is None else add_months(vehicle.last_charged_visit, 6)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        return f"paid last on {vehicle.last_charged_visit}", {"last_charged_visit": vehicle.last_charged_visit}

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return (charged_visits,)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"last_charged_visit"})

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@frozen(repr=False)
class _SaysNothing(_Sound):
    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        return "", {"last_charged_visit": vehicle.last_charged_visit}


@frozen(repr=False)
class _HidesAFact(_Sound):
    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        return "he has not paid for long", {}


@frozen(repr=False)
class _ComesEarlier(_Sound):
    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        last = vehicle.last_charged_visit
        return None if last is None else add_days(add_months(last, 60), -365 * min(vehicle.visits, 60))


@frozen(repr=False)
class _HearsFreeHelp(_Sound):
    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        return None if vehicle.last_visit is None else add_months(vehicle.last_visit, 6)


@frozen(repr=False)
class _HoldsForAWhile(_Sound):
    def decide(self, vehicle: VehicleFacts, *, on: date, customer: CustomerFacts | None = None) -> Any:
        due = self.due(vehicle)
        decision = super().decide(vehicle, on=on, customer=customer)
        if due is not None and on > add_days(due, 300):
            return type(decision)(False, due, decision.because, decision.facts)
        return decision


@frozen(repr=False)
class _ReadsNoOne(_Sound):
    """Its repr cannot be read back."""

    def __repr__(self) -> str:
        return "a rule of ours"


def test_a_sound_leaf_of_ones_own_keeps_the_laws() -> None:
    check_churn_rule(_Sound(), max_examples=12)
    check_churn_rule(Churn(at_risk=_Sound(), lost=InactiveFor(months=12)), max_examples=12)


@pytest.mark.parametrize(
    ("rule", "law"),
    [
        (_SaysNothing(), "LC5"),
        (_HidesAFact(), "LC5"),
        (_ComesEarlier(), "LC2, visits"),
        (_HearsFreeHelp(), "LC[23]"),
        (_HoldsForAWhile(), "LC2, time"),
    ],
    ids=["says nothing", "hides a fact", "comes earlier", "hears free help", "holds for a while"],
)
def test_a_rule_that_breaks_a_law_is_told_which(rule: Rule, law: str) -> None:
    with pytest.raises(AssertionError, match=f"breaks {law}"):
        check_churn_rule(rule, max_examples=40)


def test_a_repr_that_cannot_be_typed_is_told() -> None:
    with pytest.raises(ValueError, match=r"not expected|unknown name"):
        check_churn_rule(_ReadsNoOne(), max_examples=5)
