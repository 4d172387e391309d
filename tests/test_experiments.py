"""Experiments: an assignment that sticks, shares that are right, and differences with intervals."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import LifecycleError
from lifecycle.books import CHIZHOU, WENHUA
from lifecycle.experiments import HOLD_OUT, Experiment, customers_needed, difference, power_of

PEOPLE = [f"C{number:05}" for number in range(20_000)]
seeds = st.integers(0, 1 << 40)
names = st.sampled_from(["call", "letter", "gift", "visit", "信"])
arms = st.dictionaries(names, st.integers(1, 4), min_size=1, max_size=4)
ids = st.lists(st.text(min_size=1, max_size=8) | st.integers(0, 1 << 40), unique_by=str, max_size=30)


@given(seeds, arms, st.integers(0, 99), ids, st.randoms(use_true_random=False))
def test_a_customer_keeps_his_arm_whoever_else_there_is_and_in_whatever_order(
    seed: int, weights: dict[str, int], held: int, people: list[Any], mix: Any
) -> None:
    test = Experiment("autumn", weights, seed=seed, hold_out=held)
    alone = {one: test.arm(one) for one in people}
    others = [*people, "somebody else"]
    mix.shuffle(others)
    assert {one: arm for one, arm in test.assigned(others).items() if one != "somebody else"} == alone
    turned = Experiment("autumn", dict(reversed(weights.items())), seed=seed, hold_out=held)
    assert turned.assigned(people) == alone


@given(seeds, arms, names, st.integers(1, 4), ids)
def test_an_arm_that_is_added_takes_and_changes_nothing_else(
    seed: int, weights: dict[str, int], new: str, weight: int, people: list[Any]
) -> None:
    before = {name: share for name, share in weights.items() if name != new} or {"nothing": 1}
    one = Experiment("autumn", before, seed=seed).assigned(people)
    other = Experiment("autumn", {**before, new: weight}, seed=seed).assigned(people)
    heavier = Experiment("autumn", {**before, new: weight + 1}, seed=seed).assigned(people)
    for customer in people:
        assert other[customer] in (one[customer], new)
        assert heavier[customer] in (other[customer], new)


@given(seeds, st.integers(0, 98), ids)
def test_a_larger_hold_out_holds_all_that_a_smaller_one_did(seed: int, held: int, people: list[Any]) -> None:
    small = Experiment("autumn", ["call", "letter"], seed=seed, hold_out=held).assigned(people)
    large = Experiment("autumn", ["call", "letter"], seed=seed, hold_out=held + 1).assigned(people)
    assert all(large[customer] in (arm, HOLD_OUT) for customer, arm in small.items())


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("weights", [{"call": 1, "letter": 1}, {"call": 3, "letter": 1, "gift": 2}])
def test_the_shares_are_those_that_were_asked_for(seed: int, weights: dict[str, int]) -> None:
    counts = Counter(Experiment("autumn", weights, seed=seed, hold_out=10).assigned(PEOPLE).values())
    expected = {HOLD_OUT: 0.1, **{name: 0.9 * weight / sum(weights.values()) for name, weight in weights.items()}}
    for name, share in expected.items():
        spread = (share * (1 - share) / len(PEOPLE)) ** 0.5
        assert abs(counts[name] / len(PEOPLE) - share) < 4 * spread


def test_two_experiments_are_drawn_independently() -> None:
    one, other = (Experiment(name, ["a", "b"], seed=7, hold_out=20).assigned(PEOPLE) for name in ("autumn", "spring"))
    both = Counter((one[customer], other[customer]) for customer in PEOPLE)
    for (first, second), number in both.items():
        share = (0.2 if first == HOLD_OUT else 0.4) * (0.2 if second == HOLD_OUT else 0.4)
        assert abs(number / len(PEOPLE) - share) < 4 * (share * (1 - share) / len(PEOPLE)) ** 0.5
    assert len(both) == 9


def test_the_assignment_is_what_it_was_in_the_first_release() -> None:
    """A customer's arm is kept between releases, too."""
    test = Experiment("autumn calls", {"call": 2, "letter": 1}, seed=7, hold_out=10)
    assert [test.arm(f"C{number}") for number in range(12)] == FIRST
    assert test.arm(5) == test.arm("5")


FIRST = "letter letter call call call letter letter call call letter hold_out call".split()


def test_arms_may_be_books() -> None:
    test = Experiment("rules", ["old", "new"], seed=1, books={"old": WENHUA, "new": CHIZHOU})
    assert {test.book(customer) for customer in PEOPLE[:50]} == {WENHUA, CHIZHOU}
    assert all((test.book(one) is WENHUA) == (test.arm(one) == "old") for one in PEOPLE[:50])
    with pytest.raises(LifecycleError, match="has no book"):
        Experiment("rules", ["old"], seed=1).book("C1")


# -- how many, and what came of it --------------------------------------------------------------------------------------


def test_newcombe_s_own_example() -> None:
    """Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80."""
    found = difference(48, 80, 56, 70)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.value == pytest.approx(0.2)
    assert not found.holds_zero
    assert "+20.0 points of per cent [+5.2, +33.4]" in str(found)


def test_wilson_s_interval() -> None:
    """Newcombe 1998a, table I: 15 of 148."""
    share = difference(15, 148, 0, 20).base
    assert (round(share.low, 4), round(share.high, 4)) == (0.0624, 0.1605)


def test_nobody_and_everybody_kept_have_intervals_too() -> None:
    found = difference(0, 10, 10, 10)
    assert found.value == 1
    assert 0 < found.low < 1 == found.high
    same = difference(5, 10, 5, 10)
    assert same.holds_zero
    assert "chance alone" in str(same)


def test_no_interval_reaches_beyond_what_can_be() -> None:
    found = difference(0, 1, 67, 67)  # 1.0000000000000002, by the formula
    assert found.high == 1
    for share in (found.base, found.other):
        assert 0 <= share.low <= share.value <= share.high <= 1


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_an_interval_holds_its_value_and_swaps_with_the_arms(one: int, other: int, data: st.DataObject) -> None:
    some, more = data.draw(st.integers(0, one)), data.draw(st.integers(0, other))
    found, back = difference(some, one, more, other), difference(more, other, some, one)
    assert -1 <= found.low <= found.value <= found.high <= 1
    for share in (found.base, found.other):
        assert 0 <= share.low <= share.value <= share.high <= 1
    assert (found.low, found.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    wider = difference(some, one, more, other, level=0.99)
    assert wider.low <= found.low <= found.high <= wider.high


def test_the_number_needed_is_the_least_that_has_the_power() -> None:
    for base, lift, ratio in ((0.6, 0.05, 1.0), (0.6, -0.05, 1.0), (0.3, 0.1, 2.0), (0.9, 0.03, 0.5)):
        compared, other = customers_needed(base, lift, ratio=ratio)
        assert power_of(base, lift, compared, other) >= 0.8
        assert power_of(base, lift, compared - 2, max(round((compared - 2) * ratio), 1)) < 0.8
    # the textbook's: 0.60 against 0.65, 5 % two-sided, 80 %: h = 0.1033, 2 (1.96 + 0.8416)² ÷ h²
    assert customers_needed(0.6, 0.05) == (1471, 1471)


def test_an_experiment_is_read_arm_by_arm_against_the_hold_out() -> None:
    test = Experiment("autumn", ["call", "letter"], seed=7, hold_out=30)
    seen: Counter[str] = Counter()
    kept: dict[str, bool] = {}
    for customer in PEOPLE[:3000]:  # of those called all, of the others every second
        arm = test.arm(customer)
        seen[arm] += 1
        kept[customer] = arm == "call" or seen[arm] % 2 == 0
    found = test.read(kept)
    assert set(found) == {"call", "letter"}
    assert not found["call"].holds_zero
    assert found["letter"].holds_zero
    assert found["call"].other.kept == found["call"].other.of
    assert sum(one.of for one in (found["call"].base, found["call"].other, found["letter"].other)) == 3000
    assert set(test.read(kept, against="call")) == {"letter", HOLD_OUT}


WRONG: list[tuple[Any, str]] = [
    (lambda: Experiment("x", [], seed=1), "at least one arm"),
    (lambda: Experiment("x", {"a": 0}, seed=1), "weight 0"),
    (lambda: Experiment("x", ["hold_out"], seed=1), "hold_out=10"),
    (lambda: Experiment("", ["a"], seed=1), "no name"),
    (lambda: Experiment("x", ["a"], seed=-1), "seed=-1"),
    (lambda: Experiment("x", ["a"], seed=1, hold_out=100), "per cent"),
    (lambda: Experiment("x", ["call"], seed=1, books={"cal": WENHUA}), "call"),
    (lambda: Experiment("x", ["a"], seed=1).arm(None), "no id"),  # type: ignore[arg-type]
    (lambda: Experiment("x", ["a"], seed=1).read({}), "no arm 'hold_out'"),
    (lambda: Experiment("x", ["a"], seed=1, hold_out=10).read({"C1": 1}), "neither kept nor not"),  # type: ignore[arg-type]
    (lambda: Experiment("x", ["a"], seed=1, hold_out=10).read({}), "take more customers"),
    (lambda: customers_needed(0.6, 0.0), "lift=0.0"),
    (lambda: customers_needed(0.6, 0.5), "lift=0.5"),
    (lambda: customers_needed(0.6, 0.1, power=0.04), "by chance alone"),
    (lambda: customers_needed(0.6, 0.1, ratio=0), "ratio=0"),
    (lambda: power_of(0.6, 0.1, 0, 10), "compared=0"),
    (lambda: difference(11, 10, 5, 10), "no share"),
    (lambda: difference(1, 10, 5, 10, level=95), "level=95"),
]


@pytest.mark.parametrize(("ask", "said"), WRONG)
def test_what_is_no_experiment_is_refused(ask: Any, said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        ask()
