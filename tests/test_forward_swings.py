"""What a forecast rests on, moved: one assumption at a time, or all together by Morris and Sobol."""

import pickle
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from lifecycle import InactiveFor, all_visits, simulate
from lifecycle.books import WENHUA
from lifecycle.errors import LifecycleError
from lifecycle.forward import Forecast, Parted, Screened
from lifecycle.forward.measures import MEASURES
from lifecycle.forward.swings import screened, swung

STRICT = WENHUA.amend("nine months", **{"churn.lost": InactiveFor(months=9).counting(all_visits)})
RANGES = {"wide": (0.0, 1.0, 4.0), "narrow": (-1.0, 0.0, 1.0), "idle": (2.0, 2.0, 8.0), "fixed": (3.0, 3.0, 3.0)}


def straight(moved: Mapping[str, float]) -> tuple[float, bool]:
    at = {name: value for name, (_, value, _) in RANGES.items()} | dict(moved)
    return 100 + 30 * at["wide"] - 40 * at["narrow"], False


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    return simulate([WENHUA, STRICT], customers=60, years=1, seed=7)


def test_one_at_a_time_goes_from_end_to_end() -> None:
    told = swung(RANGES, straight)
    assert [one.name for one in told] == ["wide", "narrow", "idle", "fixed"]
    assert (told[0].at_low, told[0].at_high) == (100.0, 220.0)
    assert [one.swing for one in told] == [120, 80, 0, 0]


def test_a_swing_says_where_the_sign_turns_and_where_an_interval_contains_zero() -> None:
    def figure(moved: Mapping[str, float]) -> tuple[float, bool]:
        value = moved.get("wide", 1.5) - 1
        return value, value < 0

    one = swung({"wide": RANGES["wide"]}, figure)[0]
    assert one.turns
    assert one.doubtful
    assert "sign turns" in str(one)
    assert "contains zero" in str(one)


def test_morris_finds_the_slopes_of_a_straight_figure_exactly() -> None:
    """A slope times the range is the effect, wherever it is asked; what does not matter is marked."""
    told = {one.name: one for one in screened(RANGES, straight, "morris", 6, 1) if isinstance(one, Screened)}
    assert list(told) == ["wide", "narrow", "idle"], "the largest first; what has no range is not moved"
    assert told["wide"].effect == pytest.approx(120)
    assert told["narrow"].effect == pytest.approx(-80)
    assert told["narrow"].size == pytest.approx(80)
    assert told["wide"].spread == pytest.approx(0, abs=1e-9)
    assert told["idle"].holds_zero
    assert not told["wide"].holds_zero


def test_morris_shows_where_assumptions_act_together() -> None:
    def together(moved: Mapping[str, float]) -> tuple[float, bool]:
        return moved["wide"] * moved["narrow"], False

    ranges = {name: RANGES[name] for name in ("wide", "narrow")}
    told = {one.name: one for one in screened(ranges, together, "morris", 20, 1) if isinstance(one, Screened)}
    assert told["wide"].spread > 1


def test_sobol_parts_the_variance_of_a_straight_figure() -> None:
    """Of a sum of independent parts, each has the share of its own variance: 120² to 80²."""
    told = {one.name: one for one in screened(RANGES, straight, "sobol", 512, 1) if isinstance(one, Parted)}
    share = 120**2 / (120**2 + 80**2)
    assert told["wide"].first == pytest.approx(share, abs=0.03)
    assert told["wide"].total == pytest.approx(share, abs=0.03)
    assert told["narrow"].total == pytest.approx(1 - share, abs=0.03)
    assert told["idle"].holds_zero


def test_nothing_moves_a_figure_that_rests_on_nothing() -> None:
    flat = screened(RANGES, lambda moved: (5.0, False), "sobol", 8, 1)
    assert all(isinstance(one, Parted) and one.total == 0 for one in flat)
    assert screened({"fixed": RANGES["fixed"]}, straight, "morris", 4, 1) == []


def test_a_forecast_is_screened_over_the_ranges_of_its_assumptions(forecast: Forecast) -> None:
    names = ["call_cost", "outreach_every", "service_margin"]
    told = forecast.sensitivity("touch_cost", method="morris", only=names, draws=6)
    found = {one.name: one for one in told}
    assert set(found) == set(names)
    assert [one.size for one in told] == sorted((one.size for one in told), reverse=True)
    assert found["service_margin"].size == 0, "the margin is no part of what touches cost"
    assert found["call_cost"].size > 0
    assert told == forecast.sensitivity("touch_cost", method="morris", only=names, draws=6), "seeded"
    parted = forecast.sensitivity("touch_cost", method="sobol", only=names, draws=8)
    assert {one.name: one for one in parted}["service_margin"].total == pytest.approx(0, abs=1e-9)
    assert all("size" in str(one) for one in told)
    assert all("in all" in str(one) for one in parted)


def test_sensitivity_warns_where_chance_alone_could_have_made_the_difference() -> None:
    few = simulate([WENHUA, STRICT], customers=40, years=1, seed=7)
    assert few.difference("visits").holds_zero
    assert few.sensitivity("visits", only=["offer_brings"])[0].doubtful
    sure = simulate([WENHUA, STRICT], customers=400, years=2, seed=7)
    assert not sure.difference("offers").holds_zero
    assert not sure.sensitivity("offers", only=["call_cost"])[0].doubtful


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"method": "moris"}, "morris"),
        ({"method": "morris", "only": ["loss"]}, "loss"),
        ({"method": "sobol", "draws": 12}, "power of two"),
        ({"method": "morris", "draws": 1}, "from 2"),
    ],
)
def test_what_cannot_be_screened_is_refused(forecast: Forecast, how: dict[str, Any], said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        forecast.sensitivity("touch_cost", **how)


def test_without_salib_the_extra_is_named(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.sample.morris", None)
    with pytest.raises(ModuleNotFoundError, match=r"dealer-lifecycle\[fit\]"):
        forecast.sensitivity("visits", method="morris", only=["bill"])


def test_a_forecast_is_pickled_whole(forecast: Forecast) -> None:
    again = pickle.loads(pickle.dumps(forecast))
    assert repr(again) == repr(forecast)
    for measure in MEASURES:
        assert np.array_equal(again.per_customer(measure, book=1), forecast.per_customer(measure, book=1))
    assert again.replay_one(3).totals == forecast.replay_one(3).totals
    only = ["call_cost"]
    assert again.sensitivity("touch_cost", only=only) == forecast.sensitivity("touch_cost", only=only)
