"""The real run: the CDNOW purchase log, all of it, under the six-month rule and under the 6/12-month rule.

In: the log, found by the readers. Out: :class:`Purchases`, frozen, which the terminal and the page both show. A purchase
stands for a charged visit; a row of 0.00 is free help and does not count (V1c); a row that repeats another exactly is a
row of its own. Next room: :mod:`lifecycle.demo.house`.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from attrs import frozen
from rich.console import Console

from lifecycle.book import Book
from lifecycle.churn import Churn, InactiveFor
from lifecycle.dates import add_months
from lifecycle.events import Problem
from lifecycle.life import Life, replay
from lifecycle.machines import ACTIVITY
from lifecycle.points import Points
from lifecycle.readers import cdnow_log, read_csv
from lifecycle.show.progress import Watch
from lifecycle.show.words import ACTIVITIES
from lifecycle.visits import charged_visits

__all__ = ["ON", "RULES", "Month", "Purchases", "RuleRun", "rule_run", "run_purchases"]

#: The day on which the log ends.
ON = date(1998, 6, 30)
#: The two rules, by the name that tables have for them: V1's six months, V4's six and twelve, over charged visits.
RULES: Mapping[str, Churn] = MappingProxyType(
    {
        "six months": Churn(lost=InactiveFor(months=6).counting(charged_visits)),
        "6/12 months": Churn(
            at_risk=InactiveFor(months=6).counting(charged_visits), lost=InactiveFor(months=12).counting(charged_visits)
        ),
    }
)
RULES_ZH: Mapping[str, str] = MappingProxyType({"six months": "六个月规则", "6/12 months": "六／十二个月规则"})
CITES: Mapping[str, str] = MappingProxyType({"six months": "V1a", "6/12 months": "V4a"})


@frozen
class Month:
    """How many customers were in each state at the end of a month."""

    day: date
    counts: Mapping[str, int]


@frozen
class RuleRun:
    """One rule over all customers: where they stand on the last day, and stood at the end of each month."""

    name: str
    churn: Churn
    counts: Mapping[str, int]
    months: tuple[Month, ...]


@frozen
class Purchases:
    """What was read of the log, and each rule's answer."""

    path: Path
    rows: int
    customers: int
    free: int
    repeated: int
    first: date
    on: date
    runs: tuple[RuleRun, ...]
    problems: tuple[Problem, ...]
    seconds: float


def run_purchases(console: Console) -> Purchases:
    """Read the log and replay every customer under both rules; LifecycleError where the log is not here."""
    path = cdnow_log()
    with Watch(console, "reading the purchase log 读取购买记录") as watch:
        reading = read_csv(path, mapping="cdnow", progress=watch.rows)
        histories = reading.by_customer()
        seconds = watch.seconds
    lines = path.read_bytes().splitlines()
    first = min(event.day for event in reading.events)
    runs: list[RuleRun] = []
    for name, churn in RULES.items():
        book = Book(name=name, edition=CITES[name], churn=churn, points=Points())
        with Watch(console, f"replaying under {name} 按{RULES_ZH[name]}重放") as watch:
            lives = (replay(history, book, on=ON) for history in watch.over(histories.values()))
            runs.append(rule_run(name, churn, lives, first=first, on=ON))
            seconds += watch.seconds
    return Purchases(
        path=path,
        rows=reading.rows,
        customers=len(histories),
        free=sum(not event["charge"] for event in reading.events),
        repeated=len(lines) - len(set(lines)),
        first=first,
        on=ON,
        runs=tuple(runs),
        problems=histories.problems,
        seconds=seconds,
    )


def rule_run(name: str, churn: Churn, lives: Iterable[Life], *, first: date, on: date) -> RuleRun:
    """The lives under one rule, counted: where each customer's one vehicle stands, and stood at each month's end."""
    ends = tuple(_month_ends(first, on))
    place = {(day.year, day.month): number for number, day in enumerate(ends)}
    changes: list[Counter[str]] = [Counter() for _ in ends]
    counts: Counter[str] = Counter()
    customers = 0
    for life in lives:
        customers += 1
        (vehicle,) = life.customer.vehicles.values()
        counts[vehicle.activity] += 1
        state = "unseen"
        for step in life.steps:
            if step.region == ACTIVITY.name and step.accepted:
                label = ACTIVITY.label(step.after)
                if label != state:
                    change = changes[place[step.day.year, step.day.month]]
                    change[state] -= 1
                    change[label] += 1
                    state = label
    standing = Counter(unseen=customers)
    months: list[Month] = []
    for day, change in zip(ends, changes, strict=True):
        standing.update(change)
        months.append(Month(day, {state: standing[state] for state in ACTIVITIES if standing[state]}))
    return RuleRun(name, churn, {state: counts[state] for state in ACTIVITIES if counts[state]}, tuple(months))


def _month_ends(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month.replace(day=monthrange(month.year, month.month)[1])
        month = add_months(month, 1)
