"""Churn as due days: a vehicle becomes at risk, and is lost, on a day that can be named beforehand (V1, V4, W2).

In: facts of a vehicle and its customer, and rules over them. Out: :class:`InactiveFor` and the other leaves that the
sources call for, and :class:`Churn`, the graded policy: at-risk day, lost day, status, decisions with because. What a
machine remembers (quasi-lost, returned) is not here but in :data:`~lifecycle.machines.ACTIVITY`, which replay moves by
these days (LC7). Next: :mod:`lifecycle.book`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import evolve, field, frozen

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
    never,
)
from lifecycle.errors import LifecycleError
from lifecycle.visits import VisitKind, charged_visits

__all__ = ["Churn", "InactiveFor", "Verdict"]

_SAID = {"charged_visits": "charged visit", "all_visits": "visit"}


def _visit_kind(_: object, __: object, value: Any) -> None:
    if not isinstance(value, VisitKind):
        raise LifecycleError(
            f"counting({value!r}): not a kind of visit", argument="counting", value=value,
            remedy="charged_visits, all_visits, or a VisitKind of the house's own",
        )  # fmt: skip


@frozen(repr=False)
class InactiveFor(Leaf):
    """Has not come for so long: due ``months`` (or ``days``) after the last counted visit (V1a, V4a, W2).

    The anchor is the later of delivery and last counted visit, so a vehicle that has never come counts from its delivery;
    with neither it is never due, and because says so. The last day is included: six months since 31 August are over on
    the last day of February. Charged visits count unless :meth:`counting` says otherwise. More months never make the day
    earlier, nor does a counted visit (LC2).
    """

    months: int | None = field(default=None, kw_only=True)
    days: int | None = field(default=None, kw_only=True)
    visits: VisitKind = field(default=charged_visits, kw_only=True, validator=_visit_kind)

    def __attrs_post_init__(self) -> None:
        a_span(self.months, self.days)

    def counting(self, visits: VisitKind) -> InactiveFor:
        """The same rule over another kind of visit: ``charged_visits``, ``all_visits``, or a house's own."""
        return evolve(self, visits=visits)

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
        return f"delivered {anchor} + {self.span} = {due}, {since}", {
            "delivered_on": anchor,
            self.visits.stored_in: last,
        }

    @property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        return (self.visits,)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(("delivered_on", self.visits.stored_in))

    @property
    def needs_sight(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"InactiveFor({self.span!r}).counting({self.visits!r})"


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
        at_risk_due, lost_due = self.dues(vehicle, customer)
        if status == "gone":
            facts: Mapping[str, Any] = {"gone_on": vehicle.gone_on}
            return Verdict(
                False,
                vehicle.gone_on,
                (f"gone since {vehicle.gone_on}: transferred or moved away",),
                facts,
                status=status,
            )
        if status == "unseen":
            names = ", ".join(kind.name for kind in self.visit_kinds) or "visits"
            facts = {"delivered_on": None, **{kind.stored_in: None for kind in self.visit_kinds}}
            return Verdict(False, None, (f"never seen: no delivery and none of {names} known",), facts, status=status)
        lost = self.lost.decide(vehicle, on=on, customer=customer)
        since = lost_due
        decisions: tuple[Decision, ...] = (lost,)
        if status != "lost" and self.at_risk != never:
            at_risk = self.at_risk.decide(vehicle, on=on, customer=customer)
            since = at_risk_due if status == "at_risk" else None
            decisions = (at_risk, lost)
        elif status != "lost":
            since = None
        because = tuple(dict.fromkeys(sentence for one in decisions for sentence in one.because))
        facts = {name: value for one in decisions for name, value in one.facts.items()}
        return Verdict(
            status == "lost", since, because, facts, status=status, at_risk_due=at_risk_due, lost_due=lost_due
        )
