"""Forward in time: two books see the same luck, one customer alone is what the bulk counted, nothing is claimed unasked."""

import math
import pickle
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Bonus, Earn, InactiveFor, Points, VisitKind, all_visits, charged_visits, fact, simulate
from lifecycle.book import Book
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.chance import Chance, threshold
from lifecycle.churn import Churn, SpendingDeclining
from lifecycle.deadline import never
from lifecycle.errors import LifecycleError
from lifecycle.forward import Assumed, Assumptions, Forecast, Population, Rhythm, Standing
from lifecycle.forward.luck import Luck
from lifecycle.forward.measures import MEASURES
from lifecycle.forward.plan import lost_share, visit_hazards
from lifecycle.points import Lapse, Redeem

STRICT = WENHUA.amend("nine months", **{"churn.lost": InactiveFor(months=9).counting(all_visits)})
#: Books that take every way through a month: all lapses, both counters, joined rules, units and worth of points.
BOOKS = (
    WENHUA,
    STRICT,
    CHIZHOU,
    REGULATION,
    WENHUA.amend(
        "aged lots, spent in hundreds",
        points=Points(
            Earn(3, per=50) + Bonus(800).on("referral_converted"),
            Lapse.aged(months=7),
            Redeem(unit=10, worth=4, share=50),
        ),
    ),
    WENHUA.amend("each March", **{"points.lapse": Lapse.yearly(month=3, day=31, years=1)}),
    WENHUA.amend("never lapse", **{"points.lapse": Lapse.never()}),
    WENHUA.amend("charged clock", **{"points.lapse": Lapse.idle(months=6, visits=charged_visits, remind=5)}),
    WENHUA.amend(
        "joined rules",
        churn=Churn(
            at_risk=InactiveFor(months=3).counting(charged_visits) | InactiveFor(months=5).counting(all_visits),
            lost=InactiveFor(months=8).counting(charged_visits) & InactiveFor(months=7).counting(all_visits),
        ),
    ),
    WENHUA.amend("nobody is lost", churn=Churn(lost=never)),
)
#: Customers of one sort, and of several: who comes more often, and who stops coming more often.
SORTS = {
    "one": (Rhythm(1.0),),
    "two": (Rhythm(0.7, 0.5, 1.5), Rhythm(0.3, 2.0, 0.2)),
    "three": (Rhythm(5, 0.1, 0), Rhythm(3, 1.0, 1.0), Rhythm(2, 3.0, 4.0)),
}
STANDS = (Standing(2.0, 3, 3, 3), Standing(1.0, 40, 7, 12, 0, 0.6), Standing(0.5, 20, 0, 15, 0, 0.0))
BY_EDITION = {book.edition: book for book in BOOKS}
editions = st.sampled_from(sorted(BY_EDITION))  # names: a book's own text is long to print and to shrink


def same(one: Forecast, other: Forecast, *, book: int = 0) -> None:
    for measure in MEASURES:
        assert np.array_equal(one.per_customer(measure, book=book), other.per_customer(measure, book=book)), measure
        assert np.array_equal(one.monthly(measure, book=book), other.monthly(measure, book=book)), measure


# -- luck -----------------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**64), customers=st.lists(st.integers(0, 2**64 - 1), min_size=1), step=st.integers(0, 1200))
def test_a_column_of_draws_is_what_each_customer_draws_alone(seed: int, customers: list[int], step: int) -> None:
    luck = Luck(seed, np.array(customers, np.uint64))
    alone = [Chance(seed, customer).bits("visit", step) for customer in customers]
    assert luck.bits(luck.roots, "visit", step, np.empty_like(luck.roots)).tolist() == alone
    assert luck.between(0, len(customers), "visit", step).tolist() == [bits >> 32 for bits in alone]


@given(st.floats(0, 1), st.integers(0, 5000))
def test_a_threshold_is_the_chance_of_happening(share: float, customer: int) -> None:
    chance = Chance(3, customer)
    assert (chance.bits("any") >> 32 < threshold(share)) == chance.happens(share, "any")


@given(st.integers(0, 2**32 - 1))
def test_nothing_happens_at_0_and_everything_at_1(draw: int) -> None:
    assert not draw < threshold(0.0)
    assert draw < threshold(1.0)


# -- one customer alone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: str(book.edition))
def test_one_customer_alone_is_what_the_bulk_counted(book: Book) -> None:
    """Issue: exactly, for 2,000 customers (the first book), 300 of each other."""
    customers = 2_000 if book is WENHUA else 300
    forecast = simulate([book], customers=customers, years=3, seed=7)
    for customer in range(customers):
        alone = forecast.replay_one(customer).totals
        assert alone == {measure: int(forecast.per_customer(measure)[customer]) for measure in alone}


@settings(max_examples=15)
@given(
    edition=editions,
    seed=st.integers(0, 2**40),
    loss=st.sampled_from(["cumulative", "yearly"]),
    cohort=st.booleans(),
    shares=st.fixed_dictionaries(
        {
            name: st.sampled_from([0.0, 0.5, 1.0])
            for name in (
                "call_brings",
                "call_wins_back",
                "offer_wins_back",
                "reminder_wins_back",
                "redeems",
                "adds_product",
            )
        }
    ),
    sorts=st.sampled_from(["one", "two", "three"]),
    stands=st.booleans(),
    every=st.integers(1, 4),
    cap=st.sampled_from([0, 1, 3]),
)
def test_alone_and_bulk_agree_whatever_is_assumed(
    edition: str,
    seed: int,
    loss: str,
    cohort: bool,
    shares: dict[str, Any],
    sorts: str,
    stands: bool,
    every: int,
    cap: int,
) -> None:
    forecast = simulate(
        [WENHUA, BY_EDITION[edition]], customers=40, years=2, seed=seed, block=17,
        population=Population(
            loss=loss, cohort=cohort, prospects=0.4, buys=0.5, rhythms=SORTS[sorts], loss_times=1.3,
            standing=(*STANDS, Standing(1.0, 150, 70, 90, len(SORTS[sorts]) - 1, 0.4)) if stands else None,
        ),
        assumptions=Assumptions(outreach_every=every, referred=1.5, referral_generations=cap, **shares),
    )  # fmt: skip
    for customer in range(40):
        alone = forecast.replay_one(customer, book=1).totals
        assert alone == {measure: int(forecast.per_customer(measure, book=1)[customer]) for measure in alone}


def test_alone_and_bulk_agree_on_several_sorts_of_customers_who_stand_somewhere() -> None:
    """Half of them prospects: whoever comes in by himself has a rhythm of his own, not that of the row he waits in."""
    forecast = simulate(
        [WENHUA], customers=200, years=3, seed=5, block=64,
        population=Population(prospects=0.5, buys=1, rhythms=SORTS["three"], standing=(*STANDS, Standing(1.0, 9, 2, 2, 2))),
    )  # fmt: skip
    for customer in range(200):
        alone = forecast.replay_one(customer).totals
        assert alone == {measure: int(forecast.per_customer(measure)[customer]) for measure in alone}


def test_what_happened_to_one_is_told_month_by_month() -> None:
    forecast = simulate([WENHUA], customers=200, years=3, seed=7)
    told = [forecast.replay_one(customer) for customer in range(200)]
    busy = max(told, key=lambda one: len(one.happened))
    assert all(one.month <= other.month for one, other in pairwise(busy.happened))
    assert sum("comes" in one.what and "stops" not in one.what for one in busy.happened) >= busy.totals["visits"]
    assert str(busy.happened[0]).startswith("month ")


# -- LW1, LW2 -------------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(edition=editions, seed=st.integers(0, 2**64))
def test_lw1_a_book_against_itself_is_zero_for_every_customer(edition: str, seed: int) -> None:
    book = BY_EDITION[edition]
    forecast = simulate([book, book], customers=150, years=2, seed=seed)
    for measure in MEASURES:
        assert not (forecast.per_customer(measure, book=1) - forecast.per_customer(measure)).any()
        one = forecast.difference(measure)
        assert (one.value, one.low, one.high, one.changed) == (0, 0, 0, 0)
    assert forecast.warnings == ()


def test_lw1_what_a_book_does_not_touch_is_the_same_for_every_customer() -> None:
    """Two books differ only where one of them acts: cars are given up in the same months."""
    dear = WENHUA.amend("dear points", **{"points.redeem": Redeem(worth=1, unit=1, minimum=40)})
    forecast = simulate([WENHUA, dear], customers=2_000, years=3, seed=3)
    assert forecast.difference("redeemed").changed
    for measure in ("visits", "parted", "stopped", "sales", "issued", "calls"):
        assert not forecast.difference(measure).changed


@settings(max_examples=10)
@given(edition=editions, seed=st.integers(0, 1000), block=st.integers(20, 200), workers=st.integers(1, 3))
def test_lw2_neither_blocks_nor_workers_matter(edition: str, seed: int, block: int, workers: int) -> None:
    def told(**how: Any) -> Forecast:
        population = Population(prospects=0.5, buys=0.9)
        return simulate([BY_EDITION[edition]], customers=150, years=1, seed=seed, population=population, **how)

    same(told(), told(block=block, workers=workers))


def test_lw2_a_customer_does_not_depend_on_the_others() -> None:
    few, many = (simulate([STRICT], customers=customers, years=2, seed=5) for customers in (100, 1_000))
    for measure in MEASURES:
        assert np.array_equal(few.per_customer(measure), many.per_customer(measure)[:100])


def test_more_brought_than_there_is_room_for() -> None:
    assumed = Assumptions(referred=9, prospects_per_sale=1, referral_generations=4)
    forecast = simulate([WENHUA], customers=60, years=3, seed=2, assumptions=assumed)
    assert forecast.totals("referred").value > 60
    for customer in range(60):
        assert forecast.replay_one(customer).totals["referred"] == forecast.per_customer("referred")[customer]


# -- what it counts -------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(edition=editions, seed=st.integers(0, 2**32))
def test_points_are_conserved_for_each_customer_and_each_month(edition: str, seed: int) -> None:
    """LP1: there at the start + issued = redeemed + lapsed + left."""
    book = BY_EDITION[edition]
    forecast = simulate([book], customers=120, years=3, seed=seed, assumptions=Assumptions(redeems=0.7))

    def of(measure: str) -> Any:
        return forecast.per_customer(measure)

    assert np.array_equal(of("points_at_start") + of("issued"), of("redeemed") + of("lapsed") + of("points_left"))
    assert (of("points_left") >= 0).all()
    assert (forecast.monthly("points_left") >= 0).all()
    assert forecast.monthly("points_left")[-1] == of("points_left").sum()


@given(editions)
def test_months_sum_to_the_customers(edition: str) -> None:
    book = BY_EDITION[edition]
    forecast = simulate([book], customers=200, years=1, seed=11)
    for measure in (
        "visits",
        "billed",
        "issued",
        "lapsed",
        "sales",
        "calls",
        "offers",
        "stopped",
        "touch_cost",
        "won_back",
    ):
        if measure != "touch_cost":
            assert forecast.monthly(measure).sum() == forecast.per_customer(measure).sum()
    for measure in ("owners", "coming", "lost_at_end"):
        assert forecast.monthly(measure)[-1] == forecast.per_customer(measure).sum()


def test_money_is_what_it_is_made_of() -> None:
    forecast = simulate([WENHUA], customers=500, years=3, seed=1)
    value = {name: forecast.per_customer(name) for name in MEASURES}
    assert np.array_equal(value["sales_margin"], value["sales"] * 600_000)
    assert np.array_equal(value["touch_cost"], value["calls"] * 800 + value["offers"] * 1500 + value["reminders"] * 10)
    assert np.array_equal(value["points_cost"], value["redeemed"] * 100)
    assert np.array_equal(
        value["profit"],
        value["service_margin"]
        + value["sales_margin"]
        - value["discounts"]
        - value["points_cost"]
        - value["touch_cost"],
    )
    assert forecast.totals("profit").value == value["profit"].sum() / 100


def test_the_points_for_a_bill_are_the_policys_own() -> None:
    """LP19: what the policy in force gives for a bill is what the simulation counts."""
    double = WENHUA.amend("double", **{"points.earn": (Earn(1, per=50)).times(2)})
    forecast = simulate([WENHUA, double], customers=1_500, years=2, seed=4, population=Population(reviews=0),
                        assumptions=Assumptions(referred=0))  # fmt: skip
    issued = forecast.per_customer("issued")
    assert np.array_equal(2 * issued, forecast.per_customer("issued", book=1))


# -- what the sources say -------------------------------------------------------------------------------------------------


def test_k11_as_a_cumulative_share_is_the_share_of_each_age_class_that_no_longer_comes() -> None:
    """A cohort without outreach and repurchase: the share that stopped by the end of each year lies near K11's bands."""
    nobody = Assumptions(
        call_wins_back=0, offer_wins_back=0, reminder_wins_back=0, referred=0, adds_product=0, buys_again=0, buys_back=0
    )
    stays = Population(cohort=True, prospects=0, replaced_curve=((0, 0.0), (1, 0.0)))
    forecast = simulate([WENHUA], customers=20_000, years=7, seed=9, population=stays, assumptions=nobody)
    stopped = 1 - forecast.monthly("coming") / 20_000
    curve = lost_share(stays, 85)
    for month in (11, 23, 35, 59, 71):
        assert stopped[month] == pytest.approx(curve[month], abs=0.02)
    by_year = [stopped[12 * year : 12 * year + 12].mean() for year in range(7)]
    assert 0.03 <= by_year[0] <= 0.055
    assert 0.085 <= by_year[1] <= 0.135
    assert 0.39 <= by_year[2] <= 0.50
    assert 0.58 <= (by_year[3] + by_year[4]) / 2 <= 0.80
    assert by_year[6] >= 0.87


def test_k11_as_a_yearly_hazard_is_another_house() -> None:
    shares = lost_share(Population.yearly(), 61)
    for year, (lost, of) in enumerate(zip((0.04, 0.11, 0.45, 0.70, 0.70), range(0, 60, 12), strict=True)):
        assert (shares[of + 12] - shares[of]) / (1 - shares[of]) == pytest.approx(lost), year
    forecasts = [
        simulate([WENHUA], customers=2_000, years=3, seed=1, population=one)
        for one in (Population(), Population.yearly())
    ]
    assert "K11 read as a cumulative share" in repr(forecasts[0])
    assert "K11 read as a yearly hazard" in repr(forecasts[1])
    assert forecasts[0].totals("stopped").value != forecasts[1].totals("stopped").value


def test_v4a_those_who_come_do_so_two_and_a_half_times_a_year() -> None:
    stays = Population(
        cohort=True, prospects=0, loss_curve=((0, 0.0), (1, 0.0)), replaced_curve=((0, 0.0), (1, 0.0)),
    )  # fmt: skip
    nobody = Assumptions(call_brings=0, offer_brings=0, reminder_brings=0, referred=0)
    forecast = simulate([WENHUA], customers=3_000, years=10, seed=2, population=stays, assumptions=nobody)
    assert forecast.totals("visits").value / 30_000 == pytest.approx(2.5, rel=0.03)


def test_r3_one_customer_brings_as_many_as_assumed() -> None:
    """The first generation of a cohort over a long time brings R new customers each (win-backs left out)."""
    nobody = Assumptions(
        call_wins_back=0, offer_wins_back=0, reminder_wins_back=0, referral_generations=1, breadth_causes=0
    )
    cohort = Population(cohort=True, prospects=0, dissatisfied_leaves=1)
    forecast = simulate([WENHUA], customers=10_000, years=30, seed=3, population=cohort, assumptions=nobody)
    assert forecast.totals("referred").value / 10_000 == pytest.approx(0.6, rel=0.08)


def test_k10_taken_literally_explodes_and_is_refused_with_its_numbers() -> None:
    with pytest.raises(
        LifecycleError, match=r"brings 1\.20 new ones: 1,000 customers become 9,930 in 5 generations.*cap"
    ):
        simulate([WENHUA], customers=1_000, years=1, seed=1, assumptions=Assumptions.k10())
    sizes = [
        simulate([WENHUA], customers=1_000, years=5, seed=1, assumptions=Assumptions.k10(referral_generations=cap))
        .totals("referred").value
        for cap in (0, 1, 2, 4)
    ]  # fmt: skip
    assert sizes[0] == 0
    assert all(one < other for one, other in pairwise(sizes))


def test_a_richer_bonus_that_makes_word_of_mouth_explode_is_refused_as_well() -> None:
    rich = WENHUA.amend("rich", **{"points.earn": Bonus(50_000).on("referral_converted")})
    with pytest.raises(LifecycleError, match="without end"):
        simulate([WENHUA, rich], customers=100, years=1, seed=1)


def test_k13_more_products_cause_less_loss_only_as_far_as_assumed() -> None:
    def stopped(causes: float, adds: float) -> float:
        assumed = Assumptions(breadth_causes=causes, adds_product=adds, referred=0)
        return simulate([WENHUA], customers=4_000, years=3, seed=1, assumptions=assumed).totals("stopped").value

    assert stopped(0, 0) == stopped(0, 0.5), "no effect assumed: products change nothing"
    assert stopped(1, 0.5) < stopped(0.3, 0.5) < stopped(0, 0.5)


def test_cars_stand_before_the_first_month_as_they_are_told() -> None:
    """Three states, by weight: who is told not to come any more does not, age and idleness go on from there."""
    quiet = Assumptions(call_wins_back=0, offer_wins_back=0, reminder_wins_back=0, referred=0)
    told = Population(standing=STANDS, prospects=0, loss_times=0, replaced_curve=((0, 0.0), (1, 0.0)))
    forecast = simulate([WENHUA], customers=14_000, years=1, seed=3, population=told, assumptions=quiet)
    coming = forecast.monthly("coming") / 14_000
    assert coming[0] == coming[-1] == pytest.approx((2 + 0.6) / 3.5, abs=0.02), "nobody stops where nobody is told to"
    hazards = visit_hazards(told, 60)
    first = (2 * hazards[4] + 0.6 * hazards[8]) / 3.5
    assert forecast.monthly("visits")[0] / 14_000 == pytest.approx(first, abs=0.01)


def test_sorts_of_customers_come_and_stop_as_often_as_they_are_told() -> None:
    sorts = (Rhythm(0.5, 0.5, 2.0), Rhythm(0.5, 2.0, 0.0))
    quiet = Assumptions(
        call_brings=0, call_wins_back=0, offer_brings=0, offer_wins_back=0, reminder_brings=0, reminder_wins_back=0,
        referred=0, breadth_causes=0,
    )  # fmt: skip
    told = Population(
        cohort=True, prospects=0, rhythms=sorts, regularity=1, replaced_curve=((0, 0.0), (1, 0.0)),
        loss_curve=((0, 0.0), (60, 0.45)), stays=(0.5, 0.5, 0.5), dissatisfied_leaves=1,
    )  # fmt: skip
    forecast = simulate([WENHUA], customers=10_000, years=5, seed=3, population=told, assumptions=quiet)
    assert forecast.monthly("coming")[-1] / 10_000 == pytest.approx(0.55, abs=0.015), (
        "the curve is that of all together"
    )
    often = np.sort(forecast.per_customer("visits"))[5_000:].mean() / 5
    assert often == pytest.approx(5.0, rel=0.05), "twice as often as 2.5 times a year, and none of them stops"


def test_loss_times_raises_every_hazard_of_k11() -> None:
    twice, once = (lost_share(Population(loss_times=times), 61) for times in (2, 1))
    assert all(1 - two == pytest.approx((1 - one) ** 2) for one, two in zip(once, twice, strict=True))


def test_visits_come_as_the_hazards_say() -> None:
    hazards = visit_hazards(Population(regularity=1, visits_per_year=2), 50)
    assert hazards[0] == 0
    assert max(hazards[1:]) - min(hazards[1:]) < 1e-6, "shape 1 is pure chance"
    regular = visit_hazards(Population(regularity=6), 50)
    assert all(one <= other + 1e-9 for one, other in pairwise(regular))
    assert visit_hazards(Population(visit_hazard=(0.3, 0.1)), 5) == (0, 0.3, 0.1, 0.1, 0.1)


# -- the engine against a closed form -------------------------------------------------------------------------------------

CHAIN = (0.3, 0.2, 0.15, 0.05)


def test_pfeifer_and_carraways_chain_is_a_configuration_of_the_engine() -> None:
    """A customer's expected value by recency as a Markov chain (Pfeifer and Carraway 2000), solved and simulated.

    He buys with a chance by months since the last purchase, each purchase brings a margin of 40, each month in which he
    did not buy and is not yet given up costs 4, after four such months he is gone; money is discounted by 0.2 a month.
    """
    book = Book(
        "chain", "1",
        churn=Churn(at_risk=InactiveFor(months=1).counting(all_visits), lost=InactiveFor(months=4).counting(all_visits)),
    )  # fmt: skip
    population = Population(
        cohort=True, prospects=0, loss_curve=((0, 0.0), (1, 0.0)), replaced_curve=((0, 0.0), (1, 0.0)),
        visit_hazard=(*CHAIN, 0.0), charged_in_warranty=1, charged_later=1, bill=40, bill_spread=0, owners_by_year=(1,),
    )  # fmt: skip
    assumed = Assumptions(
        outreach_every=1, call_brings=0, call_wins_back=0, offer_brings=0, offer_wins_back=0, call_cost=4, offer_cost=0,
        service_margin=1, referred=0, reminder_brings=0, reminder_wins_back=0,
    )  # fmt: skip
    customers = 20_000
    forecast = simulate([book], customers=customers, years=3, seed=1, population=population, assumptions=assumed)
    # states 0 … 3 by months since the last purchase, 4: gone
    chain = np.zeros((5, 5))
    chain[4, 4] = 1
    for state, buys in enumerate(CHAIN):
        chain[state, 0], chain[state, state + 1] = buys, 1 - buys
    reward = np.array([40, -4, -4, -4, 0.0])
    discount = 1 / 1.2
    closed = np.linalg.solve(np.eye(5) - discount * chain, reward)
    cash = forecast.monthly("service_margin") - forecast.monthly("touch_cost")
    assert forecast.totals("sales").value == 0
    weights = discount ** np.arange(1, 37)
    per_customer = 40 + float((cash * weights).sum()) / 100 / customers  # the purchase that starts it comes on top
    spread = 40 * math.sqrt(3 / customers) * 3
    assert per_customer == pytest.approx(closed[0], abs=spread)
    # and month by month: the share in each state is the chain's power
    shares = np.eye(5)[0]
    for month in range(12):
        shares = shares @ chain
        assert forecast.monthly("visits")[month] / customers == pytest.approx(shares[0], abs=0.015)
        assert forecast.monthly("lost_at_end")[month] / customers == pytest.approx(shares[4], abs=0.02)


# -- LW3 ------------------------------------------------------------------------------------------------------------------


def covered(truths: int, customers: int, large: int, years: int) -> float:
    """Over so many truths (other assumptions, another true difference each): how often the interval holds the truth."""
    held = 0
    for truth in range(truths):
        chance = Chance(99, truth)

        def between(low: float, high: float, what: str, chance: Chance = chance) -> float:
            return low + (high - low) * chance.share(what)

        assumed = Assumptions(
            call_wins_back=between(0.01, 0.08, "call"), offer_wins_back=between(0.02, 0.12, "offer"),
            call_brings=between(0.1, 0.4, "brings"), referred=between(0, 0.5, "referred"),
        )  # fmt: skip
        lost = InactiveFor(months=chance.whole(6, 11, "lost")).counting(all_visits)
        pair = [WENHUA, WENHUA.amend("other", **{"churn.lost": lost})]

        def told(customers: int, seed: int, pair: list[Book] = pair, assumed: Assumptions = assumed) -> Any:
            found = simulate(pair, customers=customers, years=years, seed=seed, assumptions=assumed)
            return found.difference("visits")

        true = told(large, 10_000 + truth).value / large * customers
        one = told(customers, truth)
        held += one.low <= true <= one.high
    return held / truths


def test_lw3_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    assert 0.86 <= covered(40, customers=1_500, large=30_000, years=1) <= 1


@pytest.mark.slow
def test_lw3_over_200_truths_intervals_hold_the_truth_in_90_to_98_per_cent() -> None:
    assert 0.90 <= covered(200, customers=2_000, large=60_000, years=2) <= 0.98


def test_the_same_luck_cuts_the_standard_error_at_least_four_times() -> None:
    """A hazard 5 % higher, told from the same population: paired by luck against independent seeds."""
    harder = Population().loss_curve
    raised = tuple((month, 1 - (1 - share) ** 1.05) for month, share in harder)

    def visits(curve: Any, seed: int) -> Any:
        population = Population(loss_curve=curve)
        return simulate([WENHUA], customers=10_000, years=3, seed=seed, population=population).per_customer("visits")

    base, paired, apart = visits(harder, 1), visits(raised, 1), visits(raised, 2)
    assert (paired - base).std() * 4 <= (apart - base).std()


def test_a_difference_that_chance_could_have_made_is_marked() -> None:
    forecast = simulate([WENHUA, STRICT], customers=400, years=2, seed=7)
    doubtful = [one for one in forecast.differences if one.changed and one.holds_zero]
    assert doubtful
    assert "°" in repr(forecast)
    assert any("contains zero" in one for one in forecast.warnings)


def test_a_forecast_shows_every_figure_with_its_interval_and_every_assumption() -> None:
    forecast = simulate([WENHUA, STRICT], customers=300, years=1, seed=7)
    shown = repr(forecast)
    for name in (*MEASURES, *forecast.assumed, *forecast.labels):
        assert name in shown
    assert "±" in shown
    assert "not a prediction" in shown
    assert all(line.rstrip() == line for line in shown.splitlines())
    for one in forecast.assumed.values():
        assert one.source
        assert one.meaning
    assert str(forecast.totals("visits")).startswith("visits: ")


def test_sensitivity_moves_one_assumption_at_a_time() -> None:
    forecast = simulate([WENHUA, STRICT], customers=300, years=1, seed=7)
    table = forecast.sensitivity("touch_cost", only=["call_cost", "service_margin", "visits_per_year", "loss"])
    found = {one.name: one for one in table}
    assert [one.swing for one in table] == sorted((one.swing for one in table), reverse=True)
    assert found["service_margin"].swing == 0
    assert found["call_cost"].at_low != found["call_cost"].at_high
    now = forecast.difference("touch_cost").value
    assert all(one.now == now for one in table)
    again = simulate([WENHUA, STRICT], customers=300, years=1, seed=7, assumptions=Assumptions().at("call_cost", 3))
    assert found["call_cost"].at_low == again.difference("touch_cost").value
    assert simulate(WENHUA, customers=50, years=1, seed=7).sensitivity(only=["bill"])[0].swing > 0


# -- assumptions ----------------------------------------------------------------------------------------------------------


def test_an_assumption_given_as_a_number_keeps_its_range_and_says_it_was_given() -> None:
    assumed = Assumptions(offer_wins_back=0.2, call_cost=Assumed(9, 8, 10, "own books"))
    assert assumed.offer_wins_back == Assumed(0.2, 0.02, 0.2, "given")
    assert assumed.call_cost.source == "own books"
    assert repr(assumed).startswith("Assumptions(offer_wins_back=0.2, call_cost=Assumed(value=9")
    assert repr(Assumptions()) == "Assumptions()"
    assert repr(Population(loss="yearly", buys=0.1)) == "Population(loss='yearly', buys=0.1)"
    assert pickle.loads(pickle.dumps(assumed)) == assumed


def explode() -> object:
    return simulate(
        [WENHUA], customers=1, years=1, seed=1, assumptions=Assumptions(referred=0.9, prospects_per_sale=500)
    )


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Assumptions(redeems=1.2), "redeems"),
        (
            lambda: Assumptions(redeems="often"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            "not a number",
        ),
        (lambda: Assumptions(call_cost=-1), "call_cost"),
        (lambda: Assumed(3, 4, 5), "outside"),
        (lambda: Assumptions(referral_generations=-1), "generations"),
        (lambda: Population(loss="monthly"), "cumulative"),
        (lambda: Population(breadth=(1.0, 2.0)), "3 numbers"),
        (lambda: Population(loss_curve=((0, 0.1), (3, 0.2))), "cumulative share"),
        (lambda: Population(owners_by_year=(0.0,)), "no weight"),
        (lambda: Population(rhythms=()), "no rhythms"),
        (lambda: Population(standing=(Standing(1.0, 3, 4, 4),)), "how cars stand"),
        (lambda: Population(standing=(Standing(1.0, 3, 3, 3, 1),)), "how cars stand"),
        (
            lambda: simulate(
                WENHUA,
                customers=9,
                years=1,
                seed=1,
                population=Population(visit_hazard=(0.1,), rhythms=SORTS["two"]),
            ),
            "either visit_hazard or rhythms",
        ),
        (lambda: simulate([], customers=1, years=1, seed=1), "no book"),
        (lambda: simulate([WENHUA], customers=0, years=1, seed=1), "customers=0"),
        (lambda: simulate([WENHUA], customers=1, years=1, seed=-1), "seed=-1"),
        (lambda: simulate([WENHUA], customers=1, years=101, seed=1), "years=101"),
        (lambda: simulate([WENHUA], customers=9, years=1, seed=1).totals("visit"), "visits"),
        (lambda: simulate([WENHUA], customers=9, years=1, seed=1).replay_one(9), "no customer 9"),
        (lambda: simulate([WENHUA], customers=9, years=1, seed=1).monthly("visits", book=1), "no book 1"),
        (lambda: simulate([WENHUA], customers=9, years=1, seed=1).sensitivity(only=["cal_cost"]), "call_cost"),
        (explode, "prospects a month"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_remedy(build: Callable[[], object], said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        build()


# -- what it cannot honour ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (InactiveFor(days=200).counting(all_visits), "give months"),
        (InactiveFor(months=9).counting(VisitKind("dear", fact("charge") > 500)), "all_visits or charged_visits"),
        (SpendingDeclining(months=9), "InactiveFor"),
        (InactiveFor(months=9).when(fact("mileage") > 1), "InactiveFor"),
    ],
)
def test_a_rule_that_cannot_be_simulated_is_refused_by_its_path(lost: Any, said: str) -> None:
    with pytest.raises(LifecycleError, match=f"churn.lost.*{said}"):
        simulate([WENHUA.amend("other", churn=Churn(lost=lost))], customers=9, years=1, seed=1)


def test_what_a_book_says_and_the_simulation_leaves_out_is_listed() -> None:
    odd = WENHUA.amend(
        "odd",
        points=Points(
            (Earn({"ordinary": 1, "gold": 3}, per=50, of="parts")).at_most(30, per="month") + Bonus(5).on("event_attended"),
            Lapse.aged(months=12, remind=10), Redeem(order="newest"), rounding="carry", basis="net", active_after_days=3,
        ),
    )  # fmt: skip
    said = "\n".join(simulate([odd], customers=9, years=1, seed=1).left_out)
    parts = (
        "rates of tiers, of='parts', at_most, event_attended, rounding, basis, active_after_days, order, remind, bonus"
    )
    for part in parts.split(", "):
        assert part in said
    told = [line for line in said.splitlines() if not line.startswith("wenhua odd: benefits.")]
    assert all(line.startswith("wenhua odd: points.") or "bonus" in line for line in told)
    assert [line.split(":")[1].strip() for line in said.splitlines() if line not in told] == [
        "benefits.discounts", "benefits.perks",
    ]  # fmt: skip
    assert "benefits" not in "".join(simulate([CHIZHOU], customers=9, years=1, seed=1).left_out)


def test_reminders_go_once_to_those_with_points_who_have_not_come_for_ten_months() -> None:
    """W5, LP15: never with no points, once in an idle spell."""
    without = WENHUA.amend("no reminder", **{"points.lapse": Lapse.idle(months=12)})
    forecast = simulate([WENHUA, without], customers=3_000, years=3, seed=1)
    assert forecast.totals("reminders").value > 0
    assert forecast.totals("reminders", book=1).value == 0
    assert (forecast.per_customer("reminders") <= 4 * (1 + forecast.per_customer("referred"))).all()
    assert forecast.difference("breakage").value > 0, "who is not reminded loses more points"


def test_the_names_of_books_are_told_apart() -> None:
    forecast = simulate([WENHUA, WENHUA, STRICT, WENHUA], customers=9, years=1, seed=1)
    assert forecast.labels == ("wenhua 2014-11", "wenhua 2014-11 (2)", "wenhua nine months", "wenhua 2014-11 (3)")
