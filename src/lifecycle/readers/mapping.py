"""The mapping of a dealer system's export: which table, which column, which event; a TOML file checked as a whole.

In: a TOML file, the name of a shipped one, or the same as a dict. Out: an :class:`ExportMap` of :class:`Table` values,
or one :class:`LifecycleError` that lists all that is wrong with the file, each with its place and its neighbours. How
such a file is written: ``docs/how-to/map-an-export.md``. Next room: :mod:`lifecycle.readers.plans`.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from importlib import resources
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TypeGuard
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from lifecycle.dates import SHANGHAI
from lifecycle.errors import LifecycleError, near
from lifecycle.kinds import FACTS, Kind, kind_named
from lifecycle.readers.cells import Cells, check_date_format
from lifecycle.readers.streams import DELIMITERS

__all__ = [
    "PLAIN", "ExportMap", "Table", "Telling", "check_encoding", "chosen_map", "load_map", "parse_map", "shipped_maps",
    "table_by_header", "table_by_name",
]  # fmt: skip

#: What plain columns are called beside the facts: English name → Chinese names.
PLAIN_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"customer": ("客户", "客户编号"), "event": ("事件",), "at": ("日期", "时间"), "id": ("编号",)}
)
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_NONE: Mapping[str, str] = MappingProxyType({})


@frozen
class Telling:
    """One event that a row of a table may tell."""

    kind: Kind
    at: str
    """The column of its day or instant."""
    id: str | None
    """A column, or a text with ``{column}`` in it; None: the id is made from file and line."""
    optional: bool
    """Whether a blank date cell means that the event did not happen; otherwise it is a problem."""
    when: Mapping[str, frozenset[str]]
    """Column → the values for which the row tells this event."""
    columns: Mapping[str, str]
    """Column → fact."""
    constants: Mapping[str, str]
    """Fact → the value that every such event has."""

    @property
    def id_columns(self) -> tuple[str, ...]:
        """The columns that its id is made of."""
        if self.id is None:
            return ()
        return tuple(_TEMPLATE.findall(self.id)) if "{" in self.id else (self.id,)


@frozen
class Table:
    """One table of an export: how its file is read, and the events its rows tell."""

    name: str
    files: tuple[str, ...] = ()
    """File name patterns (``维修工单*.csv``), upper and lower case alike."""
    plain: bool = False
    """Whether it is the plain form: ``customer, event, at`` and a column a fact (``columns`` may rename its headers)."""
    customer: str = "customer"
    vehicle: str | None = None
    tellings: tuple[Telling, ...] = ()
    columns: Mapping[str, str] = field(default=_NONE)
    """Plain tables only: header → plain name or fact."""
    values: Mapping[str, Mapping[str, str]] = field(factory=dict[str, Mapping[str, str]])
    """Column → cell → the value it stands for."""
    fact_values: Mapping[str, Mapping[str, str]] = field(factory=dict[str, Mapping[str, str]])
    """Fact → cell → the value it stands for, whatever the column."""
    ignore: Mapping[str, frozenset[str]] = field(factory=dict[str, frozenset[str]])
    """Column → values of rows that tell nothing, on purpose."""
    may_lack: frozenset[str] = frozenset()
    """Columns that a file need not have."""
    header: tuple[str, ...] = ()
    """The names of the columns where the file has no header."""
    skip_lines: int = 0
    """Lines before the header that are no part of the table."""
    encoding: str | None = None
    delimiter: str | None = None
    cells: Cells = field(factory=Cells)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that a file of this table must have, in the order in which they are named."""
        named = [self.customer, *([self.vehicle] if self.vehicle else []), *self.ignore]
        for telling in self.tellings:
            named += [telling.at, *telling.id_columns, *telling.when, *telling.columns]
        return tuple(dict.fromkeys(column for column in named if column not in self.may_lack))


#: The plain form as it is read without a mapping.
PLAIN = Table("plain", plain=True)


@frozen
class ExportMap:
    """The tables of one dealer system's export. ``str(map.tables[…])`` names each; :meth:`table_of` finds a file's."""

    name: str
    tables: Mapping[str, Table]
    zone: ZoneInfo = SHANGHAI
    file: str = ""

    def named(self, name: str) -> Table:
        """The table of that name; an unknown one is an error that lists its neighbours."""
        if name not in self.tables:
            raise LifecycleError(
                f"the mapping {self.name} has no table {name!r}",
                argument="table",
                value=name,
                remedy=near(name, self.tables),
            )
        return self.tables[name]

    def matching(self, file: str) -> list[Table]:
        """The tables whose patterns the file's name fits."""
        base = PurePath(file).name.casefold()
        return [
            table for table in self.tables.values() if any(fnmatch(base, pattern.casefold()) for pattern in table.files)
        ]

    def table_of(self, file: str) -> Table:
        """The one table whose patterns the file's name fits; none or several is an error."""
        found = self.matching(file)
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(table.name for table in found)
            raise LifecycleError(
                f"its name fits the tables {names} of the mapping {self.name}",
                argument="file", value=file, place=file, remedy="make the patterns in `files` narrower, or say table=",
            )  # fmt: skip
        raise LifecycleError(
            f"no table of the mapping {self.name} is in a file of this name",
            argument="file", value=file, place=file,
            remedy=f"say table=, one of {', '.join(self.tables)}; or add a pattern to its `files`",
        )  # fmt: skip


def shipped_maps() -> tuple[str, ...]:
    """The names of the mappings that come with the library."""
    folder = resources.files("lifecycle.readers")
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_map(source: str | PurePath) -> ExportMap:
    """The mapping in the TOML file ``source``; where there is no such file, the shipped one of that name (``dms``)."""
    path = Path(source)
    name = path.name.removesuffix(".toml")
    if path.is_file():
        data = path.read_bytes()
    elif str(source) in (name, f"{name}.toml") and name in shipped_maps():
        data = resources.files("lifecycle.readers").joinpath(f"{name}.toml").read_bytes()
    else:
        raise LifecycleError(
            f"there is no mapping file {source}",
            argument="mapping", value=str(source), place=str(source), remedy=f"shipped mappings: {', '.join(shipped_maps())}",
        )  # fmt: skip
    try:
        parsed = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LifecycleError(
            f"this is no TOML: {error}", argument="mapping", value=str(source), place=str(source),
            remedy='a name or value with Chinese characters stands in quotes, as in "状态" = "visit"',
        ) from None  # fmt: skip
    return parse_map(parsed, file=str(source))


def check_encoding(name: str) -> str:
    """The encoding of that name, if it is one that a table can be in; ``utf-8-sig`` is ``utf-8``."""
    sample = 'a1,;|\t"\n'
    try:
        known = codecs.lookup(name).name.removesuffix("-sig")
        # a codec of bytes to bytes encodes no text, and UTF-16 writes two bytes a letter
        plain = sample.encode(known) == sample.encode("ascii")
    except (LookupError, UnicodeError):
        known, plain = "", False
    if not plain:
        raise LifecycleError(
            f"encoding={name!r} is not one that a table can be read in",
            argument="encoding", value=name, remedy="utf-8, gb18030 or another that holds ASCII; save UTF-16 as UTF-8 first",
        )  # fmt: skip
    return known


def chosen_map(mapping: ExportMap | str | PurePath | None, table: str | None = None) -> ExportMap | None:
    """The mapping that a reader was given, loaded; a table without a mapping is an error."""
    if mapping is None:
        if table is not None:
            raise LifecycleError(
                "table= names a table of a mapping, and none is given",
                argument="table",
                value=table,
                remedy="give mapping=",
            )
        return None
    chosen = mapping if isinstance(mapping, ExportMap) else load_map(mapping)
    if table is not None:
        chosen.named(table)
    return chosen


def table_by_name(file: str, mapping: ExportMap | None, table: str | None = None) -> Table | None:
    """The table of a file, by ``table`` or by the file's name; None where its header must say."""
    if mapping is None:
        return PLAIN
    if table is not None:
        return mapping.named(table)
    if mapping.matching(file):
        return mapping.table_of(file)
    return next(iter(mapping.tables.values())) if len(mapping.tables) == 1 else None


def table_by_header(header: Sequence[str], mapping: ExportMap | None, file: str) -> Table:
    """The one table whose columns the header has; the plain form does not compete with mapped tables."""
    if mapping is None:
        return PLAIN
    names = set(header)
    fits = [one for one in mapping.tables.values() if not one.plain and names.issuperset(one.needed)]
    most = max((len(one.needed) for one in fits), default=0)
    best = [one for one in fits if len(one.needed) == most]
    plain = [one for one in mapping.tables.values() if one.plain]
    if not best and len(plain) == 1 and all(names & {name, *PLAIN_NAMES[name]} for name in ("customer", "event", "at")):
        best = plain
    return best[0] if len(best) == 1 else mapping.table_of(file)  # which raises, saying how tables are told


def is_table(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether ``value`` has keys."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether ``value`` is a list of values, not a text."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


class _Keys:
    """One TOML table while it is read: each key is asked for once; what is wrong is gathered, with its place."""

    def __init__(self, given: object, place: str, faults: list[str]) -> None:
        self.place = place
        self.faults = faults
        self._asked: set[str] = set()
        self._given: Mapping[str, object] = {}
        if is_table(given):
            self._given = {str(key): value for key, value in given.items()}
        else:
            self.fault("", f"{given!r} is not a table of keys")

    def fault(self, key: str, why: str) -> None:
        place = ".".join(part for part in (self.place, key) if part)
        self.faults.append(f"{place}: {why}" if place else why)

    def names(self) -> tuple[str, ...]:
        """Every key that is there."""
        return tuple(self._given)

    def has(self, key: str) -> bool:
        return key in self._given

    def take(self, key: str) -> object:
        self._asked.add(key)
        return self._given.get(key)

    def text(self, key: str, *, needed: bool = False) -> str | None:
        value = self.take(key)
        if value is None:
            if needed:
                self.fault("", f"the key {key} is missing")
            return None
        if not isinstance(value, str) or (not value and key != "null"):
            self.fault(key, f"{value!r} is not a text")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, str):
            return (value,)
        if not is_list(value) or not all(isinstance(item, str) for item in value):
            self.fault(key, f"{value!r} is not a list of texts")
            return None
        return tuple(str(item) for item in value)

    def flag(self, key: str) -> bool:
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            self.fault(key, f"{value!r} is neither true nor false")
        return value is True

    def number(self, key: str) -> int:
        value = self.take(key)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fault(key, f"{value!r} is not a number of lines")
            return 0
        return value

    def tables(self, key: str) -> list[tuple[str, _Keys]]:
        value = self.take(key)
        if value is None:
            return []
        if not is_table(value):
            self.fault(key, f"{value!r} is not a table of keys")
            return []
        return [(str(name), self.inner(item, f"{key}.{name}")) for name, item in value.items()]

    def inner(self, given: object, key: str) -> _Keys:
        return _Keys(given, ".".join(part for part in (self.place, key) if part), self.faults)

    def words(self, key: str) -> dict[str, str]:
        """A table of texts; numbers and yes/no are taken as the text they are written as."""
        value = self.take(key)
        if value is None:
            return {}
        if not is_table(value):
            self.fault(key, f"{value!r} is not a table of keys")
            return {}
        read: dict[str, str] = {}
        for name, item in value.items():
            if isinstance(item, bool):
                read[str(name)] = "yes" if item else "no"
            elif isinstance(item, (str, int, float)) and item != "":
                read[str(name)] = str(item)
            else:
                self.fault(f"{key}.{name}", f"{item!r} is not a text")
        return read

    def lists(self, key: str) -> dict[str, frozenset[str]]:
        """A table of lists of texts; one text stands for a list of one."""
        inner = self.inner(self.take(key) or {}, key)
        found = {name: inner.texts(name) for name in inner.names()}
        return {name: frozenset(values) for name, values in found.items() if values is not None}

    def done(self) -> None:
        for key in self._given:
            if key not in self._asked:
                self.fault("", f"unknown key {key!r} ({near(key, self._asked)})")


_READING_KEYS = ("zone", "money", "null", "encoding", "delimiter", "date_format")


def parse_map(data: Mapping[str, object], *, file: str = "") -> ExportMap:
    """The mapping in parsed TOML; raises one :class:`LifecycleError` with everything that is wrong, a line each."""
    faults: list[str] = []
    top = _Keys(data, "", faults)
    name = top.text("name") or PurePath(file).stem or "mapping"
    base = _reading(top, Table(""))
    by_fact: dict[str, dict[str, str]] = {}
    values = top.inner(top.take("values") or {}, "values")
    for fact in values.names():
        words = values.words(fact)
        if fact in FACTS:
            by_fact[fact] = _translated(values, fact, fact, words)
        else:
            values.fault(fact, f"unknown fact {fact!r} ({near(fact, FACTS)})")
    base = evolve(base, fact_values=by_fact)
    tables = {table: _table(table, keys, base) for table, keys in top.tables("tables")}
    if not tables and not faults:
        top.fault("tables", "no table is mapped")
    top.done()
    if faults:
        shown = "\n  ".join(faults)
        raise LifecycleError(
            f"the mapping {name} has {len(faults)} fault{'s' * (len(faults) > 1)}:\n  {shown}",
            argument="mapping", value=name, place=file or None,
        )  # fmt: skip
    zone = base.cells.zone
    return ExportMap(name, MappingProxyType(tables), zone if isinstance(zone, ZoneInfo) else SHANGHAI, file)


def _reading(keys: _Keys, base: Table) -> Table:
    """``base`` with the keys that say how a file's text is read."""
    cells = base.cells
    changed: dict[str, object] = {}
    zone = keys.text("zone")
    if zone is not None:
        try:
            changed["zone"] = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            keys.fault("zone", f'{zone!r} is not a time zone (as in "Asia/Shanghai")')
    money = keys.text("money")
    if money not in (None, "yuan", "fen"):
        keys.fault("money", f'{money!r} is neither "yuan" nor "fen"')
    elif money is not None:
        changed["fen"] = money == "fen"
    null = keys.texts("null")
    if null is not None:
        changed["null"] = frozenset(word.strip() for word in null) | {""}
    forms = keys.texts("date_format")
    if forms is not None:
        try:
            changed["date_formats"] = tuple(check_date_format(form) for form in forms)
        except LifecycleError as error:
            keys.fault("date_format", str(error))
    encoding = keys.text("encoding")
    if encoding is not None:
        try:
            encoding = check_encoding(encoding)
        except LifecycleError as error:
            keys.fault("encoding", str(error))
    delimiter = keys.text("delimiter")
    if delimiter not in (None, "whitespace", *DELIMITERS):
        keys.fault("delimiter", f'{delimiter!r} is not one of , ; | \\t or "whitespace"')
    return evolve(
        base,
        encoding=encoding or base.encoding,
        delimiter=delimiter or base.delimiter,
        cells=evolve(cells, **changed),  # type: ignore[arg-type]  # the keys are those of Cells
    )


def _table(name: str, keys: _Keys, base: Table) -> Table:
    table = evolve(
        _reading(keys, base),
        name=name,
        files=keys.texts("files") or (),
        plain=keys.flag("plain"),
        header=keys.texts("header") or (),
        skip_lines=keys.number("skip_lines"),
        ignore=keys.lists("ignore"),
        may_lack=frozenset(keys.texts("may_lack") or ()),
    )
    columns = keys.words("columns")
    if table.plain:
        for key in ("customer", "vehicle", "events", "constants", "values", "ignore", "may_lack"):
            if keys.has(key):
                keys.take(key)
                keys.fault("", f"a plain table has no {key}: its columns are customer, event, at and the facts")
        for column, meant in columns.items():
            if meant not in PLAIN_NAMES and meant not in FACTS:
                keys.fault(f"columns.{column}", f"unknown name {meant!r} ({near(meant, {*PLAIN_NAMES, *FACTS})})")
        keys.done()
        return evolve(table, columns=columns)
    _known_facts(keys, "columns", columns)
    constants = keys.words("constants")
    _known_constants(keys, constants)
    events = keys.take("events")
    if not is_list(events) or not events:
        keys.fault("", "the key events is missing: [[tables.….events]] with event = and at =")
        events = ()
    table = evolve(table, customer=keys.text("customer", needed=True) or "", vehicle=keys.text("vehicle"))
    tellings = [
        telling
        for number, item in enumerate(events, start=1)
        if (telling := _telling(keys.inner(item, f"events[{number}]"), table, columns, constants)) is not None
    ]
    used = {fact for telling in tellings for fact in telling.columns.values()}
    for column, fact in columns.items():
        if fact in FACTS and fact not in used and len(tellings) == len(events):
            told = ", ".join(dict.fromkeys(telling.kind.name for telling in tellings))
            keys.fault(f"columns.{column}", f"no event of the table takes {fact} (it tells {told})")
    values: dict[str, dict[str, str]] = {}
    every = {**columns, **{column: fact for telling in tellings for column, fact in telling.columns.items()}}
    translated = keys.inner(keys.take("values") or {}, "values")
    for column in translated.names():
        words = translated.words(column)
        if every.get(column) in FACTS:
            values[column] = _translated(translated, column, every[column], words)
        else:
            translated.fault(column, f"no column of that name gives a fact ({near(column, every)})")
    table = evolve(table, tellings=tuple(tellings), values=values)
    _may_lack(keys, table)
    keys.done()
    return table


def _telling(keys: _Keys, table: Table, shared: Mapping[str, str], constants: Mapping[str, str]) -> Telling | None:
    event = keys.text("event", needed=True)
    at = keys.text("at", needed=True)
    own = keys.words("columns")
    _known_facts(keys, "columns", own)
    own_constants = keys.words("constants")
    _known_constants(keys, own_constants)
    id_ = keys.text("id")
    optional = keys.flag("optional")
    when = keys.lists("when")
    keys.done()
    try:
        kind = kind_named(event) if event is not None else None
    except LifecycleError as error:
        keys.fault("event", str(error))
        return None
    if kind is None or at is None:
        return None
    if kind.derived:
        keys.fault("event", f"{kind.name} is made by replay from the policy in force, it is not read")
        return None
    for where, facts in (("columns", own.values()), ("constants", own_constants)):
        for fact in facts:
            if fact in FACTS and fact not in kind.facts:
                keys.fault(where, f"{kind.name} has no fact {fact!r} ({near(fact, kind.facts)})")
    taken = {column: fact for column, fact in shared.items() if fact in kind.facts and fact not in own.values()} | own
    fixed = {fact: value for fact, value in constants.items() if fact in kind.facts} | own_constants
    twice = [fact for fact in dict.fromkeys(taken.values()) if list(taken.values()).count(fact) > 1]
    for fact in twice:
        both = " and ".join(column for column, meant in taken.items() if meant == fact)
        keys.fault("columns", f"{fact} comes from the columns {both}")
    for fact in sorted(set(fixed) & set(taken.values())):
        keys.fault("constants", f"{fact} comes from a column and from a constant")
    told = {*taken.values(), *fixed, *(["vehicle"] if table.vehicle else [])}
    for fact in kind.required:
        if fact not in told:
            keys.fault("", f"{kind.name} needs {fact}: name its column in columns, or give it in constants")
    return Telling(kind, at, id_, optional, when, taken, fixed)


def _known_facts(keys: _Keys, key: str, columns: Mapping[str, str]) -> None:
    for column, fact in columns.items():
        if fact == "vehicle":
            keys.fault(f"{key}.{column}", "the vehicle's column is named by the table's key vehicle =")
        elif fact not in FACTS:
            keys.fault(f"{key}.{column}", f"unknown fact {fact!r} ({near(fact, FACTS)})")


def _known_constants(keys: _Keys, constants: Mapping[str, str]) -> None:
    for fact, value in constants.items():
        if fact not in FACTS:
            keys.fault(f"constants.{fact}", f"unknown fact {fact!r} ({near(fact, FACTS)})")
            continue
        try:
            FACTS[fact].read(value)
        except LifecycleError as error:
            keys.fault(f"constants.{fact}", str(error))


def _translated(keys: _Keys, key: str, fact: str, words: dict[str, str]) -> dict[str, str]:
    """The words whose values the fact can take; the others are faults."""
    good: dict[str, str] = {}
    for word, value in words.items():
        try:
            Cells().reader(fact)(value)
        except LifecycleError as error:
            keys.fault(f"{key}.{word}", str(error))
        else:
            good[word.strip()] = value
    return good


def _may_lack(keys: _Keys, table: Table) -> None:
    named = set(evolve(table, may_lack=frozenset()).needed)
    fixed = {table.customer, *table.ignore}
    for telling in table.tellings:
        fixed |= {*telling.id_columns, *telling.when, *(() if telling.optional else (telling.at,))}
        required = [column for column, fact in telling.columns.items() if fact in telling.kind.required]
        if not telling.optional:
            fixed |= set(required)
    for column in sorted(table.may_lack):
        if column not in named:
            keys.fault("may_lack", f"no column {column!r} is named in this table ({near(column, named)})")
        elif column in fixed:
            keys.fault("may_lack", f"the table cannot do without {column}")
    if table.header:
        missing: Iterable[str] = [column for column in named if column not in table.header]
        for column in missing:
            keys.fault("header", f"it has no column {column!r} ({near(column, table.header)})")
