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
from scipy import optimize, special

from lifecycle import Book, InactiveFor, all_visits, never, sample, simulate
from lifecycle.churn import Churn
from lifecycle.events import Event
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
#: Of CDNOW nothing after this day is looked at before it is foretold; how it is fitted was chosen on days before it.
CUT = date(1997, 9, 30)
BEFORE = (date(1997, 5, 31), date(1997, 6, 30), date(1997, 7, 31), date(1997, 8, 31))
CHOSEN = ("gamma", "power")


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
    events, cut = read_cdnow().events, CUT
    sorts, hazard = CHOSEN
    fitted = fit(events, on=cut, sorts=sorts, hazard=hazard)
    bought = {(event.customer, _month(event.day)) for event in events}
    start = _month(cut)
    buyers = [sum(month == start + ahead for _, month in bought) for ahead in range(1, 10)]
    rows = [sum(_month(event.day) == start + ahead for event in events) for ahead in range(1, 10)]
    # purchases to each who buys in a month, but for the month in which he was won: then most buy once
    won: dict[str, int] = {}
    for customer, month in bought:
        won[customer] = min(month, won.get(customer, month))
    later = [event for event in events if event.day <= cut and _month(event.day) > won[event.customer]]
    each = len(later) / len({(event.customer, _month(event.day)) for event in later})
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
                _miss(middle, buyers[ahead]),
            )
        )  # fmt: skip
    sums = _span([float(one.monthly("visits")[:9].sum()) for one in forecasts])
    told.append(
        (
            "all nine", f"{sum(buyers):,}", f"{sums[0]:,.0f} [{sums[1]:,.0f}, {sums[2]:,.0f}]", f"{sum(rows):,}",
            f"{sums[0] * each:,.0f} [{sums[1] * each:,.0f}, {sums[2] * each:,.0f}]",
            _miss(sums[0], sum(buyers)),
        )
    )  # fmt: skip
    again = len({customer for customer, month in bought if month > start}) / customers
    # nine months of a year: who comes at all in them is counted customer by customer
    short = [_comes_within(one, 9) for one in forecasts]
    middle, low, high = _span(short)
    level = sum(month == start for _, month in bought)
    earlier = fit(events, on=date(1997, 6, 30), sorts=sorts, hazard=hazard)
    june = _expected(earlier, 3)
    by_days = [
        (f"{name}, by days", f"{told.sum():,.0f}", _miss(told.sum(), sum(buyers)))
        for name, told in by_day(events).items()
    ]
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
            [
                ("customers who bought, 1997", *(f"{one:,}" for one in before)),
                ("foretold as of 30 June", "", "", "", *(f"{one:,.0f}" for one in june)),
            ],
        ),
        "cdnow-peers": _table(
            ("", "customers who buy, nine months", "miss"),
            [("this fit, by months", f"{sums[0]:,.0f}", _miss(sums[0], sum(buyers))), *by_days],
        ),
        "cdnow-level": _table(
            ("", "nine months", "miss"),
            [("customers who buy, if each month were as September", f"{9 * level:,}", f"{9 * level / sum(buyers) - 1:+.0%}")],
        ),
    }  # fmt: skip


def _miss(told: float, actual: float) -> str:
    return f"{told / actual - 1:+.0%}".replace("-", "−")


def _expected(fitted: Fitted, months: int) -> list[float]:
    """How many customers come in each of the next months, of one forecast of as many as there are."""
    population = evolve(fitted.population, prospects=0, replaced_curve=((0, 0.0), (1, 0.0)))
    forecast = simulate(
        NO_RULE, customers=len(fitted.watched.cars), years=1, seed=1, assumptions=QUIET, population=population
    )  # fmt: skip
    return [float(one) for one in forecast.monthly("visits")[:months]]


def choice_row(events: Sequence[Event], sorts: int | str, hazard: str) -> tuple[str, ...]:
    """One way to fit: its criterion, what it foretold of the calibration's own last months, and the nine months after."""
    whole = fit(events, on=CUT, sorts=sorts, hazard=hazard)
    told = [fit(events, on=day, sorts=sorts, hazard=hazard).foretold(events, on=CUT) for day in BEFORE]
    nine = sum(_expected(whole, 9))
    actual = len({(event.customer, _month(event.day)) for event in events if event.day > CUT})
    kind = "gamma" if sorts == "gamma" else {1: "one sort", 2: "two sorts", 3: "three sorts"}[int(sorts)]
    cells = (f"{one:,.0f}".replace("-", "−") for one in (*told, sum(told)))
    return f"{kind}, {hazard}", f"{whole.criterion:,.0f}", *cells, f"{nine:,.0f}", _miss(nine, actual)


def choice() -> dict[str, str]:
    """All ways to fit, side by side; some minutes."""
    events = read_cdnow().events
    rows = [choice_row(events, sorts, hazard) for sorts in (1, 2, 3, "gamma") for hazard in ("steps", "power")]
    days = (f"{day:%-d %b}" for day in BEFORE)
    return {"cdnow-choice": _table(("fit", "criterion", *days, "sum", "nine months", "miss"), rows)}


def by_day(events: Iterable[Event]) -> dict[str, Any]:
    """What BG/NBD and Pareto/NBD say, fitted to the days: customers who buy, by month, of a cohort drawn from each."""
    days: dict[str, set[date]] = {}
    for event in events:
        days.setdefault(event.customer or "", set()).add(event.day)
    first = np.array([min(told).toordinal() for told in days.values()])
    known = [sorted(day for day in told if day <= CUT) for told in days.values()]
    again = np.array([len(told) - 1 for told in known])
    last = np.array([(told[-1] - told[0]).days / 7 for told in known])
    age = (CUT.toordinal() - first) / 7
    rows, number = np.unique(np.stack([again, last, age]), axis=1, return_counts=True)
    ends = np.array([date(1997 + (month > 12), (month - 1) % 12 + 1, 1).toordinal() for month in range(10, 20)])
    rng = np.random.default_rng(1)

    def bg(theta: Any) -> float:
        r, alpha, a, b = np.exp(theta)
        x, t, end = rows
        whole = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
        whole += special.betaln(a, b + x) - special.betaln(a, b)
        gone = np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + t)
        lives = -(r + x) * np.log(alpha + end)
        return -float(number @ (whole + np.logaddexp(lives, np.where(x > 0, gone, -np.inf))))

    def pareto(theta: Any) -> float:
        r, alpha, s, beta = np.exp(theta)
        x, t, end = rows
        most, other = max(alpha, beta), s + 1 if alpha >= beta else r + x

        def part(time: Any) -> Any:
            ratio = abs(alpha - beta) / (most + time)
            return np.log(special.hyp2f1(r + s + x, other, r + s + x + 1, ratio)) - (r + s + x) * np.log(most + time)

        early, late = part(t), part(end)
        gone = np.log(s / (r + s + x)) + early + np.log1p(-np.exp(np.minimum(late - early, -1e-15)))
        lives = -(r + x) * np.log(alpha + end) - s * np.log(beta + end)
        whole = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return -float(number @ (whole + np.logaddexp(lives, gone)))

    def best(lacking: Any, start: Sequence[float]) -> Any:
        return np.exp(optimize.minimize(lacking, np.log(start), method="Nelder-Mead", options={"maxiter": 2000}).x)

    def months(bought: Any) -> Any:
        """Customers who buy in each month, of the days and the customers of purchases."""
        day, who = bought
        month = np.searchsorted(ends, day, "right") - 1
        inside = (month >= 0) & (month < 9)
        pairs = np.unique(np.stack([month[inside], who[inside]]), axis=1)
        return np.bincount(pairs[0], minlength=9)

    def live(often: Any, weeks: Any, leaves: Any) -> Any:
        """All purchases: at each one who buys may leave, or after so many weeks."""
        who, when, found = np.arange(first.size), np.zeros(first.size), []
        while who.size:
            when = when + rng.exponential(1 / often[who])
            stays = (when < weeks[who]) & (first[who] + 7 * when < ends[-1])
            who, when = who[stays], when[stays]
            found.append(np.stack([np.floor(first[who] + 7 * when), who]))
            stays = rng.random(who.size) >= leaves[who]
            who, when = who[stays], when[stays]
        return months(np.concatenate(found, axis=1).astype(np.int64))

    size = first.size
    r, alpha, a, b = best(bg, (0.25, 4.4, 0.8, 2.4))
    never_ends, never_leaves = np.full(size, np.inf), np.zeros(size)
    bg_nbd = [live(rng.gamma(r, 1 / alpha, size), never_ends, rng.beta(a, b, size)) for _ in range(DRAWS)]
    r, alpha, s, beta = best(pareto, (0.55, 10.6, 0.6, 11.6))
    lasts = [rng.exponential(1 / rng.gamma(s, 1 / beta, size)) for _ in range(DRAWS)]
    pareto_nbd = [live(rng.gamma(r, 1 / alpha, size), weeks, never_leaves) for weeks in lasts]
    return {"BG/NBD": np.mean(bg_nbd, axis=0), "Pareto/NBD": np.mean(pareto_nbd, axis=0)}


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
    return {**cdnow(), **choice(), **dealership(), **chain()}


def written(page: str, found: dict[str, str]) -> str:
    """The page with these tables between their marks."""
    for name, table in found.items():
        mark = f"<!-- figures: {name} -->"
        assert page.count(mark) == 1, name
        page = re.sub(rf"{re.escape(mark)}\n+(\|.*\n)*", lambda _, m=mark, t=table: f"{m}\n\n{t}\n", page)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
