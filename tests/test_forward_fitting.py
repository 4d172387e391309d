"""A simulation fitted to real histories: the at-risk set is right, nothing is peeked at, a known truth is found again."""

import pickle
import sys
import warnings
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from lifecycle import simulate, timeline
from lifecycle.books import WENHUA
from lifecycle.dates import add_months
from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.forward import Assumptions, Fitted, Population, Rhythm, fit
from lifecycle.forward.fitting import _classes, _Model
from lifecycle.forward.plan import lost_share, visit_hazards
from lifecycle.forward.watched import Spell, Watched, watched
from lifecycle.survival import wilson

QUIET = Assumptions(
    call_brings=0, call_wins_back=0, offer_brings=0, offer_wins_back=0, reminder_brings=0, reminder_wins_back=0,
    referred=0, buys_again=0, buys_back=0, breadth_causes=0,
)  # fmt: skip
#: A cohort of which nobody gives his car up, and all are alike but for what the test says.
TRUTH = Population(
    cohort=True, prospects=0, replaced_curve=((0, 0.0), (1, 0.0)), stays=(0.5, 0.5, 0.5), dissatisfied_leaves=1
)
END = date(2016, 12, 31)


def day(month: int, of_month: int = 15) -> date:
    return add_months(date(2010, 1, of_month), month)


def histories(population: Population, customers: int, years: int, *, late: bool = True) -> list[Event]:
    """What a house would have on record of customers that were simulated; of every other one from a later month on."""
    forecast = simulate(
        [WENHUA], customers=customers, years=years, seed=3, population=population, assumptions=QUIET
    )  # fmt: skip
    told: list[Event] = []
    for customer in range(customers):
        begins = customer * 7919 % 48 if late and customer % 2 else 0
        name, car = f"C{customer:05}", f"V{customer:05}"
        if begins:
            facts = {"delivered_on": day(-1, 10)}
            told.append(Event(day(begins, 1), "vehicle_recorded", f"{name}D", name, car, facts))
        else:
            told.append(Event(day(-1, 10), "vehicle_delivered", f"{name}D", name, car))
        for place, one in enumerate(forecast.replay_one(customer).happened):
            if one.what.startswith("comes") and one.month >= begins:
                charge = {"charge": 600} if "pays" in one.what else {}
                told.append(Event(day(one.month), "vehicle_handed_over", f"{name}-{place}", name, car, charge))
    return told


@pytest.fixture(scope="module")
def house() -> list[Event]:
    return histories(TRUTH, 1_600, 7)


@pytest.fixture(scope="module")
def fitted(house: list[Event]) -> Fitted:
    return fit(house, on=END)


# -- what was watched -----------------------------------------------------------------------------------------------------


def seen(text: str, on: str, **how: Any) -> Watched:
    return watched(timeline(text, customer="C1"), on=date.fromisoformat(on), **how)


def test_a_car_delivered_here_is_watched_from_its_delivery_to_the_day() -> None:
    told = seen(
        """
        2020-03-10 vehicle_delivered vehicle=V1
        2020-08-02 vehicle_handed_over vehicle=V1 charge=300
        2020-08-20 vehicle_handed_over vehicle=V1
        2021-01-31 vehicle_handed_over vehicle=V1 charge=500
        """,
        "2021-06-30",
    )
    (car,) = told.cars
    assert car.spells == (Spell(entry=0, waits=(5, 5), last=10, end=15),)
    assert (car.age, car.paid, car.held, car.given_up) == (15, 10, True, False)
    assert told.merged == 1, "two visits in August count once"
    assert told.bills == (Decimal(300), Decimal(500))


def test_a_history_that_begins_in_the_middle_is_at_risk_from_its_first_visit_only() -> None:
    """Left truncation: nobody saw him before, and had he stopped by then, he would not be here to be counted."""
    told = seen(
        """
        2022-01-01 vehicle_recorded vehicle=V1 delivered_on=2019-03-10
        2022-05-02 vehicle_handed_over vehicle=V1
        2022-08-20 vehicle_handed_over vehicle=V1
        """,
        "2022-12-31",
    )
    assert told.cars[0].spells == (Spell(entry=38, waits=(3,), last=41, end=45),)


def test_one_who_was_recorded_and_never_seen_tells_nothing() -> None:
    assert seen("2022-01-01 vehicle_recorded vehicle=V1 delivered_on=2019-03-10", "2022-12-31").cars == ()


def test_a_month_that_is_not_over_is_not_watched() -> None:
    text = """
        2020-03-10 vehicle_delivered vehicle=V1
        2020-08-02 vehicle_handed_over vehicle=V1
        2020-10-05 vehicle_handed_over vehicle=V1
        """
    assert seen(text, "2020-10-30").cars[0].spells == (Spell(0, (5,), 5, 6),)
    assert seen(text, "2020-10-31").cars[0].spells == (Spell(0, (2, 5), 7, 7),)


def test_who_comes_again_after_the_silence_begins_anew() -> None:
    told = seen(
        """
        2020-01-10 vehicle_delivered vehicle=V1
        2020-03-02 vehicle_handed_over vehicle=V1
        2021-06-02 vehicle_handed_over vehicle=V1
        2022-10-02 vehicle_handed_over vehicle=V1
        """,
        "2022-12-31",
        silence=15,
    )
    assert told.cars[0].spells == (Spell(0, (2, 15), 17, 32), Spell(33, (), 33, 35))
    assert told.returned == 1


def test_the_watch_ends_where_the_car_is_given_up_and_voided_visits_never_were() -> None:
    told = seen(
        """
        2020-01-10 vehicle_delivered vehicle=V1
        2020-03-02 vehicle_handed_over vehicle=V1 id=B1
        2020-05-02 vehicle_handed_over vehicle=V1 id=B2
        2020-05-03 voided of=B2
        2020-12-24 vehicle_transferred vehicle=V1
        """,
        "2022-12-31",
    )
    (car,) = told.cars
    assert car.spells == (Spell(0, (2,), 2, 10),)
    assert (car.held, car.given_up) == (False, True)


def test_who_moves_away_keeps_his_car() -> None:
    told = seen(
        """
        2020-01-10 vehicle_delivered vehicle=V1
        2020-03-02 vehicle_handed_over vehicle=V1
        2020-12-24 moved_away vehicle=V1 city=X
        """,
        "2022-12-31",
    )
    assert (told.cars[0].held, told.cars[0].given_up, told.cars[0].spells[0].end) == (False, False, 10)


def test_without_any_delivery_ages_count_from_the_first_visit() -> None:
    told = seen("2020-01-10 vehicle_handed_over charge=9\n2020-03-10 vehicle_handed_over charge=9", "2020-06-30")
    assert told.cars[0].spells == (Spell(0, (2,), 2, 5),)
    assert not told.cars[0].from_delivery


def test_beside_dated_cars_the_undated_ones_are_left_out_and_counted() -> None:
    dated = timeline(
        "2020-01-10 vehicle_delivered vehicle=V1\n2020-03-10 vehicle_handed_over vehicle=V1", customer="C1"
    )
    other = timeline("2020-02-10 vehicle_handed_over vehicle=V2", customer="C2")
    told = watched([*dated, *other], on=date(2020, 6, 30))
    assert len(told.cars) == 1
    assert told.undated == 1


def test_nothing_after_the_day_is_looked_at_nor_what_was_written_down_later() -> None:
    """No peeking: what came after the cut-off, and what was told late of before it, changes nothing."""
    known = """
        2020-01-10 vehicle_delivered vehicle=V1
        2020-03-02 vehicle_handed_over vehicle=V1 charge=300
        2020-05-02 surveyed satisfied=yes kind=CSI
        2020-06-02 enquired sale=S1
        """
    later = """
        2020-05-20 vehicle_handed_over vehicle=V1 charge=900 recorded_on=2020-07-01
        2020-07-01 vehicle_handed_over vehicle=V1 charge=700
        2020-07-02 surveyed satisfied=no kind=CSI
        2020-07-03 vehicle_transferred vehicle=V1
        """
    alone, with_later = seen(known, "2020-06-30"), seen(known + later, "2020-06-30")
    assert alone == with_later
    assert alone.cars[0].held
    assert seen(known + later, "2020-07-31") != alone


def test_shares_are_counted_case_by_case() -> None:
    told = watched(
        [
            *timeline(
                """
                2020-01-05 enquired sale=S1
                2020-02-10 vehicle_delivered vehicle=V1 sale=S1 warranty_until=2022-02-10
                2020-05-02 vehicle_handed_over vehicle=V1 charge=300 visit=R1
                2020-05-03 review_posted visit=R1 satisfied=yes
                2020-05-05 surveyed satisfied=yes kind=CSI
                2020-05-06 surveyed satisfied=no kind=SSI
                2020-06-01 product_taken product=insurance
                2022-05-02 vehicle_handed_over vehicle=V1
                2022-06-01 referral_recorded referral=F1 referred=C2
                2022-06-09 referral_recorded referral=F2
                2022-07-01 referral_converted referral=F1 referred=C2
                2022-08-01 vehicle_transferred vehicle=V1
                2022-08-20 vehicle_delivered vehicle=V3
                """,
                customer="C1",
            ),
            *timeline("2022-07-01 vehicle_delivered vehicle=V2", customer="C2"),
            *timeline("2022-01-05 enquired sale=S3", customer="C3"),
        ],
        on=date(2022, 12, 31),
    )
    assert {name: tuple(one) for name, one in told.shares.items()} == {
        "charged_in_warranty": (1, 1), "charged_later": (0, 1), "satisfied": (1, 1), "reviews": (1, 2),
        "adds_product": (1, 2), "buys": (1, 2), "buys_again": (1, 1), "buys_back": (0, 0), "referred": (1, 2),
        "prospects_per_sale": (1, 2),
    }  # fmt: skip
    assert told.warranties == (24,)
    assert told.breadth == (1, 1, 0)


# -- the likelihood -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("sorts", [1, 2, 3, "gamma"])
def test_the_gradient_is_that_of_the_likelihood(house: list[Event], sorts: int | str, power: bool) -> None:
    few = [event for event in house if event.customer < "C00150"]
    model = _Model(watched(few, on=END), sorts, 12, power=power)
    theta = model.start() + np.linspace(-0.3, 0.3, model.start().size)
    steps = [
        (model.lacking(theta + 1e-5 * one) - model.lacking(theta - 1e-5 * one)) / 2e-5 for one in np.eye(theta.size)
    ]
    assert model.slope(theta) == pytest.approx(np.array(steps), abs=1e-3)


def test_the_likelihood_of_one_silence_is_the_sum_over_the_months_in_which_he_may_have_stopped() -> None:
    """By hand: a delivery, a visit after 2 months, then 3 months without one."""
    text = "2020-01-10 vehicle_delivered vehicle=V1\n2020-03-10 vehicle_handed_over vehicle=V1"
    model = _Model(seen(text, "2020-06-30"), 1, 12)
    often, hazard = 3.0, 0.05
    theta = np.log([hazard, often, 2.0])
    visit = visit_hazards(Population(visits_per_year=often, regularity=2), 10)
    quiet = [1.0]
    for one in visit[1:]:
        quiet.append(quiet[-1] * (1 - one))
    stays = exp(-hazard)
    comes = stays**2 * quiet[1] * visit[2]
    silent = stays**3 * quiet[3] + sum(stays**before * (1 - stays) * quiet[before] for before in range(3))
    assert exp(-model.lacking(theta)) == pytest.approx(comes * silent, rel=1e-6)
    (state,) = model.standing(theta)
    assert (state.age, state.idle) == (5, 3)
    assert state.coming == pytest.approx(stays**3 * quiet[3] / silent, rel=1e-6)


def test_where_stopping_is_seen_at_once_it_is_the_fit_of_lifelines() -> None:
    """Customers who come every month: the last visit is the stop, and lifelines can be asked (with late entry)."""
    from lifelines import PiecewiseExponentialFitter

    truth = Population(
        cohort=True, prospects=0, replaced_curve=((0, 0.0), (1, 0.0)), stays=(0.5, 0.5, 0.5), dissatisfied_leaves=1,
        visit_hazard=(1.0,), loss="yearly", loss_by_year=(0.1, 0.3, 0.2),
    )  # fmt: skip
    told = watched(histories(truth, 800, 4), on=date(2013, 12, 31))
    model = _Model(told, 1, 12)
    assert model.knots == [0, 12, 24, 36]
    best = model.maximised()
    rows = [(car.spells[0].entry, car.spells[0].last, car.spells[0].end) for car in told.cars]
    rows = [row for row in rows if row[1] > row[0] or row[2] > row[1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = PiecewiseExponentialFitter([12, 24, 36]).fit(
            [last + (end > last) / 2 for _, last, end in rows], [end > last for _, last, end in rows],
            entry=[entry for entry, *_ in rows],
        )  # fmt: skip
    hazards = model.hazards(best)
    expected = [1 / float(value) for value in peer.params_]
    assert hazards.tolist() == pytest.approx(expected, rel=2e-3)


# -- a known truth --------------------------------------------------------------------------------------------------------


def test_the_losses_of_a_simulated_house_are_found_again_in_both_readings(fitted: Fitted) -> None:
    """Half of the histories begin in the middle; nobody sees a customer stop."""
    truth = lost_share(TRUTH, 85)
    for one in fitted.losses:
        first, last = one.years
        share = float(np.mean(truth[12 * first - 12 : 12 * last]))
        assert one.cumulative == pytest.approx(share, abs=0.02), one
        assert one.cumulative_low - 0.01 <= share <= one.cumulative_high + 0.01, one
        assert one.yearly_low <= one.yearly <= one.yearly_high
        assert one.stops >= 5
    assert [one.years[0] for one in fitted.losses][:5] == [1, 2, 3, 4, 5]
    assert fitted.figures["loss_times"].low < 1 < fitted.figures["loss_times"].high


def test_the_rhythm_of_a_simulated_house_is_found_again(fitted: Fitted) -> None:
    often, regular = fitted.figures["visits_per_year"], fitted.figures["regularity"]
    assert often.low <= 2.5 <= often.high
    assert regular.low <= 4 <= regular.high
    assert often.high - often.low < 0.1


def test_two_sorts_of_customers_are_told_apart() -> None:
    truth = Population(
        cohort=True, prospects=0, replaced_curve=((0, 0.0), (1, 0.0)), stays=(0.5, 0.5, 0.5), dissatisfied_leaves=1,
        loss="yearly", loss_by_year=(0.2,), regularity=2, rhythms=(Rhythm(0.3, 2.0, 0.5), Rhythm(0.7, 0.571, 1.2)),
    )  # fmt: skip
    told = histories(truth, 600, 3, late=False)
    one, two = (fit(told, on=date(2012, 12, 31), sorts=sorts) for sorts in (1, 2))
    assert two.criterion < one.criterion - 20, "two sorts explain what was seen far better"
    often, seldom = two.population.rhythms
    assert often.weight == pytest.approx(0.3, abs=0.08)
    assert often.visits / seldom.visits == pytest.approx(3.5, rel=0.25)
    assert often.stops < seldom.stops
    assert two.figures["visits_per_year"].low <= 2.5 <= two.figures["visits_per_year"].high


def test_a_gamma_distribution_of_rates_is_found_again_and_foretells_better() -> None:
    """Eight equally large sorts, whose stopping goes by a power of how often they come, and declines with the age."""
    times, grown = _classes(0.8), 0.12 * np.arange(121.0) ** 0.6
    shares = 1 - np.exp(-np.outer(grown, times**0.5)).mean(axis=1)
    truth = Population(
        cohort=True, prospects=0, replaced_curve=((0, 0.0), (1, 0.0)), stays=(0.5, 0.5, 0.5), dissatisfied_leaves=1,
        loss_curve=tuple(zip(range(121), shares.tolist(), strict=True)), regularity=1, visits_per_year=3,
        rhythms=tuple(Rhythm(1 / 8, float(one), float(one) ** 0.5) for one in times),
    )  # fmt: skip
    told = histories(truth, 1_500, 3, late=False)
    cut = date(2011, 6, 30)
    found, alike = (fit(told, on=cut, sorts=sorts, hazard="power") for sorts in ("gamma", 1))
    for name, value in (("rates_shape", 0.8), ("stops_power", 0.5), ("age_power", 0.6), ("regularity", 1.0)):
        one = found.figures[name]
        assert one.low - 0.3 * (one.value - one.low) <= value <= one.high + 0.3 * (one.high - one.value), (name, one)
    assert found.criterion < alike.criterion - 100
    assert found.foretold(told, on=END) > alike.foretold(told, on=END) + 100
    curve = [share for _, share in found.population.loss_curve]
    assert curve[36] == pytest.approx(float(shares[36]), abs=0.04), "eighteen months beyond those watched"
    assert "for a gamma distribution" in repr(found)
    assert len(found.population.rhythms) == 8
    assert sum(one.weight * one.visits for one in found.population.rhythms) == pytest.approx(1)
    assert found.draw(1) != found.draw(2)


def test_equally_large_sorts_stand_for_the_gamma() -> None:
    """Of shape 1, an exponential: the mean between two quantiles can be written down."""
    bounds = [-log(1 - one / 8) for one in range(8)]
    ends = [(one + 1) * exp(-one) for one in bounds]
    means = [8 * (low - high) for low, high in zip(ends, [*ends[1:], 0.0], strict=True)]
    assert _classes(1.0).tolist() == pytest.approx(means[::-1])


def test_a_hazard_by_a_power_of_the_age_goes_on_as_it_went(house: list[Event]) -> None:
    few = [event for event in house if event.customer < "C00150"]
    model = _Model(watched(few, on=date(2012, 12, 31)), 1, 1, power=True)
    theta = np.array([log(0.1), log(0.5), log(2.5), log(2.0)])
    assert model.exposure(theta, 100)[100] == pytest.approx(1.0)
    assert model.curve(theta)[100][1] == pytest.approx(1 - exp(-1))
    assert model.hazards(theta)[:2] == pytest.approx([0.1, 0.1 * (sqrt(2) - 1)])


def test_what_was_foretold_is_the_chance_of_what_came_given_what_was_seen(house: list[Event]) -> None:
    """One who came last three months before the day, and not in the two after it: by hand."""
    early = [event for event in house if event.customer < "C00150" and event.day <= date(2012, 12, 31)]
    text = "2012-06-10 vehicle_delivered vehicle=V\n2012-09-10 vehicle_handed_over vehicle=V"
    one = list(timeline(text, customer="C"))
    before = fit([*early, *one], on=date(2012, 12, 31))
    hazard = [0.0, *(b - a for a, b in pairwise(-log(1 - share) for _, share in before.population.loss_curve))]
    visit = visit_hazards(before.population, 12)
    quiet, comes, silent = 1.0, 1.0, []
    stopped = 0.0
    for wait in range(1, 6):
        stays = exp(-hazard[3 + wait])
        stopped += comes * (1 - stays) * quiet
        comes *= stays
        quiet *= 1 - visit[wait]
        silent.append(stopped + comes * quiet)
    assert before.foretold(one, on=date(2013, 2, 28)) == pytest.approx(log(silent[4] / silent[2]), abs=1e-4)
    with pytest.raises(LifecycleError, match="not after"):
        before.foretold(one, on=date(2012, 12, 31))
    with pytest.raises(LifecycleError, match="none of the customers"):
        before.foretold(list(timeline(text, customer="D")), on=date(2013, 2, 28))


def test_a_forecast_goes_on_from_where_the_fitted_house_stands() -> None:
    """Fitted on three years, told for the year after: the visits of the cars that were there."""
    truth = evolve(TRUTH, loss="yearly", loss_by_year=(0.25,))
    house, cut = histories(truth, 2_000, 4), date(2012, 12, 31)
    fitted = fit(house, on=cut)
    population = evolve(fitted.population, prospects=0)
    forecast = simulate(WENHUA, customers=4_000, years=1, seed=1, population=population, assumptions=QUIET)
    cars = sum(car.held for car in fitted.watched.cars)
    assert sum(state.weight for state in fitted.population.standing or ()) == pytest.approx(cars, abs=0.01)
    those = {car.customer for car in fitted.watched.cars}
    later = [event for event in house if event.day > cut and event.customer in those]
    actual = sum(event.kind == "vehicle_handed_over" for event in later)
    assert cars / 4_000 * forecast.totals("visits").value == pytest.approx(actual, rel=0.08)


def test_the_reading_of_k11_is_chosen_and_named(house: list[Event]) -> None:
    few = [event for event in house if event.customer < "C00400"]
    yearly = fit(few, on=END, loss="yearly")
    assert yearly.population.loss == "yearly"
    assert yearly.population.loss_by_year[: len(yearly.losses)][0] == yearly.losses[0].yearly
    forecast = simulate(WENHUA, customers=50, years=1, seed=1, population=yearly)
    assert "K11 read as a yearly hazard" in repr(forecast)
    assert all("% of the class" in str(one) and "% within a year" in str(one) for one in yearly.losses)


# -- figures --------------------------------------------------------------------------------------------------------------


def test_every_fitted_figure_says_where_it_comes_from_and_what_is_not_fitted_is_listed(fitted: Fitted) -> None:
    for name, one in fitted.figures.items():
        assert "fitted on" in one.source or "read off" in one.source, name
        assert "2016-12-31" in one.source
        assert one.low <= one.value <= one.high
        assert any(sign.isdigit() for sign in one.source.partition(",")[0])
    population, effects = fitted.population.figures, fitted.assumptions.figures
    for name in {*population, *effects} - {*fitted.figures}:
        assert any(line.startswith(f"{name}: ") for line in fitted.left_out), name
    assert any(line.startswith("call_brings") for line in fitted.left_out), "effects are not in the records"
    assert any("K13" in line for line in fitted.left_out)
    shown = repr(fitted)
    assert all(str(one) in shown for one in fitted.losses)


def test_bills_are_fitted_with_their_intervals(fitted: Fitted) -> None:
    bill, charged = fitted.figures["bill"], fitted.figures["charged_later"]
    assert (bill.value, bill.low, bill.high) == (600, 600, 600), "every bill was of 600 yuan"
    assert charged.low <= 0.92 <= charged.high
    assert wilson(0, 10)[0] == 0
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_cars_given_up_are_fitted_with_late_entry() -> None:
    """One of forty a month, seen in the middle of their lives: a share by age, not by the time they were watched."""
    told: list[Event] = []
    for customer in range(400):
        name, begins = f"C{customer:03}", 24 + customer % 12
        told.append(Event(day(0), "vehicle_recorded", f"{name}D", name, "V" + name, {"delivered_on": day(-begins)}))
        gives_up = customer % 40
        for month in range(1, 40, 3):
            if month <= gives_up:
                told.append(Event(day(month), "vehicle_handed_over", f"{name}-{month}", name, "V" + name))
        if 4 <= gives_up < 36:
            told.append(Event(day(gives_up), "vehicle_transferred", f"{name}T", name, "V" + name, {}))
    found = fit(told, on=date(2012, 12, 31))
    curve = dict(found.population.replaced_curve)
    assert curve[0.0] == 0.0
    assert 0 < curve[24.0] < curve[60.0] < curve[120.0] <= 1
    assert "given up" in found.figures["replaced_curve"].source


def test_a_fit_is_drawn_from_its_own_uncertainty(fitted: Fitted) -> None:
    one, other, again = fitted.draw(1), fitted.draw(2), fitted.draw(1)
    assert one == again
    assert one != other
    values = [fitted.draw(number).visits_per_year.value for number in range(20)]
    figure = fitted.figures["visits_per_year"]
    assert np.std(values) == pytest.approx((figure.high - figure.low) / 2 / 1.96, rel=0.5)


def test_a_fit_is_pickled_and_comes_out_the_same_each_time(house: list[Event], fitted: Fitted) -> None:
    few = [event for event in house if event.customer < "C00200"]
    assert repr(fit(few, on=END)) == repr(fit(list(reversed(few)), on=END))
    assert repr(pickle.loads(pickle.dumps(fitted))) == repr(fitted)


def told_late(few: Iterable[Event]) -> list[Event]:
    return [Event(event.day, event.kind, f"{event.id}L", event.customer, event.vehicle, recorded_on=date(2015, 1, 1))
            for event in few if event.kind == "vehicle_handed_over"]  # fmt: skip


def test_a_fit_is_the_same_whatever_came_after_its_day(house: list[Event]) -> None:
    few, cut = [event for event in house if event.customer < "C00300"], date(2013, 12, 31)
    before = [event for event in few if event.day <= cut]
    assert repr(fit(before, on=cut)) == repr(fit([*few, *told_late(before)], on=cut))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"sorts": 4}, "sorts=4"),
        ({"sorts": "gama"}, "gamma"),
        ({"hazard": "level"}, "steps or power"),
        ({"silence": 0}, "silence=0"),
        ({"loss": "monthly"}, "cumulative"),
        ({"on": date(2010, 2, 1)}, "too few to fit"),
        ({"on": "2016-12-31"}, "on"),
    ],
)
def test_what_cannot_be_fitted_is_refused(house: list[Event], how: dict[str, Any], said: str) -> None:
    few = [event for event in house if event.customer < "C00100"]
    with pytest.raises((LifecycleError, TypeError), match=said):
        fit(few, **{"on": END, **how})


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(LifecycleError, match="neither an event nor a history"):
        watched([3], on=END)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_without_scipy_the_extra_is_named(house: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(ModuleNotFoundError, match=r"dealer-lifecycle\[fit\]"):
        fit([event for event in house if event.customer < "C00100"], on=END)
