"""Irregular bookings: jobs written so that a vehicle looks active (V1e), found as patterns with their evidence.

In: histories, an :class:`Audit` (which rule the house is measured by, and every threshold, as fields), a day. Out:
:class:`Irregularities`: each a pattern, a sentence, and the very events it rests on. A finding is a question to the
branch, not a verdict: what is irregular here may have its reason. Nothing is looked at that happened after the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp, lgamma, log
from typing import Any, cast

from attrs import field, frozen

from lifecycle.churn import InactiveFor
from lifecycle.customer import UNNAMED
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History, voided_ids
from lifecycle.visits import VISITS

__all__ = ["PATTERNS", "Audit", "Irregularities", "Irregularity", "audit"]

#: The patterns that are looked for, with what each means.
PATTERNS: Mapping[str, str] = {
    "token_charges": "a vehicle kept from being lost by jobs that cost nothing, or next to nothing",
    "warranty_claims": "a vehicle kept from being lost by warranty claims alone",
    "several_plates": "one vehicle under several plates",
    "shared_plate": "several vehicles under one plate",
    "shared_job": "several vehicles on one job number",
    "never_entered": "a job handed over of a vehicle that never came in, where entries are recorded",
    "eve_of_loss": "more visits in the last days before a vehicle would be lost than in the days around",
}

_NOTHING = Decimal(0)


def _not_negative(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool) or value < 0:
        raise LifecycleError(
            f"{attribute.name}={value!r} is not a number from 0",
            argument=attribute.name,
            value=value,
            remedy="as in 50",
        )


def _at_least_one(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise LifecycleError(
            f"{attribute.name}={value!r} is not a whole number from 1",
            argument=attribute.name,
            value=value,
            remedy="as in 7",
        )


def _share(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, (int, Fraction, Decimal, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        raise LifecycleError(f"{attribute.name}={value!r} is not from 0 to 1", argument=attribute.name, value=value)


def _an_inactive_for(_: object, __: object, value: Any) -> None:
    if not isinstance(value, InactiveFor):
        raise LifecycleError(
            f"rule={value!r} is no InactiveFor", argument="rule", value=value,
            remedy="the audit asks which visits wound the clock up, so it needs a clock: InactiveFor(months=6)",
        )  # fmt: skip


def _plates(given: Iterable[str]) -> frozenset[str]:
    return frozenset(given)


@frozen
class Audit:
    """What is looked for, and from which threshold on. The sources name the offences (V1e); every number is a reading."""

    rule: InactiveFor = field(factory=lambda: InactiveFor(months=6), validator=_an_inactive_for)
    """The clock by which the house is measured (V1a: six months, charged visits)."""
    token: Decimal | int = field(default=Decimal(50), validator=_not_negative)
    """Yuan; a job of which the customer paid less, refunds taken off, is a token (**reading**: what earns no point, W3)."""
    plates_of_a_vehicle: int = field(default=1, validator=_at_least_one)
    """So many plates of one vehicle are regular (**reading**: one; a temporary plate may be a second)."""
    vehicles_of_a_plate: int = field(default=1, validator=_at_least_one)
    vehicles_of_a_job: int = field(default=1, validator=_at_least_one)
    free_bill_plates: frozenset[str] = field(default=frozenset[str](), converter=_plates)
    """Plates that stand for no vehicle; those of free help (V1c) need not be named, since free help is no bill."""
    entries: Fraction | Decimal | float = field(default=Fraction(9, 10), validator=_share)
    """A house of which this share of jobs has an entry before it records entries; then a job without one is told."""
    eve: int = field(default=7, validator=_at_least_one)
    """Days: how long the eve of a loss is."""
    around: int = field(default=2, validator=_at_least_one)
    """The eve is compared with so many spans of its length on either side."""
    chance: float = field(default=0.001, validator=_share)
    """A crowd on the eve is told when chance alone would make one so large less often than this."""
    fine: Decimal | int = field(default=Decimal(200), validator=_not_negative)
    """Yuan a case (V1e)."""

    def __call__(self, histories: Iterable[History] | Mapping[str, History], *, on: date) -> Irregularities:
        """The irregularities of these histories up to ``on`` (closed): :func:`audit` with these thresholds."""
        return audit(histories, on=on, checks=self)


@frozen
class Irregularity:
    """One case: its pattern, a sentence, whom and what it concerns, and the events that show it."""

    pattern: str
    says: str
    customers: tuple[str, ...]
    vehicles: tuple[str, ...]
    evidence: tuple[Event, ...] = field(repr=False)
    """In canonical order."""

    @property
    def day(self) -> date:
        """The day of the last event that shows it."""
        return self.evidence[-1].day

    def __str__(self) -> str:
        return f"{self.pattern}: {self.says}"


class Irregularities(tuple[Irregularity, ...]):
    """The cases found, by pattern, then day; with the fine that the regulation puts on them."""

    __slots__ = ()

    @property
    def by_pattern(self) -> dict[str, tuple[Irregularity, ...]]:
        """The cases of each pattern that was found."""
        found: dict[str, list[Irregularity]] = defaultdict(list)
        for one in self:
            found[one.pattern].append(one)
        return {pattern: tuple(found[pattern]) for pattern in PATTERNS if pattern in found}

    def fines(self, checks: Audit | None = None) -> Decimal:
        """Yuan: so much a case (V1e: 200)."""
        return Decimal((checks or Audit()).fine) * len(self)

    def __repr__(self) -> str:
        lines = [f"{pattern}: {len(cases)}, {PATTERNS[pattern]}" for pattern, cases in self.by_pattern.items()]
        return "\n".join([f"<Irregularities: {len(self)} cases", *lines]) + ">"

    def __str__(self) -> str:
        return "\n".join(
            f"{one}\n" + "\n".join(f"    {event.customer} {event}" for event in one.evidence) for one in self
        )

    def _repr_html_(self) -> str:
        from lifecycle.show.answers import irregularities_html

        return irregularities_html(self)


def audit(
    histories: Iterable[History] | Mapping[str, History], *, on: date, checks: Audit | None = None
) -> Irregularities:
    """The irregular bookings (V1e) in these histories up to ``on`` (closed), with their evidence."""
    a_day(on)
    asked = checks or Audit()
    told = cast("Mapping[str, History]", histories).values() if isinstance(histories, Mapping) else histories
    events = [event for history in told for event in _standing(history, on)]
    refunds: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for event in events:
        if event.kind == "refunded":
            refunds[event.customer, str(event["of"])] += cast("Decimal", event["amount"])
    cars: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in (*VISITS, "vehicle_delivered"):
            cars[event.customer, event.vehicle or UNNAMED].append(event)
    found = [
        *_kept_active(cars, refunds, asked, on),
        *_shared(events, asked),
        *_never_entered(cars, asked),
        *_eves(cars, asked),
    ]
    order = list(PATTERNS)
    return Irregularities(
        sorted(found, key=lambda one: (order.index(one.pattern), one.day, one.customers, one.vehicles))
    )


def _standing(history: History, on: date) -> list[Event]:
    """The events up to the day that were not voided by it."""
    known = [event for event in history if event.day <= on]
    voided = voided_ids(known)
    return [event for event in known if event.id not in voided and event.kind != "voided"]


# -- kept active by jobs that are none --------------------------------------------------------------------------------------


def _paid(event: Event, refunds: Mapping[tuple[str, str], Decimal]) -> Decimal:
    charge = event.get("charge")
    paid = charge if isinstance(charge, Decimal) else _NOTHING
    return paid - refunds.get((event.customer, event.id), _NOTHING)


def _is_claim(event: Event) -> bool:
    maker = event.get("maker_paid")
    return event.get("warranty") is True or (isinstance(maker, Decimal) and maker > 0)


def _is_bill(event: Event) -> bool:
    """Whether anybody paid for the job; free help is no bill, and may stand under a plate of its own (V1c)."""
    shares = (event.get(name) for name in ("charge", "insurer_paid", "maker_paid"))
    return any(isinstance(share, Decimal) and share > 0 for share in shares)


def _kept_active(
    cars: Mapping[tuple[str, str], list[Event]], refunds: Mapping[tuple[str, str], Decimal], asked: Audit, on: date
) -> Iterator[Irregularity]:
    token = Decimal(asked.token)
    for (customer, vin), events in cars.items():
        anchors = [event for event in events if event.kind == "vehicle_delivered"]
        real: list[Event] = []
        claims: list[Event] = []
        tokens: list[Event] = []
        bill: Event | None = None
        for event in reversed(events):  # an entry is the same visit as the job that ends it
            told_by = event
            if event.kind == "vehicle_handed_over":
                bill = event
            elif event.kind == "workshop_entered":
                told_by, bill = bill or event, None
            if event.kind == "vehicle_delivered" or not asked.rule.visits.counts(event):
                continue
            if _paid(told_by, refunds) >= token:
                real.append(event)
            else:
                (claims if _is_claim(told_by) else tokens).append(event)
        for pattern, kept_by, others in (
            ("token_charges", tokens, real + claims),
            ("warranty_claims", claims, real + tokens),
        ):
            base = sorted([*anchors, *others], key=_order)
            for lost, last, evidence in _gaps(base, sorted(kept_by, key=_order), asked.rule, on):
                paid = ", ".join(f"{event.day} {_paid(event, refunds):f} yuan" for event in evidence)
                says = (
                    f"vehicle {vin} of {customer} would have been lost on {lost}, but for {paid}; so not before {last}"
                )
                yield Irregularity(pattern, says, (customer,), (vin,), tuple(evidence))


def _order(event: Event) -> tuple[int, int, int, str]:
    return event.order


def _gaps(
    base: list[Event], kept_by: list[Event], rule: InactiveFor, on: date
) -> Iterator[tuple[date, date, list[Event]]]:
    """Where the vehicle would have been lost between two regular visits: (lost on, lost on as booked, the jobs between)."""
    if not kept_by:
        return
    starts = base or kept_by[:1]  # one who only ever had such jobs was at least seen at the first
    between = kept_by if base else kept_by[1:]
    for number, start in enumerate(starts):
        following = starts[number + 1].day if number + 1 < len(starts) else date.max
        lost = rule.span.after(start.day)
        if lost > on or lost > following:
            continue
        due = lost
        chain: list[Event] = []
        for event in between:
            if start.order < event.order and event.day < min(due, following):
                chain.append(event)
                due = max(due, rule.span.after(event.day))
        if chain and due > lost:
            yield lost, due, chain


# -- plates and job numbers -------------------------------------------------------------------------------------------------


def _shared(events: Iterable[Event], asked: Audit) -> Iterator[Irregularity]:
    plates: dict[str, list[Event]] = defaultdict(list)
    of_plate: dict[str, list[Event]] = defaultdict(list)
    of_job: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=_order):
        if event.vehicle is None:
            continue
        plate, job = event.get("plate"), event.get("job")
        if plate is not None and plate not in asked.free_bill_plates and _is_bill(event):
            plates[event.vehicle].append(event)
            of_plate[str(plate)].append(event)
        if job is not None:
            of_job[str(job)].append(event)
    yield from _several(
        "several_plates", plates, lambda event: str(event["plate"]), asked.plates_of_a_vehicle, "vehicle {}: plates {}"
    )
    yield from _several("shared_plate", of_plate, _vin, asked.vehicles_of_a_plate, "plate {}: vehicles {}")
    yield from _several("shared_job", of_job, _vin, asked.vehicles_of_a_job, "job {}: vehicles {}")


def _vin(event: Event) -> str:
    return event.vehicle or UNNAMED


def _several(
    pattern: str, groups: Mapping[str, list[Event]], what: Callable[[Event], str], regular: int, says: str
) -> Iterator[Irregularity]:
    """Groups that hold more different things than is regular; the first event of each is the evidence."""
    for name, events in groups.items():
        first: dict[str, Event] = {}
        for event in events:
            first.setdefault(what(event), event)
        if len(first) > regular:
            evidence = tuple(first.values())
            customers = tuple(dict.fromkeys(event.customer for event in evidence))
            vehicles = tuple(dict.fromkeys(_vin(event) for event in evidence))
            yield Irregularity(pattern, says.format(name, ", ".join(first)), customers, vehicles, evidence)


# -- jobs of vehicles that never came in ------------------------------------------------------------------------------------


def _never_entered(cars: Mapping[tuple[str, str], list[Event]], asked: Audit) -> Iterator[Irregularity]:
    jobs = 0
    without: list[Event] = []
    for events in cars.values():
        inside = False
        for event in events:
            if event.kind == "workshop_entered":
                inside = True
            elif event.kind == "vehicle_handed_over":
                jobs += 1
                if not inside:
                    without.append(event)
                inside = False
    if not jobs or Fraction(jobs - len(without), jobs) < Fraction(str(asked.entries)):
        return
    for event in without:
        job = f", job {event['job']}" if event.get("job") is not None else ""
        says = f"vehicle {_vin(event)} of {event.customer} handed over on {event.day}{job}, and no entry before"
        yield Irregularity("never_entered", says, (event.customer,), (_vin(event),), (event,))


# -- the eve of the loss ----------------------------------------------------------------------------------------------------


def _eves(cars: Mapping[tuple[str, str], list[Event]], asked: Audit) -> Iterator[Irregularity]:
    """Visits by the days that were left until the vehicle would have been lost, of the house and of each of its people."""
    left: dict[str, list[tuple[int, Event]]] = defaultdict(list)
    for events in cars.values():
        before: Event | None = None
        for event in events:
            if event.kind != "vehicle_delivered" and not asked.rule.visits.counts(event):
                continue
            if before is not None and event.kind != "vehicle_delivered" and event.day > before.day:
                days = (asked.rule.span.after(before.day) - event.day).days
                left[""].append((days, event))
                if event.get("by") is not None:
                    left[str(event["by"])].append((days, event))
            before = event
    for who, visits in sorted(left.items()):
        eve = [event for days, event in visits if 1 <= days <= asked.eve]
        reach = asked.around * asked.eve
        around = sum(1 for days, _ in visits if -reach < days <= 0 or asked.eve < days <= asked.eve + reach)
        if not eve or (likely := _tail(len(eve), len(eve) + around, 2 * asked.around + 1)) >= asked.chance:
            continue
        shown = tuple(sorted(eve, key=_order))
        usual = around / (2 * asked.around)
        says = (
            f"{len(eve)} visits{f' booked by {who}' if who else ''} in the last {asked.eve} days before the vehicle would have "
            f"been lost, {usual:.1f} in {asked.eve} days around; by chance once in {1 / likely:,.0f}"
        )
        customers = tuple(dict.fromkeys(event.customer for event in shown))
        vehicles = tuple(dict.fromkeys(_vin(event) for event in shown))
        yield Irregularity("eve_of_loss", says, customers, vehicles, shown)


def _tail(crowd: int, whole: int, spans: int) -> float:
    """The chance of a crowd so large in one of ``spans`` equal spans, were all visits spread evenly (binomial)."""
    hit, miss = log(1 / spans), log(1 - 1 / spans)

    def likely(k: int) -> float:
        return exp(lgamma(whole + 1) - lgamma(k + 1) - lgamma(whole - k + 1) + k * hit + (whole - k) * miss)

    return min(max(sum(likely(k) for k in range(crowd, whole + 1)), 1e-300), 1.0)
