"""Churn rules over columns: the due day of every row at once, by the arithmetic that one row has.

In: a :class:`~lifecycle.deadline.Rule` or :class:`~lifecycle.churn.Churn`, and :class:`~lifecycle.columns.fact_columns.Facts`.
Out: due days as ordinals (:data:`~lifecycle.columns.days.NEVER` where it is never due, or a fact is not told); ``|`` is the
minimum, ``&`` the maximum. A leaf of the house's own is asked once for each combination of the facts that it reads, unless
it says itself how it goes over columns (``due_column``). Next room: :mod:`lifecycle.columns.courses`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import reduce, singledispatch
from typing import Any, NamedTuple

import numpy as np

from lifecycle.churn import (
    BreadthBelow,
    Churn,
    DissatisfiedFor,
    InactiveFor,
    InsuranceNotRenewed,
    OffOwnRhythm,
    OffRhythm,
    SpendingDeclining,
    WarrantyLapsed,
)
from lifecycle.columns.codes import Bools, Ints, combinations
from lifecycle.columns.column import NO, YES, answers
from lifecycle.columns.days import MISSING, NEVER, due_after, ordinal
from lifecycle.columns.fact_columns import Facts
from lifecycle.dates import latest_anchor
from lifecycle.deadline import ALWAYS, Counted, Earliest, Guarded, Latest, Rule, facts_alone
from lifecycle.deadline import NEVER as NEVER_RULE

__all__ = ["STATUSES", "Dues", "due", "dues", "holds", "statuses"]

#: What a rule can say of a vehicle, by number: as :meth:`Churn.status` has it.
STATUSES = ("unseen", "active", "at_risk", "lost", "gone")
_MOST = date.max.toordinal()


def due(rule: Rule, facts: Facts) -> Ints:
    """The day on which the rule comes true for each row if nothing more happens: what :meth:`Rule.due` says, as an ordinal.

    :data:`NEVER` where it never does, or a fact that decides is not told.
    """
    own: Callable[[Facts], Ints] | None = getattr(rule, "due_column", None)
    return _due(rule, facts) if own is None else own(facts)


@singledispatch
def _due(rule: Any, facts: Facts) -> Ints:
    return _one_by_one(rule, facts)


def by_columns(rule: Rule) -> bool:
    """Whether the rule has a form over columns of its own; else it is asked for each combination of its facts."""
    if isinstance(rule, (Earliest, Latest)):
        return all(by_columns(part) for part in rule.parts)
    if isinstance(rule, Guarded):
        return by_columns(rule.rule)
    return hasattr(rule, "due_column") or rule in (NEVER_RULE, ALWAYS) or _due.dispatch(type(rule)) is not _ELSE


_ELSE = _due.dispatch(object)


def _never(size: int) -> Ints:
    return np.full(size, NEVER, np.int32)


@_due.register
def _(rule: Earliest, facts: Facts) -> Ints:
    return reduce(np.minimum, (due(part, facts) for part in rule.parts))


@_due.register
def _(rule: Latest, facts: Facts) -> Ints:
    return reduce(np.maximum, (due(part, facts) for part in rule.parts))


@_due.register
def _(rule: Guarded, facts: Facts) -> Ints:
    return np.where(_asked(rule, facts), due(rule.rule, facts), np.int32(NEVER))


def _asked(rule: Guarded, facts: Facts) -> Bools:
    wanted: Bools = answers(rule.condition, facts.column, facts.size) == (YES if rule.wanted else NO)
    return wanted


@_due.register(type(NEVER_RULE))
def _(rule: Rule, facts: Facts) -> Ints:
    return np.full(facts.size, ordinal(rule.due(*facts_alone({}))), np.int32)


@_due.register
def _(rule: InactiveFor, facts: Facts) -> Ints:
    return due_after(_anchor(rule, facts), rule.span)


def _anchor(rule: InactiveFor | OffRhythm, facts: Facts) -> Ints:
    """The later of delivery and last counted visit; what is missing lies before every day."""
    last = facts.column(rule.visits.stored_in).data
    delivered = facts.column("delivered_on")
    return np.maximum(last, delivered.data) if delivered.known.any() else last


@_due.register
def _(rule: OffRhythm, facts: Facts) -> Ints:
    return due_after(_anchor(rule, facts), rule.span)


@_due.register
def _(rule: OffOwnRhythm, facts: Facts) -> Ints:
    first, last = facts.column("first_visit").data, facts.column("last_visit").data
    visits = facts.column("visits").data
    told = (first != MISSING) & (last != MISSING) & (visits >= rule.at_least) & (first < last)
    found = _never(facts.size)
    each = 100 * (visits[told] - 1)
    some = last[told].astype(np.int64)
    found[told] = np.minimum(some - (-(some - first[told]) * rule.percent // each), _MOST)
    return found


@_due.register
def _(rule: WarrantyLapsed | InsuranceNotRenewed, facts: Facts) -> Ints:
    last = facts.column(rule.until).data
    after = np.where(last == MISSING, np.int32(MISSING), np.minimum(last + np.int32(1), np.int32(_MOST)))
    return due_after(after.astype(np.int32, copy=False), rule.span)


@_due.register
def _(rule: Counted, facts: Facts) -> Ints:
    (name,) = rule.reads
    return due_after(facts.column(name).data, rule.span, back=rule.back)


@_due.register
def _(rule: SpendingDeclining, facts: Facts) -> Ints:
    spending = facts.column("customer.spending")
    declining = np.array([word == "declining" for word in (*spending.words, "")], np.bool_)[spending.data]
    since = facts.column("customer.spending_since").data
    return due_after(np.where(declining, since, np.int32(MISSING)), rule.span)


@_due.register
def _(rule: DissatisfiedFor, facts: Facts) -> Ints:
    return due_after(facts.column("customer.dissatisfied_since").data, rule.span)


@_due.register
def _(rule: BreadthBelow, facts: Facts) -> Ints:
    breadth = facts.column("customer.breadth")
    return np.where((breadth.data < rule.products) & breadth.known, np.int32(1), np.int32(NEVER))


def _one_by_one(rule: Rule, facts: Facts) -> Ints:
    """The rule asked once for each combination of the facts that it reads."""
    names = sorted(rule.reads)
    if not facts.size or not names:
        day = ordinal(rule.due(*facts_alone({}))) if facts.size else NEVER
        return np.full(facts.size, day, np.int32)
    columns = [facts.column(name) for name in names]
    first, which = combinations(column.data for column in columns)
    days: list[int] = []
    for row in first.tolist():
        told = {name: column.value(row) for name, column in zip(names, columns, strict=True)}
        days.append(ordinal(rule.due(*facts_alone(told))))
    return np.array(days, np.int32)[which]


# -- does it hold? --------------------------------------------------------------------------------------------------------


def holds(rule: Rule, facts: Facts, on: date) -> Bools:
    """Whether the rule holds for each row on the day ``on`` (closed): ``due ≤ on``.

    ``|`` is "or", ``&`` is "and"; the month rule is one comparison with the latest day from which it is over by then.
    """
    if isinstance(rule, Earliest):
        return reduce(np.logical_or, (holds(part, facts, on) for part in rule.parts))
    if isinstance(rule, Latest):
        return reduce(np.logical_and, (holds(part, facts, on) for part in rule.parts))
    if isinstance(rule, Guarded):
        return _asked(rule, facts) & holds(rule.rule, facts, on)
    if type(rule) is InactiveFor and 200 < on.year < 9800:
        anchor = _anchor(rule, facts)
        cut = on.toordinal() - (rule.days or 0) if rule.months is None else latest_anchor(on, rule.months).toordinal()
        flags: Bools = anchor <= np.int32(cut)
        missing = anchor == MISSING
        return flags & ~missing if missing.any() else flags
    return due(rule, facts) <= np.int32(on.toordinal())


# -- the graded policy ----------------------------------------------------------------------------------------------------


class Dues(NamedTuple):
    """What a graded policy says of each row, whatever the day asked."""

    at_risk: Ints
    """The day on which it becomes at risk, or became so; never later than :attr:`lost` (LC4)."""
    lost: Ints
    seen: Bools
    """Whether it was delivered, or seen at a visit that the policy counts."""
    gone: Bools


def dues(churn: Churn, facts: Facts) -> Dues:
    """Due days of both grades for each row: what :meth:`Churn.dues` says."""
    seen = facts.column("delivered_on").known
    for kind in churn.visit_kinds:
        if seen.all():
            break
        seen = seen | facts.column(kind.stored_in).known
    gone = facts.column("gone_on").known
    lost = due(churn.lost, facts)
    at_risk = lost if churn.at_risk == NEVER_RULE else np.minimum(lost, due(churn.at_risk, facts))
    unasked = gone if churn.at_risk.needs_sight and churn.lost.needs_sight else gone | ~seen
    if unasked.any():
        lost, at_risk = lost.copy(), at_risk.copy()
        here = np.flatnonzero(unasked)
        lost[here] = at_risk[here] = NEVER
    return Dues(at_risk, lost, seen, gone)


def statuses(found: Dues, on: date) -> np.ndarray[Any, np.dtype[np.int8]]:
    """The status of each row on the day ``on`` (closed), as numbers of :data:`STATUSES`: what :meth:`Churn.status` says."""
    last = np.int32(on.toordinal())
    status = np.full(found.lost.size, 1, np.int8)
    status[found.at_risk <= last] = 2
    status[found.lost <= last] = 3
    if not found.seen.all():
        status[~found.seen] = 0
    if found.gone.any():
        status[found.gone] = 4
    return status
