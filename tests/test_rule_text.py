"""Rules as text and as plain data: what is written is read back, nothing is evaluated, errors name their place."""

from __future__ import annotations

import json
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import (
    Churn,
    InactiveFor,
    LifecycleError,
    Vehicle,
    VisitKind,
    after,
    all_visits,
    charged_visits,
    fact,
    never,
)
from lifecycle.churn import WarrantyLapsed
from lifecycle.conditions import Condition
from lifecycle.customer import Customer
from lifecycle.deadline import Leaf, Rule
from lifecycle.rule_text import (
    LEAVES,
    churn_from_data,
    churn_to_data,
    condition_from_data,
    condition_to_data,
    parse_churn,
    parse_condition,
    parse_rule,
    rule_from_data,
    rule_to_data,
)
from lifecycle.testing import churns, conditions, customers, rules, vehicles


@given(rules(depth=3))
def test_a_rule_is_read_back_from_its_repr(rule: Rule) -> None:
    read = parse_rule(repr(rule))
    assert read == rule
    assert hash(read) == hash(rule)
    assert repr(read) == repr(rule)


@given(rules(depth=3), vehicles(), st.none() | customers(cars=0))
def test_text_and_data_give_the_same_day(rule: Rule, car: Vehicle, customer: Customer | None) -> None:
    data = json.loads(json.dumps(rule_to_data(rule)))
    due = rule.due(car, customer)
    assert parse_rule(repr(rule)).due(car, customer) == due
    assert rule_from_data(data).due(car, customer) == due
    assert rule_from_data(data) == rule


@given(conditions(depth=4))
def test_a_condition_is_read_back(condition: Condition) -> None:
    assert parse_condition(repr(condition)) == condition
    assert condition_from_data(json.loads(json.dumps(condition_to_data(condition)))) == condition
    assert condition_from_data(repr(condition)) == condition


@given(churns())
def test_a_graded_policy_is_read_back(churn: Churn) -> None:
    assert parse_churn(repr(churn)) == churn
    assert churn_from_data(json.loads(json.dumps(churn_to_data(churn)))) == churn
    assert churn_from_data({"at_risk": repr(churn.at_risk), "lost": repr(churn.lost)}) == churn


def test_every_leaf_has_a_name_in_the_text() -> None:
    assert all(issubclass(leaf, Leaf) for leaf in LEAVES.values())
    assert {"InactiveFor", "WarrantyLapsed", "OffOwnRhythm"} <= set(LEAVES)


def test_a_toml_book_can_hold_a_rule_either_way() -> None:
    book = tomllib.loads(
        """
        [churn]
        at_risk = "InactiveFor(months=6).counting(all_visits) | WarrantyLapsed()"

        [churn.lost]
        rule = "InactiveFor"
        months = 12
        counting = "all_visits"
        """
    )
    read = churn_from_data(book["churn"])
    assert read.at_risk == InactiveFor(months=6).counting(all_visits) | WarrantyLapsed()
    assert read.lost == InactiveFor(months=12).counting(all_visits)


PAID = VisitKind("paid_by_anyone", (fact("charge") > 0) | (fact("insurer_paid") > 0))


def test_a_house_names_its_own_kind_of_visit() -> None:
    rule = InactiveFor(months=6).counting(PAID)
    assert parse_rule("InactiveFor(months=6).counting(paid_by_anyone)", kinds={"paid_by_anyone": PAID}) == rule
    named = {"rule": "InactiveFor", "months": 6, "counting": "paid_by_anyone"}
    assert rule_from_data(named, kinds={"paid_by_anyone": PAID}) == rule
    assert parse_rule(repr(rule)) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("InactiveFor(months=6)", InactiveFor(months=6)),
        ("  InactiveFor( months = 6 , )\n", InactiveFor(months=6)),
        ("InactiveFor(days=6, visits=all_visits)", InactiveFor(days=6).counting(all_visits)),
        ("never | InactiveFor(months=6)", InactiveFor(months=6)),
        ("(((InactiveFor(months=6))))", InactiveFor(months=6)),
        (
            "InactiveFor(months=6) | InactiveFor(months=7) & WarrantyLapsed()",
            InactiveFor(months=6) | (InactiveFor(months=7) & WarrantyLapsed()),
        ),
        ("after('delivered_on', months=36)", after("delivered_on", months=36)),
        ("after(fact('delivered_on'), months=36)", after("delivered_on", months=36)),
        (
            'never.when(~(fact("mileage") > -3) | fact("model").is_in(["A", "B"]))',
            never.when(~(fact("mileage") > -3) | fact("model").is_in("A", "B")),
        ),
        (
            'never.when(fact("warranty_until") < date(2024, 2, 29))',
            never.when(fact("warranty_until") < date(2024, 2, 29)),
        ),
        ('never.when(fact("customer.spent") > 0.5)', never.when(fact("customer.spent") > 0.5)),
    ],
)
def test_what_may_be_written(text: str, rule: Rule) -> None:
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", "line 1, column 1", "the end is found"),
        ("InactiveFor(month=6)", "line 1, column 1", "did you mean months"),
        ("InactiveFor(6)", "line 1, column 1", "too many positional"),
        ("InactiveFor(months=6, months=7)", "line 1, column 23", "given twice"),
        ("InactiveFor(months=-1)", "line 1, column 1", "from 0 to 1200"),
        ("InactiveFor(months=six)", "line 1, column 20", "unknown name 'six'"),
        ("never |\n  InactivFor(months=6)", "line 2, column 3", "did you mean InactiveFor"),
        ("InactiveFor(months=6).counting(charged)", "line 1, column 32", "charged_visits"),
        ("InactiveFor(months=6).cuonting(all_visits)", "line 1, column 23", "did you mean counting"),
        ("WarrantyLapsed().counting(all_visits)", "line 1, column 18", "known: unless, when"),
        ("InactiveFor(months=6) or never", "line 1, column 23", "write | instead of or"),
        ("not never", "line 1, column 1", "write ~ instead of not"),
        ("~never", "line 1, column 1", "~ is for conditions"),
        ("never | fact('mileage') > 3", "line 1, column 7", "joins two rules or two conditions"),
        ("never.when(fact('mileage') > 3 & fact('visits') > 2)", "line 1, column 32", "each comparison in parentheses"),
        ("never.when(fact('milage') > 3)", "line 1, column 7", "did you mean mileage"),
        ("never.when(3 > fact('mileage'))", "line 1, column 14", "as in fact"),
        ("never.when(fact('mileage') > 3 > 2)", "line 1, column 32", "',' or ')' is wanted"),
        ("never.when(fact('model') == 'A)", "line 1, column 29", "does not belong here"),
        ("after('warranty_until', days=3", "line 1, column 31", "the end is found"),
        ("after(days=3, 'warranty_until')", "line 1, column 15", "without a name"),
        ("never never", "line 1, column 7", "not expected"),
        ("9 months", "line 1, column 3", "as in InactiveFor(months=9)"),
        ("never()", "line 1, column 1", "unknown name"),
        ("InactiveFor", "line 1, column 1", "wants arguments"),
        ("fact('mileage') > 3", "line 1, column 1", "a rule is wanted"),
        ("charged_visits", "line 1, column 1", "a rule is wanted"),
        ("never.when(fact('warranty_until') < date(2024, 2, 30))", "line 1, column 37", "is no day"),
        ("never.when(fact('customer.spent') > Decimal('x'))", "line 1, column 37", "is no number"),
        ("Churn(at_risk=InactiveFor(months=7), lost=InactiveFor(months=6))", "line 1, column 1", "comes after lost"),
        ("InactiveFor(months=6); never", "line 1, column 22", "does not belong here"),
        ("(" * 41 + "never" + ")" * 41, "line 1, column 41", "deep"),
        ("never.when(" + "~" * 41 + "fact('mileage').is_known)", "line 1, column 50", "deep"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, place: str, says: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        parse_rule(text)
    assert caught.value.place == place
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '__import__("os").system("true")',
        "InactiveFor(months=6).__class__",
        "InactiveFor.__init__.__globals__",
        "[x for x in ()]",
        "(lambda: 0)()",
        "InactiveFor(months=9**9**9)",
        "open('x')",
        'f"{never}"',
        "fact('mileage').name",
        "date.today()",
    ],
)
def test_a_text_is_never_evaluated(text: str) -> None:
    with pytest.raises(LifecycleError):
        parse_rule(text)


@given(st.text(alphabet="InactiveForwhen()~|&.,='\" 0123 fact\\n<>[]-", max_size=40))
def test_any_text_is_a_rule_or_an_error_with_a_place(text: str) -> None:
    try:
        assert isinstance(parse_rule(text), Rule)
    except LifecycleError as error:
        if error.place is None:
            pytest.fail(f"no place is told: {error}")


def test_a_text_too_long_is_refused() -> None:
    with pytest.raises(LifecycleError, match="up to 10000"):
        parse_rule(" " * 10_001)
    with pytest.raises(LifecycleError, match="a text"):
        parse_rule(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "is not a rule"),
        (6, "is not a rule"),
        ({"rule": "InactivFor", "months": 6}, "did you mean InactiveFor"),
        ({"rule": "InactiveFor", "month": 6}, "did you mean months"),
        ({"rule": "InactiveFor", "months": 6, "counting": "paid"}, "unknown kind of visit"),
        ({"rule": "InactiveFor", "months": 6, "counting": {"condition": "x"}}, "is not a kind of visit"),
        ({"rule": "InactiveFor", "months": "6"}, "whole number"),
        ({"rule": "after", "months": 6}, "anchor"),
        ({"earliest": []}, "is not a rule"),
        ({"rule": "never", "when": {"fact": "mileage"}}, "is not a condition"),
        ({"rule": "never", "when": {"fact": "mileage", ">": {"about": 3}}}, "is not a value"),
        ({"rule": "never", "when": {"any": []}}, "is not a condition"),
    ],
)
def test_wrong_data_are_told(data: object, says: str) -> None:
    with pytest.raises(LifecycleError, match=says):
        rule_from_data(data)


def test_a_policy_needs_its_lost_rule() -> None:
    with pytest.raises(LifecycleError, match="is not a churn policy"):
        churn_from_data({"at_risk": "never"})
    assert churn_from_data({"lost": "InactiveFor(months=6)"}) == Churn(
        lost=InactiveFor(months=6).counting(charged_visits)
    )
