"""The points policy of a house: how points are earned, when they lapse, what they buy.

In: choices, each a field. Out: a frozen value that opens accounts. Next: :mod:`lifecycle.points.ledger`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

from attrs import field, frozen

from lifecycle.kinds import KINDS
from lifecycle.points.lapse import Lapse
from lifecycle.points.ledger import COMMANDS, Account
from lifecycle.points.terms import Sum, Term
from lifecycle.visits import VisitKind

__all__ = ["Points", "Redeem"]


@frozen
class Redeem:
    """What points buy: ``unit`` points at a time, at least ``minimum``."""

    unit: int = 1
    minimum: int = 1


@frozen(slots=False)
class Points:
    """The points policy of a house; a value, whose parts are ``earn``, ``lapse`` and ``redeem``."""

    earn: Term = field(default=Sum(()))
    lapse: Lapse = field(factory=Lapse.never)
    redeem: Redeem = field(factory=Redeem)

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """The term for each kind of event that can earn."""
        found = {kind: self.earn.on_kind(kind) for kind in KINDS if kind in self.earn.kinds()}
        return MappingProxyType({kind: term for kind, term in found.items() if term is not None})

    @cached_property
    def concerns(self) -> frozenset[str]:
        """The kinds of events that can touch the ledger: what earns, what commands, the visits that reset the clock."""
        visits = {"vehicle_recorded", *(event for kind in self.visit_kinds for event in kind.events)} if self.visit_kinds else set[str]()
        return frozenset({*self.terms, *COMMANDS, *visits})

    @cached_property
    def visit_kinds(self) -> tuple[VisitKind, ...]:
        """The kinds of visits that reset the lapse clock."""
        return (self.lapse.visits,) if self.lapse.by == "idle" else ()

    def open(self, customer_id: str, tiers: None = None) -> Account:
        """The empty account of a customer."""
        return Account(customer_id, self, tiers)
