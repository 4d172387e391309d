"""A table met with a header: each row becomes events and problems, and none is lost.

In: a :class:`~lifecycle.readers.mapping.Table`, the header that a file has, then its rows as cells of text. Out: what
they tell, into a :class:`~lifecycle.readers.reading.Gathered`. A header that does not fit is one
:class:`LifecycleError` that names every column at fault and its neighbours; a row that does not fit is a problem.
Next room: :mod:`lifecycle.readers.reading`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lifecycle.errors import LifecycleError, near
from lifecycle.events import Event, Problem
from lifecycle.kinds import FACTS, KINDS, Kind, Value, kind_named
from lifecycle.readers.mapping import PLAIN_NAMES, Table, Telling
from lifecycle.readers.reading import Gathered
from lifecycle.readers.streams import Fault

__all__ = ["Plan", "clean_header", "known_names", "plan"]

_SHORT = ("customer", "at", "amount")
_SHOWN = 60
#: So many unknown events of a file are told with their neighbours.
_ADVISED = 1_000
_KINDS = {*KINDS, *(kind.zh for kind in KINDS.values())}


class _Column(NamedTuple):
    """A column that gives a fact."""

    place: int
    header: str
    fact: str
    read: Callable[[str], Value]


class _Wrong(Exception):  # noqa: N818 - it never leaves this room: the reason why a row tells no event
    def __init__(self, column: str | None, message: str, remedy: str | None = None, value: str | None = None) -> None:
        self.column = column
        self.message = message
        self.remedy = remedy
        self.value = value
        super().__init__(message)


def _of(error: LifecycleError, column: str | None, cell: str | None) -> _Wrong:
    return _Wrong(column, error.message, error.remedy, cell)


class Plan:
    """How the rows of one file become events; :meth:`row` takes them one by one."""

    def __init__(self, table: Table, header: Sequence[str], file: str, out: Gathered) -> None:
        self.table = table
        self.header = tuple(header)
        self.file = file
        self.out = out
        self.left_alone: tuple[str, ...] = ()
        self._width = len(header)
        self._null = table.cells.null
        self._moment = table.cells.moment

    def row(self, line: int, cells: Sequence[str] | Fault) -> None:
        """One row: so many events or problems as it tells (see :mod:`lifecycle.readers.reading`)."""
        out = self.out
        out.rows += 1
        if isinstance(cells, Fault):
            self._refuse(line, _Wrong(cells.column, cells.message, cells.remedy, cells.value))
        elif len(cells) != self._width:
            why = f"the row has {len(cells)} cells, the header {self._width}"
            self._refuse(
                line, _Wrong(None, why, "quote a cell that holds the delimiter; fill missing cells with blanks")
            )
        else:
            self._tell(line, cells)

    def headers(self) -> dict[str, str]:
        """Where a part of an event stands: ``at``, ``id`` or a fact, ``KIND.at`` where it differs by kind → header."""
        raise NotImplementedError

    def _tell(self, line: int, cells: Sequence[str]) -> None:
        raise NotImplementedError

    def _refuse(self, line: int, wrong: _Wrong) -> None:
        self.out.told += 1
        value = wrong.value
        if value is not None and len(value) > _SHOWN:
            value = value[: _SHOWN - 1] + "…"
        self.out.problems.append(Problem(self.file, line, wrong.column, wrong.message, wrong.remedy, value))

    def _take(self, line: int, event: Event, vehicle_column: str | None) -> None:
        out = self.out
        out.told += 1
        out.events.append(event)
        out.lines.append(line)
        if event.vehicle is not None:
            out.vehicle(event.vehicle, self.file, line, vehicle_column)

    def _needed(self, cells: Sequence[str], index: int, column: str, remedy: str) -> str:
        cell = cells[index].strip()
        if cell in self._null:
            raise _Wrong(column, f"{column} is blank", remedy, cell)
        return cell

    def _facts(self, cells: Sequence[str], columns: Sequence[_Column]) -> dict[str, object]:
        facts: dict[str, object] = {}
        for index, header, name, read in columns:
            cell = cells[index]
            if cell and (cell := cell.strip()) not in self._null:
                try:
                    facts[name] = read(cell)
                except LifecycleError as error:
                    raise _of(error, header, cell) from None
        return facts

    def _also(self, cells: Sequence[str], columns: Sequence[_Column], first: str | None) -> str:
        """What else is wrong with the row, as a tail to the message of its first fault."""
        tail = ""
        for column in columns:
            if column.header == first:
                continue
            try:
                self._facts(cells, (column,))
            except _Wrong as wrong:
                tail += f"; also column {wrong.column}: {wrong.message}"
        return tail


class _Plain(Plan):
    """The plain form: one event a row, of the kind that the row names (or a charged visit, in the short form)."""

    def __init__(self, table: Table, header: Sequence[str], file: str, out: Gathered) -> None:
        super().__init__(table, header, file, out)
        meant = [_meaning(name, table.columns) for name in header]
        self._check(meant)
        at = {name: index for index, name in enumerate(meant) if name is not None}
        self._customer = at["customer"]
        self._at = at["at"]
        self._event = at.get("event")
        self._id = at.get("id")
        self._vehicle = at.get("vehicle")
        self._nameless = tuple(index for index, name in enumerate(header) if not name)
        rename = {"amount": "charge"} if self._event is None else {}
        self._columns = tuple(
            _Column(index, header[index], fact, _reading(table, header[index], fact))
            for index, name in enumerate(meant)
            if name is not None
            for fact in [rename.get(name, "event" if name == "fact:event" else name)]
            if name not in PLAIN_NAMES and fact != "vehicle"
        )
        self._header_of = {column.fact: column.header for column in self._columns} | {
            name: header[index] for name, index in at.items() if name in PLAIN_NAMES or name == "vehicle"
        }
        self._kinds: dict[str, Kind] = {}
        self._unknown = 0

    def _check(self, meant: list[str | None]) -> None:
        header = self.header
        known = [name for name in meant if name is not None]
        short = "event" not in known and "amount" in known
        faults: list[str] = []
        for index, (name, meaning) in enumerate(zip(header, meant, strict=True), start=1):
            if name and meaning is None:
                faults.append(f"unknown column {name!r} ({near(name, known_names())})")
            elif meaning is not None and meaning in meant[: index - 1]:
                first = header[meant.index(meaning)]
                twice = (
                    f"column {name!r} stands twice" if first == name else f"{first!r} and {name!r} are the same column"
                )
                faults.append(f"{twice} ({meaning}: leave one away)")
            elif short and meaning is not None and meaning not in (*_SHORT, "vehicle", "visit", "id"):
                faults.append(f"column {name!r} is none of the short form customer,at,amount[,vehicle][,visit][,id]")
        needed = _SHORT if short else ("customer", "event", "at")
        for name in needed:
            if name not in known:
                zh = " or ".join(PLAIN_NAMES.get(name, ()))
                faults.append(f"there is no column {name}" + (f" ({zh})" if zh else ""))
        _refuse_header(self.file, self.table, header, faults, "the plain form is customer,event,at and a column a fact")

    def _tell(self, line: int, cells: Sequence[str]) -> None:
        try:
            event = self._read(line, cells)
        except _Wrong as wrong:
            wrong.message += self._also(cells, self._columns, wrong.column)
            self._refuse(line, wrong)
            return
        self._take(line, event, self._header_of.get("vehicle"))

    def _read(self, line: int, cells: Sequence[str]) -> Event:
        customer = self._needed(cells, self._customer, self._header_of["customer"], "each row needs its customer")
        kind = self._kind(cells)
        when = self._needed(cells, self._at, self._header_of["at"], "each event needs its day")
        try:
            at = self._moment(when)
        except LifecycleError as error:
            raise _of(error, self._header_of["at"], when) from None
        id_ = ""
        if self._id is not None:
            id_ = cells[self._id].strip()
            if id_ in self._null:
                id_ = ""
        vehicle: str | None = None
        if self._vehicle is not None:
            vehicle = cells[self._vehicle].strip()
            if vehicle in self._null:
                vehicle = None
        for index in self._nameless:
            if cells[index].strip() not in self._null:
                raise _Wrong(None, f"cell {index + 1} has no column name above it", "name the column", cells[index])
        facts = self._facts(cells, self._columns)
        try:
            return Event(at, kind.name, id_ or f"{self.file}:{line:08d}", customer, vehicle, facts)
        except LifecycleError as error:
            column = self._header_of.get(error.argument or "")
            value = None if error.value is None else str(error.value)
            raise _of(error, column, value) from None

    def headers(self) -> dict[str, str]:
        return self._header_of

    def _kind(self, cells: Sequence[str]) -> Kind:
        if self._event is None:
            return KINDS["vehicle_handed_over"]  # the short form
        word = cells[self._event]
        kind = self._kinds.get(word)
        if kind is not None:
            return kind
        header = self._header_of["event"]
        name = self._needed(cells, self._event, header, "each row needs its event")
        if name not in _KINDS:
            self._unknown += 1
            if self._unknown > _ADVISED:  # as where two columns are swapped: to look for neighbours takes its time
                raise _Wrong(header, f"unknown event {name!r}", "see the first problems of this file", name)
        try:
            kind = kind_named(name)
        except LifecycleError as error:
            raise _of(error, header, name) from None
        if kind.derived:
            raise _Wrong(
                header, f"{kind.name} is made by replay from the policy in force, it is not told",
                "leave the row away; the visit or delivery itself is told", name,
            )  # fmt: skip
        self._kinds[word] = kind
        return kind


class _Told(NamedTuple):
    """A telling met with a header."""

    kind: Kind
    at: int
    at_header: str
    optional: bool
    id: Callable[[int, Sequence[str]], str]
    when: tuple[tuple[int, frozenset[str]], ...]
    columns: tuple[_Column, ...]
    own: tuple[_Column, ...]
    constants: Mapping[str, Value]
    vehicle: int | None


class _Mapped(Plan):
    """A mapped table: each row tells the events that the table declares."""

    def __init__(self, table: Table, header: Sequence[str], file: str, out: Gathered) -> None:
        super().__init__(table, header, file, out)
        named = {name for telling in table.tellings for name in telling.columns} | set(table.needed) | table.may_lack
        others = [name for name in header if name]
        faults = [f"there is no column {name!r} ({near(name, others)})" for name in table.needed if name not in header]
        for name in dict.fromkeys(header):
            times = list(header).count(name)
            if name in named and times > 1:
                faults.append(f"column {name!r} stands {times} times")
        _refuse_header(file, table, header, faults, "declare columns that an export may lack in may_lack")
        self.left_alone = tuple(name for name in header if name and name not in named)
        at = {name: index for index, name in enumerate(header)}
        self._customer = at[table.customer]
        self._vehicle_header = table.vehicle
        self._ignore = tuple((at[name], values) for name, values in table.ignore.items())
        known: dict[str, frozenset[str]] = {}
        for telling in table.tellings:
            for name, values in telling.when.items():
                known[name] = known.get(name, frozenset()) | values
        self._known = tuple(
            (at[name], name, values | table.ignore.get(name, frozenset())) for name, values in known.items()
        )
        many = len(table.tellings) > 1
        self._tellings = tuple(
            self._told(number, telling, at, many)
            for number, telling in enumerate(table.tellings, start=1)
            if telling.at in at
        )

    def headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for telling in self.table.tellings:
            parts = {fact: header for header, fact in telling.columns.items()} | {"at": telling.at}
            parts |= {"id": telling.id_columns[0]} if telling.id_columns else {}
            found |= {f"{telling.kind.name}.{part}": header for part, header in parts.items()}
        return found

    def _told(self, number: int, telling: Telling, at: Mapping[str, int], many: bool) -> _Told:
        columns = tuple(
            _Column(at[name], name, fact, _reading(self.table, name, fact))
            for name, fact in telling.columns.items()
            if name in at
        )
        shared = {name for other in self.table.tellings if other is not telling for name in other.columns}
        own = tuple(column for column in columns if column.header not in shared) if telling.optional else ()
        constants = {fact: FACTS[fact].read(value) for fact, value in telling.constants.items()}
        vehicle = at.get(self.table.vehicle) if self.table.vehicle and telling.kind.about_vehicle else None
        return _Told(
            telling.kind, at[telling.at], telling.at, telling.optional, self._id_maker(telling, at, number if many else 0),
            tuple((at[name], values) for name, values in telling.when.items()), columns, own, constants, vehicle,
        )  # fmt: skip

    def _id_maker(self, telling: Telling, at: Mapping[str, int], number: int) -> Callable[[int, Sequence[str]], str]:
        if telling.id is None:
            suffix = f".{number}" if number else ""
            return lambda line, cells: f"{self.file}:{line:08d}{suffix}"
        if "{" not in telling.id:
            column, index = telling.id, at[telling.id]
            return lambda line, cells: self._needed(cells, index, column, "it is the id of the event")
        parts = [
            part if place % 2 == 0 else at[part] for place, part in enumerate(re.split(r"\{([^{}]*)\}", telling.id))
        ]
        names = {at[name]: name for name in telling.id_columns}
        return lambda line, cells: "".join(
            part if isinstance(part, str) else self._needed(cells, part, names[part], "it is in the id of the event")
            for part in parts
        )

    def _tell(self, line: int, cells: Sequence[str]) -> None:
        for index, values in self._ignore:
            if cells[index].strip() in values:
                self.out.aside += 1
                return
        for index, name, values in self._known:
            cell = cells[index].strip()
            if cell not in values:
                wrong = _Wrong(
                    name, f"{name}={cell!r} is none of the values that the mapping knows", near(cell, values), cell
                )
                self._refuse(line, wrong)
                return
        told = False
        for telling in self._tellings:
            if all(cells[index].strip() in values for index, values in telling.when):
                when = cells[telling.at].strip()
                if when in self._null and telling.optional:
                    self._warn_of_strays(line, cells, telling)
                    continue
                told = True
                self._event(line, cells, telling, when)
        if not told:
            self._refuse(line, self._nothing(cells))

    def _event(self, line: int, cells: Sequence[str], telling: _Told, when: str) -> None:
        try:
            event = self._read(line, cells, telling, when)
        except _Wrong as wrong:
            wrong.message += self._also(cells, telling.columns, wrong.column)
            if len(self._tellings) > 1:
                wrong.message = f"{telling.kind.name}: {wrong.message}"
            self._refuse(line, wrong)
        else:
            self._take(line, event, self._vehicle_header)

    def _read(self, line: int, cells: Sequence[str], telling: _Told, when: str) -> Event:
        customer = self._needed(cells, self._customer, self.table.customer, "each row needs its customer")
        if when in self._null:
            remedy = "fill it in; or declare the event optional, if a blank means that it did not happen"
            raise _Wrong(telling.at_header, f"{telling.at_header} is blank", remedy, when)
        try:
            at = self._moment(when)
        except LifecycleError as error:
            raise _of(error, telling.at_header, when) from None
        vehicle: str | None = None
        if telling.vehicle is not None:
            vehicle = cells[telling.vehicle].strip()
            if vehicle in self._null:
                vehicle = None
        facts = self._facts(cells, telling.columns)
        if telling.constants:
            facts = {**telling.constants, **facts}
        try:
            return Event(at, telling.kind.name, telling.id(line, cells), customer, vehicle, facts)
        except LifecycleError as error:
            raise self._at_its_column(error, telling) from None

    def _at_its_column(self, error: LifecycleError, telling: _Told) -> _Wrong:
        headers = {column.fact: column.header for column in telling.columns}
        headers |= {"at": telling.at_header, "customer": self.table.customer}
        if self._vehicle_header:
            headers["vehicle"] = self._vehicle_header
        return _of(error, headers.get(error.argument or ""), None if error.value is None else str(error.value))

    def _warn_of_strays(self, line: int, cells: Sequence[str], telling: _Told) -> None:
        """A fact of an event that did not happen would be lost without a word."""
        for column in telling.own:
            cell = cells[column.place].strip()
            if cell not in self._null:
                message = (
                    f"{column.header} is filled in, but {telling.at_header} is blank: no {telling.kind.name} is told"
                )
                remedy = f"fill in {telling.at_header}, or empty this cell"
                self.out.problems.append(
                    Problem(self.file, line, column.header, message, remedy, cell[:_SHOWN], "warning")
                )

    def _nothing(self, cells: Sequence[str]) -> _Wrong:
        blank = dict.fromkeys(
            telling.at_header for telling in self._tellings if cells[telling.at].strip() in self._null
        )
        said = ", ".join(f"{name}={cells[index].strip()!r}" for index, name, _ in self._known)
        why = (
            f"{', '.join(blank)} {'are' if len(blank) > 1 else 'is'} blank" if blank else f"none is declared for {said}"
        )
        return _Wrong(
            next(iter(blank), None),
            f"the row tells no event: {why}",
            "fill in a date, or let the mapping ignore such rows",
        )


def plan(table: Table, header: Sequence[str], file: str, out: Gathered) -> Plan:
    """The plan by which the rows of ``file`` become events; a header that does not fit is an error."""
    names = clean_header(header)
    return _Plain(table, names, file, out) if table.plain else _Mapped(table, names, file, out)


def clean_header(header: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, without marks and blanks around them."""
    return tuple(name.strip().lstrip("\ufeff").strip() for name in header)


def known_names() -> tuple[str, ...]:
    """Every name that a column of the plain form can have."""
    plain = [name for english, chinese in PLAIN_NAMES.items() for name in (english, *chinese)]
    return tuple(dict.fromkeys((*plain, *FACTS, *(fact.zh for fact in FACTS.values()))))


def _meaning(name: str, renamed: Mapping[str, str]) -> str | None:
    """What a plain column is: a plain name, a fact (``fact:event`` for the one that a plain name hides), or unknown."""
    if name in renamed:
        name = renamed[name]
    if not name:
        return None
    english = name.casefold()
    if english in PLAIN_NAMES or english in FACTS:
        return english
    for plain, chinese in PLAIN_NAMES.items():
        if name in chinese:
            return plain
    for fact in FACTS.values():
        if name == fact.zh:
            return "fact:event" if fact.name == "event" else fact.name
    return None


def _reading(table: Table, header: str, fact: str) -> Callable[[str], Value]:
    return table.cells.reader(fact, {**table.fact_values.get(fact, {}), **table.values.get(header, {})})


def _refuse_header(file: str, table: Table, header: Sequence[str], faults: list[str], remedy: str) -> None:
    if not faults:
        return
    what = "the header does not fit" + ("" if table.plain else f" the table {table.name}")
    raise LifecycleError(
        f"{what}: {'; '.join(faults)}",
        argument="header",
        value=",".join(header)[:200],
        place=f"{file}:{table.skip_lines + 1}" if not table.header else file,
        remedy=remedy,
    )
