"""Packing: the events of many customers as arrays, each event once, in canonical order.

In: a tidy frame, or events. Out: :class:`Packed`: customers and vehicles numbered in the order of their ids, and for each
event the number of both, the day, the microseconds of it, the kind and the row that it was told in. The order is (customer,
day, elapsed, rank, id), whatever the order of the rows (LM4); who was entered twice is one; the same id twice is one event,
with other content an error. :meth:`Packed.as_of` drops what lies after a day and what was voided. Next room:
:mod:`lifecycle.columns.fact_columns`.

Much can be asked without any order (the last visit is the latest), so :func:`loosely` packs without sorting, and
:meth:`Packed.in_order` sorts when it must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
import polars as pl
from attrs import evolve, field, frozen

from lifecycle.columns.codes import (
    Bools,
    Codes,
    Ints,
    Longs,
    Rows,
    encode,
    fold_bits,
    in_order,
    in_order_with_ties,
    in_pieces,
    marked,
    side_by_side,
    stretches,
    ties,
)
from lifecycle.columns.column import Column, nothing_told
from lifecycle.columns.days import instants
from lifecycle.columns.door import FACT_EVENT, KIND_NAMES, Table, read_table, tidy
from lifecycle.customer import UNNAMED
from lifecycle.dates import SHANGHAI, a_zone
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, voided_ids
from lifecycle.facts import OF_SOME_VEHICLE
from lifecycle.kinds import FACTS, KINDS, kind_named

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["CODES", "Cut", "Kinds", "Packed", "Places", "flags_of", "from_events", "kinds_mask", "loosely", "pack"]

_T = TypeVar("_T")
Kinds = npt.NDArray[np.uint8]
#: Places of events; a slice of everything costs nothing to index with.
Places = Rows | slice
_EVERYWHERE = slice(None)
#: The number of each kind of event: its rank.
CODES: Mapping[str, int] = {name: kind.rank for name, kind in KINDS.items()}
_JOB, _VOIDED, _MERGED = CODES["vehicle_handed_over"], CODES["voided"], CODES["merged"]


def kinds_mask(names: Iterable[str]) -> Bools:
    """For each kind of event, by its number, whether it is one of these."""
    mask = np.zeros(len(KIND_NAMES), np.bool_)
    mask[[CODES[name] for name in names]] = True
    return mask


def flags_of(kind: Kinds, mask: Bools) -> Bools:
    """Whether each event is of a kind that the mask has."""
    some = np.flatnonzero(mask)
    if some.size > 16:
        return mask[kind]
    flags = np.zeros(kind.size, np.bool_)
    for one in some.astype(np.uint8):  # a few comparisons cost less than one look-up
        flags |= kind == one
    return flags


#: For each fact the kinds of event that may tell it.
_TELLING = {fact: kinds_mask(name for name, kind in KINDS.items() if fact in kind.facts) for fact in FACTS}
_DERIVED = kinds_mask(name for name, kind in KINDS.items() if kind.derived)
_ABOUT = kinds_mask(name for name, kind in KINDS.items() if kind.about_vehicle)
_SOME_VEHICLE = kinds_mask(OF_SOME_VEHICLE)


class Cut(NamedTuple):
    """A piece of a packed history: its customers, from the first to the end (open), and the places of their events."""

    first: int
    end: int
    here: slice


@frozen(eq=False)
class Packed:
    """Events as arrays, made by :func:`pack`; arrays of events have one length and one order.

    ``customers`` are the ids, ascending; a vehicle is known by (customer, VIN), and visits of no named vehicle are those
    of one called ``-``.
    """

    customers: pl.Series
    """The ids of the customers, ascending; a customer's number is his place."""
    owners: Ints
    """The customer of each vehicle; ascending, the VINs of one customer in order."""
    vins: pl.Series
    customer: Ints
    """Of each event, the number of its customer; ascending where the events are in order."""
    vehicle: Ints
    """Of each event, the number of its vehicle; −1 for events about none."""
    day: Ints
    """Of each event, the ordinal of its civil day in the house's zone."""
    elapsed: Longs | None
    """Of each event, the microseconds of its day that had passed; None where every event is told by the day."""
    kind: Kinds
    """Of each event, the number (the rank) of its kind."""
    rows: Rows | None
    """Of each event, the row of the table that tells it; None where that is its own place."""
    table: Table
    zone: tzinfo = SHANGHAI
    ordered: bool = False
    """Whether the events are known to stand in canonical order."""
    _kept: dict[Any, Any] = field(factory=dict[Any, Any], init=False, repr=False)

    @property
    def events(self) -> int:
        """How many events there are."""
        return self.day.size

    def told(self, name: str, places: Places) -> Column:
        """The values of a fact at some places of the events."""
        if self.table.series(name) is None:
            return nothing_told(name, self.day[places].size)
        column = self.table.fact(name)
        if self.rows is None:
            return column if isinstance(places, slice) else column.at(places)
        if not isinstance(places, slice) and 4 * places.size < self.events:
            return column.at(self.rows[places])
        found: Column | None = self._kept.get(name)
        if found is None:
            telling = self.places(_TELLING[name])
            if isinstance(telling, slice):
                found = column.at(self.rows)
            else:
                found = column._replace(data=np.full(self.events, column.missing, column.data.dtype))
                found.data[telling] = column.data[self.rows[telling]]
            if self._piece:  # a fact that is asked once is asked again
                self._kept[name] = found
        return found if isinstance(places, slice) else found.at(places)

    @property
    def _piece(self) -> bool:
        """Whether this is a small part of the table, of which more can be kept."""
        return 2 * self.events < self.table.rows

    def at_rows(self, places: Places) -> Places:
        """The rows of the table that tell the events at these places."""
        if self.rows is None:
            return places
        return self.rows if isinstance(places, slice) else self.rows[places]

    def texts(self, name: str, places: Places = _EVERYWHERE) -> pl.Series | None:
        """A column of the table as it stands, at some places of the events; None where there is none."""
        column = self.table.columns.get(name)
        rows = self.at_rows(places)
        return column if column is None or isinstance(rows, slice) else column.gather(rows)

    def places(self, mask: Bools) -> Places:
        """The places of the events whose kind the mask has (see :func:`kinds_mask`); a slice where all are."""
        has = self.has
        if not (has & ~mask).any():
            return _EVERYWHERE
        mask = mask & has
        asked = mask.tobytes()
        found: Rows | None = self._kept.get(asked)
        if found is None:
            found = np.flatnonzero(flags_of(self.kind, mask)) if mask.any() else np.empty(0, np.intp)
            found.flags.writeable = False  # several have it
            if self._piece:
                self._kept[asked] = found
        return found

    @property
    def has(self) -> Bools:
        """For each kind of event, by its number, whether there may be one: of the others there is none."""
        found: Bools | None = self._kept.get("has")
        if found is None:
            found = self._kept["has"] = np.zeros(len(KIND_NAMES), np.bool_)
            some = np.unique(self.kind[:: max(self.events >> 8, 1)])
            found[some] = True
            if some.size < 16:  # a look at a few, and the rest only if there are others
                others = np.flatnonzero(~flags_of(self.kind, found))
                found[self.kind[others]] = True
            else:
                found[self.kind] = True
        return found

    def kept(self, name: str, asked: Any, make: Callable[[], _T]) -> _T:
        """What was made under this name when the same was ``asked`` last; else it is made now, and kept instead."""
        found: tuple[Any, _T] | None = self._kept.get(name)
        if found is None or found[0] != asked:
            found = self._kept[name] = asked, make()
        return found[1]

    @property
    def last_day(self) -> int:
        """The ordinal of the last day on which anything happened; 0 where nothing did."""
        found: int | None = self._kept.get("last")
        if found is None:
            found = self._kept["last"] = int(self.day.max(initial=0))
        return found

    @property
    def all_about_vehicles(self) -> bool:
        """Whether every event is about a vehicle."""
        found: bool | None = self._kept.get("about")
        if found is None:
            found = self._kept["about"] = int(self.vehicle.min(initial=0)) >= 0
        return found

    @property
    def by_vehicle(self) -> bool:
        """Whether every event is about a vehicle, and they stand vehicle by vehicle."""
        found: bool | None = self._kept.get("by_vehicle")
        if found is None:
            found = self.all_about_vehicles and _ascending(self.vehicle)
            self._kept["by_vehicle"] = found
        return found

    def as_of(self, on: date) -> Packed:
        """The events up to ``on`` (closed) that have not been voided by then; a void may itself be voided."""
        a_day(on)
        last = on.toordinal()
        keep = self.day <= np.int32(last) if self.last_day > last else None
        if self.has[_VOIDED]:
            voided = self._voided(keep)
            if voided.size:
                keep = np.ones(self.events, np.bool_) if keep is None else keep
                keep[voided] = False
        return self if keep is None else self.only(np.flatnonzero(keep), ordered=self.ordered)

    def only(self, places: Rows, *, ordered: bool = False) -> Packed:
        """The events at these places, as they are told; customers and vehicles keep their numbers."""
        return evolve(
            self,
            customer=self.customer[places],
            vehicle=self.vehicle[places],
            day=self.day[places],
            elapsed=None if self.elapsed is None else self.elapsed[places],
            kind=self.kind[places],
            rows=places if self.rows is None else self.rows[places],
            ordered=ordered,
        )

    def of_customers(self, some: Ints) -> Packed:
        """The events of some customers (ascending), who are numbered anew from 0. The events stand in order."""
        mine = np.zeros(len(self.customers), np.bool_)
        mine[some] = True
        cars = mine[self.owners]
        number = np.cumsum(mine, dtype=np.int32) - np.int32(1)
        car = np.append(np.cumsum(cars, dtype=np.int32) - np.int32(1), np.int32(-1))  # the last stands for none
        if self.ordered:
            ends = np.searchsorted(self.customer, np.append(some, some + np.int32(1)).astype(np.int32), "left")
            here = stretches(ends[: some.size], ends[some.size :] - 1)
        else:
            here = np.flatnonzero(mine[self.customer])
        found = self.only(here, ordered=self.ordered)
        rows = np.arange(found.events) if found.rows is None else found.rows
        gathered = side_by_side(lambda column: column.gather(rows), list(self.table.columns.values()))
        columns = dict(zip(self.table.columns, gathered, strict=True))
        return evolve(
            found,
            table=evolve(self.table, columns=columns, rows=found.events),
            rows=None,
            customers=self.customers.gather(some),
            owners=number[self.owners[cars]],
            vins=self.vins.gather(np.flatnonzero(cars)),
            customer=number[found.customer],
            vehicle=car[found.vehicle],
        )

    def blocks(self, events: int = 1 << 18) -> Iterator[Packed]:
        """The same in pieces of about so many events, whole customers each, numbered anew from 0 in every piece.

        Pieces that fit the processor's cache are worked through in half the time. The events stand in order.
        """
        return map(self.block, self.cuts(events))

    def cuts(self, events: int = 1 << 18) -> list[Cut]:
        """Where to cut for :meth:`blocks`."""
        found: list[Cut] = []
        first = 0
        while first < len(self.customers):
            start = int(np.searchsorted(self.customer, np.int32(first)))
            stop = start + events
            if stop >= self.events:
                end, stop = len(self.customers), self.events
            else:
                end = max(int(self.customer[stop]), first + 1)
                stop = int(np.searchsorted(self.customer, np.int32(end)))
            found.append(Cut(first, end, slice(start, stop)))
            first = end
        return found

    def block(self, cut: Cut) -> Packed:
        """One of the pieces."""
        first, end, here = cut
        if not first and end == len(self.customers):
            return self
        cars = slice(*np.searchsorted(self.owners, np.array((first, end), np.int32)).tolist())
        vehicle = self.vehicle[here]
        if cars.start:
            vehicle = vehicle - np.int32(cars.start)
            if not self.all_about_vehicles:
                np.maximum(vehicle, np.int32(-1), out=vehicle)
        block = evolve(
            self,
            customers=self.customers[first:end],
            owners=self.owners[cars] - np.int32(first),
            vins=self.vins[cars],
            customer=self.customer[here] - np.int32(first),
            vehicle=vehicle,
            day=self.day[here],
            elapsed=None if self.elapsed is None else self.elapsed[here],
            kind=self.kind[here],
            rows=np.arange(here.start, here.stop) if self.rows is None else self.rows[here],
        )
        block._kept["has"] = self.has
        return block

    def _voided(self, keep: Bools | None) -> Rows:
        """The places of the events that are voided by those kept."""
        flags = self.kind == _VOIDED
        voids = np.flatnonzero(flags if keep is None else flags & keep)
        ids = self.texts("id")
        if ids is None or not voids.size:
            return np.empty(0, np.intp)
        ids = ids.cast(pl.String)
        own, of = ids.gather(voids).to_list(), self.told("of", voids)
        told_by: dict[int, list[Event]] = {}
        for row, (customer, day) in enumerate(
            zip(self.customer[voids].tolist(), self.day[voids].tolist(), strict=True)
        ):
            void = Event(date.fromordinal(day), "voided", own[row], "-", of=of.value(row))
            told_by.setdefault(customer, []).append(void)
        gone = {(customer, id_) for customer, those in told_by.items() for id_ in voided_ids(those)}
        some = np.flatnonzero(ids.is_in([id_ for _, id_ in gone]).to_numpy())
        pairs = zip(self.customer[some].tolist(), ids.gather(some).to_list(), strict=True)
        return some[np.fromiter((pair in gone for pair in pairs), np.bool_, some.size)]

    def in_order(self) -> Packed:
        """The events in canonical order: (customer, day, elapsed, rank, id), whatever the order of the rows (LM4)."""
        if self.ordered:
            return self
        found: Packed | None = self._kept.get("in_order")
        if found is None:
            found = self._kept["in_order"] = evolve(self._in_order(), ordered=True)
        return found

    def _in_order(self) -> Packed:
        if self.events < 2:
            return self
        parts = [_Part(self.customer, 0, len(self.customers)), _span(self.day)]
        if self.elapsed is not None:
            parts.append(_fine(self.elapsed))
        parts.append(_span(self.kind))
        bits = max(self.events - 1, 0).bit_length()
        if sum(max(part.size - 1, 0).bit_length() for part in parts) + bits <= 64:
            return self._by_one_number(parts, bits)
        keys, used = fold_bits([(part.numbers - part.numbers.dtype.type(part.low), part.size) for part in parts])
        parts.clear()
        places, tied, numbers = in_order_with_ties(keys, used)
        del keys
        here = tied if places is None else places[tied]
        order = self._by_id(numbers, here)
        if not (order == here).all():
            places = np.arange(self.events) if places is None else places
            places[tied] = order
        return self if places is None else self.only(places)

    def _by_id(self, keys: Rows, places: Rows) -> Rows:
        """Places with equal keys by their ids; without ids the rows are numbered as they stand, as the readers do it."""
        ids = self.texts("id", places) if places.size else None
        if ids is None:
            return places
        table = pl.DataFrame({"key": keys, "id": ids.cast(pl.String), "place": places})
        return table.sort("key", "id", "place")["place"].to_numpy()

    def _by_one_number(self, parts: list[_Part], bits: int) -> Packed:
        """The order by one number an event, its place behind; what the number says of the event is read off it afterwards."""
        widths = [np.uint64(max(part.size - 1, 0).bit_length()) for part in parts]
        rest, mask = np.uint64(bits), np.uint64((1 << bits) - 1)
        joined = np.empty(self.events, np.uint64)

        def join(some: slice) -> None:
            keys = np.zeros(some.stop - some.start, np.uint64)
            for (numbers, low, _), width in zip(parts, widths, strict=True):
                keys <<= width
                keys |= (numbers[some] - numbers.dtype.type(low)).astype(np.uint64)
            keys <<= rest
            keys |= np.arange(some.start, some.stop, dtype=np.uint64)
            joined[some] = keys

        in_pieces(self.events, join)
        stands = bool((joined[1:] > joined[:-1]).all())
        if not stands:
            joined.sort()
        equal = np.empty(self.events - 1, np.bool_)

        def compare(some: slice) -> None:
            later, sooner = joined[some.start + 1 : some.stop + 1], joined[some]
            equal[some] = later ^ sooner <= mask

        in_pieces(equal.size, compare)
        tied, runs = ties(equal)
        here = (joined[tied] & mask).astype(np.intp)
        order = self._by_id(runs, here)
        if not (order == here).all():
            joined[tied] = (joined[tied] & ~mask) | order.astype(np.uint64)
            stands = False
        if stands:
            return self
        told: list[npt.NDArray[Any]] = [self.customer, self.day]
        told += [self.kind] if self.elapsed is None else [self.elapsed, self.kind]
        found: list[npt.NDArray[Any]] = [np.empty(self.events, one.dtype) for one in told]
        rows, vehicle = np.empty(self.events, np.int32), np.empty(self.events, np.int32)

        def part(some: slice) -> None:
            keys = joined[some]
            here = (keys & mask).astype(np.int32)
            rows[some] = here if self.rows is None else self.rows[here]
            vehicle[some] = self.vehicle[here]
            keys = keys >> rest
            for one, column, width in zip(told[::-1], found[::-1], widths[::-1], strict=True):
                if one is self.elapsed:
                    column[some] = one[here]
                else:
                    column[some] = keys & np.uint64((1 << int(width)) - 1)
                keys >>= width

        in_pieces(self.events, part)
        found[1] += np.int32(parts[1].low)
        found[-1] += np.uint8(parts[-1].low)
        elapsed = None if self.elapsed is None else found[2]
        return evolve(
            self, customer=found[0], vehicle=vehicle, day=found[1], elapsed=elapsed, kind=found[-1], rows=rows
        )


def _ascending(numbers: npt.NDArray[Any]) -> bool:
    return bool((numbers[1:] >= numbers[:-1]).all())


class _Part(NamedTuple):
    """A part of the key of the order: its numbers, the least of them, and how many there are from that on."""

    numbers: npt.NDArray[Any]
    low: int
    size: int


def _span(numbers: npt.NDArray[Any]) -> _Part:
    low = int(numbers.min())
    return _Part(numbers, low, int(numbers.max()) - low + 1)


# -- making it ------------------------------------------------------------------------------------------------------------


def pack(events: Packed | Iterable[Event] | IntoFrame, *, zone: tzinfo = SHANGHAI) -> Packed:
    """Events as arrays: of a tidy frame (see :func:`lifecycle.columns.frame`), or of a list of :class:`Event`.

    ``zone`` is the house's: instants are brought into it, and an instant without a zone is local to it. What is packed
    already is given back. Raises :class:`LifecycleError` for what cannot be taken: an unknown kind, a blank customer or
    day, one id with two contents, one customer merged into two.
    """
    return loosely(events, zone).in_order()


def loosely(events: Packed | Iterable[Event] | IntoFrame, zone: tzinfo) -> Packed:
    """The same without the order: the events stand as the rows of the table do."""
    if isinstance(events, Packed):
        return events
    a_zone(zone)
    return _pack(read_table(from_events(events, zone)), zone)


def from_events(events: object, zone: tzinfo) -> Any:
    """The tidy frame of a list of events, or of histories; what is none of these as it is: a frame, or nothing at all."""
    given: list[object]
    as_it_is: Any = events
    if isinstance(events, Mapping):
        given = [event for history in cast("Mapping[str, Iterable[object]]", events).values() for event in history]
    elif isinstance(events, (Sequence, set, frozenset, Iterator)):
        given = list(cast("Iterable[object]", events))
    else:
        return as_it_is
    told = [event for event in given if isinstance(event, Event)]
    return tidy(told, zone) if len(told) == len(given) else as_it_is


def _pack(table: Table, zone: tzinfo) -> Packed:
    columns = table.columns
    for name in ("customer", "at", "event", "id"):
        column = columns.get(name)
        if column is not None and column.null_count():
            row = int(column.is_null().arg_max() or 0)
            raise LifecycleError(
                f"row {row} has no {name}", argument=name, value=None, remedy=f"give each event its {name}"
            )
    kind = _kinds(columns.get("event"), table.rows)
    day, elapsed = instants(columns["at"], zone)
    who = _ids(columns["customer"], "customer")
    if (kind == _MERGED).any():
        who = _merged(who, kind, columns)
    vehicle, owners, vins = _vehicles(columns.get("vehicle"), who, kind)

    return _each_once(Packed(who.values, owners, vins, who.codes, vehicle, day, elapsed, kind, None, table, zone))


def _fine(elapsed: Longs) -> _Part:
    """The instants of a day by their order, as small as they can be told: whole seconds, or microseconds."""
    seconds = elapsed // 1_000_000
    if bool((seconds * 1_000_000 == elapsed).all()):
        return _Part(seconds, 0, int(seconds.max()) + 1)
    return _Part(elapsed, 0, int(elapsed.max()) + 1)


def _kinds(column: pl.Series | None, rows: int) -> Kinds:
    if column is None:
        return np.full(rows, _JOB, np.uint8)
    if isinstance(column.dtype, pl.Enum) and tuple(column.dtype.categories) == KIND_NAMES:
        kind = column.to_physical().cast(pl.UInt8).to_numpy()
    else:
        names = column.cast(pl.String).unique(maintain_order=True)
        table = {str(name): CODES[kind_named(str(name)).name] for name in names.to_list()}
        kind = column.cast(pl.String).replace_strict(table, return_dtype=pl.UInt8).to_numpy().astype(np.uint8)
    made = np.flatnonzero(_DERIVED[kind])
    if made.size:
        name = KIND_NAMES[kind[made[0]]]
        raise LifecycleError(
            f"{name} is made by replay from the policy in force, it is not told", argument="event", value=name,
            remedy="tell the visit or delivery itself",
        )  # fmt: skip
    return kind


def _ids(column: pl.Series, name: str) -> Codes:
    kind = column.dtype
    if not (kind.is_integer() or kind == pl.String):
        if isinstance(kind, (pl.Categorical, pl.Enum)):
            column = column.cast(pl.String)
        else:
            raise LifecycleError(
                f"the column {name} is {kind}, neither texts nor whole numbers", argument=name, value=str(kind),
                remedy=f"make {name} a text",
            )  # fmt: skip
    if column.dtype == pl.String and (column == "").any():
        raise LifecycleError(f"a {name} is an empty text", argument=name, value="", remedy=f"give each event a {name}")
    return encode(column)


def _merged(who: Codes, kind: Kinds, columns: Mapping[str, pl.Series]) -> Codes:
    """The customers, those entered twice as one: as :func:`lifecycle.events.by_customer` does it."""
    into = columns.get("into")
    if into is None:
        return who
    ids = columns.get("id")
    voided: set[str] = set()
    if ids is not None and "of" in columns:
        voided = set(columns["of"].filter(pl.Series(kind == _VOIDED)).cast(pl.String).to_list())
    name_of = {str(name): code for code, name in enumerate(who.values.to_list())}
    targets: dict[int, str] = {}
    for row in np.flatnonzero(kind == _MERGED).tolist():
        if ids is not None and str(ids[row]) in voided:
            continue
        customer, target = int(who.codes[row]), str(into[row])
        if str(who.values[customer]) == target:
            continue  # columns.frame has told his events of the other already
        if targets.setdefault(customer, target) != target:
            raise LifecycleError(
                f"customer {who.values[customer]!r} is merged into {targets[customer]!r} and into {target!r}",
                argument="into", value=target, remedy="void one of the two",
            )  # fmt: skip
    strange = sorted({target for target in targets.values() if target not in name_of})
    values = who.values
    codes = who.codes
    if strange:  # merged into one of whom nothing else is told
        extended = pl.concat([values.cast(pl.String), pl.Series(values.name, strange, pl.String)])
        again = encode(extended)
        values, codes = again.values, again.codes[: len(who.values)][codes]
        name_of = {str(name): code for code, name in enumerate(values.to_list())}
        targets = {int(again.codes[code]): target for code, target in targets.items()}
    final = np.arange(len(values), dtype=np.int32)
    for customer in targets:
        seen = [customer]
        while seen[-1] in targets:
            after = name_of[targets[seen[-1]]]
            if after in seen:
                names = " → ".join(sorted(str(values[one]) for one in seen))
                raise LifecycleError(
                    f"customers are merged in a circle: {names}", argument="into", value=targets[seen[-1]],
                    remedy="void one of the merges",
                )  # fmt: skip
            seen.append(after)
        final[customer] = seen[-1]
    codes = final[codes]
    there = np.zeros(len(values), np.bool_)
    there[codes] = True
    if there.all():
        return Codes(codes, values)
    rank = np.cumsum(there, dtype=np.int32) - np.int32(1)
    return Codes(rank[codes], values.filter(pl.Series(there)))


def _vehicles(column: pl.Series | None, who: Codes, kind: Kinds) -> tuple[Ints, Ints, pl.Series]:
    """The vehicle of each row, and of each vehicle its customer and VIN."""
    unnamed = _SOME_VEHICLE[kind]
    if column is None or column.null_count() == len(column):
        # one vehicle a customer, whose name nobody told
        every = bool(unnamed.all())
        there = np.zeros(len(who.values), np.bool_)
        there[who.codes if every else who.codes[unnamed]] = True
        owners = np.flatnonzero(there).astype(np.int32)
        rank = np.cumsum(there, dtype=np.int32) - np.int32(1)
        vehicle = who.codes if bool(there.all()) else rank[who.codes]
        if not every:
            vehicle = np.where(unnamed, vehicle, np.int32(-1))
        return vehicle, owners, pl.repeat(UNNAMED, owners.size, dtype=pl.String, eager=True).alias("vehicle")
    whole = _whole_vins(column, who, kind) if column.dtype.is_integer() else None
    if whole is not None:
        return whole
    named = column.is_not_null().to_numpy()
    if (named & ~_ABOUT[kind]).any():
        row = int(np.flatnonzero(named & ~_ABOUT[kind])[0])
        raise LifecycleError(
            f"{KIND_NAMES[kind[row]]} is not about a vehicle (row {row})", argument="vehicle", value=column[row],
            remedy="leave vehicle away",
        )  # fmt: skip
    here = np.flatnonzero(named)
    vins = _vins(column.gather(here) if here.size < named.size else column)
    rest = np.flatnonzero(unnamed & ~named)
    if rest.size:
        vins, nobody = _with_unnamed(vins)
        here = np.concatenate((here, rest))
        vins = Codes(np.concatenate((vins.codes, np.full(rest.size, nobody, np.int32))), vins.values)
    codes, owners, which = _owned(vins, who.codes[here] if here.size < kind.size or rest.size else who.codes)
    vehicle = np.full(kind.size, -1, np.int32)
    vehicle[here] = codes
    return vehicle, owners, vins.values.gather(which).alias("vehicle")


def _whole_vins(column: pl.Series, who: Codes, kind: Kinds) -> tuple[Ints, Ints, pl.Series] | None:
    """The same where VINs are whole numbers, close together, each of one customer and told wherever there is one; else None."""
    least: Any = column.min()
    most: Any = column.max()
    size = most - least + 1
    if least < 0 or size > 4 * kind.size or most > np.iinfo(np.int32).max:
        return None
    code = np.empty(kind.size, np.int32)
    owner = np.full(size + 1, -1, np.int32)
    odd: list[bool] = []

    def number(some: slice) -> None:
        told = column[some]
        numbers = told.fill_null(least).to_numpy()
        codes = (numbers - numbers.dtype.type(least)).astype(np.int32)
        of_none = ~_ABOUT[kind[some]]
        if told.null_count():
            untold = told.is_null().to_numpy()
            codes[np.flatnonzero(untold)] = size  # the number of none
            odd.append(bool((_SOME_VEHICLE[kind[some]] & untold).any()))
            of_none &= ~untold
        odd.append(bool(of_none.any()))
        code[some] = codes
        owner[codes] = who.codes[some]  # any of those who have it; that they are one is seen next

    in_pieces(kind.size, number)

    def check(some: slice) -> None:
        codes = code[some]
        odd.append(bool(((owner[codes] != who.codes[some]) & (codes != size)).any()))

    if not any(odd):
        in_pieces(kind.size, check)
    if any(odd):
        return None
    owner[size] = -1  # whoever told an event about none
    there = np.flatnonzero(owner[:size] >= 0)
    by_text = _as_texts(there + least)
    owners, order = _by_owner(owner[there[by_text]])
    order = by_text[order]
    owner[there[order]] = np.arange(there.size, dtype=np.int32)  # now the number of each

    def give(some: slice) -> None:
        code[some] = owner[code[some]]

    in_pieces(kind.size, give)
    return code, owners, pl.Series("vehicle", there[order] + least).cast(pl.String)


def _as_texts(numbers: npt.NDArray[np.int64]) -> Rows:
    """The order of ascending whole numbers, none below 0 nor of more than ten digits, as their texts have it."""
    digits = np.searchsorted(10 ** np.arange(1, 11), numbers, "right")
    # filled up to eleven digits 12 and 120 are the same: the shorter one comes first
    filled = numbers * (10 ** np.arange(10, -1, -1))[digits] * 16 + digits
    order = in_order(filled.astype(np.uint64), 41)
    return np.arange(numbers.size) if order is None else order


def _vins(names: pl.Series) -> Codes:
    """The VINs, ascending as texts."""
    if not names.dtype.is_integer():
        return _ids(names.cast(pl.String), "vehicle")
    found = encode(names)
    texts = found.values.cast(pl.String)
    if bool((texts.str.len_bytes() == texts.str.len_bytes().first()).all()) and bool((found.values >= 0).all()):
        return Codes(found.codes, texts)  # numbers of one length stand as their texts do
    order = texts.arg_sort().to_numpy()
    rank = np.empty(order.size, np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    return Codes(rank[found.codes], texts.gather(order))


def _with_unnamed(vins: Codes) -> tuple[Codes, int]:
    """The same with the VIN of the vehicle that nobody named, and its number."""
    at = int(vins.values.search_sorted(UNNAMED)) if len(vins.values) else 0
    if at < len(vins.values) and vins.values[at] == UNNAMED:
        return vins, at
    values = pl.concat([vins.values[:at], pl.Series([UNNAMED]), vins.values[at:]])
    return Codes(vins.codes + (vins.codes >= at).astype(np.int32), values), at


def _owned(vins: Codes, whose: Ints) -> tuple[Ints, Ints, Rows]:
    """The number of each row's vehicle, by (customer, VIN); and of each vehicle its customer and the number of its VIN."""
    size = len(vins.values)
    owner = np.zeros(size, np.int32)
    owner[vins.codes] = whose
    of_another = np.flatnonzero(owner[vins.codes] != whose)
    if not of_another.size:  # each VIN is of one customer
        owners, order = _by_owner(owner)
        rank = np.empty(size, np.int32)
        rank[order] = np.arange(size, dtype=np.int32)
        return rank[vins.codes], owners, order
    several = np.zeros(size, np.bool_)
    several[vins.codes[of_another]] = True
    shared = np.flatnonzero(several[vins.codes])
    bits = np.uint64(max(size - 1, 0).bit_length())
    keys = (whose[shared].astype(np.uint64) << bits) | vins.codes[shared].astype(np.uint64)
    pairs = encode(pl.Series(keys))
    single = np.flatnonzero(~several)
    found = pairs.values.to_numpy()
    which = np.concatenate((single, (found & np.uint64((1 << int(bits)) - 1)).astype(np.intp)))
    by_vin = np.argsort(which, kind="stable")
    owners, order = _by_owner(np.concatenate((owner[single], (found >> bits).astype(np.int32)))[by_vin])
    order = by_vin[order]
    rank = np.empty(which.size, np.int32)
    rank[order] = np.arange(which.size, dtype=np.int32)
    number = np.empty(size, np.int32)
    number[single] = rank[: single.size]
    codes = number[vins.codes]
    codes[shared] = rank[single.size + pairs.codes.astype(np.intp)]
    return codes, owners, which[order]


def _by_owner(owner: Ints) -> tuple[Ints, Rows]:
    """The owners of vehicles in order, and the vehicle of each; those of one owner as they stand."""
    bits = np.uint64(max(owner.size - 1, 0).bit_length())
    keys = (owner.astype(np.uint64) << bits) | np.arange(owner.size, dtype=np.uint64)
    keys.sort()
    return (keys >> bits).astype(np.int32), (keys & np.uint64((1 << int(bits)) - 1)).astype(np.intp)


# -- each event once ------------------------------------------------------------------------------------------------------


def _each_once(packed: Packed) -> Packed:
    """The same without what is told twice; one id with two contents is an error (LM4)."""
    ids = packed.table.columns.get("id")
    if ids is None or not packed.events:
        return packed
    if ids.dtype.is_integer() and _all_differ(ids.to_numpy()):
        return packed
    # an id counts within its customer: both are hashed into one key, and equal keys are looked at closely
    keys = _mixed(packed, ids)
    keys.sort()
    twice = keys[1:][keys[1:] == keys[:-1]]
    if not twice.size:
        return packed
    del keys
    places = np.flatnonzero(np.isin(_mixed(packed, ids), twice))
    text = ids.gather(places).cast(pl.String)
    groups: dict[tuple[int, str], int] = {}
    pairs: list[tuple[int, int]] = []
    for place, customer, id_ in zip(places.tolist(), packed.customer[places].tolist(), text.to_list(), strict=True):
        first = groups.setdefault((customer, id_), place)
        if first != place:
            pairs.append((first, place))
    if not pairs:
        return packed
    firsts, others = np.array(pairs, np.intp).T
    for odd in np.flatnonzero(_differ(packed, firsts, others)).tolist():
        one, other = (_content(packed, int(place)) for place in (firsts[odd], others[odd]))
        if one != other:
            id_ = str(ids[int(others[odd])])
            raise LifecycleError(
                f"two different events have the id {id_!r}: {_said(one)} / {_said(other)}", argument="id", value=id_,
                remedy="a correction is an event of its own: voided of=ID, then the right one with a new id",
            )  # fmt: skip
    keep = np.ones(packed.events, np.bool_)
    keep[others] = False
    return packed.only(np.flatnonzero(keep))


def _all_differ(numbers: npt.NDArray[Any]) -> bool:
    """Whether no number stands twice, where a table of all between them is small; else that is left open."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low >= 4 * numbers.size + 1024:
        return False
    return int(np.count_nonzero(marked(numbers, low, high))) == numbers.size


def _mixed(packed: Packed, ids: pl.Series) -> npt.NDArray[np.uint64]:
    keys = packed.customer.astype(np.uint64)
    keys *= np.uint64(0x9E3779B97F4A7C15)
    keys ^= ids.hash(7).to_numpy()
    return keys


def _facts_of(packed: Packed) -> list[str]:
    return [name for name in packed.table.columns if name not in ("customer", "at", "event", "id")]


def _differ(packed: Packed, firsts: Rows, others: Rows) -> Bools:
    """Which pairs of events may differ: all that are not told in the very same way."""
    differ: Bools = (packed.day[firsts] != packed.day[others]) | (packed.kind[firsts] != packed.kind[others])
    if packed.elapsed is not None:
        differ |= packed.elapsed[firsts] != packed.elapsed[others]
    for name in _facts_of(packed):
        column = packed.table.columns[name]
        differ |= ~column.gather(firsts).eq_missing(column.gather(others)).to_numpy()
    return differ


def _content(packed: Packed, place: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": date.fromordinal(int(packed.day[place])),
        "elapsed": 0 if packed.elapsed is None else int(packed.elapsed[place]),
        "event": KIND_NAMES[packed.kind[place]],
    }
    for name in _facts_of(packed):
        value = packed.table.columns[name][place]
        if value is not None:
            told[name] = FACTS["event" if name == FACT_EVENT else name].read(value)
    return told


def _said(content: Mapping[str, Any]) -> str:
    return " ".join(str(value) if name in ("at", "event") else f"{name}={value}" for name, value in content.items())
