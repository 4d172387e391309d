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

from lifecycle.book import Book, Editions, House
from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints
from lifecycle.columns.column import Column, missing
from lifecycle.columns.courses import LABELS, Statuses, activities
from lifecycle.columns.days import NEVER, days
from lifecycle.columns.fact_columns import Customers, Facts, Vehicles
from lifecycle.columns.packing import Packed, loosely, pack
from lifecycle.columns.replaying import OF_MOODS, moods_of, vehicles
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
    "churn", "churn_columns", "lost", "lost_customers", "policy", "reads_vehicles", "status_and_since", "words", "zone_of",
]  # fmt: skip

_ROLLED = ("none", "active", "lost", "gone")
#: The labels of vehicles that are lost.
_LOST = ("lost", "quasi_lost")


def policy(rule: Rule | Churn | House, on: date) -> Churn:
    """The graded policy that is meant: of a book (of several editions, that of the day), or a rule as the only grade."""
    if isinstance(rule, (Book, Editions)):
        return rule.on(on).churn
    if isinstance(rule, Churn):
        return rule
    return Churn(lost=rule)  # which says what is wrong with it where it is no rule


def zone_of(rule: Rule | Churn | House, zone: tzinfo | None) -> tzinfo:
    """The zone that is given, else the book's, else Shanghai."""
    if zone is not None:
        return zone
    return rule.zone if isinstance(rule, (Book, Editions)) else SHANGHAI


def words(name: str, numbers: npt.NDArray[Any], known: tuple[str, ...]) -> pl.Series:
    """Numbers of words as a column of an enumeration."""
    return pl.Series(name, known, pl.Enum(known)).gather(numbers)


def lost(
    events: Packed | Iterable[Event] | IntoFrame,
    rule: Rule | Churn | House,
    *,
    on: date,
    zone: tzinfo | None = None,
) -> Any:
    """Each vehicle's status under a rule on the day ``on`` (closed): ``customer, vehicle, status, since``.

    ``status`` is unseen, active, at_risk, lost or gone, ``since`` the day from which it is so, null for active and unseen
    ones; as :meth:`Churn.decide` says of the replayed vehicle. One row a vehicle, in order of customer and VIN (``-`` for
    visits of no named car). What the machine remembers besides is :func:`churn`'s.

    Of an Ibis table or a DuckDB relation an expression, or a relation, comes back, and nothing has run yet
    (:mod:`lifecycle.columns.sql`): the data stay where they are.
    """
    a_day(on)
    graded = policy(rule, on)
    if is_ibis_table(events) or is_duckdb_relation(events):
        return lost_in_sql(events, graded, on=on)
    packed = loosely(events, zone_of(rule, zone)).as_of(on)
    facts = _facts(packed, graded)
    found = dues(graded, facts)
    answer = status_and_since(found, facts.column("gone_on"), on)
    return packed.table.give(_of_vehicles(packed, facts.known, answer))


def _facts(packed: Packed, graded: Churn) -> Vehicles:
    """The facts that the policy reads of each vehicle, and of its customer."""
    if not graded.reads_customer:
        return Vehicles(packed, graded.visit_kinds)
    customers = Customers(packed)
    if any(name.removeprefix("customer.") in OF_MOODS for name in graded.at_risk.reads | graded.lost.reads):
        for name, column in moods_of(packed, graded).items():
            customers.put(name, column)
    return Vehicles(packed, graded.visit_kinds, customers)


def status_and_since(found: Dues, gone_on: Column, on: date) -> dict[str, pl.Series]:
    """The columns ``status`` and ``since`` of an answer."""
    status = statuses(found, on)
    since = np.where(status == 3, found.lost, np.where(status == 2, found.at_risk, np.int32(NEVER)))
    if found.gone.any():
        since = np.where(found.gone, gone_on.data, since)
    return {"status": words("status", status, STATUSES), "since": days("since", since)}


def churn(
    events: Packed | Iterable[Event] | IntoFrame,
    rule: Rule | Churn | House,
    *,
    on: date,
    zone: tzinfo | None = None,
    processes: int | None = None,
) -> Any:
    """How each vehicle stands on the day ``on`` (closed), as the replayed machine remembers it, and what is due.

    ``customer, vehicle, last_counted, activity, at_risk_due, lost_due, lost``: ``last_counted`` is the day of the last
    visit of a kind that either grade counts (null: there is none), ``activity`` the machine's label, which besides the
    statuses of :func:`lost` knows returned and quasi_lost; the due days are null where the policy names none; ``lost``
    says whether it is lost or quasi-lost. One row a vehicle, in order of customer and VIN.

    A policy that reads facts of the customer is folded one by one, in ``processes`` (:func:`explain`); of a book it is read
    with the book's other policies, else without any.
    """
    a_day(on)
    graded = policy(rule, on)
    zone = zone_of(rule, zone)
    if reads_vehicles_only(graded):
        packed = loosely(events, zone).as_of(on).in_order()
        found = activities(packed, graded, on)
        facts = Vehicles(packed, graded.visit_kinds)
        answer = churn_columns(facts, graded, found.label, found.at_risk_due, found.lost_due)
        return packed.table.give(_of_vehicles(packed, facts.known, answer))
    book = rule if isinstance(rule, (Book, Editions)) else Book("rule", "1", graded, zone=zone)
    packed = pack(events, zone=zone)
    cars: pl.DataFrame = vehicles(packed, book, on=on, processes=processes)
    stored = [pl.lit(None, pl.Date), *(pl.col(kind.stored_in) for kind in graded.visit_kinds)]
    given = cars.select(
        "customer", "vehicle", pl.max_horizontal(stored).alias("last_counted"), "activity", "at_risk_due", "lost_due",
        pl.col("activity").cast(pl.String).is_in(_LOST).alias("lost"),
    )  # fmt: skip
    return packed.table.give(given)


def churn_columns(facts: Facts, graded: Churn, label: Statuses, at_risk: Ints, lost: Ints) -> dict[str, pl.Series]:
    """The columns of an answer of :func:`churn`, but for the names."""
    counted = missing("day", label.size)
    for kind in graded.visit_kinds:
        np.maximum(counted.data, facts.column(kind.stored_in).data, out=counted.data)
    return {
        "last_counted": days("last_counted", counted.data),
        "activity": words("activity", label, LABELS),
        "at_risk_due": days("at_risk_due", at_risk),
        "lost_due": days("lost_due", lost),
        "lost": pl.Series("lost", np.isin(label, [LABELS.index(name) for name in _LOST])),
    }


def reads_vehicles(graded: Churn) -> None:
    """Raise where the policy reads facts of the customer."""
    if not reads_vehicles_only(graded):
        raise LifecycleError(
            f"{graded!r} reads facts of the customer, which any event of his may move", argument="rule", value=graded,
            remedy="columns.churn(events, rule, on=), of all events, or columns.State for the whole replay",
        )  # fmt: skip


def lost_customers(
    events: Packed | Iterable[Event] | IntoFrame,
    rule: Rule | Churn | House,
    *,
    on: date,
    zone: tzinfo | None = None,
) -> Any:
    """Each customer's status under a rule on the day ``on`` (closed): ``customer, status, since`` (LC8).

    ``status`` is lost (all his vehicles are lost or gone, and one is lost), gone (all are gone), none (he has no vehicle)
    or active; ``since`` the day on which the last of them was, or will be, lost, null where one never is. As
    :meth:`Churn.decide_customer` says. One row a customer, in order of ids.
    """
    a_day(on)
    graded = policy(rule, on)
    packed = loosely(events, zone_of(rule, zone)).as_of(on)
    facts = _facts(packed, graded)
    found = dues(graded, facts)
    status, since = rolled_up(packed, facts.known, found, statuses(found, on))
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
