"""What guards ask of an event, for all machines: was it charged, is he satisfied, which of these was it.

In: facts by name, with the types of :mod:`lifecycle.kinds` (or what can be read as such). Out: one of finitely many
answers; a fact that is not told gives the first of them. A value that the fact cannot take is an error, never a guess.
Next: :mod:`lifecycle.machines.journey` and the cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from lifecycle.kinds import FACTS
from lifecycle.machine import Question

__all__ = ["CHARGED", "SATISFIED", "choice", "count", "money", "yes_no"]

_Ask = Callable[[Mapping[str, Any]], str]


def yes_no(fact: str) -> _Ask:
    """An ``ask`` that reads one yes/no fact, or one that replay gives; not told is no."""
    known = FACTS.get(fact)

    def ask(facts: Mapping[str, Any]) -> str:
        told = facts.get(fact)
        if told is None or told is False:
            return "no"
        if told is True or known is None:
            return "yes" if told else "no"
        return "yes" if known.read(told) else "no"

    return ask


def choice(fact: str, default: str) -> _Ask:
    """An ``ask`` that reads one choice; not told is ``default``."""
    known = FACTS[fact]

    def ask(facts: Mapping[str, Any]) -> str:
        told = facts.get(fact)
        if told is None:
            return default
        return told if type(told) is str and told in known.choices else str(known.read(told))

    return ask


def money(facts: Mapping[str, Any], fact: str) -> Decimal | int | None:
    """An amount of yuan, exact; None where it is not told."""
    told = facts.get(fact)
    if told is None or type(told) is Decimal or (type(told) is int and told >= 0):
        return told
    read = FACTS[fact].read(told)
    return read if isinstance(read, Decimal) else None


def count(facts: Mapping[str, Any], fact: str) -> int | None:
    """A whole number; None where it is not told."""
    told = facts.get(fact)
    if told is None or (type(told) is int and told >= 0):
        return told
    read = FACTS[fact].read(told)
    return read if isinstance(read, int) else None


def _charged(facts: Mapping[str, Any]) -> str:
    # put there by replay where the book counts other shares of the bill than the customer's
    told = facts.get("charged")
    if told is not None:
        return "yes" if told else "no"
    charge = money(facts, "charge")
    return "yes" if charge is not None and charge > 0 else "no"


CHARGED = Question("charged", "收费", _charged, facts=("charge",), given=("charged",))
SATISFIED = Question("satisfied", "满意", yes_no("satisfied"), facts=("satisfied",))
