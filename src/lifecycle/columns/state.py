"""What is kept between days: how every vehicle stands, and a day's new events on top of it.

In: a table of events and a graded policy; then, day by day, the new events alone. Out: :class:`ChurnState`, whose answers
are those that all events from the beginning would give (LM3). A day costs what its events cost: only the vehicles of the
customers that they name are looked at. Next room: :mod:`lifecycle.columns.verdicts`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from attrs import evolve, frozen

from lifecycle.book import Book, Editions, House
from lifecycle.churn import Churn
from lifecycle.columns.codes import Bools, Ints, Rows, encode
from lifecycle.columns.column import Column, missing
from lifecycle.columns.courses import Ended, course, ended, labelled
from lifecycle.columns.days import MISSING, days
from lifecycle.columns.door import Table
from lifecycle.columns.fact_columns import Vehicles
from lifecycle.columns.packing import CODES, Packed, pack
from lifecycle.columns.rules import dues
from lifecycle.columns.running import Running
from lifecycle.columns.saved import not_before, read_told, told, write
from lifecycle.columns.tellings import LAST_OF
from lifecycle.columns.verdicts import churn_columns, policy, reads_vehicles, status_and_since, zone_of
from lifecycle.deadline import ASKED, Rule, a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["ChurnState"]

_EPOCH = date(1970, 1, 1).toordinal()


class _Cars(NamedTuple):
    """What is kept of vehicles, one row each."""

    facts: Mapping[str, Column]
    known: Bools
    returned: Bools
    inspected: Bools
    entered: pl.Series

    @property
    def size(self) -> int:
        """How many vehicles."""
        return self.known.size

    def column(self, name: str) -> Column:
        """The column of a fact by its name."""
        return self.facts[name]

    def at(self, rows: Rows) -> _Cars:
        """Those at these rows; −1 stands for one of which nothing is known."""
        none = rows < 0
        if not self.size:
            return _nothing(self.facts, rows.size)
        if not none.any():
            facts = {name: column.at(rows) for name, column in self.facts.items()}
            return _Cars(facts, self.known[rows], self.returned[rows], self.inspected[rows], self.entered.gather(rows))
        return _nothing(self.facts, rows.size).with_(np.flatnonzero(~none), self.at(rows[~none]))

    def with_(self, rows: Rows, other: _Cars) -> _Cars:
        """The same with some rows replaced."""
        facts = {name: column.replaced(rows, other.facts[name]) for name, column in self.facts.items()}
        entered = self.entered
        if other.entered.null_count() < other.size or entered.null_count() < self.size:
            entered = entered.clone().scatter(rows, other.entered)
        return _Cars(
            facts,
            _replaced(self.known, rows, other.known),
            _replaced(self.returned, rows, other.returned),
            _replaced(self.inspected, rows, other.inspected),
            entered,
        )

    def inserted(self, at: Rows) -> _Cars:
        """The same with new rows before these, of which nothing is known."""
        new = _nothing(self.facts, 1)
        facts = {
            name: column._replace(data=np.insert(column.data, at, new.facts[name].data[0]))
            for name, column in self.facts.items()
        }
        known, returned, inspected = (
            np.insert(one, at, values=False) for one in (self.known, self.returned, self.inspected)
        )
        entered = pl.repeat(None, self.size + at.size, dtype=pl.String, eager=True)
        if self.entered.null_count() < self.size:
            order = np.insert(np.arange(self.size), at, self.size)
            entered = pl.concat([self.entered, entered[:1]]).gather(order)
        return _Cars(facts, known, returned, inspected, entered)


def _replaced(values: npt.NDArray[Any], rows: Rows, new: npt.NDArray[Any]) -> npt.NDArray[Any]:
    values = values.copy()
    values[rows] = new
    return values


def _nothing(facts: Mapping[str, Column], size: int) -> _Cars:
    """So many vehicles of which nothing is known."""
    columns = {
        name: Column("count", np.zeros(size, np.int64))
        if name in _COUNTED
        else missing(column.kind, size, column.words)
        for name, column in facts.items()
    }
    no = np.zeros(size, np.bool_)
    return _Cars(columns, no, no, no, pl.repeat(None, size, dtype=pl.String, eager=True))


def _of(churn: Churn) -> Mapping[str, Column]:
    """Empty columns of the facts that the policy needs to go on."""
    names = {*churn.at_risk.reads, *churn.lost.reads, *(kind.stored_in for kind in churn.visit_kinds)}
    return {
        name: missing("day" if name.startswith(LAST_OF) else ASKED.types[name], 0)
        for name in sorted({*names, "delivered_on", "gone_on", "inspected_on"})
    }


def _cars(events: Running, end: Ended, facts: Mapping[str, Column]) -> _Cars:
    """How the vehicles of some events stand after the last event of each."""
    columns = {name: events.column(name).at(end.ends) for name in facts if name != "inspected_on"}
    columns["inspected_on"] = end.inspected_on
    entered = pl.repeat(None, end.ends.size, dtype=pl.String, eager=True)
    if events.anybody_enters():
        inside, last = events.in_house()
        some = np.flatnonzero(inside[end.ends])
        entered = entered.scatter(some, events.entered_for(last[end.ends[some]]))
    return _Cars(columns, np.zeros(end.ends.size, np.bool_), end.returned, end.inspected, entered)


def _stand(packed: Packed, churn: Churn, before: _Cars) -> _Cars:
    """How the vehicles stand after the events, from how they stood before."""
    found = course(packed, churn, before)
    after = before
    if found.events.size:
        end = ended(found, before)
        after = before.with_(end.which, _cars(found.events, end, before.facts))
    return after._replace(known=before.known | Vehicles(packed, ()).known)


class _Places(NamedTuple):
    """Two ascending lists of ids as one: where those of each stand in it."""

    values: pl.Series
    old: Rows
    new: Rows
    at: Rows
    """Of each new id, its place among the old ones, or that of the first after it."""
    there: Bools
    """Whether the new id is among the old ones."""


def _as_one(old: pl.Series, new: pl.Series) -> _Places:
    if old.dtype != new.dtype:
        raise LifecycleError(
            f"customers are {new.dtype} here, and {old.dtype} in the state", argument="customer", value=str(new.dtype),
            remedy="give the ids one type",
        )  # fmt: skip
    at = old.search_sorted(new).to_numpy().astype(np.intp)
    there = np.zeros(at.size, np.bool_)
    within = np.flatnonzero(at < len(old))
    there[within] = (old.gather(at[within]) == new.gather(within)).to_numpy()
    strange = np.flatnonzero(~there)
    if not strange.size:
        return _Places(old, np.arange(len(old)), at, at, there)
    order = np.insert(np.arange(len(old)), at[strange], len(old) + strange)
    values = pl.concat([old, new.alias(old.name)]).gather(order)
    places = np.empty(order.size, np.intp)
    places[order[order < len(old)]] = np.flatnonzero(order < len(old))
    later: Rows = np.cumsum(~there) - ~there
    return _Places(values, places[: len(old)], at + later, at, there)


_COUNTED = ("visits", "charged_visits")


def _series(name: str, column: Column) -> pl.Series:
    """A column as a file has it: days as days, words as words; null where it is not told."""
    if column.kind == "day":
        return days(name, column.data)
    if column.kind == "text":
        return pl.Series(name, [*column.words, None], pl.String).gather(
            np.where(column.known, column.data, len(column.words))
        )
    return pl.Series(name, column.data).set(pl.Series(~column.known), None)


def _column(kind: str, values: pl.Series) -> Column:
    """The column of which :func:`_series` made these values."""
    if kind == "day":
        return Column(kind, (values.to_physical() + _EPOCH).fill_null(MISSING).to_numpy().astype(np.int32))
    empty = missing(kind, len(values))
    told_of = np.flatnonzero(values.is_not_null().to_numpy())
    if kind == "text":
        found = encode(values.gather(told_of))
        empty.data[told_of] = found.codes
        return empty._replace(words=tuple(found.values.to_list()))
    empty.data[told_of] = values.gather(told_of).to_numpy()
    return empty


_WHAT = "ChurnState"


def _house(rule: Rule | Churn | House) -> House | None:
    return rule if isinstance(rule, (Book, Editions)) else None


@frozen(eq=False)
class ChurnState:
    """How every vehicle stands at the end of a day, with all that the policy needs to go on; made by :meth:`of`."""

    policy: Churn
    on: date
    """All events of this day are in it."""
    zone: tzinfo
    customers: pl.Series
    owners: Ints
    vins: pl.Series
    _cars: _Cars
    _table: Table
    house: House | None = None
    """The book, or the editions of one, where it was made from them."""

    @property
    def book(self) -> str:
        """The name of the book; empty where it was made from a rule alone."""
        return self.house.name if self.house else ""

    @property
    def edition(self) -> str:
        """The edition of the day; empty where it was made from a rule alone."""
        return self.house.on(self.on).edition if self.house else ""

    @classmethod
    def of(
        cls,
        events: Packed | Iterable[Event] | IntoFrame,
        rule: Rule | Churn | House,
        *,
        on: date,
        zone: tzinfo | None = None,
    ) -> ChurnState:
        """The state at the end of the day ``on``, from all events up to it; of several editions under that of the day.

        Raises :class:`LifecycleError` for a policy that reads facts of the customer.
        """
        a_day(on)
        churn = policy(rule, on)
        reads_vehicles(churn)
        zone = zone_of(rule, zone)
        packed = pack(events, zone=zone).as_of(on)
        facts = _of(churn)
        cars = _nothing(facts, packed.owners.size)
        start = 0
        for piece in packed.blocks():
            rows = np.arange(start, start + piece.owners.size)
            cars = cars.with_(rows, _stand(piece, churn, _nothing(facts, rows.size)))
            start += rows.size
        table = evolve(packed.table, columns={}, rows=0)
        return cls(churn, on, zone, packed.customers, packed.owners, packed.vins, cars, table, _house(rule))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a Parquet file, whole or not at all: a row a vehicle (or a customer who has none).

        Its metadata name the schema, the book and its edition where there is one, the policy, the zone and the day.
        """
        kept = self._cars
        flags = {"known": kept.known, "returned": kept.returned, "inspected": kept.inspected}
        facts = [_series(name, column).alias(f"fact.{name}") for name, column in kept.facts.items()]
        table = pl.DataFrame({"customer": self.customers.gather(self.owners), "vehicle": self.vins, **flags})
        table = table.with_columns(kept.entered.alias("entered"), *facts)
        alone = np.setdiff1d(np.arange(len(self.customers), dtype=np.int32), self.owners)
        others = pl.DataFrame([self.customers.gather(alone).alias("customer")])
        whole = pl.concat([table, others], how="diagonal").sort("customer", "vehicle")
        write(whole.lazy(), path, self._told() | {"backend": self._table.backend, "lazy": str(self._table.lazy)})

    def _told(self) -> dict[str, str]:
        return told(_WHAT, self.on, self.zone, repr(self.policy), book=self.book, edition=self.edition)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], rule: Rule | Churn | House, *, zone: tzinfo | None = None
    ) -> ChurnState:
        """The state that :meth:`save` wrote, to go on with under the same policy.

        ``zone`` is the book's, or Shanghai, unless it is given. Raises :class:`LifecycleError` for what is no such file, and
        for one of another schema, policy or zone, or of another book or edition than the one that is given.
        """
        house = _house(rule)
        its_zone = zone_of(rule, zone)

        def wanted(on: date) -> dict[str, str]:
            named = {"book": house.name, "edition": house.on(on).edition} if house else {}
            return told(_WHAT, on, its_zone, repr(policy(rule, on)), **named)

        on, found = read_told(path, _WHAT, wanted)
        churn = policy(rule, on)
        table = pl.read_parquet(Path(path))
        people = encode(table["customer"])
        here = np.flatnonzero(table["vehicle"].is_not_null().to_numpy())
        cars = table[here]
        facts = {name: _column(column.kind, cars[f"fact.{name}"]) for name, column in _of(churn).items()}
        known, returned, inspected = (cars[name].to_numpy() for name in ("known", "returned", "inspected"))
        kept = _Cars(facts, known, returned, inspected, cars["entered"])
        table_of = Table({}, 0, found["backend"], found["lazy"] == str(True))
        return cls(churn, on, its_zone, people.values, people.codes[here], cars["vehicle"], kept, table_of, house)

    def then(self, events: Packed | Iterable[Event] | IntoFrame = (), *, on: date) -> ChurnState:
        """The state at the end of a later day, from the events since; equal to one made from all events (LM3).

        The events lie after :attr:`on`, and not after the new day. What reaches back — a void of an older event, two
        customers who turn out to be one, an event that comes late, an edition with another churn rule, which tells the past
        anew — asks for all events again, and is refused.
        """
        self._day(on)
        new = pack(events, zone=self.zone)
        self._check(new, on)
        new = new.as_of(on)
        if not new.events:
            return evolve(self, on=on)
        people = _as_one(self.customers, new.customers)
        # every vehicle of the customers who are named: what names no vehicle may concern them all
        whose = np.flatnonzero(people.there)
        first = np.searchsorted(self.owners, people.at.astype(np.int32), "left")
        width = np.searchsorted(self.owners, people.at[whose].astype(np.int32), "right") - first[whose]
        rows = np.repeat(first[whose] - np.cumsum(width) + width, width)
        rows = rows + np.arange(rows.size)
        theirs = {"owner": np.repeat(whose, width).astype(np.int32), "vin": self.vins.gather(rows), "row": rows}
        named = {"owner": new.owners, "vin": new.vins, "new": np.arange(new.owners.size)}
        cars = pl.concat([pl.DataFrame(theirs), pl.DataFrame(named)], how="diagonal")
        cars = cars.group_by("owner", "vin").agg(pl.col("row", "new").max().fill_null(-1)).sort("owner", "vin")
        owner, row, of_new = (cars[name].to_numpy() for name in ("owner", "row", "new"))
        number = np.full(new.owners.size + 1, -1, np.int32)  # the last stands for none
        number[of_new[of_new >= 0]] = np.flatnonzero(of_new >= 0)
        packed = evolve(new, owners=owner, vins=cars["vin"], vehicle=number[new.vehicle])
        after = _stand(packed, self.policy, self._cars.at(row))

        strange = row < 0
        if people.there.all() and not strange.any():
            return evolve(self, on=on, cars=self._cars.with_(row, after))
        # before which row each new vehicle stands: after the vehicles of its customer that are known and lie before it
        known: Rows = np.cumsum(~strange) - ~strange
        place = first[owner] + known - known[np.searchsorted(owner, owner, "left")]
        at = place[strange]
        row = np.where(strange, place, row + np.searchsorted(at, row, "right"))
        row[strange] += np.arange(at.size)
        order = np.insert(np.arange(self._cars.size), at, self._cars.size + np.flatnonzero(strange))
        return evolve(
            self,
            on=on,
            customers=people.values,
            owners=np.insert(people.old[self.owners], at, people.new[owner[strange]]).astype(np.int32),
            vins=pl.concat([self.vins, cars["vin"].alias(self.vins.name)]).gather(order),
            cars=self._cars.inserted(at).with_(row, after),
        )

    def _check(self, new: Packed, on: date) -> None:
        again = "make the state from all events"
        first = date.fromordinal(int(new.day.min())) if new.events else None
        if first is not None and first <= self.on:
            raise LifecycleError(
                f"an event of {first} comes late: the state holds all of {self.on}", argument="events", value=first,
                remedy=again,
            )  # fmt: skip
        last = date.fromordinal(new.last_day) if new.events else None
        if last is not None and last > on:
            raise LifecycleError(
                f"an event of {last} lies after on={on}",
                argument="events",
                value=last,
                remedy="give it with its own day",
            )
        if (new.kind == CODES["merged"]).any():
            raise LifecycleError("two customers turn out to be one", argument="events", value="merged", remedy=again)
        voids = np.flatnonzero(new.kind == CODES["voided"])
        if voids.size:
            ids, of = new.texts("id"), new.told("of", voids)
            own = [] if ids is None else ids.cast(pl.String).to_list()
            here = set(zip(new.customer.tolist(), own, strict=False))
            for row, customer in enumerate(new.customer[voids].tolist()):
                target = of.value(row)
                if (customer, target) not in here:
                    raise LifecycleError(
                        f"a void takes back {target!r}, which is none of the new events", argument="of", value=target,
                        remedy=again,
                    )  # fmt: skip

    def lost(self, *, on: date | None = None) -> Any:
        """As :func:`lifecycle.columns.lost` of all events: ``customer, vehicle, status, since``.

        ``on`` is the day of the state, or a later one, if nothing happens until then.
        """
        day = self._day(on)
        found = dues(self.policy, self._cars)
        return self._table.give(self._vehicles(status_and_since(found, self._cars.column("gone_on"), day)))

    def churn(self, *, on: date | None = None) -> Any:
        """As :func:`lifecycle.columns.churn` of all events: each vehicle's activity, due days, and whether it is lost.

        ``on`` is the day of the state, or a later one, if nothing happens until then.
        """
        day = self._day(on)
        found = dues(self.policy, self._cars)
        label = labelled(found, day, self._cars.returned, self._cars.inspected)
        return self._table.give(
            self._vehicles(churn_columns(self._cars, self.policy, label, found.at_risk, found.lost))
        )

    def _day(self, on: date | None) -> date:
        if on is None:
            return self.on
        self._same_rule(not_before(self.on, on))
        return on

    def _same_rule(self, on: date) -> None:
        """Raise where another rule than that of the state is in force on a day: it tells the whole past anew."""
        book = self.house.on(on) if self.house else None
        if book is not None and book.churn != self.policy:
            raise LifecycleError(
                f"on {on} edition {book.edition} is in force, whose churn rule is another than that of {self.on}", argument="on",
                value=on, remedy="make the state of that day from all events",
            )  # fmt: skip

    def _vehicles(self, answer: Mapping[str, pl.Series]) -> pl.DataFrame:
        table = pl.DataFrame({"customer": self.customers.gather(self.owners), "vehicle": self.vins, **answer})
        return table if self._cars.known.all() else table.filter(pl.Series(self._cars.known))

    def __repr__(self) -> str:
        return f"<ChurnState of {len(self.customers):,} customers, {self._cars.known.sum():,} vehicles, on {self.on}>"
