"""The fold for those who have no form over columns: the one-by-one ledger, member by member, in processes where they are many.

In: :class:`~lifecycle.columns.packing.Packed` and the numbers of members. Out: :class:`Folded`, what the columns would have
said: plain numbers, so that they travel between processes. Next room: :mod:`lifecycle.columns.balances`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date, datetime
from itertools import repeat
from os import cpu_count
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from attrs import evolve

from lifecycle.benefits import HOLDER_KINDS, given
from lifecycle.book import Book, House
from lifecycle.columns.codes import Ints, Rows
from lifecycle.columns.door import FACT_EVENT, KIND_NAMES
from lifecycle.columns.earning import concerned, rows_of, texts, told
from lifecycle.columns.packing import Packed, kinds_mask
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History
from lifecycle.kinds import KINDS
from lifecycle.life import replay
from lifecycle.money import fen
from lifecycle.points import Points, Statement
from lifecycle.tiers import Tiers

__all__ = ["Folded", "Task", "at_once", "events_of", "fold"]

#: From so many events on the fold runs in processes.
MANY = 200_000
_PIECE = 20_000  # events; what one process is handed at once
_KEPT = 100_000  # events; so many are kept as they were told, for the next policy over the same members


def at_once(processes: int | None, block: int = 1) -> None:
    """Raise :class:`LifecycleError` for what is no number of processes (None: as many as pay), or of events."""
    if type(block) is not int or block < 1:
        raise LifecycleError(
            f"block={block!r} is not a number of events", argument="block", value=block,
            remedy="a whole number from 1 on; leave it away for what is quickest",
        )  # fmt: skip
    if processes is not None and (type(processes) is not int or processes < 1):
        raise LifecycleError(
            f"processes={processes!r} is not a number of processes", argument="processes", value=processes,
            remedy="a whole number from 1 on, or None for as many as pay",
        )  # fmt: skip


class Task(NamedTuple):
    """What to fold by: policies and tiers by their first days, the day; the house where terms ask for the customer, and the
    house whose benefits are asked for."""

    ledger: tuple[tuple[date, Points, Tiers | None], ...]
    on: date
    house: House | None
    gives: House | None = None

    @property
    def concerns(self) -> frozenset[str]:
        """The kinds of events that any of the ledger's policies asks for."""
        more = frozenset[str]() if self.gives is None else HOLDER_KINDS
        return more.union(*(concerned(policy, tiers) for _, policy, tiers in self.ledger))


#: A customer and what is told of him.
_Told = tuple[str, list[Event]]


class Folded(NamedTuple):
    """One member: tier, totals by account (in the order of :class:`~lifecycle.points.Totals`), and lots."""

    tier: str
    totals: tuple[tuple[Any, ...], ...]
    lots: tuple[tuple[Any, ...], ...]
    saved: int = 0
    """What discounts take off his bills, in fen, where that is asked for."""


def events_of(packed: Packed, places: Rows) -> Iterator[Event]:
    """The events at some places, as values again."""
    if not places.size:
        return
    codes: list[int] = packed.kind[places].tolist()
    kinds = [KIND_NAMES[code] for code in codes]
    facts: list[dict[str, Any]] = [{} for _ in kinds]
    for key in packed.table.columns:
        if key in ("customer", "at", "event", "id", "vehicle"):
            continue
        name = "event" if key == FACT_EVENT else key
        column = told(packed, name, places)
        some: list[int] = np.flatnonzero(column.known).tolist()  # most facts are told of few events
        for row in some:
            if name in KINDS[kinds[row]].facts:
                facts[row][name] = column.value(row)
    rows = rows_of(packed, places)
    at = packed.table.columns["at"].gather(rows).to_list()
    ids = texts(packed, "id", places).to_list()
    if "id" not in packed.table.columns:
        ids = [f"{row:012}" for row in rows.tolist()]  # numbered as they stand
    customers = packed.customers.gather(packed.customer[places]).cast(pl.String).to_list()
    vehicles = texts(packed, "vehicle", places).to_list()
    for row, kind in enumerate(kinds):
        when = at[row]
        if isinstance(when, datetime):
            when = when.replace(tzinfo=packed.zone) if when.tzinfo is None else when.astimezone(packed.zone)
        vehicle = vehicles[row] if KINDS[kind].about_vehicle else None
        yield Event(when, kind, ids[row], customers[row], vehicle, facts[row])


def fold(packed: Packed, members: Ints, task: Task, *, processes: int | None = None) -> list[Folded]:
    """The ledger of each of these members, one by one; in ``processes`` (None: as many as there are processors, where the
    events are many)."""
    starts = np.searchsorted(packed.customer, members, "left")
    stops = np.searchsorted(packed.customer, members, "right")
    count = stops - starts
    if processes is None:
        processes = (cpu_count() or 1) if int(count.sum()) >= MANY else 1
    pieces: list[list[int]] = [[]]
    size = 0
    sizes: list[int] = count.tolist()
    for number, some in enumerate(sizes):
        if size + some > _PIECE and pieces[-1]:
            pieces.append([])
            size = 0
        pieces[-1].append(number)
        size += some
    concerns = None if task.house is not None else task.concerns
    spans: list[Rows] = [np.arange(start, stop) for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
    each = (_told(packed, [spans[one] for one in piece], concerns) for piece in pieces)
    told: Iterable[list[list[Event]]] = each
    if int(count.sum()) <= _KEPT:
        told = packed.kept("folded", (members.tobytes(), concerns), lambda: list(each))
    names: list[str] = packed.customers.gather(members).cast(pl.String).to_list()
    named = (
        [(names[one], some) for one, some in zip(piece, those, strict=True)]
        for piece, those in zip(pieces, told, strict=True)
    )
    return list(_fold_all(named, task, min(processes, len(pieces))))


def _told(packed: Packed, members: Sequence[Rows], concerns: frozenset[str] | None) -> list[list[Event]]:
    """The events of some members that concern the ledger (None: all of them)."""
    sizes: list[int] = [places.size for places in members]
    places = np.concatenate(members)
    whose = np.repeat(np.arange(len(members)), sizes)
    if concerns is not None:
        some = kinds_mask(concerns)[packed.kind[places]]
        places, whose = places[some], whose[some]
    found: list[list[Event]] = [[] for _ in members]
    for member, event in zip(whose.tolist(), events_of(packed, places), strict=True):
        found[member].append(event)
    return found


def _fold_all(pieces: Iterable[list[_Told]], task: Task, processes: int) -> Iterator[Folded]:
    if processes < 2:
        for piece in pieces:
            yield from _piece(piece, task)
        return
    kept = list(pieces)
    try:
        # a fresh interpreter: the arrays of this one are not copied, and its threads hold no locks there
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            done = list(pool.map(_piece, kept, repeat(task)))
    except BrokenProcessPool:  # a script without `if __name__ == "__main__"` cannot be started again
        done = [_piece(piece, task) for piece in kept]
    for some in done:
        yield from some


def _piece(members: Sequence[_Told], task: Task) -> list[Folded]:
    return [_member(customer, events, task) for customer, events in members]


def _member(customer: str, events: Sequence[Event], task: Task) -> Folded:
    ((_, policy, tiers), *later), on, house, gives = task
    if house is not None:  # the terms ask for the customer: his whole life is told
        if isinstance(house, Book):
            house = evolve(house, points=policy, tiers=tiers)
        history = History([event.with_(customer=customer) for event in events], customer=customer, zone=house.zone)
        life = replay(history, house, on=on)
        return _folded(life.statement, 0 if gives is None else fen(life.benefits.saved))
    account = policy.open(customer, tiers, later=later)
    for event in events:
        account.take(event)
    off = 0 if gives is None else fen(given(customer, events, account, gives, on=on).saved)
    return _folded(account.statement(on), off)


def _folded(statement: Statement, saved: int) -> Folded:
    return Folded(
        statement.tier,
        tuple(tuple(totals) for totals in statement.accounts),
        tuple(tuple(lot) for lot in statement.lots),
        saved,
    )
