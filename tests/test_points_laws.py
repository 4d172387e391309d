"""The laws of points (LP1–LP19) as properties, over policies with every choice and ledgers drawn around the edges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle import Bonus, Earn, Event, Points, charged_visits
from lifecycle.books import WENHUA
from lifecycle.points import Lapse, Redeem, Term, best_of, first_of
from lifecycle.points.terms import ROUNDINGS
from lifecycle.testing.ledgers import amounts, lapses, ledgers, points_policies, terms, tier_policies
from lifecycle.testing.points_laws import LAWS, check_points_policy, folded, rounds
from lifecycle.tiers import Tiers

patient = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
)
START = date(2024, 1, 31)


@pytest.mark.parametrize("name", LAWS)
@patient
@given(data=st.data())
def test_the_law_holds_for_every_policy(name: str, data: st.DataObject) -> None:
    policy = data.draw(points_policies(monotone=name == "LP4"))
    if name == "LP10":
        policy = evolve(policy, earn=policy.earn + Bonus(500).on("referral_converted") + Bonus(3).on("review_posted"))
    if name == "LP15":
        policy = evolve(policy, lapse=data.draw(lapses().filter(lambda lapse: lapse.by == "idle")))
    LAWS[name](policy, data.draw(tier_policies()), data.draw)


def test_a_user_can_check_a_policy_of_his_own() -> None:
    check_points_policy(WENHUA.points, max_examples=10)


def test_a_policy_that_breaks_a_law_is_told_which() -> None:
    refusing = Points(Earn(1, per=50).at_most(5, per="event", mode="refuse"))
    with pytest.raises(AssertionError, match=r"breaks LP4 \(Nothing for nothing, never less for more"):
        check_points_policy(refusing, max_examples=50)


# -- LP5: one rounding place ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounding", ROUNDINGS)
@patient
@given(
    bills=st.lists(amounts(), min_size=1, max_size=5), rate=st.sampled_from([1, 2, 3]), per=st.sampled_from([50, 100])
)
def test_lp5_the_points_of_several_bills_by_the_words_of_the_rounding(
    rounding: str, bills: list[Decimal], rate: int, per: int
) -> None:
    rounds(Earn(rate, per=per), rounding, bills)


# -- LP9: spending first what lapses first loses the fewest points ----------------------------------------------------------


def fewest_lost(lots: tuple[tuple[int, int, int], ...], wants: tuple[tuple[int, int], ...], end: int) -> int:
    """The fewest points that lapse up to a day, over every way to take the wants (day, points) from lots (came, gone,
    points)."""
    if not wants:
        return sum(points for _, gone, points in lots if gone <= end)
    (day, points), rest = wants[0], wants[1:]
    best = 10**9
    for kept in takings(lots, day, points):
        best = min(best, fewest_lost(kept, rest, end))
    return best


def takings(lots: tuple[tuple[int, int, int], ...], day: int, points: int) -> list[tuple[tuple[int, int, int], ...]]:
    if not lots:
        return [()] if not points else []
    (came, gone, there), others = lots[0], lots[1:]
    most = min(there, points) if came <= day < gone else 0
    return [
        ((came, gone, there - some), *rest) for some in range(most + 1) for rest in takings(others, day, points - some)
    ]


@patient
@given(
    lots=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 8), st.integers(1, 3)), min_size=2, max_size=4),
    wants=st.lists(st.tuples(st.integers(1, 7), st.integers(1, 4)), min_size=1, max_size=3),
    end=st.integers(7, 9),
)
def test_lp9_spending_first_what_lapses_first_loses_least(
    lots: list[tuple[int, int, int]], wants: list[tuple[int, int]], end: int
) -> None:
    first = date(2024, 1, 1).toordinal()
    events = [
        Event(date.fromordinal(first + came), "points_granted", f"G{number}", "C1", None,
              {"points": points, "until": date.fromordinal(first + came + stays - 1)})
        for number, (came, stays, points) in enumerate(lots)
    ]  # fmt: skip
    orders = [
        Event(date.fromordinal(first + day), "points_redeemed", f"R{number}", "C1", None, {"points": points})
        for number, (day, points) in enumerate(wants)
    ]
    told = sorted([*events, *orders], key=lambda event: event.order)
    account, refused = folded(Points(), None, told)
    taken = [event for event in told if event.kind == "points_redeemed" and event not in refused]
    lost = account.statement(date.fromordinal(first + end)).lapsed
    spans = tuple((came, came + stays, points) for came, stays, points in lots)
    granted = tuple((event.day.toordinal() - first, int(str(event["points"]))) for event in taken)
    assert lost == fewest_lost(spans, granted, end)


# -- LP12: a tier is a monotone step function of its basis ------------------------------------------------------------------


@patient
@given(
    steps=st.lists(st.integers(1, 6), min_size=1, max_size=4, unique=True),
    basis=st.integers(0, 7),
    slip=st.sampled_from([Decimal("-0.01"), Decimal(0), Decimal("0.01")]),
    data=st.data(),
)
def test_lp12_a_tier_is_a_monotone_step_function_of_its_basis(
    steps: list[int], basis: int, slip: Decimal, data: st.DataObject
) -> None:
    named = {f"t{step}": step * 1000 for step in steps}
    shuffled = dict(data.draw(st.permutations(list(named.items()))))
    tiers, other = Tiers(named), Tiers(shuffled)
    assert tiers == other
    spend = max(Decimal(basis * 1000) + slip, Decimal(0))
    reached = [step for step in sorted(steps) if step * 1000 <= spend]
    assert tiers.of(spend) == other.of(spend) == (f"t{reached[-1]}" if reached else "ordinary")
    assert tiers.rank(tiers.of(spend)) <= tiers.rank(tiers.of(spend + 1))


# -- LP16: what commutes, and what does not ---------------------------------------------------------------------------------


def award(term: Term, charge: Decimal, **more: Any) -> int:
    account, _ = folded(
        Points(term, **more),
        None,
        [Event(START, "vehicle_handed_over", "X", "C1", "V1", {"charge": charge, "labour": charge})],
    )
    return account.statement(START).issued


one_account = terms(accounts=("dealer",), monotone=True)


@patient
@given(
    a=one_account,
    b=one_account,
    c=one_account,
    charge=amounts(),
    rounding=st.sampled_from(["steps", "floor", "half_up"]),
)
def test_lp16_sums_best_and_first_keep_their_algebra(a: Term, b: Term, c: Term, charge: Decimal, rounding: str) -> None:
    def worth(term: Term) -> int:
        return award(term, charge, rounding=rounding)

    assert worth(a + b) == worth(b + a)
    assert worth((a + b) + c) == worth(a + (b + c))
    assert worth(best_of(a, b)) == worth(best_of(b, a))
    assert worth(best_of(best_of(a, b), c)) == worth(best_of(a, best_of(b, c)))
    assert worth(best_of(a, a)) == worth(a)
    assert worth(best_of(a, b)) == max(worth(a), worth(b))
    assert worth(first_of(first_of(a, b), c)) == worth(first_of(a, first_of(b, c)))


@patient
@given(a=one_account, low=st.integers(0, 30), high=st.integers(0, 30), charge=amounts())
def test_lp16_caps_commute_with_caps_and_not_with_multipliers(a: Term, low: int, high: int, charge: Decimal) -> None:
    one = a.at_most(low, per="event").at_most(high, per="event")
    other = a.at_most(high, per="event").at_most(low, per="event")
    assert award(one, charge) == award(other, charge)
    ten = Earn(1, per=50).at_most(8, per="event")
    assert (
        award(ten.times(2), Decimal(500)),
        award(Earn(1, per=50).times(2).at_most(8, per="event"), Decimal(500)),
    ) == (16, 8)


def test_lp16_the_written_order_is_the_meaning() -> None:
    assert award((Earn(1, per=50) + Bonus(3).on("vehicle_handed_over")).times(2), Decimal(500)) == 26
    assert award(Earn(1, per=50).times(2) + Bonus(3).on("vehicle_handed_over"), Decimal(500)) == 23


# -- LP18: editions ---------------------------------------------------------------------------------------------------------


def test_lp18_a_deadline_already_past_when_an_edition_begins_falls_due_on_its_first_day() -> None:
    job = Event(date(2023, 1, 1), "vehicle_handed_over", "A", "C1", "V1", {"charge": 500})
    account, _ = folded(Points(Earn(1, per=50), Lapse.idle(months=24)), None, [job])
    account.change(Points(Earn(1, per=50), Lapse.idle(months=6)), None, on=date(2024, 3, 1))
    statement = account.statement(date(2024, 3, 1))
    assert [(line.day, line.points) for line in statement.lines] == [(date(2023, 1, 1), 10), (date(2024, 3, 1), -10)]
    aged, _ = folded(Points(Earn(1, per=50), Lapse.never()), None, [job])
    aged.change(Points(Earn(1, per=50), Lapse.aged(months=6)), None, on=date(2024, 3, 1))
    assert aged.balance(date(2024, 3, 1)) == 0


def test_lp18_tiers_that_an_edition_brings_are_reckoned_over_what_has_happened() -> None:
    job = Event(date(2024, 1, 1), "vehicle_handed_over", "A", "C1", "V1", {"charge": 500})
    account, _ = folded(Points(Earn(1, per=50)), None, [job])
    account.change(Points(Earn(1, per=50)), Tiers({"gold": 500}), on=date(2024, 3, 1))
    assert account.tier_on(date(2024, 3, 1)) == "gold"


# -- exactness --------------------------------------------------------------------------------------------------------------


def reachable(value: Any, seen: dict[int, object]) -> None:
    """Everything that a value is made of."""
    if id(value) in seen or isinstance(value, (str, bytes, type)) or callable(value):
        return
    seen[id(value)] = value
    if isinstance(value, dict) or hasattr(value, "items"):
        for key, one in value.items():
            reachable(key, seen)
            reachable(one, seen)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for one in value:
            reachable(one, seen)
    for kind in type(value).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(value, name):
                reachable(getattr(value, name), seen)
    for one in getattr(value, "__dict__", {}).values():
        reachable(one, seen)


@patient
@given(data=st.data())
def test_no_float_on_the_way_of_money_or_points(data: st.DataObject) -> None:
    policy, tiers = data.draw(points_policies()), data.draw(tier_policies())
    events = data.draw(ledgers(policy=policy, tiers=tiers))
    account, _ = folded(policy, tiers, events)
    end = events[-1].day if events else START
    seen: dict[int, object] = {}
    reachable((policy, policy.rules, account, account.statement(end), account.standing(end)), seen)
    assert not [value for value in seen.values() if isinstance(value, (float, complex))]
    statement = account.statement(end)
    for line in statement.lines:
        assert type(line.points) is int
        assert all(type(points) in (int, Fraction) for points in line.parts)
    assert all(type(part) is int for totals in statement.accounts for part in totals[1:])


def test_the_context_of_decimals_changes_nothing() -> None:
    from decimal import localcontext

    policy = Points(Earn(1, per=50), redeem=Redeem(unit=10, worth="0.5"))
    bill = Event(START, "vehicle_handed_over", "X", "C1", "V1", {"charge": "123456789.49", "labour": "123456789.49"})
    plain, _ = folded(policy, None, [bill])
    with localcontext() as context:
        context.prec = 3
        rough, _ = folded(policy, None, [bill])
        assert rough.statement(START) == plain.statement(START)
        assert rough.statement(START).liability == Decimal("123456.75")


def test_lp18_an_edition_may_count_other_visits_and_those_before_it_too() -> None:
    earned = Event(date(2023, 1, 1), "vehicle_handed_over", "A", "C1", "V1", {"charge": 500})
    free = Event(date(2023, 10, 1), "workshop_entered", "B", "C1", "V1")
    strict = Points(Earn(1, per=50), Lapse.idle(months=12, visits=charged_visits))
    account, _ = folded(strict, None, [earned, free])
    assert account.statement(date(2023, 10, 1)).due[0].gone_on == date(2024, 1, 1)
    account.change(Points(Earn(1, per=50), Lapse.idle(months=12)), None, on=date(2023, 12, 1))
    assert account.statement(date(2023, 12, 1)).due[0].gone_on == date(2024, 10, 1)
