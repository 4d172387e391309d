"""Conditions over facts: ``fact("charge") > 0``, joined by ``&``, ``|`` and ``~``; three-valued where a fact is missing.

In: the name of a fact and a value. Out: a frozen :class:`Condition` whose repr is the line you would type, and whose
answer is yes, no, or *unknown* where a fact that decides is not told (LK4's way: neither silence nor a guess). Who reads
it says what it asks: an event (:mod:`lifecycle.visits`) or a vehicle and its customer (:mod:`lifecycle.deadline`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, NamedTuple

from attrs import field, frozen

from lifecycle.errors import LifecycleError, near
from lifecycle.values import FrozenDict

__all__ = ["Answer", "Asked", "Condition", "Constant", "Fact", "fact", "shown"]

#: What a fact can be compared with. A choice is its text, money a whole number or a Decimal of yuan.
Constant = bool | int | str | Decimal | date

_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = FrozenDict(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)
_NOT_HELD = FrozenDict(
    {"==": "is not", "!=": "is", "<": "is not <", "<=": "is not <=", ">": "is not >", ">=": "is not >="}
)
#: What may be asked of a fact of each type.
ORDERED = frozenset({"count", "points", "money", "day"})


class Answer(NamedTuple):
    """Yes, no, or unknown (None); the sentences that say because; and the names of the facts that suffice for it."""

    truth: bool | None
    because: tuple[str, ...]
    facts: tuple[str, ...]


class Asked(NamedTuple):
    """What a condition can be asked about: each fact by its name, and the type of that fact (as in FACTS)."""

    whom: str
    types: Mapping[str, str]


class Condition:
    """The base of all conditions: joined by ``&``, ``|``, ``~``; never by ``and``, ``or``, ``not``."""

    __slots__ = ()

    @property
    def reads(self) -> frozenset[str]:
        """The names of the facts that it asks for."""
        raise NotImplementedError

    def test(self, reader: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
        """A function of one subject that answers yes, no or None (unknown); ``reader`` gives the reader of each fact."""
        raise NotImplementedError

    def answer(self, look: Callable[[str], Any]) -> Answer:
        """The same answer with its reasons; ``look`` gives the value of a fact, None where it is not told."""
        raise NotImplementedError

    def check(self, asked: Asked) -> None:
        """Raise :class:`LifecycleError` where a fact is unknown, or compared with what it can never be."""
        raise NotImplementedError

    def __and__(self, other: Condition) -> Condition:
        joined: Condition = _join(AllOf, self, other)
        return joined

    def __or__(self, other: Condition) -> Condition:
        joined: Condition = _join(AnyOf, self, other)
        return joined

    def __invert__(self) -> Condition:
        return self.part if isinstance(self, Not) else Not(self)

    def __bool__(self) -> bool:
        raise TypeError(
            f"a condition is neither true nor false before it is asked: {self!r}; "
            'join conditions by & ("both"), | ("either"), ~ ("not"), and put each comparison in parentheses'
        )


def _constant(value: object) -> Constant:
    if isinstance(value, Enum) and isinstance(value, str):
        return str(value.value)
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise LifecycleError(f"{value} is no amount", argument="value", value=value)
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, datetime) or not isinstance(value, (bool, int, str, date)):
        raise LifecycleError(
            f"a fact is not compared with {value!r}", argument="value", value=value,
            remedy="with a text, a number, yes or no (True, False), or a date",
        )  # fmt: skip
    return value


def _typed(value: Any) -> tuple[str, Any]:
    return type(value).__name__, value


def _all_typed(values: Any) -> tuple[Any, ...]:
    return tuple(_typed(value) for value in values)


def shown(value: object) -> str:
    """A value as one would type it in a condition."""
    if isinstance(value, Decimal):
        return f'Decimal("{value:f}")'
    if isinstance(value, date):
        return f"date({value.year}, {value.month}, {value.day})"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return repr(value)


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")


def _unknown(name: str) -> Answer:
    return Answer(None, (f"unknown: {_words(name)}",), (name,))


def _check_name(name: str, asked: Asked) -> str:
    try:
        return asked.types[name]
    except KeyError:
        raise LifecycleError(
            f"{asked.whom} has no fact {name!r}", argument="fact", value=name, remedy=near(name, asked.types)
        ) from None


_FITS: Mapping[str, tuple[type, ...]] = FrozenDict(
    {
        "text": (str,), "choice": (str,), "count": (int,), "points": (int,), "money": (int, Decimal),
        "yesno": (bool,), "day": (date,), "other": (),
    }
)  # fmt: skip


def _check_value(name: str, kind: str, value: object) -> None:
    if not isinstance(value, _FITS[kind]) or (isinstance(value, bool) and kind != "yesno"):
        what = {"yesno": "yes or no", "day": "a day", "money": "yuan", "other": "something to be asked .is_known only"}
        example = {"yesno": "True", "day": "date(2025, 1, 31)", "money": "860"}.get(kind, "")
        raise LifecycleError(
            f"{name} is {what.get(kind, f'a {kind}')}, which is never compared with {shown(value)}",
            argument=name, value=value, remedy=f"compare it with {example}" if example else None,
        )  # fmt: skip


@frozen(repr=False)
class Compare(Condition):
    """A fact compared with a value: ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    name: str
    op: str
    value: Constant = field(converter=_constant, eq=_typed)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset((self.name,))

    def test(self, reader: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
        read, holds, value = reader(self.name), _HOLDS[self.op], self.value

        def asked(subject: Any) -> bool | None:
            found = read(subject)
            return None if found is None else holds(found, value)

        return asked

    def answer(self, look: Callable[[str], Any]) -> Answer:
        found = look(self.name)
        if found is None:
            return _unknown(self.name)
        if _HOLDS[self.op](found, self.value):
            how = f"is {_told(found)}" if self.op == "==" else f"{_told(found)} {self.op} {_told(self.value)}"
            return Answer(True, (f"{_words(self.name)} {how}",), (self.name,))
        how = f"{_told(found)} {_NOT_HELD[self.op]} {_told(self.value)}" if self.op != "!=" else f"is {_told(found)}"
        return Answer(False, (f"{_words(self.name)} {how}",), (self.name,))

    def check(self, asked: Asked) -> None:
        kind = _check_name(self.name, asked)
        _check_value(self.name, kind, self.value)
        if self.op not in ("==", "!=") and kind not in ORDERED:
            raise LifecycleError(
                f"{self.name} is a {kind}, which has no order",
                argument=self.name,
                value=self.op,
                remedy="use == or .is_in(…)",
            )

    def __repr__(self) -> str:
        return f'fact("{self.name}") {self.op} {shown(self.value)}'


@frozen(repr=False)
class IsIn(Condition):
    """A fact that is one of several values."""

    name: str
    values: tuple[Constant, ...] = field(eq=_all_typed)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset((self.name,))

    def test(self, reader: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
        read, values = reader(self.name), frozenset(self.values)

        def asked(subject: Any) -> bool | None:
            found = read(subject)
            return None if found is None else found in values

        return asked

    def answer(self, look: Callable[[str], Any]) -> Answer:
        found = look(self.name)
        if found is None:
            return _unknown(self.name)
        holds = found in self.values
        wanted = "" if holds else ", not one of " + ", ".join(_told(value) for value in self.values)
        return Answer(holds, (f"{_words(self.name)} is {_told(found)}{wanted}",), (self.name,))

    def check(self, asked: Asked) -> None:
        kind = _check_name(self.name, asked)
        for value in self.values:
            _check_value(self.name, kind, value)

    def __repr__(self) -> str:
        return f'fact("{self.name}").is_in({", ".join(shown(value) for value in self.values)})'


@frozen(repr=False)
class IsKnown(Condition):
    """A fact that is told at all; the one question that is never unknown."""

    name: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset((self.name,))

    def test(self, reader: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
        read = reader(self.name)
        return lambda subject: read(subject) is not None

    def answer(self, look: Callable[[str], Any]) -> Answer:
        found = look(self.name)
        said = "is not known" if found is None else f"is known: {_told(found)}"
        return Answer(found is not None, (f"{_words(self.name)} {said}",), (self.name,))

    def check(self, asked: Asked) -> None:
        _check_name(self.name, asked)

    def __repr__(self) -> str:
        return f'fact("{self.name}").is_known'


@frozen(repr=False)
class _Several(Condition):
    """Parts joined; ``decides`` is the answer of one part that settles it."""

    parts: tuple[Condition, ...]
    sign: ClassVar[str]
    decides: ClassVar[bool]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(name for part in self.parts for name in part.reads)

    def test(self, reader: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
        tests = tuple(part.test(reader) for part in self.parts)
        decides = self.decides

        def asked(subject: Any) -> bool | None:
            truth: bool | None = not decides
            for test in tests:
                one = test(subject)
                if one is decides:
                    return decides
                if one is None:
                    truth = None
            return truth

        return asked

    def answer(self, look: Callable[[str], Any]) -> Answer:
        return _joined(self.parts, look, decides=self.decides)

    def check(self, asked: Asked) -> None:
        for part in self.parts:
            part.check(asked)

    def __repr__(self) -> str:
        return self.sign.join(_inner(part) for part in self.parts)


@frozen(repr=False)
class AllOf(_Several):
    """Every part: no as soon as one says no, unknown where none says no and one is unknown."""

    sign = " & "
    decides = False


@frozen(repr=False)
class AnyOf(_Several):
    """At least one part: yes as soon as one says yes, unknown where none says yes and one is unknown."""

    sign = " | "
    decides = True


@frozen(repr=False)
class Not(Condition):
    """The contrary; what is unknown stays unknown."""

    part: Condition

    @property
    def reads(self) -> frozenset[str]:
        return self.part.reads

    def test(self, reader: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
        test = self.part.test(reader)

        def asked(subject: Any) -> bool | None:
            one = test(subject)
            return None if one is None else not one

        return asked

    def answer(self, look: Callable[[str], Any]) -> Answer:
        found = self.part.answer(look)
        return found._replace(truth=None if found.truth is None else not found.truth)

    def check(self, asked: Asked) -> None:
        self.part.check(asked)

    def __repr__(self) -> str:
        return f"~{_inner(self.part)}"


def _joined(parts: tuple[Condition, ...], look: Callable[[str], Any], *, decides: bool) -> Answer:
    """The answer of all parts: the first that decides alone; else those unknown; else every part."""
    answers = [part.answer(look) for part in parts]
    chosen = next(([one] for one in answers if one.truth is decides), None)
    truth: bool | None = decides
    if chosen is None:
        chosen = [one for one in answers if one.truth is None]
        truth = None if chosen else not decides
        chosen = chosen or answers
    because = dict.fromkeys(sentence for one in chosen for sentence in one.because)
    return Answer(truth, tuple(because), tuple(dict.fromkeys(name for one in chosen for name in one.facts)))


def _join(kind: type[AllOf | AnyOf], *parts: Any) -> Any:
    flat: dict[Condition, None] = {}
    for part in parts:
        if not isinstance(part, Condition):
            return NotImplemented
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    return kind(tuple(flat)) if len(flat) > 1 else parts[0]


def _inner(part: Condition) -> str:
    return f"({part!r})" if isinstance(part, (Compare, AllOf, AnyOf)) else repr(part)


def _a_name(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise LifecycleError(
            f"fact({name!r}) names no fact", argument="name", value=name, remedy='as in fact("charge")'
        )


class Fact:
    """A fact to be asked about; comparing it gives a :class:`Condition`. See :func:`fact`."""

    __slots__ = ("name",)
    __hash__ = None  # type: ignore[assignment]  # a question is no key; its conditions are hashable

    def __init__(self, name: str) -> None:
        _a_name(name)
        self.name = name

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return Compare(self.name, "==", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Compare(self.name, "!=", other)

    def __lt__(self, other: object) -> Condition:
        return Compare(self.name, "<", other)

    def __le__(self, other: object) -> Condition:
        return Compare(self.name, "<=", other)

    def __gt__(self, other: object) -> Condition:
        return Compare(self.name, ">", other)

    def __ge__(self, other: object) -> Condition:
        return Compare(self.name, ">=", other)

    def is_in(self, *values: Constant | Iterable[Constant]) -> Condition:
        """One of these values: ``fact("model").is_in("A", "B")``; a single list is taken apart."""
        given: Iterable[Any] = values
        if len(values) == 1 and isinstance(values[0], Iterable) and not isinstance(values[0], str):
            given = values[0]
        constants = tuple(dict.fromkeys(_constant(value) for value in given))
        if not constants:
            raise LifecycleError("is_in() names no value", argument="values", remedy="name at least one")
        return IsIn(self.name, constants)

    @property
    def is_known(self) -> Condition:
        """Whether the fact is told at all."""
        return IsKnown(self.name)

    def __bool__(self) -> bool:
        raise TypeError(f'{self!r} is a question, not its answer; compare it, as in fact("{self.name}") == True')

    def __repr__(self) -> str:
        return f'fact("{self.name}")'


def fact(name: str) -> Fact:
    """The fact of that name, to be compared: ``fact("charge") > 0``, ``fact("model").is_in("A", "B")``, ``fact("plate").is_known``.

    Of an event: the facts of its kind. Of a rule: those of the vehicle (``"mileage"``) and of its customer
    (``"customer.tier"``). Join conditions by ``&``, ``|``, ``~``.
    """
    return Fact(name)
