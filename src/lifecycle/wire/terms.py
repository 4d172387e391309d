"""Terms of earning as plain data: each a table with one telling key, a list for a sum.

In: a term, ``Earn(1, per=50) + Bonus(500).on("referral_converted")``. Out: ``[{"earn": 1, "per": 50}, {"bonus": 500, "on":
"referral_converted"}]``, and back. What changes a term stands around it: ``{"term": {...}, "at_most": 30, "per":
"month"}``. Next room: :mod:`lifecycle.wire.forms`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from lifecycle.conditions import Condition
from lifecycle.errors import LifecycleError, near, shown
from lifecycle.points import Bonus, Earn, Term, best_of, first_of
from lifecycle.points.terms import DEALER, AtMost, BestOf, FirstOf, Sum, Times, When
from lifecycle.rule_text import condition_from_data

__all__ = ["TERM_SCHEMA", "term_from_data", "term_to_data"]


def _number(value: int | Decimal | Fraction) -> int | str:
    if value == int(value):
        return int(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def term_to_data(term: Term) -> Any:
    """The term as dicts, lists, texts and whole numbers."""
    if isinstance(term, Sum):
        return [term_to_data(one) for one in term.terms]
    if isinstance(term, Earn):
        rates = term.rates
        told: dict[str, Any] = {
            "earn": _number(rates["ordinary"])
            if len(rates) == 1
            else {tier: _number(rate) for tier, rate in rates.items()},
            "per": _number(term.per),
        }
        if term.of != "any":
            told["of"] = term.of
        return told if term.account == DEALER else {**told, "account": term.account}
    if isinstance(term, Bonus):
        told = {"bonus": term.points} | ({} if term.event is None else {"on": term.event})
        return told if term.account == DEALER else {**told, "account": term.account}
    if isinstance(term, Times):
        return {"term": term_to_data(term.term), "times": _number(term.factor)}
    if isinstance(term, When):
        return {"term": term_to_data(term.term), "when": repr(term.condition)}
    if isinstance(term, AtMost):
        told = {"term": term_to_data(term.term), "at_most": term.points, "per": term.per}
        return told if term.mode == "reduce" else {**told, "mode": term.mode}
    if isinstance(term, (BestOf, FirstOf)):
        return {"best_of" if isinstance(term, BestOf) else "first_of": [term_to_data(one) for one in term.terms]}
    raise LifecycleError(
        f"{shown(term)} has no written form",
        argument="earn",
        value=term,
        remedy="write it with the terms of lifecycle.points",
    )


def term_from_data(data: Any, path: str) -> Term:
    """The term that :func:`term_to_data` tells; ``path`` is where it stands."""
    said: object = data
    if isinstance(data, (list, tuple)):
        values: list[Any] = [*data]
        return Sum(tuple(term_from_data(one, f"{path}[{place}]") for place, one in enumerate(values)))
    if isinstance(data, Mapping):
        given = cast("Any", data)
        told: dict[str, Any] = {str(key): value for key, value in given.items()}
        for key, (make, keys) in _MAKERS.items():
            if key in told:
                strange = [name for name in told if name not in keys]
                if strange:
                    raise LifecycleError(
                        f"a term of {key} has no {strange[0]!r}", argument=strange[0], value=told[strange[0]],
                        place=f"{path}.{strange[0]}", remedy=near(strange[0], keys),
                    )  # fmt: skip
                return _made(make, told, path)
        remedy = near(next(iter(told), ""), _MAKERS)
    else:
        remedy = 'as in {earn = 1, per = 50} or {bonus = 500, on = "referral_converted"}'
    raise LifecycleError(f"{shown(said)} is no term", argument="earn", value=said, place=path, remedy=remedy)


def _made(make: Callable[[dict[str, Any], str], Term], told: dict[str, Any], path: str) -> Term:
    try:
        return make(told, path)
    except LifecycleError as error:
        raise error if error.place else error.at(path) from None
    except TypeError as error:
        raise LifecycleError(str(error), argument="earn", value=told, place=path) from None


def _needs(told: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if name not in told:
            raise LifecycleError(
                f"a term {shown(dict(told))} needs {name}", argument=name, value=None,
                remedy="as in {term = {earn = 1, per = 50}, times = 2}" if name == "term" else None,
            )  # fmt: skip


def _earn(told: dict[str, Any], path: str) -> Term:
    _needs(told, "per")
    return Earn(told["earn"], **{name: told[name] for name in ("per", "of", "account") if name in told})


def _bonus(told: dict[str, Any], path: str) -> Term:
    bonus = Bonus(told["bonus"], **({"account": told["account"]} if "account" in told else {}))
    return bonus.on(told["on"]) if "on" in told else bonus


def _inner(told: dict[str, Any], path: str) -> Term:
    _needs(told, "term")
    return term_from_data(told["term"], f"{path}.term")


def _at_most(told: dict[str, Any], path: str) -> Term:
    _needs(told, "per")
    mode = {"mode": told["mode"]} if "mode" in told else {}
    return _inner(told, path).at_most(told["at_most"], per=told["per"], **mode)


def _when(told: dict[str, Any], path: str) -> Term:
    inner = _inner(told, path)
    try:
        condition: Condition = condition_from_data(told["when"])
    except LifecycleError as error:
        raise error.at(f"{path}.when" + (f" ({error.place})" if error.place else "")) from None
    return inner.when(condition)


def _several(told: dict[str, Any], path: str, key: str) -> tuple[Term, ...]:
    some = told[key]
    if not isinstance(some, (list, tuple)):
        raise LifecycleError(f"{key}={shown(some)} is no list of terms", argument=key, value=some)
    values: list[Any] = [*some]
    return tuple(term_from_data(one, f"{path}.{key}[{place}]") for place, one in enumerate(values))


#: By the telling key: what makes the term, and the keys that it may have.
_MAKERS: Mapping[str, tuple[Callable[[dict[str, Any], str], Term], tuple[str, ...]]] = {
    "earn": (_earn, ("earn", "per", "of", "account")),
    "bonus": (_bonus, ("bonus", "on", "account")),
    "times": (lambda told, path: _inner(told, path).times(told["times"]), ("term", "times")),
    "when": (_when, ("term", "when")),
    "at_most": (_at_most, ("term", "at_most", "per", "mode")),
    "best_of": (lambda told, path: best_of(*_several(told, path, "best_of")), ("best_of",)),
    "first_of": (lambda told, path: first_of(*_several(told, path, "first_of")), ("first_of",)),
}

_EXACT: Mapping[str, Any] = {"type": ["integer", "number", "string"]}
_TERMS: Mapping[str, Any] = {"$ref": "#/$defs/terms"}
_ACCOUNT: Mapping[str, Any] = {"type": "string"}


def _table(needed: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(needed), "additionalProperties": False}


#: The definitions that the schema of a book refers to.
TERM_SCHEMA: Mapping[str, Any] = {
    "terms": {"oneOf": [{"$ref": "#/$defs/term"}, {"type": "array", "items": _TERMS}]},
    "term": {
        "oneOf": [
            _table(
                ("earn", "per"),
                earn={"oneOf": [_EXACT, {"type": "object", "additionalProperties": _EXACT}]},
                per=_EXACT, of={"enum": ["any", "parts", "labour", "accessories"]}, account=_ACCOUNT,
            ),
            _table(("bonus",), bonus={"type": "integer"}, on={"type": "string"}, account=_ACCOUNT),
            _table(("term", "times"), term=_TERMS, times=_EXACT),
            _table(("term", "when"), term=_TERMS, when={"type": ["string", "object"]}),
            _table(
                ("term", "at_most", "per"), term=_TERMS, at_most={"type": "integer"},
                per={"enum": ["event", "day", "month", "year"]}, mode={"enum": ["reduce", "refuse"]},
            ),
            _table(("best_of",), best_of={"type": "array", "items": _TERMS, "minItems": 1}),
            _table(("first_of",), first_of={"type": "array", "items": _TERMS, "minItems": 1}),
        ]
    },
}  # fmt: skip
