"""A reform in a simulation: each month goes by the edition of its first day, what is recorded stands (LP18)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Bonus, Earn, InactiveFor, Points, all_visits, charged_visits, simulate
from lifecycle.book import Book, Editions
from lifecycle.books import CHIZHOU, REGULATION, WENHUA
from lifecycle.churn import Churn
from lifecycle.dates import add_months
from lifecycle.deadline import never
from lifecycle.errors import LifecycleError
from lifecycle.forward import Assumptions, Forecast, Population, Rhythm
from lifecycle.forward.bands import by_month
from lifecycle.forward.measures import MEASURES
from lifecycle.points import Lapse, Redeem
from lifecycle.show.report import forecast_page

START = date(2025, 3, 1)
DEAR = Points(
    Earn(3, per=50) + Bonus(800).on("referral_converted"), Lapse.aged(months=7), Redeem(unit=10, worth=4, share=50)
)
#: What a reform may say, by name: every lapse, both counters, joined rules, points worth more or less.
SAYS = {
    "wenhua": WENHUA,
    "chizhou": evolve(CHIZHOU, name=WENHUA.name),
    "regulation": evolve(REGULATION, name=WENHUA.name),
    "nine": WENHUA.amend("nine", **{"churn.lost": InactiveFor(months=9).counting(all_visits)}),
    "soon": WENHUA.amend(
        "soon",
        churn=Churn(
            at_risk=InactiveFor(months=2).counting(all_visits), lost=InactiveFor(months=4).counting(charged_visits)
        ),
    ),
    "aged": WENHUA.amend("aged", points=DEAR),
    "march": WENHUA.amend("march", **{"points.lapse": Lapse.yearly(month=3, day=31, years=1)}),
    "may": WENHUA.amend("may", **{"points.lapse": Lapse.yearly(month=5, day=31), "points.redeem": Redeem(worth=3)}),
    "kept": WENHUA.amend("kept", **{"points.lapse": Lapse.never()}),
    "half": WENHUA.amend("half", **{"points.lapse": Lapse.idle(months=6, remind=5), "points.redeem": Redeem(worth=2)}),
    "paid": WENHUA.amend("paid", **{"points.lapse": Lapse.idle(months=8, visits=charged_visits, remind=7)}),
    "joined": WENHUA.amend(
        "joined",
        churn=Churn(
            at_risk=InactiveFor(months=3).counting(charged_visits) | InactiveFor(months=5).counting(all_visits),
            lost=InactiveFor(months=8).counting(charged_visits) & InactiveFor(months=7).counting(all_visits),
        ),
    ),
    "nobody": WENHUA.amend("nobody", churn=Churn(lost=never)),
}
says = st.sampled_from(sorted(SAYS))
BUSY = Population(prospects=0.4, buys=0.6, rhythms=(Rhythm(0.7, 0.5, 1.5), Rhythm(0.3, 2.0, 0.2)))
ACTS = Assumptions(
    redeems=0.5, call_wins_back=0.5, offer_wins_back=0.5, reminder_wins_back=0.5, referred=1.5, referral_generations=2
)


def house(*names: str, months: Sequence[int] = (), days: int = 0) -> Editions:
    """A house whose first edition says the first, and from each of these months (of the forecast) on the next."""
    first, *later = (SAYS[name].amend(name) for name in names)
    turns = {date(START.year, 3, 1 + days) if not month else add_months(START, month).replace(day=1 + days): book
             for month, book in zip(months, later, strict=True)}  # fmt: skip
    return Editions(first, turns)


def run(books: Any, **how: Any) -> Forecast:
    told: dict[str, Any] = {
        "customers": 150, "years": 2, "seed": 5, "population": BUSY, "assumptions": ACTS, "start": START, **how,
    }  # fmt: skip
    return simulate(books, **told)


def same(one: Forecast, other: Forecast, *, book: int = 0) -> None:
    for measure in MEASURES:
        assert np.array_equal(one.per_customer(measure, book=book), other.per_customer(measure)), measure
        assert np.array_equal(one.monthly(measure, book=book), other.monthly(measure)), measure


def as_alone(forecast: Forecast, *, book: int = 0) -> None:
    for customer in range(forecast.customers):
        alone = forecast.replay_one(customer, book=book).totals
        assert alone == {name: int(forecast.per_customer(name, book=book)[customer]) for name in alone}, customer


# -- one customer alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("wenhua", "soon", "joined"), ("kept", "paid", "wenhua"), ("aged", "half", "march"), ("march", "aged", "may"),
        ("wenhua", "may", "half"), ("chizhou", "regulation", "aged"), ("nobody", "soon", "nobody"), ("half", "kept", "half"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_one_customer_alone_is_what_the_bulk_counted_through_reforms(names: tuple[str, ...]) -> None:
    as_alone(run(house(*names, months=(7, 15)), customers=250, block=64))


@settings(max_examples=15)
@given(
    names=st.lists(says, min_size=2, max_size=3),
    months=st.sets(st.integers(0, 23), min_size=2),
    seed=st.integers(0, 2**40),
)
def test_alone_and_bulk_agree_whatever_the_reform(names: list[str], months: set[int], seed: int) -> None:
    told = house(*names, months=sorted(months)[: len(names) - 1])
    as_alone(run([WENHUA, told], customers=40, seed=seed, block=17), book=1)


@settings(max_examples=8)
@given(names=st.tuples(says, says), month=st.integers(0, 23), block=st.integers(20, 200), workers=st.integers(1, 3))
def test_lw2_neither_blocks_nor_workers_matter_through_a_reform(
    names: tuple[str, str], month: int, block: int, workers: int
) -> None:
    told = house(*names, months=(month,))
    same(run(told), run(told, block=block, workers=workers))


# -- LP18 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SAYS))
def test_lp18_an_edition_cut_into_equal_ones_alters_nothing(name: str) -> None:
    for months in ((1, 2), (9, 14), (12, 13)):
        same(run([SAYS[name], house(name, name, name, months=months)]), run(SAYS[name]), book=1)


@settings(max_examples=10)
@given(names=st.tuples(says, says), month=st.integers(1, 23), seed=st.integers(0, 2**40))
def test_lp18_a_reform_alters_nothing_before_it_and_a_book_by_itself_is_its_edition(
    names: tuple[str, str], month: int, seed: int
) -> None:
    forecast = run([SAYS[names[0]], house(*names, months=(month,))], seed=seed)
    for measure in MEASURES:
        if measure not in ("leads", "referred"):
            before = forecast.monthly(measure, book=1)[:month]
            assert np.array_equal(before, forecast.monthly(measure)[:month]), measure


def test_a_reform_before_the_first_month_is_the_book_in_force() -> None:
    told = Editions(SAYS["wenhua"], {date(2024, 6, 15): SAYS["half"]})
    same(run([SAYS["half"], told]), run(SAYS["half"]), book=1)
    assert run(told).labels == (f"{WENHUA.name} half",)


def test_the_edition_of_a_month_is_that_of_its_first_day() -> None:
    """A reform on the second of a month holds from the next month on."""
    second, first = (run(house("wenhua", "half", months=(month,), days=day)) for month, day in ((6, 1), (7, 0)))
    assert [month for month, _ in second.editions()] == [0, 7]
    same(second, first)


# -- by hand ----------------------------------------------------------------------------------------------------------

#: One who has just bought, never comes, and never stops; nobody calls him.
SILENT = Population(
    cohort=True, prospects=0, loss_curve=((0, 0.0), (1, 0.0)), replaced_curve=((0, 0.0), (1, 0.0)), visit_hazard=(0.0,),
    opening_points=100,
)  # fmt: skip
QUIET = Assumptions(call_brings=0, offer_brings=0, reminder_brings=0, referred=0)


def silent(*names: str, months: Sequence[int], **how: Any) -> Forecast:
    return run(house(*names, months=months), population=SILENT, assumptions=QUIET, customers=100, **how)


def test_lp18_points_that_are_past_due_when_a_reform_begins_lapse_in_its_first_month() -> None:
    """The last visit was in the month before the first: 12 months are over in month 11, 6 months in month 5."""
    for name, month, due in (("half", 3, 5), ("half", 5, 5), ("half", 6, 6), ("half", 9, 9), ("wenhua", 3, 11)):
        forecast = silent("kept", name, months=(month,))
        assert np.flatnonzero(forecast.monthly("lapsed")).tolist() == [due], (name, month)
        assert forecast.monthly("points_left")[-1] == 0
    assert np.flatnonzero(silent("half", "wenhua", months=(4,)).monthly("lapsed")).tolist() == [11]
    assert not silent("half", "kept", months=(5,)).monthly("lapsed").any()


def test_a_yearly_lapse_that_is_past_when_a_reform_begins_falls_due_in_its_first_month() -> None:
    """The first month is March: the end of May is month 2, of the next May month 14."""
    for month, due in ((1, 2), (2, 2), (3, 3), (9, 9)):
        assert np.flatnonzero(silent("kept", "may", months=(month,)).monthly("lapsed")).tolist() == [due], month


def test_reminders_that_are_past_are_not_made_up_for() -> None:
    for month, due in ((3, [4]), (4, [4]), (5, [])):
        forecast = silent("kept", "half", months=(month,))
        assert np.flatnonzero(forecast.monthly("reminders")).tolist() == due, month


def test_who_is_lost_by_the_new_rule_is_lost_in_its_first_month_and_called_and_offered_then() -> None:
    forecast = silent("nobody", "soon", months=(7,))
    for measure in ("at_risk", "lost", "offers"):
        assert forecast.monthly(measure).tolist() == [100 * (month == 7) for month in range(24)], measure
    back = silent("soon", "nobody", "soon", months=(7, 12))
    assert back.monthly("lost_at_end").tolist() == [100 * (3 <= month < 7 or month >= 12) for month in range(24)]
    assert np.flatnonzero(back.monthly("lost")).tolist() == [3, 12]


def test_points_are_worth_what_the_edition_of_their_month_says() -> None:
    """WENHUA's points are worth a yuan (assumed), those of the reform two: what lapses before it, what after it, what is left."""
    forecast = silent("wenhua", "half", months=(15,))
    left = forecast.monthly("points_at_start").sum()
    assert forecast.monthly("breakage")[11] == 100 * left
    assert forecast.totals("breakage").value == left
    later = silent("wenhua", "half", months=(9,))
    assert later.monthly("breakage")[9] == 200 * left
    assert later.monthly("liability")[8] == 100 * left
    kept = silent("wenhua", "half", months=(3,), years=1)
    assert kept.monthly("liability")[:5].tolist() == [100 * left] * 3 + [200 * left] * 2
    told = run(house("wenhua", "half", "aged", months=(8, 16)), customers=400)
    assert told.totals("redeemed").value > 0
    worth = [told.editions()[0][1], SAYS["half"], SAYS["aged"]]
    assert [one.points.redeem.point for one in worth] == [None, 200, 40]
    cost = told.monthly("points_cost")
    redeemed = told.monthly("redeemed")
    each = [100] * 8 + [200] * 8 + [40] * 8
    assert cost.tolist() == [fen * some for fen, some in zip(each, redeemed, strict=True)]
    assert cost.sum() == told.per_customer("points_cost").sum()


@settings(max_examples=8)
@given(names=st.tuples(says, says), month=st.integers(0, 23))
def test_points_are_conserved_through_a_reform(names: tuple[str, str], month: int) -> None:
    told = run(house(*names, months=(month,)))
    of = told.per_customer
    assert np.array_equal(of("points_at_start") + of("issued"), of("redeemed") + of("lapsed") + of("points_left"))
    assert (of("points_left") >= 0).all()
    assert told.monthly("profit").sum() == pytest.approx(of("profit").sum(), abs=told.customers + 24)


# -- shown, and refused -----------------------------------------------------------------------------------------------


def test_a_reform_is_told_with_its_editions() -> None:
    told = house("wenhua", "half", months=(6,))
    forecast = run([WENHUA, told])
    assert forecast.labels[1] == f"{WENHUA.name} wenhua → half"
    assert [(month, book.edition) for month, book in forecast.editions(1)] == [(0, "wenhua"), (6, "half")]
    assert "wenhua → half" in repr(forecast)
    assert "2 years from 2025-03-01, seed 5" in repr(forecast)
    assert "from month 7 on" in forecast_page(forecast)
    swings = forecast.sensitivity("lapsed", only=["redeems"])
    assert swings[0].now == pytest.approx(forecast.difference("lapsed").value)
    bands = by_month(forecast, "breakage", book=1, against=0)
    assert [one.value for one in bands] == [
        value / 100 for value in forecast.monthly("breakage", book=1) - forecast.monthly("breakage")
    ]


def test_a_yearly_lapse_goes_by_the_calendar_where_the_first_month_is_known() -> None:
    forecast = run(SAYS["may"], population=SILENT, assumptions=QUIET)
    assert np.flatnonzero(forecast.monthly("lapsed")).tolist() == [2]
    assert not any("taken as January" in line for line in forecast.left_out)
    nowhere = run(SAYS["may"], population=SILENT, assumptions=QUIET, start=None)
    assert np.flatnonzero(nowhere.monthly("lapsed")).tolist() == [4]
    assert any("taken as January" in line for line in nowhere.left_out)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"start": None}, "which day the forecast begins"),
        ({"start": date(2025, 3, 2)}, "not the first day of a month"),
        ({"start": "2025-03-01"}, "not the first day of a month"),
    ],
)
def test_what_does_not_say_when_it_begins_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(LifecycleError, match=said):
        run(house("wenhua", "half", months=(6,)), **how)


def test_an_edition_that_cannot_be_simulated_is_refused() -> None:
    days = WENHUA.amend("days", **{"churn.lost": InactiveFor(days=400).counting(all_visits)})
    with pytest.raises(LifecycleError, match="counts days"):
        run(Editions(WENHUA, {date(2025, 6, 1): days}))
    assert run(Editions(WENHUA, {date(2099, 6, 1): days})).editions()[0][1] is WENHUA


def test_books_of_a_house_are_books() -> None:
    with pytest.raises(LifecycleError, match="no book"):
        run([WENHUA, "half"])
    assert isinstance(run(WENHUA).books[0], Book)
