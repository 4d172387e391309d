"""Churn as due days: a vehicle becomes at risk, and is lost, on a day that can be named beforehand (V1, V4, W2).

In: facts of a vehicle and its customer, and rules over them. Out: :class:`InactiveFor` and the other leaves that the
sources call for, and :class:`Churn`, the graded policy: at-risk day, lost day, status, decisions with because. What a
machine remembers (quasi-lost, returned) is not here but in :data:`~lifecycle.machines.ACTIVITY`, which replay moves by
these days (LC7). Next: :mod:`lifecycle.book`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Self, cast

from attrs import evolve, field, frozen

from lifecycle.customer import Customer, rolled_up
from lifecycle.dates import add_days, add_months
from lifecycle.deadline import (
    CustomerFacts,
    Decision,
    Leaf,
    Rule,
    Span,
    VehicleFacts,
    a_day,
    a_span,
    bare_facts,
    never,
    provably_later,
)
from lifecycle.errors import LifecycleError, shown
from lifecycle.values import FrozenDict, frozen_dict
from lifecycle.visits import VisitKind, a_visit_kind, all_visits, charged_visits

__all__ = [
    "BreadthBelow", "Churn", "CustomerVerdict", "DissatisfiedFor", "InactiveFor", "InsuranceNotRenewed", "OffOwnRhythm",
    "OffRhythm", "SpendingDeclining", "Upcoming", "Verdict", "WarrantyLapsed", "upcoming",
]  # fmt: skip

_SAID = {"charged_visits": "charged visit", "all_visits": "visit"}


@frozen(repr=False)
class _Absence(Leaf):
    """A leaf over how long ago the last counted visit was."""

    visits: VisitKind = field(kw_only=True)

    @property
    def span(self) -> Span:
        """How long."""
        raise NotImplementedError

    def counting(self, visits: VisitKind) -> Self:
        """The same rule over another kind of visit: ``charged_visits``, ``all_visits``, or a house's own."""
        return evolve(self, visits=visits)

    @property
    def length(self) -> tuple[Hashable, Span]:
        return ("inactive", self.visits), self.span

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return (self.visits,)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("delivered_on", self.visits.stored_in))

    @property
    def needs_sight(self) -> bool:
        return True


@frozen(repr=False)
class InactiveFor(_Absence):
    """Has not come for so long: due ``months`` (or ``days``) after the last counted visit (V1a, V4a, W2).

    The anchor is the later of delivery and last counted visit, so a vehicle that has never come counts from its delivery;
    with neither it is never due, and because says so. The last day is included: six months since 31 August are over on
    the last day of February. Charged visits count unless :meth:`counting` says otherwise. More months never make the day
    earlier, nor does a counted visit (LC2).
    """

    months: int | None = field(default=None, kw_only=True)
    days: int | None = field(default=None, kw_only=True)
    visits: VisitKind = field(default=charged_visits, kw_only=True, validator=a_visit_kind)

    def __attrs_post_init__(self) -> None:
        a_span(self.months, self.days)

    @property
    def span(self) -> Span:
        """How long."""
        return Span(self.months, self.days)

    def anchor(self, vehicle: VehicleFacts) -> date | None:
        """The day from which it counts: the later of delivery and last counted visit; None where neither is known."""
        last = self.visits.last(vehicle)
        delivered = vehicle.delivered_on
        if last is None or (delivered is not None and delivered > last):
            return delivered
        return last

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        last = self.visits.last(vehicle)
        delivered = vehicle.delivered_on
        if last is None or (delivered is not None and delivered > last):
            last = delivered
            if last is None:
                return None
        return add_months(last, self.months) if self.months is not None else add_days(last, self.days or 0)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        last, anchor = self.visits.last(vehicle), self.anchor(vehicle)
        said = _SAID.get(self.visits.name, f"visit of kind {self.visits.name}")
        if anchor is None:
            return "no counted visit and no delivery known", {self.visits.stored_in: None, "delivered_on": None}
        if anchor == last:
            return f"last {said} {last} + {self.span} = {due}", {self.visits.stored_in: last}
        since = f"no {said} yet" if last is None else f"no {said} since"
        facts = {"delivered_on": anchor, self.visits.stored_in: last}
        return f"delivered {anchor} + {self.span} = {due}, {since}", facts

    def __repr__(self) -> str:
        return f"InactiveFor({self.span!r}).counting({self.visits!r})"


# -- what else the sources watch ------------------------------------------------------------------------------------------

_NOT_GIVEN = "unknown: the customer is not given"
_AT_ONCE = Span(days=0)


@frozen(repr=False)
class _Grace(Leaf):
    """A leaf with a grace of months or days, which may be left away (then it is due at once)."""

    months: int | None = field(default=None, kw_only=True)
    days: int | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.months is not None or self.days is not None:
            a_span(self.months, self.days)

    @property
    def span(self) -> Span:
        """The grace."""
        return _AT_ONCE if self.months is None and self.days is None else Span(self.months, self.days)

    @property
    def length(self) -> tuple[Hashable, Span]:
        return (type(self).__name__,), self.span

    def _plus(self) -> str:
        return "" if self.months is None and self.days is None else f" + {self.span}"

    def __repr__(self) -> str:
        given = "" if self.months is None and self.days is None else repr(self.span)
        return f"{type(self).__name__}({given})"


@frozen(repr=False)
class _Cover(_Grace):
    """A leaf over the last day of something: due the day after it, plus the grace."""

    until: ClassVar[str]
    what: ClassVar[str]

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        last: date | None = getattr(vehicle, self.until)
        return None if last is None else self.span.after(add_days(last, 1))

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        last: date | None = getattr(vehicle, self.until)
        if last is None:
            return f"unknown: {self.what} until", {self.until: None}
        return f"{self.what} until {last} + 1 day{self._plus()} = {due}", {self.until: last}

    @property
    def reads(self) -> frozenset[str]:
        return frozenset((self.until,))


@frozen(repr=False)
class WarrantyLapsed(_Cover):
    """Is out of warranty: due on the day after its last day, or ``months`` (``days``) after that (K11).

    Nearly half of the owners stay away from then on. Unknown without ``warranty_until``.
    """

    until = "warranty_until"
    what = "warranty"


@frozen(repr=False)
class InsuranceNotRenewed(_Cover):
    """Has not renewed the insurance: due on the day after its last day, or ``months`` (``days``) after that (W10c).

    A renewal moves the last day, and the due day with it. Unknown without ``insurance_until``.
    """

    until = "insurance_until"
    what = "insurance"


@frozen(repr=False)
class SpendingDeclining(_Grace):
    """Spends less and less: due on the day the decline was found, or ``months`` (``days``) after that (K3).

    Never while his after-sales spending is anything else than declining; unknown where the customer is not given.
    """

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        if customer is None or customer.spending != "declining" or customer.spending_since is None:
            return None
        return self.span.after(customer.spending_since)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        if customer is None:
            return _NOT_GIVEN, {"customer": None}
        told: dict[str, Any] = {"customer.spending": customer.spending}
        if customer.spending != "declining":
            return f"spending is {customer.spending}, not declining", told
        since = customer.spending_since
        told["customer.spending_since"] = since
        if since is None:
            return "unknown: since when spending declines", told
        return f"spending declines since {since}" + (f"{self._plus()} = {due}" if self._plus() else ""), told

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("customer.spending", "customer.spending_since"))


@frozen(repr=False)
class DissatisfiedFor(_Grace):
    """Has been dissatisfied for so long, and nobody has resolved it (R2: most leave without a word).

    Due ``months`` (``days``) after the day he was found dissatisfied; never while he is not known to be; unknown where
    the customer is not given.
    """

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        if customer is None or customer.dissatisfied_since is None:
            return None
        return self.span.after(customer.dissatisfied_since)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        if customer is None:
            return _NOT_GIVEN, {"customer": None}
        since = customer.dissatisfied_since
        told = {"customer.dissatisfied_since": since}
        if since is None:
            return "not known to be dissatisfied", told
        return f"dissatisfied since {since}" + (f"{self._plus()} = {due}" if self._plus() else ""), told

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("customer.dissatisfied_since",))


def _positive(least: int, most: int) -> Any:
    def check(_: object, attribute: Any, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            name = attribute.name
            raise LifecycleError(
                f"{name}={value!r} is not a whole number from {least} to {most}", argument=name, value=value,
                remedy=f"as in {name}={max(least, 2)}",
            )  # fmt: skip

    return check


@frozen(repr=False)
class BreadthBelow(Leaf):
    """Has fewer than so many products or services of the house (K13: one keeps 15 %, three or more over 90 %).

    A breadth has no day: due since ever while it is below, else never. Join it: ``InactiveFor(months=6) &
    BreadthBelow(products=2)``. Unknown where the customer is not given.
    """

    products: int = field(kw_only=True, validator=_positive(1, 100))

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        return date.min if customer is not None and customer.breadth < self.products else None

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        if customer is None:
            return _NOT_GIVEN, {"customer": None}
        how = "below" if due is not None else "not below"
        return f"products {customer.breadth}, {how} {self.products}", {"customer.breadth": customer.breadth}

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("customer.breadth",))

    def __repr__(self) -> str:
        return f"BreadthBelow(products={self.products})"


@frozen(repr=False)
class OffRhythm(_Absence):
    """Has not come at the usual rhythm: due ``percent`` % of the usual interval after the last counted visit (V4a).

    The source's customers come every 4½ months: ``days=137``, the default (2.5 visits a year would be 146; the paper
    says both). A part of a day counts as a whole one. Anchored as :class:`InactiveFor`; every visit counts unless
    :meth:`counting` says otherwise.
    """

    days: int = field(default=137, kw_only=True, validator=_positive(1, 3660))
    percent: int = field(default=150, kw_only=True, validator=_positive(1, 10_000))
    visits: VisitKind = field(default=all_visits, kw_only=True, validator=a_visit_kind)

    @property
    def span(self) -> Span:
        """The longest silence that is still in rhythm."""
        return Span(days=-(-self.days * self.percent // 100))

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        return InactiveFor(days=self.span.days, visits=self.visits).due(vehicle)

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        sentence, facts = InactiveFor(days=self.span.days, visits=self.visits).reason(vehicle, customer, due)
        return f"{sentence}, which is {self.percent} % of the usual {self.days} days", facts

    def __repr__(self) -> str:
        return f"OffRhythm(days={self.days}, percent={self.percent}).counting({self.visits!r})"


@frozen(repr=False)
class OffOwnRhythm(Leaf):
    """Has fallen out of his own rhythm: due ``percent`` % of his own mean interval after the last visit (V4a, V4b).

    The interval is (last visit − first visit) ÷ (visits − 1), visits of any kind; a part of a day counts as a whole one.
    Unknown with fewer than ``at_least`` visits. Unlike :class:`InactiveFor`, a visit may make the day *earlier*: one who
    suddenly comes often has a shorter rhythm afterwards (LC2 says so).
    """

    percent: int = field(default=200, kw_only=True, validator=_positive(1, 10_000))
    at_least: int = field(default=3, kw_only=True, validator=_positive(2, 1000))

    def due(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> date | None:
        first, last, visits = vehicle.first_visit, vehicle.last_visit, vehicle.visits
        if first is None or last is None or visits < self.at_least or first >= last:
            return None
        return add_days(last, -(-(last - first).days * self.percent // (100 * (visits - 1))))

    def reason(
        self, vehicle: VehicleFacts, customer: CustomerFacts | None, due: date | None
    ) -> tuple[str, Mapping[str, Any]]:
        first, last, visits = vehicle.first_visit, vehicle.last_visit, vehicle.visits
        facts = {"first_visit": first, "last_visit": last, "visits": visits}
        if first is None or last is None:
            return "unknown: first or last visit", facts
        if visits < self.at_least:
            return f"unknown: a rhythm of his own, after fewer than {self.at_least} visits ({visits})", facts
        if first >= last:
            return f"unknown: a rhythm of his own, all visits being on {last}", facts
        each = f"every {(last - first).days / (visits - 1):.4g} days ({visits} visits since {first})"
        return f"last visit {last} + {self.percent} % of {each} = {due}", facts

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return (all_visits,)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("first_visit", "last_visit", "visits"))

    @property
    def needs_sight(self) -> bool:
        return True

    @property
    def may_move_earlier(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"OffOwnRhythm(percent={self.percent}, at_least={self.at_least})"


# -- the graded policy ----------------------------------------------------------------------------------------------------


@frozen
class Verdict(Decision):
    """The graded answer: ``status`` (unseen, active, at_risk, lost, gone), since when it is so, and because.

    ``holds`` is whether the vehicle is lost. ``since`` is None for active and unseen ones.
    """

    status: str = field(default="unseen", kw_only=True)
    at_risk_due: date | None = field(default=None, kw_only=True)
    """The day on which it becomes at risk, or became so, unless he comes."""
    lost_due: date | None = field(default=None, kw_only=True)
    """The day on which it is lost, or was, unless he comes."""

    def __str__(self) -> str:
        since = f" since {self.since}" if self.since not in (None, date.min) else ""
        return f"{self.status}{since}, because {'; '.join(self.because)}"


def _rule(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, Rule):
        raise LifecycleError(
            f"Churn({attribute.name}={value!r}): no rule", argument=attribute.name, value=value,
            remedy="as in InactiveFor(months=6), or never",
        )  # fmt: skip


@frozen
class Churn:
    """A graded churn policy: at risk on one day, lost on another (V4a); leave ``at_risk`` away where there is one grade.

    The effective at-risk day is the earlier of both days (LC4). An inversion that can be proved (at risk only after
    lost, whatever the facts) cannot be built. It judges one vehicle; a customer is lost when all his vehicles are (LC8).
    """

    at_risk: Rule = field(default=never, kw_only=True, validator=_rule)
    lost: Rule = field(kw_only=True, validator=_rule)
    visit_kinds: tuple[VisitKind, ...] = field(init=False, eq=False, repr=False)
    """The kinds of visit that either rule counts."""
    reads_customer: bool = field(init=False, eq=False, repr=False)
    """Whether either rule reads facts of the customer."""
    _needs_sight: bool = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        put(self, "visit_kinds", tuple(dict.fromkeys((*self.at_risk.visit_kinds, *self.lost.visit_kinds))))
        put(self, "reads_customer", self.at_risk.reads_customer or self.lost.reads_customer)
        put(self, "_needs_sight", self.at_risk.needs_sight and self.lost.needs_sight)
        if provably_later(self.at_risk, self.lost):
            raise LifecycleError(
                f"at risk by {self.at_risk!r} comes after lost by {self.lost!r}, whatever the facts", argument="at_risk",
                value=self.at_risk, remedy="at_risk= is the earlier grade; leave it away where there is only one",
            )  # fmt: skip

    def seen(self, vehicle: VehicleFacts) -> bool:
        """Whether the vehicle was delivered, or seen at a visit that the policy counts; else it is never lost."""
        return vehicle.delivered_on is not None or any(kind.last(vehicle) is not None for kind in self.visit_kinds)

    def dues(self, vehicle: VehicleFacts, customer: CustomerFacts | None = None) -> tuple[date | None, date | None]:
        """(at-risk day, lost day) if nothing more happens; (None, None) once the vehicle is gone, or while it is unseen."""
        if vehicle.gone_on is not None or not (self._needs_sight or self.seen(vehicle)):
            return None, None
        at_risk = self.at_risk.due(vehicle, customer)
        lost = self.lost.due(vehicle, customer)
        if lost is not None and (at_risk is None or lost < at_risk):
            return lost, lost
        return at_risk, lost

    def status(self, vehicle: VehicleFacts, *, on: date, customer: CustomerFacts | None = None) -> str:
        """``unseen``, ``active``, ``at_risk``, ``lost`` or ``gone`` on the day ``on`` (inclusive), as the rules have it."""
        a_day(on)
        if vehicle.gone_on is not None:
            return "gone"
        if not self.seen(vehicle):
            return "unseen"
        at_risk, lost = self.dues(vehicle, customer)
        if lost is not None and lost <= on:
            return "lost"
        return "at_risk" if at_risk is not None and at_risk <= on else "active"

    def decide(self, vehicle: VehicleFacts, *, on: date, customer: CustomerFacts | None = None) -> Verdict:
        """The status with its reasons: of the lost rule where lost, of the at-risk rule where at risk, else of both."""
        status = self.status(vehicle, on=on, customer=customer)
        if status == "gone":
            gone = vehicle.gone_on
            said = f"gone since {gone}: transferred or moved away"
            return Verdict(False, gone, (said,), {"gone_on": gone}, status=status)
        if status == "unseen":
            names = ", ".join(kind.name for kind in self.visit_kinds) or "visits"
            facts: dict[str, Any] = {"delivered_on": None, **{kind.stored_in: None for kind in self.visit_kinds}}
            said = f"never seen: no delivery and none of {names} known"
            return Verdict(False, None, (said,), facts, status=status)
        dues = at_risk_due, lost_due = self.dues(vehicle, customer)
        since = lost_due if status == "lost" else at_risk_due if status == "at_risk" else None
        asked = (self.lost,) if status == "lost" or self.at_risk == never else (self.at_risk, self.lost)
        because, facts = self._grounds(asked, vehicle, customer, on, whole=False)
        leaves = isinstance(self.at_risk, Leaf) and isinstance(
            self.lost, Leaf
        )  # a leaf's facts suffice whatever else is known
        if not leaves and not self._suffice(facts, on, status, dues):
            because, facts = self._grounds((self.at_risk, self.lost), vehicle, customer, on, whole=True)
        return Verdict(
            status == "lost", since, because, facts, status=status, at_risk_due=at_risk_due, lost_due=lost_due
        )

    def _grounds(
        self, rules: tuple[Rule, ...], vehicle: VehicleFacts, customer: CustomerFacts | None, on: date, *, whole: bool
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        because: dict[str, None] = {}
        facts = self._sight(vehicle) if whole or not self._needs_sight else {}
        for rule in rules:
            grounds = rule.grounds(vehicle, customer, on=on, whole=whole)
            because.update(dict.fromkeys(grounds.because))
            facts.update(grounds.facts)
        return tuple(because), facts

    def _sight(self, vehicle: VehicleFacts) -> dict[str, Any]:
        """The fact by which the vehicle was seen at all, for rules that could be due without."""
        if vehicle.delivered_on is not None:
            return {"delivered_on": vehicle.delivered_on}
        kind = next(kind for kind in self.visit_kinds if kind.last(vehicle) is not None)
        return {kind.stored_in: kind.last(vehicle)}

    def _suffice(self, facts: Mapping[str, Any], on: date, status: str, dues: tuple[date | None, date | None]) -> bool:
        """Whether these facts alone give the same status, since the same day (LC5)."""
        vehicle, customer = bare_facts(facts)
        at_risk, lost = self.dues(vehicle, customer)
        if status == "lost":
            return lost == dues[1]
        return (at_risk, lost) == dues and self.status(vehicle, on=on, customer=customer) == status

    def decide_customer(self, customer: Customer, *, on: date) -> CustomerVerdict:
        """Whether the customer is lost: all his vehicles lost or gone, and one of them lost (LC8); ``on`` inclusive.

        ``since`` is the day on which the last of them was, or will be, lost.
        """
        verdicts = {vin: self.decide(car, on=on, customer=customer) for vin, car in customer.vehicles.items()}
        status = rolled_up([one.status for one in verdicts.values()])
        days = [one.lost_due for one in verdicts.values() if one.status != "gone"]
        since = None if None in days else max((day for day in days if day is not None), default=None)
        because = tuple(f"{vin} {one}" for vin, one in verdicts.items()) or ("he has no vehicle that the house knows",)
        return CustomerVerdict(status == "lost", since, because, status=status, vehicles=verdicts)


_NO_VERDICTS: FrozenDict[str, Verdict] = FrozenDict()


@frozen
class CustomerVerdict(Decision):
    """The roll-up over a customer's vehicles: ``status`` (lost, gone, none, else active), with a verdict for each (LC8)."""

    status: str = field(default="none", kw_only=True)
    vehicles: FrozenDict[str, Verdict] = field(default=_NO_VERDICTS, kw_only=True, converter=frozen_dict)


# -- who is next ----------------------------------------------------------------------------------------------------------


@frozen
class Upcoming:
    """A vehicle that becomes at risk, or is lost, on a day ahead, unless it comes before."""

    day: date
    customer: str
    vehicle: str
    becomes: str
    """``at_risk`` or ``lost``."""
    because: tuple[str, ...]
    customer_lost: bool = False
    """Whether the customer as a whole is lost with it (LC8)."""

    def __str__(self) -> str:
        whole = ", and the customer with it" if self.customer_lost else ""
        word = self.becomes.replace("_", " ")
        return f"{self.day} {self.customer} {self.vehicle}: {word}{whole}, because {'; '.join(self.because)}"


def upcoming(customers: Iterable[Customer], churn: Churn, *, start: date, end: date) -> tuple[Upcoming, ...]:
    """Who becomes at risk or lost when, from ``start`` (closed) to ``end`` (open), unless he comes before that day.

    In order of day, customer, vehicle. A vehicle whose both days are one is listed as lost only. Cutting a window in two
    gives the same list.
    """
    a_day(start)
    a_day(end)
    if end < start:
        raise LifecycleError(f"end={end} lies before start={start}", argument="end", value=end, remedy="start ≤ end")
    if not isinstance(cast("object", churn), Churn):
        raise LifecycleError(
            f"churn={shown(churn)} is no Churn",
            argument="churn",
            value=churn,
            remedy="as in book.churn, or Churn(lost=rule)",
        )
    found: list[Upcoming] = []
    for customer in customers:
        if not isinstance(cast("object", customer), Customer):
            raise LifecycleError(
                f"{shown(customer)} is no Customer", argument="customers", value=customer,
                remedy="as in [replay(history, book, on=start).customer for history in histories]",
            )  # fmt: skip
        dues = {vin: churn.dues(car, customer) for vin, car in customer.vehicles.items()}
        days = [dues[vin][1] for vin, car in customer.vehicles.items() if car.gone_on is None]
        whole = None if None in days else max((day for day in days if day is not None), default=None)
        for vin, (at_risk, lost) in dues.items():
            for becomes, day, rule in (("at_risk", at_risk, churn.at_risk), ("lost", lost, churn.lost)):
                if day is None or not start <= day < end or (becomes == "at_risk" and at_risk == lost):
                    continue
                because = rule.decide(customer.vehicles[vin], on=day, customer=customer).because
                told = becomes == "lost" and day == whole and _last_of(dues, vin, whole)
                found.append(Upcoming(day, customer.id, vin, becomes, because, told))
    return tuple(sorted(found, key=lambda one: (one.day, one.customer, one.vehicle, one.becomes)))


def _last_of(dues: Mapping[str, tuple[date | None, date | None]], vin: str, day: date | None) -> bool:
    """Whether this is the vehicle, of those lost on the customer's last day, that is told to be the last."""
    return vin == max(one for one, (_, lost) in dues.items() if lost == day)
