"""How a value of a policy is written as plain data, by the type of its field.

In: a type as an attrs field declares it. Out: :class:`Form`: to data, from data, and the schema. A class of attrs is a table
of its fields, those at their defaults left away, so a new field or a new policy joins by being declared. Next room:
:mod:`lifecycle.wire.whole`.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import attrs
from attrs import NOTHING, Factory

from lifecycle.churn import Churn
from lifecycle.conditions import Condition
from lifecycle.deadline import Rule
from lifecycle.errors import LifecycleError, near, shown
from lifecycle.money import shown as exact
from lifecycle.points import Lapse, Points, Redeem, Term
from lifecycle.points.policy import ORDERS
from lifecycle.points.terms import ACCOUNTS, ROUNDINGS
from lifecycle.rule_text import (
    condition_from_data,
    parse_churn,
    rule_from_data,
    visits_from_data,
    visits_to_data,
)
from lifecycle.tiers import CARDS, SHARES, STACKINGS, Benefits, Discount, Perk, Tiers
from lifecycle.visits import VisitKind
from lifecycle.wire.terms import TERM_SCHEMA, term_from_data, term_to_data

__all__ = ["Form", "Kinds", "class_of", "form_of", "placed", "table_of"]

#: The house's own kinds of visit, by name.
Kinds = Mapping[str, VisitKind]
_JSON_INTEGER = 1 << 53


class Form(NamedTuple):
    """How values of a type are written."""

    write: Callable[[Any], Any]
    read: Callable[[Any, str, Kinds], Any]
    """Of data, the path where they stand, and the house's own kinds of visit."""
    schema: Mapping[str, Any]


def placed(path: str, error: LifecycleError) -> LifecycleError:
    """An error with the path in the book where it was found; the innermost stands."""
    return error if error.place else error.at(path)


def wrong(path: str, value: object, what: str, remedy: str | None = None) -> LifecycleError:
    """The error for data that are not what is wanted."""
    return LifecycleError(
        f"{shown(value)} is not {what}",
        argument=path.rpartition(".")[2] or "book",
        value=value,
        place=path,
        remedy=remedy,
    )


def table_of(data: Any, path: str) -> dict[str, Any]:
    """Data as a table of texts to values."""
    if not isinstance(data, Mapping):
        raise wrong(path, data, "a table", 'as in {name = "value"}')
    given = cast("Any", data)
    return {str(key): value for key, value in given.items()}


def class_of(value: object) -> Any:
    """The class of a value."""
    return type(value)


def form_of(hint: Any) -> Form:
    """The form of a type."""
    try:
        return _form(hint)
    except TypeError:  # a type that cannot be hashed
        return _made(hint)


@cache
def _form(hint: Any) -> Form:
    return _made(hint)


def _made(hint: Any) -> Form:
    known = _KNOWN.get(hint)
    if known is not None:
        return known
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(parts)
    if origin is not None and isinstance(origin, type):
        if issubclass(origin, Mapping):
            return _mapping(form_of(parts[1]))
        if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
            return _many(form_of(parts[0]))
    if isinstance(hint, type) and attrs.has(hint):
        return _class(hint)
    raise LifecycleError(
        f"{hint!r} has no written form",
        argument="book",
        value=hint,
        remedy="lifecycle.wire.forms has those that have one",
    )


# -- one value ------------------------------------------------------------------------------------------------------------


def _as_it_is(value: Any) -> Any:
    return value


def _nothing(data: Any, path: str, kinds: Kinds) -> None:
    if data is not None:
        raise wrong(path, data, "nothing")


def _plain(kind: type, what: str, json: str) -> Form:
    def read(data: Any, path: str, kinds: Kinds) -> Any:
        if type(data) is not kind:
            raise wrong(path, data, what)
        return data

    return Form(_as_it_is, read, {"type": json})


def _number(data: Any, path: str, kinds: Kinds) -> Any:
    """A whole number, or an exact one as text; a number with a point is taken as it is written."""
    if type(data) is int or isinstance(data, Decimal):
        return data
    if isinstance(data, str):
        try:
            return Decimal(data)
        except ArithmeticError:
            raise wrong(path, data, "a number", 'as in 50 or "49.90"') from None
    raise wrong(path, data, "an exact number", 'as in 50 or "49.90"')


def _share(data: Any, path: str, kinds: Kinds) -> Any:
    """An exact number, or a fraction as text."""
    if isinstance(data, str) and "/" in data:
        try:
            return Fraction(data)
        except (ValueError, ZeroDivisionError):
            raise wrong(path, data, "a fraction", 'as in "1/3"') from None
    return _number(data, path, kinds)


def _exact(value: int | Decimal | Fraction) -> int | str:
    if value == int(value) and abs(int(value)) < _JSON_INTEGER:
        return int(value)
    return format(value, "f") if isinstance(value, Decimal) else exact(value).strip('"')


def _day(data: Any, path: str, kinds: Kinds) -> date:
    if isinstance(data, datetime) or not isinstance(data, (date, str)):
        raise wrong(path, data, "a day", "as in 2026-01-31")
    try:
        return data if isinstance(data, date) else date.fromisoformat(data)
    except ValueError:
        raise wrong(path, data, "a day", "as in 2026-01-31") from None


def _span(data: Any, path: str, kinds: Kinds) -> timedelta:
    told = table_of(data, path)
    units = ("weeks", "days", "hours", "minutes", "seconds", "microseconds")
    for name, number in told.items():
        if name not in units or type(number) is not int:
            raise wrong(path, data, "a span of time", "as in {hours = 2} or {minutes = 30}")
    return timedelta(**told)


def _span_data(value: timedelta) -> dict[str, int]:
    parts = {"days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
    return {name: number for name, number in parts.items() if number} or {"seconds": 0}


def _zone(data: Any, path: str, kinds: Kinds) -> tzinfo:
    try:
        return ZoneInfo(data)
    except (TypeError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise wrong(path, data, "a time zone", 'as in "Asia/Shanghai"') from None
    except KeyError:
        raise wrong(path, data, "a time zone that is known", 'as in "Asia/Shanghai"') from None


def _zone_data(value: tzinfo) -> str:
    name = getattr(value, "key", None)
    if not isinstance(name, str):
        raise LifecycleError(
            f"the zone {value!r} has no name",
            argument="zone",
            value=value,
            remedy='as in zoneinfo.ZoneInfo("Asia/Shanghai")',
        )
    return name


def _rule(data: Any, path: str, kinds: Kinds) -> Rule:
    try:
        return rule_from_data(data, kinds=kinds)
    except LifecycleError as error:
        raise _within(path, error) from None


def _within(path: str, error: LifecycleError) -> LifecycleError:
    """The place in a text behind the path in the book."""
    return error.at(f"{path} ({error.place})" if error.place else path)


def _churn(data: Any, path: str, kinds: Kinds) -> Churn:
    if isinstance(data, str):
        try:
            if data.lstrip().startswith("Churn("):
                return parse_churn(data, kinds=kinds)
            return Churn(lost=rule_from_data(data, kinds=kinds))
        except LifecycleError as error:
            raise _within(path, error) from None
    read: Churn = _read_class(Churn, data, path, kinds)
    return read


def _churn_data(churn: Churn) -> dict[str, str]:
    return _write_class(Churn, churn)


def _visits(data: Any, path: str, kinds: Kinds) -> VisitKind:
    try:
        return visits_from_data(data, kinds)
    except LifecycleError as error:
        raise _within(path, error) from None


def _condition(data: Any, path: str, kinds: Kinds) -> Condition:
    try:
        return condition_from_data(data)
    except LifecycleError as error:
        raise _within(path, error) from None


def _term(data: Any, path: str, kinds: Kinds) -> Term:
    return term_from_data(data, path)


_RULE_SCHEMA = {
    "description": 'a rule as text, InactiveFor(months=6).counting(all_visits), or as data: {"rule": "InactiveFor", "months": 6}',
    "type": ["string", "object"],
}
_VISITS_SCHEMA = {
    "description": "charged_visits, all_visits, a name of visit_kinds, or a table of name and condition",
    "type": ["string", "object"],
}
_EXACT_SCHEMA = {"type": ["integer", "number", "string"], "description": 'exact: 50, or 49.90, or "49.90"'}
_SPAN_SCHEMA = {"type": "object", "additionalProperties": {"type": "integer"}}

_KNOWN: dict[Any, Form] = {
    str: _plain(str, "a text", "string"),
    int: _plain(int, "a whole number", "integer"),
    bool: _plain(bool, "true or false", "boolean"),
    type(None): Form(_as_it_is, _nothing, {"type": "null"}),
    Decimal: Form(_exact, _number, _EXACT_SCHEMA),
    Fraction: Form(_exact, _share, _EXACT_SCHEMA),
    date: Form(_as_it_is, _day, {"type": "string", "format": "date"}),
    timedelta: Form(_span_data, _span, _SPAN_SCHEMA),
    tzinfo: Form(_zone_data, _zone, {"type": "string", "examples": ["Asia/Shanghai"]}),
    Rule: Form(repr, _rule, _RULE_SCHEMA),
    VisitKind: Form(visits_to_data, _visits, _VISITS_SCHEMA),
    Condition: Form(repr, _condition, {"type": ["string", "object"]}),
    Term: Form(term_to_data, _term, {"$ref": "#/$defs/terms"}),
}
#: The words that a field can hold, where its type says only that it is a text.
_CHOICES: Mapping[tuple[type, str], tuple[str, ...]] = {
    (Points, "rounding"): ROUNDINGS,
    (Points, "basis"): ("gross", "net"),
    (Points, "tier_of"): ("before", "including"),
    (Points, "shortfall"): ("written_off", "deficit"),
    (Redeem, "order"): ORDERS,
    (Lapse, "by"): ("idle", "aged", "yearly", "never"),
    (Tiers, "by"): ("spend", "visits", "points"),
    (Tiers, "downgrade"): ("at_once", "one_step", "never"),
    (Benefits, "stacking"): STACKINGS,
}
#: The same of a row of texts.
_EACH: Mapping[tuple[type, str], tuple[str, ...]] = {
    (Discount, "of"): SHARES,
    (Discount, "cards"): tuple(CARDS),
    (Perk, "cards"): tuple(CARDS),
}
_KEYS: Mapping[tuple[type, str], tuple[str, ...]] = {(Points, "lapse_of"): ACCOUNTS}


# -- several --------------------------------------------------------------------------------------------------------------


def _union(parts: tuple[Any, ...]) -> Form:
    """None or a value; numbers of several types are one form."""
    others = [part for part in parts if part is not type(None)]
    none = len(others) < len(parts)
    numbers = {int, Decimal, Fraction}
    if set(others) <= numbers:
        form = _KNOWN[int] if others == [int] else _KNOWN[Fraction if Fraction in others else Decimal]
    elif len(others) == 1:
        form = form_of(others[0])
    else:
        raise LifecycleError(f"one of {others!r} has no written form", argument="book", value=parts)
    if not none:
        return form

    def write(value: Any) -> Any:
        return None if value is None else form.write(value)

    def read(data: Any, path: str, kinds: Kinds) -> Any:
        return None if data is None else form.read(data, path, kinds)

    return Form(write, read, form.schema)


def _mapping(form: Form) -> Form:
    def read(data: Any, path: str, kinds: Kinds) -> dict[str, Any]:
        return {name: form.read(value, f"{path}.{name}", kinds) for name, value in table_of(data, path).items()}

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        return {name: form.write(one) for name, one in value.items()}

    return Form(write, read, {"type": "object", "additionalProperties": form.schema})


def _many(form: Form) -> Form:
    words = form is _KNOWN[str]

    def read(data: Any, path: str, kinds: Kinds) -> tuple[Any, ...]:
        if words and isinstance(data, str):  # one alone
            return (data,)
        if not isinstance(data, (list, tuple)):
            raise wrong(path, data, "a list")
        values: list[Any] = [*data]
        return tuple(form.read(value, f"{path}[{place}]", kinds) for place, value in enumerate(values))

    def write(value: tuple[Any, ...]) -> list[Any]:
        return [form.write(one) for one in value]

    several = {"type": "array", "items": form.schema}
    return Form(write, read, {"type": ["array", "string"], "items": form.schema} if words else several)


# -- a class of attrs -----------------------------------------------------------------------------------------------------


@cache
def _fields(kind: type) -> Mapping[str, tuple[Any, Form]]:
    hints = get_type_hints(kind)
    return {one.name: (one, form_of(hints[one.name])) for one in attrs.fields(kind) if one.init}


def _default(field: Any) -> Any:
    return field.default.factory() if isinstance(field.default, Factory) else field.default  # type: ignore[arg-type]


def _write_class(kind: type, value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (field, form) in _fields(kind).items():
        now = getattr(value, name)
        default = _default(field)
        if default is NOTHING or now != default:
            found[name] = form.write(now)
    return found


def _read_class(kind: type, data: Any, path: str, kinds: Kinds) -> Any:
    known = _fields(kind)
    told = table_of(data, path)
    given: dict[str, Any] = {}
    for name, value in told.items():
        where = f"{path}.{name}".lstrip(".")
        if name not in known:
            raise LifecycleError(
                f"{kind.__name__} has no {name!r}", argument=name, value=value, place=where, remedy=near(name, known)
            )
        field, form = known[name]
        given[field.alias] = form.read(value, where, kinds)
    missing = [name for name, (field, _) in known.items() if field.default is NOTHING and name not in told]
    if missing:
        raise LifecycleError(
            f"{kind.__name__} needs {missing[0]}", argument=missing[0], value=None, place=path or "the book",
            remedy=f"give {', '.join(missing)}",
        )  # fmt: skip
    try:
        return kind(**given)
    except LifecycleError as error:
        below = f"{path}.{error.argument}".lstrip(".") if error.argument in told else path
        raise placed(below, error) from None


def _class(kind: type) -> Form:
    if kind is Churn:
        return Form(_churn_data, _churn, _schema(kind, string=True))

    def write(value: Any) -> dict[str, Any]:
        return _write_class(kind, value)

    def read(data: Any, path: str, kinds: Kinds) -> Any:
        return _read_class(kind, data, path, kinds)

    return Form(write, read, _schema(kind))


def _schema(kind: type, *, string: bool = False) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, (_, form) in _fields(kind).items():
        schema = dict(form.schema)
        if (kind, name) in _CHOICES:
            schema["enum"] = list(_CHOICES[kind, name])
        if (kind, name) in _EACH:
            schema["items"] = {**schema["items"], "enum": list(_EACH[kind, name])}
        if (kind, name) in _KEYS:
            schema["propertyNames"] = {"enum": list(_KEYS[kind, name])}
        properties[name] = schema
    needed = [name for name, (field, _) in _fields(kind).items() if field.default is NOTHING]
    found: dict[str, Any] = {
        "type": ["string", "object"] if string else "object",
        "description": (kind.__doc__ or "").strip().partition("\n")[0],
        "properties": properties,
        "additionalProperties": False,
    }
    return found | ({"required": needed} if needed else {})


#: The schema of terms, which hold one another.
DEFINITIONS: Mapping[str, Any] = TERM_SCHEMA
