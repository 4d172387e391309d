"""Many values of a field, one after the other, over the same events: where a threshold should lie.

In: a book, paths and values, a history. Out: :class:`Sweep`, a point for each value (or combination), with its figures;
points that cannot be built (lost before at risk) are reported with the reason, not raised. Next room: :mod:`lifecycle.cli`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import field, frozen

from lifecycle.book import Book, House, a_house, part_of
from lifecycle.columns.packing import Packed
from lifecycle.comparing.measures import MEASURES, Measure
from lifecycle.comparing.result import Comparison, Figure, aligned
from lifecycle.comparing.run import Ground
from lifecycle.deadline import a_day
from lifecycle.errors import LifecycleError
from lifecycle.events import Event, History
from lifecycle.money import yuan
from lifecycle.readers import Reading
from lifecycle.values import FrozenDict, frozen_dict

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["Point", "Sweep", "grid", "sweep"]

_MOST = 10_000


@frozen
class Point:
    """One value of each path: the figures against the base, or why such a book cannot be built."""

    values: Mapping[str, Any] = field(converter=frozen_dict)
    figures: tuple[Figure, ...] = ()
    changed: int = 0
    """How many customers differ in anything."""
    problem: str | None = None
    """Why there is no such book; None where there is."""

    def figure(self, measure: str, value: object = None) -> Figure | None:
        """The line of a measure (and state, or week); None where nobody is in it, or the point could not be built."""
        return next((one for one in self.figures if one.measure == measure and one.value == value), None)


@frozen(eq=False, repr=False)
class Sweep:
    """Points in the order in which the values were given; printed, it is a table."""

    base: House
    on: date
    customers: int
    points: tuple[Point, ...]
    units: Mapping[str, str] = field(factory=FrozenDict[str, str], converter=frozen_dict)
    """Of each measure of amounts what it counts, ``points`` or ``fen``."""
    since: date | None = None
    """From when on the values are in force; None: as long as the edition that they amend."""

    @property
    def problems(self) -> tuple[Point, ...]:
        """The points that could not be built."""
        return tuple(point for point in self.points if point.problem is not None)

    @property
    def title(self) -> str:
        """Which book was amended, as of which day, and from when on."""
        since = "" if self.since is None else f", each value from {self.since} on"
        return f"{self.base.name} {self.base.label(self.on)} on {self.on}{since}"

    def table(self) -> pl.DataFrame:
        """For plots: a column a path, then ``measure, of, value, base, changed, entered, left, difference, unit`` (as
        :meth:`Comparison.table` has them), one row a figure."""
        rows = [
            {
                **{path: _cell(value) for path, value in point.values.items()},
                "measure": one.measure,
                "of": one.of,
                "value": None if one.value is None else str(one.value),
                **{name: getattr(one, name) for name in ("base", "changed", "entered", "left", "difference")},
                "unit": self.units.get(one.measure, ""),
            }
            for point in self.points
            for one in point.figures
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    def rows(self) -> tuple[list[str], list[list[str]], list[Point]]:
        """The table's head, its rows as text, and the points, row by row."""
        paths = list(self.points[0].values) if self.points else []
        some = any(
            one.base or one.changed for point in self.points for one in point.figures if one.measure == "benefits"
        )
        head = [*paths, *_HEAD, *(["benefits, yuan"] if some else [])]
        rows: list[list[str]] = []
        for point in self.points:
            cells = [str(_cell(value)) for value in point.values.values()]
            if point.problem is None:
                told = [point.figure(measure, value) for measure, value in _SHOWN]
                cells += [f"{point.changed:,}", *("0" if one is None else f"{one.changed:,}" for one in told)]
                given = point.figure("benefits") if some else None
                cells += [] if given is None else [f"{yuan(given.changed):,}"]
            rows.append(cells + ["–"] * (len(head) - len(cells)))
        return head, rows, list(self.points)

    def problem_lines(self) -> list[str]:
        """The points that could not be built, each with the reason."""
        return [f"{_named(point.values)}: {point.problem}" for point in self.problems]

    def __str__(self) -> str:
        head, rows, _ = self.rows()
        lines = [
            f"{self.title}, {self.customers:,} customers; relabelled, not behaviour",
            "",
            *aligned([head, *rows]),
        ]
        if self.problems:
            lines += ["", "not built:", *(f"  {line}" for line in self.problem_lines())]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Sweep: {self}>"

    def _repr_html_(self) -> str:
        from lifecycle.show.comparison import sweep_html

        return sweep_html(self)


_HEAD = ("differ", "lost", "vehicles at risk", "vehicles lost", "points issued", "points lapsed", "points owed")
_SHOWN = (
    ("standing", "lost"), ("activity", "at_risk"), ("activity", "lost"), ("issued", None), ("lapsed", None), ("balance", None),
)  # fmt: skip


def _named(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{path}={_cell(value)}" for path, value in values.items())


def _cell(value: Any) -> Any:
    return value if isinstance(value, (int, str, date)) or value is None else repr(value)


def sweep(
    book: House,
    path: str,
    first: int,
    last: int,
    histories: Packed | Reading | Mapping[str, History] | Iterable[Event] | IntoFrame,
    *,
    on: date,
    step: int = 1,
    since: date | None = None,
    measures: Sequence[Measure] = MEASURES,
) -> Sweep:
    """The field at ``path`` from ``first`` to ``last`` (closed), each value held against the book as it is.

    ``sweep(WENHUA, "churn.lost.months", 3, 24, events, on=date(2025, 6, 30))``. What stands in a row is named by its number
    from 0, as in ``"benefits.discounts.0.percent"``. A path that does not exist is an error; a value with which no book can
    be built is a point with a ``problem``.

    Of several :class:`~lifecycle.book.Editions` the one of the day ``on`` is amended, in its own time. ``since`` makes each
    value a reform: in force from that day on (closed), until the next edition begins.
    """
    for name, value in (("first", first), ("last", last), ("step", step)):
        if type(value) is not int or (name == "step" and value < 1):
            raise LifecycleError(f"{name}={value!r} is not a whole number", argument=name, value=value)
    if last < first:
        raise LifecycleError(
            f"last={last} lies below first={first}", argument="last", value=last, remedy="first ≤ last"
        )
    return grid(book, {path: range(first, last + 1, step)}, histories, on=on, since=since, measures=measures)


def grid(
    book: House,
    values: Mapping[str, Iterable[Any]],
    histories: Packed | Reading | Mapping[str, History] | Iterable[Event] | IntoFrame,
    *,
    on: date,
    since: date | None = None,
    measures: Sequence[Measure] = MEASURES,
) -> Sweep:
    """Every combination of the values of several paths, the last path running fastest; see :func:`sweep`."""
    kept = {path: tuple(some) for path, some in values.items()}
    many = 1
    for path, some in kept.items():
        if not some:
            raise LifecycleError(f"no value is given for {path}", argument="values", value=path)
        many *= len(some)
    if not kept or many > _MOST:
        raise LifecycleError(
            f"{many:,} combinations of {len(kept)} paths", argument="values", value=many, remedy=f"from 1 to {_MOST:,}"
        )
    a_day(on)
    a_house(book).changed(partial(_exist, paths=kept), on=on, since=since)
    ground = Ground(book, histories, on=on, measures=measures)
    units = {measure.name: str(getattr(measure, "unit", "points")) for measure in measures}
    points = tuple(_point(ground, kept, some, since) for some in product(*kept.values()))
    amounts = {one.measure for point in points for one in point.figures if one.value is None}
    units = {name: unit for name, unit in units.items() if name in amounts}
    return Sweep(book, on, ground.customers, points, units, since)


def _point(ground: Ground, paths: Mapping[str, object], values: Sequence[Any], since: date | None) -> Point:
    told = FrozenDict(dict(zip(paths, values, strict=True)))
    try:
        house = ground.base.changed(lambda book: book.amend(_named(told), **told), on=ground.on, since=since)
    except LifecycleError as error:
        return Point(told, problem=str(error))
    found: Comparison = ground.against(house)
    return Point(told, found.figures(), len(found.changed))


def _exist(book: Book, paths: Iterable[str]) -> Book:
    """The book; raises where it has no such paths: a wrong value is a point's problem, a wrong path is the caller's."""
    for path in paths:
        value: Any = book
        *above, last = path.split(".")
        for name in above:
            value = part_of(value, name)
        there = part_of(value, last) is not None if isinstance(value, tuple) else hasattr(value, last)
        if value is None or not there:
            book.amend("x", **{path: None})  # says which part is wrong, and its neighbours
    return book
