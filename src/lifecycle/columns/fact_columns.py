"""Facts as columns, one row a vehicle or a customer, as of the last event.

In: :class:`~lifecycle.columns.packing.Packed`, or facts that are known already. Out: :class:`Vehicles`,
:class:`Customers`, :class:`Given`: columns by the names that :mod:`lifecycle.customer` has for them, each worked out when
it is first asked for. Next room: :mod:`lifecycle.columns.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lifecycle.columns.codes import Bools, Ints, Rows, ends, fold_bits
from lifecycle.columns.column import Column, missing
from lifecycle.columns.packing import CODES, Packed, Places, kinds_mask
from lifecycle.columns.tellings import (
    DELIVERY,
    GONE,
    JOB,
    LAST,
    LAST_OF,
    RECORD,
    SETS,
    Tellings,
    Told,
    chosen,
    numbers,
)
from lifecycle.customer import Customer, Vehicle
from lifecycle.deadline import ASKED
from lifecycle.errors import LifecycleError
from lifecycle.facts import MAKES_KNOWN
from lifecycle.money import fen
from lifecycle.visits import VisitKind, charged_visits

__all__ = ["Customers", "Facts", "Given", "Vehicles", "collected"]

_CUSTOMER = "customer."


class Facts(Protocol):
    """Columns by the names of the facts: what rules are evaluated over; ``customer.NAME`` is the owner's."""

    @property
    def size(self) -> int:
        """How many rows the columns have."""
        ...

    def column(self, name: str) -> Column:
        """The column of a fact."""
        ...


class _Kept:
    """Columns that are worked out once."""

    def __init__(self) -> None:
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        """The column of a fact by its name."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._column(name)
        return found

    def put(self, name: str, column: Column) -> None:
        """Give a fact that events alone do not tell: what machines and the ledger keep."""
        self._columns[name] = column

    def _column(self, name: str) -> Column:
        raise NotImplementedError


class Given(_Kept):
    """Facts that are known already, as columns by name; what is not among them is not told of anybody.

    :meth:`of` takes them from :class:`~lifecycle.customer.Vehicle` values and their customers.
    """

    def __init__(self, columns: Mapping[str, Column], size: int) -> None:
        super().__init__()
        self._columns.update(columns)
        self.size = size

    @classmethod
    def of(cls, vehicles: Sequence[Vehicle], customers: Sequence[Customer | None] | None = None) -> Given:
        """The facts of vehicles and, in the same order, of their customers."""
        columns: dict[str, Column] = {}
        for name, kind in ASKED.types.items():
            of_customer = name.startswith(_CUSTOMER)
            if kind != "other" and (customers is not None or not of_customer):
                whose: Sequence[Any] = customers or () if of_customer else vehicles
                attribute = name.removeprefix(_CUSTOMER)
                columns[name] = collected(kind, [None if one is None else getattr(one, attribute) for one in whose])
        for name in sorted({name for car in vehicles for name in car.last_visits}):
            columns[LAST_OF + name] = collected("day", [car.last_visits.get(name) for car in vehicles])
        return cls(columns, len(vehicles))

    def _column(self, name: str) -> Column:
        kind = "day" if name.startswith(LAST_OF) else ASKED.types[name]
        # a set of things is told of everybody, though it may be empty; nothing but that can be asked of it
        return Column("count", np.zeros(self.size, np.int64)) if kind == "other" else missing(kind, self.size)


def collected(kind: str, values: list[Any]) -> Column:
    """A column of values as Python has them; None for what is not told."""
    words: tuple[str, ...] = ()
    if kind == "text":
        words = tuple(sorted({str(value) for value in values if value is not None}))
        code = {word: number for number, word in enumerate(words)}
        values = [None if value is None else code[str(value)] for value in values]
    elif kind == "day":
        values = [None if value is None else value.toordinal() for value in values]
    elif kind == "money":
        values = [None if value is None else fen(value) for value in values]
    column = missing(kind, len(values), words)
    column.data[:] = [column.missing if value is None else value for value in values]
    return column


class Vehicles(_Kept):
    """The facts of each vehicle, one row each.

    ``kinds`` are the kinds of visit that the policy counts: they bring back who was gone. Vehicles that no event makes
    known have rows as well; :attr:`known` tells them apart. Facts of the owner are asked as ``customer.NAME``.
    """

    def __init__(self, packed: Packed, kinds: Iterable[VisitKind], customers: Facts | None = None) -> None:
        super().__init__()
        self.packed = packed
        self.kinds = tuple(kinds)
        self.customers = customers
        self._as_they_stand = Tellings(packed, self.kinds)

    @property
    def size(self) -> int:
        """How many vehicles."""
        return len(self.packed.owners)

    @property
    def known(self) -> Bools:
        """Whether an event made the vehicle known."""
        flags = np.zeros(self.size, np.bool_)
        flags[self.packed.vehicle[self._as_they_stand.of(MAKES_KNOWN)]] = True
        return flags

    def _in_order(self) -> Tellings:
        return Tellings(self.packed.in_order(), self.kinds)

    def _column(self, name: str) -> Column:
        if name.startswith(_CUSTOMER):
            return self._of_owner(name.removeprefix(_CUSTOMER))
        # what the books tell of the time before them depends on the order; the rest of visits and deliveries does not
        recorded = bool(self.packed.has[CODES[RECORD]])
        tellings = self._in_order() if recorded else self._as_they_stand
        if name == "delivered_on":
            told = tellings.deliveries()
            return self._last(told) if recorded else self._latest(told)
        if name in LAST:
            visits = tellings.visits(LAST[name])
            return self._raised(visits, tellings.raises(name)) if recorded else self._latest(visits)
        if name in tellings.kind_of:
            return self._latest(tellings.visits(tellings.kind_of[name]))
        if name == "first_visit":
            return self._first(tellings.firsts(), recorded=recorded)
        if name in ("visits", "charged_visits"):
            places = tellings.of((JOB,)) if name == "visits" else tellings.visits(charged_visits).places
            return Column("count", np.bincount(tellings.packed.vehicle[places], minlength=self.size))
        if name == "gone_on":
            gone = bool((self.packed.has & kinds_mask(GONE)).any())
            return self._gone_on(self._in_order()) if gone else missing("day", self.size)
        if name in SETS:
            return self._last(self._in_order().sets(name))
        raise LifecycleError(f"{name} is no fact of a vehicle that events tell", argument="fact", value=name)

    def _of_owner(self, name: str) -> Column:
        if self.customers is None:
            raise LifecycleError(f"no customers are given who have {name}", argument="fact", value=name)
        return self.customers.column(name).at(self.packed.owners)

    def _latest(self, told: Told) -> Column:
        """The latest day: of days that come in order it is the last, whatever the order in which they stand."""
        days = missing("day", self.size)
        np.maximum.at(days.data, told.vehicles, told.values.data)
        return days

    def _last(self, told: Told) -> Column:
        """The last value that is told."""
        values = missing(told.values.kind, self.size, told.values.words)
        values.data[told.vehicles] = told.values.data  # of several for one vehicle the last stands
        return values

    def _first(self, told: Told, *, recorded: bool) -> Column:
        days = missing("day", self.size)
        if recorded:
            days.data[told.vehicles[::-1]] = told.values.data[::-1]
            return days
        days.data[told.vehicles] = np.iinfo(np.int32).max
        np.minimum.at(days.data, told.vehicles, told.values.data)
        return days

    def _raised(self, sets: Told, raises: Told) -> Column:
        """The last that is set, or what a record told since, where that is later."""
        last = self._last(sets)
        if raises.vehicles.size:
            packed = self.packed.in_order()
            at = np.full(self.size, -1, np.intp)
            at[sets.vehicles] = numbers(packed, sets.places)
            since = numbers(packed, raises.places) > at[raises.vehicles]
            np.maximum.at(last.data, raises.vehicles[since], raises.values.data[since])
        return last

    def _gone_on(self, tellings: Tellings) -> Column:
        gone_on = missing("day", self.size)
        packed, gone = tellings.packed, tellings.gone()
        back = np.flatnonzero(tellings.came())
        came = np.full(self.size, -1, np.intp)
        came[packed.vehicle[back]] = back
        away = numbers(packed, gone.places) > came[gone.vehicles]
        gone_on.data[gone.vehicles[away][::-1]] = gone.values.data[away][::-1]  # the first since it last came
        return gone_on


class Customers(_Kept):
    """The facts of each customer, one row each. ``packed`` is in order.

    Those that machines and the ledger keep (``stage``, ``spending_since``, ``tier`` …) are given by :meth:`put`.
    """

    def __init__(self, packed: Packed) -> None:
        super().__init__()
        self.packed = packed.in_order()

    @property
    def size(self) -> int:
        """How many customers."""
        return len(self.packed.customers)

    def _places(self, *names: str) -> Places:
        return self.packed.places(kinds_mask(names))

    def _counts(self, places: Places) -> Column:
        return Column("count", np.bincount(self.packed.customer[places], minlength=self.size))

    def _column(self, name: str) -> Column:
        packed = self.packed
        if name in ("birthday", "sex", "city", "origin"):
            return self._recorded(name)
        if name in ("first_seen", "last_seen"):
            seen = missing("day", self.size)
            order = slice(None, None, -1) if name == "first_seen" else slice(None)
            seen.data[packed.customer[order]] = packed.day[order]
            return seen
        if name == "bought":
            return self._counts(Tellings(packed, ()).purchases())
        if name == "referrals":
            return self._counts(self._places("referral_converted"))
        if name == "spent":
            return self._spent()
        if name == "enrolled_on":
            return self._enrolled_on()
        if name == "open_complaints":
            return self._open_complaints()
        if name == "breadth":
            return self._breadth()
        raise LifecycleError(
            f"{name} is no fact of a customer that events alone tell", argument="fact", value=name,
            remedy="columns.replay(events, book, on=) works it out",
        )  # fmt: skip

    def _recorded(self, name: str) -> Column:
        places = self._places("customer_recorded")
        values = self.packed.told(name, places)
        known = values.known
        last = missing(values.kind, self.size, values.words)
        last.data[self.packed.customer[chosen(places, known)]] = values.data[known]
        return last

    def _spent(self) -> Column:
        places = self._places(JOB)
        charge = self.packed.told("charge", places)
        spent = np.zeros(self.size, np.int64)
        known = charge.known
        np.add.at(spent, self.packed.customer[places], charge.data if known.all() else np.where(known, charge.data, 0))
        return Column("money", spent)

    def _last_place(self, places: Places) -> npt.NDArray[np.intp]:
        """For each customer the last of these places; −1 for none."""
        last = np.full(self.size, -1, np.intp)
        last[self.packed.customer[places]] = numbers(self.packed, places)
        return last

    def _enrolled_on(self) -> Column:
        packed = self.packed
        joined = numbers(packed, self._places("enrolled"))
        joined = joined[joined > self._last_place(self._places("membership_left"))[packed.customer[joined]]][::-1]
        days = missing("day", self.size)
        days.data[packed.customer[joined]] = packed.day[joined]  # the first since he last left
        return days

    def _open_complaints(self) -> Column:
        packed = self.packed
        places = numbers(packed, self._places("complaint_raised", "complaint_reopened", "complaint_closed"))
        which = packed.told("complaint", places)
        keys, _ = fold_bits([(packed.customer[places], self.size), (which.data, len(which.words))])
        order = np.argsort(keys, kind="stable")
        last: Rows = places[order[ends(keys[order])]]  # the last word on each complaint
        return self._counts(last[packed.kind[last] != CODES["complaint_closed"]])

    def _breadth(self) -> Column:
        packed = self.packed
        there: dict[str, Bools] = {}

        def has(product: str, customers: Ints) -> None:
            there.setdefault(product, np.zeros(self.size, np.bool_))[customers] = True

        tellings = Tellings(packed, ())
        has("car", packed.customer[tellings.purchases()])
        has("car", packed.customer[self._places(DELIVERY)])
        has("service", packed.customer[tellings.visits(charged_visits).places])
        has("insurance", packed.customer[self._places("insurance_renewed")])
        has("extended_warranty", packed.customer[self._places("warranty_extended")])
        member = self._last_place(self._places("enrolled")) > self._last_place(self._places("membership_left"))
        has("club", np.flatnonzero(member).astype(np.int32))
        taken = self._places("product_taken")
        product, whose = packed.told("product", taken), packed.customer[taken]
        for number, word in enumerate(product.words):
            has(word, whose[product.data == number])
        return Column("count", sum((flags.astype(np.int64) for flags in there.values()), np.zeros(self.size, np.int64)))
