"""A whole book as data, TOML or JSON, and back; a shipped book amended by data; the schema.

In: a book, or the text of a file. Out: the text, or the book. A file that names ``base`` says only what differs from that
shipped book, path by path, under ``[amend]``. Next room: :mod:`lifecycle.cli`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

import attrs

from lifecycle import books
from lifecycle.book import Book, Editions, Readings, part_of
from lifecycle.churn import Churn, InactiveFor, OffRhythm
from lifecycle.errors import LifecycleError, near, shown
from lifecycle.points import Lapse, Points, Redeem, Term
from lifecycle.rule_text import visits_from_data
from lifecycle.tiers import Benefits, Tiers
from lifecycle.values import FrozenDict
from lifecycle.visits import VisitKind
from lifecycle.wire.forms import DEFINITIONS, Kinds, class_of, form_of, table_of
from lifecycle.wire.toml import line_of, written

__all__ = [
    "amended", "book_from_data", "book_from_json", "book_from_toml", "book_schema", "book_to_data", "book_to_json",
    "book_to_toml", "house_from_data", "house_from_json", "house_from_toml", "house_to_data", "house_to_json", "house_to_toml",
    "read_book", "read_house",
]  # fmt: skip

_T = TypeVar("_T")
_BOOK = form_of(Book)
_AMENDING = ("base", "edition", "amend", "visit_kinds", "sources", "zh", "name")
_LARGEST = 1_000_000  # characters
_NO_KINDS: Kinds = FrozenDict({})


def book_to_data(book: Book) -> dict[str, Any]:
    """The book as dicts, lists, texts, whole numbers, yes and no; what is at its default is left away."""
    told: dict[str, Any] = _BOOK.write(book)
    return told


def book_from_data(data: Any) -> Book:
    """The book that data tell; LifecycleError with the path of what is wrong.

    Either all of it, or ``{"base": "wenhua", "edition": "2026", "amend": {"churn.lost.months": 9}}``. ``visit_kinds`` names
    kinds of visit of the house's own, by a condition each, for the rules to count.
    """
    told = table_of(data, "the book")
    if "reforms" in told:
        raise LifecycleError(
            "a book with reforms is several editions", argument="reforms", value=told["reforms"], place="reforms",
            remedy="lifecycle.wire.read_house, house_from_toml or house_from_data reads it",
        )  # fmt: skip
    kinds: dict[str, VisitKind] = {}
    for name, condition in table_of(told.pop("visit_kinds", {}), "visit_kinds").items():
        kinds[name] = _kind(name, condition)
    if "base" not in told:
        book: Book = _BOOK.read(told, "", kinds)
        return book
    return _amending(told, kinds)


def _kind(name: str, condition: Any) -> VisitKind:
    try:
        return visits_from_data({"name": name, "condition": condition}, _NO_KINDS)
    except LifecycleError as error:
        raise error.at(f"visit_kinds.{name}") from None


def _amending(told: dict[str, Any], kinds: Kinds) -> Book:
    for name, value in told.items():
        if name not in _AMENDING:
            raise LifecycleError(
                f"a book that is based on another has no {name!r} of its own", argument=name, value=value, place=name,
                remedy=f'put it under [amend], as in "{name}.…" = …' if name in attrs.fields_dict(Book) else near(name, _AMENDING),
            )  # fmt: skip
    shipped = {one.name: one for one in vars(books).values() if isinstance(one, Book)}
    base = told["base"]
    if base not in shipped:
        raise LifecycleError(
            f"there is no book {base!r}", argument="base", value=base, place="base", remedy=near(base, shipped)
        )
    if not isinstance(told.get("edition"), str):
        raise LifecycleError(
            "the edition has no name",
            argument="edition",
            value=told.get("edition"),
            place="edition",
            remedy='edition = "2026-01"',
        )
    changes = table_of(told.get("amend", {}), "amend")
    book = amended(shipped[base], told["edition"], changes, kinds=kinds, place="amend.")
    more = {name: told[name] for name in ("name", "zh") if name in told}
    sources = {**book.sources, **table_of(told.get("sources", {}), "sources")}
    return attrs.evolve(book, sources=sources, **more)


def amended(book: Book, edition: str, changes: Mapping[str, Any], *, kinds: Kinds = _NO_KINDS, place: str = "") -> Book:
    """The book with the data at these paths taken: ``{"churn.lost": "InactiveFor(months=9)", "churn.at_risk.months": 5}``.

    All are taken together or none is. A text is read by what stands at the path: a rule, a number, a day. A bare
    ``InactiveFor(months=9)`` counts the visits that the rule it replaces counts.
    """
    read: dict[str, Any] = {}
    for path, value in _flat(changes).items():
        if path == "edition":
            raise LifecycleError(
                "'edition' is not amended", argument=path, value=value, place=place + path,
                remedy="the new edition's name stands beside the changes",
            )  # fmt: skip
        try:
            read[path] = _value_at(book, path, value, kinds)
        except LifecycleError as error:
            raise error.at(place + (error.place or path)) from None
    try:
        return book.amend(edition, **read)
    except LifecycleError as error:
        path = next((path for path in read if error.argument and str(error.argument) in path), next(iter(read), ""))
        raise error.at(place + path) from None


def _flat(changes: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Tables below a path as paths of their own: TOML's ``churn.lost.months = 9`` is a table in a table."""
    found: dict[str, Any] = {}
    for name, value in changes.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping) and (path in _TABLES or path in _ROWS or above[:-1] in _ROWS):
            found |= _flat(cast("Mapping[str, Any]", value), f"{path}.")
        else:
            found[path] = value
    return found


#: Rows of a book: what stands in them is named by its number, and so are its parts.
_ROWS = frozenset({"benefits.discounts", "benefits.perks"})
#: Tables of a book whose parts are paths; below them a table is a value.
_TABLES = frozenset({"benefits", "churn", "points", "points.redeem", "readings"})


def _value_at(book: Book, path: str, data: Any, kinds: Kinds) -> Any:
    """What data mean at a path of the book, by the type of what stands there."""
    owner: Any = book
    *above, last = path.split(".")
    for name in above:
        owner = part_of(owner, name)
    kind: Any = class_of(owner)
    now = part_of(owner, last)
    if kind is tuple and now is not None:
        hint: Any = Term if isinstance(now, Term) else class_of(now)
    else:
        if not attrs.has(kind) or last not in attrs.fields_dict(kind):
            book.amend("x", **{path: data})  # says what is wrong with the path
        hint = get_type_hints(kind)[last]
    found = form_of(hint).read(_typed(hint, data), path, kinds)
    if isinstance(now, (InactiveFor, OffRhythm)) and isinstance(found, (InactiveFor, OffRhythm)):
        bare = isinstance(data, str) and "counting" not in data
        return found.counting(now.visits) if bare else found
    return found


def _typed(hint: Any, data: Any) -> Any:
    """A text of a command line as a number or a yes, where the field wants one."""
    if not isinstance(data, str):
        return data
    kinds = form_of(hint).schema.get("type")
    if kinds == "integer" and data.strip().lstrip("-").isdecimal():
        return int(data)
    if kinds == "boolean" and data.casefold() in ("true", "yes", "false", "no"):
        return data.casefold() in ("true", "yes")
    if kinds in ("object", None):
        try:
            return tomllib.loads(f"it = {data}", parse_float=Decimal)["it"]
        except tomllib.TOMLDecodeError:
            return data
    return data


# -- editions by day ------------------------------------------------------------------------------------------------------

_REFORM = ("from", "path", "value", "edition")


def house_to_data(house: Editions) -> dict[str, Any]:
    """The first edition as a book, and what each later one changed as reforms: ``from``, ``path``, ``value``, ``edition``."""
    told = book_to_data(house.first)
    reforms: list[dict[str, Any]] = []
    before = house.first
    for day, book in house.later.items():
        begun = {"from": day, "edition": book.edition}
        paths = dict.fromkeys(_table_path(book, change.path) for change in book.diff(before))
        changes = [{"path": path, "value": _written_at(book, path)} for path in paths]
        reforms += [{**begun, **change} for change in changes or [{}]]
        before = book
    return {**told, "reforms": reforms} if reforms else told


#: Classes whose fields are paths of a reform; what is below (a rule, a term, a kind of visit) is one value.
_PARTS = (Benefits, Churn, Lapse, Points, Readings, Redeem, Tiers)


def _table_path(book: Book, path: str) -> str:
    """As much of a path as leads through tables."""
    owner: Any = book
    kept: list[str] = []
    for name in path.split("."):
        kept.append(name)
        owner = getattr(owner, name, None)
        if not isinstance(owner, _PARTS):
            break
    return ".".join(kept)


def _written_at(book: Book, path: str) -> Any:
    owner: Any = book
    *above, last = path.split(".")
    for name in above:
        owner = getattr(owner, name)
    return form_of(get_type_hints(class_of(owner))[last]).write(getattr(owner, last))


def house_from_data(data: Any) -> Editions:
    """The editions that data tell: a book as :func:`book_from_data` reads it, and ``reforms``, each with ``from`` (a day),
    ``path`` and ``value``, and the name of its ``edition`` (else the day).

    Reforms of one day are one edition, taken together or not at all, and begin with what was in force until then.
    """
    told = table_of(data, "the book")
    reforms = told.pop("reforms", [])
    if not isinstance(reforms, (list, tuple)):
        raise LifecycleError(f"{shown(reforms)} is no list", argument="reforms", value=reforms, place="reforms")
    first = book_from_data(told)
    days: dict[date, dict[str, Any]] = {}
    names: dict[date, str] = {}
    places: dict[date, int] = {}
    for place, one in enumerate(cast("list[Any]", reforms)):
        where = f"reforms[{place}]"
        reform = table_of(one, where)
        for name in reform:
            if name not in _REFORM:
                raise LifecycleError(
                    f"a reform has no {name!r}",
                    argument=name,
                    value=reform[name],
                    place=f"{where}.{name}",
                    remedy=near(name, _REFORM),
                )
        if "from" not in reform:
            raise LifecycleError(
                "a reform needs the day from which it is in force",
                argument="from",
                place=where,
                remedy="from = 2026-01-01",
            )
        day: date = form_of(date).read(reform["from"], f"{where}.from", _NO_KINDS)
        names[day] = str(reform.get("edition", names.get(day, day.isoformat())))
        changes = days.setdefault(day, {})
        places.setdefault(day, place)
        if "path" in reform:
            if reform["path"] in changes:
                raise LifecycleError(
                    f"{reform['path']} is changed twice on {day}",
                    argument="path",
                    value=reform["path"],
                    place=f"{where}.path",
                )
            changes[str(reform["path"])] = reform.get("value")
    later: dict[date, Book] = {}
    before = first
    for day in sorted(days):
        try:
            before = later[day] = amended(before, names[day], days[day])
        except LifecycleError as error:
            raise error.at(f"reforms[{places[day]}].path {error.place or ''}".strip()) from None
    return Editions(first, later)


# -- text -----------------------------------------------------------------------------------------------------------------


def house_to_toml(house: Editions) -> str:
    """Editions as TOML: the first as a book, then ``[[reforms]]``."""
    return written(house_to_data(house))


def house_from_toml(text: str, *, name: str = "the book") -> Editions:
    """The editions that TOML tells, as :func:`book_from_toml` reads a book."""
    return _from_toml(text, name, house_from_data)


def house_to_json(house: Editions) -> str:
    """Editions as JSON."""
    return json.dumps(house_to_data(house), ensure_ascii=False, indent=2, default=_json) + "\n"


def house_from_json(text: str, *, name: str = "the book") -> Editions:
    """The editions that JSON tells."""
    return _from_json(text, name, house_from_data)


def book_to_toml(book: Book) -> str:
    """The book as TOML; comments are the reader's."""
    return written(book_to_data(book))


def book_from_toml(text: str, *, name: str = "the book") -> Book:
    """The book that TOML tells; an error names ``name``, the line, the path, the value and what would do."""
    return _from_toml(text, name, book_from_data)


def _from_toml(text: str, name: str, read: Callable[[Any], _T]) -> _T:
    _a_text(text)
    try:
        data = tomllib.loads(text, parse_float=_decimal)
    except tomllib.TOMLDecodeError as error:
        raise LifecycleError(f"this is not TOML: {error}", argument="text", value=text, place=name) from None
    try:
        return read(data)
    except LifecycleError as error:
        path = (error.place or "").partition(" ")[0]
        line = line_of(text, path)
        where = name if line is None else f"{name}, line {line}"
        raise error.at(f"{where}: {error.place}" if error.place else where) from None


def book_to_json(book: Book) -> str:
    """The book as JSON, indented by two."""
    return json.dumps(book_to_data(book), ensure_ascii=False, indent=2, default=_json) + "\n"


def book_from_json(text: str, *, name: str = "the book") -> Book:
    """The book that JSON tells; an error names ``name``, the path, the value and what would do."""
    return _from_json(text, name, book_from_data)


def _from_json(text: str, name: str, read: Callable[[Any], _T]) -> _T:
    _a_text(text)
    try:
        data = json.loads(text, parse_float=_decimal)
    except (json.JSONDecodeError, RecursionError) as error:
        raise LifecycleError(f"this is not JSON: {error}", argument="text", value=text, place=name) from None
    try:
        return read(data)
    except LifecycleError as error:
        raise error.at(f"{name}: {error.place}" if error.place else name) from None


def _a_text(text: Any) -> None:
    if not isinstance(text, str) or len(text) > _LARGEST:
        raise LifecycleError(
            f"a book is a text of up to {_LARGEST:,} characters", argument="text", value=type(text).__name__
        )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise LifecycleError(f"{text} is no exact number", argument="text", value=text) from None


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON")


def read_book(path: str | Path) -> Book:
    """The book in a file, ``.toml`` or ``.json``."""
    return _read(path, book_from_data)


def read_house(path: str | Path) -> Editions:
    """The editions in a file, ``.toml`` or ``.json``: a book, and its reforms where it has any."""
    return _read(path, house_from_data)


def _read(path: str | Path, read: Callable[[Any], _T]) -> _T:
    file = Path(path)
    kind = file.suffix.lower()
    if kind not in (".toml", ".json"):
        raise LifecycleError(
            f"a book is a .toml or a .json file, not {kind or 'a file without an ending'}", argument="path", value=str(path),
            place=str(path), remedy="lifecycle.wire.book_to_toml(book) writes one",
        )  # fmt: skip
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LifecycleError(
            f"the file is not UTF-8: {error.reason}",
            argument="path",
            value=str(path),
            place=str(path),
            remedy="save it as UTF-8",
        ) from None
    return (_from_toml if kind == ".toml" else _from_json)(text, str(path), read)


def book_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a book."""
    whole: dict[str, Any] = dict(_BOOK.schema)
    kinds = {"type": "object", "additionalProperties": {"type": ["string", "object"]}}
    text = {"type": "string"}
    reform = {"from": {"type": "string", "format": "date"}, "path": text, "value": {}, "edition": text}
    reforms = {
        "type": "array",
        "items": {"type": "object", "properties": reform, "required": ["from"], "additionalProperties": False},
    }
    whole["properties"] = {**whole["properties"], "visit_kinds": kinds, "reforms": reforms}
    amending = {
        "type": "object",
        "properties": {
            "base": {"enum": sorted(one.name for one in vars(books).values() if isinstance(one, Book))},
            "edition": text, "name": text, "zh": text, "amend": {"type": "object"}, "visit_kinds": kinds,
            "sources": {"type": "object", "additionalProperties": text},
            "reforms": reforms,
        },
        "required": ["base", "edition"],
        "additionalProperties": False,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A book: the policies of one house in one edition",
        "oneOf": [whole, amending],
        "$defs": dict(DEFINITIONS),
    }
