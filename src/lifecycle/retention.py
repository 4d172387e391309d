"""Keeping customers, in figures: who comes and who goes, how long they stay, what keeps them, who comes back.

In: lives (:class:`~lifecycle.life.Life`: what replay made of histories under one book) or customers as of a day. Out: the
leaky bucket with its crossover (R4), losses against first visits (K18), loss by ownership year (K11), retention by breadth
(K13), recovery of lost vehicles (V1b). Every count can show whom it counted (LI2); windows are closed at their start, open
at their end; 0/0 is None, "not measurable" (LI1). Why they leave is told by :mod:`lifecycle.causes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple, cast

from attrs import field, frozen

from lifecycle.customer import Customer, rolled_up
from lifecycle.dates import add_days, add_months, months_between
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.life import Life
from lifecycle.machines import ACTIVITY
from lifecycle.survival import Spell, Survival, kaplan_meier
from lifecycle.values import FrozenDict

__all__ = [
    "K11", "K13", "Breadth", "Flow", "LostAgainstFirst", "OwnershipYear", "Recovery", "by_ownership_year", "leaky_bucket",
    "lost_against_first_visits", "recovery", "retention_by_breadth", "spells",
]  # fmt: skip

#: K11: after-sales loss by ownership year, as shares from–to; 6 stands for the sixth and later.
K11: Mapping[int, tuple[float, float]] = FrozenDict(
    {1: (0.03, 0.05), 2: (0.09, 0.13), 3: (0.40, 0.50), 4: (0.60, 0.80), 5: (0.60, 0.80), 6: (0.90, 0.90)}
)
#: K13: the chance of staying by the number of products or services; 3 stands for three and more.
K13: Mapping[int, tuple[float, float]] = FrozenDict({1: (0.15, 0.15), 2: (0.45, 0.60), 3: (0.90, 1.0)})

_IN = frozenset({"active", "at_risk", "returned"})
_LOST = frozenset({"lost", "quasi_lost"})


def _window(start: date, end: date) -> None:
    a_day(start)
    a_day(end)
    if end <= start:
        raise LifecycleError(f"end={end} is not after start={start}", argument="end", value=end, remedy="start < end")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


class _Turn(NamedTuple):
    """A change of one vehicle's activity, by its public name."""

    day: date
    vehicle: str
    before: str
    after: str


def _turns(life: Life) -> Iterator[_Turn]:
    for step in life.steps:
        if step.region == ACTIVITY.name and step.key is not None and step.accepted:
            before, after = ACTIVITY.label(step.before), ACTIVITY.label(step.after)
            if before != after:
                yield _Turn(step.day, step.key, before, after)


# -- the leaky bucket (R4) --------------------------------------------------------------------------------------------------


@frozen
class Flow:
    """One span of the leaky bucket: ``kept = at_start + gained + returned − lost − gone``.

    A customer is in the bucket from the day on which the house first sees a vehicle of his until all of them are lost or
    gone (LC8). One may leave and return several times in a span, and each time counts.
    """

    start: date
    end: date
    """Open."""
    at_start: int
    gained: int
    returned: int
    lost: int
    gone: int
    who: FrozenDict[str, tuple[str, ...]] = field(factory=FrozenDict[str, tuple[str, ...]], repr=False)
    """The customers behind gained, returned, lost and gone, in order of day."""

    @property
    def kept(self) -> int:
        """Customers in the bucket at the end."""
        return self.at_start + self.net

    @property
    def net(self) -> int:
        """Those who came less those who went."""
        return self.gained + self.returned - self.lost - self.gone

    @property
    def crossover(self) -> int:
        """How many of those who went were only made up for by others (R4): three gained and three lost is three, not none."""
        return min(self.gained + self.returned, self.lost + self.gone)

    @property
    def crossover_share(self) -> float | None:
        """The crossover as a share of those there at the start; the larger, the less stable the business (R4)."""
        return _share(self.crossover, self.at_start)

    @property
    def leak(self) -> float | None:
        """The share of those there at the start who were lost or have gone."""
        return _share(self.lost + self.gone, self.at_start)


def leaky_bucket(
    lives: Iterable[Life], *, start: date, end: date, months: int | None = 1, days: int | None = None
) -> tuple[Flow, ...]:
    """Who came and who went, span by span from ``start`` (closed) to ``end`` (open): by ``months``, or by ``days`` (7: weeks).

    Spans begin at ``start`` + n months, from the anchor at once; the last may be cut off by ``end``.
    """
    _window(start, end)
    edges = _edges(start, end, None if days is not None else months, days)
    turns: list[tuple[date, str, str]] = []
    at_start = 0
    for life in lives:
        for day, how in _in_and_out(life):
            if day < start:
                at_start += 1 if how in ("gained", "returned") else -1
            elif day < end:
                turns.append((day, life.customer.id, how))
    turns.sort()
    flows: list[Flow] = []
    place = 0
    for here, there in pairwise(edges):
        who: dict[str, list[str]] = {"gained": [], "returned": [], "lost": [], "gone": []}
        while place < len(turns) and turns[place][0] < there:
            _, customer, how = turns[place]
            who[how].append(customer)
            place += 1
        counts = {how: len(customers) for how, customers in who.items()}
        told = FrozenDict({how: tuple(customers) for how, customers in who.items()})
        flows.append(Flow(here, there, at_start, **counts, who=told))
        at_start = flows[-1].kept
    return tuple(flows)


def _edges(start: date, end: date, months: int | None, days: int | None) -> list[date]:
    step: int = months if months is not None else days or 0
    if not isinstance(cast("object", step), int) or step < 1:
        raise LifecycleError(
            f"spans of {step!r} are none",
            argument="months" if months is not None else "days",
            value=step,
            remedy="as in months=1",
        )
    edges = [start]
    number = 1
    while edges[-1] < end:
        edge = add_months(start, number * step) if months is not None else add_days(start, number * step)
        edges.append(min(edge, end))
        number += 1
    return edges


def _in_and_out(life: Life) -> Iterator[tuple[date, str]]:
    """When a customer came into the bucket, and went out of it."""
    cars: dict[str, str] = {}
    inside, before = False, False
    for turn in _turns(life):
        cars[turn.vehicle] = turn.after
        rolled = rolled_up(list(cars.values()))
        if not inside and turn.after in _IN:
            yield turn.day, "returned" if before else "gained"
            inside = before = True
        elif inside and rolled in ("lost", "gone"):
            yield turn.day, rolled
            inside = False


# -- losses against first visits (K18) --------------------------------------------------------------------------------------


@frozen
class LostAgainstFirst:
    """One span of K18: vehicles lost in all, and new in it, against vehicles that first came to the workshop."""

    start: date
    end: date
    first_visits: int
    newly_lost: int
    lost_in_all: int
    """Vehicles that are lost, or quasi-lost, when the span ends."""

    @property
    def lost_per_first_visit(self) -> float | None:
        """How many are lost for each that comes for the first time; None where none does."""
        return _share(self.newly_lost, self.first_visits)


def lost_against_first_visits(
    lives: Iterable[Life], *, start: date, end: date, months: int = 1
) -> tuple[LostAgainstFirst, ...]:
    """K18, watched monthly: lost vehicles against first visits to the workshop (首次进厂), from ``start`` to ``end`` (open)."""
    _window(start, end)
    edges = _edges(start, end, months, None)
    first: list[date] = []
    lost: list[date] = []
    back: list[date] = []
    for life in lives:
        first += [car.first_visit for car in life.customer.vehicles.values() if car.first_visit is not None]
        for turn in _turns(life):
            if turn.after in _LOST and turn.before not in _LOST:
                lost.append(turn.day)
            elif turn.before in _LOST and turn.after not in _LOST:
                back.append(turn.day)

    def within(days: Sequence[date], here: date, there: date) -> int:
        return sum(1 for day in days if here <= day < there)

    return tuple(
        LostAgainstFirst(
            here, there, within(first, here, there), within(lost, here, there),
            within(lost, date.min, there) - within(back, date.min, there),
        )
        for here, there in pairwise(edges)
    )  # fmt: skip


# -- how long they stay (K11) -----------------------------------------------------------------------------------------------


def spells(lives: Iterable[Life], *, returns: bool = False) -> tuple[Spell, ...]:
    """The stay of each vehicle whose delivery is known, in days of age: from where it is seen to its first loss.

    It enters at its delivery, or later where the house first saw it later; it leaves by its first loss (``lost``), or is
    censored when it is gone or on the day the life is looked at. With ``returns`` one who came back begins a further spell,
    at the age at which he came.
    """
    found: list[Spell] = []
    for life in lives:
        cars = life.customer.vehicles
        begun: dict[str, date] = {}
        ended: set[str] = set()
        for turn in _turns(life):
            car = cars[turn.vehicle]
            if car.delivered_on is None:
                continue
            if turn.vehicle not in begun and turn.after in _IN and (returns or turn.vehicle not in ended):
                begun[turn.vehicle] = turn.day
            elif turn.vehicle in begun and turn.after not in _IN:
                _spell(found, car.delivered_on, begun.pop(turn.vehicle), turn.day, lost=turn.after in _LOST)
                ended.add(turn.vehicle)
        for vin, day in begun.items():
            delivered = cars[vin].delivered_on
            if delivered is not None:
                _spell(found, delivered, day, life.on, lost=False)
    return tuple(found)


def _spell(found: list[Spell], delivered: date, begin: date, end: date, *, lost: bool) -> None:
    entry, leave = max((begin - delivered).days, 0), (end - delivered).days
    if leave >= entry:  # a delivery told after the visits (a car bought elsewhere before) leaves nothing to count from
        found.append(Spell(entry, leave, lost))


@frozen
class OwnershipYear:
    """One row of K11's table: the vehicles in that year of ownership, and how many of them no longer come."""

    year: int
    """From 1; the last row stands for that year and all later ones."""
    vehicles: int
    lost: int
    expected: tuple[float, float] | None
    """The source's share, from–to (K11)."""
    stays: float
    """Kaplan–Meier: the share that stays to the end of the year, as the whole of the data tells it."""
    stays_interval: tuple[float, float]
    who: tuple[str, ...] = field(default=(), repr=False)
    """The vehicles lost."""

    @property
    def share(self) -> float | None:
        """The share of that age class no longer coming (K11's reading: cumulative, not a yearly hazard)."""
        return _share(self.lost, self.vehicles)


def by_ownership_year(lives: Iterable[Life], *, years: int = 6) -> tuple[OwnershipYear, ...]:
    """K11's table from any data: by year of ownership on the day the lives are looked at, the share no longer coming.

    Vehicles whose delivery is known, but for those gone. The last row holds year ``years`` and later.
    """
    if not isinstance(cast("object", years), int) or years < 1:
        raise LifecycleError(
            f"years={years!r} is not a whole number from 1", argument="years", value=years, remedy="as in years=6"
        )
    told = list(lives)
    classes: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for life in told:
        for vin, car in life.customer.vehicles.items():
            if car.delivered_on is not None and car.delivered_on <= life.on and car.activity not in ("gone", "unseen"):
                year = min(months_between(car.delivered_on, life.on) // 12 + 1, years)
                classes[year].append((vin, car.activity in _LOST))
    curve: Survival = kaplan_meier(spells(told))
    rows: list[OwnershipYear] = []
    for year in range(1, years + 1):
        cars = classes[year]
        end = round(year * 365.25)
        lost = tuple(vin for vin, is_lost in cars if is_lost)
        rows.append(OwnershipYear(year, len(cars), len(lost), K11.get(year), curve.at(end), curve.interval(end), lost))
    return tuple(rows)


# -- what keeps them (K13) --------------------------------------------------------------------------------------------------


@frozen
class Breadth:
    """One row of K13: customers with so many products or services, and how many of them stayed."""

    products: int
    """The last row stands for so many and more."""
    customers: int
    stayed: int
    expected: tuple[float, float] | None
    """The source's chance of staying, from–to (K13)."""
    who: tuple[str, ...] = field(default=(), repr=False)
    """The customers who stayed."""

    @property
    def share(self) -> float | None:
        """The share that stayed."""
        return _share(self.stayed, self.customers)


def _is_in(customer: Customer) -> bool:
    activities = [car.activity for car in customer.vehicles.values()]
    return any(one in _IN for one in activities) and rolled_up(activities) not in ("lost", "gone")


def retention_by_breadth(
    before: Iterable[Customer], after: Iterable[Customer], *, most: int = 3, stays: Callable[[Customer], bool] = _is_in
) -> tuple[Breadth, ...]:
    """K13 from any data: of the customers who were there ``before``, by how many products they had, who is there ``after``.

    The same customers as of two days; one who is not among ``after`` has not stayed. ``stays`` says who is there: by
    default one with a vehicle that is neither lost nor gone. The last row holds ``most`` products and more.
    """
    later = {customer.id: customer for customer in after}
    rows: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for customer in before:
        if stays(customer):
            now = later.get(customer.id)
            rows[min(customer.breadth, most)].append((customer.id, now is not None and stays(now)))
    return tuple(
        Breadth(
            products, len(rows[products]), sum(stayed for _, stayed in rows[products]), K13.get(products),
            tuple(name for name, stayed in rows[products] if stayed),
        )
        for products in range(most + 1)
    )  # fmt: skip


# -- who comes back (V1b) ---------------------------------------------------------------------------------------------------


@frozen
class Recovery:
    """Lost vehicles and those that came back (V1b): each loss counts once, and at most one return belongs to it."""

    lost: int
    returned: int
    gone: int
    """Losses after which the vehicle was transferred or moved away."""
    days: tuple[int, ...] = field(repr=False)
    """Days from loss to return, ascending."""
    curve: Survival = field(repr=False)
    """The share of losses that last beyond so many days (those not over yet are censored)."""
    by_outreach: int = 0
    """Returns with a visit that names its outreach (W17, W18), or within the days asked after an offer."""
    who: tuple[str, ...] = field(default=(), repr=False)
    """The vehicles that returned."""

    @property
    def rate(self) -> float | None:
        """Returns per loss; of recent losses many may return yet, which :attr:`curve` allows for."""
        return _share(self.returned, self.lost)

    def within(self, days: int) -> float | None:
        """The chance that a lost vehicle is back within so many days; None where nothing was lost."""
        return 1 - self.curve.at(days) if self.lost else None

    @property
    def median_days(self) -> int | None:
        """Half of those that returned did so within so many days."""
        return self.days[(len(self.days) - 1) // 2] if self.days else None

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import recovery_html

        return recovery_html(self)


def recovery(
    lives: Iterable[Life], *, start: date = date.min, end: date = date.max, offered_within: int = 60
) -> Recovery:
    """Of the vehicles lost from ``start`` (closed) to ``end`` (open), how many came back, and how soon.

    A return is put down to an outreach where the visit names one (``outreach=``), or where an offer of that customer was
    made within ``offered_within`` days before it (**reading**; V1b asks for the cause "where known").
    """
    durations: list[Spell] = []
    days: list[int] = []
    who: list[str] = []
    lost = gone = by_outreach = 0
    for life in lives:
        since: dict[str, date] = {}
        offers = [event.day for event in life.history if event.kind == "outreach_offered"]
        named = {
            (event.day, event.vehicle)
            for event in life.history
            if event.kind == "vehicle_handed_over" and event.get("outreach")
        }
        for turn in _turns(life):
            if turn.after in _LOST and turn.before not in _LOST:
                since[turn.vehicle] = turn.day
                continue
            lost_on = since.pop(turn.vehicle, None)
            if lost_on is None or not start <= lost_on < end:
                continue
            lost += 1
            came = turn.after in _IN
            durations.append(Spell(0, (turn.day - lost_on).days, came))
            gone += not came
            if came:
                days.append((turn.day - lost_on).days)
                who.append(turn.vehicle)
                asked = any(0 <= (turn.day - day).days <= offered_within for day in offers)
                by_outreach += asked or (turn.day, turn.vehicle) in named
        for lost_on in since.values():
            if start <= lost_on < end:
                lost += 1
                durations.append(Spell(0, (life.on - lost_on).days, lost=False))
    shifted = [Spell(0, one.exit + 1, one.lost) for one in durations]  # a return on the day of the loss is one of day 0
    curve = kaplan_meier(shifted)
    told = Survival(
        tuple(age - 1 for age in curve.ages),
        curve.at_risk,
        curve.lost,
        curve.share,
        curve.low,
        curve.high,
        curve.spells,
    )
    return Recovery(lost, len(days), gone, tuple(sorted(days)), told, by_outreach, tuple(who))
