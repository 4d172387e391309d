"""The synthetic run: the sample dealership's export, read with its mapping, replayed under Wenhua's book.

In: the export's folder. Out: :class:`House`, frozen, which the terminal and the page both show: counts, points, refusals,
whom to call first, one life. Nobody in it is real. Next room: :mod:`lifecycle.demo.telling`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from attrs import frozen
from rich.console import Console

from lifecycle.book import Book
from lifecycle.books import WENHUA
from lifecycle.customer import STANDING_ZH, Customer, Vehicle
from lifecycle.dealership import DESK
from lifecycle.events import Event, Problem
from lifecycle.life import Life, LifeStep, replay
from lifecycle.machines import ALL, Stage
from lifecycle.readers import read_csv, read_export
from lifecycle.show.fragments import TOTALS
from lifecycle.show.progress import Watch
from lifecycle.show.words import ACTIVITIES

__all__ = ["ON", "WRONG_ROWS", "CallFirst", "House", "Refusals", "run_house"]

#: The day on which the sample's records end.
ON = date(2025, 6, 30)
_CALLS = 12
_STEPS, _KINDS = (12, 44), 8  # moves and kinds of events of a life that is worth telling, and can be

#: Rows that are wrong on purpose, as people write them: what is said of them is part of the demo.
WRONG_ROWS = """\
customer,event,at,vehicle,charge,satisfied,kind
C1,vehicle_delivered,2024-01-10,V1,,,
C1,vehicle_handed_over,2024-03-01,V1,860.00,,
C1,vehicle_handed_ovr,2024-05-02,V1,430.00,,
C1,vehicle_handed_over,02/07/2024,V1,430.00,,
C1,vehicle_handed_over,2024-08-31,V1,-50,,
C1,vehicle_handed_over,2023-12-24,V1,120.00,,
C1,surveyed,2024-09-03,,,maybe,CSI
C1,维修交车,2024年10月8日,V1,"1,234.50",,
"""


@frozen
class Refusals:
    """What one machine refused: how often, and one example with its reason."""

    machine: str
    number: int
    customer: str
    example: LifeStep


@frozen
class CallFirst:
    """A vehicle at risk whose owner is to be called before it is lost."""

    customer: Customer
    vehicle: Vehicle


@frozen
class House:
    """The sample dealership as of a day."""

    folder: Path
    book: Book
    on: date
    files: int
    rows: int
    events: int
    customers: int
    vehicles: int
    members: int
    stages: Mapping[str, int]
    standings: Mapping[str, int]
    activities: Mapping[str, int]
    points: Mapping[str, int]
    """Balance and totals of all statements."""
    tiers: Mapping[str, int]
    steps: int
    refusals: tuple[Refusals, ...]
    calls: tuple[CallFirst, ...]
    life: Life
    problems: tuple[Problem, ...]
    wrong: tuple[Problem, ...]
    """What is said of :data:`WRONG_ROWS`."""
    seconds: float

    @property
    def refused(self) -> int:
        """All refusals."""
        return sum(one.number for one in self.refusals)


def run_house(folder: Path, console: Console, book: Book = WENHUA, on: date = ON) -> House:
    """Read the export in ``folder`` and replay everyone in it."""
    with Watch(console, "reading the sample dealership 读取样例店") as watch:
        reading = read_export(folder, "dms", progress=watch.rows)
        histories = reading.by_customer(book.zone)
        seconds = watch.seconds
    with Watch(console, "replaying the sample dealership 重放样例店") as watch:
        lives = [replay(history, book, on=on) for history in watch.over(histories.values()) if history.customer != DESK]
        seconds += watch.seconds
    customers = [life.customer for life in lives]
    cars = [(customer, car) for customer in customers for car in customer.vehicles.values()]
    stages = Counter(customer.stage.value for customer in customers)
    standings = Counter(customer.standing for customer in customers)
    activities = Counter(car.activity for _, car in cars)
    members = [customer for customer in customers if customer.enrolled_on is not None]
    statements = [life.statement for life in lives]
    return House(
        folder=folder,
        book=book,
        on=on,
        files=len(reading.sources),
        rows=reading.rows,
        events=len(reading.events),
        customers=len(customers),
        vehicles=len(cars),
        members=len(members),
        stages={stage.value: stages[stage.value] for stage in Stage},
        standings={name: standings[name] for name in reversed(list(STANDING_ZH)) if standings[name]},
        activities={name: activities[name] for name in ACTIVITIES if activities[name]},
        points={name: sum(getattr(one, name) for one in statements) for name in ("balance", *TOTALS)},
        tiers=dict(Counter(member.tier for member in members).most_common()),
        steps=sum(len(life.steps) for life in lives),
        refusals=_refusals(lives),
        calls=_calls(cars),
        life=_worth_telling(lives),
        problems=histories.problems,
        wrong=read_csv(WRONG_ROWS.encode(), names=["wrong.csv"]).by_customer().problems,
        seconds=seconds,
    )


def _refusals(lives: Sequence[Life]) -> tuple[Refusals, ...]:
    found: dict[str, list[tuple[str, LifeStep]]] = {}
    for life in lives:
        for step in life.refused:
            found.setdefault(step.region, []).append((life.history.customer, step))
    order = {name: number for number, name in enumerate((*ALL, "points"))}
    return tuple(
        Refusals(machine, len(steps), *min(steps, key=lambda one: (len(" ".join(one[1].because)), one[0])))
        for machine, steps in sorted(found.items(), key=lambda item: order.get(item[0], len(order)))
    )


def _calls(cars: Sequence[tuple[Customer, Vehicle]]) -> tuple[CallFirst, ...]:
    """Vehicles at risk, not yet lost: those first whose owners have spent the most; who wants no call is left out."""
    at_risk = [
        CallFirst(customer, car)
        for customer, car in cars
        if car.activity == "at_risk" and not any(channel in ("*", "call") for channel, _ in customer.opted_out)
    ]
    return tuple(sorted(at_risk, key=lambda one: (-one.customer.spent, one.customer.id))[:_CALLS])


def _worth_telling(lives: Sequence[Life]) -> Life:
    """The life with the most kinds of things in it that is still short enough to tell."""

    def rich(life: Life) -> tuple[int, int, str]:
        events: Sequence[Event] = [event for event in life.history if event.day <= life.on]
        moved = [step for step in life.steps if step.before != step.after]
        shown = [step for step in moved if step.key is None or step.region == "activity"]
        things = {step.region for step in moved} | {step.after for step in shown if step.region == "activity"}
        weight = len(things) + 4 * ("returned" in things) + 2 * bool(life.refused) + 2 * bool(life.statement.redeemed)
        fits = _STEPS[0] <= len(shown) <= _STEPS[1] and len({event.kind for event in events}) >= _KINDS
        return weight if fits else 0, -len(shown), life.history.customer

    return max(lives, key=rich)
