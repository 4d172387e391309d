"""Plots say what the results say, in both languages, and cut no word off; a forecast's months have intervals that hold."""

import sys
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from lifecycle import InactiveFor, all_visits, backtest, replay, sample, simulate
from lifecycle.backtesting import Backtest
from lifecycle.books import WENHUA
from lifecycle.errors import LifecycleError
from lifecycle.forward import Forecast
from lifecycle.forward.bands import GROUPS, by_month
from lifecycle.forward.measures import MEASURES, MONEY
from lifecycle.life import Life
from lifecycle.retention import by_ownership_year, leaky_bucket
from lifecycle.show.forecast_words import ASSUMED_ZH, MEASURES_ZH, UNITS_ZH, forecast_word

pytest.importorskip("altair")
from lifecycle.show import plots

ON = date(2025, 6, 30)
NINE = WENHUA.amend("nine", **{"churn.lost": InactiveFor(months=9).counting(all_visits)})


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    return simulate([WENHUA, NINE], customers=1_000, years=2, seed=7)


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return [replay(one, WENHUA, on=ON) for name, one in sample(60).histories().items() if name != "desk"]


@pytest.fixture(scope="module")
def tested() -> Backtest:
    rules = [InactiveFor(months=months).counting(all_visits) for months in (3, 6, 24)]
    histories = sample(60, start=date(2023, 1, 1)).histories()
    return backtest(histories, rules, cutoff=date(2024, 6, 30), until=ON, resamples=50)


def parts(chart: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The layers of a chart that draw something, with the data they draw."""
    if "layer" in chart:
        return [part for one in chart["layer"] for part in parts({"data": chart.get("data"), **one})]
    return [chart]


def rows(plot: plots.Plot, mark: str) -> list[Mapping[str, Any]]:
    told = plot.chart.to_dict()
    for part in parts(told):
        if part["mark"] == mark or part["mark"].get("type") == mark:
            data = part["data"]
            values: list[Mapping[str, Any]] = data["values"] if "values" in data else told["datasets"][data["name"]]
            return values
    raise AssertionError(f"nothing is drawn as {mark}")


# -- a forecast by month --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", MEASURES)
def test_the_months_are_those_of_the_forecast(forecast: Forecast, measure: str) -> None:
    scale = 100 if MEASURES[measure].unit == "fen" else 1
    for book in (0, 1):
        told = by_month(forecast, measure, book=book)
        assert [one.month for one in told] == list(range(1, 25))
        assert [round(one.value * scale) for one in told] == forecast.monthly(measure, book=book).tolist()
        assert all(one.low <= one.value <= one.high for one in told)


def test_the_groups_count_what_the_whole_counts(forecast: Forecast) -> None:
    from lifecycle.forward import bands

    for book, plan in enumerate(forecast.plans):
        found = bands._groups(plan, forecast.seed, forecast.customers)
        for measure in MEASURES:
            apart = found[measure].sum(axis=1) - forecast.monthly(measure, book=book)
            # the workshop's margin is rounded down in each group
            assert abs(apart).max() <= (GROUPS if measure in {one.name for one in MONEY} else 0), measure


def test_an_interval_of_months_is_that_of_customers(forecast: Forecast) -> None:
    """What holds at the end is known customer by customer as well; the groups' spread is the same but for chance."""
    for measure in ("owners", "coming", "lost_at_end", "points_left"):
        last, whole = by_month(forecast, measure)[-1], forecast.totals(measure)
        assert 0.5 < (last.high - last.value) / (whole.high - whole.value) < 1.6
    for measure in ("billed", "calls"):
        last, whole = by_month(forecast, measure, running=True)[-1], forecast.totals(measure)
        assert last.value == whole.value
        assert 0.5 < (last.high - last.value) / (whole.high - whole.value) < 1.6
    last, less = by_month(forecast, "calls", book=1, against=0, running=True)[-1], forecast.difference("calls")
    assert last.value == less.value
    assert 0.5 < (last.high - last.value) / (less.high - less.value) < 1.6


def test_a_book_against_itself_differs_by_nothing_and_without_doubt() -> None:
    same = simulate([WENHUA, WENHUA], customers=40, years=1, seed=3)
    assert all(one[1:] == (0, 0, 0) for one in by_month(same, "profit", book=1, against=0))


def test_too_few_customers_have_no_interval_by_month() -> None:
    with pytest.raises(LifecycleError, match="at least 40"):
        by_month(simulate(WENHUA, customers=39, years=1, seed=3), "profit")


# -- what is drawn --------------------------------------------------------------------------------------------------------


def test_a_forecast_is_drawn_as_it_is(forecast: Forecast) -> None:
    drawn = rows(plots.forecast_plot(forecast, "calls"), "line")
    assert [row["value"] for row in drawn if row["name"] == "wenhua nine"] == forecast.monthly("calls", book=1).tolist()
    assert {row["name"] for row in drawn} == {"wenhua 2014-11", "wenhua nine"}
    less = rows(plots.forecast_plot(forecast, "calls", difference=True, running=True), "area")
    assert less[-1]["value"] == forecast.difference("calls").value
    with pytest.raises(LifecycleError, match="profit"):
        plots.forecast_plot(forecast, "proft")
    with pytest.raises(LifecycleError, match="one book only"):
        plots.forecast_plot(simulate(WENHUA, customers=40, years=1, seed=3), difference=True)


def test_a_tornado_has_the_widest_first_and_leaves_out_what_moves_nothing(forecast: Forecast) -> None:
    swings = forecast.sensitivity("touch_cost", only=["call_cost", "offer_cost", "sales_margin"])
    drawn = rows(plots.tornado_plot(swings, measure="touch_cost", difference=True), "bar")
    told = [one for one in swings if one.swing]
    assert [row["to"] for row in drawn] == [end for one in told for end in (one.at_low, one.at_high)]
    assert "sales margin" not in str(drawn)
    assert "call cost (3 – 15)" in str(drawn)
    assert rows(plots.tornado_plot([]), "bar") == []


def test_a_back_test_is_drawn_with_those_too_young_on_grey(tested: Backtest) -> None:
    plot = plots.backtest_plot(tested)
    drawn = rows(plot, "line")
    precision = {row["at"]: row["value"] for row in drawn if row["name"] == "precision"}
    assert precision == {one.months: one.precision for one in tested if one.precision is not None}
    assert [row["at"] for row in rows(plot, "rect")] == [6, 24]
    assert all(row["low"] <= row["value"] <= row["high"] for row in drawn)


def test_years_and_the_bucket_are_drawn_as_they_are(lives: list[Life]) -> None:
    years = by_ownership_year(lives)
    drawn = rows(plots.ownership_plot(years), "bar")
    assert [(row["year"], row["lost"], row["stays"]) for row in drawn] == [
        (f"{one.year}{'+' if one.year == 6 else ''}", one.share, one.stays) for one in years
    ]
    flows = leaky_bucket(lives, start=date(2024, 1, 1), end=date(2025, 1, 1))
    drawn = rows(plots.bucket_plot(flows), "bar")
    assert sum(row["number"] for row in drawn) == sum(one.net for one in flows)
    assert [row["kept"] for row in rows(plots.bucket_plot(flows), "line")] == [one.kept for one in flows]
    plots.bucket_plot([])


def test_who_enters_and_leaves_is_drawn_above_and_below() -> None:
    weeks = [(date(2025, 1, 6) + timedelta(weeks=week), week, 1) for week in range(3)]
    drawn = rows(plots.turnover_plot(weeks, zh=True), "bar")
    assert [row["number"] for row in drawn] == [0, -1, 1, -1, 2, -1]
    assert {row["name"] for row in drawn} == {"进入", "离开"}


@pytest.mark.parametrize("zh", [False, True])
def test_nothing_is_cut_off_and_nothing_is_loaded(
    forecast: Forecast, tested: Backtest, lives: list[Life], zh: bool
) -> None:
    pytest.importorskip("vl_convert")
    swings = forecast.sensitivity("touch_cost", only=["call_cost", "message_cost", "loss"])
    made = [
        plots.forecast_plot(forecast, zh=zh),
        plots.tornado_plot(swings, measure="touch_cost", zh=zh),
        plots.backtest_plot(tested, zh=zh),
        plots.ownership_plot(by_ownership_year(lives), zh=zh),
        plots.bucket_plot(leaky_bucket(lives, start=date(2024, 1, 1), end=date(2025, 1, 1)), zh=zh),
        plots.turnover_plot([(date(2025, 1, 6), 3, 1)], zh=zh),
    ]
    for plot in made:
        svg = plot._repr_html_()
        drawn = ET.fromstring(svg)
        words = " ".join(drawn.itertext())
        assert "…" not in words
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words) is zh, words
        assert "http" not in svg.replace("http://www.w3.org/", "")
        assert "<script" not in svg
    assert made[0].png(scale=1).startswith(b"\x89PNG")
    assert repr(made[0]) == ("<Plot: 利润（逐月）>" if zh else "<Plot: Profit, by month>")


def test_every_figure_of_a_forecast_has_a_chinese_name(forecast: Forecast) -> None:
    assert set(MEASURES) == set(MEASURES_ZH)
    assert {one.unit for one in MEASURES.values()} == set(UNITS_ZH)
    assert {*forecast.assumed, "loss"} == set(ASSUMED_ZH)
    assert forecast_word("profit", zh=True) == "利润"
    assert forecast_word("service_margin", zh=True, assumed=True) == "维修毛利率"
    assert forecast_word("at_risk") == "vehicles that become at risk"


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_what_is_missing_is_named_with_its_extra(
    missing: str, forecast: Forecast, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = plots.turnover_plot([])
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError, match=rf"a plot needs {missing}: pip install .*\[notebook\]"):
        plot.svg() if missing == "vl_convert" else plots.forecast_plot(forecast)
