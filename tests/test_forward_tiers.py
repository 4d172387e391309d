"""Tiers in a simulation: members rise by what they spend, and earn by the tier they have (LP12, LP19)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import Bonus, Earn, Points, VisitKind, all_visits, fact, simulate
from lifecycle.book import Book, Editions
from lifecycle.books import WENHUA
from lifecycle.dates import add_months
from lifecycle.forward import Assumptions, Forecast, Population, Rhythm
from lifecycle.forward.alone import Rungs
from lifecycle.forward.plan import Ladder
from lifecycle.points import Lapse, Redeem
from lifecycle.tiers import Benefits, Tiers

START = date(2025, 3, 1)
RATES = Earn({"ordinary": 1, "silver": 2, "gold": 4}, per=50) + Bonus(300).on("referral_converted")


def book(edition: str, tiers: Tiers | None, **points: Any) -> Book:
    told: dict[str, Any] = {"earn": RATES, "lapse": Lapse.idle(months=12), "redeem": Redeem(worth=1), **points}
    return WENHUA.amend(edition, points=Points(**told), tiers=tiers, benefits=Benefits())


#: Every basis, window, way to fall.
BOOKS = {
    one.edition: one
    for one in (
        book("spend in a year", Tiers({"silver": 900, "gold": 2000}, months=12)),
        book("spend, including", Tiers({"silver": 900, "gold": 2000}, months=9), tier_of="including"),
        book("visits for ever", Tiers({"silver": 2, "gold": 5}, by="visits", visits=all_visits)),
        book("charged visits", Tiers({"silver": 2, "gold": 3}, by="visits", months=10, grace_months=2)),
        book("points in a year", Tiers({"silver": 20, "gold": 60}, by="points", calendar_year=True)),
        book(
            "step by step",
            Tiers({"silver": 600, "gold": 1200}, months=5, grace_months=3, downgrade="one_step"),
            tier_of="including",
        ),
        book("never down", Tiers({"silver": 900, "gold": 1500}, calendar_year=True, downgrade="never")),
        book("no tiers", None),
        book("all alike", Tiers({"silver": 900}), earn=Earn(1, per=50)),
        book(
            "bonus of gold",
            Tiers({"silver": 900, "gold": 1500}, months=12),
            earn=Earn(1, per=50)
            + Bonus(100).on("review_posted").when(fact("tier") == "gold")
            + Bonus(50).on("referral_converted").when(fact("tier") == "silver"),
        ),
    )
}
names = st.sampled_from(sorted(BOOKS))
BUSY = Population(
    prospects=0.4, buys=0.6, visits_per_year=5, regularity=1, reviews=0.4, rhythms=(Rhythm(0.7, 0.5), Rhythm(0.3, 2.0))
)
ACTS = Assumptions(redeems=0.5, offer_wins_back=0.5, offer_brings=0.8, referred=1.5, referral_generations=2)


def run(books: Any, **how: Any) -> Forecast:
    told: dict[str, Any] = {
        "customers": 120, "years": 3, "seed": 5, "population": BUSY, "assumptions": ACTS, "start": START, **how,
    }  # fmt: skip
    return simulate(books, **told)


def as_alone(forecast: Forecast, *, book: int = 0) -> None:
    for customer in range(forecast.customers):
        alone = forecast.replay_one(customer, book=book).totals
        assert alone == {name: int(forecast.per_customer(name, book=book)[customer]) for name in alone}, customer


def reform(*editions: str, months: Sequence[int]) -> Editions:
    first, *later = (BOOKS[one] for one in editions)
    return Editions(first, {add_months(START, month): one for month, one in zip(months, later, strict=True)})


# -- one customer alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", sorted(BOOKS))
def test_one_customer_alone_is_what_the_bulk_counted_with_tiers(edition: str) -> None:
    as_alone(run(BOOKS[edition], customers=200, block=64))


@settings(max_examples=12)
@given(
    told=st.lists(names, min_size=1, max_size=3),
    months=st.sets(st.integers(0, 35), min_size=2),
    seed=st.integers(0, 2**40),
)
def test_alone_and_bulk_agree_whatever_the_tiers_and_their_reforms(
    told: list[str], months: set[int], seed: int
) -> None:
    as_alone(
        run([WENHUA, reform(*told, months=sorted(months)[: len(told) - 1])], customers=40, seed=seed, block=17), book=1
    )


@settings(max_examples=5)
@given(edition=names, block=st.integers(20, 200), workers=st.integers(1, 3))
def test_lw2_neither_blocks_nor_workers_matter_with_tiers(edition: str, block: int, workers: int) -> None:
    one, other = run(BOOKS[edition]), run(BOOKS[edition], block=block, workers=workers)
    for measure in ("issued", "redeemed", "lapsed", "points_left", "visits"):
        assert np.array_equal(one.per_customer(measure), other.per_customer(measure))


@pytest.mark.parametrize("edition", sorted(BOOKS))
def test_lp18_tiers_cut_into_equal_editions_alter_nothing(edition: str) -> None:
    again = Editions(BOOKS[edition], {add_months(START, month): BOOKS[edition].amend(f"{month}") for month in (7, 20)})
    one, other = run(BOOKS[edition]), run(again)
    for measure in ("issued", "redeemed", "lapsed", "points_left", "visits"):
        assert np.array_equal(one.per_customer(measure), other.per_customer(measure))


# -- as the ledger's own ----------------------------------------------------------------------------------------------


@given(
    window=st.sampled_from([None, 1, 3, 12, "year"]),
    grace=st.integers(0, 4),
    downgrade=st.sampled_from(["at_once", "one_step", "never"]),
    done=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 4)), max_size=12),
    born=st.integers(0, 10),
)
def test_lp12_tiers_by_months_are_those_of_the_ledger_where_all_happens_on_one_day_of_the_month(
    window: int | str | None, grace: int, downgrade: str, done: list[tuple[int, int]], born: int
) -> None:
    year = window == "year"
    tiers = Tiers(
        {"silver": 2, "gold": 4, "black": 7}, by="visits", months=window if isinstance(window, int) else None,
        calendar_year=year, grace_months=max(grace, int(downgrade == "one_step")), downgrade=downgrade,
    )  # fmt: skip
    fold = tiers.open()
    ladder = Ladder(
        tiers.names, (2, 4, 7), "visits", tiers.months or 0, (1 - START.month) % 12 if year else None, tiers.grace_months,
        downgrade,
    )  # fmt: skip
    rungs = Rungs(ladder)
    # the year begins on its first day: so do months, and what is done in one
    for month in range(born, 41):
        day = add_months(START, month)
        fold.advance(day)
        rungs.advance(month)
        assert rungs.level == fold.level, month
        for when, amount in done:
            if when == month:
                fold.count(day, amount, f"{when}")
                rungs.count(amount)
                assert (rungs.level, rungs.basis) == (fold.level, fold.basis), month


#: One who comes each month and pays 100 yuan.
STEADY = Population(
    cohort=True, prospects=0, loss_curve=((0, 0.0), (1, 0.0)), replaced_curve=((0, 0.0), (1, 0.0)), visit_hazard=(1.0,),
    charged_in_warranty=1, charged_later=1, bill=100, bill_spread=0, reviews=0, opening_points=0,
)  # fmt: skip
QUIET = Assumptions(referred=0, redeems=0)


def monthly(tiers: Tiers, **points: Any) -> list[int]:
    told = run(book("steady", tiers, **points), customers=1, years=2, population=STEADY, assumptions=QUIET)
    return [int(one) for one in told.monthly("issued")]


def test_points_are_those_of_the_tier_before_the_bill_or_including_it() -> None:
    tiers = Tiers({"silver": 200, "gold": 500})
    assert monthly(tiers)[:7] == [2, 2, 4, 4, 4, 8, 8]
    assert monthly(tiers, tier_of="including")[:7] == [2, 4, 4, 4, 8, 8, 8]


def test_a_window_that_is_too_short_for_gold_keeps_silver() -> None:
    assert monthly(Tiers({"silver": 200, "gold": 500}, months=4)) == [2, 2] + [4] * 22
    assert monthly(Tiers({"silver": 300}, months=3))[:8] == [2, 2, 2] + [2] * 5, (
        "three in three months, but one has gone"
    )
    assert monthly(Tiers({"silver": 300}, months=3, grace_months=1))[:8] == [2, 2, 2] + [4] * 5, "kept a month longer"


def test_a_year_begins_anew_in_january() -> None:
    """The first month is March: January is month 10."""
    told = monthly(Tiers({"silver": 300, "gold": 600}, calendar_year=True))
    assert told == [2] * 3 + [4] * 3 + [8] * 4 + [2] * 3 + [4] * 3 + [8] * 6 + [2] * 2
    kept = monthly(Tiers({"silver": 300, "gold": 600}, calendar_year=True, grace_months=2))
    assert kept[10:14] == [8, 8, 2, 4], "the grace is over in March"


def test_other_tiers_are_reckoned_of_all_that_was_done() -> None:
    """A reform in month 8, when 800 yuan were spent."""
    before, after = book("before", None), book("after", Tiers({"silver": 300, "gold": 800}))
    told = run(
        Editions(before, {add_months(START, 8): after}), customers=3, years=1, population=STEADY, assumptions=QUIET
    )
    assert [int(one) // 3 for one in told.monthly("issued")] == [2] * 8 + [8] * 4
    (first, *_) = (one for one in told.replay_one(0).happened if "is gold now" in one.what)
    assert first.month == 8


# -- said -------------------------------------------------------------------------------------------------------------


def said(one: Book, **how: Any) -> str:
    return "\n".join(run(one, customers=2, years=1, **how).left_out)


def test_what_is_not_followed_is_said() -> None:
    assert "what was done before the first month does not count" in said(BOOKS["spend in a year"])
    assert "no thresholds" in said(BOOKS["no tiers"])
    assert "tiers" not in said(BOOKS["all alike"])
    assert "taken as January" in said(BOOKS["never down"], start=None)
    assert "taken as January" not in said(BOOKS["never down"])
    own = VisitKind("paint", fact("job") == "paint")
    odd = book("odd", Tiers({"silver": 1}, by="visits", visits=own))
    assert "visits of kind paint are not simulated; everybody is ordinary" in said(odd)
    as_alone(run(odd))
    assert run(odd).plans[0].tiers == Ladder()
