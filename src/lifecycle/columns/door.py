"""The door for data frames: the user's own kind of frame in, the same kind out.

In: a frame of pandas, polars (eager or lazy) or pyarrow, or whatever else narwhals can collect, in the tidy form:
``customer, event, at, id, vehicle`` and a column a fact, English or Chinese. Out: a :class:`Table`, its columns as polars
series; and answers as the kind of frame that the question came in. :func:`frame` makes the tidy form from events. Next
room: :mod:`lifecycle.columns.packing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from threading import Lock
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl
from attrs import field, frozen

from lifecycle.columns.column import Column, column_of, nothing_told
from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event, by_customer
from lifecycle.kinds import FACTS, KINDS
from lifecycle.readers.mapping import PLAIN_NAMES

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = [
    "BACKENDS",
    "FACT_EVENT",
    "HEADERS",
    "KIND_NAMES",
    "Table",
    "frame",
    "meaning",
    "meant",
    "read_table",
    "tidy",
]

#: What :func:`frame` can make.
BACKENDS = ("polars", "pandas", "pyarrow")

_TYPES: Mapping[str, Any] = {
    "text": pl.String(),
    "count": pl.Int64(),
    "points": pl.Int64(),
    "money": pl.Decimal(scale=2),
    "yesno": pl.Boolean(),
    "day": pl.Date(),
}
#: The kinds of event, in the order of their rank.
KIND_NAMES = tuple(KINDS)
_EVENT = pl.Enum(KIND_NAMES)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The key of the fact ``event`` among a table's columns, where ``event`` is the kind.
FACT_EVENT = "fact:event"
#: One fact is called as a column is; its header is the Chinese one, which the readers know, too.
HEADERS: Mapping[str, str] = {"event": FACTS["event"].zh}


@frozen(eq=False)
class Table:
    """A tidy frame, read: its columns by their English names, and which kind of frame it came from."""

    columns: Mapping[str, pl.Series]
    rows: int
    backend: str = "polars"
    lazy: bool = field(default=False)
    _facts: dict[str, Column] = field(factory=dict[str, Column], init=False, repr=False)
    _reading: Any = field(factory=Lock, init=False, repr=False)

    def series(self, name: str) -> pl.Series | None:
        """The column of a fact as it stands; None where there is none."""
        return self.columns.get(FACT_EVENT if name == "event" else name)

    def fact(self, name: str) -> Column:
        """The values of a fact, row by row; nothing is told where there is no such column."""
        found = self._facts.get(name)
        if found is None:
            with self._reading:  # by one of the threads, for all
                found = self._facts.get(name)
                if found is None:
                    found = self._facts[name] = self._read(name)
        return found

    def forget(self) -> None:
        """Let go of the facts that were read; asked again, they are read again."""
        self._facts.clear()

    def _read(self, name: str) -> Column:
        values = self.series(name)
        return nothing_told(name, self.rows) if values is None else column_of(name, values)

    def give(self, answer: pl.DataFrame) -> Any:
        """An answer as the kind of frame that the question came in."""
        if self.lazy:
            return answer.lazy()
        return _as(answer, self.backend)


def _as(answer: pl.DataFrame, backend: str) -> Any:
    if backend == "pandas":
        return answer.to_pandas()
    if backend == "pyarrow":
        return answer.to_arrow()
    return answer


def read_table(table: IntoFrame) -> Table:
    """The columns of a frame, each as a polars series under its English name.

    A column that is neither of ``customer, event, at, id`` nor a fact, and one that stands twice, is an error that names
    its neighbours. A frame without ``event`` is a table of visits: each row is a job handed over.
    """
    try:
        native: Any = nw.from_native(table)
    except TypeError:
        raise LifecycleError(
            f"a {type(table).__name__} is no data frame", argument="table", value=type(table).__name__,
            remedy="give a pandas, polars or pyarrow frame; columns.frame(events) makes one",
        ) from None  # fmt: skip
    lazy = isinstance(native, nw.LazyFrame)
    names = meant([str(name) for name in native.collect_schema().names()])
    eager: Any = native.collect() if lazy else native
    backend = str(eager.implementation)
    columns = {meaning: _narrow(_series(eager[name], meaning)) for name, meaning in names.items()}
    return Table(columns, len(eager), backend, lazy and backend == "polars")


def meant(header: list[str]) -> dict[str, str]:
    """The columns of a frame by what they mean; raises for those that mean nothing, and for those that are missing."""
    meanings: dict[str, str] = {}
    faults: list[str] = []
    known = [*PLAIN_NAMES, *FACTS]
    for name in header:
        what = meaning(name)
        if what is None:
            faults.append(f"unknown column {name!r} ({near(name, known)})")
        elif what in meanings.values():
            faults.append(f"{name!r} stands for {what}, which another column is already")
        else:
            meanings[name] = what
    faults += [f"there is no column {name}" for name in ("customer", "at") if name not in meanings.values()]
    if faults:
        raise LifecycleError(
            f"the frame does not fit: {'; '.join(faults)}", argument="table", value=tuple(header),
            remedy="customer, event, at, id, vehicle and a column a fact, as columns.frame(events) has them",
        )  # fmt: skip
    return meanings


def meaning(name: str) -> str | None:
    """What a column of that name is, by its English name; None for none that is known."""
    if name in PLAIN_NAMES or name in FACTS:
        return name
    for plain, chinese in PLAIN_NAMES.items():
        if name in chinese:
            return plain
    fact = next((fact.name for fact in FACTS.values() if fact.zh == name), None)
    return FACT_EVENT if fact == "event" else fact


def _series(column: Any, name: str) -> pl.Series:
    """A column of any frame as a polars series."""
    native = column.to_native()
    if isinstance(native, pl.Series):
        return native.alias(name)
    try:
        found: pl.Series = column.to_polars()
        return found.alias(name)
    except (ImportError, TypeError, ValueError, pl.exceptions.PolarsError):
        pass  # a column of Python objects, or pyarrow is not there
    values: list[Any] = column.to_list()
    try:
        return pl.Series(name, [None if value != value else value for value in values])
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise LifecycleError(
            f"the column {name} mixes what cannot be mixed: {error}", argument=name, value=name,
            remedy="give the column one type",
        ) from None  # fmt: skip


def _narrow(values: pl.Series) -> pl.Series:
    """Numbers of 128 bits, as databases count in them, as whole numbers that arrays have; longer ones as texts."""
    if not (values.dtype == pl.Int128 or values.dtype == pl.UInt128):
        return values
    found = values.cast(pl.Int64, strict=False)
    return found if found.null_count() == values.null_count() else values.cast(pl.String)


def frame(events: Iterable[Event], *, backend: str = "polars", zone: tzinfo = SHANGHAI) -> Any:
    """The tidy table of events: ``customer, event, at, id, vehicle`` and a column for each fact that any of them tells.

    Each event stands in it once, customer by customer, in canonical order; who was entered twice is one
    (:func:`~lifecycle.events.by_customer`). ``event`` is an enumeration of all kinds in the order of rank; ``at`` is a date
    where all events are told by the day, else an instant in ``zone`` (an event told by the day at the start of it).
    ``backend`` is polars, pandas or pyarrow.
    """
    if backend not in BACKENDS:
        raise LifecycleError(
            f"backend={backend!r} is not known", argument="backend", value=backend, remedy=near(backend, BACKENDS)
        )
    histories = by_customer(events, zone=zone).values()
    return _as(tidy([event for history in histories for event in history], zone), backend)


def tidy(told: list[Event], zone: tzinfo) -> pl.DataFrame:
    """The tidy table of these events as they stand."""
    clocked = any(isinstance(event.at, datetime) for event in told)
    facts = dict.fromkeys(name for event in told for name in event.facts)
    columns = [
        pl.Series("customer", [event.customer for event in told], pl.String),
        pl.Series("event", [event.kind for event in told], _EVENT),
        _at(told, zone) if clocked else pl.Series("at", [event.at for event in told], pl.Date),
        pl.Series("id", [event.id for event in told], pl.String),
        pl.Series("vehicle", [event.vehicle for event in told], pl.String),
    ]
    for name in (name for name in FACTS if name in facts):
        values = [event.facts.get(name) for event in told]
        fact = FACTS[name]
        kind: Any = pl.Enum(fact.choices) if fact.type == "choice" else _TYPES[fact.type]
        columns.append(pl.Series(HEADERS.get(name, name), values, kind))
    return pl.DataFrame(columns)


def _at(told: list[Event], zone: tzinfo) -> pl.Series:
    micro = [_microseconds(event.at if isinstance(event.at, datetime) else _start(event.at, zone)) for event in told]
    return pl.Series("at", micro, pl.Int64).cast(pl.Datetime("us", getattr(zone, "key", "UTC")))


def _start(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
