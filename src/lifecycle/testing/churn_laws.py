"""The laws of churn rules (LC1–LC5, LC7) as checks that a user can run on a rule or a graded policy of his own.

In: a :class:`~lifecycle.deadline.Rule` or a :class:`~lifecycle.churn.Churn`. Out: nothing, or an AssertionError that names
the law and shows the smallest case found that breaks it. The days are drawn around those on which the rule itself turns
over, so a rule of eleven months is tried at eleven months. ``LAWS`` holds each law as a function of a policy and a
hypothesis ``draw``.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lifecycle.book import Book
from lifecycle.churn import Churn
from lifecycle.customer import Customer, Vehicle
from lifecycle.dates import add_days
from lifecycle.deadline import Earliest, Guarded, Latest, Leaf, Rule, always, never
from lifecycle.events import Event
from lifecycle.life import replay
from lifecycle.rule_text import parse_churn, rule_from_data, rule_to_data
from lifecycle.testing.rules import customers, rules, vehicles
from lifecycle.testing.strategies import days, histories
from lifecycle.visits import VisitKind, all_visits, charged_visits

__all__ = ["LAWS", "after_a_visit", "check_churn_rule"]

Draw = Callable[[st.SearchStrategy[Any]], Any]
Law = Callable[[Churn, Draw], None]

_JOBS: tuple[Mapping[str, Any], ...] = (
    {"charge": 860},
    {},
    {"charge": 0, "warranty": True},
    {"insurer_paid": 3000},
    {"charge": "0.01"},
)
_PLAIN = {"returned": "active", "quasi_lost": "lost"}


def _someone(policy: Churn, draw: Draw) -> tuple[Vehicle, Customer | None]:
    """A vehicle and its customer; its own kinds of visit have their last days, too."""
    on = draw(days())
    car: Vehicle = draw(vehicles(on=on))
    own = {kind.name: draw(st.sampled_from([car.last_visit, car.last_charged_visit])) for kind in policy.visit_kinds}
    known = {name: day for name, day in own.items() if day is not None}
    return evolve(car, last_visits={**car.last_visits, **known}), draw(st.none() | customers(on=on, cars=0))


def _rules(policy: Churn) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys((policy.lost, policy.at_risk)))


def _days_of(due: date | None, draw: Draw) -> date:
    """A day around the due day, where there is one."""
    return draw(days()) if due is None else add_days(due, draw(st.integers(-2, 2)))


def after_a_visit(car: Vehicle, event: Event, kinds: tuple[VisitKind, ...] = ()) -> Vehicle:
    """The vehicle after one more visit, not before its last: the facts as replay folds them."""
    day = event.day
    changed: dict[str, Any] = {"first_visit": car.first_visit or day}
    if event.kind == "vehicle_handed_over":
        changed["visits"] = car.visits + 1
    if all_visits.counts(event):
        changed["last_visit"] = day
    if charged_visits.counts(event):
        changed["last_charged_visit"] = day
        changed["charged_visits"] = car.charged_visits + 1
    others = {kind.name: day for kind in kinds if kind not in (all_visits, charged_visits) and kind.counts(event)}
    return evolve(car, last_visits={**car.last_visits, **others}, **changed)


def _visit(car: Vehicle, draw: Draw) -> Event:
    known = [day for day in (car.last_visit, car.delivered_on, *car.last_visits.values()) if day is not None]
    day = add_days(max(known, default=date(2024, 2, 29)), draw(st.integers(0, 400)))
    return Event(day, "vehicle_handed_over", "visit", "C1", "V1", draw(st.sampled_from(_JOBS)))


def lc1(policy: Churn, draw: Draw) -> None:
    """| is the earlier day, & the later; never and always are the units."""
    car, customer = _someone(policy, draw)
    other = draw(rules(depth=1))
    for rule in _rules(policy):
        mine, its = (one.due(car, customer) or date.max for one in (rule, other))
        assert ((rule | other).due(car, customer) or date.max) == min(mine, its)
        assert ((rule & other).due(car, customer) or date.max) == max(mine, its)
        assert rule | never == rule == rule & always
        assert rule.due(car, customer) == rule.due(car, customer), "asked twice, it answers otherwise"


def lc2_time(policy: Churn, draw: Draw) -> None:
    """Time alone never makes a lost customer active: what is due on a day is due on every later day."""
    car, customer = _someone(policy, draw)
    for rule in _rules(policy):
        due = rule.due(car, customer)
        for later in (0, 1, 30, 400):
            if due is not None:
                on = add_days(due, later)
                assert rule.decide(car, on=on, customer=customer).holds, f"{car}: due on {due}, and not on {on}"
        if due is not None and due > date.min:
            assert not rule.decide(car, on=add_days(due, -1), customer=customer).holds, f"{car}: held before {due}"


def lc2_visits(policy: Churn, draw: Draw) -> None:
    """A visit that the rule counts never makes its day earlier, unless the rule says that it may (may_move_earlier)."""
    car, customer = _someone(policy, draw)
    event = _visit(car, draw)
    then = after_a_visit(car, event, policy.visit_kinds)
    for rule in _rules(policy):
        first_seen = any(kind.counts(event) and kind.last(car) is None for kind in rule.visit_kinds)
        if not rule.may_move_earlier and not first_seen:
            before, after = rule.due(car, customer), rule.due(then, customer)
            assert (after or date.max) >= (before or date.max), f"{car}: {event} moves the day from {before} to {after}"


def lc3(policy: Churn, draw: Draw) -> None:
    """A visit that the rule does not count changes nothing."""
    car, customer = _someone(policy, draw)
    event = _visit(car, draw)
    for rule in _rules(policy):
        if not rule.may_move_earlier and not any(kind.counts(event) for kind in rule.visit_kinds):
            then = after_a_visit(car, event, policy.visit_kinds)
            assert rule.due(then, customer) == rule.due(car, customer), (
                f"{car}: {event} is not counted, and moves the day"
            )


def lc4(policy: Churn, draw: Draw) -> None:
    """The at-risk day is never later than the lost day."""
    car, customer = _someone(policy, draw)
    at_risk, lost = policy.dues(car, customer)
    assert lost is None or (at_risk is not None and at_risk <= lost), f"{car}: at risk {at_risk}, lost {lost}"


def lc5(policy: Churn, draw: Draw) -> None:
    """Because is never empty, for yes as for no, and names facts that suffice."""
    car, customer = _someone(policy, draw)
    for rule in _rules(policy):
        on = _days_of(rule.due(car, customer), draw)
        decision = rule.decide(car, on=on, customer=customer)
        assert decision.because, f"{car} on {on}: no reason is given"
        assert all(decision.because), f"{car} on {on}: a reason is empty"
        alone, person = decision.alone()
        again = rule.decide(alone, on=on, customer=person)
        assert (again.holds, again.since) == (decision.holds, decision.since), (
            f"{car} on {on}: by {dict(decision.facts)} alone it is due on {again.since}, not on {decision.since}"
        )


def lc7(policy: Churn, draw: Draw) -> None:
    """The status of the rules is the activity of the replayed machine with its memory taken off."""
    history = draw(histories(max_size=8))
    on = add_days(
        draw(st.sampled_from([event.day for event in history] or [date(2024, 2, 29)])), draw(st.integers(0, 800))
    )
    house = Book(name="a house", edition="1", churn=policy)
    first = replay(history, house, on=on).customer
    turns = {day for car in first.vehicles.values() for day in (car.at_risk_due, car.lost_due) if day is not None}
    near = [add_days(day, slip) for day in turns if day > on for slip in (-1, 0)]
    if near:
        on = draw(st.sampled_from(near))
    customer = replay(history, house, on=on).customer
    for car in customer.vehicles.values():
        assert policy.dues(car, customer) == (car.at_risk_due, car.lost_due), f"{on}, {car}"
        status = policy.status(car, on=on, customer=customer)
        assert status == _PLAIN.get(car.activity, car.activity), f"{on}, {car}: by the rules it is {status}"


def values(policy: Churn, draw: Draw) -> None:
    """A rule is a value: copied it is equal and hashes alike, and its repr and its data are read back as the same."""
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes
    assert hash(evolve(policy)) == hash(policy)
    kinds = {kind.name: kind for kind in policy.visit_kinds}
    leaves = {type(leaf).__name__: type(leaf) for rule in _rules(policy) for leaf in _leaves(rule)}
    assert parse_churn(repr(policy), kinds=kinds, leaves=leaves) == policy, "its repr is not the line that makes it"
    for rule in _rules(policy):
        assert rule_from_data(rule_to_data(rule), kinds=kinds, leaves=leaves) == rule, "its data do not make it again"


def _leaves(rule: Rule) -> list[Leaf]:
    if isinstance(rule, Guarded):
        return _leaves(rule.rule)
    if isinstance(rule, (Earliest, Latest)):
        return [leaf for part in rule.parts for leaf in _leaves(part)]
    return [rule] if isinstance(rule, Leaf) else []


#: Each law by its number.
LAWS: Mapping[str, Law] = {
    "LC1": lc1,
    "LC2, time": lc2_time,
    "LC2, visits": lc2_visits,
    "LC3": lc3,
    "LC4": lc4,
    "LC5": lc5,
    "LC7": lc7,
    "value": values,
}
_NO_HURRY = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.nested_given]


def check_churn_rule(rule: Rule | Churn, *, max_examples: int = 50) -> None:
    """Run every law on a rule (as the lost rule of a policy of one grade), or on a graded policy.

    An AssertionError names the law and shows the smallest case that breaks it. A leaf of one's own is tried as it is; what
    it may do that the laws forbid (``may_move_earlier``) it must say.
    """
    policy = rule if isinstance(rule, Churn) else Churn(lost=rule)
    for name, law in LAWS.items():
        holds = given(st.data())(_asked(law, policy))
        try:
            settings(
                max_examples=max_examples, deadline=None, derandomize=True, database=None, report_multiple_bugs=False,
                suppress_health_check=_NO_HURRY, phases=(Phase.generate, Phase.shrink),
            )(holds)()  # fmt: skip
        except AssertionError as error:
            raise AssertionError(f"{rule!r} breaks {name} ({(law.__doc__ or '').strip()}): {error}") from error


def _asked(law: Law, policy: Churn) -> Callable[[st.DataObject], None]:
    def holds(data: st.DataObject) -> None:
        law(policy, data.draw)

    return holds
