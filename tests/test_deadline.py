"""The algebra of due days: | is the earlier, & the later (LC1), because suffices (LC5), conditions are three-valued."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import InactiveFor, LifecycleError, Vehicle, after, always, before, charged_visits, fact, never
from lifecycle.conditions import Condition
from lifecycle.customer import Customer
from lifecycle.deadline import Decision, Rule
from lifecycle.testing import conditions, customers, days, rules, vehicles

NEVER = date.max  # for comparing: later than any day


def due(rule: Rule, car: Vehicle, customer: Customer | None) -> date:
    day = rule.due(car, customer)
    return NEVER if day is None else day


# -- LC1 -------------------------------------------------------------------------------------------------------------------


@given(rules(), rules(), vehicles(), st.none() | customers(cars=0))
def test_lc1_either_is_the_earlier_and_both_the_later(
    a: Rule, b: Rule, car: Vehicle, customer: Customer | None
) -> None:
    assert due(a | b, car, customer) == min(due(a, car, customer), due(b, car, customer))
    assert due(a & b, car, customer) == max(due(a, car, customer), due(b, car, customer))


@given(rules(depth=1), rules(depth=1), rules(depth=1), vehicles(), st.none() | customers(cars=0))
def test_lc1_the_laws_of_a_lattice(a: Rule, b: Rule, c: Rule, car: Vehicle, customer: Customer | None) -> None:
    def day(rule: Rule) -> date:
        return due(rule, car, customer)

    assert day(a | b) == day(b | a)
    assert day(a & b) == day(b & a)
    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)
    assert a | a == a == a & a
    assert day(a | (a & b)) == day(a) == day(a & (a | b))
    assert day(a & (b | c)) == day((a & b) | (a & c))
    assert day(a | (b & c)) == day((a | b) & (a | c))


@given(rules())
def test_lc1_never_and_always_are_the_units(a: Rule) -> None:
    assert a | never == never | a == a
    assert a & always == always & a == a


@given(rules(), vehicles(), st.none() | customers(cars=0))
def test_lc1_never_and_always_absorb(a: Rule, car: Vehicle, customer: Customer | None) -> None:
    assert (a & never).due(car, customer) is None
    assert (a | always).due(car, customer) == date.min


# -- LC5 -------------------------------------------------------------------------------------------------------------------


def fact_of(name: str, car: Vehicle, customer: Customer | None) -> Any:
    if name.startswith("customer."):
        assert customer is not None
        return getattr(customer, name.removeprefix("customer."))
    if name == "customer":
        return customer
    if name.startswith("last_visits."):
        return car.last_visits.get(name.removeprefix("last_visits."))
    return getattr(car, name)


@settings(max_examples=300)
@given(rules(depth=3) | rules(depth=2, inactive_only=True), st.data())
def test_lc5_because_names_facts_that_suffice(rule: Rule, data: st.DataObject) -> None:
    on = data.draw(days())
    car, customer = data.draw(vehicles(on=on)), data.draw(st.none() | customers(on=on, cars=0))
    decision = rule.decide(car, on=on, customer=customer)
    assert decision.because
    assert all(decision.because)
    assert decision.facts.keys() <= rule.reads | {"customer"}
    for name, value in decision.facts.items():
        assert value == fact_of(name, car, customer), "a named fact is a fact of his"
    alone, person = decision.alone()
    again = rule.decide(alone, on=on, customer=person)
    assert (again.holds, again.since) == (decision.holds, decision.since)


@settings(max_examples=300)
@given(rules(depth=0, inactive_only=True), rules(depth=0, inactive_only=True), st.data())
def test_lc5_the_later_fact_of_the_part_that_did_not_decide_is_named(a: Rule, b: Rule, data: st.DataObject) -> None:
    """Of two kinds of visit, the fact of one may hide what the delivery would do to the other."""
    on = data.draw(days())
    car = data.draw(vehicles(on=on))
    decision = (a | b | after("delivered_on", months=6)).decide(car, on=on)
    alone, person = decision.alone()
    assert (a | b | after("delivered_on", months=6)).decide(alone, on=on, customer=person).since == decision.since


@given(rules(), st.data())
def test_lc5_a_decision_is_due_on_the_day_itself(rule: Rule, data: st.DataObject) -> None:
    on = data.draw(days())
    car, customer = data.draw(vehicles(on=on)), data.draw(st.none() | customers(on=on, cars=0))
    day = rule.due(car, customer)
    decision = rule.decide(car, on=on, customer=customer)
    assert decision.since == day
    assert decision.holds == bool(decision) == (day is not None and day <= on)
    if day is not None and date.min < day < date.max:
        assert rule.decide(car, on=day, customer=customer).holds
        assert not rule.decide(car, on=date.fromordinal(day.toordinal() - 1), customer=customer).holds


def test_the_part_that_decides_is_named() -> None:
    car = Vehicle("V1", last_charged_visit=date(2023, 8, 31), warranty_until=date(2025, 1, 1))
    rule = InactiveFor(months=6) | after("warranty_until", days=1)
    yes = rule.decide(car, on=date(2024, 2, 29))
    assert yes.because == ("last charged visit 2023-08-31 + 6 months = 2024-02-29",)
    no = rule.decide(car, on=date(2024, 2, 28))
    assert no.because == (
        "last charged visit 2023-08-31 + 6 months = 2024-02-29, not yet on 2024-02-28",
        "warranty until 2025-01-01 + 1 day = 2025-01-02, not yet on 2024-02-28",
    )


def test_a_part_that_would_decide_otherwise_on_the_named_facts_is_named_too() -> None:
    """Both parts anchor at the delivery where their visits are not known: the deciding fact alone would not suffice."""
    car = Vehicle("V1", delivered_on=date(2024, 1, 10), last_charged_visit=date(2024, 3, 1))
    rule = after("delivered_on", months=5) | InactiveFor(months=4)
    decision = rule.decide(car, on=date(2024, 8, 1))
    assert decision.since == date(2024, 6, 10)
    assert "last_charged_visit" in decision.facts


# -- conditions ------------------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(conditions(depth=1), conditions(depth=1), vehicles(), st.none() | customers(cars=0))
def test_conditions_are_kleenes(a: Condition, b: Condition, car: Vehicle, customer: Customer | None) -> None:
    def truth(condition: Condition) -> bool | None:
        yes = always.when(condition).due(car, customer) is not None
        no = always.unless(condition).due(car, customer) is not None
        assert not (yes and no)
        return True if yes else False if no else None

    one, other = truth(a), truth(b)
    assert truth(~a) == (None if one is None else not one)
    assert truth(a & b) == (False if False in (one, other) else None if None in (one, other) else True)
    assert truth(a | b) == (True if True in (one, other) else None if None in (one, other) else False)
    assert ~~a == a


def test_a_missing_fact_is_said_and_not_guessed() -> None:
    car = Vehicle("V1", last_charged_visit=date(2023, 8, 31))
    rule = InactiveFor(months=6).when(fact("mileage") > 60_000)
    assert rule.due(car) is None
    decision = rule.decide(car, on=date(2025, 1, 1))
    assert not decision.holds
    assert decision.because == ("cannot be told: unknown: mileage",)
    known = rule.decide(Vehicle("V1", last_charged_visit=date(2023, 8, 31), mileage=60_001), on=date(2025, 1, 1))
    assert known.holds
    assert known.because == ("last charged visit 2023-08-31 + 6 months = 2024-02-29", "mileage 60001 > 60000")
    at = rule.decide(Vehicle("V1", last_charged_visit=date(2023, 8, 31), mileage=60_000), on=date(2025, 1, 1))
    assert at.because == ("not asked for: mileage 60000 is not > 60000",)


def test_unless_says_what_excepts() -> None:
    rule = InactiveFor(months=6).unless(fact("customer.satisfaction").is_in("satisfied", "unknown"))
    car = Vehicle("V1", last_charged_visit=date(2023, 8, 31))
    said = rule.decide(car, on=date(2025, 1, 1), customer=Customer("C1", satisfaction="satisfied"))
    assert said.because == ("excepted: customer satisfaction is satisfied",)
    nobody = rule.decide(car, on=date(2025, 1, 1))
    assert nobody.since is None
    assert nobody.because == ("cannot be told: unknown: customer satisfaction",)


@pytest.mark.parametrize(
    ("slip", "says"),
    [
        (lambda: InactiveFor(months=6) or never, "use |"),
        (lambda: InactiveFor(months=6) and never, "&"),
        (lambda: not InactiveFor(months=6), "decide"),
        (lambda: 1 if fact("mileage") > 3 else 2, "& "),
        (lambda: 3 < fact("mileage") < 5, "parentheses"),
        (lambda: bool(fact("mileage")), "compare it"),
    ],
)
def test_the_likely_slip_is_caught(slip: Callable[[], object], says: str) -> None:
    with pytest.raises(TypeError, match=says.replace("|", r"\|")):
        slip()


@pytest.mark.parametrize("other", [fact("mileage") > 3, 3, "never"])
def test_rules_join_rules_and_conditions_conditions(other: Any) -> None:
    rule: Any = InactiveFor(months=6)
    condition: Any = fact("model") == "A"
    for one in (rule, condition):
        if not (one is condition and isinstance(other, Condition)):
            with pytest.raises(TypeError, match="unsupported operand"):
                _ = one | other
            with pytest.raises(TypeError, match="unsupported operand"):
                _ = one & other


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (InactiveFor, "neither"),
        (lambda: InactiveFor(months=6, days=3), "both"),
        (lambda: InactiveFor(months=-1), "from 0 to 1200"),
        (lambda: InactiveFor(months=1201), "from 0 to 1200"),
        (lambda: InactiveFor(months=True), "whole number"),
        (lambda: InactiveFor(months=6.0), "whole number"),  # type: ignore[arg-type]
        (lambda: after("warranty", months=1), "did you mean warranty_until"),
        (lambda: before("warranty_until", days=-1), "from 0 to 36525"),
        (lambda: never.when(fact("milage") > 3), "did you mean mileage"),
        (lambda: never.when(fact("mileage") > "far"), "never compared"),
        (lambda: never.when(fact("mileage") > date(2025, 1, 1)), "never compared"),
        (lambda: never.when(fact("model") > "A"), "no order"),
        (lambda: never.when(fact("customer.products") == "car"), "is_known only"),
        (lambda: never.when(fact("activity") == "lost"), "no fact 'activity'"),
        (lambda: never.when(InactiveFor(months=6)), "no condition"),  # type: ignore[arg-type]
        (lambda: fact("model").is_in(), "names no value"),
        (lambda: fact(""), "names no fact"),
        (lambda: InactiveFor(months=6).counting("charged_visits"), "not a kind of visit"),  # type: ignore[arg-type]
        (lambda: never.decide(Vehicle("V1"), on="2025-01-01"), "not a civil day"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(build: Callable[[], object], says: str) -> None:
    with pytest.raises(LifecycleError, match=says):
        build()


# -- values ----------------------------------------------------------------------------------------------------------------


@given(rules(depth=3))
def test_a_rule_is_a_value(rule: Rule) -> None:
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert hash(pickle.loads(pickle.dumps(rule))) == hash(rule)
    assert repr(pickle.loads(pickle.dumps(rule))) == repr(rule)


def test_money_is_exact_and_written_once() -> None:
    assert (fact("charge") > Decimal("0.50")) == (fact("charge") > 0.5)
    assert repr(fact("charge") > Decimal("0.50")) == 'fact("charge") > Decimal("0.5")'
    assert repr(fact("charge") > Decimal("1.00")) == 'fact("charge") > 1'
    assert (fact("warranty") == True) != (fact("warranty") == 1)  # noqa: E712


def test_a_decision_reads_as_a_sentence() -> None:
    car = Vehicle("V1", last_charged_visit=date(2023, 8, 31))
    decision = InactiveFor(months=6).counting(charged_visits).decide(car, on=date(2024, 3, 10))
    assert str(decision) == "yes, since 2024-02-29, because last charged visit 2023-08-31 + 6 months = 2024-02-29"
    assert str(never.decide(car, on=date(2024, 3, 10))) == "no, because never, by this rule"
    assert str(always.decide(car, on=date(2024, 3, 10))) == "yes, because always, by this rule"
    assert isinstance(pickle.loads(pickle.dumps(decision)), Decision)
