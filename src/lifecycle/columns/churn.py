"""Churn over whole tables: who is lost, by any rule, and how he stands; the same kind of frame back.

In: a table of events (or :class:`~lifecycle.columns.packing.Packed`), a rule or a graded policy, a day. Out: a frame of one
row a vehicle, or a customer, in order of ids. Every answer is that of one-by-one evaluation (LC6): of
:meth:`Churn.decide <lifecycle.churn.Churn.decide>` over the replayed facts, and of the replayed machine. Next room:
:mod:`lifecycle.columns.state`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl
from narwhals.dependencies import is_duckdb_relation, is_ibis_table

from lifecycle.book import Book, Editions
from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints
from lifecycle.columns.column import Column
from lifecycle.columns.courses import LABELS, Statuses, activities
from lifecycle.columns.days import NEVER, days
from lifecycle.columns.facts import Customers, Vehicles
from lifecycle.columns.packing import Packed, loosely
from lifecycle.columns.replaying import OF_MOODS, moods_of
from lifecycle.columns.rules import STATUSES, Dues, dues, statuses
from lifecycle.columns.running import reads_vehicles_only
from lifecycle.columns.sql import lost_in_sql
from lifecycle.dates import SHANGHAI
from lifecycle.deadline import Rule, a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = [
    "activity", "activity_and_dues", "lost", "lost_customers", "policy", "reads_vehicles", "status_and_since", "words",
]  # fmt: skip

_ROLLED = ("none", "active", "lost", "gone")


def policy(rule: Rule | Churn | Book | Editions, on: date | None = None) -> Churn:
    """The graded policy that is meant: of a book (of several editions, that of the day), or a rule as the only grade."""
    if isinstance(rule, Editions):
        if on is None:
            raise LifecycleError(
                "what is kept from day to day is kept under one edition", argument="rule", value=rule.name,
                remedy="give the edition of the day, as in house.on(day)",
            )  # fmt: skip
        rule = rule.on(on)
    if isinstance(rule, Book):
        return rule.churn
    if isinstance(rule, Churn):
        return rule
    return Churn(lost=rule)  # which says what is wrong with it where it is no rule


def words(name: str, numbers: npt.NDArray[Any], known: tuple[str, ...]) -> pl.Series:
    """Numbers of words as a column of an enumeration."""
    return pl.Series(name, known, pl.Enum(known)).gather(numbers)


def lost(
    events: Packed | Iterable[Event] | IntoFrame,
    rule: Rule | Churn | Book | Editions,
    *,
    on: date,
    zone: tzinfo = SHANGHAI,
) -> Any:
    """Each vehicle's status under a rule on the day ``on`` (closed): ``customer, vehicle, status, since``.

    ``status`` is unseen, active, at_risk, lost or gone, ``since`` the day from which it is so, null for active and unseen
    ones; as :meth:`Churn.decide` says of the replayed vehicle. One row a vehicle, in order of customer and VIN (``-`` for
    visits of no named car). What the machine remembers besides is :func:`activity`'s.

    Of an Ibis table or a DuckDB relation an expression, or a relation, comes back, and nothing has run yet
    (:mod:`lifecycle.columns.sql`): the data stay where they are.
    """
    a_day(on)
    churn = policy(rule, on)
    if is_ibis_table(events) or is_duckdb_relation(events):
        return lost_in_sql(events, churn, on=on)
    packed = loosely(events, zone).as_of(on)
    vehicles = _facts(packed, churn)
    found = dues(churn, vehicles)
    answer = status_and_since(found, vehicles.column("gone_on"), on)
    return packed.table.give(_of_vehicles(packed, vehicles.known, answer))


def _facts(packed: Packed, churn: Churn) -> Vehicles:
    """The facts that the policy reads of each vehicle, and of its customer."""
    if not churn.reads_customer:
        return Vehicles(packed, churn.visit_kinds)
    customers = Customers(packed)
    if any(name.removeprefix("customer.") in OF_MOODS for name in churn.at_risk.reads | churn.lost.reads):
        for name, column in moods_of(packed, churn).items():
            customers.put(name, column)
    return Vehicles(packed, churn.visit_kinds, customers)


def status_and_since(found: Dues, gone_on: Column, on: date) -> dict[str, pl.Series]:
    """The columns ``status`` and ``since`` of an answer."""
    status = statuses(found, on)
    since = np.where(status == 3, found.lost, np.where(status == 2, found.at_risk, np.int32(NEVER)))
    if found.gone.any():
        since = np.where(found.gone, gone_on.data, since)
    return {"status": words("status", status, STATUSES), "since": days("since", since)}


def activity(
    events: Packed | Iterable[Event] | IntoFrame,
    rule: Rule | Churn | Book | Editions,
    *,
    on: date,
    zone: tzinfo = SHANGHAI,
) -> Any:
    """Each vehicle's activity on the day ``on`` (closed): ``customer, vehicle, activity, at_risk_due, lost_due``.

    ``activity`` is the label of the replayed machine, which remembers: besides the statuses of :func:`lost` returned and
    quasi_lost. The due days are null where the policy names none. One row a vehicle, in order of customer and VIN.
    Raises :class:`LifecycleError` for a policy that reads facts of the customer: those ask for a whole replay.
    """
    a_day(on)
    churn = policy(rule, on)
    reads_vehicles(churn)
    packed = loosely(events, zone).as_of(on).in_order()
    found = activities(packed, churn, on)
    answer = activity_and_dues(found.label, found.at_risk_due, found.lost_due)
    return packed.table.give(_of_vehicles(packed, Vehicles(packed, ()).known, answer))


def activity_and_dues(label: Statuses, at_risk: Ints, lost: Ints) -> dict[str, pl.Series]:
    """The columns ``activity``, ``at_risk_due`` and ``lost_due`` of an answer."""
    return {
        "activity": words("activity", label, LABELS),
        "at_risk_due": days("at_risk_due", at_risk),
        "lost_due": days("lost_due", lost),
    }


def reads_vehicles(churn: Churn) -> None:
    """Raise where the policy reads facts of the customer."""
    if not reads_vehicles_only(churn):
        raise LifecycleError(
            f"{churn!r} reads facts of the customer, which any event of his may move", argument="rule", value=churn,
            remedy="columns.lost(events, rule, on=) for the rule's own status, or columns.replay(events, book, on=)",
        )  # fmt: skip


def lost_customers(
    events: Packed | Iterable[Event] | IntoFrame,
    rule: Rule | Churn | Book | Editions,
    *,
    on: date,
    zone: tzinfo = SHANGHAI,
) -> Any:
    """Each customer's status under a rule on the day ``on`` (closed): ``customer, status, since`` (LC8).

    ``status`` is lost (all his vehicles are lost or gone, and one is lost), gone (all are gone), none (he has no vehicle)
    or active; ``since`` the day on which the last of them was, or will be, lost, null where one never is. As
    :meth:`Churn.decide_customer` says. One row a customer, in order of ids.
    """
    a_day(on)
    churn = policy(rule, on)
    packed = loosely(events, zone).as_of(on)
    vehicles = _facts(packed, churn)
    found = dues(churn, vehicles)
    status, since = rolled_up(packed, vehicles.known, found, statuses(found, on))
    table = pl.DataFrame([packed.customers, words("status", status, _ROLLED), days("since", since)])
    return packed.table.give(table)


def rolled_up(
    packed: Packed, known: Bools, found: Dues, status: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int8], Ints]:
    """The customers' status (a number of none, active, lost, gone) and due day from those of their vehicles."""
    size = len(packed.customers)
    owners, here, gone = packed.owners[known], status[known], found.gone[known]
    cars = np.bincount(owners, minlength=size)
    away = np.bincount(owners[here >= 3], minlength=size)
    left = np.bincount(owners[gone], minlength=size)
    rolled = np.full(size, 1, np.int8)
    rolled[away == cars] = 2
    rolled[left == cars] = 3
    rolled[cars == 0] = 0
    since = np.zeros(size, np.int32)
    np.maximum.at(since, owners[~gone], found.lost[known][~gone])
    since[since == 0] = NEVER
    return rolled, since


def _of_vehicles(packed: Packed, known: Bools, answer: dict[str, pl.Series]) -> pl.DataFrame:
    table = pl.DataFrame({"customer": packed.customers.gather(packed.owners), "vehicle": packed.vins, **answer})
    return table if known.all() else table.filter(pl.Series(known))
