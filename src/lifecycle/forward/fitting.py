"""Fitted to a house: how often customers stop coming, how often they come, what they pay, from real histories.

In: events or histories, a day, nothing of after which is looked at. Out: :class:`Fitted`: a
:class:`~lifecycle.forward.assumptions.Population` and :class:`~lifecycle.forward.assumptions.Assumptions` whose fitted
figures carry where they come from, of how many, and a 95 % interval as their range; what the records do not tell stays
assumed, and is listed. Whoever simulates with it starts from the cars as they stand on that day.

**The likelihood.** Nobody sees a customer stop; he is only silent. So stopping (a hazard for each ownership year) and
coming (gamma waits) are fitted together: a wait that ended in a visit says that he had not stopped, a silence at the end
is one of a customer who has stopped in some month of it, or who has not and is merely late. Delayed entry and censoring
are as in any survival fit (:mod:`lifecycle.forward.watched`). How often customers come is told by a few sorts of them, or
by a gamma distribution in eight equally large sorts; the hazard by steps, or by a power of the age. It is maximised with
SciPy, intervals are Wald's; where stopping is seen at once it is the piecewise exponential fit of lifelines, which fits
the giving up of cars here. Both come with the extra ``fit``. Next room: :func:`lifecycle.simulate`.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from math import exp, expm1, log, sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from attrs import evolve, field, frozen

from lifecycle.dates import add_days
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError, optional
from lifecycle.events import Event, History
from lifecycle.forward.assumptions import Assumed, Assumptions, Population, Rhythm, Standing
from lifecycle.forward.watched import Car, Spell, Watched, customers_of, watched
from lifecycle.survival import wilson

__all__ = ["Fitted", "Lost", "fit"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_Z = NormalDist().inv_cdf(0.975)
_LEAST = 10  # fewer cases say nothing of a share
_STOPS = 5.0  # an ownership year with fewer stops, or cars given up, is told together with the next
_FLOOR, _CEILING = 1e-6, 1.0  # of a monthly hazard
_STEPS = (12, 3, 1)  # months in which hazards may change; Akaike's criterion chooses
_DRAWN = 400
_YEAR = 12
_CLASSES = 8  # equally large sorts that stand for a gamma distribution
_SELDOM = 1e-3  # visits a year of the sort that comes least
_APART = 1e-4, 1e4  # how many times as often as the average a sort may stop coming


class Lost(NamedTuple):
    """K11 as this house has it: one ownership year, or several where one alone has too few losses, in both readings."""

    years: tuple[int, int]
    """The first and the last ownership year, from 1."""
    yearly: float
    """The chance to stop coming within one such year, of those who come at its beginning (the yearly hazard)."""
    yearly_low: float
    yearly_high: float
    cumulative: float
    """The share of the class that no longer comes: of all cars in these years of theirs (the cumulative share)."""
    cumulative_low: float
    cumulative_high: float
    car_months: float
    """Months in which cars were watched and their owners came, as far as the fit can tell."""
    stops: float
    """How many stopped in them, as far as it can tell."""

    def __str__(self) -> str:
        first, last = self.years
        name = f"year {first}" if first == last else f"years {first} to {last}"
        return (
            f"{name}: {self.cumulative:.1%} of the class [{self.cumulative_low:.1%}, {self.cumulative_high:.1%}], "
            f"{self.yearly:.1%} within a year [{self.yearly_low:.1%}, {self.yearly_high:.1%}]; {self.stops:.0f} stops in "
            f"{self.car_months:,.0f} car-months"
        )


@frozen(eq=False, repr=False, slots=False)
class Fitted:
    """A house's own figures; give it to :func:`lifecycle.simulate` as ``population=``.

    ``population`` and ``assumptions`` can be changed as others can; ``losses`` is K11 as this house has it.
    """

    watched: Watched
    population: Population
    assumptions: Assumptions
    losses: tuple[Lost, ...]
    figures: Mapping[str, Assumed]
    """What was fitted, by name: value, interval, source."""
    left_out: tuple[str, ...]
    """What the records do not tell, and stays assumed."""
    log_likelihood: float
    sorts: int | str
    hazard: str
    _model: _Model = field(alias="model")
    _best: Floats = field(alias="best")
    _spread: Floats = field(alias="spread")

    @property
    def on(self) -> date:
        """The day, after which nothing was looked at."""
        return self.watched.on

    @property
    def next_month(self) -> date:
        """The first day of the month after those that were watched, from which a forecast goes on."""
        following = add_days(self.on, 1)
        return following if following.day == 1 else self.on.replace(day=1)

    @property
    def criterion(self) -> float:
        """Akaike's: of two fits of the same histories the one with less of it tells those months better.

        It says nothing of how a hazard goes on beyond the ages that were watched: :meth:`foretold` does.
        """
        return 2 * self._best.size - 2 * self.log_likelihood

    def foretold(self, events: Iterable[Event] | Iterable[History] | Mapping[str, History], *, on: date) -> float:
        """How well this fit told what the same customers did after its day, until a later one (closed): a log likelihood.

        Of two fits of the same histories and the same day, the one with more of it foretold better. ``events`` are the
        histories as known on the later day.
        """
        a_day(on)
        if on <= self.on:
            raise LifecycleError(
                f"{on} is not after {self.on}, the day of the fit", argument="on", value=on, remedy="give a later day"
            )
        later = watched(events, on=on, silence=self.watched.silence)
        those = {car.customer for car in self.watched.cars} & {car.customer for car in later.cars}
        if not those:
            raise LifecycleError(
                "events= holds none of the customers of the fit", argument="events", value=None,
                remedy="give the histories that it was fitted to, with what came after",
            )  # fmt: skip
        before, after = (
            self._model.over(evolve(told, cars=tuple(car for car in told.cars if car.customer in those)))
            for told in (self.watched, later)
        )
        return before.lacking(self._best) - after.lacking(self._best)

    def draw(self, number: int) -> Population:
        """The population as it might be as well: losses and rhythms drawn from the fit's own uncertainty.

        Forecasts over several numbers show how far the fit may be wrong, beside chance, if the model is right.
        """
        rng = np.random.default_rng(number)
        drawn = rng.multivariate_normal(self._best, self._spread, method="svd")
        return _population(self.population, self._model, self._model.bounded(drawn), self.population.loss)

    @cached_property
    def cars(self) -> int:
        """How many cars were watched."""
        return len(self.watched.cars)

    def __repr__(self) -> str:
        told = self.watched
        lines = [
            f"fitted on {self.cars:,} cars of {told.customers:,} customers, as known on {told.on}; intervals are of 95 %",
            f"a silence of {told.silence} months is a stop; {told.returned:,} came again after one",
            f"{told.merged:,} visits in a month with another count once",
            "",
            "no longer coming, by ownership year (K11): as a cumulative share of the class, and as a yearly hazard:",
            *(f"  {one}" for one in self.losses),
        ]
        if len(self.population.rhythms) > 1:
            gamma = ", equally large, for a gamma distribution" if self.sorts == "gamma" else ""
            lines += ["", f"sorts of customers by how often they come{gamma}:"]
            lines += [
                f"  {one.weight:.0%} come {one.visits:.2f} times as often as the average, and stop {one.stops:.2f} times as often"
                for one in self.population.rhythms
            ]
        lines += ["", "fitted:", *(f"  {name}: {one}" for name, one in self.figures.items())]
        lines += ["", "not in the records, so still assumed:", *(f"  {one}" for one in self.left_out)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import fitted_html

        return fitted_html(self)


def fit(
    events: Iterable[Event] | Iterable[History] | Mapping[str, History],
    *,
    on: date,
    sorts: int | str = 1,
    hazard: str = "steps",
    silence: int = 15,
    loss: str = "cumulative",
    population: Population | None = None,
    assumptions: Assumptions | None = None,
) -> Fitted:
    """Fit the figures of a simulation to real histories, as known on the day ``on`` (closed).

    ``sorts``: of how many sorts customers are by how often they come (1 to 3); nobody sees the sort, the fit weighs them.
    With ``sorts="gamma"`` it is a gamma distribution, and they stop coming by a power of how often they come: more sorts
    (eight) by fewer figures. ``hazard``: how stopping depends on the age: in ``steps`` (it may jump where the warranty ends,
    and goes on level after the last), or as a ``power`` of it, which goes on beyond the ages watched as it went before.
    ``silence``: months without a visit after which one has stopped coming. ``loss``: how the losses are told to the
    simulation, as a ``cumulative`` share or a ``yearly`` hazard; the result has both. ``population`` and ``assumptions``
    hold what the records do not tell. Raises :class:`LifecycleError` where there is too little to fit.
    """
    if sorts != "gamma" and (type(sorts) is not int or sorts not in (1, 2, 3)):
        raise LifecycleError(f"sorts={sorts!r} is not 1, 2, 3 or 'gamma'", argument="sorts", value=sorts)
    if hazard not in ("steps", "power"):
        raise LifecycleError(f"hazard={hazard!r} is unknown", argument="hazard", value=hazard, remedy="steps or power")
    if loss not in ("cumulative", "yearly"):
        raise LifecycleError(
            f"loss={loss!r} is unknown", argument="loss", value=loss, remedy="cumulative or yearly (K11)"
        )
    base = Population() if population is None else population
    effects = Assumptions() if assumptions is None else assumptions
    told = watched(events, on=on, silence=silence)
    waits = sum(len(spell.waits) for car in told.cars for spell in car.spells)
    if waits < 5 * _LEAST or len(told.cars) < 2 * _LEAST:
        raise LifecycleError(
            f"{len(told.cars)} cars with {waits} waits between visits are too few to fit", argument="events", value=None,
            remedy=f"give {2 * _LEAST} cars and {5 * _LEAST} waits at least, or simulate with Population()",
        )  # fmt: skip
    model, best = _refined(told, sorts, hazard)
    spread, height = model.covariance(best), -model.lacking(best)
    evolved, figures, left_out = _figures(told, base, model, best, spread)
    losses = model.losses(best, spread)
    found = _population(evolved, model, best, loss)
    times = _loss_times(model, best, spread)
    found = evolve(found, loss_times=times)
    figures = {"loss_times": times, **figures, **_shapes(model, best, spread)}
    fitted_effects: dict[str, Any] = {}
    for name, one in _shares_of(told, effects).items():
        if name in effects.figures:
            fitted_effects[name] = figures[name] = one
    left_out += _still_assumed(found, effects, figures)
    return Fitted(
        told, found, evolve(effects, **fitted_effects), losses, figures, tuple(left_out), height, sorts, hazard, model, best,
        spread,
    )  # fmt: skip


# -- stopping and coming --------------------------------------------------------------------------------------------------


class _Model:
    """The likelihood of what was seen, as a function of hazards, rates, regularity, and weights of the sorts.

    Parameters: log monthly hazards by piece of age (or the log of the cumulative hazard at one month, and of the power of the
    age by which it grows); then of the sorts. For some sorts: log visits a year by sort; log regularity; for each sort but
    the first the log of its weight against the first's, and of how many times as often it stops. For a gamma distribution: log
    visits a year of the average; log regularity; log shape; the power of how often one comes by which one stops.
    """

    def __init__(
        self, told: Watched, sorts: int | str, step: int, *, power: bool = False, knots: Sequence[int] | None = None
    ) -> None:
        self.told, self.step, self.power = told, step, power
        self.gamma = sorts == "gamma"
        self.sorts = _CLASSES if isinstance(sorts, str) else sorts
        """How many sorts there are in the sums."""
        self._weigh(customers_of(told.cars))
        self.ages = max(*(one.end for one in self.spells), 1)
        self.reach = max(max((one.end - one.last for one in self.spells), default=1), max(self.waits, default=1), 1)
        self.knots = list(range(self.ages)) if power else self._pieces() if knots is None else list(knots)

    def over(self, told: Watched) -> _Model:
        """The same for what was seen up to another day."""
        return _Model(told, "gamma" if self.gamma else self.sorts, self.step, power=self.power, knots=self.knots)

    def _weigh(self, customers: Mapping[str, Sequence[Car]]) -> None:
        """Customers alike are told once, with their number."""
        lives = {name: tuple(sorted(spell for car in cars for spell in car.spells)) for name, cars in customers.items()}
        alike: Counter[tuple[Spell, ...]] = Counter(lives.values())
        places = {spells: place for place, spells in enumerate(alike)}
        self.row = {name: places[spells] for name, spells in lives.items()}
        self.number: Floats = np.array(list(alike.values()), np.float64)
        owner: list[int] = []
        self.spells: list[Spell] = []
        for place, spells in enumerate(alike):
            owner += [place] * len(spells)
            self.spells += spells
        self.owner: Ints = np.array(owner, np.int64)
        self.entry, self.last, self.end = (
            np.array([getattr(spell, name) for spell in self.spells], np.int64) for name in ("entry", "last", "end")
        )
        self.waits = sorted({wait for spell in self.spells for wait in spell.waits})
        column = {wait: place for place, wait in enumerate(self.waits)}
        self.counts: Floats = np.zeros((len(alike), len(self.waits)))
        for place, spell in zip(owner, self.spells, strict=True):
            for wait in spell.waits:
                self.counts[place, column[wait]] += 1
        cells, self.cell = np.unique(np.stack([self.last, self.end]), axis=1, return_inverse=True)
        self.cell = self.cell.ravel()
        self.cells: Ints = cells

    def _pieces(self) -> list[int]:
        """The ages at which the hazard may change: every ``step`` months, those with few silences together.

        A year is often too coarse: where the warranty ends many stop at once, and a hazard that is level over the year
        would put some of them into the one before.
        """
        step, quiet = self.step, Counter[int]()
        waits: Floats = np.cumsum((self.counts * self.number[:, None]).sum(axis=0))
        most = 0.9 * float(waits[-1])
        long = max(next(wait for wait, so_far in zip(self.waits, waits.tolist(), strict=True) if so_far >= most), 2)
        for spell, number in zip(self.spells, self.number[self.owner].tolist(), strict=True):
            # a silence longer than most waits counts as a likely stop, for the choice of pieces only
            if spell.end - spell.last >= long:
                quiet[spell.last // step] += int(number)
        knots, so_far = [0], 0
        for place in range((self.ages - 1) // step):
            so_far += quiet[place]
            if so_far >= _STOPS:
                knots.append((place + 1) * step)
                so_far = 0
        rest = sum(number for place, number in quiet.items() if place * step >= knots[-1])
        if rest < _STOPS and len(knots) > 1:
            knots.pop()
        return knots

    # -- parameters -------------------------------------------------------------------------------------------------------

    @property
    def heads(self) -> int:
        """How many parameters tell the hazard; those of the sorts follow."""
        return 2 if self.power else len(self.knots)

    @property
    def regular(self) -> int:
        """The place of the regularity among the parameters."""
        return self.heads + (1 if self.gamma else self.sorts)

    def start(self) -> Floats:
        waits = (self.counts * self.number[:, None]).sum(axis=0)
        mean = float((waits * np.array(self.waits)).sum() / waits.sum())
        often = 12 / max(mean, 1.0)
        spread = {1: [1.0], 2: [1.5, 0.4], 3: [1.8, 0.7, 0.2]}.get(self.sorts, [1.0])
        hazards = [log(0.05), log(0.8)] if self.power else [log(0.02)] * len(self.knots)
        others = [0.0, 0.5] if self.gamma else [0.0, 0.3] * (self.sorts - 1)
        return np.array(hazards + [log(often * one) for one in spread] + [log(2.0)] + others)

    def bounds(self) -> list[tuple[float, float]]:
        monthly = log(_FLOOR), log(_CEILING)
        hazards = [(log(_FLOOR), log(5.0)), (log(0.05), log(5.0))] if self.power else [monthly] * len(self.knots)
        others = [(log(0.1), log(50.0)), (-4.0, 4.0)] if self.gamma else [(-6.0, 6.0), (-4.0, 4.0)] * (self.sorts - 1)
        often = [(log(0.02), log(11.9))] * (1 if self.gamma else self.sorts)
        return [*hazards, *often, (log(0.5), log(50.0)), *others]

    def bounded(self, theta: Floats) -> Floats:
        low, high = np.array(self.bounds()).T
        return np.clip(theta, low, high)

    def hazards(self, theta: Floats) -> Floats:
        """Monthly hazards by piece."""
        if not self.power:
            return np.exp(theta[: self.heads])
        first, power = np.exp(theta[:2])
        return np.asarray(first * np.diff(np.arange(self.ages + 1.0) ** power), np.float64)

    def bends(self, theta: Floats) -> Floats:
        """What each parameter of the hazard does to the logarithm of each piece's hazard: a row a piece."""
        if not self.power:
            return np.eye(self.heads)
        ages, power = np.arange(self.ages + 1.0), float(np.exp(theta[1]))
        grown = ages**power
        logs = np.log(np.maximum(ages, 1.0))
        return np.stack([np.ones(self.ages), power * np.diff(grown * logs) / np.diff(grown)], axis=1)

    def parts(self, theta: Floats) -> tuple[Floats, float, Floats, Floats]:
        """Visits a year, by sort; regularity; weights; how many times as often each stops."""
        sorts, regularity = self.sorts, float(np.exp(theta[self.regular]))
        others = theta[self.regular + 1 :]
        if self.gamma:
            times = _classes(float(np.exp(others[0])))
            often = np.maximum(np.exp(theta[self.heads]) * times, _SELDOM)
            stops = np.clip(np.maximum(times, 1e-9) ** others[1], *_APART)
            return often, regularity, np.full(sorts, 1 / sorts), stops
        often = np.exp(theta[self.heads : self.regular])
        weights = np.exp(np.concatenate([[0.0], others[::2]]))
        stops = np.exp(np.concatenate([[0.0], others[1::2]]))
        return often, regularity, weights / weights.sum(), stops

    def exposure(self, theta: Floats, ages: int) -> Floats:
        """The cumulative hazard by age, from 0 to ``ages``."""
        if self.power:
            first, power = np.exp(theta[:2])
            return np.asarray(first * np.arange(ages + 1.0) ** power, np.float64)
        each = self.hazards(theta)[np.searchsorted(self.knots, np.arange(ages), "right") - 1]
        return np.concatenate([[0.0], np.cumsum(each)])

    # -- the likelihood ---------------------------------------------------------------------------------------------------

    def by_sort(self, theta: Floats) -> Floats:
        """The log likelihood of each customer, were he of each sort (a row a customer, weights included)."""
        often, regularity, weights, stops = self.parts(theta)
        total = self.exposure(theta, self.ages)
        found = np.empty((self.number.size, self.sorts))
        for sort in range(self.sorts):
            before = _under(often[sort], regularity, self.reach)
            waits = np.diff(before)[np.array(self.waits, np.int64) - 1]
            # not by matrix products: those start threads, which costs more than so small a sum
            told = np.einsum("ij,j->i", self.counts, np.log(np.maximum(waits, 1e-300)))
            spells = -stops[sort] * (total[self.last] - total[self.entry])
            spells = spells + np.log(self._silent(total * stops[sort], 1 - before)[0])[self.cell]
            found[:, sort] = log(max(weights[sort], 1e-300)) + told + np.bincount(self.owner, spells, self.number.size)
        return found

    def _silent(self, total: Floats, quiet: Floats) -> tuple[Floats, Floats, Floats]:
        """Of each pair of last visit and end of watch: the chance of the silence, of it and of coming still, and by month
        of it the chance to have stopped then."""
        last, end = self.cells
        longest = int((end - last).max(initial=0))
        months = np.arange(1, longest + 1)
        ages = np.minimum(last[:, None] + months, self.ages)
        within = ages <= end[:, None]
        within &= last[:, None] + months <= end[:, None]
        survived = np.exp(-(total[ages] - total[last][:, None]))
        before = np.concatenate([np.ones((last.size, 1)), survived[:, :-1]], axis=1) if longest else survived
        stopped = np.where(within, (before - survived) * quiet[np.minimum(months - 1, quiet.size - 1)], 0.0)
        comes = np.exp(-(total[end] - total[last])) * quiet[np.minimum(end - last, quiet.size - 1)]
        return np.maximum(comes + stopped.sum(axis=1), 1e-300), comes, stopped

    def lacking(self, theta: Floats) -> float:
        """Less the log likelihood."""
        found = self.by_sort(theta)
        most = found.max(axis=1)
        told = most + np.log(np.exp(found - most[:, None]).sum(axis=1))
        return -float((told * self.number).sum())

    def maximised(self, coarse: tuple[_Model, Floats] | None = None) -> Floats:
        """Where it is greatest, looked for from the start or from a coarser fit."""
        optimize = _extra("scipy.optimize")
        starts = [self.start()]
        if coarse is not None:
            model, best = coarse
            warm = self.start()
            warm[self.heads :] = best[model.heads :]
            warm[: len(self.knots)] = best[np.searchsorted(model.knots, self.knots, "right") - 1]
            warm[: len(self.knots)] = np.maximum(warm[: len(self.knots)], -7.0)  # one at the floor would stay there
            starts = [warm, *starts] if self.sorts > 1 else [warm]  # several sorts have several hilltops
        found: list[Any] = [
            optimize.minimize(
                self.lacking, self.bounded(start), jac=self.slope, method="TNC", bounds=self.bounds(),
                options={"maxfun": 3000},
            )
            for start in starts
        ]  # fmt: skip
        return self._ordered(np.asarray(min(found, key=lambda one: one.fun).x, np.float64))

    def slope(self, theta: Floats) -> Floats:
        """The gradient: of the hazards by what is expected of those who were not seen to stop (Fisher), else by steps."""
        found, step = np.zeros(theta.size), 1e-5
        hazards, (*_, stops) = self.hazards(theta), self.parts(theta)
        months, lost = self._expected(theta)
        by_piece: Floats = np.zeros(hazards.size)
        for sort in range(self.sorts):
            each = hazards * stops[sort]
            by_piece -= lost[sort] * each / np.expm1(np.minimum(each, 700.0)) - (months[sort] - lost[sort]) * each
        found[: self.heads] = by_piece if not self.power else np.einsum("i,ij->j", by_piece, self.bends(theta))
        for place in range(self.heads, theta.size):
            up, down = theta.copy(), theta.copy()
            up[place] += step
            down[place] -= step
            found[place] = (self.lacking(up) - self.lacking(down)) / (2 * step)
        return found

    def _ordered(self, theta: Floats) -> Floats:
        """The same with the sort that comes most often first, against which the others are told."""
        if self.gamma:
            return theta
        often, _, weights, stops = self.parts(theta)
        order = np.argsort(-often, kind="stable")
        again = theta.copy()
        again[: 1 if self.power else self.heads] += log(stops[order[0]])
        again[self.heads : self.regular] = np.log(often[order])
        for place, sort in enumerate(order[1:]):
            again[self.regular + 1 + 2 * place] = log(weights[sort] / weights[order[0]])
            again[self.regular + 2 + 2 * place] = log(stops[sort] / stops[order[0]])
        return again

    def covariance(self, best: Floats) -> Floats:
        """The inverse of the curvature; a parameter at its bound, or that nothing tells, has no spread of its own."""
        size, step = best.size, 1e-3
        low, high = np.array(self.bounds()).T
        free = [place for place in range(size) if low[place] + 0.05 < best[place] < high[place] - 0.05]
        _, lost = self.expected(best)
        if not self.power:
            free = [place for place in free if place >= lost.size or lost[place] >= 0.5]
        curvature = np.zeros((len(free), len(free)))
        for row, place in enumerate(free):
            up, down = best.copy(), best.copy()
            up[place] += step
            down[place] -= step
            curvature[row] = ((self.slope(up) - self.slope(down)) / (2 * step))[free]
        curvature = (curvature + curvature.T) / 2
        spread = np.zeros((size, size))
        if free:
            values, vectors = np.linalg.eigh(curvature)
            inverse = 1 / np.maximum(values, 0.5)  # flatter than half a case tells: no case tells more
            spread[np.ix_(free, free)] = (vectors * inverse) @ vectors.T
        return spread

    # -- what follows -----------------------------------------------------------------------------------------------------

    def expected(self, theta: Floats) -> tuple[Floats, Floats]:
        """By piece: months in which cars were watched and their owners came, and how many stopped."""
        months, lost = self._expected(theta)
        return months.sum(axis=0), lost.sum(axis=0)

    def _expected(self, theta: Floats) -> tuple[Floats, Floats]:
        """The same by sort, and piece."""
        often, regularity, _, stops = self.parts(theta)
        total = self.exposure(theta, self.ages)
        share = (self.of_each(theta) * self.number[:, None])[self.owner]
        ages, size = self.ages + 2, len(self.knots)
        piece: Ints = np.maximum(np.searchsorted(self.knots, np.arange(ages) - 1, "right") - 1, 0)
        found: Floats = np.zeros((2, self.sorts, size))
        last: Ints = self.cells[0]
        end: Ints = self.cells[1]
        for sort in range(self.sorts):
            quiet = 1 - _under(often[sort], regularity, self.reach)
            chance, comes, stopped = self._silent(total * stops[sort], quiet)
            weight = _tally(self.cell, share[:, sort], chance.size) / chance
            comes_in = _tally(self.entry + 1, share[:, sort], ages)
            months: Floats = np.cumsum(comes_in - _tally(self.last + 1, share[:, sort], ages))
            lost: Floats = np.zeros(ages)
            age: Ints = last[:, None] + np.arange(1, stopped.shape[1] + 1, dtype=np.int64)
            inside: npt.NDArray[np.bool_] = age <= end[:, None]
            if inside.any():
                # those who had not stopped before a month of the silence were at risk in it
                later = np.cumsum(stopped[:, ::-1], axis=1)[:, ::-1] + comes[:, None]
                months = months + _tally(age[inside], (later * weight[:, None])[inside], ages)
                lost = _tally(age[inside], (stopped * weight[:, None])[inside], ages)
            found[0, sort] = _tally(piece, months, size)
            found[1, sort] = _tally(piece, lost, size)
        told: tuple[Floats, Floats] = found[0], found[1]
        return told

    def of_each(self, theta: Floats) -> Floats:
        """The chance of each customer to be of each sort, by what was seen of him."""
        found = self.by_sort(theta)
        likely: Floats = np.exp(found - found.max(axis=1)[:, None])
        likely /= likely.sum(axis=1)[:, None]
        return likely

    def losses(self, theta: Floats, spread: Floats) -> tuple[Lost, ...]:
        """K11 as the house has it, in both readings, of the average customer; intervals by the fit's covariance."""
        months, lost = self._by_year(theta)
        groups: list[list[int]] = [[]]
        for year in range(lost.size):
            groups[-1].append(year)
            if lost[groups[-1]].sum() >= _STOPS and lost[year + 1 :].sum() >= _STOPS:
                groups.append([])
        rng = np.random.default_rng(0)
        drawn = rng.multivariate_normal(theta, spread, size=_DRAWN, method="svd") if spread.any() else theta[None]
        told = self._readings(theta, groups)
        low, high = np.quantile([self._readings(self.bounded(one), groups) for one in drawn], [0.025, 0.975], axis=0)
        bounds = told, np.minimum(low, told), np.maximum(high, told)
        return tuple(
            Lost(
                (group[0] + 1, group[-1] + 1),
                *(float(bounds[0][0, row]), float(bounds[1][0, row]), float(bounds[2][0, row])),
                *(float(bounds[0][1, row]), float(bounds[1][1, row]), float(bounds[2][1, row])),
                float(months[group].sum()),
                float(lost[group].sum()),
            )
            for row, group in enumerate(groups)
        )  # fmt: skip

    def _readings(self, theta: Floats, groups: Sequence[Sequence[int]]) -> Floats:
        """Of each group of ownership years: the chance to be lost within one of them; the share of the class that is."""
        *_, weights, stops = self.parts(theta)
        total = self.exposure(theta, _YEAR * (groups[-1][-1] + 1))
        stays = np.exp(-np.outer(total, stops)) @ weights
        yearly = [
            1 - (stays[_YEAR * (group[-1] + 1)] / stays[_YEAR * group[0]]) ** (1 / len(group)) for group in groups
        ]
        share = [1 - float(stays[_YEAR * group[0] : _YEAR * (group[-1] + 1)].mean()) for group in groups]
        told: Floats = np.array([yearly, share])
        return told

    def _by_year(self, theta: Floats) -> tuple[Floats, Floats]:
        """By ownership year: months in which owners came, and how many stopped."""
        months, lost = self.expected(theta)
        years = max(-(-self.ages // _YEAR), 1)
        ends = [*self.knots[1:], max(self.ages, self.knots[-1] + 1)]
        part = np.zeros((years, len(self.knots)))
        for piece, (start, end) in enumerate(zip(self.knots, ends, strict=True)):
            for year in range(start // _YEAR, min((end - 1) // _YEAR, years - 1) + 1):
                part[year, piece] = (min(end, (year + 1) * _YEAR) - max(start, year * _YEAR)) / (end - start)
        return part @ months, part @ lost

    def curve(self, theta: Floats) -> tuple[tuple[float, float], ...]:
        """The share of a class that no longer comes, by months since the delivery: for ten years, the last hazard going on."""
        *_, weights, stops = self.parts(theta)
        total = self.exposure(theta, 10 * _YEAR)
        points = range(10 * _YEAR + 1)
        shares = [float(1 - weights @ np.exp(-stops * total[month])) for month in points]
        shares[0] = 0.0
        return tuple(zip(map(float, points), np.minimum(np.maximum.accumulate(shares), 1.0).tolist(), strict=True))

    def standing(self, theta: Floats) -> tuple[Standing, ...]:
        """How the cars stand on the day: age, months without a visit, sort of the owner, whether he still comes."""
        often, regularity, _, stops = self.parts(theta)
        oldest = max(car.age for car in self.told.cars) + 1
        total = self.exposure(theta, oldest)
        quiet = [1 - _under(one, regularity, oldest) for one in often]
        each = self.of_each(theta)

        def comes(last: int, age: int, sort: int) -> float:
            survived = np.exp(-stops[sort] * (total[last : age + 1] - total[last]))
            late = quiet[sort][: age - last + 1]
            stopped = float(((survived[:-1] - survived[1:]) * late[:-1]).sum())
            still = float(survived[-1] * late[-1])
            return still / (still + stopped) if still else 0.0

        known: dict[tuple[int, int, int], float] = {}
        weights: defaultdict[tuple[int, int, int, int], float] = defaultdict(float)
        coming: defaultdict[tuple[int, int, int, int], float] = defaultdict(float)
        for car in self.told.cars:
            if not car.held:
                continue
            last, age, shares = car.spells[-1].last, car.age, each[self.row[car.customer]]
            for sort in range(self.sorts):
                if (last, age, sort) not in known:
                    known[last, age, sort] = comes(last, age, sort)
                state = (age, age - last, max(age - car.paid, age - last), sort)
                weights[state] += float(shares[sort])
                coming[state] += float(shares[sort]) * known[last, age, sort]
        return tuple(
            Standing(round(weight, 6), *state, min(coming[state] / weight, 1.0))
            for state, weight in sorted(weights.items())
            if weight > 1e-6
        )


def _tally(places: Ints, weights: Floats, size: int) -> Floats:
    told: Floats = np.asarray(np.bincount(places, weights, size), np.float64)
    return told


def _classes(shape: float) -> Floats:
    """How many times as often as the average each of the equally large sorts comes, under a gamma of that shape."""
    special = _extra("scipy.special")
    bounds = special.gammaincinv(shape, np.linspace(0, 1, _CLASSES + 1))
    told: Floats = np.diff(special.gammainc(shape + 1, bounds)) * _CLASSES
    return told[::-1]


def _under(often: float, regularity: float, reach: int) -> Floats:
    """The chance of a wait of at most so many months, from 0 to ``reach``: as the simulation draws it."""
    scale = max(12 / often - 0.5, 0.25) / regularity
    told: Floats = _extra("scipy.special").gammainc(regularity, np.arange(reach + 1) / scale)
    return told


def _extra(module: str) -> Any:
    return optional(module, "fit", "fit")


def _refined(told: Watched, sorts: int | str, hazard: str) -> tuple[_Model, Floats]:
    """The fit, its hazards by steps as fine as pays by Akaike's criterion."""
    if hazard == "power":
        model = _Model(told, sorts, 1, power=True)
        return model, model.maximised()
    best: tuple[float, _Model, Floats] | None = None
    for step in _STEPS:
        model = _Model(told, sorts, step)
        if best is not None and model.knots == best[1].knots:
            continue
        found = model.maximised(None if best is None else best[1:])
        criterion = 2 * found.size + 2 * model.lacking(found)
        if best is None or criterion < best[0]:
            best = criterion, model, found
    assert best is not None
    return best[1:]


# -- into the values of a simulation --------------------------------------------------------------------------------------


def _population(base: Population, model: _Model, theta: Floats, loss: str) -> Population:
    """The population with these losses and rhythms, standing as the house does."""
    often, regularity, weights, stops = model.parts(theta)
    mean = float(weights @ often)
    losses = model.losses(theta, np.zeros((theta.size, theta.size)))
    by_year = [one.yearly for one in losses for _ in range(one.years[0], one.years[1] + 1)]
    sorts: tuple[Rhythm, ...] = (Rhythm(1.0),)
    if model.sorts > 1:
        sorts = tuple(
            Rhythm(float(weight), float(rate / mean), float(times))
            for weight, rate, times in zip(weights, often, stops, strict=True)
        )
    return evolve(
        base, loss=loss, loss_curve=model.curve(theta), loss_by_year=tuple(by_year), rhythms=sorts, standing=model.standing(theta),
        visit_hazard=None, cohort=False, stays=(0.5, 0.5, 0.5),
        visits_per_year=base.visits_per_year.at(mean), regularity=base.regularity.at(regularity),
    )  # fmt: skip


def _loss_times(model: _Model, best: Floats, spread: Floats) -> Assumed:
    """The losses as a whole: by how much all of them might be higher or lower together."""
    months, lost = model.expected(best)
    share = np.zeros(best.size)
    share[: model.heads] = lost / max(float(lost.sum()), 1e-9) @ model.bends(best)
    error = sqrt(max(float(share @ spread @ share), 0.0))
    source = f"fitted on {months.sum():,.0f} car-months with {lost.sum():,.0f} stops"
    return Assumed(1.0, exp(-_Z * error), exp(_Z * error), f"{source}, as known on {model.told.on}")


def _shapes(model: _Model, best: Floats, spread: Floats) -> dict[str, Assumed]:
    """The figures of a gamma distribution of rates, and of a hazard by a power of the age."""
    places: dict[str, int] = {"age_power": 1} if model.power else {}
    if model.gamma:
        places |= {"rates_shape": model.regular + 1, "stops_power": model.regular + 2}
    found: dict[str, Assumed] = {}
    for name, place in places.items():
        value, error = float(best[place]), _Z * sqrt(max(float(spread[place, place]), 0.0))
        ends = value, value - error, value + error
        if name != "stops_power":
            ends = exp(ends[0]), exp(ends[1]), exp(ends[2])
        source = f"fitted on {len(model.told.cars):,} cars, as known on {model.told.on}"
        found[name] = Assumed(*ends, source, _SHAPES[name])
    return found


_SHAPES = {
    "age_power": "the power of the age by which the cumulative hazard to stop coming grows (1: the hazard is level)",
    "rates_shape": "shape of the gamma distribution of how often customers come (the less, the more they differ)",
    "stops_power": "the power of how often one comes by which he stops coming (0: all alike)",
}


def _figures(
    told: Watched, base: Population, model: _Model, best: Floats, spread: Floats
) -> tuple[Population, dict[str, Assumed], list[str]]:
    """What customers are like, apart from when they stop coming."""
    found: dict[str, Assumed] = {}
    left_out: list[str] = []
    on = f"as known on {told.on}"
    waits = int(model.counts.sum(axis=1) @ model.number)
    mean, low, high = _rate(model, best, spread)
    found["visits_per_year"] = Assumed(mean, max(low, 0.1), min(high, 12.0), f"fitted on {waits:,} waits, {on}")
    place = model.regular
    error = sqrt(max(float(spread[place, place]), 0.0))
    value = float(np.exp(best[place]))
    found["regularity"] = Assumed(
        value,
        max(value * exp(-_Z * error), 0.5),
        min(value * exp(_Z * error), 50.0),
        f"fitted on {waits:,} waits, {on}",
    )
    if len(told.bills) >= _LEAST:
        bills = sorted(float(bill) for bill in told.bills)
        source = f"fitted on {len(bills):,} bills, {on}"
        found["bill"] = Assumed(_quantile(bills, 0.5), *_about_median(bills), source)
        logs = np.log(np.array(bills))
        # by the quartiles: a few bills of an accident are no spread of the usual ones
        width = float(np.subtract(*np.quantile(logs, [0.75, 0.25]))) / (2 * NormalDist().inv_cdf(0.75))
        off = _Z * 1.65 * width / sqrt(2 * len(bills))
        found["bill_spread"] = Assumed(width, max(width - off, 0.0), width + off, source)
    if len(told.warranties) >= _LEAST:
        months = sorted(told.warranties)
        middle = float(months[len(months) // 2])
        found["warranty_months"] = Assumed(
            middle, float(months[len(months) // 40]), float(months[-1 - len(months) // 40]),
            f"read off {len(months):,} deliveries, {on}",
        )  # fmt: skip
    found |= {name: one for name, one in _shares_of(told, base).items() if name in base.figures}
    changed: dict[str, Any] = dict(found)
    ages = Counter(min(car.age // _YEAR, 9) for car in told.cars if car.held and car.from_delivery)
    if ages.total() >= _LEAST:
        changed["owners_by_year"] = tuple(ages[year] / ages.total() for year in range(10))
    if sum(told.breadth) >= _LEAST:
        changed["breadth"] = tuple(number / sum(told.breadth) for number in told.breadth)
    given_up = sum(car.given_up for car in told.cars)
    if given_up >= _LEAST:
        changed["replaced_curve"], found["replaced_curve"] = _given_up(told)
    else:
        left_out.append(f"replaced_curve: {given_up} cars were seen to be given up, too few; as it was")
    if told.undated:
        left_out.append(
            f"{told.undated:,} cars: nobody told when they were delivered, so they are in no ownership year"
        )
    left_out.append("stays: what breadth does to staying (K13) is not fitted; all stay alike")
    return evolve(base, **changed), found, left_out


def _rate(model: _Model, best: Floats, spread: Floats) -> tuple[float, float, float]:
    """Visits a year of the average customer who comes."""

    def of(theta: Floats) -> float:
        often, _, weights, _ = model.parts(theta)
        return float(weights @ often)

    slope = np.zeros(best.size)
    for place in range(best.size):
        moved = best.copy()
        moved[place] += 1e-5
        slope[place] = (of(moved) - of(best)) / 1e-5
    error = _Z * sqrt(max(float(slope @ spread @ slope), 0.0))
    return of(best), of(best) - error, of(best) + error


def _shares_of(told: Watched, base: Population | Assumptions) -> dict[str, Assumed]:
    """The shares that the records tell, with Wilson's intervals; those of fewer than ten cases are left as they were."""
    found: dict[str, Assumed] = {}
    for name, (part, whole) in told.shares.items():
        if name not in base.figures or whole < _LEAST or part < 1:
            continue
        source = f"fitted on {whole:,} {_OF_WHAT[name]}, as known on {told.on}"
        low, high = wilson(part, whole)
        if name == "prospects_per_sale":
            found[name] = Assumed(whole / part, max(1 / high, 1.0), max(1 / low, 1.0), source)
        else:
            found[name] = Assumed(part / whole, low, high, source)
    return found


_OF_WHAT = {
    "charged_in_warranty": "visits in warranty",
    "charged_later": "visits after it",
    "satisfied": "answers",
    "reviews": "visits",
    "adds_product": "visits",
    "buys": "first enquiries",
    "buys_again": "cars given up by those who came",
    "buys_back": "cars given up by those who stayed away",
    "referred": "new customers",
    "prospects_per_sale": "referrals recorded",
}


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(np.array(values), share))


def _about_median(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the median, by the order of the values."""
    off = _Z * sqrt(len(values)) / 2
    middle = (len(values) - 1) / 2
    return values[max(int(middle - off), 0)], values[min(round(middle + off) + 1, len(values) - 1)]


def _given_up(told: Watched) -> tuple[tuple[tuple[float, float], ...], Assumed]:
    """The share of the cars given up by months since the delivery: lifelines' piecewise exponential, with late entry."""
    lifelines = _extra("lifelines")
    rows: Counter[tuple[float, float, bool]] = Counter()
    for car in told.cars:
        last = car.spells[-1].last
        # one who has long been silent may have given it up unseen: he is watched to his last visit only
        exit_ = float(car.age if car.given_up or car.age - last <= _YEAR else last)
        if exit_ + 0.5 > car.spells[0].entry:
            rows[float(car.spells[0].entry), exit_ + 0.5, car.given_up] += 1
    events = Counter[int]()
    for (_, ended, lost), number in rows.items():
        events[int(ended) // _YEAR] += number * lost
    breaks: list[float] = []
    so_far = 0
    for year in range(max(events) + 1):
        so_far += events[year]
        if so_far >= _STOPS and sum(events[later] for later in events if later > year) >= _STOPS:
            breaks.append(float((year + 1) * _YEAR))
            so_far = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies, about what is to come
        fitter = lifelines.PiecewiseExponentialFitter(breaks) if breaks else lifelines.ExponentialFitter()
        ages = np.arange(0.0, 10 * _YEAR + 1, _YEAR)
        fitter.fit(
            [exit_ for _, exit_, _ in rows], [lost for *_, lost in rows], entry=[entry for entry, *_ in rows],
            weights=list(rows.values()), timeline=ages,
        )  # fmt: skip
        hazard = np.asarray(fitter.cumulative_hazard_at_times(ages), np.float64)
        reach = np.asarray(fitter.confidence_interval_cumulative_hazard_, np.float64)
    curve = tuple((float(age), float(-expm1(-one))) for age, one in zip(ages, hazard, strict=True))
    five = int(np.searchsorted(ages, 5 * _YEAR))
    low, high = sorted(float(-expm1(-max(one, 0.0))) for one in reach[five])
    value = curve[five][1]
    number, given_up = sum(rows.values()), sum(number for (*_, lost), number in rows.items() if lost)
    return (
        ((0.0, 0.0), *curve[1:]),
        Assumed(
            value, min(low, value), max(high, value),
            f"fitted on {number:,} cars, {given_up:,} given up, as known on {told.on}: the share given up in five years",
        ),
    )  # fmt: skip


def _still_assumed(population: Population, assumptions: Assumptions, figures: Mapping[str, Assumed]) -> list[str]:
    return [
        f"{name}: {one.meaning}"
        for name, one in (*population.figures.items(), *assumptions.figures.items())
        if name not in figures
    ]
