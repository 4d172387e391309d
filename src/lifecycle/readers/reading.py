"""What a reader gives: events, problems with their places, and an account that closes.

In: what the rows of one or more tables told (:class:`Gathered`, while they are read). Out: :class:`Reading`, and by
:meth:`Reading.by_customer` the :class:`Histories` of it with what only a whole history can show. Next room:
:mod:`lifecycle.life`.

**The account.** A row *tells* so many events: one in the plain form; in a mapped table one for each declared event
whose ``when`` names the row and whose date cell is filled in (a blank date tells one event too, a refused one, unless
the event is declared ``optional``). A row that cannot be split, or that tells nothing, counts as telling one, refused.
Only rows that the mapping sets aside by ``ignore`` tell none. So, always::

    reading.told == len(reading.events) + len(reading.refused)
    reading.rows == reading.told          for tables of one event a row, with nothing set aside
    reading.rows <= reading.told + reading.aside
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo

from attrs import field, frozen

from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History, Problem, by_customer, voided_ids
from lifecycle.readers.vin import vin_oddity

__all__ = ["Gathered", "Histories", "Reading", "Source"]

_VISITS = frozenset({"workshop_entered", "inspected_at_customer", "vehicle_handed_over"})


@frozen
class Source:
    """One table that was read: its file, how its text was understood, and how many rows it had."""

    file: str
    table: str
    rows: int
    encoding: str = ""
    delimiter: str = ""
    left_alone: tuple[str, ...] = ()
    """Columns that the mapping does not name."""
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    """Where a part of an event stands: ``at``, ``id`` or a fact → header; ``surveyed.at`` where it differs by kind."""


class _Problems:
    """What has ``problems``, errors and warnings."""

    __slots__ = ()
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The problems that stand in the place of an event."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that stand beside an event."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")


@frozen(repr=False)
class Reading(_Problems):
    """Events and problems of the rows read; ``told == len(events) + len(refused)``, always (see the module)."""

    events: tuple[Event, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Errors and warnings, in the order of the rows."""
    rows: int = 0
    told: int = 0
    aside: int = 0
    """Rows that the mapping's ``ignore`` sets aside."""
    sources: tuple[Source, ...] = ()
    zone: tzinfo = SHANGHAI
    _starts: tuple[int, ...] = field(default=(), repr=False)
    _lines: array[int] = field(factory=lambda: array("Q"), repr=False)

    def place(self, index: int) -> tuple[str, int]:
        """File and line of ``events[index]``."""
        return self.sources[bisect_right(self._starts, index) - 1].file, self._lines[index]

    def column(self, index: int, part: str) -> str | None:
        """The header under which ``part`` (``at``, ``id``, a fact) of ``events[index]`` stands, where it has one."""
        headers = self.sources[bisect_right(self._starts, index) - 1].headers
        return headers.get(f"{self.events[index].kind}.{part}", headers.get(part))

    def __add__(self, other: Reading) -> Reading:
        """Both readings as one (ids that both made from the same file name and line would then be one event)."""
        return Reading(
            self.events + other.events,
            self.problems + other.problems,
            self.rows + other.rows,
            self.told + other.told,
            self.aside + other.aside,
            self.sources + other.sources,
            self.zone if self.sources else other.zone,
            self._starts + tuple(start + len(self.events) for start in other._starts),
            self._lines + other._lines,
        )

    def by_customer(self, zone: tzinfo | None = None) -> Histories:
        """One history a customer, and every problem, those that only whole histories show included.

        What :func:`lifecycle.events.by_customer` would raise becomes an error at its row, and the other rows go on: one
        id with two contents (the first stays), a customer merged into two or in a circle (the first stays). Warnings
        beside events that stay: a visit before the car's delivery, a correction of an unknown id, a merge into a
        customer of whom nothing is told.
        """
        return _histories(self, zone or self.zone)

    def __repr__(self) -> str:
        files = ", ".join(source.file for source in self.sources[:3]) + (", …" if len(self.sources) > 3 else "")
        refused = len(self.refused)
        parts = [f"{self.rows:,} rows of {files}" if files else f"{self.rows:,} rows", f"{len(self.events):,} events"]
        parts += [f"{refused:,} refused"] if refused else []
        parts += [f"{len(self.problems) - refused:,} warnings"] if len(self.problems) > refused else []
        parts += [f"{self.aside:,} set aside"] if self.aside else []
        return f"<Reading: {', '.join(parts)}>"


@frozen
class Histories(_Problems, Mapping[str, History]):
    """One history a customer, in order of customer; ``problems`` are those of the reading and those found now."""

    histories: Mapping[str, History]
    problems: tuple[Problem, ...] = ()
    repeated: int = 0
    """Events that were told more than once with the same id and content, and count once."""

    def __getitem__(self, customer: str) -> History:
        return self.histories[customer]

    def __iter__(self) -> Iterator[str]:
        return iter(self.histories)

    def __len__(self) -> int:
        return len(self.histories)


class Gathered:
    """What rows tell, while they are read; :meth:`reading` closes the account."""

    def __init__(self, zone: tzinfo = SHANGHAI) -> None:
        self.zone = zone
        self.events: list[Event] = []
        self.problems: list[Problem] = []
        self.lines = array("Q")
        self.rows = 0
        self.told = 0
        self.aside = 0
        self._sources: list[Source] = []
        self._starts: list[int] = []
        self._vehicles: set[str] = set()

    def begin(self, source: Source) -> None:
        """From now on the rows are those of ``source`` (its row count is filled in by :meth:`end`)."""
        self._sources.append(source)
        self._starts.append(len(self.events))
        self._before = self.rows

    def end(self, source: Source) -> None:
        """The rows of the source are over; ``source`` is what is known of it now."""
        self._sources[-1] = source

    @property
    def rows_here(self) -> int:
        """Rows of the present source so far."""
        return self.rows - self._before

    def vehicle(self, vehicle: str, file: str, line: int, column: str | None) -> None:
        """Warn of a VIN that is none, at the first row that names it."""
        if vehicle in self._vehicles:
            return
        self._vehicles.add(vehicle)
        odd = vin_oddity(vehicle)
        if odd is not None:
            remedy = "compare it with the vehicle's papers; the row is taken as it is"
            self.problems.append(Problem(file, line, column, f"VIN {vehicle}: {odd}", remedy, vehicle, "warning"))

    def reading(self) -> Reading:
        """The events, problems and account of all rows."""
        return Reading(
            tuple(self.events),
            tuple(self.problems),
            self.rows,
            self.told,
            self.aside,
            tuple(self._sources),
            self.zone,
            tuple(self._starts),
            self.lines,
        )


def _histories(reading: Reading, zone: tzinfo) -> Histories:
    kept: Sequence[int] = range(len(reading.events))
    errors: list[Problem] = []
    made: dict[str, History] | None = None
    while made is None:
        try:
            made = by_customer((reading.events[index] for index in kept), zone=zone)
        except LifecycleError:  # told by row instead, which may bring another contradiction to light
            before = len(kept)
            kept = _consistent(reading, kept, errors)
            if len(kept) == before:
                raise
    warnings = _Places(reading).warnings(made)
    repeated = len(kept) - sum(len(history) for history in made.values())
    return Histories(made, (*reading.problems, *errors, *warnings), repeated)


def _consistent(reading: Reading, kept: Sequence[int], problems: list[Problem]) -> list[int]:
    """``kept`` without the events that contradict an earlier row; a problem is added for each left out."""
    out: set[int] = set()

    def refuse(index: int, part: str, message: str, remedy: str, value: str) -> None:
        file, line = reading.place(index)
        problems.append(Problem(file, line, reading.column(index, part), message, remedy, value))
        out.add(index)

    events = [(index, reading.events[index]) for index in kept]
    voided = _voided(event for _, event in events)
    into: dict[str, str] = {}
    for index, event in events:
        if event.kind != "merged":
            continue
        target = str(event["into"])
        before = into.get(event.customer)
        if event.id in voided:
            continue
        if before is not None and before != target:
            why = f"customer {event.customer!r} is merged into {before!r} already"
            refuse(index, "into", why, "void one of the two", target)
        elif before is None and _end(into, target) == event.customer:
            why = f"customers are merged in a circle: {event.customer} → {target}"
            refuse(index, "into", why, "leave one of the merges away", target)
        else:
            into[event.customer] = target
    seen: dict[tuple[str, str], int] = {}
    for index, event in events:
        if index in out:
            continue
        customer = _end(into, event.customer)
        first = seen.setdefault((customer, event.id), index)
        if first == index:
            continue
        before_ = reading.events[first]
        if before_.with_(customer=customer) != event.with_(customer=customer):
            file, line = reading.place(first)
            refuse(
                index,
                "id",
                f"the id {event.id!r} is that of another event of customer {customer!r}, in {file}:{line} ({before_})",
                "a correction is an event of its own: voided of=ID, then the right one with a new id",
                event.id,
            )
    return [index for index in kept if index not in out]


def _voided(events: Iterable[Event]) -> set[str]:
    """The ids that each customer's own voids take back."""
    mine: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind == "voided":
            mine[event.customer].append(event)
    return set[str]().union(*map(voided_ids, mine.values()))


def _end(into: Mapping[str, str], customer: str) -> str:
    while customer in into:
        customer = into[customer]
    return customer


class _Places:
    """Warnings on whole histories; where an event stands is looked up only when there is something to say."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._index: dict[tuple[str, str], list[int]] | None = None

    def warnings(self, histories: Mapping[str, History]) -> list[Problem]:
        found: list[tuple[int, Problem]] = []
        told = {event.customer for event in self._reading.events}
        for history in histories.values():
            for event, part, message, remedy in self._odd(history, told):
                index = self._of(event)
                file, line = self._reading.place(index)
                column = self._reading.column(index, part)
                found.append((index, Problem(file, line, column, message, remedy, event.id, "warning")))
        return [problem for _, problem in sorted(found, key=lambda item: item[0])]

    @staticmethod
    def _odd(history: History, customers: set[str]) -> Iterator[tuple[Event, str, str, str]]:
        delivered: dict[str, date] = {}
        corrections: list[Event] = []
        visits: list[Event] = []
        for event in history:
            kind = event.kind
            if kind in _VISITS:
                if event.vehicle is not None:
                    visits.append(event)
            elif kind == "vehicle_delivered":
                if event.vehicle is not None:
                    delivered[event.vehicle] = min(event.day, delivered.get(event.vehicle, event.day))
            elif kind == "vehicle_recorded":
                known = event.get("delivered_on")
                if event.vehicle is not None and isinstance(known, date):
                    delivered[event.vehicle] = min(known, delivered.get(event.vehicle, known))
            elif kind in ("refunded", "voided"):
                corrections.append(event)
            elif kind == "merged" and str(event["into"]) not in customers:
                yield (
                    event,
                    "into",
                    f"nothing is told of the customer {event['into']!r}",
                    "check the id of the customer who stays",
                )
        voided = _voided(corrections)
        for event in visits:
            day = delivered.get(event.vehicle or "")
            if day is not None and event.day < day and event.id not in voided:
                yield (
                    event,
                    "at",
                    f"{event.kind} on {event.day} is before the delivery of {event.vehicle} on {day}",
                    "check both days; the event is taken as it is",
                )
        if corrections:
            ids = {event.id for event in history}
            for event in corrections:
                if str(event["of"]) not in ids:
                    why = f"{event.kind} of={event['of']}: no event of this customer has that id"
                    yield event, "of", why, "check the id"

    def _of(self, event: Event) -> int:
        if self._index is None:
            index: dict[tuple[str, str], list[int]] = defaultdict(list)
            for number, one in enumerate(self._reading.events):
                index[one.id, one.kind].append(number)
            self._index = index
        candidates = self._index[event.id, event.kind]
        for number in candidates:
            if self._reading.events[number].with_(customer=event.customer) == event:
                return number
        return candidates[0]
