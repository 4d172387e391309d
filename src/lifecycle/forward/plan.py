"""What one book means to one population, as whole numbers: thresholds of draws, tables by month, points by bill.

In: a book, a :class:`~lifecycle.forward.assumptions.Population`, :class:`~lifecycle.forward.assumptions.Assumptions`, a
number of months. Out: a :class:`Plan`. Everything that is a float is one here and nowhere after: the bulk and the plain
reading of a plan compare and add the same integers, so they agree exactly. Next rooms: :mod:`lifecycle.forward.alone` and
:mod:`lifecycle.forward.bulk`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise, product
from math import exp, expm1, inf, lgamma, log
from operator import mul
from statistics import NormalDist
from typing import Any, NamedTuple

from lifecycle.book import Book, House
from lifecycle.chance import threshold
from lifecycle.churn import InactiveFor
from lifecycle.dates import add_months
from lifecycle.deadline import Earliest, Latest, Rule, always, never
from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.forward.assumptions import Assumptions, Population, Rhythm
from lifecycle.money import exact_fen, yuan
from lifecycle.points import Points
from lifecycle.points.terms import Bonus, Earn, Sum, Term, Times
from lifecycle.tiers import ORDINARY, Tiers
from lifecycle.visits import VisitKind, all_visits, charged_visits

__all__ = ["BUCKETS", "Ladder", "Plan", "When", "plan_of"]

#: Bills fall into so many equally likely amounts: the upper 8 bits of a draw.
BUCKETS = 256
_OLDEST = 120  # months: owners by year beyond the tenth are taken as of the tenth
_BONUS = 500  # the referral bonus under which the sources' figures were observed (W4)
_OPENING = 12  # months: longer idle, no points are left at the start (W5)


class When(NamedTuple):
    """A rule on the grid of months: ``idle`` or ``paid`` months are at least ``months``; ``any``, ``all`` of parts; ``no``, ``yes``."""

    how: str
    months: int = 0
    parts: tuple[When, ...] = ()

    def holds(self, idle: int, paid: int) -> bool:
        """Whether it holds for one who has not come for ``idle`` months, nor with a charge for ``paid``."""
        if self.how == "idle":
            return idle >= self.months
        if self.how == "paid":
            return paid >= self.months
        if self.how == "any":
            return any(part.holds(idle, paid) for part in self.parts)
        if self.how == "all":
            return all(part.holds(idle, paid) for part in self.parts)
        return self.how == "yes"


class Ladder(NamedTuple):
    """How members rise from tier to tier, and fall; one step, of ``ordinary``, where nobody is followed."""

    names: tuple[str, ...] = (ORDINARY,)
    """From the lowest up."""
    steps: tuple[int, ...] = ()
    """What reaches each but the lowest, in fen, visits or points."""
    by: str = ""
    """``spend``, ``visits``, ``charged`` or ``points``."""
    window: int = 0
    """What happened in a month counts for so many months, it included; 0: for ever, or to the end of the year."""
    january: int | None = None
    """The month, from 0 to 11, in which all begins anew; None: in none."""
    grace: int = 0
    downgrade: str = "at_once"
    including: bool = False
    """Whether an invoice is reckoned by the tier that it leads to."""


class Plan(NamedTuple):
    """A book and a population as whole numbers. Thresholds are of 32-bit draws; money is in fen; times are in months.

    Of the editions of a house it is that of the first month; ``later`` are the plans that come into force after it.
    """

    months: int
    # -- the start
    cohort: bool
    prospect: int
    buys: int
    years: tuple[int, ...]
    """Cumulative thresholds of the ownership years of the owners at the start."""
    breadth: tuple[int, ...]
    rhythm: tuple[int, ...]
    """Cumulative thresholds of the sorts of customers by how often they come."""
    standing: tuple[int, ...]
    """Cumulative thresholds of the states in which cars stand before the first month; empty where that is drawn."""
    states: tuple[tuple[int, int, int, int, int], ...]
    """Of each: age, idle, paid, rhythm, threshold of still coming."""
    stopped: tuple[tuple[int, ...], ...]
    """By 3 × rhythm + breadth: cumulative thresholds of having stopped coming, by months since delivery (K11)."""
    gap: tuple[tuple[int, ...], ...]
    """By rhythm: cumulative thresholds of the months since the last visit, of one who comes."""
    opening: int
    opening_idle: int
    # -- each month
    ages: int
    """The length of the tables by age; age is months since delivery."""
    part: tuple[int, ...]
    loss: tuple[tuple[int, ...], ...]
    """By row, then age. A row is (9 × rhythm + 3 × breadth at the start + breadth now) × 2 + satisfied."""
    visit: tuple[tuple[int, ...], ...]
    """By rhythm, then by months since the last visit, this month included."""
    again: int
    back: int
    lead: int
    buyer: int
    generations: int
    # -- a visit
    warranty: int
    charged: tuple[int, int]
    """In warranty, and after it."""
    satisfied: int
    adds: int
    review: int
    bill: tuple[int, ...]
    discount: tuple[int, ...]
    earned: tuple[tuple[int, ...], ...]
    """Points for each bill, by the tier of who pays it."""
    earned_off: tuple[tuple[int, ...], ...]
    """The same for the bill after the discount."""
    redeems: int
    redeems_from: int
    unit: int
    share: int
    worth: tuple[int, int]
    """What a point is worth in fen: numerator and denominator."""
    # -- points
    review_points: tuple[int, ...]
    referral_points: tuple[int, ...]
    """By tier."""
    lapse: str
    lapse_months: int
    lapse_paid: bool
    """Whether only charged visits reset the clock."""
    yearly: int
    """The month of the year, from 0, in which points lapse (``yearly``)."""
    remind: int
    """0: no reminder."""
    remind_brings: int
    remind_back: int
    # -- tiers
    tiers: Ladder
    # -- the rule, and outreach
    at_risk: When
    lost: When
    was_at_risk: When
    was_lost: When
    """The rules of the book in force until now."""
    every: int
    call_brings: int
    call_back: int
    offer_brings: int
    offer_back: int
    # -- money
    service_margin: int
    """Millionths of the bills."""
    sales_margin: int
    call_cost: int
    offer_cost: int
    message_cost: int
    # -- told
    ratio: float
    """R: the new customers that one customer brings in all his time, under this book."""
    left_out: tuple[str, ...]
    # -- editions
    since: int = 0
    """The month from which it is in force."""
    later: tuple[Plan, ...] = ()
    """The plans of later editions, in order of their months; these have none themselves."""
    priced: bool = False
    """Whether what a point is worth differs between the editions, so that it is counted month by month."""

    def in_force(self, month: int) -> Plan:
        """The plan of a month."""
        return [self, *(plan for plan in self.later if plan.since <= month)][-1]


# -- the rule -------------------------------------------------------------------------------------------------------------

_REMEDY = (
    "simulate takes InactiveFor(months=…) counting all_visits or charged_visits, joined by | and &; compare takes any"
)


def _when(rule: Rule, path: str) -> When:
    if isinstance(rule, InactiveFor):
        how = _counted(rule.visits, path)
        if rule.months is None:
            raise LifecycleError(
                f"{path}: {rule!r} counts days, and a forecast goes by months", argument=path, value=rule,
                remedy="give months, as in InactiveFor(months=6)",
            )  # fmt: skip
        return When(how, rule.months)
    if isinstance(rule, (Earliest, Latest)):
        return When("any" if isinstance(rule, Earliest) else "all", 0, tuple(_when(part, path) for part in rule.parts))
    if rule == never:
        return When("no")
    if rule == always:
        return When("yes")
    raise LifecycleError(f"{path}: {rule!r} cannot be simulated", argument=path, value=rule, remedy=_REMEDY)


def _counted(visits: VisitKind, path: str) -> str:
    if visits == all_visits:
        return "idle"
    if visits == charged_visits:
        return "paid"
    raise LifecycleError(
        f"{path}: visits of kind {visits.name} cannot be simulated", argument=path, value=visits, remedy=_REMEDY
    )


# -- natural hazards ------------------------------------------------------------------------------------------------------


def _along(curve: Sequence[tuple[float, float]], month: int) -> float:
    """The share at a month, in straight lines between the points, level after the last."""
    for (start, low), (end, high) in pairwise(curve):
        if month <= end:
            return low + (high - low) * (month - start) / (end - start)
    return curve[-1][1]


def lost_share(population: Population, ages: int) -> list[float]:
    """The share that no longer comes, by months since delivery: K11 in the reading that the population names."""
    told = _told_share(population, ages)
    times = population.loss_times.value
    return told if times == 1 else [1 - (1 - min(share, 1)) ** times for share in told]


def _told_share(population: Population, ages: int) -> list[float]:
    if population.loss == "cumulative":
        return [_along(population.loss_curve, age) for age in range(ages)]
    years = population.loss_by_year
    stay = [1.0]
    for age in range(1, ages):
        yearly = years[min((age - 1) // 12, len(years) - 1)]
        stay.append(stay[-1] * (1 - yearly) ** (1 / 12))
    return [1 - one for one in stay]


def _ratios(population: Population) -> list[float]:
    """How many times as often as the average those with one, two, three products stop coming (K13)."""
    rates = [-log(max(stay, 1e-9)) for stay in population.stays]
    weights = _weights(population.breadth)
    mean = sum(rate * weight for rate, weight in zip(rates, weights, strict=True))
    return [rate / mean for rate in rates] if mean > 0 else [1.0] * len(rates)


def _weights(values: Sequence[float]) -> list[float]:
    return [value / sum(values) for value in values]


def _sorts(population: Population) -> list[Rhythm]:
    """The rhythms with weights that add up to 1."""
    weights = _weights([one.weight for one in population.rhythms])
    return [one._replace(weight=weight) for one, weight in zip(population.rhythms, weights, strict=True)]


@lru_cache(maxsize=32)
def _exposure(population: Population, ages: int) -> tuple[float, ...]:
    """The cumulative hazard by age of a customer of ratio 1, so that the mixture of all breadths follows K11."""
    pairs = [
        (ratio * sort.stops, weight * sort.weight)
        for sort in _sorts(population)
        for ratio, weight in zip(_ratios(population), _weights(population.breadth), strict=True)
    ]
    found: list[float] = []
    low = 0.0
    for share in lost_share(population, ages):
        high = max(low, 1e-6)
        target = 1 - min(share, 1 - 1e-9)

        def staying(exposure: float) -> float:
            return sum(weight * exp(-ratio * exposure) for ratio, weight in pairs)

        while staying(high) > target and high < 1e3:
            high *= 2
        for _ in range(48):
            middle = (low + high) / 2
            low, high = (middle, high) if staying(middle) > target else (low, middle)
        found.append(0.0 if share <= 0 else (low + high) / 2)
        low = found[-1]
    return tuple(found)


def _gamma_under(shape: float, x: float) -> float:
    """The share of a gamma distribution of that shape and scale 1 that lies under x (its series; all terms positive)."""
    if x <= 0:
        return 0.0
    term = total = 1.0
    step = 0
    while term > total * 1e-15:
        step += 1
        term *= x / (shape + step)
        total += term
    return min(total * exp(shape * log(x) - x - lgamma(shape + 1)), 1.0)


@lru_cache(maxsize=32)
def visit_hazards(population: Population, length: int, times: float = 1.0) -> tuple[float, ...]:
    """The chance of a visit in the j-th month after the last, given that there was none before; 0 for j = 0.

    Of one who comes ``times`` as often as the average.
    """
    told = population.visit_hazard
    if told is not None:
        return (0.0, *(told[min(month, len(told) - 1)] for month in range(length - 1)))
    shape = population.regularity.value
    # a visit in the j-th month counts as j months, on the average half a month more than the time that has passed
    often = population.visits_per_year.value * times
    scale = max(12 / often - 0.5, 0.25) / shape if often else inf
    hazards = [0.0]
    before = 0.0
    for month in range(1, length):
        under = _gamma_under(shape, month / scale) if 1 - before > 1e-6 else 1.0
        hazards.append((under - before) / (1 - before) if 1 - before > 1e-6 else hazards[-1])
        before = under
    return tuple(hazards)


def _cumulative(weights: Sequence[float]) -> tuple[int, ...]:
    """Thresholds between the choices: draws below the first are the first choice, and so on; one fewer than choices."""
    total = sum(weights)
    return tuple(threshold(some / total) for some in list(accumulate(weights))[:-1])


def _replaced(population: Population, ages: int) -> list[float]:
    """The chance that the car is given up in the month in which it reaches an age."""
    curve = population.replaced_curve
    shares = [_along(curve, age) for age in range(ages)]
    hazards = [0.0]
    for before, now in pairwise(shares):
        rises = now > before or before >= 1
        hazards.append((now - before) / (1 - before) if rises and before < 1 else hazards[-1] if rises else 0.0)
    end = int(curve[-1][0])
    if 0 < end < ages - 1:  # beyond the curve as at its end
        hazards[end + 1 :] = [hazards[end]] * (ages - end - 1)
    return hazards


@lru_cache(maxsize=64)
def _monthly_buyers(population: Population, ratio: float, again: float, back: float) -> float:
    """The chance a month at which one who comes and is satisfied brings a buyer, so that he brings ``ratio`` in his life.

    His life goes on with the next car where he buys it here; who is won back is not counted.
    """
    ages = 2 * _OLDEST
    lost, replaced = lost_share(population, ages), _replaced(population, ages)
    owns, speaking, renewed = 1.0, 0.0, 0.0
    for age in range(ages):
        parts = owns * replaced[age]
        renewed += parts * ((1 - lost[age]) * again + lost[age] * back)
        owns -= parts
        speaking += owns * (1 - lost[age]) * population.satisfied.value
    return ratio * (1 - min(renewed, 0.999)) / speaking if speaking > 0 else 0.0


# -- points ---------------------------------------------------------------------------------------------------------------

_DAY = date(2024, 1, 2)


@lru_cache(maxsize=256)
def _points_for(points: Points, bills: tuple[int, ...], tier: str) -> tuple[int, ...]:
    """The points that the policy itself gives for each bill, as the first of a member of that tier (LP19)."""
    return tuple(
        _award(points, Event(_DAY, "vehicle_handed_over", f"B{number}", "C", "V", {"charge": yuan(bill)}), tier)
        for number, bill in enumerate(bills)
    )


def _points_on(points: Points, tier: str, kind: str, **facts: object) -> int:
    return _award(points, Event(_DAY, kind, "E", "C", None, facts), tier)


def _award(points: Points, event: Event, tier: str) -> int:
    account = points.open("C")
    if tier != ORDINARY:
        account.take(Event(_DAY, "enrolled", "T", "C", None, {"tier": tier}))
    before = account.balance(_DAY)
    account.take(event)
    return account.balance(_DAY) - before


def _ladder(book: Book, start: date | None) -> Ladder:
    """How the tiers of a book are followed; nobody is where they change nothing, or cannot be."""
    tiers = book.tiers
    if tiers is None or not _followed(tiers):
        return Ladder()
    return Ladder(
        tiers.names,
        tuple(exact_fen(one, name) if tiers.by == "spend" else int(one) for name, one in tiers.thresholds.items()),
        "charged" if tiers.by == "visits" and tiers.visits == charged_visits else tiers.by,
        tiers.months or 0,
        (1 - (1 if start is None else start.month)) % 12 if tiers.calendar_year else None,
        tiers.grace_months,
        tiers.downgrade,
        book.points.tier_of == "including",
    )


def _followed(tiers: Tiers) -> bool:
    return tiers.by != "visits" or tiers.visits in (all_visits, charged_visits)


def _terms(term: Term) -> list[Term]:
    return [term, *(inner for below in term.below for inner in _terms(below))]


def _left_out(book: Book, has_bonus: bool, dated: bool, follows: bool) -> tuple[str, ...]:
    """What the book says, and the simulation cannot honour."""
    points, tiers = book.points, book.tiers
    said: list[str] = []
    if follows and tiers is not None:
        said.append("tiers: what was done before the first month does not count; all begin as ordinary")
        if tiers.calendar_year and not dated:
            said.append("tiers.calendar_year: the first month of the forecast is taken as January")
    elif tiers is not None and not _followed(tiers):
        said.append(f"tiers.visits: visits of kind {tiers.visits.name} are not simulated; everybody is ordinary")
    for term in _terms(points.earn):
        if isinstance(term, Earn):
            if len(set(term.rates.values())) > 1 and tiers is None:
                said.append(
                    "points.earn: the rates of tiers; the book names no thresholds, everybody earns as ordinary"
                )
            if term.of != "any":
                said.append(f"points.earn: {term!r}; bills are not split into parts and labour, so it gives nothing")
        elif isinstance(term, Bonus):
            if term.event not in ("review_posted", "referral_converted"):
                said.append(f"points.earn: {term!r}; such events are not simulated")
        elif not isinstance(term, (Sum, Times)):
            said.append(f"points.earn: {term!r} is asked of each bill alone, as the first of its period")
    if points.rounding == "carry":
        said.append("points.rounding: no remainder is carried from bill to bill")
    if points.basis == "net":
        said.append("points.basis: points are earned on the whole bill, also where points paid for some of it")
    if points.active_after_days:
        said.append("points.active_after_days: points can be spent from the next visit on")
    if points.lapse_of:
        said.append("points.lapse_of: all points lapse by points.lapse")
    if points.lapse.by in ("aged", "yearly"):
        if points.redeem.order == "newest":
            said.append("points.redeem.order: the oldest points are spent first")
        if points.lapse.remind is not None:
            said.append("points.lapse.remind: reminders are simulated for points that lapse by absence only")
    if points.lapse.by == "yearly":
        january = "" if dated else "the first month of the forecast is taken as January, and "
        said.append(f"points.lapse: {january}a lapse is as of its month's end")
    if points.lapse.last_day_usable:
        said.append("points.lapse.last_day_usable: a day more or less is not seen by months")
    if book.benefits.discounts:
        said.append(
            "benefits.discounts: nothing is taken off; bills are not split into labour, parts and accessories, and nobody has "
            "a card or a birthday (offer_discount is the only discount)"
        )
    if book.benefits.perks:
        said.append("benefits.perks: nobody comes, or stays, for their sake")
    if book.readings.charged != charged_visits:
        said.append("readings.charged: a visit is charged by chance, not by the facts of its bill")
    if not has_bonus:
        said.append("no bonus for a referral in points.earn: word of mouth goes on at the rate without one")
    return tuple(dict.fromkeys(said))


# -- the whole ------------------------------------------------------------------------------------------------------------


def plan_of(
    house: House,
    population: Population,
    assumptions: Assumptions,
    months: int,
    *,
    customers: int,
    in_force: Book,
    start: date | None = None,
) -> Plan:
    """The plan of one book, or of the editions of one: that of each month is in force on its first day.

    ``in_force`` is the book that was in force until the first month; its labels are the first. ``start`` is the first day of
    the first month.
    """
    books = editions_by_month(house, start, months)
    p, a = population, assumptions
    bills = tuple(
        round(100 * p.bill.value * exp(p.bill_spread.value * _NORMAL.inv_cdf((bucket + 0.5) / BUCKETS)))
        for bucket in range(BUCKETS)
    )
    each: list[dict[str, Any]] = [
        {"since": since, **_of_book(book, p, a, bills, customers=customers, start=start)} for since, book in books
    ]
    priced = len({one["worth"] for one in each}) > 1
    common = _of_population(p, a, months, bills, in_force)
    first, *later = (Plan(**common, **one, priced=priced) for one in each)
    return first._replace(later=tuple(later))


def editions_by_month(house: House, start: date | None, months: int) -> list[tuple[int, Book]]:
    """The editions that are in force on the first day of some month, each with the first such month, from 0."""
    if isinstance(house, Book):
        return [(0, house)]
    if start is None:
        raise LifecycleError(
            f"{house.name} has editions by day, and nobody says which day the forecast begins", argument="start", value=None,
            remedy="give start=, the first day of the first month, as in start=date(2025, 1, 1)",
        )  # fmt: skip
    found = [(0, house.on(start))]
    for month in range(1, months):
        book = house.on(add_months(start, month))
        if book is not found[-1][1]:
            found.append((month, book))
    return found


_NORMAL = NormalDist()


def _of_book(
    book: Book, p: Population, a: Assumptions, bills: tuple[int, ...], *, customers: int, start: date | None
) -> dict[str, Any]:
    """What a book says."""
    points = book.points
    lapse = points.lapse
    off = tuple(bill - round(bill * a.offer_discount.value) for bill in bills)
    each = points.redeem.point
    ladder = _ladder(book, start)
    given = [_given(points, bills, off, tier) for tier in ladder.names]
    if all(one == given[0] for one in given):
        ladder, given = Ladder(), given[:1]
    earned, earned_off, reviewed, referred = zip(*given, strict=True)
    bonus = referred[0]
    lift = max(1 + a.bonus_lift.value * (bonus - _BONUS) / _BONUS, 0.0)
    ratio = a.referred.value * lift
    buyer = lift * _monthly_buyers(p, a.referred.value, a.buys_again.value, a.buys_back.value)
    _bounded(ratio, buyer * a.prospects_per_sale.value, a, customers)
    return {
        "lead": threshold(buyer * a.prospects_per_sale.value),
        "buyer": threshold(buyer),
        "earned": earned,
        "earned_off": earned_off,
        "redeems_from": max(int(a.redeems_from.value), points.redeem.minimum, 1),
        "unit": points.redeem.unit,
        "share": points.redeem.share,
        "worth": (round(100 * a.point_value.value), 1) if each is None else (each.numerator, each.denominator),
        "review_points": reviewed,
        "referral_points": referred,
        "tiers": ladder,
        "lapse": lapse.by,
        "lapse_months": 12 * lapse.years if lapse.by == "yearly" else lapse.months,
        "lapse_paid": lapse.by == "idle" and _counted(lapse.visits, "points.lapse.visits") == "paid",
        "yearly": (lapse.month - (1 if start is None else start.month)) % 12,
        "remind": lapse.remind or 0 if lapse.by == "idle" else 0,
        "at_risk": _when(book.churn.at_risk, "churn.at_risk"),
        "lost": _when(book.churn.lost, "churn.lost"),
        "ratio": ratio,
        "left_out": _left_out(book, bonus > 0, start is not None, bool(ladder.steps)),
    }


def _given(
    points: Points, bills: tuple[int, ...], off: tuple[int, ...], tier: str
) -> tuple[tuple[int, ...], tuple[int, ...], int, int]:
    """What a member of a tier gets for each bill, for each after a discount, for a review, for one whom he brings."""
    review = _points_on(points, tier, "review_posted", visit="B", satisfied=True)
    return (
        _points_for(points, bills, tier), _points_for(points, off, tier), review,
        _points_on(points, tier, "referral_converted", referral="F"),
    )  # fmt: skip


def _of_population(
    p: Population, a: Assumptions, months: int, bills: tuple[int, ...], in_force: Book
) -> dict[str, Any]:
    """What holds whatever the book says."""
    ages = _OLDEST + months + 2
    exposure, ratios = _exposure(p, ages), _ratios(p)
    rows: list[tuple[int, ...]] = []
    satisfied = p.satisfied.value
    mean = satisfied + (1 - satisfied) * p.dissatisfied_leaves.value
    sorts = _sorts(p)
    for sort, first, now in product(sorts, range(3), range(3)):
        causal = a.breadth_causes.value
        ratio = sort.stops * (
            0.0
            if 0 in (ratios[first], ratios[now])
            else exp((1 - causal) * log(ratios[first]) + causal * log(ratios[now]))
        )
        for factor in (p.dissatisfied_leaves.value, 1.0):
            steps = (now_ - before for before, now_ in pairwise(exposure))
            rows.append((0, *(threshold(-expm1(-step * ratio * factor / mean)) for step in steps)))
    if p.visit_hazard is not None and len(sorts) > 1:
        raise LifecycleError(
            "visit_hazard tells of customers who are all alike", argument="visit_hazard", value=p.visit_hazard,
            remedy="give either visit_hazard or rhythms",
        )  # fmt: skip
    hazards = [visit_hazards(p, ages, sort.visits) for sort in sorts]
    resting = [list(accumulate((1 - hazard for hazard in one[1:]), mul, initial=1.0)) for one in hazards]
    states = p.standing or ()
    discount = tuple(round(bill * a.offer_discount.value) for bill in bills)
    generations = a.referral_generations
    before = _when(in_force.churn.at_risk, "churn.at_risk"), _when(in_force.churn.lost, "churn.lost")
    return {
        "months": months,
        "cohort": p.cohort,
        "prospect": threshold(p.prospects.value),
        "buys": threshold(p.buys.value),
        "years": _cumulative(p.owners_by_year[: _OLDEST // 12]),
        "breadth": _cumulative(p.breadth),
        "rhythm": _cumulative([sort.weight for sort in sorts]),
        "standing": _cumulative([state.weight for state in states]) if states else (),
        "states": tuple(
            (
                min(state.age, _OLDEST),
                min(state.idle, _OLDEST),
                min(state.paid, _OLDEST),
                state.rhythm,
                threshold(state.coming),
            )
            for state in states
        ),
        "stopped": tuple(
            tuple(threshold(-expm1(-sort.stops * ratios[b] * one)) for one in exposure[: _OLDEST + 1])
            for sort in sorts
            for b in range(3)
        ),
        "gap": tuple(_cumulative(one[: _OLDEST + 1]) for one in resting),
        "opening": int(p.opening_points.value),
        "opening_idle": _OPENING,
        "ages": ages,
        "part": tuple(threshold(one) for one in _replaced(p, ages)),
        "loss": tuple(rows),
        "visit": tuple(tuple(threshold(one) for one in hazard) for hazard in hazards),
        "again": threshold(a.buys_again.value),
        "back": threshold(a.buys_back.value),
        "generations": months + 1 if generations is None else generations,
        "warranty": int(p.warranty_months.value),
        "charged": (threshold(p.charged_in_warranty.value), threshold(p.charged_later.value)),
        "satisfied": threshold(satisfied),
        "adds": threshold(a.adds_product.value),
        "review": threshold(p.reviews.value),
        "bill": bills,
        "discount": discount,
        "redeems": threshold(a.redeems.value),
        "remind_brings": threshold(a.reminder_brings.value),
        "remind_back": threshold(a.reminder_wins_back.value),
        "was_at_risk": before[0],
        "was_lost": before[1],
        "every": int(a.outreach_every.value),
        "call_brings": threshold(a.call_brings.value),
        "call_back": threshold(a.call_wins_back.value),
        "offer_brings": threshold(a.offer_brings.value),
        "offer_back": threshold(a.offer_wins_back.value),
        "service_margin": round(1_000_000 * a.service_margin.value),
        "sales_margin": round(100 * a.sales_margin.value),
        "call_cost": round(100 * a.call_cost.value),
        "offer_cost": round(100 * a.offer_cost.value),
        "message_cost": round(100 * a.message_cost.value),
    }


def _bounded(ratio: float, leads: float, assumptions: Assumptions, customers: int) -> None:
    """Refuse a word of mouth that explodes (K10), or that needs more than one prospect of a customer in a month."""
    if ratio >= 1 and assumptions.referral_generations is None:

        def after(generations: int) -> int:
            return round(customers * sum(ratio**one for one in range(generations + 1)))

        raise LifecycleError(
            f"one customer brings {ratio:.2f} new ones: {customers:,} customers become {after(5):,} in 5 generations, "
            f"{after(10):,} in 10, {after(20):,} in 20, and so on without end (K10 taken literally)",
            argument="referred",
            value=ratio,
            remedy="assume fewer than 1, as R3's 0.6, or give a cap: Assumptions(referral_generations=3, …)",
        )
    if leads > 1:
        raise LifecycleError(
            f"a satisfied customer would bring {leads:.2f} prospects a month, and at most one is simulated",
            argument="prospects_per_sale", value=leads, remedy="lower referred or prospects_per_sale",
        )  # fmt: skip
