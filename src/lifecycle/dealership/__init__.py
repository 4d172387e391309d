"""A synthetic dealership: customers who were never born, whose loss follows the handbook's figures.

In: how many customers, a seed, the days of the records. Out: a :class:`Sample` — events of all of them, the latent
:class:`Truth` behind (who was lost when, and why), every assumption with its source, and the tables of an export with
Chinese headers. Everything in it is invented; nothing asks the clock, and the same call gives the same events anywhere.

A customer is the same whoever else is asked for: ``sample(10)`` is where ``sample(20)`` begins, and :func:`life_of`
tells one customer alone. After-sales loss follows K11 by ownership year and is a fact of the customer, not of the gaps
between his visits. What concerns no customer (the department's cycle, trainings, calls before a name is known) is told
of the pseudo-customer ``desk``, whose events come first. Next room: :mod:`lifecycle.readers`, which reads the export.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from html import escape
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Final, NamedTuple, overload

from lifecycle.dealership.assumptions import Assumption, Assumptions
from lifecycle.dealership.desk import DESK, desk
from lifecycle.dealership.lives import life
from lifecycle.dealership.people import House, Ownership, Truth, customer_id
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History, by_customer

__all__ = [
    "BANDS", "DESK", "SHIPPED", "AgeClass", "Assumption", "Assumptions", "Ownership", "Sample", "Shipped", "Truth", "life_of", "sample",
]  # fmt: skip

_START: Final = date(2019, 1, 1)
_END: Final = date(2025, 6, 30)
_DEFAULTS: Final = Assumptions()


class Shipped(NamedTuple):
    """The export that comes with the library: how it was asked for, and where it lies."""

    customers: int
    seed: int
    encodings: Mapping[str, str]
    """The tables that are not in UTF-8."""
    folder: Path
    """One CSV file a table, as the mapping ``dms`` reads them, and a note that says what they are."""


#: ``sample(SHIPPED.customers, SHIPPED.seed)`` is what lies in ``SHIPPED.folder``.
SHIPPED: Final = Shipped(
    300, 7, MappingProxyType({"回访": "gb18030"}), Path(__file__).resolve().parents[1] / "data" / "sample"
)


class AgeClass(NamedTuple):
    """The cars of one class of ownership years, and how many of their owners no longer come (K11)."""

    name: str
    years: tuple[int, ...]
    """The ownership years of the class; empty after the last: and later."""
    held: int
    """Cars sold here that their buyers still have."""
    lost: int
    band: tuple[float, float]
    """The share that K11 gives, from and to."""

    @property
    def share(self) -> float | None:
        """Lost ÷ held; None where nobody has a car of that age (not measurable)."""
        return self.lost / self.held if self.held else None


#: K11: the share of each age class no longer coming. The source says 90 % flat for the last; two points either way are
#: what a sample may stray from it.
BANDS: Mapping[str, tuple[tuple[int, ...], tuple[float, float]]] = MappingProxyType(
    {
        "1st year": ((1,), (0.03, 0.05)),
        "2nd year": ((2,), (0.09, 0.13)),
        "3rd year": ((3,), (0.40, 0.50)),
        "4th-5th year": ((4, 5), (0.60, 0.80)),
        "6th year and later": ((), (0.88, 0.92)),
    }
)


class Sample(Sequence[Event]):
    """The events of a synthetic house: the desk's first, then customer by customer, each in canonical order.

    Iterating tells one life after the other without keeping them; ``events``, ``len`` and indexing keep them. Two
    samples are equal when they were asked for in the same words.
    """

    def __init__(self, customers: int, house: House) -> None:
        self.customers = customers
        self.seed = house.seed
        self.start = house.start
        self.end = house.end
        self.assumptions = house.assumptions
        self._house = house
        self._events: tuple[Event, ...] | None = None
        self._truth: Mapping[str, Truth] | None = None

    @property
    def synthetic(self) -> bool:
        """Always true: no customer, car or bill in it is real."""
        return True

    @property
    def events(self) -> tuple[Event, ...]:
        """All events, kept from now on."""
        if self._events is None:
            self._events = tuple(self._tell())
        return self._events

    def _tell(self) -> Iterator[Event]:
        yield from desk(self._house)
        for number in range(1, self.customers + 1):
            yield from life(self._house, number)

    def life_of(self, customer: int | str) -> tuple[Event, ...]:
        """All events of one customer, by number from 1 or by id, told alone; his second entry's too, if he has one."""
        return life(self._house, _number(customer))

    def histories(self) -> dict[str, History]:
        """One history a customer, and the desk's; who was entered twice is one (:func:`~lifecycle.events.by_customer`)."""
        return by_customer(self)

    @property
    def truth(self) -> Mapping[str, Truth]:
        """The latent facts of each customer, by id: what the house does not know."""
        if self._truth is None:
            people = (self._house.truth(number) for number in range(1, self.customers + 1))
            self._truth = MappingProxyType({one.customer: one for one in people})
        return self._truth

    def loss_by_year(self, on: date | None = None) -> tuple[AgeClass, ...]:
        """K11's classes as of a day (the sample's last unless told): of the cars sold here and still held, how many are lost."""
        on = self.end if on is None else on
        held = dict.fromkeys(BANDS, 0)
        lost = dict.fromkeys(BANDS, 0)
        name_of = {year: name for name, (years, _) in BANDS.items() for year in years}
        last = list(BANDS)[-1]
        for one in self.truth.values():
            for car in one.ownerships:
                if car.sold_here and car.held(on):
                    name = name_of.get(car.year(on), last)
                    held[name] += 1
                    lost[name] += car.lost(on)
        return tuple(AgeClass(name, years, held[name], lost[name], band) for name, (years, band) in BANDS.items())

    def export(
        self,
        folder: str | PurePath,
        *,
        layout: str | PurePath = "dms",
        encodings: Mapping[str, str] = MappingProxyType({}),
    ) -> list[Path]:
        """Writes the events as the tables of a dealer system's export, Chinese headers; gives the files' paths.

        ``layout`` is a mapping as the readers take it; reading the folder with it gives the same events. ``encodings``
        names tables that are not to be UTF-8: ``{"回访": "gb18030"}``.
        """
        from lifecycle.dealership.tables import sheets, write_export
        from lifecycle.readers.mapping import load_map

        chosen = load_map(layout)
        unknown = [name for name in encodings if name not in chosen.tables]
        if unknown:
            chosen.named(unknown[0])  # raises, naming its neighbours
        return write_export(Path(folder), sheets(self, chosen), encodings)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events) if self._events is not None else self._tell()

    def __len__(self) -> int:
        return len(self.events)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Event, ...]: ...
    def __getitem__(self, index: int | slice) -> Event | tuple[Event, ...]:
        return self.events[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sample):
            return NotImplemented
        return self.customers == other.customers and self._house == other._house

    def __hash__(self) -> int:
        return hash((self.customers, self.seed, self.start, self.end))

    def __repr__(self) -> str:
        return (
            f"<Sample of a SYNTHETIC dealership: {self.customers:,} invented customers, seed {self.seed}, "
            f"{self.start} to {self.end}>"
        )

    def __str__(self) -> str:
        lines = [f"{self!r}", "Nothing in it is real. What is assumed, and where it was read:"]
        lines += [f"  {one.name} = {one.value} · {one.source} · {one.meaning}" for one in self.assumptions.table]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(one.name)}</td><td>{escape(str(one.value))}</td><td>{escape(one.source)}</td>"
            f"<td>{escape(one.meaning)}</td></tr>"
            for one in self.assumptions.table
        )
        return (
            f"<p>{escape(repr(self))}</p><table><thead><tr><th>assumption</th><th>value</th><th>source</th>"
            f"<th>meaning</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def sample(
    customers: int = 2_000,
    seed: int = 7,
    *,
    start: date = _START,
    end: date = _END,
    assumptions: Assumptions = _DEFAULTS,
) -> Sample:
    """A synthetic dealership with so many customers, whose records run from ``start`` to ``end`` (both included).

    The same arguments give the same events, and more customers change nothing in those who were there. Raises
    :class:`LifecycleError` for a number that is none, and for days in the wrong order.
    """
    if not _whole(customers) or not 0 <= customers <= 999_999:
        raise LifecycleError(
            f"customers={customers!r} is not a number of customers",
            argument="customers",
            value=customers,
            remedy="0 to 999999",
        )
    return Sample(customers, _house(seed, start, end, assumptions))


def life_of(
    customer: int | str, seed: int = 7, *, start: date = _START, end: date = _END, assumptions: Assumptions = _DEFAULTS
) -> tuple[Event, ...]:
    """The events of one customer of ``sample(…, seed)``, by number from 1 or by id, without telling the others."""
    return life(_house(seed, start, end, assumptions), _number(customer))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _civil(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _house(seed: int, start: date, end: date, assumptions: Assumptions) -> House:
    if not _whole(seed):
        raise LifecycleError(f"seed={seed!r} is not a whole number", argument="seed", value=seed, remedy="as in seed=7")
    for name, day in (("start", start), ("end", end)):
        if not _civil(day) or not 1990 <= day.year <= 2150:
            raise LifecycleError(
                f"{name}={day!r} is not a civil day of 1990-2150",
                argument=name,
                value=day,
                remedy="give a datetime.date",
            )
    if (end - start).days < 365:
        raise LifecycleError(
            f"from {start} to {end} is less than a year",
            argument="end",
            value=end,
            remedy="let the records run for a year at least",
        )
    return House(seed, start, end, assumptions)


def _number(customer: int | str) -> int:
    if isinstance(customer, str):
        digits = customer.removeprefix("C")
        if not digits.isdecimal() or customer_id(int(digits)) != customer:
            raise LifecycleError(
                f"{customer!r} is no customer of a sample",
                argument="customer",
                value=customer,
                remedy="as in C000012, or 12",
            )
        return int(digits)
    return customer
