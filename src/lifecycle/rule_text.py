"""Rules from text and from plain data, and back: what a command line, a TOML book or a JSON message holds.

In: the line that a rule's repr is, ``InactiveFor(months=6).counting(charged_visits)``, read by the small grammar below and
never evaluated as Python; or dicts, lists, texts and numbers. Out: the same frozen rule, or a :class:`LifecycleError` with
the place in the text. ``parse_rule(repr(rule)) == rule`` and ``rule_from_data(rule_to_data(rule)) == rule``. Next:
:mod:`lifecycle.book`.

The grammar is a part of Python's, with its precedence: ``~`` before ``&`` before ``|`` before comparisons; calls by known
names only; texts, whole numbers, ``True``, ``False``, ``date(2025, 1, 31)`` and ``Decimal("0.5")`` as values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from inspect import signature
from typing import Any, NamedTuple, TypeVar, cast

from attrs import fields

from lifecycle import churn as leaves_of
from lifecycle.churn import Churn, InactiveFor, OffRhythm
from lifecycle.conditions import AllOf, AnyOf, Compare, Condition, Fact, IsIn, IsKnown, Not, fact
from lifecycle.dates import parse_day
from lifecycle.deadline import Counted, Earliest, Guarded, Latest, Leaf, Rule, Span, after, always, before, never
from lifecycle.errors import LifecycleError, near
from lifecycle.values import FrozenDict
from lifecycle.visits import VisitKind, all_visits, charged_visits

__all__ = [
    "churn_from_data", "churn_to_data", "condition_from_data", "condition_to_data", "parse_churn", "parse_condition",
    "parse_rule", "rule_from_data", "rule_to_data", "visits_from_data", "visits_to_data",
]  # fmt: skip

Kinds = Mapping[str, VisitKind]
Leaves = Mapping[str, type[Leaf]]
_T = TypeVar("_T")

LONGEST = 10_000
DEEPEST = 40

#: The leaves that every house knows, by name.
LEAVES: Leaves = FrozenDict(
    {
        name: leaf
        for name in leaves_of.__all__
        if isinstance(leaf := getattr(leaves_of, name), type) and issubclass(leaf, Leaf)
    }
)
_NOTHING: Mapping[str, Any] = FrozenDict({})
_OWN_KINDS: Kinds = FrozenDict({kind.name: kind for kind in (charged_visits, all_visits)})

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<sign>==|!=|<=|>=|[<>&|~().,=\[\]-])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t"}
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">="})
_WRONG_WORDS = {"or": "|", "and": "&", "not": "~"}


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (TypeError, ValueError, OverflowError):
        raise LifecycleError(
            f"date({year}, {month}, {day}) is no day",
            argument="date",
            remedy="year, month, day, as in date(2025, 1, 31)",
        ) from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        raise LifecycleError(
            f"Decimal({text!r}) is no number", argument="value", value=text, remedy='as in Decimal("0.5")'
        ) from None


class _Parser:
    """One text, read once from left to right."""

    def __init__(self, text: str, kinds: Kinds, leaves: Leaves) -> None:
        self.text = text
        self.names: dict[str, Any] = {
            **_OWN_KINDS, **kinds, "never": never, "always": always, "True": True, "False": False,
        }  # fmt: skip
        self.calls: dict[str, Callable[..., Any]] = {
            **LEAVES, **leaves, "after": after, "before": before, "fact": fact, "VisitKind": VisitKind, "Churn": Churn,
            "date": _date, "Decimal": _decimal,
        }  # fmt: skip
        self.tokens = self._tokens()
        self.next = 0
        self.depth = 0

    # -- reading --------------------------------------------------------------------------------------------------------

    def _tokens(self) -> list[_Token]:
        tokens: list[_Token] = []
        place = 0
        while self.text[place:].strip():
            match = _TOKEN.match(self.text, place)
            if match is None:
                at = place + len(self.text[place:]) - len(self.text[place:].lstrip())
                raise self.wrong(
                    at, f"{self.text[at]!r} does not belong here", 'as in InactiveFor(months=6) | after("…", days=1)'
                )
            kind = match.lastgroup or ""
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            place = match.end()
        tokens.append(_Token("end", "", len(self.text)))
        return tokens

    def wrong(self, at: int, message: str, remedy: str | None = None, value: object = None) -> LifecycleError:
        """The error at a place of the text."""
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return LifecycleError(
            message, argument="rule", value=self.text if value is None else value, place=f"line {line}, column {column}",
            remedy=remedy,
        )  # fmt: skip

    @property
    def here(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def expect(self, sign: str, closing: str = "") -> _Token:
        token = self.take()
        if token.text != sign or token.kind != "sign":
            raise self.wrong(
                token.at, f"{sign!r}{closing and f' or {closing!r}'} is wanted, and {self._said(token)} is found"
            )
        return token

    def _said(self, token: _Token) -> str:
        return "the end" if token.kind == "end" else repr(token.text)

    # -- the grammar ------------------------------------------------------------------------------------------------------

    def whole(self) -> Any:
        value = self.expression()
        if self.here.kind != "end":
            remedy = None
            if self.here.text in _WRONG_WORDS:
                remedy = f"write {_WRONG_WORDS[self.here.text]} instead of {self.here.text}"
            elif self.here.text in _COMPARED:
                remedy = "put each comparison in parentheses"
            elif type(value) is int:
                remedy = f"a rule has a name, as in InactiveFor(months={value})"
            raise self.wrong(self.here.at, f"{self.here.text!r} is not expected", remedy)
        return value

    def expression(self) -> Any:
        """comparison := or [('==' | '!=' | '<' | '<=' | '>' | '>=') or]"""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(self.here.at, f"more than {DEEPEST} parentheses deep", "name parts of it in a book")
        left = self.either()
        if self.here.text in _COMPARED and self.here.kind == "sign":
            sign = self.take()
            right = self.either()
            if not isinstance(left, Fact):
                raise self.wrong(sign.at, f"{sign.text} compares a fact with a value", 'as in fact("charge") > 0')
            if isinstance(right, (Rule, Condition, Fact, VisitKind)):
                raise self.wrong(
                    sign.at, f"a fact is not compared with {right!r}", "put each comparison in parentheses"
                )
            left = self.doing(sign.at, Compare, left.name, sign.text, right)
        self.depth -= 1
        return left

    def either(self) -> Any:
        """or := and ('|' and)*"""
        left = self.both()
        while self.here.text == "|":
            sign = self.take()
            left = self.join(sign, left, self.both())
        return left

    def both(self) -> Any:
        """and := unary ('&' unary)*"""
        left = self.unary()
        while self.here.text == "&":
            sign = self.take()
            left = self.join(sign, left, self.unary())
        return left

    def unary(self) -> Any:
        """unary := '~' unary | '-' number | postfix"""
        if self.here.text == "~":
            sign = self.take()
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.wrong(sign.at, f"more than {DEEPEST} signs deep")
            value = self.unary()
            self.depth -= 1
            if not isinstance(value, Condition):
                raise self.wrong(
                    sign.at, f"~ is for conditions, not for {value!r}", "put each comparison in parentheses"
                )
            return ~value
        if self.here.text == "-":
            sign = self.take()
            value = self.unary()
            if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
                raise self.wrong(sign.at, "- is for numbers")
            return -value
        return self.postfix()

    def join(self, sign: _Token, left: Any, right: Any) -> Any:
        if isinstance(left, Rule) and isinstance(right, Rule):
            return left | right if sign.text == "|" else left & right
        if isinstance(left, Condition) and isinstance(right, Condition):
            return left | right if sign.text == "|" else left & right
        other = left if not isinstance(left, (Rule, Condition)) else right
        raise self.wrong(
            sign.at, f"{sign.text} joins two rules or two conditions, not {left!r} and {right!r}",
            "put each comparison in parentheses" if isinstance(other, (Fact, int, str)) else "use .when(…) for a rule and a condition",
        )  # fmt: skip

    def postfix(self) -> Any:
        """postfix := primary ('.' name ['(' arguments ')'])*"""
        value = self.primary()
        while self.here.text == "." and self.here.kind == "sign":
            self.take()
            name = self.take()
            methods = self.methods(value)
            if name.text not in methods:
                raise self.wrong(name.at, f"{value!r} has no .{name.text}", near(name.text, methods))
            if name.text == "is_known":
                value = methods["is_known"]()
                continue
            args, named = self.arguments()
            value = self.call(name.at, f".{name.text}", methods[name.text], args, named)
        return value

    def methods(self, value: Any) -> Mapping[str, Callable[..., Any]]:
        if isinstance(value, Fact):
            return {"is_in": value.is_in, "is_known": lambda: value.is_known}
        if isinstance(value, Rule):
            counting = {"counting": value.counting} if isinstance(value, (InactiveFor, OffRhythm)) else {}
            return {**counting, "when": value.when, "unless": value.unless}
        return _NOTHING

    def primary(self) -> Any:
        """primary := '(' expression ')' | number | text | name ['(' arguments ')']"""
        token = self.take()
        if token.kind == "number":
            return Decimal(token.text) if "." in token.text else int(token.text)
        if token.kind == "text":
            return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token.text[1:-1])
        if token.text == "(":
            value = self.expression()
            self.expect(")")
            return value
        if token.text == "[":
            values: list[Any] = []
            while self.here.text != "]":
                values.append(self.expression())
                if self.here.text != "]":
                    self.expect(",", "]")
            self.take()
            return values
        if token.kind != "name":
            raise self.wrong(
                token.at, f"a rule is wanted, and {self._said(token)} is found", "as in InactiveFor(months=6)"
            )
        if self.here.text == "(" and token.text in self.calls:
            args, named = self.arguments()
            return self.call(token.at, token.text, self.calls[token.text], args, named)
        if token.text in self.names and self.here.text != "(":
            return self.names[token.text]
        if token.text in self.calls:
            raise self.wrong(token.at, f"{token.text} wants arguments in parentheses", f"as in {token.text}(…)")
        if token.text in _WRONG_WORDS:
            remedy = f"write {_WRONG_WORDS[token.text]} instead of {token.text}"
        else:
            remedy = near(token.text, {*self.calls, *self.names})
        raise self.wrong(token.at, f"unknown name {token.text!r}", remedy, token.text)

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        self.expect("(")
        args: list[Any] = []
        named: dict[str, Any] = {}
        while self.here.text != ")":
            token = self.here
            if token.kind == "name" and self.tokens[self.next + 1].text == "=":
                self.next += 2
                if token.text in named:
                    raise self.wrong(token.at, f"{token.text}= is given twice")
                named[token.text] = self.expression()
            elif named:
                raise self.wrong(
                    token.at, "a value without a name follows one with a name", "give it its name, as in months=6"
                )
            else:
                args.append(self.expression())
            if self.here.text != ")":
                self.expect(",", ")")
        self.take()
        return args, named

    def call(self, at: int, name: str, function: Callable[..., Any], args: list[Any], named: dict[str, Any]) -> Any:
        parameters = signature(function).parameters
        try:
            signature(function).bind(*args, **named)
        except TypeError as error:
            unknown = [word for word in named if word not in parameters]
            takes = "it takes " + (", ".join(f"{word}=" for word in parameters) or "nothing")
            remedy = near(unknown[0], parameters) if unknown else takes
            raise self.wrong(at, f"{name}: {error}", remedy) from None
        return self.doing(at, function, *args, **named)

    def doing(self, at: int, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call it, and tell its own error with the place."""
        try:
            return function(*args, **named)
        except LifecycleError as error:
            raise self.wrong(at, error.message, error.remedy, error.value) from None
        except (TypeError, ValueError, AttributeError) as error:
            raise self.wrong(at, str(error)) from None


def _a_text(text: object, what: str) -> None:
    if not isinstance(text, str) or len(text) > LONGEST:
        raise LifecycleError(
            f"{what} is a text of up to {LONGEST} characters", argument="rule", value=type(text).__name__,
            remedy="as in InactiveFor(months=6).counting(charged_visits)",
        )  # fmt: skip


def _parsed(text: str, wanted: type[_T], what: str, kinds: Kinds | None, leaves: Leaves | None) -> _T:
    _a_text(text, what)
    parser = _Parser(text, kinds or _NOTHING, leaves or _NOTHING)
    value = parser.whole()
    if not isinstance(value, wanted):
        raise parser.wrong(0, f"{what} is wanted, and this is {value!r}")
    return value


def parse_rule(text: str, *, kinds: Kinds | None = None, leaves: Leaves | None = None) -> Rule:
    """The rule that this line means: ``parse_rule(repr(rule)) == rule``. It is read, never evaluated as Python.

    ``kinds``: the house's own kinds of visit, by the name used in the text; ``leaves``: its own leaves, by class name.
    """
    return _parsed(text, Rule, "a rule", kinds, leaves)


def parse_churn(text: str, *, kinds: Kinds | None = None, leaves: Leaves | None = None) -> Churn:
    """The graded policy that this line means: ``Churn(at_risk=InactiveFor(months=6), lost=InactiveFor(months=12))``."""
    return _parsed(text, Churn, "a churn policy", kinds, leaves)


def parse_condition(text: str) -> Condition:
    """The condition that this line means: ``(fact("charge") > 0) | (fact("insurer_paid") > 0)``."""
    return _parsed(text, Condition, "a condition", None, None)


# -- plain data -------------------------------------------------------------------------------------------------------------


def _constant_to_data(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": format(value, "f")}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _table(data: Any) -> dict[str, Any]:
    """The mapping that data are, by its keys as texts; empty where they are none."""
    if not isinstance(data, Mapping):
        return {}
    given = cast("Any", data)
    return {str(key): value for key, value in given.items()}


def _list(data: object) -> list[Any]:
    """The list that data are; empty where they are none."""
    return list(cast("Sequence[Any]", data)) if isinstance(data, (list, tuple)) else []


def _constant_from_data(value: Any) -> Any:
    told = _table(value)
    if told:
        if set(told) == {"decimal"}:
            return _decimal(str(told["decimal"]))
        if set(told) == {"date"}:
            return parse_day(str(told["date"]))
        raise _bad(told, "a value", 'a text, a number, true, false, {"date": "2025-01-31"} or {"decimal": "0.5"}')
    return value


def _bad(value: object, what: str, remedy: str) -> LifecycleError:
    return LifecycleError(f"{value!r} is not {what}", argument="data", value=value, remedy=remedy)


def condition_to_data(condition: Condition) -> dict[str, Any]:
    """The condition as dicts, lists, texts and numbers."""
    if isinstance(condition, Compare):
        return {"fact": condition.name, condition.op: _constant_to_data(condition.value)}
    if isinstance(condition, IsIn):
        return {"fact": condition.name, "is_in": [_constant_to_data(value) for value in condition.values]}
    if isinstance(condition, IsKnown):
        return {"fact": condition.name, "is_known": True}
    if isinstance(condition, Not):
        return {"not": condition_to_data(condition.part)}
    if isinstance(condition, AllOf):
        return {"all": [condition_to_data(part) for part in condition.parts]}
    if isinstance(condition, AnyOf):
        return {"any": [condition_to_data(part) for part in condition.parts]}
    raise _bad(condition, "a condition of the library", "write it with fact(), &, | and ~")


def condition_from_data(data: Any) -> Condition:
    """The condition that :func:`condition_to_data`, or a text, tells."""
    if isinstance(data, str):
        return parse_condition(data)
    told = _table(data)
    keys = set(told)
    if keys == {"not"}:
        return ~condition_from_data(told["not"])
    if keys in ({"all"}, {"any"}) and (parts := _list(*told.values())):
        joined, *more = (condition_from_data(part) for part in parts)
        for part in more:
            joined = joined & part if keys == {"all"} else joined | part
        return joined
    if len(keys) == 2 and "fact" in keys:
        (asked,) = keys - {"fact"}
        subject, value = fact(told["fact"]), told[asked]
        if asked in _COMPARED:
            return Compare(subject.name, asked, _constant_from_data(value))
        if asked == "is_in" and (values := _list(value)):
            return subject.is_in(*(_constant_from_data(one) for one in values))
        if asked == "is_known" and isinstance(value, bool):
            return subject.is_known if value else ~subject.is_known
    raise _bad(data, "a condition", 'as in {"fact": "charge", ">": 0}, {"all": […]}, {"any": […]}, {"not": …}')


def visits_to_data(kind: VisitKind) -> object:
    """The kind of visit as plain data: its name, where everybody knows it."""
    if kind in (charged_visits, all_visits):
        return kind.name
    told: dict[str, Any] = {"name": kind.name}
    if kind.condition is not None:
        told["condition"] = condition_to_data(kind.condition)
    if kind.events != VisitKind(kind.name).events:
        told["events"] = list(kind.events)
    return told


def visits_from_data(data: Any, kinds: Kinds) -> VisitKind:
    """The kind of visit that :func:`visits_to_data` tells; ``kinds`` are the house's own, by name."""
    known = {**_OWN_KINDS, **kinds}
    if isinstance(data, str):
        if data not in known:
            raise LifecycleError(
                f"unknown kind of visit {data!r}", argument="counting", value=data, remedy=near(data, known)
            )
        return known[data]
    told = _table(data)
    if "name" in told and set(told) <= {"name", "condition", "events"}:
        condition = condition_from_data(told["condition"]) if "condition" in told else None
        if "events" in told:
            return VisitKind(told["name"], condition, events=tuple(_list(told["events"])))
        return VisitKind(told["name"], condition)
    raise _bad(data, "a kind of visit", 'as in "charged_visits", or {"name": …, "condition": …}')


def rule_to_data(rule: Rule) -> dict[str, Any] | str:
    """The rule as dicts, lists, texts and numbers, for JSON and TOML."""
    if rule in (never, always):
        return repr(rule)
    if isinstance(rule, Earliest):
        return {"earliest": [rule_to_data(part) for part in rule.parts]}
    if isinstance(rule, Latest):
        return {"latest": [rule_to_data(part) for part in rule.parts]}
    if isinstance(rule, Guarded):
        return {
            "rule": rule_to_data(rule.rule),
            "when" if rule.wanted else "unless": condition_to_data(rule.condition),
        }
    if isinstance(rule, Counted):
        anchor = visits_to_data(rule.anchor) if isinstance(rule.anchor, VisitKind) else rule.anchor
        where = "visits" if isinstance(rule.anchor, VisitKind) else "anchor"
        return {"rule": "before" if rule.back else "after", where: anchor, **_span_to_data(rule.span)}
    if isinstance(rule, Leaf):
        told: dict[str, Any] = {"rule": type(rule).__name__}
        for one in fields(cast("Any", type(rule))):  # every leaf is an attrs class
            value = getattr(rule, one.name)
            if not one.init or value is None:
                continue
            if isinstance(value, VisitKind):
                told["counting"] = visits_to_data(value)
            else:
                told[one.name] = _constant_to_data(value)
        return told
    raise _bad(rule, "a rule of the library", "give its leaf the base lifecycle.deadline.Leaf")


def _span_to_data(span: Span) -> dict[str, int]:
    return {"months": span.months} if span.months is not None else {"days": span.days or 0}


def rule_from_data(data: Any, *, kinds: Kinds | None = None, leaves: Leaves | None = None) -> Rule:
    """The rule that :func:`rule_to_data` tells; a text is parsed as :func:`parse_rule` does."""
    own = kinds or _NOTHING
    if isinstance(data, str):
        return parse_rule(data, kinds=own, leaves=leaves)
    told = _table(data)
    for word in ("earliest", "latest"):
        if set(told) == {word} and (parts := _list(told[word])):
            joined, *more = (rule_from_data(part, kinds=own, leaves=leaves) for part in parts)
            for part in more:
                joined = joined | part if word == "earliest" else joined & part
            return joined
    for word in ("when", "unless"):
        if set(told) == {"rule", word}:
            rule = rule_from_data(told["rule"], kinds=own, leaves=leaves)
            condition = condition_from_data(told[word])
            return rule.when(condition) if word == "when" else rule.unless(condition)
    if isinstance(told.get("rule"), str):
        return _leaf_from_data(told, own, {**LEAVES, **(leaves or {})})
    raise _bad(data, "a rule", 'a text, or as in {"rule": "InactiveFor", "months": 6, "counting": "charged_visits"}')


def _leaf_from_data(data: Mapping[str, Any], kinds: Kinds, leaves: Leaves) -> Rule:
    name = data["rule"]
    given = {
        key: _constant_from_data(value) for key, value in data.items() if key not in ("rule", "counting", "visits")
    }
    counted = [visits_from_data(data[word], kinds) for word in ("counting", "visits") if word in data]
    if name in ("after", "before"):
        makers: Callable[..., Rule] = after if name == "after" else before
        if counted:
            given["anchor"] = counted[0]
    else:
        found = leaves.get(name)
        if found is None:
            remedy = near(name, {*leaves, "after", "before"})
            raise LifecycleError(f"unknown rule {name!r}", argument="rule", value=name, remedy=remedy)
        makers = found
        if counted:
            given["visits"] = counted[0]
    parameters = signature(makers).parameters
    wrong = [key for key in given if key not in parameters]
    if wrong:
        known = {"counting" if one == "visits" else one for one in parameters}
        raise LifecycleError(
            f"{name} has no {wrong[0]!r}", argument=wrong[0], value=given[wrong[0]], remedy=near(wrong[0], known)
        )
    try:
        return makers(**given)
    except TypeError as error:
        raise LifecycleError(f"{name}: {error}", argument="rule", value=dict(data)) from None


def churn_to_data(churn: Churn) -> dict[str, Any]:
    """The graded policy as plain data."""
    return {"at_risk": rule_to_data(churn.at_risk), "lost": rule_to_data(churn.lost)}


def churn_from_data(data: Any, *, kinds: Kinds | None = None, leaves: Leaves | None = None) -> Churn:
    """The graded policy that :func:`churn_to_data`, or a text, tells; ``at_risk`` may be left away."""
    if isinstance(data, str):
        return parse_churn(data, kinds=kinds, leaves=leaves)
    told = _table(data)
    if "lost" not in told or not set(told) <= {"at_risk", "lost"}:
        raise _bad(data, "a churn policy", 'as in {"at_risk": RULE, "lost": RULE}')
    read = {name: rule_from_data(rule, kinds=kinds, leaves=leaves) for name, rule in told.items()}
    return Churn(**read)
