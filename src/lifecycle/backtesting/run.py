"""Running a rule on a past day: the population, who is flagged, who stayed away, and how sure the figures are.

In: events or histories, rules, days. Out: :class:`~lifecycle.backtesting.result.Backtest` and ``Rolling``. Facts as of the
cut-off day come from replay, but for histories of visits and deliveries alone, whose facts are told faster here (and are
the same, by a property). Next: :mod:`lifecycle.backtesting.result`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from attrs import evolve, frozen

from lifecycle.backtesting.result import MEASURES, Backtest, Rolling, RuleResult, measures, short
from lifecycle.book import Book
from lifecycle.churn import Churn, InactiveFor
from lifecycle.customer import UNNAMED
from lifecycle.dates import add_months
from lifecycle.deadline import Rule, a_day, always
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History, as_histories, voided_ids
from lifecycle.facts import OpenVehicle
from lifecycle.life import replay
from lifecycle.survival import wilson
from lifecycle.values import FrozenDict
from lifecycle.visits import VISITS, VisitKind, all_visits, charged_visits

__all__ = ["backtest", "roc_auc", "rolling"]

# -- what was seen up to the cut-off day ----------------------------------------------------------------------------------


#: The facts that visits and deliveries alone can tell, and the kinds of event that tell them.
_SIMPLE = frozenset({"delivered_on", "first_visit", "last_visit", "last_charged_visit", "visits", "charged_visits"})
_SIMPLE_KINDS = frozenset({*VISITS, "vehicle_delivered"})


def _is_simple(rules: Sequence[Rule]) -> bool:
    return all(name in _SIMPLE or name.startswith("last_visits.") for rule in rules for name in rule.reads)


def _facts_of_visits(events: Iterable[Event], kinds: Sequence[VisitKind]) -> list[OpenVehicle]:
    """What these visits and deliveries tell, as replay has it."""
    cars: dict[str, OpenVehicle] = {}
    for event in events:
        vin = event.vehicle or UNNAMED
        car = cars.get(vin)
        if car is None:
            car = cars[vin] = OpenVehicle(vin)
        day = event.day
        if event.kind == "vehicle_delivered":
            car.delivered_on = day
            continue
        if car.first_visit is None:
            car.first_visit = day
        if event.kind == "vehicle_handed_over":
            car.visits += 1
        for kind in kinds:
            if kind.counts(event):
                if kind == all_visits:
                    car.last_visit = day
                elif kind == charged_visits:
                    car.last_charged_visit = day
                    car.charged_visits += 1
                else:
                    car.last_visits[kind.name] = day
    return list(cars.values())


@frozen
class _Subject:
    """One customer of the population."""

    cars: Sequence[Any]
    """The vehicles that are not gone, as of the cut-off day."""
    person: Any
    first: date
    last: date
    """His first and last counted visit up to the cut-off day."""
    stays_away: bool


def _counts(kinds: Sequence[VisitKind]) -> Callable[[Event], bool]:
    if len(kinds) == 1:
        return kinds[0].counts
    return lambda event: any(kind.counts(event) for kind in kinds)


def _subjects(
    histories: Iterable[History], rules: Sequence[Rule], kinds: Sequence[VisitKind], cutoff: date, until: date
) -> tuple[list[_Subject], int]:
    """The population, and how many are left out since all their vehicles are gone."""
    simple = _is_simple(rules)
    counts = _counts(kinds)
    counted = tuple(
        dict.fromkeys((all_visits, charged_visits, *kinds, *(kind for rule in rules for kind in rule.visit_kinds)))
    )
    book = _book(rules, kinds)
    found: list[_Subject] = []
    gone = 0
    for history in histories:
        events = [event for event in history if event.day <= until]
        voided = voided_ids(events)
        visits = [event.day for event in events if event.kind in VISITS and event.id not in voided and counts(event)]
        before = [day for day in visits if day <= cutoff]
        if not before:
            continue
        known = [event for event in events if event.day <= cutoff]
        person: Any = None
        if simple and all(event.kind in _SIMPLE_KINDS for event in known):
            cars: Sequence[Any] = _facts_of_visits(known, counted)
        else:
            person = replay(history, book, on=cutoff).customer
            cars = [car for car in person.vehicles.values() if car.gone_on is None]
            if not cars:
                gone += 1
                continue
        found.append(_Subject(cars, person, before[0], before[-1], len(before) == len(visits)))
    return found, gone


def _book(rules: Sequence[Rule], kinds: Sequence[VisitKind]) -> Book:
    """A book under which replay keeps the last day of every kind of visit that is asked for."""
    asked = dict.fromkeys((*kinds, *(kind for rule in rules for kind in rule.visit_kinds)))
    watched: Rule = always
    for kind in asked:
        watched = watched & InactiveFor(months=1200).counting(kind)
    return Book(name="back-test", edition="1", churn=Churn(lost=watched))


def _only_once(first: date, kinds: Sequence[VisitKind]) -> OpenVehicle:
    """A vehicle that came once, on its first counted day, and never again."""
    car = OpenVehicle(UNNAMED)
    car.first_visit = car.last_visit = car.last_charged_visit = first
    car.last_visits = {kind.name: first for kind in kinds}
    car.visits = car.charged_visits = 1
    return car


# -- the back-test --------------------------------------------------------------------------------------------------------


def backtest(
    events: Iterable[Event] | Iterable[History] | Mapping[str, History],
    rules: Rule | Iterable[Rule],
    *,
    cutoff: date,
    until: date,
    counting: VisitKind | None = None,
    resamples: int = 300,
    seed: int = 1,
    tolerance: float = 0.1,
) -> Backtest:
    """How well each rule, applied on ``cutoff`` (inclusive), told who would not come by ``until`` (inclusive).

    ``counting``: the visits that make the population and the outcome; left away, those that the rule itself counts.
    ``resamples``: how often customers are drawn anew for the intervals (0: none), from ``seed``.

    **Too young.** A rule of k months can flag nobody who has been known for less: however silent he is, the day has not
    come. Such customers are false negatives that say nothing of the rule. They are counted (:attr:`RuleResult.too_young`:
    the rule would not have been due on the cut-off day had he never come after his first counted visit), and where they
    are more than ``tolerance`` of the population, the result warns.
    """
    a_day(cutoff)
    a_day(until)
    if until <= cutoff:
        raise LifecycleError(
            f"until={until} is not after cutoff={cutoff}",
            argument="until",
            value=until,
            remedy="the holdout needs a day at least",
        )
    asked = (rules,) if isinstance(rules, Rule) else tuple(rules)
    if not asked:
        raise LifecycleError("no rule is given", argument="rules", value=rules, remedy="as in [InactiveFor(months=6)]")
    for rule in asked:
        if not isinstance(cast("object", rule), Rule):
            raise LifecycleError(
                f"{rule!r} is no rule", argument="rules", value=rule, remedy="as in InactiveFor(months=6)"
            )
    histories = list(as_histories(events))
    groups: dict[tuple[VisitKind, ...], list[Rule]] = {}
    for rule in asked:
        kinds = (counting,) if counting is not None else rule.visit_kinds or (all_visits,)
        groups.setdefault(kinds, []).append(rule)
    results: dict[Rule, RuleResult] = {}
    first: _Group | None = None
    for kinds, together in groups.items():
        group = _group(histories, together, kinds, cutoff, until, resamples, seed)
        first = first or group
        results.update(group.results)
    assert first is not None
    told = tuple(results[rule] for rule in asked)
    warnings = tuple(_young(result, cutoff) for result in told if result.too_young > tolerance * result.population)
    if not first.recency:
        warnings = (*warnings, f"nobody has a counted visit up to {cutoff}")
    return Backtest(cutoff, until, told, first.auc, first.auc_interval, warnings, first.gone, tolerance, first.recency)


def _young(result: RuleResult, cutoff: date) -> str:
    share = result.too_young / result.population
    return (
        f"{short(result.rule)}: too young a cohort; for {result.too_young} of {result.population} customers ({share:.0%}) it "
        f"could not be due by {cutoff}, had they never come after their first visit"
    )


@frozen
class _Group:
    results: dict[Rule, RuleResult]
    auc: float | None
    auc_interval: tuple[float, float] | None
    gone: int
    recency: tuple[tuple[int, int, int], ...]


def _group(
    histories: Sequence[History],
    rules: Sequence[Rule],
    kinds: Sequence[VisitKind],
    cutoff: date,
    until: date,
    resamples: int,
    seed: int,
) -> _Group:
    subjects, gone = _subjects(histories, rules, kinds, cutoff, until)
    cells: list[tuple[int, int, bool]] = []  # days of silence, flags as bits, stays away
    young = [0] * len(rules)
    due_of_once: dict[date, tuple[bool, ...]] = {}
    for one in subjects:
        flags = 0
        for place, rule in enumerate(rules):
            if _flags(rule, one, cutoff):
                flags |= 1 << place
        cells.append(((cutoff - one.last).days, flags, one.stays_away))
        once = due_of_once.get(one.first)
        if once is None:
            car = _only_once(one.first, kinds)
            days = [rule.due(car) for rule in rules]
            once = due_of_once[one.first] = tuple(day is not None and day > cutoff for day in days)
        for place, is_young in enumerate(once):
            young[place] += is_young
    counted = Counter(cells)
    counts = _confusion(counted, len(rules))
    auc = _auc(counted)
    intervals, auc_interval = _bootstrap(cells, counted, len(rules), resamples, seed)
    results = {
        rule: _with_few(RuleResult(rule, *counts[place], young[place], intervals[place]))
        for place, rule in enumerate(rules)
    }
    return _Group(results, auc, auc_interval, gone, _recency(counted))


def _with_few(result: RuleResult) -> RuleResult:
    """The same with intervals that few customers allow."""
    if not result.intervals:
        return result
    found = {name: interval for name, interval in result.intervals.items() if name not in result.few}
    found |= {name: wilson(*cases) for name, cases in result.few.items() if name != "f1" and cases[1]}
    return evolve(result, intervals=FrozenDict(found))


def _flags(rule: Rule, subject: _Subject, cutoff: date) -> bool:
    """Whether the rule is due on the cut-off day for every vehicle of his (LC8)."""
    for car in subject.cars:
        due = rule.due(car, subject.person)
        if due is None or due > cutoff:
            return False
    return True


_Cells = Counter[tuple[int, int, bool]]


def _confusion(cells: _Cells, rules: int) -> list[tuple[int, int, int, int]]:
    """(population, positives, flagged, hits) of each rule."""
    by_flags: Counter[tuple[int, bool]] = Counter()
    for (_, flags, away), number in cells.items():
        by_flags[flags, away] += number
    population = sum(by_flags.values())
    positives = sum(number for (_, away), number in by_flags.items() if away)
    told: list[tuple[int, int, int, int]] = []
    for place in range(rules):
        bit = 1 << place
        flagged = sum(number for (flags, _), number in by_flags.items() if flags & bit)
        hits = sum(number for (flags, away), number in by_flags.items() if away and flags & bit)
        told.append((population, positives, flagged, hits))
    return told


def _recency(cells: _Cells) -> tuple[tuple[int, int, int], ...]:
    by_days: dict[int, list[int]] = {}
    for (days, _, away), number in cells.items():
        row = by_days.setdefault(days, [0, 0])
        row[0] += number
        row[1] += number * away
    return tuple((days, *by_days[days]) for days in sorted(by_days))  # type: ignore[misc]


def _auc(cells: _Cells) -> float | None:
    return roc_auc((days, customers - away, away) for days, customers, away in _recency(cells))


def roc_auc(scored: Iterable[tuple[float, int, int]]) -> float | None:
    """The area under the curve from (score, negatives, positives) in ascending order of score; ties count half."""
    below = pairs = positives = 0
    for _, no, yes in scored:
        pairs += yes * (2 * below + no)
        below += no
        positives += yes
    return pairs / (2 * below * positives) if below and positives else None


def _bootstrap(
    cells: Sequence[tuple[int, int, bool]], counted: _Cells, rules: int, resamples: int, seed: int
) -> tuple[list[FrozenDict[str, tuple[float, float]]], tuple[float, float] | None]:
    """The middle 95 % of each measure, customers being drawn anew with replacement (all rules on the same draws)."""
    if not cells or resamples <= 0:
        return [FrozenDict() for _ in range(rules)], None
    number = {cell: place for place, cell in enumerate(counted)}
    names = list(counted)
    population = [number[cell] for cell in cells]
    chance = random.Random(seed)
    drawn: list[dict[str, list[float]]] = [{name: [] for name in MEASURES} for _ in range(rules)]
    aucs: list[float] = []
    for _ in range(resamples):
        again: _Cells = Counter(
            {names[place]: times for place, times in Counter(chance.choices(population, k=len(population))).items()}
        )
        for place, counts in enumerate(_confusion(again, rules)):
            for name, value in measures(*counts).items():
                if value is not None:
                    drawn[place][name].append(value)
        auc = _auc(again)
        if auc is not None:
            aucs.append(auc)
    intervals = [FrozenDict({name: _middle(values) for name, values in one.items() if values}) for one in drawn]
    return intervals, _middle(aucs) if aucs else None


def _middle(values: list[float]) -> tuple[float, float]:
    values = sorted(values)
    last = len(values) - 1
    return values[round(0.025 * last)], values[round(0.975 * last)]


def rolling(
    events: Iterable[Event] | Iterable[History] | Mapping[str, History],
    rules: Rule | Iterable[Rule],
    *,
    cutoffs: Iterable[date],
    months: int,
    counting: VisitKind | None = None,
    resamples: int = 0,
    seed: int = 1,
) -> Rolling:
    """The back-test on each of several cut-off days, each with a holdout of ``months`` months from the day after it."""
    histories = list(as_histories(events))
    asked = (rules,) if isinstance(rules, Rule) else tuple(rules)
    return Rolling(
        tuple(
            backtest(
                histories, asked, cutoff=cutoff, until=add_months(cutoff, months), counting=counting, resamples=resamples, seed=seed
            )
            for cutoff in cutoffs
        )
    )  # fmt: skip
