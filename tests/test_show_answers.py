"""Every answer shows itself in a notebook: HTML that is well-formed, escaped, and says what the answer says."""

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from lifecycle import (
    Editions,
    InactiveFor,
    all_visits,
    audit,
    backtest,
    columns,
    compare,
    replay,
    sample,
    simulate,
    timeline,
)
from lifecycle.backtesting import rolling
from lifecycle.book import Book
from lifecycle.books import REGULATION, WENHUA
from lifecycle.experiments import difference
from lifecycle.forward import fit
from lifecycle.forward.measures import MEASURES
from lifecycle.life import Life
from lifecycle.retention import recovery
from lifecycle.show.forecast_words import forecast_word
from lifecycle.show.report import forecast_page

ON = date(2025, 3, 1)
NINE = WENHUA.amend("<nine>", **{"churn.lost.months": 9})


def words(value: object) -> str:
    html = value._repr_html_()  # type: ignore[attr-defined]
    return " ".join(" ".join(ET.fromstring(f"<div>{html}</div>").itertext()).split())


@pytest.fixture(scope="module")
def anna() -> Life:
    told = """
        2021-11-20 vehicle_delivered vehicle=V1 price=128000
        2021-11-20 enrolled
        2022-02-18 vehicle_handed_over vehicle=V1 charge=860
        2024-12-18 vehicle_handed_over vehicle=V2 charge=2860
    """
    return replay(timeline(told, customer="<C&1>"), WENHUA, on=ON)


def test_a_customer_and_his_vehicles_show_what_is_told_of_them(anna: Life) -> None:
    told = words(anna.customer)
    for one in ("<C&1>", "V1", "V2", "lost 流失", "active 活跃", "3,720", "2024-12-18", "2025-12-18"):
        assert one in told, (one, told)
    assert "birthday" not in told  # nobody told it
    car = words(anna.customer.vehicles["V1"])
    assert "V1 · lost 流失" in car
    assert "2022-02-18" in car


def test_a_decision_says_since_when_and_why(anna: Life) -> None:
    cars = anna.customer.vehicles
    told = words(WENHUA.churn.decide(cars["V1"], on=ON))
    assert told.startswith("lost 流失 since 2023-02-18")
    assert "last visit 2022-02-18 + 12 months = 2023-02-18" in told
    told = words(WENHUA.churn.decide(cars["V2"], on=ON))
    assert told.startswith("active 活跃")
    assert "lost due 流失到期日 2025-12-18" in told
    assert "active" in words(WENHUA.churn.decide_customer(anna.customer, on=ON))
    assert words(InactiveFor(months=6).counting(all_visits).decide(cars["V1"], on=ON)).startswith("yes 是")


def test_a_book_shows_its_policies_with_their_sources() -> None:
    told = words(WENHUA)
    for path in ("churn.at_risk", "churn.lost", "points.earn", "points.lapse", "readings.call_attempts"):
        assert path in told
    assert "W2: outreach" in told
    assert words(NINE).startswith("wenhua 文华店 (<nine>, based on 2014-11)")
    assert "V1a" in words(REGULATION)


def test_what_differs_is_shown_path_by_path() -> None:
    assert words(NINE.diff(WENHUA)) == "path 字段 before 原 after 新 churn.lost.months 12 9"
    assert words(NINE.diff(NINE)) == "nothing differs 没有差异"
    assert "12" in words(compare(WENHUA, NINE, sample(20).events, on=ON))


def test_how_a_policy_runs_is_shown_with_reasons() -> None:
    told = words(columns.explain(WENHUA))
    assert "earning in columns" in told
    assert "because" in told


def test_irregular_bookings_are_shown_with_their_evidence() -> None:
    twice = """
        2024-01-05 vehicle_handed_over vehicle=V1 charge=30 plate=A1
        2024-07-01 vehicle_handed_over vehicle=V1 charge=40 plate=A1
        2024-12-29 vehicle_handed_over vehicle=V1 charge=30 plate=A1
        2025-02-01 vehicle_handed_over vehicle=V1 charge=30 plate=A1
    """
    found = audit([timeline(twice, customer="<C&1>")], on=ON)
    told = words(found)
    assert f"{len(found):,} irregular bookings" in told
    for one in found:
        assert one.says in told
    assert words(audit([], on=ON)).startswith("0 irregular")


def test_a_forecast_shows_every_figure_and_every_assumption() -> None:
    forecast = simulate([WENHUA, NINE], customers=300, years=1, seed=7)
    told = words(forecast)
    assert all(forecast_word(measure) in told and forecast_word(measure, zh=True) in told for measure in MEASURES)
    assert all(name.replace("_", " ") in told for name in forecast.assumed)
    assert f"{forecast.totals('profit').value:,.0f}" in told
    one = forecast.difference("calls")
    assert f"{one.value:+,.0f}".replace("-", "−") in told
    assert "° the interval contains zero" in told
    assert "wenhua <nine> − wenhua 2014-11" in told


def test_a_forecast_of_a_reform_shows_when_it_begins() -> None:
    reform = Editions(WENHUA).amend("2025", since=date(2025, 1, 1), **{"churn.lost.months": 9})
    forecast = simulate([WENHUA, reform], customers=50, years=1, seed=7, start=date(2024, 7, 1))
    assert "1 years from 2024-07-01, seed 7" in words(forecast)
    assert "1 years by month from 2024-07-01, seed 7" in forecast_page(forecast)
    assert "自2024-07-01起，1 年逐月" in forecast_page(forecast, chinese=True)


def test_several_cut_off_days_are_shown_as_a_spread() -> None:
    histories = sample(40).histories()
    rules = [InactiveFor(months=months).counting(all_visits) for months in (6, 9)]
    found = rolling(histories, rules, cutoffs=[date(2023, 6, 30), date(2024, 6, 30)], months=12)
    told = words(found)
    assert "on 2 cut-off days: 2023-06-30, 2024-06-30" in told
    low, mean, high = found.spread(rules[0], "recall") or (0, 0, 0)
    assert f"{low:.3f} – {high:.3f} ({mean:.3f})" in told
    assert "precision" in words(backtest(histories, rules, cutoff=date(2024, 6, 30), until=ON, resamples=5))


def test_a_book_of_ones_own_without_sources_shows_itself() -> None:
    assert "churn.lost" in words(Book(name="own", edition="1", churn=WENHUA.churn))


def test_a_fit_shows_its_losses_and_its_figures() -> None:
    fitted = fit(sample(80).events, on=ON)
    told = words(fitted)
    assert f"Fitted on {fitted.cars:,} cars" in told
    first = fitted.losses[0]
    assert f"{first.cumulative:.1%} [{first.cumulative_low:.1%}, {first.cumulative_high:.1%}]" in told
    assert all(str(one) in told for one in fitted.figures.values())
    assert all(one in told for one in fitted.left_out)


def test_an_estimate_and_a_difference_show_their_intervals() -> None:
    forecast = simulate([WENHUA, NINE], customers=400, years=1, seed=3)
    told = words(forecast.totals("profit"))
    assert "profit 利润 yuan 元" in told
    assert f"{forecast.totals('profit').value:,.0f}" in told
    calls = forecast.difference("calls")
    told = words(calls)
    assert "<nine>" in told
    assert f"{calls.changed:,}" in told
    assert ("chance alone" in told) is calls.holds_zero
    alone = forecast.replay_one(0)
    told = words(alone)
    assert told.startswith("customer 0")
    assert all(one.what in told for one in alone.happened[:5])
    assert f"{alone.totals['visits']:,}" in told


def test_a_step_shows_its_move_and_because(anna: Life) -> None:
    step = next(step for step in anna.steps if step.region == "activity" and step.after == "lost")
    told = words(step)
    assert "2023-02-18" in told
    assert "→ lost" in told
    assert "12 months" in told


def test_a_recovery_shows_its_counts(anna: Life) -> None:
    history = timeline(
        """
        2022-02-18 vehicle_handed_over vehicle=V1 charge=860
        2023-03-20 vehicle_handed_over vehicle=V1 charge=90
        """,
        customer="C1",
    )
    told = words(recovery([anna, replay(history, WENHUA, on=ON)]))
    assert "lost 流失 3 returned 流失返回 1" in told, "the second vehicle was lost twice"
    assert "33.3 %" in told
    assert told.endswith("30"), "days from loss to return"
    assert "–" in words(recovery([])), "nothing was lost"


def test_the_difference_of_an_experiment_shows_both_arms() -> None:
    told = words(difference(40, 100, 55, 100))
    assert "40 / 100 40.0 %" in told
    assert "55 / 100 55.0 %" in told
    assert "+15.0 %" in told
    assert "chance alone" not in told
    assert "chance alone" in words(difference(40, 100, 45, 100))
