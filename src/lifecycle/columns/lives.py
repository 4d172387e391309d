"""Whole lives folded one by one, for what has no form over columns: the same rows, found the long way.

In: :class:`~lifecycle.columns.packing.Packed`, the numbers of customers, a book, a day. Out: :class:`Found`, the columns
that :mod:`lifecycle.columns.replaying` would have made, from :func:`lifecycle.replay` of each customer; in processes where
they are many. Next room: :mod:`lifecycle.columns.replaying`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from itertools import repeat
from os import cpu_count
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl

from lifecycle.book import Book, House
from lifecycle.columns.codes import Bools, Ints, Rows
from lifecycle.columns.column import Column, missing
from lifecycle.columns.fact_columns import collected
from lifecycle.columns.folding import MANY, events_of
from lifecycle.columns.packing import Packed
from lifecycle.columns.tellings import LAST_OF
from lifecycle.customer import Customer, Vehicle
from lifecycle.events import Event, History
from lifecycle.life import Life, replay
from lifecycle.visits import all_visits, charged_visits

__all__ = ["OF_CUSTOMER", "OF_VEHICLE", "Columns", "Found", "each", "lives", "other_visits"]

_T = TypeVar("_T")
Columns = dict[str, Column]
_PIECE = 5_000  # events; what one process is handed at once

#: The fields of a customer that have a column, in order, with their kinds; points and tier are the ledger's.
OF_CUSTOMER = {
    "stage": "text", "standing": "text", "loyalty": "text", "satisfaction": "text", "spending": "text", "first_seen": "day",
    "last_seen": "day", "birthday": "day", "sex": "text", "city": "text", "origin": "text", "enrolled_on": "day",
    "bought": "count", "referrals": "count", "spent": "money", "open_complaints": "count", "dissatisfied_since": "day",
    "spending_since": "day", "breadth": "count", "last_visit": "day", "last_charged_visit": "day", "lost_due": "day",
}  # fmt: skip
#: The same of a vehicle; the house's own kinds of visit come behind ``last_charged_visit``.
OF_VEHICLE = {
    "activity": "text", "model": "text", "plate": "text", "delivered_on": "day", "first_visit": "day", "last_visit": "day",
    "last_charged_visit": "day", "visits": "count", "charged_visits": "count", "inspected_on": "day",
    "warranty_until": "day", "insurance_until": "day", "mileage": "count", "gone_on": "day", "at_risk_due": "day",
    "lost_due": "day",
}  # fmt: skip


class Found(NamedTuple):
    """The columns of customers and of vehicles; which vehicles are known; the customers who are left to the fold."""

    people: Columns
    cars: Columns
    known: Bools
    left: Ints
    customers: int
    """How many customers there are."""


def other_visits(book: Book) -> tuple[str, ...]:
    """The facts that hold the last days of the house's own kinds of visit: ``last_visits.KIND``."""
    kinds = dict.fromkeys((*book.churn.visit_kinds, *book.points.visit_kinds))
    return tuple(kind.stored_in for kind in kinds if kind not in (all_visits, charged_visits))


def lives(packed: Packed, members: Ints, book: House, on: date, processes: int | None) -> Found:
    """The columns of these customers and their vehicles; the rows of all others are empty."""
    people = list(each(_customer, packed, members, book, on, processes))
    found: Columns = {}
    for name, kind in OF_CUSTOMER.items():
        told = collected(kind, [getattr(one, name) for one in people])
        found[name] = missing(kind, len(packed.customers), told.words).replaced(members, told)
    rows = np.flatnonzero(np.isin(packed.owners, members))
    person: dict[int, Customer] = dict(zip(members.tolist(), people, strict=True))
    vins: list[str] = packed.vins.gather(rows).to_list()
    owners: list[int] = packed.owners[rows].tolist()
    theirs = [person[owner].vehicles.get(vin) for owner, vin in zip(owners, vins, strict=True)]
    cars: Columns = {}
    kinds = {**OF_VEHICLE, **dict.fromkeys(other_visits(book.on(on)), "day")}
    for name, kind in kinds.items():
        told = collected(kind, [None if one is None else _fact(one, name) for one in theirs])
        cars[name] = missing(kind, packed.owners.size, told.words).replaced(rows, told)
    known = np.zeros(packed.owners.size, np.bool_)
    known[rows] = [one is not None for one in theirs]
    return Found(found, cars, known, members, len(packed.customers))


def _fact(car: Vehicle, name: str) -> Any:
    return car.last_visits.get(name.removeprefix(LAST_OF)) if name.startswith(LAST_OF) else getattr(car, name)


def each(
    ask: Callable[[Life], _T], packed: Packed, members: Ints, book: House, on: date, processes: int | None
) -> Iterator[_T]:
    """What ``ask`` (a function of a module, so that it travels) says of the life of each of these customers, in order."""
    starts = np.searchsorted(packed.customer, members, "left")
    stops = np.searchsorted(packed.customer, members, "right")
    if processes is None:
        processes = (cpu_count() or 1) if int((stops - starts).sum()) >= MANY else 1
    names: list[str] = packed.customers.gather(members).cast(pl.String).to_list()
    pieces = _pieces(packed, names, starts, stops)
    if processes < 2:
        for piece in pieces:
            yield from _replay(piece, book, on, ask)
        return
    kept = list(pieces)
    try:
        # a fresh interpreter: the arrays of this one are not copied, and its threads hold no locks there
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            done = list(pool.map(_replay, kept, repeat(book), repeat(on), repeat(ask)))
    except BrokenProcessPool:  # a script without `if __name__ == "__main__"` cannot be started again
        done = [_replay(piece, book, on, ask) for piece in kept]
    for some in done:
        yield from some


_Told = tuple[str, list[Event]]


def _pieces(packed: Packed, names: Sequence[str], starts: Rows, stops: Rows) -> Iterator[list[_Told]]:
    """Customers with their events, so many events at a time."""
    first = 0
    while first < len(names):
        end, size = first, 0
        while end < len(names) and (end == first or size + int(stops[end] - starts[end]) <= _PIECE):
            size += int(stops[end] - starts[end])
            end += 1
        # the customers need not be neighbours
        count = stops[first:end] - starts[first:end]
        places = np.repeat(starts[first:end] - np.cumsum(count) + count, count)
        told = events_of(packed, places + np.arange(places.size))
        sizes: list[int] = count.tolist()
        yield [(name, _take(told, size)) for name, size in zip(names[first:end], sizes, strict=True)]
        first = end


def _take(events: Iterator[Event], count: int) -> list[Event]:
    return [next(events) for _ in range(count)]


def _replay(piece: Iterable[_Told], book: House, on: date, ask: Callable[[Life], _T]) -> list[_T]:
    return [
        ask(
            replay(
                History([event.with_(customer=name) for event in events], customer=name, zone=book.zone), book, on=on
            )
        )
        for name, events in piece
    ]


def _customer(life: Life) -> Customer:
    return life.customer
