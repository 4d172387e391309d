"""A whole replay kept between days: the events with their last answers, and a day's new events on top of them.

In: a table of events and a book; then, day by day, the new events alone. Out: :class:`State`, whose answers are those that
all events from the beginning would give (LM3), late events, voids, mergers and doubles included: only the customers of whom
something new is told, or for whom something falls due by the day, are replayed. :class:`~lifecycle.columns.state.ChurnState`
keeps less and is quicker, and looks back at nothing. Next room: :mod:`lifecycle.columns.saved`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from attrs import evolve, frozen

from lifecycle.book import House, a_house
from lifecycle.columns import balances
from lifecycle.columns.codes import Ints, Rows
from lifecycle.columns.column import column_of, kind_of_fact
from lifecycle.columns.days import NEVER, days
from lifecycle.columns.door import FACT_EVENT, HEADERS, KIND_NAMES, Table, read_table
from lifecycle.columns.families import families, together
from lifecycle.columns.packing import Packed, from_events, kinds_mask, pack
from lifecycle.columns.replaying import replay, vehicles
from lifecycle.columns.saved import not_before, policy_text, read_told, told, write
from lifecycle.columns.standing import Calendar
from lifecycle.columns.tellings import numbers
from lifecycle.dates import add_months
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.kinds import kind_named
from lifecycle.tiers import ORDINARY

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["State"]

_EXACT: dict[str, Any] = {"money": pl.Decimal(38, 2), "count": pl.Int64(), "yesno": pl.Boolean(), "day": pl.Date()}
_WHAT = "State"
_PARTS = ("events", "customers", "vehicles")
#: The day on which something falls due for a customer of whom nothing is told; null where nothing ever does.
_DUE = "falls_due"
_EPOCH = date(1970, 1, 1).toordinal()


@frozen(eq=False)
class State:
    """How every customer and vehicle stands at the end of a day, with the events that say so; made by :meth:`of`."""

    book: House
    on: date
    """All events up to this day that were told are in it (closed); those of later days wait."""
    events: pl.DataFrame
    """What was told, each event once, in exact types."""
    _people: pl.DataFrame
    vehicles: pl.DataFrame
    """As :func:`lifecycle.columns.vehicles` of all events."""

    @property
    def customers(self) -> pl.DataFrame:
        """As :func:`lifecycle.columns.replay` of all events, points and tier included."""
        return self._people.drop(_DUE)

    @classmethod
    def of(cls, events: Iterable[Event] | IntoFrame, book: House, *, on: date) -> State:
        """The state at the end of the day ``on``, from all events (those after it wait for their day)."""
        a_day(on)
        a_house(book)
        return cls(book, on, *_answered(_exact(events, book), book, on))

    def then(self, events: Iterable[Event] | IntoFrame = (), *, on: date) -> State:
        """The state at the end of the day ``on``, :attr:`on` or a later one, from what was told since: of any day.

        Equal to one made from all that was ever told (LM3, LM4): an event that comes late is sorted in, the same one told
        again is one, a void takes back what it names, two customers who turn out to be one become one. Where an edition
        begins that says otherwise, everybody is replayed, from the events that are kept.
        """
        not_before(self.on, on)
        new = _exact(events, self.book)
        known = self.events
        if new.height:
            known, new = _alike(known, new, self.book)
        both = pl.concat([known, new], how="diagonal_relaxed") if new.height else known
        people = self._people
        fell_due = (people if self._another_begins(on) else people.filter(pl.col(_DUE) <= on))["customer"]
        again = _with_families(pl.concat([_names(new), _names_of(fell_due)]).unique(), both)
        if not again.len():
            return evolve(self, on=on)
        mine = _of(both, again)
        told_again, theirs, cars = _answered(both.filter(mine), self.book, on)
        return evolve(
            self,
            on=on,
            events=pl.concat([both.filter(~mine), told_again], how="diagonal_relaxed"),
            people=together(theirs, people.filter(~_of(people, again)), ["customer"]),
            vehicles=together(cars, self.vehicles.filter(~_of(self.vehicles, again)), ["customer", "vehicle"]),
        )

    def _another_begins(self, on: date) -> bool:
        """Whether an edition that says otherwise begins after the day of the state, and up to ``on``."""
        now = self.book.on(self.on)
        return any(since > self.on and book.diff(now) for since, book in self.book.editions(on))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a Parquet file, whole or not at all; its metadata name the schema, book, edition, policy and day."""
        tables = zip(
            _PARTS, (self.events.sort("customer", maintain_order=True), self._people, self.vehicles), strict=True
        )
        parts = [
            table.lazy().select(pl.lit(part).alias("part"), pl.all().name.prefix(f"{part}.")) for part, table in tables
        ]
        write(pl.concat(parts, how="diagonal"), path, _wanted(self.book, self.on))

    @classmethod
    def load(cls, path: str | os.PathLike[str], book: House) -> State:
        """The state that :meth:`save` wrote, to go on with under the same book.

        Raises :class:`LifecycleError` for what is no such file, and for one of another schema, book, edition or policy.
        """
        on, _ = read_told(path, _WHAT, partial(_wanted, book))
        whole = pl.scan_parquet(Path(path))
        names = whole.collect_schema().names()
        tables: list[pl.DataFrame] = []
        for part in _PARTS:
            mine = {name: name.removeprefix(f"{part}.") for name in names if name.startswith(f"{part}.")}
            tables.append(whole.filter(pl.col("part") == part).select(list(mine)).rename(mine).collect())
        return cls(book, on, *tables)

    def __repr__(self) -> str:
        return f"<State of {self._people.height:,} customers, {self.events.height:,} events, on {self.on}>"


def _wanted(book: House, on: date) -> dict[str, str]:
    return told(_WHAT, on, book.zone, policy_text(book, on), book=book.name, edition=book.on(on).edition)


# -- what was told --------------------------------------------------------------------------------------------------------


def _exact(events: Any, book: House) -> pl.DataFrame:
    """The events of a frame in exact types, so that days told in different ways go together."""
    if isinstance(events, Packed):
        raise LifecycleError(
            "a packed history has lost how it was told", argument="events", value=events, remedy="give the frame itself"
        )
    table = read_table(from_events(events, book.zone))
    if table.rows:
        pack(events, zone=book.zone)  # which says what is wrong with them
    return pl.DataFrame([_column(table, name) for name in table.columns])


def _column(table: Table, name: str) -> pl.Series:
    values = table.columns[name]
    if name == "event":
        return _kinds(values)
    if name == "at":
        zone = getattr(values.dtype, "time_zone", None)
        return values if values.dtype == pl.Date else values.cast(pl.Datetime("us", "UTC" if zone else None))
    if name in ("customer", "id"):
        return values if name == "customer" and values.dtype.is_integer() else values.cast(pl.String)
    fact = "event" if name == FACT_EVENT else name
    kind = kind_of_fact(fact)
    header = HEADERS.get(fact, fact)
    if kind == "text":
        return values.cast(pl.String).alias(header)
    exact = _EXACT[kind]
    if values.dtype == exact:
        return values.alias(header)
    column = column_of(fact, values)
    if kind == "day":
        return days(header, np.where(column.known, column.data, np.int32(NEVER)))
    given = pl.Series(header, np.where(column.known, column.data, 0))
    given = (given.cast(pl.Decimal(38, 2)) / 100).cast(exact) if kind == "money" else given.cast(exact)
    return given.alias(header).set(pl.Series(~column.known), None)


def _kinds(values: pl.Series) -> pl.Series:
    kind = pl.Enum(KIND_NAMES)
    if values.dtype == kind:
        return values
    names = values.cast(pl.String)
    table = {str(name): kind_named(str(name)).name for name in names.unique().to_list()}
    return names.replace_strict(table, return_dtype=kind)


def _alike(known: pl.DataFrame, new: pl.DataFrame, book: House) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with days or both with instants, and one type of ids."""
    if not known.height:
        return new.clear(), new
    if known.schema["customer"] != new.schema["customer"]:
        raise LifecycleError(
            f"customers are {new.schema['customer']} here, and {known.schema['customer']} in the state",
            argument="customer", value=str(new.schema["customer"]), remedy="give the ids one type",
        )  # fmt: skip
    if ("id" in known.columns) != ("id" in new.columns):
        raise LifecycleError(
            "either the events of the state or the new ones have no id", argument="id", value=None,
            remedy="give each event its id, always or never",
        )  # fmt: skip
    if "event" not in known.columns and "event" in new.columns:
        known = known.with_columns(event=pl.lit("vehicle_handed_over", pl.Enum(KIND_NAMES)))
    if "event" in known.columns and "event" not in new.columns:
        new = new.with_columns(event=pl.lit("vehicle_handed_over", pl.Enum(KIND_NAMES)))
    kinds = [table.schema["at"] for table in (known, new)]
    if kinds[0] == kinds[1]:
        return known, new
    if pl.Date not in kinds:
        raise LifecycleError(
            "some instants have a time zone and some have none", argument="at", value=str(kinds[1]),
            remedy="give the instants one type",
        )  # fmt: skip
    if kinds[0] == pl.Date:
        return _instants(known, kinds[1], book), new
    return known, _instants(new, kinds[0], book)


def _instants(table: pl.DataFrame, kind: Any, book: House) -> pl.DataFrame:
    """Days as the instants at which they begin in the house."""
    at = pl.col("at").cast(pl.Datetime("us"))
    if kind.time_zone:
        at = at.dt.replace_time_zone(getattr(book.zone, "key", "UTC"), non_existent="raise").dt.convert_time_zone("UTC")
    return table.with_columns(at)


# -- who is replayed ------------------------------------------------------------------------------------------------------


def _names(table: pl.DataFrame) -> pl.Series:
    return _names_of(table["customer"]) if table.height else pl.Series("customer", [], pl.String)


def _names_of(ids: pl.Series) -> pl.Series:
    return ids.cast(pl.String).alias("customer")


def _of(table: pl.DataFrame, names: pl.Series) -> pl.Series:
    """Which rows are of these customers."""
    ids = table["customer"]
    wanted = names if ids.dtype == pl.String else names.cast(ids.dtype, strict=False).drop_nulls()
    return ids.is_in(wanted.implode())


def _with_families(names: pl.Series, events: pl.DataFrame) -> pl.Series:
    """These customers, and all with whom they are, or were, or may be one."""
    if "into" not in events.columns or not names.len():
        return names
    pairs = events.filter(pl.col("into").is_not_null()).select(pl.col("customer").cast(pl.String), "into").rows()
    top = families(pairs)
    mine = set(names.to_list())
    tops = {of for one, of in top.items() if one in mine}
    return pl.concat([names, pl.Series("customer", [one for one, of in top.items() if of in tops], pl.String)]).unique()


def _answered(table: pl.DataFrame, book: House, on: date) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The events, each once, in order; the customers with the day on which something falls due; the vehicles."""
    packed = pack(table, zone=book.zone)
    people, cars = replay(packed, book, on=on), vehicles(packed, book, on=on)
    lots = balances.points(packed, book, on=on, rows="lot")
    due = np.full(len(packed.customers), NEVER, np.int32)
    later = packed.day > np.int32(on.toordinal())
    np.minimum.at(due, packed.customer[later], packed.day[later])
    for given, columns in ((cars, ("at_risk_due", "lost_due")), (lots, ("active_on", "gone_on"))):
        whose = _places(packed.customers, given["customer"])
        for name in columns:
            day: Ints = (given[name].to_physical() + _EPOCH).fill_null(NEVER).to_numpy()
            ahead = day > np.int32(on.toordinal())
            np.minimum.at(due, whose[ahead], day[ahead].astype(np.int32))
    _tiers_fall(due, packed.as_of(on), people["tier"], book, on)
    told_once = table if packed.rows is None else table[packed.rows]
    return told_once, people.with_columns(days(_DUE, due)), cars


def _tiers_fall(due: Ints, packed: Packed, tier: pl.Series, house: House, on: date) -> None:
    """Bring forward the days of those whose tier may fall: what made it leaves the window, or a grace is over."""
    _, policy, tiers = house.ledger(on)[-1]
    if tiers is None or tiers.downgrade == "never" or not packed.events:
        return

    def next_step(day: date) -> date:
        """The first day after ``on`` on which what happened on ``day`` may let a tier fall; the end of time for never."""
        falls = tiers.counts_until(day)
        for _ in tiers.names:
            if falls > on or not tiers.grace_months:
                break
            falls = add_months(falls, tiers.grace_months)
        return falls if falls > on else date.max

    heard = numbers(packed, packed.places(kinds_mask(policy.heard(tiers))))
    heard = heard[(tier != ORDINARY).to_numpy()[packed.customer[heard]]]
    if heard.size:
        day = packed.day[heard]
        np.minimum.at(due, packed.customer[heard], Calendar(next_step, int(day.min()), int(day.max())).after(day))


def _places(ids: Any, of: pl.Series) -> Rows:
    return np.asarray(ids.search_sorted(of), np.intp)
