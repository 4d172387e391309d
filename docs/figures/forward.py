"""The figures of docs/explanation/simulation-checked.md: simulations held against what really came.

In: the CDNOW log, the synthetic dealership, a Markov chain in closed form. Out: Markdown tables by name. Run as a script it
writes them into the page, between the marks; a test holds the page against them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve

from lifecycle import Book, InactiveFor, all_visits, never, sample, simulate
from lifecycle.churn import Churn
from lifecycle.forward import Assumptions, Fitted, Population, fit
from lifecycle.forward.watched import watched
from lifecycle.readers import read_cdnow
from lifecycle.visits import VISITS

PAGE = Path(__file__).parents[1] / "explanation" / "simulation-checked.md"
#: Nothing that a house does has an effect: what the fit says of customers is all there is.
QUIET = Assumptions(
    call_brings=0, call_wins_back=0, offer_brings=0, offer_wins_back=0, reminder_brings=0, reminder_wins_back=0,
    referred=0, buys_again=0, buys_back=0,
)  # fmt: skip
NO_RULE = Book("no rule", "1", churn=Churn(lost=never))
DRAWS = 20


def _month(day: date) -> int:
    return 12 * day.year + day.month


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _ahead(fitted: Fitted, customers: int, years: int) -> list[Any]:
    """Forecasts of so many customers: the fit's own uncertainty and chance together, one of each in each."""
    quiet = {"prospects": 0, "replaced_curve": ((0, 0.0), (1, 0.0))}
    return [
        simulate(
            NO_RULE, customers=customers, years=years, seed=number, assumptions=QUIET,
            population=evolve(fitted.draw(number), **quiet),
        )
        for number in range(1, DRAWS + 1)
    ]  # fmt: skip


def _span(values: Sequence[float]) -> tuple[float, float, float]:
    middle, reach = float(np.mean(values)), 1.96 * float(np.std(values, ddof=1))
    return middle, middle - reach, middle + reach


def cdnow() -> dict[str, str]:
    """Fitted to what was bought until September 1997; the nine months after it."""
    events = read_cdnow().events
    cut = date(1997, 9, 30)
    fitted = fit(events, on=cut, sorts=2)
    bought = {(event.customer, _month(event.day)) for event in events}
    start = _month(cut)
    buyers = [sum(month == start + ahead for _, month in bought) for ahead in range(1, 10)]
    rows = [sum(_month(event.day) == start + ahead for event in events) for ahead in range(1, 10)]
    each = sum(event.day <= cut for event in events) / sum(month <= start for _, month in bought)
    customers = len(fitted.watched.cars)
    forecasts = _ahead(fitted, customers, 1)
    told = []
    for ahead in range(9):
        middle, low, high = _span([float(one.monthly("visits")[ahead]) for one in forecasts])
        month = (start + ahead) % 12 + 1
        told.append(
            (
                f"{1997 + (month < 10)}-{month:02}", f"{buyers[ahead]:,}", f"{middle:,.0f} [{low:,.0f}, {high:,.0f}]",
                f"{rows[ahead]:,}", f"{middle * each:,.0f} [{low * each:,.0f}, {high * each:,.0f}]",
                f"{middle / buyers[ahead] - 1:+.0%}".replace("-", "−"),
            )
        )  # fmt: skip
    sums = _span([float(one.monthly("visits")[:9].sum()) for one in forecasts])
    told.append(
        (
            "all nine", f"{sum(buyers):,}", f"{sums[0]:,.0f} [{sums[1]:,.0f}, {sums[2]:,.0f}]", f"{sum(rows):,}",
            f"{sums[0] * each:,.0f} [{sums[1] * each:,.0f}, {sums[2] * each:,.0f}]",
            f"{sums[0] / sum(buyers) - 1:+.0%}".replace("-", "−"),
        )
    )  # fmt: skip
    again = len({customer for customer, month in bought if month > start}) / customers
    # nine months of a year: who comes at all in them is counted customer by customer
    short = [_comes_within(one, 9) for one in forecasts]
    middle, low, high = _span(short)
    level = sum(month == start for _, month in bought)
    before = [sum(month == start - back for _, month in bought) for back in (5, 4, 3, 2, 1, 0)]
    return {
        "cdnow": _table(
            ("month", "customers who bought", "predicted", "purchases", "predicted", "miss"), told
        ),
        "cdnow-active": _table(
            ("", "actual", "predicted"),
            [("share that buys in the nine months", f"{again:.1%}", f"{middle:.1%} [{low:.1%}, {high:.1%}]")],
        ),
        "cdnow-before": _table(
            ("", "Apr", "May", "Jun", "Jul", "Aug", "Sep"),
            [("customers who bought, 1997", *(f"{one:,}" for one in before))],
        ),
        "cdnow-level": _table(
            ("", "nine months", "miss"),
            [("customers who buy, if each month were as September", f"{9 * level:,}", f"{9 * level / sum(buyers) - 1:+.0%}")],
        ),
    }  # fmt: skip


def _comes_within(forecast: Any, months: int) -> float:
    """The share of the customers who come at all in the first months: told one by one, for some of them."""
    some = 1_000
    comes = sum(
        any(one.month < months and "comes" in one.what and "stops" not in one.what for one in forecast.replay_one(number).happened)
        for number in range(some)
    )  # fmt: skip
    return comes / some


def dealership() -> dict[str, str]:
    """The synthetic house: its losses found again, and its visits foretold for two years."""
    house = sample(customers=3_000, seed=7)
    histories = house.histories()
    whole = fit(histories, on=house.end)
    curve = [share for _, share in whole.population.loss_curve]
    rows = []
    truth = {one.name: one for one in house.loss_by_year()}
    for name, first, last in (
        ("1st year", 1, 1), ("2nd year", 2, 2), ("3rd year", 3, 3), ("4th-5th year", 4, 5), ("6th year and later", 6, 10),
    ):  # fmt: skip
        low, high = truth[name].band
        fitted = float(np.mean(curve[12 * first - 12 : 12 * last]))
        span = next(one for one in whole.losses if one.years[0] <= first <= one.years[1])
        interval = f" [{span.cumulative_low:.1%}, {span.cumulative_high:.1%}]" if span.years == (first, last) else ""
        rows.append(
            (name, f"{100 * low:.0f}–{100 * high:.0f} %", f"{truth[name].share or 0:.1%}", f"{fitted:.1%}{interval}")
        )
    cut = date(2023, 6, 30)
    before = fit(histories, on=cut)
    held = {car.customer for car in before.watched.cars if car.held}
    cars = sum(car.held for car in before.watched.cars)
    delivered = {
        (event.customer, event.vehicle)
        for history in histories.values()
        for event in history
        if event.kind in ("vehicle_delivered", "vehicle_recorded") and event.day <= cut and event.customer in held
    }
    months = {
        (event.customer, event.vehicle, _month(event.day) - _month(cut))
        for history in histories.values()
        for event in history
        if event.kind in VISITS and event.day > cut and (event.customer, event.vehicle) in delivered
    }
    given_up = sum(car.given_up for car in watched(histories, on=house.end).cars if car.customer in held)
    forecasts = [
        simulate(
            NO_RULE, customers=cars, years=2, seed=number, assumptions=QUIET,
            population=evolve(
                before.draw(number), prospects=0, replaced_curve=before.population.replaced_curve
            ),
        )
        for number in range(1, DRAWS + 1)
    ]  # fmt: skip
    ahead = []
    for quarter in range(8):
        span = range(3 * quarter, 3 * quarter + 3)
        actual = sum(month - 1 in span for *_, month in months)
        middle, low, high = _span([float(one.monthly("visits")[span[0] : span[-1] + 1].sum()) for one in forecasts])
        when = f"{2023 + (quarter + 2) // 4} Q{(quarter + 2) % 4 + 1}"
        ahead.append(
            (
                when,
                f"{actual:,}",
                f"{middle:,.0f} [{low:,.0f}, {high:,.0f}]",
                f"{middle / actual - 1:+.0%}".replace("-", "−"),
            )
        )
    assert given_up >= 0
    return {
        "dealership": _table(("ownership year", "K11", "this sample's truth", "fitted"), rows),
        "dealership-ahead": _table(("quarter", "car-months with a visit", "predicted", "miss"), ahead),
    }


def chain() -> dict[str, str]:
    """Pfeifer and Carraway (2000): a customer's value by recency, as a Markov chain solved and as simulated."""
    buys = (0.3, 0.2, 0.15, 0.05)
    book = Book(
        "chain", "1",
        churn=Churn(at_risk=InactiveFor(months=1).counting(all_visits), lost=InactiveFor(months=4).counting(all_visits)),
    )  # fmt: skip
    population = Population(
        cohort=True, prospects=0, loss_curve=((0, 0.0), (1, 0.0)), replaced_curve=((0, 0.0), (1, 0.0)),
        visit_hazard=(*buys, 0.0), charged_in_warranty=1, charged_later=1, bill=40, bill_spread=0, owners_by_year=(1,),
    )  # fmt: skip
    assumed = Assumptions(
        outreach_every=1, call_brings=0, call_wins_back=0, offer_brings=0, offer_wins_back=0, call_cost=4, offer_cost=0,
        service_margin=1, referred=0, reminder_brings=0, reminder_wins_back=0,
    )  # fmt: skip
    moves = np.zeros((5, 5))
    moves[4, 4] = 1
    for state, chance in enumerate(buys):
        moves[state, 0], moves[state, state + 1] = chance, 1 - chance
    discount = 1 / 1.2
    closed = np.linalg.solve(np.eye(5) - discount * moves, np.array([40, -4, -4, -4, 0.0]))[0]
    customers, values, visits = 2_000, list[float](), list[float]()
    expected = sum(float(np.linalg.matrix_power(moves, month)[0, 0]) for month in range(1, 37))
    for seed in range(30):
        one = simulate(book, customers=customers, years=3, seed=seed, population=population, assumptions=assumed)
        cash = one.monthly("service_margin") - one.monthly("touch_cost")
        values.append(40 + float((cash * discount ** np.arange(1, 37)).sum()) / 100 / customers)
        visits.append(float(one.totals("visits").value) / customers)
    rows = []
    for name, exact, told in (("value of a customer, yuan", closed, values), ("visits in 36 months", expected, visits)):
        middle = float(np.mean(told))
        reach = 1.96 * float(np.std(told, ddof=1)) / len(told) ** 0.5
        assert middle - 1.5 * reach <= exact <= middle + 1.5 * reach, name
        rows.append((name, f"{exact:.3f}", f"{middle:.3f} [{middle - reach:.3f}, {middle + reach:.3f}]"))
    return {"chain": _table(("", "closed form", "simulated, 30 × 2,000 customers"), rows)}


def tables() -> dict[str, str]:
    """Every table of the page, by name."""
    return {**cdnow(), **dealership(), **chain()}


def written(page: str, found: dict[str, str]) -> str:
    """The page with these tables between their marks."""
    for name, table in found.items():
        mark = f"<!-- figures: {name} -->"
        assert page.count(mark) == 1, name
        page = re.sub(rf"{re.escape(mark)}\n+(\|.*\n)*", lambda _, m=mark, t=table: f"{m}\n\n{t}\n", page)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
