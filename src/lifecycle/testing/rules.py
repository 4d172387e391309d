"""Strategies for hypothesis: vehicles, customers, kinds of visit, conditions and churn rules, drawn around the cut-off.

In: nothing, or the day on which they will be judged. Out: facts whose days lie where a rule of whole months turns over on
that day (± 2 days), and rules with every leaf, joined in every way.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lifecycle.churn import (
    BreadthBelow,
    Churn,
    DissatisfiedFor,
    InactiveFor,
    InsuranceNotRenewed,
    OffOwnRhythm,
    OffRhythm,
    SpendingDeclining,
    WarrantyLapsed,
)
from lifecycle.conditions import Condition
from lifecycle.customer import Customer, Vehicle
from lifecycle.dates import add_days, add_months
from lifecycle.deadline import Rule, after, always, before, fact, never
from lifecycle.errors import LifecycleError
from lifecycle.testing.strategies import days
from lifecycle.visits import VisitKind, all_visits, charged_visits

__all__ = ["churns", "conditions", "customers", "paid_by_anyone", "rules", "vehicles", "visit_kinds"]

#: A house's own kind of visit: a bill that anybody paid.
paid_by_anyone = VisitKind(
    "paid_by_anyone", (fact("charge") > 0) | (fact("insurer_paid") > 0) | (fact("maker_paid") > 0)
)
_MONTHS: tuple[int, ...] = (1, 3, 6, 6, 6, 9, 12, 12, 24)


def visit_kinds() -> st.SearchStrategy[VisitKind]:
    """The two kinds of the sources and a house's own."""
    return st.sampled_from([charged_visits, charged_visits, all_visits, all_visits, paid_by_anyone])


@st.composite
def vehicles(draw: st.DrawFn, *, on: date | None = None, vin: str = "V1") -> Vehicle:
    """A vehicle as of ``on``: its days lie some whole months before ``on``, ± 2 days, and go together; any may be missing."""
    end = draw(days()) if on is None else on

    def day(latest: date) -> date:
        found = add_days(add_months(end, -draw(st.sampled_from(_MONTHS))), draw(st.integers(-2, 2)))
        return min(found, latest)

    def maybe(found: Any) -> Any:
        return draw(st.sampled_from([found, found, found, None]))  # one in four is not known

    last = maybe(day(end))
    charged = None if last is None else maybe(draw(st.sampled_from([last, day(last)])))
    anyone = None if last is None else maybe(draw(st.sampled_from([last, day(last)])))
    if charged is not None and (anyone is None or anyone < charged):
        anyone = charged  # what the customer paid, somebody paid
    first = None if last is None else min(draw(st.sampled_from([last, day(last)])), charged or last, anyone or last)
    visits = 0 if last is None else draw(st.integers(0 if charged is None else 1, 6))
    return Vehicle(
        vin,
        model=maybe(draw(st.sampled_from(["A", "B"]))),
        delivered_on=maybe(day(end)),
        first_visit=first,
        last_visit=last,
        last_charged_visit=charged,
        last_visits={} if anyone is None else {paid_by_anyone.name: anyone},
        visits=visits,
        charged_visits=0 if charged is None else draw(st.integers(1, max(visits, 1))),
        warranty_until=maybe(draw(st.sampled_from([day(end), add_days(end, draw(st.integers(-400, 400)))]))),
        insurance_until=maybe(draw(st.sampled_from([day(end), add_days(end, draw(st.integers(-400, 400)))]))),
        mileage=maybe(draw(st.sampled_from([0, 59_999, 60_000, 60_001]))),
        gone_on=draw(st.sampled_from([None, None, None, None, end])),
    )


@st.composite
def customers(draw: st.DrawFn, *, on: date | None = None, cars: int = 3) -> Customer:
    """A customer as of ``on`` with up to ``cars`` vehicles."""
    end = draw(days()) if on is None else on
    owned = [draw(vehicles(on=end, vin=f"V{number}")) for number in range(1, draw(st.integers(0, cars)) + 1)]
    found = add_days(add_months(end, -draw(st.sampled_from(_MONTHS))), draw(st.integers(-2, 2)))
    since = draw(st.sampled_from([found, found, found, None]))
    unhappy = draw(st.booleans())
    spending = draw(st.sampled_from(["none", "onset", "stable", "declining", "declining"]))
    return Customer(
        "C1",
        satisfaction="dissatisfied" if unhappy else draw(st.sampled_from(["unknown", "satisfied"])),
        dissatisfied_since=since if unhappy else None,
        spending=spending,
        spending_since=None if spending == "none" else since,
        products=draw(st.frozensets(st.sampled_from(["car", "service", "club", "insurance"]))),
        spent=draw(st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(860)])),
        city=draw(st.none() | st.just("Nanjing")),
        vehicles={car.vin: car for car in owned},
    )


_ASKED: tuple[Condition, ...] = (
    fact("mileage") > 60_000,
    fact("mileage") <= 60_000,
    fact("model") == "A",
    fact("model") != "A",
    fact("model").is_in("A", "B"),
    fact("visits") >= 2,
    fact("warranty_until").is_known,
    fact("warranty_until") < date(2024, 2, 29),
    fact("customer.satisfaction") == "dissatisfied",
    fact("customer.spent") > Decimal("0.01"),
    fact("customer.city").is_known,
    fact("customer.breadth") < 2,
)


@st.composite
def conditions(draw: st.DrawFn, *, depth: int = 2) -> Condition:
    """Conditions over a vehicle and its customer, joined in every way."""
    how = draw(st.sampled_from(["asked", "asked", "&", "|", "~"])) if depth else "asked"
    if how == "asked":
        return draw(st.sampled_from(_ASKED))
    one = draw(conditions(depth=depth - 1))
    if how == "~":
        return ~one
    other = draw(conditions(depth=depth - 1))
    return one & other if how == "&" else one | other


def _spans() -> st.SearchStrategy[dict[str, Any]]:
    months = st.fixed_dictionaries({"months": st.sampled_from(_MONTHS)})
    return months | months | st.fixed_dictionaries({"days": st.sampled_from([0, 1, 30, 181, 182, 365])})


@st.composite
def _inactive(draw: st.DrawFn, *, whole_months: bool = False) -> Rule:
    span: dict[str, Any] = {"months": draw(st.sampled_from(_MONTHS))} if whole_months else draw(_spans())
    return InactiveFor(**span).counting(draw(visit_kinds()))


@st.composite
def _other_leaves(draw: st.DrawFn) -> Rule:
    span, kind = draw(_spans()), draw(visit_kinds())
    leaves: tuple[Rule, ...] = (
        WarrantyLapsed(**span),
        WarrantyLapsed(),
        InsuranceNotRenewed(**span),
        SpendingDeclining(**span),
        DissatisfiedFor(**span),
        BreadthBelow(products=draw(st.integers(1, 4))),
        OffRhythm().counting(kind),
        OffOwnRhythm(percent=draw(st.sampled_from([100, 150, 200]))),
        after("delivered_on", **span),
        before("warranty_until", **span),
        after("customer.spending_since", **span),
        after(kind, **span),
        never,
        always,
    )
    return draw(st.sampled_from(leaves))


@st.composite
def rules(draw: st.DrawFn, *, depth: int = 2, inactive_only: bool = False) -> Rule:
    """Churn rules: every leaf, joined by ``|``, ``&``, ``.when``, ``.unless``; or ``InactiveFor`` alone, joined by ``|``, ``&``."""
    joins = ["leaf", "leaf", "|", "&"] if inactive_only else ["leaf", "leaf", "|", "&", "when", "unless"]
    how = draw(st.sampled_from(joins)) if depth else "leaf"
    if how == "leaf":
        return draw(_inactive(whole_months=inactive_only) if inactive_only else _inactive() | _other_leaves())
    one = draw(rules(depth=depth - 1, inactive_only=inactive_only))
    if how in ("when", "unless"):
        condition = draw(conditions())
        return one.when(condition) if how == "when" else one.unless(condition)
    other = draw(rules(depth=depth - 1, inactive_only=inactive_only))
    return one | other if how == "|" else one & other


@st.composite
def churns(draw: st.DrawFn, *, inactive_only: bool = False) -> Churn:
    """Graded policies; where the grades drawn are provably the wrong way round, they are turned."""
    at_risk = draw(rules(inactive_only=inactive_only) | st.just(never))
    lost = draw(rules(inactive_only=inactive_only))
    try:
        return Churn(at_risk=at_risk, lost=lost)
    except LifecycleError:
        return Churn(at_risk=lost, lost=at_risk)


st.register_type_strategy(Vehicle, vehicles())
st.register_type_strategy(Customer, customers())
