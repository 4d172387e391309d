"""Events as the tables of a dealer system's export: a mapping read backwards.

In: events and an :class:`~lifecycle.readers.mapping.ExportMap`. Out: for each table its header and rows, so that reading
them by the same mapping gives the same events again; what no row of a table can carry without loss goes into the plain
table. :func:`write_export` writes the files. Next room: :mod:`lifecycle.readers`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from itertools import combinations, product
from pathlib import Path
from typing import Final, NamedTuple

from lifecycle.errors import LifecycleError
from lifecycle.events import Event
from lifecycle.kinds import FACTS, KINDS, Value
from lifecycle.readers.mapping import ExportMap, Table
from lifecycle.readers.mapping import Telling as Said

__all__ = ["Sheet", "sheets", "write_export"]

_PLAIN_HEADER: Final = ("客户", "事件", "日期", "编号", "车辆")


class Sheet(NamedTuple):
    """One table, filled in: its name, header and rows."""

    name: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


class _Row(NamedTuple):
    """The events that may share a row, by which telling of the table, and the cells of the row's number."""

    events: list[tuple[Said, Event]]
    number: Mapping[str, str]


def sheets(events: Iterable[Event], layout: ExportMap) -> list[Sheet]:
    """The tables of the layout that have rows, in its order; each event stands in exactly one row."""
    plain = next((table for table in layout.tables.values() if table.plain), None)
    if plain is None:
        raise LifecycleError(
            f"the mapping {layout.name} has no plain table",
            argument="layout",
            value=layout.name,
            remedy="declare one with plain = true, for the events that fit no other",
        )
    forms = {name: _Form(table) for name, table in layout.tables.items() if not table.plain}
    homes: dict[str, list[tuple[str, Said]]] = {}
    for name, form in forms.items():
        for said in form.table.tellings:
            homes.setdefault(said.kind.name, []).append((name, said))
    groups: dict[tuple[object, ...], _Row] = {}
    left: list[tuple[int, Event]] = []
    order: dict[tuple[str, str], int] = {}
    for place, event in enumerate(events):
        order[event.customer, event.id] = place
        for name, said in homes.get(event.kind, ()):
            number = forms[name].number_of(event, said)
            if number is None:
                continue
            key: tuple[object, ...] = (name, event.customer, *number.values())
            if said.id is None:
                key += (
                    (event.vehicle if said.kind.about_vehicle else None,)
                    if len(forms[name].table.tellings) > 1
                    else (place,)
                )
            row = groups.setdefault(key, _Row([], number))
            if all(other is not said for other, _ in row.events):
                row.events.append((said, event))
                break
        else:
            left.append((place, event))
    filled: dict[str, list[tuple[str, ...]]] = {name: [] for name in forms}
    for key, row in groups.items():
        name = str(key[0])
        cells, over = forms[name].fill(row)
        if cells is not None:
            filled[name].append(cells)
        left += [(order[event.customer, event.id], event) for event in over]
    made = {name: Sheet(name, forms[name].header, rows) for name, rows in filled.items() if rows}
    if left:
        left.sort(key=lambda item: item[0])
        made[plain.name] = _plain_sheet(plain, [event for _, event in left])
    return [made[name] for name in layout.tables if name in made]


class _Form:
    """A table as a form to be filled in."""

    def __init__(self, table: Table) -> None:
        self.table = table
        named = [table.customer, *([table.vehicle] if table.vehicle else [])]
        for said in table.tellings:
            named += [*said.id_columns, said.at, *said.when, *said.columns]
        self.header = tuple(dict.fromkeys(named))
        self._places = {name: place for place, name in enumerate(self.header)}
        self._whens: dict[frozenset[str], Mapping[str, str] | None] = {}
        self._words: dict[tuple[str, str, Value], str] = {}

    def number_of(self, event: Event, said: Said) -> Mapping[str, str] | None:
        """The cells that the event's id is made of; None where it is not made so."""
        if said.id is None:
            return {}
        if "{" not in said.id:
            return {said.id: event.id}
        pattern = "".join(
            re.escape(part) if place % 2 == 0 else "(.+)"
            for place, part in enumerate(re.split(r"\{([^{}]*)\}", said.id))
        )
        found = re.fullmatch(pattern, event.id)
        return None if found is None else dict(zip(said.id_columns, found.groups(), strict=True))

    def fill(self, row: _Row) -> tuple[tuple[str, ...] | None, list[Event]]:
        """The row that tells as many of the events as can be, and the events that it cannot tell."""
        for size in range(len(row.events), 0, -1):
            for chosen in combinations(row.events, size):
                cells = self._cells(chosen, row.number)
                if cells is not None:
                    inside = {event.id for _, event in chosen}
                    over = [event for _, event in row.events if event.id not in inside]
                    return tuple(cells.get(name, "") for name in self.header), over
        return None, [event for _, event in row.events]

    def _cells(self, chosen: Sequence[tuple[Said, Event]], number: Mapping[str, str]) -> dict[str, str] | None:
        """The cells that tell just these events; None where there are no such cells."""
        table = self.table
        when = self._when(frozenset(said.kind.name for said, _ in chosen))
        if when is None:
            return None
        cells: dict[str, str] = {table.customer: chosen[0][1].customer}

        def put(column: str, text: str) -> bool:
            return cells.setdefault(column, text) == text

        for column, text in (*number.items(), *when.items()):
            if not put(column, text):
                return None
        for said, event in chosen:
            if event.vehicle is not None and (table.vehicle is None or not put(table.vehicle, event.vehicle)):
                return None
            facts = dict(event.facts)
            for fact, constant in said.constants.items():
                if fact not in said.columns.values() and facts.pop(fact, None) != FACTS[fact].read(constant):
                    return None
            for column, fact in said.columns.items():
                value = facts.pop(fact, None)
                if not put(column, "" if value is None else self._word(column, fact, value)):
                    return None
            if facts or not put(said.at, _moment(event.at)):
                return None
        for said, event in chosen:
            if (
                said.kind.about_vehicle
                and event.vehicle is None
                and table.vehicle is not None
                and cells.get(table.vehicle)
            ):
                return None
        mute = {said.kind.name for said, _ in chosen}
        for said in table.tellings:
            speaks = all(cells.get(column) in values for column, values in said.when.items())
            if speaks and said.kind.name not in mute and (cells.get(said.at) or not said.optional):
                return None
        return cells

    def _when(self, kinds: frozenset[str]) -> Mapping[str, str] | None:
        """Words for the columns that say which events a row tells, so that it may tell these and need not tell others."""
        if kinds in self._whens:
            return self._whens[kinds]
        tellings = self.table.tellings
        columns = {
            column: sorted({value for said in tellings for value in said.when.get(column, ())})
            for column in dict.fromkeys(column for said in tellings for column in said.when)
        }
        found: Mapping[str, str] | None = None
        for values in product(*columns.values()):
            words = dict(zip(columns, values, strict=True))
            speak = {
                said.kind.name
                for said in tellings
                if all(words[column] in allowed for column, allowed in said.when.items())
            }
            need = {said.kind.name for said in tellings if said.kind.name in speak and not said.optional}
            if kinds <= speak and need <= kinds:
                found = words
                break
        self._whens[kinds] = found
        return found

    def _word(self, column: str, fact: str, value: Value) -> str:
        """What is written in a cell for a value: the system's own word where the mapping has one."""
        known = self._words.get((column, fact, value))
        if known is None:
            text = FACTS[fact].write(value)
            own = {**self.table.fact_values.get(fact, {}), **self.table.values.get(column, {})}
            known = next((word for word, meant in own.items() if meant == text), None) or _word(fact, value)
            if len(self._words) < 4096:  # choices and yes/no come again and again, numbers do not
                self._words[column, fact, value] = known
        return known


def _word(fact: str, value: Value) -> str:
    """A value as a Chinese export writes it."""
    known = FACTS[fact]
    if value is True:
        return "是"
    if value is False:
        return "否"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if known.type == "choice" and known.choices_zh:
        return known.choices_zh[known.choices.index(str(value))]
    return known.write(value)


def _moment(at: date | datetime) -> str:
    if not isinstance(at, datetime):
        return at.isoformat()
    return at.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds" if at.second else "minutes")


def _plain_sheet(table: Table, events: Sequence[Event]) -> Sheet:
    """Events in the plain form, with a column for each fact that any of them tells."""
    named = {fact for event in events for fact in event.facts}
    facts = [fact for fact in FACTS if fact in named]
    rows = [
        (
            event.customer,
            KINDS[event.kind].zh,
            _moment(event.at),
            event.id,
            event.vehicle or "",
            *(_word(fact, event.facts[fact]) if fact in event.facts else "" for fact in facts),
        )
        for event in events
    ]
    return Sheet(table.name, (*_PLAIN_HEADER, *(FACTS[fact].zh for fact in facts)), rows)


def write_export(folder: Path, tables: Iterable[Sheet], encodings: Mapping[str, str]) -> list[Path]:
    """Each table as ``name.csv`` in the folder, UTF-8 unless ``encodings`` says otherwise by the table's name."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for sheet in tables:
        text = StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(sheet.header)
        writer.writerows(sheet.rows)
        path = folder / f"{sheet.name}.csv"
        path.write_bytes(text.getvalue().encode(encodings.get(sheet.name, "utf-8")))
        written.append(path)
    return written
